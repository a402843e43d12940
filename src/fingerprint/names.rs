//! Names of request headers: on which no answer depends, which name somebody, and which the browser sets.
//!
//! These lists are published (`www/guide.md`). Whatever is in none of them keeps requests apart until an answer has said
//! what matters.

use crate::ascii;
use std::borrow::Cow;

/// Set by the browser: they cannot differ between two requests of one person's page.
pub(crate) const SET_BY_THE_BROWSER: [&str; 5] =
    ["accept-encoding", "user-agent", "origin", "cookie", "host"];

/// Tracing, what is said to caches (RFC 9111 reads it), and what scripts cannot set. Where a server names one of them in
/// `Vary`, its word counts.
const NOISE: &str = "b3 cache-control connection content-length dnt elastic-apm-traceparent grpc-trace-bin keep-alive \
    newrelic pragma priority referer request-context request-id sentry-trace te traceparent tracestate uber-trace-id \
    x-amzn-trace-id x-cloud-trace-context x-correlation-id x-datadog x-dtpc x-newrelic-id x-newrelic-transaction \
    x-ot-span-context x-request-id x-span-id x-trace-id";

/// The same, by how they begin.
const NOISE_BEGINS: &str = "ot-tracer- proxy- sec- x-b3- x-datadog- x-dynatrace x-instana-";

/// Names with this anywhere look like a credential, a tenant or a person.
const NAMES_SOMEBODY: &str = "account apikey auth behalf company cookie credential customer delegat identity impersonat \
    member organi passw person principal secret session tenant token user workspace";

/// The same, as a whole word between `-`, `_` and `.`.
const WORDS: &str = "acting actor jwt key org orgid profile role roles sid subject uid";

fn is_listed(list: &str, is_it: &dyn Fn(&str) -> bool) -> bool {
    ascii::pieces(list, b' ').any(|known| !known.is_empty() && is_it(known))
}

/// Whether no answer depends on a header, named in small letters.
pub(crate) fn is_noise(name: &str) -> bool {
    is_listed(NOISE, &|known| known == name)
        || is_listed(NOISE_BEGINS, &|known| name.starts_with(known))
}

/// What counts of a header, named in small letters; `None`: nothing. Of `baggage` (W3C) only what is not Sentry's.
pub(crate) fn what_counts<'a>(name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    if is_noise(name) {
        return None;
    }
    if name != "baggage" {
        return Some(value.into());
    }
    let mut rest = String::new();
    for member in ascii::pieces(value, b',') {
        let member = ascii::trim(member);
        if !member.is_empty() && !member.starts_with("sentry-") {
            rest.push_str(if rest.is_empty() { "" } else { "," });
            rest.push_str(member);
        }
    }
    (!rest.is_empty()).then_some(rest.into())
}

/// Whether a header, named in small letters, looks like a credential, a tenant or a person: requests that differ in it
/// are never one, whatever a server says of it.
pub(crate) fn names_somebody(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_word = |known: &str| {
        let mut words = bytes.split(|byte| matches!(byte, b'-' | b'_' | b'.'));
        words.any(|word| word == known.as_bytes())
    };
    let is_in_it = |known: &str| {
        let mut places = bytes.windows(known.len());
        places.any(|place| place == known.as_bytes())
    };
    !SET_BY_THE_BROWSER.contains(&name)
        && !is_noise(name)
        && (is_listed(NAMES_SOMEBODY, &is_in_it) || is_listed(WORDS, &is_word))
}

/// How a request asks for JSON. These forms ask for it alike: which of them an answer may serve, its `Content-Type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// `*/*`, which Fetch sends where a caller gives nothing (Fetch standard, "fetch", step 11).
    Any,
    /// `application/json`
    Json,
    /// `application/json, text/plain, */*`
    JsonFirst,
}

impl Accept {
    /// Of a field's value; `None`: another.
    pub(super) fn of(value: &str) -> Option<Accept> {
        let mut members = ascii::pieces(value, b',').map(ascii::trim);
        let all = [
            members.next(),
            members.next(),
            members.next(),
            members.next(),
        ];
        match all {
            [Some("*/*"), None, ..] => Some(Accept::Any),
            [Some("application/json"), None, ..] => Some(Accept::Json),
            [
                Some("application/json"),
                Some("text/plain"),
                Some("*/*"),
                None,
            ] => Some(Accept::JsonFirst),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_of_noise_is_nothing() {
        for name in ["traceparent", "x-b3-traceid", "x-datadog-trace-id", "sec-x"] {
            assert_eq!(what_counts(name, "1"), None, "{name}");
        }
        for name in ["x-requested-with", "x-region", "x-app", "b3x", "priorit"] {
            assert_eq!(what_counts(name, "1").as_deref(), Some("1"), "{name}");
        }
        let baggage = |value| what_counts("baggage", value).map(Cow::into_owned);
        assert_eq!(baggage("sentry-a=1, sentry-b=2"), None);
        assert_eq!(
            baggage("sentry-a=1, t=7 ,u=8"),
            Some(String::from("t=7,u=8"))
        );
    }

    #[test]
    fn names_of_somebody() {
        for name in [
            "x-api-key",
            "api-key",
            "x-tenant",
            "x-tenant-id",
            "x-user",
            "x-auth-token",
            "x-org",
            "x_org_id",
            "x-account-id",
            "x-access-token",
            "x-session",
            "x-jwt",
            "ocp-apim-subscription-key",
            "x-impersonate",
            "x-on-behalf-of",
            "x-acting-as",
            "x-role",
            "delegated-by",
            "x-profile-id",
        ] {
            assert!(names_somebody(name), "{name}");
        }
        for name in [
            "user-agent",
            "cookie",
            "x-region",
            "x-forge",
            "x-keyboard",
            "x-side",
            "x-controller",
            "x-factor",
            "traceparent",
            "accept-language",
            "x-requested-with",
            "origin",
        ] {
            assert!(!names_somebody(name), "{name}");
        }
    }

    #[test]
    fn forms_that_ask_for_json() {
        assert_eq!(Accept::of("*/*"), Some(Accept::Any));
        assert_eq!(Accept::of(" application/json "), Some(Accept::Json));
        for text in [
            "application/json, text/plain, */*",
            "application/json,text/plain,*/*",
        ] {
            assert_eq!(Accept::of(text), Some(Accept::JsonFirst));
        }
        for text in [
            "",
            "application/json;q=1",
            "application/json, */*",
            "*/*, application/json",
            "text/html",
            "application/json, text/plain, */*, a/b",
        ] {
            assert_eq!(Accept::of(text), None, "{text}");
        }
    }
}
