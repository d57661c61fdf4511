//! What the end-to-end tests share: the built program in a home of its own, its JSON lines, sound files.
//!
//! Nothing of the environment reaches the program but `PATH`: every value it sees is set here, so that a key or a
//! running Ollama on the machine changes nothing. Each child has a deadline; one that passes it is ended and fails the
//! test with what it had said until then.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod sound;
pub(crate) mod wave;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The time that a child may take, on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of the models; `None`, said loudly, where models are to be skipped.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
pub(crate) fn models() -> Option<PathBuf> {
    let named = std::env::var_os("BATON_MODELS").map(PathBuf::from);
    let all = ["whisper-tiny.en", "piper-en-us-joe", "silero-vad"];
    if let Some(folder) = named.filter(|folder| all.iter().all(|model| folder.join(model).is_dir())) {
        return Some(folder);
    }
    assert!(
        std::env::var_os("BATON_TEST_MODELS").is_some_and(|value| value == "skip"),
        "the models are not in the folder that BATON_MODELS names; \
         `cargo xtask setup` brings them, BATON_TEST_MODELS=skip leaves out what needs them"
    );
    println!("skipped: what needs the models {}", all.join(", "));
    None
}

/// A temporary folder that the program takes for its home and works in.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl Home {
    /// Without models.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let mut new = Self { folder, environment: Vec::new() };
        new.set("BATON_HOME", home.to_str().unwrap());
        new.set("HOME", home.to_str().unwrap());
        new.set("PATH", &std::env::var("PATH").unwrap_or_default());
        // What answers does not depend on what else runs on this machine.
        new.set("BATON_AGENT_KIND", "concierge");
        new
    }

    /// With the models; `None` where they are to be skipped.
    pub(crate) fn with_models() -> Option<Self> {
        let models = models()?;
        let mut new = Self::new();
        new.set("BATON_MODELS_DIR", models.to_str().unwrap());
        Some(new)
    }

    /// The value that a variable has from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a variable away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.retain(|(known, _)| known != name);
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder that holds what the program keeps.
    pub(crate) fn kept(&self) -> PathBuf {
        self.path("home")
    }

    /// Writes a file into the working folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// An executable shell script.
    pub(crate) fn script(&self, name: &str, body: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write(name, format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(arguments, Some(""))
    }

    /// Starts the program with this standard input; `None` leaves it open for [`Running::say`].
    pub(crate) fn start_with(&self, arguments: &[&str], input: Option<&str>) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(arguments).current_dir(self.folder.path());
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (out, err) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
        let mut running =
            Running { line: format!("baton {}", arguments.join(" ")), begun: Instant::now(), child, out, err };
        if let Some(input) = input {
            running.say(input);
            running.hang_up();
        }
        running
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).wait(PATIENCE)
    }

    /// Runs the program to its end with this standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        self.start_with(arguments, Some(input)).wait(PATIENCE)
    }

    /// Runs the program and fails the test where it does not end well.
    pub(crate) fn done(&self, arguments: &[&str]) -> Ran {
        self.run(arguments).expect(0)
    }

    /// Speaks a text with the program; the samples at 16 kHz. A text is spoken once for all tests of a file.
    pub(crate) fn say(&self, text: &str) -> Vec<f32> {
        static SAID: Mutex<BTreeMap<String, Vec<f32>>> = Mutex::new(BTreeMap::new());
        // A test that failed here has told so: the others speak for themselves.
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(samples) = said.get(text) {
            return samples.clone();
        }
        let file = self.path("said.wav");
        self.done(&["say", text, "--out", file.to_str().unwrap()]);
        let samples = sound::read_at_ear_rate(&file);
        said.insert(text.to_owned(), samples.clone());
        samples
    }

    /// Speaks a text with the program into a WAV file at 16 kHz that the program can take as its input.
    pub(crate) fn question(&self, name: &str, text: &str) -> String {
        let samples = self.say(text);
        let path = self.path(name);
        sound::write(&path, &samples);
        path.to_str().unwrap().to_owned()
    }
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

/// The program while it runs.
pub(crate) struct Running {
    line: String,
    begun: Instant,
    child: Child,
    out: JoinHandle<Vec<u8>>,
    err: JoinHandle<Vec<u8>>,
}

impl Running {
    /// Writes to its standard input. One that is gone already is no error here.
    pub(crate) fn say(&mut self, text: impl AsRef<[u8]>) {
        if let Some(input) = &mut self.child.stdin {
            let _ = input.write_all(text.as_ref()).and_then(|()| input.flush());
        }
    }

    /// Closes its standard input.
    pub(crate) fn hang_up(&mut self) {
        self.child.stdin = None;
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The largest resident memory of the program so far, in bytes; 0 where the system does not say.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        kib.unwrap_or(0) * 1_024
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end; ends it after `patience` and fails the test.
    pub(crate) fn wait(mut self, patience: Duration) -> Ran {
        let until = self.begun + patience;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break Some(status);
            }
            if Instant::now() > until {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break None;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let took = self.begun.elapsed();
        let text = |bytes: JoinHandle<Vec<u8>>| String::from_utf8(bytes.join().unwrap()).unwrap();
        let ran = Ran {
            line: self.line,
            code: status.and_then(|s| s.code()),
            out: text(self.out),
            err: text(self.err),
            took,
        };
        assert!(status.is_some(), "hangs for {patience:?}: {ran}");
        ran
    }
}

/// The program when it has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    line: String,
    /// Its exit code; `None` for one that was ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` ended with {:?} after {:?}\n--- out\n{}\n--- err\n{}",
            self.line, self.code, self.took, self.out, self.err
        )
    }
}

impl Ran {
    /// Fails the test where the exit code is another one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        assert!(!self.err.contains("panicked"), "{self}");
        self
    }

    /// Fails the test where the exit code is another one, or where what is told does not hold every one of `words`.
    /// It must be told as one error, in a line that a person can read.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, words: &[&str]) -> Self {
        let ran = self.expect(code);
        for word in words {
            assert!(ran.err.contains(word), "nothing says `{word}`: {ran}");
        }
        let errors = ran.err.lines().filter(|line| line.starts_with("error:")).count();
        assert_eq!(errors, 1, "it is one error: {ran}");
        ran
    }

    /// Standard output as JSON objects, one a line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let values: Vec<Value> = self.out.lines().map(parse).collect();
        assert!(values.iter().all(Value::is_object), "{self}");
        values
    }

    /// Standard output as the events of a session.
    #[track_caller]
    pub(crate) fn events(&self) -> Events {
        Events(self.json())
    }
}

/// The events of a session.
#[derive(Debug, Clone)]
pub(crate) struct Events(pub(crate) Vec<Value>);

impl Events {
    /// Those of one type.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|event| event["type"] == kind).collect()
    }

    /// The only one of a type.
    #[track_caller]
    pub(crate) fn one(&self, kind: &str) -> &Value {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "{kind} in {self}");
        found[0]
    }

    /// The first of a type at or after a moment.
    pub(crate) fn after(&self, kind: &str, at: u64) -> Option<&Value> {
        self.0.iter().find(|event| event["type"] == kind && at_ms(event) >= at)
    }

    /// The texts of the events of one type.
    pub(crate) fn texts(&self, kind: &str) -> Vec<String> {
        self.of(kind).iter().map(|event| event["text"].as_str().unwrap().trim().to_owned()).collect()
    }
}

impl std::fmt::Display for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}

/// When an event was told.
#[track_caller]
pub(crate) fn at_ms(event: &Value) -> u64 {
    number(event, "at_ms")
}

/// A field that must be a whole number.
#[track_caller]
pub(crate) fn number(event: &Value, field: &str) -> u64 {
    event[field].as_u64().unwrap_or_else(|| panic!("`{field}` is no number in {event}"))
}

/// A field that must be a text.
#[track_caller]
pub(crate) fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_else(|| panic!("`{field}` is no text in {event}"))
}

/// A folder of models with the same content that a test may damage. Files are linked where that is possible; a test
/// that changes one replaces it and never writes into it.
pub(crate) fn copy_of_models(from: &Path, to: &Path, names: &[&str]) {
    for name in names {
        fs::create_dir_all(to.join(name)).unwrap();
        for entry in fs::read_dir(from.join(name)).unwrap() {
            let entry = entry.unwrap();
            let (file, target) = (fs::canonicalize(entry.path()).unwrap(), to.join(name).join(entry.file_name()));
            if fs::hard_link(&file, &target).is_err() {
                fs::copy(&file, &target).unwrap();
            }
        }
    }
}
