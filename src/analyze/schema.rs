//! What a schema tells about operations: whether they are valid, what of them is deprecated, and what a newer schema
//! would break.

use super::asks::Remark;
use super::fragment::{Fragment, Operation, Place, hex};
use apollo_compiler::ast::Type;
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use rustc_hash::FxHashSet as HashSet;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A schema that is valid.
pub struct Known {
    pub(super) schema: Valid<Schema>,
    /// SHA-256 of its text, in hex.
    pub hash: String,
}

impl Known {
    /// Reads SDL, or the JSON of an introspection; what is wrong is said for a person.
    pub fn read(name: &str, text: &str) -> Result<Known, String> {
        let hash = hex(&Sha256::digest(text));
        let sdl = match text.trim_start().starts_with('{') {
            true => super::introspection::sdl(text).map_err(|wrong| format!("{name}: {wrong}"))?,
            false => text.to_owned(),
        };
        match Schema::parse_and_validate(sdl, name) {
            Ok(schema) => Ok(Known { schema, hash }),
            Err(wrong) => Err(format!("{name} is no valid schema\n{}", wrong.errors)),
        }
    }
}

/// What is wrong with an app's operations, and what of them is deprecated. `places`: where documents are written, as
/// [`super::Analysis`] has them.
pub fn check(known: &Known, fragment: &Fragment, places: &[Vec<(usize, Place)>]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut told = HashSet::default();
    for (number, operation) in fragment.operations.iter().enumerate() {
        let at = |offset: usize| place(operation, &places[number], offset);
        match ExecutableDocument::parse_and_validate(&known.schema, &operation.document, "document")
        {
            Err(wrong) => {
                for one in wrong.errors.iter() {
                    let (start, end) = one
                        .error
                        .location()
                        .map_or((0, 1), |span| (span.offset(), span.end_offset()));
                    let text = operation.document.get(start..end).unwrap_or("");
                    let remark = Remark {
                        is_error: true,
                        at: at(start),
                        length: text.lines().next().map_or(1, |line| line.chars().count().max(1) as u32),
                        message: format!("{}: {}", called(operation), one.error),
                        help: "correct the document, or give the schema that the server has now with `--schema`".into(),
                    };
                    if told.insert((remark.at.clone(), remark.message.clone())) {
                        remarks.push(remark);
                    }
                }
            }
            Ok(document) => walk(&known.schema, &document, &mut |path, parent, field| {
                let Some(directive) = field.definition.directives.get("deprecated") else {
                    return;
                };
                let reason = directive
                    .specified_argument_by_name("reason")
                    .and_then(|reason| reason.as_str().map(str::to_owned));
                let start = field.location().map_or(0, |span| span.offset());
                let remark = Remark {
                    is_error: false,
                    at: at(start),
                    length: field.name.chars().count() as u32,
                    message: format!(
                        "{}: `{parent}.{}` is deprecated ({path})",
                        called(operation),
                        field.name
                    ),
                    help: reason
                        .unwrap_or_else(|| "ask for what the schema has in its place".into()),
                };
                if told.insert((remark.at.clone(), remark.message.clone())) {
                    remarks.push(remark);
                }
            }),
        }
    }
    remarks
}

/// What a newer schema would break in an app: for each operation that is valid now, where it would not be any more, and
/// where an answer or an argument would be of another type. Each remark names the app, and lines where it is sent from.
pub fn breaking(
    now: &Known,
    then: &Known,
    fragment: &Fragment,
    places: &[Vec<(usize, Place)>],
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, operation) in fragment.operations.iter().enumerate() {
        let Ok(before) =
            ExecutableDocument::parse_and_validate(&now.schema, &operation.document, "document")
        else {
            continue;
        };
        let used = used(fragment, number);
        let mut say = |offset: usize, length: u32, message: String| {
            remarks.push(Remark {
                is_error: true,
                at: place(operation, &places[number], offset),
                length,
                message: format!("{} of {}: {message}", called(operation), fragment.app.name),
                help: format!("it is sent from {used}"),
            });
        };
        match ExecutableDocument::parse_and_validate(&then.schema, &operation.document, "document")
        {
            Err(wrong) => {
                for one in wrong.errors.iter() {
                    let offset = one.error.location().map_or(0, |span| span.offset());
                    say(
                        offset,
                        1,
                        format!("the new schema refuses it: {}", one.error),
                    );
                }
            }
            Ok(after) => {
                let (old, new) = (types(&now.schema, &before), types(&then.schema, &after));
                for (path, (type_, offset, length)) in &old {
                    if let Some((other, ..)) = new.get(path)
                        && !serves(other, type_)
                    {
                        say(
                            *offset,
                            *length,
                            format!("`{path}` was `{type_}` and would be `{other}`"),
                        );
                    }
                }
            }
        }
    }
    remarks
}

/// Where an operation is sent from, and on which routes.
fn used(fragment: &Fragment, number: usize) -> String {
    let operation = &fragment.operations[number];
    let places: Vec<String> = operation
        .at
        .iter()
        .map(|at| format!("{}:{}", at.file, at.line))
        .collect();
    let mut shown: Vec<String> = Vec::new();
    for route in &fragment.routes {
        if route
            .asks
            .iter()
            .any(|ask| ask.what == super::fragment::What::Operation(number))
        {
            let component = route
                .components
                .last()
                .map_or("", |component| component.name.as_str());
            shown.push(format!("{} ({component})", route.pattern));
        }
    }
    match shown.is_empty() {
        true => places.join(", "),
        false => format!("{}; shown on {}", places.join(", "), shown.join(", ")),
    }
}

/// Types in the answer by path; where in the document, and how long the name is.
fn types(
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
) -> BTreeMap<String, (Type, usize, u32)> {
    let mut found = BTreeMap::new();
    walk(schema, document, &mut |path, _, field| {
        let at = field.location().map_or(0, |span| span.offset());
        found.insert(
            path.to_owned(),
            (
                field.definition.ty.clone(),
                at,
                field.name.chars().count() as u32,
            ),
        );
    });
    found
}

/// Whether code that was written for one type can read the other: the same, or without null where null could be.
fn serves(new: &Type, old: &Type) -> bool {
    match (new, old) {
        (Type::NonNullNamed(new), Type::NonNullNamed(old) | Type::Named(old))
        | (Type::Named(new), Type::Named(old)) => new == old,
        (Type::NonNullList(new), Type::NonNullList(old) | Type::List(old))
        | (Type::List(new), Type::List(old)) => serves(new, old),
        _ => false,
    }
}

/// Visits each field with its path and its parent's type.
fn walk(
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    see: &mut dyn FnMut(&str, &str, &Node<Field>),
) {
    let _ = schema;
    for operation in document.operations.iter() {
        selections(document, &operation.selection_set, "", see);
    }
}

fn selections(
    document: &ExecutableDocument,
    set: &SelectionSet,
    path: &str,
    see: &mut dyn FnMut(&str, &str, &Node<Field>),
) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                let key = field.response_key();
                let inner = if path.is_empty() {
                    key.to_string()
                } else {
                    format!("{path}.{key}")
                };
                see(&inner, &set.ty, field);
                selections(document, &field.selection_set, &inner, see);
            }
            Selection::InlineFragment(fragment) => {
                selections(document, &fragment.selection_set, path, see)
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    selections(document, &fragment.selection_set, path, see);
                }
            }
        }
    }
}

fn called(operation: &Operation) -> String {
    match operation.name.as_str() {
        "" => "an operation without a name".into(),
        name => format!("`{name}`"),
    }
}

/// Where an offset in a document is written.
pub(super) fn place(operation: &Operation, places: &[(usize, Place)], offset: usize) -> Place {
    let Some((start, at)) = places.iter().rev().find(|(start, _)| *start <= offset) else {
        return operation.at.first().cloned().unwrap_or_default();
    };
    let between = operation.document.get(*start..offset).unwrap_or("");
    let lines = between.matches('\n').count() as u32;
    let column = match between.rsplit_once('\n') {
        Some((_, last)) => last.chars().count() as u32 + 1,
        None => at.column + between.chars().count() as u32,
    };
    Place {
        file: at.file.clone(),
        line: at.line + lines,
        column,
    }
}
