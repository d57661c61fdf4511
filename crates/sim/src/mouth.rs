//! The voice and the loudspeaker of a world: clauses become sound, sound leaves, and reports of it come or do not.
//!
//! What truly left is kept apart from what is reported.

use std::time::Duration;

use baton_session::{Event, Measured, ResumePoint, WordMark};
use baton_types::{ClauseId, Fault, FaultCode, ReplyId, Timestamp};

use crate::desk::{Desk, Happening};
use crate::step::Truth;

/// Milliseconds that a letter sounds.
const LETTER_MS: u64 = 65;

/// A clause on its way out.
#[derive(Clone, Debug)]
struct Clause {
    id: ClauseId,
    text: String,
    duration_ms: u64,
    /// Its sound is there.
    is_audible: bool,
    /// Its synthesis is over.
    is_settled: bool,
    will_fail: bool,
}

/// The sound of one reply.
#[derive(Clone, Debug)]
struct Sound {
    reply: ReplyId,
    clauses: Vec<Clause>,
    position_ms: u64,
    /// Up to when the position is right.
    counted: Timestamp,
    is_paused: bool,
    is_cut: bool,
    has_begun: bool,
    /// A report of the end has set out for everything asked for so far.
    is_ended: bool,
}

/// What the mouth did, for the human who listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sounded {
    Nothing,
    Began,
    WentOn,
    Ended,
}

/// The mouth.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mouth {
    sounds: Vec<Sound>,
    /// A pause that came before the first clause.
    paused: Option<ReplyId>,
    epoch: u64,
    pub(crate) truth: Truth,
}

impl Sound {
    /// How much sound is there to be played from the beginning.
    fn available_ms(&self) -> u64 {
        self.clauses.iter().take_while(|clause| clause.is_audible || clause.is_settled).map(|c| c.duration_ms).sum()
    }

    fn is_drained(&self) -> bool {
        self.clauses.iter().all(|clause| clause.is_settled) && self.position_ms >= self.available_ms()
    }

    /// Lets sound leave up to a moment.
    fn advance(&mut self, now: Timestamp, truth: &mut Truth) {
        let span = now.since(self.counted).as_millis() as u64;
        self.counted += Duration::from_millis(span);
        if self.is_paused || self.position_ms >= self.available_ms() {
            self.counted = now;
            return;
        }
        self.position_ms = (self.position_ms + span).min(self.available_ms());
        let played = truth.entry(self.reply).or_default();
        played.farthest_ms = played.farthest_ms.max(self.position_ms);
    }
}

impl Mouth {
    pub(crate) fn speak(&mut self, desk: &mut Desk, reply: ReplyId, clause: ClauseId, text: String) {
        let now = desk.now;
        let providers = desk.temper.providers.clone();
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count() as u64;
        let mut duration_ms = letters * LETTER_MS + 120;
        let mut first_ms = desk.random.around(providers.synthesis_ms as f64, 1.4).clamp(5, 4_000);
        let mut will_fail = false;
        if desk.goes_wrong(providers.synthesis_faults) {
            match desk.random.between(0, 2) {
                0 => will_fail = true,
                1 => duration_ms = 0,
                _ => first_ms = desk.random.between(1_500, 7_000),
            }
        }
        let at = match self.sounds.iter().position(|sound| sound.reply == reply && !sound.is_cut) {
            Some(at) => at,
            None => {
                self.sounds.retain(|sound| !sound.is_ended || sound.reply == reply);
                let is_paused = self.paused == Some(reply);
                self.sounds.push(Sound {
                    reply,
                    clauses: Vec::new(),
                    position_ms: 0,
                    counted: now,
                    is_paused,
                    is_cut: false,
                    has_begun: false,
                    is_ended: false,
                });
                self.sounds.len() - 1
            }
        };
        let sound = &mut self.sounds[at];
        sound.is_ended = false;
        let is_audible = false;
        sound.clauses.push(Clause { id: clause, text, duration_ms, is_audible, is_settled: false, will_fail });
        let rest_ms = desk.random.between(0, duration_ms / 3);
        if will_fail {
            desk.plan(first_ms, Happening::Synthesised { reply, clause });
            return;
        }
        desk.plan(first_ms, Happening::Audible { reply, clause });
        desk.plan(first_ms + rest_ms, Happening::Synthesised { reply, clause });
    }

    fn sound(&mut self, reply: ReplyId) -> Option<&mut Sound> {
        self.sounds.iter_mut().find(|sound| sound.reply == reply)
    }

    pub(crate) fn audible(&mut self, desk: &mut Desk, reply: ReplyId, clause: ClauseId) {
        let Some(sound) = self.sounds.iter_mut().find(|sound| sound.reply == reply && !sound.is_cut) else { return };
        sound.advance(desk.now, &mut self.truth);
        if let Some(clause) = sound.clauses.iter_mut().find(|known| known.id == clause) {
            clause.is_audible = true;
        }
        self.tick(desk, 10);
    }

    pub(crate) fn synthesised(&mut self, desk: &mut Desk, reply: ReplyId, clause: ClauseId) {
        let has_marks = desk.temper.providers.has_marks;
        let Some(sound) = self.sounds.iter_mut().find(|sound| sound.reply == reply) else { return };
        let is_cut = sound.is_cut;
        let Some(known) = sound.clauses.iter_mut().find(|known| known.id == clause) else { return };
        known.is_settled = true;
        let duration_ms = known.duration_ms;
        let event = if known.will_fail {
            known.duration_ms = 0;
            let fault = Fault::new("synthesize", FaultCode::Internal, "the voice broke");
            Event::SynthesisFailed { reply, clause, fault }
        } else {
            let marks = if has_marks { marks(&known.text, duration_ms) } else { Vec::new() };
            Event::ClauseReady { reply, clause, duration_ms, marks }
        };
        // A cut reply's sound may still be finished by an engine that was not told in time.
        if !is_cut || desk.goes_wrong(300) {
            desk.deliver(0, event);
        }
        if !is_cut {
            self.tick(desk, 1);
        }
    }

    /// Looks again in so many milliseconds; what was planned before is void.
    fn tick(&mut self, desk: &mut Desk, in_ms: u64) {
        self.epoch += 1;
        desk.plan(in_ms, Happening::Play { epoch: self.epoch });
    }

    pub(crate) fn play(&mut self, desk: &mut Desk, epoch: u64) -> (Sounded, Option<String>) {
        if epoch != self.epoch {
            return (Sounded::Nothing, None);
        }
        let Some(sound) = self.sounds.iter_mut().find(|sound| !sound.is_ended && !sound.is_cut) else {
            return (Sounded::Nothing, None);
        };
        let before = sound.position_ms;
        sound.advance(desk.now, &mut self.truth);
        if sound.is_paused {
            return (Sounded::Nothing, None);
        }
        let (reply, position_ms) = (sound.reply, sound.position_ms);
        let comes_back = desk.temper.config.echo && position_ms > before;
        let words = comes_back.then(|| said(sound, before, position_ms));
        if sound.is_drained() {
            sound.is_ended = true;
            // Where nothing could be spoken there is no end to report.
            let is_heard = sound.clauses.iter().any(|clause| !clause.will_fail);
            if is_heard {
                let wait = desk.random.between(0, 20);
                let faults = desk.temper.providers.report_faults;
                if !desk.goes_wrong(faults / 10) {
                    desk.deliver(wait, Event::PlayoutEnded { reply });
                }
            }
            return (Sounded::Ended, words);
        }
        let left = sound.available_ms() - position_ms;
        if left == 0 {
            return (Sounded::Nothing, words);
        }
        let is_first = !sound.has_begun && position_ms > 0;
        sound.has_begun |= position_ms > 0;
        if position_ms > 0 {
            self.report(desk, reply, position_ms);
        }
        let next = if position_ms == 0 { 1 } else { desk.temper.providers.report_ms.min(left).max(1) };
        self.tick(desk, next);
        (if is_first { Sounded::Began } else { Sounded::WentOn }, words)
    }

    fn report(&mut self, desk: &mut Desk, reply: ReplyId, position_ms: u64) {
        let faults = desk.temper.providers.report_faults;
        let event = Event::PlayoutProgress { reply, played_ms: position_ms };
        if !desk.goes_wrong(faults) {
            desk.deliver(0, event);
            return;
        }
        match desk.random.between(0, 3) {
            0 => {}
            1 => {
                let late = desk.random.between(30, 600);
                desk.deliver(late, event);
            }
            2 => {
                desk.deliver(0, event.clone());
                desk.deliver(1, event);
            }
            // More than was sent is claimed; what a clause that is still being made will hold, nobody can say.
            _ if self.is_known(reply) => {
                self.truth.entry(reply).or_default().is_overclaimed = true;
                let played_ms = position_ms + desk.random.between(500, 20_000);
                desk.deliver(0, Event::PlayoutProgress { reply, played_ms });
            }
            _ => desk.deliver(0, event),
        }
    }

    /// Whether every clause asked for has its length.
    fn is_known(&self, reply: ReplyId) -> bool {
        let sound = self.sounds.iter().find(|sound| sound.reply == reply);
        sound.is_some_and(|sound| sound.clauses.iter().all(|clause| clause.is_settled))
    }

    pub(crate) fn pause(&mut self, desk: &Desk, reply: ReplyId) {
        self.paused = Some(reply);
        let now = desk.now;
        if let Some(sound) = self.sounds.iter_mut().find(|sound| sound.reply == reply) {
            sound.advance(now, &mut self.truth);
            sound.is_paused = true;
        }
    }

    pub(crate) fn resume(&mut self, desk: &mut Desk, reply: ReplyId, from: ResumePoint) {
        self.paused = None;
        let now = desk.now;
        let Some(sound) = self.sound(reply) else { return };
        sound.is_paused = false;
        sound.counted = now;
        if let ResumePoint::ClauseStart { clause } = from {
            sound.position_ms =
                sound.clauses.iter().take_while(|known| known.id != clause).map(|known| known.duration_ms).sum();
        }
        self.tick(desk, 10);
    }

    pub(crate) fn cancel(&mut self, desk: &mut Desk, reply: ReplyId) {
        if self.paused == Some(reply) {
            self.paused = None;
        }
        let providers = desk.temper.providers.clone();
        let now = desk.now;
        let Some(at) = self.sounds.iter().position(|sound| sound.reply == reply && !sound.is_cut) else {
            desk.deliver(5, Event::PlayoutStopped { reply, played_ms: 0, measured: Measured::Estimated });
            return;
        };
        self.sounds[at].advance(now, &mut self.truth);
        self.sounds[at].is_cut = true;
        desk.plan(providers.stop_ms, Happening::Silenced { reply });
    }

    /// The far end has fallen silent, and says so.
    pub(crate) fn silenced(&mut self, desk: &mut Desk, reply: ReplyId) {
        let faults = desk.temper.providers.stop_faults;
        let now = desk.now;
        let Some(at) = self.sounds.iter().position(|sound| sound.reply == reply) else { return };
        self.sounds[at].advance(now, &mut self.truth);
        let sound = self.sounds.remove(at);
        let is_known = sound.clauses.iter().all(|clause| clause.is_settled);
        let played = self.truth.entry(reply).or_default();
        played.stopped_ms = Some(sound.position_ms);
        let mut wait = desk.random.between(0, 30);
        let mut played_ms = sound.position_ms;
        if desk.goes_wrong(faults) {
            played.is_misreported = true;
            match desk.random.between(0, 2) {
                0 => return,
                1 => wait = desk.random.between(150, 6_000),
                _ if !is_known => {}
                _ => {
                    played.is_overclaimed = true;
                    played_ms += 5_000;
                }
            }
        }
        desk.deliver(wait, Event::PlayoutStopped { reply, played_ms, measured: Measured::Played });
    }
}

/// The words that sounded between two positions.
fn said(sound: &Sound, from_ms: u64, upto_ms: u64) -> String {
    let mut text = String::new();
    let mut start = 0;
    for clause in &sound.clauses {
        for mark in marks(&clause.text, clause.duration_ms) {
            let at = start + mark.end_ms;
            if at > from_ms && at <= upto_ms {
                let word = clause.text[..mark.text_end].rsplit(' ').next().unwrap_or_default();
                text.push_str(word);
                text.push(' ');
            }
        }
        start += clause.duration_ms;
    }
    text
}

/// Where each word ends in the sound of its clause.
fn marks(text: &str, duration_ms: u64) -> Vec<WordMark> {
    let length = text.trim_end().len().max(1) as u64;
    let mut marks = Vec::new();
    let mut end = 0;
    for word in text.split_inclusive(' ') {
        end += word.len();
        let text_end = text[..end].trim_end().len();
        marks.push(WordMark { text_end, end_ms: duration_ms * text_end as u64 / length });
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_in_order_within_their_sound() {
        let marks = marks("One two three. ", 1_400);
        assert_eq!(marks.len(), 3);
        assert!(marks.is_sorted_by_key(|mark| mark.end_ms));
        assert_eq!(marks[2], WordMark { text_end: 14, end_ms: 1_400 });
    }
}
