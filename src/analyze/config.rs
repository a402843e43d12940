//! `forebay.config.json`: what an app declares where its sources do not say it.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Its name, in the app's directory.
pub const FILE: &str = "forebay.config.json";

/// Every member may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Config {
    /// The app's name, as it says it to `connect`.
    pub app: Option<String>,
    /// Where it begins; else where `package.json` or `index.html` say, or `src/main` and `src/index`.
    pub entry: Option<String>,
    /// What is shown on which path: modules (`./src/Profile.jsx`), and other apps by name.
    pub routes: BTreeMap<String, Vec<String>>,
    /// What variables take: `{ "GetPatient.id": ":id" }`; a text without a colon is the value itself.
    pub values: BTreeMap<String, String>,
    /// What others can mount, as in Module Federation: `{ "./Profile": "./src/Profile.jsx" }`.
    pub exposes: BTreeMap<String, String>,
    /// The schema's file: SDL, or the JSON of an introspection.
    pub schema: Option<String>,
    /// What packages export that is called as `fetch` is: `{ "@company/http": ["authorizedFetch"] }`.
    pub fetches: BTreeMap<String, Vec<String>>,
    /// Texts that packages export: `{ "@company/http": { "base": "/api" } }`.
    pub constants: BTreeMap<String, BTreeMap<String, String>>,
    /// Beginnings of paths that are not read.
    pub ignore: Vec<String>,
    /// How many operations a route may have before `forebay report` fails. Not read here.
    pub max_operations_per_route: Option<u32>,
}

impl Config {
    /// Reads the file's text; what is wrong is said for a person.
    pub fn parse(text: &str) -> Result<Config, String> {
        serde_json::from_str(text)
            .map_err(|wrong| format!("{FILE}:{}:{}: {wrong}", wrong.line(), wrong.column()))
    }
}
