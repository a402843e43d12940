//! The analyzer against front ends whose truth is known, and against what the example page really sends.

#[path = "analyze/disk.rs"]
mod disk;
#[path = "analyze/front_end.rs"]
mod front_end;

use disk::Tree;
use forebay::analyze::fragment::{Fragment, Template, What};
use forebay::analyze::{Analysis, analyze};
use front_end::{FrontEnd, Truth};
use std::collections::{BTreeMap, BTreeSet};

fn analysed(app: &FrontEnd) -> Analysis {
    let tree = Tree::of(app.files.iter().map(|file| (format!("/app/{}", file.path), file.text.clone())));
    analyze(&tree, "/app", &mut |_| ()).unwrap()
}

/// With `{}` for slots, as the truth is written.
fn shown(template: &Template) -> String {
    template.texts.join("{}")
}

fn found(fragment: &Fragment) -> BTreeSet<Truth> {
    let mut found = BTreeSet::new();
    for operation in &fragment.operations {
        found.extend(operation.at.iter().map(|at| Truth { what: operation.name.clone(), file: at.file.clone() }));
    }
    for request in &fragment.requests {
        let what = format!("{} {}", request.method, shown(&request.url));
        found.extend(request.at.iter().map(|at| Truth { what: what.clone(), file: at.file.clone() }));
    }
    found
}

fn named(fragment: &Fragment, what: What) -> String {
    match what {
        What::Operation(number) => fragment.operations[number].name.clone(),
        What::Request(number) => {
            let request = &fragment.requests[number];
            format!("{} {}", request.method, shown(&request.url))
        }
    }
}

fn check(name: &str, app: &FrontEnd) {
    let analysis = analysed(app);
    let found = found(&analysis.fragment);
    let truth: BTreeSet<Truth> = app.truth.iter().cloned().collect();
    let missed: Vec<&Truth> = truth.difference(&found).collect();
    let invented: Vec<&Truth> = found.difference(&truth).collect();
    let routes: BTreeMap<&str, BTreeSet<String>> = analysis
        .fragment
        .routes
        .iter()
        .map(|route| (route.pattern.as_str(), route.asks.iter().map(|ask| named(&analysis.fragment, ask.what)).collect()))
        .collect();
    let mut routes_missed = Vec::new();
    for (pattern, wanted) in &app.routes {
        for one in wanted {
            if !routes.get(pattern.as_str()).is_some_and(|asks| asks.contains(one)) {
                routes_missed.push(format!("{pattern}: {one}"));
            }
        }
    }
    println!(
        "{name}: {} files, {} of {} asks found, {} invented, {} of {} routes' asks",
        analysis.files,
        truth.len() - missed.len(),
        truth.len(),
        invented.len(),
        app.routes.iter().map(|(_, asks)| asks.len()).sum::<usize>() - routes_missed.len(),
        app.routes.iter().map(|(_, asks)| asks.len()).sum::<usize>(),
    );
    assert!(analysis.files >= 300, "realistic size");
    assert!(missed.is_empty() && invented.is_empty(), "missed: {:#?} invented: {:#?}", &missed[..missed.len().min(8)], &invented[..invented.len().min(8)]);
    assert!(invented.is_empty(), "invented: {:#?}", &invented[..invented.len().min(8)]);
    assert!(routes_missed.is_empty(), "routes: {:#?}", &routes_missed[..routes_missed.len().min(8)]);
}

#[test]
fn react_with_apollo_and_axios() {
    check("react", &front_end::react(40));
}

#[test]
fn vue_with_urql_and_stores() {
    check("vue", &front_end::vue(60));
}

#[test]
fn svelte_kit_and_angular() {
    check("mixed", &front_end::mixed(64));
}
