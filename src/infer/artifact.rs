//! A model's file: everything that a page needs to rank, in one piece, named by its SHA-256.
//!
//! All numbers are little endian. The head has 64 bytes: a signature of eight, the version of the format, the kind of
//! the model, the length of the file and the number of sections (four bytes each), the digest of the schema (32), and
//! eight that are 0. Then come the sections' entries, each of 16 bytes: tag, place, length, 0. A section's place is a
//! multiple of 16, behind the section before. Which sections there are, and of what, is said at [`tag`].
//!
//! Bytes of a stranger may be read: every length and link is checked once, and no more memory is asked for than in
//! proportion to what is there.

use super::bytes::{Number, Reader, sha256, tensor};
use super::columns::Columns;
use super::drift::{Bins, Drift};
use super::forest::{Forest, Nodes};
use super::learn::Learned;
use super::linear::Linear;
use super::mlp::{Activation, Layer, Mlp};
use super::model::{Contributions, Model, Output};
use super::schema::{Schema, SchemaError};

/// What every file begins with. Its line ends show whether it was taken for text on the way.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89FBM\r\n\x1a\n";
/// Of the format.
pub(super) const VERSION: u32 = 1;
pub(super) const HEAD: usize = 64;
pub(super) const ENTRY: usize = 16;
/// Golden rows at most: they are computed on every load.
pub const MOST_GOLDEN: usize = 64;
/// How far a golden row's score may be from the expected one, in proportion where that is greater than 1.
pub const TOLERANCE: f32 = 1e-4;

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
    /// u32, u16, f32, u16, f32: see [`super::Nodes`].
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

/// A model's file, read and checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Artifact {
    /// What it is called.
    pub id: Box<str>,
    /// Its version as major.minor.patch.
    pub version: Box<str>,
    /// What it is fed with.
    pub schema: Schema,
    /// The schema's digest.
    pub schema_digest: [u8; 32],
    /// The model. `None` in a file that has policies alone.
    pub model: Option<Model>,
    /// What its sums mean.
    pub output: Output,
    /// For each column the mean in training; empty if it is not known.
    pub means: Vec<f32>,
    /// For each column the standard deviation in training; empty if it is not known.
    pub deviations: Vec<f32>,
    /// How the columns' values were spread in training.
    pub bins: Option<Bins>,
    /// Rows of features…
    pub golden: Vec<f32>,
    /// …and their scores: proof that this machine computes what was trained.
    pub expected: Vec<f32>,
    /// Compiled policies, opaque here.
    pub policies: Vec<u8>,
}

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactError {
    /// Its SHA-256 is not the expected one.
    Digest,
    /// It does not begin as a model's file does.
    Signature,
    /// Its format is newer, or of a kind that is not known.
    Format,
    /// It ends early, or a section lies outside of it.
    Length,
    /// The section with this tag is missing, there twice, or not as it must be.
    Section(u32),
    /// Its schema is not sound.
    Schema(SchemaError),
    /// The model reads other columns than the schema makes, or its digest is not the schema's.
    Mismatch,
    /// The golden row at this place gets another score than expected.
    Golden(u32),
}

impl ArtifactError {
    /// What is wrong and what to do, for a person.
    pub fn message(self) -> &'static str {
        match self {
            ArtifactError::Digest => "is not the file that was asked for: its SHA-256 differs",
            ArtifactError::Signature => "is not a Forebay model; `forebay model convert` makes one",
            ArtifactError::Format => "needs a newer version of Forebay",
            ArtifactError::Length => "was cut off or damaged on the way; fetch it again",
            ArtifactError::Section(_) => {
                "has a section that is missing or damaged; convert the model anew"
            }
            ArtifactError::Schema(_) => {
                "has a feature schema that is not sound; convert the model anew"
            }
            ArtifactError::Mismatch => {
                "has a model that does not fit its feature schema; convert both together"
            }
            ArtifactError::Golden(_) => {
                "scores its golden rows differently here than where it was made"
            }
        }
    }
}

impl Artifact {
    /// Reads a file of which the caller knows the SHA-256.
    pub fn load(bytes: &[u8], digest: &[u8; 32]) -> Result<Artifact, ArtifactError> {
        if sha256(bytes) != *digest {
            return Err(ArtifactError::Digest);
        }
        Artifact::read(bytes)
    }

    /// Reads a file that is trusted for other reasons, as by a tool that wrote it just now.
    pub fn read(bytes: &[u8]) -> Result<Artifact, ArtifactError> {
        let (kind, digest, sections) = Sections::read(bytes)?;
        let mut artifact = Artifact::default();
        sections.identity(&mut artifact)?;
        let schema = sections.get(tag::SCHEMA);
        artifact.schema = Schema::decode(schema).map_err(ArtifactError::Schema)?;
        artifact.schema_digest = sha256(schema);
        let columns = artifact.schema.columns();
        artifact.model = sections.model(kind, columns)?;
        let model = artifact.model.as_ref();
        let fits = model.is_none_or(|model| model.columns() == columns);
        if !fits || artifact.schema_digest != digest {
            return Err(ArtifactError::Mismatch);
        }
        artifact.bins = sections.bins(columns)?;
        artifact.means = sections.moments(tag::MEANS, columns)?;
        artifact.deviations = sections.moments(tag::DEVIATIONS, columns)?;
        artifact.golden = sections.tensor(tag::GOLDEN)?;
        artifact.expected = sections.tensor(tag::EXPECTED)?;
        artifact.policies = sections.get(tag::POLICIES).to_vec();
        artifact.prove(columns)?;
        Ok(artifact)
    }

    /// Computes the golden rows.
    fn prove(&self, columns: usize) -> Result<(), ArtifactError> {
        let count = self.expected.len();
        if count > MOST_GOLDEN || self.golden.len() != count * columns {
            return Err(ArtifactError::Section(tag::GOLDEN));
        }
        let rows = Columns::from_rows(&self.golden, columns);
        let mut scores = Vec::new();
        self.scores(&rows, None, &mut scores);
        for (row, expected) in self.expected.iter().enumerate() {
            let score = scores.get(row).copied().unwrap_or(f32::NAN);
            let difference = (score - expected).abs();
            if difference.is_nan() || difference > TOLERANCE * expected.abs().max(1.0) {
                return Err(ArtifactError::Golden(row as u32));
            }
        }
        Ok(())
    }

    /// The score of each row: a calibrated probability where the model is logistic; NaN where there is none.
    pub fn scores(&self, columns: &Columns, learned: Option<&Learned>, scores: &mut Vec<f32>) {
        let mut sums = Vec::new();
        self.margins(columns, &mut sums);
        scores.clear();
        for (row, sum) in sums.iter().take(columns.rows()).enumerate() {
            let shift = learned.map_or(0.0, |learned| learned.shift(self, columns, row));
            scores.push(self.output.score(*sum, shift));
        }
    }

    /// The model's sums before they are calibrated; NaN without a model, or of a matrix that does not fit it.
    pub fn margins(&self, columns: &Columns, sums: &mut Vec<f64>) {
        match &self.model {
            Some(model) if columns.rows() == 0 || model.columns() == columns.width() => {
                model.margins(columns, &self.means, sums);
            }
            _ => {
                sums.clear();
                sums.resize(columns.stride(), f64::NAN);
            }
        }
    }

    /// Why a row has its calibrated sum, by column; see [`Model::contributions`].
    pub fn explain(
        &self,
        columns: &Columns,
        learned: Option<&Learned>,
        row: usize,
    ) -> Option<Contributions> {
        let model = self.model.as_ref()?;
        let mut why = model.contributions(columns, row, &self.means)?;
        why.base = why.base * self.output.slope + self.output.offset;
        for part in &mut why.parts {
            *part *= self.output.slope;
        }
        if let Some(learned) = learned {
            learned.explain(self, columns, row, &mut why);
        }
        Some(why)
    }

    /// What features add, from what their columns add.
    pub fn by_feature(&self, parts: &[f64]) -> Vec<f64> {
        let mut rest = parts.iter();
        (0..self.schema.features.len())
            .map(|place| rest.by_ref().take(self.schema.width(place)).sum())
            .collect()
    }

    /// Counters for what this model is fed with.
    pub fn drift(&self) -> Drift {
        Drift::new(self.schema.features.len(), self.bins.as_ref())
    }
}

/// Three numbers with dots between, without leading zeros (semver.org, without its suffixes).
pub(super) fn is_version(text: &str) -> bool {
    let mut parts = 0;
    let sound = crate::ascii::pieces(text, b'.').all(|part| {
        parts += 1;
        (part == "0" || !part.starts_with("0"))
            && crate::ascii::number(part).is_some_and(|number| number < u64::from(u32::MAX))
    });
    sound && parts == 3
}

/// Where everything is.
struct Sections<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Sections<'a> {
    /// The kind, the schema's digest, and the sections.
    fn read(file: &'a [u8]) -> Result<(u32, [u8; 32], Sections<'a>), ArtifactError> {
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
    fn get(&self, tag: u32) -> &'a [u8] {
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

    fn tensor<T: Number>(&self, tag: u32) -> Result<Vec<T>, ArtifactError> {
        self.with(tag, tensor)
    }

    /// A finite number for each column, or none at all.
    fn moments(&self, tag: u32, columns: usize) -> Result<Vec<f32>, ArtifactError> {
        let moments: Vec<f32> = self.tensor(tag)?;
        let finite = moments.iter().all(|moment| moment.is_finite());
        if finite && (moments.is_empty() || moments.len() == columns) {
            Ok(moments)
        } else {
            Err(ArtifactError::Section(tag))
        }
    }

    fn identity(&self, artifact: &mut Artifact) -> Result<(), ArtifactError> {
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

    fn bins(&self, columns: usize) -> Result<Option<Bins>, ArtifactError> {
        let edges: Vec<f32> = self.tensor(tag::EDGES)?;
        let shares: Vec<f32> = self.tensor(tag::SHARES)?;
        if edges.is_empty() && shares.is_empty() {
            return Ok(None);
        }
        if shares.len() != columns * super::drift::BINS {
            return Err(ArtifactError::Section(tag::SHARES));
        }
        Bins::new(edges, shares)
            .map(Some)
            .ok_or(ArtifactError::Section(tag::EDGES))
    }

    fn model(&self, kind: u32, columns: usize) -> Result<Option<Model>, ArtifactError> {
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
