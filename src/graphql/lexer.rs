//! From text to tokens (GraphQL specification, September 2025, §2.1).

use super::Wrong;

/// A document of more tokens is not worth reading: no page writes one.
const MOST_TOKENS: u32 = 20_000;

/// One token. Texts borrow from the document; strings are decoded.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token<'a> {
    Name(&'a str),
    Int(&'a str),
    Float(&'a str),
    String(String),
    /// One of `! $ & ( ) : = @ [ ] { | }`, or `.` for `...`.
    Sign(u8),
    End,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer {
            text,
            at: 0,
            tokens: 0,
        }
    }

    /// An error about the byte at `at`.
    pub(super) fn wrong(&self, at: usize, message: &[&str]) -> Wrong {
        let before = self.text.get(..at).unwrap_or(self.text);
        let (mut line, mut column, mut after_return) = (1, 1, false);
        for sign in before.chars() {
            match sign {
                '\n' if after_return => {}
                '\n' | '\r' => (line, column) = (line + 1, 1),
                _ => column += 1,
            }
            after_return = sign == '\r';
        }
        let mut text = String::new();
        for part in message {
            text.push_str(part);
        }
        Wrong {
            line,
            column,
            message: text,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text
            .as_bytes()
            .get(self.at + ahead)
            .copied()
            .unwrap_or(0)
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or("")
    }

    fn skip_while(&mut self, holds: fn(u8) -> bool) {
        while self.at < self.text.len() && holds(self.peek(0)) {
            self.at += 1;
        }
    }

    /// The next token, and where it begins.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, usize), Wrong> {
        self.skip_ignored();
        let start = self.at;
        self.tokens += 1;
        if self.tokens > MOST_TOKENS {
            return Err(self.wrong(start, &["the document has more than 20,000 tokens"]));
        }
        if start == self.text.len() {
            return Ok((Token::End, start));
        }
        let token = match self.peek(0) {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(is_name);
                Token::Name(self.since(start))
            }
            b'-' | b'0'..=b'9' => self.number(start)?,
            b'"' if self.peek(1) == b'"' && self.peek(2) == b'"' => self.block_string(start)?,
            b'"' => self.string(start)?,
            b'.' if self.peek(1) == b'.' && self.peek(2) == b'.' => {
                self.at += 3;
                Token::Sign(b'.')
            }
            sign @ (b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{'
            | b'|' | b'}') => {
                self.at += 1;
                Token::Sign(sign)
            }
            _ => return Err(self.wrong(start, &["this sign has no meaning here"])),
        };
        Ok((token, start))
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

    fn number(&mut self, start: usize) -> Result<Token<'a>, Wrong> {
        let mut is_float = false;
        if self.peek(0) == b'-' {
            self.at += 1;
        }
        if self.peek(0) == b'0' {
            self.at += 1;
            if self.peek(0).is_ascii_digit() {
                return Err(self.wrong(start, &["a number has no zeros before it"]));
            }
        } else {
            self.digits(start)?;
        }
        if self.peek(0) == b'.' {
            is_float = true;
            self.at += 1;
            self.digits(start)?;
        }
        if matches!(self.peek(0), b'e' | b'E') {
            is_float = true;
            self.at += 1;
            if matches!(self.peek(0), b'+' | b'-') {
                self.at += 1;
            }
            self.digits(start)?;
        }
        if self.peek(0) == b'.' || is_name(self.peek(0)) {
            return Err(self.wrong(start, &["a name cannot follow a number without a space"]));
        }
        let text = self.since(start);
        Ok(if is_float {
            Token::Float(text)
        } else {
            Token::Int(text)
        })
    }

    fn digits(&mut self, start: usize) -> Result<(), Wrong> {
        if !self.peek(0).is_ascii_digit() {
            return Err(self.wrong(start, &["this number is not complete"]));
        }
        self.skip_while(|byte| byte.is_ascii_digit());
        Ok(())
    }

    fn string(&mut self, start: usize) -> Result<Token<'a>, Wrong> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let plain = self.at;
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | b'\n' | b'\r'));
            value.push_str(self.since(plain));
            match self.peek(0) {
                b'"' => {
                    self.at += 1;
                    return Ok(Token::String(value));
                }
                b'\\' => value.push(self.escape()?),
                _ => {
                    return Err(self.wrong(start, &["this string is not closed by a quote"]));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        let start = self.at;
        self.at += 2;
        let named = self.text.as_bytes().get(start + 1).copied();
        let sign = match named.unwrap_or(0) {
            sign @ (b'"' | b'\\' | b'/') => char::from(sign),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(start),
            _ => return Err(self.wrong(start, &["a string knows no such escape"])),
        };
        Ok(sign)
    }

    /// `\u{…}`, `\uXXXX`, or two of those for a surrogate pair.
    fn unicode(&mut self, start: usize) -> Result<char, Wrong> {
        let code = if self.peek(0) == b'{' {
            self.at += 1;
            let code = self.hex(1, usize::MAX);
            let closed = self.peek(0) == b'}';
            self.at += 1;
            code.filter(|_| closed)
        } else {
            match self.hex(4, 4) {
                Some(high @ 0xD800..=0xDBFF) if self.peek(0) == b'\\' && self.peek(1) == b'u' => {
                    self.at += 2;
                    self.hex(4, 4)
                        .filter(|low| matches!(low, 0xDC00..=0xDFFF))
                        .map(|low| 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                }
                code => code,
            }
        };
        code.and_then(char::from_u32)
            .ok_or_else(|| self.wrong(start, &["this escape names no character"]))
    }

    fn hex(&mut self, least: usize, most: usize) -> Option<u32> {
        let (mut code, mut count) = (0u32, 0);
        while count < most
            && let Some(digit) = char::from(self.peek(0)).to_digit(16)
        {
            code = code.saturating_mul(16).saturating_add(digit);
            self.at += 1;
            count += 1;
        }
        (count >= least).then_some(code)
    }

    fn block_string(&mut self, start: usize) -> Result<Token<'a>, Wrong> {
        self.at += 3;
        let mut raw = String::new();
        loop {
            let plain = self.at;
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\'));
            raw.push_str(self.since(plain));
            let three = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
            if three.starts_with(b"\"\"\"") {
                self.at += 3;
                return Ok(Token::String(dedented(&raw)));
            } else if three.starts_with(b"\\\"\"\"") {
                self.at += 4;
                raw.push_str("\"\"\"");
            } else if three.is_empty() {
                return Err(self.wrong(start, &["this block string is not closed by three quotes"]));
            } else {
                self.at += 1;
                raw.push(char::from(three[0]));
            }
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `BlockStringValue` (§2.9.4): without the indentation that all lines but the first share, and without blank lines
/// at both ends.
fn dedented(raw: &str) -> String {
    let lines = lines(raw);
    let blanks = |line: &str| {
        line.bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count()
    };
    let filled = |line: &&str| blanks(line) < line.len();
    let indent = lines
        .iter()
        .skip(1)
        .filter(|line| filled(line))
        .map(|line| blanks(line))
        .min()
        .unwrap_or(0);
    let first = lines.iter().position(|line| filled(line)).unwrap_or(0);
    let last = lines.iter().rposition(|line| filled(line));
    let mut value = String::new();
    for (number, line) in lines.iter().enumerate() {
        if number < first || last.is_none_or(|last| number > last) {
            continue;
        }
        if number > first {
            value.push('\n');
        }
        let from = if number == 0 { 0 } else { indent };
        value.push_str(line.get(from..).unwrap_or(""));
    }
    value
}

/// Lines end with a line feed, a carriage return, or both.
fn lines(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut lines, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        if matches!(bytes[at], b'\n' | b'\r') {
            lines.push(text.get(start..at).unwrap_or(""));
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                at += 1;
            }
            start = at + 1;
        }
        at += 1;
    }
    lines.push(text.get(start..).unwrap_or(""));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Result<Token<'_>, Wrong> {
        Lexer::new(text).next().map(|(token, _)| token)
    }

    #[test]
    fn strings_are_decoded() {
        let value = |text| match only(text) {
            Ok(Token::String(value)) => value,
            other => panic!("{text}: {other:?}"),
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
            ("\n  \"a\nb\"", (2, 3)),
            (r#""\uD83D""#, (1, 2)),
            (r#""\x""#, (1, 2)),
            ("01", (1, 1)),
            ("1.", (1, 1)),
            ("1a", (1, 1)),
            ("é", (1, 1)),
            ("..", (1, 1)),
            ("\"\"\" a", (1, 1)),
        ] {
            let wrong = only(text).expect_err(text);
            assert_eq!((wrong.line, wrong.column), at, "{text}");
        }
    }
}
