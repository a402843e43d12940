//! Thresholds of trees, brought to the one form that the runtime knows: a value in single precision up to and
//! including the threshold goes to the left.

/// For `value <= threshold` in double precision: the greatest single that is not above. A feature in single precision
/// is on the same side of both.
pub(super) fn at_most(threshold: f64) -> f32 {
    let single = threshold as f32;
    if f64::from(single) > threshold {
        single.next_down()
    } else {
        single
    }
}

/// For `value < threshold`: the greatest single below.
pub(super) fn below(threshold: f32) -> f32 {
    // 0 and -0 are equal, so below both is the same.
    if threshold == 0.0 {
        -f32::from_bits(1)
    } else {
        threshold.next_down()
    }
}

/// For `(value - offset) * scale <= threshold`, computed in single precision with a positive scale: the greatest
/// single that holds it. Rounding keeps the order, so that halving finds it. `None` if it holds for no number.
pub(super) fn before_scaling(threshold: f32, offset: f32, scale: f32) -> Option<f32> {
    let holds = |value: f32| (value - offset) * scale <= threshold;
    // Singles in their order are integers in theirs, once the negative ones are turned round.
    let single = |order: i64| {
        if order < 0 {
            -f32::from_bits((-order) as u32)
        } else {
            f32::from_bits(order as u32)
        }
    };
    let end = i64::from(f32::MAX.to_bits());
    let (mut low, mut high) = (-end, end);
    if !holds(single(low)) {
        return None;
    }
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if holds(single(middle)) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(single(low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends() {
        assert_eq!(at_most(1e300), f32::MAX);
        assert_eq!(at_most(-1e300), f32::NEG_INFINITY);
        assert_eq!(at_most(0.1), 0.1_f32.next_down());
        assert_eq!(at_most(0.5), 0.5);
        for zero in [0.0_f32, -0.0] {
            assert!(
                [0.0, -0.0, f32::MIN_POSITIVE]
                    .iter()
                    .all(|x| *x > below(zero))
            );
            assert!(-f32::from_bits(1) <= below(zero));
        }
    }

    proptest! {
        #[test]
        fn same_side(threshold: f64, value: f32) {
            prop_assume!(!threshold.is_nan() && !value.is_nan());
            prop_assert_eq!(f64::from(value) <= threshold, value <= at_most(threshold));
        }

        #[test]
        fn same_side_near(value in -1e3_f32..1e3, steps in -3_i32..3, nudge in -1e-9_f64..1e-9) {
            let near = f32::from_bits(value.to_bits().wrapping_add_signed(steps));
            let threshold = f64::from(value) + nudge;
            prop_assert_eq!(f64::from(near) <= threshold, near <= at_most(threshold));
            prop_assert_eq!(near < value, near <= below(value));
        }

        #[test]
        fn same_side_scaled(
            threshold in -9_f32..9.0, offset in -99_f32..99.0, scale in 1e-3_f32..99.0, steps in -9_i32..9,
        ) {
            let found = before_scaling(threshold, offset, scale).unwrap();
            let near = f32::from_bits(found.to_bits().wrapping_add_signed(steps));
            prop_assert_eq!((near - offset) * scale <= threshold, near <= found);
        }
    }
}
