//! Speech engines behind the ports: voice activity, recognition, synthesis.
//!
//! Engines (`vad`, `whisper`, `piper`) compute on the thread that calls them and know no queue; `recognizer` and `voice`
//! put them behind their ports, with a `pool` of threads between. `system_voice` runs a program of the machine instead.
//! Nothing here fetches a model or decides what is said.

pub mod piper;
pub mod pool;
pub mod recognizer;
pub mod system_voice;
pub mod vad;
pub mod voice;
pub mod whisper;
