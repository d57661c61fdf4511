//! Invariants 1 to 4: one mouth, never over the user, every pause ends, what is cut stays cut.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use baton_session::{Command, Config, Event, FloorKind, Modality, Notice, Waits};
use baton_types::{Attempt, ClauseId, ReplyId, Timestamp, TurnId};

use super::Checker;
use crate::step::Step;

/// 1: at most one reply has samples in playout or `Speak` outstanding.
#[derive(Default)]
pub(super) struct OneMouth {
    /// Clauses of the reply in the mouth, and whether each is settled; failed ones apart.
    clauses: BTreeMap<ReplyId, BTreeMap<ClauseId, Clause>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    Asked,
    Ready,
    Failed,
}

impl OneMouth {
    fn event(&mut self, event: &Event) {
        match event {
            Event::ClauseReady { reply, clause, .. } => self.settle(*reply, *clause, Clause::Ready),
            Event::SynthesisFailed { reply, clause, .. } => {
                self.settle(*reply, *clause, Clause::Failed);
                if self.clauses.get(reply).is_some_and(|all| all.values().all(|clause| *clause == Clause::Failed)) {
                    self.clauses.remove(reply);
                }
            }
            Event::PlayoutEnded { reply } if self.is_settled(*reply) => {
                self.clauses.remove(reply);
            }
            _ => {}
        }
    }

    fn is_settled(&self, reply: ReplyId) -> bool {
        self.clauses.get(&reply).is_some_and(|all| all.values().all(|clause| *clause != Clause::Asked))
    }

    fn settle(&mut self, reply: ReplyId, clause: ClauseId, how: Clause) {
        if let Some(place) = self.clauses.get_mut(&reply).and_then(|all| all.get_mut(&clause))
            && *place == Clause::Asked
        {
            *place = how;
        }
    }
}

impl Checker for OneMouth {
    fn invariant(&self) -> u8 {
        1
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        if let Some(event) = step.accepted() {
            self.event(event);
        }
        for command in step.commands {
            match command {
                Command::Speak { reply, clause, .. } => {
                    if let Some(other) = self.clauses.keys().find(|other| *other != reply) {
                        return Err(format!("reply {reply} speaks while reply {other} is in the mouth"));
                    }
                    self.clauses.entry(*reply).or_default().insert(*clause, Clause::Asked);
                }
                Command::CancelPlayout { reply } => {
                    self.clauses.remove(reply);
                }
                _ => {}
            }
        }
        for notice in step.notices {
            if let Notice::ReplyEnded { reply, .. } = notice
                && self.clauses.contains_key(reply)
            {
                return Err(format!("reply {reply} is over while its sound is still in the mouth"));
            }
        }
        Ok(())
    }
}

/// 2: nothing of a reply leaves while the user is known to speak, but for what may not be interrupted and for replies
/// whose pauses are used up.
pub(super) struct NeverOverTheUser {
    waits: Waits,
    holds_max: u32,
    pauses_max: usize,
    is_excused: bool,
    reply: Option<Mouth>,
    voice: Voice,
    pauses: VecDeque<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Silent,
    /// On, and not to be heeded: it has had its turn, or a limit on pauses has excused this stretch.
    Excused,
    Started,
    Confirmed,
}

struct Mouth {
    reply: ReplyId,
    interruptible: bool,
    paused: Option<Timestamp>,
    holds: u32,
    held: Duration,
    sounded: bool,
    /// It was held before its first sample for as long as that may take.
    is_exhausted: bool,
}

impl NeverOverTheUser {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            waits: config.waits.clone(),
            holds_max: config.limits.holds_per_reply,
            pauses_max: config.limits.pauses,
            // Own sound that comes back is not the user; written replies make no sound.
            is_excused: config.echo || config.modality == Modality::Text,
            reply: None,
            voice: Voice::Silent,
            pauses: VecDeque::new(),
        }
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::SpeechStarted { .. } if self.voice == Voice::Silent => self.voice = Voice::Started,
            Event::SpeechConfirmed { .. } if matches!(self.voice, Voice::Silent | Voice::Started) => {
                self.voice = Voice::Confirmed;
            }
            Event::SpeechFaded { .. } | Event::MediaLost { .. } | Event::TransportLost => self.voice = Voice::Silent,
            Event::ModalityChosen { .. } => self.is_excused = true,
            Event::PlayoutProgress { reply, played_ms } if *played_ms > 0 => {
                if let Some(mouth) = self.reply.as_mut().filter(|mouth| mouth.reply == *reply) {
                    mouth.sounded = true;
                }
            }
            Event::PlayoutEnded { reply } if self.reply.as_ref().is_some_and(|mouth| mouth.reply == *reply) => {
                if let Some(mouth) = &mut self.reply {
                    mouth.sounded = true;
                }
            }
            _ => {}
        }
    }

    fn mouth(&mut self, reply: ReplyId) -> &mut Mouth {
        if self.reply.as_ref().is_none_or(|mouth| mouth.reply != reply) {
            let held = Duration::ZERO;
            self.reply = Some(Mouth {
                reply,
                interruptible: true,
                paused: None,
                holds: 0,
                held,
                sounded: false,
                is_exhausted: false,
            });
        }
        self.reply.as_mut().expect("it has just been put there")
    }

    fn command(&mut self, command: &Command, now: Timestamp) {
        match command {
            Command::Speak { reply, interruptible, .. } => self.mouth(*reply).interruptible = *interruptible,
            Command::PausePlayout { reply } => {
                self.pauses.push_back(now);
                let mouth = self.mouth(*reply);
                mouth.paused = Some(now);
                mouth.holds += 1;
            }
            Command::ResumePlayout { reply, .. } => {
                let hold_sum = self.waits.hold_sum;
                let mouth = self.mouth(*reply);
                if let Some(since) = mouth.paused.take() {
                    mouth.held += now.since(since);
                    mouth.is_exhausted |= !mouth.sounded && mouth.held >= hold_sum;
                }
            }
            Command::CancelPlayout { .. } => self.reply = None,
            _ => {}
        }
    }

    /// Whether the limits on pauses let a reply go on over voice.
    fn is_used_up(&self, mouth: &Mouth) -> bool {
        let in_window = self.pauses.len() >= self.pauses_max;
        in_window || mouth.is_exhausted || mouth.holds >= self.holds_max
    }
}

impl Checker for NeverOverTheUser {
    fn invariant(&self) -> u8 {
        2
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        while self.pauses.front().is_some_and(|at| *at + self.waits.window <= step.now) {
            self.pauses.pop_front();
        }
        if let Some(event) = step.accepted() {
            self.event(event);
        }
        let is_rising = matches!(step.input.event(), Some(Event::SpeechStarted { .. } | Event::SpeechConfirmed { .. }));
        if is_rising && self.pauses.len() >= self.pauses_max {
            // A stretch of voice that found the window full is not heeded when the window has room again.
            self.voice = Voice::Excused;
        }
        for command in step.commands {
            self.command(command, step.now);
        }
        for notice in step.notices {
            match notice {
                Notice::TurnEnded { .. } if self.voice != Voice::Silent => self.voice = Voice::Excused,
                Notice::ReplyEnded { reply, .. } if self.reply.as_ref().is_some_and(|m| m.reply == *reply) => {
                    self.reply = None;
                }
                _ => {}
            }
        }
        let Some(mouth) = &self.reply else { return Ok(()) };
        if self.is_excused || step.is_ending || !matches!(step.floor, FloorKind::Agent | FloorKind::Overlap) {
            return Ok(());
        }
        if self.voice != Voice::Confirmed || !mouth.interruptible || mouth.paused.is_some() {
            return Ok(());
        }
        if self.is_used_up(mouth) {
            self.voice = Voice::Excused;
            return Ok(());
        }
        Err(format!("reply {} may sound while the user speaks", mouth.reply))
    }
}

/// 3: pauses and resumptions of a reply alternate, and each pause ends in time by going on or by a cut.
pub(super) struct PausesEnd {
    hold_limit: Duration,
    paused: BTreeMap<ReplyId, Timestamp>,
    cancelled: BTreeSet<ReplyId>,
}

impl PausesEnd {
    pub(super) fn new(config: &Config) -> Self {
        Self { hold_limit: config.waits.hold_limit, paused: BTreeMap::new(), cancelled: BTreeSet::new() }
    }
}

impl Checker for PausesEnd {
    fn invariant(&self) -> u8 {
        3
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        for command in step.commands {
            match command {
                Command::PausePlayout { reply } if self.paused.insert(*reply, step.now).is_some() => {
                    return Err(format!("reply {reply} is paused twice"));
                }
                Command::ResumePlayout { reply, .. } if self.paused.remove(reply).is_none() => {
                    return Err(format!("reply {reply} goes on without having been paused"));
                }
                Command::CancelPlayout { reply } => {
                    self.paused.remove(reply);
                    if !self.cancelled.insert(*reply) {
                        return Err(format!("reply {reply} is cut twice"));
                    }
                }
                _ => {}
            }
        }
        let overdue = self.paused.iter().find(|(_, since)| step.now > **since + self.hold_limit);
        match overdue {
            Some((reply, since)) if step.is_caught_up() => {
                Err(format!("reply {reply} has been paused since {since} and nothing ends that"))
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, _last: &super::Last<'_>) -> Result<(), String> {
        match self.paused.keys().next() {
            Some(reply) => Err(format!("reply {reply} is still paused at the end")),
            None => Ok(()),
        }
    }
}

/// 4: after a barge-in or a cut nothing more of that reply is spoken, resumed or run.
#[derive(Default)]
pub(super) struct CutStaysCut {
    cut: BTreeSet<ReplyId>,
    cancelled: BTreeSet<(TurnId, Attempt)>,
}

impl Checker for CutStaysCut {
    fn invariant(&self) -> u8 {
        4
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        for command in step.commands {
            match command {
                Command::Speak { reply, .. }
                | Command::ResumePlayout { reply, .. }
                | Command::PausePlayout { reply }
                    if self.cut.contains(reply) =>
                {
                    return Err(format!("reply {reply} was cut, and then: {command:?}"));
                }
                Command::CancelPlayout { reply } => {
                    self.cut.insert(*reply);
                }
                Command::CancelGeneration { turn, attempt } => {
                    self.cancelled.insert((*turn, *attempt));
                }
                Command::RunTool { call, .. } => {
                    if let Some(Event::ToolCalled { turn, attempt, .. }) = step.input.event()
                        && self.cancelled.contains(&(*turn, *attempt))
                    {
                        return Err(format!("tool {call} of a cancelled generation is run"));
                    }
                }
                _ => {}
            }
        }
        for notice in step.notices {
            if let Notice::BargeIn { reply, .. } | Notice::ReplyEnded { reply, .. } = notice {
                self.cut.insert(*reply);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "mouth_tests.rs"]
mod tests;
