//! Percent-encoding (RFC 3986 §2).

/// The value of a hexadecimal digit.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The byte that text beginning with `%` stands for.
pub(super) fn escape(text: &[u8]) -> Option<u8> {
    match text {
        [b'%', high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// RFC 3986 §2.3: means the same with and without encoding (§6.2.2.2).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Writes a URL's text with escapes of unreserved characters undone and other escapes in capitals (§6.2.2.1).
/// A text with a `%` that begins no escape stays as it is: `%7%30` undone would read `%70`, which is another.
pub(super) fn normalise(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let broken = (0..bytes.len()).any(|at| bytes[at] == b'%' && escape(&bytes[at..]).is_none());
    if broken {
        return out.push_str(text);
    }
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let Some(byte) = escape(&bytes[at..]) else {
            at += 1;
            continue;
        };
        // Both ends are at ASCII characters, so the text is cut between characters.
        out.push_str(text.get(copied..at).unwrap_or(""));
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(bytes[at + 1].to_ascii_uppercase()));
            out.push(char::from(bytes[at + 2].to_ascii_uppercase()));
        }
        at += 3;
        copied = at;
    }
    out.push_str(text.get(copied..).unwrap_or(""));
}

/// Decodes a form's name or value; `None` where a `%` begins no escape, since decoders differ on it.
pub(super) fn decode_form(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let (byte, length) = match byte {
            b'%' => (escape(&text[at..])?, 3),
            b'+' => (b' ', 1),
            other => (*other, 1),
        };
        out.push(byte);
        at += length;
    }
    Some(())
}
