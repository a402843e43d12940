//! Parts of bodies (RFC 9110 §14): one range of bytes at a time.

use crate::ascii;

/// Which bytes of how many an answer holds, and what was asked for to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The request's `Range`.
    pub(super) asked: Box<str>,
    /// The first byte.
    pub(super) first: u64,
    /// How many the whole has; 0 if that was not said.
    pub(super) total: u64,
}

impl Part {
    /// Of a 206 with this `Content-Range`. `None` if it is of several parts, in other units, or of no sense.
    pub(super) fn new(asked: &str, content_range: &str) -> Option<Part> {
        let (unit, range) = ascii::cut(ascii::trim(content_range), b' ')?;
        let (range, total) = ascii::cut(range, b'/')?;
        let (first, last) = ascii::cut(range, b'-')?;
        let (first, last) = (ascii::number(first)?, ascii::number(last)?);
        let total = match total {
            "*" => 0,
            total => ascii::number(total).filter(|total| last < *total)?,
        };
        let sense = unit.eq_ignore_ascii_case("bytes") && first <= last;
        sense.then(|| Part {
            asked: asked.into(),
            first,
            total,
        })
    }
}

/// What of a kept body answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// All of it, with the status it came with.
    Whole,
    /// Some bytes, as a 206.
    Slice {
        /// Where they begin in the kept body.
        from: u64,
        /// How many they are.
        length: u64,
        /// The `Content-Range` to give.
        content_range: Box<str>,
    },
    /// None: the server must be asked.
    Nothing,
}

/// Which of the bytes from `first` up to `end` (of `total`) answer this `Range`: one range of bytes, of which at least
/// the beginning is there. A 206 may hold less than was asked for (RFC 9110 §15.3.7). Of unknown units, several ranges
/// or one outside nothing is made.
pub(super) fn slice(range: &str, first: u64, end: u64, total: u64) -> Option<Piece> {
    let (unit, range) = ascii::cut(range, b'=')?;
    let (from, to) = ascii::cut(ascii::trim(range), b'-')?;
    let (from, last) = match (ascii::number(from), ascii::number(to)) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) if to.is_empty() => (from, u64::MAX),
        (None, Some(length)) if from.is_empty() && length > 0 => {
            (total.saturating_sub(length), u64::MAX)
        }
        _ => return None,
    };
    let last = last.min(end.checked_sub(1)?);
    if !unit.eq_ignore_ascii_case("bytes") || from < first || from > last || end > total {
        return None;
    }
    let mut content_range = String::from("bytes ");
    for (number, sign) in [(from, "-"), (last, "/"), (total, "")] {
        content_range.push_str(&ascii::digits(number));
        content_range.push_str(sign);
    }
    Some(Piece::Slice {
        from: from - first,
        length: last - from + 1,
        content_range: content_range.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(range: &str, first: u64, end: u64, total: u64) -> Option<(u64, u64, Box<str>)> {
        match slice(range, first, end, total)? {
            Piece::Slice {
                from,
                length,
                content_range,
            } => Some((from, length, content_range)),
            _ => None,
        }
    }

    #[test]
    fn of_a_whole_body() {
        let of_eleven = |range| cut(range, 0, 11, 11);
        assert_eq!(of_eleven("bytes=0-1"), Some((0, 2, "bytes 0-1/11".into())));
        assert_eq!(of_eleven("bytes=1-"), Some((1, 10, "bytes 1-10/11".into())));
        assert_eq!(
            of_eleven("Bytes=-1"),
            Some((10, 1, "bytes 10-10/11".into()))
        );
        assert_eq!(
            of_eleven("bytes=-99"),
            Some((0, 11, "bytes 0-10/11".into()))
        );
        assert_eq!(
            of_eleven("bytes=9-99"),
            Some((9, 2, "bytes 9-10/11".into()))
        );
        for range in [
            "bytes=11-",
            "bytes=2-1",
            "bytes=-0",
            "bytes=-",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes",
            "",
        ] {
            assert_eq!(of_eleven(range), None, "{range}");
        }
        assert_eq!(cut("bytes=0-", 0, 0, 0), None);
    }

    #[test]
    fn of_a_part() {
        let of_four_to_eight = |range| cut(range, 4, 9, 10);
        assert_eq!(
            of_four_to_eight("bytes=6-8"),
            Some((2, 3, "bytes 6-8/10".into()))
        );
        assert_eq!(
            of_four_to_eight("bytes=6-"),
            Some((2, 3, "bytes 6-8/10".into()))
        );
        assert_eq!(of_four_to_eight("bytes=-1"), None);
        assert_eq!(of_four_to_eight("bytes=3-5"), None);
    }

    #[test]
    fn what_a_part_is() {
        let part = |text| Part::new("bytes=4-", text).map(|part| (part.first, part.total));
        assert_eq!(part("bytes 4-9/10"), Some((4, 10)));
        assert_eq!(part("bytes 4-9/*"), Some((4, 0)));
        for text in [
            "bytes */10",
            "bytes 9-4/10",
            "bytes 4-10/10",
            "lines 4-9/10",
            "4-9/10",
            "x",
        ] {
            assert_eq!(part(text), None, "{text}");
        }
    }
}
