//! G: recording and replay; and the machine's own diagram.

use std::collections::BTreeSet;

use baton_session::{CloseReason, Command, Config, Event, Item, Session, TRANSITIONS, state_diagram};

use crate::script::*;

/// Every row of every group.
fn every_row() -> impl Iterator<Item = (&'static str, fn() -> Vec<Script>)> {
    let groups = [
        crate::turns::ROWS,
        crate::starting::ROWS,
        crate::barging::ROWS,
        crate::false_alarms::ROWS,
        crate::hearing::ROWS,
        crate::typing::ROWS,
        crate::races::ROWS,
        crate::idling::ROWS,
        crate::trouble::ROWS,
        crate::beside::ROWS,
    ];
    groups.into_iter().flatten().copied()
}

fn replay(config: Config, inputs: &[Input]) -> Vec<(Vec<Command>, Vec<baton_session::Notice>)> {
    let mut session = Session::new(config);
    inputs
        .iter()
        .map(|input| {
            match input.clone() {
                Input::Start(now) => session.start(now),
                Input::Event(now, event) => session.handle(now, event),
                Input::Timeout(now) => session.handle_timeout(now),
            }
            let commands = std::iter::from_fn(|| session.poll_command()).collect();
            let notices = std::iter::from_fn(|| session.poll_notice()).collect();
            (commands, notices)
        })
        .collect()
}

/// Outputs in the order of the inputs: a script hears the answer to a command before the call is over.
fn sorted(mut outputs: Vec<(Vec<Command>, Vec<baton_session::Notice>)>) -> Vec<String> {
    let mut lines: Vec<_> = outputs.drain(..).map(|output| format!("{output:?}")).collect();
    lines.sort();
    lines
}

#[test]
fn turn_g01_a_journal_and_every_prefix_of_it_replay_to_the_same_commands() {
    for (name, row) in every_row() {
        for script in row() {
            let config: Config = serde_json::from_str(&serde_json::to_string(script.config()).unwrap()).unwrap();
            let whole = replay(config.clone(), &script.inputs);
            assert_eq!(sorted(whole.clone()), sorted(script.outputs.clone()), "{name}");
            for length in [script.inputs.len() / 3, script.inputs.len() * 2 / 3] {
                assert_eq!(replay(config.clone(), &script.inputs[..length]), whole[..length], "{name}");
            }
        }
    }
}

#[test]
fn turn_g02_teardown_in_mid_speech_keeps_the_words_that_left_and_no_others() {
    let text = "The quick brown fox jumps over the lazy dog and runs away into the dark wood.";
    let mut s = Script::speaking(|_| {}, text, 1_000);
    s.voice(1.0).fade(1.1).at(1.2).recognized("").at(2.0);
    s.event(Event::CloseRequested { reason: CloseReason::HungUp }).at(3.0);
    let stop = s.inputs.iter().rev().find_map(|input| match input {
        Input::Event(_, Event::PlayoutStopped { played_ms, .. }) => Some(*played_ms),
        _ => None,
    });
    let items = s.session.transcript().items();
    let Some(Item::Agent { heard, unheard, heard_ms, cut: true, .. }) = items.last() else { panic!("{items:?}") };
    assert_eq!(Some(*heard_ms), stop);
    assert_eq!(heard.split_whitespace().count() as u64, heard_ms / WORD_MS);
    assert_eq!(format!("{heard}{unheard}"), text);
    let committed = s.commands.iter().rev().find_map(|(_, command)| match command {
        Command::Commit { item, .. } => Some(item.clone()),
        _ => None,
    });
    assert_eq!(committed.as_ref(), items.last(), "the store has it before the session closes");
}

#[test]
fn the_diagram_is_what_the_scenarios_do() {
    let mut made = BTreeSet::new();
    for (_, row) in every_row() {
        for script in row() {
            made.extend(script.session.transitions().iter().copied());
        }
    }
    let table: BTreeSet<_> = TRANSITIONS.iter().copied().collect();
    let unknown: Vec<_> = made.difference(&table).collect();
    let unused: Vec<_> = table.difference(&made).collect();
    assert!(unknown.is_empty(), "made and not in the table: {unknown:?}");
    assert!(unused.is_empty(), "in the table and never made: {unused:?}");
    insta::assert_snapshot!(state_diagram());
}
