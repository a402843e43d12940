//! `forebay report`, on whichever disk.

use super::{Cost, Report};
use crate::analyze::Remark;
use crate::analyze::command::{Voice, carry_out, within};
use crate::analyze::disk::Disk;
use crate::analyze::fragment::Place;
use crate::analyze::link::{Gathered, Given, gather, link};
use crate::analyze::show;

const USAGE: &str = "\
usage: forebay report <fragment or directory>... [options]

Says what several apps ask for that is the same or a part of it, what each route costs before and after, which endpoints
differ only in spelling, and what is fetched for nothing. Reads the fragments that `forebay analyze` wrote for each app.

  --html <file>                       writes it with pictures, as one file
  --max-operations-per-route <n>      for CI: fails if a route sends more when it begins, with Forebay
  --schema <file>                     SDL, or the JSON of an introspection: with its types more is proved
  --only <kind>                       `graphql` or `rest`: looks at operations alone, or at other requests alone
  --strict                            fails if a fragment is missing or cannot be read
  --quiet                             prints errors alone";

#[derive(Default)]
struct Options {
    given: Given,
    html: Option<String>,
    most: Option<usize>,
    strict: bool,
    quiet: bool,
}

/// Does what the arguments say; `here` is the working directory. Gives the exit code: 0, 1 if a route is over its budget or
/// something is wrong with the fragments, 2 if it is with the arguments.
pub fn run(disk: &impl Disk, here: &str, arguments: &[String], voice: &mut dyn Voice) -> u8 {
    carry_out(USAGE, arguments, voice, options, |options, voice| {
        work(disk, here, options, voice)
    })
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--strict" => options.strict = true,
            "--quiet" => options.quiet = true,
            "--html" => options.html = Some(words.next().ok_or("`--html` needs a file")?.clone()),
            "--max-operations-per-route" => {
                let number = words.next().and_then(|number| number.parse().ok());
                options.most =
                    Some(number.ok_or("`--max-operations-per-route` needs a whole number")?);
            }
            _ => options.given.take(word, &mut words)?,
        }
    }
    options.given.check()?;
    Ok(options)
}

fn work(
    disk: &impl Disk,
    here: &str,
    options: &Options,
    voice: &mut dyn Voice,
) -> Result<bool, String> {
    let gathered = gather(disk, here, &options.given)?;
    for remark in gathered
        .remarks
        .iter()
        .filter(|_| !options.quiet || options.strict)
    {
        let level = if options.strict { "error" } else { "warning" };
        voice.note(&format!("{level}: {remark}"));
    }
    if gathered.fragments.is_empty() {
        return Err("there is no fragment to report on".into());
    }
    let manifest = link(
        &gathered.fragments,
        gathered.schema.as_ref(),
        options.given.only,
    );
    let report = Report::of(&gathered.fragments, &manifest, options.given.only);
    if !options.quiet {
        report.lines().iter().for_each(|line| voice.say(line));
    }
    if let Some(file) = &options.html {
        let out = within(here, file);
        disk.write(&out, &report.html())
            .map_err(|error| format!("{out}: {error}"))?;
        if !options.quiet {
            voice.say(&format!("\nwrote {out}"));
        }
    }
    let mut good = !options.strict || gathered.remarks.is_empty();
    for route in report
        .routes
        .iter()
        .filter(|route| options.most.is_some_and(|most| route.after > most))
    {
        good = false;
        voice.note(&over(
            disk,
            &gathered,
            &report,
            route,
            options.most.unwrap_or_default(),
        ));
    }
    Ok(good)
}

/// A route that is over the budget, where it is declared.
fn over(
    disk: &impl Disk,
    gathered: &Gathered,
    report: &Report,
    route: &Cost,
    most: usize,
) -> String {
    let app = &report.fragments[route.app].app.name;
    let root = gathered.roots.get(app).map_or("", String::as_str);
    let text = disk.read(&format!("{root}/{}", route.at.file));
    let remark = Remark {
        is_error: true,
        at: Place {
            file: format!("{app}/{}", route.at.file),
            ..route.at.clone()
        },
        length: 1,
        message: format!(
            "{} sends {} operations when it begins, and {most} are allowed",
            route.pattern, route.after
        ),
        help: format!(
            "those whose variables are known travel together: say what the others take (`values` in forebay.config.json), or ask later.\n{}",
            report.asks(route).join("\n")
        ),
    };
    show::remark(&remark, text.as_deref())
}
