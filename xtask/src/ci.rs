//! `cargo xtask ci`: all checks in one run, cheap ones first, with a table of what they cost.

use anyhow::{Result, bail};

use crate::step::{Outcome, Steps};
use crate::suite::Totals;
use crate::workspace::Workspace;
use crate::{check, coverage, docs, sim, suite, tidy};

/// Simulated conversations of one CI run.
const SEEDS: &str = "2000";

/// The steps in their order.
const STEPS: &[&str] =
    &["fmt", "tidy", "deny", "clippy", "setup", "test", "sim", "mutants", "coverage", "wasm", "docs"];

/// Arguments of `cargo xtask ci`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave these steps out
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    skip: Vec<String>,
    /// Run these steps alone
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<String>,
}

/// Runs the steps; ends at the first that fails, with the table and the sum of the tests as last lines.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let chosen = choose(&args.skip, &args.only)?;
    let (mut steps, mut totals) = (Steps::default(), Totals::default());
    let result =
        chosen.iter().try_for_each(|name| steps.run(name, &alone(name), || step(workspace, name, &mut totals)));
    println!("\n{}", steps.table());
    if chosen.contains(&"test") {
        println!("{totals}");
    }
    result
}

fn step(workspace: &Workspace, name: &str, totals: &mut Totals) -> Result<Outcome> {
    match name {
        "fmt" => check::fmt(workspace),
        "tidy" => tidy::run(workspace),
        "deny" => check::deny(workspace),
        "clippy" => check::clippy(workspace),
        "setup" => suite::set_up(workspace),
        "test" => suite::test(workspace, &suite::Args::default(), totals),
        "sim" => sim::run(workspace, &["--seeds", SEEDS]),
        "mutants" => sim::run(workspace, &["--mutants"]),
        "coverage" => coverage::run(workspace, &coverage::Args::default()),
        "wasm" => check::wasm(workspace),
        "docs" => docs::run(workspace, &docs::Args::default()),
        other => bail!("there is no step `{other}`; the steps are {}", STEPS.join(", ")),
    }
}

/// The command that repeats one step.
fn alone(name: &str) -> String {
    match name {
        "sim" => format!("cargo xtask sim --seeds {SEEDS}"),
        "mutants" => "cargo xtask sim --mutants".to_owned(),
        other => format!("cargo xtask {other}"),
    }
}

/// The steps that are wanted, in their order; an unknown name is an error.
fn choose(skip: &[String], only: &[String]) -> Result<Vec<&'static str>> {
    if let Some(unknown) = skip.iter().chain(only).find(|name| !STEPS.contains(&name.as_str())) {
        bail!("there is no step `{unknown}`; the steps are {}", STEPS.join(", "));
    }
    let wanted = |name: &&&str| {
        let named = |list: &[String]| list.iter().any(|entry| entry == **name);
        (only.is_empty() || named(only)) && !named(skip)
    };
    Ok(STEPS.iter().filter(wanted).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn all_steps_run_in_order_when_nothing_is_said() {
        assert_eq!(choose(&[], &[]).unwrap(), STEPS);
    }

    #[test]
    fn chosen_steps_keep_the_order_of_the_list() {
        assert_eq!(choose(&names(&["tidy"]), &names(&["test", "tidy", "fmt"])).unwrap(), ["fmt", "test"]);
    }

    #[test]
    fn an_unknown_step_is_an_error_that_lists_the_known() {
        let error = choose(&names(&["tests"]), &[]).expect_err("it is called test");
        assert!(error.to_string().contains("fmt, tidy"), "{error}");
    }
}
