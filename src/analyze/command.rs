//! `forebay analyze`, on whichever disk: natively and in Node.

use super::app::{Analysis, Progress, analyze};
use super::disk::Disk;
use super::fragment;
use super::show;

const USAGE: &str = "\
usage: forebay analyze [<directory>] [-o <fragment>] [options]

Reads an app's sources and writes what it will ask for, where, and on which route.

  -o <file>           where the fragment goes; else forebay.fragment.json in the directory
  --check             fails if there is an error, or the fragment is not what the sources say; writes nothing
  --list              prints operations, requests and routes
  --quiet             prints errors alone";

/// How the command talks: a line for standard output, or one for standard error.
pub trait Voice {
    /// A result.
    fn say(&mut self, line: &str);
    /// Progress, remarks and errors.
    fn note(&mut self, line: &str);
}

#[derive(Default)]
struct Options {
    directory: Option<String>,
    out: Option<String>,
    check: bool,
    list: bool,
    quiet: bool,
}

/// Does what the arguments say; `here` is the working directory. Gives the exit code: 0, 1 if the app is wrong, 2 if the
/// arguments are.
pub fn run<D: Disk + Clone + 'static>(
    disk: &D,
    here: &str,
    arguments: &[String],
    voice: &mut dyn Voice,
) -> u8 {
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        voice.say(USAGE);
        return 0;
    }
    let options = match options(arguments) {
        Ok(options) => options,
        Err(wrong) => {
            voice.note(&format!("error: {wrong}\n\n{USAGE}"));
            return 2;
        }
    };
    match work(disk, here, &options, voice) {
        Ok(good) => u8::from(!good),
        Err(wrong) => {
            voice.note(&format!("error: {wrong}"));
            1
        }
    }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--check" => {
                options.check = true;
                continue;
            }
            "--list" => {
                options.list = true;
                continue;
            }
            "--quiet" => {
                options.quiet = true;
                continue;
            }
            "-o" => &mut options.out,
            _ if word.starts_with('-') => return Err(format!("`{word}` is not known here")),
            _ => {
                if options.directory.replace(word.clone()).is_some() {
                    return Err(format!("`{word}` is one too many: an app is one directory"));
                }
                continue;
            }
        };
        let value = words.next().ok_or(format!("`{word}` needs a file"))?;
        if place.replace(value.clone()).is_some() {
            return Err(format!("`{word}` is given twice"));
        }
    }
    Ok(options)
}

fn work<D: Disk + Clone + 'static>(
    disk: &D,
    here: &str,
    options: &Options,
    voice: &mut dyn Voice,
) -> Result<bool, String> {
    let root = within(here, options.directory.as_deref().unwrap_or("."));
    if disk.kind(&root) != Some(super::disk::Kind::Directory) {
        return Err(format!(
            "{root}: there is no such directory; say which has the app's sources"
        ));
    }
    let mut total = 0;
    let mut progress = |progress: Progress| {
        // A short run needs none.
        match progress {
            Progress::Found(files) => total = files,
            Progress::Read(read) if total > 2000 && !options.quiet => {
                voice.note(&format!("read {read} of {total} files"))
            }
            _ => {}
        }
    };
    let analysis = analyze(disk, &root, &mut progress)?;
    let errors = remarks(disk, &root, &analysis, options, voice);
    if options.list {
        list(&analysis, voice);
    }
    let out = options.out.as_deref().map_or_else(
        || format!("{root}/{}", fragment::FILE),
        |out| within(here, out),
    );
    let text = analysis.fragment.to_json();
    let is_same = disk.read(&out).is_some_and(|before| before == text);
    if options.check {
        if !is_same {
            voice.note(&format!(
                "error: {out} is not what the sources say; run `forebay analyze`"
            ));
        }
        return Ok(errors == 0 && is_same);
    }
    if !is_same {
        disk.write(&out, &text)
            .map_err(|error| format!("{out}: {error}"))?;
    }
    if !options.quiet {
        let fragment = &analysis.fragment;
        voice.say(&format!(
            "{}: {} files, {} operations, {} requests, {} routes; {} {out}",
            fragment.app.name,
            analysis.files,
            fragment.operations.len(),
            fragment.requests.len(),
            fragment.routes.len(),
            if is_same { "unchanged" } else { "wrote" },
        ));
    }
    Ok(errors == 0)
}

/// Shows what was remarked; how much of it is wrong.
fn remarks(
    disk: &impl Disk,
    root: &str,
    analysis: &Analysis,
    options: &Options,
    voice: &mut dyn Voice,
) -> usize {
    let mut errors = 0;
    for remark in &analysis.remarks {
        errors += usize::from(remark.is_error);
        if remark.is_error || !options.quiet {
            let text = disk.read(&format!("{root}/{}", remark.at.file));
            voice.note(&show::remark(remark, text.as_deref()));
        }
    }
    errors
}

fn list(analysis: &Analysis, voice: &mut dyn Voice) {
    let fragment = &analysis.fragment;
    for operation in &fragment.operations {
        let kind = format!("{:?}", operation.kind).to_lowercase();
        let name = if operation.name.is_empty() {
            "(no name)"
        } else {
            &operation.name
        };
        voice.say(&format!("{kind} {name}"));
        for at in &operation.at {
            voice.say(&format!("    {}:{}:{}", at.file, at.line, at.column));
        }
    }
    for request in &fragment.requests {
        let unsure = if request.complete {
            ""
        } else {
            "  (not known wholly)"
        };
        voice.say(&format!(
            "{} {}{unsure}",
            request.method,
            request.url.shown()
        ));
        for at in &request.at {
            voice.say(&format!("    {}:{}:{}", at.file, at.line, at.column));
        }
    }
    for route in &fragment.routes {
        voice.say(&format!(
            "{}  {}",
            route.pattern,
            route
                .components
                .iter()
                .map(|one| one.name.as_str())
                .collect::<Vec<_>>()
                .join(" › ")
        ));
        for ask in &route.asks {
            let what = match ask.what {
                fragment::What::Operation(number) => fragment.operations[number].name.clone(),
                fragment::What::Request(number) => format!(
                    "{} {}",
                    fragment.requests[number].method,
                    fragment.requests[number].url.shown()
                ),
            };
            voice.say(&format!(
                "    {}{what}  {:?}",
                if ask.at_once { "" } else { "later: " },
                ask.with
            ));
        }
    }
}

/// A path seen from a directory.
pub(super) fn within(here: &str, path: &str) -> String {
    let is_absolute = path.starts_with('/')
        || path
            .get(1..3)
            .is_some_and(|rest| rest == ":/" || rest == ":\\");
    let path = path.replace('\\', "/");
    match is_absolute {
        true => path.trim_end_matches('/').to_owned(),
        false => format!("/{}", super::graph::join(here, &path)),
    }
}
