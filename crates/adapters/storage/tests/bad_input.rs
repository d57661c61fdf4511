//! Files and folders that cannot be a store: each gives one error that names the file and what to do.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod support;

use std::fs;
use std::path::Path;

use baton_ports::{ProviderError, Store, WallTime};
use baton_storage::SqliteStore;
use baton_types::FaultCode;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqlSafeStr, SqliteConnection};

use support::{conversation, item};

async fn refusal(path: &Path) -> ProviderError {
    let error = SqliteStore::open(path).await.expect_err("this is no store");
    assert!(error.to_string().contains(&path.display().to_string()), "`{error}` names the file");
    assert!(!error.suggestions.is_empty(), "`{error}` says what to do");
    error
}

async fn filled(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    store.create(conversation(1), WallTime(0)).await.unwrap();
    for index in 0..200 {
        store.write(conversation(1), item(index, &"words ".repeat(50))).await.unwrap();
    }
    store.close().await;
}

async fn raw(path: &Path, sql: &'static str) {
    let mut connection: SqliteConnection =
        SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap();
    sqlx::raw_sql(sql.into_sql_str()).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_said_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    for garbage in ["hello, world\n".repeat(1_000), "x".to_owned()] {
        fs::write(&path, &garbage).unwrap();
        let error = refusal(&path).await;
        assert_eq!(error.kind, FaultCode::Damaged, "{error}");
        assert!(error.to_string().ends_with("the file is not a database"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), garbage);
    }
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    fs::write(&path, "").unwrap();
    filled(&path).await;
}

#[tokio::test]
async fn a_truncated_database_is_said_to_be_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() / 2, 4_096, 1_000, 50] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = refusal(&path).await;
        assert_eq!(error.kind, FaultCode::Damaged, "{length} bytes: {error}");
    }
}

#[tokio::test]
async fn a_database_damaged_in_the_middle_is_said_when_that_part_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    filled(&path).await;
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[length / 2..].fill(0xA5);
    fs::write(&path, &bytes).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let error = store.read(conversation(1)).await.unwrap_err();
    assert_eq!(error.kind, FaultCode::Damaged, "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[tokio::test]
async fn an_item_that_is_not_what_was_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    filled(&path).await;
    raw(&path, "UPDATE item SET body = '{' WHERE place = 5").await;
    let store = SqliteStore::open(&path).await.unwrap();
    let error = store.read(conversation(1)).await.unwrap_err();
    assert_eq!(error.kind, FaultCode::Damaged);
    let name = format!("item 5 of conversation {} is not readable", conversation(1));
    assert!(error.to_string().ends_with(&name), "{error}");
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    raw(&path, "CREATE TABLE songs (title TEXT)").await;
    let error = refusal(&path).await;
    assert_eq!(error.kind, FaultCode::Rejected);
    assert!(error.to_string().ends_with("is the database of another program"), "{error}");
    raw(&path, "INSERT INTO songs VALUES ('still here')").await;
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_said_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    filled(&path).await;
    raw(
        &path,
        "CREATE TABLE later (id TEXT);
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9, 'later', 1, x'00', 0)",
    )
    .await;
    let error = refusal(&path).await;
    assert_eq!(error.kind, FaultCode::Rejected);
    assert!(
        error.to_string().contains("newer version of Baton (its tables are version 9, this one knows 1)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_path_that_is_a_folder_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(folder.path()).await;
    assert_eq!(error.kind, FaultCode::Rejected);
    assert!(error.to_string().ends_with("is a folder, not a file"), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let error = refusal(&folder.path().join("file/baton.db")).await;
    assert_eq!(error.kind, FaultCode::Rejected);
    assert!(error.to_string().contains("cannot be made"), "{error}");
    assert!(refusal(Path::new("/proc/no/such/baton.db")).await.to_string().contains("cannot be made"));
}

/// Permissions mean nothing to root, so the part that meets them runs as nobody where the tests run as root.
#[cfg(unix)]
mod permissions {
    use std::env;
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;

    use super::*;
    use support::{CHILD, assert_passed, child};

    const NOBODY: u32 = 65_534;

    fn allow(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Whether this process is held by permissions: it is not root.
    fn is_held(folder: &Path) -> bool {
        let probe = folder.join("probe");
        fs::write(&probe, "").unwrap();
        allow(&probe, 0o000);
        let held = fs::File::open(&probe).is_err();
        fs::remove_file(&probe).unwrap();
        held
    }

    /// Runs `check` on a folder that holds `baton.db`, as a user whom permissions hold; the test is called `name`.
    async fn as_anyone(name: &str, check: impl AsyncFn(&Path)) {
        if let Some(folder) = env::var_os(CHILD) {
            return check(Path::new(&folder)).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        filled(&home.join("baton.db")).await;
        if is_held(folder.path()) {
            return check(&home).await;
        }
        let program = folder.path().join("tests");
        fs::copy(env::current_exe().unwrap(), &program).unwrap();
        allow(folder.path(), 0o755);
        allow(&program, 0o755);
        for path in [home.clone(), home.join("baton.db")] {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let name = format!("permissions::{name}");
        let output = child(&program, &name, &home).uid(NOBODY).gid(NOBODY).current_dir("/").output().unwrap();
        assert_passed(&output);
        allow(&home, 0o700);
    }

    #[tokio::test]
    async fn an_unreadable_file_is_said() {
        as_anyone("an_unreadable_file_is_said", async |home: &Path| {
            let path = home.join("baton.db");
            allow(&path, 0o000);
            let error = refusal(&path).await;
            assert_eq!(error.kind, FaultCode::Rejected);
            assert!(error.to_string().ends_with("no permission to read and write it or its folder"), "{error}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_read_only_file_is_said() {
        as_anyone("a_read_only_file_is_said", async |home: &Path| {
            let path = home.join("baton.db");
            allow(&path, 0o400);
            let error = refusal(&path).await;
            assert_eq!(error.kind, FaultCode::Rejected);
            assert!(error.to_string().ends_with("it is read-only"), "{error}");
        })
        .await;
    }

    #[tokio::test]
    async fn a_read_only_folder_is_said() {
        as_anyone("a_read_only_folder_is_said", async |home: &Path| {
            allow(home, 0o500);
            let error = refusal(&home.join("new.db")).await;
            assert_eq!(error.kind, FaultCode::Rejected);
            assert!(error.to_string().contains("cannot be made: Permission denied"), "{error}");
            let error = refusal(&home.join("baton.db")).await;
            assert_eq!(error.kind, FaultCode::Rejected, "{error}");
            allow(home, 0o700);
        })
        .await;
    }
}
