//! The microphone and the detector of a world: voice as it truly is becomes the facts that a session is told.
//!
//! Several sources may sound at once; the detector knows one voice. Words are kept with the moment at which their
//! sound was over, for the recogniser.

use std::time::Duration;

use baton_session::{Event, MediaLoss};
use baton_types::Timestamp;

use crate::desk::{Desk, Detection, Happening, Line};

/// Voice until it is reported, until it is confirmed behind that, and silence until it is reported.
const STARTED_MS: u64 = 64;
const CONFIRMED_MS: u64 = 32;
const FADED_MS: u64 = 64;
/// Words that are kept.
const WORDS_KEPT: usize = 512;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reported {
    Nothing,
    Started,
    Confirmed,
}

/// What the microphone takes in.
#[derive(Clone, Debug)]
pub(crate) struct Ear {
    /// Sources that sound at this moment.
    sources: u32,
    /// Since when there has been voice without a break.
    since: Timestamp,
    epoch: u64,
    reported: Reported,
    line: Option<Line>,
    has_detector: bool,
    /// Every word that came in, with the end of its sound.
    words: Vec<(Timestamp, String)>,
}

impl Ear {
    pub(crate) fn new(has_detector: bool) -> Self {
        Self {
            sources: 0,
            since: Timestamp::ZERO,
            epoch: 0,
            reported: Reported::Nothing,
            line: None,
            has_detector,
            words: Vec::new(),
        }
    }

    /// Whether frames come in.
    pub(crate) fn hears(&self) -> bool {
        self.line.is_none()
    }

    pub(crate) fn is_voice(&self) -> bool {
        self.sources > 0
    }

    pub(crate) fn frame(&mut self, desk: &mut Desk) {
        desk.plan(desk.temper.providers.frame_ms, Happening::Frame);
        if self.hears() {
            let behind = desk.random.between(0, 16);
            let upto = desk.now - Duration::from_millis(behind);
            desk.deliver(0, Event::Heard { upto });
        }
    }

    pub(crate) fn voice(&mut self, desk: &mut Desk, on: bool) {
        let before = self.sources;
        self.sources = if on { before + 1 } else { before.saturating_sub(1) };
        if !self.hears() || !self.has_detector {
            return;
        }
        match (before, self.sources) {
            (0, 1) => self.rise(desk),
            (1, 0) => self.fall(desk),
            _ => {}
        }
    }

    fn rise(&mut self, desk: &mut Desk) {
        self.epoch += 1;
        let epoch = self.epoch;
        match self.reported {
            Reported::Nothing => {
                self.since = desk.now;
                desk.plan(STARTED_MS, Happening::Detect { what: Detection::Started, epoch });
            }
            Reported::Started => desk.plan(STARTED_MS, Happening::Detect { what: Detection::Confirmed, epoch }),
            Reported::Confirmed => {}
        }
    }

    fn fall(&mut self, desk: &mut Desk) {
        self.epoch += 1;
        if self.reported != Reported::Nothing {
            let what = Detection::Faded { end: desk.now };
            desk.plan(FADED_MS, Happening::Detect { what, epoch: self.epoch });
        }
    }

    pub(crate) fn detect(&mut self, desk: &mut Desk, what: Detection, epoch: u64) {
        if epoch != self.epoch || !self.hears() {
            return;
        }
        let onset = self.since;
        match what {
            Detection::Started => {
                self.reported = Reported::Started;
                desk.plan(CONFIRMED_MS, Happening::Detect { what: Detection::Confirmed, epoch });
                desk.deliver(0, Event::SpeechStarted { onset });
            }
            Detection::Confirmed => {
                self.reported = Reported::Confirmed;
                desk.deliver(0, Event::SpeechConfirmed { onset });
            }
            Detection::Faded { end } => {
                self.reported = Reported::Nothing;
                desk.deliver(0, Event::SpeechFaded { end });
            }
        }
    }

    /// Everything falls silent, and the line is there.
    pub(crate) fn calm(&mut self, desk: &mut Desk) {
        self.line(desk, Line::Back);
        if self.sources > 0 {
            self.sources = 1;
            self.voice(desk, false);
        }
    }

    pub(crate) fn word(&mut self, desk: &Desk, word: String) {
        if !self.hears() {
            return;
        }
        if self.words.len() >= WORDS_KEPT {
            self.words.drain(..WORDS_KEPT / 2);
        }
        self.words.push((desk.now, word));
    }

    /// The words whose sound ended between two positions, and the end of the last of them.
    pub(crate) fn words(&self, from: Timestamp, upto: Timestamp) -> (String, Option<Timestamp>) {
        let mut text = String::new();
        let mut last = None;
        for (at, word) in self.words.iter().filter(|(at, _)| *at > from && *at <= upto) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
            last = Some(*at);
        }
        (text, last)
    }

    pub(crate) fn line(&mut self, desk: &mut Desk, line: Line) {
        if line == Line::Back {
            let Some(was) = self.line.take() else { return };
            let event = if was == Line::Lost { Event::TransportResumed } else { Event::MediaBack };
            desk.deliver(0, event);
            if self.sources > 0 && self.has_detector {
                self.rise(desk);
            }
            return;
        }
        if self.line.is_some() {
            return;
        }
        self.line = Some(line);
        self.epoch += 1;
        self.reported = Reported::Nothing;
        let told_ms = desk.random.between(40, 120);
        match line {
            Line::Muted => desk.deliver(told_ms, Event::MediaLost { reason: MediaLoss::Muted }),
            Line::Stalled { is_told: true } => {
                desk.deliver(told_ms, Event::MediaLost { reason: MediaLoss::Stalled });
            }
            Line::Lost => desk.deliver(told_ms, Event::TransportLost),
            Line::Stalled { is_told: false } | Line::Back => {}
        }
        // A gap that is not told is one that nobody had time to notice.
        let longest = if line == (Line::Stalled { is_told: false }) { 1_500 } else { 20_000 };
        let away = desk.random.around(2_000.0, 3.0).clamp(200, longest);
        desk.plan(away, Happening::Line(Line::Back));
    }
}
