//! Invariants 11 and 25: every floor has a deadline, and every session comes to rest.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use baton_session::{Command, Config, Event, FloorKind, Notice, Waits};
use baton_types::{ReplyId, Timestamp};

use super::{Checker, Last};
use crate::step::Step;

/// What the driver may need beyond a deadline.
const SLACK: Duration = Duration::from_millis(500);

/// 11: outside Open and Closed there is always a next deadline, and no floor lasts without progress.
pub(super) struct FloorsHaveDeadlines {
    waits: Waits,
    generations_max: usize,
    /// When the floor was last passed, or its turn reopened.
    passed: Timestamp,
    /// When the reply last came on.
    moved: Timestamp,
    reported: BTreeMap<ReplyId, u64>,
    paused: Option<ReplyId>,
    generations: VecDeque<Timestamp>,
}

impl FloorsHaveDeadlines {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            waits: config.waits.clone(),
            generations_max: config.limits.generations,
            passed: Timestamp::ZERO,
            moved: Timestamp::ZERO,
            reported: BTreeMap::new(),
            paused: None,
            generations: VecDeque::new(),
        }
    }

    fn event(&mut self, event: &Event) -> bool {
        match event {
            Event::Routed { .. }
            | Event::Delta { .. }
            | Event::ToolCalled { .. }
            | Event::ToolReturned { .. }
            | Event::GenerationEnded { .. }
            | Event::ClauseReady { .. } => true,
            Event::PlayoutProgress { reply, played_ms } => {
                let before = self.reported.insert(*reply, *played_ms);
                before.is_none_or(|before| *played_ms > before)
            }
            _ => false,
        }
    }

    fn command(&mut self, command: &Command, now: Timestamp) -> bool {
        match command {
            Command::Generate { .. } => {
                self.generations.push_back(now);
                true
            }
            Command::PausePlayout { reply } => {
                self.paused = Some(*reply);
                true
            }
            Command::ResumePlayout { reply, .. } => {
                self.paused = None;
                // It may go on at the beginning of a clause.
                self.reported.remove(reply);
                true
            }
            Command::CancelPlayout { .. } => {
                self.paused = None;
                true
            }
            Command::Speak { .. } | Command::Route { .. } => true,
            _ => false,
        }
    }

    fn overdue(&self, step: &Step<'_>) -> Option<String> {
        let in_floor = step.now.since(self.passed);
        let still = step.now.since(self.moved.max(self.passed));
        let is_limited = self.generations.len() >= self.generations_max;
        match step.floor {
            FloorKind::User if in_floor > self.waits.turn_cap + self.waits.final_wait + SLACK => {
                Some(format!("the user has had the floor since {}", self.passed))
            }
            FloorKind::Agent | FloorKind::Overlap
                if still > self.waits.first_token + SLACK && self.paused.is_none() && !is_limited =>
            {
                Some(format!("the reply has made no progress since {}", self.moved.max(self.passed)))
            }
            _ => None,
        }
    }
}

impl Checker for FloorsHaveDeadlines {
    fn invariant(&self) -> u8 {
        11
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        while self.generations.front().is_some_and(|at| *at + self.waits.window <= step.now) {
            // Once there is room the wait begins anew.
            self.generations.pop_front();
            self.moved = step.now;
        }
        let mut has_moved = step.accepted().is_some_and(|event| self.event(event));
        for command in step.commands {
            has_moved |= self.command(command, step.now);
        }
        if has_moved {
            self.moved = step.now;
        }
        let passes = |notice: &Notice| matches!(notice, Notice::FloorChanged { .. } | Notice::TurnReopened { .. });
        if step.notices.iter().any(passes) {
            self.passed = step.now;
        }
        if step.notices.iter().any(|notice| matches!(notice, Notice::TurnEnded { .. })) {
            // From here on only the final text is waited for.
            self.passed = step.now - self.waits.turn_cap;
        }
        let needs_deadline = matches!(step.floor, FloorKind::User | FloorKind::Overlap | FloorKind::Agent);
        if needs_deadline && step.next.is_none() {
            return Err(format!("floor {:?} has no deadline", step.floor));
        }
        match self.overdue(step) {
            Some(what) if step.is_caught_up() => Err(what),
            _ => Ok(()),
        }
    }
}

/// How long an end may take.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);

/// 25: a calm session comes to rest, an end that is asked for comes at once, and nothing follows it.
#[derive(Default)]
pub(super) struct EndsAndRests {
    asked: Option<Timestamp>,
    is_closed: bool,
    /// When the floor was last seen open or closed.
    rested: Timestamp,
}

/// A calm session may say something by itself, but not for longer than this.
const RESTED_WITHIN: Duration = Duration::from_secs(30);

impl Checker for EndsAndRests {
    fn invariant(&self) -> u8 {
        25
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        if matches!(step.floor, FloorKind::Open | FloorKind::Closed) {
            self.rested = step.now;
        }
        if self.is_closed
            && let Some(command) = step.commands.first()
        {
            return Err(format!("after the end comes {command:?}"));
        }
        if self.is_closed
            && let Some(notice) = step.notices.first()
        {
            return Err(format!("after the end comes {notice:?}"));
        }
        if self.is_closed && step.next.is_some() {
            return Err(format!("after the end it waits for {:?}", step.next));
        }
        let closes = |command: &Command| matches!(command, Command::Close { .. });
        if let Some(place) = step.commands.iter().position(closes) {
            if place + 1 < step.commands.len() {
                return Err(format!("behind Close comes {:?}", step.commands[place + 1]));
            }
            self.is_closed = true;
        } else if step.floor == FloorKind::Closed && !self.is_closed {
            return Err("the floor is closed without Close".to_owned());
        }
        if matches!(step.input.event(), Some(Event::CloseRequested { .. })) {
            self.asked.get_or_insert(step.now);
        }
        match self.asked {
            Some(asked) if !self.is_closed && step.now > asked + CLOSED_WITHIN && step.is_caught_up() => {
                Err(format!("the end was asked for at {asked} and has not come"))
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, last: &Last<'_>) -> Result<(), String> {
        match last.floor {
            FloorKind::Open | FloorKind::Closed => Ok(()),
            _ if last.at <= self.rested + RESTED_WITHIN => Ok(()),
            floor => Err(format!("the world has been calm for long and the floor is {floor:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use baton_session::{CloseReason, Timer};

    use super::*;
    use crate::checkers::tape::{Tape, at, progress, speak};

    fn floors() -> Tape<FloorsHaveDeadlines> {
        Tape::new(FloorsHaveDeadlines::new(&Config::default()))
    }

    fn heard(millis: u64) -> Event {
        Event::Heard { upto: at(millis) }
    }

    #[test]
    fn a_floor_needs_a_deadline() {
        floors().event(1, Event::MediaBack, &[], &[]).holds();
        floors().floor(FloorKind::User).event(1, Event::MediaBack, &[], &[]).breaks("no deadline");
        floors().floor(FloorKind::User).next(9, Timer::TurnCap).event(1, Event::MediaBack, &[], &[]).holds();
    }

    #[test]
    fn a_reply_that_makes_no_progress_is_seen() {
        let speaking = || {
            let passed = Notice::FloorChanged { floor: FloorKind::Agent };
            floors().next(99_000, Timer::Stall).event(1, Event::MediaBack, &[speak(1, 0, "One.")], &[passed])
        };
        speaking().event(5_000, heard(5_000), &[], &[]).holds();
        speaking().event(6_000, heard(6_000), &[], &[]).breaks("no progress");
        speaking().event(4_000, progress(1, 10), &[], &[]).event(6_000, heard(6_000), &[], &[]).holds();
    }

    #[test]
    fn a_user_floor_is_capped() {
        let passed = Notice::FloorChanged { floor: FloorKind::User };
        let talking = floors().next(99_000, Timer::TurnCap).event(1, Event::MediaBack, &[], &[passed]);
        talking.event(62_500, heard(62_500), &[], &[]).breaks("has had the floor");
    }

    #[test]
    fn the_end_comes_in_time_and_nothing_behind_it() {
        let tape = || Tape::new(EndsAndRests::default());
        let close = Command::Close { reason: CloseReason::HungUp };
        let closed = Notice::FloorChanged { floor: FloorKind::Closed };
        let asked = || tape().event(1, Event::CloseRequested { reason: CloseReason::HungUp }, &[], &[]);
        asked()
            .event(200, Event::MediaBack, std::slice::from_ref(&close), std::slice::from_ref(&closed))
            .end(300)
            .holds();
        asked().event(2_500, heard(2_500), &[], &[]).breaks("has not come");
        let over = || asked().event(200, Event::MediaBack, std::slice::from_ref(&close), std::slice::from_ref(&closed));
        over().event(300, Event::MediaBack, &[speak(1, 0, "One.")], &[]).breaks("after the end");
        asked().event(200, Event::MediaBack, &[close.clone(), speak(1, 0, "One.")], &[]).breaks("behind Close");
        tape().floor(FloorKind::User).end(90_000).breaks("the floor is User");
    }
}
