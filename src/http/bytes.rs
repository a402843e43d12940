//! A kept head as bytes, for a disk.
//!
//! A version, the fields one behind the other (numbers in groups of seven bits, the lowest first; texts as their length
//! and UTF-8), and at the end a check over all that is before it, so that what was written by something else, cut off
//! or damaged reads as nothing.

use super::directives::Directives;
use super::range::Part;
use super::stored::Stored;
use super::vary::Selection;

/// Raised when the meaning of any byte changes.
const VERSION: u8 = 1;
const CHECK: usize = 4;

impl Stored {
    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION, self.said.flags, self.marks()];
        let numbers = [
            u64::from(self.status),
            self.arrived,
            self.age,
            self.lifetime,
            plus_one(self.expires),
            plus_one(self.length),
        ];
        let times = self.said.seconds.map(plus_one);
        for value in numbers.into_iter().chain(times) {
            number(value, &mut out);
        }
        for field in [
            &self.etag,
            &self.last_modified,
            &self.groups,
            &self.no_vary_search,
        ] {
            text(field.as_deref(), &mut out);
        }
        text(self.vary.as_ref().map(|vary| &*vary.names), &mut out);
        if let Some(vary) = &self.vary {
            out.extend_from_slice(&vary.values);
        }
        text(self.part.as_ref().map(|part| &*part.asked), &mut out);
        if let Some(part) = &self.part {
            number(part.first, &mut out);
            number(part.total, &mut out);
        }
        let check = check(&out);
        out.extend_from_slice(&check);
        out
    }

    fn marks(&self) -> u8 {
        u8::from(self.overridden) | u8::from(self.ageless) << 1
    }

    /// Reads what [`Stored::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Stored> {
        let (bytes, written) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
        if check(bytes) != *written {
            return None;
        }
        let mut from = Reader { bytes, fits: true };
        let (version, flags, marks) = (from.byte(), from.byte(), from.byte());
        let mut stored = Stored {
            overridden: marks & 1 != 0,
            ageless: marks & 2 != 0,
            status: from.number() as u16,
            arrived: from.number(),
            age: from.number(),
            lifetime: from.number(),
            expires: from.seconds(),
            length: from.seconds(),
            said: Directives {
                flags,
                seconds: [0; 5],
            },
            etag: None,
            last_modified: None,
            groups: None,
            no_vary_search: None,
            vary: None,
            part: None,
        };
        for seconds in &mut stored.said.seconds {
            *seconds = from.seconds();
        }
        for field in [
            &mut stored.etag,
            &mut stored.last_modified,
            &mut stored.groups,
            &mut stored.no_vary_search,
        ] {
            *field = from.text();
        }
        stored.vary = from.text().map(|names| {
            let values = core::array::from_fn(|_| from.byte());
            Box::new(Selection { names, values })
        });
        stored.part = from.text().map(|asked| {
            let (first, total) = (from.number(), from.number());
            Box::new(Part {
                asked,
                first,
                total,
            })
        });
        let whole = from.fits && from.bytes.is_empty() && version == VERSION && marks < 4;
        whole.then_some(stored)
    }
}

/// So that what was not said, the greatest number, takes one byte.
fn plus_one(seconds: u32) -> u64 {
    u64::from(seconds.wrapping_add(1))
}

fn number(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Its length and one more, or 0 for none.
fn text(text: Option<&str>, out: &mut Vec<u8>) {
    match text {
        Some(text) => {
            number(text.len() as u64 + 1, out);
            out.extend_from_slice(text.as_bytes());
        }
        None => out.push(0),
    }
}

/// FNV-1a: a change of one byte always changes it.
fn check(bytes: &[u8]) -> [u8; CHECK] {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    hash.to_le_bytes()
}

/// Once something does not fit, it gives zeros and no texts.
struct Reader<'a> {
    bytes: &'a [u8],
    fits: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> &'a [u8] {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let (taken, rest) = self.bytes.split_at_checked(length).unwrap_or_else(|| {
            self.fits = false;
            (&[], &[])
        });
        self.bytes = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn number(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    fn seconds(&mut self) -> u32 {
        (self.number() as u32).wrapping_sub(1)
    }

    fn text(&mut self) -> Option<Box<str>> {
        let length = self.number().checked_sub(1)?;
        let text = core::str::from_utf8(self.take(length)).ok();
        self.fits &= text.is_some();
        text.map(Box::from)
    }
}
