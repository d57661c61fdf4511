//! What goes into a session, and how it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use baton_ports::{Agent, AudioSink, AudioSource, SpeechToText, Store, TextToSpeech, VadEngine, WallTime};
use baton_session::{CloseReason, Session};
use baton_types::{AgentName, ConversationId, SessionId};

use super::Speed;
use crate::journal::Journal;

/// What a session is made of.
pub struct Parts {
    /// The machine, configured and not started.
    pub session: Session,
    /// The session's id.
    pub id: SessionId,
    /// The conversation's id.
    pub conversation: ConversationId,
    /// Detects voice; without it (or without a source) the session is typed.
    pub vad: Option<Arc<dyn VadEngine>>,
    /// Recognises speech.
    pub stt: Option<Arc<dyn SpeechToText>>,
    /// Speaks; without it (or without a sink) the session is text only.
    pub tts: Option<Arc<dyn TextToSpeech>>,
    /// Who can answer.
    pub agents: BTreeMap<AgentName, Arc<dyn Agent>>,
    /// Who does unless something else is said.
    pub agent: AgentName,
    /// Where sound comes from.
    pub source: Option<Box<dyn AudioSource>>,
    /// Where sound goes to.
    pub sink: Option<Box<dyn AudioSink>>,
    /// Where the conversation is kept.
    pub store: Option<Arc<dyn Store>>,
    /// What time it is outside; milliseconds UTC.
    pub wall: fn() -> WallTime,
    /// Where the machine's inputs and outputs are recorded.
    pub journal: Journal,
    /// Real or virtual time.
    pub speed: Speed,
    /// Whether a file waits while the agent speaks.
    pub hold: bool,
    /// Whether the loudspeaker is beside the microphone.
    pub echo: bool,
    /// Sees both sides as they are heard.
    pub tap: Option<Box<dyn Tap>>,
}

/// Sees both sides of a conversation, tick by tick.
pub trait Tap: Send {
    /// 20 ms of each: the caller at 16 kHz, the agent at the sink's rate.
    fn tick(&mut self, caller: &[f32], agent: &[f32]);
}

/// How a session ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Why.
    pub reason: CloseReason,
    /// User turns with words.
    pub turns: u32,
    /// Whether something was lost on the way that the session could not go on without.
    pub failed: bool,
}
