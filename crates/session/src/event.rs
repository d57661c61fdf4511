//! What happened: everything that can be told to a [`Session`](crate::Session).
//!
//! Events are facts in the past tense. Each carries what lets a late or doubled one be recognised (turn, reply,
//! segment, revision, attempt, sequence); an event that is not current changes nothing and is counted.

use baton_types::{
    AgentName, Attempt, CallId, ClauseId, Fault, ReplyId, Revision, SegmentId, Timestamp, TurnId, TypedId,
};
use serde::{Deserialize, Serialize};

/// One thing that happened, told to the session with the time at which it was decided.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// 64 ms of voice: the mouth may pause. `onset` is the input position of the first voice.
    SpeechStarted {
        /// Input position of the first voice.
        onset: Timestamp,
    },
    /// 96 ms of voice: a user turn or an overlap opens.
    SpeechConfirmed {
        /// Input position of the first voice, as in `SpeechStarted`.
        onset: Timestamp,
    },
    /// 64 ms without voice.
    SpeechFaded {
        /// Input position just behind the last voice.
        end: Timestamp,
    },
    /// The detector has judged the input up to here: silence before this position is known, not assumed.
    Heard {
        /// Input position up to which voice or silence is known.
        upto: Timestamp,
    },
    /// Frames stopped coming.
    MediaLost {
        /// Whether that is known silence or an unknown.
        reason: MediaLoss,
    },
    /// Frames come again.
    MediaBack,
    /// A revisable transcript of the open segment.
    Partial {
        /// The turn it belongs to.
        turn: TurnId,
        /// The segment it belongs to.
        segment: SegmentId,
        /// Counts up within the segment; an older one is dropped.
        seq: u32,
        /// The whole text of the segment so far.
        text: String,
        /// Bytes of `text` that two decodes agree on.
        stable: usize,
    },
    /// The recogniser's answer to `Recognize`.
    RecognitionEnded {
        /// The turn asked about.
        turn: TurnId,
        /// The segment asked about.
        segment: SegmentId,
        /// The revision asked about.
        revision: Revision,
        /// What was recognised.
        outcome: Recognized,
    },
    /// The recogniser failed at `Recognize`, or lost the stream.
    RecognitionFailed {
        /// The turn asked about.
        turn: TurnId,
        /// The segment asked about.
        segment: SegmentId,
        /// The revision asked about.
        revision: Revision,
        /// Why.
        fault: Fault,
    },
    /// The predictor's answer to `PredictEndOfTurn`; it moves a deadline and never ends a turn by itself.
    EndOfTurnPredicted {
        /// The turn asked about.
        turn: TurnId,
        /// The segment asked about.
        segment: SegmentId,
        /// The revision asked about.
        revision: Revision,
        /// Whether the turn looks complete.
        complete: bool,
    },
    /// The user typed a message.
    Typed {
        /// The client's own count, for recognising an echo.
        id: TypedId,
        /// What was typed.
        text: String,
    },
    /// The talk button went down.
    Pressed,
    /// The talk button came up.
    Released,
    /// A stop that needs no words: a key, a button, a signal.
    StopRequested {
        /// What is to stop.
        scope: StopScope,
    },
    /// The router's answer to `Route`.
    Routed {
        /// The turn asked about.
        turn: TurnId,
        /// Who answers.
        selection: Selection,
    },
    /// A piece of the generated text.
    Delta {
        /// The turn being answered.
        turn: TurnId,
        /// Which generation of that turn.
        attempt: Attempt,
        /// Counts up from 0 within the attempt.
        seq: u32,
        /// The piece; white space counts.
        text: String,
    },
    /// The model asks for a tool.
    ToolCalled {
        /// The turn being answered.
        turn: TurnId,
        /// Which generation of that turn.
        attempt: Attempt,
        /// The call's id.
        call: CallId,
        /// The tool's name.
        name: String,
        /// The arguments as JSON text.
        arguments: String,
    },
    /// A generation came to its end.
    GenerationEnded {
        /// The turn being answered.
        turn: TurnId,
        /// Which generation of that turn.
        attempt: Attempt,
        /// Why it ended.
        reason: FinishReason,
        /// What it used, where the provider says.
        usage: Option<Usage>,
    },
    /// A generation failed.
    GenerationFailed {
        /// The turn being answered.
        turn: TurnId,
        /// Which generation of that turn.
        attempt: Attempt,
        /// Why.
        fault: Fault,
    },
    /// A tool came back.
    ToolReturned {
        /// The call's id.
        call: CallId,
        /// What came of it.
        outcome: ToolOutcome,
    },
    /// A clause is fully synthesised: its length and the times of its words are known. Playing may have begun before.
    /// Comes for every `Speak` of a reply that was not cancelled, before the `PlayoutEnded` that covers the clause.
    ClauseReady {
        /// The reply.
        reply: ReplyId,
        /// The clause.
        clause: ClauseId,
        /// Length of its sound, in milliseconds.
        duration_ms: u64,
        /// Where each word of the clause's text ends in its sound; empty when the engine does not know.
        marks: Vec<WordMark>,
    },
    /// A clause could not be spoken.
    SynthesisFailed {
        /// The reply.
        reply: ReplyId,
        /// The clause.
        clause: ClauseId,
        /// Why.
        fault: Fault,
    },
    /// Sound of the reply has left: a running report, the first one with the first sample.
    PlayoutProgress {
        /// The reply.
        reply: ReplyId,
        /// Position in its sound up to which it has left, in milliseconds, pauses not counted. After going on at the
        /// beginning of a clause the position is again that of the clause.
        played_ms: u64,
    },
    /// Playing stopped before the end; the truth about what was heard.
    PlayoutStopped {
        /// The reply.
        reply: ReplyId,
        /// How much of its sound has left, in milliseconds.
        played_ms: u64,
        /// Whether the far end counted or we did.
        measured: Measured,
    },
    /// The last sample of everything asked for so far has left.
    PlayoutEnded {
        /// The reply.
        reply: ReplyId,
    },
    /// The line is gone; it may come back.
    TransportLost,
    /// The line is back.
    TransportResumed,
    /// Replies are wanted in writing or by voice from here on; one that has begun stays what it is.
    ModalityChosen {
        /// In writing; by voice otherwise.
        text: bool,
    },
    /// The session is to end.
    CloseRequested {
        /// Why.
        reason: CloseReason,
    },
}

impl Event {
    /// Whether it reports what the mouth did.
    pub(crate) const fn is_about_playout(&self) -> bool {
        matches!(self, Self::PlayoutProgress { .. } | Self::PlayoutStopped { .. } | Self::PlayoutEnded { .. })
    }
}

/// Why frames stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaLoss {
    /// The microphone is muted: known silence.
    Muted,
    /// The line stalled: nothing is known about the input.
    Stalled,
}

/// What the recogniser made of a stretch of sound.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Recognized {
    /// Words.
    Text {
        /// The words.
        text: String,
        /// exp(mean token log probability), 0 to 1.
        confidence: f32,
    },
    /// No words in it.
    Nothing,
    /// Not tried, because the engines are too busy for a guess; ask again at the end of the turn.
    Skipped,
}

/// What is to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopScope {
    /// Only what is being said.
    Speech,
    /// Speech and all work.
    Everything,
}

/// The router's answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Selection {
    /// Who answers.
    pub agent: AgentName,
    /// How sure the router is, 0 to 1.
    pub confidence: f32,
    /// Why, in a few words.
    pub reason: String,
}

/// Why a generation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The answer is complete.
    Complete,
    /// The limit of tokens cut it.
    Length,
    /// It waits for tools.
    ToolCalls,
    /// The provider withheld the rest.
    Filtered,
    /// The answer says goodbye: the session ends when it has been heard.
    Goodbye,
}

/// Tokens of one generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// What came of a tool call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "text", rename_all = "snake_case")]
pub enum ToolOutcome {
    /// The result as text or JSON.
    Result(String),
    /// It was not allowed or not possible, and why.
    Refused(String),
    /// It was cancelled.
    Cancelled,
    /// It ended without a word.
    Lost,
}

/// Where a word of a clause ends in the clause's sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WordMark {
    /// Byte offset just behind the word in the clause's text as it stood in `Speak`.
    pub text_end: usize,
    /// Milliseconds from the beginning of the clause's sound to the end of the word.
    pub end_ms: u64,
}

/// Who counted the samples that left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// The far end reported it.
    Played,
    /// We counted what we sent.
    Estimated,
}

/// Why a session ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Goodbye was said and heard.
    Goodbye,
    /// The person hung up or pressed the key.
    HungUp,
    /// The input came to its end and everything was answered.
    InputEnded,
    /// Nobody spoke for too long.
    Idle,
    /// A time limit.
    Limit,
    /// The program shuts down.
    ShuttingDown,
    /// The session cannot go on.
    Fault,
}
