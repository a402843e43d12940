//! What an expression is worth, as far as that is known before any code runs.

mod calls;
mod known;
mod members;
mod names;
mod outside;
mod text;

pub(super) use known::{SPREAD, Value};
pub(super) use text::{Part, Text, join};

use super::config::Config;
use super::graph::{Graph, Number, Resolved};
use super::syntax::{Call, Expression, Id, Module};
use known::set;
use outside::is_graphql_tag;
use std::cell::RefCell;
use std::rc::Rc;
use text::put;

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
}

fn number_value(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        serde_json::Value::from(number as i64)
    } else {
        serde_json::Number::from_f64(number)
            .map_or(serde_json::Value::Null, serde_json::Value::Number)
    }
}
