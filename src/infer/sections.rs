//! The parts of a model's file, by tag, and what is read of them.

use super::artifact::{Artifact, ArtifactError};
use super::bytes::{Number, Reader, tensor};
use super::drift::{BINS, Bins};
use super::forest::{Forest, Nodes};
use super::linear::Linear;
use super::mlp::{Activation, Layer, Mlp};
use super::model::{Model, Output};

/// What every file begins with. Its line ends show whether it was taken for text on the way.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89FBM\r\n\x1a\n";
/// Of the format.
pub(super) const VERSION: u32 = 1;
pub(super) const HEAD: usize = 64;
pub(super) const ENTRY: usize = 16;

/// The sections' tags.
pub(super) mod tag {
    /// Two texts: the model's id, and its version as major.minor.patch.
    pub(in crate::infer) const IDENTITY: u32 = 1;
    /// The schema, encoded.
    pub(in crate::infer) const SCHEMA: u32 = 2;
    /// f32 for each column: the mean in training.
    pub(in crate::infer) const MEANS: u32 = 3;
    /// f32 for each column: the standard deviation in training.
    pub(in crate::infer) const DEVIATIONS: u32 = 4;
    /// f32, nine for each column: the upper ends of its bins.
    pub(in crate::infer) const EDGES: u32 = 5;
    /// f32, ten for each column: the shares of its bins.
    pub(in crate::infer) const SHARES: u32 = 6;
    /// f64, three: 1 for logistic, slope, offset.
    pub(in crate::infer) const OUTPUT: u32 = 7;
    /// f32, row after row: features.
    pub(in crate::infer) const GOLDEN: u32 = 8;
    /// f32 for each golden row: the score.
    pub(in crate::infer) const EXPECTED: u32 = 9;
    /// Compiled policies, as they are.
    pub(in crate::infer) const POLICIES: u32 = 10;
    /// f64: a linear model's base, then its weights.
    pub(in crate::infer) const LINEAR: u32 = 16;
    /// f64: a forest's base.
    pub(in crate::infer) const BASE: u32 = 32;
    /// u32, u16, f32, u16, f32: see [`Nodes`](super::Nodes).
    pub(in crate::infer) const STARTS: u32 = 33;
    pub(in crate::infer) const FEATURES: u32 = 34;
    pub(in crate::infer) const VALUES: u32 = 35;
    pub(in crate::infer) const RIGHT: u32 = 36;
    pub(in crate::infer) const COVER: u32 = 37;
    /// u32: a network's inputs, then for each layer its units and its activation.
    pub(in crate::infer) const SHAPE: u32 = 48;
    /// f32: for each layer its weights and biases.
    pub(in crate::infer) const WEIGHTS: u32 = 49;
}

/// What is in a file beside what every file has.
pub(super) mod kind {
    pub(in crate::infer) const POLICIES_ALONE: u32 = 0;
    pub(in crate::infer) const LINEAR: u32 = 1;
    pub(in crate::infer) const FOREST: u32 = 2;
    pub(in crate::infer) const MLP: u32 = 3;
}

/// Where everything is.
pub(super) struct Sections<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Sections<'a> {
    /// The kind, the schema's digest, and the sections.
    pub(super) fn read(file: &'a [u8]) -> Result<(u32, [u8; 32], Sections<'a>), ArtifactError> {
        let mut reader = Reader(file);
        if reader.bytes(SIGNATURE.len()) != Some(&SIGNATURE) {
            return Err(ArtifactError::Signature);
        }
        let head = |reader: &mut Reader| {
            let numbers = [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?];
            let digest = reader.digest()?;
            Some((numbers, digest, reader.u32()?, reader.u32()?))
        };
        let Some(([version, kind, length, count], digest, 0, 0)) = head(&mut reader) else {
            return Err(ArtifactError::Length);
        };
        if version != VERSION || kind > kind::MLP {
            return Err(ArtifactError::Format);
        }
        if length as usize != file.len() {
            return Err(ArtifactError::Length);
        }
        let mut sections: Vec<(u32, &[u8])> = Vec::new();
        // Sections that overlapped could be many times as large together as the file.
        let mut free = 0;
        for _ in 0..count {
            let entry = |reader: &mut Reader| {
                Some([reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?])
            };
            let [tag, place, length, reserved] = entry(&mut reader).ok_or(ArtifactError::Length)?;
            let bytes = (place as usize)
                .checked_add(length as usize)
                .filter(|_| place as usize >= free)
                .and_then(|end| file.get(place as usize..end))
                .ok_or(ArtifactError::Length)?;
            free = place as usize + bytes.len();
            let again = sections.iter().any(|(other, _)| *other == tag);
            // An unknown tag may be one that must not be overlooked.
            if again || reserved != 0 || !place.is_multiple_of(16) || !is_known(tag) {
                return Err(ArtifactError::Section(tag));
            }
            sections.push((tag, bytes));
        }
        Ok((kind, digest, Sections(sections)))
    }

    /// A section's bytes; none if it is not there.
    pub(super) fn get(&self, tag: u32) -> &'a [u8] {
        let found = self.0.iter().find(|(other, _)| *other == tag);
        found.map_or(&[], |(_, bytes)| bytes)
    }

    fn with<T>(
        &self,
        tag: u32,
        read: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Result<T, ArtifactError> {
        read(self.get(tag)).ok_or(ArtifactError::Section(tag))
    }

    pub(super) fn tensor<T: Number>(&self, tag: u32) -> Result<Vec<T>, ArtifactError> {
        self.with(tag, tensor)
    }

    /// A finite number for each column, or none at all.
    pub(super) fn moments(&self, tag: u32, columns: usize) -> Result<Vec<f32>, ArtifactError> {
        let moments: Vec<f32> = self.tensor(tag)?;
        let finite = moments.iter().all(|moment| moment.is_finite());
        if finite && (moments.is_empty() || moments.len() == columns) {
            Ok(moments)
        } else {
            Err(ArtifactError::Section(tag))
        }
    }

    pub(super) fn identity(&self, artifact: &mut Artifact) -> Result<(), ArtifactError> {
        let mut reader = Reader(self.get(tag::IDENTITY));
        let mut numbers = Reader(self.get(tag::OUTPUT));
        let mut read = || {
            artifact.id = reader.text()?;
            artifact.version = reader.text()?;
            let [logistic, slope, offset] = [numbers.f64()?, numbers.f64()?, numbers.f64()?];
            artifact.output = Output {
                logistic: logistic == 1.0,
                slope,
                offset,
            };
            (is_version(&artifact.version) && (slope + offset).is_finite()).then_some(())
        };
        read().ok_or(ArtifactError::Section(tag::IDENTITY))
    }

    pub(super) fn bins(&self, columns: usize) -> Result<Option<Bins>, ArtifactError> {
        let edges: Vec<f32> = self.tensor(tag::EDGES)?;
        let shares: Vec<f32> = self.tensor(tag::SHARES)?;
        if edges.is_empty() && shares.is_empty() {
            return Ok(None);
        }
        if shares.len() != columns * BINS {
            return Err(ArtifactError::Section(tag::SHARES));
        }
        Bins::new(edges, shares)
            .map(Some)
            .ok_or(ArtifactError::Section(tag::EDGES))
    }

    pub(super) fn model(&self, kind: u32, columns: usize) -> Result<Option<Model>, ArtifactError> {
        Ok(Some(match kind {
            kind::LINEAR => {
                let mut numbers: Vec<f64> = self.tensor(tag::LINEAR)?;
                let weights = numbers.split_off(numbers.len().min(1));
                let linear = numbers.first().and_then(|base| Linear::new(*base, weights));
                Model::Linear(linear.ok_or(ArtifactError::Section(tag::LINEAR))?)
            }
            kind::FOREST => {
                let base = self.with(tag::BASE, |bytes| Reader(bytes).f64())?;
                let nodes = Nodes {
                    starts: self.tensor(tag::STARTS)?,
                    features: self.tensor(tag::FEATURES)?,
                    values: self.tensor(tag::VALUES)?,
                    right: self.tensor(tag::RIGHT)?,
                    cover: self.tensor(tag::COVER)?,
                };
                let forest = Forest::new(base, columns, nodes);
                Model::Forest(forest.map_err(|_| ArtifactError::Section(tag::STARTS))?)
            }
            kind::MLP => Model::Mlp(self.mlp().ok_or(ArtifactError::Section(tag::SHAPE))?),
            kind::POLICIES_ALONE => return Ok(None),
            _ => return Err(ArtifactError::Format),
        }))
    }

    fn mlp(&self) -> Option<Mlp> {
        let mut shape = Reader(self.get(tag::SHAPE));
        let mut weights = Reader(self.get(tag::WEIGHTS));
        let inputs = shape.u32()? as usize;
        let (mut layers, mut width) = (Vec::new(), inputs);
        while !shape.0.is_empty() {
            let (units, activation) = (shape.u32()? as usize, shape.u32()?);
            let mut take = |count: usize| tensor(weights.bytes(count.checked_mul(4)?)?);
            layers.push(Layer {
                weights: take(units.checked_mul(width)?)?,
                biases: take(units)?,
                activation: Activation::from_code(activation)?,
            });
            width = units;
        }
        if weights.0.is_empty() {
            Mlp::new(inputs, layers)
        } else {
            None
        }
    }
}

fn is_known(tag: u32) -> bool {
    matches!(tag, tag::IDENTITY..=tag::POLICIES | tag::LINEAR | tag::BASE..=tag::COVER | tag::SHAPE..=tag::WEIGHTS)
}

/// Three numbers with dots between, without leading zeros (semver.org, without its suffixes).
fn is_version(text: &str) -> bool {
    let mut parts = 0;
    let sound = crate::ascii::pieces(text, b'.').all(|part| {
        parts += 1;
        (part == "0" || !part.starts_with("0"))
            && crate::ascii::number(part).is_some_and(|number| number < u64::from(u32::MAX))
    });
    sound && parts == 3
}
