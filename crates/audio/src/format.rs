//! Which PCM formats are taken, and the rates around them.
//!
//! The formats themselves are [`baton_types::AudioFormat`]; here stand their limits and the check at the edge.
//! Containers (WAV, FLAC, …) are unknown here: they end where their interleaved samples begin.

use std::fmt;

use baton_types::AudioFormat;

/// Slowest rate taken, in samples a second: below it no speech is left.
pub const RATE_MIN: u32 = 4_000;

/// Fastest rate taken, in samples a second: the fastest that sound cards offer.
pub const RATE_MAX: u32 = 384_000;

/// Most channels taken in one stream.
pub const CHANNELS_MAX: u16 = 32;

/// A format that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatError {
    /// No channels, or more than [`CHANNELS_MAX`].
    Channels(u16),
    /// A rate outside [`RATE_MIN`]`..=`[`RATE_MAX`].
    Rate(u32),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels(channels) => write!(f, "{channels} channels are outside 1 to {CHANNELS_MAX}"),
            Self::Rate(rate) => write!(f, "a rate of {rate} Hz is outside {RATE_MIN} to {RATE_MAX}"),
        }
    }
}

impl std::error::Error for FormatError {}

/// Whether `format` lies within the limits of this module.
///
/// # Errors
/// [`FormatError`] names the first value that does not.
pub fn check(format: AudioFormat) -> Result<(), FormatError> {
    if !(1..=CHANNELS_MAX).contains(&format.channels) {
        return Err(FormatError::Channels(format.channels));
    }
    check_rate(format.sample_rate)
}

/// Whether `rate`, in samples a second, lies within the limits of this module.
///
/// # Errors
/// [`FormatError::Rate`] when it does not.
pub fn check_rate(rate: u32) -> Result<(), FormatError> {
    if (RATE_MIN..=RATE_MAX).contains(&rate) { Ok(()) } else { Err(FormatError::Rate(rate)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_outside_the_limits_are_refused_by_the_value_that_is_wrong() {
        let format = |channels, sample_rate| AudioFormat { sample_rate, channels, ..AudioFormat::EAR };
        assert_eq!(check(format(0, 16_000)), Err(FormatError::Channels(0)));
        assert_eq!(check(format(33, 16_000)), Err(FormatError::Channels(33)));
        assert_eq!(check(format(1, 0)), Err(FormatError::Rate(0)));
        assert_eq!(check(format(1, u32::MAX)), Err(FormatError::Rate(u32::MAX)));
        assert_eq!(check(format(1, 4_000)), Ok(()));
        assert_eq!(check(format(32, 384_000)), Ok(()));
        assert_eq!(FormatError::Channels(33).to_string(), "33 channels are outside 1 to 32");
        assert_eq!(FormatError::Rate(1).to_string(), "a rate of 1 Hz is outside 4000 to 384000");
    }
}
