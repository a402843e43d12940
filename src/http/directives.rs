//! Directives of `Cache-Control`, of responses and of requests (RFC 9111 §5.2; RFC 5861; RFC 8246).

use crate::ascii;

/// Said nothing.
pub(super) const NONE: u32 = u32::MAX;
/// The greatest number of seconds; larger ones mean this (RFC 9111 §1.2.2).
const LONGEST: u32 = 1 << 31;

// Places in `Directives::seconds`, and in `NAMES`.
pub(super) const MAX_AGE: usize = 0;
pub(super) const WHILE_REVALIDATE: usize = 1;
pub(super) const IF_ERROR: usize = 2;
pub(super) const MAX_STALE: usize = 3;
pub(super) const MIN_FRESH: usize = 4;
const TIMES: usize = 5;

// Bits of `Directives::flags`, in the order of the rest of `NAMES`.
pub(super) const NO_STORE: u8 = 1;
pub(super) const NO_CACHE: u8 = 1 << 1;
pub(super) const MUST_REVALIDATE: u8 = 1 << 2;
pub(super) const PRIVATE: u8 = 1 << 3;
pub(super) const PUBLIC: u8 = 1 << 4;
pub(super) const IMMUTABLE: u8 = 1 << 5;
pub(super) const MUST_UNDERSTAND: u8 = 1 << 6;
pub(super) const ONLY_IF_CACHED: u8 = 1 << 7;

/// `s-maxage` and `proxy-revalidate` are not here: they speak to shared caches only.
const NAMES: [&str; TIMES + 8] = [
    "max-age",
    "stale-while-revalidate",
    "stale-if-error",
    "max-stale",
    "min-fresh",
    "no-store",
    "no-cache",
    "must-revalidate",
    "private",
    "public",
    "immutable",
    "must-understand",
    "only-if-cached",
];

/// What a `Cache-Control` said, as far as it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Directives {
    pub(super) flags: u8,
    /// [`NONE`] where nothing was said.
    pub(super) seconds: [u32; TIMES],
}

impl Default for Directives {
    fn default() -> Self {
        Directives {
            flags: 0,
            seconds: [NONE; TIMES],
        }
    }
}

impl Directives {
    /// Reads a field value. Unknown directives are passed over; of a directive said twice the stricter holds (RFC 9111
    /// §4.2.1 allows either). What should be a number and is none allows nothing. A number may be quoted (§5.2), but
    /// no space may stand beside the `=`.
    pub(super) fn parse(field: &str) -> Self {
        let mut found = Directives {
            flags: 0,
            seconds: [NONE; TIMES],
        };
        for member in members(field) {
            let (name, value) = match ascii::cut(member, b'=') {
                Some((name, value)) => (name, Some(value)),
                None => (member, None),
            };
            let Some(place) = NAMES
                .iter()
                .position(|known| known.eq_ignore_ascii_case(name))
            else {
                continue;
            };
            if let Some(kept) = found.seconds.get_mut(place) {
                let seconds = match value {
                    None if place == MAX_STALE => LONGEST,
                    value => delta_seconds(unquoted(value.unwrap_or(""))).unwrap_or(0),
                };
                *kept = match *kept {
                    NONE => seconds,
                    other if place == MIN_FRESH => other.max(seconds),
                    other => other.min(seconds),
                };
                continue;
            }
            let flag = 1 << (place - TIMES);
            // With field names they are about those fields only (§5.2.2.4, §5.2.2.7).
            let is_about_fields = flag & (NO_CACHE | PRIVATE) != 0
                && value.is_some_and(|value| members(unquoted(value)).next().is_some());
            if !is_about_fields {
                found.flags |= flag;
            }
        }
        found
    }

    pub(super) fn says(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether a response that says this may not be stored by one who understands its status: `must-understand` is said
    /// together with `no-store`, for all others (RFC 9111 §5.2.2.3).
    pub(super) fn forbids_storing(&self) -> bool {
        self.flags & (NO_STORE | MUST_UNDERSTAND) == NO_STORE
    }

    /// Milliseconds that a directive gives, 0 if it was not said.
    pub(super) fn ms(&self, place: usize) -> u64 {
        match self.seconds.get(place) {
            Some(&seconds) if seconds != NONE => u64::from(seconds) * 1000,
            _ => 0,
        }
    }

    /// Whether a directive with seconds was said.
    pub(super) fn has(&self, place: usize) -> bool {
        self.seconds
            .get(place)
            .is_some_and(|seconds| *seconds != NONE)
    }
}

/// Whether `no-cache="…"` names this field: it must not be used again without asking the server (§5.2.2.4).
pub(super) fn withholds(cache_control: &str, field: &str) -> bool {
    members(cache_control)
        .filter_map(|member| ascii::cut(member, b'='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("no-cache"))
        .any(|(_, value)| is_listed(unquoted(value), field))
}

/// Whether a comma-separated list has this member.
pub(super) fn is_listed(list: &str, name: &str) -> bool {
    members(list).any(|member| member.eq_ignore_ascii_case(name))
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
pub(super) fn delta_seconds(text: &str) -> Option<u32> {
    ascii::number(text).map(|seconds| seconds.min(u64::from(LONGEST)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(field: &str, place: usize) -> u32 {
        Directives::parse(field).seconds[place]
    }

    #[test]
    fn a_quoted_comma_does_not_separate() {
        let field = r#"no-cache="set-cookie, no-store", max-age="60", x="a\", no-store""#;
        let read = Directives::parse(field);
        assert_eq!(read.flags, 0);
        assert_eq!(read.seconds[MAX_AGE], 60);
        assert!(withholds(field, "Set-Cookie") && !withholds(field, "max-age"));
    }

    #[test]
    fn without_field_names_it_is_about_the_answer() {
        for field in [
            "no-cache",
            "NO-CACHE",
            "no-cache=\"\"",
            "no-cache=",
            "no-cache=a, no-cache",
        ] {
            assert!(Directives::parse(field).says(NO_CACHE), "{field}");
        }
        assert!(Directives::parse("private").says(PRIVATE));
        assert!(!Directives::parse("private=a").says(PRIVATE));
    }

    #[test]
    fn the_stricter_of_two_holds() {
        assert_eq!(seconds("max-age=60, MAX-AGE=10", MAX_AGE), 10);
        assert_eq!(seconds("max-age=60, max-age=x", MAX_AGE), 0);
        assert_eq!(seconds("min-fresh=60, min-fresh=10", MIN_FRESH), 60);
    }

    #[test]
    fn what_is_no_number_allows_nothing() {
        for field in [
            "max-age",
            "max-age=",
            "max-age='9'",
            "max-age=-1",
            "max-age=9.0",
            "max-age= 9",
        ] {
            assert_eq!(seconds(field, MAX_AGE), 0, "{field}");
        }
        assert_eq!(seconds("max-age =9", MAX_AGE), NONE);
        assert_eq!(seconds("max-age=009", MAX_AGE), 9);
        assert_eq!(seconds("max-age=99999999999999999999999", MAX_AGE), LONGEST);
    }

    #[test]
    fn staleness_without_a_limit() {
        assert_eq!(seconds("max-stale", MAX_STALE), LONGEST);
        assert_eq!(seconds("max-stale=x", MAX_STALE), 0);
        assert_eq!(seconds("", MAX_STALE), NONE);
    }
}
