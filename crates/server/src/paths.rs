//! Where things are on this machine.
//!
//! Folders follow the platform's conventions (XDG on Linux); `BATON_HOME`, when set, holds everything in one folder. A
//! machine without a home folder can still run: everything that needs a folder says which setting names one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::config::Config;

/// The folders in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paths {
    /// Where `baton.toml` is looked for, first wins.
    pub config_files: Vec<PathBuf>,
    /// The data folder: conversations, journals, models. `None` where there is no home folder.
    pub data: Option<PathBuf>,
}

impl Paths {
    /// The folders that `environment` and the platform give.
    #[must_use]
    pub fn find(environment: &BTreeMap<String, String>) -> Self {
        let own = environment.get("BATON_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let platform = etcetera::choose_base_strategy().ok();
        let mut config_files = vec![PathBuf::from("baton.toml")];
        config_files.extend(match (&own, &platform) {
            (Some(home), _) => Some(home.join("baton.toml")),
            (None, Some(platform)) => Some(platform.config_dir().join("baton").join("baton.toml")),
            (None, None) => None,
        });
        let data = own.or_else(|| platform.map(|platform| platform.data_dir().join("baton")));
        Self { config_files, data }
    }

    /// The folder of the model store.
    ///
    /// # Errors
    /// When neither the configuration nor the platform names one.
    pub fn models(&self, config: &Config) -> Result<PathBuf, String> {
        if !config.models.dir.as_os_str().is_empty() {
            return Ok(config.models.dir.clone());
        }
        let folder = self.data.as_ref().map(|data| data.join("models"));
        folder.ok_or_else(|| no_home("the models", "`[models] dir` or BATON_MODELS_DIR"))
    }

    /// The SQLite file of the conversations; `None` where nothing is kept.
    ///
    /// # Errors
    /// When the URL makes no sense, or neither the configuration nor the platform names a place.
    pub fn store(&self, config: &Config) -> Result<Option<PathBuf>, String> {
        let url = config.store.url.as_str();
        if url == "memory:" {
            return Ok(None);
        }
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Ok(Some(PathBuf::from(path)));
        }
        if !url.is_empty() {
            return Err(format!("`store.url` is `{url}`: it must be `sqlite:PATH` or `memory:`"));
        }
        let file = self.data.as_ref().map(|data| data.join("baton.db"));
        file.map(Some).ok_or_else(|| no_home("conversations", "`[store] url`, BATON_STORE_URL, or --ephemeral"))
    }

    /// The folder of the journals, beside the store.
    ///
    /// # Errors
    /// As [`Paths::store`].
    pub fn journals(&self, config: &Config) -> Result<Option<PathBuf>, String> {
        let store = self.store(config)?;
        Ok(store.map(|file| file.parent().map_or_else(PathBuf::new, PathBuf::from).join("journals")))
    }
}

fn no_home(what: &str, setting: &str) -> String {
    format!("there is no home folder to keep {what} in: set {setting}, or BATON_HOME to a folder for everything")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(home: &str) -> Paths {
        Paths::find(&BTreeMap::from([("BATON_HOME".to_owned(), home.to_owned())]))
    }

    #[test]
    fn one_folder_can_hold_everything() {
        let (paths, config) = (paths("/x"), Config::default());
        assert_eq!(paths.models(&config), Ok(PathBuf::from("/x/models")));
        assert_eq!(paths.store(&config), Ok(Some(PathBuf::from("/x/baton.db"))));
        assert_eq!(paths.journals(&config), Ok(Some(PathBuf::from("/x/journals"))));
        assert_eq!(paths.config_files, [PathBuf::from("baton.toml"), PathBuf::from("/x/baton.toml")]);
    }

    #[test]
    fn settings_go_over_folders() {
        let mut config = Config::default();
        config.models.dir = PathBuf::from("/m");
        config.store.url = "sqlite:///s/b.db".to_owned();
        assert_eq!(paths("/x").models(&config), Ok(PathBuf::from("/m")));
        assert_eq!(paths("/x").store(&config), Ok(Some(PathBuf::from("/s/b.db"))));
        config.store.url = "memory:".to_owned();
        assert_eq!(paths("/x").store(&config), Ok(None));
        config.store.url = "postgres://x".to_owned();
        assert!(paths("/x").store(&config).unwrap_err().contains("postgres://x"));
    }

    #[test]
    fn without_a_home_folder_the_error_names_the_setting() {
        let paths = Paths { config_files: vec![], data: None };
        let config = Config::default();
        assert!(paths.models(&config).unwrap_err().contains("BATON_MODELS_DIR"));
        assert!(paths.store(&config).unwrap_err().contains("--ephemeral"));
    }
}
