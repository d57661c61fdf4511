//! Silero's detector: its weights out of the file that its authors publish, the computation from `baton_audio`.

use std::path::Path;
use std::sync::Arc;

use baton_audio::silero::{Layer, Silero, Tensors, WINDOW_LEN, Weights};
use baton_ports::{ProviderError, Vad, VadEngine, VadThresholds};
use baton_types::FaultCode;

use super::onnx;

/// The file's name in the model `silero-vad`.
///
/// The same package holds another network for 16 kHz; this one is better with other voices around.
pub const SILERO_FILE: &str = "silero_vad_16k_sequence.onnx";

/// Longest file read: many times the real one's 1.25 MB.
const FILE_LEN_MAX: u64 = 32 << 20;

/// Opens streams of Silero that share their weights.
#[derive(Debug, Clone)]
pub struct SileroEngine {
    weights: Arc<Weights>,
}

impl SileroEngine {
    /// Reads the weights from the ONNX file at `path`; takes a few milliseconds.
    ///
    /// # Errors
    /// `Missing` when there is no such file, `Damaged` when it cannot be read or is not this network's.
    pub fn load(path: &Path) -> Result<Self, ProviderError> {
        let unreadable = |error: std::io::Error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => FaultCode::Missing,
                _ => FaultCode::Damaged,
            };
            ProviderError::new(kind, format!("voice detector {}: {error}", path.display())).caused_by(error)
        };
        let len = std::fs::metadata(path).map_err(unreadable)?.len();
        if len > FILE_LEN_MAX {
            return Err(damaged(path, &format!("{len} bytes are more than the network has")));
        }
        let file = std::fs::read(path).map_err(unreadable)?;
        Self::parse(&file).map_err(|what| damaged(path, &what))
    }

    fn parse(file: &[u8]) -> Result<Self, String> {
        let tensors = onnx::tensors(file).map_err(|error| error.to_string())?;
        let find = |name: &str, dims: &[u64]| {
            let tensor = tensors.iter().find(|tensor| tensor.name == name).ok_or(format!("no tensor {name}"))?;
            if tensor.dims != dims {
                return Err(format!("tensor {name} has the shape {:?} and not {dims:?}", tensor.dims));
            }
            Ok(tensor.values())
        };
        let stft = find("stft.forward_basis_buffer", &[258, 1, 256])?;
        let conv1 = (find("encoder.0.weight", &[128, 129, 3])?, find("encoder.0.bias", &[128])?);
        let conv2 = (find("encoder.1.weight", &[64, 128, 3])?, find("encoder.1.bias", &[64])?);
        let conv3 = (find("encoder.2.weight", &[64, 64, 3])?, find("encoder.2.bias", &[64])?);
        let conv4 = (find("encoder.3.weight", &[128, 64, 3])?, find("encoder.3.bias", &[128])?);
        let last = (find("output.weight", &[1, 128, 1])?, find("output.bias", &[1])?);
        // The exporter numbers what has no name of its own.
        let lstm_input = reorder(&find("onnx::LSTM_209", &[1, 512, 128])?);
        let lstm_hidden = reorder(&find("onnx::LSTM_210", &[1, 512, 128])?);
        let biases = find("onnx::LSTM_211", &[1, 1_024])?;
        let (input, hidden) = biases.split_at(512);
        let sum: Vec<f32> = input.iter().zip(hidden).map(|(input, hidden)| input + hidden).collect();
        let lstm_bias = reorder(&sum);
        let weights = Weights::new(&Tensors {
            stft: &stft,
            conv1: layer(&conv1),
            conv2: layer(&conv2),
            conv3: layer(&conv3),
            conv4: layer(&conv4),
            lstm_input: &lstm_input,
            lstm_hidden: &lstm_hidden,
            lstm_bias: &lstm_bias,
            last: layer(&last),
        });
        Ok(Self { weights: Arc::new(weights.map_err(|error| error.to_string())?) })
    }
}

impl VadEngine for SileroEngine {
    fn name(&self) -> &str {
        "silero"
    }

    /// Measured: with these it starts wrongly 6 times in an hour of gaps between noisy utterances, with .5 and .35
    /// 17 times, and misses the same.
    fn thresholds(&self) -> VadThresholds {
        VadThresholds { on: 0.7, off: 0.5 }
    }

    fn open(&self) -> Box<dyn Vad> {
        Box::new(Stream(Silero::new(Arc::clone(&self.weights))))
    }
}

struct Stream(Silero);

impl Vad for Stream {
    fn window_samples(&self) -> usize {
        WINDOW_LEN
    }

    fn process(&mut self, window: &[f32]) -> f32 {
        self.0.process(window)
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

/// ONNX keeps an LSTM's gates in the order input, output, forget, cell; the network wants input, forget, cell, output.
fn reorder(gates: &[f32]) -> Vec<f32> {
    let gate = |index: usize| &gates[index * gates.len() / 4..(index + 1) * gates.len() / 4];
    [gate(0), gate(2), gate(3), gate(1)].concat()
}

fn layer((weight, bias): &(Vec<f32>, Vec<f32>)) -> Layer<'_> {
    Layer { weight, bias }
}

fn damaged(path: &Path, what: &str) -> ProviderError {
    ProviderError::new(FaultCode::Damaged, format!("voice detector {}: {what}", path.display()))
        .suggest("run `baton models verify silero-vad`")
}
