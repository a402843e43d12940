//! What a route shows: components of the app, and modules of other apps.

use super::{Around, Finder, Root, Start, file_name};
use crate::analyze::fragment::Component;
use crate::analyze::graph::Number;
use crate::analyze::syntax::{Expression, Id, Property};
use crate::analyze::value::Value;

impl Finder<'_, '_> {
    /// What a route's own properties show and load.
    pub(super) fn shown(
        &self,
        module: Number,
        properties: &[Property],
        inner: &mut Around,
        mounts: &mut Vec<String>,
    ) {
        for property in properties {
            let name = property.name.as_deref().unwrap_or("");
            match name {
                "component" | "Component" | "element" | "loadComponent" | "lazy" => {
                    self.components(module, property.value, &mut inner.roots, mounts, 0);
                }
                "components" => {
                    if let Some((module, Expression::Object(views))) =
                        self.located(module, property.value)
                    {
                        for view in views {
                            self.components(module, view.value, &mut inner.roots, mounts, 0);
                        }
                    }
                }
                "loader" | "resolve" | "beforeEnter" | "beforeLoad" => {
                    if let Value::Function(module, function) =
                        self.values.of(module, property.value)
                    {
                        inner.loaders.push((module, function));
                        self.function(module, function, "loader", &mut inner.roots);
                    }
                }
                _ => {}
            }
        }
    }

    /// The components that an expression shows.
    fn components(
        &self,
        module: Number,
        id: Id,
        roots: &mut Vec<Root>,
        mounts: &mut Vec<String>,
        depth: u32,
    ) {
        if depth > 8 {
            return;
        }
        let within = self.values.module(module);
        if let Expression::Element(call, children) = within.expression(id) {
            let call = &within.calls[*call as usize];
            let value = self.values.of(module, call.callee);
            let name = self
                .values
                .written(module, call.callee)
                .unwrap_or("component".into());
            self.component(&value, &name, roots, mounts);
            if let Expression::Object(attributes) = within.expression(call.arguments[0]) {
                for attribute in attributes {
                    if matches!(within.expression(attribute.value), Expression::Element(..)) {
                        self.components(module, attribute.value, roots, mounts, depth + 1);
                    }
                }
            }
            for child in children {
                self.components(module, *child, roots, mounts, depth + 1);
            }
            return;
        }
        let value = self.values.of(module, id);
        self.component(&value, "component", roots, mounts);
    }

    pub(super) fn component(
        &self,
        value: &Value,
        name: &str,
        roots: &mut Vec<Root>,
        mounts: &mut Vec<String>,
    ) {
        match value {
            Value::Function(module, function) => {
                let loaded = self.values.applied(*module, *function, &[]);
                match loaded {
                    Value::Module(_) | Value::Class(..) => {
                        return self.component(&loaded, name, roots, mounts);
                    }
                    Value::Outside(ref from, _) if is_remote(from) => {
                        return self.component(&loaded, name, roots, mounts);
                    }
                    // `lazy: () => import()` of a module whose `Component` it is, or a loader that gives a function.
                    Value::Function(inner, _) if inner != *module => {
                        return self.component(&loaded, name, roots, mounts);
                    }
                    _ => {}
                }
                let within = self.values.module(*module);
                if *function == 0 {
                    let name = file_name(&within.path);
                    return self.root(Start::Module(*module), name, *module, 0, roots);
                }
                let of = &within.functions[*function as usize];
                let name = if of.name.is_empty() {
                    file_name(&within.path)
                } else {
                    &of.name
                };
                self.function(*module, *function, name, roots);
            }
            Value::Class(module, class) => {
                let of = &self.values.module(*module).classes[*class as usize];
                self.root(
                    Start::Item(*module, of.item),
                    &of.name,
                    *module,
                    of.at,
                    roots,
                );
            }
            Value::Module(module) => {
                let default = self
                    .values
                    .export(*module, "default", 0)
                    .or_else(|| self.values.export(*module, "Component", 0));
                match default {
                    Some(inner @ (Value::Function(..) | Value::Class(..))) if !matches!(inner, Value::Function(m, 0) if m == *module) =>
                    {
                        self.component(&inner, name, roots, mounts);
                    }
                    _ => self.root(
                        Start::Module(*module),
                        file_name(&self.values.module(*module).path),
                        *module,
                        0,
                        roots,
                    ),
                }
            }
            Value::Object(..) => {
                // `defineComponent({ … })` and options of Vue.
                if let Value::Function(module, function) = self.values.member(value, "setup") {
                    self.function(module, function, name, roots);
                }
            }
            Value::Outside(from, _) if is_remote(from) => mounts.push(from.to_string()),
            Value::Of(of, _) => {
                if let Value::Outside(from, _) = &**of
                    && is_remote(from)
                {
                    mounts.push(from.to_string());
                }
            }
            Value::Choice(values) => values
                .iter()
                .for_each(|value| self.component(value, name, roots, mounts)),
            _ => {}
        }
    }

    fn function(&self, module: Number, function: Id, name: &str, roots: &mut Vec<Root>) {
        let of = &self.values.module(module).functions[function as usize];
        let start = match of.in_routes {
            true => Start::Function(module, function),
            false => Start::Item(module, of.item),
        };
        self.root(start, name, module, of.at, roots);
    }

    pub(super) fn root(
        &self,
        start: Start,
        name: &str,
        module: Number,
        at: u32,
        roots: &mut Vec<Root>,
    ) {
        let component = Component {
            name: name.to_owned(),
            at: self.values.module(module).place(at),
        };
        let root = Root { component, start };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
}

/// A module of another app: `profile/Profile`, which no package manager would call so.
fn is_remote(from: &str) -> bool {
    !from.starts_with('.')
        && !from.starts_with('@')
        && from.split('/').count() == 2
        && from
            .split('/')
            .nth(1)
            .is_some_and(|name| name.starts_with(|sign: char| sign.is_ascii_uppercase()))
}
