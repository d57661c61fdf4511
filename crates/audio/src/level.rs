//! How loud: root mean square and peak of a stretch of samples, in dBFS.
//!
//! 0 dBFS is full scale for both: a full-scale sine has a peak of 0 and an RMS of -3 dBFS. Silence is
//! [`SILENCE_DBFS`], never minus infinity. There is no smoothing: who shows a meter takes one [`Level`] per refresh.

/// What silence, and anything quieter, is reported as.
pub const SILENCE_DBFS: f32 = -120.0;

/// Loudness of a stretch of samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Root mean square, in dBFS, at least [`SILENCE_DBFS`].
    pub rms_dbfs: f32,
    /// Greatest magnitude, in dBFS, at least [`SILENCE_DBFS`].
    pub peak_dbfs: f32,
}

impl Level {
    /// The level of `samples`; of none at all it is silence.
    #[must_use]
    pub fn of(samples: &[f32]) -> Self {
        let mut meter = LevelMeter::default();
        meter.push(samples);
        meter.take()
    }
}

/// Gathers samples until their level is asked for.
#[derive(Debug, Clone, Default)]
pub struct LevelMeter {
    squares: f64,
    peak: f32,
    count: u64,
}

impl LevelMeter {
    /// Adds `samples`; those that are no number are passed over.
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples.iter().filter(|sample| sample.is_finite()) {
            self.squares += f64::from(sample) * f64::from(sample);
            self.peak = self.peak.max(sample.abs());
            self.count += 1;
        }
    }

    /// The level of everything added since the last call, and a new beginning.
    pub fn take(&mut self) -> Level {
        let meter = std::mem::take(self);
        let mean = meter.squares / meter.count.max(1) as f64;
        Level { rms_dbfs: dbfs(mean.sqrt() as f32), peak_dbfs: dbfs(meter.peak) }
    }
}

/// `amplitude` (1 is full scale) in dBFS, at least [`SILENCE_DBFS`]; NaN is silence.
#[must_use]
pub fn dbfs(amplitude: f32) -> f32 {
    (20.0 * amplitude.abs().log10()).max(SILENCE_DBFS)
}

/// The amplitude (1 is full scale) of `dbfs`.
#[must_use]
pub fn amplitude(dbfs: f32) -> f32 {
    10.0_f32.powf(dbfs / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_signals_have_their_known_levels() {
        let silence = Level { rms_dbfs: SILENCE_DBFS, peak_dbfs: SILENCE_DBFS };
        assert_eq!(Level::of(&[]), silence);
        assert_eq!(Level::of(&[0.0; 100]), silence);
        assert_eq!(Level::of(&[1.0, -1.0]), Level { rms_dbfs: 0.0, peak_dbfs: 0.0 });
        let sine: Vec<f32> = (0..16_000).map(|k| (k as f32 * 0.1).sin()).collect();
        let level = Level::of(&sine);
        assert!((level.rms_dbfs + 3.01).abs() < 0.02 && level.peak_dbfs.abs() < 0.01, "{level:?}");
    }

    #[test]
    fn a_reading_covers_what_came_since_the_last() {
        let mut meter = LevelMeter::default();
        meter.push(&[1.0]);
        meter.take();
        meter.push(&[0.1, f32::NAN, f32::INFINITY]);
        let level = meter.take();
        assert!((level.peak_dbfs + 20.0).abs() < 1e-3 && (level.rms_dbfs + 20.0).abs() < 1e-3, "{level:?}");
        assert!((dbfs(amplitude(-36.0)) + 36.0).abs() < 1e-3);
        assert_eq!(dbfs(f32::NAN), SILENCE_DBFS);
    }
}
