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

mod schema {
    use super::analysed;
    use super::front_end::{File, FrontEnd};
    use forebay::analyze::schema::{Known, breaking, check};
    use forebay::analyze::types::typescript;

    const SDL: &str = "
        type Query { patient(id: ID!): Patient visits(state: State): [Visit!]! node(id: ID!): Node }
        interface Node { id: ID! }
        type Patient implements Node { id: ID! name: String! dob: String! phone: String @deprecated(reason: \"use `contact`\") contact: String notes: [Note!] }
        type Visit implements Node { id: ID! time: String! state: State! }
        type Note { text: String! at: Date }
        enum State { OPEN DONE }
        scalar Date
        input Change { note: String! state: State }
        type Mutation { change(id: ID!, change: Change!): Visit }
    ";

    fn app(text: &str) -> FrontEnd {
        let file = |path: &str, text: &str| File {
            path: path.into(),
            text: text.into(),
        };
        FrontEnd {
            files: vec![
                file("package.json", "{\"name\":\"chart\"}"),
                file("src/index.tsx", text),
            ],
            ..FrontEnd::default()
        }
    }

    const SOURCE: &str = r#"import { gql, useQuery } from "@apollo/client";
const CHART = gql`
  query Chart($id: ID!) {
    patient(id: $id) { name dob phone notes { text at } }
  }
`;
export function Chart({ id }) {
  const { data } = useQuery(CHART, { variables: { id } });
  if (!data) return null;
  return <p>{data.patient.name} {data.patient.phone} {data.patient.notes.map((note) => note.text)}</p>;
}
"#;

    #[test]
    fn says_what_is_deprecated_and_where() {
        let analysis = analysed(&app(SOURCE));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let remarks = check(&known, &analysis.fragment, &analysis.places);
        let [remark] = &remarks[..] else {
            panic!("{remarks:?}")
        };
        assert!(
            remark.message.contains("`Patient.phone` is deprecated")
                && remark.help == "use `contact`",
            "{remark:?}"
        );
        assert_eq!(
            (remark.at.file.as_str(), remark.at.line, remark.at.column),
            ("src/index.tsx", 4, 33)
        );
    }

    #[test]
    fn says_what_the_schema_refuses() {
        let analysis = analysed(&app(&SOURCE.replace("dob", "birthday")));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let remarks = check(&known, &analysis.fragment, &analysis.places);
        let wrong = remarks.iter().find(|remark| remark.is_error).unwrap();
        assert!(wrong.message.contains("birthday"), "{wrong:?}");
        assert_eq!((wrong.at.line, wrong.at.column), (4, 29));
    }

    #[test]
    fn lists_what_a_new_schema_breaks() {
        let analysis = analysed(&app(SOURCE));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let same = breaking(&known, &known, &analysis.fragment, &analysis.places);
        assert!(same.is_empty(), "{same:?}");
        let gone = Known::read("new.graphql", &SDL.replace("dob: String!", "")).unwrap();
        let [remark] = &breaking(&known, &gone, &analysis.fragment, &analysis.places)[..] else {
            panic!("one")
        };
        assert!(
            remark
                .message
                .contains("`Chart` of chart: the new schema refuses it")
                && remark.help.contains("src/index.tsx:8"),
            "{remark:?}"
        );
        let weaker = Known::read(
            "new.graphql",
            &SDL.replace("name: String! dob", "name: String dob"),
        )
        .unwrap();
        let [remark] = &breaking(&known, &weaker, &analysis.fragment, &analysis.places)[..] else {
            panic!("one")
        };
        assert!(
            remark
                .message
                .contains("`patient.name` was `String!` and would be `String`"),
            "{remark:?}"
        );
        let stronger = Known::read(
            "new.graphql",
            &SDL.replace("phone: String ", "phone: String! "),
        )
        .unwrap();
        assert!(breaking(&known, &stronger, &analysis.fragment, &analysis.places).is_empty());
    }

    #[test]
    fn finds_fields_that_nothing_reads() {
        let analysis = analysed(&app(SOURCE));
        let unread: Vec<(&str, u32)> = analysis.fragment.operations[0]
            .unread
            .iter()
            .map(|one| (one.path.as_str(), one.at.line))
            .collect();
        assert_eq!(unread, [("patient.dob", 4), ("patient.notes.at", 4)]);
    }

    #[test]
    fn says_nothing_of_what_goes_out_of_sight() {
        for (from, to, hidden) in [
            (
                "{data.patient.name}",
                "{JSON.stringify(data.patient)}",
                "patient",
            ),
            (
                "{data.patient.name}",
                "<Grid rows={data.patient.notes} /> {data.patient.name}",
                "patient.notes",
            ),
            ("{data.patient.name}", "{log(data)}", ""),
        ] {
            let text = format!(
                "import {{ Grid, log }} from 'somewhere';\n{}",
                SOURCE.replace(from, to)
            );
            let analysis = analysed(&app(&text));
            let operation = &analysis.fragment.operations[0];
            assert!(
                operation.escapes.iter().any(|escape| escape.path == hidden),
                "{to}: {:?}",
                operation.escapes
            );
            let is_below = |path: &str| {
                hidden.is_empty() || path == hidden || path.starts_with(&format!("{hidden}."))
            };
            assert!(
                operation.unread.iter().all(|one| !is_below(&one.path)),
                "{to}: {:?}",
                operation.unread
            );
        }
    }

    #[test]
    fn writes_types_of_what_is_used() {
        let text = r#"import { gql, useQuery, useMutation } from "@apollo/client";
const NODE = gql`query Node($id: ID!, $deep: Boolean = true) { node(id: $id) { __typename id ... on Visit { state } ... on Patient { notes @include(if: $deep) { at } } } }`;
const CHANGE = gql`mutation Change($id: ID!, $change: Change!) { change(id: $id, change: $change) { id } }`;
export const useNode = (id) => useQuery(NODE, { variables: { id } });
export const useChange = () => useMutation(CHANGE);
"#;
        let analysis = analysed(&app(text));
        let known = Known::read("schema.graphql", SDL).unwrap();
        let types = typescript(&known, &analysis.fragment);
        for part in [
            "readonly __typename: \"Patient\";",
            "readonly __typename: \"Visit\";",
            "readonly state: State;",
            "readonly notes?: ReadonlyArray<{",
            "readonly at: unknown | null;",
            "readonly deep?: boolean | null;",
            "export type State = \"OPEN\" | \"DONE\";",
            "export interface Change {\n  readonly note: string;\n  readonly state?: State | null;\n}",
            "export type NodeDocument = TypedDocumentNode<NodeResult, NodeVariables>;",
        ] {
            assert!(types.contains(part), "{part}\n{types}");
        }
        assert!(!types.contains("Note {"), "only what is used");
    }

    #[test]
    fn reads_introspections() {
        let json = r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[
            {"kind":"OBJECT","name":"Query","fields":[{"name":"patient","args":[{"name":"id","type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"ID"}}}],"type":{"kind":"OBJECT","name":"Patient"},"isDeprecated":false}]},
            {"kind":"OBJECT","name":"Patient","fields":[{"name":"name","args":[],"type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"String"}}},{"name":"dob","args":[],"type":{"kind":"SCALAR","name":"String"},"isDeprecated":true,"deprecationReason":"say \"no\""}]},
            {"kind":"SCALAR","name":"ID"},{"kind":"SCALAR","name":"String"}],"directives":[]}}}"#;
        let known = Known::read("schema.json", json).unwrap();
        let analysis = analysed(&app(&SOURCE.replace("phone notes { text at }", "")));
        let remarks = check(&known, &analysis.fragment, &analysis.places);
        assert_eq!(
            remarks
                .iter()
                .map(|remark| remark.help.as_str())
                .collect::<Vec<_>>(),
            ["say \"no\""]
        );
    }
}

/// The six apps of the example page, against the documents that its sessions are known to send (examples/healthhub).
mod example {
    use super::{found, named};
    use forebay::analyze::analyze;
    use forebay::analyze::disk::Machine;
    use forebay::analyze::fragment::{Fragment, Kind, Value};
    use forebay::graphql::{Reading, Types, read};
    use std::collections::BTreeSet;

    fn app(name: &str) -> Fragment {
        let root = format!(
            "{}/examples/healthhub/apps/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        let analysis = analyze(&Machine, &root).unwrap();
        let errors: Vec<_> = analysis
            .remarks
            .iter()
            .filter(|remark| remark.is_error)
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert!(analysis.fragment.is_whole());
        let again = Fragment::from_json(&analysis.fragment.to_json()).unwrap();
        assert_eq!(again, analysis.fragment, "what is written is what is read");
        analysis.fragment
    }

    const APPS: [(&str, &[&str]); 6] = [
        ("shell-header", &["Q1a"]),
        ("notifications", &["Q1b"]),
        ("analytics", &["Q1c", "Q3a"]),
        ("patient-profile", &["Q1d", "Q2a"]),
        ("care-summary", &["Q2b"]),
        ("schedule", &["Q3b"]),
    ];

    #[test]
    fn each_app_sends_exactly_its_documents() {
        let text = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/examples/healthhub/scenario.json"
        ))
        .unwrap();
        let scenario: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (name, documents) in APPS {
            let fragment = app(name);
            assert_eq!(fragment.app.name, name);
            let queries = fragment
                .operations
                .iter()
                .filter(|operation| operation.kind == Kind::Query);
            let found: BTreeSet<&str> = queries
                .map(|operation| operation.document.as_str())
                .collect();
            let sent: BTreeSet<&str> = documents
                .iter()
                .map(|document| scenario["documents"][document].as_str().unwrap())
                .collect();
            assert_eq!(found, sent, "{name}");
        }
    }

    #[test]
    fn normal_forms_are_those_of_the_runtime() {
        for (name, _) in APPS {
            for operation in app(name)
                .operations
                .iter()
                .filter(|operation| operation.kind == Kind::Query)
            {
                let template = operation.normal_form.as_ref().unwrap();
                let filled = template.texts.iter().enumerate().map(|(number, text)| {
                    let value = if number < template.slots.len() {
                        "\"17\""
                    } else {
                        ""
                    };
                    format!("{text}{value}")
                });
                let variables = match operation.variables.first() {
                    Some(variable) => format!("{{\"{}\":\"17\"}}", variable.name),
                    None => String::new(),
                };
                let Ok(Reading::Query(reading)) =
                    read(&operation.document, None, &variables, &Types::default())
                else {
                    panic!("{name}")
                };
                assert_eq!(filled.collect::<String>(), reading.normal_form(), "{name}");
            }
        }
    }

    #[test]
    fn rest_requests_are_seen_through_each_teams_spelling() {
        let mut all = BTreeSet::new();
        for (name, _) in APPS {
            let fragment = app(name);
            let requests = found(&fragment)
                .into_iter()
                .map(|truth| truth.what)
                .filter(|what| what.contains(" /") || what.contains(" {}"));
            all.extend(requests.map(|what| format!("{name}: {what}")));
        }
        let expected = [
            "analytics: GET /api/viewer",
            "analytics: POST /api/visits/search",
            // Where the page is when it is sent decides: `../api/…`.
            "care-summary: GET {}/../api/patients/{}",
            "notifications: GET /api/viewer",
            "patient-profile: GET /api/patients/{}",
            "patient-profile: GET /api/viewer",
            "schedule: PATCH /api/visits/{}",
            "schedule: POST /api/visits/search",
            "shell-header: GET /api/viewer",
        ];
        assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    /// Overlaps that are claimed: equal fingerprints. All of them, and no other, are known of the page.
    #[test]
    fn no_overlap_is_wrong() {
        let mut by_fingerprint: std::collections::BTreeMap<String, BTreeSet<String>> =
            Default::default();
        for (name, _) in APPS {
            let fragment = app(name);
            for operation in fragment
                .operations
                .iter()
                .filter(|operation| !operation.fingerprint.is_empty())
            {
                by_fingerprint
                    .entry(operation.fingerprint.clone())
                    .or_default()
                    .insert(operation.name.clone());
            }
        }
        let shared: BTreeSet<Vec<String>> = by_fingerprint
            .into_values()
            .filter(|names| names.len() > 1)
            .map(|names| names.into_iter().collect())
            .collect();
        // `ProfileViewer` spreads a fragment on `User`: without the schema's types it is not proved to be the same.
        let known = [
            vec!["AnalyticsAppts", "ScheduleAppts"],
            vec!["AnalyticsViewer", "ShellUser"],
        ];
        let known: BTreeSet<Vec<String>> = known
            .iter()
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
            .collect();
        assert_eq!(shared, known);
    }

    #[test]
    fn an_entry_tells_what_its_app_asks_for() {
        let fragment = app("patient-profile");
        let entry = fragment
            .entries
            .iter()
            .find(|entry| entry.name == ".")
            .unwrap();
        let patient = entry
            .asks
            .iter()
            .find(|ask| named(&fragment, ask.what) == "GetPatient")
            .unwrap();
        assert!(patient.at_once);
        assert_eq!(
            patient.with.get("id"),
            Some(&Value::Param("id".into())),
            "as forebay.config.json declares"
        );
        let schedule = app("schedule");
        let entry = schedule
            .entries
            .iter()
            .find(|entry| entry.name == ".")
            .unwrap();
        let change = entry
            .asks
            .iter()
            .find(|ask| named(&schedule, ask.what) == "Reschedule")
            .unwrap();
        assert!(!change.at_once, "a write is never started by itself");
    }
}
