//! Sounds that are not speech, made up: for tests, and for whoever needs a noise with a known level.
//!
//! 16 kHz, mono, full scale at 1; levels are RMS in dBFS. The same seed gives the same samples everywhere: the random
//! numbers come from a generator written here (splitmix64), nothing is drawn from outside.

use std::f32::consts::TAU;

use baton_types::EAR_SAMPLE_RATE;

use crate::level::{Level, amplitude};

/// A source of pseudo-random numbers; not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, uniform in `-1.0..1.0`.
    pub fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // 24 bits fill the mantissa.
        (bits >> 40) as f32 / 8_388_608.0 - 1.0
    }

    /// The next number, nearly normal with a standard deviation of 1.
    pub fn normal(&mut self) -> f32 {
        // The sum of 12 uniform numbers of variance 1/3, halved, has variance 1.
        (0..12).map(|_| self.uniform()).sum::<f32>() / 2.0
    }
}

/// Samples of `seconds` at 16 kHz; negative and NaN give none.
#[must_use]
pub fn samples_of(seconds: f32) -> usize {
    (seconds * EAR_SAMPLE_RATE as f32).round() as usize
}

/// Digital silence.
#[must_use]
pub fn silence(seconds: f32) -> Vec<f32> {
    vec![0.0; samples_of(seconds)]
}

/// White noise.
#[must_use]
pub fn white_noise(seed: u64, dbfs: f32, seconds: f32) -> Vec<f32> {
    let mut random = Random::new(seed);
    at_level((0..samples_of(seconds)).map(|_| random.normal()).collect(), dbfs)
}

/// A mains hum: `hz` and its first five harmonics, each half as strong as the one before.
#[must_use]
pub fn hum(hz: f32, dbfs: f32, seconds: f32) -> Vec<f32> {
    let wave = |k| (1..=6).map(|harmonic| sine(hz * harmonic as f32, k) / (1 << harmonic) as f32).sum();
    at_level((0..samples_of(seconds)).map(wave).collect(), dbfs)
}

/// Slow organ-like chords of three notes, a new one every half second.
#[must_use]
pub fn chords(seed: u64, dbfs: f32, seconds: f32) -> Vec<f32> {
    let mut random = Random::new(seed);
    let len = samples_of(0.5);
    let mut out = Vec::with_capacity(samples_of(seconds) + len);
    while out.len() < samples_of(seconds) {
        let root = 220.0 * 2.0_f32.powf((random.uniform() * 6.0).round() / 12.0);
        let note = |ratio: f32, k| sine(root * ratio, k) + sine(root * ratio * 2.0, k) * 0.4;
        out.extend((0..len).map(|k| {
            let fade = (k.min(len - k) as f32 / samples_of(0.03) as f32).min(1.0);
            fade * (note(1.0, k) + note(1.26, k) + note(1.498, k))
        }));
    }
    out.truncate(samples_of(seconds));
    at_level(out, dbfs)
}

/// Keyboard and desk clicks: damped resonances of some milliseconds, `per_second` of them on average; `dbfs` is
/// their peak.
#[must_use]
pub fn clicks(seed: u64, dbfs: f32, per_second: f32, seconds: f32) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut out = silence(seconds);
    let count = (per_second * seconds) as usize;
    for _ in 0..count {
        let at = ((random.uniform() + 1.0) / 2.0 * out.len() as f32) as usize;
        let hz = 2_400.0 + 1_500.0 * random.uniform();
        let decay = 0.002 + 0.001 * random.uniform();
        for (k, sample) in out.iter_mut().skip(at).take(samples_of(0.02)).enumerate() {
            let fade = (-(k as f32) / (decay * EAR_SAMPLE_RATE as f32)).exp();
            *sample += amplitude(dbfs) * fade * (0.6 * sine(hz, k) + 0.4 * random.uniform());
        }
    }
    out.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
    out
}

/// A burst like a cough: 350 ms of noise from the throat, a sharp start and a longer tail, with no voice in it.
#[must_use]
pub fn cough(seed: u64, dbfs: f32) -> Vec<f32> {
    let mut random = Random::new(seed);
    let (mut low, mut band) = (0.0_f32, 0.0_f32);
    let burst = (0..samples_of(0.35)).map(|k| {
        // A resonance near 1 kHz, as of the open throat.
        low += 0.38 * band;
        band += 0.38 * (random.normal() - low - 0.5 * band);
        let seconds = k as f32 / EAR_SAMPLE_RATE as f32;
        let envelope = (seconds / 0.008).min(1.0) * ((-seconds / 0.05).exp() + 0.4 * (-seconds / 0.15).exp());
        band * envelope
    });
    at_level(burst.collect(), dbfs)
}

/// `samples` brought to an RMS level, clipped at full scale; silence stays silence.
#[must_use]
pub fn at_level(mut samples: Vec<f32>, dbfs: f32) -> Vec<f32> {
    let gain = amplitude(dbfs - Level::of(&samples).rms_dbfs);
    samples.iter_mut().for_each(|sample| *sample = (*sample * gain).clamp(-1.0, 1.0));
    samples
}

/// Adds `sound` to `scene` from sample `at` on, as far as the scene reaches.
pub fn mix(scene: &mut [f32], at: usize, sound: &[f32]) {
    for (to, from) in scene.iter_mut().skip(at).zip(sound) {
        *to += from;
    }
}

fn sine(hz: f32, k: usize) -> f32 {
    // Only the part of the cycle counts: a long stretch would lose precision otherwise.
    (TAU * (f64::from(hz) * k as f64 / f64::from(EAR_SAMPLE_RATE)).fract() as f32).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_has_its_length_its_level_and_the_same_samples_again() {
        let sounds = |seed| {
            [
                white_noise(seed, -30.0, 2.0),
                hum(50.0, -30.0, 2.0),
                chords(seed, -30.0, 2.0),
                at_level(cough(seed, -30.0), -30.0),
            ]
        };
        for (kind, sound) in sounds(7).iter().enumerate() {
            let rms = Level::of(sound).rms_dbfs;
            assert!((rms + 30.0).abs() < 0.1, "sound {kind} at {rms} dBFS");
            assert!(kind == 3 || sound.len() == 32_000, "sound {kind} has {} samples", sound.len());
        }
        assert_eq!(sounds(7), sounds(7));
        assert_ne!(sounds(7)[0], sounds(8)[0]);
        assert_eq!(Level::of(&silence(1.0)).peak_dbfs, crate::level::SILENCE_DBFS);
        let taps = clicks(3, -12.0, 4.0, 5.0);
        assert!(Level::of(&taps).peak_dbfs > -20.0 && Level::of(&taps).rms_dbfs < -35.0);
    }

    #[test]
    fn sounds_mix_where_they_are_put_and_stop_at_the_end() {
        let mut scene = vec![0.1; 4];
        mix(&mut scene, 2, &[0.5, 0.5, 0.5]);
        assert_eq!(scene, [0.1, 0.1, 0.6, 0.6]);
        mix(&mut scene, 9, &[1.0]);
        assert_eq!(scene.len(), 4);
    }
}
