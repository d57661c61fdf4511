//! What goes wrong with a store, said so that the person can mend it. Every message names the file.

use std::io;
use std::path::Path;

use baton_ports::ProviderError;
use baton_types::{ConversationId, FaultCode};

/// The writer's queue is closed: the store was closed, or its runtime has ended.
pub(crate) fn closed(path: &Path) -> ProviderError {
    ProviderError::new(FaultCode::Internal, format!("the store at {} is closed", path.display()))
}

/// An item for a conversation that was never created, or was deleted.
pub(crate) fn no_conversation(store: &str, id: ConversationId) -> ProviderError {
    ProviderError::new(FaultCode::Missing, format!("there is no conversation {id} in the store at {store}"))
}

/// A number that SQLite cannot hold.
pub(crate) fn too_large(what: &str, value: u64) -> ProviderError {
    ProviderError::new(FaultCode::LimitReached, format!("{what} {value} is larger than a store can hold"))
}

/// A row that is not what was written.
pub(crate) fn damaged_row(path: &Path, id: &str, place: i64, cause: serde_json::Error) -> ProviderError {
    damaged(path, &format!("item {place} of conversation {id} is not readable")).caused_by(cause)
}

/// A file written by a newer version.
pub(crate) fn newer(path: &Path, version: i64, newest: i64) -> ProviderError {
    let message = format!(
        "the store at {} was written by a newer version of Baton (its tables are version {version}, this one knows {newest})",
        path.display()
    );
    ProviderError::new(FaultCode::Rejected, message).suggest("update Baton, or set another store")
}

/// A file whose record of migrations is not ours.
pub(crate) fn altered(path: &Path, cause: &sqlx::migrate::MigrateError) -> ProviderError {
    damaged(path, &cause.to_string())
}

/// Another program's database.
pub(crate) fn foreign(path: &Path) -> ProviderError {
    let message = format!("{} is the database of another program", path.display());
    ProviderError::new(FaultCode::Rejected, message).suggest("set another path for the store")
}

/// Something else is in the file.
pub(crate) fn no_database(path: &Path) -> ProviderError {
    damaged(path, "the file is not a database")
}

/// The path is a folder.
pub(crate) fn folder(path: &Path) -> ProviderError {
    let message = format!("the store's path {} is a folder, not a file", path.display());
    ProviderError::new(FaultCode::Rejected, message)
        .suggest(format!("set a file for the store, such as {}", path.join("baton.db").display()))
}

/// The file or its folder could not be made.
pub(crate) fn not_made(path: &Path, cause: io::Error) -> ProviderError {
    let message = format!("the store at {} cannot be made: {cause}", path.display());
    let kind = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FaultCode::LimitReached,
        _ => FaultCode::Rejected,
    };
    ProviderError::new(kind, message)
        .suggest("make the folder and give yourself permission to write in it, or set another path for the store")
        .caused_by(cause)
}

/// What SQLite says while the store is `doing` (`opened`, `read`, `written`).
pub(crate) fn of_sqlite(path: &Path, doing: &str, cause: sqlx::Error) -> ProviderError {
    // Result codes: https://www.sqlite.org/rescode.html; the low byte is the primary code.
    let primary = match &cause {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff),
        _ => None,
    };
    let at = path.display();
    match primary {
        Some(5 | 6) => ProviderError::new(
            FaultCode::TimedOut,
            format!("the store at {at} could not be {doing}: another process has kept it locked for too long"),
        )
        .suggest("end the other process that uses it"),
        Some(8) => {
            ProviderError::new(FaultCode::Rejected, format!("the store at {at} could not be {doing}: it is read-only"))
                .suggest("give yourself permission to write the file and its folder, or set another path for the store")
        }
        Some(3 | 14 | 23) => ProviderError::new(
            FaultCode::Rejected,
            format!("the store at {at} could not be {doing}: no permission to read and write it or its folder"),
        )
        .suggest(
            "give yourself permission to read and write the file and its folder, or set another path for the store",
        ),
        Some(10) => ProviderError::new(
            FaultCode::Unreachable,
            format!("the store at {at} could not be {doing}: its disk failed ({cause})"),
        )
        .suggest("check the disk, or set another path for the store"),
        Some(11) => damaged(path, "the database is damaged"),
        Some(13) => ProviderError::new(
            FaultCode::LimitReached,
            format!("the store at {at} could not be {doing}: its disk is full"),
        )
        .suggest("free space on that disk; what was stored before is safe"),
        Some(26) => no_database(path),
        _ => ProviderError::new(FaultCode::Internal, format!("the store at {at} could not be {doing}: {cause}")),
    }
    .caused_by(cause)
}

fn damaged(path: &Path, what: &str) -> ProviderError {
    let at = path.display();
    ProviderError::new(FaultCode::Damaged, format!("the store at {at} cannot be used: {what}"))
        .suggest(format!("put a backup in its place, or move {at} away to begin with an empty store"))
}
