//! Values, as far as they are known.

use super::text::{Part, Text};
use crate::analyze::graph::Number;
use crate::analyze::syntax::Id;
use std::rc::Rc;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::analyze) enum Value {
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

impl Value {
    pub(in crate::analyze) fn text(text: &str) -> Value {
        Value::Text(Text::known(text))
    }

    pub(in crate::analyze) fn hole(name: &str) -> Value {
        Value::Hole(name.into())
    }

    pub(in crate::analyze) fn choice(mut values: Vec<Value>) -> Value {
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
    pub(in crate::analyze) fn each(&self) -> Vec<&Value> {
        match self {
            Value::Choice(values) => values.iter().collect(),
            one => vec![one],
        }
    }

    pub(in crate::analyze) fn as_text(&self) -> Option<String> {
        match self {
            Value::Text(text) => text.whole(),
            Value::Constant(serde_json::Value::Number(number)) => Some(number.to_string()),
            _ => None,
        }
    }

    /// How it is called where nothing else is known.
    pub(in crate::analyze) fn name(&self) -> Rc<str> {
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
    pub(in crate::analyze) fn has_parameter(&self) -> bool {
        let mut found = false;
        self.walk(&mut |value| found |= matches!(value, Value::Parameter(..)));
        found
    }

    pub(in crate::analyze) fn walk(&self, see: &mut dyn FnMut(&Value)) {
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
pub(in crate::analyze) const SPREAD: &str = "...";

pub(super) fn set(members: &mut Vec<(Box<str>, Value)>, name: Box<str>, value: Value) {
    members.retain(|(known, _)| *known != name || *name == *SPREAD);
    members.push((name, value));
}
