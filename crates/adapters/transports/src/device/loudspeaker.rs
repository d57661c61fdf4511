//! The loudspeaker: a child process that reads raw PCM.
//!
//! The child is never given more than 60 ms ahead of real time by our own count of samples, whatever it would take:
//! programs read ahead as they like, and what they hold can neither be paused nor counted. A pause is silence that
//! is written like any other sound, so that the child never runs dry.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::time::Duration;

use async_trait::async_trait;
use baton_ports::{AudioSink, ProviderError};
use baton_types::FaultCode;
use tokio::net::unix::pipe::Sender;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::child::Child;
use super::program::{Direction, Environment, Program};
use super::{Options, device_error};

/// Most sound that is written ahead of real time.
pub const LEAD_MAX: Duration = Duration::from_millis(60);

/// The smallest pipe there is, in bytes: a page.
#[cfg(target_os = "linux")]
const PIPE_LEN: usize = 4_096;

/// How often a full pipe is looked at.
const ROOM_LOOK: Duration = Duration::from_millis(5);

/// How long opening watches whether the child ends at once.
const EARLY_END_WAIT: Duration = Duration::from_millis(150);

/// How long a child may take to end after its last sound.
const FINISH_WAIT: Duration = Duration::from_secs(1);

/// A loudspeaker of this machine. Must be used inside a tokio runtime. Ends its child process when dropped.
#[derive(Debug)]
pub struct Loudspeaker {
    name: String,
    options: Options,
    rate: u32,
    program: Program,
    /// None when it has ended.
    line: Option<Line>,
    /// Bytes of a write that was not awaited to its end.
    pending: Vec<u8>,
    /// When the first sample would have left, so that all left at their time; moves when we or the child are late.
    began: Option<Instant>,
    /// Samples written.
    written: u64,
}

#[derive(Debug)]
struct Line {
    child: Child,
    pipe: Sender,
}

impl Loudspeaker {
    /// Opens a loudspeaker that takes `sample_rate` samples a second, by the name that the system's programs know it
    /// under; an empty name is the default one.
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub async fn open(device: &str, sample_rate: u32) -> Result<Self, ProviderError> {
        let programs = Environment::of_process().programs(Direction::Playback);
        Self::open_with(programs, sample_rate, Options::device(device)).await
    }

    /// Opens a loudspeaker through the first of `programs` that does not end at once.
    ///
    /// # Errors
    /// `Missing` when there is no program or none of them runs; the message holds their last words.
    pub async fn open_with(programs: Vec<Program>, sample_rate: u32, options: Options) -> Result<Self, ProviderError> {
        let mut programs = VecDeque::from(programs);
        let mut farewells = Vec::new();
        while let Some(program) = programs.pop_front() {
            match Line::start(&program, sample_rate, &options).await {
                Err(error) => farewells.push(error.message),
                Ok(mut line) => {
                    if line.child.wait(EARLY_END_WAIT).await {
                        farewells.push(line.child.farewell());
                        continue;
                    }
                    return Ok(Self {
                        name: options.device.clone().unwrap_or_else(|| "the default loudspeaker".into()),
                        options,
                        rate: sample_rate.max(1),
                        program,
                        line: Some(line),
                        pending: Vec::new(),
                        began: None,
                        written: 0,
                    });
                }
            }
        }
        Err(no_sound(&farewells))
    }

    /// The program that is in use.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Waits until the next samples are at most [`LEAD_MAX`] ahead of real time.
    async fn pace(&mut self, samples: usize) {
        let now = Instant::now();
        let began = *self.began.get_or_insert(now);
        let due = |count: u64| Duration::from_secs_f64(count as f64 / f64::from(self.rate));
        if began + due(self.written) < now {
            // We or the child were late: what follows is heard from now on.
            self.began = now.checked_sub(due(self.written)).or(Some(now));
            return;
        }
        let behind = began + due(self.written + samples as u64);
        if let Some(until) = behind.checked_sub(LEAD_MAX).filter(|&until| until > now) {
            sleep_until(until).await;
        }
    }

    /// Waits until the child has taken enough of what it was given for `bytes` more. A pipe holds a page at least,
    /// which may be far more than the lead.
    async fn room(&mut self, bytes: usize) -> Result<(), ProviderError> {
        let most = (LEAD_MAX.as_secs_f64() * f64::from(self.rate)) as u64 * 2;
        let mut least = u64::MAX;
        let mut until = Instant::now() + self.options.stall_max;
        loop {
            let Some(line) = &mut self.line else { return Err(gone("it has ended")) };
            line.child.listen();
            let waiting = rustix::io::ioctl_fionread(&line.pipe).unwrap_or(0);
            if waiting + bytes as u64 <= most.max(bytes as u64) {
                return Ok(());
            }
            if line.child.has_ended() {
                return Err(self.lost().await);
            }
            if waiting < least {
                (least, until) = (waiting, Instant::now() + self.options.stall_max);
            } else if Instant::now() >= until {
                return Err(self.stalled());
            }
            sleep(ROOM_LOOK).await;
        }
    }

    /// Writes what is pending.
    async fn flush(&mut self) -> Result<(), ProviderError> {
        while !self.pending.is_empty() {
            self.room(self.pending.len().min(self.rate as usize / 50)).await?;
            let Some(line) = &mut self.line else { return Err(gone("it has ended")) };
            match line.pipe.try_write(&self.pending) {
                Ok(count) => {
                    self.pending.drain(..count);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if timeout(self.options.stall_max, line.pipe.writable()).await.is_err() {
                        return Err(self.stalled());
                    }
                }
                Err(_) => return Err(self.lost().await),
            }
        }
        Ok(())
    }

    /// The child has ended: why.
    async fn lost(&mut self) -> ProviderError {
        let Some(mut line) = self.line.take() else { return gone("it has ended") };
        line.child.wait(EARLY_END_WAIT).await;
        gone(&line.child.farewell())
    }

    fn stalled(&mut self) -> ProviderError {
        let farewell = self.line.take().map(|mut line| line.child.farewell()).unwrap_or_default();
        let seconds = self.options.stall_max.as_secs_f64();
        let message = format!("the loudspeaker takes no sound for {seconds:.1} s: {farewell}");
        device_error(FaultCode::TimedOut, message).suggest("choose another one as `audio.output_device`")
    }
}

#[async_trait]
impl AudioSink for Loudspeaker {
    fn name(&self) -> &str {
        &self.name
    }

    fn sample_rate(&self) -> u32 {
        self.rate
    }

    /// The lead and what the program was asked to hold; hardware adds some more that nobody tells.
    fn latency(&self) -> Duration {
        LEAD_MAX + self.options.latency
    }

    async fn write(&mut self, samples: &[f32]) -> Result<(), ProviderError> {
        self.flush().await?;
        // In steps of 10 ms, so that a long piece is paced within itself.
        for step in samples.chunks((self.rate as usize / 100).max(1)) {
            self.pace(step.len()).await;
            self.pending.extend(step.iter().flat_map(|&sample| crate::wav::to_s16(sample).to_le_bytes()));
            self.written += step.len() as u64;
            self.flush().await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ProviderError> {
        self.flush().await?;
        let Some(Line { mut child, pipe }) = self.line.take() else { return Ok(()) };
        // The end of its input is the child's sign to play the rest and end.
        drop(pipe);
        if child.wait(LEAD_MAX + self.options.latency + FINISH_WAIT).await && !child.is_success() {
            return Err(gone(&child.farewell()));
        }
        child.stop().await;
        Ok(())
    }
}

impl Line {
    async fn start(program: &Program, rate: u32, options: &Options) -> Result<Self, ProviderError> {
        let mut child = Child::start(program, rate, options)?;
        let (Some(stdin), _) = child.pipes() else { return Err(gone("it has no input")) };
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::pipe::fcntl_setpipe_size(&stdin, PIPE_LEN) {
            tracing::debug!(%error, "the pipe to the loudspeaker keeps its size");
        }
        let pipe = Sender::from_owned_fd(OwnedFd::from(stdin)).map_err(|error| gone(&error.to_string()))?;
        Ok(Self { child, pipe })
    }
}

fn gone(why: &str) -> ProviderError {
    device_error(FaultCode::Interrupted, format!("the loudspeaker is gone: {why}"))
        .suggest("check that it is plugged in, or choose another one as `audio.output_device`")
}

fn no_sound(farewells: &[String]) -> ProviderError {
    if farewells.is_empty() {
        let message = "no loudspeaker can be used: none of pw-cat, pacat, aplay and play is installed";
        return device_error(FaultCode::Missing, message)
            .suggest("install pipewire-bin, pulseaudio-utils, alsa-utils or sox")
            .suggest("write the voice into a file: `--out FILE.wav`");
    }
    let message = format!("no loudspeaker can be used: {}", farewells.join("; "));
    device_error(FaultCode::Missing, message).suggest("check that a sound card is there and allowed")
}
