//! Time inside a session.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Microseconds since the session began; monotonic and passed in, never read from a clock.
///
/// The same unit names positions in the session's input (`onset`, `end`, `upto`): position and time run together as
/// long as the input does. Arithmetic saturates at both ends: a time stamp that goes back is clamped, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The beginning of the session.
    pub const ZERO: Self = Self(0);
    /// A time that is never reached.
    pub const MAX: Self = Self(u64::MAX);

    /// From microseconds since the session began.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// From milliseconds since the session began.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From seconds since the session began, rounded to the nearest microsecond; negative and NaN give zero.
    #[must_use]
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1e6).round().max(0.0) as u64)
    }

    /// The position after `samples` samples at `rate` samples a second.
    #[must_use]
    pub fn from_samples(samples: u64, rate: u32) -> Self {
        let micros = u128::from(samples) * 1_000_000 / u128::from(rate.max(1));
        Self(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// How many whole samples at `rate` samples a second lie before this position.
    #[must_use]
    pub fn to_samples(self, rate: u32) -> u64 {
        let samples = (u128::from(self.0) * u128::from(rate)).div_ceil(1_000_000);
        u64::try_from(samples).unwrap_or(u64::MAX)
    }

    /// Microseconds since the session began.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the session began.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// Seconds since the session began.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000_000, self.0 / 1_000 % 1_000)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_positions_agree_both_ways() {
        for samples in [0, 1, 319, 320, 16_000, 44_101] {
            for rate in [8_000, 16_000, 22_050, 44_100, 48_000] {
                assert_eq!(Timestamp::from_samples(samples, rate).to_samples(rate), samples, "{samples} at {rate}");
            }
        }
    }

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(Timestamp::from_millis(1) - Duration::from_secs(1), Timestamp::ZERO);
        assert_eq!(Timestamp::MAX + Duration::from_secs(1), Timestamp::MAX);
        assert_eq!(Timestamp::ZERO.since(Timestamp::from_millis(5)), Duration::ZERO);
        assert_eq!(Timestamp::from_seconds(-1.0), Timestamp::ZERO);
        assert_eq!(Timestamp::from_seconds(f64::NAN), Timestamp::ZERO);
    }

    #[test]
    fn shows_seconds_with_milliseconds() {
        assert_eq!(Timestamp::from_micros(1_234_567).to_string(), "1.234");
        assert_eq!(format!("{:?}", Timestamp::from_micros(1_234_567)), "1.234567");
        assert_eq!(Timestamp::from_seconds(0.25).as_millis(), 250);
        assert!((Timestamp::from_millis(250).as_seconds() - 0.25).abs() < 1e-9);
        let mut t = Timestamp::ZERO;
        t += Duration::from_millis(3);
        assert_eq!(t.as_micros(), 3_000);
    }
}
