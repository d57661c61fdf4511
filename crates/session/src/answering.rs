//! The making of an answer: who answers, the text as it comes, tools, and what is done when it breaks off.
//!
//! One generation is in flight at a time. An answer broken off after its first words is gone on with once; before
//! them one plain sentence is said. What is not current changes nothing.

use baton_types::{Attempt, CallId, Fault, FaultCode, TurnId};

use crate::command::{Command, OwnKind, Purpose};
use crate::event::{CloseReason, FinishReason, Selection, ToolOutcome};
use crate::floor::{Cause, Floor};
use crate::mutant::Mutant;
use crate::notice::{FloorKind, Notice};
use crate::reply::{Reply, Stage};
use crate::session::{Owed, Session};
use crate::timers::Timer;
use crate::transcript::Item;

impl Session {
    pub(crate) fn on_routed(&mut self, turn: TurnId, selection: Selection) {
        let Some(reply) = self.floor.reply_mut().filter(|r| r.turn == Some(turn) && r.stage == Stage::Routing) else {
            self.out.late("routed");
            return;
        };
        reply.agent = selection.agent.clone();
        reply.stage = Stage::Waiting(Purpose::Answer);
        reply.fed_at = self.now;
        if let Some(answered) = self.past.iter_mut().find(|past| past.id == turn) {
            answered.agent = Some(selection.agent.clone());
        }
        if let Floor::Overlap(overlap) = &mut self.floor
            && overlap.turn.id == turn
        {
            overlap.turn.agent = Some(selection.agent);
        }
        self.try_generate();
    }

    /// Asks for the generation that waits, if nothing stands in its way: a cut reply that has not settled, or too many
    /// generations within the window.
    pub(crate) fn try_generate(&mut self) {
        let (now, window) = (self.now, self.config.waits.window);
        if self.settling.is_some() {
            return;
        }
        while self.generations.front().is_some_and(|at| *at + window <= now) {
            self.generations.pop_front();
        }
        let is_below = self.generations.len() < self.config.limits.generations;
        let Some(reply) = self.floor.reply_mut() else { return };
        let has_room = !reply.is_spoken || is_below;
        let (Stage::Waiting(purpose), Some(turn)) = (reply.stage, reply.turn) else { return };
        if !self.config.guard(Mutant::GenerationsAreLimited, has_room) {
            if let Some(oldest) = self.generations.front() {
                self.timers.set(Timer::Limit, *oldest + window);
            }
            return;
        }
        let attempt = reply.attempt.next();
        reply.begin_generation(attempt, now);
        let agent = reply.agent.clone();
        if let Some(answered) = self.past.iter_mut().find(|past| past.id == turn) {
            answered.attempt = attempt;
        }
        if let Floor::Overlap(overlap) = &mut self.floor
            && overlap.turn.id == turn
        {
            overlap.turn.attempt = attempt;
        }
        self.generations.push_back(now);
        while self.generations.len() > self.config.limits.generations.max(1) {
            self.generations.pop_front();
        }
        self.timers.clear(&[Timer::Limit]);
        self.out.counters_mut().generations += 1;
        self.out.command(Command::Generate { turn, attempt, agent, purpose, context: self.transcript.len() });
    }

    /// The reply in the floor, if the event is about its newest generation.
    fn current(&mut self, turn: TurnId, attempt: Attempt) -> Option<&mut Reply> {
        let config = &self.config;
        self.floor.reply_mut().filter(|reply| {
            config.guard(Mutant::StaleAttemptDropped, reply.turn == Some(turn) && reply.attempt == attempt)
        })
    }

    pub(crate) fn on_delta(&mut self, turn: TurnId, attempt: Attempt, seq: u32, text: String) {
        let (now, limit) = (self.now, self.config.limits.reply_bytes);
        let Some(reply) = self.current(turn, attempt) else {
            self.out.late("delta");
            return;
        };
        // A piece may come behind the end of its generation, but not behind a failure.
        let may_come = reply.stage == Stage::Generating || reply.finish.is_some();
        if !may_come || reply.generated > limit {
            self.out.late("delta");
            return;
        }
        let Some(text) = reply.feed(seq, text) else {
            self.out.late("delta");
            return;
        };
        reply.fed_at = now;
        take_text(reply, &text);
        let is_too_long = reply.generated > limit && reply.stage == Stage::Generating;
        if is_too_long {
            self.out.command(Command::CancelGeneration { turn, attempt });
            self.generation_ended(FinishReason::Length);
            return;
        }
        if reply.finish.is_some() && !reply.has_gap() {
            self.flush();
        }
        self.deliver();
    }

    /// A piece of text stays missing: what came behind it is taken without it.
    pub(crate) fn skip_missing(&mut self) {
        let Some(reply) = self.floor.reply_mut() else { return };
        if reply.stage == Stage::Generating {
            let text = reply.skip_gap();
            take_text(reply, &text);
        } else {
            self.flush();
        }
        self.deliver();
    }

    /// Gives on what there is to say: to the mouth, or to the screen.
    fn deliver(&mut self) {
        self.pump();
        self.finish_if_over();
    }

    /// Puts the rest of the text into the last clause.
    fn flush(&mut self) {
        if let Some(reply) = self.floor.reply_mut() {
            if reply.has_gap() {
                let text = reply.skip_gap();
                take_text(reply, &text);
            }
            if let Some(rest) = reply.cutter.flush() {
                reply.queue_clause(rest);
            }
        }
    }

    pub(crate) fn on_tool_called(
        &mut self,
        turn: TurnId,
        attempt: Attempt,
        call: CallId,
        name: String,
        arguments: String,
    ) {
        let limit = self.config.limits.tools;
        let Some(reply) = self.current(turn, attempt).filter(|reply| reply.stage == Stage::Generating) else {
            self.out.late("tool_called");
            return;
        };
        let has_room = reply.tools_called < limit;
        let turn = reply.turn.unwrap_or(turn);
        if !has_room || !self.config.guard(Mutant::ToolRunsOnce, !self.transcript.has_call(&call)) {
            self.out.ignored("tool_called");
            return;
        }
        if let Some(reply) = self.floor.reply_mut() {
            reply.tools.insert(call.clone());
            reply.tools_called += 1;
            reply.has_called = true;
            reply.fed_at = self.now;
        }
        let item =
            Item::Tool { turn, call: call.clone(), name: name.clone(), arguments: arguments.clone(), outcome: None };
        let index = self.transcript.push(item.clone());
        self.tools.insert(call.clone(), (index, turn));
        self.out.command(Command::Commit { index, item });
        self.out.command(Command::RunTool { turn, call, name, arguments });
    }

    pub(crate) fn on_tool_returned(&mut self, call: CallId, outcome: ToolOutcome) {
        let Some((index, turn)) = self.tools.remove(&call) else {
            self.out.late("tool_returned");
            return;
        };
        self.quiet_since = self.now;
        if let Some(item) = self.transcript.item_mut(index) {
            if let Item::Tool { outcome: place, .. } = item {
                *place = Some(outcome);
            }
            self.out.command(Command::Commit { index, item: item.clone() });
        }
        if let Some(reply) = self.floor.reply_mut().filter(|reply| reply.tools.contains(&call)) {
            reply.tools.remove(&call);
            self.go_on_after_tools();
            return;
        }
        if self.tools.values().all(|(_, other)| *other != turn) {
            let purpose = Purpose::AfterTools;
            self.owed = Some(self.owed.unwrap_or(Owed { turn, purpose, waits_for_quiet: false }));
            self.pay_owed();
        }
    }

    /// The generation has ended for its tools, and the last of them has returned: the next one sees them all.
    fn go_on_after_tools(&mut self) {
        let now = self.now;
        let Some(reply) = self.floor.reply_mut() else { return };
        if reply.stage == Stage::Tools && reply.tools.is_empty() {
            reply.stage = Stage::Waiting(Purpose::AfterTools);
            reply.fed_at = now;
            self.try_generate();
        }
    }

    pub(crate) fn on_generation_ended(&mut self, turn: TurnId, attempt: Attempt, reason: FinishReason) {
        if self.current(turn, attempt).is_none_or(|reply| reply.stage != Stage::Generating) {
            self.out.late("generation_ended");
            return;
        }
        self.generation_ended(reason);
    }

    fn generation_ended(&mut self, reason: FinishReason) {
        let Some(reply) = self.floor.reply_mut() else { return };
        reply.finish = Some(reason);
        reply.stage = if reply.has_called { Stage::Tools } else { Stage::Done };
        if reason == FinishReason::Goodbye {
            reply.closes = Some(CloseReason::Goodbye);
        }
        let is_empty = !reply.has_output() && !crate::words::has_words(reply.cutter.pending()) && !reply.has_gap();
        if !reply.has_gap() {
            self.flush();
        }
        let Some(reply) = self.floor.reply_mut() else { return };
        if is_empty && reply.stage == Stage::Done && reply.generated == 0 && reply.closes.is_none() {
            self.say_broken(&Fault::new("generate", FaultCode::Garbled, "the answer was empty"));
            return;
        }
        self.go_on_after_tools();
        self.deliver();
    }

    pub(crate) fn on_generation_failed(&mut self, turn: TurnId, attempt: Attempt, fault: Fault) {
        if self.current(turn, attempt).is_none_or(|reply| reply.stage != Stage::Generating) {
            self.out.late("generation_failed");
            return;
        }
        self.broke(fault);
    }

    pub(crate) fn on_first_token(&mut self) {
        let Some(reply) = self.floor.reply() else { return };
        if let (Stage::Generating, Some(turn)) = (reply.stage, reply.turn) {
            let attempt = reply.attempt;
            self.out.command(Command::CancelGeneration { turn, attempt });
        }
        let operation = if reply.stage == Stage::Routing { "route" } else { "generate" };
        self.broke(Fault::new(operation, FaultCode::TimedOut, "nothing came for too long"));
    }

    /// The text broke off: go on with it once where some of it was heard, else say so.
    fn broke(&mut self, fault: Fault) {
        let now = self.now;
        self.timers.clear(&[Timer::Limit]);
        let Some(reply) = self.floor.reply_mut() else { return };
        if reply.item.is_some() && !reply.is_retried && reply.stage == Stage::Generating {
            reply.is_retried = true;
            let _unsaid = reply.cutter.flush();
            reply.skip_gap();
            reply.stage = Stage::Waiting(Purpose::Continue);
            reply.fed_at = now;
            self.out.notice(Notice::Degraded { fault });
            self.write_down();
            self.try_generate();
            return;
        }
        self.say_broken(&fault);
    }

    /// Ends the making of the answer with one plain sentence of our own.
    fn say_broken(&mut self, fault: &Fault) {
        self.timers.clear(&[Timer::HoldingPhrase]);
        self.out.notice(Notice::Degraded { fault: fault.clone() });
        self.flush();
        let sentence =
            if fault.message.is_empty() { self.own_sentence(OwnKind::Fault) } else { Some(fault.message.clone()) };
        let is_quiet = self.config.guard(Mutant::FailureIsSpoken, false);
        let Some(reply) = self.floor.reply_mut() else { return };
        reply.stage = Stage::Done;
        reply.finish = None;
        if let Some(sentence) = sentence.filter(|_| !is_quiet) {
            if reply.is_spoken {
                reply.queue.push_back((sentence, Some(OwnKind::Fault)));
            } else {
                self.write_note(OwnKind::Fault, &sentence);
            }
        }
        self.deliver();
    }

    pub(crate) fn on_holding_phrase(&mut self) {
        let again = self.now + self.config.waits.resume;
        let is_held = self.floor.reply().is_some_and(|reply| reply.hold.is_some()) || self.kind() == FloorKind::Overlap;
        if is_held {
            self.timers.set(Timer::HoldingPhrase, again);
            return;
        }
        let Some(reply) = self.floor.reply_mut() else { return };
        if reply.is_playing() || reply.holding_said {
            if reply.stage == Stage::Tools {
                self.finish_if_over();
            }
            return;
        }
        reply.holding_said = true;
        let has_words = reply.cutter.pending().split_whitespace().any(crate::words::has_words);
        if has_words && reply.clauses.is_empty() {
            if let Some(rest) = reply.cutter.flush() {
                reply.queue_clause(rest);
            }
        } else if reply.clauses.is_empty()
            && let Some(sentence) = self.own_sentence(OwnKind::Holding)
            && let Some(reply) = self.floor.reply_mut()
        {
            reply.queue.push_back((sentence, Some(OwnKind::Holding)));
        }
        self.pump();
        self.finish_if_over();
    }

    /// Says what is owed, if nobody speaks.
    pub(crate) fn pay_owed(&mut self) {
        let Some(owed) = self.owed else { return };
        if self.kind() != FloorKind::Open || self.closing.is_some() {
            return;
        }
        if owed.waits_for_quiet {
            let due = self.not_before_now(self.quiet_since.max(self.ear.last_voice), self.config.waits.quiet_gap);
            self.timers.set(Timer::QuietGap, due);
            return;
        }
        self.owed = None;
        let Some(turn) = self.past.iter().find(|past| past.id == owed.turn) else { return };
        let agent = turn.agent.clone().unwrap_or_else(|| self.config.agent.clone());
        let attempt = turn.attempt;
        let id = self.mint_reply();
        let mut reply = Reply::new(id, Some(owed.turn), agent, self.now);
        reply.attempt = attempt;
        reply.stage = Stage::Waiting(owed.purpose);
        self.begin_reply(reply, Cause::Owed);
        self.try_generate();
    }

    pub(crate) fn on_quiet_gap(&mut self) {
        if !self.ear.is_silent() {
            self.timers.set(Timer::QuietGap, self.now + self.config.waits.quiet_gap);
            return;
        }
        if let Some(owed) = &mut self.owed {
            owed.waits_for_quiet = false;
        }
        self.pay_owed();
    }
}

/// Takes generated text: into clauses where it is spoken, onto the page where it is written.
fn take_text(reply: &mut Reply, text: &str) {
    if !reply.is_spoken {
        reply.written.push_str(text);
        return;
    }
    for clause in reply.cutter.push(text) {
        reply.queue_clause(clause);
    }
}
