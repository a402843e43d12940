//! What lies on disk, by fingerprint: enough to know whether to look there, and what goes first when room is short.

use crate::broker::Table;
use crate::fingerprint::Fingerprint;

/// So many go at once at most: each is looked for among all, and nothing may hold the page.
const MOST_AT_ONCE: usize = 32;

#[derive(Debug)]
struct Place {
    bytes: u32,
    rank: f32,
}

/// The index of one partition's rows. Eviction is GreedyDual-Size-Frequency as in memory; uses are those of this page.
#[derive(Debug)]
pub(super) struct Shelf {
    places: Table<Fingerprint, Place>,
    bytes: u64,
    budget: u64,
    floor: f32,
    /// All rows are in it; until then one that is not may be on disk.
    pub(super) is_whole: bool,
}

impl Shelf {
    pub(super) fn new(budget: u64) -> Self {
        Shelf {
            places: Table::default(),
            bytes: 0,
            budget,
            floor: 0.0,
            is_whole: false,
        }
    }

    pub(super) fn budget(&self) -> u64 {
        self.budget
    }

    pub(super) fn set_budget(&mut self, budget: u64) {
        self.budget = budget;
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn may_have(&self, key: &Fingerprint) -> bool {
        !self.is_whole || self.places.contains_key(key)
    }

    pub(super) fn put(&mut self, key: Fingerprint, bytes: u32, cost: u32) {
        self.remove(&key);
        let rank = self.floor + cost.max(1) as f32 / bytes.max(1) as f32;
        self.bytes += u64::from(bytes);
        self.places.insert(key, Place { bytes, rank });
    }

    /// It was of use once more.
    pub(super) fn used(&mut self, key: &Fingerprint, cost: u32) {
        let floor = self.floor;
        if let Some(place) = self.places.get_mut(key) {
            place.rank = place.rank.max(floor) + cost.max(1) as f32 / place.bytes.max(1) as f32;
        }
    }

    pub(super) fn remove(&mut self, key: &Fingerprint) -> bool {
        let Some(place) = self.places.remove(key) else {
            return false;
        };
        self.bytes -= u64::from(place.bytes);
        true
    }

    /// Other rows lie there now, or none: what, is to be read.
    pub(super) fn clear(&mut self) {
        *self = Shelf::new(self.budget);
    }

    /// Takes out the least worthy, but not `newest`, until there are so many bytes less than the budget has.
    pub(super) fn make_room(
        &mut self,
        bytes: u64,
        newest: Option<&Fingerprint>,
    ) -> Vec<Fingerprint> {
        let mut gone = Vec::new();
        while self.bytes + bytes > self.budget && gone.len() < MOST_AT_ONCE {
            let mut least: Option<(Fingerprint, f32)> = None;
            for (key, place) in self.places.iter() {
                if Some(key) != newest && least.is_none_or(|(_, rank)| place.rank < rank) {
                    least = Some((*key, place.rank));
                }
            }
            let Some((key, rank)) = least else { break };
            self.floor = self.floor.max(rank);
            self.remove(&key);
            gone.push(key);
        }
        gone
    }
}
