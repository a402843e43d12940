//! What each route sends when it begins: each app by itself, and all through Forebay.

use crate::analyze::fragment::{Fragment, Place, What};
use crate::analyze::link::Only;
use crate::analyze::link::manifest::Manifest;
use crate::analyze::link::routes::{Told, is_known, parameters, told};
use std::collections::BTreeSet;

/// One route.
pub(crate) struct Cost<'f> {
    /// Whose declaration it is.
    pub(crate) app: usize,
    pub(crate) pattern: &'f str,
    /// Where it is declared.
    pub(crate) at: &'f Place,
    /// Who asks for what as soon as it begins.
    pub(crate) asks: Vec<Told<'f>>,
    /// Calls when every app sends its own.
    pub(crate) before: usize,
    /// Calls when they are started with the route: at most so many, since a value that is not known may be one that is.
    pub(crate) after: usize,
}

/// All routes that ask for something, as the fragments declare them.
pub(crate) fn of<'f>(fragments: &[&'f Fragment], manifest: &Manifest, only: Only) -> Vec<Cost<'f>> {
    let mut costs = Vec::new();
    for (app, fragment) in fragments.iter().enumerate() {
        for route in &fragment.routes {
            let mut asks: Vec<Told> = Vec::new();
            for one in told(fragments, app, route).0 {
                let is_there = asks
                    .iter()
                    .any(|other| other.app == one.app && other.ask.what == one.ask.what);
                let is_wanted = match one.ask.what {
                    What::Operation(_) => only != Only::Rest,
                    What::Request(_) => only != Only::Graphql,
                };
                if one.ask.at_once && is_wanted && !is_there {
                    asks.push(one);
                }
            }
            if asks.is_empty() {
                continue;
            }
            costs.push(Cost {
                app,
                pattern: &route.pattern,
                at: &route.at,
                before: asks.len(),
                after: sent(fragments, manifest, &route.pattern, &asks),
                asks,
            });
        }
    }
    costs
}

/// Queries of which all is known travel in one operation; what means the same is sent once.
fn sent(fragments: &[&Fragment], manifest: &Manifest, pattern: &str, asks: &[Told]) -> usize {
    let parameters = parameters(pattern);
    let mut together = false;
    let mut alone: BTreeSet<String> = BTreeSet::new();
    for told in asks {
        let fragment = fragments[told.app];
        let known = is_known(fragment, told.ask, &parameters);
        match told.ask.what {
            What::Operation(_) if known => together = true,
            What::Operation(place) => {
                alone.insert(fragment.operations[place].document.clone());
            }
            What::Request(place) => {
                let request = &fragment.requests[place];
                let is_same = |one: &crate::analyze::link::manifest::Request| {
                    one.complete
                        && one.method == request.method
                        && one.url == request.url
                        && one.headers == request.headers
                        && one.body == request.body
                };
                let linked = manifest.requests.iter().position(is_same);
                // Two that are not wholly known are two.
                alone.insert(match linked {
                    Some(at) => format!("{at} {:?}", told.ask.with),
                    None => format!("{} {place} of {}", told.app, fragment.app.name),
                });
            }
        }
    }
    alone.len() + usize::from(together)
}
