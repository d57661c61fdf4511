//! Seeded worlds that drive the session machine, and the checkers that watch it.
//!
//! One seed makes a world: a human with habits, engines that are slow, wrong or silent, a line that breaks. The world
//! drives a real session as a driver would; checkers outside the machine hold it to the invariants of a conversation.
//! It knows no sound, no runtime and no clock. Start at [`live`]; a mutation run (`mutants`) switches off one guard of
//! the machine at a time and shows that a checker notices.

pub mod batch;
pub mod checkers;
mod desk;
mod ear;
pub mod hits;
mod human;
pub mod journal;
mod mind;
mod mouth;
pub mod mutants;
pub mod queue;
pub mod random;
mod recogniser;
pub mod replay;
pub mod step;
pub mod temper;
pub mod watch;
pub mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use baton_session::Mutant;

use crate::watch::Watch;
use crate::world::World;

/// The number under which a panic of the machine is reported; no invariant has it.
pub const PANIC: u8 = 0;

/// How one world is lived through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Keep every call.
    pub keeps_journal: bool,
    /// Replay the world behind it and compare (invariant 21).
    pub replays: bool,
    /// The guard that is switched off.
    pub mutant: Option<Mutant>,
}

/// Lives through the world of a seed. A panic of the machine is a violation like any other.
#[must_use]
pub fn live(seed: u64, options: Options) -> Watch {
    let keeps_journal = options.keeps_journal || options.replays;
    let watch = |temper: &temper::Temper| Watch::new(seed, temper, keeps_journal);
    let mut world = World::new(seed, watch, |temper| temper.config.mutant = options.mutant);
    let outcome = catch_unwind(AssertUnwindSafe(|| world.run()));
    let mut watch = world.into_watch(outcome.is_err());
    if let Err(panic) = outcome {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
        watch.fail(PANIC, watch.seen, format!("the machine panicked: {said}"));
    }
    if options.replays
        && watch.violation.is_none()
        && let Some(journal) = &watch.journal
        && let Err(violation) = replay::compare(journal)
    {
        watch.violation = Some(violation);
    }
    watch
}
