//! The human of a world: speaks, listens, interrupts, coughs, types, mutes and leaves, after the habits of its temper.
//!
//! Knows what it hears (a reply that begins or ends), never what the session thinks.

use baton_session::{CloseReason, Event, Measured, Recognized, StopScope, ToolOutcome};
use baton_types::{
    Attempt, CallId, ClauseId, Fault, FaultCode, ReplyId, Revision, SegmentId, Timestamp, TurnId, TypedId,
};

use crate::desk::{Act, Desk, Happening, Line, Topic};
use crate::mouth::Sounded;
use crate::temper::Television;

const ANYTHING: [&str; 10] = [
    "what is on today",
    "book a table for two, on friday at seven",
    "tell me about the weather in lisbon",
    "cancel my order please",
    "remind me to call anna, tomorrow, before noon",
    "compare these two offers for me",
    "how long does it take to get there by train",
    "I would like to know, um, I mean I need to know when the shop opens",
    "can you look up the invoice from march",
    "mm-hm, but what about friday",
];
const ANSWERS: [&str; 6] = ["yes", "no", "sure", "seven", "maybe", "yes please"];
const DIGITS: [&str; 3] = ["0 7 9, 4 4 2, 1 8", "oh seven nine", "4 4 2, 1 8 6"];
const BACK_CHANNELS: [&str; 6] = ["mm-hm", "yeah", "okay", "i see", "right", "yeah okay sure"];
const STOPS: [&str; 5] = ["stop", "wait", "hold on", "no", "stop it"];
const STOP_EVERYTHING: [&str; 3] = ["stop everything", "please stop everything", "emergency stop"];
const NOT_STOP_EVERYTHING: [&str; 3] =
    ["don't stop everything", "do not stop everything yet", "stop everything but the tests"];
const PRESENCE: [&str; 3] = ["hello", "are you there", "can you hear me"];
const TAILS: [&str; 5] = ["in hindi", "and on sunday", "by six", "or maybe on monday morning", "friday morning"];
const LINES: [&str; 6] = [
    "and on sunday?",
    "https://example.com/offer",
    "use the small one instead",
    "stop",
    "stop everything",
    "don't stop everything",
];

/// The human.
#[derive(Clone, Debug, Default)]
pub(crate) struct Human {
    /// Until when the human speaks.
    busy_until: Timestamp,
    /// How often anything was said by anybody; what was planned for a silence before that is void.
    said: u64,
    line: u32,
    is_pressed: bool,
    has_left: bool,
    /// What is said next continues later, so that the turn only seems complete.
    pub(crate) will_go_on: bool,
}

impl Human {
    /// Plans what does not depend on anybody else.
    pub(crate) fn begin(&mut self, desk: &mut Desk) {
        let human = desk.temper.human.clone();
        if human.only_types {
            let wait = desk.random.between(200, 3_000);
            desk.plan(wait, Happening::Act(Act::Type));
        } else if !human.is_silent {
            let wait = desk.random.between(100, 3_000);
            let topic = if desk.random.chance(100) { Topic::Presence } else { Topic::Anything };
            desk.plan(wait, Happening::Act(Act::Speak(topic)));
        }
        self.again(desk, human.coughs, Act::Noise);
        self.again(desk, human.lines, Act::Type);
        if human.television != Television::Off {
            let wait = desk.random.between(500, 8_000);
            desk.plan(wait, Happening::Act(Act::Television));
        }
        if human.presses {
            self.again(desk, 10, Act::Press);
        }
        if human.hangs_up {
            let wait = desk.random.between(500, desk.temper.lively_ms);
            desk.plan(wait, Happening::Act(Act::HangUp));
        }
        self.again(desk, 4, Act::Nonsense);
        if desk.random.chance(80) {
            let all = desk.random.chance(400);
            self.again(desk, 3, Act::Stop { all });
        }
        if desk.random.chance(40) {
            let wait = desk.random.between(2_000, 20_000);
            desk.plan(wait, Happening::Act(Act::Choose { text: true }));
            desk.plan(wait + 15_000, Happening::Act(Act::Choose { text: false }));
        }
        if human.losses > 0 {
            let wait = desk.wait_for(human.losses);
            desk.plan(wait, Happening::Line(Line::Muted));
        }
    }

    fn again(&self, desk: &mut Desk, a_minute: u64, act: Act) {
        if a_minute > 0 && !desk.is_calm {
            let wait = desk.wait_for(a_minute);
            desk.plan(wait, Happening::Act(act));
        }
    }

    pub(crate) fn act(&mut self, desk: &mut Desk, act: Act) {
        // What makes no sense comes from the machines around, whether the human is there or not.
        if desk.is_calm || (self.has_left && act != Act::Nonsense) {
            return;
        }
        match act {
            Act::Speak(topic) => self.speak(desk, topic),
            Act::SpeakIfQuiet { said, topic } if said == self.said => self.speak(desk, topic),
            Act::SpeakIfQuiet { .. } => {}
            Act::Noise => {
                let span = desk.random.between(40, 400);
                voice(desk, 0, span);
                self.again(desk, desk.temper.human.coughs, Act::Noise);
            }
            Act::Television => self.television(desk),
            Act::Type => self.type_line(desk),
            Act::Press => self.press(desk),
            Act::Release => {
                if std::mem::take(&mut self.is_pressed) {
                    desk.deliver(0, Event::Released);
                }
                self.again(desk, 10, Act::Press);
            }
            Act::Stop { all } => {
                let scope = if all { StopScope::Everything } else { StopScope::Speech };
                desk.deliver(0, Event::StopRequested { scope });
                self.again(desk, 3, Act::Stop { all: !all });
            }
            Act::Choose { text } => desk.deliver(0, Event::ModalityChosen { text }),
            Act::HangUp => {
                self.has_left = true;
                desk.deliver(0, Event::CloseRequested { reason: CloseReason::HungUp });
            }
            Act::Nonsense => {
                let event = nonsense(desk);
                desk.deliver(0, event);
                self.again(desk, 4, Act::Nonsense);
            }
        }
    }

    fn press(&mut self, desk: &mut Desk) {
        if !self.is_pressed {
            self.is_pressed = true;
            desk.deliver(0, Event::Pressed);
            self.speak(desk, Topic::Anything);
            let held = desk.random.between(300, 4_000);
            desk.plan(held, Happening::Act(Act::Release));
        }
    }

    fn television(&mut self, desk: &mut Desk) {
        match desk.temper.human.television {
            Television::Off => {}
            // Nothing ends it but the calm.
            Television::Endless => desk.plan(0, Happening::Voice { on: true }),
            Television::Music => {
                let span = desk.random.between(1_000, 12_000);
                voice(desk, 0, span);
                let pause = desk.random.between(300, 9_000);
                desk.plan(span + pause, Happening::Act(Act::Television));
            }
            Television::Words => {
                let text = *desk.random.pick(&["and now the news", "yes", "it will rain in the north tomorrow"]);
                let span = say(desk, 0, text, true);
                let pause = desk.random.between(300, 6_000);
                desk.plan(span + pause, Happening::Act(Act::Television));
            }
        }
    }

    fn type_line(&mut self, desk: &mut Desk) {
        self.line += 1;
        let text = (*desk.random.pick(&LINES)).to_owned();
        let event = Event::Typed { id: TypedId(self.line), text };
        if desk.random.chance(150) {
            // The client echoes the line.
            let late = desk.random.between(1, 2_500);
            desk.deliver(late, event.clone());
        }
        desk.deliver(0, event);
        if desk.random.chance(100) {
            desk.plan(100, Happening::Act(Act::Type));
        } else if desk.temper.human.only_types {
            let wait = desk.random.between(1_000, 12_000);
            desk.plan(wait, Happening::Act(Act::Type));
        } else {
            self.again(desk, desk.temper.human.lines, Act::Type);
        }
    }

    fn speak(&mut self, desk: &mut Desk, topic: Topic) {
        if desk.temper.human.only_types {
            return;
        }
        if self.busy_until > desk.now {
            return;
        }
        self.said += 1;
        let topic = match topic {
            Topic::Stop if desk.random.chance(250) => Topic::StopEverything,
            Topic::Stop if desk.random.chance(200) => Topic::NotStopEverything,
            other => other,
        };
        let mut text = (*desk.random.pick(choices(topic))).to_owned();
        if desk.temper.human.is_talkative && topic == Topic::Anything {
            for _ in 0..desk.random.between(1, 6) {
                text.push_str(", ");
                let more = *desk.random.pick(&ANYTHING);
                text.push_str(more);
            }
        }
        let span = say(desk, 0, &text, !desk.temper.human.is_distant);
        self.busy_until = desk.now + std::time::Duration::from_millis(span);
        self.will_go_on = desk.random.chance(desk.temper.human.goes_on);
        if self.will_go_on {
            let later = desk.random.between(50, 1_400);
            desk.plan(span + later, Happening::Act(Act::Speak(Topic::Tail)));
        }
        let patience = desk.random.between(3_000, 12_000);
        let topic = if desk.random.chance(400) { Topic::Presence } else { Topic::Anything };
        desk.plan(span + patience, Happening::Act(Act::SpeakIfQuiet { said: self.said, topic }));
    }

    /// Hears the agent begin or end.
    pub(crate) fn listen(&mut self, desk: &mut Desk, sounded: Sounded) {
        if desk.is_calm || self.has_left || desk.temper.human.is_silent {
            return;
        }
        let human = desk.temper.human.clone();
        match sounded {
            Sounded::Nothing | Sounded::WentOn => {}
            Sounded::Began => {
                self.said += 1;
                if desk.random.chance(human.back_channels) {
                    let wait = desk.random.between(100, 5_000);
                    desk.plan(wait, Happening::Act(Act::Speak(Topic::BackChannel)));
                }
                if desk.random.chance(human.interrupts) {
                    let wait = desk.random.between(0, 6_000);
                    let topic = if desk.random.chance(human.stops) { Topic::Stop } else { Topic::Anything };
                    desk.plan(wait, Happening::Act(Act::Speak(topic)));
                }
            }
            Sounded::Ended => {
                self.said += 1;
                let mut gap = desk.random.around(human.gap_ms as f64, 2.0).min(9_000);
                if desk.random.chance(50) {
                    gap += 20_000;
                }
                let topic = match desk.random.between(0, 9) {
                    0..=1 => Topic::Answer,
                    2 => Topic::Digits,
                    _ => Topic::Anything,
                };
                desk.plan(gap, Happening::Act(Act::SpeakIfQuiet { said: self.said, topic }));
            }
        }
    }

    /// The next loss of the line or the microphone.
    pub(crate) fn next_line(&self, desk: &mut Desk) {
        let losses = desk.temper.human.losses;
        if losses == 0 || desk.is_calm {
            return;
        }
        let wait = desk.wait_for(losses);
        let line = match desk.random.between(0, 3) {
            0 => Line::Muted,
            1 => Line::Stalled { is_told: true },
            2 => Line::Stalled { is_told: false },
            _ => Line::Lost,
        };
        desk.plan(wait, Happening::Line(line));
    }
}

fn choices(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Anything => &ANYTHING,
        Topic::Answer => &ANSWERS,
        Topic::Digits => &DIGITS,
        Topic::BackChannel => &BACK_CHANNELS,
        Topic::Stop => &STOPS,
        Topic::StopEverything => &STOP_EVERYTHING,
        Topic::NotStopEverything => &NOT_STOP_EVERYTHING,
        Topic::Presence => &PRESENCE,
        Topic::Tail => &TAILS,
    }
}

/// Voice from `from_ms` on for `span_ms`.
fn voice(desk: &mut Desk, from_ms: u64, span_ms: u64) {
    desk.plan(from_ms, Happening::Voice { on: true });
    desk.plan(from_ms + span_ms, Happening::Voice { on: false });
}

/// Says a text from `from_ms` on, with a pause at each comma; gives how long it lasts.
pub(crate) fn say(desk: &mut Desk, from_ms: u64, text: &str, is_near: bool) -> u64 {
    let mut at = from_ms;
    for (index, burst) in text.split(',').enumerate() {
        if index > 0 {
            at += match desk.random.between(0, 9) {
                0..=3 => desk.random.between(70, 200),
                4..=7 => desk.random.between(200, 1_000),
                _ => desk.random.between(1_000, 2_500),
            };
        }
        let begin = at;
        for word in burst.split_whitespace() {
            at += desk.random.between(120, 380);
            desk.plan(at, Happening::Word(word.to_owned()));
        }
        if is_near {
            voice(desk, begin, at - begin + 1);
        }
    }
    at - from_ms
}

/// Something that makes no sense where it comes.
fn nonsense(desk: &mut Desk) -> Event {
    let (reply, onset) = (ReplyId(desk.random.between(900, 940) as u32), desk.now);
    let (turn, segment, revision) = (TurnId(desk.random.between(0, 9) as u32), SegmentId(1), Revision(1));
    let fault = |operation: &str| Fault::new(operation, FaultCode::Internal, "nobody asked");
    match desk.random.between(0, 16) {
        0 => Event::SpeechStarted { onset },
        1 => Event::SpeechFaded { end: onset },
        2 => Event::PlayoutEnded { reply },
        3 => Event::PlayoutProgress { reply, played_ms: 400 },
        4 => Event::PlayoutStopped { reply, played_ms: 300, measured: Measured::Estimated },
        5 => Event::Released,
        6 => Event::Typed { id: TypedId(900_000), text: "  ".to_owned() },
        7 => Event::EndOfTurnPredicted { turn, segment, revision, complete: true },
        8 => Event::Partial { turn, segment, seq: 1, text: ".".to_owned(), stable: 1 },
        9 => Event::RecognitionEnded { turn, segment: SegmentId(90), revision, outcome: Recognized::Nothing },
        10 => Event::RecognitionFailed { turn, segment: SegmentId(90), revision, fault: fault("recognize") },
        11 => Event::GenerationFailed { turn, attempt: Attempt(90), fault: fault("generate") },
        12 => Event::SynthesisFailed { reply, clause: ClauseId(0), fault: fault("synthesize") },
        13 => Event::TransportResumed,
        14 => Event::MediaBack,
        15 => Event::ClauseReady { reply, clause: ClauseId(0), duration_ms: 100, marks: Vec::new() },
        _ => Event::ToolReturned { call: CallId::from("never-called"), outcome: ToolOutcome::Lost },
    }
}
