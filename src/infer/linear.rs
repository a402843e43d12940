//! Linear and logistic regression.

use super::columns::Columns;

/// A weighted sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Added to the sum.
    pub(super) base: f64,
    /// For each column. In double precision: there are few of them, and features need not be standardised.
    pub(super) weights: Vec<f64>,
}

impl Linear {
    /// `None` if a number is not finite.
    pub fn new(base: f64, weights: Vec<f64>) -> Option<Linear> {
        let finite = base.is_finite() && weights.iter().all(|weight| weight.is_finite());
        finite.then_some(Linear { base, weights })
    }

    pub(super) fn margins(&self, columns: &Columns, means: &[f32], sums: &mut [f64]) {
        sums.fill(self.base);
        for (column, weight) in self.weights.iter().enumerate() {
            let mean = means.get(column).copied().unwrap_or(0.0);
            add_products(columns.column(column), mean, *weight, sums);
        }
    }

    /// What a column adds to a row's sum beyond what it adds on average: `weight · (value - mean)`.
    pub(super) fn contributions(
        &self,
        columns: &Columns,
        row: usize,
        means: &[f32],
    ) -> (f64, Vec<f64>) {
        let mut base = self.base;
        let mut parts = Vec::with_capacity(self.weights.len());
        for (column, weight) in self.weights.iter().enumerate() {
            let mean = means.get(column).copied().unwrap_or(0.0);
            let value = columns.get(row, column);
            let value = if value.is_nan() { mean } else { value };
            base += weight * f64::from(mean);
            parts.push(weight * (f64::from(value) - f64::from(mean)));
        }
        (base, parts)
    }
}

/// Adds `weight · value` to each sum; the mean stands for NaN.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn add_products(values: &[f32], mean: f32, weight: f64, sums: &mut [f64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        let value = if value.is_nan() { mean } else { *value };
        *sum += weight * f64::from(value);
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn add_products(values: &[f32], mean: f32, weight: f64, sums: &mut [f64]) {
    use core::arch::wasm32 as simd;
    let (mean, weight) = (simd::f32x4_splat(mean), simd::f64x2_splat(weight));
    let (values, sums) = (values.as_chunks::<4>().0, sums.as_chunks_mut::<4>().0);
    for (values, sums) in values.iter().zip(sums) {
        // SAFETY: the references cover all that is read and written, and nothing needs alignment.
        unsafe {
            let values = simd::v128_load(values.as_ptr().cast());
            let numbers = simd::f32x4_eq(values, values);
            let low = simd::v128_bitselect(values, mean, numbers);
            let high = simd::i64x2_shuffle::<1, 1>(low, low);
            let place: *mut simd::v128 = sums.as_mut_ptr().cast();
            for (half, values) in [low, high].into_iter().enumerate() {
                let product = simd::f64x2_mul(weight, simd::f64x2_promote_low_f32x4(values));
                let sum = simd::f64x2_add(simd::v128_load(place.add(half)), product);
                simd::v128_store(place.add(half), sum);
            }
        }
    }
}
