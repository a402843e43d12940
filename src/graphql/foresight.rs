//! What others will ask for besides: the documents that the manifest names, applied to the operation of one caller.

use super::arguments::{END, HARD, SOFT, THEN, mean_the_same};
use super::document::Document;
use super::lexer::NAME;
use super::operation::{Field, Operation};
use super::reading::Reading;
use super::types::Types;
use super::{Kind, Wrong};
use crate::ascii;
use crate::fingerprint::write_json_string;
use std::rc::Rc;

/// One operation that some app of the page is known to ask for, with values not known yet.
#[derive(Clone)]
pub struct Foreseen {
    document: Rc<Document>,
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
    #[inline(never)] // a seam: see `graphql`
    pub fn of_document(document: &str) -> Result<Vec<Foreseen>, Wrong> {
        let parsed = Rc::new(Document::parse(document)?);
        let mut queries = Vec::new();
        for operation in &parsed.operations {
            if operation.kind == Kind::Query {
                queries.push(Foreseen {
                    document: parsed.clone(),
                    name: (operation.name > 0).then(|| parsed.text(operation.name).into()),
                    roots: roots(&parsed, operation.selections),
                });
            }
        }
        Ok(queries)
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
            write_json(value, &mut variables);
        }
        variables.push('}');
        let reading = self
            .document
            .read(self.name.as_deref(), &variables, types)
            .ok()?;
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

/// The fields of a selection; not those in its fragments.
fn roots(document: &Document, open: usize) -> Vec<Root> {
    let mut roots = Vec::new();
    let (mut at, end) = (open + 1, document.after(open) - 1);
    while at < end {
        let is_field = document.kind(at) == NAME;
        if is_field && document.kind(at + 1) == b':' {
            at += 2;
        }
        if is_field {
            roots.push(Root {
                name: document.text(at).into(),
                variables: variables(document, at + 1),
            });
        } else if document.kind(at + 1) == NAME {
            // Behind the dots a fragment's name, or `on` and a type's.
            at += usize::from(document.text(at + 1) == "on") + 1;
        }
        at = document.after(document.after_directives(document.after_arguments(at + 1)));
    }
    roots
}

/// Which arguments take which variables.
fn variables(document: &Document, open: usize) -> Vec<(Box<str>, Box<str>)> {
    let mut variables = Vec::new();
    if document.kind(open) != b'(' {
        return variables;
    }
    let (mut at, end) = (open + 1, document.after(open) - 1);
    while at < end {
        if document.kind(at + 2) == b'$' {
            variables.push((document.text(at).into(), document.text(at + 3).into()));
        }
        at = document.after_value(at + 2);
    }
    variables
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

/// Writes a value as JSON, which has an enum's in quotation marks. (Of others that are no JSON, such as literals of input
/// objects, no document is read with them.)
fn write_json(value: &str, out: &mut String) {
    let mut rest = value;
    while !rest.is_empty() {
        let mut length = 1;
        if rest.starts_with('"') {
            let mut escaped = false;
            let is_end = |byte: u8| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            };
            let inner = rest.get(1..).unwrap_or("");
            length = inner
                .bytes()
                .position(is_end)
                .map_or(rest.len(), |at| at + 2);
        } else {
            let is_end = |byte: u8| matches!(byte, b',' | b':' | b'[' | b']' | b'{' | b'}' | b'"');
            length = length.max(ascii::until(rest, is_end).len());
        }
        let token = rest.get(..length).unwrap_or("");
        let is_name = token
            .bytes()
            .next()
            .is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic());
        match is_name && !matches!(token, "true" | "false" | "null") {
            true => write_json_string(token, out),
            false => out.push_str(token),
        }
        rest = rest.get(length..).unwrap_or("");
    }
}

/// A value without the marks and types of variables in it.
pub(super) fn plain(value: &str) -> String {
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
