//! `forebay analyze` on the machine's own files.

use forebay::analyze::command::{self, Voice};
use forebay::analyze::disk::Machine;
use std::process::ExitCode;

/// The command's voice.
pub(crate) struct Terminal;

impl Voice for Terminal {
    fn say(&mut self, line: &str) {
        println!("{line}");
    }

    fn note(&mut self, line: &str) {
        eprintln!("{line}");
    }
}

/// The working directory, with `/`.
pub(crate) fn here() -> String {
    std::env::current_dir().map_or(String::new(), |here| {
        here.to_string_lossy().replace('\\', "/")
    })
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    ExitCode::from(command::run(&Machine, &here(), arguments, &mut Terminal))
}
