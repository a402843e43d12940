//! What is asked for on a path by all apps that are shown there.

use super::Places;
use super::manifest::{Ask, Route};
use crate::analyze::fragment::{self, Fragment, Value, What};
use std::collections::BTreeSet;

/// One ask of a route, by whichever app makes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'f> {
    /// Whose it is: a place among the fragments.
    pub(crate) app: usize,
    /// As its fragment has it.
    pub(crate) ask: &'f fragment::Ask,
}

/// All that a route asks for: what its own components do, and the apps that it mounts; and names of apps that it mounts and
/// nobody linked. Places that lead nowhere, as in a damaged fragment, are passed over.
pub(crate) fn told<'f>(
    fragments: &[&'f Fragment],
    app: usize,
    route: &'f fragment::Route,
) -> (Vec<Told<'f>>, Vec<&'f str>) {
    let mut all: Vec<Told> = route.asks.iter().map(|ask| Told { app, ask }).collect();
    let mut missing = Vec::new();
    for mount in &route.mounts {
        match mounted(fragments, mount) {
            Some((app, entry)) => all.extend(entry.asks.iter().map(|ask| Told { app, ask })),
            None => missing.push(mount.as_str()),
        }
    }
    all.retain(|told| is_there(fragments[told.app], told.ask.what));
    (all, missing)
}

fn is_there(fragment: &Fragment, what: What) -> bool {
    match what {
        What::Operation(place) => place < fragment.operations.len(),
        What::Request(place) => place < fragment.requests.len(),
    }
}

/// `profile` is an app's own entry, `profile/Card` what it exposes as `./Card`.
fn mounted<'f>(fragments: &[&'f Fragment], mount: &str) -> Option<(usize, &'f fragment::Entry)> {
    fragments.iter().enumerate().find_map(|(app, fragment)| {
        let rest = mount.strip_prefix(fragment.app.name.as_str())?;
        let name = match rest.strip_prefix('/') {
            Some(exposed) => format!("./{exposed}"),
            None if rest.is_empty() => ".".into(),
            None => return None,
        };
        let entry = fragment.entries.iter().find(|entry| entry.name == name)?;
        Some((app, entry))
    })
}

/// Routes with what can be started at once on them; those of one app from the most to the least particular.
pub(super) fn link(fragments: &[&Fragment], operations: &Places, requests: &Places) -> Vec<Route> {
    let mut routes = Vec::new();
    for (app, fragment) in fragments.iter().enumerate() {
        let mut own: Vec<&fragment::Route> = fragment.routes.iter().collect();
        own.sort_by_key(|route| particular(&route.pattern));
        for route in own {
            let parameters = parameters(&route.pattern);
            let mut asks: Vec<Ask> = Vec::new();
            for told in told(fragments, app, route).0 {
                let Some(ask) = startable(fragments, told, &parameters, operations, requests)
                else {
                    continue;
                };
                if !asks.contains(&ask) {
                    asks.push(ask);
                }
            }
            let pattern = route.pattern.clone();
            routes.push(Route { app, pattern, asks });
        }
    }
    routes
}

/// What can be started: it is asked for at once, and all its slots' values are known on this path.
fn startable(
    fragments: &[&Fragment],
    told: Told,
    parameters: &BTreeSet<&str>,
    operations: &Places,
    requests: &Places,
) -> Option<Ask> {
    let Told { app, ask } = told;
    if !ask.at_once || !is_known(fragments[app], ask, parameters) {
        return None;
    }
    let what = match ask.what {
        What::Operation(place) => What::Operation(*operations.get(&(app, place))?),
        What::Request(place) => What::Request(*requests.get(&(app, place))?),
    };
    let with = ask.with.clone();
    Some(Ask { what, with })
}

/// Whether nothing about it is unknown on a path with these parameters.
pub(crate) fn is_known(
    fragment: &Fragment,
    ask: &fragment::Ask,
    parameters: &BTreeSet<&str>,
) -> bool {
    let has = |slot: &str| match ask.with.get(slot) {
        Some(Value::Param(name)) => parameters.contains(name.as_str()),
        Some(Value::Query(_) | Value::Always(_)) => true,
        None => false,
    };
    match ask.what {
        What::Operation(place) => fragment.operations[place]
            .variables
            .iter()
            .all(|variable| has(&variable.name)),
        What::Request(place) => {
            let request = &fragment.requests[place];
            let in_body = match &request.body {
                fragment::Body::None => &[][..],
                fragment::Body::Json(template) => &template.slots,
                fragment::Body::Unknown => return false,
            };
            request.complete
                && request
                    .url
                    .slots
                    .iter()
                    .chain(in_body)
                    .all(|slot| has(slot))
        }
    }
}

/// Names of a pattern's parameters.
pub(crate) fn parameters(pattern: &str) -> BTreeSet<&str> {
    pattern
        .split('/')
        .filter_map(|segment| segment.strip_prefix(':'))
        .collect()
}

/// The more particular a pattern, the less this is: a text before a parameter, a parameter before any rest, segment by segment.
fn particular(pattern: &str) -> Vec<u8> {
    let kind = |segment: &str| match segment.as_bytes().first() {
        Some(b':') => 1,
        Some(b'*') => 3,
        _ if segment.ends_with('*') => 2,
        _ => 0,
    };
    // Behind all: a pattern that goes on is more particular than one that ends with a rest, which has its star there.
    pattern.split('/').map(kind).collect()
}
