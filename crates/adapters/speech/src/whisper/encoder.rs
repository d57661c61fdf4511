//! The half of the model that listens: features in, one vector for each 20 ms out.
//!
//! Two convolutions and a stack of attention layers in single precision, by candle's matrix products; what
//! stands between the products works in place. Nothing is remembered between calls.

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Result, Tensor};

use super::kernels;
use super::weights::Weights;
use super::{LoadError, Stopped};

/// Width of an attention head; the same in all models of the family.
pub(super) const HEAD: usize = 64;
/// Encoder positions for the longest window (30 s).
const POSITIONS: usize = 1_500;
/// Samples a convolution kernel covers.
const KERNEL: usize = 3;

/// The encoder's weights.
pub(super) struct Encoder {
    conv1: Convolution,
    conv2: Convolution,
    positions: Tensor,
    layers: Vec<Layer>,
    norm: Norm,
    width: usize,
}

/// A convolution of three taps, each tap a matrix `[out, in]`.
struct Convolution {
    taps: [Tensor; KERNEL],
    bias: Vec<f32>,
}

struct Layer {
    attention_norm: Norm,
    /// Queries (already scaled), keys and values, one under the other.
    projections: Linear,
    attention_output: Linear,
    ffn_norm: Norm,
    ffn_in: Linear,
    ffn_out: Linear,
}

/// A matrix `[out, in]` with a bias.
pub(super) struct Linear {
    weight: Tensor,
    bias: Vec<f32>,
}

/// Scale and shift after normalization.
pub(super) struct Norm {
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl Norm {
    pub(super) fn load(weights: &mut Weights, name: &str, width: usize) -> LoadResult<Self> {
        Ok(Self {
            gamma: weights.values(&format!("{name}/gamma"), &[width])?,
            beta: weights.values(&format!("{name}/beta"), &[width])?,
        })
    }

    /// Normalizes rows in place.
    pub(super) fn apply(&self, rows: &mut [f32]) {
        kernels::normalize_rows(rows, &self.gamma, &self.beta);
    }

    fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let out = rows.copy()?;
        in_place(&out, |rows| self.apply(rows))?;
        Ok(out)
    }
}

type LoadResult<T> = std::result::Result<T, LoadError>;

impl Linear {
    pub(super) fn load(weights: &mut Weights, name: &str, outputs: usize, inputs: usize) -> LoadResult<Self> {
        let weight = weights.values(&format!("{name}/weight"), &[outputs, inputs])?;
        let bias = weights.values(&format!("{name}/bias"), &[outputs])?;
        Ok(Self { weight: matrix(weight, outputs, inputs), bias })
    }

    /// `[n, inputs]` to `[n, outputs]`.
    pub(super) fn forward(&self, rows: &Tensor) -> Result<Tensor> {
        let out = rows.matmul(&self.weight.t()?)?;
        in_place(&out, |rows| kernels::add_to_rows(rows, &self.bias))?;
        Ok(out)
    }

    fn forward_and_activate(&self, rows: &Tensor) -> Result<Tensor> {
        let out = rows.matmul(&self.weight.t()?)?;
        in_place(&out, |rows| {
            kernels::add_and_activate_rows(rows, &self.bias);
        })?;
        Ok(out)
    }
}

impl Convolution {
    fn load(weights: &mut Weights, name: &str, outputs: usize, inputs: usize) -> LoadResult<Self> {
        let all = weights.values(&format!("{name}/weight"), &[outputs, inputs, KERNEL])?;
        let bias = weights.values(&format!("{name}/bias"), &[outputs])?;
        let tap = |k: usize| {
            let values = all.iter().skip(k).step_by(KERNEL).copied().collect();
            matrix(values, outputs, inputs)
        };
        Ok(Self { taps: [tap(0), tap(1), tap(2)], bias })
    }

    /// The sum of the taps over the three inputs, which are shifted views of one signal, then activated.
    fn forward(&self, inputs: [Tensor; KERNEL]) -> Result<Tensor> {
        let [first, second, third] = &self.taps;
        let out = inputs[0].matmul(&first.t()?)?;
        let out = (out + inputs[1].matmul(&second.t()?)?)?;
        let out = (out + inputs[2].matmul(&third.t()?)?)?;
        in_place(&out, |rows| {
            kernels::add_and_activate_rows(rows, &self.bias);
        })?;
        Ok(out)
    }
}

impl Encoder {
    /// Reads the encoder's part of a model; `bands` is the number of values in a frame.
    pub(super) fn load(weights: &mut Weights, width: usize, bands: usize) -> LoadResult<Self> {
        let positions = weights.values("encoder/position_encodings/encodings", &[POSITIONS, width])?;
        let count = weights.layers("encoder", "ffn/linear_0/weight");
        let mut layers = Vec::with_capacity(count);
        for i in 0..count {
            layers.push(Layer::load(weights, i, width)?);
        }
        Ok(Self {
            conv1: Convolution::load(weights, "encoder/conv1", width, bands)?,
            conv2: Convolution::load(weights, "encoder/conv2", width, width)?,
            positions: matrix(positions, POSITIONS, width),
            layers,
            norm: Norm::load(weights, "encoder/layer_norm", width)?,
            width,
        })
    }

    /// Encodes `features` (row after row, an even number of frames, at most 3,000) into `[frames / 2, width]`.
    pub(super) fn encode(
        &self,
        features: &[f32],
        bands: usize,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> std::result::Result<Tensor, Stopped> {
        let frames = features.len() / bands;
        debug_assert!(frames.is_multiple_of(2) && frames <= 2 * POSITIONS);
        let padded = with_silent_ends(features, bands)?;
        let rows = self.conv1.forward([
            padded.narrow(0, 0, frames)?,
            padded.narrow(0, 1, frames)?,
            padded.narrow(0, 2, frames)?,
        ])?;
        stop_if(cancel)?;
        // Every second position: as pairs of rows, the even ones are the left half of each pair.
        let halves = frames / 2;
        let padded = with_silent_ends(&rows.flatten_all()?.to_vec1::<f32>()?, self.width)?;
        let pairs = padded.reshape((halves + 1, 2 * self.width))?;
        let rows = self.conv2.forward([
            pairs.narrow(0, 0, halves)?.narrow(1, 0, self.width)?,
            pairs.narrow(0, 0, halves)?.narrow(1, self.width, self.width)?,
            pairs.narrow(0, 1, halves)?.narrow(1, 0, self.width)?,
        ])?;
        let mut rows = (rows + self.positions.narrow(0, 0, halves)?)?;
        for layer in &self.layers {
            rows = layer.forward(rows, cancel)?;
        }
        Ok(self.norm.forward(&rows)?)
    }
}

impl Layer {
    fn load(weights: &mut Weights, i: usize, width: usize) -> LoadResult<Self> {
        let name = |part: &str| format!("encoder/layer_{i}/{part}");
        let mut projections = Linear::load(weights, &name("self_attention/linear_0"), 3 * width, width)?;
        projections.scale_first(width, query_scale());
        Ok(Self {
            attention_norm: Norm::load(weights, &name("self_attention/layer_norm"), width)?,
            projections,
            attention_output: Linear::load(weights, &name("self_attention/linear_1"), width, width)?,
            ffn_norm: Norm::load(weights, &name("ffn/layer_norm"), width)?,
            ffn_in: Linear::load(weights, &name("ffn/linear_0"), 4 * width, width)?,
            ffn_out: Linear::load(weights, &name("ffn/linear_1"), width, 4 * width)?,
        })
    }

    fn forward(&self, rows: Tensor, cancel: &(dyn Fn() -> bool + Sync)) -> std::result::Result<Tensor, Stopped> {
        let (positions, width) = rows.dims2()?;
        let projected = self.projections.forward(&self.attention_norm.forward(&rows)?)?;
        let mut heads = Vec::with_capacity(width / HEAD);
        for at in (0..width).step_by(HEAD) {
            stop_if(cancel)?;
            let query = projected.narrow(1, at, HEAD)?;
            let key = projected.narrow(1, width + at, HEAD)?;
            let value = projected.narrow(1, 2 * width + at, HEAD)?;
            let scores = query.matmul(&key.t()?)?;
            in_place(&scores, |rows| kernels::softmax_rows(rows, positions))?;
            heads.push(scores.matmul(&value)?);
        }
        let attended = Tensor::cat(&heads, 1)?;
        let rows = (rows + self.attention_output.forward(&attended)?)?;
        stop_if(cancel)?;
        let inner = self.ffn_in.forward_and_activate(&self.ffn_norm.forward(&rows)?)?;
        stop_if(cancel)?;
        Ok((rows + self.ffn_out.forward(&inner)?)?)
    }
}

impl Linear {
    /// Multiplies the first `rows` outputs by `scale`.
    fn scale_first(&mut self, rows: usize, scale: f32) {
        let columns = self.weight.elem_count() / self.bias.len();
        in_place(&self.weight, |values| {
            values[..rows * columns].iter_mut().for_each(|v| *v *= scale);
        })
        .expect("the weights are a contiguous matrix of this module's making");
        self.bias[..rows].iter_mut().for_each(|v| *v *= scale);
    }
}

/// What queries are multiplied by before they meet the keys (a power of two, so nothing is lost by doing it
/// to the weights).
pub(super) fn query_scale() -> f32 {
    1.0 / (HEAD as f32).sqrt()
}

pub(super) fn stop_if(cancel: &(dyn Fn() -> bool + Sync)) -> std::result::Result<(), Stopped> {
    if cancel() {
        return Err(Stopped::Cancelled);
    }
    Ok(())
}

/// A matrix of known size.
fn matrix(values: Vec<f32>, rows: usize, columns: usize) -> Tensor {
    Tensor::from_vec(values, (rows, columns), &Device::Cpu)
        .expect("the number of values was checked when they were read")
}

/// Rows with a row of zeros before and after them.
fn with_silent_ends(rows: &[f32], width: usize) -> Result<Tensor> {
    let mut padded = vec![0.0; rows.len() + 2 * width];
    padded[width..width + rows.len()].copy_from_slice(rows);
    let count = padded.len() / width;
    Tensor::from_vec(padded, (count, width), &Device::Cpu)
}

/// Runs `work` over the values of a tensor that nobody else holds.
fn in_place(tensor: &Tensor, work: impl Fn(&mut [f32])) -> Result<()> {
    tensor.inplace_op1(&OverValues(work))
}

/// Plain code over a contiguous tensor, as an operation of the library.
struct OverValues<F>(F);

impl<F: Fn(&mut [f32])> InplaceOp1 for OverValues<F> {
    fn name(&self) -> &'static str {
        "over-values"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        match (storage, layout.contiguous_offsets()) {
            (CpuStorage::F32(values), Some((start, end))) => {
                (self.0)(&mut values[start..end]);
                Ok(())
            }
            _ => candle_core::bail!("a contiguous f32 tensor is needed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convolution_of_stride_two_is_the_sum_written_out() {
        // One channel in, one out, taps 1, 10, 100 over 1, 2, 3, 4 with zeros at both ends.
        let tap = |w: f32| matrix(vec![w], 1, 1);
        let convolution = Convolution { taps: [tap(1.0), tap(10.0), tap(100.0)], bias: vec![0.0] };
        let padded = with_silent_ends(&[1.0, 2.0, 3.0, 4.0], 1).unwrap();
        let pairs = padded.reshape((3, 2)).unwrap();
        let view = |row, column| {
            let rows = pairs.narrow(0, row, 2).unwrap();
            rows.narrow(1, column, 1).unwrap()
        };
        let out = convolution.forward([view(0, 0), view(0, 1), view(1, 0)]).unwrap();
        // Positions 0 and 2: 10 * 1 + 100 * 2, and 2 + 10 * 3 + 100 * 4; the activation leaves them alone.
        let out: Vec<f32> = out.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(out, [210.0, 432.0]);
    }

    #[test]
    fn scaling_the_queries_leaves_keys_and_values_alone() {
        let mut linear = Linear { weight: matrix(vec![8.0; 12], 6, 2), bias: vec![16.0; 6] };
        linear.scale_first(2, query_scale());
        let weight: Vec<f32> = linear.weight.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(weight, [1.0, 1.0, 1.0, 1.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]);
        assert_eq!(linear.bias, [2.0, 2.0, 16.0, 16.0, 16.0, 16.0]);
    }
}
