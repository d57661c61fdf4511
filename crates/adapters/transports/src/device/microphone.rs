//! The microphone: a child process that writes raw PCM.
//!
//! Sound is taken at the pace of real time with one second of allowance, so that a stall of ours loses nothing that
//! short and never makes the line late for good: what comes beyond that is dropped, oldest first, and told. A child
//! that vanishes is started again once; one that stalls or vanishes again is a failure.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::time::Duration;

use async_trait::async_trait;
use baton_audio::convert::ToEar;
use baton_audio::frames::Frames;
use baton_ports::{AudioSource, Pace, ProviderError, SourceEvent};
use baton_types::{AudioFormat, AudioFrame, EAR_FRAME_SAMPLES, EAR_SAMPLE_RATE, FaultCode, SampleEncoding, Timestamp};
use tokio::net::unix::pipe::Receiver;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::child::Child;
use super::program::{Direction, Environment, Program};
use super::{Options, device_error};

/// What programs are asked for: the ear's own rate, so that nothing is converted here.
const FORMAT: AudioFormat = AudioFormat { sample_rate: EAR_SAMPLE_RATE, channels: 1, encoding: SampleEncoding::S16 };

/// Sound that may come at once, in samples: one second.
const ALLOWANCE: f64 = EAR_SAMPLE_RATE as f64;

/// How much faster than our clock a sound card may run, as none keeps the time exactly.
const DRIFT: f64 = 1.005;

/// How long opening waits for the first sound before it goes on without having heard any.
const FIRST_SOUND_WAIT: Duration = Duration::from_millis(1_500);

/// How long after it vanished a child is started again.
const RESTART_WAIT: Duration = Duration::from_millis(200);

/// Sound after which a child that vanishes may be started again once more, in samples: a minute.
const RESTART_EARNED: u64 = 60 * EAR_SAMPLE_RATE as u64;

/// How often a child that gives no sound is listened to: one that prints without a reader would stop.
const LISTEN: Duration = Duration::from_millis(50);

/// Most bytes read at a time: twice what a pipe holds.
const READ_LEN_MAX: usize = 128 * 1_024;

/// A microphone of this machine: 16 kHz mono in frames of 20 ms, at its own pace.
///
/// Must be used inside a tokio runtime. Ends its child process when dropped.
#[derive(Debug)]
pub struct Microphone {
    name: String,
    options: Options,
    /// Programs to try; the first one is in use.
    programs: VecDeque<Program>,
    line: Line,
    ear: ToEar,
    frames: Frames,
    ready: VecDeque<SourceEvent>,
    /// Samples given since the beginning.
    given: u64,
    /// Samples that the running child has given.
    given_by_child: u64,
    may_restart: bool,
    allowance: Allowance,
    /// Surplus is told again after this time.
    surplus_told_until: Option<Instant>,
}

#[derive(Debug)]
enum Line {
    Open {
        child: Child,
        pipe: Receiver,
        silent_since: Instant,
    },
    /// The child is started again then.
    Waiting(Instant),
    Over,
}

impl Microphone {
    /// Opens a microphone by the name that the system's programs know it under; an empty name is the default one.
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub async fn open(device: &str) -> Result<Self, ProviderError> {
        let programs = Environment::of_process().programs(Direction::Capture);
        Self::open_with(programs, Options::device(device)).await
    }

    /// Opens a microphone through the first of `programs` that gives sound. Waits for the first sound, at most 1.5 s
    /// a program.
    ///
    /// # Errors
    /// `Missing` when there is no program or none of them gives sound; the message holds their last words.
    pub async fn open_with(programs: Vec<Program>, options: Options) -> Result<Self, ProviderError> {
        let mut microphone = Self {
            name: options.device.clone().unwrap_or_else(|| "the default microphone".into()),
            options,
            programs: programs.into(),
            line: Line::Over,
            ear: ToEar::new(FORMAT).expect("16 kHz mono is within the limits"),
            frames: Frames::ear(),
            ready: VecDeque::new(),
            given: 0,
            given_by_child: 0,
            may_restart: true,
            allowance: Allowance::new(Instant::now()),
            surplus_told_until: None,
        };
        let mut farewells = Vec::new();
        loop {
            let Some(program) = microphone.programs.front() else { return Err(no_sound(&farewells)) };
            match Child::start(program, EAR_SAMPLE_RATE, &microphone.options) {
                Err(error) => farewells.push(error.message),
                Ok(child) => match microphone.listen_first(child).await? {
                    None => return Ok(microphone),
                    Some(farewell) => farewells.push(farewell),
                },
            }
            microphone.programs.pop_front();
        }
    }

    /// The program that is in use.
    #[must_use]
    pub fn program(&self) -> Option<&Program> {
        self.programs.front()
    }

    /// Waits until a child gives sound, or says why it ended before it did.
    async fn listen_first(&mut self, mut child: Child) -> Result<Option<String>, ProviderError> {
        let pipe = receiver(&mut child)?;
        let until = Instant::now() + FIRST_SOUND_WAIT;
        let mut one = [0; 1_024];
        loop {
            let _nothing_yet = timeout_at(until.min(Instant::now() + LISTEN), pipe.readable()).await;
            child.listen();
            match pipe.try_read(&mut one) {
                Ok(0) => {
                    child.wait(RESTART_WAIT).await;
                    return Ok(Some(child.farewell()));
                }
                Ok(count) => self.take(&one[..count], Instant::now()),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && Instant::now() < until => continue,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(gone(&error.to_string())),
            }
            self.line = Line::Open { child, pipe, silent_since: Instant::now() };
            return Ok(None);
        }
    }

    /// Reads what has come, or waits for it. Cancel-safe: what was read is in `self` before anything is awaited.
    async fn advance(&mut self) {
        let now = Instant::now();
        let (bytes, is_gone) = match &mut self.line {
            Line::Over => return self.ready.push_back(SourceEvent::Ended),
            Line::Waiting(until) => {
                sleep_until(*until).await;
                return self.restart();
            }
            Line::Open { child, pipe, silent_since } => {
                // A flood is held back by its own pipe.
                if let Some(until) = self.allowance.wait_until(now) {
                    return sleep_until(until).await;
                }
                child.listen();
                let (bytes, is_gone) = read_available(pipe);
                if bytes.is_empty() && !is_gone {
                    let until = *silent_since + self.options.stall_max;
                    // The clock may have run past it while nobody read: what has come since counts.
                    let is_stalled = timeout_at(until, pipe.readable()).await.is_err();
                    return if is_stalled {
                        self.stalled()
                    };
                }
                *silent_since = now;
                (bytes, is_gone)
            }
        };
        self.take(&bytes, now);
        if is_gone {
            self.vanished().await;
        }
    }

    /// Makes frames of what came, and drops what is beyond the allowance.
    fn take(&mut self, bytes: &[u8], now: Instant) {
        let mut samples = Vec::new();
        self.ear.push_bytes(bytes, &mut samples);
        let surplus = self.allowance.take(samples.len(), now);
        if surplus > 0 {
            let is_told = self.surplus_told_until.is_some_and(|until| now < until);
            self.surplus_told_until = Some(now + Duration::from_secs(1));
            if !is_told {
                let ms = surplus * 1_000 / EAR_SAMPLE_RATE as usize;
                let what = format!("{ms} ms of sound from the microphone came faster than real time and were dropped");
                self.ready.push_back(SourceEvent::Skipped { what });
            }
        }
        let (given, ready) = (&mut self.given, &mut self.ready);
        self.given_by_child += (samples.len() - surplus) as u64;
        self.frames.push(&samples[surplus..], |frame| {
            let at = Timestamp::from_samples(*given, EAR_SAMPLE_RATE);
            *given += frame.len() as u64;
            ready.push_back(SourceEvent::Frame(AudioFrame { at, samples: frame.into() }));
        });
    }

    /// The child closed its pipe. Cancel-safe: the pipe stays closed.
    async fn vanished(&mut self) {
        let Line::Open { child, .. } = &mut self.line else { return };
        child.wait(RESTART_WAIT).await;
        let farewell = child.farewell();
        self.may_restart |= self.given_by_child >= RESTART_EARNED;
        if !self.may_restart {
            return self.fail(gone(&farewell));
        }
        self.may_restart = false;
        self.line = Line::Waiting(Instant::now() + RESTART_WAIT);
        let what = format!("the microphone was lost and is opened again: {farewell}");
        self.ready.push_back(SourceEvent::Skipped { what });
    }

    fn stalled(&mut self) {
        let Line::Open { child, .. } = &mut self.line else { return };
        let seconds = self.options.stall_max.as_secs_f64();
        let message = format!("the microphone gives no sound for {seconds:.1} s: {}", child.farewell());
        self.fail(
            device_error(FaultCode::TimedOut, message)
                .suggest("unplug the microphone and plug it in again, or choose another one as `audio.input_device`"),
        );
    }

    fn restart(&mut self) {
        let started = self.programs.front().map(|program| {
            let mut child = Child::start(program, EAR_SAMPLE_RATE, &self.options)?;
            let pipe = receiver(&mut child)?;
            Ok::<_, ProviderError>((child, pipe))
        });
        match started {
            Some(Ok((child, pipe))) => {
                self.given_by_child = 0;
                self.line = Line::Open { child, pipe, silent_since: Instant::now() };
            }
            Some(Err(error)) => self.fail(error),
            None => self.fail(no_sound(&[])),
        }
    }

    fn fail(&mut self, error: ProviderError) {
        self.line = Line::Over;
        self.ready.push_back(SourceEvent::Failed(error));
    }
}

#[async_trait]
impl AudioSource for Microphone {
    fn name(&self) -> &str {
        &self.name
    }

    fn pace(&self) -> Pace {
        Pace::Source
    }

    async fn next(&mut self) -> SourceEvent {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            self.advance().await;
        }
    }
}

/// Everything that is there, and whether the other end is gone.
fn read_available(pipe: &Receiver) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let mut block = [0; 8_192];
    while bytes.len() < READ_LEN_MAX {
        match pipe.try_read(&mut block) {
            Ok(0) => return (bytes, true),
            Ok(count) => bytes.extend_from_slice(&block[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return (bytes, false),
            Err(_) => return (bytes, true),
        }
    }
    (bytes, false)
}

fn receiver(child: &mut Child) -> Result<Receiver, ProviderError> {
    let (_, Some(stdout)) = child.pipes() else { return Err(gone("it has no output")) };
    Receiver::from_owned_fd(OwnedFd::from(stdout)).map_err(|error| gone(&error.to_string()).caused_by(error))
}

fn gone(why: &str) -> ProviderError {
    device_error(FaultCode::Interrupted, format!("the microphone is gone: {why}"))
        .suggest("check that it is plugged in, or choose another one as `audio.input_device`")
}

fn no_sound(farewells: &[String]) -> ProviderError {
    if farewells.is_empty() {
        let message = "no microphone can be used: none of pw-cat, parec, arecord and rec is installed";
        return device_error(FaultCode::Missing, message)
            .suggest("install pipewire-bin, pulseaudio-utils, alsa-utils or sox")
            .suggest("give the caller's voice as a file: `--in FILE`");
    }
    let message = format!("no microphone can be used: {}", farewells.join("; "));
    device_error(FaultCode::Missing, message).suggest("check that a microphone is plugged in and allowed")
}

/// How many samples may be taken: real time, a little drift, and what was saved up.
#[derive(Debug)]
struct Allowance {
    samples: f64,
    at: Instant,
}

impl Allowance {
    const fn new(at: Instant) -> Self {
        Self { samples: ALLOWANCE, at }
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.samples = (self.samples + elapsed * f64::from(EAR_SAMPLE_RATE) * DRIFT).min(ALLOWANCE);
        self.at = now;
    }

    /// Takes `count` samples, and says how many of them are too many.
    fn take(&mut self, count: usize, now: Instant) -> usize {
        self.refill(now);
        let surplus = count.saturating_sub(self.samples as usize);
        self.samples -= (count - surplus) as f64;
        surplus
    }

    /// When a frame may be taken, if not yet.
    fn wait_until(&mut self, now: Instant) -> Option<Instant> {
        self.refill(now);
        let lacking = EAR_FRAME_SAMPLES as f64 - self.samples;
        (lacking > 0.0).then(|| now + Duration::from_secs_f64(lacking / f64::from(EAR_SAMPLE_RATE)))
    }
}
