//! Cedar's policies, compiled: held to `cedar-policy` read strictly, over random policies and requests.
#![cfg(not(target_arch = "wasm32"))]

#[path = "policy/casl.rs"]
mod casl;
#[path = "policy/command.rs"]
mod command;
#[path = "policy/differential.rs"]
mod differential;
#[path = "policy/errors.rs"]
mod errors;
#[path = "policy/generator.rs"]
mod generator;
#[path = "policy/golden.rs"]
mod golden;
#[path = "policy/world.rs"]
mod world;
