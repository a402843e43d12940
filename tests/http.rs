//! The rules of HTTP caching, against data taken from the public suite of HTTP caching, somebody else's implementation,
//! and properties.
#![cfg(not(target_arch = "wasm32"))]

#[path = "http/cache.rs"]
mod cache;
#[path = "http/clock.rs"]
mod clock;
#[path = "http/oracle.rs"]
mod oracle;
#[path = "http/properties.rs"]
mod properties;
#[path = "http/stored.rs"]
mod stored;
#[path = "http/suite.rs"]
mod suite;
#[path = "http/validated.rs"]
mod validated;
