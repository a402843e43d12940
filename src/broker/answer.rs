//! What comes back: heads, bodies, failures; and who is told.

use super::alarms::Alarm;
use super::cargo::Cargo;
use super::flight::{Departure, Flight, Keeper, Seat, Stage, Who};
use super::retry::Budget;
use super::{BodyId, Broker, Command, Failure, FlightId, Outcome, Time, Want};
use crate::cache::{Arrival, Gone};
use crate::fingerprint::Fingerprint;
use crate::http::{Head, NoStore, Unkept, has_noise, is_kept};

/// How long it is remembered that answers to a request may not be shared.
const UNSHAREABLE_MS: u64 = 30_000;
/// Of how many requests it is remembered that their answers are not kept.
const MOST_UNKEPT: usize = 1_000;
/// How long an answer that was fetched ahead waits for its first use, whatever its headers say of freshness:
/// it is what that use would have fetched.
const AHEAD_MS: u64 = 5_000;

/// Whether the answer may be one to other requests, too.
fn has_kin(flight: &Flight) -> bool {
    let stored = flight.stored.as_deref();
    stored.is_some_and(|stored| stored.is_part() || stored.no_vary_search().is_some())
}

impl Broker {
    pub(super) fn head_arrived(&mut self, now: Time, id: FlightId, head: &Head) {
        // What comes from disk arrived long ago.
        self.calendar = self.calendar.max(head.arrived.saturating_sub(now.0));
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.stage = Stage::Arriving;
        let is_about = flight.about.is_some();
        self.hear_status(id, head.status);
        if head.status == 304 && is_about {
            return self.confirmed(now, id, head);
        }
        if self.stands_in(now, id, Some(head.status)) {
            return;
        }
        self.judge(now, id, head);
        self.look_at_head(now, id, head);
        self.part_ways(now, id, head);
        let is_query = self
            .flights
            .get(&id)
            .is_some_and(|flight| flight.cargo.is_some());
        if is_query && self.take_apart(now, id, head) {
            return;
        }
        if matches!(head.status, 429 | 502 | 503 | 504) {
            let kept = self.try_again(now, id, head.retry_after_ms());
            if !kept {
                return;
            }
        }
        if head.is_endless() {
            return self.hand_over_endless(now, id);
        }
        self.answer_early(id, None);
        self.read_on(id);
    }

    /// Decides what may be done with the answer, and remembers what may not be shared.
    fn judge(&mut self, now: Time, id: FlightId, head: &Head) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        let asked = flight.asked.clone();
        let kept = asked.keep(head);
        self.learn(id, head, kept.is_ok());
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        // A query's key holds all headers but those that are known to change nothing.
        let said = asked.selecting(head);
        let varies = said.is_none_or(|names| flight.cargo.is_some() && has_noise(&names));
        let no_store = matches!(kept, Err(Unkept::NoStore));
        let may_share = no_store && asked.terms.no_store != NoStore::Obey;
        let unshareable = varies || (no_store && !may_share);
        if may_share {
            // Who asks from now on would be given what is not kept.
            flight.close();
            let key = flight.key;
            self.leave_place(&key, id);
        }
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.status = Some(head.status);
        flight.subject = flight.subject.in_groups(head.groups());
        for name in &head.names {
            if !is_kept(head, name) {
                flight.withheld.push(name.clone());
            }
        }
        flight.stored = kept
            .ok()
            .filter(|stored| stored.is_useful() && !unshareable)
            .map(Box::new);
        let (key, current) = (flight.key, flight.tenure == self.tenure.number());
        let moment = now.plus(self.calendar).0;
        let is_fresh = flight
            .stored
            .as_ref()
            .is_some_and(|stored| stored.left(moment).fresh > 0);
        self.remember_unkept(key, !is_fresh);
        let Some(flight) = self.flights.get_mut(&id).filter(|_| unshareable && current) else {
            return;
        };
        flight.close();
        let mut requests = Vec::new();
        if flight.cargo.is_some() {
            for seat in &flight.seats {
                requests.push(seat.request);
            }
        }
        // Of a union, each of those who asked.
        for request in requests {
            if let Some(asked) = self.requests.get(request) {
                let key = self.fingerprint(&asked);
                self.remember_unshareable(now, key);
            }
        }
        self.leave_place(&key, id);
        self.remember_unshareable(now, key);
    }

    /// The browser's own HTTP cache may hold an answer to this URL that is another tenant's, or in another form.
    pub(super) fn distrust_browser(&mut self, url: &str) {
        self.remember_unkept(self.tenure.of_url(url), true);
    }

    fn remember_unkept(&mut self, key: Fingerprint, is_unkept: bool) {
        if !is_unkept {
            self.unkept.remove(&key);
        } else {
            if self.unkept.len() >= MOST_UNKEPT {
                self.unkept.clear();
            }
            self.unkept.insert(key, ());
        }
    }

    fn remember_unshareable(&mut self, now: Time, key: Fingerprint) {
        let until = now.plus(UNSHAREABLE_MS);
        if let Some(before) = self.unshareable.insert(key, until) {
            self.alarms.remove(before, Alarm::Shareable(key));
        }
        self.alarms.add(until, Alarm::Shareable(key));
    }

    /// Gives the head to those who want it early: to one, or to all who have not got it.
    pub(super) fn answer_early(&mut self, id: FlightId, only: Option<Who>) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        let mut told = Vec::new();
        for seat in &mut flight.seats {
            if let Who::Caller(waiter) = seat.who
                && seat.want == Want::Head
                && !seat.reading
                && only.is_none_or(|who| who == seat.who)
            {
                seat.reading = true;
                told.push((waiter, seat.app, seat.outcome));
            }
        }
        for (waiter, app, outcome) in told {
            self.counts.ended(app, outcome, 1);
            self.order(Command::AnswerEarly {
                waiter,
                body: id.into(),
                outcome,
            });
            // Its question is answered: what remains is reading, and that has no deadline.
            if let Some(kept) = self.waiters.get_mut(&waiter) {
                kept.reading = true;
                if let Some(at) = kept.deadline.take() {
                    self.alarms.remove(at, Alarm::Deadline(waiter));
                }
            }
        }
    }

    /// A stream without an end is nobody's to share: the first caller keeps this one, the others open theirs.
    fn hand_over_endless(&mut self, now: Time, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.stored = None;
        flight.keeper = Keeper::Nobody;
        flight.close();
        let key = flight.key;
        let first = flight.seats.iter().position(|seat| seat.want == Want::Head);
        let mut seats = core::mem::take(&mut flight.seats);
        if let Some(first) = first {
            flight.seats.push(seats.remove(first));
        }
        self.leave_place(&key, id);
        for seat in seats {
            self.unhold(seat.request);
            match seat.who {
                Who::Caller(waiter) => {
                    let waits = self.take_waiter(waiter).map(|waiter| waiter.waits);
                    self.counts.ended(seat.app, Outcome::Bypassed, 1);
                    self.order(Command::GoAlone(waiter));
                    self.leave_waits(now, seat.who, waits.unwrap_or_default());
                }
                Who::Component(lease) => self.fail_lease(now, lease, Failure::Network),
            }
        }
        if first.is_none() {
            return self.abort(id);
        }
        self.order(Command::LetGo(id.into()));
        self.answer_early(id, None);
    }

    pub(super) fn body_too_large(&mut self, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.stored = None;
        flight.close();
        let key = flight.key;
        let is_read = flight.seats.iter().all(|seat| seat.reading);
        self.leave_place(&key, id);
        // Whoever wants it whole needs every byte; mere readers only what they have not read.
        if is_read {
            self.order(Command::LetGo(id.into()));
        }
    }

    pub(super) fn body_ended(&mut self, now: Time, id: FlightId, bytes: u32) {
        let Some(mut flight) = self.take_flight(id) else {
            return;
        };
        let withheld = core::mem::take(&mut flight.withheld);
        if flight.status.is_some_and(|status| status < 500) {
            self.earn(&flight.asked.origin);
        }
        let seats = core::mem::take(&mut flight.seats);
        let body = BodyId::from(id);
        let stored = self.store(now, &flight, body, bytes, &seats);
        if stored && has_kin(&flight) {
            self.remember_kin(&flight, body);
        }
        if stored && !withheld.is_empty() {
            self.order(Command::Withhold {
                body,
                fields: withheld,
            });
        }
        // What is known of an answer only now may have been declared out of date before.
        let (seats, again) = self.components_behind(&flight, seats);
        let Some(cargo) = flight.cargo else {
            for seat in seats {
                self.end_seat(seat, body, stored);
            }
            if stored || self.is_news(&flight) {
                self.tell_others(&flight.key, body);
            }
            self.note_shown(body, &flight.subject);
            self.read_again(now, again);
            if !stored {
                self.order(Command::DropBody(body));
            }
            return;
        };
        // Held while answers are cut out of it, whatever becomes of it meanwhile.
        self.hold_body(body);
        let is_former = flight.tenure != self.tenure.number();
        for seat in seats {
            self.part_arrived(now, seat, id, is_former);
        }
        if stored {
            self.took_in(now, body, cargo);
        } else {
            self.drop_body(body);
        }
        self.release_body(body);
        self.read_again(now, again);
    }

    /// Ends one seat of a flight whose body is whole.
    pub(super) fn end_seat(&mut self, seat: Seat, body: BodyId, stored: bool) {
        if seat.reading {
            if let Who::Caller(waiter) = seat.who {
                self.take_waiter(waiter);
            }
        } else {
            let outcome = seat.outcome;
            self.tell(&seat, body, outcome);
        }
        if stored {
            self.publish(seat.request, body);
        }
        self.unhold(seat.request);
    }

    /// Gives a stored answer to somebody who sits nowhere.
    pub(super) fn give(&mut self, seat: Seat, body: BodyId, outcome: Outcome) {
        self.tell(&seat, body, outcome);
        if outcome != Outcome::Stale {
            self.publish(seat.request, body);
        }
    }

    pub(super) fn tell(&mut self, seat: &Seat, body: BodyId, outcome: Outcome) {
        self.counts.ended(seat.app, outcome, 1);
        match seat.who {
            Who::Caller(waiter) => {
                self.take_waiter(waiter);
                self.order(Command::Answer {
                    waiter,
                    body,
                    outcome,
                });
            }
            Who::Component(lease) => self.notify(lease, body, outcome),
        }
    }

    /// Lets the page answer repeats of a spelling by itself, while the entry is fresh.
    fn publish(&mut self, request: super::RequestId, body: BodyId) {
        let Some(until) = self.cache.entry(body).map(|entry| entry.fresh_until) else {
            return;
        };
        let withheld = self.requests.get(request);
        let withheld = withheld.is_some_and(|asked| self.is_withheld(&asked));
        if withheld || !self.requests.is_spelled(request) {
            return;
        }
        self.cache.publish(body, request);
        self.order(Command::Publish {
            request,
            body,
            until,
        });
    }

    /// Whether components may be shown an answer that nothing says may be kept.
    fn is_news(&self, flight: &Flight) -> bool {
        flight
            .status
            .is_some_and(|status| (200..300).contains(&status))
            && flight.is_open()
            && self.is_todays(flight)
    }

    /// Whether it is this person's, and nothing was declared out of date since it was sent.
    fn is_todays(&self, flight: &Flight) -> bool {
        flight.tenure == self.tenure.number()
            && !self.is_withheld(&flight.asked)
            && !self
                .generations
                .covers_flight(flight.began, &flight.subject)
    }

    /// Stores a whole answer if it may be stored; says whether.
    fn store(
        &mut self,
        now: Time,
        flight: &Flight,
        body: BodyId,
        bytes: u32,
        seats: &[Seat],
    ) -> bool {
        let unused = seats.is_empty();
        let shown = seats
            .iter()
            .any(|seat| matches!(seat.who, Who::Component(_)));
        let is_query = flight.cargo.is_some();
        if flight.cargo.as_ref().is_some_and(|cargo| cargo.is_flawed) {
            return false;
        }
        let ahead_until =
            (unused && flight.keeper == Keeper::Foresight).then(|| now.plus(AHEAD_MS));
        // What nothing says may be kept serves only who shows it, or whom it was fetched ahead for.
        if flight.stored.is_none()
            && (ahead_until.is_none() || flight.status.is_none_or(|status| status > 299))
            && !(is_query && shown)
        {
            return false;
        }
        let foreign = flight.tenure != self.tenure.number() || self.is_withheld(&flight.asked);
        let outdated = self
            .generations
            .covers_flight(flight.began, &flight.subject);
        // The browser's own HTTP cache keeps it all the same.
        if outdated {
            self.remember_unkept(flight.key, true);
        }
        // What was asked for later has come sooner.
        let is_overtaken = self
            .cache
            .body_of(&flight.key)
            .is_some_and(|other| other.0 > body.0);
        if foreign || outdated || is_overtaken || u64::from(bytes) > self.cache.largest_body() {
            return false;
        }
        let cost = now.since(flight.started).min(u64::from(u32::MAX)) as u32;
        let arrival = Arrival {
            key: flight.key,
            subject: flight.subject.clone(),
            body,
            bytes,
            stored: flight.stored.clone(),
            cost,
            ahead_until,
            pinned: flight.asked.terms.pinned,
        };
        let gone = self.cache.insert(now, self.calendar, arrival);
        self.forget(gone);
        self.cache.entry(body).is_some()
    }

    /// Carries out what follows from entries' leaving the index.
    pub(super) fn forget(&mut self, gone: Vec<Gone>) {
        for Gone { body, published } in gone {
            for request in published {
                self.order(Command::Withdraw(request));
            }
            self.holdings.remove(&body);
            self.drop_body(body);
        }
    }

    pub(super) fn failed(&mut self, now: Time, id: FlightId) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        if !flight.may_ask() {
            return self.give_up(now, id, Failure::NotStored);
        }
        if !self.stands_in(now, id, None) && self.try_again(now, id, None) {
            self.give_up(now, id, Failure::Network);
        }
    }

    /// Ends a flight that failed, for everybody who still sits in it.
    pub(super) fn give_up(&mut self, now: Time, id: FlightId, failure: Failure) {
        let Some(mut flight) = self.take_flight(id) else {
            return;
        };
        for seat in core::mem::take(&mut flight.seats) {
            match seat.who {
                // Whoever reads already learns of it from the body itself.
                Who::Caller(waiter) if seat.reading => {
                    self.take_waiter(waiter);
                }
                Who::Caller(waiter) => self.fail_waiter(now, waiter, failure),
                Who::Component(lease) => self.fail_lease(now, lease, failure),
            }
            self.unhold(seat.request);
        }
        if flight.is_sent() {
            self.order(Command::DropBody(id.into()));
        }
    }

    /// Moves those who may wait for another attempt into a new flight. Says whether anybody is left in the old
    /// one; if nobody is, it is gone.
    fn try_again(&mut self, now: Time, id: FlightId, retry_after: Option<u64>) -> bool {
        let Some(flight) = self.flights.get_mut(&id) else {
            return false;
        };
        let failures = flight.failures + 1;
        let patient = |seat: &Seat| !seat.reading && seat.retries >= failures;
        // What one person asked is not sent again with another's cookies.
        let theirs = flight.tenure == self.tenure.number();
        if !theirs || !flight.seats.iter().any(patient) {
            return true;
        }
        let Some(at) = self.jitter.again_at(now, u32::from(failures), retry_after) else {
            return true;
        };
        if !Budget::of(&mut self.budgets, &flight.asked.origin).spend() {
            return true;
        }
        let mut moved = Vec::new();
        for seat in core::mem::take(&mut flight.seats) {
            let into = match patient(&seat) {
                true => &mut moved,
                false => &mut flight.seats,
            };
            into.push(seat);
        }
        let deserted = flight.seats.is_empty();
        let departure = Departure {
            key: flight.key,
            request: flight.request,
            asked: flight.asked.clone(),
            subject: flight.subject.clone(),
            // It is tried again for those who wait, and for nobody else.
            keeper: Keeper::Nobody,
            priority: flight.priority,
            revalidate: flight.revalidate,
            failures,
            about: flight.about,
            cargo: flight.cargo.as_ref().map(Cargo::again),
            joinable: flight
                .cargo
                .as_ref()
                .is_none_or(|cargo| cargo.is_own && !cargo.is_open)
                && self
                    .joinable
                    .get(&flight.key)
                    .is_none_or(|other| *other == id)
                && !self.unshareable.contains_key(&flight.key),
        };
        let next = self.depart(now, departure);
        if let Some(flight) = self.flights.get_mut(&next) {
            flight.stage = Stage::Pausing(at);
        }
        self.alarms.add(at, Alarm::Retry(next));
        for seat in moved {
            let request = seat.request;
            self.carry_over(seat.who, id, next);
            self.seat(next, seat);
            self.unhold(request);
        }
        if deserted {
            self.abort(id);
        }
        !deserted
    }
}
