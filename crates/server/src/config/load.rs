//! Reading the configuration: defaults, then a file, then the environment, with the origin of every value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Config, keys};

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
        }
    }
}

/// One value in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// `section.key`.
    pub path: String,
    /// The value as JSON.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// A configuration and where it comes from.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    /// What is in force.
    pub config: Config,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// Every value with its origin, in the order of the reference page.
    pub settings: Vec<Setting>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file makes no sense.
    #[error("{}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
    /// An environment variable makes no sense.
    #[error("{name}: `{value}` is not {expected} (it sets `{key}`)")]
    Environment {
        /// The variable.
        name: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: String,
        /// The key it sets.
        key: String,
    },
    /// A value is outside what is possible.
    #[error("`{key}` = {value}, from {origin}: {message}")]
    OutOfRange {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// Where it comes from.
        origin: Origin,
        /// What is possible.
        message: String,
    },
}

/// Reads the configuration. `file` is the one named on the command line, `found` those looked for otherwise, first
/// wins; `environment` is passed in.
///
/// # Errors
/// When the named file cannot be read, a file or a variable makes no sense, or a value is out of range.
pub fn load(
    file: Option<&Path>,
    found: &[PathBuf],
    environment: &BTreeMap<String, String>,
) -> Result<Loaded, ConfigError> {
    let path = match file {
        Some(path) => Some(path.to_path_buf()),
        None => found.iter().find(|path| path.is_file()).cloned(),
    };
    let from_file = path.as_deref().map(read).transpose()?.unwrap_or_default();
    let mut values = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut settings = Vec::new();
    for key in keys() {
        let (section, leaf) = key.path.split_once('.').unwrap_or((&key.path, ""));
        let mut origin = Origin::Default;
        if let Some(value) = from_file.get(section).and_then(|section| section.get(leaf)) {
            values[section][leaf] = value.clone();
            origin = Origin::File(path.clone().unwrap_or_default());
        }
        if let Some(text) = environment.get(&key.env) {
            values[section][leaf] = parse(text, &key.kind, &key.choices).map_err(|expected| {
                let (name, value) = (key.env.clone(), text.clone());
                ConfigError::Environment { name, value, expected, key: key.path.clone() }
            })?;
            origin = Origin::Environment(key.env.clone());
        }
        settings.push(Setting { path: key.path.clone(), value: values[section][leaf].clone(), origin });
    }
    let config: Config = serde_json::from_value(values)
        .map_err(|error| ConfigError::Invalid { path: path.clone().unwrap_or_default(), message: error.to_string() })?;
    check(&config, &settings)?;
    Ok(Loaded { config, file: path, settings })
}

fn read(path: &Path) -> Result<Value, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_path_buf(), source })?;
    // Into the strict type for its errors with line and column, and as a table for what it really sets.
    let invalid = |error: toml::de::Error| ConfigError::Invalid {
        path: path.to_path_buf(),
        message: error.to_string().trim_end().to_owned(),
    };
    toml::from_str::<Config>(&text).map_err(invalid)?;
    let table: toml::Table = toml::from_str(&text).map_err(invalid)?;
    serde_json::to_value(table)
        .map_err(|error| ConfigError::Invalid { path: path.to_path_buf(), message: error.to_string() })
}

fn parse(text: &str, kind: &str, choices: &[String]) -> Result<Value, String> {
    if !choices.is_empty() {
        return match choices.iter().find(|choice| choice.as_str() == text) {
            Some(choice) => Ok(Value::String(choice.clone())),
            None => Err(format!("one of {}", choices.join(", "))),
        };
    }
    match kind {
        "boolean" => match text {
            "true" | "1" | "yes" | "on" => Ok(Value::Bool(true)),
            "false" | "0" | "no" | "off" => Ok(Value::Bool(false)),
            _ => Err("true or false".to_owned()),
        },
        "integer" => text.parse::<u32>().map(Value::from).map_err(|_| "a whole number".to_owned()),
        "number" => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::from(number)),
            _ => Err("a number".to_owned()),
        },
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn check(config: &Config, settings: &[Setting]) -> Result<(), ConfigError> {
    let refuse = |key: &str, message: &str| {
        let setting = settings.iter().find(|setting| setting.path == key);
        Err(ConfigError::OutOfRange {
            key: key.to_owned(),
            value: setting.map_or_else(String::new, |setting| setting.value.to_string()),
            origin: setting.map_or(Origin::Default, |setting| setting.origin.clone()),
            message: message.to_owned(),
        })
    };
    if let Err(error) = config.stt.language.parse::<baton_types::Language>() {
        return refuse("stt.language", &error.to_string());
    }
    if config.engines.threads > 64 {
        return refuse("engines.threads", "it is 0 to 64");
    }
    if !(0.5..=2.0).contains(&config.tts.speed) {
        return refuse("tts.speed", "the speed is 0.5 to 2");
    }
    let ends = &config.endpointing;
    if !(200..=10_000).contains(&ends.silence_ms) {
        return refuse("endpointing.silence_ms", "a turn ends after 200 to 10,000 ms of silence");
    }
    if ends.unknown_ms < ends.silence_ms || ends.unknown_ms > 10_000 {
        return refuse("endpointing.unknown_ms", "it lies between silence_ms and 10,000 ms");
    }
    if ends.patience_ms < ends.unknown_ms || ends.patience_ms > 20_000 {
        return refuse("endpointing.patience_ms", "it lies between unknown_ms and 20,000 ms");
    }
    for (key, seconds) in [
        ("llm.connect_timeout_seconds", config.llm.connect_timeout_seconds),
        ("llm.first_token_timeout_seconds", config.llm.first_token_timeout_seconds),
        ("llm.stall_timeout_seconds", config.llm.stall_timeout_seconds),
        ("llm.total_timeout_seconds", config.llm.total_timeout_seconds),
    ] {
        if !(1..=3_600).contains(&seconds) {
            return refuse(key, "a time-out is 1 to 3,600 seconds");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AgentKind;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn with_file(text: &str, pairs: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baton.toml");
        std::fs::write(&path, text).unwrap();
        load(Some(&path), &[], &environment(pairs))
    }

    fn origin<'a>(loaded: &'a Loaded, path: &str) -> &'a Origin {
        &loaded.settings.iter().find(|setting| setting.path == path).unwrap().origin
    }

    #[test]
    fn without_a_file_everything_is_a_default() {
        let loaded = load(None, &[], &BTreeMap::new()).unwrap();
        assert_eq!(loaded.config, Config::default());
        assert!(loaded.settings.iter().all(|setting| setting.origin == Origin::Default));
    }

    #[test]
    fn the_environment_goes_over_the_file_and_the_file_over_defaults() {
        let text = "[agent]\nkind = \"echo\"\ngreeting = true\n[stt]\nmodel = \"whisper-base\"\n";
        let loaded = with_file(text, &[("BATON_AGENT_KIND", "concierge"), ("BATON_TTS_SPEED", "1.25")]).unwrap();
        assert_eq!(loaded.config.agent.kind, AgentKind::Concierge);
        assert!(loaded.config.agent.greeting);
        assert_eq!(loaded.config.stt.model, "whisper-base");
        assert_eq!(loaded.config.tts.speed, 1.25);
        assert_eq!(*origin(&loaded, "agent.kind"), Origin::Environment("BATON_AGENT_KIND".to_owned()));
        assert!(matches!(origin(&loaded, "agent.greeting"), Origin::File(_)));
        assert_eq!(*origin(&loaded, "agent.instructions"), Origin::Default);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_file_and_line() {
        let error = with_file("[agent]\nkind = \"echo\"\nnmae = 1\n", &[]).unwrap_err().to_string();
        assert!(error.contains("baton.toml") && error.contains("line 3") && error.contains("nmae"), "{error}");
    }

    #[test]
    fn a_variable_that_makes_no_sense_is_named_with_its_key() {
        for (name, value) in [
            ("BATON_LOG_FORMAT", "xml"),
            ("BATON_ENGINES_THREADS", "-1"),
            ("BATON_AGENT_GREETING", "maybe"),
            ("BATON_TTS_SPEED", "fast"),
        ] {
            let error = load(None, &[], &environment(&[(name, value)])).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }

    #[test]
    fn a_value_out_of_range_says_where_it_comes_from() {
        for (text, key) in [
            ("[tts]\nspeed = 9.0\n", "tts.speed"),
            ("[stt]\nlanguage = \"de\"\n", "stt.language"),
            ("[endpointing]\nsilence_ms = 10\n", "endpointing.silence_ms"),
            ("[endpointing]\nunknown_ms = 300\n", "endpointing.unknown_ms"),
            ("[endpointing]\npatience_ms = 600\n", "endpointing.patience_ms"),
            ("[llm]\nstall_timeout_seconds = 0\n", "llm.stall_timeout_seconds"),
        ] {
            let error = with_file(text, &[]).unwrap_err().to_string();
            assert!(error.contains(key) && error.contains("baton.toml"), "{error}");
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error() {
        let error = load(Some(Path::new("nowhere.toml")), &[], &BTreeMap::new()).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }));
    }
}
