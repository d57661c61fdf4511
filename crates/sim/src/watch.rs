//! Who watches a world: the checkers, the hits table and, where it is wanted, the journal.

use baton_session::{FloorKind, Transcript};
use baton_types::Timestamp;

use crate::checkers::{Checker, Last, all};
use crate::hits::Hits;
use crate::journal::{Entry, Journal};
use crate::step::{Input, Step, Violation};
use crate::temper::Temper;

/// The watchers of one world.
pub struct Watch {
    checkers: Vec<Box<dyn Checker>>,
    /// What happened how often.
    pub hits: Hits,
    /// Every call, if it is kept.
    pub journal: Option<Journal>,
    /// When something was last seen.
    pub seen: Timestamp,
    /// The first invariant that did not hold.
    pub violation: Option<Violation>,
}

impl Watch {
    /// Watches with every checker; keeps a journal if wanted.
    #[must_use]
    pub fn new(seed: u64, temper: &Temper, keeps_journal: bool) -> Self {
        Self {
            checkers: all(&temper.config),
            hits: Hits::default(),
            journal: keeps_journal.then(|| Journal::new(seed, temper.config.clone())),
            seen: Timestamp::ZERO,
            violation: None,
        }
    }

    /// Whether nothing more is to be seen.
    pub(crate) fn is_over(&self) -> bool {
        self.violation.is_some()
    }

    pub(crate) fn fail(&mut self, invariant: u8, at: Timestamp, what: String) {
        self.violation.get_or_insert(Violation { invariant, at, what });
    }

    pub(crate) fn look(&mut self, step: &Step<'_>) {
        self.seen = step.now;
        self.hits.count(step);
        if let Some(journal) = &mut self.journal {
            journal.entries.push(Entry::of(step));
        }
        for checker in &mut self.checkers {
            if let Err(what) = checker.check(step) {
                self.violation.get_or_insert(Violation { invariant: checker.invariant(), at: step.now, what });
            }
        }
    }

    /// The machine did not come back from this call.
    pub(crate) fn leave(&mut self, at: Timestamp, input: Input) {
        if let Some(journal) = &mut self.journal {
            let (commands, notices) = (Vec::new(), Vec::new());
            journal.entries.push(Entry { at, input, commands, notices, floor: FloorKind::Closed, next: None });
        }
    }

    pub(crate) fn end(&mut self, at: Timestamp, floor: FloorKind, transcript: &Transcript) {
        if self.is_over() {
            return;
        }
        let last = Last { at, floor, transcript };
        for checker in &mut self.checkers {
            if let Err(what) = checker.finish(&last) {
                self.violation.get_or_insert(Violation { invariant: checker.invariant(), at, what });
            }
        }
    }
}
