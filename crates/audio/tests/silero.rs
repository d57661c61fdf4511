//! The voice network computes what its description says, whatever its weights: `Silero` beside plain loops.
//!
//! The weights are made up here, so the probabilities mean nothing; that the real weights hear voice is tested where
//! they are read.

use std::sync::Arc;

use baton_audio::generate::{Random, chords, mix, silence, white_noise};
use baton_audio::silero::{Layer, Silero, TensorError, Tensors, WINDOW_LEN, Weights};

/// Names and shapes of the tensors, in the order in which they are checked.
const SHAPES: [(&str, &[usize]); 14] = [
    ("stft", &[258, 1, 256]),
    ("conv1.weight", &[128, 129, 3]),
    ("conv1.bias", &[128]),
    ("conv2.weight", &[64, 128, 3]),
    ("conv2.bias", &[64]),
    ("conv3.weight", &[64, 64, 3]),
    ("conv3.bias", &[64]),
    ("conv4.weight", &[128, 64, 3]),
    ("conv4.bias", &[128]),
    ("lstm_input", &[512, 128]),
    ("lstm_hidden", &[512, 128]),
    ("lstm_bias", &[512]),
    ("last.weight", &[1, 128, 1]),
    ("last.bias", &[1]),
];

/// How far the network may be from the loops, which compute in double precision.
const TOLERANCE: f64 = 1e-5;

/// One value for each tensor of [`SHAPES`].
#[derive(Clone)]
struct Network(Vec<Vec<f32>>);

impl Network {
    /// Pseudo-random weights of a size that keeps the layers' values near 1, and the Fourier basis.
    fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let tensor = |&(name, shape): &(&str, &[usize])| {
            // The last weights are large, so that the probabilities spread over their range.
            let size = match shape {
                _ if name == "stft" => return fourier_basis(),
                [_] => 0.1,
                [1, ..] => 0.7,
                [_, rest @ ..] => (6.0 / rest.iter().product::<usize>() as f32).sqrt(),
                [] => unreachable!("every tensor has a shape"),
            };
            (0..shape.iter().product()).map(|_| size * random.uniform()).collect()
        };
        Self(SHAPES.iter().map(tensor).collect())
    }

    fn get(&self, name: &str) -> &[f32] {
        &self.0[index(name)]
    }

    fn get_mut(&mut self, name: &str) -> &mut Vec<f32> {
        &mut self.0[index(name)]
    }

    fn weights(&self) -> Result<Weights, TensorError> {
        let layer = |weight, bias| Layer { weight: self.get(weight), bias: self.get(bias) };
        Weights::new(&Tensors {
            stft: self.get("stft"),
            conv1: layer("conv1.weight", "conv1.bias"),
            conv2: layer("conv2.weight", "conv2.bias"),
            conv3: layer("conv3.weight", "conv3.bias"),
            conv4: layer("conv4.weight", "conv4.bias"),
            lstm_input: self.get("lstm_input"),
            lstm_hidden: self.get("lstm_hidden"),
            lstm_bias: self.get("lstm_bias"),
            last: layer("last.weight", "last.bias"),
        })
    }

    fn detector(&self) -> Silero {
        Silero::new(Arc::new(self.weights().expect("the network is whole")))
    }
}

fn index(name: &str) -> usize {
    SHAPES.iter().position(|(known, _)| *known == name).expect("every tensor has a shape")
}

/// Cosines, then sines, of 0 to 128 periods in 256 samples under a Hann window, both sides of the middle the same to
/// the bit.
fn fourier_basis() -> Vec<f32> {
    let mut basis = vec![0.0; 258 * 256];
    for (row, values) in basis.chunks_exact_mut(256).enumerate() {
        let is_sine = row >= 129;
        for k in 1..=128 {
            let angle = std::f64::consts::TAU * ((row % 129) * k % 256) as f64 / 256.0;
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * k as f64 / 256.0).cos();
            let value = (window * if is_sine { -angle.sin() } else { angle.cos() }) as f32;
            (values[k], values[256 - k]) = if is_sine { (value, -value) } else { (value, value) };
        }
        if is_sine {
            values[128] = 0.0;
        }
    }
    basis
}

/// The network again, as plain as it can be written: every layer over every input in double precision.
struct Plain<'a> {
    network: &'a Network,
    context: Vec<f64>,
    hidden: Vec<f64>,
    cell: Vec<f64>,
}

impl<'a> Plain<'a> {
    fn new(network: &'a Network) -> Self {
        Self { network, context: vec![0.0; 64], hidden: vec![0.0; 128], cell: vec![0.0; 128] }
    }

    fn process(&mut self, window: &[f32]) -> f64 {
        let mut samples = self.context.clone();
        samples.extend(window.iter().map(|&sample| f64::from(sample)));
        self.context = samples[512..].to_vec();
        let mirrored: Vec<f64> = samples.iter().rev().skip(1).take(64).copied().collect();
        samples.extend(mirrored);

        let spectrum = convolve(&[samples], self.network.get("stft"), &[0.0; 258], 256, 128, 0);
        let magnitude = |bin: usize| (0..4).map(|t| spectrum[bin][t].hypot(spectrum[129 + bin][t])).collect();
        let mut layer: Vec<Vec<f64>> = (0..129).map(magnitude).collect();
        for (number, stride) in [(1, 1), (2, 2), (3, 2), (4, 1)] {
            let [weight, bias] = ["weight", "bias"].map(|part| self.network.get(&format!("conv{number}.{part}")));
            layer = convolve(&layer, weight, bias, 3, stride, 1);
            layer.iter_mut().flatten().for_each(|value| *value = value.max(0.0));
        }
        assert!(layer.len() == 128 && layer.iter().all(|frames| frames.len() == 1));
        let features: Vec<f64> = layer.into_iter().flatten().collect();
        self.remember(&features);
        let score: f64 =
            (0..128).map(|k| f64::from(self.network.get("last.weight")[k]) * self.hidden[k].max(0.0)).sum();
        logistic(score + f64::from(self.network.get("last.bias")[0]))
    }

    /// One step of the LSTM, gates in the order input, forget, cell, output.
    fn remember(&mut self, features: &[f64]) {
        let product = |name: &str, row: usize, vector: &[f64]| -> f64 {
            let weights = &self.network.get(name)[row * 128..(row + 1) * 128];
            weights.iter().zip(vector).map(|(&weight, value)| f64::from(weight) * value).sum()
        };
        let gate = |gate: usize, k: usize| {
            let row = gate * 128 + k;
            let bias = f64::from(self.network.get("lstm_bias")[row]);
            product("lstm_input", row, features) + product("lstm_hidden", row, &self.hidden) + bias
        };
        let cell: Vec<f64> =
            (0..128).map(|k| logistic(gate(1, k)) * self.cell[k] + logistic(gate(0, k)) * gate(2, k).tanh()).collect();
        let hidden = (0..128).map(|k| logistic(gate(3, k)) * cell[k].tanh()).collect();
        (self.cell, self.hidden) = (cell, hidden);
    }
}

/// A convolution of `[channel][time]` with `[output, channel, width]` weights and zeros at both ends.
fn convolve(
    input: &[Vec<f64>],
    weight: &[f32],
    bias: &[f32],
    width: usize,
    stride: usize,
    padding: usize,
) -> Vec<Vec<f64>> {
    let padded: Vec<Vec<f64>> =
        input.iter().map(|channel| [&vec![0.0; padding][..], &channel[..], &vec![0.0; padding][..]].concat()).collect();
    let frames = (padded[0].len() - width) / stride + 1;
    let mut out = vec![vec![0.0; frames]; bias.len()];
    for (o, row) in out.iter_mut().enumerate() {
        for (t, value) in row.iter_mut().enumerate() {
            *value = f64::from(bias[o]);
            for (c, channel) in padded.iter().enumerate() {
                for tap in 0..width {
                    *value += f64::from(weight[(o * input.len() + c) * width + tap]) * channel[t * stride + tap];
                }
            }
        }
    }
    out
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Noise, then chords in it, then silence: half a second in 16 windows that differ.
fn sound(seed: u64) -> Vec<f32> {
    let mut sound = white_noise(seed, -24.0, 0.32);
    mix(&mut sound, 2_000, &chords(seed, -12.0, 0.2));
    sound.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
    sound.extend(silence(0.192));
    sound
}

fn probabilities(detector: &mut Silero, sound: &[f32]) -> Vec<f32> {
    sound.chunks_exact(WINDOW_LEN).map(|window| detector.process(window)).collect()
}

fn plain_probabilities(network: &Network, sound: &[f32]) -> Vec<f64> {
    let mut plain = Plain::new(network);
    sound.chunks_exact(WINDOW_LEN).map(|window| plain.process(window)).collect()
}

/// The greatest difference.
fn distance(ours: &[f32], plain: &[f64]) -> f64 {
    assert_eq!(ours.len(), plain.len());
    ours.iter().zip(plain).map(|(&ours, plain)| (f64::from(ours) - plain).abs()).fold(0.0, f64::max)
}

#[test]
fn the_network_agrees_with_plain_loops_over_a_stream() {
    for seed in 1..=4 {
        let (network, sound) = (Network::random(seed), sound(seed));
        let plain = plain_probabilities(&network, &sound);
        let ours = probabilities(&mut network.detector(), &sound);
        let error = distance(&ours, &plain);
        assert!(error < TOLERANCE, "seed {seed}: {error} away: {ours:?}, not {plain:?}");
        let (low, high) = (plain.iter().fold(1.0_f64, |a, &b| a.min(b)), plain.iter().fold(0.0_f64, |a, &b| a.max(b)));
        assert!(high - low > 0.05 && low > 0.001 && high < 0.999, "seed {seed} proves little: {plain:?}");
    }
}

#[test]
fn every_tensor_has_its_say() {
    let (network, sound) = (Network::random(5), sound(5));
    let before = probabilities(&mut network.detector(), &sound);
    for (name, _) in SHAPES {
        let mut changed = network.clone();
        changed.get_mut(name).iter_mut().for_each(|value| *value *= -0.5);
        let plain = plain_probabilities(&changed, &sound);
        let moved = distance(&before, &plain);
        assert!(moved > 100.0 * TOLERANCE, "{name} moves the probabilities by {moved} only");
        let error = distance(&probabilities(&mut changed.detector(), &sound), &plain);
        assert!(error < TOLERANCE, "{name} changed: {error} away");
    }
}

#[test]
fn a_reset_detector_is_a_new_one_and_without_it_the_stream_goes_on() {
    let (network, sound) = (Network::random(6), sound(6));
    let mut detector = network.detector();
    let first = probabilities(&mut detector, &sound);
    let mut copy = detector.clone();
    let second = probabilities(&mut detector, &sound);
    assert!((first[0] - second[0]).abs() > 1e-3, "what was heard does not matter: {} and {}", first[0], second[0]);
    assert_eq!(probabilities(&mut copy, &sound), second, "a copy goes on from the same state");
    detector.reset();
    assert_eq!(probabilities(&mut detector, &sound), first);
}

#[test]
fn streams_share_weights_and_nothing_else() {
    let weights = Arc::new(Network::random(7).weights().unwrap());
    let sounds = [sound(7), sound(8)];
    let alone = sounds.each_ref().map(|sound| probabilities(&mut Silero::new(weights.clone()), sound));
    let mut detectors = [Silero::new(weights.clone()), Silero::new(weights)];
    for at in 0..alone[0].len() {
        for (stream, detector) in detectors.iter_mut().enumerate() {
            let window = &sounds[stream][at * WINDOW_LEN..][..WINDOW_LEN];
            assert_eq!(detector.process(window), alone[stream][at], "stream {stream} window {at}");
        }
    }
    assert_eq!(size_of::<Silero>(), 1_280 + size_of::<usize>(), "a stream's state has the size that is promised");
}

#[test]
fn without_its_memory_the_network_sees_64_samples_before_the_window_and_no_more() {
    let mut network = Network::random(9);
    network.get_mut("lstm_hidden").fill(0.0);
    // A forget gate shut this far lets nothing of the cell through in single precision.
    network.get_mut("lstm_bias")[128..256].fill(-80.0);
    let sound = sound(9);
    // Loud, because the first samples of a Fourier frame count for little.
    let (before, window) = (white_noise(9, -6.0, 0.032), &sound[..WINDOW_LEN]);
    let after = |before: &[f32]| {
        let mut detector = network.detector();
        detector.process(before);
        detector.process(window)
    };
    let quiet_until = |end: usize| [&vec![0.0; end][..], &before[end..]].concat();
    assert_eq!(after(&quiet_until(448)), after(&before));
    let (with, without) = (after(&before), after(&quiet_until(512)));
    assert!((with - without).abs() > 1e-3, "{with} with the context, {without} without it");
}

#[test]
fn windows_of_another_length_are_cut_or_filled_with_silence() {
    let (network, sound) = (Network::random(10), sound(10));
    let answers = |window: &[f32]| {
        let mut detector = network.detector();
        [detector.process(window), detector.process(&sound[..WINDOW_LEN])]
    };
    assert_eq!(answers(&sound[..700]), answers(&sound[..WINDOW_LEN]));
    assert_eq!(answers(&sound[..300]), answers(&[&sound[..300], &[0.0; 212]].concat()));
    assert_eq!(answers(&[]), answers(&[0.0; WINDOW_LEN]));
}

#[test]
fn samples_that_are_no_sound_do_not_spoil_the_stream() {
    let (network, sound) = (Network::random(11), sound(11));
    let answers = |bad: [f32; 4]| {
        let mut window = sound[..WINDOW_LEN].to_vec();
        // The last of them is in the context of the next window as well.
        for (at, sample) in [0, 100, 300, 511].into_iter().zip(bad) {
            window[at] = sample;
        }
        let mut detector = network.detector();
        [detector.process(&window), detector.process(&sound[WINDOW_LEN..2 * WINDOW_LEN])]
    };
    let mended = answers([0.0, 1.0, -1.0, 1.0]);
    assert_eq!(answers([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30]), mended);
    assert!(mended.iter().all(|probability| (0.0..=1.0).contains(probability)));
}

#[test]
fn a_tensor_of_the_wrong_length_is_named_with_both_lengths() {
    let network = Network::random(12);
    for (name, shape) in SHAPES {
        let expected: usize = shape.iter().product();
        for found in [0, expected - 1, expected + 1] {
            let mut wrong = network.clone();
            wrong.get_mut(name).resize(found, 0.0);
            let error = wrong.weights().unwrap_err();
            assert_eq!(error, TensorError::Length { tensor: name, expected, found });
            assert_eq!(error.to_string(), format!("tensor {name} has {found} values, the network needs {expected}"));
        }
    }
}

#[test]
fn a_tensor_with_a_value_that_is_no_number_is_named_wherever_the_value_stands() {
    let network = Network::random(13);
    for (name, shape) in SHAPES {
        let last = shape.iter().product::<usize>() - 1;
        for (at, value) in [(0, f32::NAN), (last, f32::INFINITY), (last / 2, f32::NEG_INFINITY)] {
            let mut wrong = network.clone();
            wrong.get_mut(name)[at] = value;
            let error = wrong.weights().unwrap_err();
            assert_eq!(error, TensorError::NotFinite { tensor: name });
            assert_eq!(error.to_string(), format!("tensor {name} holds a value that is no number"));
        }
    }
}

#[test]
fn of_several_wrong_tensors_the_first_is_named() {
    let mut wrong = Network::random(14);
    wrong.get_mut("last.bias").clear();
    wrong.get_mut("conv3.bias")[1] = f32::NAN;
    assert_eq!(wrong.weights().unwrap_err(), TensorError::NotFinite { tensor: "conv3.bias" });
}

#[test]
fn a_basis_that_cannot_be_folded_is_refused() {
    let network = Network::random(15);
    let sine = 129 * 256;
    // A first column that is not zero, two halves that differ, and for a sine a middle that is not zero.
    for at in [0, 3 * 256 + 5, 128 * 256 + 255, sine, sine + 7 * 256 + 200, sine + 9 * 256 + 128] {
        let mut wrong = network.clone();
        wrong.get_mut("stft")[at] += 0.01;
        let error = wrong.weights().unwrap_err();
        assert_eq!(error, TensorError::NotSymmetric, "value {at} changed");
        assert_eq!(error.to_string(), "tensor stft is no Fourier basis");
    }
    let mut louder = network;
    louder.get_mut("stft")[3 * 256 + 128] += 0.01;
    assert!(louder.weights().is_ok(), "the middle of a cosine has no other side");
}

#[test]
fn weights_do_not_pour_their_numbers_into_a_log() {
    let weights = Network::random(16).weights().unwrap();
    assert_eq!(format!("{weights:?}"), "Weights { .. }");
}
