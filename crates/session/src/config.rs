//! What a session is made with: every wait, limit, list and sentence, with the defaults of the product.
//!
//! Plain data that can be written to a journal and read back; nothing here decides anything. Waits are written as
//! whole milliseconds.

use std::collections::BTreeMap;
use std::time::Duration;

use baton_types::AgentName;
use serde::{Deserialize, Serialize};

use crate::command::OwnKind;
use crate::mutant::Mutant;
use crate::transcript::Transcript;
use crate::words::Words;

/// Everything a [`Session`](crate::Session) is made with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// How long everything is waited for.
    pub waits: Waits,
    /// How often things may happen.
    pub limits: Limits,
    /// Whether replies are spoken or written.
    pub modality: Modality,
    /// What the engines around the session can do.
    pub capabilities: Capabilities,
    /// The lists of the language spoken.
    pub words: Words,
    /// What Baton says by itself, several wordings each, used in turn; a kind without a wording stays silent.
    pub own: BTreeMap<OwnKind, Vec<String>>,
    /// Whether `start` says the greeting.
    pub greeting: bool,
    /// Whether the greeting is played to its end whatever the user says.
    pub uninterruptible_greeting: bool,
    /// Whether loudspeaker and microphone share a room: text that was just played is then no user's text, and
    /// during the first second of sound only words stop the mouth.
    pub echo: bool,
    /// Who answers when the router does not.
    pub agent: AgentName,
    /// What happens when the idle prompts went unanswered.
    pub idle_end: IdleEnd,
    /// What was said before this session, when a conversation goes on.
    pub transcript: Transcript,
    /// The guard that is switched off, to prove that a checker would notice.
    #[cfg(feature = "mutants")]
    pub mutant: Option<Mutant>,
}

impl Config {
    /// `condition`, unless the guard is switched off by a mutation run: then everything passes.
    #[cfg(feature = "mutants")]
    pub(crate) fn guard(&self, mutant: Mutant, condition: bool) -> bool {
        condition || self.mutant == Some(mutant)
    }

    /// `condition`; the name says which guard it is for mutation runs.
    #[cfg(not(feature = "mutants"))]
    #[expect(clippy::unused_self, reason = "the mutation build reads the switched-off guard from here")]
    pub(crate) const fn guard(&self, _mutant: Mutant, condition: bool) -> bool {
        condition
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            waits: Waits::default(),
            limits: Limits::default(),
            modality: Modality::Voice,
            capabilities: Capabilities::default(),
            words: Words::english(),
            own: BTreeMap::new(),
            greeting: false,
            uninterruptible_greeting: false,
            echo: false,
            agent: AgentName::from("host"),
            idle_end: IdleEnd::Close,
            transcript: Transcript::default(),
            #[cfg(feature = "mutants")]
            mutant: None,
        }
    }
}

/// Whether replies are spoken or written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Replies are spoken and count as delivered when heard.
    Voice,
    /// Replies are written and count as delivered when rendered; nothing is ever spoken.
    Text,
}

/// What happens when the idle prompts went unanswered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdleEnd {
    /// Say farewell and close.
    Close,
    /// Say nothing more until the user speaks.
    Sleep,
}

/// What the engines around the session can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// A predictor answers `PredictEndOfTurn`.
    pub predictor: bool,
    /// A voice detector reports speech; without one, words alone interrupt.
    pub detector: bool,
    /// The recogniser streams: partials come without being asked, so that a standstill of words means something.
    pub streaming: bool,
    /// The recogniser gives partial transcripts at all.
    pub partials: bool,
    /// Finalizing early costs little, so a guess is asked for at the first gap rather than when speech has stopped.
    pub cheap_finalize: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { predictor: true, detector: true, streaming: false, partials: true, cheap_finalize: true }
    }
}

macro_rules! waits {
    ($($(#[$doc:meta])* $name:ident = $millis:literal;)*) => {
        /// How long everything is waited for.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Waits {
            $($(#[$doc])* #[serde(with = "millis")] pub $name: Duration,)*
        }

        impl Default for Waits {
            fn default() -> Self {
                Self { $($name: Duration::from_millis($millis),)* }
            }
        }
    };
}

waits! {
    /// Silence behind the last voice after which speech has stopped.
    hang_over = 300;
    /// Endpoint behind that when the turn looks complete.
    complete = 200;
    /// Endpoint behind that when no predictor is configured.
    unknown = 400;
    /// Endpoint behind that while the prediction is pending or says unfinished.
    patience = 1_200;
    /// How long a final text is waited for after the end of a turn.
    final_wait = 1_500;
    /// Voice without a new word that ends a turn, with a streaming recogniser.
    standstill = 3_000;
    /// The longest turn.
    turn_cap = 60_000;
    /// From the first voice to a barge-in by a content word.
    barge_in = 350;
    /// From the end of voice without a content word to going on.
    resume = 200;
    /// The longest hold of a pause.
    hold_limit = 2_000;
    /// All holds of a reply that has not begun to sound, together.
    hold_sum = 3_000;
    /// A hold longer than this goes on at the beginning of the clause.
    restart_after = 1_000;
    /// How long a stopped playout may take to say what was heard.
    playout_wait = 200;
    /// Silence of the agent after which something is said.
    holding_phrase = 1_500;
    /// Longest wait for the next piece of text.
    first_token = 5_000;
    /// Longest wait for progress of sound that plays.
    stall = 2_000;
    /// Mutual quiet after which something owed may be said.
    quiet_gap = 1_500;
    /// Mutual quiet after which the user is asked.
    idle = 15_000;
    /// How long an unknown input holds the end of a turn.
    line_hold = 1_000;
    /// Sound kept from before the first voice.
    pre_roll = 500;
    /// A pause that freezes a segment.
    freeze = 600;
    /// The longest open segment.
    segment_max = 15_000;
    /// Sound of a reply up to which a grown turn cuts it and is answered again.
    reopen_audible = 1_000;
    /// Voice needed for a pause once a reply has been paused often.
    late_pause = 200;
    /// The stretch over which pauses and generations are counted.
    window = 10_000;
    /// Sound after which the echo canceller has settled.
    echo_settle = 1_000;
    /// How long after the last sample our own words may still come back.
    echo_tail = 1_000;
}

/// How often things may happen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Idle prompts before the end.
    pub idle_prompts: u32,
    /// Holds of a reply that has not begun to sound; after that many holds of a sounding one a pause needs more voice.
    pub holds_per_reply: u32,
    /// Pauses within the window.
    pub pauses: usize,
    /// Generations within the window where replies are spoken; written conversations are as fast as the writer.
    pub generations: usize,
    /// Clauses given to synthesis and not ready yet.
    pub speak_ahead: usize,
    /// Bytes of one reply's text; more ends the generation.
    pub reply_bytes: usize,
    /// Segments of one turn.
    pub segments: usize,
    /// Tool calls of one reply.
    pub tools: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_prompts: 2,
            holds_per_reply: 3,
            pauses: 3,
            generations: 4,
            speak_ahead: 8,
            reply_bytes: 64 * 1024,
            segments: 64,
            tools: 16,
        }
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_survives_the_journal() {
        let config = Config { greeting: true, ..Config::default() };
        let text = serde_json::to_string(&config).unwrap();
        assert!(text.contains("\"hang_over\":300"), "{text}");
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
        assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::default());
    }
}
