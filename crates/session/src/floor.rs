//! Who may speak. Each floor owns the data that exists only while it lasts; every passage has a cause, and the table
//! of passages is the machine's diagram.

use std::fmt;

use baton_types::Timestamp;

use crate::notice::FloorKind;
use crate::reply::Reply;
use crate::turn::UserTurn;

/// Who may speak, with what belongs to it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Floor {
    /// Nobody speaks.
    Open,
    /// The user's turn.
    User(Box<UserTurn>),
    /// Both speak, not yet decided.
    Overlap(Box<Overlap>),
    /// The agent thinks or speaks.
    Agent(Box<Reply>),
    /// The session is over.
    Closed,
}

/// Voice over a reply, before it is known what it is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Overlap {
    pub(crate) turn: UserTurn,
    pub(crate) reply: Reply,
    /// The reply has not been heard and `turn` is the one it answers, gone on.
    pub(crate) is_reopening: bool,
    /// When the voice started.
    pub(crate) since: Timestamp,
}

impl Floor {
    pub(crate) fn kind(&self) -> FloorKind {
        match self {
            Self::Open => FloorKind::Open,
            Self::User(_) => FloorKind::User,
            Self::Overlap(_) => FloorKind::Overlap,
            Self::Agent(_) => FloorKind::Agent,
            Self::Closed => FloorKind::Closed,
        }
    }

    pub(crate) fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Agent(reply) => Some(reply),
            Self::Overlap(overlap) => Some(&overlap.reply),
            Self::Open | Self::User(_) | Self::Closed => None,
        }
    }

    pub(crate) fn reply_mut(&mut self) -> Option<&mut Reply> {
        match self {
            Self::Agent(reply) => Some(reply),
            Self::Overlap(overlap) => Some(&mut overlap.reply),
            Self::Open | Self::User(_) | Self::Closed => None,
        }
    }

    pub(crate) fn turn(&self) -> Option<&UserTurn> {
        match self {
            Self::User(turn) => Some(turn),
            Self::Overlap(overlap) => Some(&overlap.turn),
            Self::Open | Self::Agent(_) | Self::Closed => None,
        }
    }

    pub(crate) fn turn_mut(&mut self) -> Option<&mut UserTurn> {
        match self {
            Self::User(turn) => Some(turn),
            Self::Overlap(overlap) => Some(&mut overlap.turn),
            Self::Open | Self::Agent(_) | Self::Closed => None,
        }
    }
}

/// Why the floor passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// Confirmed voice.
    Voice,
    /// Words without voice.
    Words,
    /// The talk button.
    Pressed,
    /// A user turn is to be answered.
    Answer,
    /// A user turn came to nothing.
    Dropped,
    /// Baton says something by itself.
    Own,
    /// The user took the floor.
    BargeIn,
    /// The user went on before the answer was heard.
    Reopened,
    /// What seemed an interruption was none.
    FalseBargeIn,
    /// The reply is over.
    ReplyEnded,
    /// Something that was owed is said.
    Owed,
    /// A stop was asked for.
    Stopped,
    /// The session ends.
    Closed,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Voice => "voice confirmed",
            Self::Words => "words without voice",
            Self::Pressed => "talk button",
            Self::Answer => "turn committed",
            Self::Dropped => "turn without words",
            Self::Own => "own sentence",
            Self::BargeIn => "barge-in",
            Self::Reopened => "turn reopened",
            Self::FalseBargeIn => "false barge-in",
            Self::ReplyEnded => "reply ended",
            Self::Owed => "answer owed",
            Self::Stopped => "stop",
            Self::Closed => "closed",
        })
    }
}

/// Every passage of the floor that the machine may make.
pub const TRANSITIONS: &[(FloorKind, Cause, FloorKind)] = &[
    (FloorKind::Open, Cause::Voice, FloorKind::User),
    (FloorKind::Open, Cause::Words, FloorKind::User),
    (FloorKind::Open, Cause::Pressed, FloorKind::User),
    (FloorKind::Open, Cause::Answer, FloorKind::Agent),
    (FloorKind::Open, Cause::Own, FloorKind::Agent),
    (FloorKind::Open, Cause::Owed, FloorKind::Agent),
    (FloorKind::Open, Cause::Closed, FloorKind::Closed),
    (FloorKind::User, Cause::Answer, FloorKind::Agent),
    (FloorKind::User, Cause::Dropped, FloorKind::Open),
    (FloorKind::User, Cause::Closed, FloorKind::Closed),
    (FloorKind::Overlap, Cause::BargeIn, FloorKind::User),
    (FloorKind::Overlap, Cause::Reopened, FloorKind::User),
    (FloorKind::Overlap, Cause::Stopped, FloorKind::User),
    (FloorKind::Overlap, Cause::ReplyEnded, FloorKind::User),
    (FloorKind::Overlap, Cause::FalseBargeIn, FloorKind::Agent),
    (FloorKind::Overlap, Cause::Closed, FloorKind::Closed),
    (FloorKind::Agent, Cause::Voice, FloorKind::Overlap),
    (FloorKind::Agent, Cause::Words, FloorKind::Overlap),
    (FloorKind::Agent, Cause::Pressed, FloorKind::User),
    (FloorKind::Agent, Cause::Answer, FloorKind::Agent),
    (FloorKind::Agent, Cause::Reopened, FloorKind::Agent),
    (FloorKind::Agent, Cause::ReplyEnded, FloorKind::Open),
    (FloorKind::Agent, Cause::Stopped, FloorKind::Open),
    (FloorKind::Agent, Cause::Closed, FloorKind::Closed),
];
