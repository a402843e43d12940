//! What makes two GraphQL operations the same, against data that any port can use, properties and other parsers.
//!
//! Both sides of the pairs of `equal.json` and `different.json` were executed with graphql-core against one schema
//! wherever they are valid for it (all equal pairs, and all different ones but 32): equal pairs resolve the same fields
//! with the same arguments on every possible object. Different ones do not, or their difference is one of those that
//! cannot be proved to be none: `1.0` and `1e0`, a write and the same write, a name that two conditions share.
#![cfg(not(target_arch = "wasm32"))]

#[path = "graphql/data.rs"]
mod data;
#[path = "graphql/errors.rs"]
mod errors;
#[path = "graphql/oracles.rs"]
mod oracles;
#[path = "graphql/properties.rs"]
mod properties;

use data::{Verdict, pairs};
use std::collections::BTreeMap;

/// Fails with all pairs that fail, not with the first: a mistake seldom comes alone.
fn all_hold(failures: Vec<String>) {
    assert!(
        failures.is_empty(),
        "{} fail:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn equal_spellings_merge() {
    let pairs = pairs("equal.json");
    assert!(pairs.len() >= 400, "{} pairs", pairs.len());
    let apart = pairs
        .iter()
        .map(|pair| (pair, Verdict::on(&pair.a, &pair.b)))
        .filter(|(_, verdict)| !verdict.merged());
    all_hold(
        apart
            .map(|(pair, verdict)| format!("{pair}\n{verdict:?}"))
            .collect(),
    );
}

#[test]
fn look_alikes_stay_apart() {
    let pairs = pairs("different.json");
    assert!(pairs.len() >= 400, "{} pairs", pairs.len());
    let wrong = pairs.iter().filter_map(|pair| {
        let verdict = Verdict::on(&pair.a, &pair.b);
        let expected = Verdict {
            same_form: false,
            a_holds_b: pair.contained.as_deref() == Some("b in a"),
            b_holds_a: pair.contained.as_deref() == Some("a in b"),
        };
        (verdict != expected).then(|| format!("{pair}\n{verdict:?}"))
    });
    all_hold(wrong.collect());
}

/// The order in which two requests come must not matter.
#[test]
fn verdicts_are_symmetric() {
    for name in ["equal.json", "different.json"] {
        for pair in pairs(name) {
            let there = Verdict::on(&pair.a, &pair.b);
            let back = Verdict::on(&pair.b, &pair.a);
            assert_eq!(
                (there.same_form, there.a_holds_b, there.b_holds_a),
                (back.same_form, back.b_holds_a, back.a_holds_b),
                "{pair}"
            );
        }
    }
}

/// What is equal only by the schema is different without it: knowledge is used, never assumed.
#[test]
fn what_needs_the_schema_is_apart_without_it() {
    let mut count = 0;
    for mut pair in pairs("equal.json") {
        if pair.a.schema.is_null() || !pair.why.contains("the schema says so") {
            continue;
        }
        (pair.a.schema, pair.b.schema) = Default::default();
        let verdict = Verdict::on(&pair.a, &pair.b);
        assert!(!verdict.merged() && !verdict.same_form, "{pair}");
        count += 1;
    }
    assert!(count >= 30, "{count} pairs");
}

/// The files stand as they are meant to: no pair twice, in whatever order, and grouped by their reason.
#[test]
fn the_corpora_are_in_order() {
    for name in ["equal.json", "different.json"] {
        let (mut seen, mut reasons, mut last) = (BTreeMap::new(), Vec::new(), String::new());
        for pair in pairs(name) {
            let mut sides =
                [&pair.a, &pair.b].map(|side| format!("{side} {}", side.schema.is_null()));
            assert_ne!(sides[0], sides[1], "{pair}");
            sides.sort();
            assert_eq!(seen.insert(sides, ()), None, "twice: {pair}");
            if pair.why != last {
                assert!(!reasons.contains(&pair.why), "not grouped: {}", pair.why);
                reasons.push(pair.why.clone());
                last = pair.why;
            }
        }
        assert!(reasons.len() >= 25, "{name}: {} reasons", reasons.len());
    }
}

/// What goes elsewhere, or as somebody else, is another question, whatever it asks for.
#[test]
fn other_contexts_are_other_questions() {
    use forebay::fingerprint::Request;
    let mut host = forebay::plan::Host::new("https://page.test", [7; 32]);
    let mut read = |side: &serde_json::Value| {
        let request = Request {
            method: "POST",
            url: side["endpoint"]
                .as_str()
                .unwrap_or("https://api.example.test/graphql"),
            headers: &[(
                "authorization",
                side["token"].as_str().unwrap_or("Bearer a"),
            )],
            body: None,
            credentials: "same-origin",
        };
        let asked = host
            .read_operation(&request, side["query"].as_str().unwrap(), None, "")
            .unwrap_or_else(|wrong| panic!("{side}: {wrong}"));
        (asked.content, asked.inquiry.expect("a query").pool)
    };
    let mut pairs: Vec<(serde_json::Value, serde_json::Value)> = data::file("contexts.json")
        .into_iter()
        .map(|pair| (pair["a"].clone(), pair["b"].clone()))
        .collect();
    pairs.push((
        serde_json::json!({"query": "{viewer{id}}", "token": "Bearer a"}),
        serde_json::json!({"query": "{viewer{id}}", "token": "Bearer b"}),
    ));
    for (a, b) in &pairs {
        let (one, other) = (read(a), read(b));
        assert!(one.0 != other.0 && one.1 != other.1, "{a} {b}");
        assert!(read(a) == one);
    }
}
