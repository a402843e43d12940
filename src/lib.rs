//! Forebay: one runtime through which all of a page's micro-frontends ask for data.
//!
//! This file is the map of the house, and nothing else. Data walks one way through it:
//! spelling → normal form → [fingerprint] → flight → entry → answer.
#![warn(missing_docs)]
#![deny(unreachable_pub)]

pub mod fingerprint;
pub mod graphql;
