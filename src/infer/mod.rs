//! Small decisions: what comes first, and why.
//!
//! Data walks one way: raw columns → [`Schema`] → [`Columns`] → [`Model`] → scores → [`rank`]. Everything that a
//! model needs is in one file, an [`Artifact`], that tools make from what was trained elsewhere. A [`Learned`]
//! corrects it for one person, on that person's device; a [`Drift`] counts what it was not trained for.
//!
//! Nothing here fails on odd data: what is missing is missing, what has no score goes to the end. A page without any
//! model orders by [`heuristic`].

mod artifact;
mod bytes;
mod columns;
mod cover;
mod drift;
mod encoding;
mod features;
mod float;
mod forest;
mod lanes;
mod learn;
mod linear;
mod mlp;
mod model;
mod murmur;
mod rank;
mod schema;
mod sections;
mod shap;
mod write;

pub use artifact::{Artifact, ArtifactError, MOST_GOLDEN, TOLERANCE};
#[cfg(all(target_arch = "wasm32", feature = "decisions"))]
pub(crate) use bytes::sha256;
pub use columns::Columns;
pub use drift::{BINS, Bins, Drift, Tally};
pub use features::{Batch, FeatureError, History, NO_TEXT, Raw, Texts};
pub use forest::{COLUMN, DEEPEST, Forest, MISSING_LEFT, Nodes, Unsound, ZERO_MISSING};
pub use learn::{Feedback, Learned, LearnedError, Pace};
pub use linear::Linear;
pub use mlp::{Activation, Layer, Mlp};
pub use model::{Contributions, Model, Output};
pub use rank::{Mark, Ranked, Ranking, Recency, Spread, heuristic, rank};
pub use schema::{
    Feature, Input, InputKind, Kind, MOST_COLUMNS, MOST_LEARNED, Missing, Schema, SchemaError,
    Vocabulary,
};
