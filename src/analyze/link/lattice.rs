//! Which queries mean the same, which holds the answer to which, and what all ask together about one thing.
//!
//! Values are not known yet. Where a root field's argument takes a variable, the variable stands for that argument's
//! value (`$patient_id`), whatever it is called: two queries are compared as if asked about the same patient.

use crate::graphql::{Operation, Reading, SLOTS, Types, read};
use apollo_compiler::ast::{self, Definition, Document, Selection};
use std::collections::BTreeMap;

/// A query with its arguments' values standing for themselves.
pub(crate) struct Compared(Operation);

impl Compared {
    /// `None`: it cannot be taken apart, and is shared only with what is written the same.
    pub(crate) fn read(document: &str, types: &Types) -> Option<Compared> {
        let renamed = renamed(document, &stand_ins(document)?);
        match read(&renamed, None, SLOTS, types) {
            Ok(Reading::Query(operation)) => Some(Compared(operation)),
            _ => None,
        }
    }

    /// Whether its answer holds the other's.
    pub(crate) fn contains(&self, part: &Compared) -> bool {
        self.0.contains(&part.0)
    }

    /// Each of its root fields by itself, and the field with its arguments in words.
    pub(crate) fn roots(&self) -> Vec<(String, Compared)> {
        let roots = self.0.roots().into_iter();
        roots.map(|(head, root)| (head, Compared(root))).collect()
    }

    /// The smallest query that holds all, as a document; and what its variables take.
    pub(crate) fn union(all: &[&Compared]) -> Option<(Compared, String, BTreeMap<String, String>)> {
        let operations: Vec<&Operation> = all.iter().map(|one| &one.0).collect();
        let union = Operation::unite(&operations)?;
        let (document, variables) = union.print();
        // `{"v1":$patient_id}`: slots are no JSON.
        let named = variables
            .trim_matches(['{', '}'])
            .split(',')
            .filter_map(|member| member.split_once(':'))
            .map(|(name, slot)| {
                (
                    name.trim_matches('"').into(),
                    slot.trim_start_matches('$').into(),
                )
            })
            .collect();
        Some((Compared(union), document, named))
    }
}

/// For each variable another name: of the root field and the argument that take it, or its own. No two get the same.
fn stand_ins(text: &str) -> Option<Vec<(String, String)>> {
    let document = Document::parse(text, "document").ok()?;
    let operation = document.definitions.iter().find_map(|one| match one {
        Definition::OperationDefinition(operation) => Some(operation),
        _ => None,
    })?;
    let mut taken = BTreeMap::new();
    arguments(&document, &operation.selection_set, 0, &mut taken);
    let mut names: Vec<(String, String)> = Vec::new();
    for variable in &operation.variables {
        let name = variable.name.to_string();
        let mut other = taken.get(&name).cloned().unwrap_or(name.clone());
        while names.iter().any(|(_, known)| *known == other) {
            other.push('_');
        }
        names.push((name, other));
    }
    Some(names)
}

/// The document with other names of variables; what stands in strings and comments is left.
fn renamed(document: &str, names: &[(String, String)]) -> String {
    let mut text = String::with_capacity(document.len() + 16);
    let mut rest = document;
    while let Some(at) = rest.find(['$', '"', '#']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let length = match from.as_bytes()[0] {
            b'$' => {
                let is_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
                let length = from[1..]
                    .find(|sign| !is_name(sign))
                    .map_or(from.len(), |end| end + 1);
                let known = names.iter().find(|(name, _)| *name == from[1..length]);
                text.push('$');
                text.push_str(known.map_or(&from[1..length], |(_, other)| other));
                rest = &from[length..];
                continue;
            }
            b'#' => from.find('\n').unwrap_or(from.len()),
            _ => string(from),
        };
        text.push_str(&from[..length]);
        rest = &from[length..];
    }
    text + rest
}

/// How long the string is that begins here.
fn string(text: &str) -> usize {
    let (quote, start) = match text.starts_with("\"\"\"") {
        true => ("\"\"\"", 3),
        false => ("\"", 1),
    };
    let mut at = start;
    while at < text.len() {
        if text[at..].starts_with('\\') {
            let after = &text[at + 1..];
            let escaped = match after.starts_with("\"\"\"") {
                true => 3,
                false => after.chars().next().map_or(0, char::len_utf8),
            };
            at += 1 + escaped;
        } else if text[at..].starts_with(quote) {
            return at + quote.len();
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Fragments at the root lead to other fragments; deeper than this they go in a circle, which is no valid document.
const DEEPEST: usize = 32;

fn arguments(
    document: &Document,
    selections: &[Selection],
    depth: usize,
    taken: &mut BTreeMap<String, String>,
) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                for argument in &field.arguments {
                    if let ast::Value::Variable(name) = &*argument.value {
                        taken
                            .entry(name.to_string())
                            .or_insert_with(|| format!("{}_{}", field.name, argument.name));
                    }
                }
            }
            _ if depth == DEEPEST => {}
            Selection::InlineFragment(inline) => {
                arguments(document, &inline.selection_set, depth + 1, taken)
            }
            Selection::FragmentSpread(spread) => {
                for definition in &document.definitions {
                    if let Definition::FragmentDefinition(fragment) = definition
                        && fragment.name == spread.fragment_name
                    {
                        arguments(document, &fragment.selection_set, depth + 1, taken);
                    }
                }
            }
        }
    }
}

/// Which holds which, `[whole, part]`, without what follows from two others. What cannot be compared is `None`.
pub(crate) fn covers(all: &[Option<Compared>]) -> Vec<[usize; 2]> {
    let holds = |whole: usize, part: usize| match (&all[whole], &all[part]) {
        (Some(a), Some(b)) => whole != part && a.contains(b),
        _ => false,
    };
    let strictly = |whole: usize, part: usize| holds(whole, part) && !holds(part, whole);
    let mut covers = Vec::new();
    for whole in 0..all.len() {
        for part in 0..all.len() {
            let is_between = |other: usize| strictly(whole, other) && strictly(other, part);
            if holds(whole, part) && !(0..all.len()).any(is_between) {
                covers.push([whole, part]);
            }
        }
    }
    covers
}
