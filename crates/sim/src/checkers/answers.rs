//! Invariants 8, 12 and 23: one answer to a turn, one run to a call, and an answer to every turn.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use baton_session::{Command, Config, Event, FloorKind, Item, Limits, Modality, Notice, Purpose};
use baton_types::{CallId, Timestamp, TurnId};

use super::Checker;
use crate::step::Step;

/// Continuations of a broken answer.
const RETRIES_MAX: u32 = 2;

/// 8: a turn is answered once for each thing that was said: as often as its text changed or it reopened.
#[derive(Default)]
pub(super) struct OneAnswer {
    turns: BTreeMap<TurnId, Answered>,
}

#[derive(Default)]
struct Answered {
    text: Vec<String>,
    changes: u32,
    reopenings: u32,
    runs: u32,
    answers: u32,
    after_tools: u32,
    retries: u32,
    audible: u32,
}

fn normalized(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == '-');
    let plain = words.map(|word| word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    plain.filter(|word| !word.is_empty()).collect()
}

impl OneAnswer {
    fn notice(&mut self, notice: &Notice, step: &Step<'_>) -> Result<(), String> {
        match notice {
            Notice::UserFinal { turn, text, .. } => {
                let words = normalized(text);
                let answered = self.turns.entry(*turn).or_default();
                let has_changed = answered.text != words;
                let is_text = matches!(step.input.event(), Some(Event::RecognitionEnded { .. }));
                let reopens =
                    step.notices.iter().any(|other| matches!(other, Notice::TurnReopened { turn: t } if t == turn));
                if !has_changed && is_text && reopens {
                    return Err(format!("turn {turn} reopened for words it has already: {text:?}"));
                }
                answered.changes += u32::from(has_changed);
                answered.text = words;
            }
            Notice::TurnReopened { turn } => self.turns.entry(*turn).or_default().reopenings += 1,
            Notice::ReplyStarted { turn: Some(turn), .. } => {
                let answered = self.turns.entry(*turn).or_default();
                answered.audible += 1;
                if answered.audible > answered.changes + answered.reopenings + answered.runs {
                    return Err(format!("{} replies to turn {turn} became audible", answered.audible));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Result<(), String> {
        match command {
            Command::RunTool { turn, .. } => self.turns.entry(*turn).or_default().runs += 1,
            Command::Generate { turn, purpose, .. } => {
                let answered = self.turns.entry(*turn).or_default();
                let (count, most) = match purpose {
                    Purpose::Answer => (&mut answered.answers, answered.changes + answered.reopenings),
                    Purpose::AfterTools => (&mut answered.after_tools, answered.runs),
                    Purpose::Continue => {
                        (&mut answered.retries, RETRIES_MAX * (answered.changes + answered.reopenings))
                    }
                };
                *count += 1;
                if *count > most {
                    return Err(format!("{count} generations for turn {turn} ({purpose:?}), at most {most}"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Checker for OneAnswer {
    fn invariant(&self) -> u8 {
        8
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        step.notices.iter().try_for_each(|notice| self.notice(notice, step))?;
        step.commands.iter().try_for_each(|command| self.command(command))
    }
}

/// 12: one run to a call, and one outcome.
#[derive(Default)]
pub(super) struct ToolsRunOnce {
    run: BTreeSet<CallId>,
    settled: BTreeSet<CallId>,
}

impl Checker for ToolsRunOnce {
    fn invariant(&self) -> u8 {
        12
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        for command in step.commands {
            match command {
                Command::RunTool { call, .. } if !self.run.insert(call.clone()) => {
                    return Err(format!("{call} is run twice"));
                }
                Command::Commit { item: Item::Tool { call, outcome: Some(_), .. }, .. }
                    if !self.settled.insert(call.clone()) =>
                {
                    return Err(format!("{call} has two outcomes"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// How long a turn may stay without any answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// 23: every committed turn has, within 10 s, audible speech, a reopening, a newer turn or a spoken fault.
pub(super) struct TurnsAreAnswered {
    limits: Limits,
    window: Duration,
    /// What is written has its own measure: an item.
    is_written: bool,
    waits: Option<(TurnId, Timestamp)>,
    newest: TurnId,
    generations: VecDeque<Timestamp>,
}

impl TurnsAreAnswered {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            limits: config.limits.clone(),
            window: config.waits.window,
            is_written: config.modality == Modality::Text,
            waits: None,
            newest: TurnId(0),
            generations: VecDeque::new(),
        }
    }

    /// Whether something audible or final has come of it, or the world is to blame.
    fn event(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::PlayoutProgress { played_ms, .. } if *played_ms > 0 => self.waits = None,
            Event::PlayoutEnded { .. } | Event::StopRequested { .. } => self.waits = None,
            Event::ModalityChosen { text } => {
                self.is_written = *text;
                self.waits = None;
            }
            // As long as the user speaks the agent waits.
            Event::SpeechStarted { .. } | Event::SpeechConfirmed { .. } | Event::SpeechFaded { .. } => {
                self.extend(now);
            }
            Event::Partial { .. } | Event::RecognitionEnded { .. } => self.extend(now),
            _ => {}
        }
    }

    fn extend(&mut self, now: Timestamp) {
        if let Some((_, due)) = &mut self.waits {
            *due = (*due).max(now + ANSWER_WITHIN);
        }
    }

    fn command(&mut self, command: &Command, now: Timestamp) {
        match command {
            Command::Generate { .. } => {
                self.generations.push_back(now);
                if self.generations.len() > self.limits.generations {
                    self.generations.pop_front();
                }
            }
            Command::RunTool { .. } if self.is_written => self.waits = None,
            Command::Commit { item: Item::Agent { .. } | Item::Note { .. }, .. } => self.waits = None,
            Command::StopEverything { .. } => self.waits = None,
            _ => {}
        }
    }

    fn notice(&mut self, notice: &Notice, now: Timestamp) {
        match notice {
            // What comes late for a turn that others have followed is kept and not answered.
            Notice::UserFinal { turn, .. } if *turn >= self.newest => {
                self.newest = *turn;
                self.waits = Some((*turn, now + ANSWER_WITHIN));
            }
            Notice::BargeIn { turn, .. } => self.newest = self.newest.max(*turn),
            Notice::TurnReopened { turn } | Notice::TurnEnded { turn, .. } | Notice::TurnDropped { turn, .. } => {
                self.newest = self.newest.max(*turn);
                self.waits = None;
            }
            // The user took the floor.
            Notice::FloorChanged { floor: FloorKind::User } => self.waits = None,
            // A voice that is broken cannot say so.
            Notice::Degraded { fault } if fault.operation == "synthesize" || fault.operation == "play" => {
                self.waits = None;
            }
            _ => {}
        }
    }
}

impl Checker for TurnsAreAnswered {
    fn invariant(&self) -> u8 {
        23
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        for notice in step.notices {
            self.notice(notice, step.now);
        }
        if let Some(event) = step.accepted() {
            self.event(event, step.now);
        }
        for command in step.commands {
            self.command(command, step.now);
        }
        if step.is_ending {
            self.waits = None;
        }
        let Some((turn, due)) = self.waits else { return Ok(()) };
        let is_limited = self.generations.len() >= self.limits.generations
            && self.generations.front().is_some_and(|oldest| due < *oldest + self.window + ANSWER_WITHIN);
        if step.now > due && step.is_caught_up() && !is_limited {
            return Err(format!("turn {turn} has had no answer since {}", due - ANSWER_WITHIN));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_session::{FinishReason, Recognized, Timer, ToolOutcome};
    use baton_types::{AgentName, Attempt, Fault, FaultCode, ReplyId, Revision, SegmentId};

    use super::*;
    use crate::checkers::tape::{Tape, at, progress};

    fn user_final(text: &str) -> Notice {
        let (turn, start, end) = (TurnId(1), at(0), at(0));
        Notice::UserFinal { turn, text: text.to_owned(), start, end, confidence: 1.0 }
    }

    fn generate(attempt: u32, purpose: Purpose) -> Command {
        let (turn, attempt, agent) = (TurnId(1), Attempt(attempt), AgentName::from("host"));
        Command::Generate { turn, attempt, agent, purpose, context: 1 }
    }

    fn reopened() -> Notice {
        Notice::TurnReopened { turn: TurnId(1) }
    }

    fn asked() -> Tape<OneAnswer> {
        Tape::new(OneAnswer::default()).event(
            1,
            Event::MediaBack,
            &[generate(1, Purpose::Answer)],
            &[user_final("what is on")],
        )
    }

    #[test]
    fn a_turn_is_generated_for_as_often_as_it_changes() {
        asked().holds();
        asked().event(2, Event::MediaBack, &[generate(2, Purpose::Answer)], &[]).breaks("2 generations");
        let grown =
            asked().event(2, Event::MediaBack, &[generate(2, Purpose::Answer)], &[user_final("what is on now")]);
        grown.holds();
        asked().event(2, Event::MediaBack, &[generate(2, Purpose::AfterTools)], &[]).breaks("AfterTools");
    }

    #[test]
    fn the_same_words_reopen_nothing() {
        let outcome = Recognized::Text { text: "What is on?".to_owned(), confidence: 0.9 };
        let late = Event::RecognitionEnded { turn: TurnId(1), segment: SegmentId(1), revision: Revision(1), outcome };
        asked().event(2, late.clone(), &[], &[user_final("What is on?"), reopened()]).breaks("has already");
        asked().event(2, late, &[], &[user_final("What is on today?"), reopened()]).holds();
    }

    #[test]
    fn one_reply_to_a_turn_becomes_audible() {
        let started = |reply| Notice::ReplyStarted { reply: ReplyId(reply), turn: Some(TurnId(1)) };
        let once = || asked().event(2, progress(1, 1), &[], &[started(1)]);
        once().holds();
        once().event(3, progress(2, 1), &[], &[started(2)]).breaks("2 replies");
        once().event(3, Event::MediaBack, &[], &[reopened()]).event(4, progress(2, 1), &[], &[started(2)]).holds();
    }

    #[test]
    fn a_call_is_run_once_and_has_one_outcome() {
        let call = CallId::from("a");
        let (name, arguments) = ("look".to_owned(), "{}".to_owned());
        let run =
            Command::RunTool { turn: TurnId(1), call: call.clone(), name: name.clone(), arguments: arguments.clone() };
        let outcome = Some(ToolOutcome::Lost);
        let settled =
            Command::Commit { index: 0, item: Item::Tool { turn: TurnId(1), call, name, arguments, outcome } };
        let tape =
            || Tape::new(ToolsRunOnce::default()).event(1, Event::MediaBack, &[run.clone(), settled.clone()], &[]);
        tape().holds();
        tape().event(2, Event::MediaBack, std::slice::from_ref(&run), &[]).breaks("run twice");
        tape().event(2, Event::MediaBack, std::slice::from_ref(&settled), &[]).breaks("two outcomes");
    }

    #[test]
    fn a_turn_is_not_left_without_an_answer() {
        let tape = || {
            let tape = Tape::new(TurnsAreAnswered::new(&Config::default()));
            tape.event(1, Event::MediaBack, &[], &[user_final("what is on")])
        };
        let silent = tape().event(11_000, Event::Heard { upto: at(11_000) }, &[], &[]);
        silent.breaks("no answer");
        let spoken = tape().event(2_000, progress(1, 20), &[], &[]);
        spoken.event(11_000, Event::Heard { upto: at(11_000) }, &[], &[]).holds();
        let broken = Notice::Degraded { fault: Fault::new("generate", FaultCode::Interrupted, "it broke") };
        let (turn, attempt, reason) = (TurnId(1), Attempt(1), FinishReason::Complete);
        let ended = Event::GenerationEnded { turn, attempt, reason, usage: None };
        let unsaid = tape().event(2_000, ended, &[], &[broken]).timeout(12_000, Timer::Idle, &[], &[]);
        unsaid.breaks("no answer");
    }
}
