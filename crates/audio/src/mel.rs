//! Log-mel features as Whisper and its relatives expect them: 16 kHz mono in, 80 values each 10 ms out.
//!
//! A frame is a 25 ms periodic Hann window every 10 ms, its power spectrum weighted by 80 triangles that are
//! evenly spaced on the Slaney mel scale, then a compressed logarithm. The module knows nothing of models or
//! streams; it is driven with the samples of one window at a time, already padded by the caller (padding is
//! zeros among the *samples*: padded features are something the networks never saw).

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};

/// The only sample rate the filters are made for, in hertz.
pub const SAMPLE_RATE: u32 = 16_000;
/// Samples between two frames (10 ms).
pub const HOP: usize = 160;
/// Mel bands, the values of one frame.
pub const BANDS: usize = 80;

/// Samples in the window of one frame (25 ms).
const WINDOW: usize = 400;
/// Bins of its spectrum, 40 Hz apart.
const BINS: usize = WINDOW / 2 + 1;
/// The least power that still has a logarithm, and what digital silence becomes.
const POWER_MIN: f32 = 1e-10;
/// How far below the loudest value of a window the quietest may lie, in powers of ten.
const RANGE: f32 = 8.0;

/// The transform with its tables; build it once and share it.
pub struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    filters: Vec<Filter>,
}

/// One triangle of the filter bank: its weights from the bin `first` on.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

impl Default for LogMel {
    fn default() -> Self {
        Self::new()
    }
}

impl LogMel {
    /// Computes the tables (well under a millisecond).
    pub fn new() -> Self {
        let hann = (0..WINDOW)
            .map(|n| {
                let turn = n as f64 / WINDOW as f64;
                (0.5 - 0.5 * (2.0 * std::f64::consts::PI * turn).cos()) as f32
            })
            .collect();
        Self { fft: RealFftPlanner::new().plan_fft_forward(WINDOW), hann, filters: filters() }
    }

    /// The features of `samples` (16 kHz mono, full scale 1.0), row after row: frame `t` is
    /// `[t * BANDS..(t + 1) * BANDS]` and is centered on sample `t * HOP`. There are `samples.len() / HOP`
    /// frames. Both ends are mirrored; where there are too few samples to mirror, silence stands beyond
    /// them. Values that are no numbers count as silence.
    pub fn features(&self, samples: &[f32]) -> Vec<f32> {
        let frames = samples.len() / HOP;
        let mut out = Vec::with_capacity(frames * BANDS);
        let mut windowed = vec![0.0; WINDOW];
        let mut spectrum = vec![Complex32::default(); BINS];
        let mut scratch = self.fft.make_scratch_vec();
        let mut power = vec![0.0; BINS];
        for frame in 0..frames {
            if !self.window(samples, frame, &mut windowed) {
                out.extend([POWER_MIN.log10(); BANDS]);
                continue;
            }
            self.fft
                .process_with_scratch(&mut windowed, &mut spectrum, &mut scratch)
                .expect("all buffers have the lengths the plan was made for");
            for (power, bin) in power.iter_mut().zip(&spectrum) {
                *power = bin.norm_sqr();
            }
            out.extend(self.filters.iter().map(|filter| {
                let bins = &power[filter.first..filter.first + filter.weights.len()];
                let sum: f32 = bins.iter().zip(&filter.weights).map(|(p, w)| p * w).sum();
                sum.max(POWER_MIN).log10()
            }));
        }
        compress(&mut out);
        out
    }

    /// Fills in the windowed samples of a frame; false if all of them are zero.
    fn window(&self, samples: &[f32], frame: usize, out: &mut [f32]) -> bool {
        let start = (frame * HOP) as isize - (WINDOW / 2) as isize;
        let mut any = false;
        for (i, (out, hann)) in out.iter_mut().zip(&self.hann).enumerate() {
            let sample = mirrored(samples, start + i as isize);
            any |= sample != 0.0;
            *out = sample * hann;
        }
        any
    }
}

/// The sample at `index`, mirrored at both ends (the edge sample itself is not repeated).
fn mirrored(samples: &[f32], index: isize) -> f32 {
    let last = samples.len() as isize - 1;
    let index = if index < 0 {
        -index
    } else if index > last {
        2 * last - index
    } else {
        index
    };
    let sample = usize::try_from(index).ok().and_then(|i| samples.get(i));
    sample.copied().filter(|s| s.is_finite()).unwrap_or(0.0)
}

/// Raises what lies too far below the maximum, then scales to about -1 to 1.
fn compress(features: &mut [f32]) {
    let top = features.iter().copied().fold(f32::MIN, f32::max);
    for value in features {
        *value = (value.max(top - RANGE) + 4.0) / 4.0;
    }
}

/// Slaney's filter bank, 0 to 8,000 Hz, each triangle with the same area (Auditory Toolbox, 1998).
fn filters() -> Vec<Filter> {
    let mel_max = hertz_to_mel(f64::from(SAMPLE_RATE) / 2.0);
    let corner = |i: usize| mel_to_hertz(mel_max * i as f64 / (BANDS + 1) as f64);
    let bin_hertz = f64::from(SAMPLE_RATE) / WINDOW as f64;
    (0..BANDS)
        .map(|band| {
            let (low, center, high) = (corner(band), corner(band + 1), corner(band + 2));
            let area = 2.0 / (high - low);
            let weight = |bin: usize| {
                let hertz = bin as f64 * bin_hertz;
                let rising = (hertz - low) / (center - low);
                let falling = (high - hertz) / (high - center);
                (rising.min(falling).max(0.0) * area) as f32
            };
            let first = (0..BINS).find(|&bin| weight(bin) > 0.0).unwrap_or(0);
            let weights = (first..BINS).map(weight).take_while(|&w| w > 0.0).collect();
            Filter { first, weights }
        })
        .collect()
}

/// Where the scale turns from linear to logarithmic, in hertz and in mel.
const BREAK_HERTZ: f64 = 1_000.0;
const BREAK_MEL: f64 = 15.0;
/// Hertz to a mel in the linear part.
const LINEAR_HERTZ: f64 = 200.0 / 3.0;

/// Growth of the logarithmic part: 27 mel for a factor of 6.4.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn hertz_to_mel(hertz: f64) -> f64 {
    if hertz < BREAK_HERTZ { hertz / LINEAR_HERTZ } else { BREAK_MEL + (hertz / BREAK_HERTZ).ln() / log_step() }
}

fn mel_to_hertz(mel: f64) -> f64 {
    if mel < BREAK_MEL { mel * LINEAR_HERTZ } else { BREAK_HERTZ * ((mel - BREAK_MEL) * log_step()).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, level: f64, samples: usize) -> Vec<f32> {
        let step = 2.0 * std::f64::consts::PI * hertz / f64::from(SAMPLE_RATE);
        (0..samples).map(|n| (level * (step * n as f64).sin()) as f32).collect()
    }

    /// The definition, written out: no fast transform, no sparse filters.
    fn slowly(samples: &[f32], frame: usize) -> Vec<f32> {
        let mut power = vec![0.0_f64; BINS];
        for (bin, power) in power.iter_mut().enumerate() {
            let (mut re, mut im) = (0.0, 0.0);
            for n in 0..WINDOW {
                let at = (frame * HOP + n).abs_diff(WINDOW / 2);
                let hann = 0.5 - 0.5 * (2.0 * std::f64::consts::PI * n as f64 / 400.0).cos();
                let angle = 2.0 * std::f64::consts::PI * (bin * n) as f64 / 400.0;
                re += f64::from(samples[at]) * hann * angle.cos();
                im -= f64::from(samples[at]) * hann * angle.sin();
            }
            *power = re * re + im * im;
        }
        filters()
            .iter()
            .map(|f| {
                let sum: f64 = f.weights.iter().enumerate().map(|(i, w)| f64::from(*w) * power[f.first + i]).sum();
                sum.max(1e-10).log10() as f32
            })
            .collect()
    }

    #[test]
    fn first_filters_have_the_weights_computed_by_hand() {
        // Corners lie 37.239 Hz apart in the linear part, so bin 1 (40 Hz) falls just behind the first
        // center: (74.478 - 40) / 37.239 * 2 / 74.478, and (40 - 37.239) / 37.239 * 2 / 74.478 in the second.
        let filters = filters();
        assert_eq!(filters[0].first, 1);
        assert_eq!(filters[0].weights.len(), 1);
        assert!((filters[0].weights[0] - 0.024_863).abs() < 1e-6);
        assert_eq!(filters[1].first, 1);
        assert!((filters[1].weights[0] - 0.001_991).abs() < 1e-6);
        assert!((filters[1].weights[1] - 0.022_872).abs() < 1e-6);
    }

    #[test]
    fn every_filter_sees_at_least_one_bin_and_ends_below_the_last() {
        for filter in filters() {
            assert!(!filter.weights.is_empty());
            assert!(filter.first + filter.weights.len() <= BINS);
        }
    }

    #[test]
    fn features_equal_the_definition_written_out() {
        let mut samples = tone(440.0, 0.3, 1_600);
        for (i, s) in samples.iter_mut().enumerate() {
            *s += 0.05 * ((i * 7919 % 101) as f32 / 50.0 - 1.0);
        }
        let features = LogMel::new().features(&samples);
        let raw: Vec<Vec<f32>> = (0..5).map(|frame| slowly(&samples, frame)).collect();
        let floor = features.iter().copied().fold(f32::MIN, f32::max) * 4.0 - 4.0 - RANGE;
        for (frame, raw) in raw.iter().enumerate() {
            for (band, raw) in raw.iter().enumerate() {
                let raw = raw.max(floor);
                let got = features[frame * BANDS + band] * 4.0 - 4.0;
                assert!((got - raw).abs() < 2e-3, "frame {frame} band {band}: {got} {raw}");
            }
        }
    }

    #[test]
    fn there_is_a_frame_for_each_whole_hop() {
        let mel = LogMel::new();
        for (samples, frames) in [(0, 0), (159, 0), (160, 1), (479, 2), (16_000, 100)] {
            assert_eq!(mel.features(&vec![0.1; samples]).len(), frames * BANDS, "{samples}");
        }
    }

    #[test]
    fn digital_silence_is_flat() {
        let features = LogMel::new().features(&[0.0; 1_600]);
        assert!(features.iter().all(|&v| v == (-10.0 + 4.0) / 4.0));
    }

    #[test]
    fn nothing_lies_more_than_two_below_the_maximum() {
        let mut samples = tone(1_000.0, 0.5, 16_000);
        samples[8_000..].fill(0.0);
        let features = LogMel::new().features(&samples);
        let top = features.iter().copied().fold(f32::MIN, f32::max);
        assert!(features.iter().all(|&v| v >= top - 2.0));
    }

    #[test]
    fn a_tone_is_loudest_in_the_band_around_it() {
        // 1,000 Hz is 15 mel, and the corners are 45.2455 / 81 mel apart: nearest center 27, band 26.
        let features = LogMel::new().features(&tone(1_000.0, 0.5, 16_000));
        let frame = &features[50 * BANDS..51 * BANDS];
        let loudest = (0..BANDS).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
        assert_eq!(loudest, 26);
    }

    #[test]
    fn ten_times_the_level_is_half_a_step_more() {
        let mel = LogMel::new();
        let quiet = mel.features(&tone(500.0, 0.01, 3_200));
        let loud = mel.features(&tone(500.0, 0.1, 3_200));
        let top = |f: &[f32]| f.iter().copied().fold(f32::MIN, f32::max);
        assert!((top(&loud) - top(&quiet) - 0.5).abs() < 1e-3);
    }

    #[test]
    fn values_that_are_no_numbers_count_as_silence() {
        let mut samples = vec![0.0; 1_600];
        let flat = LogMel::new().features(&samples);
        samples[700] = f32::NAN;
        samples[900] = f32::INFINITY;
        assert_eq!(LogMel::new().features(&samples), flat);
    }

    #[test]
    fn fewer_samples_than_a_mirror_needs_do_no_harm() {
        let features = LogMel::new().features(&tone(300.0, 0.5, 170));
        assert_eq!(features.len(), BANDS);
        assert!(features.iter().all(|v| v.is_finite()));
    }
}
