//! What names stand for: of a module, and of what it imports.

use super::outside::instance_outside;
use super::{DEEPEST, Value, Values};
use crate::analyze::graph::{Number, Resolved};
use crate::analyze::syntax::{Binding, Export, Id};
use std::rc::Rc;

impl Values<'_> {
    /// What a name stands for.
    pub(in crate::analyze) fn symbol(&self, module: Number, symbol: Id) -> Value {
        let within = self.module(module);
        let value = match within.bindings.get(&symbol) {
            Some(Binding::Part(whole, path)) => {
                let whole = self.of(module, *whole);
                path.iter()
                    .fold(whole, |value, name| self.member(&value, name))
            }
            Some(Binding::Import(from, name)) => self.imported(module, from, name, 0),
            Some(Binding::Parameter(function, number, path, _)) => {
                Value::Parameter(module, *function, *number, path.clone().into())
            }
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
    pub(super) fn instance_or(&self, module: Number, of: Id, value: Value) -> Value {
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

    /// What a module exports under a name.
    pub(in crate::analyze) fn export(
        &self,
        module: Number,
        name: &str,
        depth: u32,
    ) -> Option<Value> {
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
}
