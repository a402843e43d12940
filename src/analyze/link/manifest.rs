//! What `forebay link` makes of several fragments: the manifest. What a page loads of it is its [`plan`](super::plan).
//!
//! As with fragments, members that a reader does not know are to be passed over.

use crate::analyze::fragment::{Body, Template, Value, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The format's version.
pub const VERSION: u32 = 1;

/// The file's usual name.
pub const FILE: &str = "forebay.manifest.json";

/// All that is known of a page before it runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The format's version; see [`VERSION`].
    pub forebay: u32,
    /// SHA-256 of the rest, in hex.
    pub hash: String,
    /// Whose fragments were linked, by name.
    pub apps: Vec<App>,
    /// SHA-256 of the schema's text, in hex, where all that say one say the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The schema's composite types, where a schema was given; as `configure` takes them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, Composite>,
    /// Queries, each text once.
    pub operations: Vec<Query>,
    /// Requests that are no operations.
    pub requests: Vec<Request>,
    /// For each root field and its arguments: what all apps ask about it together.
    pub unions: Vec<Union>,
    /// Which query holds the answer to which: `[whole, part]`, places in `operations`. What follows from two others is
    /// left out; queries that mean the same are there both ways.
    pub contains: Vec<[usize; 2]>,
    /// Those of `operations` that nobody else's hold: what whoever asks first is widened by.
    pub widest: Vec<usize>,
    /// What is asked for where. Of one app's routes the first that matches holds; of several apps', all.
    pub routes: Vec<Route>,
}

/// An app that was linked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct App {
    /// As it says it to `connect`.
    pub name: String,
    /// Of its package.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its fragment's hash.
    pub fragment: String,
}

/// A composite type or an enum of the schema.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Composite {
    /// Those of its fields that have selections, and their types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Which objects an interface or union can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub possible: Vec<String>,
    /// Of an enum: its values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// A query as apps send it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    /// Its own name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// As it is sent.
    pub document: String,
    /// Names of its variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// The normal form, with slots for variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normal_form: Option<Template>,
    /// The normal form's; equal for what means the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// Who sends it: places in `apps`.
    pub apps: Vec<usize>,
}

/// A request that is no operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// With slots for what is not known.
    pub url: Template,
    /// Those that are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
    /// Whether nothing but the slots' values is unknown.
    pub complete: bool,
    /// Who sends it: places in `apps`.
    pub apps: Vec<usize>,
}

/// What all apps ask about one root field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Union {
    /// The root field with its arguments; `$patient_id` is the value that the argument `id` takes.
    pub resource: String,
    /// The operation that asks for all of it.
    pub document: String,
    /// What its variables take: `patient_id`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Whose parts it has: places in `operations`.
    pub of: Vec<usize>,
}

/// What an app asks for on one path, as soon as it is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// Whose declaration it is: a place in `apps`.
    pub app: usize,
    /// As [`crate::plan`] reads patterns.
    pub pattern: String,
    /// What can be started before any of the apps' code runs, the apps that are mounted there included.
    pub asks: Vec<Ask>,
}

/// One operation or request, with its slots' values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// A place in `operations`, or in `requests`.
    #[serde(flatten)]
    pub what: crate::analyze::fragment::What,
    /// A value for each slot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Value>,
}

impl Manifest {
    /// Puts its hash in, which must be done last.
    pub(super) fn seal(&mut self) {
        self.hash.clear();
        let text = serde_json::to_string(self).expect("strings and numbers alone");
        self.hash = hex(&Sha256::digest(text));
    }

    /// The file's text, in one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers alone") + "\n"
    }
}
