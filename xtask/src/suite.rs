//! `cargo xtask test`: the set-up, then every test of the workspace, with a sum at the end.

use std::ffi::OsString;

use anyhow::Result;

use crate::process::{cargo, run_watched};
use crate::setup;
use crate::step::{Outcome, Steps};
use crate::workspace::{PROFILE, Workspace};

/// Arguments of `cargo xtask test`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Only the tests of this crate (may be repeated)
    #[arg(short, long, value_name = "CRATE")]
    package: Vec<String>,
    /// Arguments for the test programs, after `--`
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

/// The command by itself.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut steps = Steps::default();
    let mut totals = Totals::default();
    // One crate's tests do not wait for the program that fetches models when they are there.
    if args.package.is_empty() || !setup::has_models(workspace) {
        steps.run("setup", "cargo xtask setup", || set_up(workspace))?;
    }
    let result = steps.run("test", "cargo xtask test", || test(workspace, args, &mut totals));
    println!("{totals}");
    result
}

/// What the tests need.
pub(crate) fn set_up(workspace: &Workspace) -> Result<Outcome> {
    setup::tools(workspace)?;
    setup::models(workspace)
}

/// Runs the tests and adds their results to `totals`.
pub(crate) fn test(workspace: &Workspace, args: &Args, totals: &mut Totals) -> Result<Outcome> {
    let mut command = cargo();
    command.current_dir(&workspace.root);
    // Every crate reports, also behind one that fails: one run shows all that is broken.
    command.args(["test", "--profile", PROFILE, "--no-fail-fast"]);
    if args.package.is_empty() {
        command.arg("--workspace");
    }
    for package in &args.package {
        command.arg("-p").arg(package);
    }
    if !args.arguments.is_empty() {
        command.arg("--").args(&args.arguments);
    }
    println!("models: {}", workspace.models().display());
    command.env("BATON_MODELS", workspace.models());
    match workspace.recordings() {
        Some(folder) => {
            println!("recordings: {}", folder.display());
            command.env("BATON_RECORDINGS", folder);
        }
        None => {
            println!("recordings: none beside the project; tests that can use them say so");
            command.env_remove("BATON_RECORDINGS");
        }
    }
    run_watched(&mut command, |line| totals.see(line))?;
    anyhow::ensure!(totals.suites > 0, "no test program has reported a result");
    Ok(Outcome::Done(format!("{} passed", totals.passed)))
}

/// The sum over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) suites: usize,
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

impl Totals {
    /// Adds a line such as `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; ...`.
    fn see(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |word: &str| {
            let part = result.split([';', '.']).find_map(|part| part.trim().strip_suffix(word));
            part.and_then(|number| number.trim().parse::<usize>().ok()).unwrap_or(0)
        };
        self.suites += 1;
        self.passed += count("passed");
        self.failed += count("failed");
        self.ignored += count("ignored");
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = if self.failed == 0 && self.suites > 0 { "ok" } else { "FAILED" };
        let Self { suites, passed, failed, ignored } = self;
        write!(
            f,
            "test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; in {suites} test programs"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_programs_are_summed() {
        let mut totals = Totals::default();
        totals.see("running 6 tests");
        totals.see("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s");
        totals.see("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        let expected = Totals { suites: 2, passed: 7, failed: 1, ignored: 1 };
        assert_eq!(totals, expected);
        assert!(totals.to_string().starts_with("test result: FAILED. 7 passed; 1 failed"));
    }

    #[test]
    fn no_result_at_all_is_not_a_success() {
        assert!(Totals::default().to_string().contains("FAILED"));
    }
}
