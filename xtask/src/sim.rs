//! `cargo xtask sim`: forwards to the simulator, built in the profile of the tests.

use std::ffi::{OsStr, OsString};
use std::process::Command;

use anyhow::Result;

use crate::process::run as start;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// Arguments of `cargo xtask sim`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Arguments of the simulator: `--seeds N`, `--seed S`, `--mutants`; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

/// Runs the simulator with the arguments.
pub(crate) fn run<S: AsRef<OsStr>>(workspace: &Workspace, arguments: &[S]) -> Result<Outcome> {
    let mut command = Command::new(workspace.build("baton-sim")?);
    start(command.current_dir(&workspace.root).args(arguments))?;
    let words: Vec<_> = arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect();
    Ok(Outcome::Done(words.join(" ")))
}
