//! Where sources come from: a directory of the machine, or what a host such as Node hands in.

use super::fragment::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What is under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// A tree of files. Paths are absolute, with `/`.
pub trait Disk: Send + Sync {
    /// The names in a directory with what they are, in any order; nothing if it cannot be read.
    fn list(&self, directory: &str) -> Vec<(String, Kind)>;
    /// A file's text; `None` if there is none or it is not UTF-8.
    fn read(&self, path: &str) -> Option<String>;
    /// What is there.
    fn kind(&self, path: &str) -> Option<Kind>;
    /// Writes a file, with the directories that it is in.
    fn write(&self, path: &str, text: &str) -> Result<(), String>;
    /// Carries work out, side by side where that can be done; the results in the order of the work.
    fn each<T: Sync, R: Send>(&self, work: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R>
    where
        Self: Sized,
    {
        work.iter().map(one).collect()
    }
}

/// The machine's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Disk for Machine {
    fn list(&self, directory: &str) -> Vec<(String, Kind)> {
        let Ok(entries) = std::fs::read_dir(directory) else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let kind = entry.file_type().ok()?;
                let name = entry.file_name().into_string().ok()?;
                // Links are not followed: they lead to other packages, or in circles.
                match (kind.is_dir(), kind.is_file()) {
                    (true, _) => Some((name, Kind::Directory)),
                    (_, true) => Some((name, Kind::File)),
                    _ => None,
                }
            })
            .collect()
    }

    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        let about = std::fs::metadata(path).ok()?;
        match (about.is_dir(), about.is_file()) {
            (true, _) => Some(Kind::Directory),
            (_, true) => Some(Kind::File),
            _ => None,
        }
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        let path = Path::new(path);
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(path, text))
            .map_err(|error| error.to_string())
    }

    /// On all cores; pieces are small, since files differ in size.
    fn each<T: Sync, R: Send>(&self, work: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
        use std::sync::atomic::{AtomicUsize, Ordering};
        const PIECE: usize = 16;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if threads == 1 || work.len() <= PIECE {
            return work.iter().map(one).collect();
        }
        let next = AtomicUsize::new(0);
        let mut pieces: Vec<(usize, Vec<R>)> = std::thread::scope(|scope| {
            let worker = || {
                let mut done = Vec::new();
                loop {
                    let start = next.fetch_add(PIECE, Ordering::Relaxed);
                    let Some(rest) = work.get(start..) else {
                        return done;
                    };
                    let piece = &rest[..PIECE.min(rest.len())];
                    if piece.is_empty() {
                        return done;
                    }
                    done.push((start, piece.iter().map(&one).collect()));
                }
            };
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("a worker that panicked has said why"))
                .collect()
        });
        pieces.sort_by_key(|(start, _)| *start);
        pieces.into_iter().flat_map(|(_, piece)| piece).collect()
    }
}

/// A source file as it was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// From the app's directory, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
    /// SHA-256 of the text.
    pub hash: [u8; 32],
}

impl Source {
    /// Of a text.
    pub fn new(path: String, text: String) -> Source {
        let hash = Sha256::digest(&text).into();
        Source { path, text, hash }
    }
}

/// Directories that hold no sources of the app.
const NOT_SOURCES: [&str; 14] = [
    "node_modules",
    "dist",
    "build",
    "out",
    "coverage",
    "target",
    "bower_components",
    "vendor",
    "__tests__",
    "__mocks__",
    "__snapshots__",
    "e2e",
    "cypress",
    "storybook-static",
];

/// Endings of what is read.
const SOURCES: [&str; 13] = [
    "html", "ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "graphql", "gql",
];

/// Whether a file is one of the app's sources: neither a test nor a declaration.
pub fn is_source(name: &str) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return false;
    };
    let is_other = [
        ".test", ".spec", ".stories", ".story", ".d", ".min", ".bench", ".cy",
    ]
    .iter()
    .any(|end| stem.ends_with(end));
    SOURCES.contains(&ending) && !is_other
}

/// Paths of all sources under a directory, sorted.
pub fn find(disk: &impl Disk, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(directory) = waiting.pop() {
        for (name, kind) in disk.list(&joined(root, &directory)) {
            let path = directory.join(&name);
            match kind {
                Kind::File if is_source(&name) => found.push(slashes(&path)),
                Kind::Directory
                    if !name.starts_with('.') && !NOT_SOURCES.contains(&name.as_str()) =>
                {
                    waiting.push(path);
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// One hash for all sources, in hex.
pub fn hash_of(sources: &[Source]) -> String {
    let mut hash = Sha256::new();
    for source in sources {
        hash.update((source.path.len() as u64).to_be_bytes());
        hash.update(&source.path);
        hash.update(source.hash);
    }
    hex(&hash.finalize())
}

fn joined(root: &str, path: &Path) -> String {
    slashes(&Path::new(root).join(path))
}

/// A path with `/`.
pub(super) fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
