//! `baton demo`: an example conversation at real speed, with the real engines, for anybody to hear.
//!
//! The caller's side is spoken by the installed voice: a question, which is answered; an "mm-hm" while Baton speaks,
//! which is no interruption; another question into the middle of the answer, which is one; and goodbye. The caller
//! listens as a person does: each utterance waits for its moment in the conversation, not for a time on the clock.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use baton_audio::resample::Resampler;
use baton_ports::{AudioSink, AudioSource, Pace, ProviderError, SourceEvent, TextToSpeech, TtsEvent, TtsRequest};
use baton_runtime::driver::{Speed, Tap};
use baton_runtime::report::{Report, What};
use baton_server::adapters::transports::wav::StereoWavWriter;
use baton_server::compose::Kind;
use baton_server::config::AgentKind;
use baton_server::models::Uses;
use baton_session::Cutter;
use baton_types::{AudioFrame, EAR_FRAME_SAMPLES, EAR_SAMPLE_RATE, Timestamp};
use tokio::sync::mpsc;

use crate::cli::Demo;
use crate::commands::talk::{Plan, end, failed};
use crate::context::{Context, Failure, Kept};
use crate::{output, timeline};

/// What the caller says, and when.
const SCRIPT: [(Cue, &str); 4] = [
    (Cue::Quiet, "What can you do?"),
    // An "mm-hm" as the voice hums it best.
    (Cue::WhileItSpeaks, "Mm. Hmm."),
    (Cue::WhileItSpeaks, "What is twelve times seven?"),
    (Cue::Quiet, "Thank you. Goodbye."),
];

/// Milliseconds of Baton's speech after which the caller speaks into it.
const INTO_SPEECH_MS: u64 = 1_800;

/// Milliseconds of quiet after which the caller takes the turn.
const QUIET_MS: u64 = 900;

/// The moment for an utterance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cue {
    /// When nobody has spoken for a while.
    Quiet,
    /// When Baton has spoken for a while.
    WhileItSpeaks,
}

pub(crate) async fn run(context: &Context, arguments: &Demo) -> Result<(), Failure> {
    let mut config = context.config().clone();
    // The example is the same everywhere: no model decides what is said in it.
    config.agent.kind = AgentKind::Concierge;
    let engines = context.engines(&config, Uses::CONVERSATION, &arguments.downloads).await?;
    let (Some(voice), true) = (engines.tts.clone(), engines.stt.is_some()) else {
        return Err(Failure::missing(
            "the example needs a voice and a recogniser: `baton doctor` says what is missing",
        ));
    };
    output::note("the caller's side is being spoken");
    let mut utterances = VecDeque::new();
    for (cue, text) in SCRIPT {
        utterances.push_back(Utterance { cue, samples: speak(voice.as_ref(), text).await? });
    }
    let journal = arguments.journal.clone().unwrap_or_else(|| arguments.out.with_extension("jsonl"));
    remove_old(&journal)?;
    let rate = voice.sample_rate();
    let writer = StereoWavWriter::create(&arguments.out, rate).map_err(failed)?;
    let to_rate = Resampler::new(EAR_SAMPLE_RATE, rate).map_err(|error| Failure::failed(error.to_string()))?;
    let recording = Arc::new(Mutex::new(Recording { writer, to_rate, error: None }));
    let moment = Arc::new(Mutex::new(Moment::default()));
    let caller = Caller { utterances, moment: Arc::clone(&moment), saying: None, quiet_ms: 0, position: 0 };
    let kind = Kind { spoken: true, greeting: false, echo: false, attended: false };
    let plan = Plan {
        config: &config,
        engines,
        kind,
        kept: Kept { store: None, journals: None, conversation: None, before: Vec::new() },
        journal: Some(&journal),
        source: Some(Box::new(caller)),
        sink: Some(Box::new(Silent { rate })),
        speed: Speed::Real,
        hold: false,
        tap: Some(Box::new(Recorder(Arc::clone(&recording)))),
    };
    let (driver, _handle, mut told) = plan.driver()?;
    let session = tokio::spawn(driver.run());
    while let Some(report) = told.recv().await {
        moment.lock().unwrap_or_else(PoisonError::into_inner).follow(&report);
        if arguments.json {
            output::json(&report);
        } else if let Some(line) = timeline::line(&report) {
            output::line(&line);
        }
    }
    let ended = session.await.map_err(|error| Failure::failed(format!("the session ended with a panic: {error}")))?;
    finish(recording)?;
    output::note(&format!(
        "listen to {} (caller left, Baton right); the journal is {}",
        arguments.out.display(),
        journal.display()
    ));
    end(&ended)
}

/// A journal never overwrites another; the one of an earlier example is ours to replace.
fn remove_old(journal: &PathBuf) -> Result<(), Failure> {
    match std::fs::remove_file(journal) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::failed(format!("cannot replace {}: {error}", journal.display())))
        }
        _ => Ok(()),
    }
}

/// A text as 16 kHz samples.
async fn speak(voice: &dyn TextToSpeech, text: &str) -> Result<Vec<f32>, Failure> {
    let mut cutter = Cutter::new();
    let mut clauses = cutter.push(text);
    clauses.extend(cutter.flush());
    let mut spoken = Vec::new();
    for text in clauses {
        let (events, mut told) = mpsc::channel(64);
        let _handle = voice.speak(TtsRequest { text, speed: 1.0, deadline: 0 }, events);
        while let Some(event) = told.recv().await {
            match event {
                TtsEvent::Audio(samples) => spoken.extend(samples),
                TtsEvent::Ended { .. } => break,
                TtsEvent::Failed(error) => return Err(failed(error)),
            }
        }
    }
    let mut resampler =
        Resampler::new(voice.sample_rate(), EAR_SAMPLE_RATE).map_err(|error| Failure::failed(error.to_string()))?;
    let mut samples = Vec::new();
    resampler.push(&spoken, &mut samples);
    resampler.flush(&mut samples);
    Ok(samples)
}

struct Utterance {
    cue: Cue,
    samples: Vec<f32>,
}

/// Where the conversation stands, as the caller hears it.
#[derive(Debug, Default)]
struct Moment {
    /// Milliseconds of the present reply that have been played since the caller last spoke.
    heard_ms: u64,
    played_ms: u64,
    spoke_at_ms: u64,
    is_speaking: bool,
    /// Something is still to be answered.
    is_answering: bool,
    is_over: bool,
}

impl Moment {
    fn follow(&mut self, report: &Report) {
        match &report.what {
            What::AgentStarted { .. } => {
                (self.is_speaking, self.spoke_at_ms, self.played_ms, self.heard_ms) = (true, 0, 0, 0);
            }
            What::AgentProgress { played_ms, .. } => {
                self.played_ms = *played_ms;
                self.heard_ms = played_ms.saturating_sub(self.spoke_at_ms);
            }
            What::UserFinal { .. } => self.is_answering = true,
            What::AgentFinal { .. } => (self.is_speaking, self.is_answering) = (false, false),
            What::TurnDropped { .. } => self.is_answering = false,
            What::SessionEnded { .. } => self.is_over = true,
            _ => {}
        }
    }
}

/// The caller: silence, and each utterance at its moment.
struct Caller {
    utterances: VecDeque<Utterance>,
    moment: Arc<Mutex<Moment>>,
    saying: Option<(Vec<f32>, usize)>,
    quiet_ms: u64,
    position: u64,
}

impl Caller {
    fn is_moment(&mut self, cue: Cue) -> bool {
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        match cue {
            Cue::WhileItSpeaks => {
                let is_it = moment.is_speaking && moment.heard_ms >= INTO_SPEECH_MS;
                if is_it {
                    (moment.spoke_at_ms, moment.heard_ms) = (moment.played_ms, 0);
                }
                is_it
            }
            Cue::Quiet => {
                let is_quiet = !moment.is_speaking && !moment.is_answering;
                self.quiet_ms = if is_quiet { self.quiet_ms + 20 } else { 0 };
                self.quiet_ms >= QUIET_MS
            }
        }
    }

    fn next_samples(&mut self) -> Option<Vec<f32>> {
        if self.saying.is_none() {
            let cue = self.utterances.front().map(|utterance| utterance.cue)?;
            if self.is_moment(cue) {
                self.quiet_ms = 0;
                self.saying = self.utterances.pop_front().map(|utterance| (utterance.samples, 0));
            }
        }
        let mut frame = vec![0.0; EAR_FRAME_SAMPLES];
        if let Some((samples, at)) = &mut self.saying {
            let count = (samples.len() - *at).min(EAR_FRAME_SAMPLES);
            frame[..count].copy_from_slice(&samples[*at..*at + count]);
            *at += count;
            if *at == samples.len() {
                self.saying = None;
            }
        }
        Some(frame)
    }
}

#[async_trait]
impl AudioSource for Caller {
    fn name(&self) -> &str {
        "the caller of the example"
    }

    fn pace(&self) -> Pace {
        Pace::Reader
    }

    async fn next(&mut self) -> SourceEvent {
        let Some(samples) = self.next_samples() else { return SourceEvent::Ended };
        let at = Timestamp::from_samples(self.position, EAR_SAMPLE_RATE);
        self.position += samples.len() as u64;
        SourceEvent::Frame(AudioFrame { at, samples: samples.into() })
    }
}

/// Nobody listens while it is made: the recording is what counts.
struct Silent {
    rate: u32,
}

#[async_trait]
impl AudioSink for Silent {
    fn name(&self) -> &str {
        "nowhere"
    }

    fn sample_rate(&self) -> u32 {
        self.rate
    }

    fn latency(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    async fn write(&mut self, _samples: &[f32]) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ProviderError> {
        Ok(())
    }
}

struct Recording {
    writer: StereoWavWriter,
    to_rate: Resampler,
    error: Option<ProviderError>,
}

/// Writes both sides as they are heard.
struct Recorder(Arc<Mutex<Recording>>);

impl Tap for Recorder {
    fn tick(&mut self, caller: &[f32], agent: &[f32]) {
        let mut recording = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recording = &mut *recording;
        let mut left = Vec::new();
        recording.to_rate.push(caller, &mut left);
        let written = recording.writer.left(&left).and_then(|()| recording.writer.right(agent));
        if let Err(error) = written {
            recording.error.get_or_insert(error);
        }
    }
}

fn finish(recording: Arc<Mutex<Recording>>) -> Result<(), Failure> {
    let Ok(recording) = Arc::try_unwrap(recording) else {
        return Err(Failure::failed("the recording is still in use"));
    };
    let mut recording = recording.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut rest = Vec::new();
    recording.to_rate.flush(&mut rest);
    recording.writer.left(&rest).map_err(failed)?;
    if let Some(error) = recording.error {
        return Err(failed(error));
    }
    recording.writer.finish().map_err(failed)
}
