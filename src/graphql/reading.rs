//! From a document and its variables to what it asks for (§6.3.2, CollectFields, for all types at once).

use super::arguments::canonical;
use super::document::{Definition, Document};
use super::lexer::NAME;
use super::operation::{Field, Operation};
use super::types::{Type, Types};
use super::variables::Variables;
use super::{Kind, Wrong};

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
    Document::parse(document)?.read(operation_name, variables, types)
}

impl Document {
    /// As [`read`], of a document that is at hand.
    pub fn read(
        &self,
        operation_name: Option<&str>,
        variables: &str,
        types: &Types,
    ) -> Result<Reading, Wrong> {
        let operation = self.operation(operation_name)?;
        let kind = match operation.kind {
            Kind::Query if self.is_incremental => Kind::Subscription,
            kind => kind,
        };
        if kind != Kind::Query {
            return Ok(Reading::Opaque(kind));
        }
        let known = expand(self, operation, variables, types)?;
        Ok(known.map_or(Reading::Opaque(kind), Reading::Query))
    }
}

/// Which types of object a mutation's answer holds, as far as that is known.
pub fn written_types(
    document: &str,
    operation_name: Option<&str>,
    variables: &str,
    types: &Types,
) -> Vec<Box<str>> {
    let read = || {
        let document = Document::parse(document).ok()?;
        let operation = document.operation(operation_name).ok()?;
        expand(&document, operation, variables, types).ok()?
    };
    read().map_or(Vec::new(), |operation| {
        types.of_answer("Mutation", &operation).0
    })
}

/// Puts everything in its place. `None`: it cannot be understood without the schema.
fn expand(
    document: &Document,
    operation: &Definition,
    variables: &str,
    types: &Types,
) -> Result<Option<Operation>, Wrong> {
    let is_directed = document
        .fragments
        .iter()
        .fold(operation.is_directed, |any, one| any | one.is_directed);
    let Some(variables) =
        Variables::bind(document, operation.variables, variables, types).filter(|_| !is_directed)
    else {
        return Ok(None);
    };
    let mut reader = Reader {
        document,
        variables,
        types,
        count: 0,
        open: Vec::new(),
    };
    let mut fields = Vec::new();
    let scope = Scope::of(types.find(operation.kind.root()));
    let read = reader
        .collect(operation.selections, &scope, &mut fields, 0)
        .and_then(|()| settle(&mut fields, types));
    match read {
        Ok(()) => Ok((!fields.is_empty()).then_some(Operation { fields })),
        Err(Stop::Opaque) => Ok(None),
        Err(Stop::Wrong(wrong)) => Err(wrong),
    }
}

enum Stop {
    Opaque,
    Wrong(Wrong),
}

struct Reader<'r> {
    document: &'r Document,
    variables: Variables<'r>,
    types: &'r Types,
    count: usize,
    /// Fragments that are being put in.
    open: Vec<&'r str>,
}

/// Where selections stand: which type their fields are of, and under which conditions.
#[derive(Clone, Default)]
struct Scope<'r> {
    type_: Option<&'r Type>,
    /// Which objects it can be here, if that is known.
    possible: Option<Vec<&'r str>>,
    conditions: Vec<Box<str>>,
    /// See [`Field::fragments`].
    fragments: Vec<Box<str>>,
    /// The types of all fragments around.
    around: Vec<&'r str>,
}

impl<'r> Scope<'r> {
    fn of(type_: Option<&'r Type>) -> Self {
        Scope {
            type_,
            possible: type_.map(|type_| type_.possible.iter().map(|name| &**name).collect()),
            ..Scope::default()
        }
    }

    /// Within a fragment on a type. `None`: nothing that can be here is of that type.
    fn on(&self, name: &'r str, types: &'r Types) -> Option<Self> {
        let mut inner = self.clone();
        let type_ = types.find(name);
        let before = self.possible.as_ref().map(Vec::len);
        if let Some(type_) = type_ {
            let objects = Scope::of(Some(type_)).possible.unwrap_or_default();
            let possible = inner.possible.get_or_insert_with(|| objects.clone());
            possible.retain(|object| objects.contains(object));
            if possible.is_empty() {
                return None;
            }
        }
        if type_.is_none() || before != inner.possible.as_ref().map(Vec::len) {
            if type_.is_some_and(Type::is_object) {
                // Whatever else must hold of it is known to.
                inner.conditions.retain(|other| types.find(other).is_none());
            }
            inner.require(name);
        }
        inner.around.push(name);
        // Only an object has the fields of whatever it is; an interface or union has its own, even where all that can be
        // here have more. What an unknown type overlaps is known of none but those around it.
        let has_them = |around: &Type| *around.name == *name || around.is_object();
        if type_.is_none() {
            inner.fragments = inner.around.iter().map(|name| Box::from(*name)).collect();
            inner.type_ = None;
        } else if !self.type_.is_some_and(has_them) {
            inner.fragments.push(name.into());
            inner.type_ = type_;
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

impl<'r> Reader<'r> {
    /// Adds what the selection asks for that opens here.
    fn collect(
        &mut self,
        open: usize,
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > DEEPEST {
            return Err(Stop::Opaque);
        }
        let document = self.document;
        let (mut at, end) = (open + 1, document.after(open) - 1);
        while at < end {
            at = match (document.kind(at), document.kind(at + 1)) {
                (NAME, _) => self.field(at, scope, into, depth)?,
                (_, NAME) if document.text(at + 1) != "on" => {
                    self.spread(at + 1, scope, into, depth)?
                }
                (_, NAME) => self.inline(Some(at + 2), at + 3, scope, into, depth)?,
                _ => self.inline(None, at + 1, scope, into, depth)?,
            };
        }
        Ok(())
    }

    /// A fragment's name; gives what follows.
    fn spread(
        &mut self,
        at: usize,
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<usize, Stop> {
        let document = self.document;
        let name = document.text(at);
        let Some(fragment) = document.fragment(name) else {
            return Err(Stop::Wrong(document.wrong(at, "there is no fragment ")));
        };
        if self.open.contains(&name) {
            let wrong = document.wrong(at, "a fragment contains itself: ");
            return Err(Stop::Wrong(wrong));
        }
        if self.is_included(at + 1)? {
            self.open.push(name);
            self.within(Some(fragment.on), fragment.selections, scope, into, depth)?;
            self.open.pop();
        }
        Ok(document.after_directives(at + 1))
    }

    /// A fragment without a name: on which type, and its directives; gives what follows.
    fn inline(
        &mut self,
        on: Option<usize>,
        directives: usize,
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<usize, Stop> {
        let open = self.document.after_directives(directives);
        if self.is_included(directives)? {
            self.within(on, open, scope, into, depth)?;
        }
        Ok(self.document.after(open))
    }

    fn within(
        &mut self,
        on: Option<usize>,
        open: usize,
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<(), Stop> {
        let Some(on) = on else {
            return self.collect(open, scope, into, depth + 1);
        };
        match scope.on(self.document.text(on), self.types) {
            Some(inner) => self.collect(open, &inner, into, depth + 1),
            None => Ok(()),
        }
    }

    /// A field, from its name on; gives what follows.
    fn field(
        &mut self,
        start: usize,
        scope: &Scope<'r>,
        into: &mut Vec<Field>,
        depth: usize,
    ) -> Result<usize, Stop> {
        let document = self.document;
        let at = match document.kind(start + 1) {
            b':' => start + 2,
            _ => start,
        };
        let directives = document.after_arguments(at + 1);
        let open = document.after_directives(directives);
        let after = document.after(open);
        if !self.is_included(directives)? {
            return Ok(after);
        }
        self.count += 1;
        if self.count > MOST_FIELDS {
            return Err(Stop::Opaque);
        }
        let (key, name) = (document.text(start), document.text(at));
        let arguments = canonical(document, at + 1, &self.variables).ok_or(Stop::Opaque)?;
        let same = |other: &Field| {
            *other.key() == *key
                && *other.name == *name
                && *other.arguments == *arguments
                && other.conditions == scope.conditions
        };
        let place = into.iter().position(same).unwrap_or(into.len());
        if place == into.len() {
            into.push(Field {
                alias: (key != name).then(|| key.into()),
                name: name.into(),
                arguments: arguments.into(),
                conditions: scope.conditions.clone(),
                fragments: scope.fragments.clone(),
                fields: Vec::new(),
            });
        }
        if document.kind(open) == b'{' {
            // What is asked of it on one type may be unknown to the field's type on another.
            if into[place].fragments != scope.fragments {
                return Err(Stop::Opaque);
            }
            let type_ = scope
                .type_
                .and_then(|type_| self.types.of_field(type_, name));
            let inner = &mut into[place].fields;
            self.collect(open, &Scope::of(type_), inner, depth + 1)?;
            // Nothing is left of it: an object without members cannot be asked for in other words.
            if inner.is_empty() {
                return Err(Stop::Opaque);
            }
        }
        Ok(after)
    }

    /// Decides `@skip` and `@include` (§3.13.1, §3.13.2). What other directives do is the server's secret.
    fn is_included(&self, mut at: usize) -> Result<bool, Stop> {
        let document = self.document;
        let mut included = true;
        while document.kind(at) == b'@' {
            let arguments = canonical(document, at + 2, &self.variables);
            let value = match arguments.as_deref() {
                Some("(if:true)" | "(if:\u{1}Boolean\u{2}true\u{3})") => Some(true),
                Some("(if:false)" | "(if:\u{1}Boolean\u{2}false\u{3})") => Some(false),
                _ => None,
            };
            included &= match (document.text(at + 1), value) {
                ("skip", Some(value)) => !value,
                ("include", Some(value)) => value,
                _ => return Err(Stop::Opaque),
            };
            at = document.after_arguments(at + 2);
        }
        Ok(included)
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
    if a.key() != b.key() || types.are_disjoint(&a.conditions, &b.conditions) {
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
    let same = weaker.key() == stronger.key()
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
