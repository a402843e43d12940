//! Requests that are no operations: where the same is sent from, and which differ only in how they are spelled.

use crate::analyze::fragment::{Body, Fragment, Place, Template};
use crate::analyze::link::manifest::{Manifest, Request};
use std::collections::BTreeMap;

/// Where a request is sent from: apps, and places in them.
pub(crate) fn sent<'f>(fragments: &[&'f Fragment], request: &Request) -> Vec<(usize, &'f Place)> {
    let mut sent = Vec::new();
    for (app, fragment) in fragments.iter().enumerate() {
        for one in &fragment.requests {
            let is_it = one.method == request.method
                && one.url == request.url
                && one.headers == request.headers
                && one.body == request.body
                && one.complete == request.complete;
            if is_it {
                sent.extend(one.at.iter().map(|at| (app, at)));
            }
        }
    }
    super::once_a_line(sent)
}

/// Requests that ask for the same, as a person would say, and that nobody has declared to be so.
#[derive(Debug, PartialEq)]
pub(crate) struct Alike {
    /// Places in the manifest's requests.
    pub(crate) requests: Vec<usize>,
    /// What tells them apart, and what to do about each.
    pub(crate) because: Vec<(&'static str, &'static str)>,
}

/// Groups of reads that differ in nothing but spelling that may have a meaning.
pub(crate) fn alike(manifest: &Manifest) -> Vec<Alike> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, request) in manifest.requests.iter().enumerate() {
        // What writes is never merged, and of what is not known nothing is said.
        if request.complete && request.method == "GET" && request.body == Body::None {
            groups.entry(rough(&request.url)).or_default().push(at);
        }
    }
    let mut alike = Vec::new();
    for requests in groups.into_values() {
        let all: Vec<&Request> = requests.iter().map(|&at| &manifest.requests[at]).collect();
        let mut because = Vec::new();
        let mut differs = |read: &dyn Fn(&Request) -> String, what, help| {
            if all.iter().any(|one| read(one) != read(all[0])) {
                because.push((what, help));
            }
        };
        differs(
            &|one| path(one).ends_with('/').to_string(),
            "a slash at the end",
            "write the address the same everywhere: a server may answer the two differently",
        );
        differs(
            &|one| path(one).trim_end_matches('/').to_owned(),
            "capital letters in the path",
            "write the address the same everywhere: paths are told apart by their case",
        );
        differs(
            &|one| query(one),
            "the order of parameters",
            "if it does not matter, say so: `rules: [{ match, queryOrder: \"ignored\" }]`",
        );
        differs(
            &|one| one.headers.get("accept").cloned().unwrap_or_default(),
            "the header `accept`",
            "ask for the same media type everywhere: it takes part in what is the same",
        );
        differs(
            &|one| {
                format!(
                    "{:?}",
                    one.headers
                        .iter()
                        .filter(|(name, _)| *name != "accept")
                        .collect::<Vec<_>>()
                )
            },
            "other headers",
            "send the same headers everywhere, or leave them away",
        );
        if !because.is_empty() {
            alike.push(Alike { requests, because });
        }
    }
    alike
}

/// What is left of an address when all is taken off that may be spelling: slots have no names.
fn rough(url: &Template) -> String {
    let bare = url.texts.join("{}");
    let (path, query) = bare.split_once('?').unwrap_or((&bare, ""));
    let mut parameters: Vec<&str> = query.split('&').filter(|one| !one.is_empty()).collect();
    parameters.sort();
    format!(
        "{}?{}",
        path.to_lowercase().trim_end_matches('/'),
        parameters.join("&")
    )
}

fn bare(request: &Request) -> String {
    request.url.texts.join("{}")
}

fn path(request: &Request) -> String {
    let bare = bare(request);
    bare.split('?').next().unwrap_or("").to_owned()
}

fn query(request: &Request) -> String {
    bare(request)
        .split_once('?')
        .map_or(String::new(), |(_, query)| query.to_owned())
}
