//! What the bindings do: tokens of a predicate, and columns of rows.

use forebay::permit::{self, Columns, Kind, Mistake, PredicateBuilder, Program, Sort, Token};
use serde_json::Value;

/// A predicate's program; texts of objects that fold are folded.
pub(crate) fn build(predicate: &Value) -> Result<Vec<u8>, Mistake> {
    let mut builder = PredicateBuilder::default();
    feed(&mut builder, predicate, (0, "predicate", ""), false)?;
    builder.finish()
}

fn feed(
    builder: &mut PredicateBuilder,
    value: &Value,
    (depth, path, key): (usize, &str, &str),
    fold: bool,
) -> Result<(), Mistake> {
    let folded = value.as_str().map(|text| match fold && key != "field" {
        true => text.to_lowercase(),
        false => text.to_owned(),
    });
    let (sort, number) = match value {
        Value::Object(_) => (Sort::Object, 0.0),
        Value::Array(_) => (Sort::List, 0.0),
        Value::String(_) => (Sort::Text, 0.0),
        Value::Number(number) => (Sort::Number, number.as_f64().unwrap()),
        Value::Bool(flag) => (Sort::Flag, f64::from(u8::from(*flag))),
        Value::Null => (Sort::Null, 0.0),
    };
    let text = folded.as_deref().unwrap_or("");
    builder.take(&Token {
        depth,
        path,
        key,
        sort,
        text,
        number,
    })?;
    match value {
        Value::Object(members) => {
            let fold = members.get("fold") == Some(&Value::Bool(true));
            for (name, member) in members {
                feed(
                    builder,
                    member,
                    (depth + 1, &format!("{path}.{name}"), name),
                    fold,
                )?;
            }
        }
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                feed(
                    builder,
                    element,
                    (depth + 1, &format!("{path}[{at}]"), ""),
                    fold,
                )?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The columns that a predicate needs.
pub(crate) fn columns(program: &Program, rows: &[Value]) -> Columns {
    let mut columns = Columns::new(rows.len());
    for need in program.needs() {
        let column = columns.add(need.name, need.kind, need.of);
        for (at, row) in rows.iter().enumerate() {
            let folded = match (need.kind, &row[need.name]) {
                (Kind::Folded, Value::String(text)) => Some(text.to_lowercase()),
                _ => None,
            };
            let value = match &folded {
                Some(text) => permit::Value::Text(text),
                None => row.get(need.name).map_or(permit::Value::Missing, value),
            };
            columns.put(column, at, &value);
        }
        columns.check(column);
    }
    columns
}

pub(crate) fn value(value: &Value) -> permit::Value<'_> {
    match value {
        Value::Null => permit::Value::Null,
        Value::Bool(flag) => permit::Value::Flag(*flag),
        Value::Number(number) => permit::Value::Number(number.as_f64().unwrap()),
        Value::String(text) => permit::Value::Text(text),
        Value::Array(elements) => permit::Value::List(elements.iter().map(self::value).collect()),
        Value::Object(_) => permit::Value::Other,
    }
}
