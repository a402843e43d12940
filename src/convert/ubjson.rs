//! UBJSON, draft 12, as far as XGBoost writes it: to the value that JSON would have given.

use super::error::ConvertError;
use serde_json::{Map, Number, Value};

/// Containers within one another at most.
const DEEPEST: usize = 64;

pub(super) fn parse(bytes: &[u8]) -> Result<Value, ConvertError> {
    let mut parser = Parser { bytes, at: 0 };
    let wrong =
        |parser: &Parser, what: &str| ConvertError::new(format!("UBJSON byte {}", parser.at), what);
    let marker = parser
        .next()
        .ok_or_else(|| wrong(&parser, "the file is empty"))?;
    match parser.value(marker, 0) {
        Ok(value) => Ok(value),
        Err(what) => Err(wrong(&parser, what)),
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

type Parsed<T> = Result<T, &'static str>;
const SHORT: &str = "the file ends early";

impl Parser<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        let array = self
            .bytes
            .get(self.at..)
            .and_then(<[u8]>::first_chunk)
            .copied()
            .ok_or(SHORT)?;
        self.at += N;
        Ok(array)
    }

    fn value(&mut self, marker: u8, depth: usize) -> Parsed<Value> {
        if depth > DEEPEST {
            return Err("containers are nested too deep");
        }
        Ok(match marker {
            b'Z' => Value::Null,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'd' => float(f64::from(f32::from_be_bytes(self.array()?))),
            b'D' => float(f64::from_be_bytes(self.array()?)),
            b'i' | b'U' | b'I' | b'l' | b'L' => Value::from(self.integer(marker)?),
            b'S' => Value::String(self.text()?),
            b'[' => self.list(depth)?,
            b'{' => self.object(depth)?,
            _ => return Err("there is no value of this type"),
        })
    }

    fn integer(&mut self, marker: u8) -> Parsed<i64> {
        Ok(match marker {
            b'i' => i64::from(i8::from_be_bytes(self.array()?)),
            b'U' => i64::from(u8::from_be_bytes(self.array()?)),
            b'I' => i64::from(i16::from_be_bytes(self.array()?)),
            b'l' => i64::from(i32::from_be_bytes(self.array()?)),
            b'L' => i64::from_be_bytes(self.array()?),
            _ => return Err("there must be an integer"),
        })
    }

    fn length(&mut self) -> Parsed<usize> {
        let marker = self.next().ok_or(SHORT)?;
        let length = self.integer(marker)?;
        // Whatever is counted takes a byte each, so that no length is believed beyond the file.
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.bytes.len() - self.at)
            .ok_or("a length is negative, or greater than the file")
    }

    fn text(&mut self) -> Parsed<String> {
        let length = self.length()?;
        let bytes = &self.bytes[self.at..self.at + length];
        self.at += length;
        String::from_utf8(bytes.to_vec()).map_err(|_| "a text is not UTF-8")
    }

    /// The type and number of a container's values, where they are said beforehand.
    fn head(&mut self) -> Parsed<(Option<u8>, Option<usize>)> {
        let mut kind = None;
        if self.bytes.get(self.at) == Some(&b'$') {
            self.at += 1;
            kind = Some(self.next().ok_or(SHORT)?);
            if matches!(kind, Some(b'Z' | b'T' | b'F')) {
                return Err("values of this type take no room");
            }
        }
        if self.bytes.get(self.at) == Some(&b'#') {
            self.at += 1;
            return Ok((kind, Some(self.length()?)));
        }
        if kind.is_some() {
            return Err("a type needs a count behind it");
        }
        Ok((None, None))
    }

    /// Whether a container without count ends here.
    fn ends(&mut self, mark: u8) -> Parsed<bool> {
        let ends = *self.bytes.get(self.at).ok_or(SHORT)? == mark;
        self.at += usize::from(ends);
        Ok(ends)
    }

    fn list(&mut self, depth: usize) -> Parsed<Value> {
        let (kind, count) = self.head()?;
        let mut values = Vec::new();
        while match count {
            Some(count) => values.len() < count,
            None => !self.ends(b']')?,
        } {
            let marker = match kind {
                Some(kind) => kind,
                None => self.next().ok_or(SHORT)?,
            };
            values.push(self.value(marker, depth + 1)?);
        }
        Ok(Value::Array(values))
    }

    fn object(&mut self, depth: usize) -> Parsed<Value> {
        let (kind, count) = self.head()?;
        let mut members = Map::new();
        let mut read = 0;
        while match count {
            Some(count) => read < count,
            None => !self.ends(b'}')?,
        } {
            let name = self.text()?;
            let marker = match kind {
                Some(kind) => kind,
                None => self.next().ok_or(SHORT)?,
            };
            members.insert(name, self.value(marker, depth + 1)?);
            read += 1;
        }
        Ok(Value::Object(members))
    }
}

/// JSON knows no infinities; a model that has one is refused where it is used.
fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}
