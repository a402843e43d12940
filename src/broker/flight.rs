//! One network exchange: how it begins, who sits in it, and how it ends.

use super::cargo::Cargo;
use super::requests::Asked;
use super::{
    AppId, BodyId, Broker, Command, FlightId, Freshness, LeaseId, Outcome, Priority, RequestId,
    Time, WaiterId, Want,
};
use crate::cache::{Generation, Subject};
use crate::fingerprint::Fingerprint;
use crate::http::{Demand, Mode, Stored, Use};
use std::rc::Rc;

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Failure {
    /// The exchange failed.
    Network,
    /// The waiter's deadline passed.
    Deadline,
    /// Its app has disconnected.
    Disconnected,
    /// The person changed before the request could be sent.
    IdentityChanged,
    /// Nothing is stored, and the server was not to be asked.
    NotStored,
}

/// Who sits in a flight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    Caller(WaiterId),
    Component(LeaseId),
}

/// One place in a flight.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) who: Who,
    pub(super) app: AppId,
    /// The spelling under which this one asked.
    pub(super) request: RequestId,
    pub(super) want: Want,
    pub(super) priority: Priority,
    /// How often a failure may be answered by sending again.
    pub(super) retries: u8,
    pub(super) outcome: Outcome,
    /// It has been given the head, and reads the body as it arrives.
    pub(super) reading: bool,
    /// How new the answer must be.
    pub(super) freshness: Freshness,
}

impl Seat {
    /// As it was before it sat anywhere.
    pub(super) fn anew(self) -> Seat {
        Seat {
            outcome: Outcome::Missed,
            reading: false,
            ..self
        }
    }
}

/// Why a flight may go on with all seats empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keeper {
    /// There is no reason.
    Nobody,
    /// It was sent ahead of demand, which may still come.
    Foresight,
    /// Its answer is wanted in the store: it refreshes a stale entry.
    Store,
    /// It began before the broker did, and those who sent it may read it yet ([`Input::Deserted`](super::Input)).
    Readers,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// Waits for the end of the task, so that others can put their questions in.
    Gathering,
    /// Waits for its turn among the background flights.
    Queued,
    /// Waits before it is sent again.
    Pausing(Time),
    /// Sent.
    InTheAir,
    /// The head is there.
    Arriving,
}

/// One network exchange.
#[derive(Debug)]
pub struct Flight {
    pub(super) key: Fingerprint,
    pub(super) request: RequestId,
    pub(super) asked: Rc<Asked>,
    /// What its answer is about.
    pub(super) subject: Rc<Subject>,
    /// What it brings, if it is a query that others may want parts of.
    pub(super) cargo: Option<Cargo>,
    pub(super) tenure: u32,
    /// The generation in which it was sent.
    pub(super) began: Generation,
    pub(super) started: Time,
    pub(super) priority: Priority,
    pub(super) stage: Stage,
    /// It was sent with the lowest priority: browsers hold such a request back before they attach its cookies.
    is_low: bool,
    /// How many exchanges of the same effort failed before this one.
    pub(super) failures: u8,
    pub(super) seats: Vec<Seat>,
    pub(super) keeper: Keeper,
    /// Until when it may fly with nobody waiting.
    pub(super) grace: Option<Time>,
    pub(super) revalidate: bool,
    /// It is not sent beside others of its origin of which that is said, too.
    pub(super) in_turn: bool,
    /// In whose place others join this one.
    before: Option<FlightId>,
    /// Nobody may join any more.
    is_closed: bool,
    /// The stored answer that it asks about: whether it still holds, if that can be asked; it may also stand in if the
    /// server fails. It is held as long as the flight lasts.
    pub(super) about: Option<BodyId>,
    /// The status, once the head is there.
    pub(super) status: Option<u16>,
    /// What will be kept of its answer, once the head is there; `None`: nothing.
    pub(super) stored: Option<Box<Stored>>,
    /// Fields of its head that are not kept with it.
    pub(super) withheld: Vec<Box<str>>,
}

impl Flight {
    /// What it fetches.
    pub fn key(&self) -> &Fingerprint {
        &self.key
    }

    /// The waiters who sit in it.
    pub fn waiters(&self) -> impl Iterator<Item = WaiterId> {
        self.seats.iter().filter_map(|seat| match seat.who {
            Who::Caller(waiter) => Some(waiter),
            Who::Component(_) => None,
        })
    }

    /// Whether the request has been sent.
    pub fn is_sent(&self) -> bool {
        matches!(self.stage, Stage::InTheAir | Stage::Arriving)
    }

    /// Whether it may go out only after this moment, with the cookies of then.
    pub(super) fn may_be_held(&self) -> bool {
        !self.is_sent() || (self.is_low && self.stage == Stage::InTheAir)
    }

    /// Whether the server may be asked; else the disk alone.
    pub(super) fn may_ask(&self) -> bool {
        let first = self.seats.first();
        let mode = first.map_or(Mode::Default, |seat| seat.freshness.mode());
        self.asked.demand.in_mode(mode).may_ask()
    }

    /// Whether others may join.
    pub(super) fn is_open(&self) -> bool {
        !self.is_closed
    }

    /// Nobody may join any more, not for a part of what it brings, either.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        if let Some(cargo) = &mut self.cargo {
            cargo.is_open = false;
        }
    }

    /// How urgent it is now.
    pub fn priority(&self) -> Priority {
        self.priority
    }
}

/// What a new flight is for.
pub(super) struct Departure {
    pub(super) key: Fingerprint,
    pub(super) request: RequestId,
    pub(super) asked: Rc<Asked>,
    /// What its answer will be about.
    pub(super) subject: Rc<Subject>,
    pub(super) keeper: Keeper,
    pub(super) priority: Priority,
    /// The server must be asked, whatever the browser's HTTP cache holds.
    pub(super) revalidate: bool,
    pub(super) failures: u8,
    /// Others who ask for the same may join.
    pub(super) joinable: bool,
    /// See [`Flight::about`].
    pub(super) about: Option<BodyId>,
    pub(super) cargo: Option<Cargo>,
}

impl Departure {
    /// One that nobody insists on, and that others may join.
    #[inline(never)] // it is asked for in many places, and is large
    pub(super) fn of(key: Fingerprint, request: RequestId, asked: Rc<Asked>) -> Departure {
        Departure {
            key,
            request,
            subject: asked.subject.clone(),
            asked,
            keeper: Keeper::Nobody,
            priority: Priority::Background,
            revalidate: false,
            failures: 0,
            joinable: true,
            about: None,
            cargo: None,
        }
    }
}

impl Broker {
    /// Makes a flight; it is sent by [`Broker::send`] or when its turn comes.
    pub(super) fn depart(&mut self, now: Time, departure: Departure) -> FlightId {
        let Departure {
            key,
            request,
            asked,
            subject,
            keeper,
            priority,
            revalidate,
            failures,
            joinable,
            about,
            cargo,
        } = departure;
        self.next_flight += 1;
        let id = FlightId(self.next_flight);
        self.requests.hold(request);
        let mut subject = subject;
        if let Some(body) = about {
            self.hold_body(body);
            // It may be told that this still holds: then it is about all that this is.
            if let Some(entry) = self.cache.entry(body) {
                subject = subject.in_groups(entry.subject.groups.clone());
            }
        }
        let flight = Flight {
            key,
            request,
            subject,
            asked,
            cargo,
            tenure: self.tenure.number(),
            began: self.generations.now(),
            started: now,
            priority,
            stage: Stage::Queued,
            is_low: false,
            failures,
            seats: Vec::new(),
            keeper,
            grace: None,
            revalidate,
            in_turn: false,
            before: self.joinable.get(&key).copied(),
            is_closed: false,
            about,
            status: None,
            stored: None,
            withheld: Vec::new(),
        };
        self.flights.insert(id, flight);
        if joinable {
            self.joinable.insert(key, id);
        }
        id
    }

    /// Puts somebody into a flight; a more urgent one lifts it.
    pub(super) fn seat(&mut self, id: FlightId, seat: Seat) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        if let Some(until) = flight.grace.take() {
            self.alarms.remove(until, super::alarms::Alarm::Grace(id));
        }
        flight.priority = flight.priority.max(seat.priority);
        self.requests.hold(seat.request);
        match seat.who {
            Who::Caller(waiter) => {
                if let Some(waiter) = self.waiters.get_mut(&waiter) {
                    waiter.flight = id;
                }
            }
            Who::Component(lease) => {
                if let Some(lease) = self.leases.get_mut(&lease) {
                    lease.flight = Some(id);
                }
            }
        }
        flight.seats.push(seat);
    }

    /// Takes somebody out of a flight, and ends the flight if that was the last who wanted it.
    pub(super) fn unseat(&mut self, now: Time, id: FlightId, who: Who) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        let Some(at) = flight.seats.iter().position(|seat| seat.who == who) else {
            return;
        };
        let seat = flight.seats.remove(at);
        self.unhold(seat.request);
        self.end_if_unwanted(now, id);
    }

    /// How long a flight that was sent ahead may go on after its last waiter has left: about one change of view.
    const GRACE_MS: u64 = 2_000;

    pub(super) fn end_if_unwanted(&mut self, now: Time, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        if !flight.seats.is_empty() {
            return;
        }
        let current = flight.tenure == self.tenure.number();
        match flight.keeper {
            Keeper::Store | Keeper::Readers if current => {}
            Keeper::Foresight if current => {
                if flight.grace.is_none() {
                    let until = now.plus(Self::GRACE_MS);
                    flight.grace = Some(until);
                    self.alarms.add(until, super::alarms::Alarm::Grace(id));
                }
            }
            _ => self.abort(id),
        }
    }

    /// Those have left who sent it before the broker was there.
    pub(super) fn deserted(&mut self, now: Time, id: FlightId) {
        if let Some(flight) = self.flights.get_mut(&id)
            && flight.keeper == Keeper::Readers
        {
            flight.keeper = Keeper::Nobody;
            self.end_if_unwanted(now, id);
        }
    }

    /// A body is read at its readers' pace, unless somebody wants it whole.
    pub(super) fn read_on(&mut self, id: FlightId) {
        if let Some(flight) = self.flights.get(&id)
            && flight.status.is_some()
            && (matches!(flight.keeper, Keeper::Store | Keeper::Foresight)
                || flight.seats.iter().any(|seat| !seat.reading))
        {
            self.order(Command::ReadOn(id.into()));
        }
    }

    /// Ends a flight that nobody wants.
    pub(super) fn abort(&mut self, id: FlightId) {
        let Some(flight) = self.take_flight(id) else {
            return;
        };
        if flight.is_sent() {
            self.order(Command::Abort(id));
            self.order(Command::DropBody(id.into()));
        }
    }

    /// Whoever asks for this joins another flight from now on; says whether it was this one that they joined.
    pub(super) fn leave_place(&mut self, key: &Fingerprint, id: FlightId) -> bool {
        let has_place = self.joinable.get(key) == Some(&id);
        if has_place {
            self.joinable.remove(key);
        }
        has_place
    }

    /// Removes a flight from everywhere but its seats.
    pub(super) fn take_flight(&mut self, id: FlightId) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        if self.leave_place(&flight.key, id) {
            // Who ends unsent leaves the place as it was; unless the one before has failed, and this was to try again.
            if let Some(before) = flight.before
                && !flight.is_sent()
                && flight.failures == 0
                && self
                    .flights
                    .get(&before)
                    .is_some_and(|other| !other.is_closed && other.key == flight.key)
            {
                self.joinable.insert(flight.key, before);
            }
        }
        if let Some(until) = flight.grace {
            self.alarms.remove(until, super::alarms::Alarm::Grace(id));
        }
        if let Stage::Pausing(until) = flight.stage {
            self.alarms.remove(until, super::alarms::Alarm::Retry(id));
        }
        self.unhold(flight.request);
        if let Some(body) = flight.about {
            self.release_body(body);
        }
        Some(flight)
    }

    /// The flight that somebody who asks now may join.
    pub(super) fn joinable_flight(&self, key: &Fingerprint) -> Option<FlightId> {
        let id = *self.joinable.get(key)?;
        let flight = self.flights.get(&id)?;
        (!self.may_be_outdated(flight)).then_some(id)
    }

    /// Whether something was declared out of date since a flight was sent that its answer may turn out to be about. (In
    /// which groups an answer is says its head; which objects are in a query's, the answer.)
    pub(super) fn may_be_outdated(&self, flight: &Flight) -> bool {
        let is_known = flight.cargo.is_none() && flight.status.is_some();
        let (began, subject) = (flight.began, &*flight.subject);
        flight.is_sent()
            && match is_known {
                true => self.generations.covers_flight(began, subject),
                false => self.generations.may_cover_flight(began, subject),
            }
    }

    /// The same, if whoever asks with this demand may join: until the head has come; after that only where what will be
    /// stored would be given without asking the server.
    pub(super) fn open_flight(
        &self,
        now: Time,
        key: &Fingerprint,
        demand: &Demand,
    ) -> Option<FlightId> {
        let id = self.joinable_flight(key)?;
        let flight = self.flights.get(&id)?;
        self.is_open_to(now, flight, demand).then_some(id)
    }

    /// Whether a flight has no head yet, or one that answers who asks now.
    pub(super) fn is_open_to(&self, now: Time, flight: &Flight, demand: &Demand) -> bool {
        let Some(status) = flight.status else {
            return true;
        };
        let moment = now.plus(self.calendar).0;
        let is_fresh = flight
            .stored
            .as_ref()
            .is_some_and(|stored| stored.use_for(demand, moment) == Use::Fresh);
        // What was fetched ahead is the answer to its first use.
        let is_ahead = flight.keeper == Keeper::Foresight
            && flight.seats.is_empty()
            && (200..300).contains(&status)
            && !demand.wants_the_server();
        is_fresh || is_ahead
    }

    /// Orders the exchange.
    pub(super) fn send(&mut self, now: Time, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.stage = Stage::InTheAir;
        flight.is_low = flight.priority == Priority::Background;
        flight.started = now;
        flight.began = self.generations.now();
        // What the browser's own HTTP cache may hold is another credential's, or was declared out of date.
        flight.revalidate |=
            flight.asked.credentialed || self.generations.ever_covered(&flight.subject);
        // …or what brought it is still in the air, and was not to be joined.
        flight.revalidate |= flight.before.is_some() || self.unkept.contains_key(&flight.key);
        // …or it has brought another tenant's, or one in another form.
        let url = flight.subject.clone();
        let is_mixed = self.unkept.contains_key(&self.tenure.of_url(&url.url));
        flight.revalidate |= is_mixed;
        let is_credentialed = flight.asked.credentialed;
        if is_credentialed {
            self.distrust_browser(&url.url);
        }
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        // What it holds for another person may have the validators of this one's answer.
        let past_cache = self.tenure.is_named() || is_credentialed || is_mixed;
        let entry = flight.about.and_then(|body| self.cache.entry(body));
        let stored = entry.and_then(|entry| entry.stored.as_deref());
        let mut conditions: Vec<(&'static str, Box<str>)> = Vec::new();
        if let Some(stored) = stored {
            for (name, value) in stored.conditions() {
                conditions.push((name, value.into()));
            }
        }
        let composed = flight.cargo.as_ref().filter(|cargo| !cargo.is_own);
        if let Some(cargo) = composed {
            let content = cargo.pool.of_operation(&cargo.operation.normal_form());
            flight.key = Fingerprint::new(self.tenure.partition(), &content);
        }
        let fetch = Command::Fetch {
            flight: id,
            request: flight.request,
            priority: flight.priority,
            revalidate: flight.revalidate,
            past_cache,
            text: composed.map(|cargo| cargo.text().into()),
            conditions,
        };
        let first = flight.seats.first().map(|seat| seat.app);
        self.counts.sent(first);
        self.order(fetch);
    }
}
