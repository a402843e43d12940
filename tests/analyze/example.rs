//! The six apps of the example page, against the documents that its sessions are known to send (examples/healthhub).

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
