//! What the host shell declared beforehand: rules for its URLs, and what the manifest knows of GraphQL: types, and the
//! documents of all apps. (What it says of routes is the page's: `pkg-template/src/route`.)

mod host;
mod pattern;
mod queries;

pub use host::{Composite, Declared, Form, Host, Rule};
pub use pattern::{Pattern, PatternError};
