//! What a predicate says of one row, read from its JSON as the documentation words it.

use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

use Truth::{False, True, Unknown};

fn of(flag: bool) -> Truth {
    if flag { True } else { False }
}

fn not(truth: Truth) -> Truth {
    match truth {
        True => False,
        False => True,
        Unknown => Unknown,
    }
}

fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.fold(True, |all, one| match (all, one) {
        (False, _) | (_, False) => False,
        (True, True) => True,
        _ => Unknown,
    })
}

pub(crate) fn truth(predicate: &Value, row: &Value) -> Truth {
    let object = predicate.as_object().unwrap();
    let field = object.get("field").and_then(Value::as_str);
    all(object.iter().map(|(name, value)| match &**name {
        "field" => True,
        "and" => all(value
            .as_array()
            .unwrap()
            .iter()
            .map(|part| truth(part, row))),
        "or" => not(all(value
            .as_array()
            .unwrap()
            .iter()
            .map(|part| not(truth(part, row))))),
        "not" => not(truth(value, row)),
        name => test(name, value, row.get(field.unwrap())),
    }))
}

fn test(name: &str, wanted: &Value, given: Option<&Value>) -> Truth {
    let is_null = given.is_none_or(Value::is_null);
    let is_asked_for_null = name == "null" && wanted == true || name == "eq" && wanted.is_null();
    match (name, wanted.is_null()) {
        _ if is_asked_for_null => return of(is_null),
        ("null", _) | ("ne", true) => return of(!is_null),
        _ => {}
    }
    let list = wanted.as_array();
    if list.is_some_and(Vec::is_empty) {
        return of(name == "hasAll");
    }
    let Some(given) = given else {
        return Unknown;
    };
    // Whether it is of the kind that the test is about.
    let like = list.map_or(wanted, |list| &list[0]);
    let alike = |value: &Value| match like {
        Value::String(_) => value.is_string(),
        Value::Number(_) => value.is_number(),
        _ => value.is_boolean(),
    };
    let is_among = |value: &Value| list.is_some_and(|list| list.contains(value));
    match name {
        "has" | "hasAny" | "hasAll" => {
            let Some(elements) = given
                .as_array()
                .filter(|elements| elements.iter().all(alike))
            else {
                return Unknown;
            };
            return of(match name {
                "has" => elements.contains(wanted),
                "hasAny" => elements.iter().any(is_among),
                _ => list.unwrap().iter().all(|value| elements.contains(value)),
            });
        }
        _ if !alike(given) => return Unknown,
        _ => {}
    }
    let texts = || (given.as_str().unwrap(), wanted.as_str().unwrap());
    let order = match (given.as_str(), wanted.as_str()) {
        (Some(given), Some(wanted)) => Some(given.cmp(wanted)),
        _ => given.as_f64().partial_cmp(&wanted.as_f64()),
    };
    of(match name {
        "in" => is_among(given),
        "eq" => given == wanted,
        "ne" => given != wanted,
        "lt" => order.unwrap().is_lt(),
        "le" => order.unwrap().is_le(),
        "gt" => order.unwrap().is_gt(),
        "ge" => order.unwrap().is_ge(),
        "contains" => texts().0.contains(texts().1),
        "startsWith" => texts().0.starts_with(texts().1),
        "endsWith" => texts().0.ends_with(texts().1),
        _ => panic!("{name}"),
    })
}
