//! Whisper on this machine: 16 kHz samples in, text out, on the calling thread.
//!
//! The weights are read once and shared; every call decodes on its own with a pool of one thread, so as many
//! decodes run side by side as there are callers, and none disturbs another. A call can be cancelled between
//! layers and between tokens. This module knows nothing of queues, turns or streams: what to decode when is
//! for whoever calls it. Only English is asked for, of the multilingual models too.

mod decode;
mod decoder;
mod encoder;
mod kernels;
mod pieces;
mod quantized;
mod tokens;
mod weights;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use baton_audio::mel::{self, LogMel};
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::decode::{Decoded, Limits, Writer};
use self::decoder::{Decoder, Memory};
use self::encoder::Encoder;
use self::pieces::{PIECE_MAX, pieces};
use self::tokens::Vocabulary;
use self::weights::Weights;

/// Samples a second.
const RATE: usize = mel::SAMPLE_RATE as usize;
/// Silence behind the sound in a window, so that the model sees where it ends.
const SILENCE_AFTER: usize = RATE;
/// Two frames of features: what windows are multiples of.
const WINDOW_STEP: usize = 2 * mel::HOP;
/// Less than this (50 ms) holds no word.
const SAMPLES_MIN: usize = RATE / 20;
/// Above this probability that nobody speaks, nothing is written. Noise gives 0.64 to 0.99 with the English
/// model, speech at most 0.27; the multilingual one lies lower.
const NO_SPEECH_MAX: f32 = 0.5;
const NO_SPEECH_MAX_MULTILINGUAL: f32 = 0.4;

/// A recognizer with its weights; share it, it has no state of its own between calls.
pub struct Whisper {
    encoder: Encoder,
    decoder: Decoder,
    vocabulary: Vocabulary,
    mel: LogMel,
    /// Pools of one thread that no call is using, at most as many as calls ran side by side.
    pools: Mutex<Vec<ThreadPool>>,
}

/// How to decode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The shortest window in seconds, 0 to 30. A window cut close to the utterance makes the model say
    /// things twice; a long one costs time.
    pub window_seconds_min: f32,
}

impl Options {
    /// For texts that count: a window of 15 s or more.
    pub const FINAL: Self = Self { window_seconds_min: 15.0 };
    /// For texts that will be replaced by a later one: a window of 10 s or more, a third cheaper.
    pub const PARTIAL: Self = Self { window_seconds_min: 10.0 };
}

impl Default for Options {
    fn default() -> Self {
        Self::FINAL
    }
}

/// What was heard.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Transcription {
    /// The text with its punctuation, without spaces around it; empty if nobody speaks.
    pub text: String,
    /// The mean probability of a token (the exponential of the mean log probability), 0 to 1; 0 where there
    /// is no text.
    pub confidence: f32,
    /// The probability that nobody speaks, 0 to 1; of a sound in several pieces the smallest.
    pub no_speech: f32,
    /// The text in the model's own segments.
    pub segments: Vec<Segment>,
}

/// A stretch of text and where it stands in the samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The text, without spaces around it.
    pub text: String,
    /// Where it begins, in milliseconds.
    pub start_ms: u32,
    /// Where it ends, in milliseconds; not beyond the end of the samples.
    pub end_ms: u32,
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file is not there.
    #[error("{} is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file ends too early.
    #[error("{} is cut off: it has {length} bytes and needs at least {needed}", path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        length: u64,
        /// The least length that its contents declare, in bytes.
        needed: u64,
    },
    /// A file is not what it should be.
    #[error("{} is not the expected kind of file: {what}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl LoadError {
    fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Unreadable { path, source },
        }
    }
}

/// Why there is no transcription.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscribeError {
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The engine failed, which a loaded model should not.
    #[error("the speech recognizer failed: {0}")]
    Engine(String),
}

/// Why a computation ended early.
#[derive(Debug)]
enum Stopped {
    Cancelled,
    Failed(candle_core::Error),
    /// The weights give no numbers.
    Broken,
}

impl From<candle_core::Error> for Stopped {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Stopped> for TranscribeError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::Failed(error) => Self::Engine(error.to_string()),
            Stopped::Broken => Self::Engine("the model's weights are damaged".to_owned()),
        }
    }
}

impl Whisper {
    /// Reads a model from a folder with `model.bin`, `tokenizer.json` and `config.json`. The sizes follow from
    /// the shapes in the file. Whether the files are the right ones is not checked beyond their form.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join("model.bin");
        let mut weights = Weights::open(&path)?;
        let wrong = |what: String| LoadError::Format { path: path.clone(), what };
        let (size, width) = match *weights.dims("decoder/embeddings/weight")? {
            [size, width] if width > 0 && width % encoder::HEAD == 0 => (size, width),
            ref dims => return Err(wrong(format!("its embeddings have the shape {dims:?}"))),
        };
        match *weights.dims("encoder/conv1/weight")? {
            [_, mel::BANDS, _] => {}
            ref dims => return Err(wrong(format!("its first layer has the shape {dims:?}"))),
        }
        let vocabulary = Vocabulary::load(folder, size)?;
        let decoder = Decoder::load(&mut weights, width, size)?;
        if decoder.length_max() <= vocabulary.prompt.len() {
            return Err(wrong("it has no room for text".to_owned()));
        }
        Ok(Self {
            encoder: Encoder::load(&mut weights, width, mel::BANDS)?,
            decoder,
            vocabulary,
            mel: LogMel::new(),
            pools: Mutex::default(),
        })
    }

    /// Whether the model was trained on other languages than English too.
    pub fn is_multilingual(&self) -> bool {
        self.vocabulary.multilingual
    }

    /// Transcribes `samples` (16 kHz mono, full scale 1.0; values that are no numbers count as silence).
    ///
    /// Blocks until it is done, about 0.3 s for an utterance of a few seconds with a small model, or until
    /// `cancel` says yes; it is asked between layers and tokens, every few milliseconds. Sound of more than
    /// 30 s is decoded in pieces, cut where it is quietest.
    pub fn transcribe(
        &self,
        samples: &[f32],
        options: &Options,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<Transcription, TranscribeError> {
        let idle = || self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = idle().pop();
        let pool = match reused {
            Some(pool) => pool,
            None => ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(|_| "whisper".to_owned())
                .build()
                .map_err(|error| TranscribeError::Engine(error.to_string()))?,
        };
        let result = pool.install(|| self.whole(samples, options, cancel));
        idle().push(pool);
        Ok(result?)
    }

    /// Piece by piece.
    fn whole(
        &self,
        samples: &[f32],
        options: &Options,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<Transcription, Stopped> {
        let mut result = Transcription { no_speech: 1.0, ..Transcription::default() };
        let mut log_probability = 0.0;
        let mut count = 0;
        for piece in pieces(samples) {
            let decoded = self.piece(&samples[piece.clone()], options, cancel)?;
            result.no_speech = result.no_speech.min(decoded.no_speech);
            log_probability += decoded.log_probability;
            let text = decoded.tokens.iter();
            count += text.filter(|&&t| self.vocabulary.is_text(t)).count();
            self.segments(&decoded.tokens, &piece, &mut result.segments);
        }
        let texts: Vec<&str> = result.segments.iter().map(|s| s.text.as_str()).collect();
        result.text = texts.join(" ");
        if !result.text.is_empty() {
            result.confidence = (log_probability / count as f32).exp();
        }
        Ok(result)
    }

    /// Decodes one piece; again with the longest window if the writer went round in circles.
    fn piece(
        &self,
        samples: &[f32],
        options: &Options,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<Decoded, Stopped> {
        if samples.len() < SAMPLES_MIN || samples.iter().all(|s| *s == 0.0) {
            return Ok(Decoded { no_speech: 1.0, ..Decoded::default() });
        }
        let window = window(samples.len(), options.window_seconds_min);
        let decoded = self.window(samples, window, cancel)?;
        if decoded.looped && window < PIECE_MAX {
            return self.window(samples, PIECE_MAX, cancel);
        }
        Ok(decoded)
    }

    fn window(&self, samples: &[f32], window: usize, cancel: &(dyn Fn() -> bool + Sync)) -> Result<Decoded, Stopped> {
        let mut padded = Vec::with_capacity(window);
        padded.extend(samples);
        padded.resize(window, 0.0);
        let features = self.mel.features(&padded);
        encoder::stop_if(cancel)?;
        let sound = self.encoder.encode(&features, mel::BANDS, cancel)?;
        let mut pen = Pen { memory: self.decoder.listen(&sound, cancel)?, decoder: &self.decoder, cancel };
        let limits = Limits {
            speech_seconds: samples.len() as f32 / RATE as f32,
            length_max: self.decoder.length_max(),
            no_speech_max: if self.vocabulary.multilingual { NO_SPEECH_MAX_MULTILINGUAL } else { NO_SPEECH_MAX },
        };
        decode::decode(&mut pen, &self.vocabulary, limits)
    }

    /// Splits tokens at their stamps into segments; `piece` says where they stand in the samples.
    fn segments(&self, tokens: &[u32], piece: &std::ops::Range<usize>, out: &mut Vec<Segment>) {
        let to_ms = |sample: usize| u32::try_from(sample / (RATE / 1_000)).unwrap_or(u32::MAX);
        let (from, until) = (to_ms(piece.start), to_ms(piece.end));
        let mut start_ms = from;
        let mut pending = Vec::new();
        // What no stamp closes ends with the sound.
        for token in tokens.iter().copied().map(Some).chain([None]) {
            if let Some(text) = token.filter(|&t| self.vocabulary.is_text(t)) {
                pending.push(text);
                continue;
            }
            let at = token.and_then(|t| self.vocabulary.seconds(t));
            let at_ms = at.map_or(until, |s| (from + (s * 1_000.0).round() as u32).min(until));
            let text = self.vocabulary.text(&pending).trim().to_owned();
            pending.clear();
            // Dots and dashes alone are what the model makes of breath.
            if text.contains(char::is_alphanumeric) {
                out.push(Segment { text, start_ms, end_ms: at_ms });
            }
            start_ms = at_ms;
        }
    }
}

/// The decoder at work on one sound.
struct Pen<'a> {
    decoder: &'a Decoder,
    memory: Memory,
    cancel: &'a (dyn Fn() -> bool + Sync),
}

impl Writer for Pen<'_> {
    fn next(&mut self, token: u32, scores: &mut Vec<f32>) -> Result<(), Stopped> {
        self.decoder.step(&mut self.memory, token, scores, self.cancel)
    }
}

/// The length of the window for a sound of `samples`: as long as asked for, longer if the sound with the
/// silence behind it is, at most the longest that the model knows.
fn window(samples: usize, seconds_min: f32) -> usize {
    let least = (seconds_min.clamp(0.0, 30.0) * RATE as f32) as usize;
    let window = least.max(samples + SILENCE_AFTER).min(PIECE_MAX);
    window.next_multiple_of(WINDOW_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_hold_the_sound_and_silence_behind_it() {
        assert_eq!(window(16_000, 15.0), 15 * RATE);
        assert_eq!(window(14 * RATE + 1, 15.0), 15 * RATE + WINDOW_STEP);
        assert_eq!(window(20 * RATE, 10.0), 21 * RATE);
        assert_eq!(window(PIECE_MAX, 10.0), PIECE_MAX);
        assert_eq!(window(RATE, 99.0), PIECE_MAX);
        assert_eq!(window(RATE, f32::NAN), 2 * RATE);
    }

    #[test]
    fn a_folder_without_a_model_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = Whisper::load(folder.path()).err().unwrap();
        assert!(matches!(error, LoadError::Missing { path } if path.ends_with("model.bin")));
        std::fs::create_dir(folder.path().join("model.bin")).unwrap();
        let error = Whisper::load(folder.path()).err().unwrap();
        assert!(error.to_string().contains("model.bin"));
    }
}
