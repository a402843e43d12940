//! HTTP dates (RFC 9110 §5.6.7).

use crate::ascii;

/// Seconds since the Unix epoch of an IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT`.
/// `None` for anything else, which by RFC 9111 §5.3 counts as long past.
pub(super) fn parse(text: &str) -> Option<u64> {
    let mut words = ascii::pieces(ascii::trim(text), b' ');
    let weekday = words.next()?;
    if weekday.len() != 4 || !weekday.ends_with(",") {
        return None;
    }
    let day = number(words.next()?, 2)?;
    let month = month(words.next()?)?;
    let year = number(words.next()?, 4)?;
    let mut clock = ascii::pieces(words.next()?, b':');
    let (hour, minute, second) = (
        number(clock.next()?, 2)?,
        number(clock.next()?, 2)?,
        number(clock.next()?, 2)?,
    );
    let valid =
        (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !valid || clock.next().is_some() || words.next() != Some("GMT") || words.next().is_some() {
        return None;
    }
    let days = days_since_epoch(year, month, day)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn number(text: &str, digits: usize) -> Option<u64> {
    ascii::number(text).filter(|_| text.len() == digits)
}

fn month(text: &str) -> Option<u64> {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    NAMES
        .iter()
        .position(|name| *name == text)
        .map(|index| index as u64 + 1)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; `None` before it.
fn days_since_epoch(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 {
        return None;
    }
    let leaps_before = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps_before(year - 1) - leaps_before(1969);
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    Some(years + months + day - 1)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_the_standards_own_example() {
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
    }

    #[test]
    fn refuses_what_is_not_a_date() {
        for text in [
            "0",
            "",
            "-1",
            "Sun, 31 Feb 2024 00:00:00 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
