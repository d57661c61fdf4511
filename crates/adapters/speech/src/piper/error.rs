//! What can go wrong with a voice, in words that say which file and why.

use std::io;
use std::path::PathBuf;

/// A voice that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder holds no voice.
    #[error("no voice in {}: expected one file *.onnx and beside it *.onnx.json", .folder.display())]
    Missing {
        /// The folder that was looked in.
        folder: PathBuf,
    },
    /// A file is there (or should be) and cannot be read.
    #[error("{} is not readable", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The voice's configuration is cut, garbled, or describes another kind of voice.
    #[error("{} is not the configuration of an English Piper voice: {reason}", .path.display())]
    Config {
        /// The configuration file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The network's file is cut or garbled.
    #[error("{} is not a whole model: {reason}", .path.display())]
    Model {
        /// The model file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is whole, but it is not the network that can be run in two stages.
    #[error("{} is another network than expected: {reason}", .path.display())]
    Graph {
        /// The model file.
        path: PathBuf,
        /// What is missing or different.
        reason: String,
    },
}

/// A clause that was not spoken to its end.
#[derive(Debug, thiserror::Error)]
pub enum SynthesizeError {
    /// The caller asked to stop. Chunks given out before stay valid.
    #[error("cancelled")]
    Cancelled,
    /// The network failed.
    #[error("voice model failed: {reason}")]
    Model {
        /// What the runtime said.
        reason: String,
    },
    /// The network gave samples that are no numbers; none of them was given out.
    #[error("voice model gave samples that are not numbers")]
    NotFinite,
}
