//! CASL's rules as policies: what is written, and what cannot be. That it decides alike is tested beside CASL itself
//! (`tests/decisions/casl.test.mjs`), with the program that is kept here.

use forebay::policy::{Source, cedar_of_casl, compile};

fn file(name: &str) -> String {
    format!(
        "{}/tests/data/policy/casl/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

fn schema() -> String {
    std::fs::read_to_string(file("items.cedarschema")).unwrap()
}

fn source<'a>(name: &'a str, text: &'a str) -> Source<'a> {
    Source { name, text }
}

fn written(rules: &str) -> Result<String, String> {
    cedar_of_casl(source("rules.json", rules), source("schema", &schema()))
        .map_err(|problems| problems.iter().map(|one| one.message.clone()).collect())
}

/// `UPDATE_EXPECT=1` writes both anew.
#[test]
fn the_rules_become_the_policies_and_the_program_that_are_kept() {
    let rules = std::fs::read_to_string(file("rules.json")).unwrap();
    let cedar = written(&rules).unwrap();
    let compiled = compile(source("rules", &cedar), source("schema", &schema())).unwrap();
    assert_eq!(compiled.warnings.len(), 0);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(file("rules.cedar"), &cedar).unwrap();
        std::fs::write(file("rules.fbpt"), &compiled.bytes).unwrap();
    }
    assert_eq!(cedar, std::fs::read_to_string(file("rules.cedar")).unwrap());
    assert!(compiled.bytes == std::fs::read(file("rules.fbpt")).unwrap());
}

#[test]
fn what_cannot_be_written_so_that_it_means_the_same_is_named() {
    let conditions = [
        (
            r#"{ "kind": { "$regex": "^n" } }"#,
            "`kind`: `$regex` cannot be written",
        ),
        (
            r#"{ "tags": { "$size": 2 } }"#,
            "`tags`: `$size` cannot be written",
        ),
        (
            r#"{ "tags": { "$elemMatch": { "a": 1 } } }"#,
            "`$elemMatch` cannot be written",
        ),
        (r#"{ "$where": "true" }"#, "`$where` cannot be written"),
        (r#"{ "kind": null }"#, "null is no value in Cedar"),
        (r#"{ "level": 1.5 }"#, "1.5 is no whole number"),
        (
            r#"{ "level": { "$lt": 9007199254740992 } }"#,
            "no whole number below 2⁵³",
        ),
        (
            r#"{ "kind": { "$gt": "a" } }"#,
            "`$gt` compares whole numbers only",
        ),
        (r#"{ "kind": ["note"] }"#, "compared with a list"),
        (r#"{ "kind": {} }"#, "compared with an object"),
        (
            r#"{ "owner.id": "u1" }"#,
            "`owner.id`: fields within fields",
        ),
        (
            r#"{ "kind": { "$in": [] } }"#,
            "`$in`: must be a list of values",
        ),
        (r#"{ "$or": [] }"#, "`$or` must have a list of conditions"),
        (
            r#"{ "kind": { "$exists": 1 } }"#,
            "`$exists` must be true or false",
        ),
    ];
    for (conditions, expected) in conditions {
        for inverted in [false, true] {
            let rules = format!(
                r#"[{{ "action": "view", "subject": "Item" }}, {{ "action": "view", "subject": "Item", "inverted": {inverted}, "conditions": {conditions} }}]"#
            );
            let wrong = written(&rules).unwrap_err();
            assert!(wrong.contains(expected), "{rules}: {wrong}");
            assert!(wrong.starts_with("rule 2: "), "{wrong}");
        }
    }
    for (rules, expected) in [
        ("{}", "must be a list of rules"),
        ("[", "is no JSON"),
        (
            r#"[{ "action": "burn", "subject": "Item" }]"#,
            "rule 1: the schema has no action `burn`",
        ),
        (
            r#"[{ "action": "view", "subject": "Person" }]"#,
            "no resource of the type `Person`",
        ),
        (
            r#"[{ "action": "view", "subject": "Item", "fields": ["level"] }]"#,
            "needs an action of its own in the schema: `view.level`",
        ),
        (
            r#"[{ "action": "view", "subject": "Item", "fields": [] }]"#,
            "`fields` must be a text or a list",
        ),
        (
            r#"[{ "action": "view", "subject": "Item", "when": 1 }]"#,
            "`when` is nothing that a rule has",
        ),
        (r#"[{ "subject": "Item" }]"#, "`action` is missing"),
        (
            r#"[{ "action": "edit", "subject": "Folder" }]"#,
            "no action and type that the schema puts together",
        ),
        (r#"[["view", "Item", 0, 0, 0, "", 7]]"#, "six parts at most"),
        ("[7]", "must be an object"),
    ] {
        let wrong = written(rules).unwrap_err();
        assert!(wrong.contains(expected), "{rules}: {wrong}");
    }
}

#[test]
fn texts_stay_texts() {
    let text = "\"] || true // \\\n\u{7f}é";
    let rules = serde_json::json!([{ "action": "view", "subject": "Item", "conditions": { "kind": text }, "reason": text }]);
    let cedar = written(&rules.to_string()).unwrap();
    let compiled = compile(source("rules", &cedar), source("schema", &schema())).unwrap();
    assert_eq!(compiled.policies.len(), 1);
}
