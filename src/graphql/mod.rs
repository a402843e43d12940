//! What makes two GraphQL operations the same, what is contained in what, and the union of several.
//!
//! ```text
//! document + variables ─ read ─▶ Operation ─┬─ normal_form ─▶ fingerprint
//!                                           ├─ contains, without ─▶ who can answer whom, and what remains
//!                                           ├─ unite, print ─▶ what is sent for several
//!                                           └─ projection ─▶ how each one's answer is cut out
//! ```
//!
//! An [`Operation`] is what a query asks for and nothing of how it is written: fragments are put in where they are
//! spread, `@skip` and `@include` are decided, variables have their values. All is proved from the document itself
//! under one assumption: that both documents are valid for the server's schema. What cannot be proved without the
//! schema is kept apart, and [`Types`], where the manifest brings them, let more be proved.
//!
//! Pages without GraphQL load none of this: the build cuts the rooms that only queries need out of the core, into a module
//! of its own (`pkg-template/split.mjs`). What the rest of the core calls in them is marked as a seam and never inlined.
//!
//! Sections (§) are those of the GraphQL specification, September 2025.

mod arguments;
mod containment;
mod document;
mod foresight;
mod lexer;
mod operation;
mod print;
mod projection;
mod reading;
mod types;
mod union;
mod variables;

pub use document::Document;
pub use foresight::Foreseen;
pub use operation::Operation;
pub use reading::{Reading, read, written_types};
pub use types::Types;

use core::fmt;

/// Given to [`read`] in the place of variables: each stands for itself, `$name` between the marks of its type. What
/// comes of it is the constant part of all that the document can ask for; values that decide `@skip` and `@include`
/// make it [`Reading::Opaque`].
#[cfg(feature = "sources")]
pub const SLOTS: &str = "$";

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It reads.
    Query,
    /// It writes.
    Mutation,
    /// It stays open: a subscription, or a query whose answer comes in pieces (`@defer`, `@stream`).
    Subscription,
}

impl Kind {
    /// The root type's usual name.
    fn root(self) -> &'static str {
        match self {
            Kind::Query => "Query",
            Kind::Mutation => "Mutation",
            Kind::Subscription => "Subscription",
        }
    }
}

/// Why a document cannot be read, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// For a person.
    pub message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}:{}: {}", self.line, self.column, self.message)
    }
}
