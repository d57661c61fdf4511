//! Whisper behind the recogniser's port: streams that share the weights and a pool of threads.
//!
//! A stream collects the sound of one segment. What is asked of it becomes a job on the pool: texts that an overlap or
//! the end of a turn waits for go first, guesses next, other partial transcripts last. The load rule: partial
//! transcripts come as asked while the decoders are under half busy, then every other one, then none; guesses are
//! skipped when the decoders cannot keep up. Texts that are waited for are never skipped.
//!
//! While the agent speaks, words decide whether it is cut off, so words the model is unsure of do not count there: a
//! hum or a cough makes it write something with little confidence ("and", "you know").

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use baton_ports::{
    PartialStyle, ProviderError, SpeechToText, SttCapabilities, SttEvent, SttRequest, SttStream, SttUrgency,
};
use baton_types::{FaultCode, Revision};
use tokio::sync::mpsc;

use crate::pool::{Cancel, Order, Pool, class};
use crate::whisper::{Options, TranscribeError, Whisper};

/// Above this load every other partial transcript is left out.
const LOAD_FEW_PARTIALS: f32 = 0.5;

/// Above this load all are.
const LOAD_NO_PARTIALS: f32 = 0.75;

/// Above this load guesses are left out too.
const LOAD_NO_GUESSES: f32 = 0.9;

/// Below this confidence a text in an overlap is taken for a sound without words. Measured: spoken "mm-hm" is written as
/// nothing or as words with 0.10 to 0.40, words of one to three syllables with 0.44 and more.
const OVERLAP_CONFIDENCE_MIN: f32 = 0.42;

/// The embedded recogniser.
pub struct EmbeddedRecognizer {
    name: String,
    whisper: Arc<Whisper>,
    pool: Pool,
    arrivals: Arc<AtomicU64>,
}

impl EmbeddedRecognizer {
    /// A recogniser whose decodes run on `pool`, one thread each.
    #[must_use]
    pub fn new(name: &str, whisper: Arc<Whisper>, pool: Pool) -> Self {
        Self { name: name.to_owned(), whisper, pool, arrivals: Arc::new(AtomicU64::new(0)) }
    }
}

impl SpeechToText for EmbeddedRecognizer {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities { partials: PartialStyle::OnRequest, cheap_early_finalize: true }
    }

    fn open(&self, request: SttRequest, events: mpsc::Sender<SttEvent>) -> Box<dyn SttStream> {
        Box::new(Stream {
            whisper: Arc::clone(&self.whisper),
            pool: self.pool.clone(),
            arrivals: Arc::clone(&self.arrivals),
            overlap: request.overlap,
            unhurried: request.unhurried,
            events,
            samples: Vec::new(),
            finalizing: None,
            partial: None,
            agreement: Arc::default(),
            skipped_last: false,
        })
    }
}

struct Stream {
    whisper: Arc<Whisper>,
    pool: Pool,
    arrivals: Arc<AtomicU64>,
    overlap: bool,
    unhurried: bool,
    events: mpsc::Sender<SttEvent>,
    samples: Vec<f32>,
    finalizing: Option<Finalizing>,
    partial: Option<Cancel>,
    agreement: Arc<Mutex<Agreement>>,
    skipped_last: bool,
}

/// A text that is asked for and not answered.
struct Finalizing {
    revision: Revision,
    cancel: Cancel,
    /// The answer that is owed, until a thread begins with it.
    owed: Arc<Mutex<Option<Owed>>>,
}

impl Finalizing {
    /// The answer that is owed, if no thread has begun with it; the queued job then finds nothing to do.
    fn take(&self) -> Option<Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Stream {
    /// First come, first served among equals, over all streams.
    fn order(&self, class: u8) -> Order {
        Order { class, deadline: self.arrivals.fetch_add(1, Ordering::Relaxed) }
    }

    fn is_partial_affordable(&mut self) -> bool {
        if self.overlap || self.unhurried {
            return true;
        }
        let load = self.pool.load();
        let skip = load > LOAD_NO_PARTIALS || (load > LOAD_FEW_PARTIALS && !self.skipped_last);
        self.skipped_last = skip;
        !skip
    }
}

impl SttStream for Stream {
    fn push(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
    }

    fn partial(&mut self, seq: u32) {
        if let Some(earlier) = self.partial.take() {
            earlier.cancel();
        }
        let owed = Owed::new(self.events.clone(), SttEvent::PartialSkipped { seq });
        if !self.is_partial_affordable() {
            return;
        }
        let cancel = Cancel::default();
        self.partial = Some(cancel.clone());
        let (whisper, samples) = (Arc::clone(&self.whisper), self.samples.clone());
        let agreement = Arc::clone(&self.agreement);
        let is_overlap = self.overlap;
        let class = if is_overlap { class::OVERLAP } else { class::PARTIAL };
        self.pool.submit(self.order(class), cancel, move |cancel| {
            match whisper.transcribe(&samples, &Options::PARTIAL, &|| cancel.is_cancelled()) {
                Ok(found) if is_overlap && found.confidence < OVERLAP_CONFIDENCE_MIN => {}
                Ok(found) => {
                    let stable = agreement.lock().unwrap_or_else(std::sync::PoisonError::into_inner).agree(&found.text);
                    owed.answer(SttEvent::Partial { seq, text: found.text, stable });
                }
                Err(TranscribeError::Cancelled) => {}
                Err(error) => owed.answer(failed(None, &error)),
            }
        });
    }

    fn finalize(&mut self, revision: Revision, urgency: SttUrgency) {
        // Asked again for what is being worked on: the work goes on, and only its place in the queue may change.
        let again = self.finalizing.take_if(|asked| asked.revision == revision);
        let owed = match &again {
            Some(asked) => match asked.take() {
                Some(owed) => owed,
                None => {
                    self.finalizing = again;
                    return;
                }
            },
            None => Owed::new(self.events.clone(), SttEvent::Skipped { revision }),
        };
        self.cancel();
        // In an overlap a partial transcript that is on its way may decide sooner than the whole text.
        if !self.overlap
            && let Some(partial) = self.partial.take()
        {
            partial.cancel();
        }
        if urgency == SttUrgency::Guess && !self.unhurried && self.pool.load() > LOAD_NO_GUESSES {
            return;
        }
        let (cancel, owed) = (Cancel::default(), Arc::new(Mutex::new(Some(owed))));
        self.finalizing = Some(Finalizing { revision, cancel: cancel.clone(), owed: Arc::clone(&owed) });
        let (whisper, samples) = (Arc::clone(&self.whisper), self.samples.clone());
        let class = match urgency {
            SttUrgency::Overlap => class::OVERLAP,
            SttUrgency::Final => class::FINAL,
            SttUrgency::Guess => class::GUESS,
        };
        let is_taken = self.pool.submit(self.order(class), cancel, move |cancel| {
            let Some(owed) = owed.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
            match whisper.transcribe(&samples, &Options::FINAL, &|| cancel.is_cancelled()) {
                Ok(found) if urgency == SttUrgency::Overlap && found.confidence < OVERLAP_CONFIDENCE_MIN => {
                    owed.answer(SttEvent::Final { revision, text: String::new(), confidence: 0.0 });
                }
                Ok(found) => {
                    owed.answer(SttEvent::Final { revision, text: found.text, confidence: found.confidence });
                }
                Err(TranscribeError::Cancelled) => {}
                Err(error) => owed.answer(failed(Some(revision), &error)),
            }
        });
        if !is_taken {
            // Dropping what is owed answers that it was skipped.
            self.finalizing = None;
        }
    }

    fn cancel(&mut self) {
        if let Some(asked) = self.finalizing.take() {
            asked.cancel.cancel();
            drop(asked.take());
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.cancel();
        if let Some(partial) = self.partial.take() {
            partial.cancel();
        }
    }
}

fn failed(revision: Option<Revision>, error: &TranscribeError) -> SttEvent {
    SttEvent::Failed { revision, error: ProviderError::new(FaultCode::Internal, error.to_string()) }
}

/// An answer that is owed: given by `answer`, or else when it is dropped, so that a job that is cancelled, refused or
/// panics still answers exactly once.
struct Owed {
    events: mpsc::Sender<SttEvent>,
    otherwise: Option<SttEvent>,
}

impl Owed {
    fn new(events: mpsc::Sender<SttEvent>, otherwise: SttEvent) -> Self {
        Self { events, otherwise: Some(otherwise) }
    }

    fn answer(mut self, event: SttEvent) {
        self.otherwise = None;
        let _ = self.events.blocking_send(event);
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        let Some(mut event) = self.otherwise.take() else { return };
        if std::thread::panicking() {
            let revision = match event {
                SttEvent::Skipped { revision } => Some(revision),
                _ => None,
            };
            event = SttEvent::Failed {
                revision,
                error: ProviderError::new(FaultCode::Internal, "the recogniser panicked"),
            };
        }
        // May run on an async thread, where waiting is not possible: the channel holds more than one stream can owe.
        let _ = self.events.try_send(event);
    }
}

/// What two decodes in a row agree on stays (LocalAgreement-2).
#[derive(Default)]
struct Agreement {
    last: Vec<String>,
}

impl Agreement {
    /// Bytes of `text` whose words stood there in the decode before too.
    fn agree(&mut self, text: &str) -> usize {
        let mut stable = 0;
        let mut words = Vec::new();
        let mut agrees = true;
        for (index, word) in text.split_whitespace().enumerate() {
            let plain: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            agrees = agrees && self.last.get(index) == Some(&plain);
            if agrees {
                // `word` is a slice of `text`: its end is an offset in it.
                stable = word.as_ptr() as usize - text.as_ptr() as usize + word.len();
            }
            words.push(plain);
        }
        self.last = words;
        stable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_decodes_agree_on_is_stable() {
        let mut agreement = Agreement::default();
        assert_eq!(agreement.agree("I need it"), 0);
        assert_eq!(agreement.agree("I need it, on Friday"), "I need it,".len());
        assert_eq!(agreement.agree("I needed it on Friday"), 1);
    }

    #[test]
    fn an_owed_answer_is_given_once_and_in_any_case() {
        let (events, mut told) = mpsc::channel(4);
        drop(Owed::new(events.clone(), SttEvent::PartialSkipped { seq: 1 }));
        assert!(matches!(told.try_recv(), Ok(SttEvent::PartialSkipped { seq: 1 })));
        Owed::new(events.clone(), SttEvent::PartialSkipped { seq: 2 }).answer(SttEvent::Partial {
            seq: 2,
            text: String::new(),
            stable: 0,
        });
        assert!(matches!(told.try_recv(), Ok(SttEvent::Partial { seq: 2, .. })));
        assert!(told.try_recv().is_err());
        let owed = Owed::new(events, SttEvent::Skipped { revision: Revision(3) });
        let _ = std::thread::spawn(move || {
            let _owed = owed;
            panic!("as told");
        })
        .join();
        assert!(matches!(told.try_recv(), Ok(SttEvent::Failed { revision: Some(Revision(3)), .. })));
    }
}
