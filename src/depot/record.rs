//! What is written beside a stored answer: all that must be known to judge it in another page.
//!
//! A version, numbers (four bytes, little endian), three lists of labels (each label its length and UTF-8), and the kept
//! head as [`Stored::to_bytes`] writes it, which ends in a check of its own.

use crate::cache::Subject;
use crate::http::Stored;

/// Raised when the meaning of any byte changes; what has another one reads as nothing.
const VERSION: u8 = 1;

/// One row's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Of the last invalidation that was known when its flight began.
    pub number: u32,
    /// Bytes of the body.
    pub bytes: u32,
    /// Milliseconds that fetching it took.
    pub cost: u32,
    /// What it is about, without the URL, which the request names.
    pub subject: Subject,
    /// What HTTP says of it.
    pub stored: Stored,
}

impl Record {
    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION, u8::from(self.subject.is_untyped)];
        for number in [self.number, self.bytes, self.cost] {
            put(&mut out, number);
        }
        for list in [
            &self.subject.tags,
            &self.subject.types,
            &self.subject.groups,
        ] {
            put(&mut out, list.len() as u32);
            for label in list {
                put(&mut out, label.len() as u32);
                out.extend_from_slice(label.as_bytes());
            }
        }
        out.extend_from_slice(&self.stored.to_bytes());
        out
    }

    /// Reads what [`Record::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Record> {
        let (&[version, untyped], mut rest) = bytes.split_first_chunk()?;
        if version != VERSION {
            return None;
        }
        let (number, bytes, cost) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        for list in &mut lists {
            for _ in 0..take(&mut rest)? {
                let length = take(&mut rest)? as usize;
                let (label, after) = rest.split_at_checked(length)?;
                list.push(core::str::from_utf8(label).ok()?.into());
                rest = after;
            }
        }
        let [tags, types, groups] = lists;
        Some(Record {
            number,
            bytes,
            cost,
            subject: Subject {
                url: "".into(),
                tags,
                types,
                is_untyped: untyped != 0,
                groups,
            },
            stored: Stored::from_bytes(rest)?,
        })
    }
}

fn put(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn take(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*bytes))
}
