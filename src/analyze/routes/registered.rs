//! Routes by registration: single-spa's, and those of forebay.config.json.

use super::{Declared, Finder, Start, file_name};
use crate::analyze::config::{self, Config};
use crate::analyze::fragment::Place;
use crate::analyze::syntax::CallKind;
use crate::analyze::value::Value;

impl Finder<'_, '_> {
    /// single-spa's `registerApplication`.
    pub(super) fn registrations(&mut self) {
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
    pub(super) fn configured(&mut self, config: &Config) {
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
                file: config::FILE.into(),
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
