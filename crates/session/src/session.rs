//! The face of the machine: one conversation, driven from outside.
//!
//! Pure: no clock, no input or output, no randomness. Told what happened ([`Event`]) and that time has passed, it
//! says what to do ([`Command`]), what observers may know ([`Notice`]) and when it wants to be called again. The rules
//! live in the modules beside this one, one for each phase of a turn; this one orders them.
//!
//! Driving it: `handle` one event (of a batch that waits, all), then drain `poll_command` and `poll_notice`, look at
//! `hearing`, and call `handle_timeout` when the time of `poll_timeout` has come. Events that are due at the same time
//! as a timer go first. It never fails: what is late or impossible is counted and changes nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use baton_types::{CallId, ReplyId, Revision, SegmentId, Timestamp, TurnId, TypedId};

use crate::command::{Command, OwnKind, Purpose};
use crate::config::{Config, Modality};
use crate::ear::Ear;
use crate::event::{CloseReason, Event};
use crate::floor::{Cause, Floor, TRANSITIONS};
use crate::mutant::Mutant;
use crate::notice::{FloorKind, Notice};
use crate::reply::{Reply, Stage};
use crate::timers::{Timer, Timers};
use crate::transcript::Transcript;
use crate::turn::{Phase, UserTurn};
use crate::words::Expectation;

/// Turns that are over and may still get a late text.
const PAST_TURNS_MAX: usize = 8;
/// Due timers that one call may fire; each at most once.
const TIMERS_PER_CALL: usize = Timer::ALL.len();

/// One conversation.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) config: Config,
    pub(crate) now: Timestamp,
    pub(crate) floor: Floor,
    kind: FloorKind,
    pub(crate) ear: Ear,
    pub(crate) timers: Timers,
    pub(crate) out: Out,
    pub(crate) transcript: Transcript,
    pub(crate) modality: Modality,
    next_turn: TurnId,
    next_reply: ReplyId,
    /// Turns that are over, oldest first.
    pub(crate) past: VecDeque<UserTurn>,
    /// A cut reply whose last position is still to come.
    pub(crate) settling: Option<Reply>,
    /// What is to be generated when nobody speaks.
    pub(crate) owed: Option<Owed>,
    /// The end, once it is decided and waits for the last position.
    pub(crate) closing: Option<CloseReason>,
    /// Tools that run, with the place of their item and their turn.
    pub(crate) tools: BTreeMap<CallId, (usize, TurnId)>,
    pub(crate) typed: VecDeque<TypedId>,
    pub(crate) expectation: Expectation,
    /// Wordless turns in a row.
    pub(crate) misses: u32,
    /// Turns in a row that the recogniser failed at.
    pub(crate) failures: u32,
    /// Idle prompts said since the user last spoke.
    pub(crate) prompts: u32,
    pub(crate) is_asleep: bool,
    /// Since when nobody has said anything.
    pub(crate) quiet_since: Timestamp,
    /// When sound was last known to leave, and what it said.
    pub(crate) sound: Sounded,
    pub(crate) pauses: VecDeque<Timestamp>,
    pub(crate) generations: VecDeque<Timestamp>,
    pub(crate) own_said: BTreeMap<OwnKind, usize>,
    transitions: BTreeSet<(FloorKind, Cause, FloorKind)>,
}

/// What is to be generated when nobody speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owed {
    pub(crate) turn: TurnId,
    pub(crate) purpose: Purpose,
    /// It waits for mutual quiet, as a turn has just come to nothing.
    pub(crate) waits_for_quiet: bool,
}

/// What is remembered of our own sound, to know it again.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Sounded {
    /// When the first sample of the session left.
    pub(crate) first: Option<Timestamp>,
    /// When a sample last left.
    pub(crate) last: Option<Timestamp>,
    /// The words of the last reply that is over.
    pub(crate) words: Vec<String>,
}

/// What waits to be polled.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Out {
    commands: VecDeque<Command>,
    notices: VecDeque<Notice>,
    counters: Counters,
}

impl Out {
    pub(crate) fn command(&mut self, command: Command) {
        self.counters.commands += 1;
        self.commands.push_back(command);
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.notices.push_back(notice);
    }

    pub(crate) fn late(&mut self, what: &str) {
        self.counters.late += 1;
        self.notices.push_back(Notice::LateDropped { what: what.to_owned() });
    }

    pub(crate) fn ignored(&mut self, what: &str) {
        self.counters.ignored += 1;
        self.notices.push_back(Notice::Ignored { what: what.to_owned() });
    }

    pub(crate) fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }
}

/// What a session has counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Commands given.
    pub commands: u64,
    /// Events for what was no longer current.
    pub late: u64,
    /// Events that made no sense where they came.
    pub ignored: u64,
    /// Events after the end.
    pub after_close: u64,
    /// Times the mouth was paused.
    pub holds: u64,
    /// Pauses that were none of an interruption.
    pub false_barge_ins: u64,
    /// Replies cut by the user.
    pub barge_ins: u64,
    /// Turns that went on after they had seemed over.
    pub reopenings: u64,
    /// Turns answered.
    pub turns: u64,
    /// Turns that came to nothing.
    pub dropped: u64,
    /// Generations asked for.
    pub generations: u64,
}

/// What a conversation looks like to people: a projection of the floor and its data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nobody speaks and nothing is asked.
    Idle,
    /// The agent has asked something.
    WaitingForInput,
    /// The user speaks.
    Listening,
    /// The user has spoken; text or answer are on their way.
    Processing,
    /// The agent is heard.
    Speaking,
    /// Both spoke; the reply is held until it is known what it was.
    Deciding,
    /// Something failed and is being told.
    Recovering,
    /// The session is over.
    Closed,
}

/// What partial transcripts are wanted for at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hearing {
    /// The turn; one that is not open yet where words may open it.
    pub turn: TurnId,
    /// The segment.
    pub segment: SegmentId,
    /// Its revision, which a recogniser that finalizes by itself puts into its answer.
    pub revision: Revision,
    /// Input position at which its sound begins.
    pub from: Timestamp,
    /// The user speaks over the agent: the text is the decision and comes before all other work.
    pub overlap: bool,
}

impl Session {
    /// A session that has not begun.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            now: Timestamp::ZERO,
            floor: Floor::Open,
            kind: FloorKind::Open,
            ear: Ear::default(),
            timers: Timers::default(),
            out: Out::default(),
            transcript: config.transcript.clone(),
            modality: config.modality,
            next_turn: TurnId(1),
            next_reply: ReplyId(1),
            past: VecDeque::new(),
            settling: None,
            owed: None,
            closing: None,
            tools: BTreeMap::new(),
            typed: VecDeque::new(),
            expectation: Expectation::default(),
            misses: 0,
            failures: 0,
            prompts: 0,
            is_asleep: false,
            quiet_since: Timestamp::ZERO,
            sound: Sounded::default(),
            pauses: VecDeque::new(),
            generations: VecDeque::new(),
            own_said: BTreeMap::new(),
            transitions: BTreeSet::new(),
            config,
        }
    }

    /// Begins: says the greeting if one is configured, and starts the clock of idleness. Called once, before any
    /// event; part of what a journal records.
    pub fn start(&mut self, now: Timestamp) {
        self.tick(now);
        self.quiet_since = self.now;
        if !(self.config.greeting && self.say_own(OwnKind::Greeting)) {
            self.rest();
        }
        self.watch();
    }

    /// Tells what happened.
    pub fn handle(&mut self, now: Timestamp, event: Event) {
        self.tick(now);
        if self.config.guard(Mutant::ClosedIsFinal, self.kind != FloorKind::Closed) {
            self.dispatch(event);
            self.watch();
        } else {
            self.out.counters_mut().after_close += 1;
        }
    }

    /// Tells that the time of `poll_timeout` has come. Everything that is due is decided once, from what is known now.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.tick(now);
        let mut fired = BTreeSet::new();
        for _ in 0..TIMERS_PER_CALL {
            let Some(timer) = self.timers.take_due(self.now) else { break };
            if !fired.insert(timer) {
                // It asks for the same moment again: the next call has it.
                self.timers.set(timer, self.now);
                break;
            }
            self.fire(timer);
            self.watch();
        }
    }

    /// The next thing to do.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.out.commands.pop_front()
    }

    /// The next fact for observers.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.out.notices.pop_front()
    }

    /// When `handle_timeout` is to be called, and why.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Timestamp, Timer)> {
        self.timers.next()
    }

    /// Who may speak.
    #[must_use]
    pub fn floor(&self) -> FloorKind {
        self.kind
    }

    /// The conversation as people see it.
    #[must_use]
    pub fn state(&self) -> State {
        match &self.floor {
            Floor::Open if self.expectation == Expectation::Anything => State::Idle,
            Floor::Open => State::WaitingForInput,
            Floor::User(turn) if turn.phase == Phase::Talking => State::Listening,
            Floor::User(_) => State::Processing,
            Floor::Overlap(_) => State::Deciding,
            Floor::Agent(reply) if reply.hold.is_some() => State::Deciding,
            Floor::Agent(reply) if reply.clauses.iter().any(|clause| clause.own == Some(OwnKind::Fault)) => {
                State::Recovering
            }
            Floor::Agent(reply) if reply.sounded => State::Speaking,
            Floor::Agent(_) => State::Processing,
            Floor::Closed => State::Closed,
        }
    }

    /// What was said and heard.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What partial transcripts are wanted for at this moment.
    #[must_use]
    pub fn hearing(&self) -> Option<Hearing> {
        let overlap = self.kind == FloorKind::Overlap;
        if let Some(turn) = self.floor.turn() {
            let segment = turn.open_segment()?;
            let (revision, from) = (segment.revision, segment.from);
            return Some(Hearing { turn: turn.id, segment: segment.id, revision, from, overlap });
        }
        self.may_open_by_words().then(|| Hearing {
            turn: self.next_turn,
            segment: SegmentId(1),
            revision: Revision(1),
            from: self.ear.used_upto,
            overlap: self.kind == FloorKind::Agent,
        })
    }

    /// Whether nothing is under way: nobody speaks and nothing is owed.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match self.kind {
            FloorKind::Closed => true,
            FloorKind::Open => {
                self.settling.is_none()
                    && self.owed.is_none()
                    && self.closing.is_none()
                    && self.tools.is_empty()
                    && self.ear.is_silent()
                    && self.out.commands.is_empty()
            }
            FloorKind::User | FloorKind::Overlap | FloorKind::Agent => false,
        }
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.out.counters
    }

    /// The passages of the floor made so far.
    #[must_use]
    pub fn transitions(&self) -> &BTreeSet<(FloorKind, Cause, FloorKind)> {
        &self.transitions
    }

    /// What the session was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn tick(&mut self, now: Timestamp) {
        if self.config.guard(Mutant::TimeIsMonotonic, now > self.now) {
            self.now = now;
        }
    }

    fn dispatch(&mut self, event: Event) {
        if self.closing.is_some() && !event.is_about_playout() {
            self.out.counters_mut().after_close += 1;
            return;
        }
        match event {
            Event::SpeechStarted { onset } => self.on_speech_started(onset),
            Event::SpeechConfirmed { onset } => self.on_speech_confirmed(onset),
            Event::SpeechFaded { end } => self.on_speech_faded(end),
            Event::Heard { upto } => self.on_heard(upto),
            Event::MediaLost { reason } => self.on_media_lost(reason),
            Event::MediaBack => self.ear.is_muted = false,
            Event::Partial { turn, segment, seq, text, stable } => self.on_partial(turn, segment, seq, text, stable),
            Event::RecognitionEnded { turn, segment, revision, outcome } => {
                self.on_recognition_ended(turn, segment, revision, outcome);
            }
            Event::RecognitionFailed { turn, segment, revision, fault } => {
                self.on_recognition_failed(turn, segment, revision, fault);
            }
            Event::EndOfTurnPredicted { turn, segment, revision, complete } => {
                self.on_predicted(turn, segment, revision, complete);
            }
            Event::Typed { id, text } => self.on_typed(id, text),
            Event::Pressed => self.on_pressed(),
            Event::Released => self.on_released(),
            Event::StopRequested { scope } => self.on_stop_requested(scope),
            Event::Routed { turn, selection } => self.on_routed(turn, selection),
            Event::Delta { turn, attempt, seq, text } => self.on_delta(turn, attempt, seq, text),
            Event::ToolCalled { turn, attempt, call, name, arguments } => {
                self.on_tool_called(turn, attempt, call, name, arguments);
            }
            Event::GenerationEnded { turn, attempt, reason, usage: _ } => {
                self.on_generation_ended(turn, attempt, reason)
            }
            Event::GenerationFailed { turn, attempt, fault } => self.on_generation_failed(turn, attempt, fault),
            Event::ToolReturned { call, outcome } => self.on_tool_returned(call, outcome),
            Event::ClauseReady { reply, clause, duration_ms, marks } => {
                self.on_clause_ready(reply, clause, duration_ms, marks);
            }
            Event::SynthesisFailed { reply, clause, fault } => self.on_synthesis_failed(reply, clause, fault),
            Event::PlayoutProgress { reply, played_ms } => self.on_playout_progress(reply, played_ms),
            Event::PlayoutStopped { reply, played_ms, measured: _ } => self.on_playout_stopped(reply, played_ms),
            Event::PlayoutEnded { reply } => self.on_playout_ended(reply),
            Event::TransportLost => self.on_media_lost(crate::event::MediaLoss::Stalled),
            Event::TransportResumed => self.ear.is_muted = false,
            Event::ModalityChosen { text } => self.on_modality_chosen(text),
            Event::CloseRequested { reason } => self.close(reason),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::HangOver => self.on_hang_over(),
            Timer::Endpoint => self.on_endpoint(),
            Timer::LineHold => self.on_line_hold(),
            Timer::FinalWait => self.on_final_wait(),
            Timer::Standstill => self.on_standstill(),
            Timer::TurnCap => self.on_turn_cap(),
            Timer::BargeIn | Timer::Resume | Timer::HoldLimit => self.decide(true),
            Timer::PlayoutWait => self.settle(),
            Timer::HoldingPhrase => self.on_holding_phrase(),
            Timer::FirstToken => self.on_first_token(),
            Timer::Stall => self.on_stall(),
            Timer::QuietGap => self.on_quiet_gap(),
            Timer::Idle => self.on_idle(),
            Timer::Limit => self.try_generate(),
        }
    }

    /// Passes the floor and gives what held it.
    pub(crate) fn pass(&mut self, to: Floor, cause: Cause) -> Floor {
        let (from_kind, to_kind) = (self.kind, to.kind());
        let passage = (from_kind, cause, to_kind);
        debug_assert!(
            from_kind == to_kind || TRANSITIONS.contains(&passage),
            "{from_kind:?} --{cause:?}--> {to_kind:?} is not in the table"
        );
        self.transitions.insert(passage);
        self.kind = to_kind;
        if from_kind != to_kind {
            self.out.notice(Notice::FloorChanged { floor: to_kind });
        }
        std::mem::replace(&mut self.floor, to)
    }

    pub(crate) fn kind(&self) -> FloorKind {
        self.kind
    }

    /// Takes what holds the floor; the caller passes the floor at once.
    pub(crate) fn take_floor(&mut self) -> Floor {
        std::mem::replace(&mut self.floor, Floor::Open)
    }

    pub(crate) fn mint_turn(&mut self) -> TurnId {
        let id = self.next_turn;
        self.next_turn = TurnId(id.0.saturating_add(1));
        id
    }

    pub(crate) fn next_turn(&self) -> TurnId {
        self.next_turn
    }

    pub(crate) fn mint_reply(&mut self) -> ReplyId {
        let id = self.next_reply;
        self.next_reply = ReplyId(id.0.saturating_add(1));
        id
    }

    /// Counts a report about a reply that is over, or that never was.
    pub(crate) fn not_sounding(&mut self, reply: ReplyId, what: &str) {
        if reply < self.next_reply && reply > ReplyId(0) { self.out.late(what) } else { self.out.ignored(what) }
    }

    pub(crate) fn remember(&mut self, turn: UserTurn) {
        if self.past.len() >= PAST_TURNS_MAX {
            self.past.pop_front();
        }
        self.past.push_back(turn);
    }

    pub(crate) fn take_past(&mut self, id: TurnId) -> Option<UserTurn> {
        let at = self.past.iter().position(|turn| turn.id == id)?;
        self.past.remove(at)
    }

    pub(crate) fn speaks(&self) -> bool {
        self.modality == Modality::Voice
    }

    /// `since` plus `wait`, but not before now.
    pub(crate) fn not_before_now(&self, since: Timestamp, wait: Duration) -> Timestamp {
        (since + wait).max(self.now)
    }

    /// Sets the deadlines that follow from the state of the reply: next text, progress of sound.
    fn watch(&mut self) {
        self.timers.clear(&[Timer::FirstToken, Timer::Stall]);
        let waits = &self.config.waits;
        let Some(reply) = self.floor.reply() else { return };
        match reply.stage {
            Stage::Routing | Stage::Waiting(_) | Stage::Generating => {
                let from = self.timers.due(Timer::Limit).map_or(reply.fed_at, |at| at.max(reply.fed_at));
                let due = from + waits.first_token;
                self.timers.set(Timer::FirstToken, due);
            }
            Stage::Tools | Stage::Done => {}
        }
        if reply.hold.is_none() && (reply.is_playing() || reply.has_gap()) {
            let wait = if reply.sounded || reply.has_gap() { waits.stall } else { waits.first_token };
            self.timers.set(Timer::Stall, reply.moved_at + wait);
        }
    }
}
