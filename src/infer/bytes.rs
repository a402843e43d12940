//! Little-endian values in a row: how everything within a model's file, and what was learned, is written.

use sha2::{Digest, Sha256};

/// Takes values off the front. `None` where the bytes end too early.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.first_chunk().copied()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    pub(super) fn digest(&mut self) -> Option<[u8; 32]> {
        self.array()
    }

    /// A text behind its length in two bytes.
    pub(super) fn text(&mut self) -> Option<Box<str>> {
        let length = self.u16()?;
        let bytes = self.bytes(usize::from(length))?;
        core::str::from_utf8(bytes).ok().map(Box::from)
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Puts values at the end.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Cut off after 65,535 bytes, at a character's end.
    pub(super) fn text(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
        self.u16(text.len() as u16);
        self.bytes(text.as_bytes());
    }
}

/// A kind of number that tensors are made of.
pub(super) trait Number: Copy {
    const SIZE: usize;
    fn read(bytes: &[u8]) -> Self;
    fn write(self, out: &mut Vec<u8>);
}

macro_rules! number {
    ($($kind:ty),*) => {$(
        impl Number for $kind {
            const SIZE: usize = size_of::<$kind>();
            fn read(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(<$kind>::default(), |bytes| <$kind>::from_le_bytes(*bytes))
            }
            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
number!(u16, u32, f32, f64);

/// All numbers of a tensor. `None` where the bytes are no whole number of them.
pub(super) fn tensor<T: Number>(bytes: &[u8]) -> Option<Vec<T>> {
    if !bytes.len().is_multiple_of(T::SIZE) {
        return None;
    }
    let mut numbers = Vec::with_capacity(bytes.len() / T::SIZE);
    for bytes in bytes.chunks_exact(T::SIZE) {
        numbers.push(T::read(bytes));
    }
    Some(numbers)
}

/// What [`tensor`] reads.
pub(super) fn tensor_bytes<T: Number>(numbers: &[T]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(numbers.len() * T::SIZE);
    for number in numbers {
        number.write(&mut bytes);
    }
    bytes
}
