//! The configuration: one `baton.toml`, every key with a default, the environment over it.
//!
//! Baton runs with no file at all. A file is looked for where the command line says, else `baton.toml` in the working
//! folder, else in the platform's configuration folder. Each key can be set by an environment variable whose exact
//! name follows from its place (`[store] url` is `BATON_STORE_URL`). Unknown keys are errors that name the file and the
//! line. Secrets never stand in the file: it names the environment variable that holds them.

mod load;
mod schema;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use load::{ConfigError, Loaded, Origin, Setting, load};
pub use schema::{keys, markdown, schema};

/// Everything that can be configured.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who answers.
    pub agent: AgentConfig,
    /// The language model of the agent.
    pub llm: LlmConfig,
    /// Speech to text.
    pub stt: SttConfig,
    /// Text to speech.
    pub tts: TtsConfig,
    /// Voice activity.
    pub vad: VadConfig,
    /// The threads of the speech engines.
    pub engines: EnginesConfig,
    /// When a turn is over.
    pub endpointing: EndpointingConfig,
    /// Microphone and loudspeaker.
    pub audio: AudioConfig,
    /// Where weights are kept.
    pub models: ModelsConfig,
    /// Where conversations are kept.
    pub store: StoreConfig,
    /// What is logged.
    pub log: LogConfig,
    /// What is kept and what may leave this machine.
    pub privacy: PrivacyConfig,
}

/// `[agent]`: who answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AgentConfig {
    /// `auto` takes a language model where one is configured, has a key or runs locally, and the concierge otherwise.
    pub kind: AgentKind,
    /// What the conversation agent is told about itself and its manners.
    pub instructions: String,
    /// The most tokens of conversation sent to the model; the oldest turns give way. 0: the model's own limit.
    pub context_tokens: u32,
    /// Whether a spoken session begins with a greeting.
    pub greeting: bool,
    /// Seconds of silence after which Baton asks whether you are still there; 0 switches it off.
    pub idle_seconds: u32,
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            kind: AgentKind::Auto,
            instructions:
                "You are a helpful voice assistant. Your words are spoken aloud: answer in one to three short \
                           sentences of plain speech, without lists, headings or code, unless you are asked for more."
                    .to_owned(),
            context_tokens: 0,
            greeting: false,
            idle_seconds: 15,
        }
    }
}

/// Which agent answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// Found out at start.
    #[default]
    Auto,
    /// A language model.
    Conversation,
    /// The offline concierge.
    Concierge,
    /// Says back what was said.
    Echo,
}

/// `[llm]`: the language model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LlmConfig {
    /// Which kind of interface: `openai_compatible` also speaks to Ollama, vLLM, llama.cpp and Azure.
    pub provider: LlmProvider,
    /// Where it is, up to and without `/chat/completions`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// The environment variable that holds the key; empty for none.
    pub api_key_env: String,
    /// Seconds to connect.
    pub connect_timeout_seconds: u32,
    /// Seconds to the first token.
    pub first_token_timeout_seconds: u32,
    /// Seconds between two tokens.
    pub stall_timeout_seconds: u32,
    /// Seconds for a whole answer.
    pub total_timeout_seconds: u32,
}

impl Default for LlmConfig {
    fn default() -> Self {
        Self {
            provider: LlmProvider::Auto,
            base_url: "https://api.openai.com/v1".to_owned(),
            model: "gpt-4o-mini".to_owned(),
            api_key_env: "OPENAI_API_KEY".to_owned(),
            connect_timeout_seconds: 5,
            first_token_timeout_seconds: 10,
            stall_timeout_seconds: 10,
            total_timeout_seconds: 120,
        }
    }
}

/// Which kind of interface a language model has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LlmProvider {
    /// A configured one, a key in the environment, a local Ollama, or none.
    #[default]
    Auto,
    /// Chat completions as OpenAI defined them.
    OpenaiCompatible,
    /// No language model: the concierge answers.
    None,
}

/// `[stt]`: speech to text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SttConfig {
    /// Which engine.
    pub provider: SttProvider,
    /// The model: `whisper-tiny.en` or `whisper-base`.
    pub model: String,
    /// The language spoken. English only.
    pub language: String,
}

impl Default for SttConfig {
    fn default() -> Self {
        Self { provider: SttProvider::Embedded, model: "whisper-tiny.en".to_owned(), language: "en".to_owned() }
    }
}

/// Which recogniser.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SttProvider {
    /// On this machine.
    #[default]
    Embedded,
    /// None: text only.
    None,
}

/// `[tts]`: text to speech.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TtsConfig {
    /// Which engine.
    pub provider: TtsProvider,
    /// The voice: `piper-en-us-joe` for the embedded engine.
    pub voice: String,
    /// 1 is the voice's own speed; 0.5 to 2.
    pub speed: f32,
    /// Whether the embedded voice reads a sentence a little differently each time, as a person does. `baton say` never
    /// does: the same text gives the same file.
    pub lively: bool,
}

impl Default for TtsConfig {
    fn default() -> Self {
        Self { provider: TtsProvider::Auto, voice: "piper-en-us-joe".to_owned(), speed: 1.0, lively: true }
    }
}

/// Which voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TtsProvider {
    /// The embedded voice where its file is there, else a system voice, else none.
    #[default]
    Auto,
    /// On this machine, with the voice file of the model store.
    Embedded,
    /// A voice program of the system (`espeak-ng`, `flite`, `say`).
    System,
    /// None: text only.
    None,
}

/// `[vad]`: voice activity.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VadConfig {
    /// Which engine.
    pub provider: VadProvider,
}

/// Which detector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VadProvider {
    /// Silero where its weights are there, else earshot.
    #[default]
    Auto,
    /// Silero v6; its weights come from the model store.
    Silero,
    /// earshot, whose model is part of the program.
    Earshot,
}

/// `[engines]`: the threads of the speech engines.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EnginesConfig {
    /// Threads on which speech is recognised and made, over all conversations; 0: one for each core, at most four.
    pub threads: u32,
}

/// `[endpointing]`: when a turn is over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointingConfig {
    /// Milliseconds of silence that end a turn that looks complete.
    pub silence_ms: u32,
    /// Milliseconds of silence that end a turn where nothing predicts its end.
    pub unknown_ms: u32,
    /// Milliseconds of silence that end a turn that looks unfinished.
    pub patience_ms: u32,
}

impl Default for EndpointingConfig {
    fn default() -> Self {
        Self { silence_ms: 500, unknown_ms: 700, patience_ms: 1_500 }
    }
}

/// `[audio]`: microphone and loudspeaker.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AudioConfig {
    /// The microphone as the system names it (`baton doctor` lists them); empty for the default one.
    pub input_device: String,
    /// The loudspeaker as the system names it; empty for the default one.
    pub output_device: String,
    /// Takes our own voice out of what the microphone hears. Switch it off with a headset.
    pub echo_cancellation: EchoCancellation,
}

/// Whether our own voice is taken out of what the microphone hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EchoCancellation {
    /// Where microphone and loudspeaker are both devices of this machine.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// `[models]`: where weights are kept.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsConfig {
    /// The folder; empty for the platform's data folder.
    pub dir: PathBuf,
    /// Never download; use what is there.
    pub offline: bool,
}

/// `[store]`: where conversations are kept.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite:PATH`, `memory:` to keep nothing, or empty for a file in the platform's data folder.
    pub url: String,
}

/// `[log]`: what is logged, on standard error.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `baton_runtime=debug`.
    pub level: String,
    /// `human` or `json`.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "warn".to_owned(), format: LogFormat::Human }
    }
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// `[privacy]`: what is kept and what may leave this machine.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Days after which conversations and journals are deleted; 0 keeps them.
    pub retention_days: u32,
    /// Nothing leaves this machine: no language model elsewhere, no download.
    pub local_only: bool,
}
