//! `forebay report`: what apps ask for together, what of that is asked for twice, and what a page will send because of it.
//!
//! Everything is counted from fragments, before any code runs: what happens behind a click or a condition is not in it, and
//! where a value is not known, two queries are not taken for the same.

mod command;
mod costs;
mod endpoints;
mod page;
mod text;

pub use command::run;

use super::fragment::{Fragment, Place, What};
use super::link::Only;
use super::link::manifest::{Manifest, Query};
use costs::Cost;
use endpoints::Alike;
use std::collections::BTreeSet;

/// All that is said.
pub(crate) struct Report<'f> {
    pub(crate) fragments: Vec<&'f Fragment>,
    pub(crate) manifest: &'f Manifest,
    /// Queries that mean the same or hold others.
    pub(crate) overlaps: Vec<Overlap>,
    /// Requests that are no operations and are sent from several places.
    pub(crate) shared: Vec<usize>,
    /// Requests that may be the same, and are not provably so.
    pub(crate) alike: Vec<Alike>,
    /// What each route sends.
    pub(crate) routes: Vec<Cost<'f>>,
    /// Fields that are fetched for nothing.
    pub(crate) unread: Vec<Unread<'f>>,
}

/// Queries of which one holds the answers to all.
#[derive(Debug, PartialEq)]
pub(crate) struct Overlap {
    /// Those that mean the same; the first stands for all. Places in the manifest's operations.
    pub(crate) same: Vec<usize>,
    /// Those that ask for less.
    pub(crate) parts: Vec<usize>,
}

/// A field that an app asks for and no code of it reads.
pub(crate) struct Unread<'f> {
    pub(crate) app: usize,
    pub(crate) operation: &'f str,
    pub(crate) path: &'f str,
    pub(crate) at: &'f Place,
}

impl<'f> Report<'f> {
    /// Of these fragments, and the manifest that they were linked to. Fragments are named as the manifest's apps are.
    pub(crate) fn of(fragments: &'f [Fragment], manifest: &'f Manifest, only: Only) -> Report<'f> {
        let mut sorted: Vec<&Fragment> = fragments.iter().collect();
        sorted.sort_by(|a, b| a.app.name.cmp(&b.app.name));
        let several = |apps: usize, places: usize| apps > 1 || places > 1;
        let shared = (0..manifest.requests.len())
            .filter(|&at| {
                let request = &manifest.requests[at];
                request.complete
                    && several(request.apps.len(), endpoints::sent(&sorted, request).len())
            })
            .collect();
        let mut unread = Vec::new();
        for (app, fragment) in sorted.iter().enumerate() {
            for operation in &fragment.operations {
                unread.extend(operation.unread.iter().map(|field| Unread {
                    app,
                    operation: &operation.name,
                    path: &field.path,
                    at: &field.at,
                }));
            }
        }
        Report {
            overlaps: overlaps(manifest),
            shared,
            alike: endpoints::alike(manifest),
            routes: costs::of(&sorted, manifest, only),
            unread,
            fragments: sorted,
            manifest,
        }
    }

    /// Where a query is sent from: apps, and places in them.
    pub(crate) fn sent(&self, query: &Query) -> Vec<(usize, &'f Place)> {
        let mut sent = Vec::new();
        for (app, fragment) in self.fragments.iter().enumerate() {
            let is_it =
                |operation: &&super::fragment::Operation| operation.document == query.document;
            for operation in fragment.operations.iter().filter(is_it) {
                sent.extend(operation.at.iter().map(|at| (app, at)));
            }
        }
        once_a_line(sent)
    }

    /// Each app, and what it asks about: root fields and endpoints.
    pub(crate) fn asked(&self) -> Vec<(String, BTreeSet<usize>)> {
        let mut asked: Vec<(String, BTreeSet<usize>)> = Vec::new();
        let mut note = |about: String, apps: &[usize]| match asked
            .iter_mut()
            .find(|(known, _)| *known == about)
        {
            Some((_, known)) => known.extend(apps),
            None => asked.push((about, apps.iter().copied().collect())),
        };
        let known = super::link::known_types(&self.manifest.types);
        for query in &self.manifest.operations {
            let compared = super::link::lattice::Compared::read(&query.document, &known);
            for (about, _) in compared.iter().flat_map(|one| one.roots()) {
                note(about, &query.apps);
            }
        }
        for request in &self.manifest.requests {
            note(
                format!("{} {}", request.method, request.url.shown()),
                &request.apps,
            );
        }
        asked.sort_by_key(|(about, apps)| (std::cmp::Reverse(apps.len()), about.clone()));
        asked
    }
}

/// Groups of queries that mean the same, with those that ask for less; only groups that nobody else's hold.
fn overlaps(manifest: &Manifest) -> Vec<Overlap> {
    let count = manifest.operations.len();
    let mut held: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &[whole, part] in &manifest.contains {
        if whole < count && part < count {
            held[whole].push(part);
        }
    }
    // What follows from two others is left out of the manifest.
    let reach = |from: usize| {
        let mut reached = BTreeSet::new();
        let mut rest = held[from].clone();
        while let Some(next) = rest.pop() {
            if next != from && reached.insert(next) {
                rest.extend(&held[next]);
            }
        }
        reached
    };
    let reached: Vec<BTreeSet<usize>> = (0..count).map(reach).collect();
    let mut overlaps = Vec::new();
    for whole in 0..count {
        let is_same = |other: &usize| reached[*other].contains(&whole);
        let (same, parts): (Vec<usize>, Vec<usize>) =
            reached[whole].iter().partition(|other| is_same(other));
        let is_first = same.iter().all(|&other| other > whole);
        let is_held =
            (0..count).any(|other| reached[other].contains(&whole) && !same.contains(&other));
        let sent_by_several = manifest.operations[whole].apps.len() > 1;
        if is_first && !is_held && (!reached[whole].is_empty() || sent_by_several) {
            let same = std::iter::once(whole).chain(same).collect();
            overlaps.push(Overlap { same, parts });
        }
    }
    overlaps
}

/// People look at lines: several calls in one are one place.
pub(crate) fn once_a_line(mut sent: Vec<(usize, &Place)>) -> Vec<(usize, &Place)> {
    sent.dedup_by(|(app, at), (before, place)| {
        app == before && at.file == place.file && at.line == place.line
    });
    sent
}

/// How an ask is called, for people.
pub(crate) fn called(fragment: &Fragment, what: What) -> String {
    match what {
        What::Operation(place) => match &*fragment.operations[place].name {
            "" => "a query without a name".into(),
            name => name.into(),
        },
        What::Request(place) => {
            let request = &fragment.requests[place];
            format!("{} {}", request.method, request.url.shown())
        }
    }
}
