//! What an answer to a request that may have changed something makes doubtful (RFC 9111 §4.4, RFC 9875 §3).

use super::{Head, structured};
use crate::ascii;

/// What must not be used any more before the server was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubtful<'a> {
    /// Whole URLs, without fragments; the one written to is the first.
    pub urls: Vec<&'a str>,
    /// Groups of the first URL's origin.
    pub groups: Vec<Box<str>>,
}

/// Whether a method only reads (RFC 9110 §9.2.1; QUERY by its draft).
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY")
}

/// What the answer to a request of this method for this URL makes doubtful: the URL itself, and of its origin what
/// `Location` and `Content-Location` name, and groups that it names. `None` if the method only reads, or the answer is
/// an error. An answer that the browser hides may have been a success.
pub fn invalidated<'a>(method: &str, url: &'a str, head: &'a Head) -> Option<Doubtful<'a>> {
    let may_have_worked = matches!(head.status, 0 | 200..=399);
    if is_safe(method) || !may_have_worked {
        return None;
    }
    let mut doubtful = Doubtful {
        urls: vec![without_fragment(url)],
        groups: Vec::new(),
    };
    for other in [&head.location, &head.content_location] {
        let other = other.as_deref().map_or("", without_fragment);
        if origin(other) == origin(url) && !doubtful.urls.contains(&other) {
            doubtful.urls.push(other);
        }
    }
    if let Some(field) = &head.cache_group_invalidation {
        doubtful.groups = structured::strings(field).unwrap_or_default();
    }
    Some(doubtful)
}

fn without_fragment(url: &str) -> &str {
    ascii::until(url, |byte| byte == b'#')
}

/// Scheme and authority, as the browser's parser wrote them.
fn origin(url: &str) -> &str {
    let scheme = ascii::until(url, |byte| byte == b':').len() + 3;
    let authority = ascii::until(url.get(scheme..).unwrap_or(""), |byte| {
        matches!(byte, b'/' | b'?' | b'#')
    });
    url.get(..scheme + authority.len()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://a.test/list?x#y";

    fn head(status: u16, location: &str, content_location: &str, groups: &str) -> Head {
        let field = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Head {
            status,
            location: field(location),
            content_location: field(content_location),
            cache_group_invalidation: field(groups),
            ..Head::default()
        }
    }

    #[test]
    fn the_target_and_what_it_names_of_its_origin() {
        let head = head(
            201,
            "https://a.test/list/7#z",
            "https://a.test:8/list",
            r#""lists", "b";x"#,
        );
        let doubtful = invalidated("POST", URL, &head).expect("unsafe");
        assert_eq!(
            doubtful.urls,
            ["https://a.test/list?x", "https://a.test/list/7"]
        );
        assert_eq!(
            doubtful.groups,
            ["lists".into(), "b".into()] as [Box<str>; 2]
        );
    }

    #[test]
    fn what_changes_nothing() {
        let ok = head(200, "https://a.test/b", "", "\"a\"");
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"] {
            assert_eq!(invalidated(method, URL, &ok), None, "{method}");
        }
        for status in [400, 404, 500, 599] {
            assert_eq!(invalidated("PUT", URL, &head(status, "", "", "")), None);
        }
        for status in [0, 204, 303] {
            let head = head(status, "", "/list", "broken");
            let doubtful = invalidated("M-SEARCH", URL, &head).expect("unsafe");
            assert_eq!(doubtful.urls, ["https://a.test/list?x"]);
            assert!(doubtful.groups.is_empty());
        }
    }
}
