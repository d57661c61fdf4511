//! What every command starts from: configuration, folders, environment, models, store.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use baton_ports::Store;
use baton_server::compose::{self, Engines};
use baton_server::config::{AgentKind, Config, Loaded, LogFormat};
use baton_server::fault::StartError;
use baton_server::models::{self, Uses};
use baton_server::paths::Paths;
use baton_types::ConversationId;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Downloads, Keeping};
use crate::output;
use crate::progress::Bars;

/// Why a command ends without having done its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    /// It failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// It was asked for in a way that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// Something needed is not there.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self { code: 3, message: message.into() }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        if error.is_missing() { Self::missing(error.to_string()) } else { Self::failed(error.to_string()) }
    }
}

pub(crate) struct Context {
    pub(crate) loaded: Loaded,
    pub(crate) paths: Paths,
    pub(crate) environment: BTreeMap<String, String>,
}

/// Where a session's conversation is kept.
pub(crate) struct Kept {
    pub(crate) store: Option<Arc<dyn Store>>,
    pub(crate) journals: Option<PathBuf>,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) before: Vec<baton_session::Item>,
}

impl Context {
    pub(crate) fn new(cli: &Cli) -> Result<Self, Failure> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let paths = Paths::find(&environment);
        let loaded = baton_server::config::load(cli.config.as_deref(), &paths.config_files, &environment)
            .map_err(|error| Failure::usage(error.to_string()))?;
        log(&loaded.config)?;
        Ok(Self { loaded, paths, environment })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// The configuration with the agent that the command line names.
    pub(crate) fn with_agent(&self, name: Option<&str>) -> Result<Config, Failure> {
        let mut config = self.config().clone();
        config.agent.kind = match name {
            None => config.agent.kind,
            Some("auto") => AgentKind::Auto,
            Some("concierge") => AgentKind::Concierge,
            Some("echo") => AgentKind::Echo,
            Some("conversation") => AgentKind::Conversation,
            Some(other) => {
                return Err(Failure::usage(format!(
                    "there is no agent named `{other}`: auto, concierge, echo and conversation are known"
                )));
            }
        };
        Ok(config)
    }

    pub(crate) fn models(&self, offline: bool) -> Result<baton_server::adapters::model_store::Store, Failure> {
        Ok(models::store(self.config(), &self.paths, offline)?)
    }

    /// Loads the engines, after fetching what they need if the person agrees.
    pub(crate) async fn engines(&self, config: &Config, uses: Uses, downloads: &Downloads) -> Result<Engines, Failure> {
        let store = self.models(downloads.offline)?;
        self.fetch(config, uses, &store, downloads).await?;
        Ok(Engines::load(config, &store, &self.environment, uses).await?)
    }

    /// Fetches the models that are needed and not there.
    pub(crate) async fn fetch(
        &self,
        config: &Config,
        uses: Uses,
        store: &baton_server::adapters::model_store::Store,
        downloads: &Downloads,
    ) -> Result<(), Failure> {
        let missing = models::missing(config, uses, store);
        // Silero and the embedded voice have something that takes their place; the recogniser has not.
        if missing.is_empty() {
            return Ok(());
        }
        let names = missing.join(" ");
        let lacking = |names: &[String]| names.iter().map(|name| lack(store, name)).collect::<Vec<_>>().join("; ");
        let hint = format!("run `baton models pull {names}`, or `baton models import PATH` for files you have");
        let is_offline = downloads.offline || config.models.offline || config.privacy.local_only;
        if downloads.no_download || is_offline {
            let must = models::needed(config, Uses { mouth: false, detector: false, ..uses });
            let lacks: Vec<_> = missing.iter().filter(|name| must.contains(name)).cloned().collect();
            if lacks.is_empty() {
                output::note(&format!("{}; what takes its place is used ({hint})", lacking(&missing)));
                return Ok(());
            }
            return Err(Failure::missing(format!("{}; {hint}", lacking(&lacks))));
        }
        let mut bytes = 0;
        for model in missing.iter().filter_map(|name| store.catalogue().find(name)) {
            bytes += model.bytes();
            output::note(&format!(
                "needed: {} ({}, {:.0} MB, license {})",
                model.name,
                model.description,
                model.bytes() as f64 / 1e6,
                model.license.id
            ));
            if let Some(note) = &model.license.note {
                output::note(&format!("        {note}"));
            }
        }
        if !downloads.yes {
            if !output::is_terminal() {
                return Err(Failure::missing(format!("{}; add --yes to download now, or {hint}", lacking(&missing))));
            }
            if !output::ask(&format!("Download {:.0} MB to {}?", bytes as f64 / 1e6, store.dir().display())) {
                return Err(Failure::missing(format!("{}; {hint}", lacking(&missing))));
            }
        }
        let bars = Bars::shared();
        for name in &missing {
            store.pull(name, &bars).await.map_err(|error| Failure::missing(error.to_string()))?;
        }
        Ok(())
    }

    /// The store of conversations, opened; `None` with `--ephemeral`.
    pub(crate) async fn store(&self) -> Result<Option<Arc<dyn Store>>, Failure> {
        let Some(file) = self.paths.store(self.config()).map_err(Failure::missing)? else { return Ok(None) };
        let store = baton_server::store::open(&file).await?;
        let days = self.config().privacy.retention_days;
        if days > 0 {
            let before = compose::wall_time().0 - i64::from(days) * 24 * 3_600 * 1_000;
            let journals = self.paths.journals(self.config()).map_err(Failure::missing)?;
            baton_server::store::prune(store.as_ref(), journals.as_deref(), before).await.map_err(Failure::failed)?;
        }
        Ok(Some(store))
    }

    /// Where this session's conversation is kept, and what was said before.
    pub(crate) async fn kept(&self, keeping: &Keeping) -> Result<Kept, Failure> {
        let nothing = Kept { store: None, journals: None, conversation: None, before: Vec::new() };
        if keeping.ephemeral {
            return Ok(nothing);
        }
        let Some(store) = self.store().await? else { return Ok(nothing) };
        let journals = self.paths.journals(self.config()).map_err(Failure::missing)?;
        let Some(id) = &keeping.conversation else {
            return Ok(Kept { store: Some(store), journals, conversation: None, before: Vec::new() });
        };
        let id = baton_server::store::find(store.as_ref(), id).await.map_err(Failure::failed)?;
        let before = compose::before(store.as_ref(), id).await.map_err(Failure::failed)?;
        Ok(Kept { store: Some(store), journals, conversation: Some(id), before })
    }
}

/// Why a model cannot be used: which of its files is damaged and how, or that it is not there.
fn lack(store: &baton_server::adapters::model_store::Store, model: &str) -> String {
    match store.require(model) {
        Err(error @ baton_server::adapters::model_store::Error::Damaged { .. }) => error.to_string(),
        _ => format!("not there: {model}"),
    }
}

fn log(config: &Config) -> Result<(), Failure> {
    let wrong = |why: &str| Failure::usage(format!("`log.level` is `{}`: {why}", config.log.level));
    // A filter takes any word for the name of a module, so a slip would switch the log off.
    let level = config.log.level.trim();
    if level.chars().all(char::is_alphabetic) && level.parse::<tracing_subscriber::filter::LevelFilter>().is_err() {
        return Err(wrong(
            "it is `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `baton_runtime=debug`",
        ));
    }
    let filter = EnvFilter::try_new(level).map_err(|error| wrong(&error.to_string()))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let result = match config.log.format {
        LogFormat::Human => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    result.map_err(|error| Failure::failed(format!("the log cannot be set up: {error}")))
}
