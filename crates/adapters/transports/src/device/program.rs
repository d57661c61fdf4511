//! Which programs there are, and how each is called.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use baton_types::EAR_SAMPLE_RATE;

use super::Options;
use super::child::run_briefly;

/// How long a program may take to print its help.
const HELP_TIME_MAX: Duration = Duration::from_secs(2);

/// Which way sound goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From a microphone.
    Capture,
    /// To a loudspeaker.
    Playback,
}

/// A family of programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgramKind {
    /// `pw-cat` of PipeWire. `raw_flag`: it wants to be told that a pipe is raw.
    PipeWire {
        /// Whether it knows `--raw`.
        raw_flag: bool,
    },
    /// `parec` and `pacat`, of PulseAudio or of PipeWire in its place.
    PulseAudio,
    /// `arecord` and `aplay` of the ALSA tools.
    Alsa,
    /// `rec` and `play` of sox; also on macOS.
    Sox,
    /// A program that a test put in place of the others.
    StandIn,
}

/// A program that records or plays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// Its family.
    pub kind: ProgramKind,
    /// Which way it is used.
    pub direction: Direction,
    /// Where it is.
    pub path: PathBuf,
}

/// What of the process's environment decides on programs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Environment {
    /// The folders that programs are looked for in, as `PATH` has them.
    pub path: OsString,
    /// A program that tests put in place of every capture program.
    pub test_capture: Option<PathBuf>,
    /// A program that tests put in place of every playback program.
    pub test_playback: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let program = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            path: std::env::var_os("PATH").unwrap_or_default(),
            test_capture: program("BATON_TEST_CAPTURE"),
            test_playback: program("BATON_TEST_PLAYBACK"),
        }
    }

    /// The programs for one direction that are there, the one to try first in front.
    #[must_use]
    pub fn programs(&self, direction: Direction) -> Vec<Program> {
        let stand_in = match direction {
            Direction::Capture => &self.test_capture,
            Direction::Playback => &self.test_playback,
        };
        if let Some(path) = stand_in {
            return vec![Program { kind: ProgramKind::StandIn, direction, path: path.clone() }];
        }
        let names: [(ProgramKind, &[&str]); 4] = match direction {
            Direction::Capture => [
                (ProgramKind::PipeWire { raw_flag: false }, &["pw-cat"]),
                (ProgramKind::PulseAudio, &["parec"]),
                (ProgramKind::Alsa, &["arecord"]),
                (ProgramKind::Sox, &["rec"]),
            ],
            Direction::Playback => [
                (ProgramKind::PipeWire { raw_flag: false }, &["pw-cat"]),
                (ProgramKind::PulseAudio, &["pacat", "paplay"]),
                (ProgramKind::Alsa, &["aplay"]),
                (ProgramKind::Sox, &["play"]),
            ],
        };
        let found = names.into_iter().filter_map(|(kind, names)| {
            let path = names.iter().find_map(|name| self.find(name))?;
            Some(Program { kind: usable(kind, &path)?, direction, path })
        });
        found.collect()
    }

    /// The first executable file of this name on the path.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path).map(|folder| folder.join(name)).find(|path| is_executable(path))
    }
}

impl Program {
    /// What people call it: the name of its file.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// Its arguments for raw 16-bit little-endian mono at `rate` samples a second on a pipe.
    #[must_use]
    pub fn arguments(&self, rate: u32, options: &Options) -> Vec<OsString> {
        let latency = options.latency.as_millis().max(1);
        let device = options.device.as_deref();
        let is_capture = self.direction == Direction::Capture;
        let mut arguments: Vec<String> = Vec::new();
        let mut add = |list: &[&str]| arguments.extend(list.iter().map(|argument| (*argument).to_owned()));
        match self.kind {
            ProgramKind::PipeWire { raw_flag } => {
                add(&[if is_capture { "--record" } else { "--playback" }, "--media-role", "Communication"]);
                add(&["--format", "s16", "--channels", "1", "--rate", &rate.to_string()]);
                add(&["--latency", &format!("{latency}ms")]);
                add(&device.map_or(vec![], |device| vec!["--target", device]));
                add(if raw_flag { &["--raw", "-"] } else { &["-"] });
            }
            ProgramKind::PulseAudio => {
                add(&["--raw", "--format=s16le", "--channels=1", &format!("--rate={rate}")]);
                add(&[&format!("--latency-msec={latency}"), "--client-name=Baton", "--stream-name=Baton"]);
                add(&[&device.map_or(String::new(), |device| format!("--device={device}"))]);
            }
            ProgramKind::Alsa => {
                let micros = latency * 1_000;
                add(&["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", &rate.to_string()]);
                add(&[&format!("--buffer-time={micros}"), &format!("--period-time={}", micros / 4)]);
                // Only the plug layer converts rates.
                let device = device.map(|name| match name.strip_prefix("hw:") {
                    Some(hardware) => format!("plughw:{hardware}"),
                    None => name.to_owned(),
                });
                add(&device.as_deref().map_or(vec![], |device| vec!["-D", device]));
            }
            ProgramKind::Sox => {
                let buffer = (u128::from(rate) * 2 * latency / 1_000 / 2).clamp(64, 8_192);
                add(&["-q", "--buffer", &buffer.to_string(), "-t", "raw", "-e", "signed-integer", "-b", "16", "-L"]);
                add(&["-c", "1", "-r", &rate.to_string(), "-"]);
            }
            ProgramKind::StandIn => {
                add(&[&rate.to_string(), &latency.to_string(), device.unwrap_or_default()]);
            }
        }
        arguments.into_iter().filter(|argument| !argument.is_empty()).map(OsString::from).collect()
    }

    /// Variables that it is started with, besides our own environment.
    pub(super) fn variables(&self, options: &Options) -> Vec<(&'static str, OsString)> {
        match (self.kind, &options.device) {
            (ProgramKind::Sox, Some(device)) => vec![("AUDIODEV", device.into())],
            _ => Vec::new(),
        }
    }

    /// The ear's capture arguments; what `baton doctor` shows.
    #[must_use]
    pub fn command_line(&self, options: &Options) -> String {
        let rate = EAR_SAMPLE_RATE;
        let words = std::iter::once(self.path.clone().into_os_string()).chain(self.arguments(rate, options));
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }
}

/// The kind with what its help tells, none when this version cannot be used.
fn usable(kind: ProgramKind, path: &Path) -> Option<ProgramKind> {
    let ProgramKind::PipeWire { .. } = kind else { return Some(kind) };
    // Versions before 0.3.50 take files only; later ones take "-", and the latest want to be told that it is raw.
    let help = run_briefly(path, &[OsStr::new("--help")], HELP_TIME_MAX)?;
    let raw_flag = help.contains("--raw");
    (raw_flag || help.contains("| -")).then_some(ProgramKind::PipeWire { raw_flag })
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
