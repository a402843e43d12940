//! Next.js: folders are routes, of `app` with its layouts and of `pages`.

use super::super::graph::Number;
use super::super::syntax::{Binding, Side};
use super::super::value::Value;
use super::reached::{export, reached};
use super::{Declared, Finder, Root, Start, file_name, patterns};
use rustc_hash::FxHashSet as HashSet;
use std::collections::BTreeMap;

/// What is shown at a path.
#[derive(Default)]
struct Shown {
    page: Number,
    roots: Vec<Root>,
    loaders: Vec<(Number, super::Id)>,
}

const CODE: [&str; 4] = ["tsx", "ts", "jsx", "js"];

impl Finder<'_, '_> {
    pub(super) fn next(&mut self) {
        if !self.is_next() {
            return;
        }
        let mut shown: BTreeMap<String, Shown> = BTreeMap::new();
        for number in 0..self.values.graph.modules.len() {
            let path = &self.values.module(number).path;
            let path = path.strip_prefix("src/").unwrap_or(path);
            let Some((path, ending)) = path.rsplit_once('.') else {
                continue;
            };
            if !CODE.contains(&ending) {
                continue;
            }
            if let Some(path) = path.strip_prefix("app/") {
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                if name == "page"
                    && let Some(url) = url(folder)
                {
                    self.app_page(folder, number, shown.entry(url).or_default());
                }
            } else if let Some(path) = path.strip_prefix("pages/")
                && !path.starts_with("api/")
                && !matches!(path, "_app" | "_document" | "_error" | "404" | "500")
            {
                let path = path
                    .strip_suffix("index")
                    .filter(|rest| rest.is_empty() || rest.ends_with('/'))
                    .unwrap_or(path);
                if let Some(url) = url(path) {
                    self.page(number, shown.entry(url).or_default());
                }
            }
        }
        for (url, shown) in shown {
            // `[[...rest]]` is shown without the rest too.
            let without = url.strip_suffix("/**").map(patterns).unwrap_or_default();
            for pattern in patterns(&url).into_iter().chain(without) {
                self.found.push(Declared {
                    pattern,
                    at: self.values.module(shown.page).place(0),
                    roots: shown.roots.clone(),
                    loaders: shown.loaders.clone(),
                    feeds_inputs: false,
                    mounts: Vec::new(),
                });
            }
        }
    }

    /// Other apps have folders of these names too.
    fn is_next(&self) -> bool {
        let graph = &self.values.graph;
        ["js", "mjs", "ts"]
            .iter()
            .any(|ending| graph.module_at(&format!("next.config.{ending}")).is_some())
            || graph.modules.iter().any(|module| {
                module.bindings.values().any(|binding| {
                    matches!(binding, Binding::Import(from, _) if &**from == "next" || from.starts_with("next/"))
                })
            })
    }

    fn beside(&self, folder: &str, name: &str) -> Option<Number> {
        let slash = if folder.ends_with('/') { "" } else { "/" };
        let mut paths = ["", "src/"].iter().flat_map(|base| {
            CODE.iter()
                .map(move |ending| format!("{base}{folder}{slash}{name}.{ending}"))
        });
        paths.find_map(|path| self.values.graph.module_at(&path))
    }

    fn app_page(&self, folder: &str, page: Number, shown: &mut Shown) {
        let mut around = "app".to_owned();
        let mut modules = Vec::new();
        for part in std::iter::once("").chain(folder.split('/')) {
            if !part.is_empty() {
                around = format!("{around}/{part}");
            } else if !modules.is_empty() {
                continue;
            }
            modules.extend(self.beside(&around, "layout"));
            modules.extend(self.beside(&around, "template"));
        }
        modules.push(page);
        modules.dedup();
        shown.page = page;
        for module in modules {
            let default = self.values.export(module, "default", 0);
            if let Some(Value::Function(module, function)) = default {
                shown.loaders.push((module, function));
            }
            match (self.values.module(module).side, default) {
                (Side::Client, Some(value)) => {
                    self.component(&value, "page", &mut shown.roots, &mut Vec::new());
                }
                _ => self.client_parts(module, &mut shown.roots),
            }
        }
    }

    /// A module that runs on the server, and what it shows that runs in the page.
    fn client_parts(&self, module: Number, roots: &mut Vec<Root>) {
        let name = file_name(&self.values.module(module).path);
        self.root(Start::Server(module), name, module, 0, roots);
        let reached = reached(self.values, &[Start::Module(module)], false).items;
        let mut modules: Vec<Number> = reached.iter().map(|(module, _)| *module).collect();
        modules.sort_unstable();
        modules.dedup();
        for number in modules {
            let within = self.values.module(number);
            if within.side != Side::Client {
                continue;
            }
            let mut items = Vec::new();
            for name in within.exports.keys() {
                export(self.values, number, name, &mut items, 0);
            }
            // Its own body comes with any of them.
            let items: HashSet<_> = items.into_iter().filter(|(_, item)| *item != 0).collect();
            let mut items: Vec<_> = items.intersection(&reached).copied().collect();
            items.sort_unstable();
            for (module, item) in items {
                let within = self.values.module(module);
                let at = within
                    .functions
                    .iter()
                    .skip(1)
                    .find(|function| function.item == item)
                    .map_or(0, |function| function.at);
                let name = &within.items[item as usize].name;
                self.root(Start::Item(module, item), name, module, at, roots);
            }
        }
    }

    /// Loads on the server, and all of its component runs in the page.
    fn page(&self, page: Number, shown: &mut Shown) {
        shown.page = page;
        for module in self.beside("pages", "_app").into_iter().chain([page]) {
            if let Some(value) = self.values.export(module, "default", 0) {
                self.component(&value, "page", &mut shown.roots, &mut Vec::new());
            }
        }
    }
}

/// From folders to a path as [`patterns`] reads it; nothing for what is shown at no path of its own.
fn url(folder: &str) -> Option<String> {
    let mut url = String::new();
    for part in folder.split('/').filter(|part| !part.is_empty()) {
        let name = |start: &str, end: &str| part.strip_prefix(start)?.strip_suffix(end);
        if part.starts_with("(.") || part.starts_with('_') {
            return None;
        }
        if part.starts_with('@') || name("(", ")").is_some() {
            continue;
        }
        let part = if name("[[...", "]]").is_some() {
            "**".to_owned()
        } else if name("[...", "]").is_some() {
            "*".to_owned()
        } else if let Some(name) = name("[", "]") {
            format!(":{name}")
        } else {
            part.to_owned()
        };
        url = format!("{url}/{part}");
    }
    Some(if url.is_empty() { "/".into() } else { url })
}
