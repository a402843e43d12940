//! Answers cut out as plans say, and held to what the server would have answered.

use super::*;

pub(super) fn take(
    into: &mut Map<String, Value>,
    node: &Value,
    from: &Value,
) -> Result<(), String> {
    let (key, name) = (
        node[0].as_str().ok_or("a key")?,
        node[1].as_str().ok_or("a name")?,
    );
    let value = from
        .get(name)
        .ok_or(format!("there is no {name} in {from}"))?;
    let value = match node[2].as_array() {
        Some(children) => cut(value, children)?,
        None => value.clone(),
    };
    into.insert(key.into(), value);
    Ok(())
}

pub(super) fn cut(value: &Value, children: &[Value]) -> Result<Value, String> {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| cut(item, children))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array),
        Value::Object(_) => {
            let mut into = Map::new();
            for node in children {
                take(&mut into, node, value)?;
            }
            Ok(Value::Object(into))
        }
        other => Ok(other.clone()),
    }
}

/// The answer must be the query's own: every field, the right person's, and none older than may be.
pub(super) fn judge(asker: &Asker, answer: &Value) -> Result<(), String> {
    judge_shape(asker, answer)?;
    let least = execute(
        &asker.query.document,
        &asker.query.variables,
        asker.person,
        &asker.least,
    );
    newer(answer, &least, &asker.query)
}

pub(super) fn judge_shape(asker: &Asker, answer: &Value) -> Result<(), String> {
    let own = execute(
        &asker.query.document,
        &asker.query.variables,
        asker.person,
        &asker.least,
    );
    let (have, want) = (shape(answer), shape(&own));
    if have == want {
        Ok(())
    } else {
        Err(format!(
            "{} is given {answer}, which is not {own}",
            asker.query.document
        ))
    }
}

/// The answer without versions.
pub(super) fn shape(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::new();
    let mut version = false;
    for sign in text.chars() {
        version = match sign {
            '@' => true,
            '"' => false,
            _ => version,
        };
        if !version {
            out.push(sign);
        }
    }
    out
}

pub(super) fn newer(answer: &Value, least: &Value, query: &Query) -> Result<(), String> {
    match (answer, least) {
        (Value::String(have), Value::String(want)) => {
            let version = |text: &str| {
                text.rsplit('@')
                    .next()
                    .and_then(|text| text.parse::<u32>().ok())
            };
            if version(have) < version(want) {
                return Err(format!(
                    "{} is given {have}, though {want} was known",
                    query.document
                ));
            }
        }
        (Value::Object(have), Value::Object(want)) => {
            for (name, value) in have {
                newer(value, &want[name], query)?;
            }
        }
        (Value::Array(have), Value::Array(want)) => {
            for (have, want) in have.iter().zip(want) {
                newer(have, want, query)?;
            }
        }
        _ => {}
    }
    Ok(())
}
