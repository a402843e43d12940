//! The host shell's options, as `configure` takes them.
//!
//! The runtime flattens them: for each value, before what is in it, one record of
//! depth, path (`rules[2].ttl`), key (`ttl`), kind, text, number. Here each record finds its place, or what is wrong
//! with it is said of its path.

use super::joined;
use super::packed::Reader;
use crate::ascii;
use crate::http::NoStore;
use crate::plan::{Composite, Host, Pattern, Rule};

/// Bytes of bodies kept in memory unless the host says otherwise.
pub(super) const DEFAULT_MEMORY: u64 = 32 * 1024 * 1024;

/// What was given, read and found to be right; `None` was not given.
#[derive(Default)]
pub(super) struct Options {
    pub(super) memory: Option<u64>,
    epoch: Option<Box<str>>,
    schema: Option<Box<str>>,
    rules: Option<Vec<Rule>>,
    significant_headers: Option<Vec<Box<str>>>,
    credential_headers: Option<Vec<Box<str>>>,
    ignored_headers: Option<Vec<Box<str>>>,
    types: Option<Vec<Composite>>,
    documents: Option<Vec<Box<str>>>,
}

impl Options {
    /// Puts what was given in the place of what held before.
    pub(super) fn apply(self, host: &mut Host) {
        if let Some(rules) = self.rules {
            host.rules = rules;
        }
        if let Some(names) = self.significant_headers {
            host.significant_headers = names;
        }
        if let Some(names) = self.credential_headers {
            host.credential_headers = names;
        }
        if let Some(names) = self.ignored_headers {
            host.ignored_headers = names;
        }
        host.epoch = self.epoch.or(host.epoch.take());
        host.schema = self.schema.or(host.schema.take());
        host.declared.documents = self.documents.or(host.declared.documents.take());
        host.declared.types = self.types.or(host.declared.types.take());
    }
}

/// One value and where it stands.
struct Given<'a> {
    depth: u8,
    path: &'a str,
    key: &'a str,
    kind: u8,
    text: &'a str,
    number: f64,
}

const OBJECT: u8 = 1;
const LIST: u8 = 2;
const TEXT: u8 = 3;
const NUMBER: u8 = 4;
const FLAG: u8 = 5;

/// What is wrong with a value, to stand behind its path.
type Wrong = &'static str;

/// Reads options; an error says what is wrong with which of them.
pub(super) fn read(packed: &mut Reader) -> Result<Options, String> {
    let mut form = Form::default();
    while let Some(given) = next(packed) {
        let wrong = |path: &str, what: &str| joined(&[path, " ", what]);
        if given.depth <= form.lacking_depth
            && let Some(path) = form.lacking.take()
        {
            return Err(wrong(path, NEEDS));
        }
        form.take(&given).map_err(|what| wrong(given.path, what))?;
    }
    if let Some(path) = form.lacking {
        return Err(joined(&[path, " ", NEEDS]));
    }
    Ok(form.options)
}

const NEEDS: Wrong = "needs \"match\"";

fn next<'a>(packed: &mut Reader<'a>) -> Option<Given<'a>> {
    let depth = packed.number()? as u8;
    let (path, key, kind) = (packed.text()?, packed.text()?, packed.number()? as u8);
    Some(Given {
        depth,
        path,
        key,
        kind,
        text: packed.text()?,
        number: packed.number()?,
    })
}

/// The options as far as they have been read.
#[derive(Default)]
struct Form<'a> {
    options: Options,
    /// Under which of the host's options we are.
    section: &'a str,
    /// The object that still lacks the member it cannot do without, and its depth.
    lacking: Option<&'a str>,
    lacking_depth: u8,
    /// Under which member of a rule or of the manifest. What that says of routes does not come here.
    member: &'a str,
    /// The list that follows has an enum's values.
    is_enum: bool,
}

impl<'a> Form<'a> {
    fn take(&mut self, given: &Given<'a>) -> Result<(), Wrong> {
        if given.depth == 0 {
            self.section = given.key;
        }
        match (self.section, given.depth) {
            ("memory", 0) => self.options.memory = Some(given.number()? as u64),
            ("epoch", 0) => self.options.epoch = Some(given.text()?),
            ("rules", 0) => self.options.rules = Some(given.list()?),
            ("rules", 1) => {
                given.object()?;
                self.lacks(given);
                self.options
                    .rules
                    .get_or_insert_default()
                    .push(Rule::default());
            }
            ("rules", _) => return self.rule(given),
            ("significantHeaders", 0) => self.options.significant_headers = Some(given.list()?),
            ("significantHeaders", _) => {
                given.add(self.options.significant_headers.get_or_insert_default())?
            }
            ("credentialHeaders", 0) => self.options.credential_headers = Some(given.list()?),
            ("credentialHeaders", _) => {
                given.add(self.options.credential_headers.get_or_insert_default())?
            }
            ("ignoreHeaders", 0) => self.options.ignored_headers = Some(given.list()?),
            ("ignoreHeaders", _) => {
                given.add(self.options.ignored_headers.get_or_insert_default())?
            }
            ("manifest", _) => return self.manifest(given),
            ("graphql", 0) => given.object()?,
            // These are the runtime's to know; here they are only checked.
            ("graphql", _) if given.key == "persisted" => drop(given.flag()?),
            ("graphql", 1) if matches!(given.key, "endpoint" | "wasm" | "wasmIntegrity") => {
                drop(given.text()?)
            }
            ("graphql", _) => {
                return Err("is not known; there are endpoint, persisted, wasm, wasmIntegrity");
            }
            _ => {
                return Err(
                    "is not known; there are memory, epoch, rules, significantHeaders, credentialHeaders, ignoreHeaders, manifest, graphql, wasm, wasmIntegrity",
                );
            }
        }
        Ok(())
    }

    fn lacks(&mut self, given: &Given<'a>) {
        self.lacking = Some(given.path);
        self.lacking_depth = given.depth;
    }

    fn rule(&mut self, given: &Given<'a>) -> Result<(), Wrong> {
        let Some(rule) = self
            .options
            .rules
            .as_mut()
            .and_then(|rules| rules.last_mut())
        else {
            return Ok(());
        };
        if given.depth == 2 {
            self.member = given.key;
        }
        match (self.member, given.depth) {
            ("match", 2) => {
                rule.pattern = Pattern::parse(&given.text()?).map_err(|error| error.message())?;
                self.lacking = None;
            }
            ("queryOrder", 2) => {
                rule.form.any_query_order = given
                    .choice(["significant", "ignored"])
                    .ok_or("must be \"significant\" or \"ignored\"")?
            }
            ("numbers", 2) => {
                rule.form.numbers_by_value = given
                    .choice(["text", "value"])
                    .ok_or("must be \"text\" or \"value\"")?
            }
            ("coalescePost", 2) => rule.coalesce_post = given.flag()?,
            ("ttl", 2) => rule.terms.ttl = Some((given.number()? * 1000.0) as u64),
            ("store", 2) => rule.terms.never_store = !given.flag()?,
            ("noStore", 2) => {
                rule.terms.no_store = match given.text {
                    "obey" => NoStore::Obey,
                    "share" => NoStore::Share,
                    "keep" => NoStore::Keep,
                    _ => return Err("must be \"obey\", \"share\" or \"keep\""),
                }
            }
            ("pin", 2) => rule.terms.pinned = given.flag()?,
            ("ignoreParams", 2) => rule.form.ignored_parameters = given.list()?,
            ("ignoreParams", _) => given.add(&mut rule.form.ignored_parameters)?,
            ("ignoreMembers", 2) => rule.form.ignored_members = given.list()?,
            ("ignoreMembers", _) => given.add(&mut rule.form.ignored_members)?,
            ("ignoreHeaders", 2) => rule.ignored_headers = given.list()?,
            ("ignoreHeaders", _) => given.add(&mut rule.ignored_headers)?,
            ("tags", 2) => rule.tags = given.list()?,
            ("tags", _) => given.add(&mut rule.tags)?,
            _ => {
                return Err(
                    "is not known; there are match, queryOrder, ignoreParams, ignoreMembers, ignoreHeaders, coalescePost, numbers, ttl, store, noStore, pin, tags",
                );
            }
        }
        Ok(())
    }

    fn manifest(&mut self, given: &Given<'a>) -> Result<(), Wrong> {
        if given.depth == 1 {
            self.member = given.key;
        }
        match (self.member, given.depth) {
            (_, 0) => return given.object(),
            ("documents", 1) => self.options.documents = Some(given.list()?),
            ("documents", _) => given.add(self.options.documents.get_or_insert_default())?,
            ("types", 1) => {
                given.object()?;
                self.options.types = Some(Vec::new());
            }
            ("types", _) => return self.type_(given),
            ("schema", 1) => self.options.schema = Some(given.text()?),
            _ => return Err("is not known; there are documents, routes, schema, types"),
        }
        Ok(())
    }

    /// Name → `fields` → field → type; `possible` → list of types; `values` → list of an enum's values.
    fn type_(&mut self, given: &Given<'a>) -> Result<(), Wrong> {
        let types = self.options.types.get_or_insert_default();
        if given.depth == 2 {
            given.object()?;
            types.push(Composite {
                name: given.key.into(),
                ..Composite::default()
            });
            return Ok(());
        }
        let Some(type_) = types.last_mut() else {
            return Ok(());
        };
        match (given.depth, given.key) {
            (3, "fields") => return given.object(),
            (3, "possible" | "values") => {
                self.is_enum = given.key == "values";
                drop(given.list::<()>()?);
            }
            (3, _) => return Err("is not known; there are fields, possible, values"),
            // The members of a list are numbered.
            _ if ascii::number(given.key).is_some() => given.add(match self.is_enum {
                true => &mut type_.values,
                false => &mut type_.possible,
            })?,
            _ => type_.fields.push((given.key.into(), given.text()?)),
        }
        Ok(())
    }
}

impl Given<'_> {
    fn object(&self) -> Result<(), Wrong> {
        if self.kind == OBJECT {
            Ok(())
        } else {
            Err("must be an object")
        }
    }

    /// A list, still empty: what is in it follows.
    fn list<T>(&self) -> Result<Vec<T>, Wrong> {
        if self.kind == LIST {
            Ok(Vec::new())
        } else {
            Err("must be a list")
        }
    }

    #[inline(never)]
    fn text(&self) -> Result<Box<str>, Wrong> {
        if self.kind == TEXT {
            Ok(self.text.into())
        } else {
            Err("must be a text")
        }
    }

    /// Adds a text to a list.
    #[inline(never)] // options are read once, and have many lists
    fn add(&self, list: &mut Vec<Box<str>>) -> Result<(), Wrong> {
        list.push(self.text()?);
        Ok(())
    }

    fn flag(&self) -> Result<bool, Wrong> {
        if self.kind == FLAG {
            Ok(self.number != 0.0)
        } else {
            Err("must be true or false")
        }
    }

    fn number(&self) -> Result<f64, Wrong> {
        if self.kind == NUMBER && self.number >= 0.0 {
            Ok(self.number)
        } else {
            Err("must be a number from 0")
        }
    }

    /// Whether the second of two words was chosen.
    fn choice(&self, words: [&str; 2]) -> Option<bool> {
        let at = words
            .iter()
            .position(|word| self.kind == TEXT && *word == self.text)?;
        Some(at == 1)
    }
}
