//! What all tabs of an origin share: answers on disk, and flights.
//!
//! The depot stands between the broker and the network. The broker orders an exchange; the depot says where its answer comes
//! from: the disk, the flight of another tab, or the server. To the broker it is a nearer server, as the browser's own HTTP
//! cache is, so that whatever the broker promises holds with and without it.
//!
//! It is sans-IO like the broker: [`Depot::handle`] is told one fact and answers with orders. What it keeps (each point is an
//! invariant of the simulation in `tests/`):
//! - a row is given out only if nothing covers it that any tab has declared out of date since the row's flight began, as
//!   far as this tab has heard (and a tab that begins, or wakes, first reads what it has missed);
//! - another tab's answer is taken only if that tab, when its flight began, had heard all that this one had when it asked;
//! - tabs that hear each other send one request for a fingerprint: who wants to send holds its claim, looks at the disk once
//!   more, and gives the claim up when the answer lies there;
//! - whoever waits for the disk, a claim or another tab waits a bounded time, and then sends.

mod facts;
mod log;
mod orders;
mod passage;
mod patience;
mod peers;
mod record;
mod shelf;

pub use facts::{Errand, Input, Kept, Reach, Say};
pub use log::{Line, Tab, Word, write_scope};
pub use orders::Command;
pub use record::Record;

use crate::broker::{FlightId, Table, Time};
use crate::cache::{Generation, Subject};
use crate::fingerprint::Fingerprint;
use log::Log;
use passage::{Passage, Stage};
use shelf::Shelf;

/// A body that is longer is not written: the browser copies it in one piece, which holds the page.
pub const LARGEST_BODY: u32 = 2 * 1024 * 1024;

/// What all tabs share, as one tab sees it.
#[derive(Debug)]
pub struct Depot {
    is_open: bool,
    has_disk: bool,
    has_peers: bool,
    /// There have been others, whose rows the index does not know.
    has_met: bool,
    log: Log,
    shelf: Shelf,
    passages: Table<FlightId, Passage>,
    /// When the disk, and when the browser's locks have answered last: while they do, they are waited for.
    disk_spoke: Time,
    locks_spoke: Time,
    /// When waking was ordered.
    alarm: Option<Time>,
    commands: Vec<Command>,
}

impl Depot {
    /// Of a tab that knows nothing yet. `budget`: bytes of bodies on disk.
    pub fn new(budget: u64) -> Self {
        Depot {
            is_open: false,
            has_disk: false,
            has_peers: false,
            has_met: false,
            log: Log::default(),
            shelf: Shelf::new(budget),
            passages: Table::default(),
            disk_spoke: Time(0),
            locks_spoke: Time(0),
            alarm: None,
            commands: Vec::new(),
        }
    }

    /// Takes one fact in, and gives the orders that follow. `calendar`: what the calendar shows more than the page's clock;
    /// `present`: the broker's generation.
    pub fn handle(
        &mut self,
        now: Time,
        calendar: u64,
        present: Generation,
        input: Input,
    ) -> Vec<Command> {
        let moment = now.plus(calendar).0;
        match input {
            Input::Opened {
                has_disk,
                has_peers,
            } => {
                (self.is_open, self.has_disk) = (true, has_disk);
                self.has_peers |= has_peers;
                self.has_met |= has_peers;
                for flight in self
                    .passages
                    .keys_where(|passage| passage.stage == Stage::Opening)
                {
                    self.begin(now, flight);
                }
            }
            Input::Met => self.met(),
            Input::Parted => {
                self.has_peers = false;
                for flight in self.passages.keys_where(|passage| passage.has_claim) {
                    self.expect_nobody(flight);
                }
            }
            Input::Read { floor, lines } => self.log.read(present, floor, &lines),
            Input::Heard { word, scopes } => self.log.hear(present, word, scopes.into_iter()),
            Input::Sought(flight, errand) => self.sought(now, flight, *errand),
            Input::Adopted(flight, errand) => {
                self.enter(flight, *errand, Stage::InTheAir { has_head: false }, None)
            }
            Input::Loaded(flight, record) => {
                self.disk_spoke = now;
                self.loaded(now, moment, flight, record);
            }
            Input::Claimed(flight, is_ours) => {
                self.locks_spoke = now;
                self.claimed(now, flight, is_ours);
            }
            Input::Told(key, what) => self.told(key, what),
            Input::Offered(key, words) => self.offered(&key, &words),
            Input::Headed { flight, is_shared } => self.headed(flight, is_shared),
            Input::Failed(flight, status) => self.failed(moment, flight, status),
            Input::Settled {
                flight,
                kept,
                is_whole,
            } => self.settled(flight, kept, is_whole),
            Input::Written(flight) => {
                self.disk_spoke = now;
                self.leave(flight);
            }
            Input::Ended(flight) => self.leave(flight),
            Input::Indexed(rows) => self.indexed(rows),
            Input::Full(bytes) => {
                let used = self.shelf.bytes();
                self.shelf.set_budget(self.shelf.budget().min(used));
                self.make_room(bytes, None);
            }
            Input::Budget(bytes) => {
                self.shelf.set_budget(bytes);
                self.make_room(0, None);
            }
            Input::Emptied => self.empty(),
            Input::Changed { is_person } => {
                self.empty();
                let unsent = |passage: &Passage| {
                    !matches!(passage.stage, Stage::InTheAir { .. } | Stage::Writing)
                };
                for flight in self.passages.keys_where(unsent) {
                    if is_person {
                        self.order(Command::Fail(flight));
                        self.leave(flight);
                    } else {
                        // What lies on disk for it is of another shape.
                        self.send(flight);
                    }
                }
            }
            Input::Sleeping => {
                self.is_open = false;
                for flight in self.passages.keys_where(|passage| passage.has_claim) {
                    self.release(flight);
                }
            }
            Input::TimePassed => self.ring(now),
        }
        self.rearm();
        core::mem::take(&mut self.commands)
    }

    /// How many rows are known to be on disk, and bytes of their bodies.
    pub fn on_disk(&self) -> (usize, u64) {
        (self.shelf.len(), self.shelf.bytes())
    }

    /// Whether a row may be there for this key.
    pub fn may_have(&self, key: &Fingerprint) -> bool {
        self.has_disk && self.shelf.may_have(key)
    }

    /// Whether nothing covers a row about this.
    pub fn is_alive(&self, row: &Record, subject: &Subject) -> bool {
        !self.log.covers(row.number, subject)
    }

    /// What a flight that is on its way is about to bring.
    pub fn key_of(&self, flight: FlightId) -> Option<Fingerprint> {
        self.passages.get(&flight).map(|passage| passage.errand.key)
    }

    fn order(&mut self, command: Command) {
        self.commands.push(command);
    }

    fn indexed(&mut self, rows: Vec<(Fingerprint, Option<Record>)>) {
        self.shelf.is_whole |= rows.is_empty();
        for (key, record) in rows {
            match record {
                Some(record) => self.shelf.put(key, record.bytes, record.cost),
                None => self.order(Command::Erase(key)),
            }
        }
        self.make_room(0, None);
    }

    fn empty(&mut self) {
        self.shelf.clear();
        for passage in self.passages.values_mut() {
            passage.spare = None;
        }
    }

    fn make_room(&mut self, bytes: u64, newest: Option<&Fingerprint>) {
        for key in self.shelf.make_room(bytes, newest) {
            self.order(Command::Erase(key));
        }
    }
}
