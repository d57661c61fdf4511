//! Silero's voice detector, version 6 at 16 kHz: the forward pass.
//!
//! A window of 512 samples (32 ms) goes in, the probability that it holds voice comes out. The weights come from
//! outside as plain slices ([`Tensors`]); files and their formats are unknown here. They are packed once
//! ([`Weights`], shared by all streams); a stream's own state is 1,280 bytes.
//!
//! The network: a short-time Fourier transform written as a convolution over 640 samples (the last 64 of the window
//! before, 512, and 64 mirrored at the right edge; without that context the scores are silently wrong), 4 frames of
//! 129 magnitudes, four convolutions of width 3 with ReLU, one LSTM step of 128, ReLU, a weighted sum, a sigmoid.
//!
//! Every sum runs over the inputs in order and side by side over the outputs, and multiplication and addition are
//! rounded apart: so the same sound gives the same bits on every processor, however wide its vectors are.

use std::fmt;
use std::sync::Arc;

/// Samples of one window.
pub const WINDOW_LEN: usize = 512;

/// Samples of the window before that the network sees again.
const CONTEXT: usize = 64;
/// Samples of one Fourier frame, and from one to the next.
const FRAME: usize = 256;
const HOP: usize = 128;
/// Fourier frames of one window.
const FRAMES: usize = 4;
/// Magnitudes of one frame.
const BINS: usize = FRAME / 2 + 1;
/// Width of the LSTM.
const HIDDEN: usize = 128;

/// The network's tensors, row-major, in the shapes given.
#[derive(Debug, Clone, Copy)]
pub struct Tensors<'a> {
    /// `[258, 1, 256]`: 129 rows of windowed cosines, then 129 of sines.
    pub stft: &'a [f32],
    /// `[128, 129, 3]` and `[128]`.
    pub conv1: Layer<'a>,
    /// `[64, 128, 3]` and `[64]`.
    pub conv2: Layer<'a>,
    /// `[64, 64, 3]` and `[64]`.
    pub conv3: Layer<'a>,
    /// `[128, 64, 3]` and `[128]`.
    pub conv4: Layer<'a>,
    /// `[512, 128]`, gates in the order input, forget, cell, output.
    pub lstm_input: &'a [f32],
    /// `[512, 128]`, gates as above.
    pub lstm_hidden: &'a [f32],
    /// `[512]`, gates as above: the sum of both biases where a file keeps two.
    pub lstm_bias: &'a [f32],
    /// `[1, 128, 1]` and `[1]`.
    pub last: Layer<'a>,
}

/// Weights and biases of a convolution.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// `[outputs, inputs, width]`.
    pub weight: &'a [f32],
    /// `[outputs]`.
    pub bias: &'a [f32],
}

/// A tensor that does not fit the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorError {
    /// A tensor has the wrong number of values.
    Length {
        /// The field of [`Tensors`].
        tensor: &'static str,
        /// Values that the network needs.
        expected: usize,
        /// Values that came.
        found: usize,
    },
    /// The Fourier basis is not symmetric about its middle, as windowed cosines and sines are.
    NotSymmetric,
    /// A tensor holds a value that is no number.
    NotFinite {
        /// The field of [`Tensors`].
        tensor: &'static str,
    },
}

impl fmt::Display for TensorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { tensor, expected, found } => {
                write!(f, "tensor {tensor} has {found} values, the network needs {expected}")
            }
            Self::NotSymmetric => write!(f, "tensor stft is no Fourier basis"),
            Self::NotFinite { tensor } => write!(f, "tensor {tensor} holds a value that is no number"),
        }
    }
}

impl std::error::Error for TensorError {}

/// The network, packed for speed; 1.3 MB, shared by all streams.
pub struct Weights {
    real: Matrix<8>,
    imaginary: Matrix<8>,
    conv1: Matrix<8>,
    conv2: Matrix<16>,
    conv3: Matrix<32>,
    conv4: Matrix<32>,
    lstm: Matrix<32>,
    last: [f32; HIDDEN],
    last_bias: f32,
}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights").finish_non_exhaustive()
    }
}

impl Weights {
    /// Checks and packs `tensors`.
    ///
    /// # Errors
    /// [`TensorError`] names the first tensor that has the wrong length, holds a value that is no number, or is not
    /// of the kind that the computation relies on.
    pub fn new(tensors: &Tensors<'_>) -> Result<Self, TensorError> {
        let Tensors { stft, conv1, conv2, conv3, conv4, lstm_input, lstm_hidden, lstm_bias, last } = *tensors;
        let expected = [
            ("stft", stft, 2 * BINS * FRAME),
            ("conv1.weight", conv1.weight, 128 * BINS * 3),
            ("conv1.bias", conv1.bias, 128),
            ("conv2.weight", conv2.weight, 64 * 128 * 3),
            ("conv2.bias", conv2.bias, 64),
            ("conv3.weight", conv3.weight, 64 * 64 * 3),
            ("conv3.bias", conv3.bias, 64),
            ("conv4.weight", conv4.weight, 128 * 64 * 3),
            ("conv4.bias", conv4.bias, 128),
            ("lstm_input", lstm_input, 4 * HIDDEN * HIDDEN),
            ("lstm_hidden", lstm_hidden, 4 * HIDDEN * HIDDEN),
            ("lstm_bias", lstm_bias, 4 * HIDDEN),
            ("last.weight", last.weight, HIDDEN),
            ("last.bias", last.bias, 1),
        ];
        for (tensor, values, expected) in expected {
            if values.len() != expected {
                return Err(TensorError::Length { tensor, expected, found: values.len() });
            }
            if values.iter().any(|value| !value.is_finite()) {
                return Err(TensorError::NotFinite { tensor });
            }
        }
        let (real, imaginary) = stft.split_at(BINS * FRAME);
        let (real, imaginary) = (fold(real, 1.0)?, fold(imaginary, -1.0)?);
        // The fourth convolution runs over one frame between two of padding: only the middle of its width meets it.
        let middle: Vec<f32> = conv4.weight.iter().skip(1).step_by(3).copied().collect();
        let lstm: Vec<f32> = lstm_input
            .chunks_exact(HIDDEN)
            .zip(lstm_hidden.chunks_exact(HIDDEN))
            .flat_map(|(input, hidden)| input.iter().chain(hidden).copied())
            .collect();
        let mut last_weight = [0.0; HIDDEN];
        last_weight.copy_from_slice(last.weight);
        Ok(Self {
            real: Matrix::pack(&real, &[0.0; BINS], FRAME / 2),
            imaginary: Matrix::pack(&imaginary, &[0.0; BINS], FRAME / 2),
            conv1: Matrix::pack(conv1.weight, conv1.bias, BINS * 3),
            conv2: Matrix::pack(conv2.weight, conv2.bias, 128 * 3),
            conv3: Matrix::pack(conv3.weight, conv3.bias, 64 * 3),
            conv4: Matrix::pack(&middle, conv4.bias, 64),
            lstm: Matrix::pack(&lstm, lstm_bias, 2 * HIDDEN),
            last: last_weight,
            last_bias: last.bias[0],
        })
    }
}

/// One stream's detector.
#[derive(Debug, Clone)]
pub struct Silero {
    weights: Arc<Weights>,
    context: [f32; CONTEXT],
    hidden: [f32; HIDDEN],
    cell: [f32; HIDDEN],
}

impl Silero {
    /// A detector for one stream.
    #[must_use]
    pub fn new(weights: Arc<Weights>) -> Self {
        Self { weights, context: [0.0; CONTEXT], hidden: [0.0; HIDDEN], cell: [0.0; HIDDEN] }
    }

    /// Forgets the stream: at the start of a session and after a gap, not between turns.
    pub fn reset(&mut self) {
        self.context = [0.0; CONTEXT];
        self.hidden = [0.0; HIDDEN];
        self.cell = [0.0; HIDDEN];
    }

    /// The probability of voice in the next window of the stream: [`WINDOW_LEN`] samples, full scale at 1.
    ///
    /// A window of another length is cut or filled with silence at its end. Samples are expected to be numbers within
    /// full scale; others count as silence and full scale, so that one of them cannot spoil the state.
    pub fn process(&mut self, window: &[f32]) -> f32 {
        let mut samples = [0.0; CONTEXT + WINDOW_LEN + CONTEXT];
        samples[..CONTEXT].copy_from_slice(&self.context);
        for (to, from) in samples[CONTEXT..].iter_mut().zip(&window[..window.len().min(WINDOW_LEN)]) {
            *to = if from.is_nan() { 0.0 } else { from.clamp(-1.0, 1.0) };
        }
        self.context.copy_from_slice(&samples[WINDOW_LEN..WINDOW_LEN + CONTEXT]);
        let edge = CONTEXT + WINDOW_LEN - 1;
        for back in 1..=CONTEXT {
            samples[edge + back] = samples[edge - back];
        }
        let features = self.features(&samples);
        self.step(&features)
    }

    /// The convolutions: 640 samples to 128 values.
    fn features(&self, samples: &[f32; CONTEXT + WINDOW_LEN + CONTEXT]) -> [f32; HIDDEN] {
        let weights = &*self.weights;
        // Cosines are the same on both sides of a frame's middle, sines opposite, and both windowed to nothing at its
        // first sample: so each pair of samples is added or subtracted first, and multiplied once.
        let mut sums = [[0.0; FRAMES]; FRAME / 2];
        let mut differences = [[0.0; FRAMES]; FRAME / 2];
        for k in 1..=FRAME / 2 {
            for frame in 0..FRAMES {
                let (left, right) = (samples[frame * HOP + k], samples[frame * HOP + FRAME - k]);
                sums[k - 1][frame] = if k == FRAME / 2 { left } else { left + right };
                differences[k - 1][frame] = left - right;
            }
        }
        let mut real = [[0.0; FRAMES]; BINS];
        weights.real.apply(&sums, &mut real);
        let mut imaginary = [[0.0; FRAMES]; BINS];
        weights.imaginary.apply(&differences, &mut imaginary);
        let mut magnitudes = [[0.0; FRAMES]; BINS];
        for ((to, re), im) in magnitudes.iter_mut().zip(real).zip(imaginary) {
            *to = std::array::from_fn(|frame| (re[frame] * re[frame] + im[frame] * im[frame]).sqrt());
        }
        let mut first = [[0.0; FRAMES]; 128];
        weights.conv1.apply(&unfold::<FRAMES, FRAMES, 1, { BINS * 3 }>(&magnitudes), &mut first);
        let mut second = [[0.0; 2]; 64];
        weights.conv2.apply(&unfold::<FRAMES, 2, 2, { 128 * 3 }>(&relu(first)), &mut second);
        let mut third = [[0.0; 1]; 64];
        weights.conv3.apply(&unfold::<2, 1, 2, { 64 * 3 }>(&relu(second)), &mut third);
        let mut fourth = [[0.0; 1]; HIDDEN];
        weights.conv4.apply(&relu(third), &mut fourth);
        relu(fourth).map(|[value]| value)
    }

    /// The recurrent step and what it means.
    fn step(&mut self, features: &[f32; HIDDEN]) -> f32 {
        let mut input = [[0.0; 1]; 2 * HIDDEN];
        for (to, from) in input.iter_mut().zip(features.iter().chain(&self.hidden)) {
            *to = [*from];
        }
        let mut gates = [[0.0; 1]; 4 * HIDDEN];
        self.weights.lstm.apply(&input, &mut gates);
        let gates = gates.as_flattened();
        for k in 0..HIDDEN {
            let keep = sigmoid(gates[HIDDEN + k]) * self.cell[k];
            self.cell[k] = keep + sigmoid(gates[k]) * tanh(gates[2 * HIDDEN + k]);
        }
        for k in 0..HIDDEN {
            self.hidden[k] = sigmoid(gates[3 * HIDDEN + k]) * tanh(self.cell[k]);
        }
        let mut sum = self.weights.last_bias;
        for (weight, value) in self.weights.last.iter().zip(&self.hidden) {
            sum += weight * value.max(0.0);
        }
        sigmoid(sum)
    }
}

/// The columns `1..=128` of a basis whose rows are symmetric (`sign` 1) or antisymmetric (-1) about column 128 and
/// zero in column 0.
fn fold(basis: &[f32], sign: f32) -> Result<Vec<f32>, TensorError> {
    let mut folded = Vec::with_capacity(basis.len() / 2);
    for row in basis.chunks_exact(FRAME) {
        // With column 128 this also asks the middle of an antisymmetric row to be zero.
        let symmetric = (1..=FRAME / 2).all(|k| row[k] == sign * row[FRAME - k]);
        if row[0] != 0.0 || !symmetric {
            return Err(TensorError::NotSymmetric);
        }
        folded.extend_from_slice(&row[1..=FRAME / 2]);
    }
    Ok(folded)
}

/// A matrix and a bias, cut into strips of `LANES` outputs: `[strip][input][lane]`. The last strip is filled with
/// zeros. A strip's sums for all frames stay in registers when they are 32 (eight of the smallest vectors of x86-64).
struct Matrix<const LANES: usize> {
    strips: Vec<Strip<LANES>>,
}

struct Strip<const LANES: usize> {
    bias: [f32; LANES],
    rows: Vec<[f32; LANES]>,
}

impl<const LANES: usize> Matrix<LANES> {
    /// From `[outputs, inputs]`, row-major.
    fn pack(weight: &[f32], bias: &[f32], inputs: usize) -> Self {
        let strip = |first: usize| {
            let lanes = LANES.min(bias.len() - first);
            let mut strip = Strip { bias: [0.0; LANES], rows: vec![[0.0; LANES]; inputs] };
            strip.bias[..lanes].copy_from_slice(&bias[first..first + lanes]);
            for (input, row) in strip.rows.iter_mut().enumerate() {
                for (lane, value) in row[..lanes].iter_mut().enumerate() {
                    *value = weight[(first + lane) * inputs + input];
                }
            }
            strip
        };
        Self { strips: (0..bias.len()).step_by(LANES).map(strip).collect() }
    }

    /// `out[o][t] = bias[o] + sum over i of weight[o][i] * input[i][t]`.
    fn apply<const T: usize>(&self, input: &[[f32; T]], out: &mut [[f32; T]]) {
        for (strip, out) in self.strips.iter().zip(out.chunks_mut(LANES)) {
            let sums = strip.sums(input);
            for (lane, out) in out.iter_mut().enumerate() {
                *out = std::array::from_fn(|t| sums[t][lane]);
            }
        }
    }
}

impl<const LANES: usize> Strip<LANES> {
    /// Kept apart and written with plain indices: so the compiler makes vectors of it.
    #[inline(never)]
    fn sums<const T: usize>(&self, input: &[[f32; T]]) -> [[f32; LANES]; T] {
        let mut sums = [self.bias; T];
        for (row, column) in self.rows.iter().zip(input) {
            for t in 0..T {
                for lane in 0..LANES {
                    sums[t][lane] += column[t] * row[lane];
                }
            }
        }
        sums
    }
}

/// What a convolution of width 3 with one frame of padding sees: `[channel * 3 + tap][output frame]`.
fn unfold<const IN: usize, const OUT: usize, const STRIDE: usize, const ROWS: usize>(
    channels: &[[f32; IN]],
) -> [[f32; OUT]; ROWS] {
    let mut rows = [[0.0; OUT]; ROWS];
    for (taps, channel) in rows.chunks_exact_mut(3).zip(channels) {
        for (tap, row) in taps.iter_mut().enumerate() {
            *row = std::array::from_fn(|out| {
                let padded = out * STRIDE + tap;
                if padded == 0 || padded > IN { 0.0 } else { channel[padded - 1] }
            });
        }
    }
    rows
}

fn relu<const T: usize, const N: usize>(mut values: [[f32; T]; N]) -> [[f32; T]; N] {
    for value in values.as_flattened_mut() {
        *value = value.max(0.0);
    }
    values
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

fn tanh(x: f32) -> f32 {
    2.0 / (1.0 + exp(-2.0 * x)) - 1.0
}

/// `e` to the power of `x` within 2 units in the last place, the same bits on every processor.
fn exp(x: f32) -> f32 {
    /// Adding and subtracting it rounds to a whole number: the fraction falls off the end of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    /// `ln 2` in two parts, the first with few enough bits that its products are exact.
    const LN_2: (f32, f32) = (355.0 / 512.0, -2.121_944_4e-4);
    let x = x.clamp(-87.0, 88.0);
    let power = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let rest = x - power * LN_2.0 - power * LN_2.1;
    // Taylor's series: beyond the seventh term nothing is left of |rest| <= 0.35 in single precision.
    let mut sum = 1.0 / 5_040.0;
    for term in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * rest + term;
    }
    f32::from_bits((sum.to_bits() as i32 + ((power as i32) << 23)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_agrees_with_the_standard_library() {
        for k in -8_700..=8_800 {
            let x = k as f32 / 100.0;
            let (ours, std) = (exp(x), f64::from(x).exp());
            assert!((f64::from(ours) / std - 1.0).abs() < 3e-7, "exp({x}) = {ours}, not {std}");
        }
        assert!((tanh(0.5) - 0.5_f32.tanh()).abs() < 2e-7);
        assert_eq!((tanh(1e9), tanh(-1e9), sigmoid(-1e9) < 1e-30), (1.0, -1.0, true));
    }

    #[test]
    fn a_convolution_sees_its_padding_and_its_stride() {
        let rows = unfold::<4, 2, 2, 3>(&[[1.0, 2.0, 3.0, 4.0]]);
        assert_eq!(rows, [[0.0, 2.0], [1.0, 3.0], [2.0, 4.0]]);
        let rows = unfold::<4, 4, 1, 3>(&[[1.0, 2.0, 3.0, 4.0]]);
        assert_eq!(rows, [[0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 0.0]]);
    }

    #[test]
    fn a_packed_matrix_multiplies_like_a_plain_one() {
        let (inputs, outputs) = (5, 37);
        let weight: Vec<f32> = (0..inputs * outputs).map(|k| (k % 7) as f32 - 3.0).collect();
        let bias: Vec<f32> = (0..outputs).map(|k| k as f32).collect();
        let input = [[1.0, -1.0], [2.0, 0.5], [0.0, 3.0], [-1.0, 4.0], [0.25, 0.0]];
        let mut out = vec![[0.0; 2]; outputs];
        Matrix::<16>::pack(&weight, &bias, inputs).apply(&input, &mut out);
        for (o, row) in out.iter().enumerate() {
            for t in 0..2 {
                let plain: f32 = (0..inputs).map(|i| weight[o * inputs + i] * input[i][t]).sum();
                assert!((row[t] - plain - bias[o]).abs() < 1e-5, "output {o} frame {t}");
            }
        }
    }

    #[test]
    fn tensors_that_do_not_fit_are_named() {
        let empty = Layer { weight: &[], bias: &[] };
        let tensors = Tensors {
            stft: &[],
            conv1: empty,
            conv2: empty,
            conv3: empty,
            conv4: empty,
            lstm_input: &[],
            lstm_hidden: &[],
            lstm_bias: &[],
            last: empty,
        };
        let error = Weights::new(&tensors).unwrap_err();
        assert_eq!(error, TensorError::Length { tensor: "stft", expected: 66_048, found: 0 });
        let stft = vec![f32::NAN; 66_048];
        let error = Weights::new(&Tensors { stft: &stft, ..tensors }).unwrap_err();
        assert_eq!(error.to_string(), "tensor stft holds a value that is no number");
    }

    #[test]
    fn only_a_symmetric_basis_is_folded() {
        let mut row = vec![0.0; 256];
        (row[3], row[253], row[128]) = (0.5, 0.5, 2.0);
        assert_eq!(fold(&row, 1.0).map(|folded| (folded[2], folded[127])), Ok((0.5, 2.0)));
        assert_eq!(fold(&row, -1.0), Err(TensorError::NotSymmetric));
        row[0] = 0.1;
        assert_eq!(fold(&row, 1.0), Err(TensorError::NotSymmetric));
    }
}
