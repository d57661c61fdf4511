//! The user's turn: from the first voice to its end.
//!
//! Voice opens and extends it, the recogniser is asked on a guess at every gap, and the end is silence for as long as
//! the words, the predictor and the configuration say, counted from the position of the last voice. What becomes of
//! the turn then is decided in `commit`.

use std::time::Duration;

use baton_types::{Fault, Revision, SegmentId, Timestamp, TurnId};

use crate::command::{Command, RecognitionUrgency};
use crate::ear::Voice;
use crate::event::{MediaLoss, Recognized};
use crate::floor::{Cause, Floor};
use crate::mutant::Mutant;
use crate::notice::{EndCause, FloorKind, Notice};
use crate::session::Session;
use crate::timers::Timer;
use crate::turn::{Answer, Phase, Prediction, UserTurn};
use crate::words::{Expectation, has_words};

/// Recognitions that may be owed for one turn at the same time.
const OWED_MAX: usize = 8;

/// Timers that end a user turn.
pub(crate) const TURN_TIMERS: [Timer; 6] =
    [Timer::HangOver, Timer::Endpoint, Timer::FinalWait, Timer::Standstill, Timer::TurnCap, Timer::LineHold];

impl Session {
    pub(crate) fn on_speech_started(&mut self, onset: Timestamp) {
        if !self.ear.is_silent() {
            self.out.ignored("speech_started");
            return;
        }
        let onset = onset.min(self.now);
        self.ear.voice = Voice::Started { onset, since: self.now };
        match &mut self.floor {
            Floor::User(turn) => {
                turn.prediction = Prediction::Unasked;
                turn.stopped = false;
                if !self.config.guard(Mutant::EndpointNeedsSilence, false) {
                    self.timers.clear(&[Timer::HangOver, Timer::Endpoint, Timer::LineHold]);
                }
            }
            Floor::Overlap(_) => {
                self.timers.clear(&[Timer::Resume]);
                self.consider_hold();
            }
            Floor::Agent(_) => {
                self.timers.clear(&[Timer::Resume]);
                self.consider_hold();
            }
            Floor::Open | Floor::Closed => {}
        }
    }

    pub(crate) fn on_speech_confirmed(&mut self, onset: Timestamp) {
        match self.ear.voice {
            Voice::Silent { .. } => self.on_speech_started(onset),
            Voice::Started { .. } => {}
            Voice::Confirmed { .. } => {
                self.out.ignored("speech_confirmed");
                return;
            }
        }
        let Voice::Started { onset, since } = self.ear.voice else { return };
        self.ear.voice = Voice::Confirmed { onset, since };
        match self.kind() {
            FloorKind::Open => self.open_turn(onset, Cause::Voice),
            FloorKind::User | FloorKind::Overlap => self.voice_goes_on(onset),
            FloorKind::Agent => self.enter_overlap(onset, since, Cause::Voice),
            FloorKind::Closed => {}
        }
    }

    pub(crate) fn on_speech_faded(&mut self, end: Timestamp) {
        let (onset, was_confirmed) = match self.ear.voice {
            Voice::Silent { .. } => {
                self.out.ignored("speech_faded");
                return;
            }
            Voice::Started { onset, .. } => (onset, false),
            Voice::Confirmed { onset, .. } => (onset, true),
        };
        let end = end.min(self.now).max(onset);
        self.ear.voice = Voice::Silent { since: self.now };
        self.ear.last_voice = self.ear.last_voice.max(end);
        if std::mem::take(&mut self.ear.is_spent) && self.floor.turn().is_none() {
            self.ear.used_upto = end;
            return;
        }
        match self.kind() {
            FloorKind::User => self.user_paused(end, was_confirmed),
            FloorKind::Overlap | FloorKind::Agent => self.overlap_paused(end, was_confirmed),
            FloorKind::Open | FloorKind::Closed => {}
        }
    }

    /// A gap in the user's own turn: ask on a guess, and start the clock.
    fn user_paused(&mut self, end: Timestamp, was_confirmed: bool) {
        let Some(turn) = self.floor.turn_mut() else { return };
        if was_confirmed {
            turn.end = turn.end.max(end);
            if let Some(segment) = turn.open_segment_mut() {
                segment.upto = segment.upto.max(end);
            }
        }
        if turn.phase != Phase::Talking {
            return;
        }
        if self.config.capabilities.cheap_finalize {
            self.ask(RecognitionUrgency::Guess);
        }
        self.start_hang_over();
    }

    /// Starts the clock of the end of the turn at the last voice.
    pub(crate) fn start_hang_over(&mut self) {
        let Some(turn) = self.floor.turn_mut() else { return };
        turn.stopped = false;
        if turn.pressed || !self.ear.is_silent() || turn.phase != Phase::Talking {
            return;
        }
        self.timers.clear(&[Timer::Endpoint, Timer::LineHold]);
        let due = self.not_before_now(self.ear.last_voice, self.config.waits.hang_over);
        self.timers.set(Timer::HangOver, due);
        self.predict();
    }

    pub(crate) fn on_hang_over(&mut self) {
        let Some(turn) = self.floor.turn_mut() else { return };
        turn.stopped = true;
        if !self.config.capabilities.cheap_finalize {
            self.ask(RecognitionUrgency::Guess);
        }
        self.predict();
        self.set_endpoint(false);
    }

    /// Asks the recogniser about the open segment, unless the answer is there or under way.
    pub(crate) fn ask(&mut self, urgency: RecognitionUrgency) {
        let Some(turn) = self.floor.turn_mut() else { return };
        let id = turn.id;
        let Some(segment) = turn.open_segment_mut() else { return };
        if segment.answer != Answer::Unasked || segment.upto <= segment.voice_from {
            return;
        }
        segment.answer = Answer::Owed(urgency);
        let (segment, revision, from, upto) = (segment.id, segment.revision, segment.from, segment.upto);
        self.out.command(Command::Recognize { turn: id, segment, revision, from, upto, urgency });
    }

    /// Asks the predictor about the pause at hand, once per text.
    pub(crate) fn predict(&mut self) {
        let is_silent = self.ear.is_silent();
        let Floor::User(turn) = &mut self.floor else { return };
        if !self.config.capabilities.predictor || !is_silent || turn.phase != Phase::Talking || turn.pressed {
            return;
        }
        let Some(segment) = turn.open_segment() else { return };
        let (segment, revision, is_known) = (segment.id, segment.revision, segment.is_answered());
        let text = turn.text();
        if !has_words(&text) || !(is_known || turn.stopped) || turn.prediction.asked_about() == Some(&text) {
            return;
        }
        turn.prediction = Prediction::Pending(text.clone());
        self.out.command(Command::PredictEndOfTurn { turn: turn.id, segment, revision, text });
    }

    pub(crate) fn on_predicted(&mut self, turn: TurnId, segment: SegmentId, revision: Revision, complete: bool) {
        let is_silent = self.ear.is_silent();
        let is_current = |asked: &UserTurn| {
            asked.phase == Phase::Talking
                && is_silent
                && matches!(asked.prediction, Prediction::Pending(_))
                && asked.open_segment().is_some_and(|open| open.id == segment && open.revision == revision)
        };
        let config = &self.config;
        match &mut self.floor {
            Floor::User(asked) if asked.id == turn && config.guard(Mutant::PredictionIsCurrent, is_current(asked)) => {
                let text = asked.prediction.asked_about().unwrap_or_default().to_owned();
                asked.prediction = if complete { Prediction::Complete(text) } else { Prediction::Unfinished(text) };
                self.set_endpoint(true);
            }
            Floor::Open | Floor::User(_) | Floor::Overlap(_) | Floor::Agent(_) | Floor::Closed => {
                self.out.late("end_of_turn_predicted");
            }
        }
    }

    /// Sets the end of the turn by everything that is known about the pause; a prediction only ever shortens it.
    pub(crate) fn set_endpoint(&mut self, by_prediction: bool) {
        let Floor::User(turn) = &self.floor else { return };
        if !turn.stopped || turn.pressed || turn.phase != Phase::Talking {
            return;
        }
        let wait = self.config.waits.hang_over + self.endpoint_wait(turn);
        let due = self.not_before_now(self.ear.last_voice, wait);
        let before = self.timers.due(Timer::Endpoint);
        let only_shortens = !by_prediction || before.is_none_or(|before| due <= before);
        if self.timers.due(Timer::LineHold).is_some() {
            return;
        }
        if self.config.guard(Mutant::PredictionOnlyShortens, only_shortens) {
            self.timers.set(Timer::Endpoint, due);
        }
    }

    fn endpoint_wait(&self, turn: &UserTurn) -> Duration {
        let waits = &self.config.waits;
        let text = turn.text();
        let by_prediction = match (&turn.prediction, self.config.capabilities.predictor) {
            (_, false) => waits.unknown,
            (Prediction::Complete(_), true) => waits.complete,
            (Prediction::Unasked | Prediction::Pending(_) | Prediction::Unfinished(_), true) => waits.patience,
        };
        match self.expectation {
            Expectation::YesOrNo if self.config.words.is_answer(&text) => waits.complete.min(by_prediction),
            Expectation::Digits { count } => match (self.config.words.digits(&text), count) {
                (Some(said), Some(count)) if said >= count => waits.complete,
                (Some(_), _) => waits.patience,
                (None, _) => by_prediction,
            },
            Expectation::YesOrNo | Expectation::Anything => by_prediction,
        }
    }

    pub(crate) fn on_endpoint(&mut self) {
        let due = self.now;
        let is_known = self.ear.known_upto(self.now) >= due;
        if self.config.guard(Mutant::EndpointNeedsWatermark, is_known || !self.config.capabilities.detector) {
            self.end_turn(EndCause::Endpoint);
        } else {
            self.timers.set(Timer::LineHold, self.now + self.config.waits.line_hold);
        }
    }

    pub(crate) fn on_line_hold(&mut self) {
        self.end_turn(EndCause::Endpoint);
    }

    pub(crate) fn on_heard(&mut self, upto: Timestamp) {
        self.ear.upto = self.ear.upto.max(upto.min(self.now));
        self.ear.is_muted = false;
        if let Some(hold) = self.timers.due(Timer::LineHold)
            && self.ear.upto >= hold - self.config.waits.line_hold
        {
            self.end_turn(EndCause::Endpoint);
            return;
        }
        self.cut_long_segment();
    }

    pub(crate) fn on_media_lost(&mut self, reason: MediaLoss) {
        self.ear.is_muted = reason == MediaLoss::Muted;
        if !self.ear.is_silent() {
            let end = self.ear.upto;
            self.on_speech_faded(end);
        }
    }

    /// Freezes an open segment that has become too long, at its longest pause.
    fn cut_long_segment(&mut self) {
        let (upto, longest) = (self.ear.upto, self.config.waits.segment_max);
        let Floor::User(turn) = &mut self.floor else { return };
        if self.ear.is_silent() || turn.parts.len() >= self.config.limits.segments {
            return;
        }
        let id = turn.id;
        let Some(open) = turn.open_segment_mut() else { return };
        if upto.since(open.voice_from) <= longest {
            return;
        }
        let cut = open.gap.map_or(upto, |(_, middle)| middle);
        if open.is_owed() {
            open.revise();
        }
        open.upto = cut;
        self.ask(RecognitionUrgency::Guess);
        if let Some(turn) = self.floor.turn_mut().filter(|turn| turn.id == id) {
            turn.begin_segment(cut, Duration::ZERO, cut);
        }
    }

    /// Voice after a gap, in the user's turn or in the overlap.
    fn voice_goes_on(&mut self, onset: Timestamp) {
        let (now, earliest) = (self.now, self.ear.used_upto);
        let Some(turn) = self.floor.turn_mut() else { return };
        let was_ended = turn.phase != Phase::Talking;
        let id = turn.id;
        if let Some((segment, revision)) = turn.go_on(onset, &self.config.waits, &self.config.limits, earliest) {
            self.out.command(Command::CancelRecognition { turn: id, segment, revision });
        }
        if was_ended {
            self.out.notice(Notice::TurnReopened { turn: id });
            self.out.counters_mut().reopenings += 1;
            self.timers.clear(&[Timer::FinalWait]);
            self.timers.set(Timer::TurnCap, now + self.config.waits.turn_cap);
        }
        self.restart_standstill();
    }

    pub(crate) fn open_turn(&mut self, onset: Timestamp, cause: Cause) {
        let turn = self.new_turn(onset);
        self.timers.clear(&[Timer::Idle, Timer::QuietGap]);
        self.pass(Floor::User(Box::new(turn)), cause);
        self.user_goes_on();
    }

    /// A turn whose first voice is at `onset`.
    pub(crate) fn new_turn(&mut self, onset: Timestamp) -> UserTurn {
        let mut turn = UserTurn::new(self.mint_turn(), self.now, onset);
        turn.begin_segment(onset, self.config.waits.pre_roll, self.ear.used_upto);
        turn.maybe_echo = self.may_be_echo(onset);
        turn
    }

    /// The user has the floor and may take time: sets the deadlines of the turn from what is known.
    pub(crate) fn user_goes_on(&mut self) {
        let Some(turn) = self.floor.turn() else { return };
        let cap = self.not_before_now(turn.opened_at, self.config.waits.turn_cap);
        if !self.config.guard(Mutant::TurnIsCapped, false) {
            self.timers.set(Timer::TurnCap, cap);
        }
        self.restart_standstill();
        if self.ear.is_silent() {
            self.start_hang_over();
        }
    }

    pub(crate) fn restart_standstill(&mut self) {
        if self.config.capabilities.streaming && self.kind() == FloorKind::User {
            self.timers.set(Timer::Standstill, self.now + self.config.waits.standstill);
        }
    }

    pub(crate) fn on_standstill(&mut self) {
        if self.ear.is_silent() {
            return;
        }
        self.end_turn(EndCause::Standstill);
    }

    pub(crate) fn on_turn_cap(&mut self) {
        self.end_turn(EndCause::TurnCap);
    }

    /// The turn is over: with its text there it is answered, otherwise the text is waited for.
    pub(crate) fn end_turn(&mut self, cause: EndCause) {
        let (upto, voice_on) = (self.ear.upto.max(self.ear.last_voice), !self.ear.is_silent());
        let Floor::User(turn) = &mut self.floor else { return };
        if turn.phase != Phase::Talking {
            return;
        }
        turn.phase = Phase::Ended(cause);
        turn.pressed = false;
        if voice_on {
            self.ear.is_spent = true;
            turn.end = turn.end.max(upto);
            if let Some(open) = turn.open_segment_mut()
                && upto > open.upto
            {
                if open.answer != Answer::Unasked {
                    open.revise();
                }
                open.upto = upto;
            }
        }
        self.ear.used_upto = self.ear.used_upto.max(turn.end);
        self.out.notice(Notice::TurnEnded { turn: turn.id, cause, last_voice: turn.end });
        self.timers.clear(&TURN_TIMERS);
        self.ask_missing();
        self.commit_if_known();
    }

    /// Asks, now urgently, for every text of the ended turn that is not there.
    pub(crate) fn ask_missing(&mut self) {
        let Floor::User(turn) = &mut self.floor else { return };
        let id = turn.id;
        let mut owed = 0;
        for segment in turn.segments_mut() {
            if segment.upto <= segment.voice_from {
                if !segment.is_answered() && !has_words(&segment.provisional) {
                    segment.answer = Answer::Nothing;
                }
                continue;
            }
            let asks = match segment.answer {
                Answer::Text(..) | Answer::Nothing => continue,
                Answer::Owed(urgency) => urgency != RecognitionUrgency::Final,
                Answer::Unasked => true,
                Answer::Failed if segment.retried => continue,
                Answer::Skipped | Answer::Failed => {
                    segment.retried |= segment.answer == Answer::Failed;
                    segment.revise();
                    true
                }
            };
            owed += 1;
            if owed > OWED_MAX {
                break;
            }
            if asks {
                let urgency = RecognitionUrgency::Final;
                segment.answer = Answer::Owed(urgency);
                let (segment, revision, from, upto) = (segment.id, segment.revision, segment.from, segment.upto);
                self.out.command(Command::Recognize { turn: id, segment, revision, from, upto, urgency });
            }
        }
    }

    pub(crate) fn on_final_wait(&mut self) {
        let Floor::User(turn) = &self.floor else { return };
        if turn.phase != Phase::Talking {
            self.commit();
        }
    }

    pub(crate) fn on_recognition_failed(&mut self, turn: TurnId, segment: SegmentId, revision: Revision, fault: Fault) {
        let Some(found) = self.floor.turn_mut().filter(|found| found.id == turn) else {
            self.out.late("recognition_failed");
            return;
        };
        let Some(asked) = found.segment_mut(segment).filter(|asked| asked.revision == revision && asked.is_owed())
        else {
            self.out.late("recognition_failed");
            return;
        };
        asked.answer = Answer::Failed;
        self.out.notice(Notice::Degraded { fault });
        self.text_arrived();
    }

    pub(crate) fn on_recognition_ended(
        &mut self,
        turn: TurnId,
        segment: SegmentId,
        revision: Revision,
        outcome: Recognized,
    ) {
        let streaming = self.config.capabilities.streaming;
        let config = &self.config;
        let in_floor = self.floor.turn().is_some_and(|found| found.id == turn);
        let found = match self.floor.turn_mut().filter(|found| found.id == turn) {
            Some(found) => Some(found),
            None => self.past.iter_mut().find(|past| past.id == turn),
        };
        let asked = found.and_then(|found| found.segment_mut(segment)).filter(|asked| {
            let is_due = asked.is_owed() || (streaming && asked.answer == Answer::Unasked);
            config.guard(Mutant::StaleRevisionDropped, asked.revision == revision && is_due)
        });
        let Some(asked) = asked else {
            self.out.late("recognition_ended");
            return;
        };
        let is_own_final = asked.answer == Answer::Unasked;
        asked.take(outcome);
        if !in_floor {
            self.late_text(turn);
            return;
        }
        if is_own_final
            && !self.ear.is_silent()
            && let Some(turn) = self.floor.turn_mut()
        {
            turn.begin_segment(self.now, Duration::ZERO, self.now);
            self.restart_standstill();
        }
        self.text_arrived();
    }

    /// The text of the turn in the floor has changed.
    pub(crate) fn text_arrived(&mut self) {
        if self.stop_everything_if_said() {
            return;
        }
        match &self.floor {
            Floor::Overlap(_) => self.decide(false),
            Floor::User(turn) if turn.phase == Phase::Talking => {
                self.predict();
                self.set_endpoint(false);
            }
            Floor::User(_) => {
                self.ask_missing();
                self.commit_if_known();
            }
            Floor::Open | Floor::Agent(_) | Floor::Closed => {}
        }
    }
}
