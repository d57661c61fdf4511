//! Any PCM to what the ear works on: mono, 16 kHz, clean numbers.
//!
//! [`ToEar`] takes interleaved bytes or floats in pieces of any length, cut anywhere, and gives samples in
//! `-1.0..=1.0`. What is wrong with the input is mended here, at the edge, and counted in [`Flaws`]; nothing behind
//! it meets a NaN, an infinity or a denormal. Containers, frames and time are unknown here; output sample `k` is the
//! sound at `k / 16,000` seconds of the input.

use baton_types::{AudioFormat, EAR_SAMPLE_RATE, SampleEncoding};

use crate::format::{FormatError, check};
use crate::g711;
use crate::resample::Resampler;

/// Magnitudes below this (-240 dBFS) are silence: their squares would near the denormals, which are slow.
const FLOOR: f32 = 1e-12;

/// Samples decoded at a time, so that a huge piece needs no second copy of itself.
const BLOCK: usize = 4_096;

/// Pole of the optional high pass: 13 Hz at 16 kHz, below every voice.
const DC_POLE: f32 = 0.995;

/// What was wrong with a stream, counted since its converter was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flaws {
    /// Samples that were NaN or infinite; they became silence.
    pub not_finite: u64,
    /// Denormal samples, far too small to hear but slow to compute with; they became silence.
    pub denormal: u64,
    /// Float samples beyond full scale; they were clamped.
    pub clipped: u64,
    /// Pieces that ended inside a sample or between the channels of one instant; the rest was carried over.
    pub split: u64,
    /// Bytes that no sample could be made of when the stream ended.
    pub dropped_bytes: u64,
}

/// A stream's conversion to the ear's format.
#[derive(Debug)]
pub struct ToEar {
    format: AudioFormat,
    /// First bytes of a sample whose others have not come.
    carry: [u8; 8],
    carry_len: usize,
    /// Sum of the channels of the current instant, and how many of them have come.
    instant: f32,
    instant_len: u16,
    decoded: Vec<f32>,
    mono: Vec<f32>,
    resampler: Resampler,
    high_pass: Option<HighPass>,
    flaws: Flaws,
}

impl ToEar {
    /// A converter for one stream of `format`.
    ///
    /// # Errors
    /// [`FormatError`] when the format is outside the limits of [`crate::format`].
    pub fn new(format: AudioFormat) -> Result<Self, FormatError> {
        check(format)?;
        Ok(Self {
            format,
            carry: [0; 8],
            carry_len: 0,
            instant: 0.0,
            instant_len: 0,
            decoded: Vec::new(),
            mono: Vec::new(),
            resampler: Resampler::new(format.sample_rate, EAR_SAMPLE_RATE)?,
            high_pass: None,
            flaws: Flaws::default(),
        })
    }

    /// The same converter that also takes away a constant offset (a high pass at 13 Hz).
    #[must_use]
    pub fn without_offset(mut self) -> Self {
        self.high_pass = Some(HighPass::default());
        self
    }

    /// The format that goes in.
    #[must_use]
    pub const fn format(&self) -> AudioFormat {
        self.format
    }

    /// What was wrong with the stream so far.
    #[must_use]
    pub const fn flaws(&self) -> Flaws {
        self.flaws
    }

    /// The most input, in instants (samples of one channel), that can be held back before output for it is there.
    #[must_use]
    pub fn delay_max(&self) -> usize {
        self.resampler.delay_max()
    }

    /// Takes interleaved bytes in the stream's format and appends what is ready to `out`.
    ///
    /// `bytes` may be empty, of any length, and cut anywhere: what is left over is the beginning of the next piece.
    pub fn push_bytes(&mut self, mut bytes: &[u8], out: &mut Vec<f32>) {
        if bytes.is_empty() {
            return;
        }
        let size = self.format.encoding.bytes();
        if self.carry_len > 0 {
            let taken = bytes.len().min(size - self.carry_len);
            self.carry[self.carry_len..self.carry_len + taken].copy_from_slice(&bytes[..taken]);
            self.carry_len += taken;
            bytes = &bytes[taken..];
            if self.carry_len < size {
                self.flaws.split += 1;
                return;
            }
            self.carry_len = 0;
            let whole = self.carry;
            self.take_bytes(&whole[..size], out);
        }
        let rest = bytes.len() % size;
        let whole = &bytes[..bytes.len() - rest];
        for block in whole.chunks(BLOCK * size) {
            self.take_bytes(block, out);
        }
        self.carry[..rest].copy_from_slice(&bytes[bytes.len() - rest..]);
        self.carry_len = rest;
        if rest > 0 || self.instant_len > 0 {
            self.flaws.split += 1;
        }
    }

    /// Takes interleaved samples that something else has decoded to float, full scale at 1, and appends what is
    /// ready to `out`. The stream's encoding does not matter here, its rate and channels do.
    pub fn push_floats(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        for block in interleaved.chunks(BLOCK) {
            self.take(block, out);
        }
        if self.instant_len > 0 && !interleaved.is_empty() {
            self.flaws.split += 1;
        }
    }

    /// Ends the stream: appends its tail, so that `n` instants have become exactly `ceil(n * 16,000 / rate)`
    /// samples, and is ready for another stream of the same format. What does not make a whole instant is dropped
    /// and counted.
    pub fn flush(&mut self, out: &mut Vec<f32>) {
        let size = self.format.encoding.bytes() as u64;
        self.flaws.dropped_bytes += self.carry_len as u64 + u64::from(self.instant_len) * size;
        self.carry_len = 0;
        self.instant = 0.0;
        self.instant_len = 0;
        let ready = out.len();
        self.resampler.flush(out);
        self.finish(&mut out[ready..]);
        if let Some(high_pass) = &mut self.high_pass {
            *high_pass = HighPass::default();
        }
    }

    fn take_bytes(&mut self, bytes: &[u8], out: &mut Vec<f32>) {
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        decode(self.format.encoding, bytes, &mut decoded);
        self.take(&decoded, out);
        self.decoded = decoded;
    }

    /// Cleans and mixes one block of samples and sends it through the resampler.
    fn take(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        self.mono.clear();
        let channels = self.format.channels;
        for &sample in interleaved {
            self.instant += self.flaws.mend(sample);
            self.instant_len += 1;
            if self.instant_len == channels {
                self.mono.push(self.instant / f32::from(channels));
                self.instant = 0.0;
                self.instant_len = 0;
            }
        }
        let ready = out.len();
        self.resampler.push(&self.mono, out);
        self.finish(&mut out[ready..]);
    }

    /// What is left to do at 16 kHz.
    fn finish(&mut self, samples: &mut [f32]) {
        if let Some(high_pass) = &mut self.high_pass {
            high_pass.run(samples);
        }
        for sample in samples {
            // The resampler overshoots at steep edges.
            *sample = if sample.abs() < FLOOR { 0.0 } else { sample.clamp(-1.0, 1.0) };
        }
    }
}

impl Flaws {
    /// `sample` as a clean number in `-1.0..=1.0`; what had to be mended is counted.
    fn mend(&mut self, sample: f32) -> f32 {
        let magnitude = sample.abs();
        if (FLOOR..=1.0).contains(&magnitude) {
            sample
        } else if !magnitude.is_finite() {
            self.not_finite += 1;
            0.0
        } else if magnitude > 1.0 {
            self.clipped += 1;
            sample.clamp(-1.0, 1.0)
        } else {
            self.denormal += u64::from(sample.is_subnormal());
            0.0
        }
    }
}

/// A first-order high pass at 16 kHz.
#[derive(Debug, Default)]
struct HighPass {
    input: f32,
    output: f32,
}

impl HighPass {
    fn run(&mut self, samples: &mut [f32]) {
        for sample in samples {
            let output = *sample - self.input + DC_POLE * self.output;
            // Left alone, the tail would fade into denormals.
            self.output = if output.abs() < FLOOR { 0.0 } else { output };
            self.input = *sample;
            *sample = self.output;
        }
    }
}

/// Appends the samples that `bytes` hold, full scale at 1; `bytes` is a whole number of samples.
fn decode(encoding: SampleEncoding, bytes: &[u8], out: &mut Vec<f32>) {
    match encoding {
        SampleEncoding::U8 => out.extend(bytes.iter().map(|&byte| (f32::from(byte) - 128.0) / 128.0)),
        SampleEncoding::MuLaw => out.extend(bytes.iter().map(|&byte| short(g711::decode_mu_law(byte)))),
        SampleEncoding::ALaw => out.extend(bytes.iter().map(|&byte| short(g711::decode_a_law(byte)))),
        SampleEncoding::S16 => out.extend(samples(bytes).map(|b| short(i16::from_le_bytes(b)))),
        SampleEncoding::S24 => {
            out.extend(samples(bytes).map(|[a, b, c]| (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0));
        }
        SampleEncoding::S32 => out.extend(samples(bytes).map(|b| i32::from_le_bytes(b) as f32 / 2_147_483_648.0)),
        SampleEncoding::F32 => out.extend(samples(bytes).map(f32::from_le_bytes)),
        SampleEncoding::F64 => out.extend(samples(bytes).map(|b| f64::from_le_bytes(b) as f32)),
    }
}

/// The samples of `N` bytes each in `bytes`.
fn samples<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks::<N>().0.iter().copied()
}

fn short(value: i16) -> f32 {
    f32::from(value) / 32_768.0
}
