//! One reply: what is being generated, what was given to the mouth, what has left it, and whether it is held.
//!
//! *Generated*, *sent* and *heard* are three different things here. Knows nothing of who has the floor.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use baton_types::{AgentName, Attempt, CallId, ClauseId, ReplyId, Timestamp, TurnId};

use crate::clauses::Cutter;
use crate::command::{OwnKind, Purpose, ResumePoint, Source};
use crate::event::{CloseReason, FinishReason, WordMark};
use crate::heard::Sound;

/// Pieces of text that may wait for an earlier one.
const EARLY_PIECES_MAX: usize = 64;

/// How far the making of a reply has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The router is asked.
    Routing,
    /// The next generation may be asked for as soon as nothing stands in the way.
    Waiting(Purpose),
    /// Text comes.
    Generating,
    /// The generation has ended and waits for its tools.
    Tools,
    /// No more text comes.
    Done,
}

/// A clause of the reply.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Clause {
    pub(crate) id: ClauseId,
    pub(crate) text: String,
    /// Marks and space behind it that are not spoken.
    pub(crate) tail: String,
    /// Which sentence of our own it is; an agent's words otherwise.
    pub(crate) own: Option<OwnKind>,
    /// Length of its sound, once it is fully synthesised.
    pub(crate) duration_ms: Option<u64>,
    pub(crate) marks: Vec<WordMark>,
    pub(crate) failed: bool,
    /// Bytes of the text that were heard.
    pub(crate) heard: usize,
    /// Milliseconds of its sound that were heard.
    pub(crate) heard_ms: u64,
    /// Where it stands in the transcript, if it is a note.
    pub(crate) note: Option<usize>,
}

impl Clause {
    pub(crate) fn is_ready(&self) -> bool {
        self.failed || self.duration_ms.is_some()
    }

    fn sound(&self) -> Sound<'_> {
        let duration_ms = if self.failed { Some(0) } else { self.duration_ms };
        Sound { text: &self.text, duration_ms, marks: &self.marks }
    }

    fn is_heard(&self) -> bool {
        !self.failed && self.heard >= self.text.len()
    }
}

/// A pause that is being held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hold {
    pub(crate) since: Timestamp,
}

/// One reply.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Reply {
    pub(crate) id: ReplyId,
    /// The turn it answers; none for our own sentences.
    pub(crate) turn: Option<TurnId>,
    pub(crate) attempt: Attempt,
    pub(crate) agent: AgentName,
    /// It is spoken; written otherwise. One reply is never both, as its parts have one order.
    pub(crate) is_spoken: bool,
    pub(crate) stage: Stage,
    /// Since when the next piece of text is waited for.
    pub(crate) fed_at: Timestamp,
    next_seq: u32,
    early: BTreeMap<u32, String>,
    /// Why the generation ended, once it has.
    pub(crate) finish: Option<FinishReason>,
    pub(crate) cutter: Cutter,
    /// Bytes generated.
    pub(crate) generated: usize,
    /// What was rendered, where replies are written.
    pub(crate) written: String,
    /// Clauses that were cut and not given to synthesis yet.
    pub(crate) queue: VecDeque<(String, Option<OwnKind>)>,
    /// Clauses given to synthesis.
    pub(crate) clauses: Vec<Clause>,
    /// Farthest position in its sound that was reported.
    pub(crate) played_ms: u64,
    /// The position of the newest report: after going on at the beginning of a clause, or after a report that claimed
    /// too much, it is before the farthest one.
    pub(crate) reported_ms: u64,
    /// When its sound last moved.
    pub(crate) moved_at: Timestamp,
    /// A sample has left.
    pub(crate) sounded: bool,
    /// Everything sent so far has left.
    pub(crate) drained: bool,
    pub(crate) hold: Option<Hold>,
    pub(crate) holds: u32,
    pub(crate) held_sum: Duration,
    /// It was held so often before it began that it is not held again.
    pub(crate) is_exhausted: bool,
    pub(crate) interruptible: bool,
    pub(crate) is_cut: bool,
    /// A failed generation was followed by another one already.
    pub(crate) is_retried: bool,
    pub(crate) holding_said: bool,
    /// Where the agent's words stand in the transcript.
    pub(crate) item: Option<usize>,
    /// Calls of the newest generation that have not returned.
    pub(crate) tools: BTreeSet<CallId>,
    pub(crate) tools_called: usize,
    /// The newest generation has called a tool.
    pub(crate) has_called: bool,
    /// The session ends when it was heard.
    pub(crate) closes: Option<CloseReason>,
}

impl Reply {
    pub(crate) fn new(id: ReplyId, turn: Option<TurnId>, agent: AgentName, now: Timestamp) -> Self {
        Self {
            id,
            turn,
            attempt: Attempt(0),
            agent,
            is_spoken: true,
            stage: Stage::Routing,
            fed_at: now,
            next_seq: 0,
            early: BTreeMap::new(),
            finish: None,
            cutter: Cutter::new(),
            generated: 0,
            written: String::new(),
            queue: VecDeque::new(),
            clauses: Vec::new(),
            played_ms: 0,
            reported_ms: 0,
            moved_at: now,
            sounded: false,
            drained: false,
            hold: None,
            holds: 0,
            held_sum: Duration::ZERO,
            is_exhausted: false,
            interruptible: true,
            is_cut: false,
            is_retried: false,
            holding_said: false,
            item: None,
            tools: BTreeSet::new(),
            tools_called: 0,
            has_called: false,
            closes: None,
        }
    }

    /// Makes ready for the text of another generation.
    pub(crate) fn begin_generation(&mut self, attempt: Attempt, now: Timestamp) {
        self.attempt = attempt;
        self.stage = Stage::Generating;
        self.next_seq = 0;
        self.early.clear();
        self.finish = None;
        self.fed_at = now;
        self.tools.clear();
        self.has_called = false;
    }

    /// Takes a piece of text; gives all that is in order with it. `None` when it came before or too early.
    pub(crate) fn feed(&mut self, seq: u32, text: String) -> Option<String> {
        if seq < self.next_seq || self.early.contains_key(&seq) || self.early.len() >= EARLY_PIECES_MAX {
            return None;
        }
        self.early.insert(seq, text);
        let mut in_order = String::new();
        while let Some(piece) = self.early.remove(&self.next_seq) {
            in_order.push_str(&piece);
            self.next_seq = self.next_seq.saturating_add(1);
        }
        self.generated += in_order.len();
        Some(in_order)
    }

    /// Whether a piece of text is missing between those that came.
    pub(crate) fn has_gap(&self) -> bool {
        !self.early.is_empty()
    }

    /// Gives up on a missing piece and takes what came behind it.
    pub(crate) fn skip_gap(&mut self) -> String {
        let pieces = std::mem::take(&mut self.early);
        self.next_seq = pieces.keys().next_back().map_or(self.next_seq, |seq| seq.saturating_add(1));
        let text: String = pieces.into_values().collect();
        self.generated += text.len();
        text
    }

    /// Queues a clause of the agent; what holds no word is kept behind the words before it.
    pub(crate) fn queue_clause(&mut self, text: String) {
        if crate::words::has_words(&text) {
            self.queue.push_back((text, None));
        } else if let Some((last, None)) = self.queue.back_mut() {
            last.push_str(&text);
        } else if let Some(last) = self.clauses.iter_mut().rev().find(|clause| clause.own.is_none()) {
            last.tail.push_str(&text);
        }
    }

    /// The next clause for synthesis, if there is one.
    pub(crate) fn send_next(&mut self, now: Timestamp) -> Option<&Clause> {
        let (text, own) = self.queue.pop_front()?;
        let id = ClauseId(u32::try_from(self.clauses.len()).unwrap_or(u32::MAX));
        if self.drained || self.clauses.is_empty() {
            self.moved_at = now;
        }
        self.drained = false;
        self.clauses.push(Clause {
            id,
            text,
            tail: String::new(),
            own,
            duration_ms: None,
            marks: Vec::new(),
            failed: false,
            heard: 0,
            heard_ms: 0,
            note: None,
        });
        self.clauses.last()
    }

    /// Clauses given to synthesis and not ready.
    pub(crate) fn unready(&self) -> usize {
        self.clauses.iter().filter(|clause| !clause.is_ready()).count()
    }

    pub(crate) fn source(&self, own: Option<OwnKind>) -> Source {
        own.map_or_else(|| Source::Agent { agent: self.agent.clone() }, |kind| Source::Own { kind })
    }

    /// Whether nothing has come of it yet, in sound or in writing.
    pub(crate) fn is_blank(&self) -> bool {
        self.generated == 0 && self.clauses.is_empty() && self.queue.is_empty()
    }

    /// Whether sound was asked for that has not all left.
    pub(crate) fn is_playing(&self) -> bool {
        !self.clauses.is_empty() && !self.drained
    }

    /// Whether an agent's words were sent or are about to be.
    pub(crate) fn has_output(&self) -> bool {
        !self.written.trim().is_empty()
            || self.queue.iter().any(|(_, own)| own.is_none())
            || self.clauses.iter().any(|clause| clause.own.is_none())
    }

    /// The sound of the clauses that are fully synthesised, in milliseconds.
    pub(crate) fn ready_ms(&self) -> u64 {
        self.clauses.iter().filter_map(|clause| clause.duration_ms).sum()
    }

    /// Upper bound of the sound that was sent, in milliseconds.
    pub(crate) fn sent_ms(&self) -> u64 {
        self.clauses.iter().map(|clause| clause.sound().longest_ms()).sum()
    }

    /// Takes a position within the sound that was sent and settles what was heard of each clause; unless `may_take_back`,
    /// what was heard stays heard. Gives whether a clause's end passed.
    pub(crate) fn hear(&mut self, played_ms: u64, may_take_back: bool) -> bool {
        self.played_ms = played_ms;
        let mut rest = played_ms;
        let mut ended = false;
        let last = self.clauses.len().saturating_sub(1);
        for (at, clause) in self.clauses.iter_mut().enumerate().filter(|(_, clause)| !clause.failed) {
            let was_heard = clause.is_heard();
            // The position is kept within what was sent, so that the last clause takes what is left of it.
            let length = if at == last { u64::MAX } else { clause.duration_ms.unwrap_or(u64::MAX) };
            let played = rest.min(length);
            let heard = if played > 0 { clause.sound().heard(played) } else { 0 };
            clause.heard = if may_take_back { heard } else { clause.heard.max(heard) };
            clause.heard_ms = if may_take_back { played } else { clause.heard_ms.max(played) };
            ended |= !was_heard && clause.is_heard();
            rest -= played;
        }
        ended
    }

    /// The agent's words that were heard.
    pub(crate) fn heard(&self) -> String {
        let mut text = self.written.clone();
        for clause in self.clauses.iter().filter(|clause| clause.own.is_none()) {
            text.push_str(&clause.text[..clause.heard]);
            if clause.is_heard() {
                text.push_str(&clause.tail);
            }
        }
        text
    }

    /// All of the agent's words, in order.
    pub(crate) fn text(&self) -> String {
        let mut text = self.written.clone();
        for clause in self.clauses.iter().filter(|clause| clause.own.is_none()) {
            text.push_str(&clause.text);
            text.push_str(&clause.tail);
        }
        self.push_unsent(&mut text);
        text
    }

    fn push_unsent(&self, text: &mut String) {
        for (clause, own) in &self.queue {
            if own.is_none() {
                text.push_str(clause);
            }
        }
        text.push_str(self.cutter.pending());
    }

    /// The agent's words that were generated and not heard.
    pub(crate) fn unheard(&self) -> String {
        let mut text = String::new();
        for clause in self.clauses.iter().filter(|clause| clause.own.is_none()) {
            text.push_str(&clause.text[clause.heard..]);
            if !clause.is_heard() {
                text.push_str(&clause.tail);
            }
        }
        self.push_unsent(&mut text);
        text
    }

    /// Milliseconds of the agent's words that were heard.
    pub(crate) fn heard_ms(&self) -> u64 {
        self.clauses.iter().filter(|clause| clause.own.is_none()).map(|clause| clause.heard_ms).sum()
    }

    /// The words of all its sound up to a position, our own sentences included, and a little of what follows.
    pub(crate) fn sounding_words(&self, ahead_ms: u64) -> Vec<String> {
        let mut rest = self.played_ms.saturating_add(ahead_ms);
        let mut words = Vec::new();
        for clause in self.clauses.iter().filter(|clause| !clause.failed) {
            let sound = clause.sound();
            let length = clause.duration_ms.unwrap_or(u64::MAX);
            let end = if rest >= length { clause.text.len() } else { sound.heard(rest) };
            words.extend(crate::words::normalize(&clause.text[..end]));
            rest = rest.saturating_sub(length);
            if rest == 0 {
                break;
            }
        }
        words
    }

    /// Where to go on after a hold: at the clause that is playing when the hold was long, else where it stopped.
    pub(crate) fn resume_point(&self, is_long: bool) -> ResumePoint {
        if !is_long || !self.sounded {
            return ResumePoint::SameSample;
        }
        let mut end = 0u64;
        for clause in self.clauses.iter().filter(|clause| !clause.failed) {
            end = end.saturating_add(clause.duration_ms.unwrap_or(u64::MAX));
            if self.played_ms < end {
                return ResumePoint::ClauseStart { clause: clause.id };
            }
        }
        ResumePoint::SameSample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(clauses: &[(&str, Option<u64>)]) -> Reply {
        let mut reply = Reply::new(ReplyId(1), Some(TurnId(1)), AgentName::from("host"), Timestamp::ZERO);
        for (text, duration_ms) in clauses {
            reply.queue_clause((*text).to_owned());
            reply.send_next(Timestamp::ZERO);
            reply.clauses.last_mut().unwrap().duration_ms = *duration_ms;
        }
        reply
    }

    #[test]
    fn pieces_are_taken_in_order_and_once() {
        let mut reply = reply(&[]);
        assert_eq!(reply.feed(1, "b".into()).as_deref(), Some(""));
        assert!(reply.has_gap());
        assert_eq!(reply.feed(0, "a".into()).as_deref(), Some("ab"));
        assert_eq!(reply.feed(0, "a".into()), None);
        assert_eq!(reply.feed(3, "d".into()).as_deref(), Some(""));
        assert_eq!(reply.skip_gap(), "d");
        assert_eq!(reply.feed(4, "e".into()).as_deref(), Some("e"));
    }

    #[test]
    fn heard_runs_through_the_clauses_and_never_beyond() {
        let mut reply = reply(&[("One two. ", Some(1_000)), ("Three four.", None)]);
        assert!(!reply.hear(500, false));
        assert_eq!((reply.heard().as_str(), reply.unheard().as_str()), ("One", " two. Three four."));
        assert!(reply.hear(1_000, false));
        assert_eq!(reply.heard(), "One two. ");
        reply.hear(1_450, false);
        assert_eq!(reply.heard(), "One two. Three");
        assert_eq!(reply.heard_ms(), 1_450);
        reply.sounded = true;
        assert_eq!(reply.resume_point(true), ResumePoint::ClauseStart { clause: ClauseId(1) });
        assert_eq!(reply.resume_point(false), ResumePoint::SameSample);
    }

    #[test]
    fn marks_without_words_follow_the_clause_before_them() {
        let mut reply = reply(&[("One. ", Some(1_000))]);
        reply.queue_clause("\n".into());
        reply.queue_clause("Two.".into());
        reply.queue_clause("!".into());
        reply.hear(1_000, false);
        assert_eq!((reply.heard().as_str(), reply.unheard().as_str()), ("One. \n", "Two.!"));
    }
}
