//! A voice program of the system as a child process: what speaks where no voice file is there.
//!
//! `espeak-ng`, `espeak` and `flite` on Linux, `say` on macOS, whichever is found first. Such a program is run, never
//! linked, so its licence stays its own. One child a clause, on the voice pool; text goes in by standard input where
//! the program allows it and is never part of a shell line. Sound comes back whole, so the first sound is later than
//! with the embedded voice; word times are not known.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use baton_audio::resample::Resampler;
use baton_ports::{ProviderError, Synthesis, TextToSpeech, TtsEvent, TtsRequest};
use baton_types::FaultCode;
use tokio::sync::mpsc;

use crate::pool::{Cancel, Pool};
use crate::voice::{Finish, Handle, order};

/// The rate that every program's sound is brought to.
const RATE: u32 = 22_050;

/// The most bytes taken from a program for one clause: three minutes.
const BYTES_MAX: u64 = 180 * 2 * RATE as u64;

/// Programs in the order in which they are looked for.
const PROGRAMS: [Program; 4] = [
    Program { name: "espeak-ng", arguments: &["--stdin", "--stdout"], words_a_minute: Some("-s") },
    Program { name: "espeak", arguments: &["--stdin", "--stdout"], words_a_minute: Some("-s") },
    Program { name: "flite", arguments: &["-f", "/dev/stdin", "-o", "/dev/stdout"], words_a_minute: None },
    Program {
        name: "say",
        arguments: &["-f", "-", "--file-format=WAVE", "--data-format=LEI16@22050", "-o", "/dev/stdout"],
        words_a_minute: Some("-r"),
    },
];

#[derive(Clone, Copy, Debug)]
struct Program {
    name: &'static str,
    arguments: &'static [&'static str],
    words_a_minute: Option<&'static str>,
}

/// A voice program that was found.
pub struct SystemVoice {
    name: String,
    path: PathBuf,
    program: Program,
    pool: Pool,
}

impl SystemVoice {
    /// Looks in the folders of `path` (the value of `PATH`) for a voice program.
    #[must_use]
    pub fn find(path: &str) -> Option<(String, PathBuf)> {
        PROGRAMS.iter().find_map(|program| {
            let found =
                std::env::split_paths(path).map(|folder| folder.join(program.name)).find(|file| is_program(file));
            found.map(|file| (program.name.to_owned(), file))
        })
    }

    /// A voice that runs the program at `path`, which must be one of those that `find` knows by its file name.
    ///
    /// # Errors
    /// When the program is not known.
    pub fn new(path: &Path, pool: Pool) -> std::io::Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let program = PROGRAMS.iter().find(|program| program.name == name).copied().ok_or_else(|| {
            std::io::Error::new(std::io::ErrorKind::Unsupported, format!("`{name}` is no voice program that is known"))
        })?;
        Ok(Self { name: format!("system voice {name}"), path: path.to_path_buf(), program, pool })
    }
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

impl TextToSpeech for SystemVoice {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample_rate(&self) -> u32 {
        RATE
    }

    fn speak(&self, request: TtsRequest, events: mpsc::Sender<TtsEvent>) -> Box<dyn Synthesis> {
        let cancel = Cancel::default();
        let (path, program) = (self.path.clone(), self.program);
        let finish = Finish::new(events.clone());
        self.pool.submit(order(&request), cancel.clone(), move |cancel| {
            let spoken = baton_speakable::text::speakable(&request.text);
            let result = match spoken.text.trim() {
                "" => Ok(Vec::new()),
                text => run(&path, program, text, request.speed, cancel),
            };
            match result {
                Ok(samples) => {
                    if !samples.is_empty() {
                        let _ = events.blocking_send(TtsEvent::Audio(samples));
                    }
                    finish.answer(TtsEvent::Ended { words: Vec::new() });
                }
                Err(error) => finish.answer(TtsEvent::Failed(error)),
            }
        });
        Box::new(Handle(cancel))
    }
}

/// Runs the program on one text; its sound as mono samples at [`RATE`].
fn run(path: &Path, program: Program, text: &str, speed: f32, cancel: &Cancel) -> Result<Vec<f32>, ProviderError> {
    let mut command = Command::new(path);
    command.args(program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(flag) = program.words_a_minute {
        command.args([flag, &format!("{:.0}", 170.0 * speed)]);
    }
    let failed = |what: String| ProviderError::new(FaultCode::Missing, format!("{}: {what}", path.display()));
    let mut child = Reaped(command.spawn().map_err(|error| failed(error.to_string()))?);
    if let Some(mut input) = child.0.stdin.take() {
        // A program that does not read says so by its exit code.
        let _ = input.write_all(text.as_bytes());
    }
    let mut bytes = Vec::new();
    if let Some(mut output) = child.0.stdout.take() {
        let mut piece = [0; 16_384];
        loop {
            if cancel.is_cancelled() {
                return Err(ProviderError::new(FaultCode::Interrupted, "cancelled"));
            }
            let read = output.read(&mut piece).map_err(|error| failed(error.to_string()))?;
            if read == 0 || bytes.len() as u64 > BYTES_MAX {
                break;
            }
            bytes.extend_from_slice(&piece[..read]);
        }
    }
    let status = child.0.wait().map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        let mut said = String::new();
        if let Some(stderr) = child.0.stderr.take() {
            let _ = stderr.take(300).read_to_string(&mut said);
        }
        return Err(failed(format!("ended with {status}: {}", said.trim())));
    }
    wav(&bytes).ok_or_else(|| ProviderError::new(FaultCode::Garbled, format!("{}: no WAV came out", path.display())))
}

/// A child that does not outlive its job.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// 16-bit PCM WAV as such programs write it to a pipe, where the lengths in the header are often wrong.
fn wav(bytes: &[u8]) -> Option<Vec<f32>> {
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let (mut rate, mut channels) = (RATE, 1_usize);
    loop {
        let (header, body) = rest.split_at_checked(8)?;
        let len = u32::from_le_bytes(header[4..8].try_into().ok()?) as usize;
        if &header[..4] == b"data" {
            rest = body.get(..len).unwrap_or(body);
            break;
        }
        if &header[..4] == b"fmt " {
            channels = usize::from(u16::from_le_bytes(body.get(2..4)?.try_into().ok()?)).max(1);
            rate = u32::from_le_bytes(body.get(4..8)?.try_into().ok()?);
            if u16::from_le_bytes(body.get(14..16)?.try_into().ok()?) != 16 {
                return None;
            }
        }
        rest = body.get(len + len % 2..)?;
    }
    let mono: Vec<f32> = rest
        .chunks_exact(2 * channels)
        .map(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0)
        .collect();
    if rate == RATE {
        return Some(mono);
    }
    let mut resampler = Resampler::new(rate, RATE).ok()?;
    let mut out = Vec::new();
    resampler.push(&mono, &mut out);
    resampler.flush(&mut out);
    Some(out)
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    /// A program that does what espeak-ng does: reads text, writes a WAV whose header states wrong lengths.
    fn stand_in(folder: &Path, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    const SPEAKS: &str = "cat >/dev/null
        printf 'RIFF\\377\\377\\377\\177WAVEfmt \\020\\000\\000\\000\\001\\000\\001\\000\\042\\126\\000\\000\\104\\254\\000\\000\\002\\000\\020\\000data\\377\\377\\377\\177'
        printf '\\000\\100\\000\\100\\000\\100\\000\\100'";

    fn spoken(script: &str) -> Vec<TtsEvent> {
        let folder = tempfile::tempdir().unwrap();
        let voice =
            SystemVoice::new(&stand_in(folder.path(), "espeak-ng", script), Pool::new("test", 1, 8).unwrap()).unwrap();
        let (events, mut told) = mpsc::channel(8);
        let request = TtsRequest { text: "It is 3 p.m.".to_owned(), speed: 1.0, deadline: 0 };
        let handle = voice.speak(request, events);
        let mut all = Vec::new();
        while let Some(event) = told.blocking_recv() {
            all.push(event);
        }
        drop(handle);
        all
    }

    #[test]
    fn a_system_voice_speaks_as_a_child() {
        let told = spoken(SPEAKS);
        assert!(matches!(&told[0], TtsEvent::Audio(samples) if samples == &[0.5; 4]), "{told:?}");
        assert!(matches!(&told[1], TtsEvent::Ended { .. }) && told.len() == 2);
    }

    #[test]
    fn a_system_voice_that_fails_says_why() {
        let told = spoken("echo 'no such voice' >&2; exit 3");
        let TtsEvent::Failed(error) = &told[0] else { panic!("{told:?}") };
        assert!(error.message.contains("no such voice"), "{error}");
        let told = spoken("cat >/dev/null; echo hello");
        assert!(matches!(&told[..], [TtsEvent::Failed(error)] if error.kind == FaultCode::Garbled), "{told:?}");
    }

    #[test]
    fn the_first_program_on_the_path_is_found() {
        let folder = tempfile::tempdir().unwrap();
        stand_in(folder.path(), "flite", "");
        let path = folder.path().to_str().unwrap();
        assert_eq!(SystemVoice::find(path).unwrap().0, "flite");
        assert!(SystemVoice::find("").is_none());
        assert!(SystemVoice::new(Path::new("/bin/sh"), Pool::new("test", 1, 8).unwrap()).is_err());
    }
}
