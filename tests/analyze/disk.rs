//! A tree of files in memory.

use forebay::analyze::disk::{Disk, Kind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Absolute paths and texts.
#[derive(Clone)]
pub struct Tree(Arc<BTreeMap<String, String>>);

impl Tree {
    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Tree {
        Tree(Arc::new(files.into_iter().collect()))
    }
}

impl Disk for Tree {
    fn list(&self, directory: &str) -> Vec<(String, Kind)> {
        let directory = format!("{}/", directory.trim_end_matches('/'));
        let mut found: Vec<(String, Kind)> = Vec::new();
        for path in self.0.keys() {
            let Some(rest) = path.strip_prefix(&directory) else {
                continue;
            };
            let one = match rest.split_once('/') {
                Some((name, _)) => (name.to_owned(), Kind::Directory),
                None => (rest.to_owned(), Kind::File),
            };
            if found.last() != Some(&one) && !found.contains(&one) {
                found.push(one);
            }
        }
        found
    }

    fn read(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        if self.0.contains_key(path) {
            return Some(Kind::File);
        }
        let within = format!("{path}/");
        self.0
            .keys()
            .any(|other| other.starts_with(&within))
            .then_some(Kind::Directory)
    }

    fn write(&self, path: &str, _text: &str) -> Result<(), String> {
        Err(format!("{path} cannot be written"))
    }
}
