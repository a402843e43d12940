//! The few functions of real numbers that models and features need.
//!
//! They are built of additions, multiplications and divisions alone, which IEEE 754 rounds the same everywhere, so
//! that features and scores agree to the bit between the tool that made a model and every browser that runs it.

const LN_2: f64 = core::f64::consts::LN_2;
/// ln 2 in two parts: the first has so few bits that multiples of it up to 2¹¹ are exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1/k!, k from 13 down to 0.
const INVERSE_FACTORIALS: [f64; 14] = [
    1.605_904_383_682_161_3e-10,
    2.087_675_698_786_81e-9,
    2.505_210_838_544_172e-8,
    2.755_731_922_398_589_3e-7,
    2.755_731_922_398_589e-6,
    2.480_158_730_158_73e-5,
    1.984_126_984_126_984e-4,
    1.388_888_888_888_889e-3,
    8.333_333_333_333_333e-3,
    4.166_666_666_666_666_4e-2,
    1.666_666_666_666_666_6e-1,
    0.5,
    1.0,
    1.0,
];

/// eˣ, to about one unit in the last place; what is less than the smallest normal number is 0.
pub(crate) fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x > 709.78 {
        return f64::INFINITY;
    }
    if x < -708.0 {
        return 0.0;
    }
    let power = (x * core::f64::consts::LOG2_E + 0.5).floor();
    let rest = x - power * LN_2_HIGH - power * LN_2_LOW;
    let mut sum = 0.0;
    for factor in INVERSE_FACTORIALS {
        sum = sum * rest + factor;
    }
    // Two halves: 2¹⁰²⁴ alone has no encoding.
    let half = power as i64 / 2;
    sum * power_of_two(half) * power_of_two(power as i64 - half)
}

fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// eˣ in single precision.
pub(super) fn exp_single(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let power = (x * core::f32::consts::LOG2_E + 0.5).floor();
    let rest = x - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let mut sum = 1.0 / 5040.0;
    for factor in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * rest + factor;
    }
    sum * f32::from_bits(((power as i32 + 127) as u32) << 23)
}

/// 1 / (1 + e⁻ˣ).
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The natural logarithm of a normal number above 0; NaN of others.
pub(crate) fn ln(x: f64) -> f64 {
    if x.is_nan() || x < f64::MIN_POSITIVE || x == f64::INFINITY {
        return f64::NAN;
    }
    // x = 2ᵏ·m with m between √½ and √2, and ln m = 2·artanh((m - 1) / (m + 1)).
    let bits = x.to_bits();
    let mut power = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > core::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        power += 1;
    }
    power as f64 * LN_2 + twice_artanh((mantissa - 1.0) / (mantissa + 1.0))
}

/// ln(1 + x) for x of 0 and more, exact also where x is tiny.
pub(crate) fn ln_1p(x: f64) -> f64 {
    if x < 0.4 {
        twice_artanh(x / (2.0 + x))
    } else {
        ln(1.0 + x)
    }
}

/// For arguments between -0.18 and 0.18, by the series.
fn twice_artanh(s: f64) -> f64 {
    let square = s * s;
    let mut sum = 0.0;
    let mut divisor = 23.0;
    while divisor > 0.0 {
        sum = sum * square + 1.0 / divisor;
        divisor -= 2.0;
    }
    2.0 * s * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(ours: f64, theirs: f64, tolerance: f64) {
        let scale = theirs.abs().max(f64::MIN_POSITIVE);
        assert!(
            (ours - theirs).abs() <= tolerance * scale,
            "{ours:e} is not {theirs:e}"
        );
    }

    #[test]
    fn agrees_with_the_standard_library() {
        for step in -7_000_i32..=7_000 {
            let x = f64::from(step) / 10.0;
            close(exp(x), x.exp(), 1e-15);
            let x = f64::from(step.abs() + 1) / 7.0;
            close(ln(x), x.ln(), 1e-14);
            close(ln_1p(x), x.ln_1p(), 1e-15);
            close(ln_1p(x * 1e-9), (x * 1e-9).ln_1p(), 1e-15);
            let x = step as f32 / 90.0;
            close(f64::from(exp_single(x)), f64::from(x.exp()), 3e-7);
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!([exp(-800.0), exp(f64::NEG_INFINITY)], [0.0, 0.0]);
        assert_eq!(
            [exp(710.0), exp(f64::INFINITY)],
            [f64::INFINITY, f64::INFINITY]
        );
        close(exp(709.7), 709.7_f64.exp(), 1e-15);
        assert!(exp(f64::NAN).is_nan());
        assert!(
            [0.0, -1.0, f64::NAN, f64::INFINITY]
                .map(ln)
                .iter()
                .all(|x| x.is_nan())
        );
        assert_eq!(
            [sigmoid(0.0), sigmoid(800.0), sigmoid(-800.0)],
            [0.5, 1.0, 0.0]
        );
        assert!(exp_single(f32::NAN).is_nan());
    }
}
