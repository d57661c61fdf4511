//! The drivers around the pure machines.
//!
//! A session driver is one tokio task: it waits for one inbox, one deadline and one end, tells the session machine
//! what happened, and performs the commands that come back. It decides nothing. Engines work on their own threads or
//! jobs and answer through the inbox; sound that leaves has one owner, the playout; everything that went into and came
//! out of the machine is in the journal. No vendor is known here: adapters come in through the ports.

pub mod agents;
pub mod concierge;
pub mod driver;
pub mod ear;
pub mod echo;
pub mod journal;
pub mod metrics;
pub mod playout;
pub mod predictor;
pub mod prompt;
pub mod report;
