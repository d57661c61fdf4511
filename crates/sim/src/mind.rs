//! Who answers in a world: router, language model and tools, with everything that goes wrong with them.

use std::collections::BTreeSet;

use baton_session::{Event, FinishReason, Purpose, Selection, ToolOutcome, Usage};
use baton_types::{AgentName, Attempt, CallId, Fault, FaultCode, TurnId};

use crate::desk::{Desk, Happening};

const ANSWERS: [&str; 9] = [
    "It is ten past nine.",
    "You have two meetings today, one at nine and one at three. The first is with Anna. The second is a call.",
    "Sure, I can do that. Shall I book it for tomorrow?",
    "Of course. What is your phone number?",
    "Please tell me the six-digit code.",
    "Well, that depends on a few things, and it takes a moment to explain. First, there is the weather. Then there is \
     the traffic, which is bad on Fridays. And then the trains are late as well. So leave early.",
    "One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten. Eleven. Twelve. That was all.",
    "I found three of them: a small one, a large one and one in between, but none of them is open on Sundays.",
    "Let me look that up for you.",
];

/// Router, model and tools.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mind {
    cancelled: BTreeSet<(TurnId, Attempt)>,
    calls: u32,
}

/// The plan of one generation: what is sent, and after how many milliseconds.
struct Plan {
    turn: TurnId,
    attempt: Attempt,
    at_ms: u64,
    seq: u32,
}

impl Plan {
    fn send(&self, desk: &mut Desk, event: Event) {
        let (turn, attempt) = (self.turn, self.attempt);
        desk.plan(self.at_ms, Happening::Generated { turn, attempt, event });
    }

    fn delta(&mut self, text: &str) -> Event {
        let seq = self.seq;
        self.seq += 1;
        Event::Delta { turn: self.turn, attempt: self.attempt, seq, text: text.to_owned() }
    }

    fn end(&self, reason: FinishReason) -> Event {
        let usage = Some(Usage { input_tokens: 10, output_tokens: u64::from(self.seq) });
        Event::GenerationEnded { turn: self.turn, attempt: self.attempt, reason, usage }
    }

    fn fail(&self) -> Event {
        let fault = Fault::new("generate", FaultCode::Interrupted, "the stream broke");
        Event::GenerationFailed { turn: self.turn, attempt: self.attempt, fault }
    }
}

impl Mind {
    pub(crate) fn route(&mut self, desk: &mut Desk, turn: TurnId) {
        let faults = desk.temper.providers.generation_faults;
        let mut wait = desk.random.between(0, 40);
        if desk.goes_wrong(faults / 8) {
            if desk.random.chance(300) {
                return;
            }
            wait = desk.random.between(500, 7_000);
        }
        let selection =
            Selection { agent: AgentName::from("host"), confidence: 0.9, reason: "the only one".to_owned() };
        if desk.goes_wrong(faults / 8) {
            desk.deliver(wait + 30, Event::Routed { turn, selection: selection.clone() });
        }
        desk.deliver(wait, Event::Routed { turn, selection });
    }

    pub(crate) fn cancel(&mut self, desk: &mut Desk, turn: TurnId, attempt: Attempt) {
        let leaks = desk.temper.providers.leaks;
        if !desk.goes_wrong(leaks) {
            self.cancelled.insert((turn, attempt));
        }
    }

    pub(crate) fn is_cancelled(&self, turn: TurnId, attempt: Attempt) -> bool {
        self.cancelled.contains(&(turn, attempt))
    }

    /// Plans the whole of an answer.
    pub(crate) fn generate(&mut self, desk: &mut Desk, turn: TurnId, attempt: Attempt, purpose: Purpose) {
        let providers = desk.temper.providers.clone();
        let at_ms = desk.random.around(providers.first_token_ms as f64, 1.5).clamp(20, 4_500);
        let mut plan = Plan { turn, attempt, at_ms, seq: 0 };
        let fault = desk.goes_wrong(providers.generation_faults).then(|| desk.random.between(0, 9));
        match fault {
            Some(0) => return,
            Some(1) => {
                let event = plan.fail();
                return plan.send(desk, event);
            }
            Some(2) => {
                let event = plan.end(FinishReason::Complete);
                return plan.send(desk, event);
            }
            Some(3) => plan.at_ms = desk.random.between(1_400, 9_000),
            _ => {}
        }
        if purpose == Purpose::Answer && desk.goes_wrong(providers.tools) {
            return self.call_tools(desk, plan);
        }
        let text = *desk.random.pick(&ANSWERS);
        write(desk, plan, text, fault);
    }

    fn call_tools(&mut self, desk: &mut Desk, mut plan: Plan) {
        if desk.random.chance(600) {
            let event = plan.delta("Let me look. ");
            plan.send(desk, event);
        }
        for _ in 0..desk.random.between(1, 2) {
            self.calls += 1;
            plan.at_ms += desk.random.between(10, 150);
            let call = CallId::from(format!("call-{}", self.calls));
            let (turn, attempt) = (plan.turn, plan.attempt);
            let (name, arguments) = ("look_up".to_owned(), "{}".to_owned());
            let event = Event::ToolCalled { turn, attempt, call, name, arguments };
            if desk.goes_wrong(100) {
                plan.send(desk, event.clone());
            }
            plan.send(desk, event);
        }
        plan.at_ms += desk.random.between(5, 60);
        let event = plan.end(FinishReason::ToolCalls);
        plan.send(desk, event);
    }

    pub(crate) fn run_tool(&mut self, desk: &mut Desk, call: CallId) {
        let wait = match desk.random.between(0, 9) {
            0..=4 => desk.random.between(10, 400),
            5..=7 => desk.random.between(400, 6_000),
            _ => desk.random.between(6_000, 60_000),
        };
        let outcome = match desk.random.between(0, 19) {
            0 => ToolOutcome::Lost,
            1 => ToolOutcome::Refused("not allowed".to_owned()),
            2 => ToolOutcome::Cancelled,
            _ => ToolOutcome::Result("{\"found\":3}".to_owned()),
        };
        if desk.goes_wrong(80) {
            desk.deliver(wait + 500, Event::ToolReturned { call: call.clone(), outcome: outcome.clone() });
        }
        desk.deliver(wait, Event::ToolReturned { call, outcome });
    }
}

/// Plans the text of an answer in pieces, as far as nothing goes wrong.
fn write(desk: &mut Desk, mut plan: Plan, text: &str, fault: Option<u64>) {
    let pieces = pieces(desk, text);
    let break_at = match fault {
        Some(4 | 5) => Some(desk.random.between(1, pieces.len() as u64) as usize),
        _ => None,
    };
    let pace = desk.random.between(5, 60);
    for (index, piece) in pieces.iter().enumerate() {
        if Some(index) == break_at {
            if fault == Some(4) {
                let event = plan.fail();
                plan.send(desk, event);
            }
            return;
        }
        let event = plan.delta(piece);
        let is_hit = fault.is_some_and(|fault| fault >= 6) && desk.random.chance(150);
        match fault {
            Some(6) if is_hit => {}
            Some(7) if is_hit => {
                let at_ms = plan.at_ms;
                plan.at_ms += desk.random.between(10, 1_500);
                plan.send(desk, event);
                plan.at_ms = at_ms;
            }
            Some(8) if is_hit => {
                plan.send(desk, event.clone());
                plan.send(desk, event);
            }
            _ => plan.send(desk, event),
        }
        plan.at_ms += desk.random.between(pace / 2, pace * 2);
    }
    let reason = match desk.random.between(0, 99) {
        0..=1 => FinishReason::Goodbye,
        2 => FinishReason::Length,
        3 => FinishReason::Filtered,
        _ => FinishReason::Complete,
    };
    let event = plan.end(reason);
    if fault == Some(9) {
        plan.send(desk, event.clone());
        plan.at_ms += desk.random.between(0, 800);
    }
    plan.send(desk, event);
}

/// A text in pieces of one to four words, or in one.
fn pieces(desk: &mut Desk, text: &str) -> Vec<String> {
    if desk.random.chance(100) {
        return vec![text.to_owned()];
    }
    let mut pieces = Vec::new();
    let mut words = text.split_inclusive(' ').peekable();
    while words.peek().is_some() {
        let count = desk.random.between(1, 4) as usize;
        pieces.push(words.by_ref().take(count).collect());
    }
    pieces
}
