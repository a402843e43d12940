//! `forebay report` on the machine's own files.

use crate::analyze::{Terminal, here};
use forebay::analyze::disk::Machine;
use forebay::analyze::report;
use std::process::ExitCode;

/// Does what the arguments say.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    ExitCode::from(report::run(&Machine, &here(), arguments, &mut Terminal))
}
