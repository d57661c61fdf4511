//! The deadlines of a session, each with a name.
//!
//! A fixed table: setting a timer again moves it. Nothing here knows the time; the session asks which is due first.

use baton_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a session wants to be called at a time. At equal times the order of this list decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// Speech has stopped: no voice for the hang-over.
    HangOver,
    /// The user turn is over.
    Endpoint,
    /// The final text did not come.
    FinalWait,
    /// Voice without a new word.
    Standstill,
    /// The turn is too long.
    TurnCap,
    /// Whether this is an interruption can be decided.
    BargeIn,
    /// The reply may go on.
    Resume,
    /// A pause is held for too long.
    HoldLimit,
    /// A stopped playout did not say what was heard.
    PlayoutWait,
    /// The agent has been silent for long.
    HoldingPhrase,
    /// The next piece of text did not come.
    FirstToken,
    /// Sound makes no progress.
    Stall,
    /// Both have been quiet for a while.
    QuietGap,
    /// Nobody has spoken for long.
    Idle,
    /// An unknown input has held the end of a turn long enough.
    LineHold,
    /// A limit on how often something may happen leaves room again.
    Limit,
}

impl Timer {
    /// Every timer.
    pub const ALL: [Self; 16] = [
        Self::HangOver,
        Self::Endpoint,
        Self::FinalWait,
        Self::Standstill,
        Self::TurnCap,
        Self::BargeIn,
        Self::Resume,
        Self::HoldLimit,
        Self::PlayoutWait,
        Self::HoldingPhrase,
        Self::FirstToken,
        Self::Stall,
        Self::QuietGap,
        Self::Idle,
        Self::LineHold,
        Self::Limit,
    ];
}

/// All deadlines that are set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Timers {
    due: [Option<Timestamp>; Timer::ALL.len()],
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.due[timer as usize] = Some(at);
    }

    pub(crate) fn clear(&mut self, timers: &[Timer]) {
        for timer in timers {
            self.due[*timer as usize] = None;
        }
    }

    pub(crate) fn clear_all(&mut self) {
        self.due = [None; Timer::ALL.len()];
    }

    pub(crate) fn due(&self, timer: Timer) -> Option<Timestamp> {
        self.due[timer as usize]
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<(Timestamp, Timer)> {
        Timer::ALL.into_iter().filter_map(|timer| self.due(timer).map(|at| (at, timer))).min()
    }

    /// Takes the earliest deadline that is not after `now`.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Timer> {
        let (at, timer) = self.next()?;
        (at <= now).then(|| {
            self.clear(&[timer]);
            timer
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_the_list_breaks_ties() {
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.set(Timer::Idle, Timestamp::from_millis(5));
        timers.set(Timer::Resume, Timestamp::from_millis(5));
        timers.set(Timer::Stall, Timestamp::from_millis(9));
        assert_eq!(timers.next(), Some((Timestamp::from_millis(5), Timer::Resume)));
        assert_eq!(timers.take_due(Timestamp::from_millis(4)), None);
        assert_eq!(timers.take_due(Timestamp::from_millis(5)), Some(Timer::Resume));
        assert_eq!(timers.take_due(Timestamp::from_millis(5)), Some(Timer::Idle));
        timers.clear_all();
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn the_table_has_every_timer_at_its_place() {
        for (index, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, index);
        }
    }
}
