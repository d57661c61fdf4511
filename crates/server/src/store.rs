//! The store of conversations: opened, searched, cleared of what is too old.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use baton_ports::{ConversationSummary, Store, WallTime};
use baton_storage::SqliteStore;
use baton_types::ConversationId;

use crate::fault::StartError;

/// How many of the newest conversations are looked through for the beginning of an id.
const SEARCHED_MAX: u32 = 10_000;

/// Opens the store in `file`, which is made where it is not there.
///
/// # Errors
/// When it cannot be made or read; the message says why and what to do.
pub async fn open(file: &Path) -> Result<Arc<dyn Store>, StartError> {
    match SqliteStore::open(file).await {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => {
            let mut message = error.to_string();
            for suggestion in &error.suggestions {
                message.push_str("; ");
                message.push_str(suggestion);
            }
            message.push_str("; --ephemeral goes on without keeping anything");
            Err(StartError::Store { path: file.to_path_buf(), message })
        }
    }
}

/// The conversation with this id, the one whose id begins or ends so, or the newest one (`last`).
///
/// # Errors
/// When there is none or more than one, or the store fails.
pub async fn find(store: &dyn Store, id: &str) -> Result<ConversationId, String> {
    if let Ok(id) = id.parse() {
        return Ok(id);
    }
    if id == "last" {
        let newest = store.list(1).await.map_err(|error| error.to_string())?;
        return newest.first().map(|one| one.id).ok_or_else(|| "no conversation is kept yet".to_owned());
    }
    let all = store.list(SEARCHED_MAX).await.map_err(|error| error.to_string())?;
    let wanted = id.trim().to_lowercase();
    let matches = |one: &&ConversationSummary| {
        let id = one.id.to_string();
        id.starts_with(&wanted) || id.ends_with(&wanted)
    };
    let matching: Vec<_> = all.iter().filter(matches).collect();
    match matching.as_slice() {
        [one] if !wanted.is_empty() => Ok(one.id),
        [] => Err(format!("no conversation's id begins or ends with `{id}`: `baton conversations list` shows them")),
        several => {
            Err(format!("{} conversations have an id that begins or ends with `{id}`: give more of it", several.len()))
        }
    }
}

/// Deletes conversations and journals that were last written to before `before` (milliseconds UTC).
///
/// # Errors
/// When the store fails. A journal that cannot be deleted is logged.
pub async fn prune(store: &dyn Store, journals: Option<&Path>, before: i64) -> Result<(), String> {
    let gone = store.prune(WallTime(before)).await.map_err(|error| error.to_string())?;
    if !gone.is_empty() {
        tracing::info!(conversations = gone.len(), "deleted as their retention has passed");
    }
    let limit = UNIX_EPOCH + Duration::from_millis(u64::try_from(before).unwrap_or(0));
    for entry in journals.into_iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten() {
        let path = entry.path();
        let is_journal = path.extension().is_some_and(|extension| extension == "jsonl");
        let changed = entry.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::now());
        if is_journal
            && changed < limit
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(path = %path.display(), %error, "a journal past its retention cannot be deleted");
        }
    }
    Ok(())
}

/// Deletes the journals of a conversation; answers how many.
#[must_use]
pub fn delete_journals(folder: &Path, conversation: ConversationId) -> usize {
    let wanted = conversation.to_string();
    let mut removed = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // The first line is the header, which names the conversation.
        let is_of_it = std::fs::File::open(&path).is_ok_and(|file| {
            let mut first = String::new();
            let read = std::io::BufRead::read_line(&mut std::io::BufReader::new(file), &mut first);
            read.is_ok() && first.contains(&wanted)
        });
        if is_of_it {
            match std::fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(error) => tracing::warn!(path = %path.display(), %error, "a journal cannot be deleted"),
            }
        }
    }
    removed
}
