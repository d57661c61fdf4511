//! Sound files: written, read, measured.

use std::path::Path;

use baton_audio::level::Level;
use baton_audio::resample::Resampler;
use baton_types::EAR_SAMPLE_RATE;

/// Samples a second of what tests write.
pub(crate) const RATE: u32 = EAR_SAMPLE_RATE;

/// Writes 16 kHz mono s16.
pub(crate) fn write(path: &Path, samples: &[f32]) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// The samples of a mono s16 file, with its rate.
pub(crate) fn read(path: &Path) -> (Vec<f32>, u32) {
    let mut reader = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.bits_per_sample), (1, 16), "{}", path.display());
    (reader.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect(), spec.sample_rate)
}

/// The same at 16 kHz.
pub(crate) fn read_at_ear_rate(path: &Path) -> Vec<f32> {
    let (samples, rate) = read(path);
    resampled(&samples, rate, RATE)
}

pub(crate) fn resampled(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to).unwrap();
    let mut out = Vec::new();
    resampler.push(samples, &mut out);
    resampler.flush(&mut out);
    out
}

/// A file of `seconds` that holds each sound at its second.
pub(crate) fn scene(seconds: f32, sounds: &[(f32, &[f32])]) -> Vec<f32> {
    let mut all = baton_audio::generate::silence(seconds);
    for (at, sound) in sounds {
        let from = (at * RATE as f32) as usize;
        assert!(from + sound.len() <= all.len(), "the sound at {at} s does not fit in {seconds} s");
        baton_audio::generate::mix(&mut all, from, sound);
    }
    all
}

/// What was written, looked at over time.
pub(crate) struct Track {
    samples: Vec<f32>,
    rate: u32,
}

impl Track {
    pub(crate) fn read(path: &Path) -> Self {
        let (samples, rate) = read(path);
        Self { samples, rate }
    }

    pub(crate) fn ms(&self) -> u64 {
        self.samples.len() as u64 * 1_000 / u64::from(self.rate)
    }

    fn part(&self, from_ms: u64, upto_ms: u64) -> &[f32] {
        let at = |ms: u64| ((ms * u64::from(self.rate) / 1_000) as usize).min(self.samples.len());
        &self.samples[at(from_ms)..at(upto_ms.max(from_ms))]
    }

    /// The loudest sample between two moments, in dBFS.
    pub(crate) fn peak(&self, from_ms: u64, upto_ms: u64) -> f32 {
        Level::of(self.part(from_ms, upto_ms)).peak_dbfs
    }

    /// The loudness between two moments, in dBFS.
    pub(crate) fn rms(&self, from_ms: u64, upto_ms: u64) -> f32 {
        Level::of(self.part(from_ms, upto_ms)).rms_dbfs
    }

    /// Whether nothing is heard between two moments.
    pub(crate) fn is_silent(&self, from_ms: u64, upto_ms: u64) -> bool {
        self.peak(from_ms, upto_ms) < -60.0
    }

    /// The moment at or after `from_ms` from which on nothing is heard for 100 ms.
    pub(crate) fn silent_from(&self, from_ms: u64) -> Option<u64> {
        (from_ms..self.ms()).step_by(5).find(|at| self.is_silent(*at, at + 100))
    }

    /// The first moment at which something is heard.
    pub(crate) fn begins(&self) -> Option<u64> {
        let first = self.samples.iter().position(|sample| sample.abs() > 0.001)?;
        Some(first as u64 * 1_000 / u64::from(self.rate))
    }

    /// The last moment at which something is heard.
    pub(crate) fn ends(&self) -> Option<u64> {
        let last = self.samples.iter().rposition(|sample| sample.abs() > 0.001)?;
        Some(last as u64 * 1_000 / u64::from(self.rate))
    }
}
