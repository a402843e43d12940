//! The cases of the public suite of HTTP caching (http-tests/cache-tests) that apply to browsers, played against the
//! smallest cache. `suite.json` is the release 0.4.5 of npm; `newer.json` what later forms of the suite ask besides, or
//! otherwise: where the two contradict each other, the later one follows RFC 9111.

use super::cache::{Asked, Cache, Fields, From, Response};
use super::clock::{NOON, date};
use forebay::http::Mode;
use serde_json::Value;
use std::collections::BTreeMap;

/// Required cases of the release that do not pass, and why. None of the later form is among them.
const REQUIRED: [(&str, &str); 11] = [
    ("age-parse-nonnumeric", INVALID_AGE),
    ("age-parse-negative", INVALID_AGE),
    ("age-parse-float", INVALID_AGE),
    ("age-parse-prefix-twoline", FIRST_AGE),
    ("age-parse-dup-0", FIRST_AGE),
    ("age-parse-dup-0-twoline", FIRST_AGE),
    ("age-parse-dup-old", FIRST_AGE),
    ("stale-close-must-revalidate", LOST),
    ("stale-close-proxy-revalidate", LOST),
    ("stale-close-no-cache", LOST),
    ("stale-close-s-maxage=2", LOST),
];
const INVALID_AGE: &str =
    "RFC 9111 §5.1: an invalid Age is passed over; the later suite requires it";
const FIRST_AGE: &str =
    "RFC 9111 §5.1: of several ages the first counts; the later suite requires it";
const LOST: &str =
    "the connection is cut, and an answer expected: in a browser the test's own fetch fails";

/// Optimal cases that do not pass.
const OPTIMAL: [(&str, &str); 4] = [
    (
        "vary-normalise-lang-order",
        "servers prefer the first of equal languages: it is not proved that their order means nothing",
    ),
    (
        "vary-normalise-lang-select",
        "which language a server would select for another request is a guess",
    ),
    (
        "partial-store-partial-reuse-partial-suffix",
        "the answer says that it holds six bytes, and holds five: the last one is not there",
    ),
    (
        "partial-store-partial-complete",
        "parts are not put together",
    ),
];

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/http/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the file is there");
    serde_json::from_str(&text).expect("a list of cases")
}

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    value[key].as_array().into_iter().flatten().collect()
}

/// Names and values; a number is a date so many seconds from `now`.
fn fields(values: &[&Value], now: u64) -> Fields {
    let read = |pair: &&Value| {
        let value = match &pair[1] {
            Value::String(text) => text.clone(),
            number => date((now / 1000).saturating_add_signed(number.as_i64().expect("seconds"))),
        };
        (pair[0].as_str().expect("a name").to_owned(), value)
    };
    values.iter().map(read).collect()
}

fn get(fields: &Fields, name: &str) -> Option<String> {
    let named = fields
        .iter()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let values: Vec<String> = named.map(|(_, value)| value.trim().to_owned()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Plays a case; the error says which expectation did not hold.
fn play(case: &Value) -> Result<(), String> {
    let id = case["id"].as_str().expect("an id");
    let steps = texts(case, "steps");
    let (mut cache, mut now) = (Cache::default(), NOON);
    for (at, step) in steps.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| steps[before]);
        let base = format!("https://suite.test/test/{id}");
        let asked = Asked {
            method: step["method"].as_str().unwrap_or("GET").into(),
            url: match (step["path"].as_str(), step["query"].as_str()) {
                (Some(path), _) => format!("{base}/{path}"),
                (_, Some(query)) => format!("{base}?{query}"),
                _ => base.clone(),
            },
            headers: fields(&texts(step, "headers"), now),
            mode: Mode::named(step["mode"].as_str().unwrap_or("default")).expect("a mode"),
        };
        let mut seen = Vec::new();
        let mut server = |asked: &Asked, now: u64| {
            seen.push(asked.clone());
            answer(id, step, before, asked, now)
        };
        let (given, from) = cache.fetch(&asked, now, &mut server);
        check(id, step, given.as_ref(), from, &seen)
            .map_err(|why| format!("step {}: {why}", at + 1))?;
        now += 1_000 * step["wait"].as_u64().unwrap_or(0) + 10;
    }
    Ok(())
}

/// The suite's server: an answer as told, and a 304 where one is expected and the condition is that of the answer before.
fn answer(
    id: &str,
    step: &Value,
    before: Option<&Value>,
    asked: &Asked,
    now: u64,
) -> Option<Response> {
    let answer = &step["answer"];
    if answer == "lost" {
        return None;
    }
    let mut status = answer["status"].as_u64().unwrap_or(200) as u16;
    if let Some(condition @ ("if-none-match" | "if-modified-since")) =
        step["expect"]["from"].as_str()
    {
        let validator = match condition {
            "if-none-match" => "ETag",
            _ => "Last-Modified",
        };
        let previous = before.map_or(Vec::new(), |step| texts(&step["answer"], "headers"));
        let kept = get(&fields(&previous, now), validator);
        let matches = kept.is_some() && get(&asked.headers, condition) == kept;
        status = if matches { 304 } else { 999 };
    }
    let mut head = fields(&texts(answer, "headers"), now);
    for (name, value) in &mut head {
        if answer["places"] == true && name.ends_with("ocation") {
            *value = format!("/test/{id}/{value}").trim_end_matches('/').into();
        }
    }
    head.push(("Server-Now".into(), now.to_string()));
    let body = match status {
        204 | 304 => "",
        _ => answer["body"].as_str().unwrap_or(id),
    };
    if status != 304 && get(&head, "content-length").is_none() {
        head.push(("Content-Length".into(), body.len().to_string()));
    }
    let body = if asked.method == "HEAD" { "" } else { body };
    Some(Response {
        status,
        fields: head,
        body: body.into(),
    })
}

fn check(
    id: &str,
    step: &Value,
    given: Option<&Response>,
    from: From,
    seen: &[Asked],
) -> Result<(), String> {
    let expect = &step["expect"];
    let came = match (from, seen.first()) {
        (From::Confirmed, Some(sent)) if get(&sent.headers, "if-none-match").is_some() => {
            "if-none-match"
        }
        (From::Confirmed, _) => "if-modified-since",
        (From::Cache, _) => "cache",
        (From::Server, _) => "server",
        (From::Nowhere, _) => "nowhere",
    };
    match expect["from"].as_str() {
        // Both conditions are sent where both validators are there.
        Some("if-modified-since") if from == From::Confirmed => {}
        Some(expected) if expected != came => return Err(format!("from {came}, not {expected}")),
        _ => {}
    }
    for header in texts(expect, "sent") {
        let sent = seen.first().ok_or("nothing was sent")?;
        let (name, value) = match header {
            Value::String(name) => (name.as_str(), None),
            pair => (pair[0].as_str().expect("a name"), pair[1].as_str()),
        };
        let found = get(&sent.headers, name);
        if found.is_none() || (value.is_some() && found.as_deref() != value) {
            return Err(format!("{name} was sent as {found:?}, not {value:?}"));
        }
    }
    let Some(given) = given else {
        return match expect["from"].as_str() {
            Some("nowhere") => Ok(()),
            _ => Err("no answer".into()),
        };
    };
    let status = expect["status"]
        .as_u64()
        .or(step["answer"]["status"].as_u64());
    if u64::from(given.status) != status.unwrap_or(200) {
        return Err(format!("status {}, not {status:?}", given.status));
    }
    let body = expect["body"].as_str().or(step["answer"]["body"].as_str());
    let has_body = !matches!(given.status, 204 | 304 | 504) && step["method"] != "HEAD";
    if has_body && given.body != body.unwrap_or(id) {
        return Err(format!("body {:?}, not {body:?}", given.body));
    }
    let made = get(&given.fields, "Server-Now").and_then(|text| text.parse().ok());
    for header in texts(expect, "fields") {
        let name = header.as_str().or(header[0].as_str()).expect("a name");
        let found = get(&given.fields, name);
        let holds = match (header, header[1].as_str()) {
            (Value::String(_), _) => found.is_some(),
            (_, Some(">")) => found
                .as_deref()
                .and_then(|value| value.parse().ok())
                .is_some_and(|value: i64| value > header[2].as_i64().expect("a number")),
            _ => found == get(&fields(&[header], made.unwrap_or(0)), name),
        };
        if !holds {
            return Err(format!("{name} is {found:?}, not as in {header}"));
        }
    }
    for header in texts(expect, "absent") {
        let name = header.as_str().or(header[0].as_str()).expect("a name");
        if get(&given.fields, name).is_some() {
            return Err(format!("{name} is there"));
        }
    }
    Ok(())
}

/// Of each kind: how many cases there are, and those that fail, with why.
fn outcome(file: &str) -> BTreeMap<String, (usize, BTreeMap<String, String>)> {
    let mut outcome: BTreeMap<String, (usize, BTreeMap<String, String>)> = BTreeMap::new();
    for case in cases(file) {
        let (count, failed) = outcome
            .entry(case["kind"].as_str().expect("a kind").into())
            .or_default();
        *count += 1;
        if let Err(why) = play(&case) {
            failed.insert(case["id"].as_str().expect("an id").into(), why);
        }
    }
    outcome
}

fn assert_only(failed: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
    let mut ids: Vec<&str> = expected.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    let found: Vec<&str> = failed.keys().map(String::as_str).collect();
    assert_eq!(found, ids, "{failed:#?}");
}

#[test]
fn the_release() {
    let outcome = outcome("suite.json");
    let (required, failed) = &outcome["required"];
    assert_eq!(*required, 147);
    assert_only(failed, &REQUIRED);
    let (optimal, failed) = &outcome["optimal"];
    assert_eq!(*optimal, 68);
    assert_only(failed, &OPTIMAL);
    println!("{:#?}", outcome["check"]);
}

#[test]
fn what_is_newer() {
    let outcome = outcome("newer.json");
    assert!(outcome["required"].0 >= 30 && outcome["optimal"].0 >= 8);
    for kind in ["required", "optimal"] {
        assert_only(&outcome[kind].1, &[]);
    }
    println!("{:#?}", outcome["check"]);
}
