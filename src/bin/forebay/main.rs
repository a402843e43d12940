//! Forebay's command line: what is made and checked before a page is served.

mod analyze;
mod link;
#[cfg(feature = "analyze")]
mod model;
#[cfg(feature = "analyze")]
mod policy;
mod report;
#[cfg(feature = "analyze")]
mod sign;

use std::process::ExitCode;

const USAGE: &str = "usage: forebay <command>\n\n  analyze   reads an app's sources: what it asks for, where, and on which route\n  link      makes one manifest of several apps' fragments, and what a page loads of it\n  report    says what apps ask for twice, and what each route costs\n  model     converts, shows and runs models that rank\n  policy    checks and compiles permissions written in Cedar\n  sign      signs lists of both, which pages check\n\n`forebay <command> --help` says more.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("--help", &[][..]),
    };
    match command {
        "analyze" => analyze::run(rest),
        "link" => link::run(rest),
        "report" => report::run(rest),
        #[cfg(feature = "analyze")]
        "model" => model::run(rest),
        #[cfg(feature = "analyze")]
        "policy" => policy::run(rest),
        #[cfg(feature = "analyze")]
        "sign" => sign::run(rest),
        "--help" | "-h" | "help" => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("error: there is no command `{command}`\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
