//! Platt scaling: which logit a model's sums mean, from rows whose outcome is known.

use crate::infer::Output;

/// Finds slope and offset by Newton's method with a line search, on targets that are drawn in a little for the few
/// rows there may be (Lin, Lin and Weng, *A Note on Platt's Probabilistic Outputs for Support Vector Machines*, 2007).
/// `None` if not both outcomes are there.
pub(super) fn platt(sums: &[f64], outcomes: &[bool]) -> Option<Output> {
    let yes = outcomes.iter().filter(|outcome| **outcome).count() as f64;
    let no = outcomes.len() as f64 - yes;
    if yes == 0.0 || no == 0.0 || sums.iter().any(|sum| !sum.is_finite()) {
        return None;
    }
    let target = |outcome: bool| {
        if outcome {
            (yes + 1.0) / (yes + 2.0)
        } else {
            1.0 / (no + 2.0)
        }
    };
    let pairs: Vec<(f64, f64)> = sums
        .iter()
        .zip(outcomes)
        .map(|(sum, outcome)| (*sum, target(*outcome)))
        .collect();
    let loss = |slope: f64, offset: f64| -> f64 {
        let each = |(sum, target): &(f64, f64)| {
            let logit = slope * sum + offset;
            // ln(1 + e^logit) - target · logit, without overflow.
            logit.max(0.0) + (-logit.abs()).exp().ln_1p() - target * logit
        };
        pairs.iter().map(each).sum()
    };
    let (mut slope, mut offset) = (0.0, ((yes + 1.0) / (no + 1.0)).ln());
    let mut least = loss(slope, offset);
    for _ in 0..100 {
        // The gradient, and the matrix of second derivatives with a little on its diagonal.
        let (mut down, mut matrix) = ([0.0; 2], [1e-12, 0.0, 1e-12]);
        for (sum, target) in &pairs {
            let chance = 1.0 / (1.0 + (-(slope * sum + offset)).exp());
            let (error, weight) = (chance - target, chance * (1.0 - chance));
            down[0] += error * sum;
            down[1] += error;
            matrix[0] += weight * sum * sum;
            matrix[1] += weight * sum;
            matrix[2] += weight;
        }
        if down.iter().all(|part| part.abs() < 1e-9) {
            break;
        }
        let determinant = matrix[0] * matrix[2] - matrix[1] * matrix[1];
        let step = [
            -(matrix[2] * down[0] - matrix[1] * down[1]) / determinant,
            -(matrix[0] * down[1] - matrix[1] * down[0]) / determinant,
        ];
        let mut size = 1.0;
        loop {
            let next = loss(slope + size * step[0], offset + size * step[1]);
            if next < least {
                slope += size * step[0];
                offset += size * step[1];
                least = next;
                break;
            }
            size /= 2.0;
            if size < 1e-10 {
                return Some(Output {
                    logistic: true,
                    slope,
                    offset,
                });
            }
        }
    }
    Some(Output {
        logistic: true,
        slope,
        offset,
    })
}

#[cfg(test)]
mod tests {
    use super::platt;

    #[test]
    fn finds_the_logit_that_was_used() {
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let sums: Vec<f64> = (0..20_000).map(|_| random() * 8.0 - 4.0).collect();
        let outcomes: Vec<bool> = sums
            .iter()
            .map(|sum| random() < 1.0 / (1.0 + (-(0.7 * sum - 1.1)).exp()))
            .collect();
        let found = platt(&sums, &outcomes).unwrap();
        assert!((found.slope - 0.7).abs() < 0.03, "{found:?}");
        assert!((found.offset + 1.1).abs() < 0.06, "{found:?}");
        assert!(platt(&sums, &vec![true; sums.len()]).is_none());
    }
}
