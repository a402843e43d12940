//! The analyzer against front ends whose truth is known, and against what the example page really sends.

#[path = "analyze/disk.rs"]
mod disk;
#[path = "analyze/example.rs"]
mod example;
#[path = "analyze/front_end.rs"]
mod front_end;
#[path = "analyze/routers.rs"]
mod routers;
#[path = "analyze/schema.rs"]
mod schema;

use disk::Tree;
use forebay::analyze::fragment::{Fragment, Template, What};
use forebay::analyze::{Analysis, analyze};
use front_end::{FrontEnd, Truth};
use std::collections::{BTreeMap, BTreeSet};

fn analysed(app: &FrontEnd) -> Analysis {
    let tree = Tree::of(
        app.files
            .iter()
            .map(|file| (format!("/app/{}", file.path), file.text.clone())),
    );
    analyze(&tree, "/app").unwrap()
}

/// With `{}` for slots, as the truth is written.
fn shown(template: &Template) -> String {
    template.texts.join("{}")
}

fn found(fragment: &Fragment) -> BTreeSet<Truth> {
    let mut found = BTreeSet::new();
    for operation in &fragment.operations {
        found.extend(operation.at.iter().map(|at| Truth {
            what: operation.name.clone(),
            file: at.file.clone(),
        }));
    }
    for request in &fragment.requests {
        let what = format!("{} {}", request.method, shown(&request.url));
        found.extend(request.at.iter().map(|at| Truth {
            what: what.clone(),
            file: at.file.clone(),
        }));
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
        .map(|route| {
            (
                route.pattern.as_str(),
                route
                    .asks
                    .iter()
                    .map(|ask| named(&analysis.fragment, ask.what))
                    .collect(),
            )
        })
        .collect();
    let mut routes_missed = Vec::new();
    for (pattern, wanted) in &app.routes {
        for one in wanted {
            if !routes
                .get(pattern.as_str())
                .is_some_and(|asks| asks.contains(one))
            {
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
    assert!(
        missed.is_empty() && invented.is_empty(),
        "missed: {:#?} invented: {:#?}",
        &missed[..missed.len().min(8)],
        &invented[..invented.len().min(8)]
    );
    assert!(
        invented.is_empty(),
        "invented: {:#?}",
        &invented[..invented.len().min(8)]
    );
    assert!(
        routes_missed.is_empty(),
        "routes: {:#?}",
        &routes_missed[..routes_missed.len().min(8)]
    );
}

/// As Vite's templates have it: the paths are in a configuration that tsconfig.json refers to.
#[test]
fn paths_are_read_where_typescript_reads_them() {
    let file = |path: &str, text: &str| front_end::File {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file(
            "tsconfig.json",
            r#"{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }"#,
        ),
        file(
            "tsconfig.app.json",
            r##"{ "extends": "./base.json", "compilerOptions": { "paths": { "#/*": ["./src/*"] } }, "include": ["src"] } // comments are allowed"##,
        ),
        file("base.json", "{}"),
        file(
            "src/http.ts",
            "export const ask = (path: string) => fetch(`/api${path}`);",
        ),
        file(
            "src/pages/index.ts",
            "import { ask } from '#/http';\nexport const visits = () => ask('/visits');",
        ),
    ];
    let found = found(
        &analysed(&FrontEnd {
            files,
            ..FrontEnd::default()
        })
        .fragment,
    );
    let truth = Truth {
        what: "GET /api/visits".into(),
        file: "src/pages/index.ts".into(),
    };
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [truth]);
}

/// A company's packages are not read; what they export is declared.
#[test]
fn what_packages_export_is_taken_as_declared() {
    let file = |path: &str, text: &str| front_end::File {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file(
            "forebay.config.json",
            r#"{ "fetches": { "@us/http": ["ask", "useAll"] }, "constants": { "@us/http": { "base": "/api/v1" } } }"#,
        ),
        file(
            "src/index.ts",
            r"
import useSWR from 'swr';
import useSWRImmutable from 'swr/immutable';
import { ask, base, useAll } from '@us/http';
import * as http from '@us/http';

export const save = (id: string) => ask(`${base}/visits/${id}`, { method: 'PUT' });
export const useVisits = () => useSWR(`${base}/visits`, ask);
export const useRooms = (id?: string) => useSWRImmutable(id ? `${base}/rooms/${id}` : null, http.ask);
export const useWards = () => useAll(http.base + '/wards');
",
        ),
    ];
    let found = found(
        &analysed(&FrontEnd {
            files,
            ..FrontEnd::default()
        })
        .fragment,
    );
    let found: Vec<String> = found.into_iter().map(|one| one.what).collect();
    assert_eq!(
        found,
        [
            "GET /api/v1/rooms/{}",
            "GET /api/v1/visits",
            "GET /api/v1/wards",
            "PUT /api/v1/visits/{}"
        ]
    );
}

/// The package's own adapters, as their documentation writes them.
#[test]
fn adapters_are_read_in_each_frameworks_way() {
    let file = |path: &str, text: &str| front_end::File {
        path: path.into(),
        text: text.into(),
    };
    let files = vec![
        file(
            "src/react.jsx",
            r"
import { useForebay, useForebayMutation } from 'forebay/react';
const init = { method: 'POST', body: JSON.stringify({ open: true }) };
export const useFound = () => useForebay('/api/search', undefined, { init });
export const useMove = () => useForebayMutation('mutation Move($id: ID!) { move(id: $id) { id } }');
export const useVisit = (id) => useForebay('query Visit($id: ID!) { visit(id: $id) { id } }', { id }).data;
",
        ),
        file(
            "src/vue.js",
            "import { useForebay } from 'forebay/vue';
export const room = (props) => useForebay(() => `/api/rooms/${props.id}`);
",
        ),
        file(
            "src/angular.ts",
            "import { injectForebay } from 'forebay/angular';
export class Ward {
  beds = injectForebay(() => ['/api/beds']);
  ward = injectForebay(() => ['query Ward { ward { id } }']);
}
",
        ),
        file(
            "src/lit.js",
            "import { ForebayController } from 'forebay/lit';
export const card = (host, app) => new ForebayController(host, app, () => ['/api/card'], { init: { method: 'PUT' } });
",
        ),
        file(
            "src/pages.js",
            "import { useForebayPages } from 'forebay/react-pages';
export const notes = () => useForebayPages('/api/notes', (page) => page.next);
",
        ),
    ];
    let fragment = analysed(&FrontEnd {
        files,
        ..FrontEnd::default()
    })
    .fragment;
    let found: Vec<String> = found(&fragment).into_iter().map(|one| one.what).collect();
    let notes =
        |request: &&forebay::analyze::fragment::Request| shown(&request.url) == "/api/notes";
    // What a page takes is known when there is one before it.
    assert!(!fragment.requests.iter().find(notes).unwrap().complete);
    assert_eq!(
        found,
        [
            "GET /api/beds",
            "GET /api/notes",
            "GET /api/rooms/{}",
            "Move",
            "POST /api/search",
            "PUT /api/card",
            "Visit",
            "Ward"
        ]
    );
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
