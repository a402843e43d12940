//! Predicates and programs: vectors that any port can check, properties against a plain reading of the same JSON, and
//! bytes that are no program.
#![cfg(not(target_arch = "wasm32"))]

#[path = "permit/plain.rs"]
mod plain;
#[path = "permit/programs.rs"]
mod programs;
#[path = "permit/reduction.rs"]
mod reduction;
#[path = "permit/speed.rs"]
mod speed;
#[path = "permit/table.rs"]
mod table;

use forebay::permit::{Program, Residual, places};
use plain::{Truth, truth};
use proptest::prelude::*;
use serde_json::{Value, json};
use table::{build, columns};

/// Which rows a predicate chooses, and which it leaves undecided.
fn decide(predicate: &Value, rows: &[Value]) -> (Vec<u32>, Vec<u32>) {
    let bytes = build(predicate).unwrap_or_else(|mistake| panic!("{predicate}: {mistake:?}"));
    let program = Program::load(&bytes).unwrap_or_else(|wrong| panic!("{predicate}: {wrong:?}"));
    let mut columns = columns(&program, rows);
    let blocks = columns.blocks();
    let residual = Residual::of_predicate(&program, &mut columns);
    let decisions = residual.decide(0..blocks);
    (places(&decisions.yes), places(&decisions.undecided))
}

fn vectors(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/permit/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn chooses_what_the_vectors_say() {
    let vectors = vectors("predicates.json");
    assert!(vectors.len() >= 30);
    for vector in vectors {
        let rows = vector["rows"].as_array().unwrap();
        let (chosen, undecided) = decide(&vector["predicate"], rows);
        assert_eq!(json!(chosen), vector["chosen"], "{vector}");
        assert_eq!(json!(undecided), vector["undecided"], "{vector}");
    }
}

#[test]
fn mistakes_are_said_with_their_place() {
    let vectors = vectors("mistakes.json");
    assert!(vectors.len() >= 15);
    for vector in vectors {
        let mistake = build(&vector["predicate"]).expect_err(&vector.to_string());
        assert_eq!(json!(mistake.path), vector["path"], "{vector}");
        assert!(
            mistake.what.contains(vector["what"].as_str().unwrap()),
            "{vector} {mistake:?}"
        );
    }
}

const FIELDS: [&str; 4] = ["a", "b", "c", "d"];

fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["", "x", "X", "y", "xy", "xyx", "Ä", "ä"]).prop_map(Value::from)
}

fn number() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![-2.5, 0.0, 1.0, 2.0, 1e17]).prop_map(Value::from)
}

fn test() -> impl Strategy<Value = Value> {
    let one = prop_oneof![text(), number()];
    let list = prop_oneof![
        prop::collection::vec(text(), 0..4),
        prop::collection::vec(number(), 0..4)
    ];
    let test = prop_oneof![
        (
            prop::sample::select(vec!["lt", "le", "gt", "ge", "eq", "ne", "has"]),
            one
        ),
        (
            prop::sample::select(vec!["eq", "ne"]),
            prop_oneof![Just(json!(true)), Just(json!(null))]
        ),
        (
            prop::sample::select(vec!["contains", "startsWith", "endsWith"]),
            text()
        ),
        (
            prop::sample::select(vec!["in", "hasAny", "hasAll"]),
            list.prop_map(Value::from)
        ),
        (Just("null"), any::<bool>().prop_map(Value::from)),
    ];
    (
        prop::sample::select(FIELDS.to_vec()),
        prop::collection::vec(test, 1..3),
    )
        .prop_map(|(field, tests)| {
            let mut object = json!({ "field": field });
            for (name, value) in tests {
                object[name] = value;
            }
            object
        })
}

fn predicate() -> impl Strategy<Value = Value> {
    test().prop_recursive(4, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.clone().prop_map(|parts| json!({ "and": parts })),
            list.prop_map(|parts| json!({ "or": parts })),
            inner.clone().prop_map(|part| json!({ "not": part })),
            (inner, test()).prop_map(|(part, mut test)| {
                test["not"] = part;
                test
            }),
        ]
    })
}

fn row() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        2 => text(),
        2 => number(),
        1 => Just(json!(true)),
        1 => Just(json!(null)),
        1 => Just(json!({ "x": 1 })),
        1 => prop::collection::vec(text(), 0..3).prop_map(Value::from),
        1 => prop::collection::vec(number(), 0..3).prop_map(Value::from),
        1 => Just(json!(["x", 1])),
    ];
    prop::collection::vec(prop::option::of(value), FIELDS.len()).prop_map(|values| {
        let mut row = json!({});
        for (name, value) in FIELDS.iter().zip(values) {
            if let Some(value) = value {
                row[*name] = value;
            }
        }
        row
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// In columns, many at once, nothing else comes out than row by row in plain JSON.
    #[test]
    fn columns_say_what_plain_json_says(predicate in predicate(), rows in prop::collection::vec(row(), 1..150)) {
        let (chosen, undecided) = decide(&predicate, &rows);
        let of = |wanted| {
            let at = |row: &usize| truth(&predicate, &rows[*row]) == wanted;
            (0..rows.len()).filter(at).map(|row| row as u32).collect::<Vec<_>>()
        };
        prop_assert_eq!(chosen, of(Truth::True));
        prop_assert_eq!(undecided, of(Truth::Unknown));
    }
}
