//! One session's driver: one task, one inbox, one deadline.
//!
//! It waits, tells the machine what happened, performs the commands, and reports. Each pass of the loop delivers
//! everything that has arrived, then the ticks of sound that are due (20 ms of input heard, 20 ms of output pulled),
//! then the timers: events come before timers at equal times. Who owns what: the driver owns the machine, the ear, the
//! playout and every job it started; jobs answer through the inbox and end when their handle is dropped. On a virtual
//! clock the loop moves time to the next tick, arrival or timer once no work is outstanding.

mod act;
mod hearing;
mod inbox;
mod input;
mod output;
mod parts;
mod tell;
mod time;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use baton_ports::{Agent, AudioSource, Pace, SourceEvent, Synthesis, TextToSpeech};
use baton_session::{CloseReason, Event, FloorKind, MediaLoss, Session};
use baton_types::{
    AgentName, Attempt, ClauseId, ConversationId, EAR_FRAME_SAMPLES, Fault, FaultCode, ReplyId, SessionId, Severity,
    Timestamp, TurnId,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use inbox::{Control, Handle};
pub use parts::{Ended, Parts, Tap};
pub use time::Speed;

use crate::ear::Ear;
use crate::echo::EchoStage;
use crate::journal::{Header, JOURNAL_VERSION, Journal, Record};
use crate::metrics::Stopwatch;
use crate::playout::{Playout, PlayoutEvent};
use crate::report::{Report, What};
use hearing::Listening;
use inbox::{INBOX_LEN_MAX, Message};
use input::Input;
use output::Output;
use time::{RealTime, VirtualTime};

/// One tick of sound: 20 ms.
const TICK: Duration = Duration::from_millis(20);

/// How long a live source may be silent before the line counts as stalled.
const STALLED_AFTER: Duration = Duration::from_millis(100);

/// After the end of the input the session ends when nothing has moved for this long.
const NO_PROGRESS_MAX: Duration = Duration::from_secs(30);

/// Ticks made up for in one pass after the process was held up; what is older is skipped.
const TICKS_A_PASS_MAX: u32 = 250;

/// Drives one session to its end.
pub struct Driver {
    session: Session,
    id: SessionId,
    conversation: ConversationId,
    agents: BTreeMap<AgentName, Arc<dyn Agent>>,
    agent: AgentName,
    stt_name: Option<String>,
    vad_name: Option<String>,
    tts: Option<Arc<dyn TextToSpeech>>,
    source: Option<Box<dyn AudioSource>>,
    hold: bool,
    input: Input,
    ear: Option<Ear>,
    echo: Option<EchoStage>,
    listening: Option<Listening>,
    output: Option<Output>,
    playout: Option<Playout>,
    syntheses: BTreeMap<(ReplyId, ClauseId), Box<dyn Synthesis>>,
    generations: BTreeMap<(TurnId, Attempt), Generation>,
    store: Option<output::StoreWriter>,
    journal: Journal,
    real: RealTime,
    virtual_time: Option<VirtualTime>,
    speed: Speed,
    inbox: mpsc::Receiver<Message>,
    to_inbox: mpsc::Sender<Message>,
    reports: mpsc::Sender<Report>,
    reports_dropped: u64,
    tap: Option<Box<dyn Tap>>,
    /// What Baton says by itself within the reply that is being spoken.
    own_text: Option<(ReplyId, String)>,
    watch: Stopwatch,
    /// The turn that was last given to an agent.
    answering: Option<TurnId>,
    meter: baton_audio::level::LevelMeter,
    next_tick: Timestamp,
    ticks: u64,
    last_progress: Timestamp,
    again: VecDeque<Event>,
    last_fault: Option<(Timestamp, Fault)>,
    closed: Option<CloseReason>,
    failed: bool,
    turns: u32,
}

struct Generation {
    job: JoinHandle<()>,
    seq: u32,
}

impl Driver {
    /// A driver and a handle on it. Reports go to `reports`; an observer that lags loses some, which is counted.
    #[must_use]
    pub fn new(parts: Parts, reports: mpsc::Sender<Report>) -> (Self, Handle) {
        let (to_inbox, inbox) = mpsc::channel(INBOX_LEN_MAX);
        let handle = Handle { inbox: to_inbox.clone() };
        let ear = parts.vad.as_deref().filter(|_| parts.source.is_some()).map(Ear::new);
        let listening = parts.stt.clone().map(|stt| Listening::new(stt, to_inbox.clone(), parts.speed == Speed::Max));
        let is_live = parts.source.as_ref().is_some_and(|source| source.pace() == Pace::Source);
        let name = parts.source.as_ref().map_or_else(String::new, |source| source.name().to_owned());
        let (output, playout) = match (parts.sink, &parts.tts) {
            (Some(sink), Some(tts)) => {
                let latency = u64::try_from(sink.latency().as_millis()).unwrap_or(0);
                let playout = Playout::new(tts.sample_rate(), latency);
                (Some(Output::new(sink, tts.sample_rate(), to_inbox.clone())), Some(playout))
            }
            _ => (None, None),
        };
        let echo = parts.echo.then(|| EchoStage::new(playout.as_ref().map_or(16_000, Playout::rate)));
        let store = parts
            .store
            .map(|store| output::StoreWriter::start(store, parts.conversation, parts.wall, to_inbox.clone()));
        let driver = Self {
            session: parts.session,
            id: parts.id,
            conversation: parts.conversation,
            agents: parts.agents,
            agent: parts.agent,
            stt_name: parts.stt.map(|stt| stt.name().to_owned()),
            vad_name: parts.vad.map(|vad| vad.name().to_owned()),
            tts: parts.tts,
            source: parts.source,
            hold: parts.hold,
            input: Input::new(name, is_live),
            ear,
            echo,
            listening,
            output,
            playout,
            syntheses: BTreeMap::new(),
            generations: BTreeMap::new(),
            store,
            journal: parts.journal,
            real: RealTime::new(),
            virtual_time: (parts.speed == Speed::Max).then(VirtualTime::default),
            speed: parts.speed,
            inbox,
            to_inbox,
            reports,
            reports_dropped: 0,
            tap: parts.tap,
            own_text: None,
            watch: Stopwatch::default(),
            answering: None,
            meter: baton_audio::level::LevelMeter::default(),
            next_tick: Timestamp::ZERO + TICK,
            ticks: 0,
            last_progress: Timestamp::ZERO,
            again: VecDeque::new(),
            last_fault: None,
            closed: None,
            failed: false,
            turns: 0,
        };
        (driver, handle)
    }

    /// Runs the session to its end.
    pub async fn run(mut self) -> Ended {
        self.real = RealTime::new();
        self.begin();
        let reader = self.read_live_source();
        while self.closed.is_none() {
            match self.virtual_time.is_some() {
                true => self.pass_virtual().await,
                false => self.pass_real().await,
            }
        }
        if let Some(reader) = reader {
            reader.abort();
        }
        self.end().await
    }

    fn begin(&mut self) {
        let header = Header {
            version: JOURNAL_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            session: self.id,
            conversation: self.conversation,
            config: self.session.config().clone(),
            items: self.session.transcript().items().to_vec(),
        };
        self.journal.record(|| Record::Header(Box::new(header)));
        self.report(
            Timestamp::ZERO,
            What::SessionStarted {
                session: self.id,
                conversation: self.conversation,
                agent: self.agent.to_string(),
                stt: self.stt_name.clone(),
                tts: self.tts.as_ref().map(|tts| tts.name().to_owned()),
                vad: self.vad_name.clone(),
                clock: self.speed.clock(),
            },
        );
        self.session.start(Timestamp::ZERO);
        self.settle(Timestamp::ZERO);
    }

    /// A live source has a job of its own that waits for its frames.
    fn read_live_source(&mut self) -> Option<JoinHandle<()>> {
        if !self.input.is_live {
            return None;
        }
        let mut source = self.source.take()?;
        let inbox = self.to_inbox.clone();
        Some(tokio::spawn(async move {
            loop {
                let event = source.next().await;
                let is_over = matches!(event, SourceEvent::Ended | SourceEvent::Failed(_));
                if inbox.send(Message::Source(event)).await.is_err() || is_over {
                    break;
                }
            }
        }))
    }

    async fn pass_real(&mut self) {
        let deadline = self.next_deadline();
        let first = tokio::select! {
            biased;
            message = self.inbox.recv() => message,
            () = self.real.sleep_until(deadline) => None,
        };
        let now = self.real.now();
        let mut batch: Vec<Message> = first.into_iter().collect();
        while batch.len() < INBOX_LEN_MAX
            && let Ok(message) = self.inbox.try_recv()
        {
            batch.push(message);
        }
        self.deliver(now, batch);
        self.ticks(now).await;
        self.timers(now);
    }

    async fn pass_virtual(&mut self) {
        loop {
            while let Ok(message) = self.inbox.try_recv() {
                self.with_virtual(|time| time.schedule(message));
            }
            let has_nothing_to_do = self.next_deadline().is_none();
            let is_waiting = self.virtual_time.as_ref().is_some_and(VirtualTime::is_waiting);
            if !is_waiting && !has_nothing_to_do {
                break;
            }
            let Some(message) = self.inbox.recv().await else { return };
            self.with_virtual(|time| time.schedule(message));
        }
        let deadline = self.next_deadline();
        self.with_virtual(|time| time.advance(deadline.unwrap_or_default()));
        let now = self.virtual_time.as_ref().map_or(Timestamp::ZERO, VirtualTime::now);
        let mut batch = Vec::new();
        while let Some(message) = self.virtual_time.as_mut().and_then(VirtualTime::arrived) {
            batch.push(message);
        }
        self.deliver(now, batch);
        self.ticks(now).await;
        self.timers(now);
    }

    fn with_virtual(&mut self, act: impl FnOnce(&mut VirtualTime)) {
        if let Some(time) = &mut self.virtual_time {
            act(time);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let tick = self.has_sound().then_some(self.next_tick);
        let timer = self.session.poll_timeout().map(|(due, _)| due);
        let arrival = self.virtual_time.as_ref().and_then(VirtualTime::next_arrival);
        [tick, timer, arrival].into_iter().flatten().min()
    }

    fn has_sound(&self) -> bool {
        self.ear.is_some() || self.playout.is_some()
    }

    fn deliver(&mut self, now: Timestamp, batch: Vec<Message>) {
        let mut events = Vec::new();
        for message in batch {
            self.last_progress = match message {
                Message::Source(_) => self.last_progress,
                Message::Stt { .. }
                | Message::Tts { .. }
                | Message::Agent { .. }
                | Message::Control(_)
                | Message::Fault(_) => now,
            };
            self.told(now, message, &mut events);
        }
        self.handle_all(now, events);
    }

    async fn ticks(&mut self, now: Timestamp) {
        if !self.has_sound() {
            return;
        }
        let mut made_up = 0;
        while self.next_tick <= now && self.closed.is_none() {
            if made_up >= TICKS_A_PASS_MAX {
                let behind = now.since(self.next_tick);
                tracing::warn!(behind_ms = behind.as_millis(), "the driver was held up; sound is skipped");
                self.next_tick = now;
            }
            made_up += 1;
            self.tick(now).await;
            self.next_tick += TICK;
            self.ticks += 1;
        }
    }

    /// 20 ms of input, then 20 ms of output.
    async fn tick(&mut self, now: Timestamp) {
        let mut events = Vec::new();
        let heard = self.hear_tick(now, &mut events).await;
        self.handle_all(now, events);
        self.follow_hearing();
        let spoken = self.speak_tick(now).await;
        if let Some(tap) = &mut self.tap {
            tap.tick(&heard, &spoken);
        }
        if self.input.is_live && self.ticks.is_multiple_of(5) {
            let level = self.meter.take();
            self.report(now, What::Level { rms_dbfs: level.rms_dbfs, peak_dbfs: level.peak_dbfs });
        }
        self.end_of_input(now);
    }

    async fn hear_tick(&mut self, now: Timestamp, events: &mut Vec<Event>) -> Vec<f32> {
        if self.input.is_live {
            let is_expected = !self.input.stalled && !self.input.muted && !self.input.ended;
            if is_expected && now.since(self.input.last_frame) > STALLED_AFTER {
                self.input.stalled = true;
                events.push(Event::MediaLost { reason: MediaLoss::Stalled });
            }
            return self.hear_live(now, events);
        }
        let is_held = self.hold && self.session.floor() != FloorKind::User && !self.session.is_settled();
        let mut samples = Vec::with_capacity(EAR_FRAME_SAMPLES);
        while samples.len() < EAR_FRAME_SAMPLES && !self.input.ended && !is_held {
            let Some(source) = &mut self.source else { break };
            match source.next().await {
                SourceEvent::Frame(frame) => samples.extend_from_slice(&frame.samples),
                other => self.source_told(now, other, events),
            }
        }
        let short = EAR_FRAME_SAMPLES.saturating_sub(samples.len());
        samples.resize(samples.len() + short, 0.0);
        if let Some(ear) = &mut self.ear {
            ear.hear(&samples, events);
        }
        samples
    }

    /// What of a live source belongs before now.
    fn hear_live(&mut self, now: Timestamp, events: &mut Vec<Event>) -> Vec<f32> {
        let Some(ear) = &mut self.ear else { return Vec::new() };
        let due = self.input.due(now, ear.position());
        if due.dropped > 0 {
            let cause = format!("{}: {} ms of sound came too early and were dropped", self.input.name, due.dropped);
            let fault = Fault::new("listen", FaultCode::LimitReached, cause).with_severity(Severity::Warning);
            self.report_fault(now, fault);
        }
        let Some(ear) = &mut self.ear else { return Vec::new() };
        if due.is_behind {
            ear.gap(now, events);
        }
        ear.hear(&due.samples, events);
        due.samples
    }

    async fn speak_tick(&mut self, now: Timestamp) -> Vec<f32> {
        let (Some(playout), Some(output)) = (&mut self.playout, &mut self.output) else { return Vec::new() };
        if !output.has_room() {
            return Vec::new();
        }
        let mut samples = vec![0.0; output.tick_samples()];
        let mut told = Vec::new();
        playout.pull(&mut samples, &mut told);
        if let Some(echo) = &mut self.echo {
            echo.played(&samples);
        }
        output.write(&samples).await;
        let mut events = Vec::new();
        for event in told {
            self.last_progress = now;
            self.playout_told(now, event, &mut events);
        }
        self.handle_all(now, events);
        samples
    }

    fn playout_told(&mut self, now: Timestamp, event: PlayoutEvent, events: &mut Vec<Event>) {
        match event {
            PlayoutEvent::Started { reply } => {
                if let Some(figures) = self.watch.sound(now, reply, self.speed.clock()) {
                    self.report(now, What::TurnMetrics(figures));
                }
                events.push(Event::PlayoutProgress { reply, played_ms: 1 });
            }
            PlayoutEvent::Progress { reply, played_ms } => {
                self.report(now, What::AgentProgress { reply, played_ms });
                events.push(Event::PlayoutProgress { reply, played_ms });
            }
            PlayoutEvent::Ended { reply } => events.push(Event::PlayoutEnded { reply }),
        }
    }

    fn follow_hearing(&mut self) {
        let (Some(ear), Some(listening)) = (&self.ear, &mut self.listening) else { return };
        if let Some(work) = listening.follow(self.session.hearing().as_ref(), ear, self.input.is_voice) {
            self.with_virtual(|time| time.begin(work));
        }
    }

    /// The end of an input file is no event: the session goes on until everything is answered.
    fn end_of_input(&mut self, now: Timestamp) {
        if !self.input.ended {
            return;
        }
        let is_quiet = self.playout.as_ref().is_none_or(Playout::is_idle) && self.syntheses.is_empty();
        let is_done = is_quiet && self.generations.is_empty() && self.session.is_settled();
        if is_done || now.since(self.last_progress) > NO_PROGRESS_MAX {
            self.handle_all(now, vec![Event::CloseRequested { reason: CloseReason::InputEnded }]);
        }
    }

    fn timers(&mut self, now: Timestamp) {
        // More than one call happens only when a timer sets another that is due at once.
        for _ in 0..16 {
            let Some((due, timer)) = self.session.poll_timeout() else { return };
            if due > now || self.closed.is_some() {
                return;
            }
            self.journal.record(|| Record::Timeout { now, timer: Some(timer) });
            self.session.handle_timeout(now);
            self.settle(now);
        }
    }

    fn handle_all(&mut self, now: Timestamp, events: Vec<Event>) {
        if events.len() > 1 {
            let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
            self.journal.record(|| Record::Batch { events: count });
        }
        for event in events {
            self.handle(now, event);
        }
    }

    fn handle(&mut self, now: Timestamp, event: Event) {
        self.tell_machine(now, event);
        self.settle(now);
    }

    fn tell_machine(&mut self, now: Timestamp, event: Event) {
        self.observe(now, &event);
        self.journal.record(|| Record::In { now, event: event.clone() });
        self.session.handle(now, event);
    }

    /// Performs what the machine asks for, reports what it tells, and brings it the answers that are there at once.
    fn settle(&mut self, now: Timestamp) {
        loop {
            while let Some(command) = self.session.poll_command() {
                self.journal.record(|| Record::Out(command.clone()));
                self.act(now, command);
            }
            while let Some(notice) = self.session.poll_notice() {
                self.journal.record(|| Record::Notice(notice.clone()));
                self.noticed(now, notice);
            }
            match self.again.pop_front() {
                Some(event) => self.tell_machine(now, event),
                None => return,
            }
        }
    }

    /// A fault that passes here twice at one moment (as an event and as a notice) is told once.
    fn report_fault(&mut self, now: Timestamp, fault: Fault) {
        if self.last_fault.as_ref().is_none_or(|(at, told)| *at != now || *told != fault) {
            self.last_fault = Some((now, fault.clone()));
            self.report(now, What::Error { fault });
        }
    }

    fn report(&mut self, now: Timestamp, what: What) {
        if self.reports.try_send(Report { at_ms: now.as_millis(), what }).is_err() {
            self.reports_dropped += 1;
        }
    }

    async fn end(mut self) -> Ended {
        for (_, generation) in std::mem::take(&mut self.generations) {
            generation.job.abort();
        }
        self.syntheses.clear();
        self.listening = None;
        let now = self.virtual_time.as_ref().map_or_else(|| self.real.now(), VirtualTime::now);
        if let Some(output) = self.output.take()
            && let Err(error) = output.finish().await
        {
            // One that failed on the way has been told already.
            if !self.failed {
                self.report(now, What::Error { fault: error.to_fault("play") });
            }
            self.failed = true;
        }
        if let Some(store) = self.store.take() {
            store.finish().await;
        }
        // What went wrong on the way out is still told.
        while let Ok(message) = self.inbox.try_recv() {
            if let Message::Fault(fault) = message {
                self.failed = true;
                self.report(now, What::Error { fault });
            }
        }
        if self.reports_dropped > 0 {
            tracing::warn!(dropped = self.reports_dropped, "an observer lagged and lost reports");
        }
        let reason = self.closed.unwrap_or(CloseReason::Fault);
        self.report(now, What::SessionEnded { reason, turns: self.turns });
        Ended { reason, turns: self.turns, failed: self.failed || reason == CloseReason::Fault }
    }
}
