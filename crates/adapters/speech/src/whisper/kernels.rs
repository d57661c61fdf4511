//! The arithmetic between the matrix products: dot products, normalisation, activation, softmax.
//!
//! Written so that the compiler turns the loops into vector instructions: sums and maxima run in several
//! lanes, the exponential is a polynomial. Nothing here knows a model.

/// Independent sums that a loop carries, enough to keep the vector units busy.
const LANES: usize = 16;

/// The sum of the products of two slices of the same length.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Adds `scale` times `b` to `a`.
pub(super) fn add_scaled(a: &mut [f32], b: &[f32], scale: f32) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b * scale;
    }
}

/// Adds `bias` to every row of `rows`.
pub(super) fn add_to_rows(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value += bias;
        }
    }
}

/// Makes every row's mean 0 and variance 1, then scales it by `gamma` and shifts it by `beta`.
pub(super) fn normalize_rows(rows: &mut [f32], gamma: &[f32], beta: &[f32]) {
    // What the authors' framework adds to the variance.
    const EPSILON: f32 = 1e-5;
    let width = gamma.len();
    for row in rows.chunks_exact_mut(width) {
        let mean = sum(row) / width as f32;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let scale = 1.0 / (dot(row, row) / width as f32 + EPSILON).sqrt();
        for ((value, gamma), beta) in row.iter_mut().zip(gamma).zip(beta) {
            *value = *value * scale * gamma + beta;
        }
    }
}

/// Adds `bias` to every row, then applies the Gaussian error linear unit in its exact form.
pub(super) fn add_and_activate_rows(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value = gelu(*value + bias);
        }
    }
}

/// Turns every row of `width` scores into probabilities.
pub(super) fn softmax_rows(rows: &mut [f32], width: usize) {
    for row in rows.chunks_exact_mut(width) {
        let top = maximum(row);
        for value in row.iter_mut() {
            *value = exp(*value - top);
        }
        let scale = 1.0 / sum(row);
        for value in row.iter_mut() {
            *value *= scale;
        }
    }
}

/// The logarithm of the sum of the exponentials; minus infinity where there is nothing to sum.
pub(super) fn log_sum_exp(values: &[f32]) -> f32 {
    let top = maximum(values);
    if top == f32::NEG_INFINITY {
        return top;
    }
    let (lanes, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in lanes {
        for lane in 0..LANES {
            sums[lane] += exp(chunk[lane] - top);
        }
    }
    let rest: f32 = rest.iter().map(|v| exp(v - top)).sum();
    top + (sums.iter().sum::<f32>() + rest).ln()
}

/// The largest value; minus infinity where there is none.
pub(super) fn maximum(values: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let (lanes, rest) = values.as_chunks::<LANES>();
    let mut tops = [f32::NEG_INFINITY; LANES];
    for chunk in lanes {
        for lane in 0..LANES {
            tops[lane] = larger(chunk[lane], tops[lane]);
        }
    }
    let top = tops.into_iter().fold(f32::NEG_INFINITY, larger);
    rest.iter().copied().fold(top, larger)
}

fn sum(values: &[f32]) -> f32 {
    let (lanes, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in lanes {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// The Gaussian error linear unit, `x / 2 * (1 + erf(x / √2))`.
///
/// The error function is Abramowitz and Stegun's 7.1.26 (absolute error below 1.5e-7).
#[inline(always)]
fn gelu(x: f32) -> f32 {
    let z = (x * std::f32::consts::FRAC_1_SQRT_2).abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152 + t * 1.061_405_4))));
    let tail = 0.5 * poly * exp(-z * z);
    // The tail of the normal distribution beyond |x|; its complement on the other side.
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// The exponential function for values up to 88, to about 2e-7 of the value; 0 below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let clamped = if x > -87.0 { x } else { -87.0 };
    let shifted = clamped * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let r = clamped - whole * LN_2_HIGH - whole * LN_2_LOW;
    // Cephes' polynomial for the remainder.
    let poly = 1.987_569_1e-4;
    let poly = poly * r + 1.398_199_9e-3;
    let poly = poly * r + 8.333_452e-3;
    let poly = poly * r + 4.166_579_6e-2;
    let poly = poly * r + 1.666_666_5e-1;
    let poly = poly * r + 0.5;
    let value = poly * r * r + r + 1.0;
    let exponent = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    let scaled = value * f32::from_bits(exponent);
    if x > -87.0 { scaled } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(n: usize) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.37).sin() * 3.0).collect()
    }

    #[test]
    fn the_exponential_is_right_to_single_precision() {
        for i in -8_699..8_700 {
            let x = i as f32 / 100.0;
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got / want - 1.0).abs() < 5e-7, "{x}: {got} {want}");
        }
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-200.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn the_activation_matches_known_values() {
        // x * Φ(x) with Φ from a table of the normal distribution.
        for (x, y) in [
            (0.0, 0.0),
            (1.0, 0.841_344_7),
            (-1.0, -0.158_655_25),
            (2.0, 1.954_499_7),
            (-3.0, -0.004_049_694),
            (10.0, 10.0),
            (-20.0, 0.0),
        ] {
            assert!((gelu(x) - y).abs() < 1e-6, "{x}: {}", gelu(x));
        }
    }

    #[test]
    fn sums_and_maxima_of_any_length_are_those_of_plain_loops() {
        for n in [1, 15, 16, 17, 64, 100] {
            let a = ramp(n);
            let b: Vec<f32> = a.iter().rev().copied().collect();
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(dot(&a, &b)) - plain).abs() < 1e-4);
            assert_eq!(maximum(&a), a.iter().copied().fold(f32::MIN, f32::max));
            let plain: f64 = a.iter().map(|v| f64::from(*v).exp()).sum();
            assert!((f64::from(log_sum_exp(&a)) - plain.ln()).abs() < 1e-5);
        }
        assert_eq!(log_sum_exp(&[f32::NEG_INFINITY; 40]), f32::NEG_INFINITY);
    }

    #[test]
    fn softmax_rows_each_sum_to_one_and_keep_the_order() {
        let mut rows = ramp(60);
        let before = rows.clone();
        softmax_rows(&mut rows, 20);
        for (row, before) in rows.chunks(20).zip(before.chunks(20)) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            for i in 1..20 {
                assert_eq!(row[i] > row[i - 1], before[i] > before[i - 1]);
            }
        }
    }

    #[test]
    fn normalized_rows_have_the_given_mean_and_spread() {
        let mut rows = ramp(96);
        normalize_rows(&mut rows, &[2.0; 48], &[0.5; 48]);
        for row in rows.chunks(48) {
            let mean = row.iter().sum::<f32>() / 48.0;
            let variance = row.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / 48.0;
            assert!((mean - 0.5).abs() < 1e-5);
            assert!((variance - 4.0).abs() < 1e-3);
        }
    }
}
