//! The invariants of a conversation as checkers outside the machine.
//!
//! Each reads the stream of calls and outcomes alone, keeps its own small picture of it, and says what it saw when an
//! invariant does not hold. None knows how the machine works within. The numbers are those of the scenarios; 21 (same
//! inputs, same outputs) compares whole runs and lives in `replay`.

mod answers;
mod bounds;
mod currency;
mod endings;
mod heard;
mod liveness;
mod mouth;
mod stopping;
mod texts;

use baton_session::{Config, FloorKind, Transcript};
use baton_types::Timestamp;

use crate::step::Step;

/// Watches one invariant.
pub trait Checker {
    /// Its number among the scenarios.
    fn invariant(&self) -> u8;

    /// Looks at one call.
    ///
    /// # Errors
    /// What was seen, when the invariant does not hold.
    fn check(&mut self, step: &Step<'_>) -> Result<(), String>;

    /// Looks at the end of the world.
    ///
    /// # Errors
    /// What was seen, when the invariant does not hold.
    fn finish(&mut self, _last: &Last<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// How a world ended.
#[derive(Clone, Copy, Debug)]
pub struct Last<'a> {
    /// When.
    pub at: Timestamp,
    /// The floor.
    pub floor: FloorKind,
    /// What was said and heard.
    pub transcript: &'a Transcript,
}

/// Every checker, fresh.
#[must_use]
pub fn all(config: &Config) -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(mouth::OneMouth::default()),
        Box::new(mouth::NeverOverTheUser::new(config)),
        Box::new(mouth::PausesEnd::new(config)),
        Box::new(mouth::CutStaysCut::default()),
        Box::new(currency::StaleIsDropped::new(config)),
        Box::new(currency::PredictionsOnlyShorten::default()),
        Box::new(heard::HeardIsWithinSent::default()),
        Box::new(heard::HeardIsTrue::default()),
        Box::new(texts::TextsAreKeptOnce::new(config)),
        Box::new(answers::OneAnswer::default()),
        Box::new(answers::ToolsRunOnce::default()),
        Box::new(answers::TurnsAreAnswered::new(config)),
        Box::new(endings::EndsInSilence::new(config)),
        Box::new(endings::OneDecision::default()),
        Box::new(liveness::FloorsHaveDeadlines::new(config)),
        Box::new(liveness::EndsAndRests::default()),
        Box::new(stopping::StopsEverything::new(config)),
        Box::new(stopping::WorkGoesOn),
        Box::new(stopping::IdleIsIdle::default()),
        Box::new(bounds::Bounds::new(config)),
    ]
}

#[cfg(test)]
pub(crate) mod tape;
