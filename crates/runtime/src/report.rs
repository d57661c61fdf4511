//! What a person or a program outside may know of a session, as it happens: the lines of `--json`.
//!
//! Field names are stable. Times are milliseconds: `at_ms` since the session began, `start_ms`, `end_ms` and
//! `position_ms` in the input.

use baton_session::{BargeInCause, CloseReason, DropReason, EndCause, FloorKind};
use baton_types::{ConversationId, Fault, ReplyId, SessionId, TurnId};
use serde::Serialize;

/// One thing that happened.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// Milliseconds since the session began.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "type")]
pub enum What {
    /// The session began.
    #[serde(rename = "session.started")]
    SessionStarted {
        /// The session.
        session: SessionId,
        /// The conversation it belongs to.
        conversation: ConversationId,
        /// Who answers.
        agent: String,
        /// The recogniser, if there is one.
        stt: Option<String>,
        /// The voice, if there is one.
        tts: Option<String>,
        /// The detector, if there is one.
        vad: Option<String>,
        /// `real` or `virtual`.
        clock: &'static str,
    },
    /// Voice began.
    #[serde(rename = "speech.started")]
    SpeechStarted {
        /// Where in the input.
        position_ms: u64,
    },
    /// Voice faded.
    #[serde(rename = "speech.faded")]
    SpeechFaded {
        /// Where in the input.
        position_ms: u64,
    },
    /// Words so far; they may change.
    #[serde(rename = "user.partial")]
    UserPartial {
        /// The turn.
        turn: TurnId,
        /// All words of the open stretch of speech.
        text: String,
        /// How many bytes of it are not expected to change.
        stable: usize,
    },
    /// What the user said.
    #[serde(rename = "user.final")]
    UserFinal {
        /// The turn.
        turn: TurnId,
        /// The words.
        text: String,
        /// Where its first voice is.
        start_ms: u64,
        /// Where its last voice ends.
        end_ms: u64,
        /// 0 to 1.
        confidence: f32,
    },
    /// The user went on after the turn seemed over.
    #[serde(rename = "turn.reopened")]
    TurnReopened {
        /// The turn.
        turn: TurnId,
    },
    /// A turn came to nothing.
    #[serde(rename = "turn.dropped")]
    TurnDropped {
        /// The turn.
        turn: TurnId,
        /// Why.
        reason: DropReason,
    },
    /// A turn is over.
    #[serde(rename = "turn.ended")]
    TurnEnded {
        /// The turn.
        turn: TurnId,
        /// What decided it.
        cause: EndCause,
    },
    /// A piece of the answer as the agent writes it.
    #[serde(rename = "agent.delta")]
    AgentDelta {
        /// The turn answered.
        turn: TurnId,
        /// The piece.
        text: String,
    },
    /// A clause goes to the voice.
    #[serde(rename = "agent.clause")]
    AgentClause {
        /// The reply.
        reply: ReplyId,
        /// The clause.
        text: String,
    },
    /// The first sound of a reply.
    #[serde(rename = "agent.started")]
    AgentStarted {
        /// The reply.
        reply: ReplyId,
        /// The turn it answers.
        turn: Option<TurnId>,
    },
    /// How much of a reply has been played.
    #[serde(rename = "agent.progress")]
    AgentProgress {
        /// The reply.
        reply: ReplyId,
        /// Milliseconds of its sound.
        played_ms: u64,
    },
    /// A reply is over.
    #[serde(rename = "agent.final")]
    AgentFinal {
        /// The reply.
        reply: ReplyId,
        /// The turn it answers.
        turn: Option<TurnId>,
        /// Everything generated.
        text: String,
        /// What was heard of it.
        heard: String,
        /// Milliseconds of its sound that were heard.
        heard_ms: u64,
        /// Whether it was cut.
        cut: bool,
    },
    /// The mouth holds.
    #[serde(rename = "playout.paused")]
    PlayoutPaused {
        /// The reply.
        reply: ReplyId,
    },
    /// The mouth goes on.
    #[serde(rename = "playout.resumed")]
    PlayoutResumed {
        /// The reply.
        reply: ReplyId,
    },
    /// The mouth stopped for good.
    #[serde(rename = "playout.stopped")]
    PlayoutStopped {
        /// The reply.
        reply: ReplyId,
        /// Milliseconds of its sound that were heard.
        played_ms: u64,
    },
    /// The user took the floor.
    #[serde(rename = "barge_in")]
    BargeIn {
        /// The reply that was cut.
        reply: ReplyId,
        /// The user's turn.
        turn: TurnId,
        /// What decided it.
        cause: BargeInCause,
    },
    /// What seemed an interruption was none.
    #[serde(rename = "false_barge_in")]
    FalseBargeIn {
        /// The reply that goes on.
        reply: ReplyId,
        /// How long it was held.
        held_ms: u64,
    },
    /// The floor passed.
    #[serde(rename = "floor")]
    Floor {
        /// To whom.
        floor: FloorKind,
    },
    /// How long the parts of a turn took; null where a figure does not apply or would need a real clock.
    #[serde(rename = "turn.metrics")]
    TurnMetrics(TurnMetrics),
    /// Nobody answered the prompts.
    #[serde(rename = "user.idle")]
    UserIdle,
    /// Something went wrong; the session goes on unless the severity is critical.
    #[serde(rename = "error")]
    Error {
        /// What.
        #[serde(flatten)]
        fault: Fault,
    },
    /// Loudness of the microphone, for a meter.
    #[serde(rename = "level")]
    Level {
        /// Root mean square of the last stretch.
        rms_dbfs: f32,
        /// Its peak.
        peak_dbfs: f32,
    },
    /// The session is over.
    #[serde(rename = "session.ended")]
    SessionEnded {
        /// Why.
        reason: CloseReason,
        /// User turns with words.
        turns: u32,
    },
}

/// The parts of a turn's delay, in milliseconds.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TurnMetrics {
    /// The turn.
    pub turn: TurnId,
    /// The reply that answered it.
    pub reply: Option<ReplyId>,
    /// `real` or `virtual`.
    pub clock: &'static str,
    /// From the last voice to the decision that the turn is over.
    pub endpoint_wait_ms: Option<u64>,
    /// From that decision to the text; 0 where it was there.
    pub stt_final_ms: Option<u64>,
    /// From the request to the first token.
    pub llm_first_token_ms: Option<u64>,
    /// From the request to the first complete clause.
    pub llm_first_clause_ms: Option<u64>,
    /// From the clause to its first samples.
    pub tts_first_audio_ms: Option<u64>,
    /// What Baton itself added between the decision and the first sound out.
    pub overhead_ms: Option<u64>,
}
