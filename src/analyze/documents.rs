//! From texts of GraphQL in sources to operations with all their fragments.

use super::fragment::{Kind, Operation, Place, Template, Variable};
use super::graph::Number;
use super::value::{Part, Text, Value, Values};
use crate::graphql::{self, Reading, SLOTS, Types};
use apollo_compiler::Node;
use apollo_compiler::ast::{self, Definition};
use apollo_compiler::diagnostic::ToCliReport;
use rustc_hash::FxHashMap as HashMap;

/// Where pieces of a text are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Origins(Vec<(usize, Origin)>);

#[derive(Clone, Debug, PartialEq)]
enum Origin {
    Module(Number, u32),
    File(usize, u32),
}

/// A text of GraphQL.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    pub(super) text: String,
    origins: Origins,
}

/// One definition in it.
#[derive(Clone, Debug)]
struct Part_ {
    piece: Piece,
    /// Fragments that it spreads.
    spreads: Vec<String>,
}

/// An operation as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) operation: Operation,
    pub(super) piece: Piece,
}

/// Why a document gives no operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// A part of it is not known before it runs.
    Unknown(String),
    /// It is no GraphQL: where in it, and why.
    Wrong(usize, String),
    /// It spreads a fragment that is nowhere.
    Missing(String),
    /// It holds no operation.
    Empty,
}

/// All fragments of the app, by name.
#[derive(Default)]
pub(super) struct Fragments {
    known: HashMap<String, Part_>,
    /// Operations as they are defined: name and origin.
    pub(super) operations: Vec<(String, Piece)>,
}

impl Piece {
    fn push(&mut self, text: &str, origin: Option<Origin>) {
        if let Some(origin) = origin {
            self.origins.0.push((self.text.len(), origin));
        }
        self.text.push_str(text);
    }

    fn append(&mut self, other: &Piece) {
        let start = self.text.len();
        self.origins.0.extend(
            other
                .origins
                .0
                .iter()
                .map(|(at, origin)| (start + at, origin.clone())),
        );
        self.text.push_str(&other.text);
    }

    fn slice(&self, start: usize, end: usize) -> Piece {
        let mut origins = Vec::new();
        let first = self.origins.0.iter().rev().find(|(at, _)| *at <= start);
        if let Some((at, origin)) = first {
            let more = (start - at) as u32;
            origins.push((
                0,
                match origin {
                    Origin::Module(number, offset) => Origin::Module(*number, offset + more),
                    Origin::File(number, offset) => Origin::File(*number, offset + more),
                },
            ));
        }
        let inside = self
            .origins
            .0
            .iter()
            .filter(|(at, _)| *at > start && *at < end);
        origins.extend(inside.map(|(at, origin)| (at - start, origin.clone())));
        Piece {
            text: self.text[start..end].to_owned(),
            origins: Origins(origins),
        }
    }

    /// Where each of its pieces is written.
    pub(super) fn places(&self, values: &Values) -> Vec<(usize, Place)> {
        self.origins
            .0
            .iter()
            .filter_map(|(at, _)| Some((*at, self.place(values, *at)?)))
            .collect()
    }

    /// Where an offset of the text is written.
    pub(super) fn place(&self, values: &Values, at: usize) -> Option<Place> {
        let (start, origin) = self
            .origins
            .0
            .iter()
            .rev()
            .find(|(start, _)| *start <= at)?;
        let more = (at - start) as u32;
        Some(match origin {
            Origin::Module(number, offset) => values.module(*number).place(offset + more),
            Origin::File(number, offset) => {
                let (path, text) = &values.graph.documents[*number];
                let (line, column) =
                    super::syntax::Lines::new(text, Vec::new()).place(offset + more);
                Place {
                    file: path.clone(),
                    line,
                    column,
                }
            }
        })
    }
}

/// The text of a value, with the definitions that were put into it behind it.
pub(super) fn piece(values: &Values, value: &Value) -> Result<Piece, Trouble> {
    let mut piece = Piece::default();
    let mut behind = Vec::new();
    match value {
        Value::Document(text) | Value::Text(text) => write(values, text, &mut piece, &mut behind)?,
        Value::File(number) => file(values, *number, &mut piece),
        other => return Err(Trouble::Unknown(other.name().to_string())),
    }
    for one in behind {
        piece.push("\n", None);
        piece.append(&one);
    }
    Ok(piece)
}

fn file(values: &Values, number: usize, piece: &mut Piece) {
    piece.push(
        &values.graph.documents[number].1,
        Some(Origin::File(number, 0)),
    );
}

fn write(
    values: &Values,
    text: &Text,
    piece_: &mut Piece,
    behind: &mut Vec<Piece>,
) -> Result<(), Trouble> {
    for part in text.0.iter() {
        match part {
            Part::Known(text, at) => {
                piece_.push(text, at.map(|(module, at)| Origin::Module(module, at)))
            }
            Part::Slot(_, Value::Text(inner)) => write(values, inner, piece_, behind)?,
            Part::Slot(_, document @ (Value::Document(_) | Value::File(_))) => {
                behind.push(piece(values, document)?)
            }
            // Masked fragments of code generators: `${getFragment(X)}`; and lists of documents.
            Part::Slot(_, Value::List(documents)) => {
                for document in documents.iter() {
                    behind.push(piece(values, document)?);
                }
            }
            Part::Slot(name, _) => return Err(Trouble::Unknown(name.to_string())),
        }
    }
    Ok(())
}

impl Fragments {
    /// Notes what a text defines.
    pub(super) fn learn(&mut self, piece: &Piece) {
        let Ok(document) = parse(&piece.text) else {
            return;
        };
        for definition in &document.definitions {
            match definition {
                Definition::FragmentDefinition(fragment) => {
                    let part = part(piece, fragment.location(), &fragment.selection_set);
                    self.known.entry(fragment.name.to_string()).or_insert(part);
                }
                Definition::OperationDefinition(operation) => {
                    let name = operation
                        .name
                        .as_ref()
                        .map_or(String::new(), ToString::to_string);
                    let part = part(piece, operation.location(), &operation.selection_set);
                    self.operations.push((name, part.piece));
                }
                _ => {}
            }
        }
    }

    /// The operations of a document; of one in a file by its name, if it is asked for by one.
    pub(super) fn operations(&self, values: &Values, value: &Value) -> Result<Vec<Sent>, Trouble> {
        let (document, wanted) = match value {
            Value::Of(of, name) if matches!(**of, Value::File(_)) => {
                ((**of).clone(), Some(name.clone()))
            }
            other => (other.clone(), None),
        };
        self.in_piece(&piece(values, &document)?, wanted.as_deref())
    }

    /// The operations in a text, or the one of a name.
    pub(super) fn in_piece(
        &self,
        piece: &Piece,
        wanted: Option<&str>,
    ) -> Result<Vec<Sent>, Trouble> {
        let parsed = parse(&piece.text).map_err(|(at, why)| Trouble::Wrong(at, why))?;
        let mut own: HashMap<String, Part_> = HashMap::default();
        for definition in &parsed.definitions {
            if let Definition::FragmentDefinition(fragment) = definition {
                own.insert(
                    fragment.name.to_string(),
                    part(piece, fragment.location(), &fragment.selection_set),
                );
            }
        }
        let operations: Vec<&Node<ast::OperationDefinition>> = parsed
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                Definition::OperationDefinition(operation) => Some(operation),
                _ => None,
            })
            .collect();
        let is_wanted = |operation: &ast::OperationDefinition| match (&wanted, &operation.name) {
            (Some(wanted), Some(name)) if operations.len() > 1 => {
                let stem = ["Document", "Query", "Mutation"]
                    .iter()
                    .find_map(|end| wanted.strip_suffix(end))
                    .unwrap_or(wanted);
                name.as_str().eq_ignore_ascii_case(wanted)
                    || name.as_str().eq_ignore_ascii_case(stem)
            }
            _ => true,
        };
        let is_whole = operations.len() == 1;
        let mut sent = Vec::new();
        for operation in operations.iter().filter(|operation| is_wanted(operation)) {
            sent.push(self.one(piece, operation, &own, is_whole)?);
        }
        match sent.is_empty() {
            true => Err(Trouble::Empty),
            false => Ok(sent),
        }
    }

    fn one(
        &self,
        whole: &Piece,
        operation: &Node<ast::OperationDefinition>,
        own: &HashMap<String, Part_>,
        is_whole: bool,
    ) -> Result<Sent, Trouble> {
        let root = part(whole, operation.location(), &operation.selection_set);
        let mut needed: Vec<String> = Vec::new();
        let mut waiting = root.spreads.clone();
        let mut document = root.piece.clone();
        let mut is_own = true;
        while let Some(name) = waiting.pop() {
            if needed.contains(&name) {
                continue;
            }
            is_own &= own.contains_key(&name);
            let Some(fragment) = own.get(&name).or_else(|| self.known.get(&name)) else {
                return Err(Trouble::Missing(name));
            };
            waiting.extend(fragment.spreads.iter().cloned());
            needed.push(name);
            document.push("\n", None);
            document.append(&fragment.piece);
        }
        if is_whole && is_own && needed.len() == own.len() {
            // As it is written.
            let start = whole.text.len() - whole.text.trim_start().len();
            document = whole.slice(start, start + whole.text.trim().len());
        }
        let (normal_form, fingerprint) = normal(&document.text, operation);
        let variables = operation.variables.iter().map(|variable| Variable {
            name: variable.name.to_string(),
            type_: variable.ty.to_string(),
            default: variable
                .default_value
                .as_ref()
                .map(|value| value.serialize().no_indent().to_string()),
        });
        let operation = Operation {
            name: operation
                .name
                .as_ref()
                .map_or(String::new(), ToString::to_string),
            kind: match operation.operation_type {
                ast::OperationType::Query => Kind::Query,
                ast::OperationType::Mutation => Kind::Mutation,
                ast::OperationType::Subscription => Kind::Subscription,
            },
            document: document.text.clone(),
            variables: variables.collect(),
            normal_form,
            fingerprint,
            ..Operation::default()
        };
        Ok(Sent {
            operation,
            piece: document,
        })
    }
}

fn parse(text: &str) -> Result<ast::Document, (usize, String)> {
    ast::Document::parse(text, "document").map_err(|wrong| {
        let first = wrong.errors.iter().next();
        first.map_or((0, "is no GraphQL".into()), |diagnostic| {
            let at = diagnostic
                .error
                .location()
                .map_or(0, |location| location.offset());
            (at.min(text.len()), diagnostic.error.to_string())
        })
    })
}

fn part(
    piece: &Piece,
    location: Option<apollo_compiler::parser::SourceSpan>,
    selections: &[ast::Selection],
) -> Part_ {
    let (start, end) = location.map_or((0, piece.text.len()), |location| {
        (location.offset(), location.end_offset())
    });
    let mut spreads = Vec::new();
    spread(selections, &mut spreads);
    // The parser counts what follows as part of it.
    let end = start + piece.text[start..end].trim_end().len();
    Part_ {
        piece: piece.slice(start, end),
        spreads,
    }
}

fn spread(selections: &[ast::Selection], found: &mut Vec<String>) {
    for selection in selections {
        match selection {
            ast::Selection::Field(field) => spread(&field.selection_set, found),
            ast::Selection::InlineFragment(fragment) => spread(&fragment.selection_set, found),
            ast::Selection::FragmentSpread(name) => found.push(name.fragment_name.to_string()),
        }
    }
}

/// The normal form with slots, as the runtime's own code makes it.
fn normal(document: &str, operation: &ast::OperationDefinition) -> (Option<Template>, String) {
    let name = operation.name.as_ref().map(|name| name.as_str());
    let Ok(Reading::Query(reading)) = graphql::read(document, name, SLOTS, &Types::default())
    else {
        return (None, String::new());
    };
    let template = slots(&reading.normal_form());
    let fingerprint = template.fingerprint();
    (Some(template), fingerprint)
}

/// Takes `$name` out of the marks of its type.
fn slots(normal: &str) -> Template {
    let mut template = Template {
        texts: vec![String::new()],
        slots: Vec::new(),
    };
    let mut rest = normal;
    while let Some(at) = rest.find("\u{2}$") {
        let (before, after) = rest.split_at(at + 1);
        let end = after.find('\u{3}').unwrap_or(after.len());
        template.texts.last_mut().expect("has one").push_str(before);
        template.slots.push(after[1..end].to_owned());
        template.texts.push(String::new());
        rest = &after[end..];
    }
    template.texts.last_mut().expect("has one").push_str(rest);
    template
}

/// Whether a text looks as if it were a document.
pub(super) fn is_graphql(text: &str) -> bool {
    let text = text.trim_start();
    let begins = |word: &str| {
        text.strip_prefix(word)
            .is_some_and(|rest| rest.starts_with(|sign: char| !sign.is_alphanumeric()))
    };
    text.starts_with('#')
        || text.starts_with('{')
        || ["query", "mutation", "subscription", "fragment"]
            .iter()
            .any(|word| begins(word))
}
