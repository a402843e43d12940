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
        let mut from = Reader(bytes);
        let [VERSION, flags, marks @ 0..=3] = *from.take(3)? else {
            return None;
        };
        let stored = Stored {
            overridden: marks & 1 != 0,
            ageless: marks & 2 != 0,
            status: u16::try_from(from.number()?).ok()?,
            arrived: from.number()?,
            age: from.number()?,
            lifetime: from.number()?,
            expires: from.seconds()?,
            length: from.seconds()?,
            said: Directives {
                flags,
                seconds: [
                    from.seconds()?,
                    from.seconds()?,
                    from.seconds()?,
                    from.seconds()?,
                    from.seconds()?,
                ],
            },
            etag: from.text()?,
            last_modified: from.text()?,
            groups: from.text()?,
            no_vary_search: from.text()?,
            vary: match from.text()? {
                Some(names) => Some(Box::new(Selection {
                    names,
                    values: *from.take(16)?.first_chunk()?,
                })),
                None => None,
            },
            part: match from.text()? {
                Some(asked) => Some(Box::new(Part {
                    asked,
                    first: from.number()?,
                    total: from.number()?,
                })),
                None => None,
            },
        };
        from.0.is_empty().then_some(stored)
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

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            let bits = u64::from(byte & 0x7f);
            value |= bits << shift;
            if byte < 0x80 {
                // Ten groups have six bits too many.
                return (value >> shift == bits).then_some(value);
            }
        }
        None
    }

    fn seconds(&mut self) -> Option<u32> {
        Some(u32::try_from(self.number()?).ok()?.wrapping_sub(1))
    }

    fn text(&mut self) -> Option<Option<Box<str>>> {
        let Some(length) = self.number()?.checked_sub(1) else {
            return Some(None);
        };
        let bytes = self.take(usize::try_from(length).ok()?)?;
        Some(Some(core::str::from_utf8(bytes).ok()?.into()))
    }
}
