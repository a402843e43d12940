//! What the server says of answers that are stored: that they still hold, that they do not; or nothing, since it failed.

use super::flight::Seat;
use super::{BodyId, Broker, Command, FlightId, Outcome, Time};
use crate::http::{Head, Headed, Stored, is_updated};

impl Broker {
    /// A 304: what the flight asked about still holds, and is the answer of all who wait (RFC 9111 §4.3.3).
    pub(super) fn confirmed(&mut self, now: Time, id: FlightId, head: &Head) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        let Some(body) = flight.about else {
            return;
        };
        let asked = flight.asked.clone();
        // Nobody who parts from it joins it again.
        flight.status = Some(head.status);
        self.learn(id, head, false);
        self.part_ways(now, id, head);
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.subject = flight.subject.in_groups(head.groups());
        let outdated = self
            .generations
            .covers_flight(flight.began, &flight.subject);
        let current = flight.tenure == self.tenure.number() && !outdated;
        let known = self.stored(body).filter(|_| current).cloned();
        let renewed = known.clone().and_then(|stored| asked.renew(stored, head));
        let is_renewed = renewed.is_some();
        if let Some(stored) = renewed {
            self.renew(now, body, id, head, stored);
        }
        self.hold_body(body);
        if self.has_depot {
            self.confirmed.insert(id, body);
        }
        let (seats, again) = match self.take_flight(id) {
            Some(mut flight) => {
                let seats = core::mem::take(&mut flight.seats);
                self.components_behind(&flight, seats)
            }
            None => Default::default(),
        };
        for seat in seats {
            self.end_seat(seat, body, is_renewed);
        }
        self.earn(&asked.origin);
        self.order(Command::DropBody(id.into()));
        if known.is_some() && !is_renewed {
            let gone = self.cache.remove(body);
            self.forget(gone.into_iter().collect());
        }
        self.release_body(body);
        self.read_again(now, again);
    }

    /// The server failed, with this status or without any answer: says whether what is stored stands in for it
    /// (`stale-if-error`), so that nobody waits any more.
    pub(super) fn stands_in(&mut self, now: Time, id: FlightId, status: Option<u16>) -> bool {
        let Some(flight) = self.flights.get(&id) else {
            return false;
        };
        let (Some(body), false) = (flight.about, self.is_withheld(&flight.asked)) else {
            return false;
        };
        // Whoever reads already learns of it from the body itself.
        if flight.seats.iter().any(|seat| seat.reading) {
            return false;
        }
        let (asked, was_sent) = (flight.asked.clone(), flight.is_sent());
        let calendar = now.plus(self.calendar).0;
        let may = self
            .stored(body)
            .is_some_and(|stored| stored.may_answer_failure(&asked.demand, calendar, status));
        if !may {
            return false;
        }
        self.hold_body(body);
        for seat in self.take_seats(id) {
            self.tell(&seat, body, Outcome::Stale);
            self.unhold(seat.request);
        }
        if was_sent {
            self.order(Command::Abort(id));
            self.order(Command::DropBody(id.into()));
        }
        self.release_body(body);
        true
    }

    /// The answer to a HEAD tells of the stored answer to the GET (RFC 9111 §4.3.5).
    pub(super) fn look_at_head(&mut self, now: Time, id: FlightId, head: &Head) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        let asked = flight.asked.clone();
        let current = flight.tenure == self.tenure.number();
        let body = asked
            .whole
            .filter(|_| current && *asked.method == *"HEAD")
            .map(|content| self.fingerprint_of(&content, &asked))
            .and_then(|key| self.cache.body_of(&key));
        let Some((body, mut stored)) =
            body.and_then(|body| Some((body, self.stored(body)?.clone())))
        else {
            return;
        };
        match asked.compare(&stored, head) {
            Headed::Nothing => {}
            Headed::Same => {
                if let Some(stored) = asked.renew(stored, head) {
                    self.renew(now, body, id, head, stored);
                }
            }
            Headed::Other => {
                stored.doubt();
                for request in self.cache.withdraw(body) {
                    self.order(Command::Withdraw(request));
                }
                self.cache.renew(now, self.calendar, body, stored);
            }
        }
    }

    fn stored(&self, body: BodyId) -> Option<&Stored> {
        self.cache.entry(body)?.stored.as_deref()
    }

    fn renew(&mut self, now: Time, body: BodyId, flight: FlightId, head: &Head, stored: Stored) {
        self.cache.renew(now, self.calendar, body, stored);
        let mut fields = Vec::new();
        for name in &head.names {
            if is_updated(head, name) {
                fields.push(name.clone());
            }
        }
        self.order(Command::Renew {
            body,
            flight,
            fields,
        });
    }

    /// Ends a flight whose seats are told by the caller.
    fn take_seats(&mut self, id: FlightId) -> Vec<Seat> {
        self.take_flight(id)
            .map_or(Vec::new(), |flight| flight.seats)
    }
}
