//! `forebay model`: models that rank in the page.

mod arguments;
mod rank;
mod show;

use arguments::Arguments;
use forebay::convert::{Options, Rows, Space, convert, parse_schema};
use sha2::{Digest, Sha256};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "\
forebay model convert MODEL -o FILE.forebay [--schema SCHEMA.json] [--golden ROWS.csv] [--calibrate COLUMN]
                      [--rows inputs|columns] [--history NAME=EVENTS.csv] [--now MILLISECONDS]
                      [--id NAME] [--version 1.2.3] [--tolerance 1e-6]
    Makes a page's model of one that was trained by LightGBM (text, JSON), XGBoost (JSON, UBJSON), or scikit-learn
    and others (ONNX). ROWS has the schema's columns or its inputs (--rows says which, where names leave it open), and
    the trainer's predictions in a column `prediction`:
    the new file is refused unless it predicts the same. It also gives the file its golden rows, means and bins, and,
    with a column of outcomes (0 or 1) to calibrate by, probabilities as scores. Where features count what has happened
    before, EVENTS has a column `key` and a column `time` (milliseconds since 1970; --now says what is counted from).

forebay model show FILE.forebay
    Says what is in it, and its SHA-256.

forebay model rank FILE.forebay ROWS.csv [-o SCORES.csv] [--rows inputs|columns] [--now MILLISECONDS]
                   [--history NAME=EVENTS.csv] [--explain]
                   [--learn PRINCIPAL,SLATE,LABEL [--rate 0.1] [--attention 1]]
    Scores rows as a page would. With --explain, what each column adds to each row's sum. With --learn, slates (rows
    that follow one another with the same value in the column SLATE) are scored one after the other; after each, what
    its rows' column LABEL says (1 opened, 0 dismissed, empty ignored) is learned for the slate's PRINCIPAL, at that
    rate. --attention says how quickly attention falls with the position; 0 for labels that no position swayed.";

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("--help", &[][..]),
    };
    let result = match command {
        "convert" => run_convert(rest),
        "show" => show::run(rest),
        "rank" => rank::run(rest),
        "--help" | "-h" | "help" => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("there is no command `model {command}`\n\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}

fn write(path: &str, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{path}: {error}"))
}

fn rows(path: &str) -> Result<Rows, String> {
    Rows::read(&read(path)?, path).map_err(|error| error.to_string())
}

/// A table, with the histories that are given by options.
fn rows_with_histories(path: &str, histories: &[String]) -> Result<Rows, String> {
    let mut table = rows(path)?;
    for given in histories {
        let (name, path) = given
            .split_once('=')
            .ok_or_else(|| format!("--history {given}: must be NAME=EVENTS.csv"))?;
        table = table.with_history(name, rows(path)?);
    }
    Ok(table)
}

fn number(name: &str, text: Option<String>) -> Result<Option<f64>, String> {
    let read = |text: String| {
        text.parse::<f64>()
            .map_err(|_| format!("{name} {text}: is not a number"))
    };
    text.map(read).transpose()
}

fn space_of(option: Option<String>) -> Result<Option<Space>, String> {
    match option.as_deref() {
        None => Ok(None),
        Some("inputs") => Ok(Some(Space::Inputs)),
        Some("columns") => Ok(Some(Space::Columns)),
        Some(other) => Err(format!("--rows {other}: is neither inputs nor columns")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn run_convert(arguments: &[String]) -> Result<(), String> {
    let mut arguments = Arguments::new(arguments);
    let options = [
        "-o",
        "--schema",
        "--golden",
        "--calibrate",
        "--id",
        "--version",
        "--tolerance",
        "--rows",
        "--now",
    ]
    .map(|name| arguments.option(name));
    let [
        out,
        schema,
        golden,
        calibrate,
        id,
        version,
        tolerance,
        space,
        now,
    ] = options;
    let histories = arguments.options("--history");
    let [path] = arguments.end()?;
    let out = out.ok_or("say where to write with -o FILE.forebay")?;
    let schema = match schema {
        None => None,
        Some(path) => {
            let text =
                String::from_utf8(read(&path)?).map_err(|error| format!("{path}: {error}"))?;
            Some(parse_schema(&text).map_err(|error| format!("{path}: {error}"))?)
        }
    };
    let golden = golden
        .map(|path| rows_with_histories(&path, &histories))
        .transpose()?;
    let tolerance = number("--tolerance", tolerance)?.unwrap_or(1e-6);
    let stem = Path::new(&path)
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    let options = Options {
        id: &id.or(stem).unwrap_or_default(),
        version: version.as_deref().unwrap_or("1.0.0"),
        schema,
        golden: golden.as_ref(),
        space: space_of(space)?,
        now: number("--now", now)?.unwrap_or(0.0),
        calibrate: calibrate.as_deref(),
        tolerance,
    };
    let mut progress = Progress::new();
    let made = convert(&read(&path)?, &options, &mut |what, done, all| {
        progress.say(what, done, all)
    });
    progress.end();
    let made = made.map_err(|error| format!("{path}: {error}"))?;
    write(&out, &made.bytes)?;
    let digest = hex(&Sha256::digest(&made.bytes));
    println!(
        "{out}: {}, {} bytes, sha256 {digest}",
        made.format,
        made.bytes.len()
    );
    if made.compared > 0 {
        println!(
            "{} rows predicted the same, within {:.1e}",
            made.compared, made.difference
        );
    } else {
        println!("nothing proves that it predicts the same: give rows with --golden");
    }
    Ok(())
}

/// What is going on, once it takes longer than anybody likes to wait without a word.
struct Progress {
    started: Instant,
    said: Option<Instant>,
    /// On a terminal one line is written over and over.
    terminal: bool,
}

impl Progress {
    fn new() -> Progress {
        Progress {
            started: Instant::now(),
            said: None,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    fn say(&mut self, what: &str, done: usize, all: usize) {
        let pause = Duration::from_millis(if self.terminal { 100 } else { 2000 });
        let due = self.said.unwrap_or(self.started) + pause.max(Duration::from_millis(300));
        if Instant::now() < due {
            return;
        }
        self.said = Some(Instant::now());
        if self.terminal {
            eprint!("\r{what}: {done} of {all}\x1b[K");
        } else {
            eprintln!("{what}: {done} of {all}");
        }
    }

    fn end(&self) {
        if self.terminal && self.said.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
