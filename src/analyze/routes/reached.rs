//! What the code that is shown uses.

use super::super::graph::{Number, Resolved};
use super::super::syntax::{Binding, Call, Export, Expression, Id, Module, Side, Target};
use super::super::value::Values;
use super::Start;
use rustc_hash::FxHashSet as HashSet;

/// What was reached.
pub(in super::super) struct Reached {
    pub(super) items: HashSet<Place>,
    /// Those that stand where routes are declared.
    functions: HashSet<Place>,
    with_routes: bool,
}

type Place = (Number, Id);

impl Reached {
    pub(in super::super) fn has(&self, within: &Module, module: Number, call: &Call) -> bool {
        if self.with_routes || !within.functions[call.function as usize].in_routes {
            return self.items.contains(&(module, call.item));
        }
        within
            .around(call.function)
            .any(|function| self.functions.contains(&(module, function)))
    }
}

/// What a root's code uses: its items, and what they use.
pub(in super::super) fn reached(values: &Values, start: &[Start], with_routes: bool) -> Reached {
    let mut reached = Reached {
        items: HashSet::default(),
        functions: HashSet::default(),
        with_routes,
    };
    let mut waiting = Vec::new();
    for one in start {
        match one {
            Start::Item(module, item) => waiting.push((*module, *item)),
            Start::Function(module, function) => {
                reached.functions.insert((*module, *function));
                let within = values.module(*module);
                let item = within.functions[*function as usize].item;
                waiting.push((*module, 0));
                for edge in &within.items[item as usize].edges {
                    if within.around(edge.function).any(|of| of == *function) {
                        follow(values, *module, &edge.to, &mut waiting);
                    }
                }
            }
            Start::Module(module) => waiting
                .extend((0..values.module(*module).items.len()).map(|item| (*module, item as Id))),
            Start::Server(_) => {}
        }
    }
    while let Some((module, item)) = waiting.pop() {
        let within = values.module(module);
        if within.side == Side::Server || !reached.items.insert((module, item)) {
            continue;
        }
        // A module's body runs with whatever is used of it.
        waiting.push((module, 0));
        waiting.extend(
            values
                .graph
                .shows
                .get(&(module, item))
                .into_iter()
                .flatten(),
        );
        for edge in &within.items[item as usize].edges {
            if with_routes || !edge.in_routes {
                follow(values, module, &edge.to, &mut waiting);
            }
        }
    }
    reached
}

/// The items that a use means.
fn follow(values: &Values, module: Number, to: &Target, waiting: &mut Vec<Place>) {
    let within = values.module(module);
    match to {
        Target::Symbol(symbol) => match (within.item_of.get(symbol), within.bindings.get(symbol)) {
            (Some(item), _) => waiting.push((module, *item)),
            (None, Some(Binding::Import(from, name))) => {
                if let Resolved::Module(number) = values.graph.import(module, from) {
                    export(values, number, name, waiting, 0);
                }
            }
            _ => {}
        },
        Target::Module(from) => {
            if let Resolved::Module(number) = values.graph.import(module, from) {
                export(values, number, "*", waiting, 0);
            }
        }
    }
}

/// The items that a module's export is made of.
pub(super) fn export(
    values: &Values,
    module: Number,
    name: &str,
    waiting: &mut Vec<Place>,
    depth: u32,
) {
    let within = values.module(module);
    if depth > 10 {
        return;
    }
    let is_component = within.path.ends_with(".vue") || within.path.ends_with(".svelte");
    if name == "*" || (is_component && name == "default") {
        waiting.extend((0..within.items.len()).map(|item| (module, item as Id)));
        if name == "*" {
            for from in within.exports.values() {
                if let Export::From(from, name) = from
                    && let Resolved::Module(next) = values.graph.import(module, from)
                {
                    export(values, next, name, waiting, depth + 1);
                }
            }
        }
        return;
    }
    match within.exports.get(name) {
        Some(Export::Local(id)) => match within.expression(*id) {
            Expression::Symbol(symbol) => {
                match (within.item_of.get(symbol), within.bindings.get(symbol)) {
                    (Some(item), _) => waiting.push((module, *item)),
                    (None, Some(Binding::Import(from, name))) => {
                        if let Resolved::Module(next) = values.graph.import(module, from) {
                            export(values, next, name, waiting, depth + 1);
                        }
                    }
                    _ => waiting.push((module, 0)),
                }
            }
            _ => {
                let default = within
                    .items
                    .iter()
                    .position(|item| &*item.name == "default");
                let by_name = match within.expression(*id) {
                    Expression::Function(function) => {
                        Some(within.functions[*function as usize].item)
                    }
                    Expression::Class(class) => Some(within.classes[*class as usize].item),
                    _ => default.map(|item| item as Id),
                };
                waiting.push((module, by_name.unwrap_or(0)));
            }
        },
        Some(Export::From(from, name)) => {
            if let Resolved::Module(next) = values.graph.import(module, from) {
                export(values, next, name, waiting, depth + 1);
            }
        }
        None => {
            for from in &within.stars {
                if let Resolved::Module(next) = values.graph.import(module, from)
                    && values.export(next, name, 0).is_some()
                {
                    export(values, next, name, waiting, depth + 1);
                }
            }
        }
    }
}
