//! Voice activity: how probable it is that a window of sound holds voice.
//!
//! Two engines stand behind `baton_ports::VadEngine`: [`SileroEngine`] where its weights are there, [`EarshotEngine`]
//! (its model is part of the program) where they are not. Both are plain computation of some microseconds a window and
//! run on the thread that calls them. What the probabilities mean is decided in `baton_audio::detector`, which is
//! configured with the engine's window and thresholds.

mod earshot;
mod onnx;
mod silero;

pub use self::earshot::EarshotEngine;
pub use self::silero::{SILERO_FILE, SileroEngine};
