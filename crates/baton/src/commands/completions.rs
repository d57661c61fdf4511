//! `baton completions`.

use std::io;

use clap::CommandFactory;

use crate::cli::{Cli, Completions};
use crate::context::Failure;

pub(crate) fn run(arguments: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "baton", &mut script);
    match io::Write::write_all(&mut io::stdout().lock(), &script) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("the script cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
