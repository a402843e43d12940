//! What the depot is told.

use super::{Line, Record, Word};
use crate::broker::{FlightId, Question};
use crate::cache::{Generation, Scope, Subject};
use crate::fingerprint::Fingerprint;
use crate::http::{Demand, Stored};
use std::rc::Rc;

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
    /// The person has changed since the broker ordered it.
    pub is_anothers: bool,
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
    /// Each must ask for itself: the answer may not be shared, or there is none. A failure is nobody else's, because it may
    /// say no more than that the tab goes to another page.
    Alone,
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
    /// Other rows count.
    Changed {
        /// It is another person's page: what was not sent must not go out with the new person's cookies. Otherwise it is
        /// another epoch.
        is_person: bool,
    },
    /// The page is put to sleep: others must not wait for it.
    Sleeping,
    /// The time has come for which waking was ordered.
    TimePassed,
}
