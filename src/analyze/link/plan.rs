//! Of a manifest what a page loads: what to start on which route, and what whoever asks first is widened by. It is what
//! the runtime's `configure({ manifest })` takes.

use super::manifest::{Ask, Composite, Manifest, Query, Request};
use crate::analyze::fragment::{Body, Template, Value, What};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The file's usual name.
pub const FILE: &str = "forebay.plan.json";

/// What a page loads.
#[derive(Debug, Serialize)]
pub struct Plan<'m> {
    /// For each app that has routes: pattern and needs. The first that matches holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Table<'m>>,
    /// Those operations that nobody else's hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<&'m str>,
    /// SHA-256 of the schema's text: which shape the data has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<&'m str>,
    /// The schema's composite types.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: &'m BTreeMap<String, Composite>,
}

/// One app's routes in their order, which JSON's objects keep in a page.
#[derive(Debug, Default)]
pub struct Table<'m>(pub Vec<(&'m str, Vec<Need<'m>>)>);

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (pattern, needs) in &self.0 {
            map.serialize_entry(pattern, needs)?;
        }
        map.end()
    }
}

/// What is started.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Need<'m> {
    /// A GraphQL query.
    Query {
        /// The document.
        query: &'m str,
        /// What its variables take.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        variables: BTreeMap<&'m str, &'m Value>,
    },
    /// Another request.
    Request {
        /// Its URL.
        url: Text<'m>,
        /// Unless it is GET.
        #[serde(skip_serializing_if = "Option::is_none")]
        method: Option<&'m str>,
        /// Its headers.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        headers: &'m BTreeMap<String, String>,
        /// Its JSON.
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<Text<'m>>,
    },
}

/// Texts and values in turn, without the texts that are empty.
#[derive(Debug, PartialEq, Serialize)]
pub struct Text<'m>(Vec<Part<'m>>);

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Part<'m> {
    Text(&'m str),
    Value(&'m Value),
}

impl Manifest {
    /// What a page loads of it.
    pub fn plan(&self) -> Plan<'_> {
        let mut tables: BTreeMap<usize, Table> = BTreeMap::new();
        for route in &self.routes {
            // Also one that needs nothing: it holds where a less particular one would. Declared twice it is one.
            let table = &mut tables.entry(route.app).or_default().0;
            let at = table
                .iter()
                .position(|(pattern, _)| *pattern == route.pattern)
                .unwrap_or_else(|| {
                    table.push((&route.pattern, Vec::new()));
                    table.len() - 1
                });
            for need in route.asks.iter().filter_map(|ask| self.need(ask)) {
                if !table[at].1.contains(&need) {
                    table[at].1.push(need);
                }
            }
        }
        let has_needs = |table: &Table| table.0.iter().any(|(_, needs)| !needs.is_empty());
        let document = |&place: &usize| self.operations.get(place).map(|one| &*one.document);
        Plan {
            routes: tables.into_values().filter(has_needs).collect(),
            documents: self.widest.iter().filter_map(document).collect(),
            schema: self.schema.as_deref(),
            types: &self.types,
        }
    }

    fn need<'m>(&'m self, ask: &'m Ask) -> Option<Need<'m>> {
        match ask.what {
            What::Operation(place) => Some(self.operations.get(place)?.need(&ask.with)),
            What::Request(place) => self.requests.get(place)?.need(&ask.with),
        }
    }
}

impl Query {
    fn need<'m>(&'m self, with: &'m BTreeMap<String, Value>) -> Need<'m> {
        Need::Query {
            query: &self.document,
            variables: with
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        }
    }
}

impl Request {
    /// `None`: a slot has no value, or its body is not known.
    fn need<'m>(&'m self, with: &'m BTreeMap<String, Value>) -> Option<Need<'m>> {
        let body = match &self.body {
            Body::None => None,
            Body::Json(template) => Some(text(template, with)?),
            Body::Unknown => return None,
        };
        Some(Need::Request {
            url: text(&self.url, with)?,
            method: (self.method != "GET").then_some(&*self.method),
            headers: &self.headers,
            body,
        })
    }
}

fn text<'m>(template: &'m Template, with: &'m BTreeMap<String, Value>) -> Option<Text<'m>> {
    let mut parts = Vec::new();
    for (number, text) in template.texts.iter().enumerate() {
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        if let Some(slot) = template.slots.get(number) {
            parts.push(Part::Value(with.get(slot)?));
        }
    }
    Some(Text(parts))
}

impl Plan<'_> {
    /// The file's text: in one line, since pages load it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers alone") + "\n"
    }
}
