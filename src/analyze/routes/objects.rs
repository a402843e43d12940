//! Routes as objects and elements: React Router, Vue Router, Angular. One may stand within another.

use super::{Around, Declared, Finder, patterns};
use crate::analyze::graph::{Number, Resolved};
use crate::analyze::syntax::{Binding, Expression, Id, Property};
use crate::analyze::value::Value;
use rustc_hash::FxHashSet as HashSet;

impl Finder<'_, '_> {
    pub(super) fn modules(&mut self) {
        // Those that others include are read as parts of these: first come those that include.
        let mut all: Vec<(Number, Id)> = Vec::new();
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            all.extend(module.routes.iter().map(|(id, _)| (number, *id)));
        }
        let mut included = HashSet::default();
        for (number, id) in &all {
            let mut inner = Finder {
                values: self.values,
                found: Vec::new(),
                seen: HashSet::default(),
            };
            inner.one(*number, *id, &Around::default(), 0);
            inner.seen.remove(&(*number, *id));
            included.extend(inner.seen);
        }
        for (number, id) in all {
            if !included.contains(&(number, id)) {
                self.one(number, id, &Around::default(), 0);
            }
        }
    }

    fn one(&mut self, module: Number, id: Id, around: &Around, depth: u32) {
        if depth > 12 || !self.seen.insert((module, id)) {
            return;
        }
        let within = self.values.module(module);
        match within.expression(id) {
            Expression::Object(properties) => self.object(module, properties, &[], around, depth),
            Expression::Element(call, children) => {
                let call = &within.calls[*call as usize];
                if let Expression::Object(properties) = within.expression(call.arguments[0]) {
                    self.object(module, properties, children, around, depth);
                }
            }
            _ => {}
        }
    }

    fn object(
        &mut self,
        module: Number,
        properties: &[Property],
        children: &[Id],
        around: &Around,
        depth: u32,
    ) {
        let find = |names: &[&str]| {
            properties.iter().find(|property| {
                property
                    .name
                    .as_deref()
                    .is_some_and(|name| names.contains(&name))
            })
        };
        let Some(first) = properties.first() else {
            return;
        };
        let at = self.values.module(module).place(first.at);
        let own = find(&["path"])
            .and_then(|path| self.values.of(module, path.value).as_text())
            .unwrap_or_default();
        let path = joined(&around.path, &own);
        let mut inner = Around {
            path: path.clone(),
            roots: around.roots.clone(),
            loaders: around.loaders.clone(),
        };
        let mut mounts = Vec::new();
        self.shown(module, properties, &mut inner, &mut mounts);
        let feeds_inputs = find(&["props"]).is_some();
        for pattern in patterns(&path) {
            let is_shown = inner.roots.len() > around.roots.len() || !mounts.is_empty();
            let is_layout = (find(&["children", "loadChildren"]).is_some() || !children.is_empty())
                && !own.is_empty()
                && own != "/";
            if is_shown
                && !(is_layout
                    && find(&["index"]).is_none()
                    && self.has_index(module, properties, children))
            {
                self.found.push(Declared {
                    pattern,
                    at: at.clone(),
                    roots: inner.roots.clone(),
                    loaders: inner.loaders.clone(),
                    feeds_inputs,
                    mounts: mounts.clone(),
                });
            }
        }
        for child in children {
            self.one(module, *child, &inner, depth + 1);
        }
        if let Some(list) = find(&["children", "routes"]) {
            self.list(module, list.value, &inner, depth);
        }
        if let Some(load) = find(&["loadChildren"]) {
            self.loaded(module, load.value, &inner, depth);
        }
    }

    /// Whether a child stands in for the route itself.
    fn has_index(&self, module: Number, properties: &[Property], children: &[Id]) -> bool {
        let is_index = |module: Number, id: Id| match self.located(module, id) {
            Some((module, Expression::Object(inner))) => {
                inner.iter().any(|property| match property.name.as_deref() {
                    Some("index") => true,
                    Some("path") => self
                        .values
                        .of(module, property.value)
                        .as_text()
                        .is_some_and(|path| path.is_empty()),
                    _ => false,
                })
            }
            Some((module, Expression::Element(call, _))) => {
                let call = &self.values.module(module).calls[*call as usize];
                matches!(self.values.module(module).expression(call.arguments[0]), Expression::Object(inner) if inner.iter().any(|property| property.name.as_deref() == Some("index")))
            }
            _ => false,
        };
        if children.iter().any(|child| is_index(module, *child)) {
            return true;
        }
        let list = properties
            .iter()
            .find(|property| property.name.as_deref() == Some("children"));
        match list.and_then(|list| self.located(module, list.value)) {
            Some((module, Expression::Array(items))) => {
                items.iter().any(|item| is_index(module, *item))
            }
            _ => false,
        }
    }

    fn list(&mut self, module: Number, id: Id, around: &Around, depth: u32) {
        let Some((module, Expression::Array(items))) = self.located(module, id) else {
            return;
        };
        for item in items {
            match self.values.module(module).expression(*item) {
                Expression::Spread(of) => self.list(module, *of, around, depth + 1),
                _ => {
                    if let Some((module, id)) = self.locate(module, *item, 0) {
                        self.one(module, id, around, depth + 1);
                    }
                }
            }
        }
    }

    /// Angular's `loadChildren: () => import(…).then(m => m.routes)`: routes, or a module that has them.
    fn loaded(&mut self, module: Number, id: Id, around: &Around, depth: u32) {
        let value = match self.values.of(module, id) {
            Value::Function(module, function) => self.values.applied(module, function, &[]),
            other => other,
        };
        let of = match value {
            Value::Module(number) => Some(number),
            Value::Class(number, _) => Some(number),
            Value::List(_) | Value::Function(..) | Value::Object(..) => {
                self.module_of_import(module, id)
            }
            _ => None,
        };
        let Some(of) = of else { return };
        let routes: Vec<Id> = self
            .values
            .module(of)
            .routes
            .iter()
            .map(|(id, _)| *id)
            .collect();
        for id in routes {
            self.one(of, id, around, depth + 1);
        }
        if self.values.module(of).routes.is_empty() {
            // A module whose routes are in another: `imports: [ProfileRoutingModule]`.
            let edges =
                self.values
                    .module(of)
                    .bindings
                    .values()
                    .filter_map(|binding| match binding {
                        Binding::Import(from, _) => Some(from.clone()),
                        _ => None,
                    });
            for from in edges.collect::<Vec<_>>() {
                if let Resolved::Module(next) = self.values.graph.import(of, &from) {
                    for (id, _) in &self.values.module(next).routes {
                        if from.contains("rout") {
                            self.one(next, *id, around, depth + 1);
                        }
                    }
                }
            }
        }
    }
}

fn joined(around: &str, own: &str) -> String {
    if own.starts_with('/') && (around.is_empty() || own.starts_with(around)) {
        return own.to_owned();
    }
    let around = around
        .trim_end_matches("/*")
        .trim_end_matches('*')
        .trim_end_matches('/');
    let own = own.trim_start_matches('/');
    format!("{around}/{own}").trim_end_matches('/').to_owned()
}
