//! From an app's sources to its [`fragment`]: what it asks for, where, and on which route.
//!
//! ```text
//! disk ─▶ sources ─ lower ─▶ modules ─ graph ─▶ imports ─ value ─▶ what expressions are worth
//!                                                          ├─ sinks, asks ─▶ operations and requests
//!                                                          └─ routes ─▶ what is shown where ─▶ fragment
//! ```
//!
//! No code of the app runs. What cannot be told is left out or said to be unknown; nothing is guessed.

mod angular;
mod app;
mod asks;
mod blocks;
pub mod command;
pub mod config;
pub mod disk;
mod documents;
pub mod fragment;
mod graph;
mod introspection;
pub mod link;
mod lower;
#[cfg(target_arch = "wasm32")]
pub mod node;
pub mod report;
mod routes;
pub mod schema;
mod show;
mod sinks;
mod syntax;
pub mod types;
mod unread;
mod url;
mod value;

pub use app::{Analysis, analyze};
pub use asks::Remark;
