//! Which entry goes first: GreedyDual-Size-Frequency (L. Cherkasova, HP Labs HPL-98-69R1, 1998).
//!
//! An entry's rank is the rank of the last one evicted, plus what it saves per byte: uses × cost ÷ size.
//! Small, slow to fetch and often used stays; and since the floor rises with each eviction, what was once
//! precious and is no longer used goes too.

use crate::broker::{BodyId, Sorted};

/// Ranks have 16 fractional bits, so that large cheap bodies still differ.
const ONE: u64 = 1 << 16;
/// What is pinned ranks from here on, above all that is not.
const PINNED: u64 = 1 << 63;

/// What a body's rank depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
    pub(super) uses: u32,
    /// Milliseconds that fetching it took.
    pub(super) cost: u32,
    pub(super) bytes: u32,
    pub(super) pinned: bool,
}

#[derive(Debug, Default)]
pub(super) struct Ranks {
    order: Sorted<BodyId>,
    floor: u64,
}

impl Ranks {
    /// Ranks a body and returns its rank, to be given back to [`Ranks::remove`].
    pub(super) fn add(&mut self, body: BodyId, worth: Worth) -> u64 {
        let uses = u64::from(worth.uses.min(1 << 16));
        let cost = u64::from(worth.cost.clamp(1, 1 << 16));
        let saved = uses * cost * ONE / u64::from(worth.bytes.max(1));
        let rank = self.floor.saturating_add(saved).min(PINNED - 1);
        let rank = rank | if worth.pinned { PINNED } else { 0 };
        self.order.insert(rank, body);
        rank
    }

    pub(super) fn remove(&mut self, rank: u64, body: BodyId) {
        self.order.remove(rank, body);
    }

    /// The least worthy body; the newest goes before what is pinned, and after all else. Raises the floor to its rank.
    pub(super) fn least(&mut self, newest: Option<BodyId>) -> Option<BodyId> {
        let first = self.order.first()?;
        let mut all = self.order.iter();
        let other = all.find(|(_, body)| Some(*body) != newest).unwrap_or(first);
        let (rank, body) = match first.0 < PINNED && other.0 >= PINNED {
            true => first,
            false => other,
        };
        self.floor = self.floor.max(rank & !PINNED);
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In which order bodies of these worths go, the last being the newest.
    fn order(pinned: &[bool]) -> Vec<u32> {
        let mut ranks = Ranks::default();
        let mut kept = Vec::new();
        for (number, pinned) in pinned.iter().enumerate() {
            let body = BodyId(number as u32);
            let worth = Worth {
                uses: 1 + number as u32,
                cost: 10,
                bytes: 1_000,
                pinned: *pinned,
            };
            kept.push((body, ranks.add(body, worth)));
        }
        let newest = kept.last().map(|(body, _)| *body);
        let mut gone = Vec::new();
        while let Some(body) = ranks.least(newest) {
            let at = kept.iter().position(|(other, _)| *other == body);
            let (_, rank) = kept.remove(at.expect("it was kept"));
            ranks.remove(rank, body);
            gone.push(body.0);
        }
        gone
    }

    #[test]
    fn the_least_worthy_goes_first_and_the_newest_last() {
        assert_eq!(order(&[false, false, false]), [0, 1, 2]);
    }

    #[test]
    fn what_is_pinned_goes_when_nothing_else_is_left() {
        assert_eq!(order(&[true, false, true, false]), [1, 3, 0, 2]);
        assert_eq!(order(&[false, true, false, true]), [0, 2, 1, 3]);
        assert_eq!(order(&[true, true]), [0, 1]);
    }

    #[test]
    fn what_is_pinned_does_not_make_all_that_comes_later_precious() {
        let mut ranks = Ranks::default();
        let worth = Worth {
            uses: 1,
            cost: 10,
            bytes: 1_000,
            pinned: true,
        };
        let rank = ranks.add(BodyId(1), worth);
        assert_eq!(ranks.least(None), Some(BodyId(1)));
        ranks.remove(rank, BodyId(1));
        let pinned = false;
        assert!(ranks.add(BodyId(2), Worth { pinned, ..worth }) < PINNED);
    }
}
