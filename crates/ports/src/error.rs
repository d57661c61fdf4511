//! How a provider fails.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use baton_types::{Fault, FaultCode};

/// A provider could not do what was asked. The closed `kind` is what callers act on; the text is for people.
#[derive(Debug)]
pub struct ProviderError {
    /// What kind of failure it is.
    pub kind: FaultCode,
    /// The cause as a lower-case fragment with the value that was wrong; never a secret.
    pub message: String,
    /// When the provider says to come back, where it says so.
    pub retry_after: Option<Duration>,
    /// What the person can do about it, most useful first.
    pub suggestions: Vec<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ProviderError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: FaultCode, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, suggestions: Vec::new(), source: None }
    }

    /// The same with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The same with a time to come back at.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// The same with one more suggestion.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestions.push(suggestion.into());
        self
    }

    /// The fault that a driver makes of it, once.
    #[must_use]
    pub fn to_fault(&self, operation: &str) -> Fault {
        let mut fault = Fault::new(operation, self.kind, self.message.clone());
        fault.suggestions.clone_from(&self.suggestions);
        fault
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ProviderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}
