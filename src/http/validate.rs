//! Asking the server whether a kept answer still holds, and what its answer changes (RFC 9111 §4.3, RFC 9110 §13).

use super::directives::{Directives, NONE};
use super::freshness::expires;
use super::stored::{Stored, content_length, text};
use super::vary::Selection;
use super::{Head, NoStore, Terms};
use crate::fingerprint::Request;

/// What the answer to a HEAD means for a kept answer to GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headed {
    /// It holds: it is [`Stored::renewed`] by this head.
    Same,
    /// It is of another representation: from now on it is in [`Stored::doubt`].
    Other,
    /// Nothing.
    Nothing,
}

impl Stored {
    /// Request headers that ask whether it still holds (RFC 9111 §4.3.1), with the validators as the server gave them,
    /// weak ones with their mark. Empty if it has none: then the request goes out as it is. Of a part the request's own
    /// `Range` must go with them.
    pub fn conditions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let conditions = [
            ("if-none-match", self.etag.as_deref()),
            ("if-modified-since", self.last_modified.as_deref()),
        ];
        conditions
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }

    /// As a 304 leaves it (RFC 9111 §3.2, §4.3.4): counted from now, with what the 304 says in place of what was said; what
    /// it leaves out, or the browser hides, stays; so does its entity tag, which is of its bytes. `None`: it is this
    /// request's answer, and after that must be forgotten.
    ///
    /// Which kept answers a 304 is about, [`confirmed`] tells. The fields that the page holds are updated by
    /// [`super::is_updated`].
    pub fn renewed(
        mut self,
        request: &Request,
        head: &Head,
        terms: &Terms,
        keyed: &dyn Fn(&str) -> bool,
    ) -> Option<Stored> {
        if let Some(field) = &head.cache_control {
            self.said = Directives::parse(field);
        }
        if head.expires.is_some() {
            self.expires = expires(head);
        }
        if let Some(modified) = text(&head.last_modified) {
            self.last_modified = Some(modified);
        }
        if head.vary.is_some() {
            self.vary = Selection::new(head, request.headers, keyed).ok()?;
        }
        let forbidden = self.said.forbids_storing() && terms.no_store != NoStore::Keep;
        if forbidden || terms.never_store {
            return None;
        }
        self.take_labels(head);
        self.date(head, terms);
        Some(self)
    }

    /// What the answer to a HEAD of the same URL, by a request that it matches, means for it (RFC 9111 §4.3.5). Only a 200
    /// says anything; validators and the length, where the answer has them, must be its own.
    pub fn after_head(&self, head: &Head) -> Headed {
        let (etag, modified) = (text(&head.etag), text(&head.last_modified));
        let length = content_length(head);
        if head.status != 200 || self.status != 200 {
            Headed::Nothing
        } else if (etag.is_some() && etag != self.etag)
            || (modified.is_some() && modified != self.last_modified)
            || (length != NONE && length != self.length)
        {
            Headed::Other
        } else {
            Headed::Same
        }
    }

    /// From now on it must not be used before the server was asked.
    pub fn doubt(&mut self) {
        self.lifetime = 0;
        self.age = u64::MAX;
    }
}

/// Which of the kept answers to one request a 304 confirms, by their places (RFC 9111 §4.3.4): all with the strong
/// validator that it names; else the newest with the weak one, or with its `Last-Modified`.
///
/// `asked` is the one whose validators were sent, if they were sent alone. It is confirmed also by a 304 without a
/// validator, and by one whose validator fits none: servers that compress on the way are known to give a 304 the
/// entity tag of the uncompressed bytes, and to that question the status means nothing else.
pub fn confirmed(kept: &[&Stored], asked: Option<usize>, head: &Head) -> Vec<usize> {
    let (etag, modified) = (text(&head.etag), text(&head.last_modified));
    let is_strong = etag.as_deref().is_some_and(|etag| !etag.starts_with("W/"));
    let mut found: Vec<usize> = Vec::new();
    for (place, stored) in kept.iter().enumerate() {
        let fits = match (&etag, &modified) {
            (Some(_), _) if is_strong => stored.etag == etag,
            (Some(etag), _) => stored.etag.as_deref().map(opaque) == Some(opaque(etag)),
            (None, Some(_)) => stored.last_modified == modified,
            (None, None) => kept.len() == 1 && stored.conditions().next().is_none(),
        };
        if !fits {
            continue;
        }
        let newest = found.first().and_then(|&best| kept.get(best));
        if is_strong {
            found.push(place);
        } else if newest.is_none_or(|best| best.arrived <= stored.arrived) {
            found = vec![place];
        }
    }
    match asked {
        Some(asked) if found.is_empty() && asked < kept.len() => vec![asked],
        _ => found,
    }
}

/// What weak comparison compares (RFC 9110 §8.8.3.2).
fn opaque(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}
