//! Speech engines: voice activity, recognition, synthesis.

use baton_types::{Language, Revision};
use tokio::sync::mpsc;

use crate::ProviderError;

/// One stream of voice activity. Synchronous: a window costs microseconds.
pub trait Vad: Send {
    /// Samples (16 kHz mono) that `process` takes at a time.
    fn window_samples(&self) -> usize;

    /// The probability, 0 to 1, that the window holds voice. `window` has exactly `window_samples` finite samples;
    /// windows follow each other without a gap.
    fn process(&mut self, window: &[f32]) -> f32;

    /// Forgets everything heard, after a gap in the stream.
    fn reset(&mut self);
}

/// From which probability voice is on, and below which it is off again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VadThresholds {
    /// Voice begins at this probability.
    pub on: f32,
    /// Voice ends below this probability.
    pub off: f32,
}

/// A detector engine: opens streams that share its weights.
pub trait VadEngine: Send + Sync {
    /// The engine's name, for people.
    fn name(&self) -> &str;

    /// The thresholds it was measured with.
    fn thresholds(&self) -> VadThresholds;

    /// A new stream with no memory.
    fn open(&self) -> Box<dyn Vad>;
}

/// How a recogniser gives partial transcripts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartialStyle {
    /// Not at all.
    None,
    /// One for each call of `SttStream::partial`.
    OnRequest,
    /// By itself, whenever it knows more.
    Pushed,
}

/// What a recogniser can do; declared, not found out by failing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SttCapabilities {
    /// How partial transcripts come.
    pub partials: PartialStyle,
    /// Whether finalising early, on a guess, costs little, so that it may be thrown away.
    pub cheap_early_finalize: bool,
}

/// What a stream is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SttRequest {
    /// The language spoken.
    pub language: Language,
    /// Whether the agent is speaking: then partials decide whether it goes on, and come before other work.
    pub overlap: bool,
    /// Whether time stands still while the engine works (a virtual clock): then nothing may be skipped for load.
    pub unhurried: bool,
}

/// How a finalisation relates to the end of the turn; earlier ones go first in a queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SttUrgency {
    /// The user speaks over the agent: the text decides who goes on.
    Overlap,
    /// The turn is over and waits for the text.
    Final,
    /// A guess; may be answered with `Skipped` when the engine is busy.
    Guess,
}

/// What a recogniser says.
#[derive(Debug)]
pub enum SttEvent {
    /// A partial transcript of everything pushed so far.
    Partial {
        /// The request it answers, or the engine's own count where partials are pushed.
        seq: u32,
        /// The whole text so far.
        text: String,
        /// Bytes of `text` that are not expected to change.
        stable: usize,
    },
    /// The partial asked for was not made because the engine is busy.
    PartialSkipped {
        /// The request it answers.
        seq: u32,
    },
    /// The text of everything pushed before `finalize`.
    Final {
        /// The revision it answers.
        revision: Revision,
        /// The text; empty when there are no words.
        text: String,
        /// exp(mean token log probability), 0 to 1; 0 when there are no words.
        confidence: f32,
    },
    /// The guess was not made because the engine is busy.
    Skipped {
        /// The revision it answers.
        revision: Revision,
    },
    /// It failed.
    Failed {
        /// The revision it answers; `None` when the stream as a whole is lost.
        revision: Option<Revision>,
        /// Why.
        error: ProviderError,
    },
}

/// A recogniser.
///
/// Contract: `open` returns at once and starts a stream for one segment of speech. Every `finalize` is answered by
/// exactly one of `Final`, `Skipped` or `Failed` with its revision, and every `partial` by `Partial`,
/// `PartialSkipped` or `Failed`, unless the stream is dropped first: dropping cancels everything and nothing is sent
/// afterwards that was not already queued. Events go to `events`; when the receiver is gone the work stops.
pub trait SpeechToText: Send + Sync {
    /// The engine's name, for people.
    fn name(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> SttCapabilities;

    /// Starts a stream.
    fn open(&self, request: SttRequest, events: mpsc::Sender<SttEvent>) -> Box<dyn SttStream>;
}

/// One segment being recognised. No method blocks.
pub trait SttStream: Send {
    /// The next sound: 16 kHz mono, finite, without gaps.
    fn push(&mut self, samples: &[f32]);

    /// Asks for a partial transcript of everything pushed so far; only where partials come on request. A later
    /// request replaces one that has not begun, which is then answered with `PartialSkipped`.
    fn partial(&mut self, seq: u32);

    /// Asks for the text of everything pushed so far. More may be pushed afterwards and finalised as a later
    /// revision, which replaces this one if it has not begun. Asking for the same revision again before it is answered
    /// only makes it more urgent; there is still one answer.
    fn finalize(&mut self, revision: Revision, urgency: SttUrgency);

    /// Gives up the finalisation that is asked for and not answered; a partial transcript that is asked for still
    /// comes. The sound pushed so far stays.
    fn cancel(&mut self);
}

/// What is to be spoken.
#[derive(Clone, PartialEq, Debug)]
pub struct TtsRequest {
    /// One clause as it was written: numbers, Markdown and all. Making it speakable is the engine adapter's work.
    pub text: String,
    /// 1 is the voice's own speed; 0.5 to 2.
    pub speed: f32,
    /// Order among clauses that wait: smaller goes first. Microseconds of any clock common to the callers.
    pub deadline: u64,
}

/// Where a word of the request's text ends in the sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WordTime {
    /// Byte offset just behind the word in `TtsRequest::text`.
    pub text_end: usize,
    /// Milliseconds from the beginning of the clause's sound.
    pub end_ms: u64,
}

/// What a voice says.
#[derive(Debug)]
pub enum TtsEvent {
    /// The next sound, mono at the engine's rate; finite, within -1 to 1.
    Audio(Vec<f32>),
    /// The clause is complete.
    Ended {
        /// When each word ends; empty when the engine does not know.
        words: Vec<WordTime>,
    },
    /// It failed; what was sent before may be played.
    Failed(ProviderError),
}

/// Work that ends when it is dropped.
pub trait Synthesis: Send {}

/// A voice.
///
/// Contract: `speak` returns at once; then come any number of `Audio` and exactly one `Ended` or `Failed`, unless the
/// returned handle is dropped first, which cancels. A text with nothing to say in it ends without sound.
pub trait TextToSpeech: Send + Sync {
    /// The engine's name, for people.
    fn name(&self) -> &str;

    /// Samples a second of its sound. Fixed for its life.
    fn sample_rate(&self) -> u32;

    /// Speaks a clause.
    fn speak(&self, request: TtsRequest, events: mpsc::Sender<TtsEvent>) -> Box<dyn Synthesis>;
}
