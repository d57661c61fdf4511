//! From the probability of voice in each window to facts about speech.
//!
//! A detector knows probabilities and positions; the sound, the model behind the probabilities and the clock are
//! unknown to it. Positions are windows' borders in the session's input: an onset is where the first voiced window
//! starts, an end where the last one ends. Facts about the same window come in the order of their meaning, with
//! [`Fact::Heard`] last.
//!
//! A window is voiced when its probability reaches `on`, and stays so until one falls below `off`. A stretch of
//! speech begins with voiced windows in a row and ends when as much silence in a row has followed; shorter holes in
//! between belong to it. What a pause means for the turn is not decided here.

use std::time::Duration;

use baton_types::{EAR_SAMPLE_RATE, Timestamp};

/// When voice becomes speech and stops being it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorConfig {
    /// Samples of one window at 16 kHz; 0 counts as 1.
    pub window_len: usize,
    /// Probability from which a window is voiced.
    pub on: f32,
    /// Probability below which it no longer is.
    pub off: f32,
    /// Voice in a row after which [`Fact::SpeechStarted`] is told.
    pub start_after: Duration,
    /// Voice of the stretch after which [`Fact::SpeechConfirmed`] is told; at least `start_after`.
    pub confirm_after: Duration,
    /// Silence in a row after which [`Fact::SpeechFaded`] is told.
    pub fade_after: Duration,
}

impl DetectorConfig {
    /// For Silero: windows of 512 samples, on at 0.7, off below 0.5. With these it starts wrongly least often
    /// (6 times in an hour of gaps between noisy utterances) and misses no more than with lower ones.
    #[must_use]
    pub const fn silero() -> Self {
        Self::new(512, 0.7, 0.5)
    }

    /// For earshot: windows of 256 samples, on at 0.8, off below 0.6; chosen as Silero's.
    #[must_use]
    pub const fn earshot() -> Self {
        Self::new(256, 0.8, 0.6)
    }

    /// For windows of `window_len` samples and an engine's thresholds: started after 64 ms of voice, confirmed after
    /// 96 ms, faded after 64 ms without.
    #[must_use]
    pub const fn new(window_len: usize, on: f32, off: f32) -> Self {
        Self {
            window_len,
            on,
            off,
            start_after: Duration::from_millis(64),
            confirm_after: Duration::from_millis(96),
            fade_after: Duration::from_millis(64),
        }
    }
}

/// What a detector has found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Somebody may be speaking since `onset`.
    SpeechStarted {
        /// Where the first voiced window starts.
        onset: Timestamp,
    },
    /// Somebody is speaking since `onset`; follows a [`Fact::SpeechStarted`] of the same onset.
    SpeechConfirmed {
        /// Where the first voiced window starts.
        onset: Timestamp,
    },
    /// The stretch that started last is over, or pauses, since `end`. Comes once after each start, whether the
    /// stretch was confirmed or not.
    SpeechFaded {
        /// Where the last voiced window ends.
        end: Timestamp,
    },
    /// The input has been judged up to here.
    Heard {
        /// Where the last judged window ends.
        upto: Timestamp,
    },
}

/// Judges the windows of one stream, in order.
#[derive(Debug)]
pub struct Detector {
    config: DetectorConfig,
    /// Position of the next window, in samples.
    position: u64,
    state: State,
}

/// Positions and lengths in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Silence,
    /// Voice in a row, too short to tell.
    Voice {
        onset: u64,
    },
    /// A stretch that has been told.
    Speech {
        onset: u64,
        /// End of the last voiced window.
        end: u64,
        /// Voice since the onset, holes not counted.
        voiced: u64,
        confirmed: bool,
        /// Whether the last window was voiced.
        voice: bool,
    },
}

impl Detector {
    /// A detector whose first window starts at the beginning of the input.
    #[must_use]
    pub fn new(mut config: DetectorConfig) -> Self {
        config.window_len = config.window_len.max(1);
        config.off = config.off.min(config.on);
        config.confirm_after = config.confirm_after.max(config.start_after);
        Self { config, position: 0, state: State::Silence }
    }

    /// The settings in force.
    #[must_use]
    pub const fn config(&self) -> &DetectorConfig {
        &self.config
    }

    /// Where the next window starts, in samples at 16 kHz.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether a stretch has been told that has not faded.
    #[must_use]
    pub const fn is_speech(&self) -> bool {
        matches!(self.state, State::Speech { .. })
    }

    /// Judges the next window by its probability of voice (NaN counts as none) and appends what follows to `facts`.
    pub fn window(&mut self, probability: f32, facts: &mut Vec<Fact>) {
        let start = self.position;
        let end = start + self.config.window_len as u64;
        self.position = end;
        let was_voice = match self.state {
            State::Silence => false,
            State::Voice { .. } => true,
            State::Speech { voice, .. } => voice,
        };
        let threshold = if was_voice { self.config.off } else { self.config.on };
        let voice = probability >= threshold;
        self.state = if voice { self.voiced(start, end, facts) } else { self.unvoiced(end, facts) };
        facts.push(Fact::Heard { upto: at(end) });
    }

    /// The stream has a gap: the next window starts at sample `resume`, or at the old position if that is later.
    ///
    /// What was before does not count for what comes: a stretch fades at its last voice. Whoever feeds the detector
    /// resets the engine behind the probabilities too.
    pub fn gap(&mut self, resume: u64, facts: &mut Vec<Fact>) {
        if let State::Speech { end, .. } = self.state {
            facts.push(Fact::SpeechFaded { end: at(end) });
        }
        self.state = State::Silence;
        self.position = self.position.max(resume);
    }

    fn voiced(&self, start: u64, end: u64, facts: &mut Vec<Fact>) -> State {
        let len = end - start;
        let (onset, voiced, told, confirmed) = match self.state {
            State::Silence => (start, len, false, false),
            State::Voice { onset } => (onset, end - onset, false, false),
            State::Speech { onset, voiced, confirmed, .. } => (onset, voiced + len, true, confirmed),
        };
        if !told {
            if span(voiced) < self.config.start_after {
                return State::Voice { onset };
            }
            facts.push(Fact::SpeechStarted { onset: at(onset) });
        }
        let confirms = !confirmed && span(voiced) >= self.config.confirm_after;
        if confirms {
            facts.push(Fact::SpeechConfirmed { onset: at(onset) });
        }
        State::Speech { onset, end, voiced, confirmed: confirmed || confirms, voice: true }
    }

    fn unvoiced(&self, now: u64, facts: &mut Vec<Fact>) -> State {
        match self.state {
            State::Silence | State::Voice { .. } => State::Silence,
            State::Speech { end, .. } if span(now - end) >= self.config.fade_after => {
                facts.push(Fact::SpeechFaded { end: at(end) });
                State::Silence
            }
            State::Speech { onset, end, voiced, confirmed, .. } => {
                State::Speech { onset, end, voiced, confirmed, voice: false }
            }
        }
    }
}

fn at(samples: u64) -> Timestamp {
    Timestamp::from_samples(samples, EAR_SAMPLE_RATE)
}

fn span(samples: u64) -> Duration {
    at(samples).since(Timestamp::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a detector says, `Heard` left out, to windows of 32 ms: `V` is surely voice (0.9), `m` in between (0.6),
    /// `.` none (0.1), `|` a gap of one second.
    fn say(windows: &str) -> Vec<Fact> {
        let mut detector = Detector::new(DetectorConfig::silero());
        let mut facts = Vec::new();
        for window in windows.chars() {
            match window {
                'V' => detector.window(0.9, &mut facts),
                'm' => detector.window(0.6, &mut facts),
                '.' => detector.window(0.1, &mut facts),
                _ => detector.gap(detector.position() + 16_000, &mut facts),
            }
        }
        facts.retain(|fact| !matches!(fact, Fact::Heard { .. }));
        facts
    }

    fn started(ms: u64) -> Fact {
        Fact::SpeechStarted { onset: Timestamp::from_millis(ms) }
    }

    fn confirmed(ms: u64) -> Fact {
        Fact::SpeechConfirmed { onset: Timestamp::from_millis(ms) }
    }

    fn faded(ms: u64) -> Fact {
        Fact::SpeechFaded { end: Timestamp::from_millis(ms) }
    }

    #[test]
    fn voice_becomes_these_facts_and_no_others() {
        let table: &[(&str, &[Fact])] = &[
            ("........", &[]),
            ("..V..V..", &[]),
            ("mmmmmmmm", &[]),
            ("..VV", &[started(64)]),
            ("..VVV", &[started(64), confirmed(64)]),
            // What lies between the thresholds goes on as it was.
            ("..Vmmmmm", &[started(64), confirmed(64)]),
            ("VVVmmm..", &[started(0), confirmed(0), faded(192)]),
            // A click in a pause begins nothing, and two voiced windows do not confirm.
            ("VV..", &[started(0), faded(64)]),
            ("VV.V..", &[started(0), confirmed(0), faded(128)]),
            // A hole shorter than the fade belongs to the stretch; below `on` it stays a hole.
            ("VVV.VVV..", &[started(0), confirmed(0), faded(224)]),
            ("VVV.m..", &[started(0), confirmed(0), faded(96)]),
            ("V.VV", &[started(64)]),
            ("VVV..VVV..", &[started(0), confirmed(0), faded(96), started(160), confirmed(160), faded(256)]),
        ];
        for (windows, facts) in table {
            assert_eq!(&say(windows), facts, "{windows}");
        }
    }

    #[test]
    fn a_gap_ends_a_stretch_at_its_last_voice_and_moves_the_position() {
        assert_eq!(say("VVV|VV"), [started(0), confirmed(0), faded(96), started(1_096)]);
        assert_eq!(say("VVV.|."), [started(0), confirmed(0), faded(96)]);
        // Voice before the gap does not add to voice behind it.
        assert_eq!(say("V|V|.."), []);
        let mut detector = Detector::new(DetectorConfig::silero());
        detector.window(0.0, &mut Vec::new());
        detector.gap(3, &mut Vec::new());
        assert_eq!(detector.position(), 512, "a position never goes back");
    }

    #[test]
    fn every_window_is_told_as_heard_after_the_facts_about_it() {
        let mut detector = Detector::new(DetectorConfig::earshot());
        let mut facts = Vec::new();
        for _ in 0..4 {
            detector.window(0.95, &mut facts);
        }
        let heard = |ms| Fact::Heard { upto: Timestamp::from_millis(ms) };
        assert_eq!(facts, [heard(16), heard(32), heard(48), started(0), heard(64)]);
    }

    #[test]
    fn it_is_speech_from_the_start_that_is_told_to_the_fade_that_is_told() {
        let mut detector = Detector::new(DetectorConfig::silero());
        let mut facts = Vec::new();
        let mut states = String::new();
        for probability in [0.9, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.9, f32::NAN, 0.9, 0.9] {
            detector.window(probability, &mut facts);
            states.push(if detector.is_speech() { 'S' } else { '-' });
        }
        assert_eq!(states, "-SSSSS----S");
        detector.gap(0, &mut facts);
        assert!(!detector.is_speech() && facts.ends_with(&[faded(352)]), "{facts:?}");
    }

    #[test]
    fn settings_that_contradict_each_other_are_mended_and_told() {
        let ms = Duration::from_millis;
        let odd = DetectorConfig {
            window_len: 0,
            on: 0.4,
            off: 0.6,
            start_after: ms(64),
            confirm_after: ms(32),
            ..DetectorConfig::silero()
        };
        let mended = DetectorConfig { window_len: 1, off: 0.4, confirm_after: ms(64), ..odd };
        assert_eq!(Detector::new(odd).config(), &mended);
        assert_eq!(Detector::new(DetectorConfig::silero()).config(), &DetectorConfig::silero());
    }

    proptest! {
        #[test]
        fn any_probabilities_give_ordered_facts(
            probabilities in prop::collection::vec(prop_oneof![0.0f32..1.0, Just(f32::NAN), Just(f32::INFINITY)], 0..200),
            window_len in 0usize..2_000,
        ) {
            let mut detector = Detector::new(DetectorConfig { window_len, ..DetectorConfig::silero() });
            let mut facts = Vec::new();
            for &probability in &probabilities {
                detector.window(probability, &mut facts);
            }
            detector.gap(0, &mut facts);
            let (mut open, mut last_end, mut heard) = (None, Timestamp::ZERO, Timestamp::ZERO);
            let mut is_confirmed = false;
            for fact in facts {
                match fact {
                    Fact::SpeechStarted { onset } => {
                        prop_assert!(open.is_none() && onset >= last_end);
                        (open, is_confirmed) = (Some(onset), false);
                    }
                    Fact::SpeechConfirmed { onset } => {
                        prop_assert!(open == Some(onset) && !is_confirmed);
                        is_confirmed = true;
                    }
                    Fact::SpeechFaded { end } => {
                        let onset = open.take();
                        prop_assert!(onset.is_some_and(|onset| onset < end));
                        last_end = end;
                    }
                    Fact::Heard { upto } => {
                        prop_assert!(upto > heard);
                        heard = upto;
                    }
                }
            }
            prop_assert!(open.is_none(), "a gap leaves no stretch open");
        }
    }
}
