//! What one app says of itself: `forebay.fragment.json`, written when it is built and published beside it.
//!
//! A fragment knows nothing of other apps; `forebay link` makes one manifest of several. Members that a reader does not
//! know are to be passed over, so that old and new ones can be linked; [`VERSION`] changes only when that is not enough.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The format's version.
pub const VERSION: u32 = 1;

/// The file's usual name.
pub const FILE: &str = "forebay.fragment.json";

/// All that is known of one app before it runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fragment {
    /// The format's version; see [`VERSION`].
    pub forebay: u32,
    /// SHA-256 of the rest, in hex; see [`Fragment::seal`].
    #[serde(default)]
    pub hash: String,
    /// Whose it is.
    pub app: App,
    /// SHA-256 over paths and contents of the sources, in hex: equal sources, equal fragment.
    pub sources: String,
    /// SHA-256 of the schema's text that the operations were checked against, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// GraphQL operations, each once, however often it is sent.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// Other requests.
    #[serde(default)]
    pub requests: Vec<Request>,
    /// What the app shows on which path.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// What others can mount of it: its entry `.`, and what it exposes to Module Federation (`./Profile`).
    #[serde(default)]
    pub entries: Vec<Entry>,
}

/// An app's name, as it says it to `connect`, and version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct App {
    /// As in `connect({ app })`; else the package's name.
    pub name: String,
    /// Of its package; empty if it has none.
    #[serde(default)]
    pub version: String,
}

/// A place in a source file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// From the app's directory, with `/`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

/// Constant texts with a slot between each two of them: `["/patients/", "/notes"]` and `["id"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Template {
    /// One more than there are slots.
    pub texts: Vec<String>,
    /// What goes in between: a variable's name, or the expression's that is written there. A name may come twice, and
    /// then stands for one value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<String>,
}

/// Whether an operation reads or writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It reads.
    #[default]
    Query,
    /// It writes.
    Mutation,
    /// It stays open.
    Subscription,
}

/// A GraphQL operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its own name; empty without one.
    #[serde(default)]
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// The document as it is sent: with all its fragments, and no other operation.
    pub document: String,
    /// Its variables in the order in which they are declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// The normal form with the variables' values as slots, as `graphql` makes it. `None`: it has none (it writes, has
    /// directives that the server alone understands, or depends on variables in `@skip` and `@include`); such an
    /// operation is shared only with what is written the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal_form: Option<Template>,
    /// [`Template::fingerprint`] of the normal form: equal for operations that mean the same when their slots have the
    /// same values. Empty without one.
    #[serde(default)]
    pub fingerprint: String,
    /// Where it is sent from.
    pub at: Vec<Place>,
    /// Fields that it asks for and no code reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// Where its answer goes out of sight, so that nothing is said to be unread below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escapes: Vec<Escape>,
}

/// A variable of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Without `$`.
    pub name: String,
    /// Its type, as GraphQL writes it.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its default value, as GraphQL writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// A field that is fetched for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Names in the answer, from the root: `patient.dob`.
    pub path: String,
    /// Where it is asked for.
    pub at: Place,
}

/// A part of an answer whose readers cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escape {
    /// Names in the answer, from the root; empty for all of it.
    pub path: String,
    /// Where it goes out of sight.
    pub at: Place,
    /// How, for a person.
    pub because: String,
}

/// A request that is no GraphQL operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// As it is written, with slots for what is not known. The page's own origin is left out.
    pub url: Template,
    /// Those that are known: names in small letters, and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Its body.
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
    /// Whether nothing but the slots' values is unknown: not the host, and not the headers either. Only then may it be
    /// said of it that it is the same as another.
    pub complete: bool,
    /// Where it is sent from.
    pub at: Vec<Place>,
}

/// What a request carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// JSON in canonical form (RFC 8785), with slots for values.
    Json(Template),
    /// Something that cannot be known beforehand.
    Unknown,
}

impl Body {
    pub(super) fn is_none(&self) -> bool {
        *self == Body::None
    }
}

/// What is shown on one path, and what it asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// As [`crate::plan`] reads patterns: `/patients/:id`.
    pub pattern: String,
    /// Where it is declared.
    pub at: Place,
    /// What is shown, from the outermost layout on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// What its components ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
    /// Other apps, or their entries, that are mounted here: `patient-profile`, `profile/Profile`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<String>,
}

/// A module of the app that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name where it is used; else its file's.
    pub name: String,
    /// Where it is defined.
    pub at: Place,
}

/// What others can mount, and what it asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// `.` for the app itself, `./Name` for what it exposes.
    pub name: String,
    /// The module.
    pub at: Place,
    /// What is asked for by all that it imports; with Module Federation and single-spa, parameters are the host's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
}

/// One operation or request that is asked for, and what its slots take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Which.
    #[serde(flatten)]
    pub what: What,
    /// Whether it may be started when the route begins: it reads, and no click or condition was seen before it.
    pub at_once: bool,
    /// Values of slots (variables) that are known before any code runs. A slot that is not here is not known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Value>,
    /// Where it is sent from.
    pub at: Place,
}

/// A place in [`Fragment::operations`] or [`Fragment::requests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A GraphQL operation.
    Operation(usize),
    /// Another request.
    Request(usize),
}

/// What a slot takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// A parameter of the route's path, decoded.
    Param(String),
    /// A parameter of the page's query, decoded.
    Query(String),
    /// Always this.
    Always(serde_json::Value),
}

impl Template {
    /// A text without slots.
    pub fn constant(text: impl Into<String>) -> Template {
        Template {
            texts: vec![text.into()],
            slots: Vec::new(),
        }
    }

    /// With a name in braces for each slot, for people: `/patients/{id}`.
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        for (number, text) in self.texts.iter().enumerate() {
            shown.push_str(text);
            if let Some(slot) = self.slots.get(number) {
                shown.push('{');
                shown.push_str(slot);
                shown.push('}');
            }
        }
        shown
    }

    /// SHA-256 in hex of the constant part and of which slots are the same, whatever they are called.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"forebay template 1\n");
        for (number, text) in self.texts.iter().enumerate() {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
            let slot = self.slots.get(number);
            let first = slot.and_then(|slot| self.slots.iter().position(|other| other == slot));
            hash.update((first.map_or(u64::MAX, |first| first as u64)).to_be_bytes());
        }
        hex(&hash.finalize())
    }
}

impl Fragment {
    /// Puts its hash in, which must be done last.
    pub fn seal(&mut self) {
        self.hash = self.own_hash();
    }

    /// Whether it is as it was sealed.
    pub fn is_whole(&self) -> bool {
        self.hash == self.own_hash()
    }

    /// Of what this version knows of it: a newer fragment is read, but cannot be checked.
    fn own_hash(&self) -> String {
        let bare = Fragment {
            hash: String::new(),
            ..self.clone()
        };
        let text = serde_json::to_string(&bare).expect("strings and numbers alone");
        hex(&Sha256::digest(text))
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers alone");
        text.push('\n');
        text
    }

    /// Reads a file's text; what is wrong is said for a person.
    pub fn from_json(text: &str) -> Result<Fragment, String> {
        let fragment: Fragment = serde_json::from_str(text).map_err(|wrong| {
            format!("is not a fragment: {wrong}; write it anew with `forebay analyze`")
        })?;
        if fragment.forebay > VERSION {
            return Err(format!(
                "has version {}, and this Forebay knows versions up to {VERSION}; update it",
                fragment.forebay
            ));
        }
        Ok(fragment)
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[nibble as usize]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
