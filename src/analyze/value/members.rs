//! What a member of a value is.

use super::outside::{global_member, member_outside};
use super::{DEEPEST, SPREAD, Value, Values};
use crate::analyze::graph::Number;
use crate::analyze::syntax::Id;
use std::rc::Rc;

impl Values<'_> {
    /// A member of a value.
    pub(in crate::analyze) fn member(&self, object: &Value, name: &str) -> Value {
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
}
