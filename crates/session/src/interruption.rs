//! The user over the agent: pause at once, because that can be undone, then decide.
//!
//! Voice holds the mouth; words decide. One function (`decide`) looks at the newest evidence, whatever timer or event
//! asked for it, so that a driver that was stalled gets one decision and not a burst of old ones.

use std::time::Duration;

use baton_types::{SegmentId, Timestamp, TurnId};

use crate::command::{Command, RecognitionUrgency};
use crate::config::Waits;
use crate::ear::Voice;
use crate::floor::{Cause, Floor, Overlap};
use crate::mutant::Mutant;
use crate::notice::{BargeInCause, DropReason, EndCause, FloorKind, Notice};
use crate::reply::{Hold, Reply, Stage};
use crate::session::Session;
use crate::timers::Timer;
use crate::turn::Phase;
use crate::words::has_words;

/// Timers that decide about an interruption.
const DECISION_TIMERS: [Timer; 3] = [Timer::BargeIn, Timer::Resume, Timer::HoldLimit];

/// How far ahead of the last report our own sound may have come, for knowing it again.
const ECHO_AHEAD_MS: u64 = 700;
/// How many of the last words are compared.
const ECHO_WORDS_MAX: usize = 60;

/// What the words of an overlap are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Evidence {
    /// No words yet.
    Nothing,
    /// A stop word.
    Stop,
    /// Words with content.
    Content,
    /// Only what listeners say.
    BackChannel,
    /// Our own words.
    Echo,
    /// Asking a silent agent whether it is there: that does not restart the wait for its words.
    Presence,
}

impl Session {
    /// Pauses the reply for the voice at hand, if it may be paused.
    pub(crate) fn consider_hold(&mut self) {
        let (now, waits, limits) = (self.now, &self.config.waits, &self.config.limits);
        let settling_echo = self.config.echo && self.sound.first.is_some_and(|first| now < first + waits.echo_settle);
        let onset = match self.ear.voice {
            Voice::Started { onset, .. } | Voice::Confirmed { onset, .. } => onset,
            Voice::Silent { .. } => return,
        };
        while self.pauses.front().is_some_and(|at| *at + waits.window <= now) {
            self.pauses.pop_front();
        }
        let has_room = self.config.guard(Mutant::PausesAreLimited, self.pauses.len() < limits.pauses);
        let Some(reply) = self.floor.reply_mut() else { return };
        if let Some(limit) = hold_due(reply, waits)
            && !self.config.guard(Mutant::PauseOnlyOnce, false)
        {
            self.bound_hold(limit);
            return;
        }
        if !reply.interruptible || reply.is_exhausted || self.ear.is_spent || !reply.is_spoken {
            return;
        }
        let is_used_up = !reply.sounded && (reply.holds >= limits.holds_per_reply || reply.held_sum >= waits.hold_sum);
        if is_used_up && !self.config.guard(Mutant::PausesAreLimited, false) {
            reply.is_exhausted = true;
            return;
        }
        if settling_echo || !has_room || self.config.guard(Mutant::MouthIsPaused, false) {
            return;
        }
        if reply.holds >= limits.holds_per_reply {
            let enough = onset + waits.late_pause;
            if now < enough {
                self.timers.set(Timer::BargeIn, enough);
                return;
            }
        }
        reply.hold = Some(Hold { since: now });
        reply.holds += 1;
        let id = reply.id;
        let limit = hold_due(reply, waits);
        self.pauses.push_back(now);
        self.out.counters_mut().holds += 1;
        self.out.command(Command::PausePlayout { reply: id });
        if let Some(limit) = limit {
            self.bound_hold(limit);
        }
    }

    pub(crate) fn enter_overlap(&mut self, onset: Timestamp, since: Timestamp, cause: Cause) {
        let Floor::Agent(reply) = &self.floor else { return };
        if !reply.interruptible || (self.ear.is_spent && cause == Cause::Voice) {
            return;
        }
        let unheard = reply.heard_ms() == 0 && reply.written.is_empty();
        let answered = if unheard { reply.turn } else { None };
        let reopened = answered.and_then(|id| self.take_past(id)).map(|mut turn| {
            turn.reopen();
            turn.begin_segment(onset, self.config.waits.pre_roll, self.ear.used_upto);
            turn.maybe_echo = self.may_be_echo(onset);
            turn
        });
        let is_reopening = reopened.is_some();
        let turn = reopened.unwrap_or_else(|| self.new_turn(onset));
        let Floor::Agent(reply) = self.take_floor() else { return };
        self.pass(Floor::Overlap(Box::new(Overlap { turn, reply: *reply, is_reopening, since })), cause);
        self.consider_hold();
    }

    /// A gap in the voice over a reply: ask what it was, and get ready to go on.
    pub(crate) fn overlap_paused(&mut self, end: Timestamp, was_confirmed: bool) {
        if let Floor::Overlap(overlap) = &mut self.floor
            && was_confirmed
        {
            overlap.turn.end = overlap.turn.end.max(end);
            if let Some(segment) = overlap.turn.open_segment_mut() {
                segment.upto = segment.upto.max(end);
            }
            self.ask(RecognitionUrgency::Overlap);
        }
        self.decide(false);
    }

    fn evidence(&self, overlap: &Overlap) -> Evidence {
        let text = if overlap.is_reopening { overlap.turn.added() } else { overlap.turn.text() };
        let words = &self.config.words;
        if !has_words(&text) {
            return Evidence::Nothing;
        }
        if overlap.turn.maybe_echo && self.is_own_echo(&text) {
            return Evidence::Echo;
        }
        if words.is_stop(&text) {
            return Evidence::Stop;
        }
        let is_waited_for = matches!(overlap.reply.stage, Stage::Routing | Stage::Waiting(_) | Stage::Generating);
        if is_waited_for && !overlap.reply.is_playing() && words.is_presence_check(&text) {
            return Evidence::Presence;
        }
        if overlap.reply.sounded && words.is_back_channel(&text) { Evidence::BackChannel } else { Evidence::Content }
    }

    /// Decides about a held reply from what is known now: cut, go on, or wait for the next timer.
    ///
    /// An event brings evidence, and new words act at once; that time has passed is for a timer to say (`on_time`), so
    /// that a batch of events that waited is seen whole before anything is concluded from silence.
    pub(crate) fn decide(&mut self, on_time: bool) {
        match &self.floor {
            Floor::Overlap(_) => self.decide_overlap(on_time),
            Floor::Agent(_) => self.decide_unconfirmed(on_time),
            Floor::Open | Floor::User(_) | Floor::Closed => {}
        }
    }

    fn decide_overlap(&mut self, on_time: bool) {
        let (now, waits) = (self.now, self.config.waits.clone());
        let Floor::Overlap(overlap) = &self.floor else { return };
        let evidence = self.evidence(overlap);
        let (sounded, since, hold) = (overlap.reply.sounded, overlap.since, overlap.reply.hold);
        let owed = overlap.turn.is_owed();
        match evidence {
            Evidence::Stop => return self.barge_in(BargeInCause::StopWord),
            Evidence::Content if !sounded || now >= since + waits.barge_in => {
                return self.barge_in(BargeInCause::ContentWord);
            }
            Evidence::Content => {
                self.timers.set(Timer::BargeIn, since + waits.barge_in);
                return;
            }
            Evidence::Nothing | Evidence::BackChannel | Evidence::Echo | Evidence::Presence => {}
        }
        let limit = hold_due(&overlap.reply, &waits);
        let is_short = limit.zip(hold).is_some_and(|(limit, hold)| limit < hold.since + waits.hold_limit);
        let faded = match self.ear.voice {
            Voice::Silent { since } => Some(since),
            Voice::Started { .. } | Voice::Confirmed { .. } => None,
        };
        if self.config.guard(Mutant::ResumeNeedsSilence, faded.is_some()) {
            let faded = faded.unwrap_or(since);
            let limit = limit.unwrap_or(faded + waits.hold_limit);
            let due = if owed { limit } else { limit.min(faded + waits.resume) };
            if on_time && now >= due {
                self.resume();
            } else {
                self.timers.set(Timer::Resume, due.max(now));
            }
            return;
        }
        match limit {
            Some(limit) if on_time && now >= limit => {
                if is_short || evidence == Evidence::Echo {
                    self.resume_over_voice();
                } else {
                    self.barge_in(BargeInCause::LongestHold);
                }
            }
            Some(limit) => self.bound_hold(limit),
            None => self.consider_hold(),
        }
    }

    /// Voice paused the reply and has not been confirmed.
    fn decide_unconfirmed(&mut self, on_time: bool) {
        let (now, waits) = (self.now, &self.config.waits);
        let Floor::Agent(reply) = &self.floor else { return };
        let Some(limit) = hold_due(reply, waits) else {
            self.consider_hold();
            return;
        };
        match self.ear.voice {
            Voice::Silent { since } if !on_time || now < limit.min(since + waits.resume) => {
                let due = limit.min(since + waits.resume);
                self.timers.set(Timer::Resume, due.max(now));
            }
            Voice::Silent { .. } => self.resume(),
            Voice::Started { .. } | Voice::Confirmed { .. } if on_time && now >= limit => self.resume(),
            Voice::Started { .. } | Voice::Confirmed { .. } => self.bound_hold(limit),
        }
    }

    fn bound_hold(&mut self, limit: Timestamp) {
        if !self.config.guard(Mutant::HoldIsBounded, false) {
            self.timers.set(Timer::HoldLimit, limit.max(self.now));
        }
    }

    /// Goes on although voice is on: the holds before the first sample are used up, or the voice is our own. The
    /// overlap lasts, and only words stop the reply.
    fn resume_over_voice(&mut self) {
        if let Some(reply) = self.floor.reply_mut() {
            reply.is_exhausted = true;
        }
        self.end_hold();
    }

    /// It was no interruption: the reply goes on.
    fn resume(&mut self) {
        self.timers.clear(&DECISION_TIMERS);
        let reply_id = self.floor.reply().map(|reply| reply.id);
        let held = self.end_hold();
        self.leave_overlap();
        if let (Some(reply), Some(held)) = (reply_id, held) {
            self.out.counters_mut().false_barge_ins += 1;
            self.out.notice(Notice::FalseBargeIn { reply, held_ms: held });
        }
    }

    /// The floor is the agent's again: what was said over it is dropped, or joins the turn that is being answered.
    fn leave_overlap(&mut self) {
        let Floor::Overlap(overlap) = &self.floor else { return };
        let evidence = self.evidence(overlap);
        let Floor::Overlap(overlap) = self.take_floor() else { return };
        let Overlap { mut turn, reply, is_reopening, since: _ } = *overlap;
        let answered = reply.turn;
        self.pass(Floor::Agent(Box::new(reply)), Cause::FalseBargeIn);
        self.ear.used_upto = self.ear.used_upto.max(self.ear.last_voice);
        for segment in turn.segments_mut() {
            segment.frozen = true;
        }
        let reason = match evidence {
            Evidence::Presence => {
                let joined = if is_reopening { None } else { answered.and_then(|id| self.take_past(id)) };
                let mut joined = match joined {
                    Some(mut past) => {
                        past.parts.append(&mut turn.parts);
                        past.end = past.end.max(turn.end);
                        past
                    }
                    None => turn,
                };
                self.out.notice(Notice::TurnReopened { turn: joined.id });
                self.out.counters_mut().reopenings += 1;
                self.user_was_there();
                self.record(&mut joined);
                self.remember(joined);
                return;
            }
            Evidence::Nothing | Evidence::Content | Evidence::Stop => DropReason::NoWords,
            Evidence::BackChannel => DropReason::BackChannel,
            Evidence::Echo => DropReason::Echo,
        };
        if is_reopening {
            turn.forget_added();
            self.remember(turn);
            return;
        }
        self.out.notice(Notice::TurnDropped { turn: turn.id, reason });
        if turn.is_owed() {
            // The longest hold was over before the recogniser was: its words still count when they come.
            turn.phase = Phase::Ended(EndCause::Endpoint);
            turn.forget_words();
            self.remember(turn);
        }
    }

    /// Ends the hold with going on; gives how long it lasted in milliseconds.
    fn end_hold(&mut self) -> Option<u64> {
        let (now, waits) = (self.now, &self.config.waits);
        let reply = self.floor.reply_mut()?;
        let hold = reply.hold.take();
        if !self.config.guard(Mutant::ResumeOnlyOnce, hold.is_some()) {
            return None;
        }
        let held = hold.map_or_else(Default::default, |hold| now.since(hold.since));
        reply.held_sum += held;
        reply.moved_at = now;
        let from = reply.resume_point(held > waits.restart_after);
        let id = reply.id;
        self.timers.clear(&[Timer::HoldLimit, Timer::Resume]);
        self.out.command(Command::ResumePlayout { reply: id, from });
        Some(u64::try_from(held.as_millis()).unwrap_or(u64::MAX))
    }

    /// The user takes the floor: the reply is cut, the overlap's turn goes on as the user's.
    pub(crate) fn barge_in(&mut self, cause: BargeInCause) {
        let Floor::Overlap(overlap) = self.take_floor() else { return };
        let by = if overlap.is_reopening {
            Cause::Reopened
        } else {
            self.out.notice(Notice::BargeIn { reply: overlap.reply.id, turn: overlap.turn.id, cause });
            self.out.counters_mut().barge_ins += 1;
            Cause::BargeIn
        };
        let reply = self.pass_to_user(*overlap, by);
        self.cut(reply);
        self.user_goes_on();
    }

    /// The overlap is over and the turn in it has the floor; the reply that leaves it is the caller's.
    pub(crate) fn pass_to_user(&mut self, overlap: Overlap, cause: Cause) -> Reply {
        let Overlap { mut turn, reply, is_reopening, since: _ } = overlap;
        if is_reopening {
            self.out.notice(Notice::TurnReopened { turn: turn.id });
            self.out.counters_mut().reopenings += 1;
        }
        turn.opened_at = self.now;
        self.pass(Floor::User(Box::new(turn)), cause);
        reply
    }

    /// Cuts a reply that has left the floor: nothing more of it is generated or played. What was heard of it settles
    /// with the last report.
    pub(crate) fn cut(&mut self, mut reply: Reply) {
        self.timers.clear(&DECISION_TIMERS);
        self.timers.clear(&[Timer::HoldingPhrase, Timer::Limit]);
        reply.is_cut = true;
        if let (Stage::Generating, Some(turn)) = (reply.stage, reply.turn) {
            self.out.command(Command::CancelGeneration { turn, attempt: reply.attempt });
        }
        let in_playout = reply.is_playing() || reply.hold.is_some();
        reply.hold = None;
        if in_playout && !self.config.guard(Mutant::MouthIsFreed, false) {
            self.out.command(Command::CancelPlayout { reply: reply.id });
        }
        self.settle();
        if in_playout && reply.sounded {
            self.timers.set(Timer::PlayoutWait, self.now + self.config.waits.playout_wait);
            self.settling = Some(reply);
        } else {
            self.finalize(&mut reply);
        }
    }

    /// The last position of a cut reply has come, or is not waited for any longer.
    pub(crate) fn settle(&mut self) {
        self.timers.clear(&[Timer::PlayoutWait]);
        let Some(mut reply) = self.settling.take() else { return };
        self.finalize(&mut reply);
        if let Some(reason) = self.closing.take() {
            self.finish_close(reason);
            return;
        }
        self.try_generate();
        if self.kind() == FloorKind::Open {
            self.rest();
        }
    }

    pub(crate) fn on_partial(&mut self, turn: TurnId, segment: SegmentId, seq: u32, text: String, stable: usize) {
        if !has_words(&text) {
            self.out.ignored("partial");
            return;
        }
        if self.floor.turn().is_none_or(|found| found.id != turn) {
            if turn != self.next_turn() || !self.may_open_by_words() {
                self.out.late("partial");
                return;
            }
            self.open_by_words(&text);
        }
        let (now, is_silent) = (self.now, self.ear.is_silent());
        let Some(found) = self.floor.turn_mut().filter(|found| found.id == turn) else { return };
        let by_words = found.by_words;
        let Some(open) = found
            .segment_mut(segment)
            .filter(|open| !open.frozen && !open.is_answered() && open.partial_seq.is_none_or(|newest| seq > newest))
        else {
            self.out.late("partial");
            return;
        };
        let count = |text: &str| text.split_whitespace().count();
        let has_grown = count(&text) > count(&open.provisional);
        open.partial_seq = Some(seq);
        open.stable = if stable >= text.trim_end().len() { text.len() } else { 0 };
        open.provisional = text.trim().to_owned();
        if by_words && is_silent && has_grown {
            open.upto = open.upto.max(now);
            if open.is_owed() {
                open.revise();
            }
            self.ear.last_voice = self.ear.last_voice.max(now);
            self.start_hang_over();
        }
        if has_grown {
            self.restart_standstill();
        }
        self.text_arrived();
    }

    /// Whether words without confirmed voice may open a turn here.
    pub(crate) fn may_open_by_words(&self) -> bool {
        let capabilities = &self.config.capabilities;
        match &self.floor {
            Floor::Open => capabilities.streaming || self.ear.is_spent || !capabilities.detector,
            Floor::Agent(reply) => reply.interruptible && (self.ear.is_spent || !capabilities.detector),
            Floor::User(_) | Floor::Overlap(_) | Floor::Closed => false,
        }
    }

    fn open_by_words(&mut self, text: &str) {
        let was_spent = std::mem::take(&mut self.ear.is_spent);
        let onset = self.now.max(self.ear.used_upto);
        if self.ear.is_silent() {
            self.ear.last_voice = self.ear.last_voice.max(self.now);
        }
        if self.kind() == FloorKind::Open {
            self.open_turn(onset, Cause::Words);
        } else {
            let is_new_turn_needed =
                self.floor.reply().is_some_and(|reply| reply.turn.is_some() && reply.heard_ms() == 0);
            if is_new_turn_needed && has_words(text) {
                // The partial names a turn of its own: the answer under way belongs to another one.
                self.enter_overlap_with_new_turn(onset);
            } else {
                self.enter_overlap(onset, self.now - self.config.waits.barge_in, Cause::Words);
            }
        }
        let is_silent = self.ear.is_silent();
        if let Some(turn) = self.floor.turn_mut() {
            turn.by_words = is_silent && !was_spent;
            if let Some(open) = turn.open_segment_mut() {
                open.upto = open.upto.max(open.voice_from + Duration::from_millis(1));
            }
        }
    }

    fn enter_overlap_with_new_turn(&mut self, onset: Timestamp) {
        let turn = self.new_turn(onset);
        let Floor::Agent(reply) = self.take_floor() else { return };
        let since = self.now - self.config.waits.barge_in;
        let overlap = Overlap { turn, reply: *reply, is_reopening: false, since };
        self.pass(Floor::Overlap(Box::new(overlap)), Cause::Words);
    }

    /// Whether voice from `onset` on may be our own sound coming back.
    pub(crate) fn may_be_echo(&self, onset: Timestamp) -> bool {
        self.config.echo && self.sound.last.is_some_and(|last| onset <= last + self.config.waits.echo_tail)
    }

    /// Whether the text is what was just played.
    pub(crate) fn is_own_echo(&self, text: &str) -> bool {
        let mut played = self.sound.words.clone();
        for reply in [self.settling.as_ref(), self.floor.reply()].into_iter().flatten() {
            played.extend(reply.sounding_words(ECHO_AHEAD_MS));
        }
        let from = played.len().saturating_sub(ECHO_WORDS_MAX);
        crate::words::is_echo(text, &played[from..])
    }
}

/// When a hold ends at the latest: a reply that has not begun to sound is held for a bounded time in all.
fn hold_due(reply: &Reply, waits: &Waits) -> Option<Timestamp> {
    let room = if reply.sounded { waits.hold_limit } else { waits.hold_sum.saturating_sub(reply.held_sum) };
    reply.hold.map(|hold| hold.since + waits.hold_limit.min(room))
}
