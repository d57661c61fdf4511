//! Which models a configuration needs, and the store they are in.

use baton_model_store::{Catalogue, Options, Store};

use crate::config::{Config, SttProvider, TtsProvider, VadProvider};
use crate::fault::StartError;
use crate::paths::Paths;

/// The detector's model.
pub const SILERO: &str = "silero-vad";

/// What a command does with sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uses {
    /// It listens.
    pub ear: bool,
    /// It detects voice: a conversation does, transcribing a file does not.
    pub detector: bool,
    /// It speaks.
    pub mouth: bool,
}

impl Uses {
    /// A spoken conversation.
    pub const CONVERSATION: Self = Self { ear: true, detector: true, mouth: true };
    /// Transcribing.
    pub const EAR: Self = Self { ear: true, detector: false, mouth: false };
    /// Speaking.
    pub const MOUTH: Self = Self { ear: false, detector: false, mouth: true };
}

/// The model store of this configuration.
///
/// # Errors
/// When there is no folder for it.
pub fn store(config: &Config, paths: &Paths, offline: bool) -> Result<Store, StartError> {
    let folder = paths.models(config).map_err(StartError::NoFolder)?;
    let offline = offline || config.models.offline || config.privacy.local_only;
    Ok(Store::new(folder, Catalogue::builtin(), Options { offline, ..Options::default() }))
}

/// The models that are needed, whether they are there or not, in the order of use.
#[must_use]
pub fn needed(config: &Config, uses: Uses) -> Vec<String> {
    let mut names = Vec::new();
    if uses.detector && config.vad.provider != VadProvider::Earshot {
        names.push(SILERO.to_owned());
    }
    if uses.ear && config.stt.provider == SttProvider::Embedded {
        names.push(config.stt.model.clone());
    }
    if uses.mouth && matches!(config.tts.provider, TtsProvider::Auto | TtsProvider::Embedded) {
        names.push(config.tts.voice.clone());
    }
    names
}

/// Those of them that are not there.
#[must_use]
pub fn missing(config: &Config, uses: Uses, store: &Store) -> Vec<String> {
    needed(config, uses).into_iter().filter(|name| store.path(name).is_none()).collect()
}
