//! From Cedar's text to programs that a page can run.
//!
//! Cedar itself reads the policies and checks them against the schema, strictly. Then each policy is compiled for
//! every environment: a type of principal, an action and a type of resource that the schema puts together. What that
//! decides (`is`, the action, the type in `==`) is decided here. Everything that [`permit`](crate::permit) cannot
//! compute exactly is a [`Problem`] with its place in the text; nothing is approximated.
//!
//! Compiled are: the constraints on principal, action and resource; `when` and `unless`; `&&`, `||`, `!`, `if` between
//! conditions; `==`, `!=`, `<`, `<=`, `>`, `>=`; `in` of the principal and of the action; `is`; `has` and attributes
//! one deep of principal, resource and context; `like`; `contains`, `containsAny`, `containsAll` and `isEmpty` of sets
//! of texts, whole numbers or entities. Values are flags, whole numbers up to ±(2⁵³ − 1), texts, entities and sets.

pub mod casl;
mod code;
mod compile;
mod explain;
mod groups;
mod lower;
mod problem;
mod values;

pub use compile::{Compiled, Source, Summary, cedar_of_casl, compile};
pub use explain::listing;
pub use problem::Problem;
