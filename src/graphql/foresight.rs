//! What others will ask for besides: the documents that the manifest names, applied to the operation of one caller.

use super::arguments::{END, HARD, SOFT, THEN, mean_the_same};
use super::operation::{Field, Operation};
use super::parser::{Selection, Value, parse};
use super::reading::{Reading, read};
use super::types::Types;
use super::{Kind, Wrong};
use crate::ascii;

/// One operation that some app of the page is known to ask for, with values not known yet.
#[derive(Clone, Debug)]
pub struct Foreseen {
    document: Box<str>,
    name: Option<Box<str>>,
    roots: Vec<Root>,
}

/// One of its root fields: which variable each of its arguments takes; others have their value in the document.
#[derive(Clone, Debug)]
struct Root {
    name: Box<str>,
    variables: Vec<(Box<str>, Box<str>)>,
}

impl Foreseen {
    /// The queries of a document.
    pub fn of_document(document: &str) -> Result<Vec<Foreseen>, Wrong> {
        let parsed = parse(document)?;
        let queries = parsed
            .operations
            .iter()
            .filter(|operation| operation.kind == Kind::Query);
        Ok(queries
            .map(|operation| Foreseen {
                document: document.into(),
                name: operation.name.map(Box::from),
                roots: operation.selections.iter().filter_map(root).collect(),
            })
            .collect())
    }

    /// What of it is about the same root fields, with the same arguments, as `field`.
    fn about(&self, field: &Field, types: &Types) -> Option<Operation> {
        let root = self.roots.iter().find(|root| root.name == field.name)?;
        let given = values(&field.arguments);
        let mut variables = String::from("{");
        for (argument, variable) in &root.variables {
            let Some((_, value)) = given.iter().find(|(name, _)| **name == **argument) else {
                continue;
            };
            if variables.len() > 1 {
                variables.push(',');
            }
            variables.push('"');
            variables.push_str(variable);
            variables.push_str("\":");
            variables.push_str(value);
        }
        variables.push('}');
        let reading = read(&self.document, self.name.as_deref(), &variables, types).ok()?;
        let Reading::Query(Operation { mut fields }) = reading else {
            return None;
        };
        fields.retain(|other| {
            other.name == field.name
                && other.conditions == field.conditions
                && mean_the_same(&other.arguments, &field.arguments)
        });
        Some(Operation { fields })
    }
}

impl Operation {
    /// The operation with all that is foreseen about its root fields; `None` if that is nothing more.
    pub fn widened(&self, foreseen: &[Foreseen], types: &Types) -> Option<Operation> {
        let others: Vec<Operation> = self
            .fields
            .iter()
            .flat_map(|field| foreseen.iter().filter_map(|one| one.about(field, types)))
            .filter(|other| !self.contains(other))
            .collect();
        if others.is_empty() {
            return None;
        }
        let all: Vec<&Operation> = core::iter::once(self).chain(&others).collect();
        Operation::unite(&all)
    }
}

fn root(selection: &Selection) -> Option<Root> {
    let Selection::Field(field) = selection else {
        return None;
    };
    let variable = |(argument, value): &(&str, Value)| match value {
        Value::Variable(name) => Some((Box::from(*argument), Box::from(*name))),
        _ => None,
    };
    Some(Root {
        name: field.name.into(),
        variables: field.arguments.iter().filter_map(variable).collect(),
    })
}

/// Names and values of canonical arguments, without marks.
fn values(arguments: &str) -> Vec<(&str, String)> {
    let inner = arguments
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or("");
    let (mut values, mut start) = (Vec::new(), 0);
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in inner.bytes().chain([b',']).enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                let argument = inner.get(start..at).unwrap_or("");
                values.extend(ascii::cut(argument, b':').map(|(name, value)| (name, plain(value))));
                start = at + 1;
            }
            _ => {}
        }
    }
    values
}

/// A value without the marks and types of variables in it.
fn plain(value: &str) -> String {
    let (mut text, mut in_type) = (String::new(), false);
    for sign in value.chars() {
        match sign {
            SOFT | HARD => in_type = true,
            THEN => in_type = false,
            END => {}
            _ if in_type => {}
            _ => text.push(sign),
        }
    }
    text
}
