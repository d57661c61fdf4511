//! Starting other programs: each command line is shown before it runs, and an exit that is not zero is an error.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// The cargo that started us.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Shows the command line and runs it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().with_context(|| format!("failed to start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Shows the command line, runs it and hands every line of its standard output to `see` while it is printed.
pub(crate) fn run_watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    println!("$ {}", shown(command));
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("failed to start `{}`", shown(command)))?;
    let stdout = child.stdout.take().expect("standard output is piped");
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.context("failed to read from the child process")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    let status = child.wait().context("failed to wait for the child process")?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs the command without showing it and returns its standard output; the error holds its standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("failed to start `{}`", shown(command)))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", shown(command), output.status, words.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote no UTF-8", shown(command)))
}

/// Whether the program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command line as a person would type it, environment left out.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut words = vec![program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

/// CPU time of this process and of all its children that have ended, or `None` where the system does not tell.
pub(crate) fn cpu_time() -> Option<Duration> {
    /// Linux reports in units of `USER_HZ`, which is 100 on every platform that we build for.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    Some(Duration::from_secs_f64(ticks(&stat)? as f64 / TICKS_PER_SECOND))
}

/// The sum of utime, stime, cutime and cstime of a line of `/proc/PID/stat` (proc(5), fields 14 to 17).
fn ticks(stat: &str) -> Option<u64> {
    // The second field is the program's name in parentheses and may hold spaces.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_ticks_are_found_behind_a_name_with_spaces_and_parentheses() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 2 0 0 10 20 300 4000 20 0 1 0";
        assert_eq!(ticks(stat), Some(4330));
    }

    #[test]
    fn a_stat_line_that_is_cut_gives_nothing() {
        assert_eq!(ticks("7 (a) S 1 7"), None);
    }

    #[test]
    fn a_command_is_shown_without_the_folder_of_its_program() {
        let mut command = Command::new("some/folder/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(shown(&command), "cargo fmt --all");
    }

    #[test]
    fn an_exit_that_is_not_zero_is_an_error_with_the_command_line() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).expect_err("the exit is 3");
        assert!(error.to_string().starts_with("`sh -c exit 3` ended with"), "{error}");
    }
}
