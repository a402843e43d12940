//! One app from its directory to its fragment.

use super::asks::{self, Ask, Asks, Callers, Remark};
use super::config::{self, Config};
use super::disk::{self, Disk, Source};
use super::fragment::{self, App, Entry, Fragment, Place, Route, Value as Known, What};
use super::graph::{Graph, Number};
use super::routes::{self, Declared, Start};
use super::syntax::{Expression, Id};
use super::unread;
use super::value::{Part, Value, Values};
use rustc_hash::FxHashSet as HashSet;
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Default)]
pub struct Analysis {
    /// For other apps and for the page.
    pub fragment: Fragment,
    /// For the app's own people.
    pub remarks: Vec<Remark>,
    /// How many files were read.
    pub files: usize,
    /// Where each operation's document is written, piece by piece: for messages about places in it.
    pub places: Vec<Vec<(usize, Place)>>,
}

/// Reads the app in a directory, whose path is absolute and has `/`.
pub fn analyze<D: Disk + Clone + 'static>(disk: &D, root: &str) -> Result<Analysis, String> {
    let root = root.trim_end_matches('/');
    Ok(Sources::read(disk, root)?.analyze(disk, root, &mut |_| ()))
}

/// An app's sources, and what it declares.
pub(super) struct Sources {
    pub(super) config: Config,
    pub(super) files: Vec<Source>,
    /// Of all that a fragment is made of, but for files outside of the directory.
    pub(super) hash: String,
}

impl Sources {
    pub(super) fn read(disk: &impl Disk, root: &str) -> Result<Sources, String> {
        let mut others = String::new();
        for name in [
            config::FILE,
            "package.json",
            "tsconfig.json",
            "jsconfig.json",
            "index.html",
        ] {
            let text = disk.read(&format!("{root}/{name}"));
            others.push_str(&format!("{name} {:?}\n", text));
        }
        let config = match disk.read(&format!("{root}/{}", config::FILE)) {
            Some(text) => Config::parse(&text)?,
            None => Config::default(),
        };
        let mut paths = disk::find(disk, root);
        paths.retain(|path| {
            !config
                .ignore
                .iter()
                .any(|start| path.starts_with(start.trim_start_matches("./")))
        });
        let read = disk.each(&paths, |path| {
            disk.read(&format!("{root}/{path}"))
                .map(|text| Source::new(path.clone(), text))
        });
        let files: Vec<Source> = read.into_iter().flatten().collect();
        let hash = format!("{}\n{others}", disk::hash_of(&files));
        Ok(Sources {
            config,
            files,
            hash,
        })
    }

    /// `said` hears how many files have been read.
    pub(super) fn analyze<D: Disk + Clone + 'static>(
        &self,
        disk: &D,
        root: &str,
        said: &mut dyn FnMut(usize),
    ) -> Analysis {
        disk.expect(self.files.iter().map(|file| file.text.len()).sum());
        let graph = Graph::new(disk, root, &self.files, said);
        let values = Values::new(&graph, &self.config);
        let mut found = asks::find(&values);
        unread::note(&values, &mut found);
        let declared = routes::declared(&values, &self.config);
        let package = Package::read(disk, root);
        let maker = Maker {
            values: &values,
            asks: &found,
            config: &self.config,
        };
        let name = self
            .config
            .app
            .clone()
            .or_else(|| connected(&values))
            .unwrap_or(package.name.clone());
        let mut made = Fragment {
            forebay: fragment::VERSION,
            app: App {
                name,
                version: package.version.clone(),
            },
            sources: disk::hash_of(&self.files),
            routes: declared.iter().map(|route| maker.route(route)).collect(),
            entries: maker.entries(disk, root, &package),
            ..Fragment::default()
        };
        let places = found
            .pieces
            .iter()
            .map(|piece| piece.places(&values))
            .collect();
        let mut remarks = found.remarks;
        for module in &graph.modules {
            for (at, why) in &module.wrong {
                remarks.push(Remark {
                    is_error: false,
                    at: module.place(*at),
                    length: 1,
                    message: format!("this file cannot be read: {why}"),
                    help: "what it asks for is not in the fragment; correct it, or leave it out with `ignore` in forebay.config.json".into(),
                });
            }
        }
        made.operations = found.operations;
        made.requests = found.requests;
        remarks.sort_by(|a, b| a.at.cmp(&b.at));
        made.seal();
        Analysis {
            fragment: made,
            remarks,
            files: self.files.len(),
            places,
        }
    }
}

/// What `package.json` says.
#[derive(Default)]
struct Package {
    name: String,
    version: String,
    main: Option<String>,
}

impl Package {
    fn read(disk: &impl Disk, root: &str) -> Package {
        let text = disk
            .read(&format!("{root}/package.json"))
            .unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let member = |name: &str| {
            json.get(name)
                .and_then(|value| value.as_str())
                .map(ToOwned::to_owned)
        };
        let directory = root.rsplit('/').next().unwrap_or(root);
        Package {
            name: member("name").unwrap_or_else(|| directory.to_owned()),
            version: member("version").unwrap_or_default(),
            main: member("source").or_else(|| member("main")),
        }
    }
}

/// The name that the app gives to `connect`, if it gives one.
fn connected(values: &Values) -> Option<String> {
    let mut names = HashSet::default();
    for (number, module) in values.graph.modules.iter().enumerate() {
        for call in &module.calls {
            if let Value::Outside(from, name) = values.of(number, call.callee)
                && (&*from, &*name) == ("forebay", "connect")
                && let Some(options) = call.arguments.first()
            {
                let options = values.of(number, *options);
                names.extend(values.member(&options, "app").as_text());
            }
        }
    }
    (names.len() == 1)
        .then(|| names.into_iter().next())
        .flatten()
}

struct Maker<'m, 'g> {
    values: &'m Values<'g>,
    asks: &'m Asks,
    config: &'m Config,
}

/// Whose parameters the route's are.
struct Feeds<'f> {
    loaders: &'f [(Number, Id)],
    inputs: bool,
    /// `mount(element, { params })` of an entry.
    is_entry: bool,
}

impl Maker<'_, '_> {
    fn route(&self, declared: &Declared) -> Route {
        let starts: Vec<Start> = declared.roots.iter().map(|root| root.start).collect();
        let feeds = Feeds {
            loaders: &declared.loaders,
            inputs: declared.feeds_inputs,
            is_entry: false,
        };
        let parameters = declared
            .pattern
            .split('/')
            .filter_map(|part| part.strip_prefix(':'))
            .collect::<Vec<_>>();
        let mut asks = self.asks_from(&starts, false, &feeds);
        for ask in &mut asks {
            // Of another route's component that is also shown here.
            ask.with.retain(|_, value| match value {
                Known::Param(name) => {
                    parameters.contains(&name.as_str()) || declared.pattern.ends_with('*')
                }
                _ => true,
            });
        }
        Route {
            pattern: declared.pattern.clone(),
            at: declared.at.clone(),
            components: declared
                .roots
                .iter()
                .map(|root| root.component.clone())
                .collect(),
            asks,
            mounts: declared.mounts.clone(),
        }
    }

    fn asks_from(&self, starts: &[Start], with_routes: bool, feeds: &Feeds) -> Vec<fragment::Ask> {
        let reached = routes::reached(self.values, starts, with_routes);
        let mut asks: Vec<fragment::Ask> = Vec::new();
        for ask in &self.asks.all {
            let module = self.values.module(ask.module);
            let call = &module.calls[ask.call as usize];
            if reached.has(module, ask.module, call) {
                asks.push(fragment::Ask {
                    what: ask.what,
                    at_once: ask.at_once,
                    with: self.with(ask, feeds),
                    at: module.place(call.at),
                });
            }
        }
        asks.sort_by(|a, b| (a.what, &a.at).cmp(&(b.what, &b.at)));
        asks
    }

    /// What is known of an ask's variables.
    fn with(&self, ask: &Ask, feeds: &Feeds) -> BTreeMap<String, Known> {
        let mut with = BTreeMap::new();
        for (name, value) in &ask.with {
            if let Some(known) = known(self.values, &self.asks.callers, value, feeds) {
                with.insert(name.clone(), known);
            }
        }
        if let What::Operation(number) = ask.what {
            let operation = &self.asks.operations[number];
            for variable in &operation.variables {
                if let Some(text) = self
                    .config
                    .values
                    .get(&format!("{}.{}", operation.name, variable.name))
                {
                    let known = match text.strip_prefix(':') {
                        Some(parameter) => Known::Param(parameter.to_owned()),
                        None => Known::Always(text.clone().into()),
                    };
                    with.insert(variable.name.clone(), known);
                }
            }
        }
        with
    }

    fn entries(&self, disk: &impl Disk, root: &str, package: &Package) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut add = |name: &str, module: Number| {
            let feeds = Feeds {
                loaders: &[],
                inputs: true,
                is_entry: true,
            };
            entries.push(Entry {
                name: name.to_owned(),
                at: self.values.module(module).place(0),
                asks: self.asks_from(&[Start::Module(module)], true, &feeds),
            });
        };
        if let Some(module) = self.entry(disk, root, package) {
            add(".", module);
        }
        for (name, path) in self.exposed() {
            let path = path.trim_start_matches("./");
            let endings = [
                "",
                ".tsx",
                ".ts",
                ".jsx",
                ".js",
                ".vue",
                ".svelte",
                "/index.tsx",
                "/index.ts",
                "/index.js",
            ];
            if let Some(module) = endings
                .iter()
                .find_map(|ending| self.values.graph.module_at(&format!("{path}{ending}")))
            {
                add(&name, module);
            }
        }
        entries
    }

    /// Where the app begins.
    fn entry(&self, disk: &impl Disk, root: &str, package: &Package) -> Option<Number> {
        let at = |path: &str| {
            self.values
                .graph
                .module_at(path.trim_start_matches("./").trim_start_matches('/'))
        };
        if let Some(entry) = &self.config.entry {
            return at(entry);
        }
        let page = ["index.html", "src/index.html", "public/index.html"]
            .iter()
            .find_map(|page| disk.read(&format!("{root}/{page}")));
        let script = page.as_deref().and_then(|page| {
            let tag = page
                .find("<script")
                .and_then(|at| page[at..].find("src=\"").map(|more| at + more + 5))?;
            Some(page[tag..].split('"').next().unwrap_or("").to_owned())
        });
        let stems = [
            "src/main",
            "src/index",
            "main",
            "index",
            "src/app",
            "src/bootstrap",
        ];
        let usual = stems.iter().flat_map(|stem| {
            ["ts", "tsx", "js", "jsx", "mjs"]
                .iter()
                .map(move |ending| format!("{stem}.{ending}"))
        });
        script
            .as_deref()
            .and_then(at)
            .or_else(|| package.main.as_deref().and_then(at))
            .or_else(|| usual.into_iter().find_map(|path| at(&path)))
    }

    /// What Module Federation's configuration exposes, and the app's own.
    fn exposed(&self) -> BTreeMap<String, String> {
        let mut exposed = self.config.exposes.clone();
        for (number, module) in self.values.graph.modules.iter().enumerate() {
            for id in &module.federations {
                let Expression::Object(_) = module.expression(*id) else {
                    continue;
                };
                let Value::Object(members, _) =
                    self.values.member(&self.values.of(number, *id), "exposes")
                else {
                    continue;
                };
                for (name, value) in members.iter() {
                    let path = value
                        .as_text()
                        .or_else(|| self.values.member(value, "import").as_text());
                    if let Some(path) = path {
                        exposed.insert(name.to_string(), path);
                    }
                }
            }
        }
        exposed
    }
}

/// What a slot takes, if that is known before any code runs.
fn known(values: &Values, callers: &Callers, value: &Value, feeds: &Feeds) -> Option<Known> {
    let through = asks::through_callers(values, callers, value, 0);
    match &through {
        Value::RouteParameter(name) => Some(Known::Param(name.to_string())),
        Value::QueryParameter(name) => Some(Known::Query(name.to_string())),
        Value::Input(name) if feeds.inputs => Some(Known::Param(name.to_string())),
        Value::Constant(constant) => Some(Known::Always(constant.clone())),
        Value::Text(text) => match (text.whole(), &text.0[..]) {
            (Some(text), _) => Some(Known::Always(text.into())),
            (None, [Part::Slot(_, inner)]) => known(values, callers, inner, feeds),
            _ => None,
        },
        Value::Parameter(module, function, _, path) => {
            let name = path.last()?;
            let from_params = path.len() >= 2 && &*path[path.len() - 2] == "params";
            let is_loader = feeds.loaders.contains(&(*module, *function));
            let is_mount = feeds.is_entry
                && matches!(
                    &*values.module(*module).functions[*function as usize].name,
                    "mount" | "bootstrap" | "default"
                );
            (from_params && (is_loader || is_mount)).then(|| Known::Param(name.to_string()))
        }
        _ => None,
    }
}
