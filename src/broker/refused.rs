//! Unions that a server has refused: whose they were, so that they are not tried again.
//!
//! An operation made of several may be refused for what one of them asks, for its size, or because a server had enough.
//! That is nobody's answer: each sends its own. Whose own is refused, too, stays out of unions from then on; where nobody's
//! is, it was the union, and these documents are not put together again.

use super::flight::{Seat, Stage, Who};
use super::retry::Budget;
use super::waits::Place;
use super::{Broker, FlightId, Freshness, Time};
use crate::http::Head;

/// So many are remembered; then the oldest is forgotten, which costs another refusal.
const MOST: usize = 64;
/// How long it counts that a server said no for reasons that pass: a person's rights, its load, a fault.
const PASSING_MS: u64 = 60_000;

/// What was refused.
#[derive(Debug)]
pub(super) struct Refused {
    /// Which documents, each as often as it was in it; in order.
    members: Vec<u64>,
    until: Time,
}

/// The document of what apps are known to ask for, which nobody has asked for yet.
pub(super) const FORESEEN: u64 = 0;

/// Puts a document among others.
pub(super) fn add(members: &mut Vec<u64>, document: u64) {
    let at = members.partition_point(|other| *other < document);
    members.insert(at, document);
}

/// Whether all of `these` are among `those`, as often.
fn are_among(these: &[u64], those: &[u64]) -> bool {
    let mut rest = those.iter();
    these.iter().all(|one| rest.any(|other| other == one))
}

/// Whether a status says nothing of how an operation was put.
fn is_passing(status: u16) -> bool {
    status >= 500 || matches!(status, 401 | 403 | 429)
}

impl Broker {
    /// Whether a union of these documents has been refused, or of some of them.
    #[inline(never)] // only for queries: see `graphql`
    pub(super) fn is_refused(&self, now: Time, members: &[u64]) -> bool {
        self.refused
            .iter()
            .any(|refused| refused.until > now && are_among(&refused.members, members))
    }

    /// Notes how an operation ended: a union, or what one has sent as it was written.
    pub(super) fn note_union(&mut self, now: Time, id: FlightId, is_refused: bool) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        let (Some(cargo), Some(status)) = (&flight.cargo, flight.status) else {
            return;
        };
        let members = cargo.members.clone();
        if members.is_empty() {
            return;
        }
        let is_bad = is_refused || status > 299;
        let is_single = cargo.is_own && members.len() == 1;
        if !is_bad {
            // It is not this one's fault, after all.
            if is_single {
                self.refused.retain(|refused| refused.members != members);
            }
            return;
        }
        if is_single {
            // It explains why the others' union was refused.
            self.refused
                .retain(|refused| refused.until > now && !are_among(&members, &refused.members));
        } else if cargo.is_own {
            return;
        } else {
            self.refused.retain(|refused| refused.until > now);
        }
        if self.refused.len() >= MOST {
            self.refused.remove(0);
        }
        let until = match is_passing(status) {
            true => now.plus(PASSING_MS),
            false => Time(u64::MAX),
        };
        self.refused.push(Refused { members, until });
    }

    /// The server has refused an operation made of several: each sends its own, after 429 and 503 when the server wants to
    /// be asked again, one after the other, as far as the origin's budget goes. Who has no place in it is given the refusal.
    /// Says whether nobody is left.
    #[inline(never)] // a seam: see `graphql`
    pub(super) fn take_apart(&mut self, now: Time, id: FlightId, head: &Head) -> bool {
        let Some(flight) = self.flights.get_mut(&id) else {
            return true;
        };
        let is_union = flight.cargo.as_ref().is_some_and(|cargo| !cargo.is_own);
        if !is_union || (200..300).contains(&head.status) {
            return false;
        }
        // What one person asked is not sent again with another's cookies.
        if flight.tenure != self.tenure.number() {
            return false;
        }
        let origin = flight.asked.origin.clone();
        if let Some(cargo) = &mut flight.cargo {
            cargo.is_open = false;
        }
        let seats = core::mem::take(&mut flight.seats);
        self.note_union(now, id, true);
        let is_overloaded = matches!(head.status, 429 | 503);
        let again = match is_overloaded {
            true => self.jitter.again_at(now, 1, head.retry_after_ms()),
            false => Some(now),
        };
        let mut left = Vec::new();
        for seat in seats {
            let is_paid = !is_overloaded || Budget::of(&mut self.budgets, &origin).spend();
            match again.filter(|_| is_paid) {
                Some(at) => self.send_own(now, seat, id, at),
                None => left.push(seat),
            }
        }
        let is_deserted = left.is_empty();
        match self.flights.get_mut(&id) {
            Some(flight) if !is_deserted => flight.seats = left,
            _ => self.abort(id),
        }
        is_deserted
    }

    /// Sends somebody's own operation in place of what it waits for.
    fn send_own(&mut self, now: Time, seat: Seat, from: FlightId, at: Time) {
        let (who, request) = (seat.who, seat.request);
        let mut waits = self.waits_of(who).map(core::mem::take).unwrap_or_default();
        waits.retain(|source| source.place != Place::Flight(from));
        self.leave_waits(now, who, waits);
        if let Some(asked) = self.requests.get(request) {
            let before = self.next_flight;
            let seat = Seat {
                freshness: Freshness::Own,
                ..seat.anew()
            };
            self.look(now, seat, asked, Freshness::Own);
            let flight = match who {
                Who::Caller(waiter) => self.waiters.get(&waiter).map(|waiter| waiter.flight),
                Who::Component(lease) => self.leases.get(&lease).and_then(|lease| lease.flight),
            };
            if let Some(id) = flight.filter(|id| id.0 > before && at > now) {
                self.pause(id, at);
            }
        }
        self.unhold(request);
    }

    /// Sends a flight at that moment, and not beside others of its origin that had to wait like it.
    fn pause(&mut self, id: FlightId, at: Time) {
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.stage = Stage::Pausing(at);
            flight.in_turn = true;
            self.alarms.add(at, super::alarms::Alarm::Retry(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_count_as_often_as_they_are_there() {
        let mut members = Vec::new();
        for document in [3, 1, 3] {
            add(&mut members, document);
        }
        assert_eq!(members, [1, 3, 3]);
        assert!(are_among(&[3, 3], &members));
        assert!(!are_among(&[1, 1], &members));
        assert!(are_among(&[], &members));
        assert!(!are_among(&[2], &members));
    }
}
