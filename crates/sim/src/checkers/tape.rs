//! Streams written by hand, for showing that a checker bites and that it lets pass what is right.

use baton_session::{Command, Event, FloorKind, Notice, OwnKind, Source, Timer};
use baton_types::{AgentName, ClauseId, ReplyId, Timestamp, TurnId};

use super::{Checker, Last};
use crate::step::{Input, Step, Truth};

/// A checker with the state of the stream fed to it.
pub(crate) struct Tape<C> {
    checker: C,
    floor: FloorKind,
    next: Option<(Timestamp, Timer)>,
    is_ending: bool,
    pub(crate) truth: Truth,
    outcome: Result<(), String>,
}

impl<C: Checker> Tape<C> {
    pub(crate) fn new(checker: C) -> Self {
        let truth = Truth::default();
        Self { checker, floor: FloorKind::Open, next: None, is_ending: false, truth, outcome: Ok(()) }
    }

    /// The floor from the next call on.
    pub(crate) fn floor(mut self, floor: FloorKind) -> Self {
        self.floor = floor;
        self
    }

    /// `poll_timeout` from the next call on.
    pub(crate) fn next(mut self, millis: u64, timer: Timer) -> Self {
        self.next = Some((at(millis), timer));
        self
    }

    pub(crate) fn event(self, millis: u64, event: Event, commands: &[Command], notices: &[Notice]) -> Self {
        self.call(millis, Input::Event { what: event }, commands, notices)
    }

    pub(crate) fn timeout(self, millis: u64, timer: Timer, commands: &[Command], notices: &[Notice]) -> Self {
        self.call(millis, Input::Timeout { timer }, commands, notices)
    }

    fn call(mut self, millis: u64, input: Input, commands: &[Command], notices: &[Notice]) -> Self {
        let before = self.floor;
        let due = self.next;
        for notice in notices {
            if let Notice::FloorChanged { floor } = notice {
                self.floor = *floor;
            }
        }
        if self.next.is_some_and(|(next, _)| next <= at(millis)) {
            self.next = None;
        }
        let step = Step {
            given: at(millis),
            now: at(millis),
            input: &input,
            commands,
            notices,
            before,
            floor: self.floor,
            due,
            next: self.next,
            is_ending: self.is_ending,
            is_behind: false,
            truth: &self.truth,
        };
        if self.outcome.is_ok() {
            self.outcome = self.checker.check(&step);
        }
        self.is_ending |=
            matches!(input, Input::Event { what: Event::CloseRequested { .. } }) || self.floor == FloorKind::Closed;
        self
    }

    pub(crate) fn end(mut self, millis: u64) -> Self {
        let transcript = baton_session::Transcript::default();
        if self.outcome.is_ok() {
            self.outcome = self.checker.finish(&Last { at: at(millis), floor: self.floor, transcript: &transcript });
        }
        self
    }

    #[track_caller]
    pub(crate) fn holds(self) {
        assert_eq!(self.outcome, Ok(()));
    }

    #[track_caller]
    pub(crate) fn breaks(self, part: &str) {
        let what = self.outcome.expect_err("the checker bites");
        assert!(what.contains(part), "{what}");
    }
}

pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn speak(reply: u32, clause: u32, text: &str) -> Command {
    let source = Source::Agent { agent: AgentName::from("host") };
    Command::Speak {
        reply: ReplyId(reply),
        clause: ClauseId(clause),
        text: text.to_owned(),
        source,
        interruptible: true,
    }
}

pub(crate) fn own(reply: u32, kind: OwnKind) -> Command {
    let source = Source::Own { kind };
    Command::Speak { reply: ReplyId(reply), clause: ClauseId(0), text: "So. ".to_owned(), source, interruptible: true }
}

pub(crate) fn progress(reply: u32, played_ms: u64) -> Event {
    Event::PlayoutProgress { reply: ReplyId(reply), played_ms }
}

pub(crate) fn reply_ended(reply: u32, turn: u32) -> Notice {
    let (text, heard) = (String::new(), String::new());
    Notice::ReplyEnded { reply: ReplyId(reply), turn: Some(TurnId(turn)), text, heard, heard_ms: 0, cut: false }
}
