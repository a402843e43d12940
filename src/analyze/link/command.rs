//! `forebay link`, on whichever disk.

use super::super::command::{Voice, carry_out, within};
use super::super::disk::{Disk, Kind};
use super::super::fragment::{self, Fragment};
use super::super::schema::Known;
use super::manifest;
use super::{Only, link, plan};
use std::collections::BTreeMap;

const USAGE: &str = "\
usage: forebay link <fragment or directory>... [-o <manifest>] [options]

Makes one manifest of the fragments that `forebay analyze` wrote for each app. Of a directory its forebay.fragment.json is
taken. Fragments that are not there, or cannot be read, are said and left out.

  -o <file>           where the manifest goes; else forebay.manifest.json here
  --plan <file>       writes besides what a page loads of it: `configure({ manifest })` takes it; usually forebay.plan.json
  --schema <file>     SDL, or the JSON of an introspection: with its types more is proved
  --only <kind>       `graphql` or `rest`: links operations alone, or other requests alone
  --strict            fails if a fragment is missing or cannot be read
  --quiet             prints errors alone";

/// Fragments to be read, as arguments name them.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) places: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) only: Only,
}

/// What was there, and a line for each that was not.
pub(crate) struct Gathered {
    pub(crate) fragments: Vec<Fragment>,
    /// By app: the directory that its places are seen from, if the fragment lies there.
    pub(crate) roots: BTreeMap<String, String>,
    pub(crate) schema: Option<Known>,
    pub(crate) remarks: Vec<String>,
}

#[derive(Default)]
struct Options {
    given: Given,
    out: Option<String>,
    plan: Option<String>,
    strict: bool,
    quiet: bool,
}

/// Does what the arguments say; `here` is the working directory. Gives the exit code: 0, 1 if something is wrong with the
/// fragments, 2 if it is with the arguments.
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
            "-o" => options.out = Some(words.next().ok_or("`-o` needs a file")?.clone()),
            "--plan" => {
                let file = words
                    .next()
                    .ok_or(format!("`--plan` needs a file, such as {}", plan::FILE))?;
                options.plan = Some(file.clone());
            }
            _ => options.given.take(word, &mut words)?,
        }
    }
    options.given.check()?;
    Ok(options)
}

impl Given {
    /// Takes an argument that `link` and `report` share.
    pub(crate) fn take<'w>(
        &mut self,
        word: &str,
        words: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), String> {
        match word {
            "--schema" => {
                let file = words.next().ok_or("`--schema` needs a file")?;
                self.schema = Some(file.clone());
            }
            "--only" => {
                self.only = match words.next().map(String::as_str) {
                    Some("graphql") => Only::Graphql,
                    Some("rest") => Only::Rest,
                    _ => return Err("`--only` needs `graphql` or `rest`".into()),
                }
            }
            _ if word.starts_with('-') => return Err(format!("`{word}` is not known here")),
            _ => self.places.push(word.to_owned()),
        }
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        match self.places.is_empty() {
            true => Err("name the apps' fragments, or the directories that they are in".into()),
            false => Ok(()),
        }
    }
}

/// Reads the fragments that are there.
pub(crate) fn gather(disk: &impl Disk, here: &str, given: &Given) -> Result<Gathered, String> {
    let mut gathered = Gathered {
        fragments: Vec::new(),
        roots: BTreeMap::new(),
        schema: None,
        remarks: Vec::new(),
    };
    for place in &given.places {
        let mut path = within(here, place);
        if disk.kind(&path) == Some(Kind::Directory) {
            path = format!("{path}/{}", fragment::FILE);
        }
        let read = disk
            .read(&path)
            .ok_or("is not there: write it with `forebay analyze`, or leave it away".to_owned())
            .and_then(|text| Fragment::from_json(&text));
        match read {
            Ok(fragment) => gathered.add(&path, fragment),
            Err(wrong) => gathered.remarks.push(format!("{path} {wrong}")),
        }
    }
    if let Some(schema) = &given.schema {
        let path = within(here, schema);
        let text = disk
            .read(&path)
            .ok_or(format!("{path}: there is no such file, or it is no text"))?;
        gathered.schema = Some(Known::read(&path, &text)?);
    }
    Ok(gathered)
}

impl Gathered {
    /// Of two fragments of one app the later holds.
    fn add(&mut self, path: &str, fragment: Fragment) {
        let name = &fragment.app.name;
        if !fragment.is_whole() {
            self.remarks.push(format!(
                "{path} does not have its hash: it was changed by hand, or a newer Forebay wrote it; what is known of it is used"
            ));
        }
        if let Some(before) = self
            .fragments
            .iter()
            .position(|other| other.app.name == *name)
        {
            if self.fragments[before] != fragment {
                self.remarks.push(format!(
                    "{path} takes the place of another fragment of `{name}`: name each app once"
                ));
            }
            self.fragments.remove(before);
        }
        if let Some((root, _)) = path.rsplit_once('/') {
            self.roots.insert(name.clone(), root.into());
        }
        self.fragments.push(fragment);
    }
}

fn work(
    disk: &impl Disk,
    here: &str,
    options: &Options,
    voice: &mut dyn Voice,
) -> Result<bool, String> {
    let mut gathered = gather(disk, here, &options.given)?;
    let flaws = gathered.remarks.len();
    gathered.remarks.extend(unlinked(&gathered.fragments));
    for remark in gathered
        .remarks
        .iter()
        .filter(|_| !options.quiet || options.strict)
    {
        let level = if options.strict { "error" } else { "warning" };
        voice.note(&format!("{level}: {remark}"));
    }
    if gathered.fragments.is_empty() {
        return Err("there is no fragment to link".into());
    }
    if options.strict && flaws > 0 {
        return Ok(false);
    }
    let manifest = link(
        &gathered.fragments,
        gathered.schema.as_ref(),
        options.given.only,
    );
    let out = within(here, options.out.as_deref().unwrap_or(manifest::FILE));
    let is_new = renew(disk, &out, &manifest.to_json())?;
    if let Some(file) = &options.plan {
        renew(disk, &within(here, file), &manifest.plan().to_json())?;
    }
    if !options.quiet {
        voice.say(&format!(
            "{} apps, {} operations, {} requests, {} routes, {} unions; {} {out}",
            manifest.apps.len(),
            manifest.operations.len(),
            manifest.requests.len(),
            manifest.routes.len(),
            manifest.unions.len(),
            if is_new { "wrote" } else { "unchanged" },
        ));
    }
    Ok(true)
}

/// Writes a file unless it is so already, lest who watches it wake for nothing; says whether it was written.
fn renew(disk: &impl Disk, path: &str, text: &str) -> Result<bool, String> {
    if disk.read(path).is_some_and(|before| before == text) {
        return Ok(false);
    }
    disk.write(path, text)
        .map_err(|error| format!("{path}: {error}"))?;
    Ok(true)
}

/// Apps that are mounted somewhere and have no fragment here; and schemas that differ.
fn unlinked(fragments: &[Fragment]) -> Vec<String> {
    let all: Vec<&Fragment> = fragments.iter().collect();
    let mut remarks = Vec::new();
    for (app, fragment) in all.iter().enumerate() {
        for route in &fragment.routes {
            for mount in super::routes::told(&all, app, route).1 {
                remarks.push(format!(
                    "{} mounts `{mount}` on {}, and no fragment has that entry: nothing is known of what it asks there",
                    fragment.app.name, route.pattern
                ));
            }
        }
    }
    let mut schemas: Vec<&String> = all.iter().filter_map(|one| one.schema.as_ref()).collect();
    schemas.sort();
    schemas.dedup();
    if schemas.len() > 1 {
        remarks.push(format!(
            "the apps were checked against {} schemas: run `forebay analyze --schema` with the same for all",
            schemas.len()
        ));
    }
    remarks
}
