//! What HTTP says about keeping an answer, and about using it again.
//!
//! The rules of a private cache: RFC 9111 (caching), RFC 9110 §13 (conditions) and §14 (ranges), RFC 5861
//! (`stale-while-revalidate`, `stale-if-error`), RFC 8246 (`immutable`), RFC 9875 (groups), `No-Vary-Search`, and the cache
//! modes of Fetch. All of it is functions of values: nothing here stores anything or knows what time it is.
//!
//! A request is read once into a [`Demand`], the head of a response into a [`Head`]. [`keep`] makes of both what a cache
//! keeps, a [`Stored`], which says later what it may be used for ([`Stored::use_for`]), how the server is asked about it
//! ([`Stored::conditions`]) and what the server's word makes of it ([`confirmed`], [`Stored::renewed`],
//! [`Stored::after_head`]). [`invalidated`] says what a write makes doubtful.
//!
//! Across origins a browser shows scripts only some fields, unless the server exposes more (Fetch, "CORS-safelisted
//! response-header name"). What is hidden never makes an answer fresher, or less particular, than it may be: see
//! [`Head::filtered`].

mod bytes;
mod date;
mod demand;
mod directives;
mod fields;
mod freshness;
mod invalidate;
mod range;
mod stored;
mod structured;
mod terms;
mod validate;
mod variance;
mod vary;

use crate::ascii;

pub use demand::{Demand, Mode};
pub use fields::{is_kept, is_updated};
pub use invalidate::{Doubtful, invalidated};
pub use range::Piece;
pub use stored::{Stored, Unkept, Use, answers_get, keep};
pub use terms::{Lifetime, NoStore, Terms};
pub use validate::{Headed, confirmed};
pub use variance::Variance;
pub(crate) use variance::split;
pub use vary::{add_name, has_noise, selecting, selection};

/// The head of a response, as far as decisions need it. Field values as the browser gives them:
/// several lines of one field joined by ", ".
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Status code; 0 for an opaque response, of which nothing may be known.
    pub status: u16,
    /// When the head arrived, in milliseconds since the Unix epoch.
    pub arrived: u64,
    /// When the request was sent, in the same milliseconds; 0 if that is not known: then the exchange took no time.
    pub requested: u64,
    /// It came from another origin, and the browser shows only the fields that every script may see or that the server
    /// exposes (a response of type `cors`). Then a field that is not here may have been there. Without `Date` and
    /// `Age` its age is not known: `max-age` makes it fresh only if it is `private` too, `Expires` if it stands alone.
    /// Without `Vary` any header that a script set may have selected it. Without `ETag` there is one validator less.
    pub filtered: bool,
    /// `Cache-Control`
    pub cache_control: Option<String>,
    /// `Expires`
    pub expires: Option<String>,
    /// `Date`
    pub date: Option<String>,
    /// `Age`
    pub age: Option<String>,
    /// `Vary`
    pub vary: Option<String>,
    /// `Retry-After`
    pub retry_after: Option<String>,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<String>,
    /// `Content-Length`
    pub content_length: Option<String>,
    /// `Content-Range`
    pub content_range: Option<String>,
    /// `Connection`, which names fields that are not to be kept.
    pub connection: Option<String>,
    /// `Location`, made whole by the browser's URL parser with the request's URL as its base.
    pub location: Option<String>,
    /// `Content-Location`, made whole in the same way.
    pub content_location: Option<String>,
    /// `Cache-Groups`
    pub cache_groups: Option<String>,
    /// `Cache-Group-Invalidation`
    pub cache_group_invalidation: Option<String>,
    /// `No-Vary-Search`
    pub no_vary_search: Option<String>,
    /// Names of all its fields: of a 304 and of an answer to HEAD, which bring kept fields up to date.
    pub names: Vec<Box<str>>,
}

impl Head {
    /// Milliseconds that the server asks to wait (RFC 9110 §10.2.3), given in seconds or as a date.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let text = ascii::trim(self.retry_after.as_deref()?);
        match directives::delta_seconds(text) {
            Some(seconds) => Some(u64::from(seconds) * 1000),
            None => {
                let until = date::parse(text, freshness::seconds(self.arrived))?;
                Some((u64::from(until) * 1000).saturating_sub(self.arrived))
            }
        }
    }

    /// Groups in which the server puts the answer (RFC 9875 §2).
    pub fn groups(&self) -> Vec<Box<str>> {
        let field = self.cache_groups.as_deref();
        field.and_then(structured::strings).unwrap_or_default()
    }

    /// Whether the body is a stream of events or parts without an end that a cache could wait for.
    pub fn is_endless(&self) -> bool {
        let kind = self.content_type.as_deref().unwrap_or("");
        let kind = ascii::trim(ascii::until(kind, |byte| byte == b';'));
        [
            "text/event-stream",
            "multipart/mixed",
            "multipart/x-mixed-replace",
        ]
        .iter()
        .any(|endless| kind.eq_ignore_ascii_case(endless))
    }
}
