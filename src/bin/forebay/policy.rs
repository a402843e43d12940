//! `forebay policy`: from Cedar's text to a program.

use forebay::permit::Program;
use forebay::policy::{Compiled, Problem, Source, cedar_of_casl, compile, listing};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "\
usage: forebay policy check   <policies> --schema <schema> [--explain]
       forebay policy compile <policies> --schema <schema> [-o <program>] [--explain]

Checks policies against their schema, and compiles them into a program for pages. They are in Cedar's language, or, where
the file's name ends in .json, CASL's rules, raw or packed: these are written as Cedar first, which --explain prints.
A value that is missing then counts against showing an item, also in rules that forbid; what cannot be written so that it
means the same is an error.

  --schema <file>   the schema, in Cedar's language or in JSON
  -o <file>         where the program goes; else beside the policies, with the ending .fbpt
  --explain         prints what the program reads, and each policy as it was compiled";

struct Options<'a> {
    writes: bool,
    policies: &'a str,
    schema: &'a str,
    out: Option<&'a str>,
    explain: bool,
}

/// Does what the arguments say: success, 1 if the policies are wrong, 2 if the arguments are.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match options(arguments) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("error: {wrong}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match work(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprint!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[String]) -> Result<Options<'_>, String> {
    let mut words = arguments.iter().map(String::as_str);
    let writes = match words.next() {
        Some("check") => false,
        Some("compile") => true,
        Some(other) => return Err(format!("`{other}` is neither `check` nor `compile`")),
        None => return Err("say `check` or `compile`".into()),
    };
    let (mut policies, mut schema, mut out, mut explain) = (None, None, None, false);
    while let Some(word) = words.next() {
        let mut value = |what: &str| words.next().ok_or(format!("`{word}` needs {what}"));
        let (place, value) = match word {
            "--schema" => (&mut schema, value("a file")?),
            "-o" if writes => (&mut out, value("a file")?),
            "--explain" => {
                explain = true;
                continue;
            }
            _ if word.starts_with('-') => return Err(format!("`{word}` is not known here")),
            _ => (&mut policies, word),
        };
        if place.replace(value).is_some() {
            return Err(format!("`{word}` is one too many"));
        }
    }
    Ok(Options {
        writes,
        policies: policies.ok_or("which file has the policies?")?,
        schema: schema.ok_or("policies are checked against a schema: give it with `--schema`")?,
        out,
        explain,
    })
}

fn work(options: &Options) -> Result<(), String> {
    let read = |name: &str| {
        std::fs::read_to_string(name).map_err(|error| format!("error: {name}: {error}\n"))
    };
    let (mut policies, schema) = (read(options.policies)?, read(options.schema)?);
    let begun = Instant::now();
    fn source<'a>(name: &'a str, text: &'a str) -> Source<'a> {
        Source { name, text }
    }
    let schema = source(options.schema, &schema);
    let said = |problems: Vec<Problem>| {
        let count = problems.len();
        let mut text: String = problems
            .iter()
            .map(|problem| format!("error: {problem}\n"))
            .collect();
        let s = if count == 1 { "" } else { "s" };
        text += &format!(
            "{}: {count} error{s}, nothing was written\n",
            options.policies
        );
        text
    };
    let mut name = options.policies.to_owned();
    if name.ends_with(".json") {
        policies = cedar_of_casl(source(&name, &policies), schema).map_err(said)?;
        name += ", in Cedar";
        if options.explain {
            println!("{policies}");
        }
    }
    let compiled = compile(source(&name, &policies), schema).map_err(said)?;
    for warning in &compiled.warnings {
        eprintln!("warning: {warning}");
    }
    let program = Program::load(&compiled.bytes)
        .map_err(|wrong| format!("error: the program {}\n", wrong.message()))?;
    report(options, &compiled, &program, begun);
    if options.writes {
        let beside = Path::new(options.policies).with_extension("fbpt");
        let out = options.out.map_or(beside.as_path(), Path::new);
        std::fs::write(out, &compiled.bytes)
            .map_err(|error| format!("error: {}: {error}\n", out.display()))?;
        println!("wrote {}", out.display());
    }
    Ok(())
}

fn report(options: &Options, compiled: &Compiled, program: &Program, begun: Instant) {
    for policy in &compiled.policies {
        let effect = if policy.forbids { "forbid" } else { "permit" };
        println!(
            "{}:{}: {effect} {:?}, {} steps, in {} of {} environments",
            options.policies,
            policy.line,
            policy.id,
            policy.steps,
            policy.environments,
            program.environments().count()
        );
    }
    if options.explain {
        println!("\n{}", listing(program));
    }
    println!(
        "{} policies, {} values read, {} bytes, {:.0?}",
        compiled.policies.len(),
        program.needs().count(),
        compiled.bytes.len(),
        begun.elapsed()
    );
}
