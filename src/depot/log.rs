//! What the tabs of an origin have declared out of date: who said it, who has heard of it, and in which order it lies on
//! disk.
//!
//! Each tab counts what it says. Tabs hear of each other's words at once, and these get numbers in one log on disk a
//! little later. Two questions are answered from here:
//! - *Has that tab's flight begun after all that I know of?* Its tab says how far it had heard each other when the flight
//!   began; if anything is missing that this tab had heard, its answer may be older than what was promised here.
//! - *Is this row out of date?* A row remembers the last number up to which its tab had heard everything when its flight
//!   began; whatever has a higher one and covers it makes it dead, whichever tab said it, and however long this one slept.

use crate::cache::{Generation, Scope, Subject};
use std::collections::VecDeque;

/// One page's number among the tabs, never used twice.
pub type Tab = u32;

/// So many hearings are kept; older ones, but for the last of each tab, are forgotten, which may cost a request.
const HEARINGS: usize = 128;

/// A tab's word, by how many it had said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// Whose.
    pub tab: Tab,
    /// The how-manieth.
    pub count: u32,
}

/// An invalidation as it lies on disk.
#[derive(Clone, Debug)]
pub struct Line {
    /// Whose it was.
    pub word: Word,
    /// See [`write_scope`].
    pub scope: Box<str>,
}

#[derive(Debug)]
struct Said {
    number: u32,
    scope: Scope,
    /// When this tab had heard of it.
    known: Generation,
}

/// The log, as far as this tab knows it.
#[derive(Debug, Default)]
pub(super) struct Log {
    heard: VecDeque<(Word, Generation)>,
    /// What has no number so far.
    pending: Vec<(Word, Scope)>,
    /// Rows with a lower number are dead.
    floor: u32,
    /// The last number.
    number: u32,
    said: VecDeque<Said>,
}

impl Log {
    /// A tab, this or another, has declared something out of date; or has declared so much before this one came.
    pub(super) fn hear(
        &mut self,
        now: Generation,
        word: Word,
        scopes: impl Iterator<Item = Scope>,
    ) {
        // Who has said nothing need not be heard.
        if word.count > 0 {
            self.heard.push_back((word, now));
        }
        let lasting = scopes.filter(|scope| !matches!(scope, Scope::InTheAir { .. }));
        self.pending.extend(lasting.map(|scope| (word, scope)));
        if self.heard.len() > HEARINGS {
            let old: Vec<_> = self.heard.drain(..HEARINGS / 2).collect();
            let is_last = |word: &Word, rest: &VecDeque<(Word, Generation)>| {
                !rest.iter().any(|(other, _)| other.tab == word.tab)
            };
            for hearing in old.into_iter().rev() {
                if is_last(&hearing.0, &self.heard) {
                    self.heard.push_front(hearing);
                }
            }
        }
    }

    /// How far each tab had been heard then.
    pub(super) fn heard_at(&self, began: Generation) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        for (word, _) in self.heard.iter().filter(|(_, at)| *at <= began) {
            match words.iter_mut().find(|known| known.tab == word.tab) {
                Some(known) => known.count = known.count.max(word.count),
                None => words.push(*word),
            }
        }
        words
    }

    /// The log was read: the numbers above `floor` in their order.
    pub(super) fn read(&mut self, now: Generation, floor: u32, lines: &[Line]) {
        for (at, line) in lines.iter().enumerate() {
            let number = floor + 1 + at as u32;
            if number > self.number {
                let hearing = self.heard.iter().find(|(word, _)| *word == line.word);
                let known = hearing.map_or(now, |(_, at)| *at);
                let scope = read_scope(&line.scope);
                self.said.push_back(Said {
                    number,
                    scope,
                    known,
                });
            }
            self.pending.retain(|(word, _)| *word != line.word);
        }
        self.number = self.number.max(floor + lines.len() as u32);
        if floor > self.floor {
            self.floor = floor;
            self.said.retain(|said| said.number > floor);
        }
    }

    /// The number for rows of flights that began then.
    pub(super) fn number_at(&self, began: Generation) -> u32 {
        let unknown = self.said.iter().find(|said| said.known > began);
        unknown.map_or(self.number, |said| said.number - 1)
    }

    /// Whether anything about this may ever have been declared out of date: the browser's own HTTP cache has not heard of it.
    pub(super) fn has_covered(&self, subject: &Subject) -> bool {
        let numbered = self.said.iter().map(|said| &said.scope);
        let pending = self.pending.iter().map(|(_, scope)| scope);
        self.floor > 0
            || numbered
                .chain(pending)
                .any(|scope| scope.may_cover(subject))
    }

    /// Whether a row about this, with this number, is out of date.
    pub(super) fn covers(&self, number: u32, subject: &Subject) -> bool {
        let numbered = self
            .said
            .iter()
            .filter(|said| said.number > number)
            .map(|said| &said.scope);
        let pending = self.pending.iter().map(|(_, scope)| scope);
        // A higher one than there is comes from a log that somebody has lost, and nobody can say what has happened since.
        number < self.floor
            || number > self.number
            || numbered
                .chain(pending)
                .any(|scope| scope.covers_entries_of(subject))
    }
}

/// Whether who has heard `theirs` has heard all of `ours`.
pub(super) fn has_heard(theirs: &[Word], ours: &[Word]) -> bool {
    ours.iter().all(|our| {
        theirs
            .iter()
            .any(|word| word.tab == our.tab && word.count >= our.count)
    })
}

/// The text of a scope: a letter for its kind, and what it names. `None`: it concerns nothing that lies on a disk.
pub fn write_scope(scope: &Scope) -> Option<String> {
    let (kind, name) = match scope {
        Scope::All => ("*", String::new()),
        Scope::Url(pattern) => ("u", String::from(&**pattern)),
        Scope::Exactly(url) => ("x", String::from(&**url)),
        Scope::Tag(tag) => ("t", String::from(&**tag)),
        Scope::Type(name) => ("y", String::from(&**name)),
        // No origin has a line feed in it.
        Scope::Group { origin, name } => ("g", [&**origin, "\n", &**name].concat()),
        Scope::InTheAir { .. } => return None,
    };
    Some([kind, &name].concat())
}

/// What cannot be read covers everything: a later version may have written it.
fn read_scope(text: &str) -> Scope {
    let (kind, name) = text.split_at_checked(1).unwrap_or(("*", ""));
    match kind {
        "u" => Scope::Url(name.into()),
        "x" => Scope::Exactly(name.into()),
        "t" => Scope::Tag(name.into()),
        "y" => Scope::Type(name.into()),
        "g" => {
            let (origin, name) = crate::ascii::cut(name, b'\n').unwrap_or((name, ""));
            Scope::Group {
                origin: origin.into(),
                name: name.into(),
            }
        }
        _ => Scope::All,
    }
}
