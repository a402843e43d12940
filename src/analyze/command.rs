//! `forebay analyze`, on whichever disk: natively and in Node.

use super::app::{Analysis, Sources};
use super::disk::Disk;
use super::{fragment, schema, show, types};
use rustc_hash::FxHashMap as HashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const USAGE: &str = "\
usage: forebay analyze [<directory>] [-o <fragment>] [options]

Reads an app's sources and writes what it will ask for, where, and on which route.

  -o <file>           where the fragment goes; else forebay.fragment.json in the directory
  --schema <file>     checks operations against a schema: SDL, or the JSON of an introspection
  --against <file>    a newer schema: lists what it would break in this app
  --types <file>      writes TypeScript's types of the operations; needs a schema
  --check             fails if there is an error, or the fragment is not what the sources say; writes nothing
  --list              prints operations, requests and routes
  --quiet             prints errors alone

What is done when nothing has changed since the last run is little: --fresh does all of it again.";

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
    schema: Option<String>,
    against: Option<String>,
    types: Option<String>,
    fresh: bool,
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
    carry_out(USAGE, arguments, voice, options, |options, voice| {
        work(disk, here, options, voice)
    })
}

/// A command: says how it is used, or does what it is told. The exit code: 0, 1 if `work` finds something wrong, 2 if the
/// arguments are.
pub(crate) fn carry_out<O>(
    usage: &str,
    arguments: &[String],
    voice: &mut dyn Voice,
    options: fn(&[String]) -> Result<O, String>,
    work: impl FnOnce(&O, &mut dyn Voice) -> Result<bool, String>,
) -> u8 {
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        voice.say(usage);
        return 0;
    }
    let options = match options(arguments) {
        Ok(options) => options,
        Err(wrong) => {
            voice.note(&format!("error: {wrong}\n\n{usage}"));
            return 2;
        }
    };
    match work(&options, voice) {
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
            "--fresh" => {
                options.fresh = true;
                continue;
            }
            "--schema" => &mut options.schema,
            "--against" => &mut options.against,
            "--types" => &mut options.types,
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
    let sources = Sources::read(disk, &root)?;
    let given = |path: &Option<String>| path.as_deref().map(|path| within(here, path));
    let schema = given(&options.schema).or_else(|| {
        sources
            .config
            .schema
            .as_ref()
            .map(|path| within(&root, path))
    });
    let file = |path: Option<String>| match path {
        Some(path) => match disk.read(&path) {
            Some(text) => Ok(Some((path, text))),
            None => Err(format!("{path}: there is no such file, or it is no text")),
        },
        None => Ok(None),
    };
    let (schema, against) = (file(schema)?, file(given(&options.against))?);
    if schema.is_none() && (against.is_some() || options.types.is_some()) {
        return Err(
            "`--against` and `--types` need the schema of now: give it with `--schema`".into(),
        );
    }
    let out = options.out.as_deref().map_or_else(
        || format!("{root}/{}", fragment::FILE),
        |out| within(here, out),
    );
    let types = given(&options.types);

    // The same sources, schemas and places, and what was written is still there: there is nothing to do.
    let kept = Kept::at(&root, &out);
    let key = Kept::key(&[
        &sources.hash,
        &text_of(&schema),
        &text_of(&against),
        types.as_deref().unwrap_or(""),
    ]);
    if !options.fresh
        && !options.list
        && !options.check
        && let Some(before) = kept.read(disk).filter(|before| before.key == key)
        && disk
            .read(&out)
            .is_some_and(|text| hash(&text) == before.fragment)
        && types.as_ref().is_none_or(|types| {
            disk.read(types)
                .is_some_and(|text| hash(&text) == before.types)
        })
    {
        before
            .remarks
            .iter()
            .filter(|(is_error, _)| *is_error || !options.quiet)
            .for_each(|(_, text)| voice.note(text));
        if !options.quiet {
            voice.say(&format!("{}; unchanged {out}", before.summary));
        }
        return Ok(before.remarks.iter().all(|(is_error, _)| !is_error));
    }

    let total = sources.files.len();
    let mut progress = |read: usize| {
        // A short run needs none.
        if total > 2000 && !options.quiet {
            voice.note(&format!("read {read} of {total} files"));
        }
    };
    let mut analysis = sources.analyze(disk, &root, &mut progress);
    let mut written_types = None;
    if let Some((name, text)) = &schema {
        let now = schema::Known::read(name, text)?;
        analysis
            .remarks
            .extend(schema::check(&now, &analysis.fragment, &analysis.places));
        if let Some((name, text)) = &against {
            let then = schema::Known::read(name, text)?;
            analysis.remarks.extend(schema::breaking(
                &now,
                &then,
                &analysis.fragment,
                &analysis.places,
            ));
        }
        written_types = types
            .as_ref()
            .map(|path| (path, types::typescript(&now, &analysis.fragment)));
        analysis.fragment.schema = Some(now.hash);
        analysis.fragment.seal();
    }
    let shown = remarks(disk, &root, &analysis);
    shown
        .iter()
        .filter(|(is_error, _)| *is_error || !options.quiet)
        .for_each(|(_, text)| voice.note(text));
    let good = shown.iter().all(|(is_error, _)| !is_error);
    if options.list {
        list(&analysis, voice);
    }
    let text = analysis.fragment.to_json();
    let is_same = disk.read(&out).is_some_and(|before| before == text);
    if options.check {
        if !is_same {
            voice.note(&format!(
                "error: {out} is not what the sources say; run `forebay analyze`"
            ));
        }
        return Ok(good && is_same);
    }
    if !is_same {
        disk.write(&out, &text)
            .map_err(|error| format!("{out}: {error}"))?;
    }
    let mut types_hash = String::new();
    if let Some((path, text)) = written_types {
        types_hash = hash(&text);
        disk.write(path, &text)
            .map_err(|error| format!("{path}: {error}"))?;
    }
    let summary = summary(&analysis);
    if !options.quiet {
        voice.say(&format!(
            "{summary}; {} {out}",
            if is_same { "unchanged" } else { "wrote" }
        ));
    }
    kept.write(
        disk,
        &Before {
            key,
            fragment: hash(&text),
            types: types_hash,
            remarks: shown,
            summary,
        },
    );
    Ok(good)
}

fn summary(analysis: &Analysis) -> String {
    let fragment = &analysis.fragment;
    let unread: usize = fragment
        .operations
        .iter()
        .map(|operation| operation.unread.len())
        .sum();
    format!(
        "{}: {} files, {} operations, {} requests, {} routes, {unread} fields that nothing reads",
        fragment.app.name,
        analysis.files,
        fragment.operations.len(),
        fragment.requests.len(),
        fragment.routes.len(),
    )
}

/// What the last run found.
#[derive(Serialize, Deserialize)]
struct Before {
    key: String,
    fragment: String,
    types: String,
    remarks: Vec<(bool, String)>,
    summary: String,
}

/// Where that is kept: with other tools' caches.
struct Kept(String);

impl Kept {
    fn at(root: &str, out: &str) -> Kept {
        Kept(format!(
            "{root}/node_modules/.cache/forebay/analyze-{}.json",
            &hash(out)[..16]
        ))
    }

    fn key(parts: &[&str]) -> String {
        let mut all = format!("{} {}", env!("CARGO_PKG_VERSION"), fragment::VERSION);
        for part in parts {
            all.push('\n');
            all.push_str(&hash(part));
        }
        hash(&all)
    }

    fn read(&self, disk: &impl Disk) -> Option<Before> {
        serde_json::from_str(&disk.read(&self.0)?).ok()
    }

    /// Where it cannot be written the next run takes longer, and nothing else.
    fn write(&self, disk: &impl Disk, before: &Before) {
        let _ = disk.write(
            &self.0,
            &serde_json::to_string(before).expect("texts alone"),
        );
    }
}

fn text_of(file: &Option<(String, String)>) -> String {
    file.as_ref()
        .map_or(String::new(), |(_, text)| text.clone())
}

fn hash(text: &str) -> String {
    fragment::hex(&Sha256::digest(text))
}

/// Remarks as they are shown, and which of them are errors.
fn remarks(disk: &impl Disk, root: &str, analysis: &Analysis) -> Vec<(bool, String)> {
    let mut texts: HashMap<&str, Option<String>> = HashMap::default();
    let show = |remark: &'_ super::Remark, text: Option<&str>| {
        (remark.is_error, show::remark(remark, text))
    };
    let mut shown = Vec::new();
    for remark in &analysis.remarks {
        let file = remark.at.file.as_str();
        let text = texts
            .entry(file)
            .or_insert_with(|| disk.read(&format!("{root}/{file}")));
        shown.push(show(remark, text.as_deref()));
    }
    shown
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
