//! What both stores promise, and what only the file promises: durability, several processes, size.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod support;

use std::env;
use std::path::Path;
use std::time::{Duration, Instant};

use baton_ports::{Store, WallTime};
use baton_storage::{MemoryStore, SqliteStore};
use baton_testkit::store_conformance;
use futures_util::future::{join_all, try_join_all};

use support::{CHILD, assert_passed, child, conversation, item};

#[tokio::test]
async fn the_memory_keeps_the_promises_of_a_store() {
    store_conformance(&MemoryStore::default()).await;
}

#[tokio::test]
async fn the_file_keeps_the_promises_of_a_store() {
    let folder = tempfile::tempdir().unwrap();
    store_conformance(&SqliteStore::open(&folder.path().join("baton.db")).await.unwrap()).await;
}

#[tokio::test]
async fn what_was_written_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/baton.db");
    let written = vec![item(0, "hello"), item(1, "again")];
    let store = SqliteStore::open(&path).await.unwrap();
    store.create(conversation(1), WallTime(7)).await.unwrap();
    for item in written.clone() {
        store.write(conversation(1), item).await.unwrap();
    }
    // Neither a copy made while the first still has it open, as after a crash, nor a clean end loses anything.
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    let copied = SqliteStore::open(&copy).await.unwrap();
    assert_eq!(copied.read(conversation(1)).await.unwrap(), Some(written.clone()));
    store.close().await;
    assert!(!path.with_extension("db-wal").exists(), "the log is folded in");
    let again = SqliteStore::open(&path).await.unwrap();
    assert_eq!(again.read(conversation(1)).await.unwrap(), Some(written));
    assert_eq!(again.name(), path.display().to_string());
}

#[tokio::test]
async fn a_closed_store_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("baton.db")).await.unwrap();
    store.close().await;
    store.close().await;
    assert!(store.create(conversation(1), WallTime(0)).await.unwrap_err().to_string().ends_with("is closed"));
    assert!(store.read(conversation(1)).await.unwrap_err().to_string().ends_with("is closed"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_the_folders_made_for_it_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/baton.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.create(conversation(1), WallTime(0)).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for file in ["baton.db", "baton.db-wal", "baton.db-shm"] {
        assert_eq!(mode(&path.with_file_name(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn what_is_deleted_is_not_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let secret = "the password is swordfish";
    let is_on_disk = || {
        ["baton.db", "baton.db-wal"].iter().any(|file| {
            let bytes = std::fs::read(folder.path().join(file)).unwrap();
            bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
        })
    };
    store.create(conversation(1), WallTime(0)).await.unwrap();
    store.write(conversation(1), item(0, secret)).await.unwrap();
    assert!(is_on_disk());
    assert!(store.delete(conversation(1)).await.unwrap());
    assert!(!is_on_disk());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_write_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    // Both find no file.
    let (one, two) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
    let stores = [one.unwrap(), two.unwrap()];
    stores[0].create(conversation(1), WallTime(0)).await.unwrap();
    let writes = |store: usize| {
        let store = &stores[store];
        join_all((0..50).map(move |index| store.write(conversation(1), item(index, "both"))))
    };
    let (first, second) = tokio::join!(writes(0), writes(1));
    assert!(first.iter().chain(&second).all(Result::is_ok));
    let expected: Vec<_> = (0..50).map(|index| item(index, "both")).collect();
    for store in &stores {
        assert_eq!(store.read(conversation(1)).await.unwrap().as_ref(), Some(&expected));
    }
    let (deleted, pruned) = tokio::join!(stores[0].delete(conversation(1)), stores[1].prune(WallTime(i64::MAX)));
    assert!(deleted.unwrap() != (pruned.unwrap() == [conversation(1)]), "exactly one of them deletes it");
}

/// In the parent: three processes write to one file that none of them finds there. In a child: one that writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_store_lose_nothing() {
    const NAME: &str = "two_processes_on_one_store_lose_nothing";
    if let Some(file) = env::var_os(CHILD) {
        let store = SqliteStore::open(Path::new(&file)).await.unwrap();
        let own = conversation(std::process::id());
        for id in [own, conversation(0)] {
            store.create(id, WallTime(0)).await.unwrap();
            for index in 0..20 {
                store.write(id, item(index, "from a process")).await.unwrap();
            }
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    let program = env::current_exe().unwrap();
    let children: Vec<_> = (0..3)
        .map(|_| {
            let mut command = child(&program, NAME, &path);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        assert_passed(&child.wait_with_output().unwrap());
    }
    let store = SqliteStore::open(&path).await.unwrap();
    let list = store.list(10).await.unwrap();
    assert_eq!(list.iter().map(|summary| summary.items).collect::<Vec<_>>(), [20; 4]);
}

#[tokio::test]
async fn a_write_whose_caller_has_gone_is_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("baton.db")).await.unwrap();
    store.create(conversation(1), WallTime(0)).await.unwrap();
    for index in 0..20 {
        let write = store.write(conversation(1), item(index, "gone"));
        let _ = tokio::time::timeout(Duration::from_micros(index * 100), write).await;
    }
    store.write(conversation(1), item(20, "gone")).await.unwrap();
    let items = store.read(conversation(1)).await.unwrap().unwrap();
    for found in &items {
        assert_eq!(found, &item(found.index, "gone"));
    }
}

/// The limits are far above what is measured (printed), so that they find a wrong order of growth and not a busy machine.
#[tokio::test]
async fn a_conversation_of_10_000_items_is_written_read_and_listed_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("baton.db")).await.unwrap();
    let id = conversation(1);
    store.create(id, WallTime(0)).await.unwrap();
    let text = "some words that were said ".repeat(8);
    let start = Instant::now();
    for chunk in 0..10 {
        let indexes = chunk * 1_000..(chunk + 1) * 1_000;
        try_join_all(indexes.map(|index| store.write(id, item(index, &text)))).await.unwrap();
    }
    let written = start.elapsed();
    let start = Instant::now();
    assert_eq!(store.read(id).await.unwrap().unwrap().len(), 10_000);
    let read = start.elapsed();
    let start = Instant::now();
    assert_eq!(store.list(10).await.unwrap()[0].items, 10_000);
    let listed = start.elapsed();
    let start = Instant::now();
    store.write(id, item(10_000, "one more")).await.unwrap();
    let one = start.elapsed();
    println!("10,000 items: written in {written:?}, read in {read:?}, listed in {listed:?}, one more in {one:?}");
    assert!(written < Duration::from_secs(30) && read < Duration::from_secs(5) && listed < Duration::from_secs(2));
}
