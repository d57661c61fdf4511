//! Nobody speaks: the floor is released, idleness is asked about, our own sentences are said, and the session ends.

use crate::command::{Command, OwnKind};
use crate::config::{IdleEnd, Modality};
use crate::event::{CloseReason, StopScope};
use crate::floor::{Cause, Floor};
use crate::mutant::Mutant;
use crate::notice::{BargeInCause, EndCause, FloorKind, Notice};
use crate::reply::{Reply, Stage};
use crate::session::Session;
use crate::timers::Timer;
use crate::turn::{Phase, UserTurn};
use crate::words::has_words;

impl Session {
    /// Nobody has the floor. Voice that is on already takes it; otherwise what is owed is said.
    pub(crate) fn release(&mut self, cause: Cause) {
        self.pass(Floor::Open, cause);
        if self.ear.is_confirmed() && self.ear.wants_floor() {
            if let crate::ear::Voice::Confirmed { onset, .. } = self.ear.voice {
                self.open_turn(onset.max(self.ear.used_upto), Cause::Voice);
            }
            return;
        }
        self.rest();
    }

    /// Sets the clock of mutual quiet, and says what is owed.
    pub(crate) fn rest(&mut self) {
        if self.kind() != FloorKind::Open {
            return;
        }
        self.pay_owed();
        if self.kind() == FloorKind::Open && self.speaks() && !self.is_asleep && self.closing.is_none() {
            let due = self.not_before_now(self.quiet_since, self.config.waits.idle);
            self.timers.set(Timer::Idle, due);
        }
    }

    pub(crate) fn on_idle(&mut self) {
        if self.kind() != FloorKind::Open || self.is_asleep {
            return;
        }
        let is_restful = self.tools.is_empty() && self.settling.is_none() && self.owed.is_none();
        if !self.config.guard(Mutant::IdleNeedsRestfulTools, is_restful) {
            self.timers.set(Timer::Idle, self.now + self.config.waits.idle);
            return;
        }
        if self.prompts < self.config.limits.idle_prompts {
            self.prompts += 1;
            if !self.say_own(OwnKind::Idle) {
                self.quiet_since = self.now;
                self.rest();
            }
            return;
        }
        self.is_asleep = true;
        self.out.notice(Notice::UserIdle);
        if self.config.idle_end == IdleEnd::Sleep {
            return;
        }
        if self.say_own(OwnKind::Farewell) {
            if let Some(reply) = self.floor.reply_mut() {
                reply.closes = Some(CloseReason::Idle);
            }
        } else {
            self.close(CloseReason::Idle);
        }
    }

    /// The next wording of one of our own sentences.
    pub(crate) fn own_sentence(&mut self, kind: OwnKind) -> Option<String> {
        let wordings = self.config.own.get(&kind).filter(|wordings| !wordings.is_empty())?;
        let said = self.own_said.entry(kind).or_insert(0);
        let sentence = wordings[*said % wordings.len()].clone();
        *said += 1;
        has_words(&sentence).then_some(sentence)
    }

    /// Says one of our own sentences where nobody speaks. Gives whether there was one.
    pub(crate) fn say_own(&mut self, kind: OwnKind) -> bool {
        if self.kind() != FloorKind::Open {
            return false;
        }
        let Some(sentence) = self.own_sentence(kind) else { return false };
        let id = self.mint_reply();
        let mut reply = Reply::new(id, None, self.config.agent.clone(), self.now);
        reply.stage = Stage::Done;
        reply.interruptible = kind != OwnKind::Greeting || !self.config.uninterruptible_greeting;
        let speaks = self.speaks();
        if speaks {
            reply.queue.push_back((sentence.clone(), Some(kind)));
        }
        self.begin_reply(reply, Cause::Own);
        if speaks {
            self.pump();
        } else {
            self.write_note(kind, &sentence);
            self.finish_if_over();
        }
        true
    }

    pub(crate) fn on_pressed(&mut self) {
        let now = self.now;
        match &mut self.floor {
            Floor::Open => self.open_turn(now, Cause::Pressed),
            Floor::User(_) => {}
            Floor::Overlap(_) => self.barge_in(BargeInCause::Requested),
            Floor::Agent(_) => {
                let Floor::Agent(reply) = self.take_floor() else { return };
                let turn = self.new_turn(now);
                self.out.notice(Notice::BargeIn { reply: reply.id, turn: turn.id, cause: BargeInCause::Requested });
                self.out.counters_mut().barge_ins += 1;
                self.pass(Floor::User(Box::new(turn)), Cause::Pressed);
                self.cut(*reply);
                self.user_goes_on();
            }
            Floor::Closed => return,
        }
        if let Some(turn) = self.floor.turn_mut() {
            turn.pressed = true;
        }
        self.timers.clear(&[Timer::HangOver, Timer::Endpoint, Timer::LineHold]);
    }

    pub(crate) fn on_released(&mut self) {
        let (now, upto) = (self.now, self.ear.upto);
        let Floor::User(turn) = &mut self.floor else {
            self.out.ignored("released");
            return;
        };
        if !turn.pressed {
            self.out.ignored("released");
            return;
        }
        turn.end = turn.end.max(upto.min(now));
        let end = turn.end;
        if let Some(open) = turn.open_segment_mut()
            && end > open.upto
        {
            if open.answer != crate::turn::Answer::Unasked {
                open.revise();
            }
            open.upto = end;
        }
        self.end_turn(EndCause::Released);
    }

    /// Counts from the next reply on; also for the one under way, as long as nothing has come of it.
    pub(crate) fn on_modality_chosen(&mut self, text: bool) {
        self.modality = if text { Modality::Text } else { Modality::Voice };
        let Some(reply) = self.floor.reply_mut().filter(|reply| reply.is_blank()) else { return };
        reply.is_spoken = !text;
        self.watch_silence();
        self.finish_if_over();
    }

    pub(crate) fn on_stop_requested(&mut self, scope: StopScope) {
        match scope {
            StopScope::Speech => self.stop_speech(),
            StopScope::Everything => self.stop_everything(),
        }
    }

    /// Ends the session: what is being said is cut and settles first, what the user was saying is kept.
    pub(crate) fn close(&mut self, reason: CloseReason) {
        match self.take_floor() {
            Floor::Agent(reply) => self.cut(*reply),
            Floor::Overlap(overlap) => {
                let mut overlap = *overlap;
                self.cut(overlap.reply);
                self.keep_words(&mut overlap.turn);
            }
            Floor::User(mut turn) => self.keep_words(&mut turn),
            Floor::Open | Floor::Closed => {}
        }
        self.timers.clear_all();
        if self.settling.is_some() {
            self.closing = Some(reason);
            self.timers.set(Timer::PlayoutWait, self.now + self.config.waits.playout_wait);
        } else {
            self.finish_close(reason);
        }
    }

    fn keep_words(&mut self, turn: &mut UserTurn) {
        turn.phase = Phase::Ended(EndCause::Endpoint);
        let added = turn.added();
        if has_words(&added) && !self.config.words.is_stop_everything(&added) {
            self.record(turn);
        }
    }

    pub(crate) fn finish_close(&mut self, reason: CloseReason) {
        self.timers.clear_all();
        self.owed = None;
        self.closing = None;
        self.pass(Floor::Closed, Cause::Closed);
        self.out.command(Command::Close { reason });
        self.out.notice(Notice::Closed { reason });
    }
}
