//! The scratch area: how texts and lists of numbers cross, in one piece and in both directions.
//!
//! Layout: one item behind the other; both sides know which kind comes next. A text is its length in bytes (4 bytes,
//! little endian) and UTF-8; a number is a double (8 bytes, little endian). A string that `encodeInto` writes here
//! costs a fraction of one handed over as an argument, and needs no glue.

use std::cell::Cell;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A larger area is given back after use.
const KEPT: usize = 64 * 1024;

/// Makes room; the address of its first byte.
pub(super) fn room(length: usize) -> usize {
    let mut scratch = SCRATCH.take();
    if scratch.len() < length {
        scratch.resize(length, 0);
    }
    let address = scratch.as_ptr() as usize;
    SCRATCH.set(scratch);
    address
}

/// Reads what the first `length` bytes hold.
pub(super) fn read<T>(length: usize, then: impl FnOnce(&mut Reader) -> T) -> T {
    let scratch = SCRATCH.take();
    let result = then(&mut Reader(scratch.get(..length).unwrap_or(&[])));
    if scratch.len() <= KEPT {
        SCRATCH.set(scratch);
    }
    result
}

/// Leaves an answer in the scratch area; its length.
pub(super) fn answer(Writer(bytes): Writer) -> usize {
    let length = bytes.len();
    SCRATCH.set(bytes);
    length
}

/// Takes items off, in the order in which they were put in.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.bytes(4)?.first_chunk()?;
        core::str::from_utf8(self.bytes(u32::from_le_bytes(*length) as usize)?).ok()
    }

    pub(super) fn number(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(*self.bytes(8)?.first_chunk()?))
    }

    /// All that is left, as it is.
    #[cfg(feature = "decisions")]
    pub(super) fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}

/// Puts items in.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn text(&mut self, text: &str) {
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn number(&mut self, number: f64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Bytes as they are.
    #[cfg(feature = "decisions")]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}
