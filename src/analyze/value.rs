//! What an expression is worth, as far as that is known before any code runs.

use super::config::Config;
use super::graph::{Graph, Number, Resolved};
use super::syntax::{Binding, Call, CallKind, Export, Expression, Id, Module};
use std::cell::RefCell;
use std::rc::Rc;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(Text),
    Constant(serde_json::Value),
    Undefined,
    /// Members; and whether there may be others.
    Object(Rc<Vec<(Box<str>, Value)>>, bool),
    List(Rc<Vec<Value>>),
    Function(Number, Id),
    Class(Number, Id),
    Instance(Number, Id),
    Module(Number),
    /// A file of GraphQL.
    File(usize),
    /// Of a package: what, and what of it.
    Outside(Rc<str>, Rc<str>),
    Global(Rc<str>),
    /// Texts of GraphQL that belong together.
    Document(Text),
    Parameter(Number, Id, u32, Rc<[Box<str>]>),
    Choice(Rc<Vec<Value>>),
    /// Not known; what is written there.
    Hole(Rc<str>),
    /// A member of what is not known, or a result of calling it.
    Of(Rc<Value>, Rc<str>),
    /// All parameters of the route's path; one.
    Parameters,
    RouteParameter(Rc<str>),
    /// All parameters of the page's query; one.
    Queries,
    QueryParameter(Rc<str>),
    /// A component's own inputs, by name.
    Inputs,
    Input(Rc<str>),
    /// What `connect` of Forebay gives.
    Handle,
    /// A client of HTTP with this before its URLs.
    Http(Rc<Value>),
    Request(Rc<Value>, Rc<Value>),
    /// `JSON.stringify` of it.
    Json(Rc<Value>),
    /// An element: the component, and its attributes.
    Element(Rc<Value>, Rc<Value>),
}

/// A text in parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Text(pub(super) Rc<Vec<Part>>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// And where it is written.
    Known(Rc<str>, Option<(Number, u32)>),
    /// How it is called, and what it is.
    Slot(Rc<str>, Value),
}

impl Text {
    pub(super) fn known(text: &str) -> Text {
        Text(Rc::new(vec![Part::Known(text.into(), None)]))
    }

    /// If all of it is known.
    pub(super) fn whole(&self) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Known(text, _) => Some(&**text),
            Part::Slot(..) => None,
        });
        parts.collect()
    }
}

impl Value {
    pub(super) fn text(text: &str) -> Value {
        Value::Text(Text::known(text))
    }

    pub(super) fn hole(name: &str) -> Value {
        Value::Hole(name.into())
    }

    pub(super) fn choice(mut values: Vec<Value>) -> Value {
        let mut flat: Vec<Value> = Vec::new();
        for value in values.drain(..) {
            match value {
                Value::Choice(inner) => flat.extend(inner.iter().cloned()),
                Value::Undefined
                | Value::Constant(serde_json::Value::Null | serde_json::Value::Bool(_)) => {}
                other => flat.push(other),
            }
        }
        flat.dedup();
        match flat.len() {
            0 => Value::Undefined,
            1 => flat.remove(0),
            _ => Value::Choice(Rc::new(flat)),
        }
    }

    /// Each of those that it can be.
    pub(super) fn each(&self) -> Vec<&Value> {
        match self {
            Value::Choice(values) => values.iter().collect(),
            one => vec![one],
        }
    }

    pub(super) fn as_text(&self) -> Option<String> {
        match self {
            Value::Text(text) => text.whole(),
            Value::Constant(serde_json::Value::Number(number)) => Some(number.to_string()),
            _ => None,
        }
    }

    /// How it is called where nothing else is known.
    pub(super) fn name(&self) -> Rc<str> {
        match self {
            Value::Hole(name)
            | Value::Global(name)
            | Value::RouteParameter(name)
            | Value::QueryParameter(name)
            | Value::Input(name) => name.clone(),
            Value::Of(of, name) => match &**name {
                "()" => of.name(),
                name => name.into(),
            },
            Value::Parameter(_, _, number, path) => match path.last() {
                Some(name) => (**name).into(),
                None => format!("argument {}", number + 1).into(),
            },
            Value::Outside(_, name) => name.clone(),
            _ => "value".into(),
        }
    }

    /// Whether any parameter of a function is in it.
    pub(super) fn has_parameter(&self) -> bool {
        let mut found = false;
        self.walk(&mut |value| found |= matches!(value, Value::Parameter(..)));
        found
    }

    pub(super) fn walk(&self, see: &mut dyn FnMut(&Value)) {
        see(self);
        match self {
            Value::Text(text) | Value::Document(text) => {
                for part in text.0.iter() {
                    if let Part::Slot(_, value) = part {
                        value.walk(see);
                    }
                }
            }
            Value::Object(members, _) => members.iter().for_each(|(_, value)| value.walk(see)),
            Value::List(values) | Value::Choice(values) => {
                values.iter().for_each(|value| value.walk(see))
            }
            Value::Of(value, _) | Value::Http(value) | Value::Json(value) => value.walk(see),
            Value::Request(a, b) | Value::Element(a, b) => {
                a.walk(see);
                b.walk(see);
            }
            _ => {}
        }
    }
}

/// The name of a member that stands for all members of a value that is not known yet.
pub(super) const SPREAD: &str = "...";

/// How deep values are followed: through helpers of helpers, not through circles.
const DEEPEST: u32 = 40;

/// Knows what expressions are worth.
pub(super) struct Values<'g> {
    pub(super) graph: &'g Graph,
    config: &'g Config,
    /// By module and expression.
    known: RefCell<Vec<Vec<State>>>,
    depth: RefCell<u32>,
}

/// How far an expression is known.
#[derive(Clone, Default)]
enum State {
    #[default]
    New,
    /// Whoever comes here meanwhile goes in a circle.
    Begun,
    Known(Value),
}

impl<'g> Values<'g> {
    pub(super) fn new(graph: &'g Graph, config: &'g Config) -> Self {
        let known = graph
            .modules
            .iter()
            .map(|module| vec![State::New; module.expressions.len()]);
        Values {
            graph,
            config,
            known: RefCell::new(known.collect()),
            depth: RefCell::new(0),
        }
    }

    pub(super) fn module(&self, number: Number) -> &'g Module {
        &self.graph.modules[number]
    }

    pub(super) fn of(&self, module: Number, id: Id) -> Value {
        match &self.known.borrow()[module][id as usize] {
            State::Known(value) => return value.clone(),
            State::Begun => return Value::hole("…"),
            State::New => {}
        }
        if *self.depth.borrow() > DEEPEST {
            return Value::hole("…");
        }
        self.known.borrow_mut()[module][id as usize] = State::Begun;
        *self.depth.borrow_mut() += 1;
        let value = self.evaluate(module, id);
        *self.depth.borrow_mut() -= 1;
        self.known.borrow_mut()[module][id as usize] = State::Known(value.clone());
        value
    }

    fn evaluate(&self, module: Number, id: Id) -> Value {
        let within = self.module(module);
        match within.expression(id) {
            Expression::Text(text, at) => Value::Text(Text(Rc::new(vec![Part::Known(
                (**text).into(),
                Some((module, *at)),
            )]))),
            Expression::Number(number) => Value::Constant(number_value(*number)),
            Expression::Boolean(boolean) => Value::Constant((*boolean).into()),
            Expression::Null => Value::Constant(serde_json::Value::Null),
            Expression::Undefined => Value::Undefined,
            Expression::Template(texts, between, tag) => {
                self.template(module, texts, between, *tag)
            }
            Expression::Symbol(symbol) => self.symbol(module, *symbol),
            Expression::Global(name) => match &**name {
                "$route" => Value::Outside("vue-router".into(), "useRoute.()".into()),
                name => Value::Global(name.into()),
            },
            Expression::This(class) => match class {
                Some(class) => Value::Instance(module, *class),
                None => Value::hole("this"),
            },
            Expression::Member(object, name) => {
                if let Expression::Symbol(symbol) = within.expression(*object)
                    && let Some(value) = within.statics.get(&(*symbol, name.clone()))
                {
                    return self.of(module, *value);
                }
                let object = self.of(module, *object);
                self.member(&object, name)
            }
            Expression::Object(properties) => {
                let (mut members, mut open) = (Vec::new(), false);
                for property in properties {
                    let value = self.of(module, property.value);
                    match (&property.name, value) {
                        (Some(name), value) => set(&mut members, name.clone(), value),
                        (None, Value::Object(inner, inner_open)) => {
                            open |= inner_open;
                            for (name, value) in inner.iter() {
                                set(&mut members, name.clone(), value.clone());
                            }
                        }
                        // Forebay's own helpers aside, `...(test && {…})` is what is mostly written.
                        (None, Value::Undefined) => {}
                        (None, value) if value.has_parameter() => {
                            members.push((SPREAD.into(), value))
                        }
                        (None, _) => open = true,
                    }
                }
                Value::Object(Rc::new(members), open)
            }
            Expression::Array(elements) => {
                let mut values = Vec::new();
                for element in elements {
                    match within.expression(*element) {
                        Expression::Spread(of) => match self.of(module, *of) {
                            Value::List(inner) => values.extend(inner.iter().cloned()),
                            other => values.push(Value::Of(Rc::new(other), "…".into())),
                        },
                        _ => values.push(self.of(module, *element)),
                    }
                }
                Value::List(Rc::new(values))
            }
            Expression::Call(call) => self.call(module, &within.calls[*call as usize]),
            Expression::Function(function) => Value::Function(module, *function),
            Expression::Class(class) => Value::Class(module, *class),
            Expression::Concat(left, right) => {
                let mut parts = Vec::new();
                for side in [*left, *right] {
                    let name = self.written(module, side);
                    put(&mut parts, self.of(module, side), name);
                }
                Value::Text(Text(Rc::new(parts)))
            }
            Expression::Choice(values) => {
                let values: Vec<Value> =
                    values.iter().map(|value| self.of(module, *value)).collect();
                // `location.port || "443"` is the page's own port either way.
                match values.first() {
                    Some(Value::Global(name)) if name.starts_with("location.") => values[0].clone(),
                    _ => Value::choice(values),
                }
            }
            Expression::Import(from) => match self.graph.import(module, from) {
                Resolved::Module(number) => Value::Module(number),
                Resolved::Document(number) => Value::File(number),
                Resolved::Outside => Value::Outside((**from).into(), "*".into()),
            },
            Expression::Element(call, _) => {
                let call = &within.calls[*call as usize];
                let component = self.of(module, call.callee);
                Value::Element(
                    Rc::new(component),
                    Rc::new(self.of(module, call.arguments[0])),
                )
            }
            Expression::Spread(of) => Value::Of(Rc::new(self.of(module, *of)), "…".into()),
            Expression::Opaque => Value::hole("…"),
        }
    }

    /// What a name stands for.
    pub(super) fn symbol(&self, module: Number, symbol: Id) -> Value {
        let within = self.module(module);
        let value = match within.bindings.get(&symbol) {
            Some(Binding::Part(whole, path)) => {
                let whole = self.of(module, *whole);
                path.iter()
                    .fold(whole, |value, name| self.member(&value, name))
            }
            Some(Binding::Import(from, name)) => self.imported(module, from, name, 0),
            Some(Binding::Parameter(function, number, path, default)) => match default {
                Some(default) if path.is_empty() => {
                    let known = self.of(module, *default);
                    match known {
                        // What is known without an argument is worth more than nothing.
                        Value::Undefined | Value::Object(..) => {
                            Value::Parameter(module, *function, *number, path.clone().into())
                        }
                        _ => Value::Parameter(module, *function, *number, path.clone().into()),
                    }
                }
                _ => Value::Parameter(module, *function, *number, path.clone().into()),
            },
            Some(Binding::Function(function)) => Value::Function(module, *function),
            Some(Binding::Class(class)) => Value::Class(module, *class),
            None => Value::hole("…"),
        };
        match (&value, within.types.get(&symbol)) {
            (Value::Parameter(..) | Value::Hole(_) | Value::Of(..), Some(of)) => {
                self.instance_or(module, *of, value)
            }
            _ => value,
        }
    }

    /// An instance of the class that a type names.
    fn instance_or(&self, module: Number, of: Id, value: Value) -> Value {
        match self.of(module, of) {
            Value::Class(module, class) => Value::Instance(module, class),
            Value::Outside(from, name) => instance_outside(&from, &name).unwrap_or(value),
            _ => value,
        }
    }

    fn imported(&self, module: Number, from: &str, name: &str, depth: u32) -> Value {
        match self.graph.import(module, from) {
            Resolved::Module(number) if name == "*" => Value::Module(number),
            Resolved::Module(number) => self
                .export(number, name, depth)
                .unwrap_or_else(|| Value::hole(name)),
            Resolved::Document(number) if matches!(name, "default" | "*") => Value::File(number),
            Resolved::Document(number) => Value::Of(Rc::new(Value::File(number)), name.into()),
            Resolved::Outside => self.outside(from, name),
        }
    }

    /// What a package exports, as the app declares it.
    fn outside(&self, from: &str, name: &str) -> Value {
        let Config {
            fetches, constants, ..
        } = self.config;
        if fetches
            .get(from)
            .is_some_and(|names| names.iter().any(|one| one == name))
        {
            return Value::Global("fetch".into());
        }
        let constant = constants.get(from).and_then(|texts| texts.get(name));
        constant.map_or_else(
            || Value::Outside(from.into(), name.into()),
            |text| Value::text(text),
        )
    }

    /// What a module exports under a name.
    pub(super) fn export(&self, module: Number, name: &str, depth: u32) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let within = self.module(module);
        match within.exports.get(name) {
            Some(Export::Local(id)) => return Some(self.of(module, *id)),
            Some(Export::From(from, name)) => {
                return Some(self.imported(module, from, name, depth + 1));
            }
            None => {}
        }
        if name == "default" && (within.path.ends_with(".vue") || within.path.ends_with(".svelte"))
        {
            return Some(Value::Function(module, 0));
        }
        within
            .stars
            .iter()
            .find_map(|from| match self.graph.import(module, from) {
                Resolved::Module(number) => self.export(number, name, depth + 1),
                _ => None,
            })
    }

    /// A member of a value.
    pub(super) fn member(&self, object: &Value, name: &str) -> Value {
        match object {
            Value::Object(members, open) => {
                let is_it = |known: &str| known == name || known == SPREAD;
                match members.iter().rev().find(|(known, _)| is_it(known)) {
                    Some((known, value)) if &**known == SPREAD => self.member(value, name),
                    Some((_, value)) => value.clone(),
                    None if *open => Value::hole(name),
                    None => Value::Undefined,
                }
            }
            Value::List(values) => match name.parse::<usize>() {
                Ok(number) => values.get(number).cloned().unwrap_or(Value::Undefined),
                Err(_) => Value::Of(Rc::new(object.clone()), name.into()),
            },
            Value::Parameter(module, function, number, path) => {
                let mut path = path.to_vec();
                path.push(name.into());
                Value::Parameter(*module, *function, *number, path.into())
            }
            Value::Module(number) => self
                .export(*number, name, 0)
                .unwrap_or_else(|| Value::Of(Rc::new(object.clone()), name.into())),
            Value::Instance(module, class) => self.field(*module, *class, name, 0),
            Value::Class(module, class) => match self.module(*module).classes[*class as usize]
                .fields
                .get(name)
            {
                Some(value) => self.of(*module, *value),
                None => self.field(*module, *class, name, 0),
            },
            Value::Function(module, function) => {
                let symbol = self.module(*module).functions[*function as usize].symbol;
                let known = symbol
                    .and_then(|symbol| self.module(*module).statics.get(&(symbol, name.into())));
                known.map_or_else(
                    || Value::Of(Rc::new(object.clone()), name.into()),
                    |value| self.of(*module, *value),
                )
            }
            Value::Outside(from, of)
                if &**of == "*" && !matches!(self.outside(from, name), Value::Outside(..)) =>
            {
                self.outside(from, name)
            }
            Value::Outside(from, of) => member_outside(from, of, name),
            Value::Global(of) => global_member(of, name),
            Value::Choice(values) => Value::choice(
                values
                    .iter()
                    .map(|value| self.member(value, name))
                    .collect(),
            ),
            Value::Parameters => match name {
                "value" | "params" => Value::Parameters,
                "get" | "has" | "getAll" => Value::Of(Rc::new(Value::Parameters), name.into()),
                name => Value::RouteParameter(name.into()),
            },
            Value::Queries => match name {
                "0" | "value" => Value::Queries,
                "get" | "has" | "getAll" => Value::Of(Rc::new(Value::Queries), name.into()),
                name => Value::QueryParameter(name.into()),
            },
            Value::Inputs => Value::Input(name.into()),
            // A reactive value's, which is what it holds.
            Value::RouteParameter(_)
            | Value::QueryParameter(_)
            | Value::Input(_)
            | Value::Text(_)
                if name == "value" =>
            {
                object.clone()
            }
            _ => Value::Of(Rc::new(object.clone()), name.into()),
        }
    }

    fn field(&self, module: Number, class: Id, name: &str, depth: u32) -> Value {
        let within = self.module(module);
        let of = &within.classes[class as usize];
        if let Some(function) = of.methods.get(name) {
            return Value::Function(module, *function);
        }
        if let Some(value) = of.fields.get(name) {
            let value = self.of(module, *value);
            return match (&value, of.types.get(name)) {
                (Value::Parameter(..) | Value::Hole(_) | Value::Of(..), Some(type_)) => {
                    self.instance_or(module, *type_, value)
                }
                _ => value,
            };
        }
        if let Some(type_) = of.types.get(name) {
            return self.instance_or(module, *type_, Value::hole(name));
        }
        match of.extends.map(|base| self.of(module, base)) {
            Some(Value::Class(module, class)) if depth < DEEPEST => {
                self.field(module, class, name, depth + 1)
            }
            _ => Value::hole(name),
        }
    }

    fn template(
        &self,
        module: Number,
        texts: &[(Box<str>, u32)],
        between: &[Id],
        tag: Option<Id>,
    ) -> Value {
        let mut parts = Vec::new();
        for (number, (text, at)) in texts.iter().enumerate() {
            parts.push(Part::Known((**text).into(), Some((module, *at))));
            let Some(id) = between.get(number) else {
                continue;
            };
            let value = self.of(module, *id);
            put(&mut parts, value, self.written(module, *id));
        }
        let text = Text(Rc::new(parts));
        match tag {
            Some(tag)
                if is_graphql_tag(&self.of(module, tag))
                    || matches!(
                        self.written(module, tag).as_deref(),
                        Some("gql" | "graphql")
                    ) =>
            {
                Value::Document(text)
            }
            Some(_) => Value::hole("…"),
            None => Value::Text(text),
        }
    }

    /// How a value is called where it is used.
    pub(super) fn written(&self, module: Number, id: Id) -> Option<Rc<str>> {
        let within = self.module(module);
        match within.expression(id) {
            Expression::Member(_, name) => Some((**name).trim_start_matches('#').into()),
            Expression::Global(name) => Some((**name).into()),
            Expression::Symbol(symbol) => within.names.get(symbol).map(|name| (**name).into()),
            Expression::Call(call) => {
                let call = &within.calls[*call as usize];
                call.arguments
                    .first()
                    .and_then(|first| self.written(module, *first))
                    .or_else(|| self.written(module, call.callee))
            }
            _ => None,
        }
    }

    /// The values of a call's arguments.
    pub(super) fn arguments(&self, module: Number, call: &Call) -> Vec<Value> {
        call.arguments
            .iter()
            .map(|argument| self.of(module, *argument))
            .collect()
    }

    fn call(&self, module: Number, call: &Call) -> Value {
        if call.kind == CallKind::Element {
            let component = self.of(module, call.callee);
            return Value::Element(
                Rc::new(component),
                Rc::new(self.of(module, call.arguments[0])),
            );
        }
        let callee = self.of(module, call.callee);
        let arguments = self.arguments(module, call);
        // `graphql(text, [fragments])`, whoever made the function.
        let is_tag = || {
            matches!(
                self.written(module, call.callee).as_deref(),
                Some("gql" | "graphql")
            )
        };
        if let Some(Value::Text(text)) = arguments.first()
            && is_tag()
        {
            let mut parts = text.0.to_vec();
            if let Some(fragments @ Value::List(_)) = arguments.get(1) {
                parts.push(Part::Slot("fragments".into(), fragments.clone()));
            }
            return Value::Document(Text(Rc::new(parts)));
        }
        let values: Vec<Value> = callee
            .each()
            .into_iter()
            .map(|callee| self.called(callee, &arguments, call.kind == CallKind::New))
            .collect();
        match Value::choice(values) {
            Value::Of(of, name) => {
                // What goes through something unknown keeps the name that it had.
                let named = call
                    .arguments
                    .first()
                    .and_then(|first| self.written(module, *first));
                named.map_or(Value::Of(of, name), Value::Hole)
            }
            value => value,
        }
    }

    /// What calling a value gives.
    pub(super) fn called(&self, callee: &Value, arguments: &[Value], is_new: bool) -> Value {
        let first = || arguments.first().cloned().unwrap_or(Value::Undefined);
        match callee {
            Value::Function(module, function) => self.applied(*module, *function, arguments),
            Value::Class(module, class) if is_new => Value::Instance(*module, *class),
            Value::Outside(from, name) => self.called_outside(from, name, arguments),
            Value::Global(name) => {
                called_global(name, arguments).unwrap_or_else(|| match (&**name, first()) {
                    ("computed" | "$derived.by", Value::Function(module, function)) => {
                        self.applied(module, function, &[])
                    }
                    ("defineProps" | "withDefaults" | "$props", _) => Value::Inputs,
                    ("useRoute", _) => Value::Outside("vue-router".into(), "useRoute.()".into()),
                    (
                        "ref" | "shallowRef" | "computed" | "unref" | "toRef" | "$state"
                        | "$derived" | "reactive",
                        value,
                    ) => value,
                    ("gql" | "graphql", Value::Text(text)) => Value::Document(text),
                    _ => Value::Of(Rc::new(callee.clone()), "()".into()),
                })
            }
            Value::Of(of, method) => self
                .called_method(of, method, arguments)
                .unwrap_or_else(|| Value::Of(Rc::new(callee.clone()), "()".into())),
            Value::Parameter(_, _, _, path)
                if path
                    .last()
                    .is_some_and(|name| matches!(&**name, "gql" | "graphql")) =>
            {
                match first() {
                    Value::Text(text) => Value::Document(text),
                    value @ Value::Parameter(..) => value,
                    _ => Value::Of(Rc::new(callee.clone()), "()".into()),
                }
            }
            Value::Http(_) | Value::Handle => Value::Of(Rc::new(callee.clone()), "()".into()),
            _ => Value::Of(Rc::new(callee.clone()), "()".into()),
        }
    }

    /// A function's result for these arguments.
    pub(super) fn applied(&self, module: Number, function: Id, arguments: &[Value]) -> Value {
        if *self.depth.borrow() > DEEPEST {
            return Value::hole("…");
        }
        let of = &self.module(module).functions[function as usize];
        if of.returns.is_empty() {
            return Value::Undefined;
        }
        *self.depth.borrow_mut() += 1;
        let results = of.returns.iter().map(|id| {
            let value = self.of(module, *id);
            self.with(&value, module, function, arguments)
        });
        let result = Value::choice(results.collect());
        *self.depth.borrow_mut() -= 1;
        result
    }

    /// A value with a function's parameters replaced by arguments.
    pub(super) fn with(
        &self,
        value: &Value,
        module: Number,
        function: Id,
        arguments: &[Value],
    ) -> Value {
        let again = |value: &Value| self.with(value, module, function, arguments);
        match value {
            Value::Parameter(m, f, number, path) if (*m, *f) == (module, function) => {
                match arguments.get(*number as usize) {
                    Some(Value::Undefined) | None => self.default(module, function, *number, path),
                    Some(argument) => path
                        .iter()
                        .fold(argument.clone(), |value, name| self.member(&value, name)),
                }
            }
            Value::Text(text) => Value::Text(self.text_with(text, module, function, arguments)),
            Value::Document(text) => match self.text_with(text, module, function, arguments) {
                // `gql(document)` of what was one already.
                text if text.0.len() == 1 => match &text.0[0] {
                    Part::Slot(_, document @ Value::Document(_)) => document.clone(),
                    _ => Value::Document(text),
                },
                text => Value::Document(text),
            },
            Value::Object(members, open) => {
                let (mut all, mut open) = (Vec::new(), *open);
                for (name, value) in members.iter() {
                    match (&**name, again(value)) {
                        (SPREAD, Value::Object(inner, inner_open)) => {
                            open |= inner_open;
                            for (name, value) in inner.iter() {
                                set(&mut all, name.clone(), value.clone());
                            }
                        }
                        (SPREAD, Value::Undefined) => {}
                        (SPREAD, value) if value.has_parameter() => {
                            all.push((SPREAD.into(), value));
                        }
                        (SPREAD, _) => open = true,
                        (name, value) => set(&mut all, name.into(), value),
                    }
                }
                Value::Object(Rc::new(all), open)
            }
            Value::List(values) => Value::List(Rc::new(values.iter().map(again).collect())),
            Value::Choice(values) => Value::choice(values.iter().map(again).collect()),
            Value::Of(of, name) if of.has_parameter() => {
                let of = again(of);
                match &**name {
                    "()" => self.called(&of, &[], false),
                    name => self.member(&of, name),
                }
            }
            Value::Http(base) => Value::Http(Rc::new(again(base))),
            Value::Json(inner) => Value::Json(Rc::new(again(inner))),
            Value::Request(url, init) => Value::Request(Rc::new(again(url)), Rc::new(again(init))),
            Value::Element(of, attributes) => {
                Value::Element(Rc::new(again(of)), Rc::new(again(attributes)))
            }
            other => other.clone(),
        }
    }

    /// What a parameter is without an argument.
    fn default(&self, module: Number, function: Id, number: u32, path: &[Box<str>]) -> Value {
        let default = self
            .module(module)
            .bindings
            .values()
            .find_map(|binding| match binding {
                Binding::Parameter(f, n, _, Some(default)) if (*f, *n) == (function, number) => {
                    Some(*default)
                }
                _ => None,
            });
        match default {
            Some(default) => path.iter().fold(self.of(module, default), |value, name| {
                self.member(&value, name)
            }),
            None => Value::Undefined,
        }
    }

    fn text_with(&self, text: &Text, module: Number, function: Id, arguments: &[Value]) -> Text {
        let mut parts = Vec::new();
        for part in text.0.iter() {
            match part {
                Part::Slot(name, value) => put(
                    &mut parts,
                    self.with(value, module, function, arguments),
                    Some(name.clone()),
                ),
                known => parts.push(known.clone()),
            }
        }
        Text(Rc::new(parts))
    }

    fn called_outside(&self, from: &str, name: &str, arguments: &[Value]) -> Value {
        let first = arguments.first().cloned().unwrap_or(Value::Undefined);
        let last = name.rsplit('.').next().unwrap_or(name);
        match (from, last) {
            ("forebay", "connect") => return Value::Handle,
            ("axios", "create") => return Value::Http(Rc::new(self.member(&first, "baseURL"))),
            ("ky" | "ofetch", "create" | "extend") => {
                return Value::Http(Rc::new(self.member(&first, "prefixUrl")));
            }
            (_, "useParams") => return self.parameters(&first),
            ("next/router", "useRouter") => {
                return Value::Outside(from.into(), "useRouter.()".into());
            }
            ("react", "use") => return first,
            (_, "useSearchParams") => return Value::Queries,
            ("vue-router", "useRoute") => return Value::Outside(from.into(), "useRoute.()".into()),
            ("@angular/core", "inject") => {
                return match &first {
                    Value::Class(module, class) => Value::Instance(*module, *class),
                    Value::Outside(from, name) => {
                        instance_outside(from, name).unwrap_or(Value::hole("inject"))
                    }
                    _ => Value::hole("inject"),
                };
            }
            (
                _,
                "useCallback" | "memo" | "forwardRef" | "observer" | "defineComponent"
                | "useMemoizedFn" | "withRouter" | "markRaw",
            ) => return first,
            (_, "useMemo" | "computed" | "cache") => {
                if let Value::Function(module, function) = first {
                    return self.applied(module, function, &[]);
                }
            }
            (
                _,
                "ref" | "shallowRef" | "unref" | "toRef" | "toValue" | "signal" | "reactive"
                | "readonly" | "useRef",
            ) => return first,
            (_, "gql" | "graphql" | "parse" | "print") => {
                if let Value::Text(text) = first {
                    return Value::Document(text);
                }
                if let value @ (Value::Document(_) | Value::Parameter(..)) = first {
                    return value;
                }
            }
            (
                _,
                "lazy"
                | "defineAsyncComponent"
                | "loadable"
                | "dynamic"
                | "lazyLoad"
                | "lazyRouteComponent",
            ) => {
                let export = arguments
                    .get(1)
                    .and_then(Value::as_text)
                    .unwrap_or_else(|| "default".into());
                let loader = match &first {
                    Value::Object(..) => self.member(&first, "loader"),
                    other => other.clone(),
                };
                if let Value::Function(module, function) = loader {
                    return match self.applied(module, function, &[]) {
                        Value::Module(number) => self.member(&Value::Module(number), &export),
                        Value::Object(..) => {
                            self.member(&self.applied(module, function, &[]), &export)
                        }
                        other => other,
                    };
                }
            }
            _ => {}
        }
        Value::Of(
            Rc::new(Value::Outside(from.into(), name.into())),
            "()".into(),
        )
    }

    /// A path's, or what TanStack Router's `select` takes of them.
    fn parameters(&self, options: &Value) -> Value {
        match self.member(options, "select") {
            Value::Function(module, function) => {
                self.applied(module, function, &[Value::Parameters])
            }
            _ => Value::Parameters,
        }
    }

    fn called_method(&self, of: &Value, method: &str, arguments: &[Value]) -> Option<Value> {
        let first = arguments.first();
        match (of, method, first) {
            // `Route.useParams()`, `getRouteApi(…).useParams()`.
            (_, "useParams", first) => Some(self.parameters(first.unwrap_or(&Value::Undefined))),
            (
                Value::Module(_) | Value::Outside(..),
                "then",
                Some(Value::Function(module, function)),
            ) => Some(self.applied(*module, *function, std::slice::from_ref(of))),
            (Value::Parameters, "get", Some(name)) => {
                Some(Value::RouteParameter(name.as_text()?.into()))
            }
            (Value::Queries, "get", Some(name)) => {
                Some(Value::QueryParameter(name.as_text()?.into()))
            }
            (Value::List(values), "join", Some(between)) => {
                let between = between.as_text()?;
                let mut parts = Vec::new();
                for (number, value) in values.iter().enumerate() {
                    if number > 0 {
                        parts.push(Value::text(&between));
                    }
                    parts.push(value.clone());
                }
                Some(join(&parts))
            }
            (Value::List(values), "concat", Some(Value::List(more))) => Some(Value::List(Rc::new(
                values.iter().chain(more.iter()).cloned().collect(),
            ))),
            (Value::Text(text), "concat", _) => {
                Some(join(&[&[Value::Text(text.clone())], arguments].concat()))
            }
            (value, "toString" | "valueOf", _) => Some(value.clone()),
            (Value::Of(_, name), "bind", _) if &**name != "()" => Some(of.clone()),
            _ => None,
        }
    }
}

fn number_value(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        serde_json::Value::from(number as i64)
    } else {
        serde_json::Number::from_f64(number)
            .map_or(serde_json::Value::Null, serde_json::Value::Number)
    }
}

fn set(members: &mut Vec<(Box<str>, Value)>, name: Box<str>, value: Value) {
    members.retain(|(known, _)| *known != name || *name == *SPREAD);
    members.push((name, value));
}

/// Puts a value into a text.
fn put(parts: &mut Vec<Part>, value: Value, name: Option<Rc<str>>) {
    match value {
        Value::Text(text) => parts.extend(text.0.iter().cloned()),
        Value::Constant(serde_json::Value::Number(number)) => {
            parts.push(Part::Known(number.to_string().into(), None))
        }
        other => {
            let name = match &other {
                Value::Hole(known) if &**known == "…" => name.unwrap_or(known.clone()),
                Value::Of(..) | Value::Parameter(..) => name.unwrap_or_else(|| other.name()),
                other => other.name(),
            };
            parts.push(Part::Slot(name, other));
        }
    }
}

/// Several values as one text.
pub(super) fn join(values: &[Value]) -> Value {
    let mut parts = Vec::new();
    for value in values {
        put(&mut parts, value.clone(), None);
    }
    Value::Text(Text(Rc::new(parts)))
}

pub(super) fn is_graphql_tag(tag: &Value) -> bool {
    let name = match tag {
        Value::Outside(_, name) | Value::Global(name) | Value::Hole(name) => name.clone(),
        Value::Parameter(..) | Value::Of(..) => tag.name(),
        Value::Choice(values) => return values.iter().any(is_graphql_tag),
        _ => return false,
    };
    let last = name.rsplit('.').next().unwrap_or(&name);
    matches!(last, "gql" | "graphql" | "apolloGql")
        || (last == "default" && matches!(tag, Value::Outside(from, _) if from.contains("graphql")))
}

fn instance_outside(from: &str, name: &str) -> Option<Value> {
    match (from, name) {
        ("@angular/common/http", "HttpClient") => Some(Value::Http(Rc::new(Value::text("")))),
        ("@angular/router", "ActivatedRoute") => {
            Some(Value::Outside(from.into(), "ActivatedRoute.()".into()))
        }
        ("forebay", "Forebay") => Some(Value::Handle),
        ("axios", "AxiosInstance") => Some(Value::Http(Rc::new(Value::hole("baseURL")))),
        (_, name) if from.starts_with('@') || !from.starts_with('.') => {
            Some(Value::Outside(from.into(), format!("{name}.()").into()))
        }
        _ => None,
    }
}

fn member_outside(from: &str, of: &str, name: &str) -> Value {
    match (of, name) {
        ("useRoute.()", "params") => return Value::Parameters,
        ("useRoute.()", "query") => return Value::Queries,
        ("useRoute.()", "value") => return Value::Outside(from.into(), of.into()),
        // Of the path and of the query: what is no parameter of the route is left out of it.
        ("useRouter.()", "query") => return Value::Parameters,
        ("ActivatedRoute.()", "snapshot") => return Value::Outside(from.into(), of.into()),
        ("ActivatedRoute.()", "params" | "paramMap") => return Value::Parameters,
        ("ActivatedRoute.()", "queryParams" | "queryParamMap") => return Value::Queries,
        ("page", "params") if from.starts_with("$app/") => return Value::Parameters,
        ("page", "url") if from.starts_with("$app/") => {
            return Value::Outside(from.into(), "page.url".into());
        }
        ("page.url", "searchParams") => return Value::Queries,
        _ => {}
    }
    let name = match of {
        "*" => name.to_owned(),
        of => format!("{of}.{name}"),
    };
    Value::Outside(from.into(), name.into())
}

fn global_member(of: &str, name: &str) -> Value {
    match (of, name) {
        ("window" | "globalThis" | "self" | "document", "location") => {
            Value::Global("location".into())
        }
        ("window" | "globalThis" | "self", name) => Value::Global(name.into()),
        ("this.$route" | "$route", "params") => Value::Parameters,
        (of, name) => Value::Global(format!("{of}.{name}").into()),
    }
}

fn called_global(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first().cloned().unwrap_or(Value::Undefined);
    // The page's own address, in any case of its letters.
    let same = [".toUpperCase", ".toLowerCase", ".toString", ".trim"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    if let Some(place) = same.filter(|place| place.starts_with("location.")) {
        return Some(Value::Global(place.into()));
    }
    Some(match name {
        "JSON.stringify" => Value::Json(Rc::new(first)),
        // What it escapes, the normal form of a URL unescapes, or the server does.
        "encodeURIComponent" | "encodeURI" | "String" | "Number" | "parseInt" | "Headers"
        | "Object.freeze" => first,
        "Object.assign" => {
            let mut members = Vec::new();
            let mut open = false;
            for argument in arguments {
                match argument {
                    Value::Object(inner, inner_open) => {
                        open |= inner_open;
                        for (name, value) in inner.iter() {
                            set(&mut members, name.clone(), value.clone());
                        }
                    }
                    _ => open = true,
                }
            }
            Value::Object(Rc::new(members), open)
        }
        "Request" => Value::Request(
            Rc::new(first),
            Rc::new(arguments.get(1).cloned().unwrap_or(Value::Undefined)),
        ),
        "URL" => match arguments.get(1) {
            None => first,
            Some(base) => based(&first, base),
        },
        _ => return None,
    })
}

/// A URL seen from another.
fn based(url: &Value, base: &Value) -> Value {
    let starts = match url {
        Value::Text(text) => match text
            .0
            .iter()
            .find(|part| !matches!(part, Part::Known(text, _) if text.is_empty()))
        {
            Some(Part::Known(text, _)) => text.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let is_page = match base {
        Value::Global(name) => matches!(
            &**name,
            "location.href" | "location.origin" | "document.baseURI" | "location"
        ),
        _ => false,
    };
    match (starts.starts_with('/') || starts.contains("://"), is_page) {
        (true, true) => url.clone(),
        // Where the page is when it runs decides.
        (false, true) => join(&[Value::hole("location"), Value::text("/"), url.clone()]),
        _ if starts.contains("://") => url.clone(),
        _ => join(&[
            base.clone(),
            Value::text(if starts.starts_with('/') { "" } else { "/" }),
            url.clone(),
        ]),
    }
}
