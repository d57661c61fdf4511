//! From frames of the input to facts about speech, and the memory that the recogniser reads.
//!
//! Positions count samples at 16 kHz since the session began. A gap in the stream (a stalled line) is filled in the
//! memory and resets the detector, so that position and time keep running together.

use baton_audio::detector::{Detector, DetectorConfig, Fact};
use baton_audio::ring::EarRing;
use baton_ports::{Vad, VadEngine};
use baton_session::Event;
use baton_types::{EAR_SAMPLE_RATE, Timestamp};

/// Seconds of input kept for the recogniser: the longest turn (60 s) and its pre-roll.
const MEMORY_SECONDS: u32 = 75;

/// One session's ear.
pub struct Ear {
    vad: Box<dyn Vad>,
    detector: Detector,
    ring: EarRing,
    window: Vec<f32>,
    facts: Vec<Fact>,
}

impl Ear {
    /// An ear at the beginning of the input.
    #[must_use]
    pub fn new(engine: &dyn VadEngine) -> Self {
        let vad = engine.open();
        let thresholds = engine.thresholds();
        let config = DetectorConfig {
            window_len: vad.window_samples(),
            on: thresholds.on,
            off: thresholds.off,
            ..DetectorConfig::silero()
        };
        Self {
            vad,
            detector: Detector::new(config),
            ring: EarRing::new(MEMORY_SECONDS),
            window: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Where the next sample belongs.
    #[must_use]
    pub fn position(&self) -> Timestamp {
        Timestamp::from_samples(self.ring.end(), EAR_SAMPLE_RATE)
    }

    /// Takes the next samples and appends what they led to.
    pub fn hear(&mut self, samples: &[f32], events: &mut Vec<Event>) {
        self.ring.push(samples);
        let len = self.detector.config().window_len;
        self.window.extend_from_slice(samples);
        let mut used = 0;
        while self.window.len() - used >= len {
            let probability = self.vad.process(&self.window[used..used + len]);
            used += len;
            self.detector.window(probability, &mut self.facts);
        }
        self.window.drain(..used);
        self.tell(events);
    }

    /// Nothing came for a while: the next sample belongs to `resume`.
    pub fn gap(&mut self, resume: Timestamp, events: &mut Vec<Event>) {
        let resume = resume.to_samples(EAR_SAMPLE_RATE);
        self.ring.push_gap(resume.saturating_sub(self.ring.end()));
        self.window.clear();
        self.vad.reset();
        self.detector.gap(self.ring.end(), &mut self.facts);
        self.tell(events);
    }

    /// The samples between two positions, as far as they are there.
    #[must_use]
    pub fn read(&self, from: Timestamp, upto: Timestamp) -> Vec<f32> {
        let mut samples = Vec::new();
        self.ring.read(from.to_samples(EAR_SAMPLE_RATE), upto.to_samples(EAR_SAMPLE_RATE), &mut samples);
        samples
    }

    fn tell(&mut self, events: &mut Vec<Event>) {
        let mut upto = None;
        for fact in self.facts.drain(..) {
            events.push(match fact {
                Fact::SpeechStarted { onset } => Event::SpeechStarted { onset },
                Fact::SpeechConfirmed { onset } => Event::SpeechConfirmed { onset },
                Fact::SpeechFaded { end } => Event::SpeechFaded { end },
                Fact::Heard { upto: position } => {
                    upto = Some(position);
                    continue;
                }
            });
        }
        // One watermark a call is enough, and it comes behind the facts it covers.
        events.extend(upto.map(|upto| Event::Heard { upto }));
    }
}
