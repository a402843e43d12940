//! The analyzer in Node, compiled to WebAssembly: the same command, on files that Node reads.

use super::command::{self, Voice};
use super::disk::{Disk, Kind};
use wasm_bindgen::prelude::*;

// What the package's command line gives (pkg-template/src/analyze/host.ts).
#[wasm_bindgen(raw_module = "forebay-host")]
extern "C" {
    /// Names in a directory, one a line; those of directories end with `/`.
    fn list(directory: &str) -> String;
    /// A file's text.
    fn read(path: &str) -> Option<String>;
    /// 1: a file; 2: a directory; 0: nothing.
    fn kind(path: &str) -> u8;
    /// What is wrong, if it could not be written.
    fn write(path: &str, text: &str) -> Option<String>;
    fn say(line: &str);
    fn note(line: &str);
}

/// How much memory a byte of source takes, its tree and all that is known of it.
const FACTOR: usize = 40;

#[derive(Clone, Copy)]
struct Host;

impl Disk for Host {
    fn list(&self, directory: &str) -> Vec<(String, Kind)> {
        let names = list(directory);
        let names = names.lines().map(|name| match name.strip_suffix('/') {
            Some(name) => (name.to_owned(), Kind::Directory),
            None => (name.to_owned(), Kind::File),
        });
        names.collect()
    }

    fn read(&self, path: &str) -> Option<String> {
        read(path)
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        match kind(path) {
            1 => Some(Kind::File),
            2 => Some(Kind::Directory),
            _ => None,
        }
    }

    /// Each time its memory grows Node counts what there is: in steps of what is asked for next that took two thirds of
    /// a run. What is freed here stays the module's, and pages that nobody touches cost nothing.
    fn expect(&self, bytes: usize) {
        const MOST: usize = 1 << 30;
        let _ = Vec::<u8>::new().try_reserve_exact((bytes * FACTOR).min(MOST));
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        write(path, text).map_or(Ok(()), Err)
    }
}

impl Voice for Host {
    fn say(&mut self, line: &str) {
        say(line);
    }

    fn note(&mut self, line: &str) {
        note(line);
    }
}

/// A command with these arguments, one a line, in this directory; the exit code.
#[wasm_bindgen]
pub fn run(command: &str, here: &str, arguments: &str) -> u8 {
    let arguments: Vec<String> = arguments.lines().map(str::to_owned).collect();
    match command {
        "link" => super::link::run(&Host, here, &arguments, &mut Host),
        "report" => super::report::run(&Host, here, &arguments, &mut Host),
        _ => command::run(&Host, here, &arguments, &mut Host),
    }
}

/// Keys of hash maps: that others cannot guess them is of no use here, that results are the same each time is.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    to: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom gives memory of this length.
    unsafe { std::ptr::write_bytes(to, 0x46, length) };
    Ok(())
}
