//! The driver around the machine, in virtual time with fake engines: whole conversations through the media chain.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::sync::Arc;

use baton_ports::{Agent, Store, WallTime};
use baton_runtime::driver::{Control, Driver, Ended, Parts, Speed};
use baton_runtime::journal::{Journal, Record};
use baton_runtime::report::{Report, What};
use baton_session::{CloseReason, Command, Config, Modality, Notice, OwnKind, Session};
use baton_testkit::fakes::{Answer, FakeAgent, FakeSink, FakeSource, FakeStt, FakeTts, FakeVad, VOICE_RATE};
use baton_types::{ConversationId, SessionId, TypedId};
use tokio::sync::mpsc;

const ANSWER: &str = "The first thing is this, and the second thing is that, which is quite long to say.";

struct World {
    stt: FakeStt,
    tts: FakeTts,
    agent: FakeAgent,
    sink: FakeSink,
    store: Option<Arc<dyn Store>>,
}

impl World {
    fn of(script: &[&str], agent: FakeAgent) -> Self {
        Self { stt: FakeStt::of(script), tts: FakeTts::default(), agent, sink: FakeSink::default(), store: None }
    }

    async fn run(self, source: FakeSource) -> Run {
        let samples = Arc::clone(&self.sink.samples);
        let (journal, records) = Journal::memory();
        let (reports, mut told) = mpsc::channel(8_192);
        let parts = self.parts(Some(source), journal, Config::default());
        let (driver, handle) = Driver::new(parts, reports);
        let ended = driver.run().await;
        drop(handle);
        let mut reports = Vec::new();
        while let Ok(report) = told.try_recv() {
            reports.push(report);
        }
        let (samples, records) = (samples.lock().unwrap().clone(), records.lock().unwrap().clone());
        Run { ended, reports, samples, records }
    }

    fn parts(self, source: Option<FakeSource>, journal: Journal, config: Config) -> Parts {
        let own = BTreeMap::from([
            (OwnKind::Fault, vec!["Something went wrong.".to_owned()]),
            (OwnKind::DidNotCatch, vec!["I did not catch that.".to_owned()]),
            (OwnKind::HearingLost, vec!["I cannot hear you.".to_owned()]),
        ]);
        let mut config = Config { agent: self.agent.name().clone(), own, ..config };
        config.waits.idle = std::time::Duration::from_secs(3_600);
        let agent: Arc<dyn Agent> = Arc::new(self.agent);
        let is_spoken = config.modality == Modality::Voice;
        Parts {
            session: Session::new(config),
            id: SessionId(uuid::Uuid::from_u128(1)),
            conversation: ConversationId(uuid::Uuid::from_u128(2)),
            vad: is_spoken.then(|| Arc::new(FakeVad) as _),
            stt: is_spoken.then(|| Arc::new(self.stt) as _),
            tts: is_spoken.then(|| Arc::new(self.tts) as _),
            agents: BTreeMap::from([(agent.name().clone(), Arc::clone(&agent))]),
            agent: agent.name().clone(),
            source: source.map(|source| Box::new(source) as _),
            sink: is_spoken.then(|| Box::new(self.sink) as _),
            store: self.store,
            wall: || WallTime(1_000),
            journal,
            speed: Speed::Max,
            hold: false,
            echo: false,
            tap: None,
        }
    }
}

struct Run {
    ended: Ended,
    reports: Vec<Report>,
    samples: Vec<f32>,
    records: Vec<Record>,
}

impl Run {
    fn finals(&self) -> Vec<&str> {
        let finals = self.reports.iter().filter_map(|report| match &report.what {
            What::UserFinal { text, .. } => Some(text.as_str()),
            _ => None,
        });
        finals.collect()
    }

    /// What was heard of each reply, and whether it was cut.
    fn heard(&self) -> Vec<(String, bool)> {
        let replies = self.reports.iter().filter_map(|report| match &report.what {
            What::AgentFinal { heard, cut, .. } => Some((heard.trim().to_owned(), *cut)),
            _ => None,
        });
        replies.collect()
    }

    fn at(&self, wanted: impl Fn(&What) -> bool) -> Option<u64> {
        self.reports.iter().find(|report| wanted(&report.what)).map(|report| report.at_ms)
    }

    fn timeline(&self) -> String {
        self.reports.iter().map(|report| format!("{report:?}\n")).collect()
    }

    /// Milliseconds of sound that left.
    fn sounding_ms(&self) -> usize {
        self.samples.iter().filter(|sample| **sample == 0.25).count() * 1_000 / VOICE_RATE as usize
    }
}

fn question() -> FakeSource {
    FakeSource::default().silence(300).utterance(0, 1_200).silence(500)
}

#[tokio::test]
async fn a_spoken_question_is_heard_answered_and_played_to_its_end() {
    let run = World::of(&["what is on today"], FakeAgent::says("You have two meetings.")).run(question()).await;
    assert_eq!(run.finals(), ["what is on today"]);
    assert_eq!(run.heard(), [("You have two meetings.".to_owned(), false)], "{}", run.timeline());
    assert_eq!(run.ended, Ended { reason: CloseReason::InputEnded, turns: 1, failed: false });
    assert_eq!(run.sounding_ms(), "You have two meetings.".len() * 50);
    let metrics = run.reports.iter().find_map(|report| match &report.what {
        What::TurnMetrics(metrics) => Some(metrics.clone()),
        _ => None,
    });
    let metrics = metrics.expect("every answered turn has its figures");
    assert!((480..=540).contains(&metrics.endpoint_wait_ms.unwrap()), "{metrics:?}");
    assert_eq!((metrics.stt_final_ms, metrics.overhead_ms), (Some(0), None), "the guess was there in time");
    assert_eq!((metrics.llm_first_clause_ms, metrics.tts_first_audio_ms), (Some(40), Some(60)), "as modelled");
}

#[tokio::test]
async fn a_back_channel_pauses_the_reply_and_no_sample_is_lost() {
    let source = question().silence(2_500).utterance(1, 420).silence(500);
    let run = World::of(&["tell me", "mm-hm"], FakeAgent::says(ANSWER)).run(source).await;
    let undisturbed = World::of(&["tell me"], FakeAgent::says(ANSWER)).run(question()).await;
    assert!(run.at(|what| matches!(what, What::FalseBargeIn { .. })).is_some(), "{}", run.timeline());
    assert_eq!(run.heard(), [(ANSWER.to_owned(), false)]);
    assert_eq!(run.finals(), ["tell me"]);
    assert_eq!(run.sounding_ms(), undisturbed.sounding_ms());
}

#[tokio::test]
async fn an_interruption_is_silent_soon_and_is_answered() {
    let source = question().silence(2_500).utterance(1, 1_500).silence(500);
    let answers = vec![Answer::Says(vec![ANSWER.to_owned()]), Answer::Says(vec!["Yes, Friday.".to_owned()])];
    let run = World::of(&["tell me", "no I meant Friday"], FakeAgent::new(answers)).run(source).await;
    let started = run.reports.iter().filter(|report| matches!(report.what, What::SpeechStarted { .. })).nth(1).unwrap();
    assert!(run.at(|what| matches!(what, What::BargeIn { .. })).is_some(), "{}", run.timeline());
    let heard = run.heard();
    assert!(heard[0].1 && ANSWER.starts_with(&heard[0].0) && heard[0].0.len() < ANSWER.len(), "{heard:?}");
    assert_eq!(heard[1], ("Yes, Friday.".to_owned(), false));
    assert_eq!(run.finals(), ["tell me", "no I meant Friday"]);
    // From 200 ms after the first voice until the answer, nothing leaves.
    let from = (started.at_ms as usize + 200) * VOICE_RATE as usize / 1_000;
    let rest = &run.samples[from..];
    let next = rest.iter().position(|sample| *sample == 0.25).unwrap();
    assert!(next * 1_000 / VOICE_RATE as usize > 1_000, "sound {next} samples after the cut");
}

#[tokio::test]
async fn noise_gives_no_turn() {
    let source = FakeSource::default().silence(300).utterance(5, 800).silence(1_000);
    let run = World::of(&["never said"], FakeAgent::says("What?")).run(source).await;
    assert!(run.finals().is_empty() && run.samples.iter().all(|sample| *sample == 0.0), "{}", run.timeline());
}

#[tokio::test]
async fn an_agent_that_fails_is_told_in_one_sentence() {
    let run = World::of(&["hello there"], FakeAgent::new(vec![Answer::Fails])).run(question()).await;
    assert_eq!(run.heard(), [("Something went wrong.".to_owned(), false)], "{}", run.timeline());
    let faults = run.reports.iter().filter(|report| matches!(report.what, What::Error { .. })).count();
    assert_eq!(faults, 1, "{}", run.timeline());
    assert_eq!(run.sounding_ms(), "Something went wrong.".len() * 50);
}

#[tokio::test]
async fn a_voice_that_fails_does_not_hang_the_session() {
    let mut world = World::of(&["hello there"], FakeAgent::says("One clause here. Another clause there."));
    world.tts.fails_at = Some("Another".to_owned());
    let run = world.run(question()).await;
    assert_eq!(run.ended.reason, CloseReason::InputEnded, "{}", run.timeline());
    assert!(run.heard()[0].0.starts_with("One clause here."));
}

#[tokio::test]
async fn a_recogniser_that_fails_is_told_and_the_session_ends_in_order() {
    let mut world = World::of(&["hello there"], FakeAgent::says("Hello."));
    world.stt.fails = true;
    let run = world.run(question()).await;
    assert!(run.finals().is_empty());
    assert_eq!(run.ended.reason, CloseReason::InputEnded);
    assert!(run.at(|what| matches!(what, What::Error { .. })).is_some());
}

#[tokio::test]
async fn a_sink_that_is_gone_is_a_fault_of_the_session() {
    let mut world = World::of(&["hello there"], FakeAgent::says("Hello."));
    world.sink.fails_at = Some(4_000);
    let run = world.run(question()).await;
    assert!(run.ended.failed);
    let told = run.at(|what| matches!(what, What::Error { fault } if fault.operation == "play"));
    assert!(told.is_some(), "{}", run.timeline());
}

#[tokio::test]
async fn goodbye_ends_the_session_when_it_has_been_heard() {
    let agent = FakeAgent::new(vec![Answer::Goodbye("Goodbye then.".to_owned())]);
    let run = World::of(&["goodbye"], agent).run(question().silence(60_000)).await;
    assert_eq!(run.ended.reason, CloseReason::Goodbye);
    assert_eq!(run.heard(), [("Goodbye then.".to_owned(), false)]);
    assert_eq!(run.sounding_ms(), "Goodbye then.".len() * 50);
}

#[tokio::test]
async fn two_runs_in_virtual_time_are_the_same() {
    let script = ["tell me", "no I meant Friday"];
    let mut runs = Vec::new();
    for _ in 0..2 {
        let source = question().silence(2_500).utterance(1, 1_500).silence(500);
        runs.push(World::of(&script, FakeAgent::says(ANSWER)).run(source).await);
    }
    assert_eq!(runs[0].reports, runs[1].reports);
    assert_eq!(runs[0].records, runs[1].records);
    assert_eq!(runs[0].samples, runs[1].samples);
}

#[tokio::test]
async fn a_journal_replays_to_the_same_commands_and_notices() {
    let source = question().silence(2_500).utterance(1, 1_500).silence(500);
    let run = World::of(&["tell me", "no I meant Friday"], FakeAgent::says(ANSWER)).run(source).await;
    let text: String = run.records.iter().map(|record| serde_json::to_string(record).unwrap() + "\n").collect();
    let records = baton_runtime::journal::read(&text).unwrap();
    let Record::Header(header) = &records[0] else { panic!("no header") };
    let mut session = Session::new(header.config.clone());
    session.start(baton_types::Timestamp::ZERO);
    let (mut commands, mut notices): (Vec<Command>, Vec<Notice>) = (Vec::new(), Vec::new());
    let (mut expected_commands, mut expected_notices) = (Vec::new(), Vec::new());
    for record in &records {
        match record {
            Record::In { now, event } => session.handle(*now, event.clone()),
            Record::Timeout { now, .. } => session.handle_timeout(*now),
            Record::Out(command) => expected_commands.push(command.clone()),
            Record::Notice(notice) => expected_notices.push(notice.clone()),
            Record::Header(_) | Record::Batch { .. } => {}
            Record::Lost { lines } => panic!("{lines} lines lost"),
        }
        commands.extend(std::iter::from_fn(|| session.poll_command()));
        notices.extend(std::iter::from_fn(|| session.poll_notice()));
    }
    assert_eq!(commands, expected_commands);
    assert_eq!(notices, expected_notices);
}

#[tokio::test]
async fn a_typed_turn_is_answered_in_text() {
    let world = World::of(&[], FakeAgent::says("Forty-two."));
    let (reports, mut told) = mpsc::channel(256);
    let config = Config { modality: Modality::Text, ..Config::default() };
    let mut parts = world.parts(None, Journal::none(), config);
    parts.speed = Speed::Real;
    let (driver, handle) = Driver::new(parts, reports);
    let session = tokio::spawn(driver.run());
    handle.tell(Control::Type { id: TypedId(1), text: "what is six times seven".to_owned() }).await;
    let mut heard = None;
    while let Some(report) = told.recv().await {
        if let What::AgentFinal { heard: text, .. } = report.what {
            heard = Some(text);
            handle.tell(Control::Close(CloseReason::HungUp)).await;
        }
    }
    assert_eq!(heard.as_deref(), Some("Forty-two."));
    assert_eq!(session.await.unwrap().reason, CloseReason::HungUp);
}
