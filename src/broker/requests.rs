//! Requests that the page has handed over once, and since then names by number.

use super::{Broker, Command, Inquiry, RequestId, Table};
use crate::cache::Subject;
use crate::fingerprint::{ContentDigest, Fingerprint};
use crate::http::Terms;
use std::rc::Rc;

/// Whether answers to a request may be shared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// It only reads: whoever asks for the same shares the answer.
    Shared,
    /// It may write, or nothing is known of it: everyone sends their own.
    Alone,
}

/// What the broker knows of a request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it means, without whose data it is about.
    pub content: ContentDigest,
    /// Whether answers may be shared.
    pub sharing: Sharing,
    /// Whether its answer may be used when it names request headers on which it depends.
    pub keyed: Rc<[Box<str>]>,
    /// What the host declared about keeping answers.
    pub terms: Terms,
    /// What its answer is about.
    pub subject: Rc<Subject>,
    /// Scheme, host and port.
    pub origin: Box<str>,
    /// For a GraphQL query that can be answered in parts: what it asks for.
    pub inquiry: Option<Rc<Inquiry>>,
    /// It carries a credential in a header. The browser's HTTP cache does not tell credentials apart.
    pub credentialed: bool,
}

#[derive(Debug)]
struct Kept {
    asked: Rc<Asked>,
    /// Waiters, flights and leases that need it.
    uses: u32,
    /// Whether the page still names it.
    spelled: bool,
}

#[derive(Debug, Default)]
pub(super) struct Requests {
    table: Table<RequestId, Kept>,
    next: u32,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn get(&self, request: RequestId) -> Option<Rc<Asked>> {
        self.table.get(&request).map(|kept| kept.asked.clone())
    }

    /// Whether the page still names it.
    pub(super) fn is_spelled(&self, request: RequestId) -> bool {
        self.table.get(&request).is_some_and(|kept| kept.spelled)
    }

    pub(super) fn hold(&mut self, request: RequestId) {
        if let Some(kept) = self.table.get_mut(&request) {
            kept.uses += 1;
        }
    }
}

impl Broker {
    /// Takes a request in and names it. The page says [`Input::Unspelled`](super::Input::Unspelled) when it forgets the name.
    pub fn spell(&mut self, asked: Asked) -> RequestId {
        self.requests.next += 1;
        let request = RequestId(self.requests.next);
        self.requests.table.insert(
            request,
            Kept {
                asked: Rc::new(asked),
                uses: 0,
                spelled: true,
            },
        );
        request
    }

    /// What is known of a request.
    pub fn request(&self, request: RequestId) -> Option<Rc<Asked>> {
        self.requests.get(request)
    }

    /// The present person's fingerprint of a request.
    pub fn fingerprint(&self, asked: &Asked) -> Fingerprint {
        Fingerprint::new(self.tenure.partition(), &asked.content)
    }

    /// Ends one use that [`Requests::hold`] began.
    pub(super) fn unhold(&mut self, request: RequestId) {
        if let Some(kept) = self.requests.table.get_mut(&request) {
            kept.uses = kept.uses.saturating_sub(1);
        }
        self.drop_if_unused(request);
    }

    pub(super) fn unspelled(&mut self, request: RequestId) {
        let Some(kept) = self.requests.table.get_mut(&request) else {
            return;
        };
        kept.spelled = false;
        self.cache.unpublish(request);
        self.drop_if_unused(request);
    }

    fn drop_if_unused(&mut self, request: RequestId) {
        if self
            .requests
            .table
            .get(&request)
            .is_some_and(|kept| kept.uses == 0 && !kept.spelled)
        {
            self.requests.table.remove(&request);
            self.order(Command::DropRequest(request));
        }
    }
}
