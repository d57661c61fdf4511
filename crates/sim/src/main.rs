//! `baton-sim`: lives through seeded worlds and reports what did not hold.

#![expect(clippy::print_stdout, reason = "the report is the product of this program")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use baton_session::Mutant;
use baton_sim::step::Violation;
use baton_sim::{Options, batch, live, mutants};
use clap::Parser;

/// Calls shown of a world that failed.
const TAIL: usize = 40;
/// Seeds from which on the table of hits is shown, and from which on it has to be without unexplained zeros.
const SEEDS_FOR_TABLE: u64 = 2_000;
const SEEDS_FOR_HITS: u64 = 10_000;

/// Simulated conversations: one seed decides habits, latencies and faults; checkers watch.
#[derive(Parser)]
#[command(
    name = "baton-sim",
    after_help = "Examples:
  cargo xtask sim --seeds 10000
  cargo xtask sim --seed 1234 --journal /tmp/1234.jsonl
  cargo xtask sim --mutants
  cargo xtask sim --mutants --mutant resume_only_once"
)]
struct Args {
    /// Live through the seeds from 1 (or `--from`) on, so many
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Live through one seed and show its last calls
    #[arg(long)]
    seed: Option<u64>,
    /// Switch the guards of the machine off, one at a time, until a checker notices
    #[arg(long)]
    mutants: bool,
    /// One guard, by its name in journals
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
    /// Where the journal of a world goes (JSON lines); for a failing seed `target/sim/` without it
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Violations after which a run of many seeds ends
    #[arg(long, default_value_t = 5)]
    failures: usize,
    /// Show how often each event came in each floor
    #[arg(long)]
    hits: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    // A panic of the machine is reported with its seed and journal.
    std::panic::set_hook(Box::new(|_| {}));
    let mutant = match args.mutant.as_deref().map(by_name) {
        Some(None) => {
            println!("there is no such guard; the guards are {:?}", Mutant::ALL);
            return ExitCode::from(2);
        }
        Some(Some(mutant)) => Some(mutant),
        None => None,
    };
    let is_right = match args.seed {
        Some(seed) => one(seed, mutant, args.journal.as_deref()),
        None if args.mutants => mutate(mutant, args.seeds.max(mutants::SEEDS_MAX)),
        None => many(&args),
    };
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn by_name(name: &str) -> Option<Mutant> {
    serde_json::from_value(serde_json::Value::from(name)).ok()
}

/// One world, told.
fn one(seed: u64, mutant: Option<Mutant>, file: Option<&Path>) -> bool {
    let watch = live(seed, Options { keeps_journal: true, replays: true, mutant });
    let violation = watch.violation;
    if let Some(journal) = &watch.journal {
        if violation.is_some() {
            println!("{}", journal.tail(TAIL));
        }
        let path = file.map_or_else(|| Path::new("target/sim").join(format!("{seed}.jsonl")), Path::to_path_buf);
        if file.is_some() || violation.is_some() {
            match write(&path, journal, violation.as_ref()) {
                Ok(()) => println!("journal: {}", path.display()),
                Err(error) => println!("the journal cannot be written to {}: {error}", path.display()),
            }
        }
    }
    match violation {
        Some(violation) => {
            println!("seed {seed}: {}", told(&violation));
            println!("again: cargo xtask sim --seed {seed}{}", mutant.map_or_else(String::new, mutant_argument));
            false
        }
        None => {
            println!("seed {seed}: every invariant held in {} calls", watch.hits.calls);
            true
        }
    }
}

fn mutant_argument(mutant: Mutant) -> String {
    let name = serde_json::to_value(mutant).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    format!(" --mutant {name}")
}

fn told(violation: &Violation) -> String {
    match violation.invariant {
        baton_sim::PANIC => format!("at {}: {}", violation.at, violation.what),
        number => format!("invariant {number} at {}: {}", violation.at, violation.what),
    }
}

fn write(path: &Path, journal: &baton_sim::journal::Journal, violation: Option<&Violation>) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let lines = journal.lines(violation).map_err(std::io::Error::other)?;
    std::fs::write(path, lines.join("\n") + "\n")
}

/// Many worlds, summed up.
fn many(args: &Args) -> bool {
    let began = Instant::now();
    let last = args.from.saturating_add(args.seeds).saturating_sub(1);
    let summary = batch::run(args.from, last, args.failures);
    let seconds = began.elapsed().as_secs_f64();
    let hits = &summary.hits;
    if args.hits || args.seeds >= SEEDS_FOR_TABLE {
        println!("{}", hits.table());
    }
    println!(
        "{} worlds, {} replayed, {} events, {} calls in {seconds:.1} s: {:.0} events a second",
        summary.worlds,
        summary.replayed,
        hits.told,
        hits.calls,
        hits.told as f64 / seconds.max(1e-9)
    );
    let Some((seed, _)) = summary.failures.first() else {
        let missing = hits.unjustified();
        if args.seeds < SEEDS_FOR_TABLE || missing.is_empty() {
            return true;
        }
        println!("never reached, and no reason is given: {}", missing.join(", "));
        return args.seeds < SEEDS_FOR_HITS;
    };
    one(*seed, None, args.journal.as_deref());
    for (seed, violation) in &summary.failures {
        println!("cargo xtask sim --seed {seed}    # {}", told(violation));
    }
    false
}

/// Every guard, switched off in turn.
fn mutate(mutant: Option<Mutant>, seeds: u64) -> bool {
    let began = Instant::now();
    let chosen: Vec<Mutant> = mutant.map_or_else(|| Mutant::ALL.to_vec(), |mutant| vec![mutant]);
    let verdicts = mutants::run(&chosen, seeds);
    println!("{:<28}{:>5}{:>8}{:>7}  what a checker said", "guard switched off", "for", "caught", "seed");
    for verdict in &verdicts {
        let (name, own) = (format!("{:?}", verdict.mutant), verdict.mutant.invariant());
        match &verdict.caught {
            Some((seed, violation)) => {
                println!("{name:<28}{own:>5}{:>8}{seed:>7}  {}", violation.invariant, violation.what);
            }
            None => println!("{name:<28}{own:>5}{:>8}{:>7}", "-", "-"),
        }
    }
    for (mutant, reason) in mutants::JUSTIFIED {
        println!("{mutant:?} may go unnoticed: {reason}");
    }
    println!("{} guards in {:.1} s", verdicts.len(), began.elapsed().as_secs_f64());
    let missing = if mutant.is_none() { mutants::missing(&verdicts) } else { Vec::new() };
    for what in &missing {
        println!("{what}");
    }
    missing.is_empty()
}
