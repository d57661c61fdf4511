//! What is there, what is missing, and what to do about it.

use std::collections::BTreeMap;
use std::path::Path;

use baton_agents::concierge::Status;
use baton_model_store::State as ModelState;
use baton_speech::system_voice::SystemVoice;
use baton_transports::device;
use serde::Serialize;

use crate::config::{Config, Loaded, SttProvider, TtsProvider};
use crate::models::{self, Uses};
use crate::paths::Paths;
use crate::registry;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There and usable.
    Ok,
    /// Not there, and a spoken conversation needs it.
    Missing,
    /// Not there, and a spoken conversation does without.
    Optional,
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// What it is: `model whisper-tiny.en`, `microphone`, ...
    pub name: String,
    /// How it came out.
    pub state: State,
    /// What was found.
    pub detail: String,
    /// What to do, where something is to be done.
    pub todo: Option<String>,
}

/// Everything that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Findings {
    /// One by one.
    pub checks: Vec<Check>,
    /// What leaves this machine as it is configured, in plain words.
    pub leaves: Vec<String>,
    /// Whether a spoken conversation is possible (with files, where there are no devices).
    pub can_converse: bool,
}

/// Looks at everything. Takes a second at most; changes nothing.
pub async fn examine(loaded: &Loaded, paths: &Paths, environment: &BTreeMap<String, String>) -> Findings {
    let config = &loaded.config;
    let mut checks = vec![Check {
        name: "configuration".to_owned(),
        state: State::Ok,
        detail: loaded.file.as_ref().map_or("no file: defaults".to_owned(), |file| file.display().to_string()),
        todo: None,
    }];
    let path = environment.get("PATH").cloned().unwrap_or_default();
    check_models(config, paths, &path, &mut checks);
    check_voice(config, &path, &mut checks);
    let answers = check_agent(config, environment, &mut checks).await;
    check_devices(&mut checks);
    check_keeping(config, paths, &mut checks);
    check_python(&path, &mut checks);
    let can_converse = checks.iter().all(|check| check.state != State::Missing);
    Findings { checks, leaves: leaves(config, &answers), can_converse }
}

fn check_models(config: &Config, paths: &Paths, path: &str, checks: &mut Vec<Check>) {
    let store = match models::store(config, paths, true) {
        Ok(store) => store,
        Err(error) => {
            checks.push(missing("models", &error.to_string(), "set BATON_MODELS_DIR to a folder"));
            return;
        }
    };
    let must = models::needed(config, Uses::EAR);
    let may = models::needed(config, Uses::CONVERSATION);
    let has_other_voice = config.tts.provider == TtsProvider::Auto && SystemVoice::find(path).is_some();
    for listing in store.list() {
        let model = listing.model.name.to_string();
        let is_voice = config.tts.voice == model;
        let is_needed = must.contains(&model)
            || (may.contains(&model) && is_voice && !has_other_voice)
            || (listing.state == ModelState::Damaged && may.contains(&model));
        let state = match (listing.state == ModelState::Present, is_needed) {
            (true, _) => State::Ok,
            (false, true) => State::Missing,
            (false, false) => State::Optional,
        };
        let todo = (state != State::Ok).then(|| format!("baton models pull {model}"));
        let size = listing.model.bytes() as f64 / 1e6;
        let detail = format!("{}, {size:.1} MB: {}", listing.state, listing.model.description);
        checks.push(Check { name: format!("model {model}"), state, detail, todo });
    }
    let engine = match registry::vad(config, &store) {
        Ok(engine) => found("voice activity", engine.name()),
        Err(error) => missing("voice activity", &error.to_string(), "baton models pull silero-vad"),
    };
    checks.push(engine);
}

fn check_voice(config: &Config, path: &str, checks: &mut Vec<Check>) {
    if config.stt.provider == SttProvider::None {
        checks.push(optional("speech to text", "switched off: text only", "set `stt.provider`"));
    }
    let needs_it = config.tts.provider == TtsProvider::System;
    checks.push(match SystemVoice::find(path) {
        Some((name, file)) => found("system voice", &format!("{name} at {}", file.display())),
        None if needs_it => missing("system voice", "none found", "install espeak-ng or flite"),
        None => {
            optional("system voice", "none found; only needed without the embedded voice", "install espeak-ng or flite")
        }
    });
}

async fn check_agent(config: &Config, environment: &BTreeMap<String, String>, checks: &mut Vec<Check>) -> String {
    let key = config.llm.api_key_env.as_str();
    let has_key = environment.get(key).is_some_and(|value| !value.trim().is_empty());
    checks.push(match has_key {
        true => found(&format!("key {key}"), "set (not shown)"),
        false => {
            optional(&format!("key {key}"), "not set", &format!("export {key}=…, where the language model needs one"))
        }
    });
    match registry::agent(config, environment, &Status::default()).await {
        Ok((_, line)) => {
            checks.push(found("agent", &line));
            line
        }
        Err(error) => {
            checks.push(missing("agent", &error.to_string(), "set `agent.kind` to `auto`, or configure `[llm]`"));
            String::new()
        }
    }
}

/// What brings a program that records and plays.
const DEVICE_PROGRAMS: &str = "install pipewire-bin, pulseaudio-utils, alsa-utils or sox";

fn check_devices(checks: &mut Vec<Check>) {
    let probe = device::probe();
    let by = |name: &str, program: Option<&device::Program>| match program {
        Some(program) => found(name, &format!("by {}", program.name())),
        None => optional(name, "no program for it found; files work without", DEVICE_PROGRAMS),
    };
    checks.push(by("microphone", probe.capture.as_ref()));
    checks.push(by("loudspeaker", probe.playback.as_ref()));
    for (what, devices) in [("microphone", &probe.microphones), ("loudspeaker", &probe.loudspeakers)] {
        for device in devices {
            checks.push(found(&format!("{what} to choose"), &format!("{}: {}", device.name, device.description)));
        }
    }
}

fn check_keeping(config: &Config, paths: &Paths, checks: &mut Vec<Check>) {
    let check = match paths.store(config) {
        Ok(None) => optional("conversations", "nothing is kept (`store.url` is `memory:`)", "unset `store.url`"),
        Ok(Some(file)) => match writable(&file) {
            Ok(()) => found("conversations", &file.display().to_string()),
            Err(why) => missing(
                "conversations",
                &format!("{}: {why}", file.display()),
                "set BATON_STORE_URL to `sqlite:PATH` of a place that can be written, or use --ephemeral",
            ),
        },
        Err(why) => missing("conversations", &why, "set BATON_STORE_URL, or use --ephemeral"),
    };
    checks.push(check);
}

/// Whether a file there can be made or changed; the nearest folder that exists is asked.
fn writable(file: &Path) -> Result<(), String> {
    let place = file.ancestors().find(|place| place.exists()).unwrap_or(Path::new("."));
    match place.metadata() {
        Ok(data) if place != file && !data.is_dir() => Err(format!("{} is not a folder", place.display())),
        Ok(data) if place == file && data.len() > 0 && !is_database(file) => Err("it is not a database".to_owned()),
        Ok(data) if data.permissions().readonly() => Err(format!("{} is read-only", place.display())),
        Ok(_) => rustix::fs::access(place, rustix::fs::Access::WRITE_OK)
            .map_err(|error| format!("{} cannot be written: {error}", place.display())),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether it begins as SQLite's files do.
fn is_database(file: &Path) -> bool {
    let mut begins = [0; 16];
    let read = std::fs::File::open(file).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut begins));
    read.is_ok() && begins == *b"SQLite format 3\0"
}

fn check_python(path: &str, checks: &mut Vec<Check>) {
    let python = std::env::split_paths(path).map(|folder| folder.join("python3")).find(|file| file.is_file());
    checks.push(match python {
        Some(python) => found("python3", &format!("{}: models can also come as packages", python.display())),
        None => optional("python3", "not found; only a second way to get models", "install python3 with pip"),
    });
}

fn leaves(config: &Config, answers: &str) -> Vec<String> {
    let mut lines = vec!["speech and sound: never, they are recognised and made here".to_owned()];
    let is_remote = answers.contains(" answers (") && !answers.starts_with("the offline concierge");
    let goes_where = if config.llm.base_url.contains("://127.") || answers.contains("runs here") {
        None
    } else {
        Some(config.llm.base_url.as_str())
    };
    lines.push(match (is_remote, goes_where) {
        (true, Some(place)) => format!("what you say as text: to the language model at {place}"),
        (true, None) => "what you say as text: no, the language model runs on this machine".to_owned(),
        (false, _) => "what you say as text: no".to_owned(),
    });
    lines.push(match config.models.offline || config.privacy.local_only {
        true => "downloads of models: switched off".to_owned(),
        false => "downloads of models: only when you agree".to_owned(),
    });
    lines
}

fn found(name: &str, detail: &str) -> Check {
    Check { name: name.to_owned(), state: State::Ok, detail: detail.to_owned(), todo: None }
}

fn missing(name: &str, detail: &str, todo: &str) -> Check {
    Check { name: name.to_owned(), state: State::Missing, detail: detail.to_owned(), todo: Some(todo.to_owned()) }
}

fn optional(name: &str, detail: &str, todo: &str) -> Check {
    Check { name: name.to_owned(), state: State::Optional, detail: detail.to_owned(), todo: Some(todo.to_owned()) }
}
