//! How a table's columns are spread: means, deviations, and bins with equal shares where values allow.

use crate::infer::{BINS, Bins, Columns};

/// Mean and standard deviation of each column, NaN aside; 0 and 1 where there is nothing else.
pub(super) fn moments(columns: &Columns) -> (Vec<f32>, Vec<f32>) {
    (0..columns.width())
        .map(|column| {
            let values = numbers(columns, column);
            let count = values.len().max(1) as f64;
            let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
            let square = values
                .iter()
                .map(|value| (f64::from(*value) - mean).powi(2))
                .sum::<f64>()
                / count;
            let deviation = if square > 0.0 { square.sqrt() } else { 1.0 };
            (mean as f32, deviation as f32)
        })
        .unzip()
}

/// Edges at the tenths of each column's values.
pub(super) fn bins(columns: &Columns) -> Option<Bins> {
    let (mut edges, mut shares) = (Vec::new(), Vec::new());
    for column in 0..columns.width() {
        let mut values = numbers(columns, column);
        values.sort_by(f32::total_cmp);
        let first = edges.len();
        for tenth in 1..BINS {
            let at = (values.len() * tenth / BINS).min(values.len().saturating_sub(1));
            edges.push(values.get(at).copied().unwrap_or(0.0));
        }
        let up_to = |edge: f32| values.partition_point(|value| *value <= edge);
        let mut before = 0;
        for tenth in 0..BINS {
            let end = edges[first..]
                .get(tenth)
                .map_or(values.len(), |edge| up_to(*edge));
            shares.push((end - before) as f32 / values.len().max(1) as f32);
            before = end;
        }
    }
    Bins::new(edges, shares)
}

fn numbers(columns: &Columns, column: usize) -> Vec<f32> {
    let values = columns.column(column).iter().take(columns.rows());
    values.copied().filter(|value| value.is_finite()).collect()
}
