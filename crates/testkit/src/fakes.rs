//! Stand-ins for engines, devices and agents that work in no time, and fail when they are told to.
//!
//! A fake voice is a constant: silence is 0, and an utterance has the level of its place in the script, so that the
//! fake recogniser knows which one it hears. Nothing here sleeps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use baton_ports::{
    Agent, AgentRequest, AgentStream, AudioSink, AudioSource, ChatEvent, FinishReason, Pace, PartialStyle,
    ProviderError, Role, SourceEvent, SpeechToText, SttCapabilities, SttEvent, SttRequest, SttStream, SttUrgency,
    Synthesis, TextToSpeech, TtsEvent, TtsRequest, Vad, VadEngine, VadThresholds, WordTime,
};
use baton_types::{AgentName, AudioFrame, EAR_FRAME_SAMPLES, EAR_SAMPLE_RATE, FaultCode, Revision, Timestamp};
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::mpsc;

/// Level of the first utterance of a script; each further one is so much louder.
const LEVEL: f32 = 0.02;

/// Samples a second of the fake voice.
pub const VOICE_RATE: u32 = 8_000;

/// Milliseconds of fake voice a character of text.
pub const MS_A_CHARACTER: u64 = 50;

/// Detects what is not silence.
#[derive(Debug, Default)]
pub struct FakeVad;

impl VadEngine for FakeVad {
    fn name(&self) -> &str {
        "fake"
    }

    fn thresholds(&self) -> VadThresholds {
        VadThresholds { on: 0.7, off: 0.5 }
    }

    fn open(&self) -> Box<dyn Vad> {
        Box::new(Self)
    }
}

impl Vad for FakeVad {
    fn window_samples(&self) -> usize {
        512
    }

    fn process(&mut self, window: &[f32]) -> f32 {
        let loud = window.iter().filter(|sample| sample.abs() > LEVEL / 2.0).count();
        if loud * 2 > window.len() { 1.0 } else { 0.0 }
    }

    fn reset(&mut self) {}
}

/// Sound made of utterances and silence.
#[derive(Debug, Default)]
pub struct FakeSource {
    samples: Vec<f32>,
    at: usize,
}

impl FakeSource {
    /// So many milliseconds of silence.
    #[must_use]
    pub fn silence(mut self, millis: usize) -> Self {
        self.samples.resize(self.samples.len() + millis * EAR_SAMPLE_RATE as usize / 1_000, 0.0);
        self
    }

    /// So many milliseconds of the utterance at this place of the script.
    #[must_use]
    pub fn utterance(mut self, index: usize, millis: usize) -> Self {
        let level = LEVEL * (index + 1) as f32;
        self.samples.resize(self.samples.len() + millis * EAR_SAMPLE_RATE as usize / 1_000, level);
        self
    }
}

#[async_trait]
impl AudioSource for FakeSource {
    fn name(&self) -> &str {
        "fake"
    }

    fn pace(&self) -> Pace {
        Pace::Reader
    }

    async fn next(&mut self) -> SourceEvent {
        if self.at >= self.samples.len() {
            return SourceEvent::Ended;
        }
        let end = (self.at + EAR_FRAME_SAMPLES).min(self.samples.len());
        let at = Timestamp::from_samples(self.at as u64, EAR_SAMPLE_RATE);
        let samples = self.samples[self.at..end].into();
        self.at = end;
        SourceEvent::Frame(AudioFrame { at, samples })
    }
}

/// Keeps what would have been heard.
#[derive(Clone, Debug, Default)]
pub struct FakeSink {
    /// Everything written, at [`VOICE_RATE`].
    pub samples: Arc<Mutex<Vec<f32>>>,
    /// Fails from this sample on.
    pub fails_at: Option<usize>,
}

#[async_trait]
impl AudioSink for FakeSink {
    fn name(&self) -> &str {
        "fake"
    }

    fn sample_rate(&self) -> u32 {
        VOICE_RATE
    }

    fn latency(&self) -> Duration {
        Duration::ZERO
    }

    async fn write(&mut self, samples: &[f32]) -> Result<(), ProviderError> {
        let mut all = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if self.fails_at.is_some_and(|at| all.len() >= at) {
            return Err(ProviderError::new(FaultCode::Interrupted, "the fake sink is gone"));
        }
        all.extend_from_slice(samples);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ProviderError> {
        Ok(())
    }
}

/// Recognises which utterance of a script it hears.
#[derive(Clone, Debug, Default)]
pub struct FakeStt {
    /// The texts by place; a place without a text is noise.
    pub script: Vec<String>,
    /// Every finalisation fails.
    pub fails: bool,
}

impl FakeStt {
    /// A recogniser of these texts.
    #[must_use]
    pub fn of(script: &[&str]) -> Self {
        Self { script: script.iter().map(|text| (*text).to_owned()).collect(), fails: false }
    }
}

impl SpeechToText for FakeStt {
    fn name(&self) -> &str {
        "fake"
    }

    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities { partials: PartialStyle::OnRequest, cheap_early_finalize: true }
    }

    fn open(&self, _request: SttRequest, events: mpsc::Sender<SttEvent>) -> Box<dyn SttStream> {
        Box::new(FakeSttStream { engine: self.clone(), events, heard: BTreeMap::new() })
    }
}

struct FakeSttStream {
    engine: FakeStt,
    events: mpsc::Sender<SttEvent>,
    /// Samples heard of each utterance.
    heard: BTreeMap<usize, usize>,
}

impl FakeSttStream {
    fn text(&self) -> String {
        let texts = self.heard.keys().filter_map(|index| self.engine.script.get(*index));
        texts.filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join(" ")
    }
}

impl SttStream for FakeSttStream {
    fn push(&mut self, samples: &[f32]) {
        for sample in samples.iter().filter(|sample| **sample > LEVEL / 2.0) {
            let index = (sample / LEVEL).round() as usize - 1;
            *self.heard.entry(index).or_default() += 1;
        }
    }

    fn partial(&mut self, seq: u32) {
        let event = match self.engine.fails {
            true => SttEvent::PartialSkipped { seq },
            false => SttEvent::Partial { seq, stable: 0, text: self.text() },
        };
        let _ = self.events.try_send(event);
    }

    fn finalize(&mut self, revision: Revision, _urgency: SttUrgency) {
        let event = if self.engine.fails {
            let error = ProviderError::new(FaultCode::Interrupted, "the fake recogniser fails as told");
            SttEvent::Failed { revision: Some(revision), error }
        } else {
            let text = self.text();
            let confidence = if text.is_empty() { 0.0 } else { 0.9 };
            SttEvent::Final { revision, text, confidence }
        };
        let _ = self.events.try_send(event);
    }

    fn cancel(&mut self) {}
}

/// Speaks [`MS_A_CHARACTER`] of a constant for each character, word times included.
#[derive(Clone, Debug, Default)]
pub struct FakeTts {
    /// Clauses that contain this fail.
    pub fails_at: Option<String>,
}

impl TextToSpeech for FakeTts {
    fn name(&self) -> &str {
        "fake"
    }

    fn sample_rate(&self) -> u32 {
        VOICE_RATE
    }

    fn speak(&self, request: TtsRequest, events: mpsc::Sender<TtsEvent>) -> Box<dyn Synthesis> {
        let fails = self.fails_at.as_ref().is_some_and(|at| request.text.contains(at));
        let job = tokio::spawn(async move {
            if fails {
                let error = ProviderError::new(FaultCode::Interrupted, "the fake voice fails as told");
                let _ = events.send(TtsEvent::Failed(error)).await;
                return;
            }
            let spoken = request.text.trim_end();
            let samples = spoken.len() as u64 * MS_A_CHARACTER * u64::from(VOICE_RATE) / 1_000;
            let _ = events.send(TtsEvent::Audio(vec![0.25; samples as usize])).await;
            let ends = spoken.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).chain([spoken.len()]);
            let words = ends.map(|at| WordTime { text_end: at, end_ms: at as u64 * MS_A_CHARACTER }).collect();
            let _ = events.send(TtsEvent::Ended { words }).await;
        });
        Box::new(FakeSynthesis(job))
    }
}

struct FakeSynthesis(tokio::task::JoinHandle<()>);

impl Synthesis for FakeSynthesis {}

impl Drop for FakeSynthesis {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers each request with the next of its answers.
#[derive(Debug)]
pub struct FakeAgent {
    name: AgentName,
    answers: Mutex<Vec<Answer>>,
    /// What it was asked, as text.
    pub asked: Arc<Mutex<Vec<String>>>,
}

/// What a fake agent does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Writes these pieces.
    Says(Vec<String>),
    /// Writes this and says goodbye.
    Goodbye(String),
    /// Writes this and fails.
    Breaks(String),
    /// Refuses at once.
    Fails,
}

impl FakeAgent {
    /// An agent that gives these answers in order, the last one for ever.
    #[must_use]
    pub fn new(answers: Vec<Answer>) -> Self {
        let mut answers = answers;
        answers.reverse();
        Self { name: AgentName::from("fake"), answers: Mutex::new(answers), asked: Arc::default() }
    }

    /// An agent that always says this.
    #[must_use]
    pub fn says(text: &str) -> Self {
        Self::new(vec![Answer::Says(vec![text.to_owned()])])
    }
}

#[async_trait]
impl Agent for FakeAgent {
    fn name(&self) -> &AgentName {
        &self.name
    }

    fn description(&self) -> String {
        "fake".to_owned()
    }

    async fn respond(&self, request: AgentRequest) -> Result<AgentStream, ProviderError> {
        let said = request.messages.iter().rev().find(|message| message.role == Role::User);
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(said.map_or_else(String::new, |message| message.text.clone()));
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() };
        let broken = || ProviderError::new(FaultCode::Unreachable, "the fake agent fails as told");
        let (pieces, end) = match answer {
            Some(Answer::Says(pieces)) => (pieces, Ok(FinishReason::Complete)),
            Some(Answer::Goodbye(text)) => (vec![text], Ok(FinishReason::Goodbye)),
            Some(Answer::Breaks(text)) => (vec![text], Err(broken())),
            Some(Answer::Fails) | None => return Err(broken()),
        };
        let mut events: Vec<_> = pieces.into_iter().map(|piece| Ok(ChatEvent::Text(piece))).collect();
        events.push(end.map(|reason| ChatEvent::Ended { reason, usage: None }));
        Ok(stream::iter(events).boxed())
    }
}
