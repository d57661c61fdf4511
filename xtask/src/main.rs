//! Development commands: everything that CI does can be run here, step by step.
//!
//! `cargo xtask ci` is what CI runs; each of its steps is a command of its own, so that a failing one can be
//! repeated alone. The program knows the workspace from outside only: it starts cargo, the built `baton` and the
//! tools that `cargo xtask setup` brings, and it depends on none of our crates.
#![expect(clippy::print_stdout, reason = "a command-line tool: standard output is its report")]

mod check;
mod ci;
mod coverage;
mod docs;
mod process;
mod setup;
mod sim;
mod step;
mod suite;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                         set up what the tests need and run them all
  cargo xtask test -p baton-session        the tests of one crate
  cargo xtask ci                           all that CI runs, cheap failures first
  cargo xtask ci --skip coverage,wasm      the same without two steps
  cargo xtask tidy                         the house rules
  cargo xtask sim --seed 42                repeat one simulated conversation
  cargo xtask docs --update                rewrite the generated pages";

/// Development commands of Baton.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring what the tests need: tools, components of the toolchain, models
    Setup(setup::Args),
    /// Set up, then run the tests of the workspace
    Test(suite::Args),
    /// Run everything that CI runs
    Ci(ci::Args),
    /// Check formatting
    Fmt,
    /// Check the house rules: layers, vendor names, lengths, links
    Tidy,
    /// Run clippy over the workspace with warnings as errors
    Clippy,
    /// Check licenses, bans and sources of the dependencies
    Deny,
    /// Run the simulator with the given arguments
    Sim(sim::Args),
    /// Measure the line coverage of the pure crates
    Coverage(coverage::Args),
    /// Check that the pure crates and their tests build without an operating system
    Wasm,
    /// Run the commands that the documentation shows and check its generated pages
    Docs(docs::Args),
    /// Write the JSON Schema of the configuration
    Schema,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Setup(args) => setup::run(&workspace, &args),
        Command::Test(args) => suite::run(&workspace, &args),
        Command::Ci(args) => ci::run(&workspace, &args),
        Command::Fmt => step::alone("fmt", || check::fmt(&workspace)),
        Command::Tidy => step::alone("tidy", || tidy::run(&workspace)),
        Command::Clippy => step::alone("clippy", || check::clippy(&workspace)),
        Command::Deny => step::alone("deny", || check::deny(&workspace)),
        Command::Sim(args) => step::alone("sim", || sim::run(&workspace, &args.arguments)),
        Command::Coverage(args) => step::alone("coverage", || coverage::run(&workspace, &args)),
        Command::Wasm => step::alone("wasm", || check::wasm(&workspace)),
        Command::Docs(args) => step::alone("docs", || docs::run(&workspace, &args)),
        Command::Schema => step::alone("schema", || docs::pages::write_schema(&workspace)),
    }
}
