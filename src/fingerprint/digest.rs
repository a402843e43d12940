//! The two digests of a request.

use super::Partition;
use super::fields::Fields;
use core::fmt;
use sha2::{Digest, Sha256};

/// Of the encoding: raised when any normal form changes, so that old fingerprints meet no new ones.
const VERSION: u8 = 2;

/// What a request means, without whose data it is about: a change of person needs no new normal form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

/// What a request means and whose data it is about: the key of flights and entries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// SHA-256 over the version, a tag that says what is hashed, and fields.
pub(super) fn hash(tag: &str, fields: &Fields) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([VERSION, tag.len() as u8]);
    hasher.update(tag.as_bytes());
    hasher.update(fields.as_bytes());
    hasher.finalize().into()
}

impl ContentDigest {
    /// Takes bytes that [`ContentDigest::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        ContentDigest(bytes)
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of what is left of a request when all is taken away that its server has declared to mean nothing.
    pub(crate) fn of_rest(rest: &[&[u8]]) -> ContentDigest {
        let mut fields = Fields::default();
        for piece in rest {
            fields.bytes(piece);
        }
        ContentDigest(hash("forebay/rest", &fields))
    }

    /// Of a GraphQL operation in normal form, sent as this says.
    pub(crate) fn of_operation(&self, normal_form: &str) -> ContentDigest {
        let mut fields = Fields::default();
        fields.bytes(&self.0);
        fields.bytes(normal_form.as_bytes());
        ContentDigest(hash("forebay/graphql", &fields))
    }
}

impl Fingerprint {
    /// The fingerprint of a request within a partition.
    pub fn new(partition: &Partition, content: &ContentDigest) -> Self {
        let mut fields = Fields::default();
        partition.write(&mut fields);
        fields.bytes(&content.0);
        Fingerprint(hash("forebay/fingerprint", &fields))
    }

    /// Of the same request with these further headers, on whose values its answer depends
    /// ([`crate::http::selection`]).
    pub(crate) fn selected(&self, values: &[u8; 16]) -> Self {
        let mut fields = Fields::default();
        fields.bytes(&self.0);
        fields.bytes(values);
        Fingerprint(hash("forebay/varied", &fields))
    }

    /// Takes bytes that [`Fingerprint::as_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Fingerprint(bytes)
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Reads what [`Fingerprint::to_hex`] wrote.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let pairs = text.as_bytes().chunks_exact(2);
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let lower = |digit: u8| {
                (!digit.is_ascii_uppercase())
                    .then(|| super::percent::digit(digit))
                    .flatten()
            };
            *byte = lower(pair[0])? << 4 | lower(pair[1])?;
        }
        Some(Fingerprint(bytes))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for value in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(value)]));
        }
    }
    text
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.to_hex())
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&hex(&self.0))
    }
}
