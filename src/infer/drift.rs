//! Does a page see what the model was trained on? Counters that say when it no longer does.

use super::columns::Columns;
use super::float::ln;

/// Shares that the values of a column are sorted into.
pub const BINS: usize = 10;

/// How the values of each column were spread when the model was trained.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bins {
    /// For each column the upper ends of all bins but the last, ascending.
    pub(super) edges: Vec<f32>,
    /// For each column the share of values in each bin.
    pub(super) shares: Vec<f32>,
}

impl Bins {
    /// From the upper ends of nine bins and the shares of ten for each column. `None` if the numbers do not fit.
    pub fn new(edges: Vec<f32>, shares: Vec<f32>) -> Option<Bins> {
        let (nines, rest) = edges.as_chunks::<{ BINS - 1 }>();
        let (tens, more) = shares.as_chunks::<BINS>();
        let ascending = nines.iter().all(|edges| edges.is_sorted());
        let whole = rest.is_empty() && more.is_empty() && nines.len() == tens.len();
        let share = |share: &f32| (0.0..=1.0).contains(share);
        (whole && ascending && shares.iter().all(share)).then_some(Bins { edges, shares })
    }

    /// Into which bin of a column a value falls.
    fn bin(edges: &[f32; BINS - 1], value: f32) -> usize {
        edges.iter().map(|edge| usize::from(value > *edge)).sum()
    }
}

/// What was odd about a feature's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// There was none.
    pub missing: u32,
    /// A word that is not in the vocabulary.
    pub unknown: u32,
    /// Beyond the bounds, below 0 before a logarithm, or a time to come.
    pub outside: u32,
}

/// Counters since they were made.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    rows: u32,
    tallies: Vec<Tally>,
    bins: Bins,
    counts: Vec<u32>,
}

impl Drift {
    /// Counters for a schema's features, and for columns that were spread so in training.
    pub fn new(features: usize, bins: Option<&Bins>) -> Drift {
        let bins = bins.cloned().unwrap_or_default();
        Drift {
            rows: 0,
            tallies: vec![Tally::default(); features],
            counts: vec![0; bins.shares.len()],
            bins,
        }
    }

    /// How many rows were counted.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// What was odd, for each feature.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    pub(super) fn add(&mut self, feature: usize, more: Tally) {
        if let Some(tally) = self.tallies.get_mut(feature) {
            tally.missing = tally.missing.saturating_add(more.missing);
            tally.unknown = tally.unknown.saturating_add(more.unknown);
            tally.outside = tally.outside.saturating_add(more.outside);
        }
    }

    pub(super) fn add_columns(&mut self, columns: &Columns) {
        self.rows = self.rows.saturating_add(columns.rows() as u32);
        let edges = self.bins.edges.as_chunks().0.iter();
        let counts = self.counts.as_chunks_mut::<BINS>().0.iter_mut();
        for (column, (edges, counts)) in edges.zip(counts).enumerate() {
            for value in columns.column(column).iter().take(columns.rows()) {
                if !value.is_nan()
                    && let Some(count) = counts.get_mut(Bins::bin(edges, *value))
                {
                    *count = count.saturating_add(1);
                }
            }
        }
    }

    /// The population stability index of a column: how far its values are from those in training. Below 0.1 is
    /// usually read as little, above 0.25 as much. `None` without values, or if it is not known how they were.
    pub fn stability(&self, column: usize) -> Option<f64> {
        let counts = self.counts.as_chunks::<BINS>().0.get(column)?;
        let shares = self.bins.shares.as_chunks::<BINS>().0.get(column)?;
        let all: f64 = counts.iter().map(|count| f64::from(*count)).sum();
        if all == 0.0 {
            return None;
        }
        // An empty bin would make it infinite.
        let least = 1e-4;
        let mut index = 0.0;
        for (count, share) in counts.iter().zip(shares) {
            let seen = (f64::from(*count) / all).max(least);
            let expected = f64::from(*share).max(least);
            index += (seen - expected) * ln(seen / expected);
        }
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stability_sees_a_shift() {
        let edges: Vec<f32> = (1..10).map(|edge| edge as f32 * 10.0).collect();
        let bins = Bins::new(edges, vec![0.1; 10]).unwrap();
        let index = |values: &dyn Fn(f32) -> f32| {
            let rows: Vec<f32> = (0..1000).map(|row| values(row as f32 / 10.0)).collect();
            let mut drift = Drift::new(1, Some(&bins));
            drift.add_columns(&Columns::from_rows(&rows, 1));
            drift.stability(0).unwrap()
        };
        assert!(index(&|value| value) < 0.001);
        assert!((0.25..1.0).contains(&index(&|value| value * 0.9)));
        assert!(index(&|value| value * 0.1) > 2.0);
        assert_eq!(Drift::new(1, Some(&bins)).stability(0), None);
        assert_eq!(Drift::new(1, None).stability(0), None);
    }

    #[test]
    fn bins_must_fit() {
        assert!(Bins::new(vec![0.0; 9], vec![0.1; 10]).is_some());
        assert!(Bins::new(vec![0.0; 8], vec![0.1; 10]).is_none());
        assert!(Bins::new(vec![0.0; 18], vec![0.1; 10]).is_none());
        let falling = (0..9).map(|edge| -(edge as f32)).collect();
        assert!(Bins::new(falling, vec![0.1; 10]).is_none());
        assert!(Bins::new(vec![f32::NAN; 9], vec![0.1; 10]).is_none());
        assert!(Bins::new(vec![0.0; 9], vec![f32::NAN; 10]).is_none());
    }
}
