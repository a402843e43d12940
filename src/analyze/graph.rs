//! The app's modules, and which of them an `import` means.

use super::angular::{Read, Shows, Template};
use super::disk::{self, Disk, Kind, Source};
use super::lower;
use super::syntax::{Binding, Export, Expression, Id, Module, Target};
use oxc_resolver::{
    FileMetadata, FileSystem, ResolveContext, ResolveError, ResolveOptions, ResolverGeneric,
    TsConfig, TsconfigDiscovery,
};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A place in [`Graph::modules`].
pub(super) type Number = usize;

/// Where an import leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    Module(Number),
    /// A file of GraphQL: a place in [`Graph::documents`].
    Document(usize),
    /// A package, or nothing that is known here.
    Outside,
}

pub(super) struct Graph {
    pub(super) modules: Vec<Module>,
    /// Files of GraphQL: path and text.
    pub(super) documents: Vec<(String, String)>,
    /// What Angular's templates in files of their own read.
    pub(super) words: HashSet<Box<str>>,
    /// What Angular's templates show.
    pub(super) shows: Shows,
    by_path: HashMap<String, Resolved>,
    resolved: HashMap<(Number, Box<str>), Resolved>,
}

impl Graph {
    pub(super) fn new<D: Disk + Clone + 'static>(
        disk: &D,
        root: &str,
        sources: &[Source],
        said: &mut dyn FnMut(usize),
    ) -> Graph {
        let mut graph = Graph {
            modules: Vec::new(),
            documents: Vec::new(),
            words: HashSet::default(),
            shows: Shows::default(),
            by_path: HashMap::default(),
            resolved: HashMap::default(),
        };
        let code: Vec<&Source> = sources
            .iter()
            .filter(|source| !is_document(&source.path) && !source.path.ends_with(".html"))
            .collect();
        for source in sources.iter().filter(|source| is_document(&source.path)) {
            graph.by_path.insert(
                source.path.clone(),
                Resolved::Document(graph.documents.len()),
            );
            graph
                .documents
                .push((source.path.clone(), source.text.clone()));
        }
        let templates: HashMap<&str, Read> = sources
            .iter()
            .filter(|source| source.path.ends_with(".html"))
            .map(|source| (source.path.as_str(), Read::of(&source.text)))
            .collect();
        for read in templates.values() {
            graph.words.extend(read.words.iter().cloned());
        }
        // In portions, so that there is something to tell of long runs.
        for portion in code.chunks(1000) {
            let modules = disk.each(portion, |source| lower::read(&source.path, &source.text));
            for module in modules {
                graph
                    .by_path
                    .insert(module.path.clone(), Resolved::Module(graph.modules.len()));
                graph.modules.push(module);
            }
            said(graph.modules.len());
        }
        graph.resolve(disk, root);
        graph.templates(&templates);
        graph
    }

    /// Which components Angular's templates show, and which methods only their events call.
    fn templates(&mut self, files: &HashMap<&str, Read>) {
        let mut by_selector: HashMap<Box<str>, Vec<(Number, Id)>> = HashMap::default();
        for (number, module) in self.modules.iter().enumerate() {
            for component in &module.components {
                let item = module.classes[component.class as usize].item;
                for selector in component.selector.split(',') {
                    by_selector
                        .entry(selector.trim().into())
                        .or_default()
                        .push((number, item));
                }
            }
        }
        for (number, module) in self.modules.iter_mut().enumerate() {
            let directory = module
                .path
                .rsplit_once('/')
                .map_or("", |(before, _)| before);
            for component in &module.components {
                let read = match &component.template {
                    Some(Template::Inline(read)) => read,
                    Some(Template::File(path)) => match files.get(&*join(directory, path)) {
                        Some(read) => read,
                        None => continue,
                    },
                    None => continue,
                };
                let class = &module.classes[component.class as usize];
                let shown = read
                    .elements
                    .iter()
                    .filter_map(|name| by_selector.get(name));
                self.shows
                    .entry((number, class.item))
                    .or_default()
                    .extend(shown.flatten());
                for name in &read.handlers {
                    // The class itself may call it at once.
                    if let Some(function) = class.methods.get(name)
                        && !module.calls.iter().any(|call| {
                            matches!(module.expression(call.callee), Expression::Member(of, called) if called == name && matches!(module.expression(*of), Expression::This(_)))
                        })
                    {
                        module.functions[*function as usize].is_handler = true;
                    }
                }
            }
        }
    }

    /// Where an import of a module leads.
    pub(super) fn import(&self, from: Number, what: &str) -> Resolved {
        self.resolved
            .get(&(from, what.into()))
            .copied()
            .unwrap_or(Resolved::Outside)
    }

    pub(super) fn module_at(&self, path: &str) -> Option<Number> {
        match self.known(path)? {
            Resolved::Module(number) => Some(number),
            _ => None,
        }
    }

    fn resolve<D: Disk + Clone + 'static>(&mut self, disk: &D, root: &str) {
        let resolver = Resolver::new(disk);
        let mut outside: HashSet<Box<str>> = HashSet::default();
        let mut at = 0;
        // Modules outside of the directory, such as a monorepo's libraries, are read when they are found.
        while at < self.modules.len() {
            for what in imports(&self.modules[at]) {
                if outside.contains(&what) || self.resolved.contains_key(&(at, what.clone())) {
                    continue;
                }
                let found = self.resolve_one(disk, &resolver, root, at, &what);
                if found == Resolved::Outside && !what.starts_with('.') {
                    outside.insert(what);
                } else {
                    self.resolved.insert((at, what), found);
                }
            }
            at += 1;
        }
    }

    fn resolve_one<D: Disk + Clone + 'static>(
        &mut self,
        disk: &D,
        resolver: &Resolver<D>,
        root: &str,
        from: Number,
        what: &str,
    ) -> Resolved {
        let path = self.modules[from].path.clone();
        let what = what.split(['?']).next().unwrap_or(what);
        if what.starts_with('.') {
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            if let Some(found) = self.known(&join(directory, what)) {
                return found;
            }
        }
        let whole = format!("{root}/{path}");
        if let Some(found) = resolver.find(&whole, what) {
            if let Some(inside) = found
                .strip_prefix(root)
                .and_then(|rest| rest.strip_prefix('/'))
                && let Some(known) = self.by_path.get(inside)
            {
                return *known;
            }
            let is_other = found.contains("/node_modules/")
                || !disk::is_source(found.rsplit('/').next().unwrap_or(""));
            if is_other {
                return Resolved::Outside;
            }
            return self.read_outside(disk, root, &found);
        }
        // What bundlers are commonly told: `@/` and `~/` are the sources, `$lib` is SvelteKit's.
        let aliased = [
            ("@/", "src/"),
            ("~/", "src/"),
            ("$lib/", "src/lib/"),
            ("@/", ""),
            ("~/", ""),
            ("src/", "src/"),
            ("/", ""),
        ];
        for (alias, directory) in aliased {
            if let Some(rest) = what.strip_prefix(alias)
                && let Some(found) = self.known(&format!("{directory}{rest}"))
            {
                return found;
            }
        }
        Resolved::Outside
    }

    fn read_outside<D: Disk>(&mut self, disk: &D, root: &str, found: &str) -> Resolved {
        let relative = relative(root, found);
        if let Some(known) = self.by_path.get(&relative) {
            return *known;
        }
        let Some(text) = disk.read(found) else {
            return Resolved::Outside;
        };
        let resolved = match is_document(found) {
            true => {
                self.documents.push((relative.clone(), text));
                Resolved::Document(self.documents.len() - 1)
            }
            false => {
                self.modules.push(lower::read(&relative, &text));
                Resolved::Module(self.modules.len() - 1)
            }
        };
        self.by_path.insert(relative, resolved);
        resolved
    }

    /// A path without its ending, or a directory's index, among the sources.
    fn known(&self, path: &str) -> Option<Resolved> {
        const ENDINGS: [&str; 9] = [
            ".ts", ".tsx", ".js", ".jsx", ".vue", ".svelte", ".mjs", ".mts", ".cjs",
        ];
        if let Some(found) = self.by_path.get(path) {
            return Some(*found);
        }
        let mut tried = String::new();
        let mut one = |parts: [&str; 3]| {
            tried.clear();
            tried.extend(parts);
            self.by_path.get(&tried).copied()
        };
        // TypeScript's imports name what they are compiled to.
        let stem = path
            .strip_suffix(".js")
            .or_else(|| path.strip_suffix(".jsx"))
            .or_else(|| path.strip_suffix(".mjs"));
        let index = if path.is_empty() { "index" } else { "/index" };
        ENDINGS
            .iter()
            .find_map(|ending| one([path, ending, ""]))
            .or_else(|| {
                stem.and_then(|stem| {
                    [".ts", ".tsx", ".mts"]
                        .iter()
                        .find_map(|ending| one([stem, ending, ""]))
                })
            })
            .or_else(|| ENDINGS.iter().find_map(|ending| one([path, index, ending])))
    }
}

/// All that a module imports.
fn imports(module: &Module) -> Vec<Box<str>> {
    let mut found: Vec<Box<str>> = Vec::new();
    for binding in module.bindings.values() {
        if let Binding::Import(from, _) = binding {
            found.push(from.clone());
        }
    }
    found.extend(module.stars.iter().cloned());
    for export in module.exports.values() {
        if let Export::From(from, _) = export {
            found.push(from.clone());
        }
    }
    for item in &module.items {
        for edge in &item.edges {
            if let Target::Module(from) = &edge.to {
                found.push(from.clone());
            }
        }
    }
    for expression in &module.expressions {
        if let Expression::Import(from) = expression {
            found.push(from.clone());
        }
    }
    found.sort();
    found.dedup();
    found
}

pub(super) fn is_document(path: &str) -> bool {
    path.ends_with(".graphql") || path.ends_with(".gql")
}

/// A path seen from a directory, dots resolved.
pub(super) fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

fn relative(root: &str, path: &str) -> String {
    let (root, path): (Vec<&str>, Vec<&str>) =
        (root.split('/').collect(), path.split('/').collect());
    let same = root.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", root.len() - same);
    up.chain(path[same..].iter().copied())
        .collect::<Vec<_>>()
        .join("/")
}

fn options() -> ResolveOptions {
    let texts = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    ResolveOptions {
        tsconfig: Some(TsconfigDiscovery::Auto),
        extensions: texts(&[
            ".ts", ".tsx", ".js", ".jsx", ".vue", ".svelte", ".mjs", ".mts", ".cjs", ".json",
        ]),
        extension_alias: vec![
            (".js".into(), texts(&[".ts", ".tsx", ".js"])),
            (".mjs".into(), texts(&[".mts", ".mjs"])),
        ],
        condition_names: texts(&["source", "svelte", "import", "browser", "default"]),
        main_fields: texts(&["source", "svelte", "module", "main"]),
        ..ResolveOptions::default()
    }
}

/// Node's rules and TypeScript's: tsconfig.json is looked for here, since the crate looks only beside paths that are
/// absolute by the target's rules, which in WebAssembly none is.
struct Resolver<D> {
    inner: ResolverGeneric<Files<D>>,
    disk: D,
    /// By directory: its configuration, and those that this refers to.
    configured: RefCell<HashMap<String, Rc<Vec<Arc<TsConfig>>>>>,
}

impl<D: Disk + Clone + 'static> Resolver<D> {
    fn new(disk: &D) -> Self {
        Resolver {
            inner: ResolverGeneric::new_with_file_system(Files(disk.clone()), options()),
            disk: disk.clone(),
            configured: RefCell::default(),
        }
    }

    /// The path of what a file imports.
    fn find(&self, file: &str, what: &str) -> Option<String> {
        let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut context = ResolveContext::default();
        let mut one = |config: Option<&TsConfig>| {
            let found = self
                .inner
                .resolve_with_context(directory, what, config, &mut context);
            found.ok().map(|found| disk::slashes(found.path()))
        };
        if !what.starts_with('.')
            && let Some(found) = self
                .configs(directory)
                .iter()
                .find_map(|config| one(Some(config)))
        {
            return Some(found);
        }
        one(None)
    }

    /// Those of the nearest tsconfig.json, within the app's directory or around it.
    fn configs(&self, directory: &str) -> Rc<Vec<Arc<TsConfig>>> {
        if let Some(known) = self.configured.borrow().get(directory) {
            return known.clone();
        }
        let file = format!("{directory}/tsconfig.json");
        let found = match self.disk.kind(&file) {
            Some(Kind::File) => {
                let config = self.inner.resolve_tsconfig(&file).ok();
                let all = config.into_iter().flat_map(|config| {
                    let others = config.references_resolved.clone();
                    std::iter::once(config).chain(others)
                });
                Rc::new(all.collect())
            }
            _ => match directory.rsplit_once('/') {
                Some((parent, _)) if !parent.is_empty() => self.configs(parent),
                _ => Rc::default(),
            },
        };
        self.configured
            .borrow_mut()
            .insert(directory.to_owned(), found.clone());
        found
    }
}

/// A disk as the resolver wants it.
struct Files<D>(D);

impl<D: Disk + 'static> FileSystem for Files<D> {
    fn new() -> Self {
        unreachable!("it is always given")
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read_to_string(path).map(String::into_bytes)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        self.0
            .read(&disk::slashes(path))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        match self.0.kind(&disk::slashes(path)) {
            Some(kind) => Ok(FileMetadata::new(
                kind == Kind::File,
                kind == Kind::Directory,
                false,
            )),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.metadata(path)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        Err(ResolveError::NotFound(disk::slashes(path)))
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }
}
