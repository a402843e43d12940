//! An app asks: from an entry, from a flight that is in the air, or from a flight of its own.

use super::alarms::Alarm;
use super::flight::{Departure, Keeper, Seat, Stage, Who};
use super::requests::Asked;
use super::waits::Source;
use super::{
    AppId, BodyId, Broker, Command, Failure, FlightId, Outcome, Priority, RequestId, Sharing, Time,
    WaiterId,
};
use crate::cache::Found;
use crate::fingerprint::Fingerprint;
use crate::http::{Demand, Mode};
use std::rc::Rc;

/// What a waiter wants to be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// The head as soon as it is there, and the body as it arrives.
    Head,
    /// The whole answer.
    Whole,
}

/// How new the answer must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Freshness {
    /// As HTTP allows.
    #[default]
    Normal,
    /// The server must be asked, perhaps whether what is stored still holds.
    Revalidate,
    /// The server must be asked as if nothing were stored.
    Reload,
    /// What is stored will do, however old it is.
    Stored,
    /// The same, and if nothing is stored, there is no answer.
    OnlyStored,
    /// The server must be asked in these very words: a query's answer could not be cut out of what others asked.
    Own,
}

impl Freshness {
    /// Fetch's name for it.
    pub(super) fn mode(self) -> Mode {
        match self {
            Freshness::Normal => Mode::Default,
            Freshness::Revalidate => Mode::NoCache,
            Freshness::Reload | Freshness::Own => Mode::Reload,
            Freshness::Stored => Mode::ForceCache,
            Freshness::OnlyStored => Mode::OnlyIfCached,
        }
    }
}

/// One caller's question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The caller's number, never used before.
    pub waiter: WaiterId,
    /// Whose caller it is.
    pub app: AppId,
    /// What it asks for.
    pub request: RequestId,
    /// What it wants to be given.
    pub want: Want,
    /// How urgent it is.
    pub priority: Priority,
    /// When it gives up.
    pub deadline: Option<Time>,
    /// How often a failure may be answered by sending again.
    pub retries: u8,
    /// How new the answer must be.
    pub freshness: Freshness,
}

/// A caller who has not got an outcome yet, or still reads.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) app: AppId,
    pub(super) flight: FlightId,
    /// What a query's answer will be cut out of.
    pub(super) waits: Vec<Source>,
    pub(super) deadline: Option<Time>,
    /// It has its outcome, and reads a body that is still arriving.
    pub(super) reading: bool,
}

/// On which terms an answer is looked for in flight, or fetched.
struct Terms<'a> {
    demand: &'a Demand,
    freshness: Freshness,
    /// The stored answer that may still hold.
    about: Option<BodyId>,
}

impl Broker {
    pub(super) fn asked(&mut self, now: Time, ask: Ask) {
        let Ask {
            waiter,
            app,
            request,
            want,
            priority,
            deadline,
            retries,
            freshness,
        } = ask;
        let Some(asked) = self
            .requests
            .get(request)
            .filter(|asked| asked.sharing == Sharing::Shared)
        else {
            self.counts.ended(app, Outcome::Bypassed, 1);
            return self.order(Command::GoAlone(waiter));
        };
        let who = Who::Caller(waiter);
        let seat = Seat {
            who,
            app,
            request,
            want,
            priority,
            retries,
            outcome: Outcome::Missed,
            reading: false,
            freshness,
        };
        self.waiters.insert(
            waiter,
            Waiter {
                app,
                flight: FlightId(0),
                waits: Vec::new(),
                deadline,
                reading: false,
            },
        );
        if let Some(at) = deadline {
            self.alarms.add(at, Alarm::Deadline(waiter));
        }
        self.look(now, seat, asked, freshness);
    }

    /// Looks in the cache, then in the air, then sends: the way of every question.
    pub(super) fn look(&mut self, now: Time, seat: Seat, asked: Rc<Asked>, freshness: Freshness) {
        if let Some(inquiry) = asked.inquiry.clone()
            && freshness != Freshness::Own
        {
            return self.inquire(now, seat, asked, inquiry, freshness);
        }
        let key = self.fingerprint(&asked);
        let demand = asked.demand.in_mode(freshness.mode());
        let mut about = None;
        if !self.is_withheld(&asked) {
            match self.cache.lookup(&key, &demand, now, self.calendar) {
                Found::Fresh(body) => return self.give(seat, body, Outcome::Fresh),
                Found::Ahead(body) => return self.give(seat, body, Outcome::JoinedPrefetch),
                Found::Accepted(body) => return self.give(seat, body, Outcome::Stale),
                Found::Stale(body) => {
                    let request = seat.request;
                    self.give(seat, body, Outcome::Stale);
                    return self.revalidate_behind(now, key, request, asked, body);
                }
                Found::Doubtful(body) => about = Some(body),
                Found::Nothing => {}
            }
            if (self.kin.is_some() || demand.range().is_some())
                && self.give_kin(now, &seat, &asked, &demand)
            {
                return;
            }
        }
        if !demand.may_ask() {
            return match self.has_depot {
                true => self.look_on_disk(now, seat, key, asked),
                false => self.refuse(now, seat),
            };
        }
        let freshness = match freshness {
            Freshness::Normal if demand.wants_the_server() => Freshness::Revalidate,
            freshness => freshness,
        };
        let terms = Terms {
            demand: &demand,
            freshness,
            about,
        };
        self.fly(now, seat, key, asked, terms);
    }

    /// The disk may have what memory has not. Nobody else joins: the server will not be asked.
    fn look_on_disk(&mut self, now: Time, seat: Seat, key: Fingerprint, asked: Rc<Asked>) {
        let departure = Departure {
            priority: seat.priority,
            joinable: false,
            ..Departure::of(key, seat.request, asked)
        };
        let id = self.depart(now, departure);
        self.seat(id, seat);
    }

    /// Nothing is stored, and the server may not be asked.
    fn refuse(&mut self, now: Time, seat: Seat) {
        match seat.who {
            Who::Caller(waiter) => self.fail_waiter(now, waiter, Failure::NotStored),
            Who::Component(lease) => self.fail_lease(now, lease, Failure::NotStored),
        }
    }

    fn fly(
        &mut self,
        now: Time,
        mut seat: Seat,
        key: Fingerprint,
        asked: Rc<Asked>,
        Terms {
            demand,
            freshness,
            about,
        }: Terms,
    ) {
        let alone = self.unshareable.contains_key(&key);
        let joined = self
            .joinable_for(now, &key, &asked, demand)
            .filter(|_| !alone)
            .filter(|id| self.is_new_enough(*id, freshness))
            .filter(|id| freshness != Freshness::Own || self.is_in_the_words_of(*id, &seat));
        if let Some(id) = joined {
            let ahead = self
                .flights
                .get(&id)
                .is_some_and(|flight| flight.keeper == Keeper::Foresight);
            seat.outcome = if ahead {
                Outcome::JoinedPrefetch
            } else {
                Outcome::Joined
            };
            self.wait_for_own(id, &seat);
            return self.join(id, seat);
        }
        let cargo = asked
            .inquiry
            .as_ref()
            .map(|inquiry| inquiry.cargo_as_written());
        let id = self.depart(
            now,
            Departure {
                priority: seat.priority,
                revalidate: !matches!(
                    freshness,
                    Freshness::Normal | Freshness::Stored | Freshness::OnlyStored
                ),
                joinable: !alone,
                about,
                cargo,
                ..Departure::of(key, seat.request, asked)
            },
        );
        self.wait_for_own(id, &seat);
        self.seat(id, seat);
    }

    /// Whether somebody who wants the server asked may join: a flight that asks it and has no answer yet, or one
    /// that has not been sent and can still be made to ask.
    pub(super) fn is_new_enough(&mut self, id: FlightId, freshness: Freshness) -> bool {
        let Some(flight) = self
            .flights
            .get_mut(&id)
            .filter(|_| matches!(freshness, Freshness::Revalidate | Freshness::Reload))
        else {
            return true;
        };
        if freshness == Freshness::Reload && flight.about.is_some() {
            return false;
        }
        flight.revalidate |= !flight.is_sent();
        flight.revalidate && flight.status.is_none()
    }

    /// Joins; if the head has arrived already, the newcomer gets it at once. No caller waits for the end of a task.
    pub(super) fn join(&mut self, id: FlightId, seat: Seat) {
        let who = seat.who;
        if let (Who::Caller(_), Some(flight)) = (who, self.flights.get_mut(&id))
            && flight.stage == Stage::Gathering
            && flight.cargo.is_none()
        {
            flight.stage = Stage::Queued;
        }
        self.seat(id, seat);
        if self
            .flights
            .get(&id)
            .is_some_and(|flight| flight.status.is_some())
        {
            self.answer_early(id, Some(who));
            self.read_on(id);
        }
    }

    pub(super) fn revalidate_behind(
        &mut self,
        now: Time,
        key: Fingerprint,
        request: RequestId,
        asked: Rc<Asked>,
        about: BodyId,
    ) {
        if self.joinable_flight(&key).is_none() {
            self.depart(
                now,
                Departure {
                    keeper: Keeper::Store,
                    about: Some(about),
                    ..Departure::of(key, request, asked)
                },
            );
        }
    }

    pub(super) fn foreseen(&mut self, now: Time, request: RequestId) {
        let Some(asked) = self
            .requests
            .get(request)
            .filter(|asked| asked.sharing == Sharing::Shared)
        else {
            return;
        };
        if let Some(inquiry) = asked.inquiry.clone() {
            return self.foresee_inquiry(now, request, &asked, &inquiry);
        }
        let key = self.fingerprint(&asked);
        let found = match self.is_withheld(&asked) {
            true => Found::Nothing,
            false => self.cache.peek(&key, &asked.demand, now, self.calendar),
        };
        let about = match found {
            Found::Stale(body) | Found::Doubtful(body) => Some(body),
            _ => None,
        };
        let known = matches!(found, Found::Fresh(_) | Found::Ahead(_));
        let is_coming = self
            .joinable_for(now, &key, &asked, &asked.demand)
            .is_some();
        if known || is_coming || self.unshareable.contains_key(&key) {
            return;
        }
        self.depart(
            now,
            Departure {
                keeper: Keeper::Foresight,
                about,
                ..Departure::of(key, request, asked)
            },
        );
    }

    /// Takes over an exchange that began before the broker did.
    pub(super) fn adopted(&mut self, now: Time, request: RequestId, revalidate: bool) {
        let Some(asked) = self
            .requests
            .get(request)
            .filter(|asked| asked.sharing == Sharing::Shared)
        else {
            return;
        };
        let key = self.fingerprint(&asked);
        // Two spellings of one request may both have been sent early: the second is a flight that none can join.
        // One that has not been sent yet need not be.
        let other = self.joinable_flight(&key);
        let unsent = other.filter(|other| {
            self.flights
                .get(other)
                .is_some_and(|flight| !flight.is_sent())
        });
        let joinable = other.is_none() || unsent.is_some();
        let id = self.depart(
            now,
            Departure {
                keeper: Keeper::Readers,
                priority: Priority::Visible,
                revalidate,
                joinable,
                ..Departure::of(key, request, asked)
            },
        );
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.stage = super::flight::Stage::InTheAir;
        }
        if let Some(unsent) = unsent {
            self.move_seats(unsent, id);
        }
        self.counts.sent(None);
        self.order(Command::Adopt { flight: id });
    }

    pub(super) fn left(&mut self, now: Time, id: WaiterId) {
        if let Some(waiter) = self.take_waiter(id) {
            self.unseat(now, waiter.flight, Who::Caller(id));
            self.leave_waits(now, Who::Caller(id), waiter.waits);
        }
    }

    /// Ends a wait without an answer.
    pub(super) fn fail_waiter(&mut self, now: Time, id: WaiterId, failure: Failure) {
        if let Some(waiter) = self.take_waiter(id) {
            if !waiter.reading {
                self.counts.ended(waiter.app, Outcome::Failed, 1);
                self.order(Command::Fail {
                    waiter: id,
                    failure,
                });
            }
            self.unseat(now, waiter.flight, Who::Caller(id));
            self.leave_waits(now, Who::Caller(id), waiter.waits);
        }
    }

    pub(super) fn take_waiter(&mut self, id: WaiterId) -> Option<Waiter> {
        let waiter = self.waiters.remove(&id)?;
        if let Some(at) = waiter.deadline {
            self.alarms.remove(at, Alarm::Deadline(id));
        }
        Some(waiter)
    }

    pub(super) fn disconnected(&mut self, now: Time, app: AppId) {
        for lease in self.leases.keys_where(|lease| lease.app == app) {
            self.released(now, lease);
        }
        for waiter in self.waiters.keys_where(|waiter| waiter.app == app) {
            self.fail_waiter(now, waiter, Failure::Disconnected);
        }
    }

    pub(super) fn used(&mut self, app: AppId, request: RequestId, outcome: Outcome, times: u32) {
        self.counts.ended(app, outcome, times);
        if let Some(asked) = self.requests.get(request) {
            let key = self.fingerprint(&asked);
            self.cache.used_key(&key, times);
        }
    }
}
