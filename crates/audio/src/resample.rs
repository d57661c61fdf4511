//! From one sample rate to another, mono, piece by piece.
//!
//! Pieces of any length go in, what is ready comes out; [`Resampler::flush`] gives the tail, so that a stream of `n`
//! samples becomes exactly `ceil(n * to / from)`. The filter's delay is trimmed: output sample `k` lies at
//! `k / to` seconds of the input, within 0.1 ms. Rates that share a large divisor (all the usual ones) go through an FFT of about
//! 10 ms, which costs next to nothing; odd ones through a windowed sinc.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Async, FixedAsync, FixedSync, Resampler as _, SincInterpolationParameters, WindowFunction};

use crate::format::{FormatError, check_rate};

/// Longest block that the FFT may need, in milliseconds: above it the sinc has the shorter delay.
const BLOCK_MS_MAX: u64 = 60;

/// Fewest samples of a block on its slower side. Fewer would cut audible treble: with 160 the filter is 6 dB down at
/// 92 % of what the slower rate can carry (7.4 kHz at 16 kHz, 3.7 kHz on the telephone).
const BLOCK_MIN: u64 = 160;

/// Points of the sinc for odd pairs of rates, on the slower side's scale.
const SINC_POINTS: usize = 128;

/// Input block of the sinc, in samples.
const SINC_BLOCK: usize = 256;

/// Greatest input magnitude: far above full scale, and its square still far from overflow.
const INPUT_MAX: f32 = 8.0;

/// A stream's conversion from one rate to another.
pub struct Resampler {
    from: u32,
    to: u32,
    engine: Engine,
    /// Input that does not fill a block yet.
    pending: Vec<f32>,
    /// One block of output.
    block: Vec<f32>,
    /// Output samples of the filter's delay still to be dropped.
    trim: usize,
    consumed: u64,
    produced: u64,
}

enum Engine {
    /// Both rates are the same.
    Same,
    Fft(Box<rubato::Fft<f32>>),
    Sinc(Box<Async<f32>>),
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("consumed", &self.consumed)
            .field("produced", &self.produced)
            .finish_non_exhaustive()
    }
}

impl Resampler {
    /// A conversion from `from` to `to` samples a second.
    ///
    /// # Errors
    /// [`FormatError::Rate`] when one of them is outside the limits of [`crate::format`].
    pub fn new(from: u32, to: u32) -> Result<Self, FormatError> {
        check_rate(from)?;
        check_rate(to)?;
        let engine = Engine::choose(from, to);
        let mut resampler =
            Self { from, to, engine, pending: Vec::new(), block: Vec::new(), trim: 0, consumed: 0, produced: 0 };
        resampler.reset();
        Ok(resampler)
    }

    /// Samples a second that go in.
    #[must_use]
    pub const fn from_rate(&self) -> u32 {
        self.from
    }

    /// Samples a second that come out.
    #[must_use]
    pub const fn to_rate(&self) -> u32 {
        self.to
    }

    /// The most input, in samples, that can be held back before output for it is there.
    #[must_use]
    pub fn delay_max(&self) -> usize {
        match &self.engine {
            Engine::Same => 0,
            Engine::Fft(fft) => fft.fft_size_in() + fft.fft_size_in() / 2 + 1,
            Engine::Sinc(sinc) => {
                let delay = sinc.output_delay() as u64 * u64::from(self.from);
                SINC_BLOCK + delay.div_ceil(u64::from(self.to)) as usize + 1
            }
        }
    }

    /// Takes `input` of any length and appends what is ready to `out`.
    ///
    /// Samples that are no number become zero and magnitudes are held below 8, so that nothing of the kind comes
    /// out; values above full scale can come out (a steep filter overshoots), whoever needs a bound clamps.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.consumed += input.len() as u64;
        let tame = input.iter().map(|sample| if sample.is_nan() { 0.0 } else { sample.clamp(-INPUT_MAX, INPUT_MAX) });
        if matches!(self.engine, Engine::Same) {
            self.produced += input.len() as u64;
            out.extend(tame);
            return;
        }
        self.pending.extend(tame);
        let mut used = 0;
        loop {
            let wanted = self.engine.input_next();
            if self.pending.len() - used < wanted {
                break;
            }
            self.engine.process(&self.pending[used..used + wanted], &mut self.block);
            used += wanted;
            self.emit(out);
        }
        self.pending.drain(..used);
    }

    /// Ends the stream: appends its tail, so that the whole has its exact length, and is ready for another stream.
    pub fn flush(&mut self, out: &mut Vec<f32>) {
        let total = (u128::from(self.consumed) * u128::from(self.to)).div_ceil(u128::from(self.from)) as u64;
        while self.produced < total {
            let wanted = self.engine.input_next();
            self.pending.resize(wanted, 0.0);
            self.engine.process(&self.pending, &mut self.block);
            self.pending.clear();
            self.block.truncate(self.trim + (total - self.produced) as usize);
            self.emit(out);
        }
        self.reset();
    }

    /// Forgets everything of the stream so far.
    pub fn reset(&mut self) {
        self.pending.clear();
        self.consumed = 0;
        self.produced = 0;
        self.trim = match &mut self.engine {
            Engine::Same => 0,
            Engine::Fft(fft) => {
                fft.reset();
                fft.output_delay()
            }
            Engine::Sinc(sinc) => {
                sinc.reset();
                sinc.output_delay()
            }
        };
    }

    /// Appends the block without what is still to be trimmed.
    fn emit(&mut self, out: &mut Vec<f32>) {
        let skip = self.trim.min(self.block.len());
        self.trim -= skip;
        self.produced += (self.block.len() - skip) as u64;
        out.extend_from_slice(&self.block[skip..]);
    }
}

impl Engine {
    fn choose(from: u32, to: u32) -> Self {
        if from == to {
            return Self::Same;
        }
        let divisor = u64::from(gcd(from, to));
        let (step_in, step_slow) = (u64::from(from) / divisor, u64::from(from.min(to)) / divisor);
        let steps = (u64::from(from) / 100).div_ceil(step_in).max(BLOCK_MIN.div_ceil(step_slow));
        let block = steps * step_in;
        if block * 1_000 > BLOCK_MS_MAX * u64::from(from) {
            return Self::sinc(from, to);
        }
        let fft = rubato::Fft::new_custom(
            from as usize,
            to as usize,
            block as usize,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        );
        Self::Fft(Box::new(fft.expect("both rates and the block are above zero")))
    }

    fn sinc(from: u32, to: u32) -> Self {
        // The sinc's points lie on the input's scale: going down it must span as much time as on the slower one.
        let points = SINC_POINTS * (from.div_ceil(to).max(1) as usize);
        let parameters = SincInterpolationParameters::new(points, WindowFunction::BlackmanHarris2);
        let ratio = f64::from(to) / f64::from(from);
        let sinc = Async::new_sinc(ratio, 1.0, &parameters, SINC_BLOCK, 1, FixedAsync::Input);
        Self::Sinc(Box::new(sinc.expect("the ratio is finite and above zero")))
    }

    fn input_next(&self) -> usize {
        match self {
            Self::Same => 0,
            Self::Fft(fft) => fft.input_frames_next(),
            Self::Sinc(sinc) => sinc.input_frames_next(),
        }
    }

    /// Converts exactly the block that [`Self::input_next`] asks for into `block`.
    fn process(&mut self, input: &[f32], block: &mut Vec<f32>) {
        let engine: &mut dyn rubato::Resampler<f32> = match self {
            Self::Same => {
                block.clear();
                return;
            }
            Self::Fft(fft) => &mut **fft,
            Self::Sinc(sinc) => &mut **sinc,
        };
        block.clear();
        block.resize(engine.output_frames_next(), 0.0);
        let (frames_in, frames_out) = (input.len(), block.len());
        let source = SequentialSlice::new(input, 1, frames_in).expect("the slice is its own length");
        let mut sink = SequentialSlice::new_mut(block, 1, frames_out).expect("the slice is its own length");
        let (_, written) =
            engine.process_into_buffer(&source, &mut sink, None).expect("both buffers have the lengths asked for");
        block.truncate(written);
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
