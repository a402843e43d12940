//! HTTP dates (RFC 9110 §5.6.7), in all three formats that recipients must read.

/// What stands where in a date. `w`, `d`, `n`, `y`, `h`, `m`, `s`: a sign of the weekday, day, month's name, year, hour,
/// minute, second; `D`: a digit of the day or the space before it. Anything else stands for itself.
const FIXDATE: &[u8] = b"www, dd nnn yyyy hh:mm:ss GMT";
const RFC850: &[u8] = b", dd-nnn-yy hh:mm:ss GMT";
const ASCTIME: &[u8] = b"www nnn Dd hh:mm:ss yyyy";
const MONTHS: &[u8] = b"janfebmaraprmayjunjulaugsepoctnovdec";

/// Seconds since the Unix epoch: 0 for what is before it, and the greatest number there is for what is after 2106.
/// `None` for anything that is no date to the letter, but for the case of letters. `now`, in the same seconds, tells
/// which century a year of two digits is of: the one that puts it at most 50 years ahead.
pub(super) fn parse(text: &str, now: u32) -> Option<u32> {
    let text = crate::ascii::trim(text).as_bytes();
    let weekday = text.iter().take_while(|sign| sign.is_ascii_alphabetic());
    let (pattern, rest) = match (text.get(3), weekday.count()) {
        (Some(b','), _) => (FIXDATE, text),
        (Some(b' '), _) => (ASCTIME, text),
        (_, letters @ 6..=9) => (RFC850, text.get(letters..)?),
        _ => return None,
    };
    let [day, month, mut year, hour, minute, second] = read(rest, pattern)?;
    let month = 1 + MONTHS.chunks(3).position(|name| pack(name) == month)? as u64;
    if pattern == RFC850 {
        let present = 1970 + u64::from(now) / 31_556_952;
        year += (present + 50 - year) / 100 * 100;
    }
    let valid =
        (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let epoch = days(1970, 1, 1) * 86_400;
    valid.then(|| u32::try_from(seconds.saturating_sub(epoch)).unwrap_or(u32::MAX))
}

/// Day, month's letters, year, hour, minute, second.
fn read(text: &[u8], pattern: &[u8]) -> Option<[u64; 6]> {
    let mut fields = [0; 6];
    if text.len() != pattern.len() {
        return None;
    }
    for (byte, sign) in text.iter().zip(pattern) {
        let letter = byte.to_ascii_lowercase();
        match sign {
            b'w' if letter.is_ascii_lowercase() => {}
            b'D' if *byte == b' ' => {}
            b'n' => fields[1] = fields[1] << 8 | u64::from(letter),
            b'd' | b'D' | b'y' | b'h' | b'm' | b's' if byte.is_ascii_digit() => {
                let field = &mut fields[match sign {
                    b'd' | b'D' => 0,
                    b'y' => 2,
                    b'h' => 3,
                    b'm' => 4,
                    _ => 5,
                }];
                *field = *field * 10 + u64::from(byte - b'0');
            }
            b'w' | b'd' | b'D' | b'y' | b'h' | b'm' | b's' => return None,
            _ if letter == sign.to_ascii_lowercase() => {}
            _ => return None,
        }
    }
    Some(fields)
}

fn pack(letters: &[u8]) -> u64 {
    letters
        .iter()
        .fold(0, |packed, letter| packed << 8 | u64::from(*letter))
}

fn days_in(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u64::from(leap),
        _ => 30 + (month + month / 8) % 2,
    }
}

/// Days of the proleptic Gregorian calendar, counted so that the leap day is a year's last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = match month {
        1 | 2 => (year.saturating_sub(1), month + 9),
        _ => (year, month - 3),
    };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// The first second of 2026.
    const NOW: u32 = 1_767_225_600;

    #[test]
    fn the_standards_own_examples() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            " sUN, 06 nOV 1994 08:49:37 gmt ",
        ] {
            assert_eq!(parse(text, NOW), Some(784_111_777), "{text:?}");
        }
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT", NOW), Some(0));
        assert_eq!(
            parse("Thu, 29 Feb 2024 12:00:00 GMT", NOW),
            Some(1_709_208_000)
        );
        assert_eq!(
            parse("Fri, 31 Dec 1999 23:59:60 GMT", NOW),
            Some(946_684_800)
        );
    }

    #[test]
    fn what_lies_outside_is_the_nearest_inside() {
        assert_eq!(parse("Mon, 01 Jan 1900 00:00:00 GMT", NOW), Some(0));
        assert_eq!(parse("Sat, 01 Jan 0000 00:00:00 GMT", NOW), Some(0));
        assert_eq!(parse("Sun, 21 Nov 2286 04:46:39 GMT", NOW), Some(u32::MAX));
    }

    #[test]
    fn a_year_of_two_digits_is_at_most_fifty_years_ahead() {
        let year = |text| parse(text, NOW).map(|seconds| 1970 + seconds / 31_556_952);
        assert_eq!(year("Monday, 01-Jun-76 00:00:00 GMT"), Some(2076));
        assert_eq!(year("Tuesday, 01-Jun-77 00:00:00 GMT"), Some(1977));
        assert_eq!(year("Friday, 01-Jun-00 00:00:00 GMT"), Some(2000));
    }

    #[test]
    fn refuses_what_is_not_a_date() {
        for text in [
            "0",
            "",
            "-1",
            "Sun, 31 Feb 2024 00:00:00 GMT",
            "Sun, 00 Feb 2024 00:00:00 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun, 06  Nov  1994 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:38 GMT",
            "Sun, 06 Növ 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(text, NOW), None, "{text:?}");
        }
    }
}
