//! A script: timed events fed to one session, with a small mouth and router around it, and the timeline they make.
//!
//! Time is in seconds. `at` runs everything that is due before a moment (the mouth's reports, then timers) and stops
//! there; an event at that moment comes before a timer of the same moment. The detector's `Heard` follows the time by
//! itself unless `deaf` is set.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use baton_session::{
    Command, Config, Event, FinishReason, Measured, Notice, OwnKind, Recognized, ResumePoint, Selection, Session,
    Timer, WordMark,
};
use baton_types::{
    AgentName, Attempt, CallId, ClauseId, Fault, FaultCode, ReplyId, Revision, SegmentId, Timestamp, TurnId, TypedId,
};

/// Milliseconds that one word sounds.
pub(crate) const WORD_MS: u64 = 300;
const REPORT_MS: u64 = 100;

/// One call into the machine, as a journal keeps it.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Start(Timestamp),
    Event(Timestamp, Event),
    Timeout(Timestamp),
}

/// The sound of one reply on its way out.
#[derive(Clone, Debug, Default)]
struct Mouth {
    reply: Option<ReplyId>,
    clauses: Vec<(ClauseId, u64)>,
    played_ms: u64,
    is_paused: bool,
    /// When the next report is due, while it plays.
    next: Option<u64>,
}

pub(crate) struct Script {
    pub(crate) session: Session,
    config: Config,
    now_ms: u64,
    pub(crate) inputs: Vec<Input>,
    pub(crate) commands: Vec<(f64, Command)>,
    pub(crate) notices: Vec<(f64, Notice)>,
    pub(crate) timers: Vec<(f64, Timer)>,
    /// Commands and notices per call, for comparing replays.
    pub(crate) outputs: Vec<(Vec<Command>, Vec<Notice>)>,
    timeline: String,
    is_deaf: bool,
    has_mouth: bool,
    has_marks: bool,
    mouth: Mouth,
    /// Where every cancelled reply stopped.
    stopped: BTreeMap<ReplyId, u64>,
    delta_seq: u32,
}

pub(crate) fn default_config() -> Config {
    let own = [
        (OwnKind::Greeting, "Hello, this is Baton."),
        (OwnKind::DidNotCatch, "Sorry, I did not catch that."),
        (OwnKind::Holding, "One moment."),
        (OwnKind::Fault, "Sorry, something went wrong."),
        (OwnKind::Idle, "Are you still there?"),
        (OwnKind::Farewell, "Goodbye then."),
        (OwnKind::HearingLost, "I cannot hear you, please type."),
    ];
    let own = own.into_iter().map(|(kind, text)| (kind, vec![text.to_owned()])).collect();
    Config { own, ..Config::default() }
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = default_config();
        change(&mut config);
        let mut script = Self {
            session: Session::new(config.clone()),
            config,
            now_ms: 0,
            inputs: Vec::new(),
            commands: Vec::new(),
            notices: Vec::new(),
            timers: Vec::new(),
            outputs: Vec::new(),
            timeline: String::new(),
            is_deaf: false,
            has_mouth: true,
            has_marks: true,
            mouth: Mouth::default(),
            stopped: BTreeMap::new(),
            delta_seq: 0,
        };
        script.inputs.push(Input::Start(Timestamp::ZERO));
        script.session.start(Timestamp::ZERO);
        script.drain();
        script
    }

    /// A session in which the agent is saying `text` to an answered turn 1, and is `heard_ms` into it.
    pub(crate) fn speaking(config: impl FnOnce(&mut Config), text: &str, heard_ms: u64) -> Self {
        let mut script = Self::with(config);
        script.event(Event::Typed { id: TypedId(900), text: "tell me".to_owned() });
        script.says(1, 1, text);
        script.now_ms = 0;
        script.at(heard_ms as f64 / 1_000.0);
        script
    }

    /// The detector's watermark no longer follows the time.
    pub(crate) fn deaf(&mut self) -> &mut Self {
        self.is_deaf = true;
        self
    }

    /// Nothing answers `Speak`; playout is written out in the script.
    pub(crate) fn mute(&mut self) -> &mut Self {
        self.has_mouth = false;
        self
    }

    /// The voice gives no word times.
    pub(crate) fn unmarked(&mut self) -> &mut Self {
        self.has_marks = false;
        self
    }

    pub(crate) fn now(&self) -> f64 {
        self.now_ms as f64 / 1_000.0
    }

    /// Runs everything that is due before `seconds` and stops there.
    pub(crate) fn at(&mut self, seconds: f64) -> &mut Self {
        let until = Timestamp::from_seconds(seconds).as_millis();
        for _ in 0..100_000 {
            let timer = self.session.poll_timeout().map(|(at, _)| at.as_micros().div_ceil(1_000).max(self.now_ms));
            let report = self.mouth.next.map(|at| at.max(self.now_ms));
            match (report, timer) {
                (Some(report), timer) if report <= until && timer.is_none_or(|timer| report <= timer) => {
                    self.now_ms = report;
                    self.report();
                }
                (_, Some(timer)) if timer < until => {
                    self.now_ms = timer;
                    self.timeout();
                }
                _ => {
                    self.now_ms = until.max(self.now_ms);
                    self.hear();
                    return self;
                }
            }
        }
        panic!("the session asks for the same moment for ever:\n{}", self.timeline);
    }

    /// Runs past everything that is due up to and at `seconds`.
    pub(crate) fn until(&mut self, seconds: f64) -> &mut Self {
        self.at(seconds + 0.001)
    }

    /// Calls the timers of this very moment, once.
    pub(crate) fn timeout(&mut self) {
        self.hear();
        let now = self.stamp();
        let due = self.session.poll_timeout();
        if let Some((_, timer)) = due {
            self.timers.push((self.now(), timer));
            self.line(&format!("!! {timer:?}"));
        }
        self.inputs.push(Input::Timeout(now));
        self.session.handle_timeout(now);
        self.drain();
    }

    fn hear(&mut self) {
        if !self.is_deaf {
            let now = self.stamp();
            self.feed(Event::Heard { upto: now });
        }
    }

    pub(crate) fn event(&mut self, event: Event) -> &mut Self {
        self.line(&format!("<- {}", describe(&event)));
        self.feed(event);
        self
    }

    /// Sets the clock without running anything, as a stalled driver does.
    pub(crate) fn stalled_until(&mut self, seconds: f64) -> &mut Self {
        self.now_ms = Timestamp::from_seconds(seconds).as_millis();
        self
    }

    fn feed(&mut self, event: Event) {
        let now = self.stamp();
        self.inputs.push(Input::Event(now, event.clone()));
        self.session.handle(now, event);
        self.drain();
    }

    fn stamp(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms)
    }

    fn drain(&mut self) {
        let mut notices = Vec::new();
        let mut commands = Vec::new();
        while let Some(notice) = self.session.poll_notice() {
            self.line(&format!("   {}", describe_notice(&notice)));
            self.notices.push((self.now(), notice.clone()));
            notices.push(notice);
        }
        while let Some(command) = self.session.poll_command() {
            self.line(&format!("-> {}", describe_command(&command)));
            self.commands.push((self.now(), command.clone()));
            commands.push(command);
        }
        self.outputs.push((commands.clone(), notices));
        for command in commands {
            self.obey(&command);
        }
    }

    fn line(&mut self, text: &str) {
        let floor = format!("{:?}", self.session.floor()).to_lowercase();
        let now = self.now();
        let _infallible = writeln!(self.timeline, "{now:7.3} {floor:<8}{text}");
    }

    fn obey(&mut self, command: &Command) {
        match command {
            Command::Route { turn, .. } => {
                let selection =
                    Selection { agent: AgentName::from("host"), confidence: 1.0, reason: "only one".to_owned() };
                self.feed(Event::Routed { turn: *turn, selection });
            }
            Command::Generate { .. } => self.delta_seq = 0,
            Command::Speak { reply, clause, text, .. } if self.has_mouth => self.speak(*reply, *clause, text),
            Command::PausePlayout { reply } if self.has_mouth => {
                if self.mouth.reply.is_none_or(|current| current != *reply) {
                    self.mouth = Mouth { reply: Some(*reply), ..Mouth::default() };
                }
                self.mouth.is_paused = true;
                self.mouth.next = None;
            }
            Command::ResumePlayout { reply, from } if self.has_mouth && self.mouth.reply == Some(*reply) => {
                self.mouth.is_paused = false;
                if let ResumePoint::ClauseStart { clause } = from {
                    let before = self.mouth.clauses.iter().take_while(|(id, _)| id != clause);
                    self.mouth.played_ms = before.map(|(_, duration)| duration).sum();
                }
                self.roll();
            }
            Command::CancelPlayout { reply } if self.has_mouth && self.mouth.reply == Some(*reply) => {
                let played_ms = self.mouth.played_ms;
                self.mouth = Mouth::default();
                self.stopped.insert(*reply, played_ms);
                let reply = *reply;
                self.event(Event::PlayoutStopped { reply, played_ms, measured: Measured::Played });
            }
            _ => {}
        }
    }

    fn speak(&mut self, reply: ReplyId, clause: ClauseId, text: &str) {
        if self.mouth.reply != Some(reply) {
            self.mouth = Mouth { reply: Some(reply), ..Mouth::default() };
        }
        let mut marks = Vec::new();
        let mut words = 0;
        let mut in_word = false;
        for (at, c) in text.char_indices() {
            if c.is_whitespace() && in_word {
                words += 1;
                marks.push(WordMark { text_end: at, end_ms: words * WORD_MS });
            }
            in_word = !c.is_whitespace();
        }
        if in_word {
            words += 1;
            marks.push(WordMark { text_end: text.len(), end_ms: words * WORD_MS });
        }
        let duration_ms = words * WORD_MS;
        self.mouth.clauses.push((clause, duration_ms));
        if !self.has_marks {
            marks.clear();
        }
        self.feed(Event::ClauseReady { reply, clause, duration_ms, marks });
        self.roll();
    }

    /// Sets the next report of a mouth that plays.
    fn roll(&mut self) {
        let total: u64 = self.mouth.clauses.iter().map(|(_, duration)| duration).sum();
        if self.mouth.is_paused || self.mouth.next.is_some() || self.mouth.played_ms >= total {
            return;
        }
        let step = if self.mouth.played_ms == 0 { 10 } else { REPORT_MS.min(total - self.mouth.played_ms) };
        self.mouth.next = Some(self.now_ms + step);
    }

    fn report(&mut self) {
        let Some(reply) = self.mouth.reply else { return };
        let total: u64 = self.mouth.clauses.iter().map(|(_, duration)| duration).sum();
        let step = if self.mouth.played_ms == 0 { 10 } else { REPORT_MS };
        self.mouth.played_ms = (self.mouth.played_ms + step).min(total);
        self.mouth.next = None;
        let played_ms = self.mouth.played_ms;
        if played_ms >= total {
            self.event(Event::PlayoutEnded { reply });
        } else {
            self.roll();
            self.feed(Event::PlayoutProgress { reply, played_ms });
        }
    }

    /// The timeline so far.
    pub(crate) fn timeline(&self) -> &str {
        &self.timeline
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    // What is fed.

    /// Voice that is confirmed: started at `onset` as the detector says it, confirmed 32 ms later.
    pub(crate) fn voice(&mut self, onset: f64) -> &mut Self {
        self.at(onset).event(started(onset));
        self.at(onset + 0.032).event(confirmed(onset))
    }

    pub(crate) fn fade(&mut self, end: f64) -> &mut Self {
        self.at(end.max(self.now())).event(faded(end))
    }

    /// A piece of the newest generation.
    pub(crate) fn delta(&mut self, turn: u32, attempt: u32, text: &str) -> &mut Self {
        let seq = self.delta_seq;
        self.delta_seq += 1;
        self.event(delta(turn, attempt, seq, text))
    }

    /// A whole answer.
    pub(crate) fn says(&mut self, turn: u32, attempt: u32, text: &str) -> &mut Self {
        self.delta(turn, attempt, text).event(ended(turn, attempt, FinishReason::Complete))
    }

    /// The recogniser's answer to the newest `Recognize`.
    pub(crate) fn recognized(&mut self, text: &str) -> &mut Self {
        let outcome = if text.is_empty() {
            Recognized::Nothing
        } else {
            Recognized::Text { text: text.to_owned(), confidence: 0.75 }
        };
        self.answers(outcome)
    }

    pub(crate) fn answers(&mut self, outcome: Recognized) -> &mut Self {
        let (turn, segment, revision) = self
            .commands
            .iter()
            .rev()
            .find_map(|(_, command)| match command {
                Command::Recognize { turn, segment, revision, .. } => Some((*turn, *segment, *revision)),
                _ => None,
            })
            .expect("something was asked");
        self.event(Event::RecognitionEnded { turn, segment, revision, outcome })
    }

    /// A partial for what is heard at this moment.
    pub(crate) fn hears(&mut self, seq: u32, text: &str) -> &mut Self {
        let hearing = self.session.hearing().expect("somebody is heard");
        self.event(partial(hearing.turn.0, hearing.segment.0, seq, text))
    }

    // What is asserted.

    /// When commands that match were given.
    pub(crate) fn when(&self, matches: impl Fn(&Command) -> bool) -> Vec<f64> {
        self.commands.iter().filter(|(_, command)| matches(command)).map(|(at, _)| *at).collect()
    }

    pub(crate) fn noticed(&self, matches: impl Fn(&Notice) -> bool) -> Vec<f64> {
        self.notices.iter().filter(|(_, notice)| matches(notice)).map(|(at, _)| *at).collect()
    }

    pub(crate) fn fired(&self, timer: Timer) -> Vec<f64> {
        self.timers.iter().filter(|(_, fired)| *fired == timer).map(|(at, _)| *at).collect()
    }

    pub(crate) fn generates(&self) -> Vec<f64> {
        self.when(|command| matches!(command, Command::Generate { .. }))
    }

    pub(crate) fn speaks(&self) -> Vec<String> {
        self.commands
            .iter()
            .filter_map(|(_, command)| match command {
                Command::Speak { text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn pauses(&self) -> Vec<f64> {
        self.when(|command| matches!(command, Command::PausePlayout { .. }))
    }

    pub(crate) fn resumes(&self) -> Vec<f64> {
        self.when(|command| matches!(command, Command::ResumePlayout { .. }))
    }

    pub(crate) fn cancels(&self) -> Vec<f64> {
        self.when(|command| matches!(command, Command::CancelPlayout { .. }))
    }

    /// The texts of the user's items.
    pub(crate) fn user_items(&self) -> Vec<String> {
        self.session
            .transcript()
            .items()
            .iter()
            .filter_map(|item| match item {
                baton_session::Item::User { text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    /// The agent's items: heard, unheard, cut.
    pub(crate) fn agent_items(&self) -> Vec<(String, String, bool)> {
        self.session
            .transcript()
            .items()
            .iter()
            .filter_map(|item| match item {
                baton_session::Item::Agent { heard, unheard, cut, .. } => Some((heard.clone(), unheard.clone(), *cut)),
                _ => None,
            })
            .collect()
    }
}

fn show<T: serde::Serialize>(value: &T) -> (String, String) {
    let json = serde_json::to_value(value).expect("it is plain data");
    let map = json.as_object().expect("it is tagged");
    let mut name = String::new();
    let mut fields = String::new();
    for (key, value) in map {
        if matches!(key.as_str(), "event" | "command" | "notice") {
            name = value.as_str().unwrap_or_default().to_owned();
        } else {
            let value = match key.as_str() {
                "onset" | "end" | "upto" | "from" | "start" | "last_voice" if value.is_u64() => {
                    format!("{:.3}", value.as_u64().unwrap_or_default() as f64 / 1e6)
                }
                "marks" => format!("{} words", value.as_array().map_or(0, Vec::len)),
                _ => value.to_string(),
            };
            let _infallible = write!(fields, " {key}={value}");
        }
    }
    (name, fields)
}

fn describe(event: &Event) -> String {
    let (name, fields) = show(event);
    format!("{name}{fields}")
}

fn describe_command(command: &Command) -> String {
    let (name, fields) = show(command);
    format!("{name}{fields}")
}

fn describe_notice(notice: &Notice) -> String {
    let (name, fields) = show(notice);
    format!("{name}{fields}")
}

pub(crate) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

pub(crate) fn started(onset: f64) -> Event {
    Event::SpeechStarted { onset: at(onset) }
}

pub(crate) fn confirmed(onset: f64) -> Event {
    Event::SpeechConfirmed { onset: at(onset) }
}

pub(crate) fn faded(end: f64) -> Event {
    Event::SpeechFaded { end: at(end) }
}

pub(crate) fn partial(turn: u32, segment: u32, seq: u32, text: &str) -> Event {
    Event::Partial { turn: TurnId(turn), segment: SegmentId(segment), seq, text: text.to_owned(), stable: text.len() }
}

pub(crate) fn text(turn: u32, segment: u32, revision: u32, text: &str) -> Event {
    let outcome = if text.is_empty() {
        Recognized::Nothing
    } else {
        Recognized::Text { text: text.to_owned(), confidence: 0.75 }
    };
    Event::RecognitionEnded { turn: TurnId(turn), segment: SegmentId(segment), revision: Revision(revision), outcome }
}

pub(crate) fn predicted(turn: u32, segment: u32, revision: u32, complete: bool) -> Event {
    Event::EndOfTurnPredicted {
        turn: TurnId(turn),
        segment: SegmentId(segment),
        revision: Revision(revision),
        complete,
    }
}

pub(crate) fn typed(id: u32, text: &str) -> Event {
    Event::Typed { id: TypedId(id), text: text.to_owned() }
}

pub(crate) fn delta(turn: u32, attempt: u32, seq: u32, text: &str) -> Event {
    Event::Delta { turn: TurnId(turn), attempt: Attempt(attempt), seq, text: text.to_owned() }
}

pub(crate) fn ended(turn: u32, attempt: u32, reason: FinishReason) -> Event {
    Event::GenerationEnded { turn: TurnId(turn), attempt: Attempt(attempt), reason, usage: None }
}

pub(crate) fn failed(turn: u32, attempt: u32) -> Event {
    Event::GenerationFailed { turn: TurnId(turn), attempt: Attempt(attempt), fault: fault("generate") }
}

pub(crate) fn fault(operation: &str) -> Fault {
    Fault::new(operation, FaultCode::Unreachable, "nobody answers")
}

pub(crate) fn called(turn: u32, attempt: u32, call: &str) -> Event {
    Event::ToolCalled {
        turn: TurnId(turn),
        attempt: Attempt(attempt),
        call: CallId::from(call),
        name: "look".to_owned(),
        arguments: "{}".to_owned(),
    }
}

pub(crate) fn returned(call: &str, result: &str) -> Event {
    Event::ToolReturned { call: CallId::from(call), outcome: baton_session::ToolOutcome::Result(result.to_owned()) }
}

pub(crate) fn progress(reply: u32, played_ms: u64) -> Event {
    Event::PlayoutProgress { reply: ReplyId(reply), played_ms }
}

pub(crate) fn stopped(reply: u32, played_ms: u64) -> Event {
    Event::PlayoutStopped { reply: ReplyId(reply), played_ms, measured: Measured::Played }
}

pub(crate) fn ready(reply: u32, clause: u32, duration_ms: u64) -> Event {
    Event::ClauseReady { reply: ReplyId(reply), clause: ClauseId(clause), duration_ms, marks: Vec::new() }
}
