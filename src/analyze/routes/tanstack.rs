//! TanStack Router: routes by their whole paths, one a file, or made in code from those around them.

use super::super::graph::Number;
use super::super::syntax::{Expression, Id};
use super::super::value::Value;
use super::{Around, Declared, Finder, patterns};
use rustc_hash::FxHashMap as HashMap;

/// A call that makes a route, and what it is given.
#[derive(Clone, Debug)]
struct Made {
    options: Id,
    at: u32,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    Root,
    /// `createFileRoute('/posts/$id')`, `createLazyFileRoute`.
    File(String),
    /// `createRoute`.
    Code,
    /// `createLazyRoute`: a part of another.
    Part,
}

type Place = (Number, Id);

impl Finder<'_, '_> {
    pub(super) fn tanstack(&mut self) {
        let made = self.made();
        let mut root = Around::default();
        for ((module, _), one) in &made {
            if matches!(one.how, How::Root) {
                self.add(*module, one, &mut root, &mut Vec::new());
            }
        }
        self.by_path(&made, &root);
        self.by_code(&made);
    }

    /// In the order of their places.
    fn made(&self) -> Vec<(Place, Made)> {
        let mut made = Vec::new();
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            for (id, expression) in module.expressions.iter().enumerate() {
                let Expression::Call(call) = expression else {
                    continue;
                };
                let call = &module.calls[*call as usize];
                let Some(options) = call.arguments.first() else {
                    continue;
                };
                // `createFileRoute(path)(options)`.
                let (callee, path) = match module.expression(call.callee) {
                    Expression::Call(inner) => {
                        let inner = &module.calls[*inner as usize];
                        (inner.callee, inner.arguments.first())
                    }
                    Expression::Symbol(_) | Expression::Member(..) => (call.callee, None),
                    _ => continue,
                };
                let Value::Outside(from, name) = self.values.of(number, callee) else {
                    continue;
                };
                if !(from.starts_with("@tanstack/") && from.contains("router")) {
                    continue;
                }
                let is_curried = callee != call.callee;
                let how = match (&*name, is_curried) {
                    ("createRootRoute", false) | ("createRootRouteWithContext", true) => How::Root,
                    ("createRoute", false) => How::Code,
                    ("createLazyRoute", true) => How::Part,
                    ("createFileRoute" | "createLazyFileRoute", true) => {
                        let path = path.and_then(|path| self.values.of(number, *path).as_text());
                        match path {
                            Some(path) => How::File(path),
                            None => continue,
                        }
                    }
                    _ => continue,
                };
                let (options, at) = (*options, call.at);
                made.push(((number, id as Id), Made { options, at, how }));
            }
        }
        made
    }

    fn add(&self, module: Number, one: &Made, to: &mut Around, mounts: &mut Vec<String>) {
        if let Some((module, Expression::Object(properties))) = self.located(module, one.options) {
            self.shown(module, properties, to, mounts);
        }
    }

    /// A path says what is around it: `/posts` and `/_signed-in` are around `/_signed-in/posts/$id`.
    fn by_path(&mut self, made: &[(Place, Made)], root: &Around) {
        let mut files: Vec<(&str, Number, &Made)> = Vec::new();
        for ((module, _), one) in made {
            if let How::File(path) = &one.how {
                files.push((path, *module, one));
            }
        }
        // What is loaded later comes behind the file that it is of.
        files.sort_by_key(|(path, module, _)| (*path, *module));
        let mut paths: Vec<&str> = files.iter().map(|(path, ..)| *path).collect();
        paths.dedup();
        for path in &paths {
            let is_index = path.ends_with('/');
            let is_around = path
                .rsplit('/')
                .next()
                .is_some_and(|last| last.starts_with('_') || is_group(last));
            let has_index = !is_index && paths.contains(&format!("{path}/").as_str());
            if is_around || has_index {
                continue;
            }
            let (mut shown, mut mounts) = (root.clone(), Vec::new());
            let mut at = None;
            for (other, module, one) in &files {
                let is_own = other == path;
                let holds = path
                    .strip_prefix(other)
                    .is_some_and(|rest| rest.starts_with('/') && !other.ends_with('/'));
                if is_own || holds {
                    self.add(*module, one, &mut shown, &mut mounts);
                }
                if is_own && at.is_none() {
                    at = Some(self.values.module(*module).place(one.at));
                }
            }
            self.emit(path, at.unwrap_or_default(), &shown, &mounts);
        }
    }

    /// `getParentRoute` says what is around it.
    fn by_code(&mut self, made: &[(Place, Made)]) {
        let known: HashMap<Place, &Made> = made.iter().map(|(place, one)| (*place, one)).collect();
        let parents: HashMap<Place, Place> = made
            .iter()
            .filter(|(_, one)| matches!(one.how, How::Code))
            .filter_map(|(place, one)| Some((*place, self.parent(place.0, one, &known)?)))
            .collect();
        let later = self.later(&known);
        let own = |place: Place| self.member_text(place.0, known[&place].options, "path");
        let has_index: Vec<Place> = parents
            .iter()
            .filter(|(child, _)| own(**child).as_deref() == Some("/"))
            .map(|(_, parent)| *parent)
            .collect();
        let mut found = Vec::new();
        for (place, one) in made {
            if !matches!(one.how, How::Code) || has_index.contains(place) || own(*place).is_none() {
                continue;
            }
            let mut line = vec![*place];
            while let Some(parent) = parents.get(&line[line.len() - 1])
                && !line.contains(parent)
            {
                line.push(*parent);
            }
            let (mut shown, mut mounts) = (Around::default(), Vec::new());
            let mut path = String::new();
            for place in line.into_iter().rev() {
                self.add(place.0, known[&place], &mut shown, &mut mounts);
                if let Some(part) = later.get(&place) {
                    self.add(part.0, known[part], &mut shown, &mut mounts);
                }
                path = format!("{path}/{}", own(place).unwrap_or_default());
            }
            let at = self.values.module(place.0).place(one.at);
            found.push((path, at, shown, mounts));
        }
        for (path, at, shown, mounts) in found {
            self.emit(&path, at, &shown, &mounts);
        }
    }

    fn parent(&self, module: Number, one: &Made, known: &HashMap<Place, &Made>) -> Option<Place> {
        let (module, Expression::Object(properties)) = self.located(module, one.options)? else {
            return None;
        };
        let property = properties
            .iter()
            .find(|property| property.name.as_deref() == Some("getParentRoute"))?;
        let within = self.values.module(module);
        let Expression::Function(function) = within.expression(property.value) else {
            return None;
        };
        let returns = &within.functions[*function as usize].returns;
        self.made_at(module, *returns.first()?, known, 0)
    }

    /// The call that makes what an expression is: before `.lazy(…)`, `.addChildren(…)`.
    fn made_at(
        &self,
        module: Number,
        id: Id,
        known: &HashMap<Place, &Made>,
        depth: u32,
    ) -> Option<Place> {
        let (module, id) = self.locate(module, id, 0)?;
        if known.contains_key(&(module, id)) {
            return Some((module, id));
        }
        let within = self.values.module(module);
        let Expression::Call(call) = within.expression(id) else {
            return None;
        };
        let Expression::Member(object, _) = within.expression(within.calls[*call as usize].callee)
        else {
            return None;
        };
        (depth < 8).then(|| self.made_at(module, *object, known, depth + 1))?
    }

    /// `route.lazy(() => import(…).then((module) => module.Route))`: which part is of which route.
    fn later(&self, known: &HashMap<Place, &Made>) -> HashMap<Place, Place> {
        let mut later = HashMap::default();
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            for call in &module.calls {
                let Expression::Member(object, name) = module.expression(call.callee) else {
                    continue;
                };
                let (true, Some(loader)) = (&**name == "lazy", call.arguments.first()) else {
                    continue;
                };
                let Some(route) = self.made_at(number, *object, known, 0) else {
                    continue;
                };
                let part = self.module_of_import(number, *loader).and_then(|loaded| {
                    let mut parts = known.iter().filter(|((module, _), one)| {
                        *module == loaded && matches!(one.how, How::Part)
                    });
                    parts.next().map(|(place, _)| *place)
                });
                later.extend(part.map(|part| (route, part)));
            }
        }
        later
    }

    fn member_text(&self, module: Number, object: Id, name: &str) -> Option<String> {
        let object = self.values.of(module, object);
        self.values.member(&object, name).as_text()
    }

    fn emit(
        &mut self,
        path: &str,
        at: super::super::fragment::Place,
        shown: &Around,
        mounts: &[String],
    ) {
        let Some(path) = plain(path) else { return };
        for pattern in patterns(&path) {
            self.found.push(Declared {
                pattern,
                at: at.clone(),
                roots: shown.roots.clone(),
                loaders: shown.loaders.clone(),
                feeds_inputs: false,
                mounts: mounts.to_vec(),
            });
        }
    }
}

fn is_group(segment: &str) -> bool {
    segment.starts_with('(') && segment.ends_with(')')
}

/// A path as [`patterns`] reads it; nothing if a parameter is a part of a segment, which no pattern says.
fn plain(path: &str) -> Option<String> {
    let mut plain = String::new();
    for segment in path.split('/') {
        if segment.is_empty() || segment.starts_with('_') || is_group(segment) {
            continue;
        }
        let segment = segment.strip_suffix('_').unwrap_or(segment);
        let inner = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(segment);
        let segment = match (inner.strip_prefix("-$"), inner.strip_prefix('$')) {
            (Some(name), _) => format!(":{name}?"),
            (_, Some("")) => "*".to_owned(),
            (_, Some(name)) => format!(":{name}"),
            _ if inner.contains('$') => return None,
            _ => inner.to_owned(),
        };
        plain = format!("{plain}/{segment}");
    }
    Some(if plain.is_empty() { "/".into() } else { plain })
}
