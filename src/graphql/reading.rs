//! From a document and its variables to what it asks for (§6.3.2, CollectFields, for all types at once).

use super::arguments::canonical;
use super::operation::{Field, Operation};
use super::parser::{self, Directive, Document, Selection, Value, parse};
use super::types::{Type, Types};
use super::variables::{Bound, Variables};
use super::{Kind, Wrong, lexer::Lexer};

/// An operation of more fields, counted each time a fragment is put in, is not taken apart: comparing it would hold
/// the page for longer than sending it.
const MOST_FIELDS: usize = 1_000;
/// Nor is one whose fragments, put in, nest deeper.
const DEEPEST: usize = 64;

/// What a document and its variables amount to.
#[derive(Clone, PartialEq, Debug)]
pub enum Reading {
    /// A query whose parts are known.
    Query(Operation),
    /// What cannot be taken apart, or may not be: mutations and subscriptions; and queries that cannot be understood
    /// without the schema (directives other than `@skip` and `@include`, values that are not of their variable's type,
    /// fields that would conflict) or are too large. Shared only with what is written the same.
    Opaque(Kind),
}

/// Reads the operation that a server would execute. `variables`: the text of a JSON object, or nothing.
pub fn read(
    document: &str,
    operation_name: Option<&str>,
    variables: &str,
    types: &Types,
) -> Result<Reading, Wrong> {
    let parsed = parse(document)?;
    let operation = choose(&parsed, operation_name)?;
    let kind = match operation.kind {
        Kind::Query if parsed.is_incremental => Kind::Subscription,
        kind => kind,
    };
    if kind != Kind::Query {
        return Ok(Reading::Opaque(kind));
    }
    let known = expand(document, &parsed, operation, variables, types)?;
    Ok(known.map_or(Reading::Opaque(kind), Reading::Query))
}

/// Which types of object a mutation's answer holds, as far as that is known.
pub fn written_types(
    document: &str,
    operation_name: Option<&str>,
    variables: &str,
    types: &Types,
) -> Vec<Box<str>> {
    let read = || {
        let parsed = parse(document).ok()?;
        let operation = choose(&parsed, operation_name).ok()?;
        expand(document, &parsed, operation, variables, types).ok()?
    };
    read().map_or(Vec::new(), |operation| {
        types.of_answer("Mutation", &operation).0
    })
}

/// Puts everything in its place. `None`: it cannot be understood without the schema.
fn expand<'a>(
    text: &'a str,
    document: &Document<'a>,
    operation: &parser::Definition<'a>,
    variables: &str,
    types: &Types,
) -> Result<Option<Operation>, Wrong> {
    let directed =
        operation.directed || document.fragments.iter().any(|fragment| fragment.directed);
    let Some(variables) = Variables::bind(operation, variables).filter(|_| !directed) else {
        return Ok(None);
    };
    let mut reader = Reader {
        text,
        document,
        variables,
        types,
        count: 0,
        open: Vec::new(),
    };
    let mut fields = Vec::new();
    let scope = Scope::of(types.find(operation.kind.root()));
    let read = reader
        .collect(&operation.selections, &scope, &mut fields, 0)
        .and_then(|()| settle(&mut fields, types));
    match read {
        Ok(()) => Ok((!fields.is_empty()).then_some(Operation { fields })),
        Err(Stop::Opaque) => Ok(None),
        Err(Stop::Wrong(wrong)) => Err(wrong),
    }
}

fn choose<'d, 'a>(
    document: &'d Document<'a>,
    name: Option<&str>,
) -> Result<&'d parser::Definition<'a>, Wrong> {
    let mut operations = document.operations.iter();
    let wrong = |message: &[&str]| Lexer::new("").wrong(0, message);
    match (name, document.operations.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(wrong(&[
            "the document has several operations: say which with the option `operationName`",
        ])),
        (Some(name), _) => operations
            .find(|operation| operation.name == Some(name))
            .ok_or_else(|| {
                wrong(&[
                    "the document has no operation \"",
                    name,
                    "\", which the option `operationName` names",
                ])
            }),
    }
}

enum Stop {
    Opaque,
    Wrong(Wrong),
}

struct Reader<'r, 'a> {
    text: &'a str,
    document: &'r Document<'a>,
    variables: Variables<'a>,
    types: &'r Types,
    count: usize,
    /// Fragments that are being put in.
    open: Vec<&'a str>,
}

/// Where selections stand: which type their fields are of, and under which conditions.
#[derive(Clone, Default)]
struct Scope<'r> {
    type_: Option<&'r Type>,
    /// Which objects it can be here, if that is known.
    possible: Option<Vec<&'r str>>,
    conditions: Vec<Box<str>>,
}

impl<'r> Scope<'r> {
    fn of(type_: Option<&'r Type>) -> Self {
        Scope {
            type_,
            possible: type_.map(|type_| type_.possible.iter().map(|name| &**name).collect()),
            conditions: Vec::new(),
        }
    }

    /// Within a fragment on a type. `None`: nothing that can be here is of that type.
    fn on(&self, name: &str, types: &'r Types) -> Option<Self> {
        let mut inner = self.clone();
        let Some(type_) = types.find(name) else {
            inner.type_ = None;
            inner.require(name);
            return Some(inner);
        };
        inner.type_ = Some(type_);
        let Some(possible) = &mut inner.possible else {
            inner.possible = Scope::of(Some(type_)).possible;
            inner.require(name);
            return Some(inner);
        };
        let before = possible.len();
        possible.retain(|object| type_.possible.iter().any(|other| **other == **object));
        if possible.is_empty() {
            return None;
        }
        if possible.len() < before {
            inner.require(name);
        }
        Some(inner)
    }

    fn require(&mut self, name: &str) {
        let at = self.conditions.partition_point(|other| **other < *name);
        if self.conditions.get(at).is_none_or(|other| **other != *name) {
            self.conditions.insert(at, name.into());
        }
    }
}

impl<'r, 'a> Reader<'r, 'a> {
    /// Adds what the selections ask for.
    fn collect(
        &mut self,
        selections: &'r [Selection<'a>],
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > DEEPEST {
            return Err(Stop::Opaque);
        }
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if self.is_included(&field.directives)? {
                        self.field(field, scope, into, depth)?;
                    }
                }
                Selection::Inline {
                    on,
                    directives,
                    selections,
                } => {
                    if self.is_included(directives)? {
                        self.within(*on, selections, scope, into, depth)?;
                    }
                }
                Selection::Spread {
                    name,
                    directives,
                    at,
                } => {
                    let included = self.is_included(directives)?;
                    let document = self.document;
                    let Some(fragment) = document.fragment(name) else {
                        return self.wrong(*at, &["there is no fragment \"", name, "\""]);
                    };
                    if self.open.contains(name) {
                        return self.wrong(*at, &["the fragment \"", name, "\" contains itself"]);
                    }
                    if included {
                        self.open.push(name);
                        self.within(Some(fragment.on), &fragment.selections, scope, into, depth)?;
                        self.open.pop();
                    }
                }
            }
        }
        Ok(())
    }

    fn wrong(&self, at: usize, message: &[&str]) -> Result<(), Stop> {
        Err(Stop::Wrong(Lexer::new(self.text).wrong(at, message)))
    }

    fn within(
        &mut self,
        on: Option<&str>,
        selections: &'r [Selection<'a>],
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<(), Stop> {
        match on {
            None => self.collect(selections, scope, into, depth + 1),
            Some(name) => match scope.on(name, self.types) {
                Some(inner) => self.collect(selections, &inner, into, depth + 1),
                None => Ok(()),
            },
        }
    }

    fn field(
        &mut self,
        field: &'r parser::Field<'a>,
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<(), Stop> {
        self.count += 1;
        if self.count > MOST_FIELDS {
            return Err(Stop::Opaque);
        }
        let key = field.alias.unwrap_or(field.name);
        let arguments = canonical(&field.arguments, &self.variables).ok_or(Stop::Opaque)?;
        let same = |other: &Field| {
            *other.key == *key
                && *other.name == *field.name
                && *other.arguments == *arguments
                && other.conditions == scope.conditions
        };
        let at = match into.iter().position(same) {
            Some(at) => at,
            None => {
                into.push(Field {
                    key: key.into(),
                    name: field.name.into(),
                    arguments: arguments.into(),
                    conditions: scope.conditions.clone(),
                    fields: Vec::new(),
                });
                into.len() - 1
            }
        };
        let Some(selections) = &field.selections else {
            return Ok(());
        };
        let type_ = scope
            .type_
            .and_then(|type_| self.types.of_field(type_, field.name));
        let inner = &mut into[at].fields;
        self.collect(selections, &Scope::of(type_), inner, depth + 1)?;
        // Nothing is left of it: an object without members cannot be asked for in other words.
        if inner.is_empty() {
            return Err(Stop::Opaque);
        }
        Ok(())
    }

    /// Decides `@skip` and `@include` (§3.13.1, §3.13.2). What other directives do is the server's secret.
    fn is_included(&self, directives: &[Directive]) -> Result<bool, Stop> {
        let mut included = true;
        for Directive { name, arguments } in directives {
            let value = match arguments.as_slice() {
                [("if", Value::Word(word))] => *word,
                [("if", Value::Variable(name))] => match self.variables.get(name) {
                    Bound::Value(text) => plain_boolean(text),
                    _ => "",
                },
                _ => "",
            };
            included &= match (*name, value) {
                ("skip", "false") | ("include", "true") => true,
                ("skip", "true") | ("include", "false") => false,
                _ => return Err(Stop::Opaque),
            };
        }
        Ok(included)
    }
}

/// `true` or `false` of a variable that is declared as one.
fn plain_boolean(text: &str) -> &str {
    match text {
        "\u{1}Boolean\u{2}true\u{3}" | "true" => "true",
        "\u{1}Boolean\u{2}false\u{3}" | "false" => "false",
        _ => "",
    }
}

/// Brings fields of one name in the answer together, where several conditions ask for it.
fn settle(fields: &mut Vec<Field>, types: &Types) -> Result<(), Stop> {
    for field in fields.iter_mut() {
        settle(&mut field.fields, types)?;
    }
    let mut first = 0;
    while first < fields.len() {
        let mut second = first + 1;
        while second < fields.len() {
            if merges(&fields[first], &fields[second], types)? {
                let other = fields.remove(second);
                if other.conditions.len() < fields[first].conditions.len() {
                    fields[first] = other;
                    second = first + 1;
                }
            } else {
                second += 1;
            }
        }
        first += 1;
    }
    Ok(())
}

/// Whether the one under more conditions asks for nothing that the other does not.
fn merges(a: &Field, b: &Field, types: &Types) -> Result<bool, Stop> {
    if a.key != b.key || types.are_disjoint(&a.conditions, &b.conditions) {
        return Ok(false);
    }
    let within = |these: &Field, those: &Field| {
        these
            .conditions
            .iter()
            .all(|name| those.conditions.contains(name))
    };
    let (weaker, stronger) = match (within(a, b), within(b, a)) {
        (true, _) => (a, b),
        (_, true) => (b, a),
        // Of valid documents, different fields of one name belong to different objects (§5.3.2).
        _ if is_leaf(a) && is_leaf(b) => return Ok(false),
        _ if a.name != b.name || a.arguments != b.arguments => return Ok(false),
        _ => return Err(Stop::Opaque),
    };
    match covers(weaker, stronger) {
        true => Ok(true),
        false => Err(Stop::Opaque),
    }
}

fn is_leaf(field: &Field) -> bool {
    field.fields.is_empty()
}

/// Whether an answer to `weaker` has all that `stronger` asks for, under the same names.
fn covers(weaker: &Field, stronger: &Field) -> bool {
    let same = weaker.key == stronger.key
        && weaker.name == stronger.name
        && weaker.arguments == stronger.arguments
        && is_leaf(weaker) == is_leaf(stronger);
    let inner = |wanted: &Field| {
        weaker
            .fields
            .iter()
            .any(|have| have.conditions == wanted.conditions && covers(have, wanted))
    };
    same && stronger.fields.iter().all(inner)
}
