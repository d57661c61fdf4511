//! Where loudspeaker and microphone share a room: our own voice is taken out of what the microphone hears.
//!
//! The reference is what leaves for the loudspeaker, after pauses and underruns, tick by tick; the capture is what the
//! microphone brought. Both are cut into the canceller's 10 ms frames here.

use baton_audio::echo::{ECHO_FRAME, EchoCanceller};
use baton_audio::frames::Frames;
use baton_audio::resample::Resampler;
use baton_types::EAR_SAMPLE_RATE;

/// The canceller of one session.
pub struct EchoStage {
    canceller: EchoCanceller,
    to_ear: Option<Resampler>,
    reference: Frames,
    capture: Frames,
}

impl EchoStage {
    /// A stage for a loudspeaker that is fed at `rate` samples a second.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self {
            canceller: EchoCanceller::new(),
            // A rate that cannot be converted means no reference, and the capture passes as it is.
            to_ear: Resampler::new(rate, EAR_SAMPLE_RATE).ok(),
            reference: Frames::new(ECHO_FRAME),
            capture: Frames::new(ECHO_FRAME),
        }
    }

    /// Takes what left for the loudspeaker.
    pub fn played(&mut self, samples: &[f32]) {
        let Some(to_ear) = &mut self.to_ear else { return };
        let mut converted = Vec::with_capacity(samples.len());
        to_ear.push(samples, &mut converted);
        let canceller = &mut self.canceller;
        self.reference.push(&converted, |frame| {
            if let Ok(frame) = frame.try_into() {
                canceller.reference(frame);
            }
        });
    }

    /// Takes what the microphone heard and gives it back without our own voice, up to 10 ms later.
    pub fn heard(&mut self, samples: &[f32]) -> Vec<f32> {
        let mut cleaned = Vec::with_capacity(samples.len() + ECHO_FRAME);
        let canceller = &mut self.canceller;
        self.capture.push(samples, |frame| {
            if let Ok(frame) = frame.try_into() {
                cleaned.extend_from_slice(&canceller.clean(frame));
            }
        });
        cleaned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_voice_is_taken_out() {
        let mut stage = EchoStage::new(EAR_SAMPLE_RATE);
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        let mut delayed = std::collections::VecDeque::from(vec![0.0; 640]);
        let (mut before, mut after) = (0.0_f64, 0.0_f64);
        for tick in 0..300 {
            let played: Vec<f32> = (0..320).map(|_| noise() * 0.2).collect();
            delayed.extend(&played);
            let echo: Vec<f32> = (0..320).map(|_| delayed.pop_front().unwrap_or(0.0) * 0.5).collect();
            stage.played(&played);
            let cleaned = stage.heard(&echo);
            if tick > 200 {
                before += echo.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
                after += cleaned.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
            }
        }
        assert!(after < before / 100.0, "less than 20 dB: {before} -> {after}");
    }
}
