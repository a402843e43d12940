//! Routes: which patterns an app declares, in whichever framework's way, and what is shown there.

mod components;
mod located;
mod next;
mod objects;
mod reached;
mod registered;
mod svelte_kit;
mod tanstack;

pub(super) use reached::reached;

use super::config::Config;
use super::fragment::{Component, Place};
use super::graph::Number;
use super::syntax::Id;
use super::value::Values;
use rustc_hash::FxHashSet as HashSet;

/// A declared route.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) pattern: String,
    pub(super) at: Place,
    pub(super) roots: Vec<Root>,
    /// Functions whose first parameter is the router's: `loader({ params })`.
    pub(super) loaders: Vec<(Number, Id)>,
    /// Parameters are its component's inputs (Vue's `props: true`).
    pub(super) feeds_inputs: bool,
    pub(super) mounts: Vec<String>,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Root {
    pub(super) component: Component,
    pub(super) start: Start,
}

/// Where reading goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Start {
    Item(Number, Id),
    /// One that stands where routes are declared.
    Function(Number, Id),
    Module(Number),
    /// It runs on the server: the page asks for nothing of it.
    Server(Number),
}

/// All declared routes, in the order of their patterns.
pub(super) fn declared(values: &Values, config: &Config) -> Vec<Declared> {
    let mut finder = Finder {
        values,
        found: Vec::new(),
        seen: HashSet::default(),
    };
    finder.modules();
    finder.svelte_kit();
    finder.next();
    finder.tanstack();
    finder.registrations();
    finder.configured(config);
    let mut found = finder.found;
    found.retain(|route| !route.roots.is_empty() || !route.mounts.is_empty());
    found.sort_by(|a, b| (&a.pattern, &a.at).cmp(&(&b.pattern, &b.at)));
    found
}

struct Finder<'v, 'g> {
    values: &'v Values<'g>,
    found: Vec<Declared>,
    /// Declarations that have been read, as parts of others.
    seen: HashSet<(Number, Id)>,
}

/// What a nested route has from those around it.
#[derive(Clone, Default)]
struct Around {
    path: String,
    roots: Vec<Root>,
    loaders: Vec<(Number, Id)>,
}

fn file_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// As [`crate::plan`] reads patterns; a parameter that may be left out makes two of one.
fn patterns(path: &str) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let plain = segment.split('(').next().unwrap_or(segment);
        match segment {
            "*" | "**" => patterns
                .iter_mut()
                .for_each(|pattern| pattern.push_str("/*")),
            _ if plain.ends_with('*') || segment.ends_with(")*") => patterns
                .iter_mut()
                .for_each(|pattern| pattern.push_str("/*")),
            _ if segment.ends_with('?') && segment.starts_with(':') => {
                let name = plain.trim_end_matches('?');
                let with: Vec<String> = patterns
                    .iter()
                    .map(|pattern| format!("{pattern}/{name}"))
                    .collect();
                patterns.extend(with);
            }
            _ if segment.starts_with(':') || segment.starts_with('$') => {
                let name = plain.trim_start_matches([':', '$']);
                patterns
                    .iter_mut()
                    .for_each(|pattern| pattern.push_str(&format!("/:{name}")));
            }
            _ => patterns
                .iter_mut()
                .for_each(|pattern| pattern.push_str(&format!("/{segment}"))),
        }
        // Nothing follows a star.
        if patterns.iter().all(|pattern| pattern.ends_with('*')) {
            break;
        }
    }
    for pattern in &mut patterns {
        if pattern.is_empty() {
            pattern.push('/');
        }
    }
    patterns.retain(|pattern| crate::plan::Pattern::parse(pattern).is_ok());
    patterns.dedup();
    patterns
}
