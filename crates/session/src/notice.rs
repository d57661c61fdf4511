//! What observers may know: facts about the conversation that ask nothing of the driver.

use baton_types::{Fault, ReplyId, Timestamp, TurnId};
use serde::{Deserialize, Serialize};

use crate::event::CloseReason;

/// One fact for the console, the log and the metrics.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The floor passed.
    FloorChanged {
        /// Where it is.
        floor: FloorKind,
    },
    /// The turn is over and its end was decided.
    TurnEnded {
        /// The turn.
        turn: TurnId,
        /// What decided it.
        cause: EndCause,
        /// Input position just behind the last voice.
        last_voice: Timestamp,
    },
    /// The turn's text is final (until it reopens).
    UserFinal {
        /// The turn.
        turn: TurnId,
        /// The text.
        text: String,
        /// Input position of its first voice; the time of arrival for a typed one.
        start: Timestamp,
        /// Input position behind its last voice; the time of arrival for a typed one.
        end: Timestamp,
        /// The recogniser's confidence, 0 to 1; 1 for a typed one.
        confidence: f32,
    },
    /// The user went on after the turn seemed over.
    TurnReopened {
        /// The turn.
        turn: TurnId,
    },
    /// The turn held no words and came to nothing.
    TurnDropped {
        /// The turn.
        turn: TurnId,
        /// Why.
        reason: DropReason,
    },
    /// First sample of a reply has left.
    ReplyStarted {
        /// The reply.
        reply: ReplyId,
        /// The turn it answers, if any.
        turn: Option<TurnId>,
    },
    /// A reply is over.
    ReplyEnded {
        /// The reply.
        reply: ReplyId,
        /// The turn it answers, if any.
        turn: Option<TurnId>,
        /// Everything generated.
        text: String,
        /// What was heard of it.
        heard: String,
        /// How much of its sound was heard, in milliseconds.
        heard_ms: u64,
        /// Whether it was cut.
        cut: bool,
    },
    /// The user took the floor from the agent.
    BargeIn {
        /// The reply that was cut.
        reply: ReplyId,
        /// The user's turn.
        turn: TurnId,
        /// What decided it.
        cause: BargeInCause,
    },
    /// What seemed an interruption was none; the reply goes on.
    FalseBargeIn {
        /// The reply.
        reply: ReplyId,
        /// How long it was held, in milliseconds.
        held_ms: u64,
    },
    /// Something arrived for what is no longer current.
    LateDropped {
        /// The name of the event.
        what: String,
    },
    /// Something arrived that makes no sense here.
    Ignored {
        /// The name of the event.
        what: String,
    },
    /// Nobody has spoken, and prompts were not answered.
    UserIdle,
    /// Something works less well from here on.
    Degraded {
        /// What happened.
        fault: Fault,
    },
    /// The session is over.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

/// Who may speak, without the data of the floor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FloorKind {
    /// Nobody speaks.
    Open,
    /// The user's turn.
    User,
    /// Both speak, not yet decided.
    Overlap,
    /// The agent's reply, thinking included.
    Agent,
    /// The session is over.
    Closed,
}

/// What ended a turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Silence for the whole wait.
    Endpoint,
    /// No new word for too long.
    Standstill,
    /// The turn was too long.
    TurnCap,
    /// The talk button came up.
    Released,
    /// It was typed.
    Typed,
}

/// Why a turn came to nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The recogniser found no words.
    NoWords,
    /// More words than the sound can hold.
    Implausible,
    /// Only a stop word: it did its work at once.
    StopWord,
    /// Only a back-channel while the agent spoke.
    BackChannel,
    /// Our own voice came back.
    Echo,
    /// The recogniser failed.
    RecognitionFailed,
}

/// What decided a barge-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BargeInCause {
    /// A stop word.
    StopWord,
    /// A word with content.
    ContentWord,
    /// Voice that went on through the longest hold.
    LongestHold,
    /// The user typed.
    Typed,
    /// A key or button.
    Requested,
}
