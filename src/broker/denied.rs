//! A server has said 401: whoever this is, it does not know them. Until the URL that it refused succeeds, or the host has
//! spoken, nothing stored is given out that came from there for the same credential.

use super::{Asked, Broker, Command, FlightId};

/// So many are remembered; a page with more has other troubles, and the oldest is forgotten.
const MOST: usize = 32;

/// What was refused.
#[derive(Debug)]
pub(super) struct Denied {
    origin: Box<str>,
    credential: u64,
    url: Box<str>,
}

impl Denied {
    fn concerns(&self, asked: &Asked) -> bool {
        self.origin == asked.origin && self.credential == asked.credential
    }
}

impl Broker {
    /// Whether nothing stored is given out for this request at present.
    pub(super) fn is_withheld(&self, asked: &Asked) -> bool {
        self.tenure.is_locked() || self.denied.iter().any(|denied| denied.concerns(asked))
    }

    /// A head has come, of this status: it may deny, or say that all is well again.
    pub(super) fn hear_status(&mut self, id: FlightId, status: u16) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        let asked = flight.asked.clone();
        let request = flight.request;
        if flight.tenure != self.tenure.number() {
            return;
        }
        let is_this = |denied: &Denied| denied.concerns(&asked) && denied.url == asked.subject.url;
        if status < 400 {
            return self.denied.retain(|denied| !is_this(denied));
        }
        if status != 401 || self.denied.iter().any(is_this) {
            return;
        }
        if self.denied.len() >= MOST {
            self.denied.remove(0);
        }
        self.denied.push(Denied {
            origin: asked.origin.clone(),
            credential: asked.credential,
            url: asked.subject.url.clone(),
        });
        let withheld = |request| {
            self.requests
                .get(request)
                .is_some_and(|asked| self.is_withheld(&asked))
        };
        let mut bodies = Vec::new();
        for (body, entry) in self.cache.iter() {
            if entry.published.iter().any(|request| withheld(*request)) {
                bodies.push(body);
            }
        }
        for body in bodies {
            for request in self.cache.withdraw(body) {
                self.order(Command::Withdraw(request));
            }
        }
        self.order(Command::Denied(request));
    }
}
