//! The one place that knows which adapters there are: from names in the configuration to engines behind ports.

mod language_model;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use baton_agents::concierge::Status;
use baton_model_store::Store;
use baton_ports::{Agent, SpeechToText, TextToSpeech, VadEngine};
use baton_runtime::agents::{Conversation, Echo};
use baton_runtime::concierge::Concierge;
use baton_speech::piper::{Piper, SynthesisOptions};
use baton_speech::pool::Pool;
use baton_speech::recognizer::EmbeddedRecognizer;
use baton_speech::system_voice::SystemVoice;
use baton_speech::vad::{EarshotEngine, SILERO_FILE, SileroEngine};
use baton_speech::voice::EmbeddedVoice;
use baton_speech::whisper::Whisper;
use baton_types::AgentName;

use crate::config::{AgentKind, Config, LlmProvider, SttProvider, TtsProvider, VadProvider};
use crate::fault::StartError;
use crate::models::SILERO;

/// The name under which the one agent is configured.
pub const AGENT: &str = "host";

/// Jobs of all sessions that may wait for an engine.
const JOBS_WAITING_MAX: usize = 128;

/// The threads that the speech engines share: one for each core, at most four, where the configuration leaves it open.
///
/// # Errors
/// When the system gives no thread.
pub fn pool(config: &Config) -> Result<Pool, StartError> {
    let threads = match config.engines.threads {
        0 => std::thread::available_parallelism().map_or(2, usize::from).min(4),
        some => some as usize,
    };
    Pool::new("engine", threads, JOBS_WAITING_MAX).map_err(StartError::Threads)
}

/// The detector.
///
/// # Errors
/// When Silero is asked for by name and its weights are not there or damaged.
pub fn vad(config: &Config, store: &Store) -> Result<Arc<dyn VadEngine>, StartError> {
    let silero = |folder: &Path| -> Result<Arc<dyn VadEngine>, StartError> {
        let engine = SileroEngine::load(&folder.join(SILERO_FILE)).map_err(|error| damaged(SILERO, &error))?;
        Ok(Arc::new(engine))
    };
    match config.vad.provider {
        VadProvider::Silero => silero(&store.require(SILERO)?),
        VadProvider::Earshot => Ok(Arc::new(EarshotEngine)),
        VadProvider::Auto => match store.path(SILERO) {
            Some(folder) => silero(&folder),
            None => Ok(Arc::new(EarshotEngine)),
        },
    }
}

/// The embedded recogniser's model, for whoever transcribes files.
///
/// # Errors
/// When the model is not there or damaged.
pub fn whisper(config: &Config, store: &Store) -> Result<Arc<Whisper>, StartError> {
    let model = config.stt.model.as_str();
    let folder = store.require(model)?;
    Whisper::load(&folder).map(Arc::new).map_err(|error| damaged(model, &error))
}

/// The recogniser; `None` where the configuration says so.
///
/// # Errors
/// When its model is not there or damaged.
pub fn stt(config: &Config, store: &Store, pool: &Pool) -> Result<Option<Arc<dyn SpeechToText>>, StartError> {
    match config.stt.provider {
        SttProvider::None => Ok(None),
        SttProvider::Embedded => {
            let whisper = whisper(config, store)?;
            Ok(Some(Arc::new(EmbeddedRecognizer::new(&config.stt.model, whisper, pool.clone()))))
        }
    }
}

/// The voice; `None` where the configuration says so.
///
/// # Errors
/// When there is none, or its model is damaged.
pub fn tts(
    config: &Config,
    store: &Store,
    path: &str,
    pool: &Pool,
) -> Result<Option<Arc<dyn TextToSpeech>>, StartError> {
    match config.tts.provider {
        TtsProvider::None => Ok(None),
        TtsProvider::Embedded => embedded_voice(config, &store.require(&config.tts.voice)?, pool).map(Some),
        TtsProvider::System => system_voice(config, path, pool).map(Some),
        TtsProvider::Auto => match store.path(&config.tts.voice) {
            Some(folder) => embedded_voice(config, &folder, pool).map(Some),
            None => system_voice(config, path, pool).map(Some),
        },
    }
}

fn embedded_voice(config: &Config, folder: &Path, pool: &Pool) -> Result<Arc<dyn TextToSpeech>, StartError> {
    let voice = config.tts.voice.as_str();
    let piper = Piper::load(folder).map(Arc::new).map_err(|error| damaged(voice, &error))?;
    let options = SynthesisOptions { speed: config.tts.speed, lively: config.tts.lively };
    Ok(Arc::new(EmbeddedVoice::new(voice, piper, options, pool.clone())))
}

fn system_voice(config: &Config, path: &str, pool: &Pool) -> Result<Arc<dyn TextToSpeech>, StartError> {
    let Some((_, program)) = SystemVoice::find(path) else {
        return Err(StartError::NoVoice { voice: config.tts.voice.clone() });
    };
    let engine = SystemVoice::new(&program, pool.clone()).map_err(StartError::Threads)?;
    Ok(Arc::new(engine))
}

fn damaged(model: &str, error: &dyn std::error::Error) -> StartError {
    StartError::ModelDamaged { model: model.to_owned(), message: error.to_string() }
}

/// The agent that answers, and one line that says which and why. `status` is what the concierge can tell of the system.
///
/// # Errors
/// When a language model is asked for by name and cannot be used.
pub async fn agent(
    config: &Config,
    environment: &BTreeMap<String, String>,
    status: &Status,
) -> Result<(Arc<dyn Agent>, String), StartError> {
    let concierge = |why: &str| -> (Arc<dyn Agent>, String) {
        let agent = Concierge::new(AgentName::from(AGENT), jiff::Zoned::now);
        agent.know(status.clone());
        (Arc::new(agent), format!("the offline concierge answers ({why})"))
    };
    match config.agent.kind {
        AgentKind::Echo => Ok((Arc::new(Echo::default()), "echo: you hear what you say".to_owned())),
        AgentKind::Concierge => Ok(concierge("as configured")),
        AgentKind::Conversation => match language_model::find(config, environment).await? {
            Some(found) => Ok(conversation(config, found)),
            None => Err(StartError::Agent(
                "`agent.kind` is `conversation` and there is no language model: set `[llm] base_url` and `model`, \
                 put a key in OPENAI_API_KEY, or start Ollama"
                    .to_owned(),
            )),
        },
        AgentKind::Auto if config.llm.provider == LlmProvider::None => Ok(concierge("`llm.provider` is `none`")),
        AgentKind::Auto => match language_model::find(config, environment).await? {
            Some(found) => Ok(conversation(config, found)),
            None if config.privacy.local_only => {
                Ok(concierge("`privacy.local_only` is set and no language model runs here"))
            }
            None => Ok(concierge("no language model is configured, no key is set, and no Ollama runs here")),
        },
    }
}

fn conversation(config: &Config, found: language_model::Found) -> (Arc<dyn Agent>, String) {
    let limit = (config.agent.context_tokens > 0).then_some(config.agent.context_tokens);
    let line = format!("{} answers ({})", found.model.name(), found.why);
    let agent = Conversation::new(AgentName::from(AGENT), found.model, config.agent.instructions.clone(), limit);
    (Arc::new(agent), line)
}
