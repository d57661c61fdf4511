//! One conversation as a machine without input or output: who may speak, what was heard, what to do next.
//!
//! Start at [`Session`]; [`Event`], [`Command`] and [`Notice`] are its alphabet. It knows no clock, no vendor, no
//! sound and no storage: times and positions are passed in, and what it wants done it says.

mod answering;
mod clauses;
mod command;
mod commit;
mod config;
mod diagram;
mod ear;
mod endpointing;
mod event;
mod floor;
mod heard;
mod interruption;
mod mutant;
mod notice;
mod reply;
mod resting;
mod session;
mod speaking;
mod timers;
mod transcript;
mod turn;
mod words;

pub use clauses::Cutter;
pub use command::{Command, OwnKind, Purpose, RecognitionUrgency, ResumePoint, Source};
pub use config::{Capabilities, Config, IdleEnd, Limits, Modality, Waits};
pub use diagram::state_diagram;
pub use event::{
    CloseReason, Event, FinishReason, Measured, MediaLoss, Recognized, Selection, StopScope, ToolOutcome, Usage,
    WordMark,
};
pub use floor::{Cause, TRANSITIONS};
pub use mutant::Mutant;
pub use notice::{BargeInCause, DropReason, EndCause, FloorKind, Notice};
pub use session::{Counters, Hearing, Session, State};
pub use timers::Timer;
pub use transcript::{Item, Transcript};
pub use words::Words;
