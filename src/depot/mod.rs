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

mod log;
mod record;
mod shelf;

pub use log::{Line, Tab, Word, write_scope};
pub use record::Record;

use crate::broker::{FlightId, Question, Table, Time};
use crate::cache::{Generation, Scope, Subject};
use crate::fingerprint::Fingerprint;
use crate::http::{Demand, Stored, Use};
use log::{Log, has_heard};
use shelf::Shelf;
use std::rc::Rc;

/// How long the disk, or a claim, is waited for without a sign of life. Twice: what a busy page hears late it has not heard
/// when the first time is over.
const PATIENCE_MS: u64 = 100;
/// The same, for the database to be opened and the other tabs to answer.
const OPENING_MS: u64 = 600;
/// The same, where another tab may have sent, or have written the answer: its rows, and everybody's claims, keep a slow disk
/// and a slow browser busy, and who gives up sends a second time.
const CERTAINTY_MS: u64 = 1_000;
/// How long another tab's flight is waited for without a sign of life. Timers of a tab in the background ring once a second.
const SILENCE_MS: u64 = 2_000;
/// A body that is longer is not written: the browser copies it in one piece, which holds the page.
pub const LARGEST_BODY: u32 = 2 * 1024 * 1024;

/// How far a question may reach.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// The server only: its answer is not to be shared, or its key means something in this page alone.
    Server,
    /// The disk too, as far as answers are public: nobody has said whose page it is.
    Public,
    /// The disk and other tabs.
    All,
}

/// What an exchange is for.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Whose answer is looked for.
    pub key: Fingerprint,
    /// What the request demands of stored answers.
    pub demand: Demand,
    /// What the answer is about, as far as the request says.
    pub subject: Rc<Subject>,
    /// The generation in which the broker ordered it.
    pub began: Generation,
    /// How far it may reach.
    pub reach: Reach,
    /// If nothing is found on disk, the server may be asked, or another tab that asks it.
    pub may_ask: bool,
    /// The host has said whose page it is: the browser's own HTTP cache, which knows no persons, must not answer unasked.
    pub is_named: bool,
    /// Rows must have arrived later than this, by the calendar: who asks knows what is older.
    pub newer_than: u64,
    /// The server must be asked, and after this was asked.
    pub is_strict: bool,
    /// A stale row will not do, though its server may allow it.
    pub is_fresh_only: bool,
}

/// What the broker keeps after a flight.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it is about.
    pub subject: Rc<Subject>,
    /// Bytes of its body.
    pub bytes: u32,
    /// Milliseconds that fetching it took.
    pub cost: u32,
    /// What HTTP says of it.
    pub stored: Stored,
    /// The query that it is the answer to.
    pub question: Option<Question>,
}

/// What tabs say to each other about a flight; beside it goes its fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Say {
    /// Who has the claim: is the answer on its way?
    Want,
    /// The same; and has the server been asked only now?
    WantNew,
    /// It is.
    Coming,
    /// Not one that will do for [`Say::WantNew`].
    NotNew,
    /// It may not be shared: each must ask for itself.
    Alone,
    /// There is no answer: the exchange failed.
    Lost,
}

/// A fact.
#[derive(Clone, Debug)]
pub enum Input {
    /// The disk is open (or there is none), the log was read, and the other tabs (if there are any) have been met.
    Opened {
        /// There is a disk.
        has_disk: bool,
        /// There are other tabs.
        has_peers: bool,
    },
    /// Another tab is there. What is in the air is to be claimed, so that it finds the claims.
    Met,
    /// There is no other tab any more.
    Parted,
    /// The log was read, or written: the lines above number `floor`.
    Read {
        /// The number of the last line that is not there any more.
        floor: u32,
        /// The lines, in their order.
        lines: Vec<Line>,
    },
    /// A tab, this or another, has declared something out of date.
    Heard {
        /// By which word.
        word: Word,
        /// What.
        scopes: Vec<Scope>,
    },
    /// The broker has ordered an exchange.
    Sought(FlightId, Box<Errand>),
    /// An exchange is under way that the depot was not asked about.
    Adopted(FlightId, Box<Errand>),
    /// What was looked for is read. `None`: there is none.
    Loaded(FlightId, Option<Box<Record>>),
    /// The claim is this flight's (also if it was asked for long ago), or another tab's.
    Claimed(FlightId, bool),
    /// Another tab says something about its flight, or asks about one of this tab's.
    Told(Fingerprint, Say),
    /// Another tab has sent its answer, and how far it had heard others when its flight began.
    Offered(Fingerprint, Vec<Word>),
    /// The head is there.
    Headed {
        /// Whose.
        flight: FlightId,
        /// It may be shared.
        is_shared: bool,
    },
    /// The server failed, with this status or without any answer. If nothing is ordered, that is the answer.
    Failed(FlightId, Option<u16>),
    /// The flight is over: what the broker keeps of it, if anything; or it failed.
    Settled {
        /// Which.
        flight: FlightId,
        /// The broker keeps it.
        kept: Option<Box<Kept>>,
        /// There is an answer.
        is_whole: bool,
    },
    /// The answer lies on disk, or never will.
    Written(FlightId),
    /// Nobody wants it any more.
    Ended(FlightId),
    /// Rows of this page's partition. At the end of all, none.
    Indexed(Vec<(Fingerprint, Option<Record>)>),
    /// The disk is full, or may take so many bytes more only if others go.
    Full(u64),
    /// So many bytes of bodies may lie on disk.
    Budget(u64),
    /// Nothing lies on the disk any more.
    Emptied,
    /// It is another person's page: other rows count, and what was not sent must not go out with the new person's cookies.
    Changed,
    /// The page is put to sleep: others must not wait for it.
    Sleeping,
    /// The time has come for which waking was ordered.
    TimePassed,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Read the row with this key, and report [`Input::Loaded`].
    Load(FlightId, Fingerprint),
    /// Ask for the claim, and report whether it is to be had now.
    Claim(FlightId, Fingerprint),
    /// Ask for the claim, and report when it is to be had.
    Queue(FlightId, Fingerprint),
    /// Take the claim from a tab that gives no sign of life.
    Seize(FlightId, Fingerprint),
    /// Give the claim up, or ask for it no longer.
    Release(FlightId),
    /// Send the request. `true`: the browser's own HTTP cache must ask the server before it answers; what it has may have
    /// been declared out of date, or come by the flight of another tab that was not taken for an answer.
    Send(FlightId, bool),
    /// The row that was loaded is the answer. It arrived at this moment of the calendar.
    Give(FlightId, u64),
    /// What the other tab has sent is the answer.
    Take(FlightId),
    /// There is no answer: the other tab's exchange failed, or (`true`) it is another person's page.
    Fail(FlightId, bool),
    /// There is no answer: nothing lies on disk, and the server may not be asked.
    Refuse(FlightId),
    /// Say this to the other tabs.
    Tell(Fingerprint, Say),
    /// Send the other tabs the answer, as soon as it is whole, and how far others had been heard.
    Offer(FlightId, Fingerprint, Vec<Word>),
    /// Write the answer with this metadata; at once and report [`Input::Written`], if others wait for it.
    Write(FlightId, Fingerprint, Box<Record>, bool),
    /// Erase this row.
    Erase(Fingerprint),
    /// Report [`Input::TimePassed`] at this moment, or never.
    WakeAt(Option<Time>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// For the disk to be open.
    Opening,
    /// For a row.
    Looking,
    /// To hear whether the claim is free.
    Claiming,
    /// For another tab's answer.
    Waiting {
        /// It has given a sign of life since it was last asked.
        is_alive: bool,
        /// Its answer will do.
        is_promised: bool,
    },
    /// For the server.
    InTheAir { has_head: bool },
    /// For its answer to be on disk.
    Writing,
}

/// One exchange on its way.
#[derive(Debug)]
struct Passage {
    errand: Errand,
    stage: Stage,
    has_claim: bool,
    /// How often the disk was asked and has not answered yet.
    looks: u8,
    /// What another tab has asked before the claim was known to be this one's.
    asked: Option<Say>,
    /// Another tab waits for it.
    is_wanted: bool,
    /// It has waited for another tab.
    has_waited: bool,
    /// Another tab has said that its answer is on its way. Locks and words take different ways: the claim may be free before
    /// the answer is here.
    is_expected: bool,
    /// May stand in if the server fails.
    spare: Option<Box<Record>>,
    until: Option<Time>,
    /// The first time is over.
    is_late: bool,
}

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
            Input::Changed => {
                self.empty();
                let unsent = |passage: &Passage| {
                    !matches!(passage.stage, Stage::InTheAir { .. } | Stage::Writing)
                };
                for flight in self.passages.keys_where(unsent) {
                    self.order(Command::Fail(flight, true));
                    self.leave(flight);
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

    // --- the way of one exchange -------------------------------------------------------------------------------

    fn enter(&mut self, flight: FlightId, errand: Errand, stage: Stage, until: Option<Time>) {
        let passage = Passage {
            errand,
            stage,
            has_claim: false,
            looks: 0,
            asked: None,
            is_wanted: false,
            has_waited: false,
            is_expected: false,
            spare: None,
            until,
            is_late: false,
        };
        self.passages.insert(flight, passage);
    }

    fn sought(&mut self, now: Time, flight: FlightId, errand: Errand) {
        let is_servers = errand.reach == Reach::Server;
        self.enter(flight, errand, Stage::Opening, Some(now.plus(OPENING_MS)));
        if is_servers {
            self.send(flight);
        } else if self.is_open {
            self.begin(now, flight);
        }
    }

    /// Looks on disk first, if there can be something that will do.
    fn begin(&mut self, now: Time, flight: FlightId) {
        let Some(passage) = self.passages.get(&flight) else {
            return;
        };
        let Errand {
            key,
            is_strict,
            newer_than,
            ..
        } = passage.errand;
        if !is_strict
            && newer_than == 0
            && self.has_disk
            && (self.has_met || self.shelf.may_have(&key))
        {
            self.look(now, flight, key, PATIENCE_MS);
        } else {
            self.claim_or_send(now, flight);
        }
    }

    fn look(&mut self, now: Time, flight: FlightId, key: Fingerprint, patience: u64) {
        self.wait(now, flight, Stage::Looking, patience);
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.looks += 1;
        }
        self.order(Command::Load(flight, key));
    }

    fn wait(&mut self, now: Time, flight: FlightId, stage: Stage, patience: u64) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.stage = stage;
            passage.until = Some(now.plus(patience));
            passage.is_late = false;
        }
    }

    fn loaded(&mut self, now: Time, moment: u64, flight: FlightId, record: Option<Box<Record>>) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            return;
        };
        passage.looks -= 1;
        // It was asked again since, when another tab may have written: the first answer is of before.
        if passage.stage != Stage::Looking || passage.looks > 0 {
            return;
        }
        let (key, has_claim) = (passage.errand.key, passage.has_claim);
        let record = record.filter(|record| {
            let subject = passage.errand.subject.and(&record.subject);
            !self.log.covers(record.number, &subject)
        });
        let Some(record) = record else {
            // It is dead, or was never there.
            if self.shelf.remove(&key) {
                self.order(Command::Erase(key));
            }
            return self.after_looking(now, flight, has_claim);
        };
        let errand = &passage.errand;
        let may_be_seen = errand.reach == Reach::All || record.stored.is_public();
        let is_new = record.stored.arrived() > errand.newer_than;
        let demand = match errand.is_strict {
            // Another tab has asked the server since.
            true => Demand::default(),
            false => errand.demand.clone(),
        };
        let will_do = may_be_seen
            && is_new
            && match record.stored.use_for(&demand, moment) {
                Use::Fresh | Use::Stale => true,
                Use::WhileRevalidating => errand.newer_than == 0 && !errand.is_fresh_only,
                Use::Validate | Use::No => false,
            };
        if will_do {
            self.shelf.used(&key, record.cost);
            self.order(Command::Give(flight, record.stored.arrived()));
            // What is on disk may be claimed by the next.
            return self.leave(flight);
        }
        passage.spare = Some(record).filter(|_| may_be_seen);
        self.after_looking(now, flight, has_claim);
    }

    fn after_looking(&mut self, now: Time, flight: FlightId, has_claim: bool) {
        let expected = self.passages.get_mut(&flight);
        if expected.is_some_and(|passage| core::mem::take(&mut passage.is_expected)) {
            let stage = Stage::Waiting {
                is_alive: false,
                is_promised: true,
            };
            return self.wait(now, flight, stage, PATIENCE_MS);
        }
        match has_claim {
            true => self.send(flight),
            false => self.claim_or_send(now, flight),
        }
    }

    /// There is no other tab that could send the answer.
    fn expect_nobody(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.is_expected = false;
            if matches!(passage.stage, Stage::Waiting { .. }) {
                self.send(flight);
            }
        }
    }

    fn claim_or_send(&mut self, now: Time, flight: FlightId) {
        let Some(passage) = self.passages.get(&flight) else {
            return;
        };
        let key = passage.errand.key;
        // Of several flights of one page for one fingerprint, the others are there because the first will not do.
        let is_first = !self.passages.iter().any(|(other, passage)| {
            *other != flight
                && passage.errand.key == key
                && (passage.has_claim || passage.stage == Stage::Claiming)
        });
        if self.has_peers
            && passage.errand.reach == Reach::All
            && passage.errand.may_ask
            && is_first
        {
            self.wait(now, flight, Stage::Claiming, CERTAINTY_MS);
            self.order(Command::Claim(flight, key));
        } else {
            self.send(flight);
        }
    }

    fn claimed(&mut self, now: Time, flight: FlightId, is_ours: bool) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            // It ended meanwhile.
            return self.order(Command::Release(flight));
        };
        let asked = passage.asked.take().filter(|_| is_ours);
        let (key, is_strict) = (passage.errand.key, passage.errand.is_strict);
        match (passage.stage, is_ours) {
            (Stage::InTheAir { .. }, _) => passage.has_claim = is_ours,
            (Stage::Claiming | Stage::Waiting { .. }, true) => {
                passage.has_claim = true;
                match self.has_disk {
                    // The tab before may have left the answer there.
                    true => self.look(now, flight, key, CERTAINTY_MS),
                    false => self.after_looking(now, flight, true),
                }
            }
            (Stage::Claiming, false) => {
                let stage = Stage::Waiting {
                    is_alive: false,
                    is_promised: !is_strict,
                };
                passage.has_waited = true;
                self.wait(now, flight, stage, SILENCE_MS);
                self.order(Command::Queue(flight, key));
                self.order(Command::Tell(
                    key,
                    if is_strict { Say::WantNew } else { Say::Want },
                ));
            }
            (_, true) => self.order(Command::Release(flight)),
            _ => {}
        }
        if let Some(what) = asked {
            self.told(key, what);
        }
    }

    fn send(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            if !passage.errand.may_ask {
                self.order(Command::Refuse(flight));
                return self.leave(flight);
            }
            passage.stage = Stage::InTheAir { has_head: false };
            passage.until = None;
            let must_ask = passage.errand.is_named
                || passage.has_waited
                || self.log.has_covered(&passage.errand.subject);
            self.order(Command::Send(flight, must_ask));
        }
    }

    fn headed(&mut self, flight: FlightId, is_shared: bool) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            return;
        };
        passage.stage = Stage::InTheAir { has_head: true };
        let key = passage.errand.key;
        if !is_shared && passage.has_claim {
            self.order(Command::Tell(key, Say::Alone));
            self.release(flight);
        }
    }

    fn failed(&mut self, moment: u64, flight: FlightId, status: Option<u16>) {
        let Some(passage) = self.passages.get(&flight) else {
            return;
        };
        let Some(record) = &passage.spare else { return };
        let subject = passage.errand.subject.and(&record.subject);
        if record
            .stored
            .may_answer_failure(&passage.errand.demand, moment, status)
            && !self.log.covers(record.number, &subject)
        {
            let arrived = record.stored.arrived();
            self.order(Command::Give(flight, arrived));
            self.leave(flight);
        }
    }

    fn settled(&mut self, flight: FlightId, kept: Option<Box<Kept>>, is_whole: bool) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            return;
        };
        let (key, began) = (passage.errand.key, passage.errand.began);
        let (is_wanted, has_claim, reach) =
            (passage.is_wanted, passage.has_claim, passage.errand.reach);
        if is_wanted && is_whole {
            let words = self.log.heard_at(began);
            self.order(Command::Offer(flight, key, words));
        } else if is_wanted {
            self.order(Command::Tell(key, Say::Lost));
        }
        let kept = kept.filter(|kept| {
            let is_seen =
                reach == Reach::All || (reach == Reach::Public && kept.stored.is_public());
            // What depends on headers besides the key's lies under a key that another page does not know.
            is_seen
                && self.has_disk
                && kept.bytes <= LARGEST_BODY
                && kept.stored.varies_on().is_empty()
        });
        let Some(kept) = kept else {
            return self.leave(flight);
        };
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.stage = Stage::Writing;
        }
        self.shelf.put(key, kept.bytes, kept.cost);
        self.make_room(0, Some(&key));
        let Kept {
            subject,
            bytes,
            cost,
            stored,
            question,
        } = *kept;
        let number = self.log.number_at(began);
        let subject = Subject {
            url: "".into(),
            ..(*subject).clone()
        };
        let record = Box::new(Record {
            number,
            bytes,
            cost,
            subject,
            stored,
            question,
        });
        self.order(Command::Write(flight, key, record, has_claim));
        if !has_claim {
            self.leave(flight);
        }
    }

    /// Ends a passage, and gives its claim up.
    fn leave(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.remove(&flight)
            && (passage.has_claim || matches!(passage.stage, Stage::Waiting { .. }))
        {
            self.order(Command::Release(flight));
        }
    }

    fn release(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.has_claim = false;
            self.order(Command::Release(flight));
        }
    }

    // --- other tabs ----------------------------------------------------------------------------------------------

    fn met(&mut self) {
        (self.has_peers, self.has_met) = (true, true);
        let flying = self.passages.keys_where(|passage| {
            matches!(passage.stage, Stage::InTheAir { .. })
                && !passage.has_claim
                && passage.errand.reach == Reach::All
        });
        for flight in flying {
            if let Some(passage) = self.passages.get(&flight) {
                let key = passage.errand.key;
                self.order(Command::Claim(flight, key));
            }
        }
    }

    fn told(&mut self, key: Fingerprint, what: Say) {
        for flight in self
            .passages
            .keys_where(|passage| passage.errand.key == key)
        {
            let Some(passage) = self.passages.get_mut(&flight) else {
                continue;
            };
            match (what, passage.stage) {
                (Say::Want | Say::WantNew, stage) if passage.has_claim => {
                    let answer = match (what, stage) {
                        (Say::WantNew, Stage::InTheAir { has_head: true } | Stage::Writing) => {
                            Say::NotNew
                        }
                        (Say::WantNew, _) if !passage.errand.is_strict => Say::NotNew,
                        _ => Say::Coming,
                    };
                    if answer == Say::Coming {
                        passage.is_wanted = true;
                    }
                    let is_over = stage == Stage::Writing && answer == Say::Coming;
                    let began = passage.errand.began;
                    self.order(Command::Tell(key, answer));
                    if is_over {
                        let words = self.log.heard_at(began);
                        self.order(Command::Offer(flight, key, words));
                    }
                }
                // Locks and words take different ways: who asks may already know whose the claim is.
                (Say::Want | Say::WantNew, Stage::Claiming | Stage::InTheAir { .. }) => {
                    passage.asked = passage.asked.max(Some(what));
                }
                (Say::Coming, Stage::Waiting { .. }) => {
                    passage.is_expected = true;
                    passage.stage = Stage::Waiting {
                        is_alive: true,
                        is_promised: true,
                    };
                }
                (Say::NotNew, Stage::Waiting { is_promised, .. }) => {
                    passage.stage = Stage::Waiting {
                        is_alive: true,
                        is_promised,
                    };
                }
                (Say::Alone | Say::Lost, Stage::Looking) => passage.is_expected = false,
                (Say::Alone, Stage::Waiting { .. }) => {
                    passage.has_claim = false;
                    self.order(Command::Release(flight));
                    self.send(flight);
                }
                (
                    Say::Lost,
                    Stage::Waiting {
                        is_promised: true, ..
                    },
                ) => {
                    self.order(Command::Fail(flight, false));
                    self.leave(flight);
                }
                _ => {}
            }
        }
    }

    fn offered(&mut self, key: &Fingerprint, theirs: &[Word]) {
        for flight in self
            .passages
            .keys_where(|passage| passage.errand.key == *key)
        {
            let Some(passage) = self.passages.get(&flight) else {
                continue;
            };
            let ours = self.log.heard_at(passage.errand.began);
            let is_awaited = match passage.stage {
                Stage::Waiting { is_promised, .. } => is_promised,
                Stage::Looking => passage.is_expected,
                _ => false,
            };
            if is_awaited && has_heard(theirs, &ours) {
                self.order(Command::Take(flight));
                self.leave(flight);
            }
        }
    }

    // --- time, and room on disk ----------------------------------------------------------------------------------

    fn ring(&mut self, now: Time) {
        for flight in self
            .passages
            .keys_where(|passage| passage.until.is_some_and(|until| until <= now))
        {
            let Some(passage) = self.passages.get_mut(&flight) else {
                continue;
            };
            let (key, is_strict) = (passage.errand.key, passage.errand.is_strict);
            let (spoke, patience) = match passage.stage {
                Stage::Opening => (Time(0), OPENING_MS),
                Stage::Looking if passage.has_claim => (self.disk_spoke, CERTAINTY_MS),
                Stage::Looking => (self.disk_spoke, PATIENCE_MS),
                Stage::Claiming => (self.locks_spoke, CERTAINTY_MS),
                Stage::Waiting { .. } => (Time(0), PATIENCE_MS),
                _ => (Time(0), 0),
            };
            let again = spoke.plus(patience).max(match passage.is_late {
                true => Time(0),
                false => now.plus(patience),
            });
            if again > now {
                passage.is_late = true;
                passage.until = Some(again);
                continue;
            }
            match passage.stage {
                Stage::Opening => self.send(flight),
                Stage::Looking => {
                    let has_claim = passage.has_claim;
                    self.after_looking(now, flight, has_claim);
                }
                Stage::Claiming => {
                    self.order(Command::Release(flight));
                    self.send(flight);
                }
                Stage::Waiting {
                    is_alive: true,
                    is_promised,
                } => {
                    self.wait(
                        now,
                        flight,
                        Stage::Waiting {
                            is_alive: false,
                            is_promised,
                        },
                        SILENCE_MS,
                    );
                    self.order(Command::Tell(
                        key,
                        if is_strict { Say::WantNew } else { Say::Want },
                    ));
                }
                Stage::Waiting { .. } => {
                    if !core::mem::replace(&mut passage.has_claim, true) {
                        self.order(Command::Seize(flight, key));
                    }
                    self.send(flight);
                }
                Stage::InTheAir { .. } | Stage::Writing => passage.until = None,
            }
        }
    }

    fn rearm(&mut self) {
        let mut next: Option<Time> = None;
        for (_, passage) in self.passages.iter() {
            if let Some(until) = passage.until {
                next = Some(next.map_or(until, |next| next.min(until)));
            }
        }
        if next != self.alarm {
            self.alarm = next;
            self.order(Command::WakeAt(next));
        }
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
