//! The driver's clock: real time, or a virtual one that moves when nothing is outstanding.
//!
//! In virtual time each piece of work costs a modelled time from a fixed table, whatever it took in fact, so that the
//! paths of late answers run there too and two runs give the same timeline. The table holds round figures measured
//! for the embedded engines on one core (see `docs/speech.md`).

use std::collections::BTreeMap;
use std::time::Duration;

use baton_types::Timestamp;
use tokio::time::Instant;

use super::inbox::{Message, Work};

/// How fast a session runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Speed {
    /// As time passes.
    #[default]
    Real,
    /// As fast as the engines allow, on a virtual clock.
    Max,
}

impl Speed {
    /// The name in reports.
    #[must_use]
    pub const fn clock(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Max => "virtual",
        }
    }
}

/// What the first and each further answer of a piece of work costs in virtual time.
const fn cost(work: Work, is_first: bool) -> Duration {
    Duration::from_millis(match (work, is_first) {
        (Work::Recognition(..), _) => 330,
        (Work::Partial(..), _) => 220,
        (Work::Synthesis(..), true) => 60,
        (Work::Synthesis(..), false) => 20,
        (Work::Generation(..), true) => 40,
        (Work::Generation(..), false) => 5,
    })
}

#[derive(Debug)]
pub(super) struct RealTime {
    start: Instant,
}

impl RealTime {
    pub(super) fn new() -> Self {
        Self { start: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::ZERO + self.start.elapsed()
    }

    pub(super) async fn sleep_until(&self, deadline: Option<Timestamp>) {
        match deadline {
            Some(deadline) => {
                tokio::time::sleep_until(self.start + Duration::from_micros(deadline.as_micros())).await;
            }
            None => std::future::pending().await,
        }
    }
}

/// Virtual time and what is on its way in it.
#[derive(Debug, Default)]
pub(super) struct VirtualTime {
    now: Timestamp,
    outstanding: BTreeMap<Work, Begun>,
    on_its_way: BTreeMap<(Timestamp, u64), Message>,
    count: u64,
}

#[derive(Debug)]
struct Begun {
    last: Timestamp,
    is_first: bool,
}

impl VirtualTime {
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn advance(&mut self, to: Timestamp) {
        self.now = self.now.max(to);
    }

    pub(super) fn begin(&mut self, work: Work) {
        self.outstanding.insert(work, Begun { last: self.now, is_first: true });
    }

    /// The work was cancelled: nothing of it is waited for and nothing on its way arrives.
    pub(super) fn cancel(&mut self, work: Work) {
        self.outstanding.remove(&work);
        self.on_its_way.retain(|_, message| message.work().is_none_or(|(of, _)| of != work));
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.outstanding.is_empty()
    }

    /// Takes an answer and gives it the time at which it arrives.
    pub(super) fn schedule(&mut self, message: Message) {
        let due = match message.work() {
            None => self.now,
            Some((work, is_end)) => {
                let Some(begun) = self.outstanding.get_mut(&work) else { return };
                begun.last += cost(work, begun.is_first);
                begun.is_first = false;
                let due = begun.last;
                if is_end {
                    self.outstanding.remove(&work);
                }
                due
            }
        };
        self.count += 1;
        self.on_its_way.insert((due, self.count), message);
    }

    pub(super) fn next_arrival(&self) -> Option<Timestamp> {
        self.on_its_way.first_key_value().map(|((due, _), _)| *due)
    }

    /// The next message that has arrived.
    pub(super) fn arrived(&mut self) -> Option<Message> {
        let entry = self.on_its_way.first_entry()?;
        if entry.key().0 > self.now { None } else { Some(entry.remove()) }
    }
}
