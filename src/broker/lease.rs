//! Mounted components' standing interests.

use super::flight::{Seat, Who};
use super::{
    AppId, BodyId, Broker, Command, Failure, FlightId, Freshness, LeaseId, Outcome, Priority,
    RequestId, Time, Want,
};
use crate::fingerprint::Fingerprint;

/// How often reading for a component may be sent again: nobody sees the failure but the person who looks.
const RETRIES: u8 = 2;

/// A standing interest.
#[derive(Debug)]
pub struct Lease {
    pub(super) app: AppId,
    pub(super) request: RequestId,
    pub(super) priority: Priority,
    /// The flight it waits in.
    pub(super) flight: Option<FlightId>,
    /// What it was told last.
    pub(super) body: Option<BodyId>,
}

impl Broker {
    pub(super) fn leased(
        &mut self,
        now: Time,
        id: LeaseId,
        app: AppId,
        request: RequestId,
        priority: Priority,
    ) {
        if self.requests.get(request).is_none() {
            return self.order(Command::NotifyFailure {
                lease: id,
                failure: Failure::Network,
            });
        }
        self.requests.hold(request);
        self.leases.insert(
            id,
            Lease {
                app,
                request,
                priority,
                flight: None,
                body: None,
            },
        );
        self.refresh(now, id, Freshness::Normal);
    }

    pub(super) fn released(&mut self, now: Time, id: LeaseId) {
        let Some(lease) = self.leases.remove(&id) else {
            return;
        };
        if let Some(flight) = lease.flight {
            self.unseat(now, flight, Who::Component(id));
        }
        self.unhold(lease.request);
    }

    /// Asks for a component, in place of what it waits for already.
    pub(super) fn refresh(&mut self, now: Time, id: LeaseId, freshness: Freshness) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        let (app, request, priority, before) = (
            lease.app,
            lease.request,
            lease.priority,
            lease.flight.take(),
        );
        let Some(asked) = self.requests.get(request) else {
            return;
        };
        let who = Who::Component(id);
        let outcome = Outcome::Missed;
        let seat = Seat {
            who,
            app,
            request,
            want: Want::Whole,
            priority,
            retries: RETRIES,
            outcome,
            reading: false,
        };
        // Sit down first, stand up then: a flight that is both the old and the new one must not end between.
        self.look(now, seat, asked, freshness);
        if let Some(flight) = before {
            self.unseat(now, flight, who);
        }
    }

    pub(super) fn notify(&mut self, id: LeaseId, body: BodyId, outcome: Outcome) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        lease.flight = None;
        lease.body = Some(body);
        self.order(Command::Notify {
            lease: id,
            body,
            outcome,
        });
    }

    pub(super) fn fail_lease(&mut self, id: LeaseId, failure: Failure) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        lease.flight = None;
        let app = lease.app;
        self.counts.ended(app, Outcome::Failed, 1);
        self.order(Command::NotifyFailure { lease: id, failure });
    }

    /// Tells components that did not wait for it of an answer that somebody else fetched.
    pub(super) fn tell_others(&mut self, key: &Fingerprint, body: BodyId) {
        let same = |request| {
            self.requests
                .get(request)
                .is_some_and(|asked| self.fingerprint(&asked) == *key)
        };
        let idle = self.leases.keys_where(|lease| {
            lease.flight.is_none() && lease.body != Some(body) && same(lease.request)
        });
        for id in idle {
            self.notify(id, body, Outcome::Joined);
        }
    }
}
