//! Requests that the page has handed over once, and since then names by number.

use super::{Broker, Command, Inquiry, RequestId, Table};
use crate::cache::Subject;
use crate::fingerprint::{Accept, ContentDigest, Request, is_noise, names_somebody};
use crate::http::{Demand, Head, Headed, Stored, Terms, Unkept, keep, selecting, selection};
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
    /// Its method.
    pub method: Box<str>,
    /// What it says about stored answers.
    pub demand: Demand,
    /// Names of the request headers that the content holds, or that cannot differ within a page.
    pub keyed: Rc<[Box<str>]>,
    /// The content holds all headers that are not known to change no answer.
    pub every_header: bool,
    /// How it asks for JSON, if it does so in a form that the content does not hold.
    pub accept: Option<Accept>,
    /// All other headers: an answer may turn out to depend on them.
    pub unkeyed: Box<[(Box<str>, Box<str>)]>,
    /// Of a HEAD, or a GET with a `Range`: the GET of the whole.
    pub whole: Option<ContentDigest>,
    /// Of a GET: its normal form but for the URL.
    pub besides: Option<Box<[u8]>>,
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
    /// Which one, by a digest of this page's own; 0: none, or one that is as good as any other of this person.
    pub credential: u64,
}

impl Asked {
    fn is_keyed(&self, name: &str) -> bool {
        self.keyed
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
            || names_somebody(name)
            || (self.every_header && !is_noise(name))
    }

    /// Works with the request as far as caching looks at it.
    fn read<T>(&self, with: impl FnOnce(&Request, &dyn Fn(&str) -> bool) -> T) -> T {
        let mut headers: Vec<(&str, &str)> = Vec::new();
        for (name, value) in &self.unkeyed {
            headers.push((name, value));
        }
        let request = Request {
            method: &self.method,
            url: &self.subject.url,
            headers: &headers,
            body: None,
            credentials: "",
        };
        with(&request, &|name| self.is_keyed(name))
    }

    /// What is kept of its answer.
    pub(super) fn keep(&self, head: &Head) -> Result<Stored, Unkept> {
        self.read(|request, keyed| keep(request, &self.demand, head, &self.terms, keyed))
    }

    /// What a 304, or the answer to a HEAD, leaves of what was kept; `None`: nothing.
    pub(super) fn renew(&self, stored: Stored, head: &Head) -> Option<Stored> {
        self.read(|request, keyed| stored.renewed(request, head, &self.terms, keyed))
    }

    /// Whether the answer to this HEAD is about the same bytes as a kept answer to GET.
    pub(super) fn compare(&self, stored: &Stored, head: &Head) -> Headed {
        self.read(
            |request, keyed| match stored.matches(request.headers, keyed) {
                true => stored.after_head(head),
                false => Headed::Nothing,
            },
        )
    }

    /// Whether the server would have selected this answer for it, too.
    pub(super) fn selects(&self, stored: &Stored) -> bool {
        self.read(|request, keyed| stored.matches(request.headers, keyed))
    }

    /// A digest of the headers that are named here, and (`is_all`: those alone) of all others that may matter; see
    /// [`crate::http::selection`].
    pub(super) fn selection(&self, names: &str, is_all: bool) -> Option<[u8; 16]> {
        let mut all = String::from(if is_all { "" } else { "*," });
        all.push_str(names);
        self.read(|request, keyed| selection(&all, request.headers, keyed))
    }

    /// See [`crate::http::selecting`].
    pub(super) fn selecting(&self, head: &Head) -> Option<String> {
        selecting(head, &|name| self.is_keyed(name))
    }
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
