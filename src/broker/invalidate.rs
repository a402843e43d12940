//! Answers become out of date: by a write, or because somebody says so.

use super::{Broker, Freshness, LeaseId, Time};
use crate::ascii;
use crate::cache::Scope;

impl Broker {
    /// Declares out of date what the scopes cover; what components look at is read again, each request once.
    pub(super) fn invalidated(&mut self, now: Time, scopes: Vec<Scope>) {
        for scope in &scopes {
            self.generations.advance(scope.clone());
            let gone = self.cache.remove_covered(scope);
            self.forget(gone);
        }
        for lease in self.leases_covered_by(&scopes) {
            self.refresh(now, lease, Freshness::Normal);
        }
    }

    /// A write was acknowledged: its URL's entry is out of date (RFC 9111 §4.4), and what is in the air to the
    /// same server may be.
    pub(super) fn written(&mut self, now: Time, url: Box<str>) {
        let in_the_air = Scope::InTheAir {
            origin: origin_of(&url).into(),
        };
        self.invalidated(now, vec![in_the_air, Scope::Exactly(url)]);
    }

    fn leases_covered_by(&self, scopes: &[Scope]) -> Vec<LeaseId> {
        let covered = |request| {
            self.requests.get(request).is_some_and(|asked| {
                scopes
                    .iter()
                    .any(|scope| scope.covers_entries_of(&asked.subject))
            })
        };
        self.leases.keys_where(|lease| covered(lease.request))
    }
}

/// Scheme, host and port of a serialised URL; nothing of a text that has no scheme.
pub(crate) fn origin_of(url: &str) -> &str {
    let scheme = ascii::until(url, |byte| byte == b':').len();
    let Some(authority) = url.get(scheme..).and_then(|rest| rest.strip_prefix("://")) else {
        return "";
    };
    let host = ascii::until(authority, |byte| matches!(byte, b'/' | b'?' | b'#')).len();
    url.get(..scheme + 3 + host).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::origin_of;

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        assert_eq!(
            origin_of("https://a.test:8443/x/y?z"),
            "https://a.test:8443"
        );
        assert_eq!(origin_of("https://a.test"), "https://a.test");
        assert_eq!(origin_of("https://a.test?x"), "https://a.test");
        assert_eq!(origin_of(""), "");
    }
}
