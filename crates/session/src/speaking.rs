//! The mouth: clauses to synthesis, reports of what has left, the end of a reply, and what it leaves in the
//! transcript.
//!
//! *Heard* comes from reports of playout alone; it is kept within what was sent and never decreases.

use baton_types::{ClauseId, Fault, FaultCode, ReplyId};

use crate::command::{Command, OwnKind};
use crate::event::WordMark;
use crate::floor::{Cause, Floor};
use crate::mutant::Mutant;
use crate::notice::{FloorKind, Notice};
use crate::reply::{Reply, Stage};
use crate::session::Session;
use crate::timers::Timer;
use crate::transcript::Item;

impl Session {
    /// Gives clauses of the reply in the floor to synthesis, a few at a time.
    pub(crate) fn pump(&mut self) {
        if let Some(id) = self.floor.reply().map(|reply| reply.id) {
            self.pump_reply(id);
        }
    }

    fn pump_reply(&mut self, id: ReplyId) {
        let (now, limit) = (self.now, self.config.limits.speak_ahead);
        let mut replies = self.floor.reply_mut().into_iter().chain(self.settling.as_mut());
        let Some(reply) = replies.find(|reply| reply.id == id) else { return };
        while !reply.queue.is_empty() && self.config.guard(Mutant::SpeakAheadIsLimited, reply.unready() < limit) {
            let interruptible = reply.interruptible;
            let Some(clause) = reply.send_next(now) else { break };
            let (clause, text, own) = (clause.id, clause.text.clone(), clause.own);
            let source = reply.source(own);
            self.out.command(Command::Speak { reply: id, clause, text, source, interruptible });
            if own.is_none() {
                self.timers.clear(&[Timer::HoldingPhrase]);
            }
        }
    }

    /// The reply by its id: the one in the floor, or the cut one that settles.
    fn sounding(&mut self, id: ReplyId) -> Option<&mut Reply> {
        self.floor.reply_mut().into_iter().chain(self.settling.as_mut()).find(|reply| reply.id == id)
    }

    pub(crate) fn on_clause_ready(&mut self, reply: ReplyId, clause: ClauseId, duration_ms: u64, marks: Vec<WordMark>) {
        let may_take_back = self.config.guard(Mutant::HeardNeverDecreases, false);
        let Some(found) = self.sounding(reply) else {
            self.not_sounding(reply, "clause_ready");
            return;
        };
        let Some(place) = found.clauses.iter_mut().find(|place| place.id == clause && !place.is_ready()) else {
            self.not_sounding(reply, "clause_ready");
            return;
        };
        place.duration_ms = Some(duration_ms);
        // While its length was not known it took what belongs to the clauses behind it.
        place.heard_ms = place.heard_ms.min(duration_ms);
        place.marks = marks;
        let (played_ms, is_cut) = (found.played_ms, found.is_cut);
        found.hear(played_ms, may_take_back);
        if self.config.guard(Mutant::CutReplyStaysSilent, !is_cut) {
            self.pump_reply(reply);
        }
    }

    pub(crate) fn on_synthesis_failed(&mut self, reply: ReplyId, clause: ClauseId, fault: Fault) {
        let Some(found) = self.floor.reply_mut().filter(|found| found.id == reply) else {
            self.not_sounding(reply, "synthesis_failed");
            return;
        };
        let Some(place) = found.clauses.iter_mut().find(|place| place.id == clause && !place.is_ready()) else {
            self.not_sounding(reply, "synthesis_failed");
            return;
        };
        place.failed = true;
        // With every clause failed nothing will ever leave, and no report of an end will come.
        found.drained |= found.clauses.iter().all(|clause| clause.failed);
        self.out.notice(Notice::Degraded { fault });
        self.pump();
        self.finish_if_over();
    }

    pub(crate) fn on_playout_progress(&mut self, reply: ReplyId, played_ms: u64) {
        let is_current = self.floor.reply().is_some_and(|found| found.id == reply && !found.clauses.is_empty());
        let is_settling = self.settling.as_ref().is_some_and(|found| found.id == reply);
        if !is_current && !is_settling {
            self.not_sounding(reply, "playout_progress");
            return;
        }
        self.heard(reply, played_ms);
    }

    /// Takes a report of the position for a reply that sounds or has just been cut.
    fn heard(&mut self, id: ReplyId, played_ms: u64) {
        let now = self.now;
        let config = &self.config;
        let mut replies = self.floor.reply_mut().into_iter().chain(self.settling.as_mut());
        let Some(reply) = replies.find(|reply| reply.id == id) else { return };
        let sent = reply.sent_ms();
        let mut position = if config.guard(Mutant::HeardWithinSent, played_ms <= sent) { played_ms } else { sent };
        let is_first = !reply.sounded && position > 0;
        if position != reply.reported_ms {
            reply.moved_at = now;
        }
        reply.reported_ms = position;
        if !config.guard(Mutant::HeardNeverDecreases, position >= reply.played_ms) {
            position = reply.played_ms;
        }
        reply.sounded |= position > 0;
        let passed_end = reply.hear(position, config.guard(Mutant::HeardNeverDecreases, false));
        let (turn, is_cut) = (reply.turn, reply.is_cut);
        if is_first {
            self.sound.first = Some(self.sound.first.unwrap_or(now));
            self.out.notice(Notice::ReplyStarted { reply: id, turn });
        }
        if position > 0 {
            self.sound.last = Some(now);
        }
        if is_cut {
            return;
        }
        let needs_item = self.floor.reply().is_some_and(|reply| {
            let agent = reply.item.is_none() && reply.heard_ms() > 0;
            agent
                || reply
                    .clauses
                    .iter()
                    .any(|clause| clause.own.is_some() && clause.note.is_none() && clause.heard_ms > 0)
        });
        if passed_end || needs_item {
            self.write_down();
        }
        if self.kind() == FloorKind::Agent {
            self.pump();
        }
    }

    pub(crate) fn on_playout_stopped(&mut self, reply: ReplyId, played_ms: u64) {
        if self.settling.as_ref().is_none_or(|found| found.id != reply) {
            self.not_sounding(reply, "playout_stopped");
            return;
        }
        self.heard(reply, played_ms);
        self.settle();
    }

    pub(crate) fn on_playout_ended(&mut self, reply: ReplyId) {
        if let Some(found) = self.settling.as_ref().filter(|found| found.id == reply) {
            // The last sample left before the cut took hold: everything was heard.
            let (all, is_whole) = (found.ready_ms(), found.unready() == 0);
            self.heard(reply, all);
            if is_whole {
                self.settle();
            }
            return;
        }
        let Some(found) = self.floor.reply().filter(|found| found.id == reply && !found.clauses.is_empty()) else {
            self.not_sounding(reply, "playout_ended");
            return;
        };
        let (all, is_whole) = (found.ready_ms(), found.unready() == 0);
        self.heard(reply, all);
        let Some(found) = self.floor.reply_mut() else { return };
        // A clause that is not ready was asked for after the report set out: another one will come.
        if !is_whole || found.drained {
            return;
        }
        found.drained = found.queue.is_empty();
        if found.drained && !found.cutter.pending().is_empty() && found.finish.is_some() && found.has_gap() {
            found.fed_at = self.now;
        }
        self.pump();
        self.finish_if_over();
    }

    pub(crate) fn on_stall(&mut self) {
        let Some(reply) = self.floor.reply_mut() else { return };
        if reply.has_gap() && !reply.is_playing() {
            self.skip_missing();
            return;
        }
        if self.config.guard(Mutant::StallEndsReply, false) {
            return;
        }
        let fault = Fault::new("play", FaultCode::TimedOut, "playout makes no progress");
        self.out.notice(Notice::Degraded { fault });
        match self.take_floor() {
            Floor::Agent(reply) => {
                self.cut(*reply);
                self.release(Cause::ReplyEnded);
            }
            Floor::Overlap(overlap) => {
                let reply = self.pass_to_user(*overlap, Cause::ReplyEnded);
                self.cut(reply);
                self.user_goes_on();
            }
            floor @ (Floor::Open | Floor::User(_) | Floor::Closed) => self.floor = floor,
        }
    }

    /// Ends the reply if nothing of it is left to come or to be heard.
    pub(crate) fn finish_if_over(&mut self) {
        let Some(reply) = self.floor.reply() else { return };
        let is_heard = reply.clauses.is_empty() || reply.drained;
        let nothing_left = reply.queue.is_empty() && !reply.has_gap() && is_heard;
        let waits_on = reply.stage == Stage::Tools
            && nothing_left
            && (self.timers.due(Timer::HoldingPhrase).is_none() || reply.is_retried);
        let is_over = reply.stage == Stage::Done && nothing_left;
        if is_over || waits_on {
            self.finish_reply();
        }
    }

    /// The reply was said to its end, or as far as it goes until its tools return.
    fn finish_reply(&mut self) {
        self.timers.clear(&[Timer::HoldingPhrase, Timer::BargeIn, Timer::Resume, Timer::HoldLimit, Timer::Limit]);
        match self.take_floor() {
            Floor::Agent(reply) => {
                let mut reply = *reply;
                self.close_mouth(&mut reply);
                self.finalize(&mut reply);
                if let Some(reason) = reply.closes {
                    self.finish_close(reason);
                } else {
                    self.release(Cause::ReplyEnded);
                }
            }
            Floor::Overlap(overlap) => {
                let mut reply = self.pass_to_user(*overlap, Cause::ReplyEnded);
                self.close_mouth(&mut reply);
                self.finalize(&mut reply);
                self.user_goes_on();
            }
            floor @ (Floor::Open | Floor::User(_) | Floor::Closed) => self.floor = floor,
        }
    }

    /// A mouth that is held for a reply that is over is held for nothing.
    fn close_mouth(&mut self, reply: &mut Reply) {
        if reply.hold.take().is_some() {
            self.out.command(Command::CancelPlayout { reply: reply.id });
        }
    }

    /// Everything about the reply is known: the transcript and the observers get it.
    pub(crate) fn finalize(&mut self, reply: &mut Reply) {
        self.write_items(reply);
        let own: Vec<_> = reply.clauses.iter().filter(|clause| clause.own.is_some()).collect();
        let is_own = reply.turn.is_none();
        let (heard, text) = if is_own {
            let heard: String = own.iter().map(|clause| &clause.text[..clause.heard]).collect();
            let text: String = own.iter().map(|clause| clause.text.as_str()).collect();
            (heard, text)
        } else {
            (reply.heard(), reply.text())
        };
        let heard_ms = if is_own { own.iter().map(|clause| clause.heard_ms).sum() } else { reply.heard_ms() };
        if reply.sounded || !reply.is_spoken {
            self.quiet_since = self.now;
            self.sound.words = reply.sounding_words(0);
            let said = if heard.is_empty() { reply.written.as_str() } else { heard.as_str() };
            self.expectation = self.config.words.expectation(said);
        }
        let cut = reply.is_cut && heard.len() < text.len();
        let (reply, turn) = (reply.id, reply.turn);
        self.out.notice(Notice::ReplyEnded { reply, turn, text, heard, heard_ms, cut });
    }

    /// Writes what was heard of the reply in the floor.
    pub(crate) fn write_down(&mut self) {
        let mut floor = self.take_floor();
        if let Some(reply) = floor.reply_mut() {
            self.write_items(reply);
        }
        self.floor = floor;
    }

    /// Writes the items of a reply: the agent's words once any were heard, our own sentences as notes.
    fn write_items(&mut self, reply: &mut Reply) {
        let (heard, heard_ms) = (reply.heard(), reply.heard_ms());
        if let Some(turn) = reply.turn
            && (reply.item.is_some() || heard_ms > 0 && !heard.is_empty() || !reply.written.is_empty())
        {
            let unheard = reply.unheard();
            let cut = reply.is_cut && !unheard.is_empty();
            let item = Item::Agent { reply: reply.id, turn, agent: reply.agent.clone(), heard, unheard, heard_ms, cut };
            reply.item = Some(self.write_item(reply.item, item));
        }
        for at in 0..reply.clauses.len() {
            let clause = &reply.clauses[at];
            let (Some(kind), true) = (clause.own, clause.heard_ms > 0) else { continue };
            let item = Item::Note { reply: reply.id, kind, heard: clause.text[..clause.heard].to_owned() };
            let place = clause.note;
            reply.clauses[at].note = Some(self.write_item(place, item));
        }
    }

    /// Writes one item, unless it stands there as it is.
    fn write_item(&mut self, place: Option<usize>, item: Item) -> usize {
        let Some(index) = place else {
            let index = self.transcript.push(item.clone());
            self.out.command(Command::Commit { index, item });
            return index;
        };
        if let Some(known) = self.transcript.item_mut(index)
            && *known != item
        {
            *known = item.clone();
            self.out.command(Command::Commit { index, item });
        }
        index
    }

    /// Writes one of our own sentences where replies are written.
    pub(crate) fn write_note(&mut self, kind: OwnKind, sentence: &str) {
        let Some(reply) = self.floor.reply() else { return };
        let item = Item::Note { reply: reply.id, kind, heard: sentence.to_owned() };
        self.write_item(None, item);
    }
}
