//! Looking at a store: list, path, verify, import, remove.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use baton_model_store::{
    Catalogue, Check, Damage, Error, FileState, Options, Phase, Progress, Sha256Sum, Source, State, Store,
};
use support::{Recorder, content, file, model, options, package, part, silent, store_of, tree, wheel};

/// Puts a model where it belongs by hand.
fn place(dir: &Path, name: &str, body: &[u8]) {
    std::fs::create_dir_all(dir.join("ear")).unwrap();
    std::fs::write(dir.join("ear").join(name), body).unwrap();
}

fn set_time(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    std::fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn list_says_present_absent_partial_and_damaged_with_sizes() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let catalogue = Catalogue::new(
        ["here", "away", "half", "cut"]
            .map(|name| model(name, vec![file("a", &body, Vec::new()), file("b", &body, Vec::new())]))
            .into(),
    );
    let store = Store::new(dir.path(), catalogue, options());
    for (name, bytes) in [("here/a", 1_000), ("here/b", 1_000), ("half/a", 1_000), ("cut/a", 999), ("cut/b", 1_000)] {
        std::fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        std::fs::write(dir.path().join(name), &body[..bytes]).unwrap();
    }
    let listed: Vec<(String, String, u64)> = store
        .list()
        .iter()
        .map(|listing| (listing.model.name.clone(), listing.state.to_string(), listing.bytes_on_disk()))
        .collect();
    let expected =
        [("here", "present", 2_000), ("away", "absent", 0), ("half", "partial", 1_000), ("cut", "damaged", 1_999)];
    assert_eq!(listed, expected.map(|(name, state, bytes)| (name.to_owned(), state.to_owned(), bytes)));
    assert_eq!(store.list()[0].model.bytes(), 2_000);
}

#[test]
fn the_path_of_a_model_is_given_only_when_every_file_is_verified() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let store = store_of(dir.path(), &body, Vec::new());
    assert_eq!(store.path("ear"), None);
    assert_eq!(store.path("nose"), None);
    place(dir.path(), "model.bin", &body[1..]);
    assert_eq!(store.path("ear"), None);
    place(dir.path(), "model.bin", &content(1_000, 2));
    assert_eq!(store.path("ear"), None);
    place(dir.path(), "model.bin", &body);
    assert_eq!(store.path("ear"), Some(dir.path().join("ear")));
}

#[test]
fn a_quick_check_hashes_again_what_has_changed_since_and_only_that() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let (store, path) = (store_of(dir.path(), &body, Vec::new()), dir.path().join("ear/model.bin"));
    place(dir.path(), "model.bin", &body);
    set_time(&path, 1_000);
    assert!(store.path("ear").is_some());

    // Other content with the old time is believed by the quick check, which shows that it does not hash; the full one finds it.
    std::fs::write(&path, content(1_000, 2)).unwrap();
    set_time(&path, 1_000);
    assert!(store.path("ear").is_some());
    assert_eq!(store.inspect("ear", Check::Full).unwrap().state, State::Damaged);
    assert_eq!(store.path("ear"), None, "what a full check found is remembered");

    std::fs::write(&path, &body).unwrap();
    set_time(&path, 1_000);
    assert!(store.path("ear").is_some());
    std::fs::write(&path, content(1_000, 2)).unwrap();
    set_time(&path, 2_000);
    assert_eq!(store.path("ear"), None);
}

#[tokio::test]
async fn verify_hashes_everything_with_progress_and_names_what_is_wrong() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(600_000, 1));
    let store = store_of(dir.path(), &body, Vec::new());
    place(dir.path(), "model.bin", &body);
    let recorder = Arc::new(Recorder::default());
    let progress: Arc<dyn Progress> = recorder.clone();
    assert_eq!(store.verify("ear", &progress).await.unwrap().state, State::Present);
    assert_eq!(
        recorder.updates().last().map(|update| (update.phase.clone(), update.bytes, update.total)),
        Some((Phase::Verifying, 600_000, 600_000))
    );

    let other = content(600_000, 2);
    place(dir.path(), "model.bin", &other);
    let listing = store.verify("ear", &silent()).await.unwrap();
    let damage = Damage::WrongHash { found: Sha256Sum::of(&other), expected: Sha256Sum::of(&body) };
    assert_eq!(listing.files[0].state, FileState::Damaged(damage));
    assert_eq!(listing.files[0].path, dir.path().join("ear/model.bin"));
}

#[tokio::test]
async fn an_unknown_model_is_an_error_that_names_the_known_ones() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path(), Catalogue::builtin(), options());
    let text = store.pull("whisper-huge", &silent()).await.unwrap_err().to_string();
    assert!(
        text.contains("whisper-huge") && text.contains("whisper-tiny.en") && text.contains("piper-en-us-joe"),
        "{text}"
    );
}

#[tokio::test]
async fn offline_uses_what_is_there_and_says_what_is_missing_otherwise() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let options = Options { offline: true, ..options() };
    let catalogue =
        Catalogue::new(vec![model("ear", vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])])]);
    let store = Store::new(dir.path().join("models"), catalogue, options);
    let error = store.pull("ear", &silent()).await.unwrap_err();
    assert!(matches!(&error, Error::Offline { files, .. } if *files == ["model.bin"]), "{error}");
    assert!(error.to_string().contains("baton models import"), "{error}");
    assert!(matches!(store.require("ear"), Err(Error::Offline { .. })));
    assert!(!dir.path().join("models").exists(), "looking makes nothing");

    place(&dir.path().join("models"), "model.bin", &body);
    assert!(store.pull("ear", &silent()).await.is_ok());
}

#[tokio::test]
async fn import_recognizes_a_file_by_its_hash_whatever_its_name() {
    let (dir, from, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000, 1));
    let store = store_of(dir.path(), &body, Vec::new());
    let given = from.path().join("download (1)");
    std::fs::write(&given, &body).unwrap();
    let imported = store.import(&given, &silent()).await.unwrap();
    assert_eq!((imported.files[0].model.as_str(), imported.files[0].file.as_str()), ("ear", "model.bin"));
    assert_eq!(imported.models[0].state, State::Present);
    assert_eq!(std::fs::read(store.path("ear").unwrap().join("model.bin")).unwrap(), body);
    std::fs::write(&given, b"mine again").unwrap();
    assert!(store.inspect("ear", Check::Full).unwrap().state == State::Present, "a copy, not a link");
}

#[tokio::test]
async fn import_takes_what_belongs_to_models_out_of_a_folder_and_reports_look_alikes() {
    let (dir, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (content(1_000, 1), content(2_000, 2));
    let catalogue = Catalogue::new(vec![
        model("ear", vec![file("one", &one, Vec::new())]),
        model("mouth", vec![file("two", &two, Vec::new()), file("three", b"3", Vec::new())]),
    ]);
    let store = Store::new(dir.path(), catalogue, options());
    std::fs::create_dir_all(from.path().join("a/b")).unwrap();
    std::fs::write(from.path().join("a/one"), &one).unwrap();
    std::fs::write(from.path().join("a/b/two"), &two).unwrap();
    std::fs::write(from.path().join("three"), b"33").unwrap();
    std::fs::write(from.path().join("swapped"), content(1_000, 9)).unwrap();
    std::fs::write(from.path().join("notes.txt"), b"nothing of interest").unwrap();

    let imported = store.import(from.path(), &silent()).await.unwrap();

    let models: Vec<(&str, State)> =
        imported.models.iter().map(|listing| (listing.model.name.as_str(), listing.state)).collect();
    assert_eq!(models, [("ear", State::Present), ("mouth", State::Partial)]);
    let rejected: Vec<(&str, bool)> = imported
        .rejected
        .iter()
        .map(|one| (one.path.file_name().unwrap().to_str().unwrap(), one.reason.contains("other content")))
        .collect();
    assert_eq!(rejected, [("swapped", true), ("three", false)]);
}

#[tokio::test]
async fn import_takes_files_out_of_a_wheel() {
    let (dir, from, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(100_000, 1));
    let store = store_of(dir.path(), &body, Vec::new());
    let given = from.path().join("pkg-1.0-py3-none-any.whl");
    wheel(&given, &[("readme", b"x"), ("model.bin", &body)]);
    assert_eq!(store.import(&given, &silent()).await.unwrap().models[0].state, State::Present);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn import_joins_parts_that_come_one_by_one() {
    let (dir, from, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(5_000, 1));
    let (first, second) = body.split_at(2_000);
    let source = Source::Package { parts: vec![part("p1", "1", first), part("p2", "2", second)] };
    let store = store_of(dir.path(), &body, vec![source]);
    let (one, two) = (from.path().join("one"), from.path().join("two"));
    std::fs::write(&one, first).unwrap();
    std::fs::write(&two, second).unwrap();

    let imported = store.import(&two, &silent()).await.unwrap();
    assert_eq!((imported.files[0].part, imported.models[0].state), (Some((2, 2)), State::Absent));
    assert_eq!(store.import(&one, &silent()).await.unwrap().models[0].state, State::Present);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
    assert_eq!(tree(dir.path()).len(), 2, "the parts are gone: {:?}", tree(dir.path()));
}

#[tokio::test]
async fn import_of_something_else_says_so_and_of_a_cut_file_says_what_it_should_be() {
    let (dir, from, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000, 1));
    let store = store_of(dir.path(), &body, Vec::new());
    let cut = from.path().join("model.bin");
    std::fs::write(&cut, &body[..500]).unwrap();
    let text = store.import(&cut, &silent()).await.unwrap_err().to_string();
    assert!(text.contains("nothing in") && text.contains("has 500 bytes, that of ear has 1000"), "{text}");

    let missing = from.path().join("nowhere");
    let error = store.import(&missing, &silent()).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { path, .. } if *path == missing), "{error}");
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn remove_frees_the_model_and_keeps_what_others_use_and_what_is_the_users_own() {
    let (dir, body, shared) = (tempfile::tempdir().unwrap(), content(1_000, 1), content(100, 2));
    let models = || {
        vec![
            model("ear", vec![file("model.bin", &body, Vec::new()), file("shared", &shared, Vec::new())]),
            model("mouth", vec![file("shared", &shared, Vec::new())]),
        ]
    };
    let store = Store::new(dir.path(), Catalogue::new(models()), options());
    let from = tempfile::tempdir().unwrap();
    std::fs::write(from.path().join("a"), &body).unwrap();
    std::fs::write(from.path().join("b"), &shared).unwrap();
    store.import(from.path(), &silent()).await.unwrap();
    std::fs::write(dir.path().join("ear/my notes"), b"mine").unwrap();

    assert_eq!(store.remove("ear", &silent()).await.unwrap(), 1_100);

    let blob = format!("blobs/sha256-{}", Sha256Sum::of(&shared));
    assert_eq!(tree(dir.path()), [blob, "ear/my notes".to_owned(), "mouth/shared".to_owned()]);
    assert_eq!(store.remove("ear", &silent()).await.unwrap(), 0);
    assert!(store.path("mouth").is_some());
}

#[tokio::test]
async fn remove_also_drops_a_download_under_way() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(1_000, 1));
    let store = store_of(dir.path(), &body, Vec::new());
    std::fs::create_dir_all(dir.path().join("partial/ear")).unwrap();
    std::fs::write(dir.path().join("partial/ear/model.bin.part"), &body[..10]).unwrap();
    assert_eq!(store.list()[0].files[0].state, FileState::Partial { bytes: 10 });
    store.remove("ear", &silent()).await.unwrap();
    assert_eq!(store.list()[0].state, State::Absent);
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}
