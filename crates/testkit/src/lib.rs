//! Fakes and conformance suites for the ports: engines that do as they are told, and what every implementation promises.
//!
//! An adapter's tests make the adapter, hand it over, and panic where a promise is broken. A suite knows no adapter and asks for nothing but the port;
//! what only one adapter promises (a file's permissions, a wire format) is tested beside that adapter.

pub mod fakes;
mod language_model;
mod speech;
mod store;

pub use language_model::language_model_conformance;
pub use speech::{stt_conformance, tts_conformance};
pub use store::store_conformance;
