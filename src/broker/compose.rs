//! Answers that are cut out of others: for those who waited, and for components that show something older.

use super::cargo::Cargo;
use super::flight::{Seat, Who};
use super::waits::{Place, Source};
use super::{
    BodyId, Broker, Command, Failure, FlightId, Freshness, LeaseId, Outcome, Question, RequestId,
    Time,
};
use crate::fingerprint::ContentDigest;
use crate::graphql::Operation;
use std::rc::Rc;

/// What an entry can answer.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) pool: ContentDigest,
    pub(super) operation: Rc<Operation>,
}

impl Holding {
    /// The query that it is the answer to.
    pub(super) fn question(&self) -> Question {
        let (document, variables) = self.operation.print();
        Question {
            pool: self.pool,
            document,
            variables,
        }
    }
}

/// How an answer is cut out of others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The answers it is cut out of.
    pub bodies: Vec<BodyId>,
    /// See [`crate::graphql`], `projection`.
    pub plan: Box<str>,
    /// There is nothing better to be had: the request was sent as it is written.
    pub is_last: bool,
    /// Another person has come since: who doubts may not ask again, in whose name would it be?
    pub is_former: bool,
    /// How the lookup ended.
    pub outcome: Outcome,
}

impl Broker {
    /// Sits down in every flight that brings a part; if there is none, all is there.
    pub(super) fn wait_for(&mut self, now: Time, seat: Seat, sources: Vec<Source>) {
        let flights: Vec<FlightId> = sources.iter().filter_map(Source::flight).collect();
        if flights.is_empty() {
            return self.compose(now, seat, sources, false);
        }
        for source in &sources {
            if let Place::Body(body) = source.place {
                self.hold_body(body);
            }
        }
        self.set_waits(seat.who, sources);
        for id in flights {
            if let Some(flight) = self.flights.get_mut(&id) {
                flight.revalidate |= !flight.is_sent() && seat.freshness == Freshness::Revalidate;
            }
            self.seat(id, seat.clone());
        }
    }

    /// A flight has brought its part; whoever has all parts now is given the answer.
    #[inline(never)] // a seam: see `graphql`
    pub(super) fn part_arrived(&mut self, now: Time, seat: Seat, id: FlightId, is_former: bool) {
        let body = BodyId::from(id);
        let request = seat.request;
        let mut complete = true;
        let mut arrived = false;
        for source in self.waits_of(seat.who).into_iter().flatten() {
            if source.place == Place::Flight(id) {
                source.place = Place::Body(body);
                arrived = true;
            }
            complete &= source.flight().is_none();
        }
        if arrived {
            self.hold_body(body);
        }
        if arrived && complete {
            let waits = self
                .waits_of(seat.who)
                .map(core::mem::take)
                .unwrap_or_default();
            let bodies: Vec<BodyId> = waits.iter().filter_map(Source::body).collect();
            self.compose(now, seat, waits, is_former);
            for body in bodies {
                self.release_body(body);
            }
        }
        self.unhold(request);
    }

    /// Gives somebody the answer, cut out of what has arrived.
    pub(super) fn compose(&mut self, now: Time, seat: Seat, sources: Vec<Source>, is_former: bool) {
        let asked = self.requests.get(seat.request);
        let plan = asked.as_ref().and_then(|asked| {
            let operations: Vec<&Operation> =
                sources.iter().map(|source| &*source.operation).collect();
            asked.inquiry.as_ref()?.operation.projection(&operations)
        });
        let Some(plan) = plan else {
            return self.go_without(now, seat);
        };
        let bodies: Vec<BodyId> = sources.iter().filter_map(Source::body).collect();
        for body in &bodies {
            self.cache.used_body(*body);
        }
        self.counts.ended(seat.app, seat.outcome, 1);
        let cut = Cut {
            bodies: bodies.clone(),
            plan: plan.into(),
            is_last: sources.iter().all(|source| source.is_own),
            is_former,
            outcome: seat.outcome,
        };
        let request = seat.request;
        match seat.who {
            Who::Caller(waiter) => {
                self.take_waiter(waiter);
                self.order(Command::Compose {
                    waiter,
                    request,
                    cut,
                });
            }
            Who::Component(lease) => {
                self.tell_lease(now, lease, bodies.clone());
                self.order(Command::NotifyComposed {
                    lease,
                    request,
                    cut,
                });
            }
        }
        self.publish_composed(now, request, &bodies);
    }

    /// There is no plan where there should be one: the caller does as if there were no broker.
    fn go_without(&mut self, now: Time, seat: Seat) {
        match seat.who {
            Who::Caller(waiter) => {
                self.take_waiter(waiter);
                self.counts.ended(seat.app, Outcome::Bypassed, 1);
                self.order(Command::GoAlone(waiter));
            }
            Who::Component(lease) => self.fail_lease(now, lease, Failure::Network),
        }
    }

    fn tell_lease(&mut self, now: Time, id: LeaseId, bodies: Vec<BodyId>) {
        if let Some(lease) = self.leases.get_mut(&id) {
            lease.flight = None;
            let before = core::mem::replace(&mut lease.bodies, bodies);
            self.drop_unleased(now, before);
        }
    }

    /// Lets the page answer repeats by itself, as long as all that the answer was cut out of is fresh.
    fn publish_composed(&mut self, now: Time, request: RequestId, bodies: &[BodyId]) {
        let until = bodies
            .iter()
            .map(|body| self.cache.entry(*body).map(|entry| entry.fresh_until))
            .try_fold(Time(u64::MAX), |least, until| Some(least.min(until?)));
        let Some(until) = until.filter(|until| *until > now && self.requests.is_spelled(request))
        else {
            return;
        };
        for body in bodies {
            self.cache.publish(*body, request);
        }
        self.order(Command::PublishComposed { request, until });
    }

    /// Notes what a stored answer can be used for, and tells components of it that show an older one.
    #[inline(never)] // a seam: see `graphql`
    pub(super) fn took_in(&mut self, now: Time, body: BodyId, cargo: Cargo) {
        self.holdings.insert(
            body,
            Holding {
                pool: cargo.pool,
                operation: cargo.operation.clone(),
            },
        );
        let concerned = self.leases.keys_where(|lease| {
            lease.flight.is_none() && !lease.bodies.is_empty() && !lease.bodies.contains(&body)
        });
        for id in concerned {
            self.tell_again(now, id, &cargo);
        }
    }

    fn tell_again(&mut self, now: Time, id: LeaseId, cargo: &Cargo) {
        let Some(lease) = self.leases.get(&id) else {
            return;
        };
        let seat = lease.seat(id, Freshness::Normal);
        let inquiry = self
            .requests
            .get(seat.request)
            .and_then(|asked| asked.inquiry.clone())
            .filter(|inquiry| inquiry.pool == cargo.pool)
            .filter(|inquiry| cargo.operation.touches(&inquiry.operation));
        let Some(inquiry) = inquiry else {
            return;
        };
        let mut sources = Vec::new();
        let all = Some((*inquiry.operation).clone());
        if self
            .find_entries(now, &inquiry, all, &mut sources)
            .is_none()
        {
            let outcome = Outcome::Joined;
            self.compose(now, Seat { outcome, ..seat }, sources, false);
        }
    }
}
