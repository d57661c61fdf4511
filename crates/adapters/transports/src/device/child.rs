//! One child process: started in a group of its own, its last words kept, ended and reaped for certain.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use baton_ports::ProviderError;
use baton_types::FaultCode;
use rustix::process::{Pid, Signal, kill_process_group};

use super::program::{Direction, Program};
use super::{Options, device_error};

/// How long a child may take to end by itself when asked to.
const TERM_TIME_MAX: Duration = Duration::from_millis(300);

/// How often the end of a child is looked for while it is waited for.
const LOOK: Duration = Duration::from_millis(5);

/// Bytes of a child's messages that are kept.
const WORDS_LEN_MAX: usize = 600;

/// Bytes that a short command may print.
const PRINT_LEN_MAX: u64 = 256 * 1_024;

/// A running program. Dropping it ends its whole group (TERM, then KILL after 300 ms) and reaps it.
#[derive(Debug)]
pub(super) struct Child {
    name: String,
    child: std::process::Child,
    /// What it prints besides sound, read without waiting.
    messages: Option<ChildStderr>,
    words: String,
    ended: Option<ExitStatus>,
}

impl Child {
    /// Starts `program` and hands out its end of the pipe that carries sound.
    pub(super) fn start(program: &Program, rate: u32, options: &Options) -> Result<Self, ProviderError> {
        let (stdin, stdout) = match program.direction {
            Direction::Capture => (Stdio::null(), Stdio::piped()),
            Direction::Playback => (Stdio::piped(), Stdio::null()),
        };
        let mut command = Command::new(&program.path);
        command.args(program.arguments(rate, options)).envs(program.variables(options));
        command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|error| {
            let message = format!("cannot start {}: {error}", program.path.display());
            device_error(FaultCode::Missing, message).caused_by(error)
        })?;
        let messages = child.stderr.take().filter(|pipe| rustix::io::ioctl_fionbio(pipe, true).is_ok());
        Ok(Self { name: program.name(), child, messages, words: String::new(), ended: None })
    }

    /// The pipes of sound, once.
    pub(super) fn pipes(&mut self) -> (Option<std::process::ChildStdin>, Option<std::process::ChildStdout>) {
        (self.child.stdin.take(), self.child.stdout.take())
    }

    /// Reads what it has printed, so that it never waits for us to.
    pub(super) fn listen(&mut self) {
        let Some(messages) = &mut self.messages else { return };
        let mut block = [0; 4_096];
        // Bounded, as a child may print without end.
        for _ in 0..16 {
            match messages.read(&mut block) {
                Ok(count) if count > 0 => {
                    self.words.push_str(&String::from_utf8_lossy(&block[..count]));
                    let surplus = self.words.len().saturating_sub(WORDS_LEN_MAX);
                    let cut = (surplus..=self.words.len()).find(|&at| self.words.is_char_boundary(at)).unwrap_or(0);
                    self.words.drain(..cut);
                }
                _ => break,
            }
        }
    }

    /// Whether it has ended, without waiting.
    pub(super) fn has_ended(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended.is_some()
    }

    /// Whether it has ended well.
    pub(super) fn is_success(&self) -> bool {
        self.ended.is_some_and(|status| status.success())
    }

    /// How it ended and its last words, for people.
    pub(super) fn farewell(&mut self) -> String {
        self.listen();
        let ended = match self.ended {
            Some(status) => format!("{} ended ({status})", self.name),
            None => format!("{} is running", self.name),
        };
        let lines: Vec<_> = self.words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = lines[lines.len().saturating_sub(3)..].join("; ");
        if last.is_empty() { ended } else { format!("{ended}, saying: {last}") }
    }

    /// Waits until it has ended by itself, at most `time_max`.
    pub(super) async fn wait(&mut self, time_max: Duration) -> bool {
        let until = Instant::now() + time_max;
        while !self.has_ended() {
            self.listen();
            if Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
        true
    }

    /// Ends it without holding up the runtime.
    pub(super) async fn stop(&mut self) {
        self.signal(Signal::TERM);
        self.wait(TERM_TIME_MAX).await;
        self.end();
    }

    fn signal(&self, signal: Signal) {
        // An ended child that was reaped must not be signalled: its number may be another's.
        if self.ended.is_none()
            && let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
        {
            let _gone_already = kill_process_group(group, signal);
        }
    }

    /// Ends and reaps it now.
    fn end(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal(Signal::KILL);
        self.ended = self.child.wait().ok();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        drop(self.pipes());
        self.signal(Signal::TERM);
        let until = Instant::now() + TERM_TIME_MAX;
        while !self.has_ended() && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
        self.end();
    }
}

/// Runs a short command and gives what it prints on both outputs; none when it cannot be run or takes too long.
pub(super) fn run_briefly(path: &Path, arguments: &[&OsStr], time_max: Duration) -> Option<String> {
    let mut command = Command::new(path);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    // Listings are read by their words.
    command.env("LC_ALL", "C");
    let mut child = command.spawn().ok()?;
    let (mut out, mut err) = (child.stdout.take()?, child.stderr.take()?);
    let mut child = Child { name: String::new(), child, messages: None, words: String::new(), ended: None };
    rustix::io::ioctl_fionbio(&out, true).ok()?;
    rustix::io::ioctl_fionbio(&err, true).ok()?;
    let until = Instant::now() + time_max;
    let mut printed = Vec::new();
    loop {
        let has_ended = child.has_ended();
        for pipe in [&mut out as &mut dyn Read, &mut err] {
            let left = PRINT_LEN_MAX.saturating_sub(printed.len() as u64);
            match pipe.take(left).read_to_end(&mut printed) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
        if has_ended {
            return Some(String::from_utf8_lossy(&printed).into_owned());
        }
        if Instant::now() >= until || printed.len() as u64 >= PRINT_LEN_MAX {
            return None;
        }
        std::thread::sleep(LOOK);
    }
}
