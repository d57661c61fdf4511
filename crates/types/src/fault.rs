//! What went wrong, told so that a person, a log and a machine can each use it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad it is for the person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing, nothing is lost.
    Info,
    /// Something is worse than it should be; the conversation goes on.
    Warning,
    /// One thing failed; the conversation goes on without it.
    Error,
    /// The session cannot go on.
    Critical,
}

/// The closed list of causes that code acts on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// Nothing answers there.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// It refused for now because of too many requests.
    RateLimited,
    /// It refused the key, or there is none.
    Unauthorized,
    /// It answered in a way that makes no sense.
    Garbled,
    /// It stopped before the end.
    Interrupted,
    /// The request itself was refused as wrong.
    Rejected,
    /// Something needed is not there: a file, a model, a program, a device.
    Missing,
    /// Something is there and damaged.
    Damaged,
    /// A limit of ours was reached.
    LimitReached,
    /// A broken assumption of our own.
    Internal,
}

impl FaultCode {
    /// The code as it stands in JSON and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::RateLimited => "rate_limited",
            Self::Unauthorized => "unauthorized",
            Self::Garbled => "garbled",
            Self::Interrupted => "interrupted",
            Self::Rejected => "rejected",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::LimitReached => "limit_reached",
            Self::Internal => "internal",
        }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut | Self::RateLimited | Self::Garbled | Self::Interrupted => true,
            Self::Unauthorized
            | Self::Rejected
            | Self::Missing
            | Self::Damaged
            | Self::LimitReached
            | Self::Internal => false,
        }
    }
}

/// One fault, as it is logged, shown and, where the person would notice, spoken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// What was being done: `recognize`, `generate`, `synthesize`, `play`, `store`, ...
    pub operation: String,
    /// What kind of thing went wrong.
    pub code: FaultCode,
    /// The cause as a lower-case fragment with the value that was wrong; never a secret, never what the user said.
    pub cause: String,
    /// One plain sentence that may be spoken; empty when nothing needs to be said.
    pub message: String,
    /// What the person can do next, most useful first.
    pub suggestions: Vec<String>,
}

impl Fault {
    /// A fault of severity *error* without a spoken sentence.
    #[must_use]
    pub fn new(operation: impl Into<String>, code: FaultCode, cause: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            operation: operation.into(),
            code,
            cause: cause.into(),
            message: String::new(),
            suggestions: Vec::new(),
        }
    }

    /// The same with another severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same with a sentence that may be spoken.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with one more suggestion.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestions.push(suggestion.into());
        self
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.code.is_retryable()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed ({}): {}", self.operation, self.code.as_str(), self.cause)?;
        for suggestion in &self.suggestions {
            write!(f, "; {suggestion}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [FaultCode; 11] = [
        FaultCode::Unreachable,
        FaultCode::TimedOut,
        FaultCode::RateLimited,
        FaultCode::Unauthorized,
        FaultCode::Garbled,
        FaultCode::Interrupted,
        FaultCode::Rejected,
        FaultCode::Missing,
        FaultCode::Damaged,
        FaultCode::LimitReached,
        FaultCode::Internal,
    ];

    #[test]
    fn codes_are_written_the_same_in_json_and_in_logs() {
        for code in CODES {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{}\"", code.as_str()));
        }
    }

    #[test]
    fn only_passing_causes_are_retryable() {
        let retryable: Vec<_> = CODES.into_iter().filter(|code| code.is_retryable()).collect();
        assert_eq!(retryable, CODES[..3].iter().chain(&CODES[4..6]).copied().collect::<Vec<_>>());
        assert!(Fault::new("generate", FaultCode::TimedOut, "no token for 5 s").is_retryable());
    }

    #[test]
    fn a_fault_reads_well_in_a_log() {
        let fault = Fault::new("generate", FaultCode::Unauthorized, "the key in OPENAI_API_KEY was refused")
            .with_severity(Severity::Critical)
            .with_message("I can't reach my language model.")
            .suggest("set OPENAI_API_KEY");
        assert_eq!(
            fault.to_string(),
            "generate failed (unauthorized): the key in OPENAI_API_KEY was refused; set OPENAI_API_KEY"
        );
        assert_eq!(fault.severity, Severity::Critical);
        assert_eq!(fault.message, "I can't reach my language model.");
    }
}
