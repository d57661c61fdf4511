//! What the command line uses of the adapters by itself: files and devices, the model store, the recogniser for files.
//!
//! The command line knows adapters only by way of this crate, so that what is built in is decided in one place.

pub use baton_model_store as model_store;
pub use baton_speech::whisper;
pub use baton_transports as transports;
