//! What is sent now, what waits for its turn, and what its time has come for.

use super::alarms::Alarm;
use super::flight::Stage;
use super::{Broker, Command, Failure, Flight, FlightId, Freshness, Priority, Time};
use crate::http::Demand;

/// Browsers open six connections to a host (HTTP/1.1): background work must leave some for people.
const BACKGROUND_AT_ONCE: usize = 4;

impl Broker {
    /// Sends what may be sent. A flight that nobody waits for now waits for one of a few places.
    pub(super) fn dispatch_queued(&mut self, now: Time) {
        let queued = self
            .flights
            .keys_where(|flight| flight.stage == Stage::Queued);
        if queued.is_empty() {
            return;
        }
        let background = |flight: &super::Flight| flight.priority == Priority::Background;
        let mut busy = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.is_sent() && background(flight))
            .count();
        for id in queued {
            if self.flights.get(&id).is_some_and(background) {
                if busy == BACKGROUND_AT_ONCE {
                    continue;
                }
                busy += 1;
            }
            if !self.is_its_turn(id) {
                continue;
            }
            self.send(now, id);
        }
    }

    /// Whether no other flight to its origin is on its way that had to wait like this one.
    fn is_its_turn(&self, id: FlightId) -> bool {
        let Some(flight) = self.flights.get(&id).filter(|flight| flight.in_turn) else {
            return true;
        };
        !self.flights.iter().any(|(_, other)| {
            other.in_turn && other.is_sent() && other.asked.origin == flight.asked.origin
        })
    }

    /// Keeps a flight back until the task is over, so that others can put theirs in.
    pub(super) fn gather(&mut self, id: FlightId) {
        let is_gathering = |flight: &Flight| flight.stage == Stage::Gathering;
        if !self.flights.iter().any(|(_, flight)| is_gathering(flight)) {
            self.order(Command::EndOfTask);
        }
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.stage = Stage::Gathering;
        }
    }

    /// The task is over in which questions were gathered.
    pub(super) fn task_ended(&mut self) {
        for id in self
            .flights
            .keys_where(|flight| flight.stage == Stage::Gathering)
        {
            if let Some(flight) = self.flights.get_mut(&id) {
                flight.stage = Stage::Queued;
            }
        }
    }

    /// Looks at everything that is due.
    pub(super) fn ring(&mut self, now: Time) {
        while let Some(alarm) = self.alarms.due(now) {
            match alarm {
                Alarm::Deadline(waiter) => self.fail_waiter(now, waiter, Failure::Deadline),
                Alarm::Retry(flight) => self.end_pause(now, flight),
                Alarm::Grace(flight) => {
                    if self
                        .flights
                        .get(&flight)
                        .is_some_and(|flight| flight.seats.is_empty())
                    {
                        self.abort(flight);
                    }
                }
                Alarm::Shareable(key) => {
                    self.unshareable.remove(&key);
                }
            }
        }
    }

    /// Sends a flight again, or lets its seats join one that has been sent in the meantime.
    fn end_pause(&mut self, now: Time, id: FlightId) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.stage = Stage::Queued;
        let (key, revalidate) = (flight.key, flight.revalidate);
        let freshness = if revalidate {
            Freshness::Revalidate
        } else {
            Freshness::Normal
        };
        // What brings parts to several cannot be exchanged for what brings one of them his.
        let is_query = flight.cargo.is_some();
        let other = self
            .open_flight(now, &key, &Demand::default())
            .filter(|_| !is_query)
            .filter(|other| *other != id && self.is_new_enough(*other, freshness));
        if let Some(other) = other {
            self.move_seats(id, other);
        } else if !is_query
            && self.joinable_flight(&key).is_none()
            && !self.unshareable.contains_key(&key)
        {
            self.joinable.insert(key, id);
        }
    }

    pub(super) fn move_seats(&mut self, from: FlightId, to: FlightId) {
        let Some(mut flight) = self.take_flight(from) else {
            return;
        };
        for seat in core::mem::take(&mut flight.seats) {
            let request = seat.request;
            self.join(to, seat);
            self.unhold(request);
        }
    }

    pub(super) fn forget_unshareable(&mut self) {
        for (key, until) in core::mem::take(&mut self.unshareable).iter() {
            self.alarms.remove(*until, Alarm::Shareable(*key));
        }
    }

    /// An exchange with this origin went well.
    pub(super) fn earn(&mut self, origin: &str) {
        if let Some(at) = self
            .budgets
            .iter()
            .position(|(other, _)| **other == *origin)
        {
            self.budgets[at].1.earn();
            if self.budgets[at].1.is_full() {
                self.budgets.swap_remove(at);
            }
        }
    }
}
