//! Where the input stands, and how a live source is laid along the session's time.
//!
//! Positions and time run together: a sample is heard when its position has come. A device whose clock runs fast, or that
//! gives its first second at once, is held back; one that falls behind is brought forward in a silence.

use std::collections::VecDeque;
use std::time::Duration;

use baton_types::{EAR_SAMPLE_RATE, Timestamp};

/// Samples of a live source that may wait for their time: 1 s. The oldest go first.
const WAITING_MAX: usize = EAR_SAMPLE_RATE as usize;

/// How far a live source may fall behind the clock before it is brought forward.
const BEHIND_MAX: Duration = Duration::from_millis(250);

/// Where the input stands.
pub(super) struct Input {
    /// What it is, for people.
    pub(super) name: String,
    pub(super) is_live: bool,
    /// The source said that it has ended.
    pub(super) ended: bool,
    pub(super) muted: bool,
    pub(super) stalled: bool,
    /// The detector hears voice.
    pub(super) is_voice: bool,
    pub(super) last_frame: Timestamp,
    waiting: VecDeque<f32>,
}

/// What of a live source is due.
pub(super) struct Due {
    /// The samples, in order.
    pub(super) samples: Vec<f32>,
    /// Milliseconds dropped because too much had come too early.
    pub(super) dropped: usize,
    /// The input is behind the clock and nobody speaks: the ear goes on at the present.
    pub(super) is_behind: bool,
}

impl Input {
    pub(super) fn new(name: String, is_live: bool) -> Self {
        let (ended, muted, stalled, is_voice) = (false, false, false, false);
        let last_frame = Timestamp::ZERO;
        Self { name, is_live, ended, muted, stalled, is_voice, last_frame, waiting: VecDeque::new() }
    }

    /// Takes what a live source gave.
    pub(super) fn wait(&mut self, samples: &[f32]) {
        self.waiting.extend(samples);
    }

    /// Forgets what waits: it was taken before a gap.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// What belongs before `now`, when the ear has heard up to `position`.
    pub(super) fn due(&mut self, now: Timestamp, position: Timestamp) -> Due {
        let room = now.to_samples(EAR_SAMPLE_RATE).saturating_sub(position.to_samples(EAR_SAMPLE_RATE));
        let take = self.waiting.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let mut samples: Vec<f32> = self.waiting.drain(..take).collect();
        if self.ended {
            // Silence follows the end, as behind a file, until everything is answered.
            samples.resize(usize::try_from(room).unwrap_or(0).max(samples.len()), 0.0);
        }
        let excess = self.waiting.len().saturating_sub(WAITING_MAX);
        self.waiting.drain(..excess);
        let is_quiet = !self.ended && !self.is_voice && !self.stalled && !self.muted && self.waiting.is_empty();
        let is_behind = is_quiet && now.since(position) > BEHIND_MAX;
        Due { samples, dropped: excess * 1_000 / EAR_SAMPLE_RATE as usize, is_behind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn sound_that_comes_early_waits_for_its_time() {
        let mut input = Input::new("microphone".to_owned(), true);
        input.wait(&[0.5; 16_000]);
        let due = input.due(at(100), at(40));
        assert_eq!((due.samples.len(), due.dropped, due.is_behind), (960, 0, false));
        assert_eq!(input.due(at(100), at(100)).samples.len(), 0);
    }

    #[test]
    fn silence_follows_the_end() {
        let mut input = Input::new("microphone".to_owned(), true);
        input.wait(&[0.5; 160]);
        input.ended = true;
        let due = input.due(at(120), at(100));
        assert_eq!((due.samples.len(), due.samples[159], due.samples[160]), (320, 0.5, 0.0));
    }

    #[test]
    fn more_than_a_second_ahead_is_dropped_and_counted() {
        let mut input = Input::new("microphone".to_owned(), true);
        input.wait(&vec![0.5; 40_000]);
        let due = input.due(at(0), at(0));
        assert_eq!((due.samples.len(), due.dropped), (0, 1_500));
    }

    #[test]
    fn a_source_that_falls_behind_is_brought_forward_in_a_silence_only() {
        let mut input = Input::new("microphone".to_owned(), true);
        assert!(input.due(at(1_000), at(700)).is_behind);
        input.is_voice = true;
        assert!(!input.due(at(1_000), at(700)).is_behind);
        input.is_voice = false;
        input.stalled = true;
        assert!(!input.due(at(1_000), at(700)).is_behind);
    }
}
