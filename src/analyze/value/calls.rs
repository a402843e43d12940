//! What a call gives: a function's results with its arguments in their places.

use super::known::set;
use super::outside::called_global;
use super::text::put;
use super::{DEEPEST, Part, SPREAD, Text, Value, Values};
use crate::analyze::graph::Number;
use crate::analyze::syntax::{Binding, Call, CallKind, Id};
use std::rc::Rc;

impl Values<'_> {
    pub(super) fn call(&self, module: Number, call: &Call) -> Value {
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
    pub(in crate::analyze) fn called(
        &self,
        callee: &Value,
        arguments: &[Value],
        is_new: bool,
    ) -> Value {
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
    pub(in crate::analyze) fn applied(
        &self,
        module: Number,
        function: Id,
        arguments: &[Value],
    ) -> Value {
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
    pub(in crate::analyze) fn with(
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
}
