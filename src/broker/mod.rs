//! The state machine that decides about every request of the page.
//!
//! It is sans-IO: [`Broker::handle`] is told one fact and answers with orders. It knows no browser, no clock
//! and no randomness of its own, so that a test can drive it step by step and replay it from a seed.
//!
//! The contract it keeps (each point is an invariant of the simulation in `tests/`):
//! - a waiter gets exactly one outcome;
//! - at most one flight for a fingerprint can be joined;
//! - what began before an acknowledged write or invalidation is neither joined nor stored after it;
//! - the last waiter's leaving ends the flight;
//! - nothing crosses from one person's partition to another's.

mod alarms;
mod answer;
mod ask;
mod cargo;
mod compose;
mod counts;
mod denied;
mod errand;
mod flight;
mod ids;
mod inquiry;
mod invalidate;
mod kin;
mod lease;
mod people;
mod prospect;
mod refused;
mod requests;
mod retry;
mod schedule;
mod stock;
mod table;
mod validate;
mod vary;
mod waits;

pub use ask::{Ask, Freshness, Want};
pub use compose::Cut;
pub use counts::{Counts, Outcome};
pub use flight::{Failure, Flight};
pub use ids::{AppId, BodyId, FlightId, LeaseId, RequestId, Time, WaiterId};
pub use inquiry::Inquiry;
pub(crate) use invalidate::origin_of;
pub use lease::Lease;
pub use prospect::Prospect;
pub use requests::{Asked, Sharing};
pub use stock::Question;

use crate::cache::{Cache, Generations, Scope};
use crate::fingerprint::{Fingerprint, Partition};
use crate::http::Head;
use alarms::Alarms;
use ask::Waiter;
use compose::Holding;
use people::Tenure;
use requests::Requests;
use retry::{Budget, Jitter};
pub(crate) use table::{Places, Sorted, Table};

/// How urgent a request is. Declared from the least to the most urgent, so that the greater wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Priority {
    /// Nobody waits for it now.
    Background,
    /// Somebody will see it.
    #[default]
    Visible,
    /// Somebody cannot go on without it.
    Blocking,
}

/// A fact.
#[derive(Clone, Debug)]
pub enum Input {
    /// An app wants an answer.
    Asked(Ask),
    /// A waiter no longer wants one, or has read enough of a body that it was given while still arriving.
    Left(WaiterId),
    /// Somebody will soon want this.
    Foreseen {
        /// What they will ask for.
        request: RequestId,
    },
    /// A component is mounted that wants to know this answer as long as it lives.
    Leased {
        /// Its number.
        lease: LeaseId,
        /// Whose component it is.
        app: AppId,
        /// What it is interested in.
        request: RequestId,
        /// How urgent it is to know.
        priority: Priority,
        /// How often a failed exchange may be tried again for it.
        retries: u8,
        /// How new the first answer must be. [`Freshness::OnlyStored`]: only what others learn is news.
        freshness: Freshness,
    },
    /// The component is gone.
    Released(LeaseId),
    /// A leasing component wants to know again.
    Refresh(LeaseId, Freshness),
    /// An app is gone: all that it waits for or leases is.
    Disconnected(AppId),
    /// A flight that began before the broker did, by somebody who could not wait for it.
    Adopted {
        /// What it asks for. Only for a shareable request.
        request: RequestId,
        /// The browser's own HTTP cache had to ask the server.
        revalidate: bool,
    },
    /// Those who sent such a flight read it no more.
    Deserted(FlightId),
    /// The head of a response is there.
    HeadArrived {
        /// Whose.
        flight: FlightId,
        /// What it says.
        head: Box<Head>,
    },
    /// The body is whole.
    BodyEnded {
        /// Whose.
        flight: FlightId,
        /// How large it is.
        bytes: u32,
    },
    /// The body is too large to be kept; those who read it go on, nobody else can begin.
    BodyTooLarge(FlightId),
    /// The answer to a query is there, and has been looked at; said before [`Input::BodyEnded`].
    Described {
        /// Whose.
        flight: FlightId,
        /// It has errors or no data.
        is_flawed: bool,
        /// There is no data, or an error that names no place: whose fault that is cannot be told.
        is_refused: bool,
        /// The types and objects (`Type:id`) in it, as far as it names them.
        labels: Vec<Box<str>>,
    },
    /// The exchange failed.
    Failed(FlightId),
    /// A request that may have written was answered.
    Written {
        /// Its method.
        method: Box<str>,
        /// The URL it went to, as the browser's parser serialised it.
        url: Box<str>,
        /// What the answer says.
        head: Box<Head>,
    },
    /// A GraphQL mutation was acknowledged.
    Mutated {
        /// The URL it went to, in normal form.
        url: Box<str>,
        /// The types of the objects that it is known to have touched.
        types: Vec<Box<str>>,
    },
    /// The task is over that [`Command::EndOfTask`] asked about.
    TaskEnded,
    /// Answers are out of date.
    Invalidated(Vec<Scope>),
    /// It is another person's page from now on.
    Identified(Partition),
    /// The page keeps this request under no spelling any more.
    Unspelled(RequestId),
    /// The page answered by itself, so many times.
    Used {
        /// For whom.
        app: AppId,
        /// Under which spelling.
        request: RequestId,
        /// How: from what was published, or by a wait that was shared within the page.
        outcome: Outcome,
        /// How often.
        times: u32,
    },
    /// The host allows bodies of so many bytes in memory.
    Budget(u64),
    /// The time for which the page was asked to wake the broker has come.
    TimePassed,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Send this request, and report under this flight.
    Fetch {
        /// The number to report under; the body is kept under the same.
        flight: FlightId,
        /// What to send.
        request: RequestId,
        /// How urgent it is now.
        priority: Priority,
        /// The browser's own HTTP cache must ask the server before it answers.
        revalidate: bool,
        /// It must be passed by altogether: what it holds may be another person's.
        past_cache: bool,
        /// The body to send in place of the request's own: a GraphQL operation, made of several.
        text: Option<Box<str>>,
        /// Headers to send besides, which ask whether a stored answer still holds.
        conditions: Vec<(&'static str, Box<str>)>,
    },
    /// The server confirmed a stored answer: give these fields of its head the values that a flight has brought.
    Renew {
        /// Which answer.
        body: BodyId,
        /// Which flight.
        flight: FlightId,
        /// Which fields.
        fields: Vec<Box<str>>,
    },
    /// An answer is stored: whoever is given it from now on is not given these fields of its head.
    Withhold {
        /// Which answer.
        body: BodyId,
        /// Which fields.
        fields: Vec<Box<str>>,
    },
    /// Take over the exchange that is being adopted.
    Adopt {
        /// The number to report under.
        flight: FlightId,
    },
    /// Nobody wants this exchange any more.
    Abort(FlightId),
    /// Give the waiter the head, and the body as it arrives.
    AnswerEarly {
        /// To whom.
        waiter: WaiterId,
        /// Of which flight.
        body: BodyId,
        /// How the lookup ended.
        outcome: Outcome,
    },
    /// Give the waiter the whole answer.
    Answer {
        /// To whom.
        waiter: WaiterId,
        /// Which.
        body: BodyId,
        /// How the lookup ended.
        outcome: Outcome,
    },
    /// Give the waiter some bytes of an answer to another request, as a 206.
    AnswerPiece {
        /// To whom.
        waiter: WaiterId,
        /// Which.
        body: BodyId,
        /// The first of its bytes to give.
        from: u64,
        /// How many.
        length: u64,
        /// The `Content-Range` to give.
        content_range: Box<str>,
    },
    /// Give the waiter an answer that is cut out of others. Where that cannot be done, it asks again, with
    /// [`Freshness::Own`].
    Compose {
        /// To whom.
        waiter: WaiterId,
        /// What it asked for.
        request: RequestId,
        /// How.
        cut: Cut,
    },
    /// Tell the component an answer that is cut out of others.
    NotifyComposed {
        /// Which component.
        lease: LeaseId,
        /// What it is interested in.
        request: RequestId,
        /// How.
        cut: Cut,
    },
    /// Until that moment, a repeat of this spelling may be answered with what was cut out for it last.
    PublishComposed {
        /// Which spelling.
        request: RequestId,
        /// Until when.
        until: Time,
    },
    /// Report [`Input::TaskEnded`] when the present task of the page is over.
    EndOfTask,
    /// Tell the waiter that there is no answer.
    Fail {
        /// Whom.
        waiter: WaiterId,
        /// Why.
        failure: Failure,
    },
    /// Let the waiter send its own request, as if there were no broker.
    GoAlone(WaiterId),
    /// Tell the component the present answer.
    Notify {
        /// Which component.
        lease: LeaseId,
        /// Which answer.
        body: BodyId,
        /// How it came.
        outcome: Outcome,
    },
    /// Tell the component that reading again failed.
    NotifyFailure {
        /// Which component.
        lease: LeaseId,
        /// Why.
        failure: Failure,
    },
    /// From now until that moment, a repeat of this spelling may be answered without asking the broker.
    Publish {
        /// Which spelling.
        request: RequestId,
        /// With what.
        body: BodyId,
        /// Until when.
        until: Time,
    },
    /// No longer so.
    Withdraw(RequestId),
    /// A server has said 401 to this: nothing stored is given out that came from there for the same credential, until this
    /// succeeds or the host has spoken.
    Denied(RequestId),
    /// Only those who read this body now need its bytes: what all of them have read may go.
    LetGo(BodyId),
    /// Somebody wants this body whole: it is read to its end, at no reader's pace.
    ReadOn(BodyId),
    /// The broker has no use for this body any more.
    DropBody(BodyId),
    /// The broker has no use for this request any more, and it has no spelling.
    DropRequest(RequestId),
    /// Report [`Input::TimePassed`] at this moment; replaces an earlier such order. `None`: not needed any more.
    WakeAt(Option<Time>),
}

/// What the host shell set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of bodies to keep in memory.
    pub memory: u64,
    /// Seed for the jitter of retries.
    pub seed: u64,
}

/// The state machine.
#[derive(Debug)]
pub struct Broker {
    tenure: Tenure,
    requests: Requests,
    waiters: Table<WaiterId, Waiter>,
    flights: Table<FlightId, Flight>,
    joinable: Table<Fingerprint, FlightId>,
    leases: Table<LeaseId, Lease>,
    cache: Cache,
    /// What entries can answer besides the request they were fetched for.
    holdings: Table<BodyId, Holding>,
    /// What is not in memory may lie on disk.
    has_depot: bool,
    /// What lies on disk of queries.
    stock: Vec<stock::Item>,
    /// Bodies that answers are to be cut out of: how many, and whether the index has given it up.
    held: Table<BodyId, (u32, bool)>,
    generations: Generations,
    /// On which headers answers depend besides the key's, by the fingerprint without them.
    varied: Table<Fingerprint, vary::Learned>,
    /// Which stored answer a flight has confirmed, until the depot has heard of it.
    confirmed: Table<FlightId, BodyId>,
    /// Which stored answers answer other requests than their own.
    kin: Option<kin::Kin>,
    /// What the page has had an answer to and does not keep as fresh: the browser's own HTTP cache, which judges by other
    /// rules, must not answer unasked.
    unkept: Table<Fingerprint, ()>,
    /// What the page's clock shows less than the calendar.
    calendar: u64,
    /// Requests whose answers may not be shared, and until when that is remembered.
    unshareable: Table<Fingerprint, Time>,
    /// What servers have said 401 to.
    denied: Vec<denied::Denied>,
    /// Operations made of several that were refused.
    refused: Vec<refused::Refused>,
    /// What each origin may still spend on retries; a full budget is not kept.
    budgets: Vec<(Box<str>, Budget)>,
    jitter: Jitter,
    alarms: Alarms,
    counts: counts::Ledger,
    next_flight: u32,
    commands: Vec<Command>,
}

impl Broker {
    /// A broker with nothing to do.
    pub fn new(partition: Partition, settings: Settings) -> Self {
        Broker {
            tenure: Tenure::new(partition),
            requests: Requests::default(),
            waiters: Table::default(),
            flights: Table::default(),
            joinable: Table::default(),
            leases: Table::default(),
            cache: Cache::new(settings.memory),
            holdings: Table::default(),
            has_depot: false,
            stock: Vec::new(),
            held: Table::default(),
            generations: Generations::default(),
            varied: Table::default(),
            confirmed: Table::default(),
            kin: None,
            unkept: Table::default(),
            calendar: 0,
            unshareable: Table::default(),
            denied: Vec::new(),
            refused: Vec::new(),
            budgets: Vec::new(),
            jitter: Jitter::new(settings.seed),
            alarms: Alarms::default(),
            counts: counts::Ledger::default(),
            next_flight: 0,
            commands: Vec::new(),
        }
    }

    /// Takes one fact in, and gives the orders that follow from it.
    pub fn handle(&mut self, now: Time, input: Input) -> impl Iterator<Item = Command> + use<> {
        // What is due comes first, but who has left is told nothing any more.
        if !matches!(input, Input::Left(_)) {
            self.ring(now);
        }
        match input {
            Input::Asked(ask) => self.asked(now, ask),
            Input::Left(waiter) => self.left(now, waiter),
            Input::Foreseen { request } => self.foreseen(now, request),
            Input::Leased {
                lease,
                app,
                request,
                priority,
                retries,
                freshness,
            } => {
                let wanted = Lease::new(app, request, priority, retries);
                self.leased(now, lease, wanted, freshness)
            }
            Input::Released(lease) => self.released(now, lease),
            Input::Refresh(lease, freshness) => self.refresh(now, lease, freshness),
            Input::Disconnected(app) => self.disconnected(now, app),
            Input::Adopted {
                request,
                revalidate,
            } => self.adopted(now, request, revalidate),
            Input::Deserted(flight) => self.deserted(now, flight),
            Input::HeadArrived { flight, head } => self.head_arrived(now, flight, &head),
            Input::BodyEnded { flight, bytes } => self.body_ended(now, flight, bytes),
            Input::BodyTooLarge(flight) => self.body_too_large(flight),
            Input::Described {
                flight,
                is_flawed,
                is_refused,
                labels,
            } => self.described(now, flight, is_flawed, is_refused, labels),
            Input::Failed(flight) => self.failed(now, flight),
            Input::Written { method, url, head } => self.answered_write(now, &method, &url, &head),
            Input::Mutated { url, types } => self.mutated(now, url, types),
            Input::TaskEnded => self.task_ended(),
            Input::Invalidated(scopes) => self.invalidated(now, scopes),
            Input::Identified(partition) => self.identified(now, partition),
            Input::Unspelled(request) => self.unspelled(request),
            Input::Used {
                app,
                request,
                outcome,
                times,
            } => self.used(app, request, outcome, times),
            Input::Budget(bytes) => {
                let gone = self.cache.set_budget(bytes);
                self.forget(gone);
            }
            Input::TimePassed => {}
        }
        self.give_orders(now).into_iter()
    }

    fn give_orders(&mut self, now: Time) -> Vec<Command> {
        self.dispatch_queued(now);
        if let Some(order) = self.alarms.rearm() {
            self.commands.push(Command::WakeAt(order));
        }
        core::mem::take(&mut self.commands)
    }

    fn order(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// The stored answers.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Whose page it is.
    pub fn partition(&self) -> &Partition {
        self.tenure.partition()
    }

    /// What is going on.
    pub fn flights(&self) -> impl Iterator<Item = (FlightId, &Flight)> {
        self.flights.iter().map(|(id, flight)| (*id, flight))
    }

    /// Which components are mounted.
    pub fn leases(&self) -> impl Iterator<Item = LeaseId> {
        self.leases.iter().map(|(id, _)| *id)
    }

    /// How many waiters, leases and kept requests there are, in this order.
    pub fn live(&self) -> (usize, usize, usize) {
        (self.waiters.len(), self.leases.len(), self.requests.len())
    }

    /// How lookups ended, for one app or (`None`) for all.
    pub fn counts(&self, app: Option<AppId>) -> Counts {
        self.counts.of(app)
    }
}
