//! What to do: everything a [`Session`](crate::Session) asks of its driver.
//!
//! Commands are imperative and need no answer by themselves; where one is owed (recognition, prediction, routing,
//! generation, playout), the answering event carries the ids of the command.

use baton_types::{AgentName, Attempt, CallId, ClauseId, ReplyId, Revision, SegmentId, Timestamp, TurnId};
use serde::{Deserialize, Serialize};

use crate::event::{CloseReason, StopScope};
use crate::transcript::Item;

/// One thing to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Recognise the input between two positions; answered by `RecognitionEnded` or `RecognitionFailed`. The same
    /// revision again raises the urgency of what is under way and is answered once.
    Recognize {
        /// The turn.
        turn: TurnId,
        /// The segment of the turn.
        segment: SegmentId,
        /// Which revision of the segment; an answer to an older one is dropped.
        revision: Revision,
        /// Input position at which the sound begins, pre-roll included.
        from: Timestamp,
        /// Input position just behind the last voice; some silence behind it may be taken along.
        upto: Timestamp,
        /// Whether this is a guess that speech may overtake, or the end of the turn is already decided.
        urgency: RecognitionUrgency,
    },
    /// The answer to this revision is no longer wanted.
    CancelRecognition {
        /// The turn.
        turn: TurnId,
        /// The segment.
        segment: SegmentId,
        /// The revision.
        revision: Revision,
    },
    /// Ask the predictor whether the turn looks complete; answered by `EndOfTurnPredicted`.
    PredictEndOfTurn {
        /// The turn.
        turn: TurnId,
        /// The segment.
        segment: SegmentId,
        /// The revision that brought the text.
        revision: Revision,
        /// The whole text of the turn so far.
        text: String,
    },
    /// Ask who answers; answered by `Routed`.
    Route {
        /// The turn.
        turn: TurnId,
        /// What the user said or typed.
        text: String,
    },
    /// Let an agent answer from the transcript as it stands; answered by `Delta`s and one end.
    Generate {
        /// The turn.
        turn: TurnId,
        /// Which generation of the turn.
        attempt: Attempt,
        /// Who answers.
        agent: AgentName,
        /// Why something is generated.
        purpose: Purpose,
        /// How many items of the transcript the answer may see.
        context: usize,
    },
    /// Nothing more of this generation is wanted.
    CancelGeneration {
        /// The turn.
        turn: TurnId,
        /// Which generation of the turn.
        attempt: Attempt,
    },
    /// Synthesise a clause and play it behind what the reply already has in playout.
    Speak {
        /// The reply.
        reply: ReplyId,
        /// The clause.
        clause: ClauseId,
        /// Its text, as written by the agent, punctuation and the space behind it included.
        text: String,
        /// Whose words these are.
        source: Source,
        /// Whether the user may cut it.
        interruptible: bool,
    },
    /// Let no further sample of the reply leave, and keep the place. Holds for a reply that has nothing in playout yet
    /// as well: what it is given to speak while paused is synthesised and waits.
    PausePlayout {
        /// The reply.
        reply: ReplyId,
    },
    /// Go on.
    ResumePlayout {
        /// The reply.
        reply: ReplyId,
        /// Where to go on.
        from: ResumePoint,
    },
    /// Play nothing more of the reply and forget what is queued; answered by `PlayoutStopped`.
    CancelPlayout {
        /// The reply.
        reply: ReplyId,
    },
    /// Run a tool; answered by `ToolReturned`.
    RunTool {
        /// The turn.
        turn: TurnId,
        /// The call.
        call: CallId,
        /// The tool's name.
        name: String,
        /// The arguments as JSON text.
        arguments: String,
    },
    /// Stop speech, or speech and all work, with no model in the path.
    StopEverything {
        /// What is to stop.
        scope: StopScope,
    },
    /// Write an item of the transcript; the same index again replaces it.
    Commit {
        /// Place in the transcript, from 0.
        index: usize,
        /// The item as it is.
        item: Item,
    },
    /// The session is over; nothing follows.
    Close {
        /// Why.
        reason: CloseReason,
    },
}

/// How a recognition relates to the end of the turn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecognitionUrgency {
    /// The user speaks over the agent: the text decides whether the agent goes on.
    Overlap,
    /// The turn has ended and waits for the text.
    Final,
    /// A guess in the silence that is waited for anyway; it may be skipped when the engines are busy.
    Guess,
}

/// Why something is generated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To answer a user turn.
    Answer,
    /// To go on after tools have returned.
    AfterTools,
    /// To go on with a reply that broke off.
    Continue,
}

/// Whose words are spoken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Source {
    /// An agent's answer.
    Agent {
        /// The agent.
        agent: AgentName,
    },
    /// Baton's own sentence, never sent to a model as its own words.
    Own {
        /// Which one.
        kind: OwnKind,
    },
}

/// The sentences Baton says by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnKind {
    /// At the beginning.
    Greeting,
    /// Speech was there and no words came of it.
    DidNotCatch,
    /// The answer takes long.
    Holding,
    /// Something failed before anything was said.
    Fault,
    /// Nobody has spoken for a while.
    Idle,
    /// At the end.
    Farewell,
    /// The recogniser is lost; typing goes on.
    HearingLost,
}

/// Where a paused reply goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ResumePoint {
    /// At the very sample at which it paused.
    SameSample,
    /// At the beginning of a clause, because the pause was long enough to lose the thread.
    ClauseStart {
        /// The clause.
        clause: ClauseId,
    },
}
