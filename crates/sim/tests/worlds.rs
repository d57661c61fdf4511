//! Worlds as the program lives through them: every invariant holds, and each guard of the machine is missed.

use baton_session::Mutant;
use baton_sim::{Options, batch, live, mutants};

/// Worlds of one test run; the program lives through many more.
const SEEDS: u64 = 400;

#[test]
fn every_invariant_holds_in_some_hundred_worlds() {
    let summary = batch::run(1, SEEDS, 3);
    assert!(summary.failures.is_empty(), "{:#?}", summary.failures);
    assert_eq!((summary.worlds, summary.replayed), (SEEDS, SEEDS / 20));
}

#[test]
fn some_hundred_worlds_reach_every_floor_command_and_timer_that_matters() {
    let missing = batch::run(1, SEEDS, 3).hits.unjustified();
    let rare = |name: &String| name.contains("Closed") || name.contains("failed") || name.contains("Overlap");
    let unexpected: Vec<_> = missing.iter().filter(|name| !rare(name) && !name.ends_with("in Open")).collect();
    assert!(unexpected.len() < 8, "{unexpected:?}");
    assert!(missing.iter().all(|name| !name.starts_with("command")), "{missing:?}");
}

#[test]
fn a_seed_gives_the_same_world_twice() {
    let options = Options { keeps_journal: true, ..Options::default() };
    let lines = || live(17, options).journal.map(|journal| journal.lines(None).unwrap()).unwrap();
    assert_eq!(lines(), lines());
}

#[test]
fn a_journal_of_a_failing_world_names_what_was_violated() {
    let options = Options { keeps_journal: true, mutant: Some(Mutant::PauseOnlyOnce), ..Options::default() };
    let failing = (1..=SEEDS).map(|seed| live(seed, options)).find(|watch| watch.violation.is_some()).unwrap();
    let journal = failing.journal.unwrap();
    let lines = journal.lines(failing.violation.as_ref()).unwrap();
    assert!(lines[0].contains("\"version\":1") && lines[0].contains("\"pause_only_once\""), "{}", lines[0]);
    assert!(lines.last().unwrap().contains("\"invariant\":3"), "{}", lines.last().unwrap());
    assert!(journal.tail(40).contains("PausePlayout"));
}

#[test]
fn the_guards_that_keep_the_mouth_are_missed_by_their_own_invariants() {
    let guards = [
        Mutant::MouthIsFreed,
        Mutant::MouthIsPaused,
        Mutant::ResumeNeedsSilence,
        Mutant::ResumeOnlyOnce,
        Mutant::PauseOnlyOnce,
    ];
    for verdict in mutants::run(&guards, 300) {
        let (seed, violation) = verdict.caught.unwrap_or_else(|| panic!("nobody missed {:?}", verdict.mutant));
        assert_eq!(
            violation.invariant,
            verdict.mutant.invariant(),
            "{:?} at seed {seed}: {}",
            verdict.mutant,
            violation.what
        );
    }
}
