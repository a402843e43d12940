//! The little that the core needs of texts, in few bytes: the standard library's searchers know all of Unicode,
//! and their panics know how to print it.

/// What stands before and after the first `sign`, an ASCII character.
pub(crate) fn cut(text: &str, sign: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == sign)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before the first byte for which `ends` holds.
pub(crate) fn until(text: &str, ends: impl Fn(u8) -> bool) -> &str {
    let at = text.bytes().position(ends).unwrap_or(text.len());
    text.get(..at).unwrap_or(text)
}

/// The pieces between `sign`s, an ASCII character.
pub(crate) fn pieces(text: &str, sign: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (piece, after) =
            cut(text, sign).map_or((text, None), |(piece, after)| (piece, Some(after)));
        rest = after;
        Some(piece)
    })
}

/// Without ASCII white space at the ends.
pub(crate) fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    let space = |byte: &u8| byte.is_ascii_whitespace();
    let start = bytes.iter().position(|byte| !space(byte)).unwrap_or(0);
    let end = bytes
        .iter()
        .rposition(|byte| !space(byte))
        .map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or("")
}

/// A number in decimal digits.
pub(crate) fn digits(mut number: u64) -> String {
    let mut signs = Vec::new();
    loop {
        signs.insert(0, b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            return String::from_utf8(signs).unwrap_or_default();
        }
    }
}

/// The number that decimal digits and nothing else write; the greatest there is if it is greater.
pub(crate) fn number(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut number: u64 = 0;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number
            .saturating_mul(10)
            .saturating_add(u64::from(byte - b'0'));
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_and_pieces() {
        assert_eq!(cut("a=b=c", b'='), Some(("a", "b=c")));
        assert_eq!(cut("äöü", b'='), None);
        assert_eq!(
            pieces("a,,b,", b',').collect::<Vec<_>>(),
            ["a", "", "b", ""]
        );
        assert_eq!(until("https://a?b", |byte| byte == b'?'), "https://a");
        assert_eq!(trim(" \t ä b\n"), "ä b");
        assert_eq!(trim("  "), "");
    }

    #[test]
    fn numbers_there_and_back() {
        for value in [0, 7, 10, 1_234_567_890, u64::MAX] {
            assert_eq!(number(&digits(value)), Some(value));
        }
        assert_eq!(number("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(
            [number(""), number("-1"), number("1.0"), number("+1")],
            [None; 4]
        );
    }
}
