//! Which fields of a response a cache keeps, and which a later answer brings up to date.

use super::Head;
use super::directives::{is_listed, withholds};

/// About a connection or a proxy, not about the answer (RFC 9110 §7.6.1, RFC 9111 §3.1).
const OF_THE_CONNECTION: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// About the very bytes of the body that is kept: what another answer says of its own bytes is not about these.
/// `Content-Length` by RFC 9111 §3.2; the others are what the same section leaves to caches that process bodies, as
/// browsers do by decoding them, and the validator under which these bytes were confirmed.
const OF_THE_BODY: [&str; 6] = [
    "content-digest",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-range",
    "etag",
];

fn is_in(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a field is kept with the answer whose head this is (RFC 9111 §3.1). Neither fields of the connection are,
/// nor those that `Connection` lists, nor those that may not be used again without asking (`no-cache="…"`, §5.2.2.4).
/// `Set-Cookie` is not asked for: scripts cannot see it, and the browser has acted on it before they see the answer.
pub fn is_kept(head: &Head, field: &str) -> bool {
    !is_in(&OF_THE_CONNECTION, field)
        && !is_listed(head.connection.as_deref().unwrap_or(""), field)
        && !withholds(head.cache_control.as_deref().unwrap_or(""), field)
}

/// Whether a kept field takes the value that a 304, or the answer to a HEAD, has for it (RFC 9111 §3.2).
pub fn is_updated(head: &Head, field: &str) -> bool {
    is_kept(head, field) && !is_in(&OF_THE_BODY, field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_and_what_is_updated() {
        let head = Head {
            connection: Some("X-Hop, close".into()),
            cache_control: Some("no-cache=\"set-cookie2\", max-age=1".into()),
            ..Head::default()
        };
        for name in ["Connection", "TE", "x-hop", "Set-Cookie2"] {
            assert!(!is_kept(&head, name), "{name}");
            assert!(!is_updated(&head, name), "{name}");
        }
        for name in ["content-type", "content-foo", "expires", "set-cookie"] {
            assert!(is_updated(&head, name), "{name}");
        }
        for name in ["Content-Length", "content-encoding", "ETag"] {
            assert!(is_kept(&head, name) && !is_updated(&head, name), "{name}");
        }
    }
}
