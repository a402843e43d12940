//! Mounted components' standing interests.

use super::flight::{Flight, Seat, Stage, Who};
use super::waits::Source;
use super::{
    AppId, BodyId, Broker, Command, Failure, FlightId, Freshness, LeaseId, Outcome, Priority,
    RequestId, Time, Want,
};
use crate::cache::Subject;
use crate::fingerprint::Fingerprint;
use std::rc::Rc;

/// A standing interest.
#[derive(Debug)]
pub struct Lease {
    pub(super) app: AppId,
    pub(super) request: RequestId,
    pub(super) priority: Priority,
    pub(super) retries: u8,
    /// The flight it waits in.
    pub(super) flight: Option<FlightId>,
    /// What it was told last.
    pub(super) body: Option<BodyId>,
    /// What that is about: known from the answer, and told of it when it is not stored any more.
    pub(super) about: Option<Rc<Subject>>,
    /// What a query's next answer will be cut out of.
    pub(super) waits: Vec<Source>,
    /// What a query's last answer was cut out of: as good as fresh for whoever else asks for it.
    pub(super) bodies: Vec<BodyId>,
}

impl Lease {
    pub(super) fn new(app: AppId, request: RequestId, priority: Priority, retries: u8) -> Self {
        Lease {
            app,
            request,
            priority,
            retries,
            flight: None,
            body: None,
            about: None,
            waits: Vec::new(),
            bodies: Vec::new(),
        }
    }

    /// Its place in a flight.
    pub(super) fn seat(&self, id: LeaseId, freshness: Freshness) -> Seat {
        Seat {
            who: Who::Component(id),
            app: self.app,
            request: self.request,
            want: Want::Whole,
            priority: self.priority,
            retries: self.retries,
            outcome: Outcome::Missed,
            reading: false,
            freshness,
        }
    }
}

impl Broker {
    pub(super) fn leased(&mut self, now: Time, id: LeaseId, lease: Lease, freshness: Freshness) {
        let Lease { request, .. } = lease;
        if self.requests.get(request).is_none() {
            return self.order(Command::NotifyFailure {
                lease: id,
                failure: Failure::Network,
            });
        }
        self.requests.hold(request);
        self.leases.insert(id, lease);
        self.refresh(now, id, freshness);
    }

    pub(super) fn released(&mut self, now: Time, id: LeaseId) {
        let Some(lease) = self.leases.remove(&id) else {
            return;
        };
        if let Some(flight) = lease.flight {
            self.unseat(now, flight, Who::Component(id));
        }
        self.leave_waits(now, Who::Component(id), lease.waits);
        self.drop_unleased(now, lease.bodies);
        self.unhold(lease.request);
    }

    /// Asks for a component, in place of what it waits for already.
    pub(super) fn refresh(&mut self, now: Time, id: LeaseId, freshness: Freshness) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        let (before, waits) = (lease.flight.take(), core::mem::take(&mut lease.waits));
        let seat = lease.seat(id, freshness);
        let Some(asked) = self.requests.get(seat.request) else {
            return;
        };
        let who = seat.who;
        let is_query = asked.inquiry.is_some();
        // Sit down first, stand up then: a flight that is both the old and the new one must not end between.
        self.look(now, seat, asked, freshness);
        if is_query {
            self.leave_waits(now, who, waits);
        } else if let Some(flight) = before {
            self.unseat(now, flight, who);
        }
    }

    pub(super) fn notify(&mut self, id: LeaseId, body: BodyId, outcome: Outcome) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        lease.flight = None;
        lease.body = Some(body);
        lease.about = self.cache.entry(body).map(|entry| entry.subject.clone());
        self.order(Command::Notify {
            lease: id,
            body,
            outcome,
        });
    }

    pub(super) fn fail_lease(&mut self, now: Time, id: LeaseId, failure: Failure) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        lease.flight = None;
        let waits = core::mem::take(&mut lease.waits);
        let app = lease.app;
        self.counts.ended(app, Outcome::Failed, 1);
        self.order(Command::NotifyFailure { lease: id, failure });
        self.leave_waits(now, Who::Component(id), waits);
    }

    /// Notes what an answer is about that is not stored, for those who show it.
    pub(super) fn note_shown(&mut self, body: BodyId, subject: &Rc<Subject>) {
        for lease in self.leases.values_mut() {
            if lease.body == Some(body) && lease.about.is_none() {
                lease.about = Some(subject.clone());
            }
        }
    }

    /// Components that wait for an answer which turns out to be about what has been declared out of date since it was
    /// asked for. (Where the question told, they wait for another already.)
    pub(super) fn components_behind(
        &mut self,
        flight: &Flight,
        seats: Vec<Seat>,
    ) -> (Vec<Seat>, Vec<LeaseId>) {
        let is_behind = flight.tenure == self.tenure.number()
            && self.generations.covers_entry(flight.began, &flight.subject);
        let (mut others, mut behind) = (Vec::new(), Vec::new());
        for seat in seats {
            match seat.who {
                Who::Component(lease) if is_behind => {
                    behind.push(lease);
                    self.unhold(seat.request);
                }
                _ => others.push(seat),
            }
        }
        (others, behind)
    }

    /// Reads again for components when the task is over, so that what makes the same out of date in one task is read once.
    pub(super) fn read_again(&mut self, now: Time, leases: Vec<LeaseId>) {
        for lease in leases {
            self.refresh(now, lease, Freshness::Normal);
            let flight = self.leases.get(&lease).and_then(|lease| lease.flight);
            let is_new = |flight: &Flight| flight.stage == Stage::Queued && flight.failures == 0;
            if let Some(id) = flight
                && self.flights.get(&id).is_some_and(|flight| {
                    is_new(flight)
                        && flight
                            .seats
                            .iter()
                            .all(|seat| seat.who == Who::Component(lease))
                })
            {
                self.gather(id);
            }
        }
    }

    /// Tells components that did not wait for it of an answer that somebody else fetched.
    pub(super) fn tell_others(&mut self, key: &Fingerprint, body: BodyId) {
        let same = |request| {
            self.requests
                .get(request)
                .is_some_and(|asked| self.fingerprint(&asked) == *key)
        };
        let idle = self.leases.keys_where(|lease| {
            lease.flight.is_none()
                && lease.body.is_none_or(|shown| shown.0 < body.0)
                && same(lease.request)
        });
        for id in idle {
            self.notify(id, body, Outcome::Joined);
        }
    }
}
