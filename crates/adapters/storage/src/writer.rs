//! The one connection that writes.
//!
//! Changes arrive in a queue and are committed in groups: all that wait when the connection is free go into one transaction, so that a commit to the
//! disk, which costs milliseconds, is shared. Each is answered after the commit. When a group fails, its changes are made one by one, so that only the
//! one that cannot be made is refused. The writer ends when the last sender is gone; what is queued is written first.

use std::path::PathBuf;

use baton_ports::{ProviderError, StoredItem, WallTime};
use baton_types::ConversationId;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::error;

/// The most changes in one transaction: beyond a few hundred the disk's share of the cost is gone.
const GROUP_LEN_MAX: usize = 256;

/// The most changes that wait; further callers wait to be let in.
const QUEUE_LEN_MAX: usize = 1_024;

/// One change.
pub(crate) enum Change {
    Create { id: ConversationId, now: WallTime },
    Write { id: ConversationId, item: StoredItem },
    Delete { id: ConversationId },
    Prune { before: WallTime },
}

/// What a change did: the conversations that are gone, for those that delete.
pub(crate) type Gone = Vec<ConversationId>;

/// A change and where its answer goes.
pub(crate) struct Order {
    pub(crate) change: Change,
    pub(crate) answer: oneshot::Sender<Result<Gone, ProviderError>>,
}

/// Starts the writer on the current runtime. The handle ends after the last sender has gone.
pub(crate) fn start(connection: SqliteConnection, path: PathBuf) -> (mpsc::Sender<Order>, tokio::task::JoinHandle<()>) {
    let (sender, orders) = mpsc::channel(QUEUE_LEN_MAX);
    (sender, tokio::spawn(Writer { connection, path }.run(orders)))
}

struct Writer {
    connection: SqliteConnection,
    path: PathBuf,
}

impl Writer {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut group = Vec::new();
        while orders.recv_many(&mut group, GROUP_LEN_MAX).await > 0 {
            let (changes, answers): (Vec<_>, Vec<_>) =
                group.drain(..).map(|order| (order.change, order.answer)).unzip();
            let results = self.group(&changes).await;
            if results.iter().flatten().any(|gone| !gone.is_empty()) {
                self.forget().await;
            }
            for (answer, result) in answers.into_iter().zip(results) {
                // A caller that has gone does not need its answer.
                let _ = answer.send(result);
            }
        }
        if let Err(error) = self.connection.close().await {
            tracing::warn!(path = %self.path.display(), %error, "the store was not closed cleanly; nothing is lost");
        }
    }

    /// Makes the changes, together where that is possible.
    async fn group(&mut self, changes: &[Change]) -> Vec<Result<Gone, ProviderError>> {
        if changes.len() > 1
            && let Ok(results) = self.commit(changes).await
        {
            return results;
        }
        let mut results = Vec::with_capacity(changes.len());
        for change in changes {
            let result = self.commit(std::slice::from_ref(change)).await;
            results.push(match result {
                Ok(mut one) => one.pop().unwrap_or_else(|| Ok(Gone::new())),
                Err(cause) => Err(error::of_sqlite(&self.path, "written", cause)),
            });
        }
        results
    }

    /// Makes the changes in one transaction. The inner results are refusals that leave the transaction whole.
    ///
    /// The statements are our own: on a full disk SQLite ends a transaction by itself, which the library's count of open
    /// transactions does not survive. Nothing cancels this future but the end of the runtime, which ends the connection.
    async fn commit(&mut self, changes: &[Change]) -> Result<Vec<Result<Gone, ProviderError>>, sqlx::Error> {
        self.connection.execute("BEGIN IMMEDIATE").await?;
        let mut done = self.make(changes).await;
        if done.is_ok()
            && let Err(cause) = self.connection.execute("COMMIT").await
        {
            done = Err(cause);
        }
        if done.is_err() {
            // It fails where SQLite has rolled back already.
            let _ = self.connection.execute("ROLLBACK").await;
        }
        done
    }

    async fn make(&mut self, changes: &[Change]) -> Result<Vec<Result<Gone, ProviderError>>, sqlx::Error> {
        let connection = &mut self.connection;
        let mut results = Vec::with_capacity(changes.len());
        for change in changes {
            results.push(match change {
                Change::Create { id, now } => create(connection, *id, *now).await?,
                Change::Write { id, item } => {
                    if touch(connection, *id, item.written).await? {
                        write(connection, *id, item).await?
                    } else {
                        Err(error::no_conversation(&self.path.display().to_string(), *id))
                    }
                }
                Change::Delete { id } => delete(connection, *id).await?,
                Change::Prune { before } => prune(connection, *before).await?,
            });
        }
        Ok(results)
    }

    /// Takes what was deleted out of the write-ahead log too. A reader may hold it back; the next checkpoint gets it.
    async fn forget(&mut self) {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.connection).await {
            tracing::debug!(path = %self.path.display(), %error, "the log was not cut after a deletion");
        }
    }
}

type Outcome = Result<Result<Gone, ProviderError>, sqlx::Error>;

async fn create(connection: &mut SqliteConnection, id: ConversationId, now: WallTime) -> Outcome {
    sqlx::query("INSERT INTO conversation (id, created_ms, updated_ms) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING")
        .bind(id.to_string())
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(Ok(Gone::new()))
}

/// Notes that the conversation was written to; whether there is such a conversation.
async fn touch(connection: &mut SqliteConnection, id: ConversationId, at: WallTime) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("UPDATE conversation SET updated_ms = max(updated_ms, $2) WHERE id = $1")
        .bind(id.to_string())
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

async fn write(connection: &mut SqliteConnection, id: ConversationId, item: &StoredItem) -> Outcome {
    let Ok(place) = i64::try_from(item.index) else {
        return Ok(Err(error::too_large("the index", item.index)));
    };
    sqlx::query(
        "INSERT INTO item (conversation, place, written_ms, kind, text, body) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (conversation, place) DO UPDATE
         SET written_ms = excluded.written_ms, kind = excluded.kind, text = excluded.text, body = excluded.body",
    )
    .bind(id.to_string())
    .bind(place)
    .bind(item.written.0)
    .bind(&item.kind)
    .bind(&item.text)
    .bind(item.body.to_string())
    .execute(connection)
    .await?;
    Ok(Ok(Gone::new()))
}

async fn delete(connection: &mut SqliteConnection, id: ConversationId) -> Outcome {
    let done = sqlx::query("DELETE FROM conversation WHERE id = $1").bind(id.to_string()).execute(connection).await?;
    Ok(Ok(if done.rows_affected() > 0 { vec![id] } else { Gone::new() }))
}

async fn prune(connection: &mut SqliteConnection, before: WallTime) -> Outcome {
    let gone: Vec<String> = sqlx::query_scalar("DELETE FROM conversation WHERE updated_ms < $1 RETURNING id")
        .bind(before.0)
        .fetch_all(connection)
        .await?;
    let mut gone: Gone = gone.iter().filter_map(|id| id.parse().ok()).collect();
    gone.sort_unstable();
    Ok(Ok(gone))
}
