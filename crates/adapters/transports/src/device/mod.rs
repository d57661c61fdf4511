//! Microphone and loudspeaker through programs that the system already has.
//!
//! Nothing is linked: a child process (`pw-cat`, `parec`/`pacat`, `arecord`/`aplay`, or sox's `rec`/`play`) speaks raw
//! 16-bit mono PCM on a pipe, in its own process group, and is ended and reaped with the thing that owns it. What is
//! installed is found on the `PATH`; a program that ends at once without a sound is followed by the next one. What the
//! sound means is unknown here.
//!
//! For tests only, `BATON_TEST_CAPTURE` and `BATON_TEST_PLAYBACK` name programs to be used in place of all others.
//! They are called with the rate in Hz, the latency in milliseconds and, when one was chosen, the device.

mod child;
mod listing;
mod loudspeaker;
mod microphone;
mod program;

use std::time::Duration;

use baton_ports::ProviderError;
use baton_types::FaultCode;

pub use self::listing::{Device, Probe, probe, probe_in};
pub use self::loudspeaker::{LEAD_MAX, Loudspeaker};
pub use self::microphone::Microphone;
pub use self::program::{Direction, Environment, Program, ProgramKind};

/// How a device is opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The device by the name that the program knows it under; none for the system's default.
    pub device: Option<String>,
    /// How much sound the program may hold by itself; it is asked for, not enforced.
    pub latency: Duration,
    /// How long a program may give or take nothing before it counts as stalled.
    pub stall_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { device: None, latency: Duration::from_millis(40), stall_max: Duration::from_secs(3) }
    }
}

impl Options {
    /// The defaults with this device; an empty name is the system's default.
    #[must_use]
    pub fn device(name: &str) -> Self {
        let name = name.trim();
        Self { device: (!name.is_empty()).then(|| name.to_owned()), ..Self::default() }
    }
}

/// An error that says where to look further.
fn device_error(kind: FaultCode, message: impl Into<String>) -> ProviderError {
    ProviderError::new(kind, message).suggest("run `baton doctor` to see which devices and programs are there")
}
