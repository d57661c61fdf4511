//! The half of the model that writes: one token in, the scores of the next one out.
//!
//! The weights are quantized to bytes (q8_0); a token costs one pass over them. What earlier tokens and the
//! sound left behind is kept in a [`Memory`] that belongs to one decode, so that nothing is computed twice.

use candle_core::Tensor;

use super::encoder::{HEAD, Linear, Norm, query_scale, stop_if};
use super::kernels;
use super::quantized::{BLOCK, Matrix};
use super::weights::Weights;
use super::{LoadError, Stopped};

/// The decoder's weights.
pub(super) struct Decoder {
    width: usize,
    vocabulary: usize,
    embeddings: Matrix,
    positions: Vec<f32>,
    layers: Vec<Layer>,
    norm: Norm,
}

struct Layer {
    attention_norm: Norm,
    /// Queries (already scaled), keys and values, one under the other.
    projections: Dense,
    attention_output: Dense,
    cross_norm: Norm,
    cross_query: Dense,
    /// Keys and values of the sound; single precision, as it runs once over all positions.
    cross_sound: Linear,
    cross_output: Dense,
    ffn_norm: Norm,
    ffn_in: Dense,
    ffn_out: Dense,
}

/// A quantized matrix with a bias.
struct Dense {
    weight: Matrix,
    bias: Vec<f32>,
}

impl Dense {
    fn load(weights: &mut Weights, name: &str, outputs: usize, inputs: usize) -> Result<Self, LoadError> {
        Self::load_scaled(weights, name, (outputs, inputs), (0, 1.0))
    }

    /// The same, with the first `scaled.0` outputs multiplied by `scaled.1`.
    fn load_scaled(
        weights: &mut Weights,
        name: &str,
        (outputs, inputs): (usize, usize),
        (rows, scale): (usize, f32),
    ) -> Result<Self, LoadError> {
        let mut weight = weights.values(&format!("{name}/weight"), &[outputs, inputs])?;
        let mut bias = weights.values(&format!("{name}/bias"), &[outputs])?;
        weight[..rows * inputs].iter_mut().for_each(|v| *v *= scale);
        bias[..rows].iter_mut().for_each(|v| *v *= scale);
        Ok(Self { weight: Matrix::new(&weight, inputs), bias })
    }

    fn apply(&self, input: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.bias.len()];
        self.weight.times(input, &mut out);
        kernels::add_scaled(&mut out, &self.bias, 1.0);
        out
    }
}

/// What one decode remembers: the keys and values of the sound, and of the tokens so far.
pub(super) struct Memory {
    sound: Vec<Vec<f32>>,
    tokens: Vec<Tokens>,
    length: usize,
}

#[derive(Default)]
struct Tokens {
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// Keys or values in rows of `stride`, each row's own beginning at `offset`.
#[derive(Clone, Copy)]
struct Rows<'a> {
    values: &'a [f32],
    stride: usize,
    offset: usize,
}

impl<'a> Rows<'a> {
    fn head(self, at: usize) -> impl Iterator<Item = &'a [f32]> {
        let start = self.offset + at;
        self.values.chunks_exact(self.stride).map(move |row| &row[start..start + HEAD])
    }
}

impl Decoder {
    /// Reads the decoder's part of a model of this width and vocabulary.
    pub(super) fn load(weights: &mut Weights, width: usize, vocabulary: usize) -> Result<Self, LoadError> {
        debug_assert!(width.is_multiple_of(HEAD) && width.is_multiple_of(BLOCK));
        let positions_name = "decoder/position_encodings/encodings";
        let count = weights.dims(positions_name)?.first().copied().unwrap_or(0);
        let positions = weights.values(positions_name, &[count, width])?;
        let embeddings = weights.values("decoder/embeddings/weight", &[vocabulary, width])?;
        let embeddings = Matrix::new(&embeddings, width);
        let count = weights.layers("decoder", "ffn/linear_0/weight");
        let mut layers = Vec::with_capacity(count);
        for i in 0..count {
            layers.push(Layer::load(weights, i, width)?);
        }
        Ok(Self {
            width,
            vocabulary,
            embeddings,
            positions,
            layers,
            norm: Norm::load(weights, "decoder/layer_norm", width)?,
        })
    }

    /// The number of tokens that one decode may hold, prompt included.
    pub(super) fn length_max(&self) -> usize {
        self.positions.len() / self.width
    }

    /// Begins a decode of the encoder's output.
    pub(super) fn listen(&self, sound: &Tensor, cancel: &(dyn Fn() -> bool + Sync)) -> Result<Memory, Stopped> {
        let mut rows = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            stop_if(cancel)?;
            let projected = layer.cross_sound.forward(sound)?;
            rows.push(projected.flatten_all()?.to_vec1()?);
        }
        Ok(Memory { sound: rows, tokens: self.layers.iter().map(|_| Tokens::default()).collect(), length: 0 })
    }

    /// Takes `token` in and writes the score of each possible next token to `scores`.
    pub(super) fn step(
        &self,
        memory: &mut Memory,
        token: u32,
        scores: &mut Vec<f32>,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Stopped> {
        debug_assert!((token as usize) < self.vocabulary && memory.length < self.length_max());
        let mut x = vec![0.0; self.width];
        self.embeddings.row(token as usize, &mut x);
        let position = &self.positions[memory.length * self.width..][..self.width];
        kernels::add_scaled(&mut x, position, 1.0);
        memory.length += 1;
        let kept = memory.tokens.iter_mut().zip(&memory.sound);
        for (layer, (tokens, sound)) in self.layers.iter().zip(kept) {
            stop_if(cancel)?;
            layer.step(&mut x, tokens, sound);
        }
        self.norm.apply(&mut x);
        scores.resize(self.vocabulary, 0.0);
        self.embeddings.times(&x, scores);
        Ok(())
    }
}

impl Layer {
    fn load(weights: &mut Weights, i: usize, width: usize) -> Result<Self, LoadError> {
        let name = |part: &str| format!("decoder/layer_{i}/{part}");
        let queries = (width, query_scale());
        Ok(Self {
            attention_norm: Norm::load(weights, &name("self_attention/layer_norm"), width)?,
            projections: Dense::load_scaled(weights, &name("self_attention/linear_0"), (3 * width, width), queries)?,
            attention_output: Dense::load(weights, &name("self_attention/linear_1"), width, width)?,
            cross_norm: Norm::load(weights, &name("attention/layer_norm"), width)?,
            cross_query: Dense::load_scaled(weights, &name("attention/linear_0"), (width, width), queries)?,
            cross_sound: Linear::load(weights, &name("attention/linear_1"), 2 * width, width)?,
            cross_output: Dense::load(weights, &name("attention/linear_2"), width, width)?,
            ffn_norm: Norm::load(weights, &name("ffn/layer_norm"), width)?,
            ffn_in: Dense::load(weights, &name("ffn/linear_0"), 4 * width, width)?,
            ffn_out: Dense::load(weights, &name("ffn/linear_1"), width, 4 * width)?,
        })
    }

    fn step(&self, x: &mut [f32], tokens: &mut Tokens, sound: &[f32]) {
        let width = x.len();
        let normalized = |norm: &Norm, x: &[f32]| {
            let mut out = x.to_vec();
            norm.apply(&mut out);
            out
        };
        let projected = self.projections.apply(&normalized(&self.attention_norm, x));
        tokens.keys.extend(&projected[width..2 * width]);
        tokens.values.extend(&projected[2 * width..]);
        let rows = |values| Rows { values, stride: width, offset: 0 };
        let attended = attend(&projected[..width], rows(&tokens.keys), rows(&tokens.values));
        kernels::add_scaled(x, &self.attention_output.apply(&attended), 1.0);

        let query = self.cross_query.apply(&normalized(&self.cross_norm, x));
        let rows = |offset| Rows { values: sound, stride: 2 * width, offset };
        let attended = attend(&query, rows(0), rows(width));
        kernels::add_scaled(x, &self.cross_output.apply(&attended), 1.0);

        let mut inner = vec![0.0; 4 * width];
        self.ffn_in.weight.times(&normalized(&self.ffn_norm, x), &mut inner);
        kernels::add_and_activate_rows(&mut inner, &self.ffn_in.bias);
        kernels::add_scaled(x, &self.ffn_out.apply(&inner), 1.0);
    }
}

/// One query over all keys, head by head: the values weighted by how well their keys match.
fn attend(query: &[f32], keys: Rows<'_>, values: Rows<'_>) -> Vec<f32> {
    let mut out = vec![0.0; query.len()];
    let mut weights = Vec::new();
    for (head, out) in out.chunks_exact_mut(HEAD).enumerate() {
        let at = head * HEAD;
        let query = &query[at..at + HEAD];
        weights.clear();
        weights.extend(keys.head(at).map(|key| kernels::dot(query, key)));
        let count = weights.len();
        kernels::softmax_rows(&mut weights, count);
        for (value, &weight) in values.head(at).zip(&weights) {
            kernels::add_scaled(out, value, weight);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_with_one_matching_key_gives_its_value() {
        let mut query = vec![0.0; 2 * HEAD];
        query[0] = 1.0;
        query[HEAD + 1] = 1.0;
        // Two positions: the first head matches position 1, the second head position 0.
        let mut keys = vec![0.0; 4 * HEAD];
        keys[2 * HEAD] = 60.0;
        keys[HEAD + 1] = 60.0;
        let mut values = vec![1.0; 4 * HEAD];
        values[2 * HEAD..].fill(5.0);
        let rows = |values| Rows { values, stride: 2 * HEAD, offset: 0 };
        let out = attend(&query, rows(&keys), rows(&values));
        assert!(out[..HEAD].iter().all(|v| (v - 5.0).abs() < 1e-6));
        assert!(out[HEAD..].iter().all(|v| (v - 1.0).abs() < 1e-6));
    }
}
