//! Routes: which patterns an app declares, in whichever framework's way, and what is shown there.

mod next;
mod reached;
mod svelte_kit;
mod tanstack;

pub(super) use reached::reached;

use super::config::Config;
use super::fragment::{Component, Place};
use super::graph::{Number, Resolved};
use super::syntax::{Binding, CallKind, Export, Expression, Id, Property};
use super::value::{Value, Values};
use rustc_hash::FxHashSet as HashSet;

/// A declared route.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) pattern: String,
    pub(super) at: Place,
    pub(super) roots: Vec<Root>,
    /// Functions whose first parameter is the router's: `loader({ params })`.
    pub(super) loaders: Vec<(Number, Id)>,
    /// Parameters are its component's inputs (Vue's `props: true`).
    pub(super) feeds_inputs: bool,
    pub(super) mounts: Vec<String>,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Root {
    pub(super) component: Component,
    pub(super) start: Start,
}

/// Where reading goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Start {
    Item(Number, Id),
    /// One that stands where routes are declared.
    Function(Number, Id),
    Module(Number),
    /// It runs on the server: the page asks for nothing of it.
    Server(Number),
}

/// All declared routes, in the order of their patterns.
pub(super) fn declared(values: &Values, config: &Config) -> Vec<Declared> {
    let mut finder = Finder {
        values,
        found: Vec::new(),
        seen: HashSet::default(),
    };
    finder.modules();
    finder.svelte_kit();
    finder.next();
    finder.tanstack();
    finder.registrations();
    finder.configured(config);
    let mut found = finder.found;
    found.retain(|route| !route.roots.is_empty() || !route.mounts.is_empty());
    found.sort_by(|a, b| (&a.pattern, &a.at).cmp(&(&b.pattern, &b.at)));
    found
}

struct Finder<'v, 'g> {
    values: &'v Values<'g>,
    found: Vec<Declared>,
    /// Declarations that have been read, as parts of others.
    seen: HashSet<(Number, Id)>,
}

/// What a nested route has from those around it.
#[derive(Clone, Default)]
struct Around {
    path: String,
    roots: Vec<Root>,
    loaders: Vec<(Number, Id)>,
}

impl<'g> Finder<'_, 'g> {
    fn modules(&mut self) {
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

    /// What a route's own properties show and load.
    fn shown(
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

    fn module_of_import(&self, module: Number, id: Id) -> Option<Number> {
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
    fn locate(&self, module: Number, id: Id, depth: u32) -> Option<(Number, Id)> {
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

    fn located(&self, module: Number, id: Id) -> Option<(Number, &'g Expression)> {
        let (module, id) = self.locate(module, id, 0)?;
        Some((module, self.values.module(module).expression(id)))
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

    fn component(
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

    fn root(&self, start: Start, name: &str, module: Number, at: u32, roots: &mut Vec<Root>) {
        let component = Component {
            name: name.to_owned(),
            at: self.values.module(module).place(at),
        };
        let root = Root { component, start };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }

    /// single-spa's `registerApplication`.
    fn registrations(&mut self) {
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            for call in module
                .calls
                .iter()
                .filter(|call| call.kind == CallKind::Call)
            {
                let Value::Outside(from, name) = self.values.of(number, call.callee) else {
                    continue;
                };
                if &*from != "single-spa" || &*name != "registerApplication" {
                    continue;
                }
                let arguments = self.values.arguments(number, call);
                let argument = |place: usize, name: &str| match arguments.first() {
                    Some(object @ Value::Object(..)) => self.values.member(object, name),
                    _ => arguments.get(place).cloned().unwrap_or(Value::Undefined),
                };
                let Some(app) = argument(0, "name").as_text() else {
                    continue;
                };
                let (mut roots, mut ignored) = (Vec::new(), Vec::new());
                self.component(&argument(1, "app"), &app, &mut roots, &mut ignored);
                let active = argument(2, "activeWhen");
                let active: Vec<String> = match &active {
                    Value::List(values) => values.iter().filter_map(Value::as_text).collect(),
                    other => other.as_text().into_iter().collect(),
                };
                for path in active {
                    let pattern = format!("{}*", path.trim_end_matches('*'));
                    self.found.push(Declared {
                        pattern,
                        at: module.place(call.at),
                        roots: roots.clone(),
                        loaders: Vec::new(),
                        feeds_inputs: true,
                        mounts: if roots.is_empty() {
                            vec![app.clone()]
                        } else {
                            Vec::new()
                        },
                    });
                }
            }
        }
    }

    /// What forebay.config.json declares.
    fn configured(&mut self, config: &Config) {
        for (pattern, shown) in &config.routes {
            let (mut roots, mut mounts) = (Vec::new(), Vec::new());
            for name in shown {
                match self.values.graph.module_at(name.trim_start_matches("./")) {
                    Some(number) if name.starts_with("./") => {
                        self.root(
                            Start::Module(number),
                            file_name(name),
                            number,
                            0,
                            &mut roots,
                        );
                    }
                    _ => mounts.push(name.clone()),
                }
            }
            let at = Place {
                file: super::config::FILE.into(),
                line: 1,
                column: 1,
            };
            self.found.push(Declared {
                pattern: pattern.clone(),
                at,
                roots,
                loaders: Vec::new(),
                feeds_inputs: true,
                mounts,
            });
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

fn file_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
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

/// As [`crate::plan`] reads patterns; a parameter that may be left out makes two of one.
fn patterns(path: &str) -> Vec<String> {
    let mut patterns = vec![String::new()];
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let plain = segment.split('(').next().unwrap_or(segment);
        match segment {
            "*" | "**" => patterns
                .iter_mut()
                .for_each(|pattern| pattern.push_str("/*")),
            _ if plain.ends_with('*') || segment.ends_with(")*") => patterns
                .iter_mut()
                .for_each(|pattern| pattern.push_str("/*")),
            _ if segment.ends_with('?') && segment.starts_with(':') => {
                let name = plain.trim_end_matches('?');
                let with: Vec<String> = patterns
                    .iter()
                    .map(|pattern| format!("{pattern}/{name}"))
                    .collect();
                patterns.extend(with);
            }
            _ if segment.starts_with(':') || segment.starts_with('$') => {
                let name = plain.trim_start_matches([':', '$']);
                patterns
                    .iter_mut()
                    .for_each(|pattern| pattern.push_str(&format!("/:{name}")));
            }
            _ => patterns
                .iter_mut()
                .for_each(|pattern| pattern.push_str(&format!("/{segment}"))),
        }
        // Nothing follows a star.
        if patterns.iter().all(|pattern| pattern.ends_with('*')) {
            break;
        }
    }
    for pattern in &mut patterns {
        if pattern.is_empty() {
            pattern.push('/');
        }
    }
    patterns.retain(|pattern| crate::plan::Pattern::parse(pattern).is_ok());
    patterns.dedup();
    patterns
}
