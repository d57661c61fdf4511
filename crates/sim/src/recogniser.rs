//! The recogniser and the predictor of a world: they write down the words that truly came in, late, wrong or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use baton_session::{Event, Hearing, RecognitionUrgency, Recognized};
use baton_types::{Fault, FaultCode, SegmentId, Timestamp, TurnId};

use crate::desk::{Asked, Desk, Happening};
use crate::ear::Ear;

/// Sound behind the position asked about that is taken along.
const TAKEN_ALONG: Duration = Duration::from_millis(150);
/// How often a streaming or partial transcript is looked at.
const LOOK_MS: (u64, u64) = (180, 420);
/// Silence behind the last word after which a streaming recogniser finalizes.
const OWN_FINAL: Duration = Duration::from_millis(550);

/// The recogniser and the predictor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recogniser {
    /// Newest partial of each segment: sequence and text.
    partials: BTreeMap<(TurnId, SegmentId), (u32, String)>,
    asked: BTreeSet<Asked>,
    cancelled: BTreeSet<Asked>,
    /// What a streaming recogniser has finalized by itself.
    finalized: BTreeSet<Asked>,
}

/// What is to be recognised.
pub(crate) struct Request {
    pub(crate) asked: Asked,
    pub(crate) from: Timestamp,
    pub(crate) upto: Timestamp,
    pub(crate) urgency: RecognitionUrgency,
}

impl Recogniser {
    /// Writes down what came in between two positions.
    pub(crate) fn recognise(&mut self, desk: &mut Desk, ear: &Ear, request: &Request) {
        let asked = request.asked;
        if !self.asked.insert(asked) {
            // The same revision again is only more urgent.
            return;
        }
        let (turn, segment, revision) = asked;
        let providers = desk.temper.providers.clone();
        let (text, _) = ear.words(request.from, (request.upto + TAKEN_ALONG).min(desk.now));
        let mut wait = desk.random.around(providers.recognition_ms as f64, 1.4).clamp(10, 2_900);
        let mut outcome = text_or_nothing(desk, text);
        if request.urgency == RecognitionUrgency::Guess && desk.goes_wrong(providers.skips) {
            outcome = Recognized::Skipped;
        }
        if desk.goes_wrong(providers.recognition_faults) {
            match desk.random.between(0, 5) {
                0 => outcome = Recognized::Nothing,
                1 => outcome = Recognized::Text { text: "la ".repeat(40), confidence: 0.4 },
                2 => outcome = Recognized::Text { text: "Thank you.".to_owned(), confidence: 0.3 },
                3 => wait = desk.random.between(1_500, 8_000),
                4 => {
                    let fault = Fault::new("recognize", FaultCode::Interrupted, "the engine went away");
                    let event = Event::RecognitionFailed { turn, segment, revision, fault };
                    desk.plan(wait, Happening::Recognised { asked, event });
                    return;
                }
                _ => return,
            }
        }
        let event = Event::RecognitionEnded { turn, segment, revision, outcome };
        if desk.goes_wrong(providers.recognition_faults) {
            let again = wait + desk.random.between(0, 900);
            desk.deliver(again, event.clone());
        }
        desk.plan(wait, Happening::Recognised { asked, event });
    }

    pub(crate) fn cancel(&mut self, desk: &mut Desk, asked: Asked) {
        let leaks = desk.temper.providers.leaks;
        if !desk.goes_wrong(leaks) {
            self.cancelled.insert(asked);
        }
    }

    pub(crate) fn is_cancelled(&self, asked: Asked) -> bool {
        self.cancelled.contains(&asked)
    }

    /// Looks whether there is something to write for what is heard.
    pub(crate) fn transcribe(&mut self, desk: &mut Desk, ear: &Ear, hearing: Option<Hearing>) {
        let next = desk.random.between(LOOK_MS.0, LOOK_MS.1);
        desk.plan(next, Happening::Transcribe);
        let (Some(hearing), true) = (hearing, desk.temper.config.capabilities.partials) else { return };
        let (text, last) = ear.words(hearing.from, desk.now);
        let Some(last) = last else { return };
        self.write(desk, &hearing, &text);
        if desk.temper.config.capabilities.streaming && desk.now.since(last) >= OWN_FINAL && !ear.is_voice() {
            self.finalize(desk, &hearing, text);
        }
    }

    fn write(&mut self, desk: &mut Desk, hearing: &Hearing, text: &str) {
        let (turn, segment) = (hearing.turn, hearing.segment);
        let newest = self.partials.get(&(turn, segment));
        if newest.is_some_and(|(_, newest)| newest == text) && !desk.goes_wrong(300) {
            return;
        }
        let seq = newest.map_or(1, |(seq, _)| seq + 1);
        let mut text = text.to_owned();
        if desk.goes_wrong(60) {
            // The last word is often another one at the next look.
            let kept = text.rfind(' ').map_or(0, |at| at + 1);
            text.replace_range(kept.., "there");
        }
        let stable = newest.map_or(0, |(_, newest)| common_bytes(newest, &text));
        self.partials.insert((turn, segment), (seq, text.clone()));
        let event = Event::Partial { turn, segment, seq, text, stable };
        let wait = desk.random.between(20, 200);
        let faults = desk.temper.providers.recognition_faults;
        if desk.goes_wrong(faults) {
            let late = desk.random.between(200, 3_000);
            desk.deliver(late, event.clone());
        }
        desk.deliver(wait, event);
    }

    fn finalize(&mut self, desk: &mut Desk, hearing: &Hearing, text: String) {
        let asked = (hearing.turn, hearing.segment, hearing.revision);
        if !self.finalized.insert(asked) {
            return;
        }
        let (turn, segment, revision) = asked;
        let outcome = text_or_nothing(desk, text);
        let wait = desk.random.between(80, 700);
        desk.deliver(wait, Event::RecognitionEnded { turn, segment, revision, outcome });
    }

    /// Answers whether the turn looks complete.
    pub(crate) fn predict(&mut self, desk: &mut Desk, asked: Asked, is_complete: bool) {
        let (turn, segment, revision) = asked;
        let (faults, usual) = (desk.temper.providers.prediction_faults, desk.temper.providers.prediction_ms);
        let mut complete = is_complete;
        let mut wait = desk.random.between(usual / 2, usual * 2);
        if desk.goes_wrong(faults) {
            match desk.random.between(0, 3) {
                0 => complete = !complete,
                1 => wait += desk.random.between(500, 3_000),
                2 => {
                    let again = wait + desk.random.between(0, 2_000);
                    desk.deliver(again, Event::EndOfTurnPredicted { turn, segment, revision, complete: !complete });
                }
                _ => return,
            }
        }
        desk.deliver(wait, Event::EndOfTurnPredicted { turn, segment, revision, complete });
    }
}

fn text_or_nothing(desk: &mut Desk, text: String) -> Recognized {
    if text.is_empty() {
        return Recognized::Nothing;
    }
    let confidence = desk.random.between(50, 99) as f32 / 100.0;
    Recognized::Text { text, confidence }
}

fn common_bytes(left: &str, right: &str) -> usize {
    let same = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    (0..=same).rev().find(|at| right.is_char_boundary(*at)).unwrap_or(0)
}
