//! Two processes on one store. The second one is this test binary, started again.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use baton_model_store::{Catalogue, Options, Phase, Progress, Store};
use support::{Recorder, Reply, Server, Then, content, file, home, model, options, silent};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

const BYTES: usize = 1_000_000;
const CHILD: &str = "BATON_TEST_STORE_CHILD";

/// A store whose server may take its time.
fn store(dir: &Path, url: &str) -> Store {
    let options = Options { stall_timeout: Duration::from_secs(60), ..options() };
    Store::new(
        dir,
        Catalogue::new(vec![model("ear", vec![file("model.bin", &content(BYTES, 1), vec![home(url.to_owned())])])]),
        options,
    )
}

/// Not a test by itself: what the other process does.
#[tokio::test]
async fn the_other_process_pulls() {
    let Ok(job) = std::env::var(CHILD) else { return };
    let (dir, url) = job.split_once('|').unwrap();
    store(Path::new(dir), url).pull("ear", &silent()).await.unwrap();
}

fn other_process(dir: &Path, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_other_process_pulls", "--nocapture"])
        .env(CHILD, format!("{}|{url}", dir.display()))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// A server that sends the first half of the file and then tells `arrived`, and serves later requests properly.
async fn half_first(then: Then) -> (Server, oneshot::Receiver<()>) {
    let (tell, arrived) = oneshot::channel();
    let once = std::sync::Mutex::new(Some((tell, then)));
    let server = Server::start(move |request, _| {
        let reply = Reply::proper(request, &content(BYTES, 1), "\"a\"");
        match once.lock().unwrap().take() {
            Some((tell, then)) => {
                let _ = tell.send(());
                reply.cut_after(BYTES / 2).then(then)
            }
            None => reply,
        }
    })
    .await;
    (server, arrived)
}

#[tokio::test]
async fn two_processes_that_pull_at_once_fetch_once_and_both_succeed() {
    let dir = tempfile::tempdir().unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let (tell, asked) = oneshot::channel();
    let tell = std::sync::Mutex::new(Some(tell));
    // Answers only once this process is seen to wait, on a thread of its own runtime so that blocking it harms nobody.
    let server_thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = runtime.block_on(Server::start(move |request, _| {
            if let Some(tell) = tell.lock().unwrap().take() {
                let _ = tell.send(());
            }
            let _ = released.lock().unwrap().recv();
            Reply::proper(request, &content(BYTES, 1), "\"a\"")
        }));
        (runtime, server)
    });
    let (runtime, server) = server_thread.join().unwrap();
    let url = server.url("model.bin");
    let mut other = other_process(dir.path(), &url);
    asked.await.unwrap();

    let recorder = Arc::new(Recorder::default());
    let (seen, release) = (Arc::clone(&recorder), std::sync::Mutex::new(Some(release)));
    let progress: Arc<dyn Progress> = Arc::new(move |update: &baton_model_store::Update| {
        seen.update(update);
        if update.phase == Phase::Waiting {
            release.lock().unwrap().take();
        }
    });
    let pulled = store(dir.path(), &url).pull("ear", &progress).await.unwrap();

    assert!(other.wait().await.unwrap().success());
    assert_eq!(pulled.fetched, []);
    assert!(recorder.has(&Phase::Waiting));
    assert_eq!(server.count(), 1);
    assert_eq!(std::fs::read(pulled.folder.join("model.bin")).unwrap(), content(BYTES, 1));
    drop(server);
    runtime.shutdown_background();
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_a_free_lock_and_a_part_that_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let (server, asked) = half_first(Then::Hang).await;
    let url = server.url("model.bin");
    let mut other = other_process(dir.path(), &url);
    asked.await.unwrap();
    let part = dir.path().join("partial/ear/model.bin.part");
    while std::fs::metadata(&part).map_or(0, |metadata| metadata.len()) == 0 {
        tokio::task::yield_now().await;
    }
    other.kill().await.unwrap();

    let recorder = Arc::new(Recorder::default());
    let progress: Arc<dyn Progress> = recorder.clone();
    let pulled = store(dir.path(), &url).pull("ear", &progress).await.unwrap();

    assert!(!recorder.has(&Phase::Waiting));
    assert!(server.ranges()[1].is_some_and(|from| from > 0), "{:?}", server.ranges());
    assert_eq!(std::fs::read(pulled.folder.join("model.bin")).unwrap(), content(BYTES, 1));
}

#[tokio::test]
async fn two_stores_of_one_process_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(|request, _| Reply::proper(request, &content(BYTES, 1), "\"a\"")).await;
    let (one, two) = (store(dir.path(), &server.url("model.bin")), store(dir.path(), &server.url("model.bin")));
    let silent = silent();
    let (first, second) = tokio::join!(one.pull("ear", &silent), two.pull("ear", &silent));
    assert_eq!(first.unwrap().fetched.len() + second.unwrap().fetched.len(), 1);
    assert_eq!(server.count(), 1);
}
