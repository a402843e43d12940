//! From several apps' fragments to one manifest.
//!
//! Apps are deployed each at its own time: a fragment may be missing, old, or of a newer Forebay. What is there is linked,
//! and what is not is said; with less known a page saves less, and nothing else.

mod command;
pub(crate) mod lattice;
pub mod manifest;
pub mod plan;
pub(crate) mod routes;

pub use command::run;
pub(crate) use command::{Gathered, Given, gather};

use super::fragment::{Fragment, Kind};
use super::schema::Known;
use crate::graphql::Types;
use apollo_compiler::schema::ExtendedType;
use lattice::Compared;
use manifest::{App, Composite, Manifest, Query, Request, Union};
use rustc_hash::FxHashMap as HashMap;
use std::collections::BTreeMap;

/// What of the fragments is linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// All of it.
    #[default]
    Everything,
    /// GraphQL operations alone, for pages whose apps can be asked to speak either.
    Graphql,
    /// Other requests alone.
    Rest,
}

/// Makes one manifest of fragments. Equal fragments give an equal manifest, in whatever order they come.
pub fn link(fragments: &[Fragment], schema: Option<&Known>, only: Only) -> Manifest {
    let mut sorted: Vec<&Fragment> = fragments.iter().collect();
    sorted.sort_by(|a, b| a.app.name.cmp(&b.app.name));
    let types = schema.map(composites).unwrap_or_default();
    let mut linking = Linking {
        known: known_types(&types),
        manifest: Manifest {
            forebay: manifest::VERSION,
            schema: schema.map(|schema| schema.hash.clone()).or(agreed(&sorted)),
            types,
            ..Manifest::default()
        },
        operations: HashMap::default(),
        requests: HashMap::default(),
    };
    for (app, fragment) in sorted.iter().enumerate() {
        linking.take(app, fragment, only);
    }
    linking.compare();
    linking.manifest.routes = routes::link(&sorted, &linking.operations, &linking.requests);
    linking.manifest.seal();
    linking.manifest
}

/// Where an app's operation or request went: by app and place in its fragment.
type Places = HashMap<(usize, usize), usize>;

struct Linking {
    known: Types,
    manifest: Manifest,
    operations: Places,
    requests: Places,
}

impl Linking {
    fn take(&mut self, app: usize, fragment: &Fragment, only: Only) {
        self.manifest.apps.push(App {
            name: fragment.app.name.clone(),
            version: fragment.app.version.clone(),
            fragment: fragment.hash.clone(),
        });
        if only != Only::Rest {
            self.take_operations(app, fragment);
        }
        if only != Only::Graphql {
            self.take_requests(app, fragment);
        }
    }

    fn take_operations(&mut self, app: usize, fragment: &Fragment) {
        let all = &mut self.manifest.operations;
        for (place, operation) in fragment.operations.iter().enumerate() {
            if operation.kind != Kind::Query {
                continue;
            }
            let is_same = |known: &Query| known.document == operation.document;
            let at = all.iter().position(is_same).unwrap_or_else(|| {
                all.push(Query {
                    name: operation.name.clone(),
                    document: operation.document.clone(),
                    variables: operation
                        .variables
                        .iter()
                        .map(|variable| variable.name.clone())
                        .collect(),
                    normal_form: operation.normal_form.clone(),
                    fingerprint: operation.fingerprint.clone(),
                    apps: Vec::new(),
                });
                all.len() - 1
            });
            note(&mut all[at].apps, app);
            self.operations.insert((app, place), at);
        }
    }

    fn take_requests(&mut self, app: usize, fragment: &Fragment) {
        let all = &mut self.manifest.requests;
        for (place, request) in fragment.requests.iter().enumerate() {
            let new = Request {
                method: request.method.clone(),
                url: request.url.clone(),
                headers: request.headers.clone(),
                body: request.body.clone(),
                complete: request.complete,
                apps: Vec::new(),
            };
            let is_same = |known: &Request| {
                let apps = known.apps.clone();
                *known
                    == Request {
                        apps,
                        ..new.clone()
                    }
            };
            let at = all.iter().position(is_same).unwrap_or_else(|| {
                all.push(new.clone());
                all.len() - 1
            });
            note(&mut all[at].apps, app);
            self.requests.insert((app, place), at);
        }
    }

    /// What holds what, and the union about each root field.
    fn compare(&mut self) {
        let compared: Vec<Option<Compared>> = self
            .manifest
            .operations
            .iter()
            .map(|query| Compared::read(&query.document, &self.known))
            .collect();
        let covers = lattice::covers(&compared);
        // Of those that mean the same the first stands for all.
        let is_held = |part: usize| {
            covers.iter().any(|&[whole, held]| {
                held == part && (!covers.contains(&[part, whole]) || whole < part)
            })
        };
        self.manifest.widest = (0..compared.len())
            .filter(|&place| compared[place].is_some() && !is_held(place))
            .collect();
        self.manifest.unions = unions(&compared);
        self.manifest.contains = covers;
    }
}

fn note(apps: &mut Vec<usize>, app: usize) {
    if apps.last() != Some(&app) {
        apps.push(app);
    }
}

/// What all ask about each root field. A field that only one query asks for is its own union, and left out.
fn unions(compared: &[Option<Compared>]) -> Vec<Union> {
    let mut about: BTreeMap<String, Vec<(usize, Compared)>> = BTreeMap::new();
    for (place, query) in compared.iter().enumerate() {
        for (resource, root) in query.iter().flat_map(Compared::roots) {
            about.entry(resource).or_default().push((place, root));
        }
    }
    let several = about.into_iter().filter(|(_, roots)| roots.len() > 1);
    let union = |(resource, roots): (String, Vec<(usize, Compared)>)| {
        let all: Vec<&Compared> = roots.iter().map(|(_, root)| root).collect();
        let (_, document, variables) = Compared::union(&all)?;
        let mut of: Vec<usize> = roots.iter().map(|(place, _)| *place).collect();
        of.dedup();
        Some(Union {
            resource,
            document,
            variables,
            of,
        })
    };
    several.filter_map(union).collect()
}

/// The schema that all say they were checked against.
fn agreed(fragments: &[&Fragment]) -> Option<String> {
    let mut said = fragments
        .iter()
        .filter_map(|fragment| fragment.schema.as_ref());
    let first = said.next()?;
    said.all(|other| other == first).then(|| first.clone())
}

/// The schema's composite types and enums, as `configure` takes them.
fn composites(known: &Known) -> BTreeMap<String, Composite> {
    let schema = &known.schema;
    let mut all = BTreeMap::new();
    for (name, type_) in &schema.types {
        let fields = match type_ {
            _ if type_.is_built_in() => continue,
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            ExtendedType::Union(_) => &Default::default(),
            ExtendedType::Enum(of) => {
                let values = of.values.keys().map(|value| value.to_string()).collect();
                let composite = Composite {
                    values,
                    ..Composite::default()
                };
                all.insert(name.to_string(), composite);
                continue;
            }
            _ => continue,
        };
        let has_selection = |name: &str| {
            let type_ = schema.types.get(name);
            type_.is_some_and(|type_| !type_.is_scalar() && !type_.is_enum())
        };
        let fields = fields
            .iter()
            .map(|(name, field)| (name.to_string(), field.ty.inner_named_type().to_string()))
            .filter(|(_, of)| has_selection(of))
            .collect();
        let possible = match type_ {
            ExtendedType::Union(union) => {
                union.members.iter().map(|name| name.to_string()).collect()
            }
            ExtendedType::Interface(_) => schema
                .implementers_map()
                .get(name)
                .map(|all| all.objects.iter().map(|name| name.to_string()).collect())
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        let composite = Composite {
            fields,
            possible,
            values: Vec::new(),
        };
        all.insert(name.to_string(), composite);
    }
    all
}

/// The same as the runtime's own types, so that the same is proved here.
pub(crate) fn known_types(composites: &BTreeMap<String, Composite>) -> Types {
    let mut types = Types::default();
    for (name, composite) in composites {
        if !composite.values.is_empty() {
            let values: Vec<Box<str>> = composite
                .values
                .iter()
                .map(|value| (&**value).into())
                .collect();
            types.declare_enum(name, &values);
            continue;
        }
        let fields: Vec<(&str, &str)> = composite
            .fields
            .iter()
            .map(|(name, of)| (name.as_str(), of.as_str()))
            .collect();
        let possible: Vec<&str> = composite.possible.iter().map(String::as_str).collect();
        types.declare(name, &fields, &possible);
    }
    types
}
