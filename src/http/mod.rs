//! What HTTP says about keeping an answer.
//!
//! For now `Cache-Control` and `Expires` (RFC 9111 §4.2.1, §5.2.2, §5.3) with `Age` and `Date`,
//! `stale-while-revalidate` (RFC 5861 §3), `Vary` and `Retry-After`.

mod date;
mod directives;
mod freshness;

use crate::ascii;

pub use freshness::{Keep, Lifetime, Terms, judge};

/// The head of a response, as far as decisions need it. Field values as the browser gives them:
/// several lines of one field joined by ", ".
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Status code; 0 for an opaque response, of which nothing may be known.
    pub status: u16,
    /// When the head arrived, in milliseconds since the Unix epoch.
    pub arrived: u64,
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
}

impl Head {
    /// Milliseconds that the server asks to wait (RFC 9110 §10.2.3), given in seconds or as a date.
    pub fn retry_after_ms(&self) -> Option<u64> {
        let text = ascii::trim(self.retry_after.as_deref()?);
        match directives::delta_seconds(text) {
            Some(seconds) => Some(seconds * 1000),
            None => Some((date::parse(text)? * 1000).saturating_sub(self.arrived)),
        }
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
