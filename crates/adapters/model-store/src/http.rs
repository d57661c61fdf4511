//! A model's own home: one GET a file, resumable.
//!
//! What arrives goes to `<file>.part`; beside it a note says from which address and with which validator, so that a later run goes on (`Range` with
//! `If-Range`) and a changed file starts anew. A server that ignores the range starts anew too. The size in the catalogue bounds what is read; the hash
//! decides. A host that cannot be reached is not asked again in the same pull.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use crate::catalogue::ModelFile;
use crate::disk::remove_if_there;
use crate::error::{Error, Failure, SourceError};
use crate::hash::STEP;
use crate::progress::Phase;
use crate::pull::{Job, verify};
use crate::store::{Options, blocking};

/// Below this rate a home counts as stalled: at 1 KiB/s the smallest speech model takes a day.
const BYTES_PER_SECOND_MIN: u64 = 1024;

/// The homes during one pull.
pub(crate) struct Homes {
    connect_timeout: Duration,
    stall_timeout: Duration,
    retries: u32,
    backoff: Duration,
    /// Made at the first use. The second one is for this machine itself, which no proxy stands before.
    clients: [Option<Client>; 2],
    unreachable: BTreeSet<String>,
}

impl Homes {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            connect_timeout: options.connect_timeout,
            stall_timeout: options.stall_timeout,
            retries: options.retries,
            backoff: options.backoff,
            clients: [None, None],
            unreachable: BTreeSet::new(),
        }
    }

    /// Fetches a file; gives the path of the verified part.
    pub(crate) async fn fetch(&mut self, job: &Job, file: &ModelFile, url: &str) -> Result<PathBuf, Failure> {
        let address = Url::parse(url).map_err(|error| SourceError::Client { detail: error.to_string() })?;
        let host = address.host_str().unwrap_or(url).to_owned();
        if self.unreachable.contains(&host) {
            return Err(SourceError::SkippedUnreachable { host }.into());
        }
        let client = self.client(&host)?;
        let mut get = Get {
            job,
            file,
            url,
            client,
            path: job.store.part_path(&job.model, file),
            stall_timeout: self.stall_timeout,
            resumed: false,
        };
        let mut retries = 0;
        loop {
            let error = match get.run(address.clone()).await {
                Ok(()) => match verify(job, file, &get.path, url).await? {
                    Ok(()) => return Ok(get.path),
                    Err(error) => {
                        let was_resumed = get.resumed;
                        get.discard()?;
                        // Two halves of two different files: the whole of one of them may still be right.
                        if !was_resumed || retries >= self.retries {
                            return Err(error.into());
                        }
                        error
                    }
                },
                Err(Failure::Source(error)) if error.is_transient() && retries < self.retries => error,
                Err(Failure::Source(error @ SourceError::Unreachable { .. })) => {
                    self.unreachable.insert(host);
                    return Err(error.into());
                }
                Err(failure) => return Err(failure),
            };
            job.say(file, url, Phase::Retrying { reason: error.to_string() }, 0, file.bytes);
            // No jitter is needed: a pull is one client that a person started.
            tokio::time::sleep(self.backoff.saturating_mul(1 << retries.min(6))).await;
            retries += 1;
        }
    }

    fn client(&mut self, host: &str) -> Result<Client, SourceError> {
        let is_local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let slot = &mut self.clients[usize::from(is_local)];
        if let Some(client) = slot {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .connect_timeout(self.connect_timeout)
            .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")));
        if is_local {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| SourceError::Client { detail: chain(&error) })?;
        Ok(slot.insert(client).clone())
    }
}

/// What is known about the part on disk.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    url: String,
    /// A strong entity tag, else the time of the last change: what `If-Range` may carry.
    validator: Option<String>,
}

/// Where the note about a part is.
pub(crate) fn note_path(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

/// One file being fetched from one address.
struct Get<'a> {
    job: &'a Job,
    file: &'a ModelFile,
    url: &'a str,
    client: Client,
    path: PathBuf,
    stall_timeout: Duration,
    /// Whether the part holds bytes of more than one answer.
    resumed: bool,
}

impl Get<'_> {
    /// Asks once, from where the part ends; leaves the part whole in size, or fails.
    async fn run(&mut self, address: Url) -> Result<(), Failure> {
        let expected = self.file.bytes;
        let (mut have, validator) = self.part_on_disk()?;
        if have == expected {
            self.resumed = true;
            return Ok(());
        }
        let host = address.host_str().unwrap_or_default().to_owned();
        let mut request = self.client.get(address);
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
            if let Some(validator) = validator {
                request = request.header(IF_RANGE, validator);
            }
        }
        let response = match tokio::time::timeout(self.stall_timeout, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) if error.is_connect() => {
                return Err(SourceError::Unreachable { host, detail: chain(&error) }.into());
            }
            Ok(Err(error)) => return Err(SourceError::Cut { bytes: have, expected, detail: chain(&error) }.into()),
            Err(_) => return Err(SourceError::Stalled { after: self.stall_timeout, bytes: have }.into()),
        };
        match response.status() {
            StatusCode::PARTIAL_CONTENT if have > 0 => {
                self.check_range(response.headers(), have)?;
                self.resumed = true;
            }
            StatusCode::OK => {
                if let Some(announced) = response.content_length().filter(|announced| *announced != expected) {
                    return Err(SourceError::WrongLength { announced, expected }.into());
                }
                self.resumed = false;
                have = 0;
            }
            status => {
                if status == StatusCode::RANGE_NOT_SATISFIABLE {
                    self.discard()?;
                }
                return Err(SourceError::Status { status: status.as_u16() }.into());
            }
        }
        self.write_note(response.headers())?;
        let part = Part::open(self.job, &self.path, have)?;
        self.receive(response, part).await
    }

    async fn receive(&mut self, mut response: Response, mut part: Part) -> Result<(), Failure> {
        let expected = self.file.bytes;
        let mut rate = Rate::new(part.bytes());
        let problem = loop {
            self.job.say(self.file, self.url, Phase::Downloading, part.bytes(), expected);
            let chunk = match tokio::time::timeout(self.stall_timeout, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) if part.bytes() == expected => break None,
                Ok(Ok(None)) => {
                    break Some(SourceError::Cut {
                        bytes: part.bytes(),
                        expected,
                        detail: "the server ended it".to_owned(),
                    });
                }
                Ok(Err(error)) => {
                    break Some(SourceError::Cut { bytes: part.bytes(), expected, detail: chain(&error) });
                }
                Err(_) => break Some(SourceError::Stalled { after: self.stall_timeout, bytes: part.bytes() }),
            };
            if part.bytes() + chunk.len() as u64 > expected {
                drop(part);
                self.discard()?;
                return Err(SourceError::TooLong { expected }.into());
            }
            part.push(&chunk).await?;
            if rate.is_stalled(part.bytes(), self.stall_timeout) {
                break Some(SourceError::Stalled { after: self.stall_timeout, bytes: part.bytes() });
            }
        };
        // Also what came before a break is worth keeping.
        part.close().await?;
        problem.map_or(Ok(()), |error| Err(error.into()))
    }

    /// How much there is to go on from, and what it must still match.
    fn part_on_disk(&self) -> Result<(u64, Option<String>), Error> {
        let Ok(metadata) = fs::metadata(&self.path) else { return Ok((0, None)) };
        let note: Option<Note> =
            fs::read(note_path(&self.path)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match note {
            Some(note) if note.url == self.url && metadata.len() <= self.file.bytes => {
                Ok((metadata.len(), note.validator))
            }
            Some(_) | None => self.discard().map(|()| (0, None)),
        }
    }

    fn discard(&self) -> Result<(), Error> {
        for path in [note_path(&self.path), self.path.clone()] {
            remove_if_there(&path).map_err(|source| Error::write(&path, source))?;
        }
        Ok(())
    }

    fn check_range(&self, headers: &HeaderMap, have: u64) -> Result<(), Failure> {
        let expected = self.file.bytes;
        let text = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or("no Content-Range");
        let (first, total) = content_range(text).unwrap_or_default();
        if first != Some(have) {
            self.discard()?;
            return Err(SourceError::WrongRange { detail: text.to_owned() }.into());
        }
        match total {
            Some(announced) if announced != expected => Err(SourceError::WrongLength { announced, expected }.into()),
            Some(_) | None => Ok(()),
        }
    }

    fn write_note(&self, headers: &HeaderMap) -> Result<(), Error> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let strong_tag = text(ETAG).filter(|tag| !tag.starts_with("W/"));
        let note = Note { url: self.url.to_owned(), validator: strong_tag.or_else(|| text(LAST_MODIFIED)) };
        let path = note_path(&self.path);
        let bytes = serde_json::to_vec(&note).unwrap_or_default();
        let disk = self.job.store.disk();
        disk.open(&path, false)
            .and_then(|mut file| disk.write_all(&mut file, &bytes))
            .map_err(|source| Error::write(&path, source))
    }
}

/// First byte and total of `bytes a-b/total`.
fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok(), total.trim().parse().ok()))
}

/// The part on disk being written, in steps, on a thread that may block.
struct Part {
    job: Job,
    path: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    written: u64,
}

impl Part {
    /// Opens the part to go on after `have` bytes, or anew with 0.
    fn open(job: &Job, path: &Path, have: u64) -> Result<Self, Error> {
        let file = job.store.disk().open(path, have > 0).map_err(|source| Error::write(path, source))?;
        Ok(Self {
            job: job.clone(),
            path: path.to_owned(),
            file: Some(file),
            buffer: Vec::with_capacity(STEP),
            written: have,
        })
    }

    fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    async fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= STEP { self.flush(false).await } else { Ok(()) }
    }

    async fn close(mut self) -> Result<(), Error> {
        self.flush(true).await
    }

    async fn flush(&mut self, sync: bool) -> Result<(), Error> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let buffer = std::mem::take(&mut self.buffer);
        let (disk, lock) = (Arc::clone(self.job.store.disk()), Arc::clone(&self.job.lock));
        let (written, file, mut buffer) = blocking(move || {
            let mut written = disk.write_all(&mut file, &buffer);
            if sync {
                written = written.and_then(|()| file.sync_all());
            }
            drop(lock);
            (written, file, buffer)
        })
        .await;
        written.map_err(|source| Error::write(&self.path, source))?;
        self.written += buffer.len() as u64;
        buffer.clear();
        (self.file, self.buffer) = (Some(file), buffer);
        Ok(())
    }
}

/// Whether bytes come at a rate that ends this century.
struct Rate {
    since: Instant,
    bytes: u64,
}

impl Rate {
    fn new(bytes: u64) -> Self {
        Self { since: Instant::now(), bytes }
    }

    fn is_stalled(&mut self, bytes: u64, window: Duration) -> bool {
        if self.since.elapsed() < window {
            return false;
        }
        let is_stalled = bytes - self.bytes < BYTES_PER_SECOND_MIN * window.as_secs();
        *self = Self::new(bytes);
        is_stalled
    }
}

/// An error with its causes, in one line; the address is left out, as it stands beside it.
fn chain(error: &reqwest::Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last().is_none_or(|last| !last.contains(&text)) {
            causes.push(text);
        }
        next = cause.source();
    }
    match causes.as_slice() {
        [] => "no answer".to_owned(),
        // The outermost causes only repeat which step failed; the innermost says why.
        [.., last] => last.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_gives_its_first_byte_and_its_total() {
        assert_eq!(content_range("bytes 5-9/10"), Some((Some(5), Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((Some(5), None)));
        assert_eq!(content_range("bytes */10"), None);
        assert_eq!(content_range("lines 5-9/10"), None);
    }

    #[test]
    fn a_note_lies_beside_its_part() {
        assert_eq!(note_path(Path::new("a/model.bin.part")), Path::new("a/model.bin.part.json"));
    }
}
