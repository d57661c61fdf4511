//! Baton on the command line: talk, chat, transcribe, say, and look after models and conversations.
//!
//! One page: read the arguments, read the configuration, run the command, turn its end into an exit code (0 done,
//! 1 failed, 2 wrong usage, 3 something missing that `baton doctor` names). Everything a command does is in
//! `commands`, one module each.

mod cli;
mod commands;
mod context;
mod input;
mod output;
mod progress;
mod timeline;
mod view;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::context::{Context, Failure};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The engines' libraries size process-wide pools at first use; each decode has a pool of its own here, and pools
    // that spin beside them cost more than they give. Set before any thread exists.
    for name in ["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS"] {
        if std::env::var_os(name).is_none() {
            set_before_threads(name, "1");
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&format!("the program cannot start its threads: {error}"));
            return ExitCode::from(1);
        }
    };
    let result = runtime.block_on(run(cli));
    // A reader of standard input may still wait for a line: it is not waited for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                output::error(&failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

#[expect(unsafe_code, reason = "the environment is changed before any thread exists")]
fn set_before_threads(name: &str, value: &str) {
    // SAFETY: called first thing in `main`, when no other thread can read the environment.
    unsafe { std::env::set_var(name, value) };
}

async fn run(cli: Cli) -> Result<(), Failure> {
    if let Command::Completions(arguments) = &cli.command {
        return commands::completions::run(arguments);
    }
    if let Command::Init(arguments) = &cli.command {
        return commands::init::run(arguments);
    }
    let context = Context::new(&cli)?;
    match &cli.command {
        Command::Demo(arguments) => commands::demo::run(&context, arguments).await,
        Command::Talk(arguments) => commands::talk::run(&context, arguments).await,
        Command::Chat(arguments) => commands::chat::run(&context, arguments).await,
        Command::Transcribe(arguments) => commands::transcribe::run(&context, arguments).await,
        Command::Say(arguments) => commands::say::run(&context, arguments).await,
        Command::Models(arguments) => commands::models::run(&context, arguments).await,
        Command::Conversations(arguments) => commands::conversations::run(&context, arguments).await,
        Command::Doctor(arguments) => commands::doctor::run(&context, arguments).await,
        Command::Config(arguments) => commands::config::run(&context, arguments),
        Command::Init(_) | Command::Completions(_) => Ok(()),
    }
}
