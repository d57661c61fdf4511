//! One user turn: its stretches of speech with what was recognised of them, and what was typed between.
//!
//! Knows nothing of the floor or of timers; the session asks it for its text, for what is still owed by the recogniser
//! and what has grown.

use std::time::Duration;

use baton_types::{AgentName, Attempt, Revision, SegmentId, Timestamp, TurnId};

use crate::command::RecognitionUrgency;
use crate::config::{Limits, Waits};
use crate::event::Recognized;
use crate::notice::EndCause;
use crate::words::has_words;

/// What the recogniser has said about a segment's newest revision.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Answer {
    /// Nothing was asked.
    Unasked,
    /// Asked, and owed.
    Owed(RecognitionUrgency),
    /// Words, with the recogniser's confidence.
    Text(String, f32),
    /// No words.
    Nothing,
    /// Too busy for a guess.
    Skipped,
    /// It failed; asked once more at the end of the turn, unless that was done.
    Failed,
}

/// One stretch of a turn that is recognised as a whole.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Segment {
    pub(crate) id: SegmentId,
    /// Where its sound begins, pre-roll included.
    pub(crate) from: Timestamp,
    /// First voice.
    pub(crate) voice_from: Timestamp,
    /// Behind its last voice so far.
    pub(crate) upto: Timestamp,
    pub(crate) revision: Revision,
    pub(crate) answer: Answer,
    /// Sequence of the newest partial.
    pub(crate) partial_seq: Option<u32>,
    /// The best text before an answer: the newest partial, or the answer to an older revision.
    pub(crate) provisional: String,
    /// Bytes of `provisional` that two decodes agree on.
    pub(crate) stable: usize,
    /// No further voice is added to it.
    pub(crate) frozen: bool,
    pub(crate) retried: bool,
    /// The longest pause within, and its middle: the quietest place to cut.
    pub(crate) gap: Option<(Duration, Timestamp)>,
}

impl Segment {
    pub(crate) fn text(&self) -> &str {
        match &self.answer {
            Answer::Text(text, _) => text,
            Answer::Nothing => "",
            Answer::Unasked | Answer::Owed(_) | Answer::Skipped | Answer::Failed => &self.provisional,
        }
    }

    /// Whether the newest revision has its answer.
    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.answer, Answer::Text(..) | Answer::Nothing)
    }

    /// Whether the recogniser will still say something.
    pub(crate) fn is_owed(&self) -> bool {
        matches!(self.answer, Answer::Owed(_))
    }

    /// Makes the next revision and keeps the words known so far.
    pub(crate) fn revise(&mut self) {
        self.provisional = self.text().to_owned();
        self.stable = 0;
        self.revision = self.revision.next();
        self.answer = Answer::Unasked;
    }

    /// Takes the recogniser's answer.
    pub(crate) fn take(&mut self, outcome: Recognized) {
        self.answer = match outcome {
            Recognized::Text { text, confidence } if has_words(&text) => {
                Answer::Text(text.trim().to_owned(), confidence)
            }
            Recognized::Text { .. } | Recognized::Nothing => Answer::Nothing,
            Recognized::Skipped => Answer::Skipped,
        };
    }
}

/// One piece of a turn, in order of arrival.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Part {
    Spoken(Segment),
    Written(String),
}

/// What the predictor has said about the pause at hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Prediction {
    Unasked,
    /// Asked about this text.
    Pending(String),
    Complete(String),
    Unfinished(String),
}

impl Prediction {
    pub(crate) fn asked_about(&self) -> Option<&str> {
        match self {
            Self::Unasked => None,
            Self::Pending(text) | Self::Complete(text) | Self::Unfinished(text) => Some(text),
        }
    }
}

/// Whether the user may go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// The user speaks or pauses.
    Talking,
    /// The end was decided, the text is waited for.
    Ended(EndCause),
}

/// What a turn left in the transcript.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Committed {
    pub(crate) item: usize,
    pub(crate) text: String,
    /// How many parts that text has.
    pub(crate) parts: usize,
}

/// One user turn.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct UserTurn {
    pub(crate) id: TurnId,
    /// When the session opened it.
    pub(crate) opened_at: Timestamp,
    /// Input position of its first voice, or its arrival.
    pub(crate) start: Timestamp,
    /// Input position behind its last voice, or the last arrival.
    pub(crate) end: Timestamp,
    pub(crate) parts: Vec<Part>,
    pub(crate) phase: Phase,
    pub(crate) prediction: Prediction,
    /// The hang-over of the pause at hand has passed.
    pub(crate) stopped: bool,
    pub(crate) committed: Option<Committed>,
    /// Who answers, once the router has said so.
    pub(crate) agent: Option<AgentName>,
    /// The newest generation for it.
    pub(crate) attempt: Attempt,
    /// Words brought it, no voice was detected: their arrival stands for voice.
    pub(crate) by_words: bool,
    /// The talk button is down.
    pub(crate) pressed: bool,
    /// Parts up to the one that has stopped everything already.
    pub(crate) stopped_upto: usize,
    /// The answer under way was stopped on request: without further words there is nothing to answer.
    pub(crate) is_silenced: bool,
    /// It began while our own sound could come back.
    pub(crate) maybe_echo: bool,
    next_segment: SegmentId,
}

impl UserTurn {
    pub(crate) fn new(id: TurnId, now: Timestamp, start: Timestamp) -> Self {
        Self {
            id,
            opened_at: now,
            start,
            end: start,
            parts: Vec::new(),
            phase: Phase::Talking,
            prediction: Prediction::Unasked,
            stopped: false,
            committed: None,
            agent: None,
            attempt: Attempt(0),
            by_words: false,
            pressed: false,
            stopped_upto: 0,
            is_silenced: false,
            maybe_echo: false,
            next_segment: SegmentId(1),
        }
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.parts.iter().filter_map(|part| match part {
            Part::Spoken(segment) => Some(segment),
            Part::Written(_) => None,
        })
    }

    pub(crate) fn segments_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Segment> {
        self.parts.iter_mut().filter_map(|part| match part {
            Part::Spoken(segment) => Some(segment),
            Part::Written(_) => None,
        })
    }

    pub(crate) fn segment_mut(&mut self, id: SegmentId) -> Option<&mut Segment> {
        self.segments_mut().find(|segment| segment.id == id)
    }

    /// The segment that takes further voice.
    pub(crate) fn open_segment(&self) -> Option<&Segment> {
        self.segments().last().filter(|segment| !segment.frozen)
    }

    pub(crate) fn open_segment_mut(&mut self) -> Option<&mut Segment> {
        self.segments_mut().next_back().filter(|segment| !segment.frozen)
    }

    /// Begins a segment whose voice begins at `onset`; sound before `earliest` belongs to somebody else.
    pub(crate) fn begin_segment(&mut self, onset: Timestamp, pre_roll: Duration, earliest: Timestamp) {
        if let Some(open) = self.open_segment_mut() {
            open.frozen = true;
        }
        let earliest = self.segments().last().map_or(earliest, |segment| segment.upto.max(earliest));
        let id = self.next_segment;
        self.next_segment = id.next();
        self.parts.push(Part::Spoken(Segment {
            id,
            from: (onset - pre_roll).max(earliest).min(onset),
            voice_from: onset,
            upto: onset,
            revision: Revision(1),
            answer: Answer::Unasked,
            partial_seq: None,
            provisional: String::new(),
            stable: 0,
            frozen: false,
            retried: false,
            gap: None,
        }));
    }

    /// The user has it again: what was known about its last pause counts for nothing.
    pub(crate) fn reopen(&mut self) {
        self.phase = Phase::Talking;
        self.prediction = Prediction::Unasked;
        self.stopped = false;
    }

    /// Voice goes on at `onset` after a pause. Gives the guess that is overtaken, if one is owed.
    pub(crate) fn go_on(
        &mut self,
        onset: Timestamp,
        waits: &Waits,
        limits: &Limits,
        earliest: Timestamp,
    ) -> Option<(SegmentId, Revision)> {
        self.reopen();
        self.by_words = false;
        let may_freeze = self.parts.len() < limits.segments;
        let Some(open) = self.open_segment_mut() else {
            self.begin_segment(onset, waits.pre_roll, earliest);
            return None;
        };
        let pause = onset.since(open.upto);
        if pause >= waits.freeze && may_freeze {
            self.begin_segment(onset, waits.pre_roll, earliest);
            return None;
        }
        if open.gap.is_none_or(|(longest, _)| pause > longest) {
            open.gap = Some((pause, open.upto + pause / 2));
        }
        let overtaken = open.is_owed().then_some((open.id, open.revision));
        open.revise();
        overtaken
    }

    /// The whole text, parts in order.
    pub(crate) fn text(&self) -> String {
        Self::join(&self.parts)
    }

    /// The text that came after the last commit; all of it before the first.
    pub(crate) fn added(&self) -> String {
        let from = self.committed.as_ref().map_or(0, |committed| committed.parts.min(self.parts.len()));
        Self::join(&self.parts[from..])
    }

    fn join(parts: &[Part]) -> String {
        let mut text = String::new();
        for part in parts {
            let piece = match part {
                Part::Spoken(segment) => segment.text(),
                Part::Written(line) => line,
            };
            if !piece.is_empty() {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(piece);
            }
        }
        text
    }

    pub(crate) fn has_writing(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Written(_)))
    }

    /// Whether the recogniser owes anything about the parts that came after the last commit.
    pub(crate) fn is_owed(&self) -> bool {
        self.segments().any(Segment::is_owed)
    }

    /// How long the voice of the turn lasted, pauses within segments included.
    pub(crate) fn voiced(&self) -> Duration {
        self.segments().map(|segment| segment.upto.since(segment.voice_from)).sum()
    }

    /// The lowest confidence of what was recognised; 1 for what was typed.
    pub(crate) fn confidence(&self) -> f32 {
        self.segments().fold(1.0, |lowest, segment| match &segment.answer {
            Answer::Text(_, confidence) => confidence.min(lowest),
            Answer::Unasked | Answer::Owed(_) | Answer::Nothing | Answer::Skipped | Answer::Failed => lowest,
        })
    }

    /// Whether the recogniser failed at the whole of it.
    pub(crate) fn has_failed(&self) -> bool {
        self.segments().any(|segment| segment.answer == Answer::Failed)
    }

    /// Forgets what came after the last commit: it was nothing.
    pub(crate) fn forget_added(&mut self) {
        if let Some(committed) = &self.committed {
            self.parts.truncate(committed.parts);
            self.stopped_upto = self.stopped_upto.min(committed.parts);
        }
    }

    /// Forgets every word that was judged and dropped; what the recogniser still owes is judged by itself.
    pub(crate) fn forget_words(&mut self) {
        for segment in self.segments_mut() {
            segment.provisional.clear();
            if !segment.is_owed() {
                segment.answer = Answer::Nothing;
            }
        }
    }

    /// The newest stretch with words, unless it has stopped everything already.
    pub(crate) fn newest_said(&self) -> Option<&Segment> {
        self.parts[self.stopped_upto.min(self.parts.len())..].iter().rev().find_map(|part| match part {
            Part::Spoken(segment) if has_words(segment.text()) => Some(segment),
            Part::Spoken(_) | Part::Written(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn turn() -> UserTurn {
        let mut turn = UserTurn::new(TurnId(1), at(1_000), at(900));
        turn.begin_segment(at(900), Duration::from_millis(500), at(0));
        turn
    }

    fn fade(turn: &mut UserTurn, end: u64) {
        turn.open_segment_mut().unwrap().upto = at(end);
    }

    #[test]
    fn a_short_pause_revises_and_a_long_one_freezes() {
        let (waits, limits) = (Waits::default(), Limits::default());
        let mut turn = turn();
        assert_eq!(turn.open_segment().unwrap().from, at(400));
        fade(&mut turn, 1_500);
        turn.open_segment_mut().unwrap().answer = Answer::Owed(RecognitionUrgency::Guess);
        let overtaken = turn.go_on(at(1_900), &waits, &limits, at(0));
        assert_eq!(overtaken, Some((SegmentId(1), Revision(1))));
        assert_eq!(turn.open_segment().unwrap().revision, Revision(2));
        assert_eq!(turn.open_segment().unwrap().gap, Some((Duration::from_millis(400), at(1_700))));
        fade(&mut turn, 2_000);
        assert_eq!(turn.go_on(at(2_600), &waits, &limits, at(0)), None);
        assert_eq!(turn.open_segment().unwrap().id, SegmentId(2));
        assert_eq!(turn.open_segment().unwrap().from, at(2_100));
    }

    #[test]
    fn the_text_is_every_part_in_order_of_arrival() {
        let mut turn = turn();
        turn.open_segment_mut().unwrap().take(Recognized::Text { text: " compare these ".to_owned(), confidence: 0.5 });
        turn.parts.push(Part::Written("https://example.com".to_owned()));
        assert_eq!(turn.text(), "compare these https://example.com");
        assert!((turn.confidence() - 0.5).abs() < f32::EPSILON);
        turn.committed = Some(Committed { item: 0, text: turn.text(), parts: 2 });
        turn.parts.push(Part::Written("please".to_owned()));
        assert_eq!(turn.added(), "please");
        turn.forget_added();
        assert_eq!(turn.added(), "");
    }
}
