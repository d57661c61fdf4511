//! The voice's network, cut in two: phonemes to a picture of the speech, and any stretch of that picture to samples.
//!
//! The file is one graph. Stage A runs it up to how many frames each phoneme lasts, and when that is a sane length, on
//! to the latent `z` (192 numbers a frame of 256 samples); stage B runs it from a stretch of `z` to samples. The decoder
//! sees no farther than [`CONTEXT`] frames to either side, so a stretch decoded with that much context is the whole
//! decode, bit for bit. It knows nothing of text, pauses or levels.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

use super::error::{LoadError, SynthesizeError};
use super::wire;

/// Frames the decoder needs on each side; 10 differ by -129 dB, 4 are audible.
const CONTEXT: usize = 12;
/// Numbers a frame of the latent.
const CHANNELS: usize = 192;

/// Where stage A ends and stage B begins.
const LATENT: &str = "/Mul_7_output_0";
/// How many frames each id lasts, as a whole number in floating point.
const FRAMES_OF_ID: &str = "/Ceil_output_0";
/// What the text became before its length was known: mean and spread of the latent for each id.
const TEXT: [&str; 2] = ["/enc_p/Split_output_0", "/enc_p/Split_output_1"];
/// Frames of one id beyond which the model is broken; the longest sounds at half speed last about 60.
const FRAMES_OF_ID_MAX: f32 = 400.0;
/// Frames of one call beyond which the model is broken, 46 s.
const FRAMES_MAX: usize = 4_000;

/// The graph with the nodes that are its ends.
pub(super) struct Network {
    model: Model,
    ids: NodeId,
    ids_len: NodeId,
    scales: NodeId,
    text: [NodeId; 2],
    frames_of_id: NodeId,
    latent: NodeId,
    samples: NodeId,
    /// Samples that a frame becomes.
    frame_len: usize,
}

/// What stage A gives: speech before it is sound.
pub(super) struct Latent {
    z: NdTensor<f32, 3>,
    /// Frames of each id; their sum is [`Latent::frames`].
    pub(super) frames_of_id: Vec<usize>,
}

impl Latent {
    /// Frames in all.
    pub(super) fn frames(&self) -> usize {
        self.z.size(2)
    }
}

impl Network {
    /// Reads a model file and tries it on one phoneme.
    pub(super) fn load(path: &Path, phoneme: [i32; 5], pool: &Arc<ThreadPool>) -> Result<Self, LoadError> {
        let bytes = std::fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        let broken = |reason| LoadError::Model { path: path.to_owned(), reason };
        let other = |reason: String| LoadError::Graph { path: path.to_owned(), reason };
        wire::check(&bytes).map_err(broken)?;
        let model = ModelOptions::with_all_ops().load(bytes).map_err(|error| broken(error.to_string()))?;
        let node = |name: &str| model.find_node(name).ok_or_else(|| other(format!("it has no node {name}")));
        let mut network = Self {
            ids: node("input")?,
            ids_len: node("input_lengths")?,
            scales: node("scales")?,
            text: [node(TEXT[0])?, node(TEXT[1])?],
            frames_of_id: node(FRAMES_OF_ID)?,
            latent: node(LATENT)?,
            samples: node("output")?,
            frame_len: 0,
            model,
        };
        if network.model.input_ids().len() != 3 {
            return Err(other(format!("it has {} inputs, expected 3", network.model.input_ids().len())));
        }
        let failed = |error: SynthesizeError| other(error.to_string());
        let latent = network.encode(&phoneme, [0.0, 1.0, 0.0], pool).map_err(failed)?;
        let samples = network.run_decoder(&latent, 0..latent.frames(), pool).map_err(failed)?;
        network.frame_len = samples.len() / latent.frames().max(1);
        if network.frame_len == 0 || network.frame_len * latent.frames() != samples.len() {
            return Err(other(format!("it makes {} samples of {} frames", samples.len(), latent.frames())));
        }
        if !samples.iter().all(|sample| sample.is_finite()) {
            return Err(broken("it gives samples that are not numbers".to_owned()));
        }
        Ok(network)
    }

    /// Samples that a frame becomes.
    pub(super) fn frame_len(&self) -> usize {
        self.frame_len
    }

    /// Stage A. `scales` are noise, length and noise of the length; with both noises 0 the result repeats.
    pub(super) fn encode(
        &self,
        ids: &[i32],
        scales: [f32; 3],
        pool: &Arc<ThreadPool>,
    ) -> Result<Latent, SynthesizeError> {
        let ids_len = ids.len();
        let given: [(NodeId, Value); 3] = [
            (self.ids, NdTensor::from_data([1, ids_len], ids.to_vec()).into()),
            (self.ids_len, NdTensor::from_data([1], vec![ids_len as i32]).into()),
            (self.scales, NdTensor::from_data([3], scales.to_vec()).into()),
        ];
        let inputs = || given.iter().map(|(node, value)| (*node, ValueOrView::from(value)));
        let outputs = [self.frames_of_id, self.text[0], self.text[1]];
        let [lengths, mean, spread]: [Value; 3] = self
            .run(inputs().collect(), &outputs, pool)?
            .try_into()
            .map_err(|_| unexpected("three outputs were asked for"))?;
        let frames_of_id = whole_frames(lengths.clone())?;
        if frames_of_id.len() != ids_len {
            return Err(unexpected(&format!("{} lengths of {ids_len} ids", frames_of_id.len())));
        }
        let known = [(self.frames_of_id, lengths.into()), (self.text[0], mean.into()), (self.text[1], spread.into())];
        let values = self.run(inputs().chain(known).collect(), &[self.latent], pool)?;
        let z: NdTensor<f32, 3> =
            first_tensor(values)?.try_into().map_err(|_| unexpected("the latent has another rank"))?;
        let frames = frames_of_id.iter().sum();
        if z.shape() != [1, CHANNELS, frames] {
            return Err(unexpected(&format!("the latent of {frames} frames has shape {:?}", z.shape())));
        }
        Ok(Latent { frames_of_id, z })
    }

    /// Stage B: the samples of some frames, the same as in the decode of all.
    pub(super) fn decode(
        &self,
        latent: &Latent,
        frames: Range<usize>,
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<f32>, SynthesizeError> {
        let start = frames.start.saturating_sub(CONTEXT);
        let end = (frames.end + CONTEXT).min(latent.frames());
        let samples = self.run_decoder(latent, start..end, pool)?;
        if samples.len() != (end - start) * self.frame_len {
            return Err(unexpected(&format!("{} samples of {} frames", samples.len(), end - start)));
        }
        let kept = &samples[(frames.start - start) * self.frame_len..][..frames.len() * self.frame_len];
        if kept.iter().all(|sample| sample.is_finite()) { Ok(kept.to_vec()) } else { Err(SynthesizeError::NotFinite) }
    }

    fn run_decoder(
        &self,
        latent: &Latent,
        frames: Range<usize>,
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<f32>, SynthesizeError> {
        let z = latent.z.slice((.., .., frames)).to_tensor();
        let values = self.run(vec![(self.latent, z.into())], &[self.samples], pool)?;
        Ok(first_tensor(values)?.into_data())
    }

    fn run(
        &self,
        inputs: Vec<(NodeId, ValueOrView)>,
        outputs: &[NodeId],
        pool: &Arc<ThreadPool>,
    ) -> Result<Vec<Value>, SynthesizeError> {
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        self.model.run(inputs, outputs, Some(options)).map_err(|error| unexpected(&error.to_string()))
    }
}

fn first_tensor(values: Vec<Value>) -> Result<Tensor<f32>, SynthesizeError> {
    let value = values.into_iter().next().ok_or_else(|| unexpected("no output"))?;
    value.try_into().map_err(|_| unexpected("an output of another type"))
}

/// The lengths as numbers of frames, if they are sane: a broken model asks for any length, and memory with it.
fn whole_frames(lengths: Value) -> Result<Vec<usize>, SynthesizeError> {
    let lengths: Tensor<f32> = lengths.try_into().map_err(|_| unexpected("lengths of another type"))?;
    let frames: Option<Vec<usize>> =
        lengths.iter().map(|frames| (0.0..=FRAMES_OF_ID_MAX).contains(frames).then_some(*frames as usize)).collect();
    let sane = frames.filter(|frames| (1..=FRAMES_MAX).contains(&frames.iter().sum()));
    sane.ok_or_else(|| unexpected("phonemes of impossible length"))
}

fn unexpected(reason: &str) -> SynthesizeError {
    SynthesizeError::Model { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{one_thread, voice_folder};
    use super::*;

    const IDS: &str = "hˈaʊ kæn aɪ hˈɛlp juː tədˈeɪ? aɪ hæv stˈɑːɹɾᵻd ðə tˈæsk.";

    /// The whole graph in one run, as its authors meant it.
    fn whole(network: &Network, ids: &[i32], pool: &Arc<ThreadPool>) -> Vec<f32> {
        let inputs: Vec<(NodeId, ValueOrView)> = vec![
            (network.ids, NdTensor::from_data([1, ids.len()], ids.to_vec()).into()),
            (network.ids_len, NdTensor::from_data([1], vec![ids.len() as i32]).into()),
            (network.scales, NdTensor::from_data([3], vec![0.0, 1.0, 0.0]).into()),
        ];
        let values = network.run(inputs, &[network.samples], pool).unwrap();
        first_tensor(values).unwrap().into_data()
    }

    #[test]
    fn stretches_of_both_stages_equal_the_whole_graph_bit_for_bit() {
        let Some(folder) = voice_folder("the voice's two stages") else { return };
        let pool = one_thread();
        let path = folder.join("en_US-joe-medium.onnx");
        let config = super::super::config::VoiceConfig::load(&folder.join("en_US-joe-medium.onnx.json")).unwrap();
        let mut ids = vec![config.start, 0];
        ids.extend(IDS.chars().flat_map(|symbol| [config.id(symbol).unwrap(), 0]));
        ids.push(config.end);
        let network = Network::load(&path, [1, 0, config.id('ə').unwrap(), 0, 2], &pool).unwrap();
        let expected = whole(&network, &ids, &pool);
        let latent = network.encode(&ids, [0.0, 1.0, 0.0], &pool).unwrap();
        assert_eq!(network.frame_len(), 256);
        assert_eq!(latent.frames() * 256, expected.len());
        assert_eq!(latent.frames_of_id.iter().sum::<usize>(), latent.frames());
        let joined: Vec<f32> = super::super::stretches(latent.frames())
            .flat_map(|frames| network.decode(&latent, frames, &pool).unwrap())
            .collect();
        let different = joined.iter().zip(&expected).filter(|(one, other)| one.to_bits() != other.to_bits()).count();
        assert_eq!((joined.len(), different), (expected.len(), 0));
    }
}
