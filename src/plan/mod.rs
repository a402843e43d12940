//! What the host shell declared beforehand: rules for its URLs, the manifest's requests for each route, and what it
//! knows of GraphQL: types, and the documents of all apps.

mod host;
mod pattern;
mod queries;

pub use host::{Composite, Declared, Form, Host, Planned, Route, Rule};
pub use pattern::{Pattern, PatternError};
