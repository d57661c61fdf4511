//! `cargo xtask coverage`: line coverage of the pure crates by their own tests.
//!
//! Only the crates of the workspace are instrumented: cargo's wrapper for workspace members adds the flag, so the
//! dependencies of the ordinary test build are used as they are and nothing is built twice. The reading is done by
//! `llvm-profdata` and `llvm-cov` of the toolchain's component `llvm-tools`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{cargo, output, run as start};
use crate::setup;
use crate::step::Outcome;
use crate::workspace::{PROFILE, Workspace};

/// The least share of covered lines, in percent.
const PERCENT_MIN: f64 = 90.0;

/// Crates whose coverage is printed but has no least share: tables of language rather than logic.
const NO_MINIMUM: &[&str] = &[];

/// Arguments of `cargo xtask coverage`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Only this pure crate, by the name of its folder (may be repeated)
    #[arg(short, long, value_name = "CRATE")]
    package: Vec<String>,
    /// Also list the lines that no test reaches
    #[arg(long)]
    missing: bool,
}

/// Runs the instrumented tests and compares each crate with the least share.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<Outcome> {
    let Some(llvm) = setup::component_llvm_tools()? else {
        return Ok(Outcome::Skipped("llvm-tools could not be installed".into()));
    };
    let mut crates: Vec<&str> = workspace.pure_crates();
    if !args.package.is_empty() {
        crates.retain(|name| args.package.iter().any(|wanted| wanted.trim_start_matches("baton-") == *name));
    }
    if crates.is_empty() {
        bail!("no pure crate is called {}", args.package.join(" or "));
    }
    let folder = workspace.target.join("coverage");
    let programs = run_instrumented(workspace, &crates, &folder)?;
    let profile = merge(&llvm, &folder)?;
    let report = export(&llvm, &profile, &programs)?;
    if args.missing {
        show_missing(workspace, &llvm, &profile, &programs, &crates)?;
    }
    judge(&lines_by_crate(&report, &workspace.root, &crates), &crates)
}

/// Builds and runs the tests of the crates with counters; returns the test programs.
fn run_instrumented(workspace: &Workspace, crates: &[&str], folder: &Path) -> Result<Vec<PathBuf>> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).context("failed to clear the folder of the last measurement")?;
    }
    fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    let wrapper = wrapper(&workspace.target)?;
    let command = |extra: &[&str]| {
        let mut command = cargo();
        command.current_dir(&workspace.root).args(["test", "--profile", PROFILE]);
        // The program itself has no library and adds no test here; it is selected so that the dependencies have the
        // features of the ordinary build and are not built again.
        command.args(["--lib", "-p", "baton"]);
        for name in crates {
            command.args(["-p", &format!("baton-{name}")]);
        }
        for test in workspace.integration_tests(crates) {
            command.args(["--test", &test]);
        }
        command.args(extra);
        command.env("RUSTC_WORKSPACE_WRAPPER", &wrapper);
        command.env("LLVM_PROFILE_FILE", folder.join("%p-%m.profraw"));
        command
    };
    let messages = output(&mut command(&["--no-run", "--message-format", "json"]))?;
    start(&mut command(&["--quiet"]))?;
    Ok(messages.lines().filter_map(test_program).collect())
}

/// A wrapper around rustc that adds the counters. Its path is part of cargo's fingerprint, so it stays the same.
fn wrapper(target: &Path) -> Result<PathBuf> {
    const SCRIPT: &str = "#!/bin/sh\nexec \"$@\" -C instrument-coverage\n";
    let path = target.join("coverage-rustc");
    if fs::read_to_string(&path).ok().as_deref() != Some(SCRIPT) {
        fs::write(&path, SCRIPT).with_context(|| format!("failed to write {}", path.display()))?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .context("failed to make the wrapper executable")?;
    }
    Ok(path)
}

/// The path of the test program that a line of cargo's messages names, if it names one.
fn test_program(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
    is_test.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
}

fn merge(llvm: &Path, folder: &Path) -> Result<PathBuf> {
    let mut raw = Vec::new();
    for entry in fs::read_dir(folder).context("failed to list the measurements")? {
        let path = entry.context("failed to list the measurements")?.path();
        if path.extension().is_some_and(|extension| extension == "profraw") {
            raw.push(path);
        }
    }
    let merged = folder.join("all.profdata");
    let mut command = Command::new(llvm.join("llvm-profdata"));
    output(command.args(["merge", "-sparse", "-o"]).arg(&merged).args(raw))?;
    Ok(merged)
}

/// An `llvm-cov` command over all test programs.
fn llvm_cov(llvm: &Path, verb: &str, profile: &Path, programs: &[PathBuf]) -> Command {
    let mut command = Command::new(llvm.join("llvm-cov"));
    command.arg(verb).arg("-instr-profile").arg(profile);
    for program in programs {
        command.arg("-object").arg(program);
    }
    command
}

fn export(llvm: &Path, profile: &Path, programs: &[PathBuf]) -> Result<Value> {
    let text = output(llvm_cov(llvm, "export", profile, programs).arg("-summary-only"))?;
    serde_json::from_str(&text).context("failed to read the report of llvm-cov")
}

/// Prints the lines that no test reaches.
fn show_missing(
    workspace: &Workspace,
    llvm: &Path,
    profile: &Path,
    programs: &[PathBuf],
    crates: &[&str],
) -> Result<()> {
    let mut command = llvm_cov(llvm, "show", profile, programs);
    for name in crates {
        command.arg("-sources").arg(workspace.root.join("crates").join(name).join("src"));
    }
    for line in output(&mut command)?.lines() {
        let mut columns = line.splitn(3, '|').map(str::trim);
        let (number, count) = (columns.next().unwrap_or(""), columns.next());
        match count {
            None if line.ends_with(".rs:") => println!("{}", line.trim_end_matches(':')),
            Some("0") => println!("  {number:>5} {}", columns.next().unwrap_or("")),
            _ => {}
        }
    }
    Ok(())
}

/// Lines of one crate.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Lines {
    count: u64,
    covered: u64,
}

impl Lines {
    /// A crate without lines that could be run is covered.
    fn percent(self) -> f64 {
        if self.count == 0 { 100.0 } else { 100.0 * self.covered as f64 / self.count as f64 }
    }
}

/// Sums the files under `crates/NAME/src` of each crate.
fn lines_by_crate(report: &Value, root: &Path, crates: &[&str]) -> BTreeMap<String, Lines> {
    let mut sums: BTreeMap<String, Lines> = BTreeMap::new();
    let files = report["data"][0]["files"].as_array().map_or(&[][..], Vec::as_slice);
    for file in files {
        let path = Path::new(file["filename"].as_str().unwrap_or(""));
        let owner = crates.iter().find(|name| path.starts_with(root.join("crates").join(name).join("src")));
        if let Some(name) = owner {
            let sum = sums.entry((*name).to_owned()).or_default();
            sum.count += file["summary"]["lines"]["count"].as_u64().unwrap_or(0);
            sum.covered += file["summary"]["lines"]["covered"].as_u64().unwrap_or(0);
        }
    }
    sums
}

fn judge(sums: &BTreeMap<String, Lines>, crates: &[&str]) -> Result<Outcome> {
    let (mut words, mut low) = (Vec::new(), Vec::new());
    println!("{:<12} {:>7} {:>8} {:>8}", "crate", "lines", "covered", "percent");
    for name in crates {
        let Some(lines) = sums.get(*name) else {
            bail!("the report of llvm-cov has no file of {name}");
        };
        println!("{name:<12} {:>7} {:>8} {:>7.1}%", lines.count, lines.covered, lines.percent());
        words.push(format!("{name} {:.1}%", lines.percent()));
        if lines.percent() < PERCENT_MIN && !NO_MINIMUM.contains(name) {
            low.push(*name);
        }
    }
    if !low.is_empty() {
        bail!(
            "less than {PERCENT_MIN} % of the lines covered in {}; `cargo xtask coverage --missing` lists the others",
            low.join(", ")
        );
    }
    Ok(Outcome::Done(words.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Value {
        let file = |name: &str, count: u64, covered: u64| json!({"filename": name, "summary": {"lines": {"count": count, "covered": covered}}});
        json!({"data": [{"files": [
            file("/r/crates/types/src/lib.rs", 60, 60),
            file("/r/crates/types/src/id.rs", 40, 32),
            file("/r/crates/types/tests/public.rs", 500, 500),
            file("/elsewhere/crates/types/src/lib.rs", 500, 0),
        ]}]})
    }

    #[test]
    fn files_under_src_of_a_crate_are_summed_and_others_left_out() {
        let sums = lines_by_crate(&report(), Path::new("/r"), &["types"]);
        assert_eq!(sums["types"], Lines { count: 100, covered: 92 });
    }

    #[test]
    fn a_crate_below_the_least_share_fails_and_is_named() {
        let sums = BTreeMap::from([("types".to_owned(), Lines { count: 100, covered: 89 })]);
        let error = judge(&sums, &["types"]).expect_err("89 is below 90");
        assert!(error.to_string().contains("types"), "{error}");
    }

    #[test]
    fn a_crate_at_the_least_share_passes() {
        let sums = BTreeMap::from([("types".to_owned(), Lines { count: 100, covered: 90 })]);
        assert_eq!(judge(&sums, &["types"]).unwrap(), Outcome::Done("types 90.0%".into()));
    }

    #[test]
    fn a_crate_that_the_report_does_not_know_is_an_error() {
        assert!(judge(&BTreeMap::new(), &["types"]).is_err());
    }

    #[test]
    fn only_test_programs_are_taken_from_the_messages() {
        let line = |test: bool| {
            json!({"reason": "compiler-artifact", "profile": {"test": test}, "executable": "/t/x-1"}).to_string()
        };
        assert_eq!(test_program(&line(true)), Some(PathBuf::from("/t/x-1")));
        assert_eq!(test_program(&line(false)), None);
        assert_eq!(test_program("running 3 tests"), None);
    }
}
