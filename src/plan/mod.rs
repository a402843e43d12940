//! What the host shell declared beforehand: rules for its URLs, and the manifest's requests for each route.

mod host;
mod pattern;

pub use host::{Form, Host, Planned, Route, Rule};
pub use pattern::{Pattern, PatternError};
