//! From a configuration to the parts of one session.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use baton_agents::concierge::Status;
use baton_agents::phrases::{self, Persona};
use baton_model_store::Store as ModelStore;
use baton_ports::{Agent, PartialStyle, SpeechToText, Store, TextToSpeech, VadEngine, WallTime};
use baton_runtime::journal::Journal;
use baton_session::{Item, Modality, OwnKind, Transcript};
use baton_types::{AgentName, ConversationId, SessionId};

use crate::config::Config;
use crate::fault::StartError;
use crate::models::Uses;
use crate::registry;

/// Wordings of each of Baton's own sentences that are given to a session.
const WORDINGS: u32 = 3;

/// The engines that sessions share.
#[derive(Clone)]
pub struct Engines {
    /// Detects voice.
    pub vad: Option<Arc<dyn VadEngine>>,
    /// Recognises speech.
    pub stt: Option<Arc<dyn SpeechToText>>,
    /// Speaks.
    pub tts: Option<Arc<dyn TextToSpeech>>,
    /// Answers.
    pub agent: Arc<dyn Agent>,
    /// Which agent that is and why, in one line.
    pub agent_line: String,
}

impl Engines {
    /// Loads what a command uses. Blocks for the time the weights take to load (about half a second).
    ///
    /// # Errors
    /// When something needed is missing or damaged.
    pub async fn load(
        config: &Config,
        models: &ModelStore,
        environment: &BTreeMap<String, String>,
        uses: Uses,
    ) -> Result<Self, StartError> {
        let path = environment.get("PATH").cloned().unwrap_or_default();
        let (whole, models) = (config.clone(), models.clone());
        let loading = tokio::task::spawn_blocking(move || {
            let pool = registry::pool(&whole)?;
            let vad = if uses.detector { Some(registry::vad(&whole, &models)?) } else { None };
            let stt = if uses.ear { registry::stt(&whole, &models, &pool)? } else { None };
            let tts = if uses.mouth { registry::tts(&whole, &models, &path, &pool)? } else { None };
            Ok::<_, StartError>((vad, stt, tts))
        });
        let (vad, stt, tts) = loading.await.map_err(|error| StartError::Threads(std::io::Error::other(error)))??;
        let status = Status {
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            recognizer: stt.as_ref().map(|engine| engine.name().to_owned()),
            voice: tts.as_ref().map(|engine| engine.name().to_owned()),
            detector: vad.as_ref().map(|engine| engine.name().to_owned()),
            leaves_machine: Some(false),
            ..Status::default()
        };
        let (agent, agent_line) = registry::agent(config, environment, &status).await?;
        Ok(Self { vad, stt, tts, agent, agent_line })
    }
}

/// What kind of session it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Replies are spoken.
    pub spoken: bool,
    /// It begins with a greeting.
    pub greeting: bool,
    /// Loudspeaker and microphone share a room.
    pub echo: bool,
    /// Somebody is expected to be there: prompts when nobody speaks.
    pub attended: bool,
}

/// The machine's configuration.
#[must_use]
pub fn session_config(
    config: &Config,
    kind: Kind,
    agent: &AgentName,
    stt: Option<&dyn SpeechToText>,
    before: Vec<Item>,
) -> baton_session::Config {
    let mut session = baton_session::Config {
        modality: if kind.spoken { Modality::Voice } else { Modality::Text },
        greeting: kind.greeting,
        echo: kind.echo,
        agent: agent.clone(),
        own: own_phrases(),
        transcript: Transcript::from_items(before),
        ..baton_session::Config::default()
    };
    if let Some(stt) = stt {
        let capabilities = stt.capabilities();
        session.capabilities.partials = capabilities.partials != PartialStyle::None;
        session.capabilities.streaming = capabilities.partials == PartialStyle::Pushed;
        session.capabilities.cheap_finalize = capabilities.cheap_early_finalize;
    }
    let ends = &config.endpointing;
    let hang_over = session.waits.hang_over.min(Duration::from_millis(u64::from(ends.silence_ms)));
    let beyond = |silence_ms: u32| Duration::from_millis(u64::from(silence_ms)).saturating_sub(hang_over);
    session.waits.hang_over = hang_over;
    session.waits.complete = beyond(ends.silence_ms);
    session.waits.unknown = beyond(ends.unknown_ms);
    session.waits.patience = beyond(ends.patience_ms);
    if config.agent.idle_seconds == 0 || !kind.attended {
        session.limits.idle_prompts = 0;
        session.waits.idle = Duration::from_secs(365 * 24 * 3_600);
    } else {
        session.waits.idle = Duration::from_secs(u64::from(config.agent.idle_seconds));
    }
    session
}

fn own_phrases() -> BTreeMap<OwnKind, Vec<String>> {
    let kinds = [
        (OwnKind::Greeting, phrases::OwnKind::Greeting),
        (OwnKind::DidNotCatch, phrases::OwnKind::DidNotCatch),
        (OwnKind::Holding, phrases::OwnKind::Holding),
        (OwnKind::Fault, phrases::OwnKind::Fault),
        (OwnKind::Idle, phrases::OwnKind::Idle),
        (OwnKind::Farewell, phrases::OwnKind::Farewell),
        (OwnKind::HearingLost, phrases::OwnKind::HearingLost),
    ];
    kinds
        .into_iter()
        .map(|(ours, theirs)| {
            let mut wordings: Vec<String> = Vec::new();
            for n in 0..WORDINGS {
                let wording = phrases::phrase(theirs, phrases::Language::English, Persona::default(), n).to_owned();
                if !wordings.contains(&wording) {
                    wordings.push(wording);
                }
            }
            (ours, wordings)
        })
        .collect()
}

/// The time outside, milliseconds UTC.
#[must_use]
pub fn wall_time() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// New ids for a session and, where none is gone on with, its conversation.
#[must_use]
pub fn new_ids(conversation: Option<ConversationId>) -> (SessionId, ConversationId) {
    let conversation = conversation.unwrap_or_else(|| ConversationId(uuid::Uuid::now_v7()));
    (SessionId(uuid::Uuid::now_v7()), conversation)
}

/// What was said before in a conversation.
///
/// # Errors
/// When the store fails or there is no such conversation.
pub async fn before(store: &dyn Store, conversation: ConversationId) -> Result<Vec<Item>, String> {
    let stored = store.read(conversation).await.map_err(|error| error.to_string())?;
    let stored = stored.ok_or_else(|| {
        format!("there is no conversation {conversation}: `baton conversations list` shows those that are kept")
    })?;
    let mut items = Vec::new();
    for item in stored {
        let index = item.index;
        let parsed = serde_json::from_value(item.body)
            .map_err(|error| format!("item {index} of conversation {conversation} cannot be read: {error}"))?;
        items.push(parsed);
    }
    Ok(items)
}

/// The journal of a session in `folder`, or one in memory where nothing is kept. A folder that cannot be written costs
/// the journal and is told.
#[must_use]
pub fn journal(folder: Option<&Path>, session: SessionId) -> Journal {
    let Some(folder) = folder else { return Journal::none() };
    let path = folder.join(format!("{session}.jsonl"));
    let made = std::fs::create_dir_all(folder).and_then(|()| Journal::file(&path));
    made.unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "the session is not recorded in a journal");
        Journal::none()
    })
}
