//! What the depot, which stands between the broker and the network, must know of a flight; and what it does for one.

use super::flight::Seat;
use super::{Broker, FlightId, Freshness, Outcome, Time};
use crate::cache::{Found, Generation, Scope};
use crate::depot::{Errand, Kept, Reach};
use crate::fingerprint::Fingerprint;
use crate::http::Demand;

impl Broker {
    /// What a flight is for. `has_spoken`: the host shell has said whose page it is; `moment`: by the calendar.
    pub fn errand(&self, moment: u64, id: FlightId, has_spoken: bool) -> Option<Errand> {
        let flight = self.flights.get(&id)?;
        let asks = |wanted: Freshness| flight.seats.iter().any(|seat| seat.freshness == wanted);
        let (insists, exactly) = (
            asks(Freshness::Revalidate),
            asks(Freshness::Reload) || asks(Freshness::Own),
        );
        let is_former = flight.tenure != self.tenure.number();
        let may_ask = flight.may_ask();
        let reach = if (may_ask && !self.is_shared(id))
            || is_former
            || exactly
            || self.is_withheld(&flight.asked)
            || flight.asked.credential != 0
        {
            Reach::Server
        } else if has_spoken {
            Reach::All
        } else {
            Reach::Public
        };
        let about = flight
            .about
            .and_then(|body| self.cache.entry(body)?.stored.as_ref());
        let newer_than = match insists {
            true => moment,
            false => about.map_or(0, |stored| stored.arrived()),
        };
        let all_take_anything = flight
            .seats
            .iter()
            .all(|seat| matches!(seat.freshness, Freshness::Stored | Freshness::OnlyStored));
        let freshness = match all_take_anything && !flight.seats.is_empty() {
            true => Freshness::Stored,
            false => Freshness::Normal,
        };
        let (key, demand) = match &flight.cargo {
            Some(cargo) => (cargo.key(self.tenure.partition()), Demand::default()),
            None if is_former => (flight.key, flight.asked.demand.clone()),
            None => (
                self.lasting_fingerprint(&flight.asked),
                flight.asked.demand.in_mode(freshness.mode()),
            ),
        };
        Some(Errand {
            key,
            demand,
            // A part of a query that is answered so is not asked for behind.
            is_fresh_only: flight.cargo.is_some(),
            subject: flight.subject.clone(),
            began: flight.began,
            reach,
            may_ask,
            is_anothers: self.tenure.was_anothers(flight.tenure),
            is_named: has_spoken,
            newer_than,
            is_strict: insists,
        })
    }

    /// What is kept under this fingerprint, or of a query's flight, for as long as HTTP says.
    pub fn kept(&mut self, id: FlightId, key: &Fingerprint) -> Option<(super::BodyId, Kept)> {
        let own = self.confirmed.remove(&id).unwrap_or_else(|| id.into());
        let body = match self.cache.entry(own) {
            Some(_) => own,
            None => self.cache.body_of(key)?,
        };
        let entry = self.cache.entry(body)?;
        let stored = (**entry.stored.as_ref()?).clone();
        if stored.is_for_memory() {
            return None;
        }
        let kept = Kept {
            subject: entry.subject.clone(),
            bytes: entry.bytes,
            cost: entry.cost,
            stored,
            question: self.holdings.get(&body).map(|holding| holding.question()),
        };
        Some((body, kept))
    }

    /// What is not in memory may lie on disk: from now on a depot stands before the network, and knows.
    pub fn stand_behind_depot(&mut self) {
        self.has_depot = true;
    }

    /// The exchange of this flight was not needed: its answer came from disk (`Persisted`) or from another tab (`Joined`).
    pub fn spared(&mut self, id: FlightId, outcome: Outcome) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        let first = flight.seats.first().map(|seat: &Seat| seat.app);
        for seat in &mut flight.seats {
            if seat.outcome == Outcome::Missed {
                seat.outcome = outcome;
            }
        }
        self.counts.unsent(first);
    }

    /// The answer came from disk and may be past its freshness: then the server is asked behind.
    pub fn refresh_behind(
        &mut self,
        now: Time,
        key: &Fingerprint,
        request: super::RequestId,
    ) -> Vec<super::Command> {
        let found = self.requests.get(request).map(|asked| {
            // A query's answer lies under the key of what was sent; any other in memory under what this page has learned.
            let key = match asked.inquiry {
                Some(_) => *key,
                None => self.fingerprint(&asked),
            };
            (
                key,
                self.cache
                    .peek(&key, &Demand::default(), now, self.calendar),
                asked,
            )
        });
        if let Some((key, Found::Stale(body), asked)) = found {
            self.revalidate_behind(now, key, request, asked, body);
        }
        self.give_orders(now)
    }

    /// Another tab has said that it is somebody else's page: nothing stored is given out here until the host has spoken.
    pub fn doubt_person(&mut self, now: Time) -> Vec<super::Command> {
        self.doubt(now);
        self.give_orders(now)
    }

    /// What has been declared out of date after a generation.
    pub fn invalidated_since(&self, since: Generation) -> Vec<Scope> {
        self.generations.since(since)
    }

    /// The present generation.
    pub fn generation(&self) -> Generation {
        self.generations.now()
    }

    /// Whether those who ask for the same now join this flight.
    pub fn is_shared(&self, id: FlightId) -> bool {
        self.flights
            .get(&id)
            .is_some_and(|flight| match &flight.cargo {
                Some(cargo) => cargo.is_open,
                None => {
                    self.joinable.get(&flight.key) == Some(&id)
                        && !self.varies_on_noise(&flight.asked)
                }
            })
    }
}
