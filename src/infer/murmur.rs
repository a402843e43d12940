//! MurmurHash3, its form of 32 bits for small machines (A. Appleby, public domain): which bucket a text falls into.

pub(super) fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for block in blocks {
        hash ^= scramble(u32::from_le_bytes(*block));
        hash = hash
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64);
    }
    let mut last = 0;
    for byte in tail.iter().rev() {
        last = last << 8 | u32::from(*byte);
    }
    hash ^= scramble(last) ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

fn scramble(block: u32) -> u32 {
    block
        .wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::murmur3;

    /// As scikit-learn's `murmurhash3_32(…, positive=True)` gives them.
    #[test]
    fn known_values() {
        assert_eq!(murmur3(b"", 0), 0);
        assert_eq!(murmur3(b"", 1), 0x514e_28b7);
        assert_eq!(murmur3(b"test", 0x9747_b28c), 0x704b_81dc);
        assert_eq!(murmur3(b"Hello, world!", 0x9747_b28c), 0x2488_4cba);
        assert_eq!(murmur3(b"aa", 0x9747_b28c), 0x5d21_1726);
        assert_eq!(murmur3(b"aaa", 0x9747_b28c), 0x283e_0130);
    }
}
