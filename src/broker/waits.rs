//! What an answer will be cut out of, and the bodies that are held for it.
//!
//! A query's answer may come in parts: from flights and from what is stored. Until all are there, whoever waits sits in
//! every such flight and holds every such body.

use super::flight::{Seat, Who};
use super::{BodyId, Broker, Command, FlightId, Time};
use crate::graphql::Operation;
use std::rc::Rc;

/// Where a part of somebody's answer comes from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) place: Place,
    pub(super) operation: Rc<Operation>,
    /// It is the answer to the very request that was asked, as it was written.
    pub(super) is_own: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Flight(FlightId),
    Body(BodyId),
}

impl Source {
    pub(super) fn flight(&self) -> Option<FlightId> {
        match self.place {
            Place::Flight(id) => Some(id),
            Place::Body(_) => None,
        }
    }

    pub(super) fn body(&self) -> Option<BodyId> {
        match self.place {
            Place::Body(id) => Some(id),
            Place::Flight(_) => None,
        }
    }
}

impl Broker {
    pub(super) fn waits_of(&mut self, who: Who) -> Option<&mut Vec<Source>> {
        match who {
            Who::Caller(waiter) => Some(&mut self.waiters.get_mut(&waiter)?.waits),
            Who::Component(lease) => Some(&mut self.leases.get_mut(&lease)?.waits),
        }
    }

    pub(super) fn set_waits(&mut self, who: Who, sources: Vec<Source>) {
        if let Some(waits) = self.waits_of(who) {
            *waits = sources;
        }
    }

    /// Waits for a flight that brings exactly what was asked, as it was written.
    pub(super) fn wait_for_own(&mut self, id: FlightId, seat: &Seat) {
        if let Some(operation) = self.carried(id) {
            let place = Place::Flight(id);
            self.set_waits(
                seat.who,
                vec![Source {
                    place,
                    operation,
                    is_own: true,
                }],
            );
        }
    }

    /// What somebody waited for matters no more: gives up every place that was taken for it.
    pub(super) fn leave_waits(&mut self, now: Time, who: Who, waits: Vec<Source>) {
        for source in waits {
            match source.place {
                Place::Flight(flight) => self.unseat(now, flight, who),
                Place::Body(body) => self.release_body(body),
            }
        }
    }

    /// Somebody waits for another flight from now on, or for more in the same.
    pub(super) fn carry_over(&mut self, who: Who, from: FlightId, to: FlightId) {
        let operation = self.carried(to);
        let is_own = self
            .flights
            .get(&to)
            .and_then(|flight| flight.cargo.as_ref())
            .is_some_and(|cargo| cargo.is_own);
        for source in self.waits_of(who).into_iter().flatten() {
            if source.place == Place::Flight(from)
                && let Some(operation) = &operation
            {
                source.place = Place::Flight(to);
                source.operation = operation.clone();
                source.is_own &= is_own;
            }
        }
    }

    pub(super) fn carried(&self, id: FlightId) -> Option<Rc<Operation>> {
        Some(self.flights.get(&id)?.cargo.as_ref()?.operation.clone())
    }

    /// Whether it was sent as this one wrote it: names in its answer are this one's.
    pub(super) fn is_in_the_words_of(&self, id: FlightId, seat: &Seat) -> bool {
        self.flights.get(&id).is_some_and(|flight| {
            flight.request == seat.request
                && flight.cargo.as_ref().is_some_and(|cargo| cargo.is_own)
        })
    }

    /// While it is fresh; and, since answers to queries seldom say how long they are, as long as a component shows it.
    pub(super) fn is_usable(&self, now: Time, body: BodyId) -> bool {
        let fresh = self.cache.entry(body).is_some_and(|entry| {
            now < entry.fresh_until || entry.ahead_until.is_some_and(|until| now < until)
        });
        fresh || self.is_leased(body)
    }

    fn is_leased(&self, body: BodyId) -> bool {
        self.leases
            .iter()
            .any(|(_, lease)| lease.bodies.contains(&body))
    }

    /// What was kept only because a component showed it goes with it.
    pub(super) fn drop_unleased(&mut self, now: Time, bodies: Vec<BodyId>) {
        for body in bodies {
            if self.holdings.contains_key(&body) && !self.is_usable(now, body) {
                let gone = self.cache.remove(body);
                self.forget(gone.into_iter().collect());
            }
        }
    }

    pub(super) fn hold_body(&mut self, body: BodyId) {
        match self.held.get_mut(&body) {
            Some((uses, _)) => *uses += 1,
            None => {
                self.held.insert(body, (1, false));
            }
        }
    }

    pub(super) fn release_body(&mut self, body: BodyId) {
        let Some((uses, unwanted)) = self.held.get_mut(&body) else {
            return;
        };
        *uses -= 1;
        let (uses, unwanted) = (*uses, *unwanted);
        if uses == 0 {
            self.held.remove(&body);
            if unwanted {
                self.order(Command::DropBody(body));
            }
        }
    }

    /// The index has no use for a body: it goes, as soon as nobody waits to have an answer cut out of it.
    pub(super) fn drop_body(&mut self, body: BodyId) {
        match self.held.get_mut(&body) {
            Some((_, unwanted)) => *unwanted = true,
            None => self.order(Command::DropBody(body)),
        }
    }
}
