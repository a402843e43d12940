//! Small sorted collections.
//!
//! Names are counted upwards, so what is new is nearly always put at the end; looking up is a binary search, and
//! walking goes in the order of birth, the same in every run. The search is compiled once, not for each type: the
//! standard maps would cost the module some ten kilobytes.

use crate::fingerprint::Fingerprint;

/// What a [`Table`] can be keyed by.
pub(crate) trait Key: Copy + PartialEq {
    /// Its place in the order of keys; two keys may share one.
    fn rank(self) -> u32;
}

impl Key for u32 {
    fn rank(self) -> u32 {
        self
    }
}

impl Key for Fingerprint {
    fn rank(self) -> u32 {
        // SHA-256 spreads its values: among ten thousand, chance gives a first word to two of them once in a hundred.
        let [a, b, c, d, ..] = *self.as_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// A map kept sorted by key.
#[derive(Debug)]
pub(crate) struct Table<K, V> {
    ranks: Vec<u32>,
    rows: Vec<Box<(K, V)>>,
}

/// Where the first key of this rank is, or would be.
fn place(ranks: &[u32], rank: u32) -> usize {
    match ranks.last() {
        Some(last) if *last < rank => ranks.len(),
        _ => ranks.partition_point(|other| *other < rank),
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table {
            ranks: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl<K: Key, V> Table<K, V> {
    fn find(&self, key: &K) -> Option<usize> {
        let rank = key.rank();
        let mut at = place(&self.ranks, rank);
        while *self.ranks.get(at)? == rank {
            if self.rows[at].0 == *key {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.find(key).map(|at| &self.rows[at].1)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.find(key).map(|at| &mut self.rows[at].1)
    }

    pub(crate) fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_some()
    }

    /// Puts a value in; returns the one it replaces.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(at) = self.find(&key) {
            return Some(core::mem::replace(&mut self.rows[at].1, value));
        }
        let rank = key.rank();
        let at = place(&self.ranks, rank);
        self.ranks.insert(at, rank);
        self.rows.insert(at, Box::new((key, value)));
        None
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.find(key)?;
        self.ranks.remove(at);
        Some(self.rows.remove(at).1)
    }

    pub(crate) fn len(&self) -> usize {
        self.ranks.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranks.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.ranks.clear();
        self.rows.clear();
    }

    /// In the order of keys.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter().map(|row| (&row.0, &row.1))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.rows.iter_mut().map(|row| &mut row.1)
    }

    /// The keys of what `which` chooses, in order.
    pub(crate) fn keys_where(&self, which: impl Fn(&V) -> bool) -> Vec<K> {
        let mut keys = Vec::new();
        for row in &self.rows {
            if which(&row.1) {
                keys.push(row.0);
            }
        }
        keys
    }
}

/// Where things are that know their keys themselves: only the keys' ranks are kept here, and whether it is the one that was
/// meant is asked of each.
#[derive(Debug)]
pub(crate) struct Places<T> {
    ranks: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Places {
            ranks: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl<T: Copy> Places<T> {
    fn find(&self, rank: u32, is_meant: impl Fn(T) -> bool) -> Option<usize> {
        let mut at = place(&self.ranks, rank);
        while *self.ranks.get(at)? == rank {
            if is_meant(self.items[at]) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    pub(crate) fn get(&self, key: impl Key, is_meant: impl Fn(T) -> bool) -> Option<T> {
        self.find(key.rank(), is_meant).map(|at| self.items[at])
    }

    /// Puts in what is not there yet.
    pub(crate) fn insert(&mut self, key: impl Key, item: T) {
        let rank = key.rank();
        let at = place(&self.ranks, rank);
        self.ranks.insert(at, rank);
        self.items.insert(at, item);
    }

    pub(crate) fn remove(&mut self, key: impl Key, is_meant: impl Fn(T) -> bool) {
        if let Some(at) = self.find(key.rank(), is_meant) {
            self.ranks.remove(at);
            self.items.remove(at);
        }
    }
}

/// A set of things to be had in the order of their ranks.
#[derive(Debug)]
pub(crate) struct Sorted<T> {
    ranks: Vec<u64>,
    items: Vec<T>,
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Sorted {
            ranks: Vec::new(),
            items: Vec::new(),
        }
    }
}

/// Where the first item of this rank is, or would be.
fn place_among(ranks: &[u64], rank: u64) -> usize {
    ranks.partition_point(|other| *other < rank)
}

impl<T: Copy + PartialEq> Sorted<T> {
    /// Adds an item behind those of the same rank.
    pub(crate) fn insert(&mut self, rank: u64, item: T) {
        let at = place_among(&self.ranks, rank.saturating_add(1));
        self.ranks.insert(at, rank);
        self.items.insert(at, item);
    }

    /// Removes an item that was added with this rank, if it is still there.
    pub(crate) fn remove(&mut self, rank: u64, item: T) {
        let mut at = place_among(&self.ranks, rank);
        while self.ranks.get(at) == Some(&rank) {
            if self.items[at] == item {
                self.ranks.remove(at);
                self.items.remove(at);
                return;
            }
            at += 1;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, T)> {
        self.ranks.iter().copied().zip(self.items.iter().copied())
    }

    pub(crate) fn first(&self) -> Option<(u64, T)> {
        Some((*self.ranks.first()?, *self.items.first()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_rank_are_told_apart() {
        let alike = |last| {
            let mut bytes = [7; 32];
            bytes[31] = last;
            Fingerprint::from_bytes(bytes)
        };
        let mut table = Table::default();
        for last in 0..4 {
            assert_eq!(table.insert(alike(last), last), None);
        }
        assert_eq!(table.insert(alike(2), 20), Some(2));
        assert_eq!(table.remove(&alike(1)), Some(1));
        assert_eq!(
            [0, 1, 2, 3].map(|last| table.get(&alike(last)).copied()),
            [Some(0), None, Some(20), Some(3)]
        );
        assert_eq!(table.len(), 3);
    }

    #[test]
    fn what_knows_its_key_is_told_apart_by_it() {
        let keys = [7, 9, 7, 7];
        let mut places = Places::default();
        for (number, key) in keys.into_iter().enumerate() {
            places.insert(key, number);
        }
        let at =
            |places: &Places<usize>, key: u32, number| places.get(key, |other| other == number);
        assert_eq!(at(&places, 7, 2), Some(2));
        assert_eq!(at(&places, 7, 1), None, "it has another key");
        places.remove(7, |other| other == 2);
        places.remove(9, |other| other == 3);
        assert_eq!(
            [0, 1, 2, 3].map(|number| at(&places, keys[number], number)),
            [Some(0), Some(1), None, Some(3)]
        );
    }

    #[test]
    fn items_come_by_rank_and_age() {
        let mut sorted = Sorted::default();
        for (rank, item) in [(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd')] {
            sorted.insert(rank, item);
        }
        sorted.remove(3, 'a');
        sorted.remove(1, 'x');
        assert_eq!(
            sorted.iter().collect::<Vec<_>>(),
            [(1, 'b'), (2, 'd'), (3, 'c')]
        );
        assert_eq!(sorted.first(), Some((1, 'b')));
    }
}
