//! Which language model answers: the configured one, else one with a key in the environment, else one that runs here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use baton_llm::{LocalServer, OpenAiCompatible, OpenAiCompatibleConfig, Timeouts};
use baton_ports::LanguageModel;
use baton_types::Secret;

use crate::config::{Config, LlmConfig, LlmProvider};
use crate::fault::StartError;

/// Where Ollama listens unless it is told otherwise (`OLLAMA_HOST`).
const OLLAMA: &str = "http://127.0.0.1:11434";

/// How long a local server may take to say that it is there.
const LOCAL_WAIT: Duration = Duration::from_millis(400);

/// A language model and why it was taken.
pub(super) struct Found {
    pub(super) model: Arc<dyn LanguageModel>,
    pub(super) why: String,
}

/// The language model of this configuration and environment.
///
/// # Errors
/// When one is configured and cannot be used.
pub(super) async fn find(config: &Config, environment: &BTreeMap<String, String>) -> Result<Option<Found>, StartError> {
    let llm = &config.llm;
    let key = environment.get(&llm.api_key_env).map(Secret::new).filter(|key| !key.is_empty());
    let is_default_place = llm.base_url == LlmConfig::default().base_url;
    match llm.provider {
        LlmProvider::None => Ok(None),
        LlmProvider::OpenaiCompatible => configured(config, key, "as configured").map(Some),
        LlmProvider::Auto if !is_default_place => configured(config, key, "as configured").map(Some),
        LlmProvider::Auto if key.is_some() && !config.privacy.local_only => {
            configured(config, key, &format!("{} is set", llm.api_key_env)).map(Some)
        }
        LlmProvider::Auto => local(config).await,
    }
}

fn configured(config: &Config, key: Option<Secret>, why: &str) -> Result<Found, StartError> {
    let llm = &config.llm;
    if config.privacy.local_only && !baton_llm::is_loopback(&llm.base_url) {
        return Err(StartError::Agent(format!(
            "`privacy.local_only` is set and `llm.base_url` is {}: use one on this machine, or unset it",
            llm.base_url
        )));
    }
    let model = OpenAiCompatible::new(OpenAiCompatibleConfig {
        base_url: llm.base_url.clone(),
        model: llm.model.clone(),
        key,
        timeouts: timeouts(llm),
        context_tokens: None,
    })
    .map_err(|error| StartError::Agent(format!("the language model cannot be used: {error}")))?;
    Ok(Found { model: Arc::new(model), why: why.to_owned() })
}

async fn local(config: &Config) -> Result<Option<Found>, StartError> {
    let Some(LocalServer { base_url, model }) = baton_llm::find_local(OLLAMA, LOCAL_WAIT).await else {
        return Ok(None);
    };
    let model = OpenAiCompatible::new(OpenAiCompatibleConfig {
        base_url,
        model,
        key: None,
        timeouts: timeouts(&config.llm),
        context_tokens: None,
    })
    .map_err(|error| StartError::Agent(format!("the local language model cannot be used: {error}")))?;
    Ok(Some(Found { model: Arc::new(model), why: "a local Ollama runs here".to_owned() }))
}

fn timeouts(llm: &LlmConfig) -> Timeouts {
    let seconds = |count: u32| Duration::from_secs(u64::from(count));
    Timeouts {
        connect: seconds(llm.connect_timeout_seconds),
        first_token: seconds(llm.first_token_timeout_seconds),
        stall: seconds(llm.stall_timeout_seconds),
        total: seconds(llm.total_timeout_seconds),
    }
}
