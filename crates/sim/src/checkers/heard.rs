//! Invariant 6: heard never decreases, never exceeds what was sent, and what was sent never exceeds what was
//! generated; against what truly left the mouth as well.

use std::collections::BTreeMap;

use baton_session::{Command, Event, Item, Notice, ResumePoint, Source};
use baton_types::{Attempt, ClauseId, ReplyId, TurnId};

use super::Checker;
use crate::step::{Step, Truth};

/// Milliseconds a letter takes at the very most, and what a clause may take besides: a bound for sound whose length is
/// not known yet.
const SLOWEST_LETTER_MS: u64 = 160;
const SLOWEST_START_MS: u64 = 1_000;

/// Letters and digits alone: how marks and spaces are spread over clauses does not matter here.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A clause that was sent.
struct Clause {
    id: ClauseId,
    letters: String,
    is_own: bool,
    duration_ms: Option<u64>,
}

impl Clause {
    fn longest_ms(&self) -> u64 {
        self.duration_ms.unwrap_or(self.letters.chars().count() as u64 * SLOWEST_LETTER_MS + SLOWEST_START_MS)
    }
}

#[derive(Default)]
struct Reply {
    clauses: Vec<Clause>,
    /// Farthest position that was reported.
    reported_ms: u64,
    heard: String,
    heard_ms: u64,
    /// Where in the generated text the next clause is looked for.
    sent_upto: usize,
    /// More was claimed than had left while some of it had no length yet: milliseconds are a guess until it has.
    is_unsure: bool,
}

impl Reply {
    /// Whether a text is what was sent, cut somewhere; clauses without sound may be left out.
    fn was_sent(&self, heard: &str) -> bool {
        let mut rest = heard;
        let sounding = self.clauses.iter().filter(|clause| !clause.is_own && clause.duration_ms != Some(0));
        for clause in sounding {
            match rest.strip_prefix(clause.letters.as_str()) {
                Some(behind) => rest = behind,
                None => return clause.letters.starts_with(rest),
            }
        }
        rest.is_empty()
    }

    /// The clause that contains a position.
    fn clause_at(&self, position_ms: u64) -> Option<ClauseId> {
        let mut end = 0u64;
        self.clauses.iter().find_map(|clause| {
            end = end.saturating_add(clause.duration_ms.unwrap_or(u64::MAX));
            (position_ms < end).then_some(clause.id)
        })
    }
}

/// 6, from the stream alone.
#[derive(Default)]
pub(super) struct HeardIsWithinSent {
    generated: BTreeMap<TurnId, BTreeMap<(Attempt, u32), String>>,
    replies: BTreeMap<ReplyId, Reply>,
    /// The turn that is being answered.
    answered: Option<TurnId>,
    is_mixed: bool,
}

impl HeardIsWithinSent {
    fn event(&mut self, event: &Event, truth: &Truth) {
        match event {
            Event::Delta { turn, attempt, seq, text } => {
                let pieces = self.generated.entry(*turn).or_default();
                pieces.entry((*attempt, *seq)).or_insert_with(|| letters(text));
            }
            Event::ClauseReady { reply, clause, duration_ms, .. } => self.settle(*reply, *clause, *duration_ms),
            Event::SynthesisFailed { reply, clause, .. } => self.settle(*reply, *clause, 0),
            Event::PlayoutProgress { reply: id, played_ms } | Event::PlayoutStopped { reply: id, played_ms, .. } => {
                if let Some(reply) = self.replies.get_mut(id) {
                    let is_overclaimed = truth.get(id).is_some_and(|played| played.is_overclaimed);
                    reply.reported_ms = reply.reported_ms.max(*played_ms);
                    let has_length = reply.clauses.iter().all(|clause| clause.duration_ms.is_some());
                    reply.is_unsure |= !has_length && is_overclaimed;
                }
            }
            Event::PlayoutEnded { reply } => {
                if let Some(reply) = self.replies.get_mut(reply) {
                    let all: u64 = reply.clauses.iter().filter_map(|clause| clause.duration_ms).sum();
                    reply.reported_ms = reply.reported_ms.max(all);
                }
            }
            // Written and spoken parts of one reply have no common order of their own.
            Event::ModalityChosen { .. } => self.is_mixed = true,
            _ => {}
        }
    }

    fn settle(&mut self, reply: ReplyId, clause: ClauseId, duration_ms: u64) {
        let reply = self.replies.get_mut(&reply);
        if let Some(clause) = reply.and_then(|reply| reply.clauses.iter_mut().find(|known| known.id == clause)) {
            clause.duration_ms.get_or_insert(duration_ms);
        }
    }

    /// Everything generated for a turn, letters alone, attempts in order.
    fn generated(&self, turn: TurnId) -> String {
        self.generated.get(&turn).map(|pieces| pieces.values().map(String::as_str).collect()).unwrap_or_default()
    }

    fn speak(&mut self, id: ReplyId, clause: ClauseId, text: &str, source: &Source) -> Result<(), String> {
        let is_own = matches!(source, Source::Own { .. });
        let letters = letters(text);
        let generated = self.answered.map(|turn| self.generated(turn)).unwrap_or_default();
        let reply = self.replies.entry(id).or_default();
        if !is_own {
            let behind = generated.get(reply.sent_upto..).unwrap_or_default();
            let Some(at) = behind.find(&letters) else {
                return Err(format!("reply {id} speaks what was not generated: {text:?}"));
            };
            reply.sent_upto += at + letters.len();
        }
        reply.clauses.push(Clause { id: clause, letters, is_own, duration_ms: None });
        Ok(())
    }

    fn item(&mut self, item: &Item) -> Result<(), String> {
        let Item::Agent { reply: id, turn, heard, heard_ms, .. } = item else { return Ok(()) };
        let is_mixed = self.is_mixed;
        let generated = self.generated(*turn);
        let reply = self.replies.entry(*id).or_default();
        let heard = letters(heard);
        let is_less = *heard_ms < reply.heard_ms && !reply.is_unsure;
        if !heard.starts_with(reply.heard.as_str()) || is_less {
            return Err(format!("less was heard of reply {id} than before: {heard_ms} ms, {heard:?}"));
        }
        let is_written = reply.clauses.is_empty();
        let is_sent = if is_written { generated.contains(&heard) } else { reply.was_sent(&heard) };
        if !is_sent && !is_mixed {
            return Err(format!("of reply {id} was heard what was not sent: {heard:?}"));
        }
        let sent_ms: u64 = reply.clauses.iter().filter(|clause| !clause.is_own).map(Clause::longest_ms).sum();
        if *heard_ms > reply.heard_ms && *heard_ms > sent_ms && !reply.is_unsure {
            return Err(format!("{heard_ms} ms of reply {id} were heard and at most {sent_ms} ms sent"));
        }
        reply.heard = heard;
        reply.heard_ms = *heard_ms;
        Ok(())
    }
}

impl Checker for HeardIsWithinSent {
    fn invariant(&self) -> u8 {
        6
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        if let Some(event) = step.accepted() {
            self.event(event, step.truth);
        } else if let Some(event @ (Event::PlayoutProgress { .. } | Event::PlayoutStopped { .. })) = step.input.event()
        {
            self.event(event, step.truth);
        }
        for command in step.commands {
            match command {
                Command::Generate { turn, .. } => self.answered = Some(*turn),
                Command::Speak { reply, clause, text, source, .. } => self.speak(*reply, *clause, text, source)?,
                Command::Commit { item, .. } => self.item(item)?,
                Command::ResumePlayout { reply: id, from: ResumePoint::ClauseStart { clause } } => {
                    let Some(reply) = self.replies.get(id) else { continue };
                    let is_true = !step.truth.get(id).is_some_and(|played| played.is_overclaimed);
                    let expected = reply.clause_at(reply.reported_ms);
                    if is_true && expected.is_some_and(|expected| expected != *clause) {
                        return Err(format!(
                            "reply {id} goes on at clause {clause} after {} ms were heard, which is in {expected:?}",
                            reply.reported_ms
                        ));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// 6, against what truly left the mouth.
#[derive(Default)]
pub(super) struct HeardIsTrue {
    sent: BTreeMap<ReplyId, Sent>,
}

#[derive(Default)]
struct Sent {
    /// Not all of it is an agent's words that all sounded, so that a position says little about them.
    is_mixed: bool,
    durations: BTreeMap<ClauseId, u64>,
}

impl Checker for HeardIsTrue {
    fn invariant(&self) -> u8 {
        6
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        match step.accepted() {
            Some(Event::ClauseReady { reply, clause, duration_ms, .. }) => {
                let sent = self.sent.entry(*reply).or_default();
                sent.is_mixed |= *duration_ms == 0;
                sent.durations.insert(*clause, *duration_ms);
            }
            Some(Event::SynthesisFailed { reply, .. }) => self.sent.entry(*reply).or_default().is_mixed = true,
            _ => {}
        }
        for command in step.commands {
            match command {
                Command::Speak { reply, source: Source::Own { .. }, .. } => {
                    self.sent.entry(*reply).or_default().is_mixed = true;
                }
                Command::Commit { item: Item::Agent { reply, heard_ms, .. }, .. } => {
                    let played = step.truth.get(reply).copied().unwrap_or_default();
                    if !played.is_overclaimed && *heard_ms > played.farthest_ms {
                        let most = played.farthest_ms;
                        return Err(format!("{heard_ms} ms of reply {reply} were heard and {most} ms left the mouth"));
                    }
                }
                _ => {}
            }
        }
        for notice in step.notices {
            let Notice::ReplyEnded { reply, turn: Some(_), heard_ms, .. } = notice else { continue };
            let sent = self.sent.remove(reply).unwrap_or_default();
            let played = step.truth.get(reply).copied().unwrap_or_default();
            if sent.is_mixed || played.is_overclaimed {
                continue;
            }
            let least = match step.input.event() {
                Some(Event::PlayoutStopped { reply: stopped, played_ms, .. }) if stopped == reply => *played_ms,
                Some(Event::PlayoutEnded { reply: ended }) if ended == reply => sent.durations.values().sum(),
                _ => 0,
            };
            if *heard_ms < least {
                return Err(format!("{heard_ms} ms of reply {reply} count as heard, and {least} ms were reported"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_session::Measured;
    use baton_types::AgentName;

    use super::*;
    use crate::checkers::tape::{Tape, progress, reply_ended, speak};
    use crate::step::Played;

    fn item(heard: &str, heard_ms: u64) -> Command {
        let (reply, turn, agent) = (ReplyId(1), TurnId(1), AgentName::from("host"));
        let (heard, unheard) = (heard.to_owned(), String::new());
        Command::Commit { index: 1, item: Item::Agent { reply, turn, agent, heard, unheard, heard_ms, cut: false } }
    }

    fn delta(text: &str) -> Event {
        Event::Delta { turn: TurnId(1), attempt: Attempt(1), seq: 0, text: text.to_owned() }
    }

    fn ready(clause: u32, duration_ms: u64) -> Event {
        Event::ClauseReady { reply: ReplyId(1), clause: ClauseId(clause), duration_ms, marks: Vec::new() }
    }

    fn spoken() -> Tape<HeardIsWithinSent> {
        let (turn, attempt, agent) = (TurnId(1), Attempt(1), AgentName::from("host"));
        let purpose = baton_session::Purpose::Answer;
        Tape::new(HeardIsWithinSent::default())
            .event(1, Event::MediaBack, &[Command::Generate { turn, attempt, agent, purpose, context: 1 }], &[])
            .event(2, delta("One two. Three."), &[speak(1, 0, "One two. "), speak(1, 1, "Three.")], &[])
            .event(3, ready(0, 500), &[], &[])
    }

    #[test]
    fn heard_grows_within_what_was_sent() {
        spoken()
            .event(4, progress(1, 300), &[item("One", 300)], &[])
            .event(5, progress(1, 600), &[item("One two. Th", 600)], &[])
            .holds();
        spoken()
            .event(4, progress(1, 300), &[item("One", 300)], &[])
            .event(5, progress(1, 2), &[item("", 2)], &[])
            .breaks("less was heard");
        spoken().event(4, progress(1, 300), &[item("Two", 300)], &[]).breaks("not sent");
        let known = spoken().event(4, ready(1, 300), &[], &[]);
        known.event(5, progress(1, 9_000), &[item("One two. Three.", 9_000)], &[]).breaks("at most 800");
    }

    #[test]
    fn only_what_was_generated_is_sent() {
        spoken().event(4, Event::MediaBack, &[speak(1, 2, "Four.")], &[]).breaks("not generated");
    }

    #[test]
    fn a_reply_goes_on_at_the_clause_that_was_playing() {
        let resume = |clause| Command::ResumePlayout {
            reply: ReplyId(1),
            from: ResumePoint::ClauseStart { clause: ClauseId(clause) },
        };
        let played = || spoken().event(4, progress(1, 700), &[], &[]).event(5, progress(1, 200), &[], &[]);
        played().event(6, Event::MediaBack, &[resume(1)], &[]).holds();
        played().event(6, Event::MediaBack, &[resume(0)], &[]).breaks("goes on at clause 0");
    }

    #[test]
    fn what_left_the_mouth_is_the_measure() {
        let tape = |farthest_ms| {
            let mut tape = Tape::new(HeardIsTrue::default());
            tape.truth.insert(ReplyId(1), Played { farthest_ms, ..Played::default() });
            tape
        };
        tape(300).event(1, progress(1, 300), &[item("One", 300)], &[]).holds();
        tape(200).event(1, progress(1, 300), &[item("One", 300)], &[]).breaks("left the mouth");
        let stopped = Event::PlayoutStopped { reply: ReplyId(1), played_ms: 250, measured: Measured::Played };
        tape(300).event(1, stopped, &[], &[reply_ended(1, 1)]).breaks("were reported");
    }
}
