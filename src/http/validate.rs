//! Asking the server whether a kept answer still holds, and what its answer changes (RFC 9111 §4.3, RFC 9110 §13).

use super::directives::{Directives, NONE};
use super::freshness::expires;
use super::stored::{Stored, content_length, text};
use super::vary::Selection;
use super::{Head, Terms};
use crate::fingerprint::Request;

/// What the answer to a HEAD means for a kept answer to GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Headed {
    /// It holds, and is to be kept like this.
    Same(Box<Stored>),
    /// It is of another representation, and must not be used before the server was asked (RFC 9111 §4.3.5).
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
    /// it leaves out, or the browser hides, stays. Its validators stay its own where they are of its bytes. `None`: it
    /// is this request's answer, and after that must be forgotten.
    ///
    /// Which kept answers a 304 is about, [`confirmed`] tells. The fields that the page holds are updated by
    /// [`super::is_updated`].
    pub fn renewed(
        &self,
        request: &Request,
        head: &Head,
        terms: &Terms,
        keyed: &dyn Fn(&str) -> bool,
    ) -> Option<Stored> {
        let mut stored = self.clone();
        if let Some(field) = &head.cache_control {
            stored.said = Directives::parse(field);
        }
        if head.expires.is_some() {
            stored.expires = expires(head);
        }
        stored.last_modified = text(&head.last_modified).or(stored.last_modified);
        if head.vary.is_some() {
            stored.vary = Selection::new(head, request.headers, keyed).ok()?;
        }
        if stored.said.forbids_storing() || terms.never_store {
            return None;
        }
        stored.take_labels(head);
        stored.date(head, terms);
        Some(stored)
    }

    /// What the answer to a HEAD of the same URL, by a request that it matches, means for it (RFC 9111 §4.3.5). Only a 200
    /// says anything; validators and the length, where the answer has them, must be its own.
    pub fn after_head(
        &self,
        request: &Request,
        head: &Head,
        terms: &Terms,
        keyed: &dyn Fn(&str) -> bool,
    ) -> Headed {
        if head.status != 200 || self.status != 200 {
            return Headed::Nothing;
        }
        let (etag, modified) = (text(&head.etag), text(&head.last_modified));
        let length = content_length(head);
        if (etag.is_some() && etag != self.etag)
            || (modified.is_some() && modified != self.last_modified)
            || (length != NONE && length != self.length)
        {
            return Headed::Other;
        }
        match self.renewed(request, head, terms, keyed) {
            Some(stored) => Headed::Same(Box::new(stored)),
            None => Headed::Other,
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
    let etag = text(&head.etag);
    let modified = text(&head.last_modified);
    let having = |fits: &dyn Fn(&Stored) -> bool| -> Vec<usize> {
        let places = 0..kept.len();
        places.filter(|&place| fits(kept[place])).collect()
    };
    let found = match (&etag, &modified) {
        (Some(etag), _) if is_strong(etag) => having(&|stored| stored.etag.as_ref() == Some(etag)),
        (Some(etag), _) => newest(
            kept,
            having(&|stored| is_same(stored.etag.as_deref(), etag)),
        ),
        (None, Some(_)) => newest(kept, having(&|stored| stored.last_modified == modified)),
        (None, None) => match kept {
            [only] if only.conditions().next().is_none() => vec![0],
            _ => Vec::new(),
        },
    };
    match asked {
        Some(asked) if found.is_empty() && asked < kept.len() => vec![asked],
        _ => found,
    }
}

fn newest(kept: &[&Stored], places: Vec<usize>) -> Vec<usize> {
    let newest = places
        .into_iter()
        .max_by_key(|&place| kept.get(place).map(|stored| stored.arrived));
    newest.into_iter().collect()
}

fn is_strong(etag: &str) -> bool {
    !etag.starts_with("W/")
}

/// Weak comparison (RFC 9110 §8.8.3.2).
fn is_same(kept: Option<&str>, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    kept.is_some_and(|kept| opaque(kept) == opaque(etag))
}
