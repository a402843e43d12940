//! `forebay link` on the machine's own files.

use crate::analyze::{Terminal, here};
use forebay::analyze::disk::Machine;
use forebay::analyze::link;
use std::process::ExitCode;

/// Does what the arguments say.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    ExitCode::from(link::run(&Machine, &here(), arguments, &mut Terminal))
}
