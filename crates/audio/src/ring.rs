//! The last seconds of what the ear heard, addressed by position.
//!
//! A position counts samples at 16 kHz since the session began, the same for everybody. The recogniser takes
//! `from..upto`, usually with some pre-roll before the onset of speech, because a detector needs a moment to be sure.
//! The ring is bounded: the oldest samples go first, and a reading says what of the wanted is gone or not there yet.

use std::collections::VecDeque;

use baton_types::EAR_SAMPLE_RATE;

/// What a recogniser should get before the onset of speech: 500 ms. With less it loses first sounds.
pub const PRE_ROLL_SAMPLES: u64 = EAR_SAMPLE_RATE as u64 / 2;

/// A bounded memory of ear audio.
#[derive(Debug)]
pub struct EarRing {
    samples: VecDeque<f32>,
    len_max: usize,
    /// Position just behind the newest sample.
    end: u64,
}

/// What a reading gave, in positions; `from..upto` is what was read, empty when nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    /// Position of the first sample read.
    pub from: u64,
    /// Position just behind the last sample read.
    pub upto: u64,
    /// Wanted samples that the ring has dropped already.
    pub dropped: u64,
    /// Wanted samples that have not come yet.
    pub missing: u64,
}

impl EarRing {
    /// A ring that keeps the last `seconds`; 0 counts as 1. A minute takes 3.8 MB, used as it fills.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        let len_max = seconds.max(1) as usize * EAR_SAMPLE_RATE as usize;
        Self { samples: VecDeque::new(), len_max, end: 0 }
    }

    /// Position of the oldest sample that is kept.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.end - self.samples.len() as u64
    }

    /// Position just behind the newest sample.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Appends `samples`; the oldest make room.
    pub fn push(&mut self, samples: &[f32]) {
        self.end += samples.len() as u64;
        let kept = &samples[samples.len().saturating_sub(self.len_max)..];
        let excess = (self.samples.len() + kept.len()).saturating_sub(self.len_max);
        self.samples.drain(..excess);
        self.samples.extend(kept);
    }

    /// Appends a gap of `len` samples that never came, as silence; however long, it costs no more than the ring.
    pub fn push_gap(&mut self, len: u64) {
        let silence = len.min(self.len_max as u64) as usize;
        self.end += len;
        let excess = (self.samples.len() + silence).saturating_sub(self.len_max);
        self.samples.drain(..excess);
        self.samples.resize(self.samples.len() + silence, 0.0);
    }

    /// Appends to `out` what is there of positions `from..upto`, in order, and says what is not.
    pub fn read(&self, from: u64, upto: u64, out: &mut Vec<f32>) -> Excerpt {
        let upto = upto.max(from);
        let (start, end) = (self.start(), self.end);
        let first = from.clamp(start, end);
        let last = upto.clamp(first, end);
        let range = (first - start) as usize..(last - start) as usize;
        out.extend(self.samples.range(range));
        Excerpt {
            from: first,
            upto: last,
            dropped: start.min(upto).saturating_sub(from),
            missing: upto.saturating_sub(end.max(from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ring of one second that has heard `heard` samples, each of which is its own position.
    fn ring(heard: u64) -> EarRing {
        let mut ring = EarRing::new(1);
        let samples: Vec<f32> = (0..heard).map(|position| position as f32).collect();
        for piece in samples.chunks(700) {
            ring.push(piece);
        }
        ring
    }

    #[test]
    fn a_reading_says_what_is_dropped_and_what_is_missing() {
        let ring = ring(20_000);
        assert_eq!((ring.start(), ring.end()), (4_000, 20_000));
        let mut out = Vec::new();
        let excerpt = ring.read(3_000, 21_000, &mut out);
        assert_eq!(excerpt, Excerpt { from: 4_000, upto: 20_000, dropped: 1_000, missing: 1_000 });
        assert_eq!((out.len(), out[0], out[15_999]), (16_000, 4_000.0, 19_999.0));
        let gone = ring.read(100, 200, &mut Vec::new());
        assert_eq!(gone, Excerpt { from: 4_000, upto: 4_000, dropped: 100, missing: 0 });
        let ahead = ring.read(30_000, 30_010, &mut Vec::new());
        assert_eq!(ahead, Excerpt { from: 20_000, upto: 20_000, dropped: 0, missing: 10 });
    }

    #[test]
    fn a_gap_keeps_positions_and_reads_as_silence() {
        let mut ring = ring(100);
        ring.push_gap(50);
        ring.push(&[1.0]);
        let mut out = Vec::new();
        assert_eq!(ring.read(99, 151, &mut out).dropped, 0);
        assert_eq!((out[0], out[1], out[50], out[51]), (99.0, 0.0, 0.0, 1.0));
        ring.push_gap(u64::from(u32::MAX));
        assert_eq!(ring.end() - ring.start(), 16_000);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_stands_at_its_position(heard in 0u64..40_000, from in 0u64..50_000, len in 0u64..50_000) {
            let ring = ring(heard);
            let mut out = Vec::new();
            let excerpt = ring.read(from, from + len, &mut out);
            prop_assert_eq!(excerpt.upto - excerpt.from, out.len() as u64);
            prop_assert_eq!(out.len() as u64 + excerpt.dropped + excerpt.missing, len);
            for (sample, position) in out.iter().zip(excerpt.from..) {
                prop_assert_eq!(*sample, position as f32);
            }
        }
    }
}
