//! The embedded voice: text in, samples out while they are made, on the calling thread.
//!
//! A Piper voice is a VITS network (`*.onnx`) and its configuration (`*.onnx.json`). It is read once and shared; each
//! call runs on a private pool of one thread, so as many calls run side by side as there are callers and none takes all
//! cores. Text becomes phonemes (`baton_speakable`), phonemes become ids (`plan`), the network makes a picture of the
//! whole sentence first and then samples stretch by stretch (`network`), which are trimmed and levelled (`shape`).
//! Queues, deadlines and the port live above it. It speaks English, and it knows nothing of turns.

mod config;
mod error;
mod network;
mod plan;
mod shape;
mod wire;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use baton_speakable::phonemes::phonemize;
use rten::ThreadPool;

use self::config::{PAD, VoiceConfig};
pub use self::error::{LoadError, SynthesizeError};
use self::network::{Latent, Network};
use self::plan::Utterance;
use self::shape::Shaper;

/// Frames of the first stretch (0.19 s of sound), small so that sound starts early.
const FRAMES_FIRST: usize = 16;
/// Frames of the longest stretch: larger ones cost no less, smaller ones repeat too much context.
const FRAMES_MAX: usize = 128;

/// A voice with its network; share it, it has no state of its own between calls.
pub struct Piper {
    network: Network,
    config: VoiceConfig,
    /// Pools of one thread that no call is using, at most as many as calls ran side by side.
    pools: Mutex<Vec<Arc<ThreadPool>>>,
}

/// How to speak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SynthesisOptions {
    /// 1.0 as the voice was trained, 2.0 twice as fast; held within 0.5 and 2.0.
    pub speed: f32,
    /// Whether each reading differs a little from the last, as a person's does. `false` gives the same samples every
    /// time, somewhat flatter: for tests and replay.
    pub lively: bool,
}

impl Default for SynthesisOptions {
    fn default() -> Self {
        Self { speed: 1.0, lively: true }
    }
}

impl SynthesisOptions {
    /// The same samples for the same text, every time.
    pub const REPEATABLE: Self = Self { speed: 1.0, lively: false };
}

/// Samples as they are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Mono, at [`Piper::sample_rate`], within -1.0 and 1.0, never NaN, never empty.
    pub samples: Vec<f32>,
}

/// What a call has spoken.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spoken {
    /// Of all chunks together, pauses included.
    pub duration: Duration,
    /// When each word sounds, in the order of the text.
    pub word_marks: Vec<WordMark>,
}

/// When a word sounds, counted from the first sample of the first chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordMark {
    /// Where the word stands in the text, in bytes.
    pub text: Range<usize>,
    /// Its first sample.
    pub start: Duration,
    /// The sample after its last; never before `start`, never after the end of the chunks.
    pub end: Duration,
}

impl Piper {
    /// Reads the one voice in a folder: `NAME.onnx` and `NAME.onnx.json`. Takes about 0.2 s and tries the network once.
    ///
    /// # Errors
    /// Names the file and what is wrong with it: missing, unreadable, cut, garbled, or another kind of network.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        let model = model_file(folder)?;
        let config = VoiceConfig::load(&PathBuf::from(format!("{}.json", model.display())))?;
        let pool = one_thread();
        let schwa = config.id('ə').unwrap_or(PAD);
        let network = Network::load(&model, [config.start, PAD, schwa, PAD, config.end], &pool)?;
        Ok(Self { network, config, pools: Mutex::new(vec![pool]) })
    }

    /// Samples per second of all chunks.
    pub fn sample_rate(&self) -> u32 {
        self.config.sample_rate
    }

    /// Speaks a text: plain words with the punctuation `, . ? ! ; :`. Blocks until all is given out.
    ///
    /// `on_chunk` gets the samples in order, the first after about 40 ms of work for a short clause. `cancel` is asked
    /// before each stretch of work (at most about 0.2 s apart). A text without words gives no chunk.
    ///
    /// # Errors
    /// [`SynthesizeError::Cancelled`] when `cancel` said so; the others mean a broken model. Chunks given out before an
    /// error stay valid.
    pub fn synthesize(
        &self,
        text: &str,
        options: &SynthesisOptions,
        cancel: &dyn Fn() -> bool,
        on_chunk: &mut dyn FnMut(Chunk),
    ) -> Result<Spoken, SynthesizeError> {
        let pool = self.take_pool();
        let mut speaking =
            Speaking { piper: self, pool: &pool, options, cancel, on_chunk, out: 0, word_marks: Vec::new() };
        let result =
            plan::plan(&phonemize(text), &self.config).iter().try_for_each(|utterance| speaking.utterance(utterance));
        let spoken = Spoken { duration: self.duration(speaking.out), word_marks: speaking.word_marks };
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push(pool);
        result.map(|()| spoken)
    }

    fn take_pool(&self) -> Arc<ThreadPool> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(one_thread)
    }

    fn scales(&self, options: &SynthesisOptions) -> [f32; 3] {
        let noise = |scale: f32| if options.lively { scale } else { 0.0 };
        let speed = if options.speed.is_finite() { options.speed.clamp(0.5, 2.0) } else { 1.0 };
        [noise(self.config.noise_scale), self.config.length_scale / speed, noise(self.config.noise_w)]
    }

    fn duration(&self, samples: usize) -> Duration {
        Duration::from_nanos(samples as u64 * 1_000_000_000 / u64::from(self.config.sample_rate))
    }
}

fn one_thread() -> Arc<ThreadPool> {
    Arc::new(ThreadPool::with_num_threads(1))
}

/// The one `*.onnx` in a folder; the first by name if there are several.
fn model_file(folder: &Path) -> Result<PathBuf, LoadError> {
    let entries = fs::read_dir(folder).map_err(|source| LoadError::Unreadable { path: folder.to_owned(), source })?;
    let is_model = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "onnx");
    let models = entries.flatten().map(|entry| entry.path()).filter(is_model);
    models.min().ok_or_else(|| LoadError::Missing { folder: folder.to_owned() })
}

/// One call on its way.
struct Speaking<'a> {
    piper: &'a Piper,
    pool: &'a Arc<ThreadPool>,
    options: &'a SynthesisOptions,
    cancel: &'a dyn Fn() -> bool,
    on_chunk: &'a mut dyn FnMut(Chunk),
    /// Samples given out.
    out: usize,
    word_marks: Vec<WordMark>,
}

impl Speaking<'_> {
    fn utterance(&mut self, utterance: &Utterance) -> Result<(), SynthesizeError> {
        self.go_on()?;
        let network = &self.piper.network;
        let latent = network.encode(&utterance.ids, self.piper.scales(self.options), self.pool)?;
        let began = self.out;
        let mut shaper = Shaper::new(self.piper.config.sample_rate);
        for frames in stretches(latent.frames()) {
            self.go_on()?;
            let samples = network.decode(&latent, frames, self.pool)?;
            self.give(shaper.push(&samples));
        }
        let lead = shaper.lead();
        let mut rest = shaper.finish();
        let spoken = began..self.out + rest.len();
        rest.resize(rest.len() + self.pause(utterance.mark), 0.0);
        self.give(rest);
        self.mark_words(utterance, &latent, lead, spoken);
        Ok(())
    }

    fn go_on(&self) -> Result<(), SynthesizeError> {
        if (self.cancel)() { Err(SynthesizeError::Cancelled) } else { Ok(()) }
    }

    fn give(&mut self, samples: Vec<f32>) {
        if !samples.is_empty() {
            self.out += samples.len();
            (self.on_chunk)(Chunk { samples });
        }
    }

    /// Samples of silence after a mark: 250 ms at the end of a sentence, 120 ms inside it.
    fn pause(&self, mark: Option<char>) -> usize {
        let ms = match mark {
            Some('.' | '?' | '!') => 250,
            Some(_) => 120,
            None => 0,
        };
        self.piper.config.sample_rate as usize * ms / 1_000
    }

    /// Word times from the length of each phoneme, moved by what was trimmed, within what was given out.
    fn mark_words(&mut self, utterance: &Utterance, latent: &Latent, lead: usize, spoken: Range<usize>) {
        let frame_len = self.piper.network.frame_len();
        let mut ends = Vec::with_capacity(utterance.ids.len());
        latent.frames_of_id.iter().fold(0, |sum, frames| {
            ends.push((sum + frames) * frame_len);
            sum + frames
        });
        let at = |id: usize| {
            let raw = id.checked_sub(1).map_or(0, |before| ends[before]);
            (spoken.start + raw.saturating_sub(lead)).min(spoken.end)
        };
        for word in &utterance.words {
            let (start, end) = (self.piper.duration(at(word.ids.start)), self.piper.duration(at(word.ids.end)));
            self.word_marks.push(WordMark { text: word.text.clone(), start, end });
        }
    }
}

/// Stretches of frames that grow: the first is small, the others cheap.
fn stretches(frames: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    let mut len = FRAMES_FIRST;
    std::iter::from_fn(move || {
        let stretch = next..(next + len).min(frames);
        next = stretch.end;
        len = (len * 2).min(FRAMES_MAX);
        (!stretch.is_empty()).then_some(stretch)
    })
}

#[cfg(test)]
mod tests;
