//! The checks that other programs make: rustfmt, clippy, cargo-deny, a build without an operating system.

use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, run};
use crate::setup::{self, WASM_TARGET};
use crate::step::Outcome;
use crate::workspace::{PROFILE, Workspace};

/// Checks the formatting of every crate.
pub(crate) fn fmt(workspace: &Workspace) -> Result<Outcome> {
    run(cargo().current_dir(&workspace.root).args(["fmt", "--all", "--", "--check"]))?;
    Ok(Outcome::Done(String::new()))
}

/// Runs clippy in the profile of the tests, which shares build scripts and procedural macros with their build.
pub(crate) fn clippy(workspace: &Workspace) -> Result<Outcome> {
    let arguments = ["clippy", "--profile", PROFILE, "--workspace", "--all-targets", "--", "-D", "warnings"];
    run(cargo().current_dir(&workspace.root).args(arguments))?;
    Ok(Outcome::Done(String::new()))
}

/// Checks the dependency graph against `deny.toml`. Advisories are left out: they need a download of their own.
pub(crate) fn deny(workspace: &Workspace) -> Result<Outcome> {
    setup::tools(workspace)?;
    let Some(tool) = workspace.tool("cargo-deny") else {
        return Ok(Outcome::Skipped("cargo-deny could not be installed".into()));
    };
    // cargo-deny reads the manifests of every platform; cargo alone fetches those of this one.
    run(cargo().current_dir(&workspace.root).args(["fetch", "--locked", "--quiet"]))?;
    let arguments = ["--offline", "--log-level", "error", "check", "licenses", "bans", "sources"];
    run(Command::new(tool).current_dir(&workspace.root).args(arguments))?;
    Ok(Outcome::Done("licenses, bans and sources".into()))
}

/// Builds the pure crates and their tests for a target that has no clock, files, threads or environment.
pub(crate) fn wasm(workspace: &Workspace) -> Result<Outcome> {
    if !setup::component_target()? {
        return Ok(Outcome::Skipped(format!("the target {WASM_TARGET} could not be installed")));
    }
    let crates = workspace.pure_crates();
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["check", "--profile", PROFILE, "--target", WASM_TARGET]);
    // Dependencies of the tests ask for entropy, which this target does not have: the call fails when it is made.
    command
        .args(["--config", "target.wasm32-unknown-unknown.rustflags=['--cfg', 'getrandom_backend=\"unsupported\"']"]);
    command.args(["--lib", "--tests"]);
    for name in &crates {
        command.args(["-p", &format!("baton-{name}")]);
    }
    run(&mut command)?;
    Ok(Outcome::Done(crates.join(", ")))
}
