//! Invariant 9: a turn ends in known silence, once; a driver that was away gets one decision.

use std::collections::BTreeSet;
use std::time::Duration;

use baton_session::{Config, EndCause, Event, MediaLoss, Notice, Waits};
use baton_types::{Timestamp, TurnId};

use super::Checker;
use crate::step::{Input, Step};

/// 9: no Endpoint between `SpeechStarted` and the end of the hang-over, nor before silence is known for the whole
/// wait, unless it stays unknown for as long as a stalled line is waited for.
pub(super) struct EndsInSilence {
    waits: Waits,
    has_detector: bool,
    is_voice: bool,
    /// Behind the last voice that was told.
    last_voice: Timestamp,
    /// How far silence is known.
    upto: Timestamp,
    is_muted: bool,
}

impl EndsInSilence {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            waits: config.waits.clone(),
            has_detector: config.capabilities.detector,
            is_voice: false,
            last_voice: Timestamp::ZERO,
            upto: Timestamp::ZERO,
            is_muted: false,
        }
    }

    fn event(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::SpeechStarted { .. } | Event::SpeechConfirmed { .. } => self.is_voice = true,
            Event::SpeechFaded { end } => {
                self.is_voice = false;
                self.last_voice = self.last_voice.max((*end).min(now));
            }
            Event::MediaLost { reason } => {
                self.is_voice = false;
                self.is_muted = *reason == MediaLoss::Muted;
            }
            Event::TransportLost => self.is_voice = false,
            Event::MediaBack | Event::TransportResumed => self.is_muted = false,
            Event::Heard { upto } => {
                self.upto = self.upto.max((*upto).min(now));
                self.is_muted = false;
            }
            _ => {}
        }
    }

    fn judge(&self, now: Timestamp) -> Result<(), String> {
        if self.is_voice {
            return Err("the turn ended while the user speaks".to_owned());
        }
        let shortest = self.last_voice + self.waits.hang_over + self.waits.complete;
        if now < shortest {
            return Err(format!("the turn ended at {now}, before the shortest wait was over at {shortest}"));
        }
        let known = if self.is_muted { now } else { self.upto };
        if self.has_detector && known < shortest && now < shortest + self.waits.line_hold {
            return Err(format!("the turn ended at {now} while silence was known up to {known} only"));
        }
        Ok(())
    }
}

impl Checker for EndsInSilence {
    fn invariant(&self) -> u8 {
        9
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        if let Some(event) = step.accepted() {
            self.event(event, step.now);
        }
        let ends_by_silence = |notice: &Notice| matches!(notice, Notice::TurnEnded { cause: EndCause::Endpoint, .. });
        if step.notices.iter().any(ends_by_silence) { self.judge(step.now) } else { Ok(()) }
    }
}

/// 9: a turn ends once until it reopens, and one call decides one thing, however long the driver was away.
#[derive(Default)]
pub(super) struct OneDecision {
    ended: BTreeSet<TurnId>,
    /// When time was last told, and how many decisions that call brought.
    told: Option<(Timestamp, u32)>,
}

/// Calls of `handle_timeout` this close belong to one moment.
const MOMENT: Duration = Duration::ZERO;

impl Checker for OneDecision {
    fn invariant(&self) -> u8 {
        9
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        let mut decisions = 0;
        for notice in step.notices {
            match notice {
                Notice::TurnEnded { turn, .. } => {
                    decisions += 1;
                    if !self.ended.insert(*turn) {
                        return Err(format!("turn {turn} ended twice"));
                    }
                }
                Notice::TurnReopened { turn } => {
                    self.ended.remove(turn);
                }
                Notice::BargeIn { .. } => decisions += 1,
                _ => {}
            }
        }
        if !matches!(step.input, Input::Timeout { .. }) {
            return Ok(());
        }
        let before = self.told.filter(|(at, _)| *at + MOMENT >= step.now).map_or(0, |(_, count)| count);
        self.told = Some((step.now, before + decisions));
        if before + decisions > 1 {
            return Err(format!("{} decisions at one moment", before + decisions));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_session::{BargeInCause, Timer};
    use baton_types::ReplyId;

    use super::*;
    use crate::checkers::tape::{Tape, at};

    fn ended(cause: EndCause) -> Notice {
        Notice::TurnEnded { turn: TurnId(1), cause, last_voice: at(1_000) }
    }

    fn spoken() -> Tape<EndsInSilence> {
        Tape::new(EndsInSilence::new(&Config::default()))
            .event(64, Event::SpeechStarted { onset: at(0) }, &[], &[])
            .event(1_064, Event::SpeechFaded { end: at(1_000) }, &[], &[])
    }

    #[test]
    fn an_end_needs_silence_that_is_known() {
        let known = || spoken().event(1_510, Event::Heard { upto: at(1_500) }, &[], &[]);
        known().timeout(1_510, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)]).holds();
        spoken().timeout(1_510, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)]).breaks("known up to");
        spoken().timeout(2_500, Timer::LineHold, &[], &[ended(EndCause::Endpoint)]).holds();
        let muted = Event::MediaLost { reason: MediaLoss::Muted };
        spoken()
            .event(1_100, muted, &[], &[])
            .timeout(1_510, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)])
            .holds();
    }

    #[test]
    fn an_end_within_voice_or_too_early_is_seen() {
        let again = spoken().event(1_300, Event::SpeechStarted { onset: at(1_236) }, &[], &[]);
        again.timeout(1_500, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)]).breaks("while the user speaks");
        let early = spoken().timeout(1_400, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)]);
        early.breaks("before the shortest wait");
        let capped = spoken().event(1_300, Event::SpeechStarted { onset: at(1_236) }, &[], &[]);
        capped.timeout(60_000, Timer::TurnCap, &[], &[ended(EndCause::TurnCap)]).holds();
    }

    #[test]
    fn one_call_decides_one_thing() {
        let barge = Notice::BargeIn { reply: ReplyId(1), turn: TurnId(2), cause: BargeInCause::LongestHold };
        let tape = || Tape::new(OneDecision::default());
        tape().timeout(5, Timer::Endpoint, &[], &[ended(EndCause::Endpoint), barge]).breaks("decisions");
        let once = || tape().timeout(5, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)]);
        once().timeout(9, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)]).breaks("twice");
        let reopened = Notice::TurnReopened { turn: TurnId(1) };
        once()
            .event(6, Event::MediaBack, &[], &[reopened])
            .timeout(9, Timer::Endpoint, &[], &[ended(EndCause::Endpoint)])
            .holds();
    }
}
