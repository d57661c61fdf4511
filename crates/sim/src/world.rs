//! One world: a session, a human, engines and a line, all following from one seed.
//!
//! It drives the machine as a driver would: events before timers that are due at the same time, a whole batch after it
//! was away and then `handle_timeout` once, commands answered by what is planned for later. After its lively time
//! nobody does anything and nothing fails: then the session must come to rest.

use std::time::Duration;

use baton_session::{Command, Event, FloorKind, Session};
use baton_types::Timestamp;

use crate::desk::{Desk, Happening, Line};
use crate::ear::Ear;
use crate::human::{Human, say};
use crate::mind::Mind;
use crate::mouth::{Mouth, Sounded};
use crate::queue::Queue;
use crate::random::Random;
use crate::recogniser::{Recogniser, Request};
use crate::step::{Input, Step};
use crate::temper::Temper;
use crate::watch::Watch;

/// How long a calm session may take to come to rest.
pub const CALM_MS: u64 = 90_000;
/// How long late events still come behind the end.
const AFTER_CLOSE_MS: u64 = 8_000;
/// Calls at one moment that count as running in circles.
const CALLS_AT_ONCE_MAX: u32 = 2_000;

/// A world under way.
pub struct World {
    desk: Desk,
    session: Session,
    ear: Ear,
    recogniser: Recogniser,
    mind: Mind,
    mouth: Mouth,
    human: Human,
    watch: Watch,
    /// Events that came while the driver was away.
    inbox: Vec<Event>,
    is_away: bool,
    is_behind: bool,
    is_ending: bool,
    ends_at: Timestamp,
    /// The latest time given to the machine.
    latest: Timestamp,
    calls_at_once: u32,
    /// The call under way.
    telling: Option<(Timestamp, Input)>,
}

impl World {
    /// The world of a seed, watched.
    #[must_use]
    pub fn new(seed: u64, watch: impl FnOnce(&Temper) -> Watch, change: impl FnOnce(&mut Temper)) -> Self {
        let mut random = Random::new(seed);
        let mut temper = Temper::draw(&mut random);
        change(&mut temper);
        let watch = watch(&temper);
        let session = Session::new(temper.config.clone());
        let ear = Ear::new(temper.config.capabilities.detector);
        let ends_at = Timestamp::from_millis(temper.lively_ms + CALM_MS);
        let desk = Desk { now: Timestamp::ZERO, random, queue: Queue::default(), temper, is_calm: false };
        Self {
            desk,
            session,
            ear,
            recogniser: Recogniser::default(),
            mind: Mind::default(),
            mouth: Mouth::default(),
            human: Human::default(),
            watch,
            inbox: Vec::new(),
            is_away: false,
            is_behind: false,
            is_ending: false,
            ends_at,
            latest: Timestamp::ZERO,
            calls_at_once: 0,
            telling: None,
        }
    }

    /// Lives through the world to its end, or to the first violation.
    pub fn run(&mut self) {
        self.begin();
        while !self.watch.is_over() {
            let planned = self.desk.queue.next_at();
            let lag = Duration::from_millis(self.desk.temper.providers.lag_ms);
            let timer = self.session.poll_timeout().filter(|_| !self.is_away);
            let due = timer.map(|(at, _)| (at + lag).max(self.desk.now));
            if planned.into_iter().chain(due).min().is_none_or(|next| next > self.ends_at) {
                break;
            }
            match (planned, due) {
                (Some(planned), due) if due.is_none_or(|due| planned <= due) => self.happen(),
                (_, Some(due)) => {
                    self.desk.now = due;
                    self.time_out();
                }
                (_, None) => break,
            }
        }
        self.watch.end(self.latest, self.session.floor(), self.session.transcript());
    }

    /// What was seen; with the call under way if the machine did not come back from it.
    #[must_use]
    pub fn into_watch(mut self, is_broken: bool) -> Watch {
        if let (true, Some((given, input))) = (is_broken, self.telling) {
            self.watch.leave(given, input);
        }
        self.watch
    }

    fn begin(&mut self) {
        self.desk.plan(self.desk.temper.lively_ms, Happening::Calm);
        self.desk.plan(0, Happening::Frame);
        self.desk.plan(150, Happening::Transcribe);
        let stalls = self.desk.temper.providers.stalls;
        if stalls > 0 {
            let wait = self.desk.wait_for(stalls);
            self.desk.plan(wait, Happening::Stall);
        }
        self.human.begin(&mut self.desk);
        self.call(Input::Start);
    }

    /// The next planned thing happens.
    fn happen(&mut self) {
        let Some((at, what)) = self.desk.queue.pop() else { return };
        self.desk.now = self.desk.now.max(at);
        let desk = &mut self.desk;
        match what {
            Happening::Deliver(event) => self.tell(event),
            Happening::Generated { turn, attempt, event } => {
                if !self.mind.is_cancelled(turn, attempt) {
                    self.tell(event);
                }
            }
            Happening::Recognised { asked, event } => {
                if !self.recogniser.is_cancelled(asked) {
                    self.tell(event);
                }
            }
            Happening::Frame => self.ear.frame(desk),
            Happening::Voice { on } => {
                if !(on && desk.is_calm) {
                    self.ear.voice(desk, on);
                }
            }
            Happening::Word(word) => self.ear.word(desk, word),
            Happening::Detect { what, epoch } => self.ear.detect(desk, what, epoch),
            Happening::Line(line) => {
                if line == Line::Back || !desk.is_calm {
                    self.ear.line(desk, line);
                }
                if line == Line::Back {
                    self.human.next_line(desk);
                }
            }
            Happening::Transcribe => self.recogniser.transcribe(desk, &self.ear, self.session.hearing()),
            Happening::Audible { reply, clause } => self.mouth.audible(desk, reply, clause),
            Happening::Synthesised { reply, clause } => self.mouth.synthesised(desk, reply, clause),
            Happening::Play { epoch } => self.play(epoch),
            Happening::Silenced { reply } => self.mouth.silenced(desk, reply),
            Happening::Act(act) => self.human.act(desk, act),
            Happening::Stall => {
                self.is_away = true;
                let away = desk.random.around(600.0, 2.5).clamp(20, 5_000);
                desk.plan(away, Happening::Awake);
            }
            Happening::Awake => self.awake(),
            Happening::Calm => {
                desk.is_calm = true;
                self.ear.calm(desk);
            }
        }
    }

    fn play(&mut self, epoch: u64) {
        let (sounded, words) = self.mouth.play(&mut self.desk, epoch);
        self.human.listen(&mut self.desk, sounded);
        if let Some(words) = words.filter(|_| sounded != Sounded::Nothing && !self.desk.is_calm) {
            // The loudspeaker comes back through the microphone, mostly below the detector.
            let late = self.desk.random.between(40, 500);
            let is_loud = self.desk.random.chance(250);
            say(&mut self.desk, late, &words, is_loud);
        }
    }

    /// The driver is back: everything that has come is told first, then time.
    fn awake(&mut self) {
        self.is_away = false;
        self.is_behind = true;
        for event in std::mem::take(&mut self.inbox) {
            self.tell(event);
        }
        self.is_behind = false;
        if self.session.poll_timeout().is_some_and(|(at, _)| at <= self.desk.now) {
            self.time_out();
        }
        let stalls = self.desk.temper.providers.stalls;
        if !self.desk.is_calm {
            let wait = self.desk.wait_for(stalls);
            self.desk.plan(wait, Happening::Stall);
        }
    }

    fn tell(&mut self, event: Event) {
        if self.is_away {
            self.inbox.push(event);
        } else {
            self.call(Input::Event { what: event });
        }
    }

    fn time_out(&mut self) {
        let Some((_, timer)) = self.session.poll_timeout() else { return };
        self.call(Input::Timeout { timer });
    }

    /// One call into the machine, watched, and what it wants done.
    fn call(&mut self, input: Input) {
        if self.watch.is_over() {
            return;
        }
        let now = self.desk.now;
        let faults = self.desk.temper.providers.clock_faults;
        let goes_back = self.desk.goes_wrong(faults);
        let back = if goes_back { self.desk.random.between(1, 80) } else { 0 };
        let given = now - Duration::from_millis(back);
        self.calls_at_once = if given > self.latest { 0 } else { self.calls_at_once + 1 };
        if self.calls_at_once > CALLS_AT_ONCE_MAX {
            self.watch.fail(11, now, "the machine runs in circles: it asks for the same moment again and again".into());
            return;
        }
        self.latest = self.latest.max(given);
        if self.watch.journal.is_some() {
            self.telling = Some((given, input.clone()));
        }
        let (before, due) = (self.session.floor(), self.session.poll_timeout());
        match &input {
            Input::Start => self.session.start(given),
            Input::Event { what } => self.session.handle(given, what.clone()),
            Input::Timeout { .. } => self.session.handle_timeout(given),
        }
        let commands: Vec<_> = std::iter::from_fn(|| self.session.poll_command()).collect();
        let notices: Vec<_> = std::iter::from_fn(|| self.session.poll_notice()).collect();
        let step = Step {
            given,
            now: self.latest,
            input: &input,
            commands: &commands,
            notices: &notices,
            before,
            floor: self.session.floor(),
            due,
            next: self.session.poll_timeout(),
            is_ending: self.is_ending,
            is_behind: self.is_behind,
            truth: &self.mouth.truth,
        };
        self.watch.look(&step);
        if matches!(input.event(), Some(Event::CloseRequested { .. })) || self.session.floor() == FloorKind::Closed {
            self.is_ending = true;
        }
        for command in commands {
            self.obey(command);
        }
    }

    fn obey(&mut self, command: Command) {
        let desk = &mut self.desk;
        match command {
            Command::Recognize { turn, segment, revision, from, upto, urgency } => {
                let request = Request { asked: (turn, segment, revision), from, upto, urgency };
                self.recogniser.recognise(desk, &self.ear, &request);
            }
            Command::CancelRecognition { turn, segment, revision } => {
                self.recogniser.cancel(desk, (turn, segment, revision));
            }
            Command::PredictEndOfTurn { turn, segment, revision, text: _ } => {
                self.recogniser.predict(desk, (turn, segment, revision), !self.human.will_go_on);
            }
            Command::Route { turn, text: _ } => self.mind.route(desk, turn),
            Command::Generate { turn, attempt, agent: _, purpose, context: _ } => {
                self.mind.generate(desk, turn, attempt, purpose);
            }
            Command::CancelGeneration { turn, attempt } => self.mind.cancel(desk, turn, attempt),
            Command::Speak { reply, clause, text, source: _, interruptible: _ } => {
                self.mouth.speak(desk, reply, clause, text);
            }
            Command::PausePlayout { reply } => self.mouth.pause(desk, reply),
            Command::ResumePlayout { reply, from } => self.mouth.resume(desk, reply, from),
            Command::CancelPlayout { reply } => self.mouth.cancel(desk, reply),
            Command::RunTool { turn: _, call, name: _, arguments: _ } => self.mind.run_tool(desk, call),
            Command::StopEverything { .. } | Command::Commit { .. } => {}
            Command::Close { .. } => {
                let last = desk.now + Duration::from_millis(AFTER_CLOSE_MS);
                self.ends_at = self.ends_at.min(last);
            }
        }
    }
}
