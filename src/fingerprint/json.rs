//! JSON bodies in canonical form: RFC 8785 (JCS), but for numbers, whose text is kept.
//!
//! The canonicaliser borrows from the body and writes as it reads: no tree is built. Numbers keep their text
//! because 1 and 1.0 are the same only to those who read them as floating point, and 2^53 + 1 is not 2^53.

use super::order::order;
use super::request::Rules;
use core::ops::Range;

/// Why a body has no canonical form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// It is not JSON (RFC 8259) from this byte on.
    Invalid { offset: usize },
    /// It is JSON that parsers understand differently (members of the same name, halves of surrogate pairs), or
    /// it is nested deeper than is worth following.
    Doubtful,
}

/// Deeper bodies keep their bytes. The reader is recursive, and a page's stack is not ours to fill.
const DEEPEST: u32 = 64;

/// Writes the canonical form of a body behind what `out` holds.
pub(super) fn write(body: &[u8], rules: &Rules, out: &mut Vec<u8>) -> Result<(), Stop> {
    let mut reader = Reader {
        body,
        at: 0,
        out,
        rules,
        names: Vec::new(),
    };
    reader.space();
    reader.value(0)?;
    reader.space();
    if reader.at < body.len() {
        reader.invalid()
    } else {
        Ok(())
    }
}

/// Writes a text as a JSON string.
pub(crate) fn write_json_string(text: &str, out: &mut String) {
    let mut written = vec![b'"'];
    for sign in text.chars() {
        write_char(sign, &mut written);
    }
    written.push(b'"');
    out.push_str(core::str::from_utf8(&written).unwrap_or("\"\""));
}

/// RFC 8785 §3.2.2.2: escapes only where JSON needs them, the short ones where there are such.
fn write_char(decoded: char, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    let plain = decoded.encode_utf8(&mut buffer).as_bytes();
    let short = match decoded {
        '"' | '\\' => plain[0],
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\0'..='\u{1f}' => {
            let code = usize::from(plain[0]);
            let low = b"0123456789abcdef"[code & 15];
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + plain[0] / 16, low]);
        }
        _ => return out.extend_from_slice(plain),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// The canonical form of a JSON text, numbers as they are written; `None` where it has none.
pub(crate) fn canonical_json(text: &str) -> Option<String> {
    let mut out = Vec::new();
    write(text.as_bytes(), &Rules::default(), &mut out).ok()?;
    String::from_utf8(out).ok()
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    out: &'a mut Vec<u8>,
    rules: &'a Rules<'a>,
    /// Decoded names of the members of all objects that are open.
    names: Vec<u8>,
}

/// One member of an object: where its decoded name and its written form are.
struct Member {
    name: Range<usize>,
    written: Range<usize>,
}

impl Reader<'_> {
    fn invalid<T>(&self) -> Result<T, Stop> {
        Err(Stop::Invalid { offset: self.at })
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek() != Some(byte) {
            return self.invalid();
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: u32) -> Result<(), Stop> {
        if depth > DEEPEST {
            return Err(Stop::Doubtful);
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => {
                self.out.push(b'"');
                self.text(false)?;
                self.out.push(b'"');
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.invalid(),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        if !self.body[self.at..].starts_with(word) {
            return self.invalid();
        }
        self.at += word.len();
        self.out.extend_from_slice(word);
        Ok(())
    }

    fn array(&mut self, depth: u32) -> Result<(), Stop> {
        self.at += 1;
        self.out.push(b'[');
        self.space();
        let mut first = true;
        while first && self.peek() != Some(b']') || !first && self.peek() == Some(b',') {
            if !first {
                self.at += 1;
                self.out.push(b',');
                self.space();
            }
            first = false;
            self.value(depth + 1)?;
            self.space();
        }
        self.out.push(b']');
        self.expect(b']')
    }

    fn object(&mut self, depth: u32) -> Result<(), Stop> {
        self.at += 1;
        self.out.push(b'{');
        self.space();
        let start = self.out.len();
        let names = self.names.len();
        let mut members: Vec<Member> = Vec::new();
        let mut first = true;
        while first && self.peek() != Some(b'}') || !first && self.peek() == Some(b',') {
            if !first {
                self.at += 1;
                self.space();
            }
            first = false;
            members.push(self.member(depth)?);
            self.space();
        }
        self.expect(b'}')?;
        self.arrange(start, &members, depth)?;
        self.names.truncate(names);
        self.out.push(b'}');
        Ok(())
    }

    /// Reads `"name": value` and writes it.
    fn member(&mut self, depth: u32) -> Result<Member, Stop> {
        let written = self.out.len();
        let name = self.names.len();
        if self.peek() != Some(b'"') {
            return self.invalid();
        }
        self.out.push(b'"');
        self.text(true)?;
        self.out.extend_from_slice(b"\":");
        let name = name..self.names.len();
        self.space();
        self.expect(b':')?;
        self.space();
        self.value(depth + 1)?;
        Ok(Member {
            name,
            written: written..self.out.len(),
        })
    }

    /// Brings written members into the order of their names and puts commas between them.
    fn arrange(&mut self, start: usize, members: &[Member], depth: u32) -> Result<(), Stop> {
        let name = |place: u32| &self.names[members[place as usize].name.clone()];
        let places = order(members.len(), &|a, b| comes_before(name(a), name(b)));
        if places.windows(2).any(|pair| name(pair[0]) == name(pair[1])) {
            return Err(Stop::Doubtful);
        }
        let ignored = |place: u32| {
            depth == 0
                && self
                    .rules
                    .ignored_members
                    .iter()
                    .any(|member| member.as_bytes() == name(place))
        };
        let mut arranged = Vec::with_capacity(self.out.len() - start + members.len());
        for place in places.into_iter().filter(|place| !ignored(*place)) {
            if !arranged.is_empty() {
                arranged.push(b',');
            }
            arranged.extend_from_slice(&self.out[members[place as usize].written.clone()]);
        }
        self.out.truncate(start);
        self.out.extend_from_slice(&arranged);
        Ok(())
    }

    /// Reads a string and writes what stands between its quotes; with `named`, also decoded into `names`.
    fn text(&mut self, named: bool) -> Result<(), Stop> {
        self.at += 1;
        loop {
            let run = self.body[self.at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(run) = run else {
                self.at = self.body.len();
                return self.invalid();
            };
            let plain = &self.body[self.at..self.at + run];
            self.out.extend_from_slice(plain);
            if named {
                self.names.extend_from_slice(plain);
            }
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(named)?,
                _ => return self.invalid(),
            }
        }
    }

    fn escape(&mut self, named: bool) -> Result<(), Stop> {
        let decoded = match self.body.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(named),
            _ => return self.invalid(),
        };
        self.at += 2;
        self.write_decoded(decoded, named);
        Ok(())
    }

    /// `\uXXXX`, or two of them for one character beyond the basic plane.
    fn unicode(&mut self, named: bool) -> Result<(), Stop> {
        let high = self.unit()?;
        let code = match high {
            0xD800..=0xDBFF if self.body[self.at..].starts_with(b"\\u") => {
                let low = self.unit()?;
                if !(0xDC00..=0xDFFF).contains(&low) {
                    return Err(Stop::Doubtful);
                }
                0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
            }
            other => other,
        };
        match char::from_u32(code) {
            Some(decoded) => self.write_decoded(decoded, named),
            None => return Err(Stop::Doubtful),
        }
        Ok(())
    }

    /// The four digits behind `\u`.
    fn unit(&mut self) -> Result<u32, Stop> {
        let digits = self.body.get(self.at + 2..self.at + 6).unwrap_or(&[]);
        let add = |unit: u32, byte: &u8| Some(unit << 4 | u32::from(super::percent::digit(*byte)?));
        match digits.iter().try_fold(0, add) {
            Some(unit) if digits.len() == 4 => {
                self.at += 6;
                Ok(unit)
            }
            _ => self.invalid(),
        }
    }

    fn write_decoded(&mut self, decoded: char, named: bool) {
        if named {
            let mut buffer = [0; 4];
            let plain = decoded.encode_utf8(&mut buffer).as_bytes();
            self.names.extend_from_slice(plain);
        }
        write_char(decoded, self.out);
    }

    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.at += 1;
        }
        let whole = self.digits()?;
        if whole.len() > 1 && self.body[whole.start] == b'0' {
            self.at = whole.start + 1;
            return self.invalid();
        }
        let mut fraction = self.at..self.at;
        if self.peek() == Some(b'.') {
            self.at += 1;
            fraction = self.digits()?;
        }
        let mut exponent = None;
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            let negative = self.peek() == Some(b'-');
            if negative || self.peek() == Some(b'+') {
                self.at += 1;
            }
            exponent = Some((negative, self.digits()?));
        }
        let text = start..self.at;
        if !self.rules.numbers_by_value || !self.write_value(negative, whole, fraction, exponent) {
            self.out.extend_from_slice(&self.body[text]);
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<Range<usize>, Stop> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            self.invalid()
        } else {
            Ok(start..self.at)
        }
    }

    /// Writes a number as its significant digits and a power of ten, which is exact for every size; says no where
    /// the power has more digits than can be counted with.
    fn write_value(
        &mut self,
        negative: bool,
        whole: Range<usize>,
        fraction: Range<usize>,
        exponent: Option<(bool, Range<usize>)>,
    ) -> bool {
        let mut power: i64 = 0;
        if let Some((negative, digits)) = exponent {
            if digits.len() > 15 {
                return false;
            }
            let sum = self.body[digits]
                .iter()
                .fold(0, |sum: i64, digit| sum * 10 + i64::from(digit - b'0'));
            power = if negative { -sum } else { sum };
        }
        power -= fraction.len() as i64;
        let mut all = self.body[whole].to_vec();
        all.extend_from_slice(&self.body[fraction]);
        let first = all
            .iter()
            .position(|digit| *digit != b'0')
            .unwrap_or(all.len());
        let last = all
            .iter()
            .rposition(|digit| *digit != b'0')
            .map_or(first, |last| last + 1);
        // Minus zero is another value than zero to whoever reads IEEE 754.
        if negative {
            self.out.push(b'-');
        }
        if first == last {
            self.out.push(b'0');
            return true;
        }
        power += (all.len() - last) as i64;
        self.out.extend_from_slice(&all[first..last]);
        self.out.push(b'e');
        if power < 0 {
            self.out.push(b'-');
        }
        self.out
            .extend_from_slice(crate::ascii::digits(power.unsigned_abs()).as_bytes());
        true
    }
}

/// RFC 8785 §3.2.3: names are ordered by their UTF-16 units. That is the order of their UTF-8, but that U+E000 to U+FFFF
/// (which begin with EE or EF) come after all that takes two units (F0 and above).
fn comes_before(a: &[u8], b: &[u8]) -> bool {
    let rank = |byte: u8| match byte {
        0xee | 0xef => byte + 0x10,
        _ => byte,
    };
    match a.iter().zip(b).find(|(one, other)| one != other) {
        Some((one, other)) => rank(*one) < rank(*other),
        None => a.len() < b.len(),
    }
}
