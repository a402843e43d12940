//! What must hold for every document, whatever it means.

use super::data::{Request, pairs, requests};
use forebay::graphql::{Operation, Reading, Types, read};
use serde_json::Value;
use std::collections::BTreeMap;

fn again(operation: &Operation, types: &Types) -> (Operation, (String, String)) {
    let (document, variables) = operation.print();
    match read(&document, None, &variables, types) {
        Ok(Reading::Query(back)) => (back, (document, variables)),
        other => panic!("{other:?}\n{document} {variables}"),
    }
}

fn operations() -> Vec<(Request, Operation)> {
    let all: Vec<_> = requests()
        .into_iter()
        .filter_map(|request| Some((request.operation()?, request)))
        .map(|(operation, request)| (request, operation))
        .collect();
    assert!(all.len() >= 1_400, "{} operations", all.len());
    all
}

/// What is sent for an operation means what the operation means.
#[test]
fn printing_and_reading_change_nothing() {
    for (request, operation) in operations() {
        let (back, printed) = again(&operation, &request.types());
        assert_eq!(back.normal_form(), operation.normal_form(), "{request}");
        assert!(
            back.contains(&operation) && operation.contains(&back),
            "{request}"
        );
        assert_eq!(back.print(), printed, "{request}");
        assert!(printed.1.starts_with('{') && printed.1.ends_with('}'));
        let _: Value = serde_json::from_str(&printed.1).expect(&printed.1);
    }
}

#[test]
fn every_operation_holds_itself() {
    for (request, operation) in operations() {
        assert!(operation.contains(&operation), "{request}");
        assert_eq!(operation.without(&[&operation]), None, "{request}");
        assert!(operation.projection(&[&operation]).is_some(), "{request}");
    }
}

/// Reading is a function: neither the clock nor addresses take part.
#[test]
fn reading_twice_gives_the_same() {
    for request in requests() {
        assert_eq!(request.read(), request.read(), "{request}");
    }
}

/// Equal normal forms are what the fingerprint goes by, so they may never say more than containment does.
#[test]
fn equal_normal_forms_hold_each_other() {
    let mut by_form: BTreeMap<(String, String), Vec<(Request, Operation)>> = BTreeMap::new();
    for (request, operation) in operations() {
        let key = (request.schema.to_string(), operation.normal_form());
        by_form.entry(key).or_default().push((request, operation));
    }
    let mut shared = 0;
    for group in by_form.values() {
        for (request, operation) in group {
            let (first_request, first) = &group[0];
            assert!(
                first.contains(operation) && operation.contains(first),
                "{first_request}\n{request}"
            );
        }
        shared += group.len() - 1;
    }
    assert!(shared >= 300, "{shared}");
}

/// The declared types of the variables, by which a literal stands for values that are none of each other's.
fn declared(request: &Request) -> Vec<&str> {
    let mut types: Vec<&str> = request
        .query
        .split('$')
        .filter_map(|text| text.split_once(':'))
        .filter(|(name, _)| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
        .map(|(_, text)| text.trim_start())
        .map(|text| {
            let end = text.find(|sign: char| !sign.is_alphanumeric() && !"_[]!".contains(sign));
            text[..end.unwrap_or(text.len())].trim_end_matches('!')
        })
        .collect();
    types.sort();
    types.dedup();
    types
}

/// Over all documents of both corpora that the same schema is known for, not only over pairs that belong together.
///
/// One exception is meant: `id: "7"` is what `$id: ID! = "7"` means in one valid document, and what `$id: String! = "7"`
/// means in another; no schema makes all three valid, so the two variables are still not the same.
#[test]
fn containment_is_transitive() {
    let mut groups: BTreeMap<String, Vec<(Request, Operation)>> = BTreeMap::new();
    for (request, operation) in operations() {
        let group = groups.entry(request.schema.to_string()).or_default();
        if group.iter().all(|(_, other)| *other != operation) {
            group.push((request, operation));
        }
    }
    let (mut triples, mut excepted) = (0, 0);
    for group in groups.values() {
        let held: Vec<Vec<usize>> = group
            .iter()
            .map(|(_, large)| {
                (0..group.len())
                    .filter(|small| large.contains(&group[*small].1))
                    .collect()
            })
            .collect();
        for (a, within) in held.iter().enumerate() {
            for (b, c) in within
                .iter()
                .flat_map(|b| held[*b].iter().map(move |c| (*b, *c)))
            {
                if a == b || b == c || a == c {
                    continue;
                }
                triples += 1;
                let (first, last) = (declared(&group[a].0), declared(&group[c].0));
                if held[a].contains(&c) {
                    continue;
                }
                let conflict = !first.is_empty() && !last.is_empty() && first != last;
                assert!(
                    conflict && declared(&group[b].0) != first,
                    "{}\n{}\n{}",
                    group[a].0,
                    group[b].0,
                    group[c].0
                );
                excepted += 1;
            }
        }
    }
    assert!(triples >= 1_000, "{triples} triples");
    assert!(excepted * 20 <= triples, "{excepted} of {triples} excepted");
}

/// Two documents of the corpora hold each other only where a chain of equal pairs says so. Documents with variables
/// are left out: that a literal and a variable may mean the same would link most of them.
#[test]
fn nothing_else_merges() {
    let mut known: Vec<(Request, Operation)> = Vec::new();
    let mut class: Vec<usize> = Vec::new();
    let mut enter = |request: &Request| {
        if request.query.contains('$') {
            return None;
        }
        let operation = request.operation()?;
        let place = known.iter().position(|(other, same)| {
            other.schema == request.schema && same.normal_form() == operation.normal_form()
        });
        Some(place.unwrap_or_else(|| {
            known.push((request.clone(), operation));
            class.push(class.len());
            class.len() - 1
        }))
    };
    let mut links = Vec::new();
    for (name, equal) in [("equal.json", true), ("different.json", false)] {
        for pair in pairs(name) {
            let places = (enter(&pair.a), enter(&pair.b));
            if let (true, (Some(a), Some(b))) = (equal, places) {
                links.push((a, b));
            }
        }
    }
    for (a, b) in links {
        let (from, to) = (class[a], class[b]);
        class
            .iter_mut()
            .filter(|number| **number == from)
            .for_each(|number| *number = to);
    }
    let mut unexplained = Vec::new();
    for a in 0..known.len() {
        for b in 0..a {
            let ((first, one), (second, other)) = (&known[a], &known[b]);
            if class[a] != class[b]
                && first.schema == second.schema
                && one.contains(other)
                && other.contains(one)
            {
                unexplained.push(format!("{first}\n{second}"));
            }
        }
    }
    assert!(known.len() >= 400, "{} documents", known.len());
    super::all_hold(unexplained);
}

/// A union holds its parts, cuts each of them out, and leaves nothing over.
#[test]
fn the_union_of_a_pair_holds_both() {
    for name in ["equal.json", "different.json"] {
        for pair in pairs(name) {
            let (Some(a), Some(b)) = (pair.a.operation(), pair.b.operation()) else {
                continue;
            };
            let Some(union) = Operation::unite(&[&a, &b]) else {
                panic!("{pair}")
            };
            for part in [&a, &b] {
                assert!(union.contains(part), "{pair}\n{:?}", union.print());
                assert!(part.projection(&[&union]).is_some(), "{pair}");
                assert_eq!(part.without(&[&union]), None, "{pair}");
            }
            let (back, _) = again(&union, &pair.a.types());
            assert_eq!(back.normal_form(), union.normal_form(), "{pair}");
        }
    }
}
