//! WAV files as a sink: 16-bit PCM.
//!
//! [`WavSink`] is the mono sink of a conversation, [`StereoWavWriter`] writes two voices side by side. The header is
//! rewritten about once a second, so that a crash leaves a file that plays up to there. Values are cleaned on the
//! way: what is no number becomes silence, what is beyond full scale is clamped.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use baton_ports::{AudioSink, ProviderError};
use baton_types::FaultCode;

/// Length of the header in bytes.
const HEADER_LEN: u32 = 44;

/// Most bytes of sound that a WAV header can count.
const SOUND_LEN_MAX: u64 = (u32::MAX - HEADER_LEN) as u64;

/// A mono WAV file that takes a conversation's timeline. Its `latency` is zero: what is written is heard.
#[derive(Debug)]
pub struct WavSink {
    name: String,
    writer: Writer,
}

impl WavSink {
    /// Creates or overwrites the file at `path`.
    ///
    /// # Errors
    /// `Rejected` when `path` is a directory or may not be written, `Missing` when its directory is not there; the
    /// message names the file.
    pub fn create(path: impl AsRef<Path>, sample_rate: u32) -> Result<Self, ProviderError> {
        let writer = Writer::create(path.as_ref(), sample_rate, 1)?;
        Ok(Self { name: path.as_ref().display().to_string(), writer })
    }

    /// Samples written so far.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.writer.instants
    }
}

#[async_trait]
impl AudioSink for WavSink {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample_rate(&self) -> u32 {
        self.writer.sample_rate
    }

    fn latency(&self) -> Duration {
        Duration::ZERO
    }

    async fn write(&mut self, samples: &[f32]) -> Result<(), ProviderError> {
        for &sample in samples {
            self.writer.push(&[sample])?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ProviderError> {
        self.writer.finish()
    }
}

/// A stereo WAV file of two voices that advance each on its own: the shorter one is filled with silence at the end.
#[derive(Debug)]
pub struct StereoWavWriter {
    writer: Writer,
    /// Samples of the side that is ahead, which wait for the other.
    ahead: Vec<f32>,
    is_left_ahead: bool,
}

impl StereoWavWriter {
    /// Creates or overwrites the file at `path`.
    ///
    /// # Errors
    /// As [`WavSink::create`].
    pub fn create(path: impl AsRef<Path>, sample_rate: u32) -> Result<Self, ProviderError> {
        let writer = Writer::create(path.as_ref(), sample_rate, 2)?;
        Ok(Self { writer, ahead: Vec::new(), is_left_ahead: true })
    }

    /// Samples a second of each side.
    #[must_use]
    pub const fn sample_rate(&self) -> u32 {
        self.writer.sample_rate
    }

    /// Appends to the left side. What one side is ahead of the other is kept in memory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn left(&mut self, samples: &[f32]) -> Result<(), ProviderError> {
        self.side(samples, true)
    }

    /// Appends to the right side.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn right(&mut self, samples: &[f32]) -> Result<(), ProviderError> {
        self.side(samples, false)
    }

    /// Fills the shorter side with silence and completes the file.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(mut self) -> Result<(), ProviderError> {
        let rest = vec![0.0; self.ahead.len()];
        self.side(&rest, !self.is_left_ahead)?;
        self.writer.finish()
    }

    fn side(&mut self, samples: &[f32], is_left: bool) -> Result<(), ProviderError> {
        if self.ahead.is_empty() {
            self.is_left_ahead = is_left;
        }
        if self.is_left_ahead == is_left {
            self.ahead.extend_from_slice(samples);
            return Ok(());
        }
        let both = samples.len().min(self.ahead.len());
        for (&other, &sample) in self.ahead.iter().zip(&samples[..both]) {
            self.writer.push(&if is_left { [sample, other] } else { [other, sample] })?;
        }
        self.ahead.drain(..both);
        if both < samples.len() {
            self.is_left_ahead = is_left;
            self.ahead.extend_from_slice(&samples[both..]);
        }
        Ok(())
    }
}

/// Interleaved 16-bit PCM into a file.
#[derive(Debug)]
struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    sample_rate: u32,
    channels: u16,
    /// Instants (samples of every channel) written.
    instants: u64,
    is_finished: bool,
}

impl Writer {
    fn create(path: &Path, sample_rate: u32, channels: u16) -> Result<Self, ProviderError> {
        if path.is_dir() {
            let message = format!("cannot write {}: it is a directory", path.display());
            return Err(ProviderError::new(FaultCode::Rejected, message));
        }
        let file = File::create(path).map_err(|error| failure(path, error))?;
        let mut writer = Self {
            path: path.to_path_buf(),
            file: BufWriter::new(file),
            sample_rate,
            channels,
            instants: 0,
            is_finished: false,
        };
        writer.checkpoint()?;
        Ok(writer)
    }

    /// Appends one sample of every channel.
    fn push(&mut self, instant: &[f32]) -> Result<(), ProviderError> {
        if (self.instants + 1) * self.block() > SOUND_LEN_MAX {
            let message = format!("cannot write {}: a WAV file holds no more than 4 GiB", self.path.display());
            return Err(ProviderError::new(FaultCode::LimitReached, message));
        }
        for &sample in instant {
            let bytes = to_s16(sample).to_le_bytes();
            self.file.write_all(&bytes).map_err(|error| failure(&self.path, error))?;
        }
        self.instants += 1;
        if self.instants.is_multiple_of(u64::from(self.sample_rate.max(1))) {
            self.checkpoint()?;
        }
        Ok(())
    }

    /// Makes the file whole as far as it goes.
    fn checkpoint(&mut self) -> Result<(), ProviderError> {
        self.write_header().map_err(|error| failure(&self.path, error))
    }

    fn write_header(&mut self) -> io::Result<()> {
        let sound = u32::try_from(self.instants * self.block()).unwrap_or(u32::MAX - HEADER_LEN);
        let mut header = Vec::with_capacity(HEADER_LEN as usize);
        header.extend(b"RIFF");
        header.extend((sound + HEADER_LEN - 8).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend(16_u32.to_le_bytes());
        header.extend(1_u16.to_le_bytes());
        header.extend(self.channels.to_le_bytes());
        header.extend(self.sample_rate.to_le_bytes());
        header.extend((self.sample_rate.saturating_mul(self.block() as u32)).to_le_bytes());
        header.extend((self.block() as u16).to_le_bytes());
        header.extend(16_u16.to_le_bytes());
        header.extend(b"data");
        header.extend(sound.to_le_bytes());
        // Seeking writes what is buffered first, so the header never promises more than is there.
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ProviderError> {
        self.checkpoint()?;
        self.is_finished = true;
        let safe = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        // A pipe or a device has nothing to be synced.
        match safe {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            other => other.map_err(|error| failure(&self.path, error)),
        }
    }

    /// Bytes of one sample of every channel.
    const fn block(&self) -> u64 {
        self.channels as u64 * 2
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.is_finished
            && let Err(error) = self.checkpoint()
        {
            tracing::warn!(%error, "a sound file was left without its last second");
        }
    }
}

/// Full scale of 16 bit; what is no number becomes silence.
pub(crate) fn to_s16(sample: f32) -> i16 {
    // The cast takes what is no number to 0.
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

fn failure(path: &Path, error: io::Error) -> ProviderError {
    let (kind, reason) = match error.kind() {
        io::ErrorKind::NotFound => (FaultCode::Missing, "its directory is not there".to_owned()),
        io::ErrorKind::PermissionDenied => (FaultCode::Rejected, "this user may not write there".to_owned()),
        io::ErrorKind::StorageFull => (FaultCode::LimitReached, "the disk is full".to_owned()),
        io::ErrorKind::ReadOnlyFilesystem => (FaultCode::Rejected, "the file system is read-only".to_owned()),
        _ => (FaultCode::Interrupted, error.to_string()),
    };
    ProviderError::new(kind, format!("cannot write {}: {reason}", path.display())).caused_by(error)
}
