//! Whose page it is. A change is immediate and total.

use super::flight::Who;
use super::{Broker, Failure, Freshness, LeaseId, Time};
use crate::cache::Scope;
use crate::fingerprint::{ContentDigest, Fingerprint, Partition};

/// One person's time at the page.
#[derive(Debug)]
pub(super) struct Tenure {
    partition: Partition,
    number: u32,
    /// A server has said 401 or 403: nothing stored is given out until the host has spoken.
    locked: bool,
}

impl Tenure {
    pub(super) fn new(partition: Partition) -> Self {
        Tenure {
            partition,
            number: 0,
            locked: false,
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
}

impl Broker {
    /// The host has spoken: the same person signed in again, or another; or it is the same person's page in another epoch.
    pub(super) fn identified(&mut self, now: Time, partition: Partition) {
        let is_same = partition == self.tenure.partition;
        let is_person = is_same || !partition.is_of_person(&self.tenure.partition);
        self.tenure.locked &= !is_person;
        if is_same {
            return;
        }
        self.tenure.partition = partition;
        self.tenure.number += 1;
        if self.next_flight > 0 {
            // The browser's HTTP cache knows no persons: from now on it must ask before it answers.
            self.generations.advance(Scope::All);
        }
        let gone = self.cache.clear();
        self.forget(gone);
        self.forget_unshareable();
        self.stock.clear();
        self.joinable.clear();
        let leases = self.leases.keys_where(|_| true);
        for lease in &leases {
            self.leave_flight(now, *lease);
        }
        for flight in self
            .flights
            .keys_where(|flight| is_person && !flight.is_sent())
        {
            // It would carry the new person's cookies to a caller who asked as the old.
            self.give_up(now, flight, Failure::IdentityChanged);
        }
        for flight in self.flights.keys_where(|_| true) {
            // What only the store wanted of the person who left is not wanted now.
            self.end_if_unwanted(now, flight);
        }
        for lease in leases {
            self.refresh(now, lease, Freshness::Normal);
        }
    }

    /// Gives out nothing stored until the host has spoken.
    pub(super) fn lock(&mut self) {
        if !self.tenure.locked {
            self.tenure.locked = true;
            let published: Vec<_> = self.cache.take_published();
            for request in published {
                self.order(super::Command::Withdraw(request));
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
