//! SvelteKit: folders are routes.

use super::super::fragment::Place;
use super::super::graph::Number;
use super::super::value::Value;
use super::{Declared, Finder, Start, file_name, patterns};
use rustc_hash::FxHashMap as HashMap;

impl Finder<'_, '_> {
    /// Pages with the layouts around them.
    pub(super) fn svelte_kit(&mut self) {
        let mut layouts: HashMap<String, Vec<Number>> = HashMap::default();
        let mut pages: Vec<(String, Number)> = Vec::new();
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            let Some(at) = module
                .path
                .find("src/routes/")
                .map(|at| at + "src/routes/".len())
            else {
                continue;
            };
            let (directory, file) = module.path[at..]
                .rsplit_once('/')
                .unwrap_or(("", &module.path[at..]));
            match file {
                "+layout.svelte" | "+layout.ts" | "+layout.js" => layouts
                    .entry(directory.to_owned())
                    .or_default()
                    .push(number),
                "+page.svelte" | "+page.ts" | "+page.js" => {
                    pages.push((directory.to_owned(), number))
                }
                _ => {}
            }
        }
        let mut by_directory: HashMap<String, Vec<Number>> = HashMap::default();
        for (directory, number) in pages {
            by_directory.entry(directory).or_default().push(number);
        }
        for (directory, pages) in by_directory {
            let mut shown: Vec<Number> = layouts.get("").cloned().unwrap_or_default();
            let mut so_far = String::new();
            for part in directory.split('/').filter(|part| !part.is_empty()) {
                if !so_far.is_empty() {
                    so_far.push('/');
                }
                so_far.push_str(part);
                shown.extend(layouts.get(&so_far).into_iter().flatten());
            }
            shown.extend(&pages);
            let mut roots = Vec::new();
            let mut loaders = Vec::new();
            for number in shown {
                let module = self.values.module(number);
                self.root(
                    Start::Module(number),
                    file_name(&module.path),
                    number,
                    0,
                    &mut roots,
                );
                if let Some(Value::Function(module, function)) =
                    self.values.export(number, "load", 0)
                {
                    loaders.push((module, function));
                }
            }
            let at = roots
                .last()
                .map_or(Place::default(), |root| root.component.at.clone());
            let path = directory
                .split('/')
                .filter(|part| !part.is_empty() && !part.starts_with('('))
                .map(|part| {
                    let inner = part.trim_start_matches('[').trim_end_matches(']');
                    let name = inner.split('=').next().unwrap_or(inner);
                    match part {
                        _ if part.starts_with("[...") => "*".to_owned(),
                        _ if part.starts_with("[[") => format!(":{name}?"),
                        _ if part.starts_with('[') => format!(":{name}"),
                        _ => part.to_owned(),
                    }
                });
            let path = format!("/{}", path.collect::<Vec<_>>().join("/"));
            for pattern in patterns(&path) {
                self.found.push(Declared {
                    pattern,
                    at: at.clone(),
                    roots: roots.clone(),
                    loaders: loaders.clone(),
                    feeds_inputs: true,
                    mounts: Vec::new(),
                });
            }
        }
    }
}
