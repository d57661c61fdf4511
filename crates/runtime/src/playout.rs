//! The one owner of what leaves the loudspeaker: clauses in, samples and positions out.
//!
//! A reply is a row of clauses; each gets its sound piece by piece while earlier ones play. [`Playout::pull`] is
//! called for every stretch of time that passes and always fills it: with sound, or with silence where there is
//! nothing to play, a reply is paused or the next clause is late. Positions count samples of the reply that really
//! left, so that a pause, an underrun or a slow voice never shifts what counts as heard. It knows no device, no clock
//! and no session; the driver writes what it pulls and reports what it says.

use std::collections::VecDeque;

use baton_types::{ClauseId, ReplyId};

/// Milliseconds of reply between two progress reports.
const PROGRESS_EVERY_MS: u64 = 100;

/// What a clause whose sound is not there yet is taken to last.
const CLAUSE_GUESS_MS: u64 = 1_500;

/// How fast a broken-off sound falls to silence: to a thousandth in about 3 ms at 22,050 Hz. A hard edge clicks.
const RELEASE_PER_SAMPLE: f32 = 0.9;

/// The most sound kept for one reply, in seconds; what comes beyond is dropped and counted.
const REPLY_SECONDS_MAX: u64 = 600;

/// What playing led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlayoutEvent {
    /// The first sample of a reply has left.
    Started {
        /// The reply.
        reply: ReplyId,
    },
    /// So much of the reply has left.
    Progress {
        /// The reply.
        reply: ReplyId,
        /// Milliseconds of its sound.
        played_ms: u64,
    },
    /// Everything asked for so far has left.
    Ended {
        /// The reply.
        reply: ReplyId,
    },
}

/// The queue of sound of one session.
#[derive(Debug)]
pub struct Playout {
    rate: u32,
    /// Samples between `pull` and the ear of the listener.
    latency: u64,
    tracks: VecDeque<Track>,
    /// The last sample that left, for the release of a broken-off sound.
    last: f32,
    dropped: u64,
}

#[derive(Debug)]
struct Track {
    reply: ReplyId,
    clauses: Vec<Clause>,
    /// The clause being played.
    at: usize,
    /// Samples of that clause that have left.
    offset: usize,
    /// Samples of the clauses before it.
    done: u64,
    paused: bool,
    started: bool,
    /// `Ended` was reported and no clause came since.
    ended: bool,
    /// Samples of silence since the last sound left, while the far end still plays it.
    drained: u64,
    reported_ms: u64,
}

#[derive(Debug)]
struct Clause {
    id: ClauseId,
    samples: Vec<f32>,
    complete: bool,
}

impl Playout {
    /// A queue at `rate` samples a second whose sound is heard `latency_ms` after it is pulled.
    #[must_use]
    pub fn new(rate: u32, latency_ms: u64) -> Self {
        Self { rate, latency: latency_ms * u64::from(rate) / 1_000, tracks: VecDeque::new(), last: 0.0, dropped: 0 }
    }

    /// Samples a second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Puts a clause behind what the reply has; its sound follows by [`Playout::audio`].
    pub fn speak(&mut self, reply: ReplyId, clause: ClauseId) {
        let track = match self.tracks.iter_mut().position(|track| track.reply == reply) {
            Some(index) => &mut self.tracks[index],
            None => {
                self.tracks.push_back(Track::new(reply));
                let newest = self.tracks.len() - 1;
                &mut self.tracks[newest]
            }
        };
        track.ended = false;
        track.drained = 0;
        track.clauses.push(Clause { id: clause, samples: Vec::new(), complete: false });
    }

    /// Adds sound to a clause; ignored where the clause is not waited for.
    pub fn audio(&mut self, reply: ReplyId, clause: ClauseId, samples: &[f32]) {
        let room = REPLY_SECONDS_MAX * u64::from(self.rate);
        let Some(track) = self.track(reply) else { return };
        let held: usize = track.clauses.iter().map(|clause| clause.samples.len()).sum();
        let take = samples.len().min(usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(held));
        if let Some(clause) = track.clauses.iter_mut().find(|known| known.id == clause && !known.complete) {
            clause.samples.extend(samples[..take].iter().map(|sample| finite(*sample)));
        }
        self.dropped += (samples.len() - take) as u64;
    }

    /// Nothing more comes for this clause. Answers the length of its sound in milliseconds.
    pub fn complete(&mut self, reply: ReplyId, clause: ClauseId) -> Option<u64> {
        let rate = u64::from(self.rate);
        let clause = self.track(reply)?.clauses.iter_mut().find(|known| known.id == clause)?;
        clause.complete = true;
        Some(clause.samples.len() as u64 * 1_000 / rate)
    }

    /// Lets nothing more of the reply leave and keeps the place, also before its first sample.
    pub fn pause(&mut self, reply: ReplyId) {
        if self.track(reply).is_none() {
            self.tracks.push_back(Track::new(reply));
        }
        if let Some(track) = self.track(reply) {
            track.paused = true;
        }
    }

    /// Goes on, at the same sample or at the beginning of a clause that has not been passed.
    pub fn resume(&mut self, reply: ReplyId, clause: Option<ClauseId>) {
        let rate = u64::from(self.rate);
        let Some(track) = self.track(reply) else { return };
        track.paused = false;
        if let Some(clause) = clause
            && track.clauses.get(track.at).is_some_and(|current| current.id == clause)
        {
            track.offset = 0;
            // Playing the clause again is progress again.
            track.reported_ms = track.reported_ms.min(track.done * 1_000 / rate);
        }
    }

    /// Forgets the reply; answers how many milliseconds of it were heard, `None` where nothing of it was known.
    pub fn cancel(&mut self, reply: ReplyId) -> Option<u64> {
        let index = self.tracks.iter().position(|track| track.reply == reply)?;
        let heard = self.tracks[index].heard(self.latency);
        let played_ms = self.millis(heard);
        self.tracks.remove(index);
        Some(played_ms)
    }

    /// About how many milliseconds pass before a clause put behind the reply now would be heard: the sound that waits,
    /// and a guess for each clause whose sound is not there.
    #[must_use]
    pub fn ahead_ms(&self, reply: ReplyId) -> u64 {
        let Some(track) = self.tracks.iter().find(|track| track.reply == reply) else { return 0 };
        let waiting = &track.clauses[track.at.min(track.clauses.len())..];
        let samples: usize = waiting.iter().map(|clause| clause.samples.len()).sum();
        let unknown = waiting.iter().filter(|clause| !clause.complete).count() as u64;
        self.millis(samples.saturating_sub(track.offset) as u64) + unknown * CLAUSE_GUESS_MS
    }

    /// Whether nothing is queued, playing or still on its way to the listener.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.tracks.iter().all(|track| track.ended)
    }

    /// Samples dropped because a reply grew beyond its limit.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Fills `out` with what leaves next and says what that led to.
    pub fn pull(&mut self, out: &mut [f32], events: &mut Vec<PlayoutEvent>) {
        let mut filled = 0;
        while filled < out.len() {
            self.forget_ended();
            let Some(track) = self.tracks.front_mut() else { break };
            let taken = track.take(&mut out[filled..]);
            if taken == 0 {
                break;
            }
            if !track.started {
                track.started = true;
                events.push(PlayoutEvent::Started { reply: track.reply });
            }
            track.drained = 0;
            filled += taken;
            self.last = out[filled - 1];
        }
        for sample in &mut out[filled..] {
            self.last *= RELEASE_PER_SAMPLE;
            if self.last.abs() < 1e-4 {
                self.last = 0.0;
            }
            *sample = self.last;
        }
        let silent = (out.len() - filled) as u64;
        self.report(silent, events);
    }

    fn report(&mut self, silent: u64, events: &mut Vec<PlayoutEvent>) {
        let (rate, latency) = (u64::from(self.rate), self.latency);
        let Some(track) = self.tracks.front_mut() else { return };
        if track.started && !track.ended {
            track.drained += silent;
            let played_ms = track.heard(latency) * 1_000 / rate;
            if played_ms >= track.reported_ms + PROGRESS_EVERY_MS {
                track.reported_ms = played_ms;
                events.push(PlayoutEvent::Progress { reply: track.reply, played_ms });
            }
        }
        let nothing_left = track.at >= track.clauses.len() && !track.clauses.is_empty();
        if nothing_left && !track.ended && !track.paused && track.drained >= latency {
            let played_ms = track.position() * 1_000 / rate;
            if track.started && played_ms > track.reported_ms {
                events.push(PlayoutEvent::Progress { reply: track.reply, played_ms });
                track.reported_ms = played_ms;
            }
            track.ended = true;
            events.push(PlayoutEvent::Ended { reply: track.reply });
        }
    }

    /// A track that has ended waits for more clauses only until another reply wants to speak.
    fn forget_ended(&mut self) {
        while self.tracks.len() > 1 && self.tracks.front().is_some_and(|track| track.ended) {
            self.tracks.pop_front();
        }
    }

    fn track(&mut self, reply: ReplyId) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.reply == reply)
    }

    fn millis(&self, samples: u64) -> u64 {
        samples * 1_000 / u64::from(self.rate)
    }
}

impl Track {
    fn new(reply: ReplyId) -> Self {
        Self {
            reply,
            clauses: Vec::new(),
            at: 0,
            offset: 0,
            done: 0,
            paused: false,
            started: false,
            ended: false,
            drained: 0,
            reported_ms: 0,
        }
    }

    /// Moves as many samples as are there into `out`.
    fn take(&mut self, out: &mut [f32]) -> usize {
        let mut filled = 0;
        while !self.paused && filled < out.len() && self.at < self.clauses.len() {
            let clause = &mut self.clauses[self.at];
            let count = (clause.samples.len() - self.offset).min(out.len() - filled);
            out[filled..filled + count].copy_from_slice(&clause.samples[self.offset..self.offset + count]);
            filled += count;
            self.offset += count;
            if self.offset < clause.samples.len() {
                break;
            }
            if !clause.complete {
                break;
            }
            self.done += clause.samples.len() as u64;
            clause.samples = Vec::new();
            self.at += 1;
            self.offset = 0;
        }
        filled
    }

    /// Samples of the reply that have left, by the place where it stands.
    fn position(&self) -> u64 {
        self.done + self.offset as u64
    }

    /// Samples of the reply that have reached the listener.
    fn heard(&self, latency: u64) -> u64 {
        (self.position() + self.drained.min(latency)).saturating_sub(latency).min(self.position())
    }
}

fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 1_000;
    const REPLY: ReplyId = ReplyId(1);

    fn pull(playout: &mut Playout, len: usize) -> (Vec<f32>, Vec<PlayoutEvent>) {
        let (mut out, mut events) = (vec![0.0; len], Vec::new());
        playout.pull(&mut out, &mut events);
        (out, events)
    }

    fn ramp(from: usize, upto: usize) -> Vec<f32> {
        (from..upto).map(|index| (index + 1) as f32 / 1_000.0).collect()
    }

    fn speaking(latency_ms: u64) -> Playout {
        let mut playout = Playout::new(RATE, latency_ms);
        playout.speak(REPLY, ClauseId(0));
        playout.audio(REPLY, ClauseId(0), &ramp(0, 150));
        playout
    }

    #[test]
    fn a_pause_loses_and_repeats_no_sample() {
        let mut playout = speaking(0);
        playout.complete(REPLY, ClauseId(0));
        let (first, _) = pull(&mut playout, 60);
        playout.pause(REPLY);
        let (held, events) = pull(&mut playout, 80);
        playout.resume(REPLY, None);
        let (rest, _) = pull(&mut playout, 90);
        assert_eq!([first, rest].concat(), ramp(0, 150));
        assert!(held[70..].iter().all(|sample| *sample == 0.0), "silent soon after the pause");
        assert!(events.is_empty());
    }

    #[test]
    fn a_clause_is_wanted_when_what_is_before_it_has_been_heard() {
        let mut playout = speaking(0);
        assert_eq!(playout.ahead_ms(REPLY), 150 + CLAUSE_GUESS_MS);
        playout.complete(REPLY, ClauseId(0));
        pull(&mut playout, 100);
        assert_eq!(playout.ahead_ms(REPLY), 50);
        assert_eq!(playout.ahead_ms(ReplyId(9)), 0);
    }

    #[test]
    fn a_late_clause_leaves_silence_and_does_not_move_the_position() {
        let mut playout = speaking(0);
        pull(&mut playout, 150);
        let (gap, events) = pull(&mut playout, 500);
        assert_eq!(gap.last(), Some(&0.0));
        assert!(events.is_empty(), "silence is no progress: {events:?}");
        playout.audio(REPLY, ClauseId(0), &ramp(150, 200));
        playout.complete(REPLY, ClauseId(0));
        let (_, events) = pull(&mut playout, 100);
        assert_eq!(events.last(), Some(&PlayoutEvent::Ended { reply: REPLY }));
        assert!(events.contains(&PlayoutEvent::Progress { reply: REPLY, played_ms: 200 }));
    }

    #[test]
    fn what_is_still_on_its_way_does_not_count_as_heard() {
        let mut playout = speaking(60);
        pull(&mut playout, 100);
        assert_eq!(playout.cancel(REPLY), Some(40));
        let mut playout = speaking(60);
        playout.complete(REPLY, ClauseId(0));
        let (_, events) = pull(&mut playout, 160);
        assert!(!events.contains(&PlayoutEvent::Ended { reply: REPLY }), "50 ms are still on their way");
        let (_, events) = pull(&mut playout, 50);
        assert_eq!(events.last(), Some(&PlayoutEvent::Ended { reply: REPLY }));
    }

    #[test]
    fn a_long_hold_goes_on_at_the_clause() {
        let mut playout = speaking(0);
        playout.complete(REPLY, ClauseId(0));
        playout.speak(REPLY, ClauseId(1));
        playout.audio(REPLY, ClauseId(1), &[0.5; 50]);
        playout.complete(REPLY, ClauseId(1));
        pull(&mut playout, 170);
        playout.pause(REPLY);
        playout.resume(REPLY, Some(ClauseId(1)));
        let (rest, _) = pull(&mut playout, 50);
        assert_eq!(rest, [0.5; 50]);
    }

    #[test]
    fn a_clause_played_again_reports_its_progress_again() {
        let mut playout = Playout::new(RATE, 0);
        playout.speak(REPLY, ClauseId(0));
        playout.audio(REPLY, ClauseId(0), &[0.5; 3_000]);
        pull(&mut playout, 2_500);
        playout.pause(REPLY);
        playout.resume(REPLY, Some(ClauseId(0)));
        let (_, events) = pull(&mut playout, 200);
        assert_eq!(events.last(), Some(&PlayoutEvent::Progress { reply: REPLY, played_ms: 200 }));
    }

    #[test]
    fn a_clause_already_passed_is_not_played_again() {
        let mut playout = speaking(0);
        playout.complete(REPLY, ClauseId(0));
        playout.speak(REPLY, ClauseId(1));
        playout.audio(REPLY, ClauseId(1), &[0.5; 50]);
        pull(&mut playout, 160);
        playout.pause(REPLY);
        playout.resume(REPLY, Some(ClauseId(0)));
        assert_eq!(pull(&mut playout, 10).0, [0.5; 10]);
    }

    #[test]
    fn a_reply_paused_before_its_first_sample_stays_silent() {
        let mut playout = Playout::new(RATE, 0);
        playout.pause(REPLY);
        playout.speak(REPLY, ClauseId(0));
        playout.audio(REPLY, ClauseId(0), &[0.5; 50]);
        playout.complete(REPLY, ClauseId(0));
        assert_eq!(pull(&mut playout, 50), (vec![0.0; 50], vec![]));
        assert_eq!(playout.cancel(REPLY), Some(0));
        assert_eq!(playout.cancel(REPLY), None);
    }

    #[test]
    fn two_replies_follow_each_other() {
        let mut playout = speaking(0);
        playout.complete(REPLY, ClauseId(0));
        playout.speak(ReplyId(2), ClauseId(0));
        playout.audio(ReplyId(2), ClauseId(0), &[0.7; 30]);
        playout.complete(ReplyId(2), ClauseId(0));
        let (_, first) = pull(&mut playout, 150);
        let (second, events) = pull(&mut playout, 30);
        assert!(first.contains(&PlayoutEvent::Ended { reply: REPLY }));
        assert_eq!(second, [0.7; 30]);
        assert!(events.contains(&PlayoutEvent::Started { reply: ReplyId(2) }));
        assert!(playout.is_idle());
    }

    #[test]
    fn broken_samples_do_not_leave() {
        let mut playout = Playout::new(RATE, 0);
        playout.speak(REPLY, ClauseId(0));
        playout.audio(REPLY, ClauseId(0), &[f32::NAN, f32::INFINITY, 7.0, -9.0]);
        assert_eq!(pull(&mut playout, 4).0, [0.0, 0.0, 1.0, -1.0]);
    }

    #[test]
    fn an_empty_clause_ends_without_having_started() {
        let mut playout = Playout::new(RATE, 0);
        playout.speak(REPLY, ClauseId(0));
        assert_eq!(playout.complete(REPLY, ClauseId(0)), Some(0));
        assert_eq!(pull(&mut playout, 10).1, [PlayoutEvent::Ended { reply: REPLY }]);
    }
}
