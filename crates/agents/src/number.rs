//! A number as a person means it: exact while that is possible, a close approximation after.
//!
//! Sums and conversions of everyday size stay ratios of whole numbers, so that a tenth and a fifth make three tenths. What does
//! not fit (roots, very large results) becomes a `f64`. The module also writes a number the way it is read out; it knows no words
//! for input (see [`crate::numbers`]).

/// From this size on a number is written with a scale word ("about 1.27 quintillion").
const DIGITS_BELOW: f64 = 1e15;
/// Below this size, and not zero, a number is only bounded ("less than a billionth").
const SMALLEST: f64 = 1e-9;
/// Names of the powers of a thousand from a quadrillion up (short scale).
const SCALES: [(&str, i32); 7] = [
    ("quadrillion", 15),
    ("quintillion", 18),
    ("sextillion", 21),
    ("septillion", 24),
    ("octillion", 27),
    ("nonillion", 30),
    ("decillion", 33),
];
/// Past this size a number is not said at all: beyond it there is no scale word people know.
pub(crate) const SPEAKABLE_MAX: f64 = 1e36;
/// Significant digits of a fraction that does not end early.
const SIGNIFICANT: usize = 4;

/// A finite number: a reduced ratio of two `i128`, or a `f64` where the ratio would not fit or does not exist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(Repr);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Repr {
    /// Reduced, with a positive denominator.
    Ratio(i128, i128),
    Approx(f64),
}

/// A number written out, and whether the writing is rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Digits (with commas from 10,000 up), sign and scale word.
    pub text: String,
    /// True if `text` is not the exact value.
    pub is_rounded: bool,
}

impl Number {
    /// A whole number.
    #[must_use]
    pub fn integer(value: i64) -> Number {
        Number(Repr::Ratio(i128::from(value), 1))
    }

    /// `numerator / denominator`; `None` for a denominator of zero.
    #[must_use]
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Number> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()?;
        let (mut n, mut d) = (numerator / divisor, denominator / divisor);
        if d < 0 {
            n = n.checked_neg()?;
            d = d.checked_neg()?;
        }
        Some(Number(Repr::Ratio(n, d)))
    }

    /// An approximate number; `None` if it is infinite or not a number.
    #[must_use]
    pub fn approximate(value: f64) -> Option<Number> {
        value.is_finite().then_some(Number(Repr::Approx(value)))
    }

    /// The value of a decimal numeral such as `1250` or `7.5`, without sign or separators.
    #[must_use]
    pub fn from_decimal(numeral: &str) -> Option<Number> {
        let (whole, fraction) = numeral.split_once('.').unwrap_or((numeral, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let exact = || {
            let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
            let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
            Number::ratio(digits, scale)
        };
        exact().or_else(|| Number::approximate(numeral.parse().ok()?))
    }

    /// The nearest `f64`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest f64 is what is asked for")]
    pub fn to_f64(self) -> f64 {
        match self.0 {
            Repr::Ratio(n, d) => n as f64 / d as f64,
            Repr::Approx(value) => value,
        }
    }

    /// The value as a whole number, if it is one and fits.
    #[must_use]
    pub fn to_integer(self) -> Option<i64> {
        match self.0 {
            Repr::Ratio(n, 1) => i64::try_from(n).ok(),
            Repr::Ratio(..) | Repr::Approx(_) => None,
        }
    }

    /// True for exactly zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.to_f64() == 0.0
    }

    /// Sum; `None` only if it is beyond a `f64`.
    #[must_use]
    pub fn plus(self, other: Number) -> Option<Number> {
        self.combine(
            other,
            |a, b, c, d| Some((a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?, b.checked_mul(d)?)),
            |x, y| x + y,
        )
    }

    /// Difference; `None` only if it is beyond a `f64`.
    #[must_use]
    pub fn minus(self, other: Number) -> Option<Number> {
        self.plus(other.negated())
    }

    /// Product; `None` only if it is beyond a `f64`.
    #[must_use]
    pub fn times(self, other: Number) -> Option<Number> {
        self.combine(other, |a, b, c, d| Some((a.checked_mul(c)?, b.checked_mul(d)?)), |x, y| x * y)
    }

    /// Quotient; `None` for a divisor of zero or a result beyond a `f64`.
    #[must_use]
    pub fn divided_by(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        self.combine(other, |a, b, c, d| Some((a.checked_mul(d)?, b.checked_mul(c)?)), |x, y| x / y)
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Number {
        match self.0 {
            Repr::Ratio(n, d) => {
                n.checked_neg().map_or(Number(Repr::Approx(-self.to_f64())), |n| Number(Repr::Ratio(n, d)))
            }
            Repr::Approx(value) => Number(Repr::Approx(-value)),
        }
    }

    /// `self` raised to `exponent`; `None` where the result does not exist or is beyond a `f64`.
    #[must_use]
    pub fn power(self, exponent: Number) -> Option<Number> {
        let exact = || {
            let Repr::Ratio(n, d) = self.0 else { return None };
            let raise = u32::try_from(exponent.to_integer()?.unsigned_abs()).ok()?;
            let (n, d) = (n.checked_pow(raise)?, d.checked_pow(raise)?);
            if exponent.to_integer()? < 0 { Number::ratio(d, n) } else { Number::ratio(n, d) }
        };
        exact().or_else(|| Number::approximate(self.to_f64().powf(exponent.to_f64())))
    }

    /// The root of the given degree (2 or 3), exact for perfect powers; `None` for the square root of a negative number.
    #[must_use]
    pub fn root(self, degree: u32) -> Option<Number> {
        if degree.is_multiple_of(2) && self.to_f64() < 0.0 {
            return None;
        }
        let exact = || {
            let Repr::Ratio(n, d) = self.0 else { return None };
            Number::ratio(perfect_root(n, degree)?, perfect_root(d, degree)?)
        };
        exact().or_else(|| {
            let magnitude = self.to_f64().abs().powf(1.0 / f64::from(degree));
            Number::approximate(magnitude.copysign(self.to_f64()))
        })
    }

    /// The number as it is written for a voice: rounded to what an ear can take.
    ///
    /// A fraction that ends within four decimals is written in full; others get four significant digits, at least two decimals.
    /// `None` beyond what has a name (10 to the 36th).
    #[must_use]
    pub fn written(self) -> Option<Written> {
        self.written_to(SIGNIFICANT)
    }

    /// Like [`Number::written`], with `significant` digits (at most 9) for fractions that do not end within as many decimals.
    #[must_use]
    pub fn written_to(self, significant: usize) -> Option<Written> {
        let value = self.to_f64();
        let magnitude = value.abs();
        let sign = if value < 0.0 { "minus " } else { "" };
        if magnitude >= SPEAKABLE_MAX {
            return None;
        }
        if magnitude >= DIGITS_BELOW {
            let (name, exponent) = SCALES.iter().rev().find(|(_, exponent)| magnitude >= 10_f64.powi(*exponent))?;
            let scaled = magnitude / 10_f64.powi(*exponent);
            return Some(Written {
                text: format!("{sign}{} {name}", trimmed(&format!("{scaled:.2}"))),
                is_rounded: true,
            });
        }
        if let Some(text) = self.in_full(significant.min(9)) {
            return Some(Written { text, is_rounded: false });
        }
        if magnitude < SMALLEST {
            let text = if value < 0.0 { "just below zero" } else { "less than a billionth" };
            return Some(Written { text: text.to_owned(), is_rounded: true });
        }
        let text = trimmed(&format!("{magnitude:.*}", decimals(magnitude, significant)));
        let is_rounded = Number::from_decimal(&text).is_none_or(|shown| shown != self && shown.negated() != self);
        Some(Written { text: format!("{sign}{}", grouped(&text)), is_rounded })
    }

    /// The exact writing, if the fraction ends early enough.
    fn in_full(self, decimals_max: usize) -> Option<String> {
        let Repr::Ratio(n, d) = self.0 else { return None };
        let scale = 10_i128.pow(u32::try_from(decimals_max).ok()?);
        if scale % d != 0 {
            return None;
        }
        let scaled = n.checked_mul(scale / d)?.unsigned_abs();
        let unit = scale.unsigned_abs();
        let text = format!("{}.{:0width$}", scaled / unit, scaled % unit, width = decimals_max);
        let text = trimmed(&text);
        let sign = if n < 0 { "minus " } else { "" };
        // Nobody wants to hear a long number with all its decimals.
        let is_short = !text.contains('.') || text.len() <= decimals_max + 4;
        is_short.then(|| format!("{sign}{}", grouped(&text)))
    }

    fn combine(
        self,
        other: Number,
        exact: impl Fn(i128, i128, i128, i128) -> Option<(i128, i128)>,
        approximate: impl Fn(f64, f64) -> f64,
    ) -> Option<Number> {
        if let (Repr::Ratio(a, b), Repr::Ratio(c, d)) = (self.0, other.0)
            && let Some(number) = exact(a, b, c, d).and_then(|(n, d)| Number::ratio(n, d))
        {
            return Some(number);
        }
        Number::approximate(approximate(self.to_f64(), other.to_f64()))
    }
}

/// Decimals that give `significant` digits, but at least two for anything that is not tiny.
fn decimals(magnitude: f64, significant: usize) -> usize {
    let mut whole_digits = 0_usize;
    let mut rest = magnitude;
    while rest >= 1.0 {
        rest /= 10.0;
        whole_digits += 1;
    }
    let mut leading_zeros = 0_usize;
    let mut small = magnitude;
    while small > 0.0 && small < 0.1 && leading_zeros < 12 {
        small *= 10.0;
        leading_zeros += 1;
    }
    if magnitude >= 1.0 { significant.saturating_sub(whole_digits).max(2) } else { leading_zeros + 3 }
}

/// Without the zeros after the decimal point that say nothing.
fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// With commas between groups of three from 10,000 up.
fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if whole.len() >= 5 && index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The whole root of `value`, if it has one.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the estimate is checked exactly")]
fn perfect_root(value: i128, degree: u32) -> Option<i128> {
    let magnitude = (value.unsigned_abs() as f64).powf(1.0 / f64::from(degree)).round();
    if magnitude >= 1e12 {
        return None;
    }
    let root = if value < 0 { -(magnitude as i128) } else { magnitude as i128 };
    (root.checked_pow(degree)? == value).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: Number) -> String {
        number.written().unwrap().text
    }

    fn decimal(text: &str) -> Number {
        Number::from_decimal(text).unwrap()
    }

    #[test]
    fn decimals_stay_exact() {
        let sum = decimal("0.1").plus(decimal("0.2")).unwrap();
        assert_eq!(sum, decimal("0.3"));
        assert_eq!(sum.written().unwrap(), Written { text: "0.3".to_owned(), is_rounded: false });
    }

    #[test]
    fn what_does_not_end_is_rounded_and_says_so() {
        let third = Number::integer(10).divided_by(Number::integer(3)).unwrap().written().unwrap();
        assert_eq!(third, Written { text: "3.333".to_owned(), is_rounded: true });
        assert_eq!(written(Number::ratio(100, 7).unwrap()), "14.29");
        assert_eq!(written(Number::ratio(100_000, 7).unwrap()), "14,285.71");
        assert_eq!(written(Number::ratio(1, 3_000).unwrap()), "0.000333");
        assert_eq!(written(Number::ratio(1, 10_000_000_000_000).unwrap()), "less than a billionth");
        assert_eq!(written(Number::ratio(-1, 10_000_000_000_000).unwrap()), "just below zero");
        assert_eq!(written(Number::ratio(-7, 3).unwrap()), "minus 2.333");
    }

    #[test]
    fn large_numbers_are_grouped_and_then_named() {
        assert_eq!(written(Number::integer(1_234)), "1234");
        assert_eq!(written(Number::integer(-10_560)), "minus 10,560");
        assert_eq!(written(Number::integer(2).power(Number::integer(64)).unwrap()), "18.45 quintillion");
        assert!(Number::approximate(1e40).unwrap().written().is_none());
        assert!(Number::integer(10).power(Number::integer(400)).is_none());
    }

    #[test]
    fn roots_are_exact_for_perfect_powers() {
        assert_eq!(Number::integer(144).root(2).unwrap(), Number::integer(12));
        assert_eq!(Number::integer(-27).root(3).unwrap(), Number::integer(-3));
        assert_eq!(Number::ratio(9, 4).unwrap().root(2).unwrap(), Number::ratio(3, 2).unwrap());
        assert_eq!(written(Number::integer(2).root(2).unwrap()), "1.414");
        assert!(Number::integer(-4).root(2).is_none());
        assert!(Number::approximate(1e30).unwrap().root(2).is_some());
    }

    #[test]
    fn overflow_turns_into_an_approximation() {
        let big = decimal("170141183460469231731687303715884105727");
        assert!((big.times(big).unwrap().to_f64() / 2.895e76 - 1.0).abs() < 1e-3);
        assert!(decimal(&"9".repeat(60)).to_f64() > 9e59);
        assert_eq!(Number::from_decimal("1.2.3"), None);
        assert_eq!(Number::from_decimal("."), None);
    }

    #[test]
    fn powers_take_negative_and_broken_exponents() {
        assert_eq!(Number::integer(2).power(Number::integer(-2)).unwrap(), Number::ratio(1, 4).unwrap());
        assert_eq!(written(Number::integer(9).power(Number::ratio(1, 2).unwrap()).unwrap()), "3");
        assert!(Number::integer(0).power(Number::integer(-1)).is_none());
        assert!(Number::ratio(1, 0).is_none());
    }
}
