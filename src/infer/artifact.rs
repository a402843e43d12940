//! A model's file: everything that a page needs to rank, in one piece, named by its SHA-256.
//!
//! All numbers are little endian. The head has 64 bytes: a signature of eight, the version of the format, the kind of
//! the model, the length of the file and the number of sections (four bytes each), the digest of the schema (32), and
//! eight that are 0. Then come the sections' entries, each of 16 bytes: tag, place, length, 0. A section's place is a
//! multiple of 16, behind the section before. Which sections there are, and of what, is said beside their tags.
//!
//! Bytes of a stranger may be read: every length and link is checked once, and no more memory is asked for than in
//! proportion to what is there.

use super::bytes::sha256;
use super::columns::Columns;
use super::drift::{Bins, Drift};
use super::learn::Learned;
use super::model::{Contributions, Model, Output};
use super::schema::{Schema, SchemaError};
use super::sections::{Sections, tag};

/// Golden rows at most: they are computed on every load.
pub const MOST_GOLDEN: usize = 64;
/// How far a golden row's score may be from the expected one, in proportion where that is greater than 1.
pub const TOLERANCE: f32 = 1e-4;

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
        let weights = learned.map(Learned::weights).unwrap_or_default();
        for (row, sum) in sums.iter().take(columns.rows()).enumerate() {
            let shift = learned.map_or(0.0, |learned| {
                learned.shift_by(&weights, self, columns, row)
            });
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
