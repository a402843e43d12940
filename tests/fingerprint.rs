//! What makes two requests the same, against data that any port can use, published vectors, properties and oracles.
#![cfg(not(target_arch = "wasm32"))]

use forebay::fingerprint::{
    Fingerprint, NormalForm, Partition, Principal, Refusal, Request, Rules, normalise,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fingerprint")
        .join(name)
}

fn read(name: &str) -> Vec<Value> {
    let text =
        std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(value: &Value) -> Vec<Box<str>> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| name.as_str().unwrap().into())
        .collect()
}

/// The normal form of a request as written in a data file; the `url` crate does what the browser's parser does.
fn form(request: &Value, rules: &Value) -> NormalForm {
    let url = url::Url::parse(request["url"].as_str().unwrap())
        .unwrap_or_else(|error| panic!("{request}: {error}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let headers: Vec<(String, String)> = request["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let (parameters, members) = (
        names(&rules["ignoredParameters"]),
        names(&rules["ignoredMembers"]),
    );
    let (significant, credentials) = (
        names(&rules["significantHeaders"]),
        names(&rules["credentialHeaders"]),
    );
    let ignored = names(&rules["ignoredHeaders"]);
    normalise(
        &Request {
            method: request["method"].as_str().unwrap_or("GET"),
            url: url.as_str(),
            headers: &headers,
            body: request["body"].as_str().map(str::as_bytes),
            credentials: request["credentials"].as_str().unwrap_or("same-origin"),
        },
        &Rules {
            any_query_order: rules["anyQueryOrder"] == true,
            ignored_parameters: &parameters,
            ignored_members: &members,
            numbers_by_value: rules["numbersByValue"] == true,
            significant_headers: &significant,
            credential_headers: &credentials,
            ignored_headers: [&ignored, &[]],
            every_header: rules["everyHeader"] == true,
            exact_accept: rules["exactAccept"] == true,
            credential_key: [7; 32],
            interchangeable_tokens: rules["interchangeableTokens"] == true,
        },
    )
    .unwrap_or_else(|refusal| panic!("{request}: {refusal:?}"))
}

fn partition() -> Partition {
    Partition::new("https://shell.example.test", Principal::named("ada"), "1")
}

fn fingerprint(request: &Value, rules: &Value) -> Fingerprint {
    Fingerprint::new(&partition(), &form(request, rules).digest())
}

#[test]
fn equal_requests_merge() {
    let pairs = read("equal.json");
    assert!(pairs.len() >= 200, "{} pairs", pairs.len());
    for pair in pairs {
        let [a, b] = ["a", "b"].map(|side| fingerprint(&pair[side], &pair["rules"]));
        assert_eq!(a, b, "{pair}");
    }
}

#[test]
fn look_alikes_stay_apart() {
    let pairs = read("different.json");
    assert!(pairs.len() >= 200, "{} pairs", pairs.len());
    for pair in pairs {
        let [a, b] = ["a", "b"].map(|side| fingerprint(&pair[side], &pair["rules"]));
        assert_ne!(a, b, "{pair}");
    }
}

/// No rule, no merging: what is equal only by declaration is different without it.
#[test]
fn what_is_declared_is_not_assumed() {
    let declared: Vec<Value> = read("equal.json")
        .into_iter()
        .filter(|pair| pair.get("rules").is_some())
        .collect();
    assert!(declared.len() >= 30);
    for pair in declared {
        let [a, b] = ["a", "b"].map(|side| fingerprint(&pair[side], &Value::Null));
        assert!(
            a != b || pair["rules"].get("numbersByValue").is_none(),
            "{pair}"
        );
        if pair["rules"].get("credentialHeaders").is_none() {
            assert_ne!(a, b, "{pair}");
        }
    }
}

/// All pairs of all data together: two requests have one fingerprint only where a pair says so.
#[test]
fn nothing_else_merges() {
    let mut seen: Vec<(Fingerprint, Value)> = Vec::new();
    for pair in read("different.json")
        .into_iter()
        .filter(|pair| pair.get("rules").is_none())
    {
        for side in ["a", "b"] {
            seen.push((fingerprint(&pair[side], &Value::Null), pair[side].clone()));
        }
    }
    for (at, (print, request)) in seen.iter().enumerate() {
        for (other_print, other) in &seen[..at] {
            let same = form(request, &Value::Null).parts() == form(other, &Value::Null).parts();
            assert_eq!(print == other_print, same, "{request} and {other}");
        }
    }
}

/// Vectors for ports: the request, the bytes of its normal form, and both digests. `UPDATE_EXPECT=1` writes them
/// anew, which needs a new version byte unless nothing of what was there has changed.
#[test]
fn golden_vectors() {
    let golden: Vec<Value> = read("equal.json")
        .into_iter()
        .chain(read("different.json"))
        .step_by(7)
        .map(|pair| {
            let form = form(&pair["a"], &pair["rules"]);
            json!({
                "request": pair["a"],
                "rules": pair["rules"],
                "form": hex(form.as_bytes()),
                "content": hex(form.digest().as_bytes()),
                "fingerprint": Fingerprint::new(&partition(), &form.digest()).to_hex(),
            })
        })
        .collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let lines: Vec<String> = golden.iter().map(|vector| format!("  {vector}")).collect();
        std::fs::write(
            file("golden.json"),
            format!("[\n{}\n]\n", lines.join(",\n")),
        )
        .unwrap();
    }
    assert_eq!(read("golden.json"), golden);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn people_and_partitions_are_told_apart() {
    let content = form(&json!({ "url": "https://a.test/" }), &Value::Null).digest();
    let people = [
        Principal::anonymous(),
        Principal::named(""),
        Principal::named("ada"),
        Principal::named("adA"),
        Principal::named("anonymous"),
    ];
    let mut prints = Vec::new();
    for person in people {
        for (origin, epoch) in [
            ("https://a.test", ""),
            ("https://a.test", "1"),
            ("https://b.test", ""),
        ] {
            prints.push(Fingerprint::new(
                &Partition::new(origin, person, epoch),
                &content,
            ));
        }
    }
    for (at, print) in prints.iter().enumerate() {
        assert!(!prints[..at].contains(print));
        assert_eq!(Fingerprint::from_hex(&print.to_hex()), Some(*print));
    }
    assert_eq!(Fingerprint::from_hex("7"), None);
    assert_eq!(Fingerprint::from_hex(&"G".repeat(64)), None);
    assert!(!format!("{:?}", Principal::named("ada")).contains("ada"));
}

#[test]
fn a_token_is_nowhere_in_clear() {
    let request = json!({ "url": "https://a.test/", "headers": [["Authorization", "Bearer s3cr3t"], ["X-Token", "s3cr3t"]] });
    let form = form(&request, &json!({ "credentialHeaders": ["x-token"] }));
    let shown = format!("{:?}", form.parts());
    assert!(
        shown.contains("authorization") && !shown.contains("s3cr3t"),
        "{shown}"
    );
    assert!(!form.as_bytes().windows(6).any(|bytes| bytes == b"s3cr3t"));
}

/// A body that is not what its type says: where it stops being JSON.
#[test]
fn says_where_a_body_is_not_json() {
    for (body, offset) in [
        ("", 0),
        ("{", 1),
        ("{,}", 1),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("01", 1),
        ("1.", 2),
        ("-", 1),
        ("1e", 2),
        ("\"a", 2),
        ("\"\u{1}\"", 1),
        ("\"\\x\"", 1),
        ("\"\\u12g4\"", 1),
        ("{\"a\" 1}", 5),
        ("{a:1}", 1),
        ("tru", 0),
        ("nul", 0),
        ("1 x", 2),
        ("{}}", 2),
        ("'a'", 0),
        ("NaN", 0),
        ("[", 1),
    ] {
        let request = Request {
            method: "POST",
            url: "https://a.test/",
            headers: &[("Content-Type", "application/json")],
            body: Some(body.as_bytes()),
            credentials: "omit",
        };
        let refusal = normalise(&request, &Rules::default()).err();
        assert_eq!(refusal, Some(Refusal::NotJson { offset }), "{body:?}");
        assert!(serde_json::from_str::<Value>(body).is_err(), "{body:?}");
    }
}

fn canonical(body: &str) -> Option<String> {
    let headers = [("content-type", "application/json")];
    let request = Request {
        method: "POST",
        url: "https://a.test/",
        headers: &headers,
        body: Some(body.as_bytes()),
        credentials: "omit",
    };
    let form = normalise(&request, &Rules::default()).ok()?;
    form.parts()
        .into_iter()
        .find(|(name, _)| *name == "json body")
        .map(|(_, text)| text)
}

/// RFC 8785, §3.2.2 and §3.2.3: its own examples, without their numbers.
#[test]
fn published_vectors_of_rfc_8785() {
    let strings = r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
    assert_eq!(
        canonical(strings).unwrap(),
        r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    );
    let order = r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}"#;
    let sorted = canonical(order).unwrap();
    let values = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small",
        "Euro Sign",
        "Emoji",
        "Hebrew",
    ];
    let places: Vec<usize> = values
        .iter()
        .map(|value| sorted.find(value).unwrap())
        .collect();
    assert!(places.is_sorted(), "{sorted}");
}

#[test]
fn deep_bodies_keep_their_bytes() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(canonical(&deep(60)).is_some());
    assert!(canonical(&deep(100_000)).is_none());
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,5}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Writes a tree in another spelling: members turned round, white space, escapes.
fn respelled(value: &Value, seed: u64) -> String {
    let escaped = |text: &str| {
        let unit = |unit: u16| {
            if seed.is_multiple_of(2) {
                format!("\\u{unit:04x}")
            } else {
                format!("\\u{unit:04X}")
            }
        };
        let units: String = text.encode_utf16().map(unit).collect();
        if seed.is_multiple_of(3) {
            format!("\"{units}\"")
        } else {
            serde_json::to_string(text).unwrap()
        }
    };
    let space = ["", " ", "\n\t"][(seed % 3) as usize];
    match value {
        Value::Array(items) => format!(
            "[{space}{}{space}]",
            items
                .iter()
                .map(|item| respelled(item, seed / 2))
                .collect::<Vec<_>>()
                .join(&format!("{space},"))
        ),
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, member)| {
                    format!(
                        "{}{space}:{}",
                        escaped(name),
                        respelled(member, seed / 2 + 1)
                    )
                })
                .collect();
            if seed % 5 < 3 {
                members.reverse();
            }
            format!("{{{space}{}{space}}}", members.join(&format!(",{space}")))
        }
        Value::String(text) => escaped(text),
        other => other.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn canonical_json_is_the_oracles(value in tree(), seed in any::<u64>()) {
        let expected = serde_json_canonicalizer::to_string(&value).unwrap();
        prop_assert_eq!(canonical(&respelled(&value, seed)).unwrap(), expected.clone());
        // Idempotent.
        prop_assert_eq!(canonical(&expected).unwrap(), expected);
    }

    #[test]
    fn what_is_json_is_what_serde_says(text in "[\\[\\]{}:, \"a1e.\\\\u0-]{0,12}") {
        let ours = canonical(&text).is_some();
        let theirs = serde_json::from_str::<Value>(&text);
        // Duplicate names and halves of pairs are JSON that keeps its bytes; numbers beyond f64 are JSON too.
        if ours {
            prop_assert!(theirs.is_ok() || text.contains('e'), "{}", text);
        }
    }

    #[test]
    fn a_url_is_normal_after_one_go(path in "(/[a-zA-Z0-9%._~!$&'()*+,;=:@-]{0,8}){1,4}", query in "(\\?[a-zA-Z0-9%._~&=+-]{0,16})?") {
        let Ok(url) = url::Url::parse(&format!("https://a.test{path}{query}")) else { return Ok(()) };
        let once = forebay::fingerprint::normalise_url(url.as_str());
        prop_assert_eq!(forebay::fingerprint::normalise_url(&once), once.clone());
        // It is still the same to a parser, but for escapes of unreserved characters.
        let again = url::Url::parse(&once).unwrap();
        prop_assert_eq!(again.path_segments().map(Iterator::count), url.path_segments().map(Iterator::count));
        prop_assert_eq!(again.query().is_some(), url.query().is_some());
    }

    #[test]
    fn any_change_of_a_value_changes_the_fingerprint(value in tree(), other in tree()) {
        let of = |value: &Value| fingerprint(&json!({ "url": "https://a.test/", "method": "POST", "headers": [["content-type", "application/json"]], "body": value.to_string() }), &Value::Null);
        prop_assert_eq!(of(&value) == of(&other), value == other);
    }

    #[test]
    fn any_order_of_headers_is_one(mut headers in prop::collection::vec(("(accept|accept-language|range|x-a|x-b)", "[a-z]{0,4}"), 0..5), turn in 0usize..5) {
        headers.sort();
        headers.dedup_by(|a, b| a.0 == b.0);
        let request = |headers: &Vec<(String, String)>| json!({ "url": "https://a.test/", "headers": headers });
        let before = fingerprint(&request(&headers), &Value::Null);
        let middle = turn.min(headers.len());
        headers.rotate_left(middle);
        prop_assert_eq!(fingerprint(&request(&headers), &Value::Null), before);
    }
}
