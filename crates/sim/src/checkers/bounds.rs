//! Invariant 22: bounds of a session.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use baton_session::{Command, Config, Event, Limits, Modality, Notice, Waits};
use baton_types::{ClauseId, ReplyId, Timestamp};

use super::Checker;
use crate::step::Step;

/// Commands that one event may lead to.
const COMMANDS_MAX: usize = 16;

/// 22: 16 commands an event, 3 pauses and 4 generations within 10 s, a limited number of clauses in synthesis.
pub(super) struct Bounds {
    limits: Limits,
    waits: Waits,
    /// Written conversations are as fast as the writer.
    is_written: bool,
    pauses: VecDeque<Timestamp>,
    generations: VecDeque<Timestamp>,
    unready: BTreeMap<ReplyId, BTreeSet<ClauseId>>,
}

impl Bounds {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            limits: config.limits.clone(),
            waits: config.waits.clone(),
            is_written: config.modality == Modality::Text,
            pauses: VecDeque::new(),
            generations: VecDeque::new(),
            unready: BTreeMap::new(),
        }
    }

    fn command(&mut self, command: &Command, now: Timestamp) -> Result<(), String> {
        match command {
            Command::PausePlayout { .. } => {
                self.pauses.push_back(now);
                if self.pauses.len() > self.limits.pauses {
                    return Err(format!("{} pauses within {:?}", self.pauses.len(), self.waits.window));
                }
            }
            Command::Generate { .. } => {
                self.generations.push_back(now);
                if self.generations.len() > self.limits.generations && !self.is_written {
                    return Err(format!("{} generations within {:?}", self.generations.len(), self.waits.window));
                }
            }
            Command::Speak { reply, clause, .. } => {
                let unready = self.unready.entry(*reply).or_default();
                unready.insert(*clause);
                if unready.len() > self.limits.speak_ahead {
                    return Err(format!("{} clauses of reply {reply} in synthesis", unready.len()));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Checker for Bounds {
    fn invariant(&self) -> u8 {
        22
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        match step.input.event() {
            Some(Event::ModalityChosen { .. }) => self.is_written = true,
            Some(Event::ClauseReady { reply, clause, .. } | Event::SynthesisFailed { reply, clause, .. }) => {
                if let Some(unready) = self.unready.get_mut(reply) {
                    unready.remove(clause);
                }
            }
            _ => {}
        }
        if step.commands.len() > COMMANDS_MAX {
            return Err(format!("{} commands at once", step.commands.len()));
        }
        for times in [&mut self.pauses, &mut self.generations] {
            while times.front().is_some_and(|at| *at + self.waits.window <= step.now) {
                times.pop_front();
            }
        }
        for command in step.commands {
            self.command(command, step.now)?;
        }
        for notice in step.notices {
            if let Notice::ReplyEnded { reply, .. } = notice {
                self.unready.remove(reply);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_session::Purpose;
    use baton_types::{AgentName, Attempt, TurnId};

    use super::*;
    use crate::checkers::tape::{Tape, speak};

    fn tape() -> Tape<Bounds> {
        Tape::new(Bounds::new(&Config::default()))
    }

    fn many(command: &Command, count: u64, apart: u64) -> Tape<Bounds> {
        (0..count)
            .fold(tape(), |tape, index| tape.event(index * apart, Event::MediaBack, std::slice::from_ref(command), &[]))
    }

    #[test]
    fn pauses_and_generations_within_a_window_are_counted() {
        let pause = Command::PausePlayout { reply: ReplyId(1) };
        many(&pause, 3, 1_000).holds();
        many(&pause, 4, 3_000).breaks("4 pauses");
        many(&pause, 8, 4_000).holds();
        let (turn, attempt, agent) = (TurnId(1), Attempt(1), AgentName::from("host"));
        let generate = Command::Generate { turn, attempt, agent, purpose: Purpose::Answer, context: 0 };
        many(&generate, 4, 100).holds();
        many(&generate, 5, 100).breaks("5 generations");
    }

    #[test]
    fn clauses_in_synthesis_and_commands_at_once_are_counted() {
        let clauses: Vec<_> = (0..9).map(|clause| speak(1, clause, "One. ")).collect();
        tape().event(1, Event::MediaBack, &clauses[..8], &[]).holds();
        tape().event(1, Event::MediaBack, &clauses, &[]).breaks("in synthesis");
        let ready = Event::ClauseReady { reply: ReplyId(1), clause: ClauseId(0), duration_ms: 9, marks: Vec::new() };
        tape().event(1, Event::MediaBack, &clauses[..8], &[]).event(2, ready, &clauses[8..], &[]).holds();
        let cancel = vec![Command::CancelPlayout { reply: ReplyId(1) }; 17];
        tape().event(1, Event::MediaBack, &cancel, &[]).breaks("17 commands");
    }
}
