//! What happened in a world, call by call, as JSON lines that a person can read and a session can be replayed from.

use std::fmt::Write as _;

use baton_session::{Command, Config, FloorKind, Notice, Timer};
use baton_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::step::{Input, Step, Violation};

/// Version of the lines.
const VERSION: u32 = 1;

/// The calls of one world.
#[derive(Clone, Debug)]
pub struct Journal {
    /// The seed it came from.
    pub seed: u64,
    /// What the session was made with.
    pub config: Config,
    /// Every call in order.
    pub entries: Vec<Entry>,
}

/// One call and what came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The time passed in, in microseconds.
    pub at: Timestamp,
    /// What the machine was told.
    #[serde(flatten)]
    pub input: Input,
    /// What it wants done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Command>,
    /// What it told observers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// The floor after.
    pub floor: FloorKind,
    /// When it wants to be called again, and why.
    pub next: Option<(Timestamp, Timer)>,
}

/// The first line.
#[derive(Serialize)]
struct Head<'a> {
    version: u32,
    seed: u64,
    config: &'a Config,
}

impl Entry {
    pub(crate) fn of(step: &Step<'_>) -> Self {
        Self {
            at: step.given,
            input: step.input.clone(),
            commands: step.commands.to_vec(),
            notices: step.notices.to_vec(),
            floor: step.floor,
            next: step.next,
        }
    }
}

impl Journal {
    /// An empty journal.
    #[must_use]
    pub fn new(seed: u64, config: Config) -> Self {
        Self { seed, config, entries: Vec::new() }
    }

    /// The journal as lines: the configuration, every call, and what was violated.
    ///
    /// # Errors
    /// When a line cannot be written as JSON.
    pub fn lines(&self, violation: Option<&Violation>) -> Result<Vec<String>, serde_json::Error> {
        let mut lines = vec![serde_json::to_string(&Head { version: VERSION, seed: self.seed, config: &self.config })?];
        for entry in &self.entries {
            lines.push(serde_json::to_string(entry)?);
        }
        if let Some(violation) = violation {
            lines.push(serde_json::to_string(&serde_json::json!({
                "violation": violation.what,
                "invariant": violation.invariant,
                "at": violation.at,
            }))?);
        }
        Ok(lines)
    }

    /// The last calls for a person: seconds, floor, what came in, what came of it. Judged silence without consequence
    /// is left out.
    #[must_use]
    pub fn tail(&self, count: usize) -> String {
        let telling: Vec<_> = self.entries.iter().filter(|entry| !entry.is_idle()).collect();
        let mut text = String::new();
        for entry in &telling[telling.len().saturating_sub(count)..] {
            let _infallible =
                writeln!(text, "{:>10} {:<8} {}", entry.at, format!("{:?}", entry.floor), entry.outline());
        }
        text
    }
}

impl Entry {
    fn is_idle(&self) -> bool {
        matches!(&self.input, Input::Event { what: baton_session::Event::Heard { .. } })
            && self.commands.is_empty()
            && self.notices.is_empty()
    }

    fn outline(&self) -> String {
        let mut line = match &self.input {
            Input::Start => "start".to_owned(),
            Input::Event { what } => format!("{what:?}"),
            Input::Timeout { timer } => format!("!! {timer:?}"),
        };
        for command in &self.commands {
            let _infallible = write!(line, "\n{:>22}{command:?}", "-> ");
        }
        for notice in &self.notices {
            let _infallible = write!(line, "\n{:>22}{notice:?}", "* ");
        }
        line
    }
}
