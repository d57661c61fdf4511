//! Many worlds at once: all seeds of a range, on every core, with one summary.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::hits::Hits;
use crate::step::Violation;
use crate::{Options, live};

/// One world in so many is replayed and compared.
const REPLAYED: u64 = 20;

/// What came of a range of seeds.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Worlds that were lived through.
    pub worlds: u64,
    /// Worlds that were replayed.
    pub replayed: u64,
    /// What happened how often.
    pub hits: Hits,
    /// Violations by seed.
    pub failures: Vec<(u64, Violation)>,
}

/// Lives through the worlds of `first..=last`; stops soon after `failures_max` violations.
#[must_use]
pub fn run(first: u64, last: u64, failures_max: usize) -> Summary {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let failed = AtomicU64::new(0);
    let parts: Vec<Summary> = std::thread::scope(|scope| {
        let part = |offset: u64| {
            let failed = &failed;
            scope.spawn(move || {
                let mut summary = Summary::default();
                let mut seed = first + offset;
                while seed <= last && failed.load(Ordering::Relaxed) < failures_max as u64 {
                    one(seed, &mut summary);
                    if summary.failures.last().is_some_and(|(newest, _)| *newest == seed) {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                    seed += threads;
                }
                summary
            })
        };
        let running: Vec<_> = (0..threads).map(part).collect();
        running.into_iter().map(|thread| thread.join().expect("a world's panic is caught within it")).collect()
    });
    let mut whole = Summary::default();
    for part in parts {
        whole.worlds += part.worlds;
        whole.replayed += part.replayed;
        whole.hits.add(&part.hits);
        whole.failures.extend(part.failures);
    }
    whole.failures.sort_by_key(|(seed, _)| *seed);
    whole
}

fn one(seed: u64, summary: &mut Summary) {
    let replays = seed.is_multiple_of(REPLAYED);
    let watch = live(seed, Options { replays, ..Options::default() });
    summary.worlds += 1;
    summary.replayed += u64::from(replays);
    summary.hits.add(&watch.hits);
    if let Some(violation) = watch.violation {
        summary.failures.push((seed, violation));
    }
}
