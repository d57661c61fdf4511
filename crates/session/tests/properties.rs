//! Claims that hold for every sequence of events, however little sense it makes.

use std::collections::{BTreeMap, BTreeSet};

use baton_session::{
    Capabilities, CloseReason, Command, Config, Event, FinishReason, FloorKind, Measured, MediaLoss, Modality, Notice,
    OwnKind, Recognized, Selection, Session, StopScope, ToolOutcome, WordMark,
};
use baton_types::{
    AgentName, Attempt, CallId, ClauseId, Fault, FaultCode, ReplyId, Revision, SegmentId, Timestamp, TurnId, TypedId,
};
use proptest::prelude::*;

/// One step: time passes, and something happens, or the timer that is due is called.
#[derive(Clone, Debug)]
enum Step {
    Event(u64, Event),
    /// A command that is owed an answer gets one, of some kind.
    Answer(u64, usize, u8, String),
    Timers(u64),
}

/// What the machine has asked for and not been told yet.
#[derive(Default)]
struct World {
    /// Replies of which the length of a clause became known just now.
    measured: Vec<ReplyId>,
    owed: Vec<Command>,
    seq: u32,
    played_ms: BTreeMap<ReplyId, u64>,
}

impl World {
    fn owe(&mut self, commands: &[Command]) {
        for command in commands {
            match command {
                Command::Generate { .. } => self.seq = 0,
                Command::Recognize { .. }
                | Command::PredictEndOfTurn { .. }
                | Command::Route { .. }
                | Command::Speak { .. }
                | Command::CancelPlayout { .. }
                | Command::RunTool { .. } => {}
                _ => continue,
            }
            self.owed.push(command.clone());
        }
    }

    fn answer(&mut self, pick: usize, kind: u8, text: String) -> Option<Event> {
        if self.owed.is_empty() {
            return None;
        }
        let at = pick % self.owed.len();
        let is_last = !matches!(&self.owed[at], Command::Generate { .. } if kind < 6)
            && !matches!(&self.owed[at], Command::Speak { .. } if kind < 7);
        let command = if is_last { self.owed.remove(at) } else { self.owed[at].clone() };
        Some(match command {
            Command::Recognize { turn, segment, revision, .. } => match kind {
                0 => Event::RecognitionFailed { turn, segment, revision, fault: fault() },
                1 => Event::RecognitionEnded { turn, segment, revision, outcome: Recognized::Skipped },
                2 | 3 => Event::RecognitionEnded { turn, segment, revision, outcome: Recognized::Nothing },
                _ => {
                    let outcome = Recognized::Text { text, confidence: 0.9 };
                    Event::RecognitionEnded { turn, segment, revision, outcome }
                }
            },
            Command::PredictEndOfTurn { turn, segment, revision, .. } => {
                Event::EndOfTurnPredicted { turn, segment, revision, complete: kind > 3 }
            }
            Command::Route { turn, .. } => {
                let selection = Selection { agent: AgentName::from("b"), confidence: 0.5, reason: String::new() };
                Event::Routed { turn, selection }
            }
            Command::Generate { turn, attempt, .. } => match kind {
                0..=4 => {
                    self.seq += 1;
                    Event::Delta { turn, attempt, seq: self.seq - 1, text }
                }
                5 => {
                    let call = CallId::from(format!("{turn}-{attempt}-{pick}"));
                    Event::ToolCalled { turn, attempt, call, name: String::new(), arguments: String::new() }
                }
                6 => Event::GenerationFailed { turn, attempt, fault: fault() },
                7 => Event::GenerationEnded { turn, attempt, reason: FinishReason::ToolCalls, usage: None },
                8 if pick.is_multiple_of(8) => {
                    Event::GenerationEnded { turn, attempt, reason: FinishReason::Goodbye, usage: None }
                }
                _ => Event::GenerationEnded { turn, attempt, reason: FinishReason::Complete, usage: None },
            },
            Command::Speak { reply, clause, .. } => {
                let played = self.played_ms.entry(reply).or_insert(0);
                match kind {
                    0..=2 => Event::ClauseReady { reply, clause, duration_ms: 700, marks: Vec::new() },
                    3..=6 => {
                        *played += 150;
                        Event::PlayoutProgress { reply, played_ms: *played }
                    }
                    7 => Event::SynthesisFailed { reply, clause, fault: fault() },
                    _ => Event::PlayoutEnded { reply },
                }
            }
            Command::CancelPlayout { reply } => Event::PlayoutStopped {
                reply,
                played_ms: self.played_ms.get(&reply).copied().unwrap_or(0),
                measured: Measured::Played,
            },
            Command::RunTool { call, .. } => Event::ToolReturned { call, outcome: ToolOutcome::Lost },
            _ => return None,
        })
    }
}

fn turn() -> impl Strategy<Value = TurnId> {
    (0u32..5).prop_map(TurnId)
}

fn reply() -> impl Strategy<Value = ReplyId> {
    (0u32..7).prop_map(ReplyId)
}

fn attempt() -> impl Strategy<Value = Attempt> {
    (0u32..5).prop_map(Attempt)
}

fn at() -> impl Strategy<Value = Timestamp> {
    prop_oneof![(0u64..40_000).prop_map(Timestamp::from_millis), Just(Timestamp::MAX)]
}

fn words() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        ".",
        "stop",
        "no",
        "mm-hm",
        "hello",
        "stop everything",
        "yes",
        "what about Friday",
        "thank you",
        "One thing. Another thing, with more of it. ",
        "It costs 3",
        ".5 euros. ",
        "```\ncode\n",
        "é… ",
        "never mind that",
    ])
    .prop_map(str::to_owned)
}

fn fault() -> Fault {
    Fault::new("test", FaultCode::Unreachable, "nobody answers")
}

fn outcome() -> impl Strategy<Value = Recognized> {
    prop_oneof![
        (words(), 0.0f32..1.0).prop_map(|(text, confidence)| Recognized::Text { text, confidence }),
        Just(Recognized::Nothing),
        Just(Recognized::Skipped),
    ]
}

fn voice_event() -> impl Strategy<Value = Event> {
    let segment = || (0u32..4).prop_map(SegmentId);
    let revision = || (0u32..4).prop_map(Revision);
    prop_oneof![
        4 => at().prop_map(|onset| Event::SpeechStarted { onset }),
        4 => at().prop_map(|onset| Event::SpeechConfirmed { onset }),
        4 => at().prop_map(|end| Event::SpeechFaded { end }),
        2 => at().prop_map(|upto| Event::Heard { upto }),
        1 => prop::bool::ANY.prop_map(|muted| Event::MediaLost {
            reason: if muted { MediaLoss::Muted } else { MediaLoss::Stalled },
        }),
        1 => Just(Event::MediaBack),
        4 => (turn(), segment(), 0u32..9, words(), 0usize..20).prop_map(|(turn, segment, seq, text, stable)| {
            Event::Partial { turn, segment, seq, text, stable }
        }),
        4 => (turn(), segment(), revision(), outcome()).prop_map(|(turn, segment, revision, outcome)| {
            Event::RecognitionEnded { turn, segment, revision, outcome }
        }),
        1 => (turn(), segment(), revision()).prop_map(|(turn, segment, revision)| {
            Event::RecognitionFailed { turn, segment, revision, fault: fault() }
        }),
        2 => (turn(), segment(), revision(), prop::bool::ANY).prop_map(|(turn, segment, revision, complete)| {
            Event::EndOfTurnPredicted { turn, segment, revision, complete }
        }),
    ]
}

fn other_event() -> impl Strategy<Value = Event> {
    let call = || prop::sample::select(vec!["a", "b"]).prop_map(CallId::from);
    let reason = prop::sample::select(vec![FinishReason::Complete, FinishReason::ToolCalls, FinishReason::Goodbye]);
    prop_oneof![
        3 => (0u32..30, words()).prop_map(|(id, text)| Event::Typed { id: TypedId(id), text }),
        1 => Just(Event::Pressed),
        1 => Just(Event::Released),
        1 => Just(Event::StopRequested { scope: StopScope::Speech }),
        3 => turn().prop_map(|turn| Event::Routed {
            turn,
            selection: Selection { agent: AgentName::from("b"), confidence: 0.5, reason: String::new() },
        }),
        6 => (turn(), attempt(), 0u32..4, words()).prop_map(|(turn, attempt, seq, text)| {
            Event::Delta { turn, attempt, seq, text }
        }),
        1 => (turn(), attempt(), call()).prop_map(|(turn, attempt, call)| Event::ToolCalled {
            turn,
            attempt,
            call,
            name: String::new(),
            arguments: String::new(),
        }),
        3 => (turn(), attempt(), reason).prop_map(|(turn, attempt, reason)| {
            Event::GenerationEnded { turn, attempt, reason, usage: None }
        }),
        1 => (turn(), attempt()).prop_map(|(turn, attempt)| {
            Event::GenerationFailed { turn, attempt, fault: fault() }
        }),
        1 => call().prop_map(|call| Event::ToolReturned { call, outcome: ToolOutcome::Lost }),
        5 => (reply(), 0u32..4, 0u64..3_000).prop_map(|(reply, clause, duration_ms)| Event::ClauseReady {
            reply,
            clause: ClauseId(clause),
            duration_ms,
            marks: vec![WordMark { text_end: 3, end_ms: duration_ms / 2 }],
        }),
        1 => (reply(), 0u32..4).prop_map(|(reply, clause)| Event::SynthesisFailed {
            reply,
            clause: ClauseId(clause),
            fault: fault(),
        }),
        6 => (reply(), 0u64..9_000).prop_map(|(reply, played_ms)| Event::PlayoutProgress { reply, played_ms }),
        3 => (reply(), 0u64..9_000).prop_map(|(reply, played_ms)| Event::PlayoutStopped {
            reply,
            played_ms,
            measured: Measured::Estimated,
        }),
        3 => reply().prop_map(|reply| Event::PlayoutEnded { reply }),
        1 => Just(Event::TransportLost),
        1 => Just(Event::TransportResumed),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0u64..400, voice_event()).prop_map(|(after, event)| Step::Event(after, event)),
        5 => (0u64..400, other_event()).prop_map(|(after, event)| Step::Event(after, event)),
        12 => (0u64..300, 0usize..50, 0u8..10, words()).prop_map(|(after, pick, kind, text)| {
            Step::Answer(after, pick, kind, text)
        }),
        3 => (0u64..1_500).prop_map(Step::Timers),
    ];
    let end = prop_oneof![9 => Just(None), 1 => Just(Some(CloseReason::HungUp))];
    (prop::collection::vec(step, 0..160), end).prop_map(|(mut steps, end)| {
        if let Some(reason) = end {
            let middle = steps.len() / 2;
            steps.insert(middle, Step::Event(0, Event::CloseRequested { reason }));
        }
        steps
    })
}

/// What a run is made with, small enough to be shown.
type Knobs = (bool, bool, bool, bool, bool);

fn knobs() -> impl Strategy<Value = Knobs> {
    (prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY)
}

fn config((predictor, detector, streaming, echo, greeting): Knobs) -> Config {
    let own = [OwnKind::Greeting, OwnKind::Holding, OwnKind::Fault, OwnKind::Idle, OwnKind::DidNotCatch];
    Config {
        capabilities: Capabilities { predictor, detector, streaming, ..Capabilities::default() },
        echo,
        greeting,
        own: own.into_iter().map(|kind| (kind, vec![format!("{kind:?} sentence.")])).collect(),
        ..Config::default()
    }
}

/// Looks at every call of a run for what must never be.
#[derive(Default)]
struct Checker {
    /// Replies that are paused.
    paused: BTreeMap<ReplyId, Timestamp>,
    /// Replies that were cut.
    cut: BTreeSet<ReplyId>,
    /// The reply that has something outstanding in playout.
    mouth: Option<ReplyId>,
    heard: BTreeMap<ReplyId, u64>,
    pauses: Vec<Timestamp>,
    generates: Vec<Timestamp>,
    calls: BTreeSet<CallId>,
    is_closed: bool,
    /// Replies are written: a writer sets the pace.
    is_written: bool,
}

impl Checker {
    fn look(&mut self, now: Timestamp, commands: &[Command], notices: &[Notice]) {
        assert!(commands.len() <= 16, "invariant 22: {commands:?}");
        assert!(!self.is_closed || commands.is_empty(), "invariant 25: {commands:?}");
        for command in commands {
            self.command(now, command);
        }
        for notice in notices {
            if let Notice::ReplyEnded { reply, heard, heard_ms, text, .. } = notice {
                assert!(text.starts_with(heard.as_str()) || !heard.is_empty(), "invariant 6: {notice:?}");
                assert!(heard.len() <= text.len(), "invariant 6: {notice:?}");
                assert!(*heard_ms >= self.heard.get(reply).copied().unwrap_or(0), "invariant 6: {notice:?}");
                self.mouth = self.mouth.filter(|mouth| mouth != reply);
                assert!(!self.paused.contains_key(reply), "invariant 3: ended while paused");
            }
        }
    }

    fn command(&mut self, now: Timestamp, command: &Command) {
        match command {
            Command::Speak { reply, .. } => {
                assert!(!self.cut.contains(reply), "invariant 4: {command:?}");
                assert!(self.mouth.is_none_or(|mouth| mouth == *reply), "invariant 1: {command:?}");
                self.mouth = Some(*reply);
            }
            Command::PausePlayout { reply } => {
                assert!(!self.cut.contains(reply), "invariant 4: {command:?}");
                assert!(self.paused.insert(*reply, now).is_none(), "invariant 3: {command:?}");
                self.pauses.push(now);
                let window = now - std::time::Duration::from_secs(10);
                let recent = self.pauses.iter().filter(|at| **at > window || now.as_millis() < 10_000).count();
                assert!(recent <= 3, "invariant 22: {command:?}");
            }
            Command::ResumePlayout { reply, .. } => {
                assert!(!self.cut.contains(reply), "invariant 4: {command:?}");
                assert!(self.paused.remove(reply).is_some(), "invariant 3: {command:?}");
            }
            Command::CancelPlayout { reply } => {
                self.paused.remove(reply);
                assert!(self.cut.insert(*reply), "cancelled twice: {command:?}");
                self.mouth = self.mouth.filter(|mouth| mouth != reply);
            }
            Command::Generate { .. } => {
                self.generates.push(now);
                let window = now - std::time::Duration::from_secs(10);
                let recent = self.generates.iter().filter(|at| **at > window || now.as_millis() < 10_000).count();
                assert!(self.is_written || recent <= 4, "invariant 22: {command:?}");
            }
            Command::RunTool { call, .. } => assert!(self.calls.insert(call.clone()), "invariant 12: {command:?}"),
            Command::Commit { item: baton_session::Item::Agent { reply, heard_ms, .. }, .. } => {
                let before = self.heard.insert(*reply, *heard_ms).unwrap_or(0);
                assert!(*heard_ms >= before, "invariant 6: {command:?}");
            }
            Command::Close { .. } => self.is_closed = true,
            _ => {}
        }
    }
}

type Output = (Vec<Command>, Vec<Notice>);

/// Runs the steps; timers that fall due between two steps are called at their time.
fn run(config: Config, steps: &[Step], checker: &mut Checker) -> Vec<Output> {
    let mut session = Session::new(config);
    let mut outputs = Vec::new();
    let mut world = World::default();
    let mut now = Timestamp::ZERO;
    let mut call = |session: &mut Session, world: &mut World, now: Timestamp| {
        let commands: Vec<_> = std::iter::from_fn(|| session.poll_command()).collect();
        let notices: Vec<_> = std::iter::from_fn(|| session.poll_notice()).collect();
        for reply in world.measured.drain(..) {
            checker.heard.remove(&reply);
        }
        checker.look(now, &commands, &notices);
        world.owe(&commands);
        let floor = session.floor();
        let is_bounded = matches!(floor, FloorKind::Open | FloorKind::Closed) || session.poll_timeout().is_some();
        assert!(is_bounded, "invariant 11: {floor:?} without a timer, after {commands:?}");
        let _views = (session.hearing(), session.state(), session.is_settled(), session.counters());
        outputs.push((commands, notices));
    };
    session.start(now);
    call(&mut session, &mut world, now);
    for step in steps {
        let after = match step {
            Step::Event(after, _) | Step::Timers(after) | Step::Answer(after, ..) => *after,
        };
        let next = now + std::time::Duration::from_millis(after);
        for _ in 0..200 {
            let Some((due, _)) = session.poll_timeout().filter(|(due, _)| *due < next) else { break };
            now = now.max(due);
            session.handle_timeout(now);
            call(&mut session, &mut world, now);
        }
        assert!(
            session.poll_timeout().is_none_or(|(due, _)| due >= next),
            "timers run away: {:?}",
            session.poll_timeout()
        );
        now = next;
        let event = match step {
            Step::Event(_, event) => Some(event.clone()),
            Step::Answer(_, pick, kind, text) => world.answer(*pick, *kind, text.clone()),
            Step::Timers(_) => None,
        };
        if let Some(event) = event {
            if let Event::ClauseReady { reply, .. } = &event {
                // A claim beyond what was made, from before the length was known, is put right by the length.
                world.measured.push(*reply);
            }
            session.handle(now, event);
            call(&mut session, &mut world, now);
        }
    }
    outputs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_an_invariant(knobs in knobs(), steps in steps()) {
        run(config(knobs), &steps, &mut Checker::default());
    }

    #[test]
    fn two_runs_agree_and_a_prefix_agrees_with_both(knobs in knobs(), steps in steps()) {
        let whole = run(config(knobs), &steps, &mut Checker::default());
        prop_assert_eq!(&run(config(knobs), &steps, &mut Checker::default()), &whole);
        let prefix = run(config(knobs), &steps[..steps.len() / 2], &mut Checker::default());
        prop_assert_eq!(&prefix[..], &whole[..prefix.len()]);
    }

    #[test]
    fn a_written_conversation_never_speaks(steps in steps()) {
        let config = Config { modality: Modality::Text, ..Config::default() };
        for (commands, _) in run(config, &steps, &mut Checker { is_written: true, ..Checker::default() }) {
            let speaks = |command: &Command| matches!(command, Command::Speak { .. } | Command::PausePlayout { .. });
            prop_assert!(!commands.iter().any(speaks));
        }
    }
}
