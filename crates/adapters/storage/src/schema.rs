//! The tables and how an older file comes to have them.
//!
//! A migration is never changed once it has been published: files remember the checksum of what they ran. The next one is a new file with the next
//! number. A file that ran a migration unknown here was written by a newer version and is left alone.

use std::path::Path;

use baton_ports::ProviderError;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqlSafeStr, SqliteConnection};
use std::time::Duration;

use crate::error;

/// Marks a file as ours (`BATN`), so that another program's database is not written into.
const APPLICATION_ID: i32 = 0x4241_544E;

/// How long a statement waits for another process that is writing.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// How every connection is set up.
pub(crate) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_WAIT)
        .foreign_keys(true)
        // What a person deletes is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
}

/// Brings the file to the newest tables. All of it is one transaction that takes the write lock first, so two processes
/// that open a new file at once do it one after the other.
pub(crate) async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), ProviderError> {
    let failed = |cause| error::of_sqlite(path, "opened", cause);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    claim(&mut transaction, path).await?;
    let migrator = migrator();
    let newest = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    match migrator.run_direct(None, &mut *transaction, false).await {
        Ok(()) => {
            // A read-only file lets a transaction begin; only a statement that writes finds out.
            sqlx::query("DELETE FROM conversation WHERE FALSE").execute(&mut *transaction).await.map_err(failed)?;
            transaction.commit().await.map_err(failed)
        }
        Err(MigrateError::VersionMissing(version)) if version > newest => Err(error::newer(path, version, newest)),
        Err(MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) => Err(failed(cause)),
        Err(cause) => Err(error::altered(path, &cause)),
    }
}

/// Marks an empty file as ours; refuses one that holds another program's tables.
async fn claim(connection: &mut SqliteConnection, path: &Path) -> Result<(), ProviderError> {
    let failed = |cause| error::of_sqlite(path, "opened", cause);
    let id: i32 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(failed)?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await.map_err(failed)?;
    if id != 0 || tables > 0 {
        return Err(error::foreign(path));
    }
    // A pragma takes no bound value; the number is a constant of ours.
    let mark = sqlx::AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
    sqlx::query(mark).execute(connection).await.map_err(failed)?;
    Ok(())
}

fn migrator() -> Migrator {
    let first = include_str!("../migrations/0001_conversations.sql").into_sql_str();
    Migrator::with_migrations(vec![Migration::new(1, "conversations".into(), MigrationType::Simple, first, false)])
}
