//! What every crate of Baton shares: ids, time, audio frames, faults and secrets.
//!
//! Plain data with the few rules that belong to it. Nothing here waits, reads a clock, draws a random number or
//! touches the outside; ids of durable things are made by a driver and passed in.

#![warn(missing_docs)]

mod audio;
mod fault;
mod id;
mod language;
mod secret;
mod time;

pub use audio::{AudioFormat, AudioFrame, EAR_FRAME_SAMPLES, EAR_SAMPLE_RATE, SampleEncoding};
pub use fault::{Fault, FaultCode, Severity};
pub use id::{
    AgentName, Attempt, CallId, ClauseId, ConversationId, JobId, ReplyId, Revision, SegmentId, SessionId, TurnId,
    TypedId,
};
pub use language::{Language, UnsupportedLanguage};
pub use secret::Secret;
pub use time::Timestamp;
