//! Sound files as a source.
//!
//! [`FileSource`] reads WAV and, with the feature `decode`, FLAC, MP3 and Ogg Vorbis, and gives 20 ms frames at
//! 16 kHz mono as fast as they are asked for. What a file is, is judged by its first bytes and never by its name.
//! Decoding streams on a thread of its own, in bounded memory and within [`Limits`]; damage is passed over and told,
//! its place filled with silence where its length is known, so that positions stay those of the recording.

#[cfg(feature = "decode")]
mod compressed;
mod detect;
mod stream;
mod wave;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use baton_audio::convert::Flaws;
use baton_audio::frames::Frames;
use baton_ports::{AudioSource, Pace, ProviderError, SourceEvent};
use baton_types::{AudioFrame, EAR_SAMPLE_RATE, FaultCode, Timestamp};
use tokio::sync::mpsc;

use self::stream::{Step, Stream};

/// Events that are decoded ahead of the reader: about half a second of sound.
const AHEAD: usize = 25;

/// Most notes that [`decode_all`] keeps; the rest is counted in a last one.
const NOTES_MAX: usize = 20;

/// What is taken of one file at most. Both count twice: as the file declares it, where it does, and as it turns out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Longest sound.
    pub duration_max: Duration,
    /// Largest file, in bytes.
    pub bytes_max: u64,
}

impl Default for Limits {
    /// Four hours, and 4 GiB: as much as a WAV header can say.
    fn default() -> Self {
        Self { duration_max: Duration::from_secs(4 * 3_600), bytes_max: 4 << 30 }
    }
}

/// A sound file, read at the reader's pace.
///
/// Damage in the middle is a [`SourceEvent::Skipped`] for each stretch of it. A file that cannot be read on, or that
/// goes on beyond its [`Limits`], gives one [`SourceEvent::Failed`] after everything that came before it, and
/// `Ended` from then on. Dropping the source ends its thread.
#[derive(Debug)]
pub struct FileSource {
    name: String,
    duration: Option<Duration>,
    events: mpsc::Receiver<SourceEvent>,
    is_over: bool,
}

impl FileSource {
    /// Opens a file with the default [`Limits`].
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ProviderError> {
        Self::open_with(path, Limits::default())
    }

    /// Opens a file and decodes its first sound, so that what cannot be read at all is refused here.
    ///
    /// # Errors
    /// `Missing` when there is no such file; `Rejected` when it is a directory, may not be read, is no sound or one
    /// that this build does not take; `Damaged` when nothing of it can be decoded; `LimitReached`. The message names
    /// the file and the reason.
    pub fn open_with(path: impl AsRef<Path>, limits: Limits) -> Result<Self, ProviderError> {
        let path = path.as_ref();
        let stream = Stream::open(path, limits)?;
        let duration = stream.declared();
        let (sender, events) = mpsc::channel(AHEAD);
        std::thread::Builder::new()
            .name("baton-file".into())
            .spawn(move || feed(stream, &sender))
            .map_err(|error| ProviderError::new(FaultCode::Internal, format!("cannot start a thread: {error}")))?;
        Ok(Self { name: path.display().to_string(), duration, events, is_over: false })
    }

    /// How long the sound is by what the file says of itself, where it does. Not a promise.
    #[must_use]
    pub const fn duration(&self) -> Option<Duration> {
        self.duration
    }
}

#[async_trait]
impl AudioSource for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn pace(&self) -> Pace {
        Pace::Reader
    }

    async fn next(&mut self) -> SourceEvent {
        if self.is_over {
            return SourceEvent::Ended;
        }
        let event = self.events.recv().await.unwrap_or_else(|| {
            SourceEvent::Failed(ProviderError::new(FaultCode::Internal, format!("reading {} broke off", self.name)))
        });
        self.is_over = matches!(event, SourceEvent::Ended | SourceEvent::Failed(_));
        event
    }
}

/// Decodes a stream into frames until it ends or nobody listens any more. Runs on the source's own thread.
fn feed(mut stream: Stream, sender: &mpsc::Sender<SourceEvent>) {
    let mut frames = Frames::ear();
    let mut samples = Vec::new();
    let mut position = 0_u64;
    loop {
        samples.clear();
        let step = stream.read(&mut samples);
        let mut is_heard = true;
        let mut give = |frame: &[f32]| {
            let at = Timestamp::from_samples(position, EAR_SAMPLE_RATE);
            position += frame.len() as u64;
            is_heard = is_heard && sender.blocking_send(frame_event(at, frame)).is_ok();
        };
        frames.push(&samples, &mut give);
        if !matches!(step, Ok(Step::More | Step::Skipped(_))) {
            frames.flush(&mut give);
        }
        if !is_heard {
            return;
        }
        let (event, is_last) = match step {
            Ok(Step::More) => continue,
            Ok(Step::Skipped(what)) => (SourceEvent::Skipped { what }, false),
            Ok(Step::Ended) => (SourceEvent::Ended, true),
            Err(error) => (SourceEvent::Failed(error), true),
        };
        if sender.blocking_send(event).is_err() || is_last {
            return;
        }
    }
}

fn frame_event(at: Timestamp, samples: &[f32]) -> SourceEvent {
    SourceEvent::Frame(AudioFrame { at, samples: samples.into() })
}

/// A whole file in memory.
#[derive(Clone, PartialEq, Debug)]
pub struct Decoded {
    /// 16 kHz mono, -1 to 1; 230 MB an hour.
    pub samples: Vec<f32>,
    /// What was passed over, in plain words; at most some twenty lines.
    pub skipped: Vec<String>,
    /// What was wrong with the samples themselves.
    pub flaws: Flaws,
}

impl Decoded {
    /// How long it is.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(EAR_SAMPLE_RATE))
    }
}

/// Decodes a whole file on the caller's thread. For work that needs all of it at once; [`FileSource`] streams.
///
/// # Errors
/// As [`FileSource::open_with`], and when the file cannot be read to its end or goes on beyond `limits`.
pub fn decode_all(path: impl AsRef<Path>, limits: Limits) -> Result<Decoded, ProviderError> {
    let mut stream = Stream::open(path.as_ref(), limits)?;
    let mut samples = Vec::new();
    let mut skipped = Vec::new();
    let mut more = 0_usize;
    loop {
        match stream.read(&mut samples)? {
            Step::More => {}
            Step::Skipped(what) if skipped.len() < NOTES_MAX => skipped.push(what),
            Step::Skipped(_) => more += 1,
            Step::Ended => break,
        }
    }
    if more > 0 {
        skipped.push(format!("{more} further places were passed over"));
    }
    Ok(Decoded { samples, skipped, flaws: stream.flaws() })
}

/// The path as it stands in messages, and how errors about it are made.
#[derive(Debug, Clone)]
struct Place(PathBuf);

impl Place {
    fn error(&self, kind: FaultCode, reason: impl std::fmt::Display) -> ProviderError {
        ProviderError::new(kind, format!("cannot read {}: {reason}", self.0.display()))
    }

    fn io(&self, error: std::io::Error) -> ProviderError {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => FaultCode::Missing,
            std::io::ErrorKind::PermissionDenied => FaultCode::Rejected,
            _ => FaultCode::Damaged,
        };
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
            _ => error.to_string(),
        };
        self.error(kind, reason).caused_by(error)
    }
}
