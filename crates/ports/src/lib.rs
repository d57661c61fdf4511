//! The traits between Baton's core and the world, with their contracts.
//!
//! Everything that touches the world (microphones, engines, models, databases) stands behind one of these traits;
//! an adapter implements it and knows neither the runtime nor another adapter. The traits are object-safe, the data
//! in them is plain, and each contract says what order things come in, what cancelling means and when work is done.
//! What arrives through a port is never trusted: the runtime checks sizes, sequence and values.

mod agent;
mod audio;
mod error;
mod language_model;
mod speech;
mod store;

pub use agent::{Agent, AgentRequest, AgentStream};
pub use audio::{AudioSink, AudioSource, Pace, SourceEvent};
pub use error::ProviderError;
pub use language_model::{
    ChatEvent, ChatRequest, ChatStream, FinishReason, LanguageModel, Message, Role, ToolCall, ToolSpec, Usage,
};
pub use speech::{
    PartialStyle, SpeechToText, SttCapabilities, SttEvent, SttRequest, SttStream, SttUrgency, Synthesis, TextToSpeech,
    TtsEvent, TtsRequest, Vad, VadEngine, VadThresholds, WordTime,
};
pub use store::{ConversationSummary, Store, StoredItem, WallTime};
