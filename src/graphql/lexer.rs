//! From text to tokens (§2.1): where each stands, and what it is.

use super::document::{Failure, Stop};
use crate::fingerprint::hex_digit;

/// A document of more tokens is not worth reading: no page writes one.
const MOST_TOKENS: usize = 20_000;

/// What a token is. Signs stand for themselves: `! $ & ( ) : = @ [ ] { | }`, and `.` for `...`.
pub(super) const NAME: u8 = b'n';
pub(super) const NUMBER: u8 = b'0';
pub(super) const STRING: u8 = b'"';
pub(super) const BLOCK: u8 = b'b';
pub(super) const END: u8 = 0;

/// One token.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: u8,
    /// Where its text begins.
    pub(super) start: u32,
    /// Where its text ends; of an opening bracket, once the grammar is checked, which token closes it.
    pub(super) end: u32,
}

pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    failure: Failure,
}

/// Takes a text apart; the last token is the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Failure> {
    let mut lexer = Lexer {
        text: text.as_bytes(),
        at: 0,
        failure: Failure::default(),
    };
    let mut tokens = Vec::new();
    match lexer.all(&mut tokens) {
        Ok(()) => Ok(tokens),
        Err(Stop) => Err(lexer.failure),
    }
}

impl Lexer<'_> {
    fn fail<T>(&mut self, at: usize, what: &'static str) -> Result<T, Stop> {
        self.failure = Failure {
            at: at as u32,
            what,
            ..Failure::default()
        };
        Err(Stop)
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, holds: fn(u8) -> bool) {
        while self.at < self.text.len() && holds(self.text[self.at]) {
            self.at += 1;
        }
    }

    fn all(&mut self, tokens: &mut Vec<Token>) -> Result<(), Stop> {
        loop {
            self.skip_ignored();
            let start = self.at;
            if tokens.len() >= MOST_TOKENS {
                return self.fail(start, "the document has more than 20,000 tokens");
            }
            let kind = self.token(start)?;
            tokens.push(Token {
                kind,
                start: start as u32,
                end: self.at as u32,
            });
            if kind == END {
                return Ok(());
            }
        }
    }

    /// Passes over the next token; says what it is.
    fn token(&mut self, start: usize) -> Result<u8, Stop> {
        if start == self.text.len() {
            return Ok(END);
        }
        match self.peek(0) {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(is_name);
                Ok(NAME)
            }
            b'-' | b'0'..=b'9' => self.number(start),
            b'"' if self.peek(1) == b'"' && self.peek(2) == b'"' => self.block_string(start),
            b'"' => self.string(start),
            b'.' if self.peek(1) == b'.' && self.peek(2) == b'.' => {
                self.at += 3;
                Ok(b'.')
            }
            sign @ (b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{'
            | b'|' | b'}') => {
                self.at += 1;
                Ok(sign)
            }
            _ => self.fail(start, "this sign has no meaning here"),
        }
    }

    /// White space, line ends, commas, comments, and the byte order mark.
    fn skip_ignored(&mut self) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                0xEF if self.peek(1) == 0xBB && self.peek(2) == 0xBF => self.at += 3,
                b'#' => self.skip_while(|byte| byte != b'\n' && byte != b'\r'),
                _ => return,
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<u8, Stop> {
        if self.peek(0) == b'-' {
            self.at += 1;
        }
        if self.peek(0) == b'0' {
            self.at += 1;
            if self.peek(0).is_ascii_digit() {
                return self.fail(start, "a number has no zeros before it");
            }
        } else {
            self.digits(start)?;
        }
        if self.peek(0) == b'.' {
            self.at += 1;
            self.digits(start)?;
        }
        if matches!(self.peek(0), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(0), b'+' | b'-') {
                self.at += 1;
            }
            self.digits(start)?;
        }
        if self.peek(0) == b'.' || is_name(self.peek(0)) {
            return self.fail(start, "a name cannot follow a number without a space");
        }
        Ok(NUMBER)
    }

    fn digits(&mut self, start: usize) -> Result<(), Stop> {
        if !self.peek(0).is_ascii_digit() {
            return self.fail(start, "this number is not complete");
        }
        self.skip_while(|byte| byte.is_ascii_digit());
        Ok(())
    }

    fn string(&mut self, start: usize) -> Result<u8, Stop> {
        self.at += 1;
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | b'\n' | b'\r'));
            match self.peek(0) {
                b'"' => {
                    self.at += 1;
                    return Ok(STRING);
                }
                b'\\' => {
                    let at = self.at;
                    match escape(&self.text[at..]) {
                        Some((_, length)) => self.at += length,
                        None if self.peek(1) == b'u' => {
                            return self.fail(at, "this escape names no character");
                        }
                        None => return self.fail(at, "a string knows no such escape"),
                    }
                }
                _ => return self.fail(start, "this string is not closed by a quote"),
            }
        }
    }

    fn block_string(&mut self, start: usize) -> Result<u8, Stop> {
        self.at += 3;
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\'));
            let rest = &self.text[self.at..];
            if rest.starts_with(QUOTES) {
                self.at += 3;
                return Ok(BLOCK);
            }
            if rest.is_empty() {
                return self.fail(start, "this block string is not closed by three quotes");
            }
            self.at += if is_escaped_quotes(rest) { 4 } else { 1 };
        }
    }
}

const QUOTES: &[u8] = b"\"\"\"";

fn is_escaped_quotes(text: &[u8]) -> bool {
    text.first() == Some(&b'\\') && text[1..].starts_with(QUOTES)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The character that an escape stands for, and the escape's length.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let sign = match text.get(1)? {
        sign @ (b'"' | b'\\' | b'/') => char::from(*sign),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((sign, 2))
}

/// `\u{…}`, `\uXXXX`, or two of those for a surrogate pair.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    if text.get(2) == Some(&b'{') {
        let (code, digits) = hex(&text[3..], usize::MAX);
        let closed = digits > 0 && text.get(3 + digits) == Some(&b'}');
        return Some((char::from_u32(code).filter(|_| closed)?, digits + 4));
    }
    let four = |from: usize| match hex(text.get(from..)?, 4) {
        (code, 4) => Some(code),
        _ => None,
    };
    let high = four(2)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Some((char::from_u32(high)?, 6));
    }
    let low = four(8).filter(|low| (0xDC00..0xE000).contains(low) && &text[6..8] == b"\\u")?;
    Some((
        char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?,
        12,
    ))
}

/// A number in hexadecimal digits, and how many.
fn hex(text: &[u8], most: usize) -> (u32, usize) {
    let (mut code, mut count) = (0u32, 0);
    while count < most
        && let Some(digit) = text.get(count).and_then(|byte| hex_digit(*byte))
    {
        code = code.saturating_mul(16).saturating_add(digit.into());
        count += 1;
    }
    (code, count)
}

/// What a string token means.
pub(super) fn value(kind: u8, text: &str) -> String {
    let quotes = if kind == BLOCK { 3 } else { 1 };
    let inner = text
        .get(quotes..text.len() - quotes)
        .unwrap_or("")
        .as_bytes();
    let (mut value, mut at) = (Vec::with_capacity(inner.len()), 0);
    while at < inner.len() {
        let rest = &inner[at..];
        if kind == BLOCK && is_escaped_quotes(rest) {
            value.extend_from_slice(QUOTES);
            at += 4;
        } else if kind == STRING
            && rest[0] == b'\\'
            && let Some((sign, length)) = escape(rest)
        {
            value.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes());
            at += length;
        } else {
            value.push(rest[0]);
            at += 1;
        }
    }
    if kind == BLOCK {
        value = dedented(&value);
    }
    String::from_utf8(value).unwrap_or_default()
}

/// `BlockStringValue` (§2.9.4): without the indentation that all lines but the first share, and without blank lines
/// at both ends.
fn dedented(raw: &[u8]) -> Vec<u8> {
    let mut lines = lines(raw);
    let mut indent = usize::MAX;
    for line in lines.iter().skip(1) {
        if blanks(line) < line.len() {
            indent = indent.min(blanks(line));
        }
    }
    while lines.last().is_some_and(|line| blanks(line) == line.len()) {
        lines.pop();
    }
    let mut value = Vec::new();
    let mut begun = false;
    for (number, line) in lines.iter().enumerate() {
        if !begun && blanks(line) == line.len() {
            continue;
        }
        if begun {
            value.push(b'\n');
        }
        begun = true;
        let from = if number == 0 { 0 } else { indent };
        value.extend_from_slice(line.get(from..).unwrap_or(&[]));
    }
    value
}

fn blanks(line: &[u8]) -> usize {
    line.iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(line.len())
}

/// Lines end with a line feed, a carriage return, or both.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        if matches!(text[at], b'\n' | b'\r') {
            lines.push(&text[start..at]);
            if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
                at += 1;
            }
            start = at + 1;
        }
        at += 1;
    }
    lines.push(&text[start..]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_decoded() {
        let value = |text| match tokens(text) {
            Ok(tokens) => value(tokens[0].kind, text),
            Err(failure) => panic!("{text}: {}", failure.what),
        };
        assert_eq!(value(r#""a\"\\\/\b\f\n\r\té""#), "a\"\\/\u{8}\u{c}\n\r\té");
        assert_eq!(value(r#""\u0041\u{1F600}\uD83D\uDE00""#), "A😀😀");
        assert_eq!(
            value("\"\"\"\n    a\n      b\\\"\"\"\n\n    c\n  \"\"\""),
            "a\n  b\"\"\"\n\nc"
        );
        assert_eq!(value("\"\"\"  a\r\n  b\"\"\""), "  a\nb");
        assert_eq!(value("\"\"\"\"\"\""), "");
    }

    #[test]
    fn what_is_no_token_is_refused_at_its_place() {
        for (text, at) in [
            ("\n  \"a\nb\"", 3),
            (r#""\uD83D""#, 1),
            (r#""\uD83D\u0041""#, 1),
            (r#""\u{}""#, 1),
            (r#""\u{110000}""#, 1),
            (r#""\x""#, 1),
            ("01", 0),
            ("1.", 0),
            ("1a", 0),
            ("é", 0),
            ("..", 0),
            ("\"\"\" a", 0),
        ] {
            let failure = tokens(text).err().expect(text);
            assert_eq!(failure.at, at, "{text}");
        }
    }
}
