//! From fragments to a manifest: what is merged, what holds what, what a route asks for; missing, old and damaged fragments.

use forebay::analyze::fragment::{
    App, Ask, Entry, Fragment, Kind, Operation, Route, Value, Variable, What,
};
use forebay::analyze::link::manifest::Manifest;
use forebay::analyze::link::{Only, link};
use forebay::analyze::schema::Known;
use std::collections::BTreeMap;

fn query(name: &str, document: &str, variables: &[&str]) -> Operation {
    Operation {
        name: name.into(),
        kind: Kind::Query,
        document: document.into(),
        variables: variables
            .iter()
            .map(|name| Variable {
                name: (*name).into(),
                type_: "ID!".into(),
                default: None,
            })
            .collect(),
        ..Operation::default()
    }
}

fn ask(place: usize, with: &[(&str, Value)]) -> Ask {
    Ask {
        what: What::Operation(place),
        at_once: true,
        with: with
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect(),
        at: Default::default(),
    }
}

fn param(name: &str) -> Value {
    Value::Param(name.into())
}

fn app(name: &str, operations: Vec<Operation>, asks: Vec<Ask>) -> Fragment {
    let mut fragment = Fragment {
        forebay: 1,
        app: App {
            name: name.into(),
            version: String::new(),
        },
        operations,
        entries: vec![Entry {
            name: ".".into(),
            asks,
            ..Entry::default()
        }],
        ..Fragment::default()
    };
    fragment.seal();
    fragment
}

fn shell(routes: &[(&str, &[&str])]) -> Fragment {
    let mut shell = app("shell", Vec::new(), Vec::new());
    shell.routes = routes
        .iter()
        .map(|(pattern, mounts)| Route {
            pattern: (*pattern).into(),
            mounts: mounts.iter().map(|name| (*name).into()).collect(),
            ..Route::default()
        })
        .collect();
    shell.seal();
    shell
}

/// Pairs of names, whole and part.
fn held(manifest: &Manifest) -> Vec<(&str, &str)> {
    let name = |place: usize| manifest.operations[place].name.as_str();
    let mut held: Vec<_> = manifest
        .contains
        .iter()
        .map(|&[a, b]| (name(a), name(b)))
        .collect();
    held.sort();
    held
}

fn patients() -> Vec<Fragment> {
    vec![
        app(
            "profile",
            vec![query(
                "Whole",
                "query Whole($id: ID!) { patient(id: $id) { id name dob } }",
                &["id"],
            )],
            vec![ask(0, &[("id", param("id"))])],
        ),
        app(
            "summary",
            vec![query(
                "Part",
                "query Part($pid: ID!) { p: patient(id: $pid) { id name } }",
                &["pid"],
            )],
            vec![ask(0, &[("pid", param("id"))])],
        ),
        app(
            "label",
            vec![query(
                "Least",
                "query Least($x: ID!) { patient(id: $x) { id } }",
                &["x"],
            )],
            vec![ask(0, &[])],
        ),
    ]
}

#[test]
fn a_page_loads_what_its_routes_need_and_the_widest_documents() {
    let mut fragments = patients();
    fragments.push(shell(&[
        ("/patients/:id", &["profile", "summary", "label"]),
        ("/help", &[]),
        ("/:any/*", &["profile"]),
    ]));
    let manifest = link(&fragments, None, Only::Everything);
    let plan = manifest.plan().to_json();
    // In the order in which they are tried, and without what cannot be known there.
    let whole = r#"{"query":"query Whole($id: ID!) { patient(id: $id) { id name dob } }","variables":{"id":{"param":"id"}}}"#;
    let part = r#"{"query":"query Part($pid: ID!) { p: patient(id: $pid) { id name } }","variables":{"pid":{"param":"id"}}}"#;
    let document = r#""query Whole($id: ID!) { patient(id: $id) { id name dob } }""#;
    assert_eq!(
        plan.trim_end(),
        format!(
            r#"{{"routes":[{{"/help":[],"/patients/:id":[{whole},{part}],"/:any/*":[]}}],"documents":[{document}]}}"#
        )
    );
}

#[test]
fn other_requests_are_planned_with_their_values_in_their_places() {
    use forebay::analyze::fragment::{Body, Request, Template};
    let template = |texts: &[&str], slots: &[&str]| Template {
        texts: texts.iter().map(|text| (*text).into()).collect(),
        slots: slots.iter().map(|slot| (*slot).into()).collect(),
    };
    let mut notes = app("notes", Vec::new(), Vec::new());
    notes.requests = vec![Request {
        method: "POST".into(),
        url: template(&["/api/", "/find"], &["id"]),
        body: Body::Json(template(&["{\"tab\":", ",\"most\":", "}"], &["tab", "n"])),
        headers: [("accept".into(), "application/json".into())].into(),
        complete: true,
        at: Vec::new(),
    }];
    notes.entries[0].asks = vec![Ask {
        what: What::Request(0),
        at_once: true,
        with: [
            ("id".into(), param("id")),
            ("tab".into(), Value::Query("tab".into())),
            ("n".into(), Value::Always(5.into())),
        ]
        .into(),
        at: Default::default(),
    }];
    let fragments = [notes, shell(&[("/p/:id", &["notes"])])];
    let manifest = link(&fragments, None, Only::Everything);
    let plan: serde_json::Value = serde_json::from_str(&manifest.plan().to_json()).unwrap();
    assert_eq!(
        plan,
        serde_json::json!({ "routes": [{ "/p/:id": [{
            "url": ["/api/", { "param": "id" }, "/find"], "method": "POST", "headers": { "accept": "application/json" },
            "body": ["{\"tab\":", { "query": "tab" }, ",\"most\":", { "always": 5 }, "}"],
        }] }] })
    );
}

#[test]
fn what_holds_what_does_not_hang_on_the_names_of_variables() {
    let manifest = link(&patients(), None, Only::Everything);
    assert_eq!(
        held(&manifest),
        [("Part", "Least"), ("Whole", "Part")],
        "what follows is left out"
    );
    let widest: Vec<_> = manifest
        .widest
        .iter()
        .map(|&at| manifest.operations[at].name.as_str())
        .collect();
    assert_eq!(widest, ["Whole"]);
    let [union] = &manifest.unions[..] else {
        panic!("{:?}", manifest.unions)
    };
    assert_eq!(union.resource, "patient(id:$patient_id)");
    assert_eq!(
        union.variables,
        BTreeMap::from([("v1".to_owned(), "patient_id".to_owned())])
    );
    assert!(union.document.contains("dob"), "{}", union.document);
}

#[test]
fn two_variables_of_one_argument_stay_two() {
    let both =
        "query Both($a: ID!, $b: ID!) { a: patient(id: $a) { id } b: patient(id: $b) { id } }";
    let one = "query One($id: ID!) { patient(id: $id) { id } }";
    let other = "query Other($id: ID!) { other: visit(id: $id) { id } }";
    let fragments = [app(
        "one",
        vec![
            query("Both", both, &["a", "b"]),
            query("One", one, &["id"]),
            query("Other", other, &["id"]),
        ],
        Vec::new(),
    )];
    let manifest = link(&fragments, None, Only::Everything);
    assert_eq!(held(&manifest), [("Both", "One")]);
}

#[test]
fn strings_and_comments_are_no_variables() {
    let document = "query Q($id: ID!) { # costs $id\n patient(id: $id, note: \"$id \\\" é\\\\\", more: \"\"\"$id \\\"\"\" \"\"\") { id } }";
    let manifest = link(
        &[app("one", vec![query("Q", document, &["id"])], Vec::new())],
        None,
        Only::Everything,
    );
    assert_eq!(manifest.widest, [0], "it can still be read");
}

#[test]
fn a_schema_proves_more() {
    let fragments = [
        app(
            "a",
            vec![query("Plain", "query Plain { viewer { id name } }", &[])],
            Vec::new(),
        ),
        app(
            "b",
            vec![query(
                "Spread",
                "query Spread { viewer { ...U } } fragment U on User { id }",
                &[],
            )],
            Vec::new(),
        ),
    ];
    assert_eq!(held(&link(&fragments, None, Only::Everything)), []);
    let known = Known::read(
        "schema.graphql",
        "type Query { viewer: User } type User { id: ID! name: String! }",
    )
    .unwrap();
    let manifest = link(&fragments, Some(&known), Only::Everything);
    assert_eq!(held(&manifest), [("Plain", "Spread")]);
    assert_eq!(manifest.types["Query"].fields["viewer"], "User");
}

#[test]
fn a_route_asks_for_what_its_apps_do_where_all_is_known() {
    let mut fragments = patients();
    fragments.push(shell(&[
        ("/patient/:id", &["profile", "summary", "label", "nobody"]),
        ("/list", &["profile"]),
    ]));
    let manifest = link(&fragments, None, Only::Everything);
    let asks = |pattern: &str| {
        let route = manifest
            .routes
            .iter()
            .find(|route| route.pattern == pattern)
            .unwrap();
        let name = |ask: &forebay::analyze::link::manifest::Ask| match ask.what {
            What::Operation(place) => manifest.operations[place].name.clone(),
            What::Request(_) => panic!("there are none"),
        };
        route.asks.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(
        asks("/patient/:id"),
        ["Whole", "Part"],
        "the value of `x` is not known"
    );
    assert_eq!(asks("/list"), [""; 0], "there is no parameter `id` here");
}

#[test]
fn an_apps_routes_stand_from_the_most_particular_on() {
    let patterns = ["/a/*", "/a/:id", "/*", "/a/new", "/a/:id/notes"];
    let routes: Vec<(&str, &[&str])> = patterns.iter().map(|pattern| (*pattern, &[][..])).collect();
    let manifest = link(&[shell(&routes)], None, Only::Everything);
    let order: Vec<&str> = manifest
        .routes
        .iter()
        .map(|route| route.pattern.as_str())
        .collect();
    assert_eq!(order, ["/a/new", "/a/:id", "/a/:id/notes", "/a/*", "/*"]);
}

#[test]
fn the_order_of_fragments_is_no_matter() {
    let mut fragments = patients();
    fragments.push(shell(&[("/patient/:id", &["profile", "summary"])]));
    let manifest = link(&fragments, None, Only::Everything);
    fragments.reverse();
    assert_eq!(link(&fragments, None, Only::Everything), manifest);
    let read: Manifest = serde_json::from_str(&manifest.to_json()).unwrap();
    assert_eq!(read, manifest, "what is written is what is read");
}

#[test]
fn places_that_lead_nowhere_are_passed_over() {
    let damaged = app("profile", Vec::new(), vec![ask(7, &[])]);
    let manifest = link(
        &[damaged, shell(&[("/", &["profile"])])],
        None,
        Only::Everything,
    );
    assert!(manifest.routes[0].asks.is_empty());
}

/// The command, on real files.
mod command {
    use super::*;
    use forebay::analyze::command::Voice;
    use forebay::analyze::disk::Machine;
    use std::path::{Path, PathBuf};

    #[derive(Default)]
    struct Heard {
        said: Vec<String>,
        noted: Vec<String>,
    }

    impl Voice for Heard {
        fn say(&mut self, line: &str) {
            self.said.push(line.into());
        }

        fn note(&mut self, line: &str) {
            self.noted.push(line.into());
        }
    }

    /// A directory with files, gone at the end of the test.
    struct Page(PathBuf);

    impl Drop for Page {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    impl Page {
        fn new(name: &str) -> Page {
            let [profile, summary, label] = <[Fragment; 3]>::try_from(patients()).unwrap();
            let page = Page(
                std::env::temp_dir().join(format!("forebay-link-{}-{name}", std::process::id())),
            );
            let newer = summary
                .to_json()
                .replace("\"forebay\": 1", "\"forebay\": 99");
            let unknown = label
                .to_json()
                .replace("\"forebay\": 1", "\"later\": true,\n  \"forebay\": 1");
            page.put("profile/forebay.fragment.json", &profile.to_json());
            page.put("newer.json", &newer);
            page.put("label.json", &unknown);
            page.put("torn.json", &profile.to_json()[..200]);
            page.put("edited.json", &profile.to_json().replace("dob", "dod"));
            page
        }

        fn put(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
            std::fs::write(path, text).unwrap();
        }

        fn read(&self, path: &str) -> String {
            std::fs::read_to_string(self.0.join(path)).unwrap()
        }
    }

    fn run(page: &Page, arguments: &[&str]) -> (u8, Heard) {
        let mut heard = Heard::default();
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).into()).collect();
        let here = page.0.to_string_lossy();
        let code = forebay::analyze::link::run(&Machine, &here, &arguments, &mut heard);
        (code, heard)
    }

    #[test]
    fn links_what_is_there_and_says_what_is_not() {
        let page = Page::new("links");
        let (code, heard) = run(
            &page,
            &["profile", "label.json", "newer.json", "torn.json", "gone"],
        );
        assert_eq!(code, 0, "{:?}", heard.noted);
        let noted = heard.noted.join("\n");
        for part in [
            "newer.json has version 99",
            "torn.json is not a fragment",
            "gone is not there",
        ] {
            assert!(noted.contains(part), "{part}\n{noted}");
        }
        assert!(
            !noted.contains("label.json"),
            "members of later versions are passed over: {noted}"
        );
        let manifest: Manifest = serde_json::from_str(&page.read("forebay.manifest.json")).unwrap();
        assert_eq!(manifest.apps.len(), 2);
        assert_eq!(run(&page, &["profile", "gone", "--strict"]).0, 1);
    }

    #[test]
    fn of_two_fragments_of_one_app_the_later_holds() {
        let page = Page::new("later");
        let (code, heard) = run(&page, &["profile", "edited.json", "-o", "m.json"]);
        assert_eq!(code, 0);
        let noted = heard.noted.join("\n");
        assert!(
            noted.contains("does not have its hash") && noted.contains("takes the place"),
            "{noted}"
        );
        let text = page.read("m.json");
        assert!(text.contains("dod") && !text.contains("dob"));
    }

    #[test]
    fn wrong_arguments_are_told_apart_from_wrong_fragments() {
        let page = Page::new("arguments");
        assert_eq!(run(&page, &[]).0, 2);
        assert_eq!(run(&page, &["--onyl", "rest"]).0, 2);
        assert_eq!(run(&page, &["gone"]).0, 1);
    }
}
