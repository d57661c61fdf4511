//! What was reached: events per floor, commands, timers. A zero without a reason is a failure.

use std::fmt::Write as _;

use baton_session::{Command, Event, FloorKind, Timer};

use crate::step::{Input, Step};

/// Every floor.
pub const FLOORS: [FloorKind; 5] =
    [FloorKind::Open, FloorKind::User, FloorKind::Overlap, FloorKind::Agent, FloorKind::Closed];

/// Every kind of event, by the name it has in journals.
pub const EVENTS: [&str; 29] = [
    "speech_started",
    "speech_confirmed",
    "speech_faded",
    "heard",
    "media_lost",
    "media_back",
    "partial",
    "recognition_ended",
    "recognition_failed",
    "end_of_turn_predicted",
    "typed",
    "pressed",
    "released",
    "stop_requested",
    "routed",
    "delta",
    "tool_called",
    "generation_ended",
    "generation_failed",
    "tool_returned",
    "clause_ready",
    "synthesis_failed",
    "playout_progress",
    "playout_stopped",
    "playout_ended",
    "transport_lost",
    "transport_resumed",
    "modality_chosen",
    "close_requested",
];

/// Every kind of command, by the name it has in journals.
pub const COMMANDS: [&str; 14] = [
    "recognize",
    "cancel_recognition",
    "predict_end_of_turn",
    "route",
    "generate",
    "cancel_generation",
    "speak",
    "pause_playout",
    "resume_playout",
    "cancel_playout",
    "run_tool",
    "stop_everything",
    "commit",
    "close",
];

/// Pairs of floor and event that no world reaches, each with its reason.
pub const JUSTIFIED_ZEROS: &[(FloorKind, &str, &str)] = &[];

/// Timers and commands that no world reaches, each with its reason.
pub const JUSTIFIED_SILENCE: &[(&str, &str)] = &[];

/// What happened how often.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Calls of any kind.
    pub calls: u64,
    /// Events that were told.
    pub told: u64,
    events: [[u64; FLOORS.len()]; EVENTS.len()],
    commands: [u64; COMMANDS.len()],
    timers: [u64; Timer::ALL.len()],
}

impl Hits {
    pub(crate) fn count(&mut self, step: &Step<'_>) {
        self.calls += 1;
        match step.input {
            Input::Start => {}
            Input::Event { what } => {
                self.told += 1;
                self.events[event_index(what)][floor_index(step.before)] += 1;
            }
            Input::Timeout { timer } => self.timers[*timer as usize] += 1,
        }
        for command in step.commands {
            self.commands[command_index(command)] += 1;
        }
    }

    /// Takes the counts of another world along.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.told += other.told;
        for (row, theirs) in self.events.iter_mut().zip(&other.events) {
            row.iter_mut().zip(theirs).for_each(|(count, more)| *count += more);
        }
        self.commands.iter_mut().zip(&other.commands).for_each(|(count, more)| *count += more);
        self.timers.iter_mut().zip(&other.timers).for_each(|(count, more)| *count += more);
    }

    /// What was never reached and has no reason not to be.
    #[must_use]
    pub fn unjustified(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (event, row) in EVENTS.iter().zip(&self.events) {
            for (floor, count) in FLOORS.iter().zip(row) {
                let has_reason = JUSTIFIED_ZEROS.iter().any(|(at, name, _)| at == floor && name == event);
                if *count == 0 && !has_reason {
                    missing.push(format!("{event} in {floor:?}"));
                }
            }
        }
        let silent = |name: &str| !JUSTIFIED_SILENCE.iter().any(|(known, _)| *known == name);
        let commands = COMMANDS.iter().zip(&self.commands).filter(|(name, count)| **count == 0 && silent(name));
        missing.extend(commands.map(|(name, _)| format!("command {name}")));
        let timers =
            Timer::ALL.iter().zip(&self.timers).filter(|(timer, count)| **count == 0 && silent(&name(**timer)));
        missing.extend(timers.map(|(timer, _)| format!("timer {timer:?}")));
        missing
    }

    /// The table for a person.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _infallible = write!(text, "{:<24}", "event \\ floor");
        for floor in FLOORS {
            let _infallible = write!(text, "{:>11}", format!("{floor:?}"));
        }
        text.push('\n');
        for (event, row) in EVENTS.iter().zip(&self.events) {
            let _infallible = write!(text, "{event:<24}");
            for count in row {
                let _infallible = write!(text, "{count:>11}");
            }
            text.push('\n');
        }
        let list = |pairs: Vec<(String, u64)>| {
            pairs.into_iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        let commands = COMMANDS.iter().zip(self.commands).map(|(name, count)| ((*name).to_owned(), count)).collect();
        let timers = Timer::ALL.iter().zip(self.timers).map(|(timer, count)| (name(*timer), count)).collect();
        let _infallible = writeln!(text, "commands: {}\ntimers: {}", list(commands), list(timers));
        for (floor, event, reason) in JUSTIFIED_ZEROS {
            let _infallible = writeln!(text, "zero by reason: {event} in {floor:?}: {reason}");
        }
        for (name, reason) in JUSTIFIED_SILENCE {
            let _infallible = writeln!(text, "zero by reason: {name}: {reason}");
        }
        text
    }
}

fn name(timer: Timer) -> String {
    format!("{timer:?}")
}

fn floor_index(floor: FloorKind) -> usize {
    match floor {
        FloorKind::Open => 0,
        FloorKind::User => 1,
        FloorKind::Overlap => 2,
        FloorKind::Agent => 3,
        FloorKind::Closed => 4,
    }
}

fn event_index(event: &Event) -> usize {
    match event {
        Event::SpeechStarted { .. } => 0,
        Event::SpeechConfirmed { .. } => 1,
        Event::SpeechFaded { .. } => 2,
        Event::Heard { .. } => 3,
        Event::MediaLost { .. } => 4,
        Event::MediaBack => 5,
        Event::Partial { .. } => 6,
        Event::RecognitionEnded { .. } => 7,
        Event::RecognitionFailed { .. } => 8,
        Event::EndOfTurnPredicted { .. } => 9,
        Event::Typed { .. } => 10,
        Event::Pressed => 11,
        Event::Released => 12,
        Event::StopRequested { .. } => 13,
        Event::Routed { .. } => 14,
        Event::Delta { .. } => 15,
        Event::ToolCalled { .. } => 16,
        Event::GenerationEnded { .. } => 17,
        Event::GenerationFailed { .. } => 18,
        Event::ToolReturned { .. } => 19,
        Event::ClauseReady { .. } => 20,
        Event::SynthesisFailed { .. } => 21,
        Event::PlayoutProgress { .. } => 22,
        Event::PlayoutStopped { .. } => 23,
        Event::PlayoutEnded { .. } => 24,
        Event::TransportLost => 25,
        Event::TransportResumed => 26,
        Event::ModalityChosen { .. } => 27,
        Event::CloseRequested { .. } => 28,
    }
}

fn command_index(command: &Command) -> usize {
    match command {
        Command::Recognize { .. } => 0,
        Command::CancelRecognition { .. } => 1,
        Command::PredictEndOfTurn { .. } => 2,
        Command::Route { .. } => 3,
        Command::Generate { .. } => 4,
        Command::CancelGeneration { .. } => 5,
        Command::Speak { .. } => 6,
        Command::PausePlayout { .. } => 7,
        Command::ResumePlayout { .. } => 8,
        Command::CancelPlayout { .. } => 9,
        Command::RunTool { .. } => 10,
        Command::StopEverything { .. } => 11,
        Command::Commit { .. } => 12,
        Command::Close { .. } => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_at_the_place_of_their_kind() {
        let events = [
            (Event::MediaBack, "media_back"),
            (Event::Pressed, "pressed"),
            (Event::TransportLost, "transport_lost"),
            (Event::ModalityChosen { text: true }, "modality_chosen"),
        ];
        for (event, expected) in events {
            let text = serde_json::to_value(&event).unwrap();
            assert_eq!((text["event"].as_str(), EVENTS[event_index(&event)]), (Some(expected), expected));
        }
        let command = Command::PausePlayout { reply: baton_types::ReplyId(1) };
        let text = serde_json::to_value(&command).unwrap();
        assert_eq!(text["command"].as_str(), Some(COMMANDS[command_index(&command)]));
    }

    #[test]
    fn what_was_never_reached_is_named() {
        let missing = Hits::default().unjustified();
        assert!(missing.contains(&"delta in Agent".to_owned()) && missing.contains(&"command speak".to_owned()));
        assert!(missing.contains(&"timer Endpoint".to_owned()));
    }
}
