//! The encoding of normal forms: typed, length-prefixed fields.

use super::digest::{ContentDigest, hash};
use super::names::Accept;

/// Fields one behind the other, each with its length before it (4 bytes, little endian).
#[derive(Default)]
pub(super) struct Fields(Vec<u8>);

impl Fields {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        // A request of 4 GiB does not fit into the memory it would have to come through.
        self.0
            .extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// Writes a field whose length is known only afterwards.
    pub(super) fn with<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        let result = write(&mut self.0);
        let length = (self.0.len() - start - 4) as u32;
        self.0[start..start + 4].copy_from_slice(&length.to_le_bytes());
        result
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a field of a request's normal form is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Field {
    /// The method, as it is sent.
    Method = 1,
    /// The URL without its fragment.
    Url = 2,
    /// Fetch's credentials mode.
    Credentials = 3,
    /// A significant header: its name in lower case, then its value.
    Header = 4,
    /// A header that carries a credential: its name, then the keyed digest of its value.
    Credential = 5,
    /// A header that carries a credential, where all of the person's are declared alike: its name.
    CredentialPresent = 6,
    /// A JSON body in canonical form.
    Json = 7,
    /// A form body: names and values.
    Form = 8,
    /// Any other body, as it is.
    Bytes = 9,
}

impl Field {
    const ALL: [Field; 9] = [
        Field::Method,
        Field::Url,
        Field::Credentials,
        Field::Header,
        Field::Credential,
        Field::CredentialPresent,
        Field::Json,
        Field::Form,
        Field::Bytes,
    ];

    /// The word that explanations use.
    pub fn name(self) -> &'static str {
        match self {
            Field::Method => "method",
            Field::Url => "url",
            Field::Credentials => "credentials",
            Field::Header => "header",
            Field::Credential => "credential (digest)",
            Field::CredentialPresent => "credential (any)",
            Field::Json => "json body",
            Field::Form => "form body",
            Field::Bytes => "body",
        }
    }
}

/// A request's normal form.
#[derive(Default)]
pub struct NormalForm {
    fields: Fields,
    url: String,
    /// Where the fields after the URL begin.
    besides: usize,
    accept: Option<Accept>,
}

impl NormalForm {
    pub(super) fn set_url(&mut self, url: String) {
        self.put(Field::Url, url.as_bytes());
        self.url = url;
        self.besides = self.len();
    }

    pub(super) fn set_accept(&mut self, accept: Accept) {
        self.accept = Some(accept);
    }

    pub(super) fn put(&mut self, field: Field, bytes: &[u8]) {
        self.with(field, |out| out.extend_from_slice(bytes));
    }

    pub(super) fn with<T>(&mut self, field: Field, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.fields.0.push(field as u8);
        self.fields.with(write)
    }

    /// Takes back everything after the first `length` bytes.
    pub(super) fn truncate(&mut self, length: usize) {
        self.fields.0.truncate(length);
    }

    pub(super) fn len(&self) -> usize {
        self.fields.0.len()
    }

    /// The URL as it takes part.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The encoded fields: for each its type (1 byte), its length (4 bytes, little endian), its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.fields.as_bytes()
    }

    /// The fields after the URL: all but it and the method.
    pub fn besides_url(&self) -> &[u8] {
        self.as_bytes().get(self.besides..).unwrap_or(&[])
    }

    /// In which of the forms that are no part of it the request asks for JSON.
    pub fn accept(&self) -> Option<Accept> {
        self.accept
    }

    /// Whether a header that carries a credential is part of it.
    pub fn has_credential(&self) -> bool {
        let mut rest = self.as_bytes();
        while let Some((field, _, after)) = next(rest) {
            if matches!(field, Field::Credential | Field::CredentialPresent) {
                return true;
            }
            rest = after;
        }
        false
    }

    /// A short digest of the credentials in it (FNV-1a); 0: there are none that differ.
    pub fn credential(&self) -> u64 {
        let mut digest = 0;
        let mut rest = self.as_bytes();
        while let Some((field, value, after)) = next(rest) {
            if matches!(field, Field::Credential) {
                for byte in value {
                    digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
                }
                digest = digest.max(1);
            }
            rest = after;
        }
        digest
    }

    /// Its digest.
    pub fn digest(&self) -> ContentDigest {
        ContentDigest::from_bytes(hash("forebay/request", &self.fields))
    }

    /// The fields, for people: bytes that are no text are shown as digits. No credential is among them.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let mut parts = Vec::new();
        let mut rest = self.as_bytes();
        while let Some((field, value, after)) = next(rest) {
            parts.push((field.name(), shown(field, value)));
            rest = after;
        }
        parts
    }
}

fn next(bytes: &[u8]) -> Option<(Field, &[u8], &[u8])> {
    let (kind, rest) = bytes.split_first()?;
    let field = Field::ALL.into_iter().find(|field| *field as u8 == *kind)?;
    let (value, rest) = split(rest)?;
    Some((field, value, rest))
}

/// Takes one length-prefixed piece off.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn shown(field: Field, value: &[u8]) -> String {
    let text = |bytes: &[u8]| {
        core::str::from_utf8(bytes).map_or_else(|_| super::digest::hex(bytes), String::from)
    };
    match field {
        Field::Header | Field::Credential | Field::Form => {
            let mut shown = String::new();
            let mut rest = value;
            while let Some((piece, after)) = split(rest) {
                if !shown.is_empty() {
                    shown.push_str(": ");
                }
                shown.push_str(&text(piece));
                rest = after;
            }
            shown
        }
        _ => text(value),
    }
}
