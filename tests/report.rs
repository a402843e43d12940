//! What is said of several apps together: overlaps, costs of routes, spellings, budgets, and the page with pictures.

use forebay::analyze::command::Voice;
use forebay::analyze::disk::Machine;
use forebay::analyze::fragment::{
    App, Ask, Entry, Fragment, Kind, Operation, Place, Request, Route, Template, Unread, Value,
    Variable, What,
};
use std::path::{Path, PathBuf};

fn at(file: &str, line: u32) -> Place {
    Place {
        file: file.into(),
        line,
        column: 3,
    }
}

fn query(name: &str, document: &str, line: u32) -> Operation {
    let has_id = document.contains("$id");
    Operation {
        name: name.into(),
        kind: Kind::Query,
        document: document.into(),
        variables: has_id
            .then(|| Variable {
                name: "id".into(),
                type_: "ID!".into(),
                default: None,
            })
            .into_iter()
            .collect(),
        at: vec![at("src/data.js", line)],
        ..Operation::default()
    }
}

fn get(url: &[&str], slots: &[&str], accept: &str, line: u32) -> Request {
    Request {
        method: "GET".into(),
        url: Template {
            texts: url.iter().map(|text| (*text).into()).collect(),
            slots: slots.iter().map(|slot| (*slot).into()).collect(),
        },
        headers: [("accept".into(), accept.into())].into(),
        complete: true,
        at: vec![at("src/data.js", line)],
        ..Request::default()
    }
}

fn ask(what: What, id: Option<Value>) -> Ask {
    Ask {
        what,
        at_once: true,
        with: id.map(|value| ("id".into(), value)).into_iter().collect(),
        at: at("src/data.js", 1),
    }
}

fn app(name: &str, operations: Vec<Operation>, requests: Vec<Request>, asks: Vec<Ask>) -> Fragment {
    Fragment {
        forebay: 1,
        app: App {
            name: name.into(),
            version: String::new(),
        },
        operations,
        requests,
        entries: vec![Entry {
            name: ".".into(),
            asks,
            ..Entry::default()
        }],
        ..Fragment::default()
    }
}

fn fragments() -> Vec<Fragment> {
    let id = Some(Value::Param("id".into()));
    let mut header = app(
        "header",
        vec![query("Who", "query Who { viewer { name id role } }", 4)],
        vec![get(&["/api/notices"], &[], "application/json", 7)],
        vec![ask(What::Operation(0), None), ask(What::Request(0), None)],
    );
    header.operations[0].unread = vec![Unread {
        path: "viewer.role".into(),
        at: at("src/data.js", 4),
    }];
    let profile = app(
        "profile",
        vec![
            query("Me", "query Me { viewer { id name role } }", 2),
            query(
                "Chart",
                "query Chart($id: ID!) { patient(id: $id) { name } }",
                3,
            ),
            query(
                "Other",
                "query Other($id: ID!) { visit(id: $id) { time } }",
                5,
            ),
        ],
        vec![get(&["/api/notices"], &[], "application/json", 8)],
        vec![
            ask(What::Operation(0), None),
            ask(What::Operation(1), id),
            ask(What::Operation(2), None), // nobody knows whose
            ask(What::Request(0), None),
        ],
    );
    let inbox = app(
        "inbox",
        vec![query("May", "query May { viewer { role } }", 9)],
        vec![get(&["/api/Notices/"], &[], "*/*", 9)],
        vec![ask(What::Operation(0), None)],
    );
    let mut shell = app("shell", Vec::new(), Vec::new(), Vec::new());
    shell.routes = vec![
        Route {
            pattern: "/patient/:id".into(),
            at: at("src/router.js", 2),
            mounts: vec!["header".into(), "profile".into(), "inbox".into()],
            ..Route::default()
        },
        Route {
            pattern: "/help".into(),
            at: at("src/router.js", 3),
            ..Route::default()
        },
    ];
    vec![header, profile, inbox, shell]
}

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

/// A directory with the apps, gone at the end of the test.
struct Page(PathBuf);

impl Drop for Page {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Page {
    fn new(name: &str) -> Page {
        let page = Page(
            std::env::temp_dir().join(format!("forebay-report-{}-{name}", std::process::id())),
        );
        for mut fragment in fragments() {
            fragment.seal();
            page.put(
                &format!("{}/forebay.fragment.json", fragment.app.name),
                &fragment.to_json(),
            );
        }
        page.put(
            "shell/src/router.js",
            "const routes = {\n  '/patient/:id': patient,\n};\n",
        );
        page
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, more: &[&str]) -> (u8, String, String) {
        let mut heard = Heard::default();
        let words = ["header", "profile", "inbox", "shell"].iter().chain(more);
        let words: Vec<String> = words.map(|word| (*word).into()).collect();
        let here = self.0.to_string_lossy();
        let code = forebay::analyze::report::run(&Machine, &here, &words, &mut heard);
        (code, heard.said.join("\n"), heard.noted.join("\n"))
    }
}

#[test]
fn who_asks_for_the_same_and_who_for_a_part_is_said_with_places() {
    let (code, said, noted) = Page::new("overlaps").run(&[]);
    assert_eq!((code, noted.as_str()), (0, ""));
    for part in [
        "asked for by several: 1\n  query Who { viewer { name id role } }",
        "the same      Who  header/src/data.js:4",
        "the same      Me  profile/src/data.js:2",
        "a part of it  May  inbox/src/data.js:9",
        "endpoints that several call: 1\n  GET /api/notices\n    header/src/data.js:7\n    profile/src/data.js:8",
        "endpoints that differ only in spelling: 1",
        "differ in a slash at the end",
        "differ in capital letters in the path",
        "differ in the header `accept`",
        "fields that nothing reads: 1\n  viewer.role of Who  header/src/data.js:4",
    ] {
        assert!(said.contains(part), "{part}\n--\n{said}");
    }
    assert!(!said.contains("differ in the order"), "{said}");
}

#[test]
fn a_route_costs_what_its_apps_ask_for_at_once() {
    // Seven calls; together: one operation of what is known, one query whose variable is not, and the notices once.
    let (_, said, _) = Page::new("costs").run(&[]);
    let line = said
        .lines()
        .find(|line| line.contains("/patient/:id"))
        .unwrap();
    let numbers: Vec<usize> = line
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    assert_eq!(numbers, [7, 3], "{said}");
    assert!(
        said.contains("calls when a route begins: 1"),
        "a route that asks for nothing costs nothing"
    );
    let (_, said, _) = Page::new("queries").run(&["--only", "graphql"]);
    let line = said
        .lines()
        .find(|line| line.contains("/patient/:id"))
        .unwrap();
    let numbers: Vec<usize> = line
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    assert_eq!(numbers, [5, 2]);
}

#[test]
fn a_route_over_its_budget_fails_where_it_is_declared() {
    let page = Page::new("budget");
    assert_eq!(page.run(&["--max-operations-per-route", "3"]).0, 0);
    let (code, _, noted) = page.run(&["--max-operations-per-route", "2", "--quiet"]);
    assert_eq!(code, 1);
    for part in [
        "/patient/:id sends 3 operations when it begins, and 2 are allowed",
        "shell/src/router.js:2:3",
        "'/patient/:id': patient,",
        "help: ",
        "Other  profile/src/data.js:1",
    ] {
        assert!(noted.contains(part), "{part}\n--\n{noted}");
    }
}

#[test]
fn the_page_has_its_pictures_in_it_and_shows_text_as_text() {
    let page = Page::new("html");
    let mut odd = app(
        "<b>odd</b>",
        vec![query(
            "Odd",
            "query Odd { viewer { name(as: \"<script>\") } }",
            1,
        )],
        Vec::new(),
        Vec::new(),
    );
    odd.seal();
    page.put("odd.json", &odd.to_json());
    let (code, said, _) = page.run(&["odd.json", "--html", "out/report.html"]);
    assert_eq!(code, 0);
    assert!(said.contains("wrote "));
    let html = std::fs::read_to_string(page.0.join("out/report.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.matches("<svg").count() == 2);
    assert!(html.contains("&lt;b&gt;odd") && !html.contains("<b>") && !html.contains("<script"));
    assert!(!html.contains("http"), "nothing is loaded from elsewhere");
    // One bar for each count, and a point for each app that asks about the viewer.
    assert_eq!(html.matches("<rect class=").count(), 2);
    assert!(html.matches("<circle").count() >= 4);
}

#[test]
fn wrong_arguments_and_missing_fragments_end_with_their_codes() {
    let page = Page::new("wrong");
    assert_eq!(page.run(&["--html"]).0, 2);
    assert_eq!(page.run(&["--max-operations-per-route", "few"]).0, 2);
    assert_eq!(page.run(&["--colour"]).0, 2);
    assert_eq!(page.run(&["gone"]).0, 0, "what is there is reported on");
    assert_eq!(page.run(&["gone", "--strict"]).0, 1);
}
