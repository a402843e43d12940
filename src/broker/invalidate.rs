//! Answers become out of date: by a write, or because somebody says so.

use super::{BodyId, Broker, LeaseId, Time};
use crate::ascii;
use crate::cache::{Scope, Subject};
use crate::fingerprint::normalise_url;
use crate::http::{Head, invalidated};

impl Broker {
    /// Declares out of date what the scopes cover; what components look at is read again, each request once.
    pub(super) fn invalidated(&mut self, now: Time, scopes: Vec<Scope>) {
        let concerned = self.leases_covered_by(&scopes);
        for scope in &scopes {
            self.generations.advance(scope.clone());
            let gone = self.cache.remove_covered(scope);
            self.forget(gone);
        }
        self.read_again(now, concerned);
    }

    /// A request that may have written was answered: what that makes doubtful is out of date (RFC 9111 §4.4, RFC 9875
    /// §3), and what is in the air to the same server may be.
    pub(super) fn answered_write(&mut self, now: Time, method: &str, url: &str, head: &Head) {
        let Some(doubtful) = invalidated(method, url, head) else {
            return;
        };
        let mut scopes = vec![in_the_air(url)];
        for url in doubtful.urls {
            scopes.push(Scope::Exactly(normalise_url(url).into()));
        }
        for name in doubtful.groups {
            let origin = origin_of(url).into();
            scopes.push(Scope::Group { origin, name });
        }
        self.invalidated(now, scopes);
    }

    /// A mutation was acknowledged, which touched objects of these types. What is kept about them is out of date; and
    /// if nothing is, it is not known what it did, and whatever came from there may be. An endpoint is its URL without the
    /// query, in which some name the operation.
    pub(super) fn mutated(&mut self, now: Time, url: Box<str>, types: Vec<Box<str>>) {
        let path = ascii::until(&url, |byte| byte == b'?');
        let endpoint = [
            Scope::Exactly(path.into()),
            Scope::Url([path, "?*"].concat().into()),
        ];
        let scopes: Vec<Scope> = types.into_iter().map(Scope::Type).collect();
        let covers = |scopes: &[Scope], subject: &Subject| {
            scopes.iter().any(|scope| scope.covers_entries_of(subject))
        };
        let meets = |subject: &Subject| covers(&endpoint, subject) && covers(&scopes, subject);
        let known = self.cache.iter().any(|(_, entry)| meets(&entry.subject));
        let mut all = vec![in_the_air(&url)];
        match known {
            true => all.extend(scopes),
            false => all.extend(endpoint),
        }
        self.invalidated(now, all);
    }

    fn leases_covered_by(&self, scopes: &[Scope]) -> Vec<LeaseId> {
        let covered =
            |subject: &Subject| scopes.iter().any(|scope| scope.covers_entries_of(subject));
        let asked = |request| {
            self.requests
                .get(request)
                .is_some_and(|asked| covered(&asked.subject))
        };
        // Which objects a query's answer is about, and in which groups an answer is, is known only from the answer. (It may
        // hold others' parts, so it is not asked about types, which are known of the query itself.)
        let labelled = |subject: &Subject| {
            let is_label = |scope: &Scope| matches!(scope, Scope::Tag(_) | Scope::Group { .. });
            scopes
                .iter()
                .any(|scope| is_label(scope) && scope.covers_entries_of(subject))
        };
        let shown = |body: &BodyId| {
            self.cache
                .entry(*body)
                .is_some_and(|entry| labelled(&entry.subject))
        };
        self.leases.keys_where(|lease| {
            let about = lease.about.as_deref();
            asked(lease.request) || about.is_some_and(labelled) || lease.bodies.iter().any(shown)
        })
    }
}

fn in_the_air(url: &str) -> Scope {
    Scope::InTheAir {
        origin: origin_of(url).into(),
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
