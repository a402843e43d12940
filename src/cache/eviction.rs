//! Which entry goes first: GreedyDual-Size-Frequency (L. Cherkasova, HP Labs HPL-98-69R1, 1998).
//!
//! An entry's rank is the rank of the last one evicted, plus what it saves per byte: uses × cost ÷ size.
//! Small, slow to fetch and often used stays; and since the floor rises with each eviction, what was once
//! precious and is no longer used goes too.

use crate::broker::{BodyId, Sorted};

/// Ranks have 16 fractional bits, so that large cheap bodies still differ.
const ONE: u64 = 1 << 16;

#[derive(Debug, Default)]
pub(super) struct Ranks {
    order: Sorted<BodyId>,
    floor: u64,
}

impl Ranks {
    /// Ranks a body and returns its rank, to be given back to [`Ranks::remove`].
    pub(super) fn add(&mut self, body: BodyId, uses: u32, cost: u32, bytes: u32) -> u64 {
        let saved = u64::from(uses.min(1 << 16)) * u64::from(cost.clamp(1, 1 << 16)) * ONE
            / u64::from(bytes.max(1));
        let rank = self.floor.saturating_add(saved);
        self.order.insert(rank, body);
        rank
    }

    pub(super) fn remove(&mut self, rank: u64, body: BodyId) {
        self.order.remove(rank, body);
    }

    /// The least worthy body besides `except`; raises the floor to its rank.
    pub(super) fn least(&mut self, except: Option<BodyId>) -> Option<BodyId> {
        let (rank, body) = self.order.iter().find(|(_, body)| Some(*body) != except)?;
        self.floor = self.floor.max(rank);
        Some(body)
    }
}
