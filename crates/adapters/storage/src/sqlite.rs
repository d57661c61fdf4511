//! Conversations in one SQLite file.

use std::path::{Path, PathBuf};
use std::sync::Mutex as StdMutex;
use std::{fs, io};

use async_trait::async_trait;
use baton_ports::{ConversationSummary, ProviderError, Store, StoredItem, WallTime};
use baton_types::ConversationId;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Row, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::title::{TITLE_SOURCE_CHARS, title};
use crate::writer::{Change, Gone, Order};
use crate::{error, schema, writer};

/// How many connections read side by side.
const READERS_MAX: u32 = 3;

/// The shortest page of a database (<https://www.sqlite.org/fileformat.html>, section 1.3.2).
const HEADER_BYTES: u64 = 512;

/// Stores of one process are opened one after the other: a file is made before SQLite opens it, and closing that handle
/// while another store of the process holds locks on the same file would drop them
/// (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
static OPENING: Mutex<()> = Mutex::const_new(());

/// Keeps conversations in one SQLite file with a write-ahead log beside it (`-wal`, `-shm`).
///
/// What a call has returned from is on the disk. Several processes may use one file; a write waits up to 5 s for
/// another process. A call whose future is dropped may still take effect, and then whole.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    readers: SqlitePool,
    /// Gone once the store is closed.
    orders: StdMutex<Option<mpsc::Sender<Order>>>,
    /// Ends by itself when `orders` is gone.
    writer: StdMutex<Option<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the store in the file `path`, which is made where it is not there: the file for its owner alone (0600), and
    /// the folders above it too (0700). Older tables are brought up to date.
    ///
    /// # Errors
    /// `Rejected` where the path is a folder, cannot be made, read or written, belongs to another program or was written
    /// by a newer version; `Damaged` where it is not a database or is damaged; `TimedOut` where another process keeps it
    /// locked; `LimitReached` on a full disk. Each message names the file.
    pub async fn open(path: &Path) -> Result<Self, ProviderError> {
        Self::open_with(path, schema::options(path)).await
    }

    async fn open_with(path: &Path, options: SqliteConnectOptions) -> Result<Self, ProviderError> {
        let guard = OPENING.lock().await;
        let home = path.to_path_buf();
        tokio::task::spawn_blocking(move || make(&home))
            .await
            .map_err(|cause| error::not_made(path, io::Error::other(cause)))??;
        let mut connection = connect(path, &options).await?;
        schema::migrate(&mut connection, path).await?;
        drop(guard);
        let (orders, writer) = writer::start(connection, path.to_path_buf());
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(schema::BUSY_WAIT * 2)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self {
            path: path.to_path_buf(),
            readers,
            orders: StdMutex::new(Some(orders)),
            writer: StdMutex::new(Some(writer)),
        })
    }

    /// Writes what is queued, folds the write-ahead log into the file and lets go of it. Calls after this fail. A store
    /// that is dropped without it loses nothing; the next one that opens the file folds the log in.
    pub async fn close(&self) {
        drop(self.orders.lock().ok().and_then(|mut orders| orders.take()));
        self.readers.close().await;
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(writer) = writer
            && let Err(error) = writer.await
        {
            tracing::warn!(path = %self.path.display(), %error, "the store's writer did not end well");
        }
    }

    /// Has the writer make a change; returns when it is on the disk.
    async fn change(&self, change: Change) -> Result<Gone, ProviderError> {
        let orders = self.orders.lock().ok().and_then(|orders| orders.clone());
        let (answer, answered) = oneshot::channel();
        let orders = orders.ok_or_else(|| error::closed(&self.path))?;
        orders.send(Order { change, answer }).await.map_err(|_| error::closed(&self.path))?;
        answered.await.map_err(|_| error::closed(&self.path))?
    }

    fn not_read(&self, cause: sqlx::Error) -> ProviderError {
        match cause {
            sqlx::Error::PoolClosed => error::closed(&self.path),
            cause => error::of_sqlite(&self.path, "read", cause),
        }
    }
}

/// Makes the folders and the empty file where they are not there.
fn make(path: &Path) -> Result<(), ProviderError> {
    if path.is_dir() {
        return Err(error::folder(path));
    }
    // SQLite takes a file that is shorter than its header for an empty one and would write over it.
    if fs::metadata(path).is_ok_and(|file| (1..HEADER_BYTES).contains(&file.len())) {
        return Err(error::no_database(path));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut folder = fs::DirBuilder::new();
    let mut file = fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = parent {
        folder.recursive(true).create(parent).map_err(|cause| error::not_made(path, cause))?;
    }
    match file.write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(cause) => Err(error::not_made(path, cause)),
    }
}

/// Connects, again and again for as long as SQLite waits for a lock: the change to write-ahead logging needs the file
/// for itself and does not wait.
async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<SqliteConnection, ProviderError> {
    let until = Instant::now() + schema::BUSY_WAIT;
    loop {
        let failed = match options.connect().await {
            Ok(connection) => return Ok(connection),
            Err(cause) => error::of_sqlite(path, "opened", cause),
        };
        if failed.kind != baton_types::FaultCode::TimedOut || Instant::now() >= until {
            return Err(failed);
        }
        sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    async fn create(&self, id: ConversationId, now: WallTime) -> Result<(), ProviderError> {
        self.change(Change::Create { id, now }).await.map(drop)
    }

    async fn write(&self, id: ConversationId, item: StoredItem) -> Result<(), ProviderError> {
        self.change(Change::Write { id, item }).await.map(drop)
    }

    async fn read(&self, id: ConversationId) -> Result<Option<Vec<StoredItem>>, ProviderError> {
        let id = id.to_string();
        // One statement is one snapshot: a conversation without items still has one row, with a null place.
        let rows = sqlx::query(
            "SELECT item.place, item.written_ms, item.kind, item.text, item.body
             FROM conversation LEFT JOIN item ON item.conversation = conversation.id
             WHERE conversation.id = $1 ORDER BY item.place",
        )
        .bind(&id)
        .fetch_all(&self.readers)
        .await
        .map_err(|cause| self.not_read(cause))?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let place: Option<i64> = row.try_get(0).map_err(|cause| self.not_read(cause))?;
            let Some(place) = place else { continue };
            let body: &str = row.try_get(4).map_err(|cause| self.not_read(cause))?;
            items.push(StoredItem {
                index: place.unsigned_abs(),
                written: WallTime(row.try_get(1).map_err(|cause| self.not_read(cause))?),
                kind: row.try_get(2).map_err(|cause| self.not_read(cause))?,
                text: row.try_get(3).map_err(|cause| self.not_read(cause))?,
                body: serde_json::from_str(body).map_err(|cause| error::damaged_row(&self.path, &id, place, cause))?,
            });
        }
        Ok(Some(items))
    }

    async fn list(&self, limit: u32) -> Result<Vec<ConversationSummary>, ProviderError> {
        let rows = sqlx::query(
            "SELECT id, created_ms, updated_ms,
                    (SELECT count(*) FROM item WHERE conversation = conversation.id),
                    (SELECT substr(trim(text, char(9, 10, 13, 32)), 1, $2) FROM item
                     WHERE conversation = conversation.id AND kind = 'user'
                       AND trim(text, char(9, 10, 13, 32)) <> '' ORDER BY place LIMIT 1)
             FROM conversation ORDER BY updated_ms DESC, id DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .bind(TITLE_SOURCE_CHARS)
        .fetch_all(&self.readers)
        .await
        .map_err(|cause| self.not_read(cause))?;
        rows.iter().map(|row| summary(row).map_err(|cause| self.not_read(cause))).collect()
    }

    async fn delete(&self, id: ConversationId) -> Result<bool, ProviderError> {
        self.change(Change::Delete { id }).await.map(|gone| !gone.is_empty())
    }

    async fn prune(&self, before: WallTime) -> Result<Vec<ConversationId>, ProviderError> {
        self.change(Change::Prune { before }).await
    }
}

fn summary(row: &sqlx::sqlite::SqliteRow) -> Result<ConversationSummary, sqlx::Error> {
    let id: &str = row.try_get(0)?;
    let items: i64 = row.try_get(3)?;
    let said: Option<&str> = row.try_get(4)?;
    Ok(ConversationSummary {
        id: id.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)))?,
        created: WallTime(row.try_get(1)?),
        updated: WallTime(row.try_get(2)?),
        items: items.unsigned_abs(),
        title: said.map(title).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_types::FaultCode;
    use serde_json::json;

    #[tokio::test]
    async fn a_full_disk_is_said_and_loses_nothing_that_was_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baton.db");
        let options = schema::options(&path).pragma("max_page_count", "24");
        let store = SqliteStore::open_with(&path, options).await.unwrap();
        let id = "0190b6b2-0000-7000-8000-000000000001".parse().unwrap();
        store.create(id, WallTime(1)).await.unwrap();
        let item = |index| StoredItem {
            index,
            written: WallTime(2),
            kind: "user".to_owned(),
            text: "x".repeat(3_000),
            body: json!({}),
        };
        let mut stored = 0;
        let error = loop {
            match store.write(id, item(stored)).await {
                Ok(()) => stored += 1,
                Err(error) => break error,
            }
            assert!(stored < 1_000, "the limit of pages is never reached");
        };
        assert_eq!(error.kind, FaultCode::LimitReached);
        let path = path.display();
        assert_eq!(error.to_string(), format!("the store at {path} could not be written: its disk is full"));
        assert!(stored > 0);
        assert_eq!(store.read(id).await.unwrap().unwrap().len() as u64, stored);
        // A group in which one change does not fit refuses that one alone.
        let other = StoredItem { text: "y".repeat(3_000), ..item(0) };
        let (fits, too_large) = tokio::join!(store.write(id, other.clone()), store.write(id, item(stored)));
        fits.unwrap();
        assert_eq!(too_large.unwrap_err().kind, FaultCode::LimitReached);
        assert_eq!(store.read(id).await.unwrap().unwrap()[0], other);
        // What is deleted makes room again.
        assert!(store.delete(id).await.unwrap());
        store.create(id, WallTime(3)).await.unwrap();
        store.write(id, item(0)).await.unwrap();
    }
}
