//! Over-fetching: fields that are asked for and that no code reads.
//!
//! Cautious on purpose. A field counts as read if its name in the answer occurs anywhere in the app's code, templates or
//! strings. And nothing is said of what lies below a value that goes out of sight: into a package, a spread, `JSON.stringify`.

use super::asks::{Ask, Asks};
use super::fragment::{Escape, Unread, What};
use super::graph::Number;
use super::schema::place;
use super::syntax::{Binding, CallKind, Expression, Id};
use super::value::{Value, Values};
use apollo_compiler::ast::{self, Definition, Selection};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::cell::RefCell;
use std::rc::Rc;

/// Names that are asked for because caches want them, not for people to see.
const FOR_CACHES: [&str; 2] = ["id", "__typename"];

/// Notes it in the operations.
pub(super) fn note(values: &Values, asks: &mut Asks) {
    let mut words: HashSet<&str> = HashSet::default();
    for module in &values.graph.modules {
        words.extend(module.words.iter().map(|word| &**word));
    }
    words.extend(values.graph.words.iter().map(|word| &**word));
    let users = Everywhere {
        values,
        known: RefCell::default(),
    };
    for number in 0..asks.operations.len() {
        let Ok(document) = ast::Document::parse(&asks.operations[number].document, "document")
        else {
            continue;
        };
        let mut fields = Fields {
            document: &document,
            words: &words,
            unread: Vec::new(),
            roots: Vec::new(),
            depth: 0,
        };
        fields.root();
        let (unread, roots) = (fields.unread, fields.roots);
        if unread.is_empty() {
            continue;
        }
        let mut escapes: Vec<Escape> = Vec::new();
        for ask in asks
            .all
            .iter()
            .filter(|ask| ask.what == What::Operation(number))
        {
            Flow {
                values,
                users: &users,
                asks,
                roots: &roots,
                seen: HashSet::default(),
                escapes: &mut escapes,
            }
            .ask(ask);
        }
        escapes.sort_by(|a, b| (&a.path, &a.at).cmp(&(&b.path, &b.at)));
        escapes.dedup();
        let is_hidden = |path: &str| {
            escapes.iter().any(|escape| {
                escape.path.is_empty()
                    || path == escape.path
                    || path
                        .strip_prefix(&*escape.path)
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        };
        let pieces = asks.pieces[number].places(values);
        let operation = &mut asks.operations[number];
        let unread = unread.into_iter().filter(|(path, _)| !is_hidden(path));
        operation.unread = unread
            .map(|(path, at)| Unread {
                path,
                at: place(operation, &pieces, at),
            })
            .collect();
        operation.escapes = escapes;
    }
}

/// Fields of a document whose names are nowhere.
struct Fields<'d> {
    document: &'d ast::Document,
    words: &'d HashSet<&'d str>,
    unread: Vec<(String, usize)>,
    roots: Vec<String>,
    depth: u32,
}

impl Fields<'_> {
    fn root(&mut self) {
        let document = self.document;
        for definition in &document.definitions {
            if let Definition::OperationDefinition(operation) = definition {
                self.selections(&operation.selection_set, "");
            }
        }
    }

    fn selections(&mut self, selections: &[Selection], path: &str) {
        if self.depth > 32 {
            return;
        }
        self.depth += 1;
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let key = field.response_name();
                    let inner = if path.is_empty() {
                        key.to_string()
                    } else {
                        format!("{path}.{key}")
                    };
                    if path.is_empty() {
                        self.roots.push(key.to_string());
                    }
                    if self.words.contains(key.as_str())
                        || FOR_CACHES.contains(&field.name.as_str())
                    {
                        self.selections(&field.selection_set, &inner);
                    } else if !self.unread.iter().any(|(known, _)| *known == inner) {
                        self.unread
                            .push((inner, field.location().map_or(0, |span| span.offset())));
                    }
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.selection_set, path)
                }
                Selection::FragmentSpread(spread) => {
                    let found =
                        self.document
                            .definitions
                            .iter()
                            .find_map(|definition| match definition {
                                Definition::FragmentDefinition(fragment)
                                    if fragment.name == spread.fragment_name =>
                                {
                                    Some(fragment)
                                }
                                _ => None,
                            });
                    if let Some(fragment) = found {
                        self.selections(&fragment.selection_set, path);
                    }
                }
            }
        }
        self.depth -= 1;
    }
}

/// Who uses an expression.
#[derive(Default)]
struct Users {
    of: HashMap<Id, Vec<Use>>,
    symbols: HashMap<Id, Vec<Id>>,
    calls: HashMap<Id, Id>,
}

#[derive(Clone, Copy)]
enum Use {
    /// A member of it is taken.
    Member(Id),
    /// It is a part of this: one of a choice, what an array or an object holds.
    Part(Id),
    /// An argument of this call, which.
    Argument(Id, u32),
    /// A property of what is given to an element's component.
    Spread(Id),
    /// What a function gives back.
    Return(Id),
}

impl Users {
    fn of(values: &Values, number: Number) -> Users {
        let module = values.module(number);
        let mut users = Users::default();
        let mut add = |of: Id, use_: Use| users.of.entry(of).or_default().push(use_);
        for (id, expression) in module.expressions.iter().enumerate() {
            let id = id as Id;
            match expression {
                Expression::Member(object, _) => add(*object, Use::Member(id)),
                Expression::Object(properties) => {
                    for property in properties {
                        add(
                            property.value,
                            if property.name.is_some() {
                                Use::Part(id)
                            } else {
                                Use::Spread(id)
                            },
                        );
                    }
                }
                Expression::Array(items) | Expression::Choice(items) => {
                    items.iter().for_each(|item| add(*item, Use::Part(id)))
                }
                Expression::Spread(of) => add(*of, Use::Part(id)),
                Expression::Call(call) => {
                    users.calls.insert(*call, id);
                    for (place, argument) in
                        module.calls[*call as usize].arguments.iter().enumerate()
                    {
                        add(*argument, Use::Argument(*call, place as u32));
                    }
                    add(module.calls[*call as usize].callee, Use::Part(id));
                }
                Expression::Element(call, _) => {
                    users.calls.insert(*call, id);
                    for argument in &module.calls[*call as usize].arguments {
                        add(*argument, Use::Argument(*call, 0));
                    }
                }
                Expression::Symbol(symbol) => users.symbols.entry(*symbol).or_default().push(id),
                _ => {}
            }
        }
        for (function, of) in module.functions.iter().enumerate() {
            for id in &of.returns {
                users
                    .of
                    .entry(*id)
                    .or_default()
                    .push(Use::Return(function as Id));
            }
        }
        users
    }
}

/// Those of all modules, found when they are first wanted.
struct Everywhere<'f, 'g> {
    values: &'f Values<'g>,
    known: RefCell<HashMap<Number, Rc<Users>>>,
}

impl Everywhere<'_, '_> {
    fn of(&self, number: Number) -> Rc<Users> {
        let mut known = self.known.borrow_mut();
        known
            .entry(number)
            .or_insert_with(|| Rc::new(Users::of(self.values, number)))
            .clone()
    }
}

/// Follows an answer through the code.
struct Flow<'f, 'g> {
    values: &'f Values<'g>,
    users: &'f Everywhere<'f, 'g>,
    asks: &'f Asks,
    /// Names of the answer's root fields.
    roots: &'f [String],
    seen: HashSet<(Number, Id, Vec<Box<str>>)>,
    escapes: &'f mut Vec<Escape>,
}

impl Flow<'_, '_> {
    fn ask(&mut self, ask: &Ask) {
        match self.users.of(ask.module).calls.get(&ask.call) {
            Some(id) => self.value(ask.module, *id, &[]),
            None => self.escape(
                ask.module,
                self.values.module(ask.module).calls[ask.call as usize].at,
                &[],
                "it is used where it cannot be followed",
            ),
        }
    }

    /// What happens to the value of an expression; `path` are the members that led to it.
    fn value(&mut self, module: Number, id: Id, path: &[Box<str>]) {
        if path.len() > 12
            || self.seen.len() > 4000
            || !self.seen.insert((module, id, path.to_vec()))
        {
            return;
        }
        let within = self.values.module(module);
        for binding in within.bindings.iter() {
            if let (symbol, Binding::Part(of, inner)) = binding
                && *of == id
            {
                let path: Vec<Box<str>> = path.iter().chain(inner).cloned().collect();
                self.symbol(module, *symbol, &path);
            }
        }
        let uses = self
            .users
            .of(module)
            .of
            .get(&id)
            .cloned()
            .unwrap_or_default();
        for use_ in uses {
            match use_ {
                Use::Member(member) => {
                    let Expression::Member(_, name) = within.expression(member) else {
                        continue;
                    };
                    let path: Vec<Box<str>> = path.iter().chain([name]).cloned().collect();
                    self.value(module, member, &path);
                }
                Use::Part(whole) => match within.expression(whole) {
                    // A method of it: what it is given sees it, and what comes of it is of its kind.
                    Expression::Call(call) => self.method(module, *call, whole, path),
                    _ => self.value(module, whole, path),
                },
                Use::Spread(whole) => {
                    // Its members are the other object's now.
                    self.value(module, whole, path);
                }
                Use::Argument(call, place) => self.argument(module, call, place, path),
                Use::Return(function) => self.returned(module, function, path),
            }
        }
    }

    fn symbol(&mut self, module: Number, symbol: Id, path: &[Box<str>]) {
        for id in self
            .users
            .of(module)
            .symbols
            .get(&symbol)
            .cloned()
            .unwrap_or_default()
        {
            self.value(module, id, path);
        }
    }

    fn method(&mut self, module: Number, call: Id, whole: Id, path: &[Box<str>]) {
        // The method's own name is no field.
        let owner = &path[..path.len().saturating_sub(1)];
        let within = self.values.module(module);
        for argument in &within.calls[call as usize].arguments {
            if let Expression::Function(function) = within.expression(*argument) {
                self.parameter(module, *function, None, owner);
            }
        }
        self.value(module, whole, owner);
    }

    fn parameter(&mut self, module: Number, function: Id, place: Option<u32>, path: &[Box<str>]) {
        let found: Vec<(Id, Vec<Box<str>>)> = self
            .values
            .module(module)
            .bindings
            .iter()
            .filter_map(|(symbol, binding)| match binding {
                Binding::Parameter(of, number, inner, _)
                    if *of == function && place.is_none_or(|place| place == *number) =>
                {
                    Some((*symbol, path.iter().chain(inner).cloned().collect()))
                }
                _ => None,
            })
            .collect();
        for (symbol, path) in found {
            self.symbol(module, symbol, &path);
        }
    }

    fn argument(&mut self, module: Number, call: Id, place: u32, path: &[Box<str>]) {
        let of = &self.values.module(module).calls[call as usize];
        let callee = self.values.of(module, of.callee);
        for callee in callee.each() {
            match callee {
                Value::Function(other, function) if *function != 0 => {
                    self.parameter(*other, *function, Some(place), path)
                }
                // A component of another file, or an element of the page: what is given it is read by its template, whose
                // names are among the words.
                Value::Function(..) | Value::Undefined => {}
                Value::Global(name)
                    if of.kind == CallKind::Element
                        && name.starts_with(|sign: char| sign.is_ascii_lowercase()) => {}
                Value::Global(name) | Value::Outside(_, name) if keeps(name) => {
                    if let Some(id) = self.users.of(module).calls.get(&call) {
                        self.value(module, *id, path);
                    }
                }
                _ => {
                    let name = self
                        .values
                        .written(module, of.callee)
                        .unwrap_or("something".into());
                    self.escape(
                        module,
                        of.at,
                        path,
                        &format!("it is given to `{name}`, which is not of this app"),
                    );
                }
            }
        }
    }

    fn returned(&mut self, module: Number, function: Id, path: &[Box<str>]) {
        let callers = self
            .asks
            .callers
            .get(&(module, function))
            .cloned()
            .unwrap_or_default();
        let of = &self.values.module(module).functions[function as usize];
        if callers.is_empty() {
            self.escape(
                module,
                of.at,
                path,
                "a function gives it back to callers that cannot be followed",
            );
        }
        for (caller, call) in callers {
            if let Some(id) = self.users.of(caller).calls.get(&call) {
                self.value(caller, *id, path);
            }
        }
    }

    fn escape(&mut self, module: Number, at: u32, path: &[Box<str>], because: &str) {
        // From the first name that is a root field: before it are `data`, `value` and the like.
        let start = path
            .iter()
            .position(|name| self.roots.iter().any(|root| **root == **name));
        let path = start.map_or(String::new(), |start| {
            path[start..]
                .iter()
                .filter(|name| name.parse::<u32>().is_err())
                .map(|name| &**name)
                .collect::<Vec<_>>()
                .join(".")
        });
        self.escapes.push(Escape {
            path,
            at: self.values.module(module).place(at),
            because: because.to_owned(),
        });
    }
}

/// Functions that keep or watch a value, and give it back as it is.
fn keeps(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.starts_with("use")
        || matches!(
            name,
            "ref"
                | "shallowRef"
                | "computed"
                | "watch"
                | "watchEffect"
                | "unref"
                | "toRef"
                | "Boolean"
                | "isRef"
                | "$derived"
                | "$state"
                | "signal"
                | "effect"
                | "Array.from"
                | "from"
                | "__use"
                | "__slot"
        )
}
