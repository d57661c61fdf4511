//! Mutation runs: each guard of the machine is switched off by name, and a checker must notice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use baton_session::Mutant;

use crate::step::Violation;
use crate::{Options, PANIC, live};

/// The invariants that this machine can violate. 13, 14, 17 to 19 and 24 speak of speculation, durable tasks,
/// announcements and approvals, which it does not have.
pub const IN_SCOPE: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 20, 21, 22, 23, 25];

/// Guards that no checker can see missing, each with its reason.
pub const JUSTIFIED: &[(Mutant, &str)] = &[];

/// Seeds that a guard may need until a checker notices.
pub const SEEDS_MAX: u64 = 3_000;
/// Seeds until another invariant than the guard's own is good enough.
const SEEDS_FOR_OTHERS: u64 = 300;

/// What a mutation run has shown about one guard.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The guard.
    pub mutant: Mutant,
    /// The seed that shows it, and what a checker said.
    pub caught: Option<(u64, Violation)>,
    /// Seeds that were tried.
    pub tried: u64,
}

/// Switches each guard off in turn.
#[must_use]
pub fn run(mutants: &[Mutant], seeds_max: u64) -> Vec<Verdict> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let mut verdicts: Vec<(usize, Verdict)> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            while let Some((index, mutant)) = Some(next.fetch_add(1, Ordering::Relaxed))
                .and_then(|index| mutants.get(index).map(|mutant| (index, *mutant)))
            {
                found.push((index, hunt(mutant, seeds_max)));
            }
            found
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a world's panic is caught within it")).collect()
    });
    verdicts.sort_by_key(|(index, _)| *index);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}

/// Tries seeds until a checker of the guard's own invariant notices, or another one if that takes long. A panic of the
/// machine is no checker.
fn hunt(mutant: Mutant, seeds_max: u64) -> Verdict {
    let mut caught: Option<(u64, Violation)> = None;
    let replays = mutant.invariant() == 21;
    for seed in 1..=seeds_max {
        if caught.is_some() && seed > SEEDS_FOR_OTHERS {
            return Verdict { mutant, caught, tried: seed - 1 };
        }
        let watch = live(seed, Options { replays, mutant: Some(mutant), ..Options::default() });
        let Some(violation) = watch.violation.filter(|violation| violation.invariant != PANIC) else { continue };
        if violation.invariant == mutant.invariant() {
            return Verdict { mutant, caught: Some((seed, violation)), tried: seed };
        }
        caught.get_or_insert((seed, violation));
    }
    Verdict { mutant, caught, tried: seeds_max }
}

/// What is missing: guards that nobody missed, invariants that no guard trips.
#[must_use]
pub fn missing(verdicts: &[Verdict]) -> Vec<String> {
    let mut missing = Vec::new();
    let mut tripped = BTreeSet::new();
    for verdict in verdicts {
        match &verdict.caught {
            Some((_, violation)) => {
                tripped.insert(violation.invariant);
            }
            None if JUSTIFIED.iter().any(|(mutant, _)| *mutant == verdict.mutant) => {}
            None => missing.push(format!("no checker noticed in {} seeds: {:?}", verdict.tried, verdict.mutant)),
        }
    }
    let untouched = IN_SCOPE.iter().filter(|invariant| !tripped.contains(*invariant));
    missing.extend(untouched.map(|invariant| format!("invariant {invariant} was tripped by no guard")));
    missing
}

#[cfg(test)]
mod tests {
    use baton_types::Timestamp;

    use super::*;

    #[test]
    fn a_guard_that_nobody_misses_fails_the_run() {
        let violation = |invariant| Violation { invariant, at: Timestamp::ZERO, what: String::new() };
        let mutant = Mutant::ResumeOnlyOnce;
        let caught = |invariant| Verdict { mutant, caught: Some((1, violation(invariant))), tried: 1 };
        let all: Vec<_> = IN_SCOPE.iter().map(|invariant| caught(*invariant)).collect();
        assert_eq!(missing(&all), Vec::<String>::new());
        assert_eq!(missing(&all[1..]), ["invariant 1 was tripped by no guard"]);
        let mut unseen = all;
        unseen.push(Verdict { mutant, caught: None, tried: 9 });
        assert_eq!(missing(&unseen), ["no checker noticed in 9 seeds: ResumeOnlyOnce"]);
    }

    #[test]
    fn a_guard_switched_off_is_noticed() {
        let verdicts = run(&[Mutant::ResumeOnlyOnce], 200);
        assert!(verdicts[0].caught.is_some(), "{verdicts:?}");
    }
}
