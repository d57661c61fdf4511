//! One call into the machine and what came of it: the stream that checkers, the hits table and the journal read.

use std::collections::BTreeMap;

use baton_session::{Command, Event, FloorKind, Notice, Timer};
use baton_types::{ReplyId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the machine was told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Input {
    /// It began.
    Start,
    /// Something happened.
    Event {
        /// What.
        what: Event,
    },
    /// The time of `poll_timeout` had come.
    Timeout {
        /// The timer that was due first.
        timer: Timer,
    },
}

impl Input {
    /// The event, if it was one.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Event { what } => Some(what),
            Self::Start | Self::Timeout { .. } => None,
        }
    }
}

/// What truly left the mouth of one reply; only the world knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Played {
    /// The farthest position that left, in milliseconds.
    pub farthest_ms: u64,
    /// The position at which it stopped after a cut, once it has.
    pub stopped_ms: Option<u64>,
    /// The far end has claimed more than it had.
    pub is_overclaimed: bool,
    /// Another position than the one at which it stopped was reported when it stopped, or none.
    pub is_misreported: bool,
}

/// What truly left the mouth, by reply.
pub type Truth = BTreeMap<ReplyId, Played>;

/// One call and its outcome.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The time passed in; it may lie before the one passed in earlier.
    pub given: Timestamp,
    /// The same, never going back.
    pub now: Timestamp,
    /// What the machine was told.
    pub input: &'a Input,
    /// What it wants done, in order.
    pub commands: &'a [Command],
    /// What it told observers, in order.
    pub notices: &'a [Notice],
    /// The floor before.
    pub before: FloorKind,
    /// The floor after.
    pub floor: FloorKind,
    /// `poll_timeout` before.
    pub due: Option<(Timestamp, Timer)>,
    /// `poll_timeout` after.
    pub next: Option<(Timestamp, Timer)>,
    /// The end was asked for or has come before this call.
    pub is_ending: bool,
    /// The driver was away and catches up: later events of the same batch are still to come.
    pub is_behind: bool,
    /// What truly left the mouth.
    pub truth: &'a Truth,
}

impl Step<'_> {
    /// Whether the event was dropped or ignored, loudly or because of the end.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.is_ending
            || self.notices.iter().any(|notice| matches!(notice, Notice::LateDropped { .. } | Notice::Ignored { .. }))
    }

    /// The event, if it was one and was not dropped.
    #[must_use]
    pub fn accepted(&self) -> Option<&Event> {
        self.input.event().filter(|_| !self.is_dropped())
    }

    /// Whether time has caught up: no timer is overdue after this call.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        !self.is_behind && self.next.is_none_or(|(at, _)| at > self.now)
    }
}

/// An invariant that did not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Its number among the scenarios.
    pub invariant: u8,
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub what: String,
}
