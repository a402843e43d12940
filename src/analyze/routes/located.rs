//! Where it is written what a name or an import stands for.

use super::Finder;
use crate::analyze::graph::{Number, Resolved};
use crate::analyze::syntax::{Binding, Export, Expression, Id};

impl<'g> Finder<'_, 'g> {
    pub(super) fn module_of_import(&self, module: Number, id: Id) -> Option<Number> {
        let Expression::Function(function) = self.values.module(module).expression(id) else {
            return None;
        };
        // The import that stands within the function's text.
        let returns = self.values.module(module).functions[*function as usize]
            .returns
            .clone();
        returns
            .into_iter()
            .find_map(|id| self.import_in(module, id, 0))
    }

    fn import_in(&self, module: Number, id: Id, depth: u32) -> Option<Number> {
        if depth > 6 {
            return None;
        }
        let within = self.values.module(module);
        match within.expression(id) {
            Expression::Import(from) => match self.values.graph.import(module, from) {
                Resolved::Module(number) => Some(number),
                _ => None,
            },
            Expression::Call(call) => {
                self.import_in(module, within.calls[*call as usize].callee, depth + 1)
            }
            Expression::Member(object, _) => self.import_in(module, *object, depth + 1),
            _ => None,
        }
    }

    /// Where an expression is that a name stands for.
    pub(super) fn locate(&self, module: Number, id: Id, depth: u32) -> Option<(Number, Id)> {
        if depth > 10 {
            return None;
        }
        let within = self.values.module(module);
        let Expression::Symbol(symbol) = within.expression(id) else {
            return Some((module, id));
        };
        match within.bindings.get(symbol)? {
            Binding::Part(whole, path) if path.is_empty() => self.locate(module, *whole, depth + 1),
            Binding::Import(from, name) => {
                let Resolved::Module(mut number) = self.values.graph.import(module, from) else {
                    return None;
                };
                let mut name = name.clone();
                for _ in 0..10 {
                    match self.values.module(number).exports.get(&name) {
                        Some(Export::Local(id)) => return self.locate(number, *id, depth + 1),
                        Some(Export::From(from, next)) => {
                            let Resolved::Module(next_number) =
                                self.values.graph.import(number, from)
                            else {
                                return None;
                            };
                            (number, name) = (next_number, next.clone());
                        }
                        None => {
                            let stars = &self.values.module(number).stars;
                            let found = stars.iter().find_map(|from| {
                                match self.values.graph.import(number, from) {
                                    Resolved::Module(next)
                                        if self.values.export(next, &name, 0).is_some() =>
                                    {
                                        Some(next)
                                    }
                                    _ => None,
                                }
                            });
                            number = found?;
                        }
                    }
                }
                None
            }
            _ => None,
        }
    }

    pub(super) fn located(&self, module: Number, id: Id) -> Option<(Number, &'g Expression)> {
        let (module, id) = self.locate(module, id, 0)?;
        Some((module, self.values.module(module).expression(id)))
    }
}
