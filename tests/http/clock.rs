//! Dates for tests.

/// 2026-01-15 12:00:00 GMT, in milliseconds since the Unix epoch.
pub const NOON: u64 = 1_768_478_400_000;

/// An IMF-fixdate (RFC 9110 §5.6.7). The weekday is right, though no reader looks at it.
pub fn date(seconds: u64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let (mut year, mut day) = (1970, days);
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    loop {
        let length = match month {
            1 => 28 + u64::from(leap(year)),
            3 | 5 | 8 | 10 => 30,
            _ => 31,
        };
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!(
        "{}, {:02} {} {year} {:02}:{:02}:{:02} GMT",
        WEEKDAYS[(days % 7) as usize],
        day + 1,
        MONTHS[month],
        clock / 3_600,
        clock / 60 % 60,
        clock % 60
    )
}

#[test]
fn the_dates_are_dates() {
    assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(date(1_709_208_000), "Thu, 29 Feb 2024 12:00:00 GMT");
    assert_eq!(date(NOON / 1000), "Thu, 15 Jan 2026 12:00:00 GMT");
}
