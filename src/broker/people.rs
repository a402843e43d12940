//! Whose page it is. A change is immediate and total.

use super::flight::{Flight, Who};
use super::{Broker, Command, Failure, Freshness, LeaseId, Time};
use crate::cache::Scope;
use crate::fingerprint::{ContentDigest, Fingerprint, Partition};

/// One person's time at the page.
#[derive(Debug)]
pub(super) struct Tenure {
    partition: Partition,
    number: u32,
    /// The number with which the present person began; since then only the epoch may have changed.
    since: u32,
    /// Another tab has another person: nothing stored is given out until the host has spoken.
    locked: bool,
    /// The host has said whose page it is. Before that it is nobody's, whatever its cookies are.
    is_named: bool,
    /// Another tab has said that it is another person's: whose cookies are sent is not known.
    is_doubted: bool,
}

impl Tenure {
    pub(super) fn new(partition: Partition) -> Self {
        Tenure {
            partition,
            number: 0,
            since: 0,
            locked: false,
            is_named: false,
            is_doubted: false,
        }
    }

    pub(super) fn partition(&self) -> &Partition {
        &self.partition
    }

    /// What stands for all requests for a URL.
    pub(super) fn of_url(&self, url: &str) -> Fingerprint {
        Fingerprint::new(&self.partition, &ContentDigest::of_rest(&[url.as_bytes()]))
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    /// Whether what began then was another person's.
    pub(super) fn was_anothers(&self, number: u32) -> bool {
        number < self.since
    }

    pub(super) fn is_named(&self) -> bool {
        self.is_named
    }
}

impl Broker {
    /// The host has spoken: the same person signed in again, or another; or it is the same person's page in another epoch.
    pub(super) fn identified(&mut self, now: Time, partition: Partition) {
        let is_same = partition == self.tenure.partition;
        let is_person = is_same || !partition.is_of_person(&self.tenure.partition);
        self.tenure.locked &= !is_person;
        if is_person {
            self.denied.clear();
        }
        let (was_named, was_doubted) = (self.tenure.is_named, self.tenure.is_doubted);
        self.tenure.is_named |= is_person;
        self.tenure.is_doubted &= !is_person;
        // What was sent in doubt may have been answered as another person's.
        if is_same && !was_doubted {
            return;
        }
        self.tenure.partition = partition;
        self.tenure.number += 1;
        if is_person {
            self.tenure.since = self.tenure.number;
        }
        if self.next_flight > 0 {
            // The browser's HTTP cache knows no persons: from now on it must ask before it answers.
            self.generations.advance(Scope::All);
        }
        let gone = self.cache.clear();
        self.forget(gone);
        self.forget_unshareable();
        self.refused.clear();
        self.stock.clear();
        self.joinable.clear();
        let leases = self.leases.keys_where(|_| true);
        for lease in &leases {
            self.leave_flight(now, *lease);
        }
        self.end_session(now, is_person);
        for lease in leases {
            // With the former person's token it would go on asking as that person.
            if is_person && !is_same && was_named && self.is_credentialed(lease) {
                self.fail_lease(now, lease, Failure::IdentityChanged);
                self.released(now, lease);
            } else {
                self.refresh(now, lease, Freshness::Normal);
            }
        }
    }

    /// Another tab is another person's: what is sent from now on may carry that person's cookies, and what is on its way
    /// may. Nothing stored is given out until the host has spoken.
    pub(super) fn doubt(&mut self, now: Time) {
        self.lock();
        self.tenure.is_doubted = true;
        self.tenure.number += 1;
        self.tenure.since = self.tenure.number;
        // Nor does the browser's HTTP cache know whose its answers are.
        self.generations.advance(Scope::All);
        let mut unsent = Vec::new();
        for (id, lease) in self.leases.iter() {
            let mut flights = lease
                .flight
                .into_iter()
                .chain(lease.waits.iter().filter_map(|source| source.flight()));
            if flights.any(|flight| self.flights.get(&flight).is_some_and(Flight::may_be_held)) {
                unsent.push(*id);
            }
        }
        for lease in &unsent {
            self.leave_flight(now, *lease);
        }
        self.end_session(now, true);
        for lease in unsent {
            self.refresh(now, lease, Freshness::Normal);
        }
    }

    /// Ends what the session that is over has not had sent, and what nobody but the store wanted.
    fn end_session(&mut self, now: Time, is_person: bool) {
        let unsent = self
            .flights
            .keys_where(|flight| is_person && flight.may_be_held());
        for flight in unsent {
            // It would carry the new person's cookies to a caller who asked as the old.
            if self.flights.get(&flight).is_some_and(Flight::is_sent) {
                self.order(Command::Abort(flight));
            }
            self.give_up(now, flight, Failure::IdentityChanged);
        }
        for flight in self.flights.keys_where(|_| true) {
            // What only the store wanted of the person who left is not wanted now.
            self.end_if_unwanted(now, flight);
        }
    }

    fn is_credentialed(&self, lease: LeaseId) -> bool {
        let lease = self.leases.get(&lease);
        lease
            .and_then(|lease| self.requests.get(lease.request))
            .is_some_and(|asked| asked.credentialed)
    }

    /// Gives out nothing stored until the host has spoken.
    pub(super) fn lock(&mut self) {
        if !self.tenure.locked {
            self.tenure.locked = true;
            let published: Vec<_> = self.cache.take_published();
            for request in published {
                self.order(Command::Withdraw(request));
            }
        }
    }

    fn leave_flight(&mut self, now: Time, id: LeaseId) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        let (flight, waits) = (lease.flight.take(), core::mem::take(&mut lease.waits));
        lease.bodies.clear();
        if let Some(flight) = flight {
            self.unseat(now, flight, Who::Component(id));
        }
        self.leave_waits(now, Who::Component(id), waits);
    }
}
