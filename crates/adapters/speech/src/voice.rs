//! The embedded voice behind its port: clauses become jobs on a pool, ordered by when they are to be heard.

use std::sync::Arc;
use std::time::Duration;

use baton_ports::{ProviderError, Synthesis, TextToSpeech, TtsEvent, TtsRequest, WordTime};
use baton_speakable::text::{Speakable, speakable};
use baton_types::FaultCode;
use tokio::sync::mpsc;

use crate::piper::{Chunk, Piper, SynthesisOptions, SynthesizeError};
use crate::pool::{Cancel, Order, Pool, class};

/// The embedded voice.
pub struct EmbeddedVoice {
    name: String,
    piper: Arc<Piper>,
    options: SynthesisOptions,
    pool: Pool,
}

impl EmbeddedVoice {
    /// A voice whose clauses are spoken on `pool`, one thread each.
    #[must_use]
    pub fn new(name: &str, piper: Arc<Piper>, options: SynthesisOptions, pool: Pool) -> Self {
        Self { name: name.to_owned(), piper, options, pool }
    }
}

impl TextToSpeech for EmbeddedVoice {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample_rate(&self) -> u32 {
        self.piper.sample_rate()
    }

    fn speak(&self, request: TtsRequest, events: mpsc::Sender<TtsEvent>) -> Box<dyn Synthesis> {
        let cancel = Cancel::default();
        let piper = Arc::clone(&self.piper);
        let mut options = self.options;
        options.speed *= request.speed;
        let finish = Finish::new(events.clone());
        let (order, pool) = (order(&request), self.pool.clone());
        self.pool.submit(order, cancel.clone(), move |cancel| {
            let spoken = speakable(&request.text);
            if spoken.text.trim().is_empty() {
                finish.answer(TtsEvent::Ended { words: Vec::new() });
                return;
            }
            let mut send = |chunk: Chunk| {
                // The receiver is gone when the clause is not wanted any more.
                if events.blocking_send(TtsEvent::Audio(chunk.samples)).is_err() {
                    cancel.cancel();
                }
                pool.give_way(order);
            };
            match piper.synthesize(&spoken.text, &options, &|| cancel.is_cancelled(), &mut send) {
                Ok(said) => {
                    let ends = said.word_marks.iter().map(|mark| (mark.text.end, millis(mark.end)));
                    finish.answer(TtsEvent::Ended { words: word_times(&spoken, ends) });
                }
                Err(SynthesizeError::Cancelled) => {
                    finish.answer(TtsEvent::Failed(ProviderError::new(FaultCode::Interrupted, "cancelled")));
                }
                Err(error) => {
                    let error = ProviderError::new(FaultCode::Internal, error.to_string());
                    finish.answer(TtsEvent::Failed(error));
                }
            }
        });
        Box::new(Handle(cancel))
    }
}

/// Times of spoken words (by the end of each in the spoken text), told in places of the text as it was written.
fn word_times(spoken: &Speakable, ends: impl Iterator<Item = (usize, u64)>) -> Vec<WordTime> {
    let mut times: Vec<WordTime> = Vec::new();
    for (spoken_end, end_ms) in ends {
        let Some(word) = spoken.words.iter().rfind(|word| word.spoken.end <= spoken_end) else { continue };
        let text_end = word.source.end;
        match times.last_mut() {
            // Several spoken words of one written one ("$3.50"): it has been said when the last of them has.
            Some(last) if last.text_end >= text_end => last.end_ms = last.end_ms.max(end_ms),
            _ => times.push(WordTime { text_end, end_ms }),
        }
    }
    times
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Earlier deadlines first.
pub(crate) fn order(request: &TtsRequest) -> Order {
    Order { class: class::CLAUSE, deadline: request.deadline }
}

/// Dropping it cancels the clause.
pub(crate) struct Handle(pub(crate) Cancel);

impl Synthesis for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The one end of a clause: given by `answer`, or as a failure when it is dropped, so that a job that is refused or
/// panics still ends.
pub(crate) struct Finish {
    events: Option<mpsc::Sender<TtsEvent>>,
}

impl Finish {
    pub(crate) fn new(events: mpsc::Sender<TtsEvent>) -> Self {
        Self { events: Some(events) }
    }

    pub(crate) fn answer(mut self, event: TtsEvent) {
        if let Some(events) = self.events.take() {
            let _ = events.blocking_send(event);
        }
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        if let Some(events) = self.events.take() {
            let (kind, what) = match std::thread::panicking() {
                true => (FaultCode::Internal, "the voice panicked"),
                false => (FaultCode::LimitReached, "too many clauses wait for the voice"),
            };
            // May run on an async thread, where waiting is not possible.
            let _ = events.try_send(TtsEvent::Failed(ProviderError::new(kind, what)));
        }
    }
}
