//! Pieces of any length become frames of one length.
//!
//! Used for the ear's 20 ms frames and for a detector's windows. A piece may be empty, one sample or ten seconds;
//! nothing is lost, repeated or reordered. Time is unknown here: frame `k` holds samples `k * len .. (k + 1) * len`.

use baton_types::EAR_FRAME_SAMPLES;

/// Cuts one stream of samples into frames.
#[derive(Debug)]
pub struct Frames {
    len: usize,
    rest: Vec<f32>,
}

impl Frames {
    /// Frames of `len` samples; 0 counts as 1.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let len = len.max(1);
        Self { len, rest: Vec::with_capacity(len) }
    }

    /// The ear's frames: 20 ms, 320 samples at 16 kHz.
    #[must_use]
    pub fn ear() -> Self {
        Self::new(EAR_FRAME_SAMPLES)
    }

    /// Samples of one frame.
    #[must_use]
    pub const fn frame_len(&self) -> usize {
        self.len
    }

    /// Samples that wait for the rest of their frame; always less than a frame.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.rest.len()
    }

    /// Takes `samples` and hands every frame that is full to `sink`, in order.
    pub fn push(&mut self, mut samples: &[f32], mut sink: impl FnMut(&[f32])) {
        if !self.rest.is_empty() {
            let taken = samples.len().min(self.len - self.rest.len());
            self.rest.extend_from_slice(&samples[..taken]);
            samples = &samples[taken..];
            if self.rest.len() < self.len {
                return;
            }
            sink(&self.rest);
            self.rest.clear();
        }
        let frames = samples.chunks_exact(self.len);
        self.rest.extend_from_slice(frames.remainder());
        frames.for_each(sink);
    }

    /// Ends the stream: fills a begun frame with silence, hands it to `sink`, and returns how many samples of it
    /// are filling (0 when no frame was begun).
    pub fn flush(&mut self, sink: impl FnOnce(&[f32])) -> usize {
        if self.rest.is_empty() {
            return 0;
        }
        let filling = self.len - self.rest.len();
        self.rest.resize(self.len, 0.0);
        sink(&self.rest);
        self.rest.clear();
        filling
    }

    /// Forgets a begun frame, as after a gap in the stream, and returns how many samples that loses.
    pub fn reset(&mut self) -> usize {
        let lost = self.rest.len();
        self.rest.clear();
        lost
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_cutting_gives_the_same_frames(cuts in prop::collection::vec(0usize..2_000, 0..20), len in 0usize..700) {
            let total: usize = cuts.iter().sum();
            let stream: Vec<f32> = (0..total).map(|k| k as f32).collect();
            let mut frames = Frames::new(len);
            let (mut seen, mut at) = (Vec::new(), 0);
            for cut in cuts {
                frames.push(&stream[at..at + cut], |frame| {
                    assert_eq!(frame.len(), len.max(1));
                    seen.extend_from_slice(frame);
                });
                at += cut;
            }
            prop_assert_eq!(seen.len() + frames.waiting(), total);
            let filling = frames.flush(|frame| seen.extend_from_slice(frame));
            prop_assert_eq!(&seen[..total], &stream[..]);
            prop_assert_eq!(seen.len(), total + filling);
            prop_assert!(seen[total..].iter().all(|&sample| sample == 0.0));
        }
    }

    #[test]
    fn the_ears_frames_last_20_ms_and_no_frame_is_empty() {
        assert_eq!(Frames::ear().frame_len() * 1_000, 20 * baton_types::EAR_SAMPLE_RATE as usize);
        assert_eq!(Frames::new(0).frame_len(), 1);
    }

    #[test]
    fn a_reset_loses_only_the_begun_frame() {
        let mut frames = Frames::ear();
        let mut count = 0;
        frames.push(&[0.5; 330], |_| count += 1);
        assert_eq!((count, frames.reset()), (1, 10));
        assert_eq!(frames.flush(|_| count += 1), 0);
        assert_eq!(count, 1);
    }
}
