//! How old an answer is when it arrives, and how long it is fresh (RFC 9111 §4.2).

use super::directives::{Directives, MAX_AGE, NONE, PRIVATE, PUBLIC, delta_seconds};
use super::{Head, date};
use crate::ascii;

/// The longest that an answer is fresh because nothing was said: a day.
const LONGEST_GUESS: u32 = 86_400;

/// Statuses that are cacheable though nothing was said (RFC 9110 §15.1), 206 apart. These are also the ones that this
/// cache understands in the sense of `must-understand` (RFC 9111 §5.2.2.3).
pub(super) fn is_understood(status: u16) -> bool {
    matches!(
        status,
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

/// What the lifetime is computed from.
pub(super) struct Said<'a> {
    pub(super) status: u16,
    pub(super) directives: &'a Directives,
    /// Seconds since the Unix epoch, 0 if it was no date; [`NONE`]: there was no `Expires`.
    pub(super) expires: u32,
    pub(super) last_modified: Option<&'a str>,
}

/// `Expires` in seconds since the Unix epoch. What is no date is long past (RFC 9111 §5.3).
pub(super) fn expires(head: &Head) -> u32 {
    match &head.expires {
        // The last second that can be written means "for ever", and must not read as "nothing was said".
        Some(text) => date::parse(text, seconds(head.arrived))
            .unwrap_or(0)
            .min(NONE - 1),
        None => NONE,
    }
}

/// Milliseconds in whole seconds, never more than they are.
pub(super) fn seconds(ms: u64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or(u32::MAX)
}

fn sent(head: &Head) -> Option<u32> {
    date::parse(head.date.as_deref()?, seconds(head.arrived))
}

/// `Age`: the first of several values, up to a parameter; what is no number is passed over (RFC 9111 §5.1).
fn age_field(head: &Head) -> Option<u32> {
    let first = ascii::until(head.age.as_deref()?, |byte| matches!(byte, b',' | b';'));
    delta_seconds(ascii::trim(first))
}

/// Milliseconds that the answer was old on arrival (`corrected_initial_age`, RFC 9111 §4.2.3): the greater of what
/// `Date` shows and of `Age` with the time that the exchange took. A server whose clock is ahead makes nothing younger
/// than that.
pub(super) fn initial_age(head: &Head) -> u64 {
    let apparent = sent(head).map_or(0, |sent| seconds(head.arrived).saturating_sub(sent));
    let delay = match head.requested {
        0 => 0,
        requested => head.arrived.saturating_sub(requested),
    };
    let corrected = u64::from(age_field(head).unwrap_or(0)) * 1000 + delay;
    corrected.max(u64::from(apparent) * 1000)
}

/// Whether the answer may have been in a cache on its way for any time: the browser showed neither `Age` nor `Date`, and
/// others than a person's own cache may have kept it.
pub(super) fn is_of_unknown_age(directives: &Directives, head: &Head) -> bool {
    let hidden = head.filtered && head.date.is_none() && age_field(head).is_none();
    hidden && !directives.says(PRIVATE)
}

/// Milliseconds for which an answer is fresh from when it was made (RFC 9111 §4.2.1); `None` if nothing says
/// (§4.2.2 was tried, too). `head` is the one that came last, with the moment it was sent at. `otherwise`: what the host
/// shell declared for answers whose headers say nothing.
///
/// An answer of unknown age is fresh only as far as that does not matter: until the moment that it names, if that is all
/// that it says. Beside `max-age` that moment does not count (RFC 9111 §5.3), and may be later.
pub(super) fn lifetime(said: &Said, head: &Head, otherwise: Option<u64>) -> Option<u64> {
    let now = u32::try_from(head.arrived.div_ceil(1000)).unwrap_or(u32::MAX);
    let from = sent(head).unwrap_or(now);
    let otherwise = otherwise.filter(|_| said.status < 400);
    let until = Some(said.expires)
        .filter(|until| *until != NONE)
        .map(|until| u64::from(until.saturating_sub(from)) * 1000);
    if is_of_unknown_age(said.directives, head) {
        return match said.directives.has(MAX_AGE) {
            true => Some(0),
            false => until.or(otherwise),
        };
    }
    if said.directives.has(MAX_AGE) {
        return Some(said.directives.ms(MAX_AGE));
    }
    until.or(otherwise).or_else(|| guess(said, head, from))
}

/// A tenth of the time for which it had not changed (RFC 9111 §4.2.2), where that may be guessed at all.
fn guess(said: &Said, head: &Head, from: u32) -> Option<u64> {
    if !is_understood(said.status) && !said.directives.says(PUBLIC) {
        return None;
    }
    let modified = date::parse(said.last_modified?, seconds(head.arrived))?;
    let guessed = (from.saturating_sub(modified) / 10).min(LONGEST_GUESS);
    Some(u64::from(guessed) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const ARRIVED: u64 = 784_111_777_000;

    fn head(age: Option<&str>, date: Option<&str>, delay: u64) -> Head {
        Head {
            status: 200,
            requested: ARRIVED,
            arrived: ARRIVED + delay,
            age: age.map(str::to_owned),
            date: date.map(str::to_owned),
            ..Head::default()
        }
    }

    fn fresh(head: &Head, cache_control: &str) -> Option<u64> {
        let said = Said {
            status: head.status,
            directives: &Directives::parse(cache_control),
            expires: expires(head),
            last_modified: head.last_modified.as_deref(),
        };
        lifetime(&said, head, None)
    }

    #[test]
    fn age_is_the_greater_of_two_and_grows_with_the_exchange() {
        assert_eq!(initial_age(&head(None, Some(DATE), 0)), 0);
        assert_eq!(initial_age(&head(None, Some(DATE), 999)), 999);
        assert_eq!(initial_age(&head(Some("7"), Some(DATE), 1_500)), 8_500);
        assert_eq!(initial_age(&head(Some("7"), Some(DATE), 9_500)), 16_500);
        let old = "Sun, 06 Nov 1994 08:49:07 GMT";
        assert_eq!(initial_age(&head(Some("7"), Some(old), 0)), 30_000);
        let ahead = "Sun, 06 Nov 1994 08:59:37 GMT";
        assert_eq!(initial_age(&head(None, Some(ahead), 40)), 40);
        let untimed = Head {
            requested: 0,
            ..head(Some("7"), None, 5_000)
        };
        assert_eq!(initial_age(&untimed), 7_000);
    }

    #[test]
    fn broken_ages() {
        let age = |text| initial_age(&head(Some(text), None, 0)) / 1000;
        assert_eq!(["7, 9", "7;x=1", " 7 "].map(age), [7, 7, 7]);
        assert_eq!(["x", "-7", "7.0", "", ", 7"].map(age), [0; 5]);
        assert_eq!(age("99999999999"), 1 << 31);
    }

    #[test]
    fn expires_counts_from_the_servers_own_date() {
        let with = |expires: &str, date: Option<&str>| {
            let head = Head {
                expires: Some(expires.into()),
                ..head(None, date, 500)
            };
            fresh(&head, "").map(|ms| ms / 1000)
        };
        let later = "Sun, 06 Nov 1994 08:50:37 GMT";
        assert_eq!(with(later, Some(DATE)), Some(60));
        assert_eq!(with(later, Some("Sun, 06 Nov 1994 08:50:27 GMT")), Some(10));
        assert_eq!(with(later, Some("x")), Some(59));
        assert_eq!(with(later, None), Some(59));
        assert_eq!(with("0", Some(DATE)), Some(0));
        assert_eq!(with(DATE, Some(later)), Some(0));
        assert!(with("Sun, 21 Nov 2286 04:46:39 GMT", Some(DATE)).is_some_and(|s| s > 1 << 31));
    }

    #[test]
    fn guesses() {
        let with = |status, modified: &str, cache_control: &str| {
            let head = Head {
                last_modified: Some(modified.into()),
                ..head(None, Some(DATE), 0)
            };
            fresh(&Head { status, ..head }, cache_control)
        };
        let day_before = "Sat, 05 Nov 1994 08:49:37 GMT";
        assert_eq!(with(200, day_before, ""), Some(8_640_000));
        assert_eq!(with(200, day_before, "max-age=1"), Some(1_000));
        assert_eq!(
            with(200, "Thu, 01 Jan 1970 00:00:00 GMT", ""),
            Some(86_400_000)
        );
        assert_eq!(with(200, "Sun, 06 Nov 2044 08:49:37 GMT", ""), Some(0));
        assert_eq!(with(200, "x", ""), None);
        assert_eq!(with(503, day_before, ""), None);
        assert_eq!(with(503, day_before, "public"), Some(8_640_000));
    }

    #[test]
    fn of_unknown_age() {
        let hidden = |expires: Option<&str>, cache_control: &str| {
            let head = Head {
                filtered: true,
                expires: expires.map(str::to_owned),
                last_modified: Some("Sat, 05 Nov 1994 08:49:37 GMT".into()),
                ..head(None, None, 0)
            };
            fresh(&head, cache_control)
        };
        let in_a_minute = Some("Sun, 06 Nov 1994 08:50:37 GMT");
        assert_eq!(hidden(None, "max-age=600"), Some(0));
        assert_eq!(hidden(None, "private, max-age=600"), Some(600_000));
        assert_eq!(hidden(in_a_minute, "max-age=600"), Some(0));
        assert_eq!(hidden(in_a_minute, ""), Some(60_000));
        assert_eq!(hidden(None, ""), None);
        let exposed = Head {
            filtered: true,
            ..head(Some("5"), None, 0)
        };
        assert_eq!(fresh(&exposed, "max-age=600"), Some(600_000));
    }
}
