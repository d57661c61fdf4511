//! What went into a session machine and what came out of it, in order, one JSON object a line.
//!
//! The first line is the header: version, configuration and the items the conversation began with. Every call into
//! the machine follows with its time (`in`, `timeout`), and behind it what it asked for (`out`) and told (`notice`), so
//! a machine can be rebuilt from the inputs alone and the outputs compared. Lines are written by a thread of their
//! own: a slow disk never holds up the voice. When the disk falls 4,096 lines behind, lines are dropped and the gap is
//! recorded as `lost`, which makes the journal unfit for replay and says so.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use baton_session::{Command, Config, Event, Item, Notice, Timer};
use baton_types::{ConversationId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// The form of the lines; a reader refuses a newer one.
pub const JOURNAL_VERSION: u32 = 1;

/// Lines that may wait for the disk.
const LINES_WAITING_MAX: usize = 4_096;

/// One line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The first line.
    Header(Box<Header>),
    /// A batch of events begins, all told at this time before any timer.
    Batch {
        /// How many.
        events: u32,
    },
    /// `handle(now, event)`.
    In {
        /// The time passed in, in microseconds.
        now: Timestamp,
        /// The event.
        event: Event,
    },
    /// `handle_timeout(now)`.
    Timeout {
        /// The time passed in, in microseconds.
        now: Timestamp,
        /// The timer that was due first.
        timer: Option<Timer>,
    },
    /// The machine asked for something.
    Out(Command),
    /// The machine told something.
    Notice(Notice),
    /// Lines were dropped here because the disk was too slow.
    Lost {
        /// How many.
        lines: u64,
    },
}

/// Everything needed to make the same machine again.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// [`JOURNAL_VERSION`].
    pub version: u32,
    /// The version of the program.
    pub program: String,
    /// The session.
    pub session: SessionId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The machine's configuration.
    pub config: Config,
    /// The items the conversation began with.
    pub items: Vec<Item>,
}

/// Takes records; cheap to call from the voice path.
#[derive(Debug)]
pub struct Journal {
    kind: Kind,
    lost: u64,
}

#[derive(Debug)]
enum Kind {
    None,
    Memory(Arc<Mutex<Vec<Record>>>),
    File { path: PathBuf, lines: Option<SyncSender<String>>, writer: Option<JoinHandle<()>> },
}

impl Journal {
    /// Keeps nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { kind: Kind::None, lost: 0 }
    }

    /// Keeps the records in memory; the second value is where to read them.
    #[must_use]
    pub fn memory() -> (Self, Arc<Mutex<Vec<Record>>>) {
        let records = Arc::new(Mutex::new(Vec::new()));
        (Self { kind: Kind::Memory(Arc::clone(&records)), lost: 0 }, records)
    }

    /// Writes to a new file.
    ///
    /// # Errors
    /// When the file cannot be made, or exists.
    pub fn file(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // What was said is nobody else's business.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let (lines, waiting) = sync_channel(LINES_WAITING_MAX);
        let writer = std::thread::Builder::new().name("journal".into()).spawn(move || write_lines(file, &waiting))?;
        Ok(Self { kind: Kind::File { path: path.into(), lines: Some(lines), writer: Some(writer) }, lost: 0 })
    }

    /// Where it is written, if anywhere.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::File { path, .. } => Some(path),
            Kind::None | Kind::Memory(_) => None,
        }
    }

    /// Takes one record.
    pub fn record(&mut self, record: impl FnOnce() -> Record) {
        match &mut self.kind {
            Kind::None => {}
            Kind::Memory(records) => {
                records.lock().unwrap_or_else(PoisonError::into_inner).push(record());
            }
            Kind::File { lines: Some(lines), .. } => {
                if self.lost > 0 && lines.try_send(line(&Record::Lost { lines: self.lost })).is_ok() {
                    self.lost = 0;
                }
                match lines.try_send(line(&record())) {
                    Ok(()) => {}
                    Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.lost += 1,
                }
            }
            Kind::File { lines: None, .. } => {}
        }
    }
}

impl Drop for Journal {
    /// Waits until what was taken is on disk.
    fn drop(&mut self) {
        if let Kind::File { lines, writer, .. } = &mut self.kind {
            drop(lines.take());
            if let Some(writer) = writer.take()
                && writer.join().is_err()
            {
                tracing::error!("the journal's writer panicked");
            }
        }
    }
}

fn line(record: &Record) -> String {
    serde_json::to_string(record).unwrap_or_else(|error| format!("{{\"unwritable\":\"{error}\"}}"))
}

fn write_lines(file: File, lines: &Receiver<String>) {
    let mut out = BufWriter::new(file);
    while let Ok(line) = lines.recv() {
        let mut result = writeln!(out, "{line}");
        // Everything that waits goes out in one piece.
        while let Ok(line) = lines.try_recv() {
            result = result.and_then(|()| writeln!(out, "{line}"));
        }
        if let Err(error) = result.and_then(|()| out.flush()) {
            tracing::warn!(%error, "the journal cannot be written; the conversation goes on without it");
            return;
        }
    }
}

/// Reads a journal.
///
/// # Errors
/// When a line is not a record of a known version; the message names the line.
pub fn read(text: &str) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let record: Record = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
        if let Record::Header(header) = &record
            && header.version > JOURNAL_VERSION
        {
            return Err(format!("line {}: version {} is newer than this program", index + 1, header.version));
        }
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(millis: u64) -> Record {
        let at = Timestamp::from_millis(millis);
        Record::In { now: at, event: Event::Heard { upto: at } }
    }

    #[test]
    fn a_journal_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut journal = Journal::file(&path).unwrap();
        assert_eq!(journal.path(), Some(path.as_path()));
        for millis in 0..100 {
            journal.record(|| heard(millis));
        }
        drop(journal);
        let records = read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(records, (0..100).map(heard).collect::<Vec<_>>());
    }

    #[cfg(unix)]
    #[test]
    fn a_journal_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        drop(Journal::file(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_journal_never_overwrites_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, "kept").unwrap();
        assert!(Journal::file(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
    }

    #[test]
    fn a_broken_line_is_named() {
        let text = format!("{}\nnonsense\n", line(&heard(1)));
        assert!(read(&text).unwrap_err().starts_with("line 2: "));
    }
}
