//! What is written beside a stored answer: all that must be known to judge it in another page.
//!
//! A version, flags, numbers (four bytes, little endian), three lists of labels (each label its length and UTF-8), of a query
//! its pool, document and variables, and the kept head as [`Stored::to_bytes`] writes it, which ends in a check of its own.

use crate::broker::Question;
use crate::cache::Subject;
use crate::fingerprint::ContentDigest;
use crate::http::Stored;

/// Raised when the meaning of any byte changes; what has another one reads as nothing.
const VERSION: u8 = 2;

/// Flags: the types in the answer are not all known; it is a query's.
const UNTYPED: u8 = 1;
const QUERY: u8 = 2;

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
    /// The query that it is the answer to.
    pub question: Option<Question>,
}

impl Record {
    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut flags = 0;
        if self.subject.is_untyped {
            flags |= UNTYPED;
        }
        if self.question.is_some() {
            flags |= QUERY;
        }
        let mut out = vec![VERSION, flags];
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
                put_text(&mut out, label);
            }
        }
        if let Some(question) = &self.question {
            out.extend_from_slice(question.pool.as_bytes());
            put_text(&mut out, &question.document);
            put_text(&mut out, &question.variables);
        }
        out.extend_from_slice(&self.stored.to_bytes());
        out
    }

    /// Reads what [`Record::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Record> {
        let (&[version, flags], mut rest) = bytes.split_first_chunk()?;
        if version != VERSION {
            return None;
        }
        let (number, bytes, cost) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        for list in &mut lists {
            for _ in 0..take(&mut rest)? {
                list.push(take_text(&mut rest)?.into());
            }
        }
        let question = match flags & QUERY != 0 {
            true => Some(take_question(&mut rest)?),
            false => None,
        };
        let [tags, types, groups] = lists;
        Some(Record {
            number,
            bytes,
            cost,
            subject: Subject {
                url: "".into(),
                tags,
                types,
                is_untyped: flags & UNTYPED != 0,
                groups,
            },
            stored: Stored::from_bytes(rest)?,
            question,
        })
    }
}

fn put(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u32);
    out.extend_from_slice(text.as_bytes());
}

fn take_question(rest: &mut &[u8]) -> Option<Question> {
    let (pool, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(Question {
        pool: ContentDigest::from_bytes(*pool),
        document: take_text(rest)?.into(),
        variables: take_text(rest)?.into(),
    })
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = take(rest)? as usize;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    core::str::from_utf8(text).ok()
}

fn take(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*bytes))
}
