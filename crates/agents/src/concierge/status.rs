//! What the concierge knows about the system it speaks for, and how it says it.

use std::time::Duration;

/// Facts about the running system. Every field is optional: what is not known is not said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The name the agent goes by; "Baton" if not given.
    pub agent: Option<String>,
    /// Version of the program ("0.1.0").
    pub version: Option<String>,
    /// The engine that recognizes speech, as a person would say it ("Whisper tiny").
    pub recognizer: Option<String>,
    /// The engine and voice that speak.
    pub voice: Option<String>,
    /// The voice activity detector.
    pub detector: Option<String>,
    /// The language model in use; `None` if there is none.
    pub language_model: Option<String>,
    /// Models that are loaded, by name.
    pub models_loaded: Vec<String>,
    /// How long the program has been running.
    pub uptime: Option<Duration>,
    /// How long this session has been going on.
    pub session: Option<Duration>,
    /// Turns the person has taken in this session.
    pub turns: Option<u32>,
    /// Whether anything leaves this machine; `Some(false)` if all is local.
    pub leaves_machine: Option<bool>,
    /// What is wrong at the moment, one short phrase each.
    pub faults: Vec<String>,
}

impl Status {
    /// What of the status `words` ask for; all of it if they ask for nothing particular or for what is not known.
    pub(super) fn asked(&self, name: &str, words: &[&str]) -> String {
        let asks = |list: &str| words.iter().any(|word| list.split_whitespace().any(|entry| entry == *word));
        let part = if asks(
            "talked talking conversation session turns asked said messages questions chat chatting speaking exchanges things",
        ) {
            self.session_text()
        } else if asks("uptime up started start long when since boot booted awake around") {
            self.uptime_text()
        } else if asks(
            "sent send sending leave leaves upload uploaded uploading recorded recording record stored store storing private privacy share shared safe secure kept",
        ) {
            Some(self.privacy_text())
        } else if asks("version") {
            self.version.as_ref().map(|version| format!("This is {name}, version {version}."))
        } else if asks(
            "engine engines model models voice voices recognizer recognition stt tts vad detector llm brain whisper piper silero transcription",
        ) {
            let engines = [self.engines_text(), Some(self.model_text()), self.loaded_text()];
            Some(engines.into_iter().flatten().collect::<Vec<_>>().join(" "))
        } else {
            None
        };
        part.unwrap_or_else(|| self.spoken(name))
    }

    /// The status in a few sentences.
    fn spoken(&self, name: &str) -> String {
        let state = if self.faults.is_empty() {
            format!(
                "{name} is running{}.",
                self.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default()
            )
        } else {
            format!("{name} is running, but something is wrong: {}.", joined(&self.faults))
        };
        let local = (self.leaves_machine == Some(false)).then(|| "Nothing leaves this machine.".to_owned());
        let parts = [
            Some(state),
            self.engines_text(),
            Some(self.model_text()),
            self.loaded_text(),
            local,
            self.uptime_text(),
            self.session_text(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn engines_text(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(self.recognizer.as_ref().map(|engine| format!("{engine} listens")));
        parts.extend(self.voice.as_ref().map(|engine| format!("{engine} speaks")));
        parts.extend(self.detector.as_ref().map(|engine| format!("{engine} tells speech from silence")));
        (!parts.is_empty()).then(|| format!("{}.", super::capitalized(&joined(&parts))))
    }

    fn model_text(&self) -> String {
        match &self.language_model {
            Some(model) => format!("The language model is {model}."),
            None => "No language model is connected; the offline concierge answers.".to_owned(),
        }
    }

    fn loaded_text(&self) -> Option<String> {
        (!self.models_loaded.is_empty()).then(|| format!("Loaded: {}.", joined(&self.models_loaded)))
    }

    fn privacy_text(&self) -> String {
        let text = match self.leaves_machine {
            Some(false) => "Nothing leaves this machine.",
            Some(true) => "What you say may leave this machine, for the services that are configured.",
            None => "I don't know that from here. The command baton doctor lists what leaves this machine.",
        };
        text.to_owned()
    }

    fn uptime_text(&self) -> Option<String> {
        self.uptime.map(|uptime| format!("I've been up for {}.", duration(uptime)))
    }

    fn session_text(&self) -> Option<String> {
        let turns = self.turns.map(|turns| format!("{turns} {}", if turns == 1 { "turn" } else { "turns" }));
        match (self.session, turns) {
            (Some(session), Some(turns)) => {
                Some(format!("We've been talking for {}, with {turns} of yours.", duration(session)))
            }
            (Some(session), None) => Some(format!("We've been talking for {}.", duration(session))),
            (None, Some(turns)) => Some(format!("You have taken {turns}.")),
            (None, None) => None,
        }
    }
}

/// "a, b and c".
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A duration in its one or two largest units.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let count = |amount: u64, unit: &str| format!("{amount} {unit}{}", if amount == 1 { "" } else { "s" });
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            count(large, large_unit)
        } else {
            format!("{} and {}", count(large, large_unit), count(small, small_unit))
        }
    };
    match seconds {
        0..60 => count(seconds, "second"),
        60..3_600 => count(seconds / 60, "minute"),
        3_600..86_400 => two(seconds / 3_600, "hour", seconds % 3_600 / 60, "minute"),
        _ => two(seconds / 86_400, "day", seconds % 86_400 / 3_600, "hour"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_said() {
        assert_eq!(
            Status::default().spoken("Baton"),
            "Baton is running. No language model is connected; the offline concierge answers."
        );
        let full = Status {
            version: Some("1.2.3".to_owned()),
            recognizer: Some("Whisper".to_owned()),
            voice: Some("Piper".to_owned()),
            detector: Some("Silero".to_owned()),
            language_model: Some("a local one".to_owned()),
            models_loaded: vec!["tiny".to_owned(), "joe".to_owned()],
            uptime: Some(Duration::from_secs(3_720)),
            session: Some(Duration::from_secs(61)),
            turns: Some(1),
            leaves_machine: Some(false),
            ..Status::default()
        };
        assert_eq!(
            full.spoken("Baton"),
            "Baton is running, version 1.2.3. Whisper listens, Piper speaks and Silero tells speech from silence. The language model is a local one. \
             Loaded: tiny and joe. Nothing leaves this machine. I've been up for 1 hour and 2 minutes. We've been talking for 1 minute, with 1 turn of yours."
        );
    }

    #[test]
    fn a_question_about_one_thing_gets_that_thing() {
        let status = Status {
            version: Some("1.2.3".to_owned()),
            recognizer: Some("Whisper".to_owned()),
            uptime: Some(Duration::from_secs(60)),
            turns: Some(2),
            ..Status::default()
        };
        let asked = |text: &str| status.asked("Baton", &text.split(' ').collect::<Vec<_>>());
        assert_eq!(asked("how long have you been up"), "I've been up for 1 minute.");
        assert_eq!(asked("how many turns"), "You have taken 2 turns.");
        assert_eq!(asked("which version"), "This is Baton, version 1.2.3.");
        assert_eq!(
            asked("which engine"),
            "Whisper listens. No language model is connected; the offline concierge answers."
        );
        assert!(asked("is it recorded").starts_with("I don't know"));
        assert_eq!(
            Status { leaves_machine: Some(false), ..Status::default() }.asked("Baton", &["private"]),
            "Nothing leaves this machine."
        );
        assert!(
            Status { leaves_machine: Some(true), ..Status::default() }
                .asked("Baton", &["private"])
                .contains("may leave")
        );
        assert!(asked("status").starts_with("Baton is running, version 1.2.3."));
        assert!(Status::default().asked("Baton", &["uptime"]).starts_with("Baton is running."));
    }

    #[test]
    fn faults_come_first() {
        let status = Status {
            faults: vec!["the microphone is gone".to_owned()],
            turns: Some(3),
            session: None,
            ..Status::default()
        };
        assert!(
            status.spoken("Baton").starts_with("Baton is running, but something is wrong: the microphone is gone.")
        );
        assert!(status.spoken("Baton").ends_with("You have taken 3 turns."));
        let status = Status { session: Some(Duration::from_secs(1)), ..Status::default() };
        assert!(status.spoken("Baton").ends_with("We've been talking for 1 second."));
    }

    #[test]
    fn durations_have_two_units_at_most() {
        assert_eq!(duration(Duration::from_secs(7_200)), "2 hours");
        assert_eq!(duration(Duration::from_secs(90_000)), "1 day and 1 hour");
        assert_eq!(joined(&[]), "");
    }
}
