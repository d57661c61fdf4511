//! Invariants 5 and 10: what is not current changes nothing; a prediction only ever shortens a wait.

use std::collections::{BTreeMap, BTreeSet};

use baton_session::{Command, Config, Event, Notice, Timer};
use baton_types::{Attempt, ReplyId, Revision, SegmentId, TurnId};

use super::Checker;
use crate::step::Step;

/// 5: an event whose turn, attempt, revision or sequence is not current is dropped, with no other command than a
/// repair of the transcript.
pub(super) struct StaleIsDropped {
    is_streaming: bool,
    generation: Option<Generation>,
    recognitions: BTreeMap<(TurnId, SegmentId), Recognition>,
    over: BTreeSet<ReplyId>,
}

struct Generation {
    turn: TurnId,
    attempt: Attempt,
    has_ended: bool,
    seen: BTreeSet<u32>,
}

#[derive(Clone, Copy)]
struct Recognition {
    revision: Revision,
    is_owed: bool,
}

impl StaleIsDropped {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            is_streaming: config.capabilities.streaming,
            generation: None,
            recognitions: BTreeMap::new(),
            over: BTreeSet::new(),
        }
    }

    /// Why the event is not current, if that is certain from outside.
    fn stale(&self, event: &Event) -> Option<String> {
        match event {
            Event::Delta { turn, attempt, seq, .. } => self.stale_generation(*turn, *attempt).or_else(|| {
                let seen = self.generation.as_ref().is_some_and(|generation| generation.seen.contains(seq));
                seen.then(|| format!("piece {seq} came before"))
            }),
            Event::ToolCalled { turn, attempt, .. }
            | Event::GenerationEnded { turn, attempt, .. }
            | Event::GenerationFailed { turn, attempt, .. } => self.stale_generation(*turn, *attempt).or_else(|| {
                let has_ended = self.generation.as_ref().is_some_and(|generation| generation.has_ended);
                has_ended.then(|| format!("generation {attempt} of turn {turn} has ended"))
            }),
            Event::RecognitionEnded { turn, segment, revision, .. }
            | Event::RecognitionFailed { turn, segment, revision, .. } => {
                self.stale_recognition(*turn, *segment, *revision)
            }
            Event::PlayoutProgress { reply, .. }
            | Event::PlayoutStopped { reply, .. }
            | Event::PlayoutEnded { reply }
            | Event::ClauseReady { reply, .. }
            | Event::SynthesisFailed { reply, .. } => {
                self.over.contains(reply).then(|| format!("reply {reply} is over"))
            }
            _ => None,
        }
    }

    fn stale_generation(&self, turn: TurnId, attempt: Attempt) -> Option<String> {
        let is_current = self.generation.as_ref().is_some_and(|now| now.turn == turn && now.attempt == attempt);
        (!is_current).then(|| format!("generation {attempt} of turn {turn} is not the current one"))
    }

    fn stale_recognition(&self, turn: TurnId, segment: SegmentId, revision: Revision) -> Option<String> {
        let Some(known) = self.recognitions.get(&(turn, segment)) else {
            return (!self.is_streaming).then(|| "it was never asked for".to_owned());
        };
        let is_stale = revision < known.revision || revision == known.revision && !known.is_owed;
        is_stale.then(|| format!("revision {revision} of segment {segment} of turn {turn} is not owed"))
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Delta { seq, .. } => {
                if let Some(generation) = &mut self.generation {
                    generation.seen.insert(*seq);
                }
            }
            Event::GenerationEnded { .. } | Event::GenerationFailed { .. } => {
                if let Some(generation) = &mut self.generation {
                    generation.has_ended = true;
                }
            }
            Event::RecognitionEnded { turn, segment, revision, .. }
            | Event::RecognitionFailed { turn, segment, revision, .. } => {
                if let Some(known) = self.recognitions.get_mut(&(*turn, *segment))
                    && known.revision == *revision
                {
                    known.is_owed = false;
                }
            }
            _ => {}
        }
    }

    fn outcome(&mut self, step: &Step<'_>) {
        for notice in step.notices {
            if let Notice::ReplyEnded { reply, turn, .. } = notice {
                self.over.insert(*reply);
                if self.generation.as_ref().is_some_and(|generation| Some(generation.turn) == *turn) {
                    self.generation = None;
                }
            }
        }
        for command in step.commands {
            match command {
                Command::Generate { turn, attempt, .. } => {
                    let (turn, attempt) = (*turn, *attempt);
                    self.generation = Some(Generation { turn, attempt, has_ended: false, seen: BTreeSet::new() });
                }
                Command::CancelGeneration { turn, attempt } => {
                    let cancelled = |now: &Generation| now.turn == *turn && now.attempt == *attempt;
                    // What is cut at a limit may still say what is in order; its end has been made.
                    if self.generation.as_ref().is_some_and(cancelled) {
                        self.generation = None;
                    }
                }
                Command::Recognize { turn, segment, revision, .. } => {
                    self.recognitions.insert((*turn, *segment), Recognition { revision: *revision, is_owed: true });
                }
                Command::CancelRecognition { turn, segment, revision } => {
                    let known = self.recognitions.get_mut(&(*turn, *segment));
                    if let Some(known) = known.filter(|known| known.revision == *revision) {
                        known.is_owed = false;
                    }
                }
                _ => {}
            }
        }
    }
}

impl Checker for StaleIsDropped {
    fn invariant(&self) -> u8 {
        5
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        let stale = step.input.event().and_then(|event| self.stale(event));
        if let Some(why) = stale {
            if !step.is_dropped() {
                return Err(format!("{why}, and it was taken"));
            }
            let harmful = step.commands.iter().find(|command| !matches!(command, Command::Commit { .. }));
            if let Some(command) = harmful {
                return Err(format!("{why}, and it led to {command:?}"));
            }
        }
        if let Some(event) = step.accepted() {
            self.event(event);
        }
        self.outcome(step);
        Ok(())
    }
}

/// 10: a prediction never ends a turn by itself, never lengthens a wait, and counts for the pause it was asked about.
#[derive(Default)]
pub(super) struct PredictionsOnlyShorten {
    /// What the predictor was last asked about, while no voice has come since.
    asked: Option<(TurnId, SegmentId, Revision)>,
}

impl PredictionsOnlyShorten {
    fn judge(&mut self, step: &Step<'_>, about: (TurnId, SegmentId, Revision)) -> Result<(), String> {
        let is_current = self.asked == Some(about);
        if step.notices.iter().any(|notice| matches!(notice, Notice::TurnEnded { .. })) {
            return Err("a prediction ended the turn".to_owned());
        }
        if !is_current && !step.is_dropped() {
            return Err("a prediction for an older pause was taken".to_owned());
        }
        if let Some((held, Timer::Endpoint)) = step.due
            && step.next.is_none_or(|(next, _)| next > held)
        {
            return Err(format!("a prediction moved the end of the turn from {held} to {:?}", step.next));
        }
        if !step.is_dropped() {
            self.asked = None;
        }
        Ok(())
    }
}

impl Checker for PredictionsOnlyShorten {
    fn invariant(&self) -> u8 {
        10
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        match step.input.event() {
            Some(Event::EndOfTurnPredicted { turn, segment, revision, .. }) => {
                self.judge(step, (*turn, *segment, *revision))?;
            }
            Some(Event::SpeechStarted { .. }) if !step.is_dropped() => self.asked = None,
            _ => {}
        }
        for command in step.commands {
            if let Command::PredictEndOfTurn { turn, segment, revision, .. } = command {
                self.asked = Some((*turn, *segment, *revision));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_session::{EndCause, FinishReason, Purpose, RecognitionUrgency, Recognized};
    use baton_types::AgentName;

    use super::*;
    use crate::checkers::tape::{Tape, at, progress, reply_ended};

    const LATE: fn() -> Notice = || Notice::LateDropped { what: "it".to_owned() };

    fn stale() -> Tape<StaleIsDropped> {
        Tape::new(StaleIsDropped::new(&Config::default()))
    }

    fn generate(attempt: u32) -> Command {
        let (turn, attempt, agent) = (TurnId(1), Attempt(attempt), AgentName::from("host"));
        Command::Generate { turn, attempt, agent, purpose: Purpose::Answer, context: 1 }
    }

    fn delta(attempt: u32, seq: u32) -> Event {
        Event::Delta { turn: TurnId(1), attempt: Attempt(attempt), seq, text: "a".to_owned() }
    }

    fn ended(attempt: u32) -> Event {
        let (turn, attempt, reason) = (TurnId(1), Attempt(attempt), FinishReason::Complete);
        Event::GenerationEnded { turn, attempt, reason, usage: None }
    }

    fn recognize(revision: u32) -> Command {
        let (turn, segment, revision, urgency) =
            (TurnId(1), SegmentId(1), Revision(revision), RecognitionUrgency::Guess);
        Command::Recognize { turn, segment, revision, from: at(0), upto: at(9), urgency }
    }

    fn recognized(revision: u32) -> Event {
        let (turn, segment, revision) = (TurnId(1), SegmentId(1), Revision(revision));
        Event::RecognitionEnded { turn, segment, revision, outcome: Recognized::Nothing }
    }

    #[test]
    fn text_of_an_older_attempt_must_be_dropped() {
        let tape =
            || stale().event(1, Event::MediaBack, &[generate(1)], &[]).event(2, Event::MediaBack, &[generate(2)], &[]);
        tape().event(3, delta(1, 0), &[], &[LATE()]).event(4, delta(2, 0), &[], &[]).holds();
        tape().event(3, delta(1, 0), &[], &[]).breaks("not the current one");
        tape().event(3, delta(1, 0), &[generate(3)], &[LATE()]).breaks("led to");
    }

    #[test]
    fn a_second_end_and_a_doubled_piece_must_be_dropped() {
        let tape = || stale().event(1, Event::MediaBack, &[generate(1)], &[]).event(2, delta(1, 0), &[], &[]);
        tape().event(3, delta(1, 0), &[], &[]).breaks("came before");
        tape().event(3, ended(1), &[], &[]).event(4, ended(1), &[], &[]).breaks("has ended");
        tape().event(3, ended(1), &[], &[]).event(4, delta(1, 1), &[], &[]).holds();
    }

    #[test]
    fn an_answer_to_an_older_revision_must_be_dropped() {
        let tape = || {
            stale().event(1, Event::MediaBack, &[recognize(1)], &[]).event(2, Event::MediaBack, &[recognize(2)], &[])
        };
        tape().event(3, recognized(1), &[], &[LATE()]).event(4, recognized(2), &[], &[]).holds();
        tape().event(3, recognized(1), &[], &[]).breaks("not owed");
        tape().event(3, recognized(2), &[], &[]).event(4, recognized(2), &[], &[]).breaks("not owed");
    }

    #[test]
    fn reports_about_a_reply_that_is_over_must_be_dropped() {
        let tape = || stale().event(1, progress(1, 5), &[], &[reply_ended(1, 1)]);
        tape().event(2, progress(1, 6), &[], &[LATE()]).holds();
        tape().event(2, progress(1, 6), &[], &[]).breaks("is over");
    }

    fn predicted(revision: u32) -> Event {
        let (turn, segment, revision) = (TurnId(1), SegmentId(1), Revision(revision));
        Event::EndOfTurnPredicted { turn, segment, revision, complete: true }
    }

    fn predict(revision: u32) -> Command {
        let (turn, segment, revision, text) = (TurnId(1), SegmentId(1), Revision(revision), "so".to_owned());
        Command::PredictEndOfTurn { turn, segment, revision, text }
    }

    #[test]
    fn a_prediction_may_shorten_and_nothing_else() {
        let tape = || {
            Tape::new(PredictionsOnlyShorten::default())
                .event(1, Event::MediaBack, &[predict(1)], &[])
                .next(900, Timer::Endpoint)
        };
        tape().event(2, predicted(1), &[], &[]).holds();
        let ended = Notice::TurnEnded { turn: TurnId(1), cause: EndCause::Endpoint, last_voice: at(1) };
        tape().event(2, predicted(1), &[], &[ended]).breaks("ended the turn");
        tape().event(2, predicted(2), &[], &[]).breaks("older pause");
        let spoken = tape().event(2, Event::SpeechStarted { onset: at(1) }, &[], &[]);
        spoken.event(3, predicted(1), &[], &[]).breaks("older pause");
        // The deadline of 900 is overdue and gone after the call: nothing earlier holds.
        tape().event(900, predicted(1), &[], &[]).breaks("moved the end");
    }
}
