//! Invariants 15, 16 and 20: work is stopped by its whole phrase alone and at once, and nobody is idle who works.

use std::collections::{BTreeMap, BTreeSet};

use baton_session::{Command, Config, Event, FloorKind, Notice, OwnKind, Recognized, Source, StopScope, Words};
use baton_types::{CallId, SegmentId, TurnId, TypedId};

use super::Checker;
use crate::step::Step;

/// 16: "stop everything" as the whole phrase stops everything in the same call, and nothing less does.
pub(super) struct StopsEverything {
    words: Words,
    /// Our own voice may come back; its words count for nothing.
    is_echo: bool,
    /// What is known of each turn since its text was last final.
    turns: BTreeMap<TurnId, BTreeMap<SegmentId, String>>,
    /// Something was typed into the turn at hand.
    typed: BTreeSet<TypedId>,
    has_writing: bool,
    stopped: BTreeSet<TurnId>,
}

fn plain(text: &str) -> String {
    let kept: String = text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl StopsEverything {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            words: config.words.clone(),
            is_echo: config.echo,
            turns: BTreeMap::new(),
            typed: BTreeSet::new(),
            has_writing: false,
            stopped: BTreeSet::new(),
        }
    }

    fn is_whole(&self, text: &str) -> bool {
        let text = plain(text);
        let mut bare = text.as_str();
        let polite: Vec<_> = self.words.politeness.iter().map(|phrase| plain(phrase)).collect();
        loop {
            let before = polite.iter().find_map(|phrase| bare.strip_prefix(phrase.as_str())?.strip_prefix(' '));
            let behind = || polite.iter().find_map(|phrase| bare.strip_suffix(phrase.as_str())?.strip_suffix(' '));
            match before.or_else(behind) {
                Some(rest) => bare = rest,
                None => return self.words.stop_everything.iter().any(|phrase| phrase == bare),
            }
        }
    }

    /// Whether the event says so: `Some(true)` when it must stop everything, `Some(false)` when it must not, `None`
    /// when both are right.
    fn says(&mut self, event: &Event, is_dropped: bool) -> Option<bool> {
        match event {
            Event::StopRequested { scope } => Some(*scope == StopScope::Everything && !is_dropped),
            Event::Typed { id, text } => {
                let is_new = self.typed.insert(*id);
                self.has_writing |= is_new;
                Some(is_new && !is_dropped && self.is_whole(text))
            }
            Event::Partial { turn, segment, text, stable, .. } if !is_dropped => {
                self.bring(*turn, *segment, text);
                let is_stable = *stable >= text.trim_end().len();
                self.judge(*turn, is_stable)
            }
            Event::RecognitionEnded { turn, segment, outcome, .. } if !is_dropped => {
                let text = match outcome {
                    Recognized::Text { text, .. } => text.as_str(),
                    Recognized::Nothing | Recognized::Skipped => "",
                };
                self.bring(*turn, *segment, text);
                self.judge(*turn, true)
            }
            // A final text that comes when its turn is over may still stop everything, once.
            Event::RecognitionEnded { turn, outcome: Recognized::Text { text, .. }, .. }
                if self.is_whole(text) && !self.stopped.contains(turn) =>
            {
                None
            }
            _ => Some(false),
        }
    }

    fn bring(&mut self, turn: TurnId, segment: SegmentId, text: &str) {
        self.turns.entry(turn).or_default().insert(segment, text.to_owned());
    }

    fn judge(&self, turn: TurnId, is_sure: bool) -> Option<bool> {
        let all: Vec<_> = self.turns.get(&turn).into_iter().flat_map(|all| all.values().map(String::as_str)).collect();
        if !self.is_whole(&all.join(" ")) || !is_sure {
            // Words of another turn may have been forgotten together with what made the phrase a fragment.
            let newest = self.turns.get(&turn).and_then(|all| all.values().next_back());
            let may_be = is_sure && all.len() > 1 && newest.is_some_and(|newest| self.is_whole(newest));
            return if may_be { None } else { Some(false) };
        }
        let is_certain = !self.is_echo && !self.has_writing && all.len() == 1 && !self.stopped.contains(&turn);
        if is_certain { Some(true) } else { None }
    }
}

impl Checker for StopsEverything {
    fn invariant(&self) -> u8 {
        16
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        let stops = step.commands.iter().any(|command| matches!(command, Command::StopEverything { .. }));
        let expected = step.input.event().map_or(Some(false), |event| self.says(event, step.is_dropped()));
        for notice in step.notices {
            match notice {
                Notice::UserFinal { turn, .. } | Notice::TurnDropped { turn, .. } => {
                    self.turns.remove(turn);
                    self.has_writing = false;
                }
                Notice::FalseBargeIn { .. } => self.turns.clear(),
                _ => {}
            }
        }
        if stops && let Some(Event::RecognitionEnded { turn, .. } | Event::Partial { turn, .. }) = step.input.event() {
            self.stopped.insert(*turn);
        }
        match expected {
            Some(true) if !stops => Err("\"stop everything\" was said and does not stop everything".to_owned()),
            Some(false) if stops => Err("everything is stopped and nobody said so as a whole phrase".to_owned()),
            _ => Ok(()),
        }
    }
}

/// 15: no timer, no interruption and no end ever stops work.
pub(super) struct WorkGoesOn;

impl Checker for WorkGoesOn {
    fn invariant(&self) -> u8 {
        15
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        let stops = step.commands.iter().any(|command| matches!(command, Command::StopEverything { .. }));
        let is_asked = matches!(
            step.input.event(),
            Some(
                Event::Typed { .. }
                    | Event::Partial { .. }
                    | Event::RecognitionEnded { .. }
                    | Event::StopRequested { scope: StopScope::Everything }
            )
        );
        if stops && !is_asked { Err(format!("{:?} stops all work", step.input)) } else { Ok(()) }
    }
}

/// 20: nobody counts as idle while a reply, a tool or a turn is under way.
#[derive(Default)]
pub(super) struct IdleIsIdle {
    tools: BTreeSet<CallId>,
}

impl Checker for IdleIsIdle {
    fn invariant(&self) -> u8 {
        20
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        if let Some(Event::ToolReturned { call, .. }) = step.input.event() {
            self.tools.remove(call);
        }
        let asks = step.commands.iter().any(|command| {
            matches!(command, Command::Speak { source: Source::Own { kind: OwnKind::Idle | OwnKind::Farewell }, .. })
        });
        let is_idle = step.notices.iter().any(|notice| matches!(notice, Notice::UserIdle));
        if asks || is_idle {
            if let Some(call) = self.tools.first() {
                return Err(format!("the user counts as idle while {call} runs"));
            }
            let is_released = |notice: &Notice| matches!(notice, Notice::FloorChanged { floor: FloorKind::Open });
            if step.before != FloorKind::Open && !step.notices.iter().any(is_released) {
                return Err(format!("the user counts as idle in floor {:?}", step.before));
            }
        }
        for command in step.commands {
            if let Command::RunTool { call, .. } = command {
                self.tools.insert(call.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_session::Timer;
    use baton_types::Revision;

    use super::*;
    use crate::checkers::tape::{Tape, own};

    const STOP: Command = Command::StopEverything { scope: StopScope::Everything };

    fn tape() -> Tape<StopsEverything> {
        Tape::new(StopsEverything::new(&Config::default()))
    }

    fn said(text: &str) -> Event {
        let outcome = Recognized::Text { text: text.to_owned(), confidence: 0.9 };
        Event::RecognitionEnded { turn: TurnId(1), segment: SegmentId(1), revision: Revision(1), outcome }
    }

    fn partial(text: &str, stable: usize) -> Event {
        Event::Partial { turn: TurnId(1), segment: SegmentId(1), seq: 1, text: text.to_owned(), stable }
    }

    #[test]
    fn the_whole_phrase_stops_everything_at_once() {
        tape().event(1, said("Please stop everything."), &[STOP], &[]).holds();
        tape().event(1, said("stop everything"), &[], &[]).breaks("does not stop");
        tape().event(1, Event::Typed { id: TypedId(1), text: "Stop everything!".into() }, &[], &[]).breaks("does not");
        tape().event(1, Event::StopRequested { scope: StopScope::Everything }, &[STOP], &[]).holds();
    }

    #[test]
    fn a_fragment_or_an_unsure_partial_stops_nothing() {
        tape().event(1, said("don't stop everything"), &[STOP], &[]).breaks("nobody said so");
        tape().event(1, partial("stop everything", 4), &[STOP], &[]).breaks("nobody said so");
        tape().event(1, partial("stop everything", 15), &[STOP], &[]).holds();
        tape().event(1, Event::StopRequested { scope: StopScope::Speech }, &[STOP], &[]).breaks("nobody said so");
    }

    #[test]
    fn no_timer_stops_work() {
        let tape = || Tape::new(WorkGoesOn);
        tape().timeout(1, Timer::BargeIn, &[STOP], &[]).breaks("stops all work");
        tape().event(1, said("stop everything"), &[STOP], &[]).holds();
    }

    #[test]
    fn nobody_is_idle_while_a_tool_runs() {
        let (call, name, arguments) = (CallId::from("a"), "look".to_owned(), "{}".to_owned());
        let run = Command::RunTool { turn: TurnId(1), call, name, arguments };
        let tape = || Tape::new(IdleIsIdle::default());
        let working = || tape().event(1, Event::MediaBack, std::slice::from_ref(&run), &[]);
        working().timeout(2, Timer::Idle, &[own(1, OwnKind::Idle)], &[]).breaks("while a runs");
        working().timeout(2, Timer::Idle, &[], &[Notice::UserIdle]).breaks("while a runs");
        tape().timeout(2, Timer::Idle, &[own(1, OwnKind::Idle)], &[]).holds();
        tape().floor(FloorKind::Agent).timeout(2, Timer::Idle, &[], &[Notice::UserIdle]).breaks("in floor Agent");
    }
}
