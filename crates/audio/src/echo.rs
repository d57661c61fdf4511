//! Takes our own loudspeaker out of what the microphone hears.
//!
//! A thin layer over `sonora` (WebRTC's third echo canceller) at the ear's rate. Whoever has a loudspeaker beside a
//! microphone gives it, frame by frame in the order of capture, what left the loudspeaker ([`EchoCanceller::reference`],
//! after volume and underruns) and what the microphone took ([`EchoCanceller::clean`]). It finds the delay between
//! the two itself. On a headset, in a file or on a line there is no echo: use none there.
//!
//! The canceller underneath loses an echo that is back within 2 ms, which happens where a device reports no delay of
//! its own; so the microphone is held back by 4 ms here, and what comes out is that much behind.
//!
//! The filter has settled after about a second: interruptions before that are not to be believed. While both sides
//! talk the near voice comes through about 6 dB weaker.

use baton_types::EAR_SAMPLE_RATE;
use sonora::config::EchoCanceller as Canceller;
use sonora::{AudioProcessing, Config, StreamConfig};

/// Samples of one frame of the canceller: 10 ms.
pub const ECHO_FRAME: usize = EAR_SAMPLE_RATE as usize / 100;

/// Samples that the microphone is held back by: one block of the canceller, 4 ms. Measured in a simulated room: at
/// delays up to 2 ms 3 to 8 dB of the echo go, from 3 ms on 30 to 38 dB.
const HELD: usize = 64;

/// The echo canceller of one loudspeaker and microphone.
pub struct EchoCanceller {
    processing: AudioProcessing,
    /// The microphone's last samples, not cleaned yet.
    held: [f32; HELD],
    /// What `sonora` writes where its output is not wanted.
    unused: [f32; ECHO_FRAME],
}

impl std::fmt::Debug for EchoCanceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EchoCanceller").finish_non_exhaustive()
    }
}

impl Default for EchoCanceller {
    fn default() -> Self {
        Self::new()
    }
}

impl EchoCanceller {
    /// A canceller that has heard nothing.
    #[must_use]
    pub fn new() -> Self {
        let config = Config { echo_canceller: Some(Canceller::default()), ..Config::default() };
        let stream = StreamConfig::new(EAR_SAMPLE_RATE, 1);
        let processing = AudioProcessing::builder().config(config).capture_config(stream).render_config(stream).build();
        Self { processing, held: [0.0; HELD], unused: [0.0; ECHO_FRAME] }
    }

    /// Takes 10 ms that left the loudspeaker; silence counts too. Comes before the capture of the same moment.
    pub fn reference(&mut self, frame: &[f32; ECHO_FRAME]) {
        let frame = tame(frame);
        self.processing
            .process_render_f32(&[&frame], &mut [&mut self.unused])
            .expect("one channel of 10 ms at a rate that it was built for");
    }

    /// Takes 10 ms of the microphone and gives 10 ms without the loudspeaker, 4 ms behind, within full scale.
    #[must_use]
    pub fn clean(&mut self, frame: &[f32; ECHO_FRAME]) -> [f32; ECHO_FRAME] {
        let frame = tame(frame);
        let mut late = [0.0; ECHO_FRAME];
        let (now, next) = frame.split_at(ECHO_FRAME - HELD);
        late[..HELD].copy_from_slice(&self.held);
        late[HELD..].copy_from_slice(now);
        self.held.copy_from_slice(next);
        let mut out = [0.0; ECHO_FRAME];
        self.processing
            .process_capture_f32(&[&late], &mut [&mut out])
            .expect("one channel of 10 ms at a rate that it was built for");
        tame(&out)
    }

    /// How long the sound takes from the loudspeaker to the microphone, in ms, as far as it is known; to about 4 ms.
    #[must_use]
    pub fn delay_ms(&self) -> Option<u32> {
        let held_ms = HELD as u32 * 1_000 / EAR_SAMPLE_RATE;
        let found = self.processing.statistics().delay_ms.and_then(|delay| u32::try_from(delay).ok());
        found.map(|delay| delay.saturating_sub(held_ms))
    }
}

/// `frame` within full scale, what is no number as silence: one NaN would stay in the filter for good.
fn tame(frame: &[f32; ECHO_FRAME]) -> [f32; ECHO_FRAME] {
    frame.map(|sample| if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) })
}
