//! Why Baton cannot start, with what to do about it.

use std::path::PathBuf;

/// Why something could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no folder for something that has to be kept.
    #[error("{0}")]
    NoFolder(String),
    /// A model is not there.
    #[error("{0}")]
    Model(#[from] baton_model_store::Error),
    /// A model is there and cannot be used.
    #[error(
        "the model `{model}` cannot be used: {message}; `baton models verify {model}` says more, `baton models pull {model}` mends it"
    )]
    ModelDamaged {
        /// The model.
        model: String,
        /// Why.
        message: String,
    },
    /// Nothing on this machine speaks.
    #[error(
        "there is no voice: pull one with `baton models pull {voice}`, or install a voice program (espeak-ng, flite)"
    )]
    NoVoice {
        /// The voice that could be pulled.
        voice: String,
    },
    /// The agent that is configured cannot answer.
    #[error("{0}")]
    Agent(String),
    /// The store of conversations cannot be used.
    #[error("the conversations at {} cannot be used: {message}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The machine gives no thread.
    #[error("the engines cannot be started: {0}")]
    Threads(std::io::Error),
}

impl StartError {
    /// Whether something is missing that `baton doctor` names, rather than broken.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Model(_) | Self::NoVoice { .. } | Self::NoFolder(_) | Self::ModelDamaged { .. } | Self::Agent(_) => {
                true
            }
            Self::Store { .. } | Self::Threads(_) => false,
        }
    }
}
