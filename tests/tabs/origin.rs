//! What the tabs have in common: the disk, the locks and the server.

use forebay::broker::FlightId;
use forebay::depot::{Line, Record};
use forebay::fingerprint::Fingerprint;
use forebay::http::Head;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// One page's number; a tab that is opened anew gets another.
pub type Tab = u32;

/// Something that is asked for: a resource, and under which name the answer has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    pub name: String,
    pub resource: usize,
}

/// An answer: who asked for what, and how new each part of it is.
#[derive(Clone, Debug)]
pub struct Answer {
    pub parts: Vec<(Part, u64)>,
    pub person: u32,
    /// In which epoch of its page it was sent, and when.
    pub epoch: u32,
    pub sent: u64,
    pub head: Head,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub record: Record,
    pub answer: Answer,
}

#[derive(Default)]
pub struct Lock {
    pub holder: Option<(Tab, FlightId)>,
    pub queue: VecDeque<(Tab, FlightId)>,
}

/// A line of the log, and what it means: since when nobody may see an older version of the resource.
#[derive(Clone, Debug)]
pub struct Said {
    pub line: Line,
    pub resource: usize,
    pub version: u64,
}

#[derive(Default)]
pub struct Origin {
    pub rows: BTreeMap<(u32, Fingerprint), Row>,
    pub floor: u32,
    pub log: Vec<Said>,
    pub locks: BTreeMap<Fingerprint, Lock>,
    pub versions: Vec<u64>,
    /// By resource: what an acknowledged write has made.
    pub acknowledged: Vec<u64>,
    /// Tabs that have said what the log does not have yet.
    pub marks: BTreeSet<Tab>,
}

/// So many lines are kept. Few, so that the floor rises in many worlds.
const LINES: usize = 5;

impl Origin {
    pub fn append(&mut self, lines: Vec<Said>) {
        self.log.extend(lines);
        while self.log.len() > LINES {
            self.log.remove(0);
            self.floor += 1;
        }
    }

    /// Takes a tab's claims and places in queues away; gives whose turn it is now.
    pub fn forget_locks(
        &mut self,
        which: impl Fn(&(Tab, FlightId)) -> bool,
    ) -> Vec<(Tab, FlightId, Fingerprint)> {
        let mut granted = Vec::new();
        for (key, lock) in &mut self.locks {
            lock.queue.retain(|who| !which(who));
            if lock.holder.as_ref().is_some_and(&which) {
                lock.holder = lock.queue.pop_front();
                if let Some((tab, flight)) = lock.holder {
                    granted.push((tab, flight, *key));
                }
            }
        }
        granted
    }
}
