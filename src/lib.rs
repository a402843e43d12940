//! Forebay: one runtime through which all of a page's micro-frontends ask for data.
//!
//! This file is the map of the house, and nothing else. Data walks one way through it:
//! spelling → normal form → [`fingerprint`] → flight → entry → answer.
//!
//! | room | what happens there |
//! |---|---|
//! | [`fingerprint`] | what makes two requests the same |
//! | [`graphql`] | the same for GraphQL; what is contained in what, and the union of several |
//! | [`http`] | what HTTP says about keeping an answer |
//! | [`broker`] | the state machine: who waits, what flies, what is leased |
//! | [`cache`] | the index of stored answers |
//! | [`depot`] | what all tabs of an origin share: answers on disk, and flights |
//! | [`plan`] | what the host shell declared beforehand |
//! | [`permit`] | policies and predicates over rows: who may see what, and which are shown |
//! | `policy` | (feature `analyze`) from Cedar's text to the programs that `permit` runs |
//! | [`infer`] | what comes first, and why |
//! | `analyze` | (feature `sources`) from an app's sources to what it will ask for |
//! | `convert` | behind the feature `analyze`: models of other libraries, made into ours |
//! | `browser` | the driver: carries the broker's commands out in a browser |
//! | `bindings` | what JavaScript sees |
//! | `decisions` | (feature `decisions`, in the place of the two above) what JavaScript sees of `permit` and `infer` |
//!
//! All but the last four know no browser, no clock and no randomness; they are compiled and tested natively.
#![warn(missing_docs)]
#![deny(unreachable_pub)]

#[cfg(feature = "sources")]
pub mod analyze;
mod ascii;
pub mod broker;
pub mod cache;
pub mod depot;
pub mod fingerprint;
pub mod graphql;
pub mod http;
pub mod infer;
pub mod permit;
pub mod plan;
#[cfg(feature = "analyze")]
pub mod policy;

#[cfg(all(
    target_arch = "wasm32",
    not(any(feature = "decisions", feature = "sources"))
))]
pub mod bindings;
#[cfg(all(
    target_arch = "wasm32",
    not(any(feature = "decisions", feature = "sources"))
))]
pub mod browser;
#[cfg(feature = "analyze")]
pub mod convert;
#[cfg(all(target_arch = "wasm32", feature = "decisions"))]
pub mod decisions;
