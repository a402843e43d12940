//! Directives of `Cache-Control` (RFC 9111 §5.2).

use crate::ascii;

/// What a response's `Cache-Control` said, as far as it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) must_revalidate: bool,
    pub(super) max_age: Option<u64>,
    pub(super) stale_while_revalidate: Option<u64>,
}

impl Directives {
    /// Reads a field value. Unknown directives are passed over; of a directive said twice the stricter
    /// holds (RFC 9111 §4.2.1 allows either).
    pub(super) fn parse(field: &str) -> Self {
        let mut found = Directives::default();
        for member in members(field) {
            let (name, value) = ascii::cut(member, b'=').unwrap_or((member, ""));
            let (name, value) = (ascii::trim(name), unquoted(ascii::trim(value)));
            let is = |directive: &str| name.eq_ignore_ascii_case(directive);
            if is("no-store") {
                found.no_store = true;
            } else if is("no-cache") {
                found.no_cache = true;
            } else if is("must-revalidate") {
                found.must_revalidate = true;
            } else if is("max-age") {
                // A value that is not a number is stale at once (RFC 9111 §4.2.1).
                let seconds = delta_seconds(value).unwrap_or(0);
                found.max_age = Some(found.max_age.map_or(seconds, |other| other.min(seconds)));
            } else if is("stale-while-revalidate") {
                found.stale_while_revalidate = delta_seconds(value);
            }
        }
        found
    }
}

/// The members of a comma-separated list; a comma within a quoted string does not separate.
pub(super) fn members(field: &str) -> impl Iterator<Item = &str> {
    let mut rest = field;
    core::iter::from_fn(move || {
        while !rest.is_empty() {
            let member = first_member(rest);
            rest = rest.get(member.len() + 1..).unwrap_or("");
            let member = ascii::trim(member);
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    })
}

fn first_member(field: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in field.bytes().enumerate() {
        if byte == b',' && !quoted {
            return field.get(..at).unwrap_or(field);
        }
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && byte == b'\\' && !escaped;
    }
    field
}

fn unquoted(value: &str) -> &str {
    value
        .strip_prefix("\"")
        .and_then(|value| value.strip_suffix("\""))
        .unwrap_or(value)
}

/// A number of seconds (RFC 9111 §1.2.2); larger ones than 2^31 mean 2^31.
pub(super) fn delta_seconds(text: &str) -> Option<u64> {
    ascii::number(text).map(|seconds| seconds.min(1 << 31))
}

#[cfg(test)]
mod tests {
    use super::Directives;

    #[test]
    fn a_quoted_comma_does_not_separate() {
        let read = Directives::parse(r#"no-cache="set-cookie, no-store", max-age="60""#);
        assert!(read.no_cache && !read.no_store);
        assert_eq!(read.max_age, Some(60));
    }

    #[test]
    fn the_stricter_of_two_holds() {
        assert_eq!(
            Directives::parse("max-age=60, MAX-AGE=10").max_age,
            Some(10)
        );
        assert_eq!(Directives::parse("max-age=60, max-age=x").max_age, Some(0));
    }
}
