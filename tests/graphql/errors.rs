//! Documents that cannot be read: where they go wrong, and what a person is told.

use super::all_hold;
use super::data::file;
use forebay::graphql::{Reading, Types, read};
use serde_json::Value;
use std::time::{Duration, Instant};

/// A document in a data file: its text, or a list of pieces, of which `["a ", 3]` is three times `a `.
fn document(query: &Value) -> String {
    let piece = |piece: &Value| match piece {
        Value::String(text) => text.clone(),
        times => times[0]
            .as_str()
            .unwrap()
            .repeat(times[1].as_u64().unwrap() as usize),
    };
    match query {
        Value::Array(pieces) => pieces.iter().map(piece).collect(),
        text => piece(text),
    }
}

#[test]
fn mistakes_are_named_at_their_place() {
    let cases = file("errors.json");
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let failures = cases.iter().filter_map(|case| {
        let document = document(&case["query"]);
        let expected = format!(
            "{}:{}: … {}",
            case["line"],
            case["column"],
            case["message"].as_str().unwrap()
        );
        let name = case["operationName"].as_str();
        let failure = match read(&document, name, "", &Types::default()) {
            Ok(reading) => format!("{reading:?}"),
            Err(wrong)
                if wrong.line == case["line"]
                    && wrong.column == case["column"]
                    && wrong.message.contains(case["message"].as_str().unwrap()) =>
            {
                return None;
            }
            Err(wrong) => wrong.to_string(),
        };
        let start: String = document.chars().take(100).collect();
        Some(format!("{start}\nexpected {expected}\nfound    {failure}"))
    });
    all_hold(failures.collect());
}

/// The message is for a person: it says something, in one sentence, and not what the code calls it.
#[test]
fn messages_are_plain() {
    for case in file("errors.json") {
        let document = document(&case["query"]);
        let name = case["operationName"].as_str();
        let Err(wrong) = read(&document, name, "", &Types::default()) else {
            continue; // the other test's matter
        };
        let message = &wrong.message;
        assert!(message.len() >= 12 && message.len() <= 200, "{message}");
        assert!(!message.contains('\n'), "{message}");
        for code in ["Token", "Sign(", "Err", "::", "None"] {
            assert!(!message.contains(code), "{message}");
        }
        assert!(
            wrong
                .to_string()
                .starts_with(&format!("{}:{}: ", wrong.line, wrong.column))
        );
    }
}

/// What is just within the limits is read.
#[test]
fn limits_are_where_they_are_said_to_be() {
    let fits = [
        format!("{}{}", "{a".repeat(64), "}".repeat(64)),
        format!("{{a(b:{}{})}}", "[".repeat(63), "]".repeat(63)),
        // 19,999 tokens and the end.
        format!("{{{}}}", "a ".repeat(19_997)),
    ];
    for document in fits {
        let reading = read(&document, None, "", &Types::default());
        assert!(reading.is_ok(), "{reading:?}");
    }
}

/// A few hundred bytes that stand for millions of fields are neither taken apart nor do they hold the page.
#[test]
fn bombs_do_not_go_off() {
    let doubling = |levels: usize, field: &str| {
        let mut document = String::from("{...F0}");
        for level in 0..levels {
            let next = level + 1;
            let (open, close) = match field {
                "" => (String::new(), ""),
                name => (format!("{name}:a{{"), "}"),
            };
            let other = open.replacen(':', "2:", 1);
            document += &format!(
                " fragment F{level} on T{{{open}...F{next}{close} {other}...F{next}{close}}}"
            );
        }
        document + &format!(" fragment F{levels} on T{{x}}")
    };
    let wide: String = (0..300)
        .map(|number| format!("f{number} "))
        .collect::<String>();
    let spread: String = (0..60)
        .map(|number| format!("a{number}:a{{...W}} "))
        .collect();
    for bomb in [
        doubling(30, ""),
        doubling(60, ""),
        doubling(20, "k"),
        doubling(40, "k"),
        format!("{{{spread}}} fragment W on T{{{wide}}}"),
    ] {
        let start = Instant::now();
        let reading = read(&bomb, None, "", &Types::default());
        let taken = start.elapsed();
        assert!(
            !matches!(reading, Ok(Reading::Query(_))),
            "taken apart: {}",
            &bomb[..80]
        );
        assert!(taken < Duration::from_secs(2), "{taken:?}: {}", &bomb[..80]);
    }
}
