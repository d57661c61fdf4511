//! A double of a server: a socket on this machine that takes requests and answers each as it was told, byte by byte.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use baton_llm::{OpenAiCompatible, OpenAiCompatibleConfig, Timeouts};
use baton_ports::{ChatEvent, ChatRequest, FinishReason, LanguageModel, Message, ProviderError, Role, Usage};
use baton_types::Secret;
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const KEY: &str = "sk-this-is-the-key";

/// The head of an answer whose body ends with the connection.
pub(crate) const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// What the double does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Writes these bytes in pieces of so many, and closes.
    Bytes(Vec<u8>, usize),
    /// Writes these bytes and then nothing, until the client hangs up.
    Silence(Vec<u8>),
    /// Writes the first, then the second again and again: this many times, this long apart.
    Repeat(Vec<u8>, Vec<u8>, usize, Duration),
    /// Answers and takes the next request from the same connection.
    KeepAlive(Vec<u8>),
}

pub(crate) fn whole(text: impl AsRef<[u8]>) -> Reply {
    Reply::Bytes(text.as_ref().to_vec(), usize::MAX)
}

/// An answer of these events, each in `data: …`.
pub(crate) fn events(events: &[&str]) -> String {
    let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    format!("{EVENTS}{events}")
}

pub(crate) fn status(line: &str, headers: &str, body: &str) -> Reply {
    whole(format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len()))
}

pub(crate) fn delta(text: &str) -> String {
    serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}).to_string()
}

/// The double; ends with the value.
pub(crate) struct Double {
    /// `http://127.0.0.1:PORT`.
    pub(crate) host: String,
    seen: Arc<Mutex<Vec<String>>>,
    hung_up: watch::Receiver<usize>,
    connections: Arc<Mutex<usize>>,
    job: JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.job.abort();
    }
}

impl Double {
    /// Answers the requests in this order; the last reply serves all that follow.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let (hang_up, hung_up) = watch::channel(0);
        let replies = Arc::new(Mutex::new(replies.into_iter().collect::<VecDeque<_>>()));
        let (log, count) = (Arc::clone(&seen), Arc::clone(&connections));
        let job = tokio::spawn(async move {
            let mut jobs = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                jobs.spawn(connection(socket, Arc::clone(&replies), Arc::clone(&log), hang_up.clone()));
            }
        });
        Self { host, seen, hung_up, connections, job }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("{}/v1", self.host)
    }

    /// The requests so far, heads and bodies.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Waits until the client has hung up on a reply.
    pub(crate) async fn hung_up(&mut self) {
        let hung_up = self.hung_up.wait_for(|count| *count > 0);
        tokio::time::timeout(Duration::from_secs(5), hung_up).await.expect("the client does not hang up").unwrap();
    }

    pub(crate) fn model(&self) -> OpenAiCompatible {
        model(&self.base_url())
    }
}

async fn connection(
    mut socket: TcpStream,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    seen: Arc<Mutex<Vec<String>>>,
    hang_up: watch::Sender<usize>,
) {
    socket.set_nodelay(true).unwrap();
    while let Some(request) = request(&mut socket).await {
        seen.lock().unwrap().push(request);
        let reply = {
            let mut replies = replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
        };
        match reply {
            Reply::Bytes(bytes, size) => {
                for piece in bytes.chunks(size) {
                    if socket.write_all(piece).await.is_err() {
                        hang_up.send_modify(|count| *count += 1);
                        return;
                    }
                    tokio::task::yield_now().await;
                }
                let _ = socket.shutdown().await;
                return;
            }
            Reply::Silence(bytes) => {
                socket.write_all(&bytes).await.unwrap();
                let _ = socket.read(&mut [0]).await;
                hang_up.send_modify(|count| *count += 1);
                return;
            }
            Reply::Repeat(first, again, times, apart) => {
                socket.write_all(&first).await.unwrap();
                for _ in 0..times {
                    if socket.write_all(&again).await.is_err() {
                        hang_up.send_modify(|count| *count += 1);
                        return;
                    }
                    if !apart.is_zero() {
                        tokio::time::sleep(apart).await;
                    }
                }
                let _ = socket.shutdown().await;
                return;
            }
            Reply::KeepAlive(bytes) => socket.write_all(&bytes).await.unwrap(),
        }
    }
}

/// One request with its body, or `None` at the end of the connection.
async fn request(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let read = socket.read_buf(&mut bytes).await.ok()?;
        if read == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
    }
}

pub(crate) fn config(base_url: &str) -> OpenAiCompatibleConfig {
    let second = Duration::from_secs(5);
    let timeouts = Timeouts { connect: second, first_token: second, stall: second, total: second * 2 };
    OpenAiCompatibleConfig {
        base_url: base_url.to_owned(),
        model: "tiny".to_owned(),
        key: Some(Secret::new(KEY)),
        timeouts,
        context_tokens: Some(8_192),
    }
}

pub(crate) fn model(base_url: &str) -> OpenAiCompatible {
    OpenAiCompatible::new(config(base_url)).unwrap()
}

pub(crate) fn hello() -> ChatRequest {
    ChatRequest { messages: vec![Message::new(Role::User, "Hello?")], ..ChatRequest::default() }
}

/// What a generation gave: its text, its other events, and the error that ended it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) text: String,
    pub(crate) calls: Vec<(String, String, String)>,
    pub(crate) end: Option<(FinishReason, Option<Usage>)>,
    pub(crate) error: Option<ProviderError>,
}

impl Outcome {
    /// The error, after checking that it names the server and not the key.
    pub(crate) fn into_error(self) -> ProviderError {
        let error = self.error.expect("the generation fails");
        assert!(self.end.is_none(), "an error is the end");
        let all = format!("{error:?} {error}");
        assert!(!all.contains(KEY), "the key is in {all}");
        assert!(error.to_string().contains("127.0.0.1"), "`{error}` names the server");
        assert!(error.to_string().chars().count() < 500, "`{error}` is bounded");
        error
    }
}

/// Has the model answer.
pub(crate) async fn ask(model: &OpenAiCompatible, request: ChatRequest) -> Outcome {
    let mut outcome = Outcome::default();
    let mut stream = match model.chat(request).await {
        Ok(stream) => stream,
        Err(error) => return Outcome { error: Some(error), ..outcome },
    };
    while let Some(event) = stream.next().await {
        assert!(outcome.end.is_none() && outcome.error.is_none(), "nothing follows the end");
        match event {
            Ok(ChatEvent::Text(text)) => outcome.text.push_str(&text),
            Ok(ChatEvent::ToolCall(call)) => outcome.calls.push((call.id.to_string(), call.name, call.arguments)),
            Ok(ChatEvent::Ended { reason, usage }) => outcome.end = Some((reason, usage)),
            Err(error) => outcome.error = Some(error),
        }
    }
    assert!(outcome.end.is_some() || outcome.error.is_some(), "the stream has an end");
    outcome
}

/// Has a double that gives this reply be asked once.
pub(crate) async fn asked(reply: Reply) -> Outcome {
    let double = Double::start([reply]).await;
    ask(&double.model(), hello()).await
}
