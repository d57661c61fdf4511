//! What becomes of a turn that is over: an item of the transcript and an answer, or nothing.
//!
//! Also what was typed, and texts that come late for turns that are over already.

use baton_types::{TurnId, TypedId};

use crate::command::{Command, OwnKind, Purpose};
use crate::endpointing::TURN_TIMERS;
use crate::event::StopScope;
use crate::floor::{Cause, Floor};
use crate::mutant::Mutant;
use crate::notice::{BargeInCause, DropReason, EndCause, FloorKind, Notice};
use crate::reply::{Reply, Stage};
use crate::session::{Owed, Session};
use crate::timers::Timer;
use crate::transcript::Item;
use crate::turn::{Committed, Part, Phase, Segment, UserTurn};
use crate::words::{has_words, normalize};

/// Words that fit into any voice, however short.
const WORDS_ALWAYS: u64 = 4;
/// Words a second that nobody exceeds.
const WORDS_PER_SECOND: u64 = 7;
/// Confidence below which a phantom phrase is one.
const PHANTOM_CONFIDENCE: f32 = 0.6;
/// Typed ids kept for knowing an echo.
const TYPED_MAX: usize = 64;
/// Wordless turns in a row at which we say so.
const MISSES_SAID: u32 = 2;
/// Turns in a row that the recogniser failed at, at which we say so.
const FAILURES_SAID: u32 = 3;

impl Session {
    /// Commits the ended turn if every text of it is there.
    pub(crate) fn commit_if_known(&mut self) {
        let Floor::User(turn) = &self.floor else { return };
        let is_known = turn.segments().all(|segment| {
            segment.is_answered()
                || segment.upto <= segment.voice_from
                || (segment.retried && segment.answer == crate::turn::Answer::Failed)
        });
        if is_known {
            self.commit();
        } else {
            self.timers.set(
                Timer::FinalWait,
                self.timers.due(Timer::FinalWait).unwrap_or(self.now + self.config.waits.final_wait),
            );
        }
    }

    /// The turn is over with the text that is there.
    pub(crate) fn commit(&mut self) {
        self.timers.clear(&TURN_TIMERS);
        let Floor::User(mut turn) = self.take_floor() else { return };
        for segment in turn.segments_mut() {
            segment.frozen = true;
        }
        self.ear.used_upto = self.ear.used_upto.max(turn.end);
        if let Some(reason) = self.unfit(&turn) {
            self.drop_turn(*turn, reason);
            return;
        }
        self.misses = 0;
        self.failures = 0;
        self.user_was_there();
        self.record(&mut turn);
        self.out.counters_mut().turns += 1;
        self.answer(*turn, Cause::Answer);
    }

    /// Somebody is there: the count of unanswered prompts begins anew.
    pub(crate) fn user_was_there(&mut self) {
        self.prompts = 0;
        self.is_asleep = false;
        self.quiet_since = self.now;
    }

    /// Why the turn is not to be answered, if it is not.
    fn unfit(&self, turn: &UserTurn) -> Option<DropReason> {
        let added = turn.added();
        let words = &self.config.words;
        if words.is_stop_everything(&added) || words.is_only_stop(&added) {
            return Some(DropReason::StopWord);
        }
        if turn.committed.is_some() {
            return (turn.is_silenced && !has_words(&added)).then_some(DropReason::StopWord);
        }
        if !has_words(&added) {
            let reason = if turn.has_failed() { DropReason::RecognitionFailed } else { DropReason::NoWords };
            return Some(reason);
        }
        if turn.has_writing() {
            return None;
        }
        let voiced_ms = u64::try_from(turn.voiced().as_millis()).unwrap_or(u64::MAX);
        let most = WORDS_ALWAYS + WORDS_PER_SECOND.saturating_mul(voiced_ms) / 1_000;
        if !turn.by_words && normalize(&added).len() as u64 > most {
            return Some(DropReason::Implausible);
        }
        if words.is_phantom(&added) && turn.confidence() < PHANTOM_CONFIDENCE {
            return Some(DropReason::NoWords);
        }
        (turn.maybe_echo && self.is_own_echo(&added)).then_some(DropReason::Echo)
    }

    fn drop_turn(&mut self, mut turn: UserTurn, reason: DropReason) {
        self.out.notice(Notice::TurnDropped { turn: turn.id, reason });
        self.out.counters_mut().dropped += 1;
        if reason == DropReason::StopWord {
            self.user_was_there();
        }
        turn.forget_added();
        self.remember(turn);
        if let Some(owed) = &mut self.owed {
            owed.waits_for_quiet = true;
        }
        self.release(Cause::Dropped);
        let own = match reason {
            DropReason::NoWords | DropReason::Implausible => {
                self.misses += 1;
                (self.misses == MISSES_SAID).then_some(OwnKind::DidNotCatch)
            }
            DropReason::RecognitionFailed => {
                self.failures += 1;
                (self.failures == FAILURES_SAID).then_some(OwnKind::HearingLost)
            }
            DropReason::StopWord | DropReason::BackChannel | DropReason::Echo => None,
        };
        if let Some(kind) = own
            && self.kind() == FloorKind::Open
        {
            self.say_own(kind);
        }
    }

    /// Writes the turn's text, first or again.
    pub(crate) fn record(&mut self, turn: &mut UserTurn) {
        let text = turn.text();
        let item = Item::User {
            turn: turn.id,
            text: text.clone(),
            typed: turn.has_writing(),
            start: turn.start,
            end: turn.end,
        };
        let index = match &turn.committed {
            Some(committed) => committed.item,
            None => self.transcript.push(item.clone()),
        };
        if let Some(place) = self.transcript.item_mut(index) {
            *place = item.clone();
        }
        self.out.command(Command::Commit { index, item });
        let (start, end, confidence) = (turn.start, turn.end, turn.confidence());
        self.out.notice(Notice::UserFinal { turn: turn.id, text: text.clone(), start, end, confidence });
        turn.committed = Some(Committed { item: index, text, parts: turn.parts.len() });
    }

    /// Lets the turn be answered: the floor is the agent's.
    pub(crate) fn answer(&mut self, turn: UserTurn, cause: Cause) {
        self.owed = None;
        self.timers.clear(&[Timer::Idle, Timer::QuietGap]);
        let agent = turn.agent.clone();
        let id = self.mint_reply();
        let mut reply =
            Reply::new(id, Some(turn.id), agent.clone().unwrap_or_else(|| self.config.agent.clone()), self.now);
        reply.attempt = turn.attempt;
        if agent.is_some() {
            reply.stage = Stage::Waiting(Purpose::Answer);
        } else {
            let text = turn.committed.as_ref().map_or_else(|| turn.text(), |committed| committed.text.clone());
            self.out.command(Command::Route { turn: turn.id, text });
        }
        self.remember(turn);
        self.begin_reply(reply, cause);
        self.try_generate();
    }

    /// Gives the floor to a reply, held at once if there is voice.
    pub(crate) fn begin_reply(&mut self, mut reply: Reply, cause: Cause) {
        reply.is_spoken = self.speaks();
        self.timers.clear(&[Timer::Idle, Timer::QuietGap]);
        self.pass(Floor::Agent(Box::new(reply)), cause);
        self.watch_silence();
        if self.ear.wants_floor() {
            self.consider_hold();
        }
    }

    /// Starts the clock of the holding phrase, where the reply is to be spoken.
    pub(crate) fn watch_silence(&mut self) {
        self.timers.clear(&[Timer::HoldingPhrase]);
        if self.floor.reply().is_some_and(|reply| reply.is_spoken && reply.turn.is_some()) {
            self.timers.set(Timer::HoldingPhrase, self.now + self.config.waits.holding_phrase);
        }
    }

    pub(crate) fn on_typed(&mut self, id: TypedId, text: String) {
        if self.config.guard(Mutant::TypedOnlyOnce, !self.typed.contains(&id)) {
            if self.typed.len() >= TYPED_MAX {
                self.typed.pop_front();
            }
            self.typed.push_back(id);
        } else {
            self.out.ignored("typed");
            return;
        }
        let text = text.trim().to_owned();
        if text.is_empty() {
            self.out.ignored("typed");
            return;
        }
        if self.config.words.is_stop_everything(&text) {
            self.stop_everything();
            return;
        }
        match &self.floor {
            Floor::User(_) => self.write_into_turn(text),
            Floor::Overlap(_) => {
                self.write_into_turn(text);
                self.barge_in(BargeInCause::Typed);
            }
            Floor::Open | Floor::Agent(_) => self.open_written_turn(text),
            Floor::Closed => {}
        }
    }

    fn write_into_turn(&mut self, text: String) {
        let now = self.now;
        if let Some(turn) = self.floor.turn_mut() {
            turn.parts.push(Part::Written(text));
            turn.end = turn.end.max(now);
        }
    }

    /// A typed line where nobody speaks, or over the agent: it cuts what is being said. What has not been answered
    /// audibly yet is answered together with it.
    fn open_written_turn(&mut self, text: String) {
        let now = self.now;
        let mut reopened = None;
        if let Floor::Agent(_) = &self.floor {
            let Floor::Agent(reply) = self.take_floor() else { return };
            let is_unheard = reply.heard_ms() == 0 && reply.written.is_empty();
            reopened = reply.turn.filter(|_| is_unheard).and_then(|id| self.take_past(id));
            let reply_id = reply.id;
            if let Some(turn) = &reopened {
                self.out.notice(Notice::TurnReopened { turn: turn.id });
                self.out.counters_mut().reopenings += 1;
            } else {
                let turn = self.next_turn();
                self.out.notice(Notice::BargeIn { reply: reply_id, turn, cause: BargeInCause::Typed });
                self.out.counters_mut().barge_ins += 1;
            }
            self.cut(*reply);
        }
        let cause = if reopened.is_some() { Cause::Reopened } else { Cause::Answer };
        let mut turn = reopened.unwrap_or_else(|| UserTurn::new(self.mint_turn(), now, now));
        turn.parts.push(Part::Written(text));
        turn.end = turn.end.max(now);
        turn.phase = Phase::Ended(EndCause::Typed);
        if self.config.words.is_only_stop(&turn.added()) {
            self.end_written_stop(turn);
            return;
        }
        self.out.notice(Notice::TurnEnded { turn: turn.id, cause: EndCause::Typed, last_voice: turn.end });
        self.misses = 0;
        self.user_was_there();
        self.record(&mut turn);
        self.out.counters_mut().turns += 1;
        self.answer(turn, cause);
    }

    /// "Stop", typed: speech has stopped, and there is nothing to answer.
    fn end_written_stop(&mut self, mut turn: UserTurn) {
        self.out.notice(Notice::TurnDropped { turn: turn.id, reason: DropReason::StopWord });
        self.out.counters_mut().dropped += 1;
        self.user_was_there();
        turn.forget_added();
        self.remember(turn);
        if self.kind() == FloorKind::Agent {
            self.release(Cause::Stopped);
        } else {
            self.rest();
        }
    }

    /// A text has come for a turn that is over: it joins the turn's item, and where nothing has been heard of the
    /// answer yet the turn is answered again.
    pub(crate) fn late_text(&mut self, id: TurnId) {
        let Some(at) = self.past.iter().position(|turn| turn.id == id) else { return };
        let turn = &self.past[at];
        let before = turn.committed.as_ref().map_or("", |committed| committed.text.as_str());
        let has_new_words = normalize(before) != normalize(&turn.text());
        if !self.config.guard(Mutant::ReopeningNeedsNewWords, has_new_words) {
            self.out.late("recognition_ended");
            return;
        }
        if turn.committed.is_none() {
            self.late_first_text(id);
            return;
        }
        let Some(mut turn) = self.past.remove(at) else { return };
        self.record(&mut turn);
        let is_newest = self.past.iter().all(|other| other.id < id);
        let audible = self.config.waits.reopen_audible;
        match &self.floor {
            Floor::Agent(reply) if reply.turn == Some(id) && u128::from(reply.heard_ms()) < audible.as_millis() => {
                self.out.notice(Notice::TurnReopened { turn: id });
                self.out.counters_mut().reopenings += 1;
                let Floor::Agent(reply) = self.take_floor() else { return };
                self.cut(*reply);
                self.answer(turn, Cause::Reopened);
            }
            Floor::Agent(reply) if reply.turn == Some(id) => {
                self.past.insert(at.min(self.past.len()), turn);
                self.owed = Some(Owed { turn: id, purpose: Purpose::Answer, waits_for_quiet: false });
            }
            Floor::Open if is_newest => self.answer(turn, Cause::Answer),
            Floor::Open | Floor::User(_) | Floor::Overlap(_) | Floor::Agent(_) | Floor::Closed => {
                self.past.insert(at.min(self.past.len()), turn);
            }
        }
    }

    /// The first text of a turn that had come to nothing, or that was given up over a reply that went on.
    fn late_first_text(&mut self, id: TurnId) {
        let is_newest = self.past.iter().all(|other| other.id <= id);
        let Some(mut turn) = self.take_past(id) else { return };
        let text = turn.text();
        let is_wanted = match &self.floor {
            Floor::Open => true,
            Floor::Agent(reply) if reply.sounded => reply.interruptible && !self.config.words.is_back_channel(&text),
            Floor::Agent(reply) => reply.turn.is_none(),
            Floor::User(_) | Floor::Overlap(_) | Floor::Closed => false,
        };
        let reason = self.unfit(&turn);
        let is_fit = is_newest && is_wanted && reason.is_none();
        if !is_fit {
            let stops = reason == Some(DropReason::StopWord) && turn.stopped_upto == 0;
            if stops {
                turn.stopped_upto = turn.parts.len();
            }
            turn.forget_words();
            self.remember(turn);
            if stops && self.config.words.is_stop_everything(&text) {
                self.stop_everything();
            } else if stops && is_newest && is_wanted && self.kind() == FloorKind::Agent {
                self.stop_speech();
            } else {
                self.out.late("recognition_ended");
            }
            return;
        }
        let mut cause = Cause::Answer;
        if let Floor::Agent(_) = &self.floor {
            let Floor::Agent(reply) = self.take_floor() else { return };
            if reply.sounded {
                self.out.notice(Notice::BargeIn { reply: reply.id, turn: id, cause: BargeInCause::ContentWord });
                self.out.counters_mut().barge_ins += 1;
            }
            self.cut(*reply);
            cause = Cause::Reopened;
        }
        self.out.notice(Notice::TurnReopened { turn: id });
        self.out.counters_mut().reopenings += 1;
        self.misses = 0;
        self.user_was_there();
        self.record(&mut turn);
        self.answer(turn, cause);
    }

    /// Stops everything if the words of the turn in the floor say so as a whole phrase. Gives whether they do.
    pub(crate) fn stop_everything_if_said(&mut self) -> bool {
        let Some(turn) = self.floor.turn() else { return false };
        let (added, Some(newest)) = (turn.added(), turn.newest_said()) else { return false };
        if turn.maybe_echo && self.is_own_echo(&added) {
            return false;
        }
        let words = &self.config.words;
        let is_sure = |segment: &Segment| segment.is_answered() || segment.stable >= segment.provisional.len();
        // A stretch between two pauses is an utterance of its own.
        let is_utterance = words.is_stop_everything(newest.text());
        let is_whole = is_utterance || words.is_stop_everything(&added);
        let is_said = self.config.guard(Mutant::StopIsWholePhrase, is_whole) && words.mentions_stop_everything(&added);
        let is_sure = if is_utterance { is_sure(newest) } else { turn.segments().all(is_sure) };
        if !(is_whole || is_said) || !self.config.guard(Mutant::StopNeedsStablePartial, is_sure) {
            return false;
        }
        if let Some(turn) = self.floor.turn_mut() {
            turn.stopped_upto = turn.parts.len();
        }
        self.stop_everything();
        true
    }

    /// Stops speech and all work, with no model in the path.
    pub(crate) fn stop_everything(&mut self) {
        self.out.command(Command::StopEverything { scope: StopScope::Everything });
        self.stop_speech();
        if let Floor::User(turn) = &self.floor {
            match turn.phase {
                Phase::Talking => self.set_endpoint(false),
                Phase::Ended(_) => self.commit_if_known(),
            }
        }
    }

    /// Stops what is being said; the user's own turn goes on.
    pub(crate) fn stop_speech(&mut self) {
        match &self.floor {
            Floor::Agent(_) => {
                let Floor::Agent(reply) = self.take_floor() else { return };
                self.cut(*reply);
                self.owed = None;
                self.release(Cause::Stopped);
            }
            Floor::Overlap(_) => {
                let Floor::Overlap(overlap) = self.take_floor() else { return };
                let mut overlap = *overlap;
                overlap.turn.is_silenced = true;
                let reply = self.pass_to_user(overlap, Cause::Stopped);
                self.cut(reply);
                self.user_goes_on();
            }
            Floor::Open | Floor::User(_) | Floor::Closed => {}
        }
    }
}
