//! One file on its way to the ear: container, conversion, limits and notes.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use baton_audio::convert::{Flaws, ToEar};
use baton_ports::ProviderError;
use baton_types::{EAR_SAMPLE_RATE, FaultCode};

#[cfg(feature = "decode")]
use super::compressed::{Compressed, Piece};
use super::detect::{Found, Kind, detect};
use super::wave::{Wave, WaveError};
use super::{Limits, Place};

/// Sound without a flaw after which the next flaw is told again, in samples at 16 kHz.
const CLEAN_LEN: u64 = EAR_SAMPLE_RATE as u64;

/// What a call to [`Stream::read`] came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Sound was appended, perhaps none.
    More,
    /// Sound was appended, perhaps none, and something was passed over.
    Skipped(String),
    /// Everything has been given.
    Ended,
}

/// A file being decoded, in pieces of bounded length.
pub(super) struct Stream {
    place: Place,
    container: Container,
    limits: Limits,
    declared: Option<Duration>,
    /// Sound that opening decoded already, and what it passed over, the last note in front.
    first: Vec<f32>,
    notes: Vec<String>,
    /// Samples given, at 16 kHz.
    given: u64,
    flaws: FlawWatch,
    /// What the next call fails with.
    failure: Option<ProviderError>,
    is_over: bool,
}

enum Container {
    Wave {
        wave: Wave,
        ear: Box<ToEar>,
    },
    #[cfg(feature = "decode")]
    Compressed(Box<Compressed>),
}

impl Stream {
    /// Opens a file and decodes until there is sound.
    pub(super) fn open(path: &Path, limits: Limits) -> Result<Self, ProviderError> {
        let place = Place(path.to_path_buf());
        let about = std::fs::metadata(path).map_err(|error| place.io(error))?;
        if about.is_dir() {
            return Err(place.error(FaultCode::Rejected, "it is a directory"));
        }
        if !about.is_file() {
            return Err(place.error(FaultCode::Rejected, "it is not a regular file"));
        }
        let len = about.len();
        if len > limits.bytes_max {
            let reason = format!("its {len} bytes are more than the limit of {}", limits.bytes_max);
            return Err(place.error(FaultCode::LimitReached, reason));
        }
        let mut file = File::open(path).map_err(|error| place.io(error))?;
        let found = detect(&mut file, len).map_err(|error| place.io(error))?;
        let (container, declared) = match found {
            Found::Refused(reason) => return Err(place.error(FaultCode::Rejected, reason)),
            Found::Sound { kind: Kind::Wave, offset } => open_wave(file, offset, len, &place)?,
            #[cfg(feature = "decode")]
            Found::Sound { kind, offset } => {
                let compressed = Compressed::open(file, kind, offset, len, &place)?;
                let declared = compressed.declared();
                (Container::Compressed(Box::new(compressed)), declared)
            }
            #[cfg(not(feature = "decode"))]
            Found::Sound { .. } => {
                let reason = "FLAC, MP3 and Ogg need the feature `decode` in this build";
                return Err(place.error(FaultCode::Rejected, reason));
            }
        };
        if declared.is_some_and(|declared| declared > limits.duration_max) {
            return Err(too_long(&place, declared, limits));
        }
        let mut stream = Self {
            place,
            container,
            limits,
            declared,
            first: Vec::new(),
            notes: Vec::new(),
            given: 0,
            flaws: FlawWatch::default(),
            failure: None,
            is_over: false,
        };
        stream.start()?;
        Ok(stream)
    }

    /// Decodes until there is sound, which is kept for the first call of [`Self::read`].
    fn start(&mut self) -> Result<(), ProviderError> {
        let (mut first, mut notes) = (Vec::new(), Vec::new());
        while first.is_empty() {
            match self.read(&mut first)? {
                Step::More => {}
                Step::Skipped(what) => {
                    if notes.len() < super::NOTES_MAX {
                        notes.push(what);
                    }
                }
                Step::Ended if first.is_empty() => {
                    let why = notes.last().map_or(String::new(), |note| format!(" ({note})"));
                    return Err(self.place.error(FaultCode::Damaged, format!("it holds no sound{why}")));
                }
                Step::Ended => break,
            }
        }
        notes.reverse();
        (self.first, self.notes) = (first, notes);
        Ok(())
    }

    /// How long it says it is.
    pub(super) const fn declared(&self) -> Option<Duration> {
        self.declared
    }

    /// What was wrong with the samples so far.
    pub(super) fn flaws(&self) -> Flaws {
        self.container.flaws()
    }

    /// Appends the next sound to `out`: at most some seconds at a time.
    pub(super) fn read(&mut self, out: &mut Vec<f32>) -> Result<Step, ProviderError> {
        if !self.first.is_empty() {
            out.append(&mut self.first);
            return Ok(Step::More);
        }
        if let Some(note) = self.notes.pop() {
            return Ok(Step::Skipped(note));
        }
        if let Some(failure) = self.failure.take() {
            self.is_over = true;
            return Err(failure);
        }
        if self.is_over {
            return Ok(Step::Ended);
        }
        let before = out.len();
        let step = self.container.read(out, &self.place);
        self.given += (out.len() - before) as u64;
        let most = self.limits.duration_max.as_secs_f64() * f64::from(EAR_SAMPLE_RATE);
        if self.given as f64 > most {
            out.truncate(out.len() - ((self.given as f64 - most) as usize).min(out.len() - before));
            self.given = most as u64;
            // What is within the limit is given first.
            self.failure = Some(too_long(&self.place, None, self.limits));
            return Ok(Step::More);
        }
        let note = self.flaws.watch(self.container.flaws(), self.given);
        let step = step.inspect_err(|_| self.is_over = true)?;
        self.is_over = step == Step::Ended;
        Ok(match (step, note) {
            (step, None) => step,
            (Step::More, Some(note)) => Step::Skipped(note),
            (Step::Skipped(what), Some(note)) => Step::Skipped(format!("{what}; {note}")),
            (Step::Ended, Some(note)) => Step::Skipped(note),
        })
    }
}

impl Container {
    fn read(&mut self, out: &mut Vec<f32>, place: &Place) -> Result<Step, ProviderError> {
        match self {
            Self::Wave { wave, ear } => {
                let bytes = wave.read().map_err(|error| place.io(error))?;
                if !bytes.is_empty() {
                    ear.push_bytes(bytes, out);
                    return Ok(Step::More);
                }
                ear.flush(out);
                let lacking = std::mem::take(&mut wave.lacking);
                if lacking == 0 {
                    return Ok(Step::Ended);
                }
                Ok(Step::Skipped(format!("the file is cut: {lacking} bytes that its header promises are not there")))
            }
            #[cfg(feature = "decode")]
            Self::Compressed(compressed) => Ok(match compressed.read(out, place)? {
                Piece::Sound => Step::More,
                Piece::Skipped(what) => Step::Skipped(what),
                Piece::Ended => Step::Ended,
            }),
        }
    }

    fn flaws(&self) -> Flaws {
        match self {
            Self::Wave { ear, .. } => ear.flaws(),
            #[cfg(feature = "decode")]
            Self::Compressed(compressed) => compressed.flaws(),
        }
    }
}

fn open_wave(file: File, offset: u64, len: u64, place: &Place) -> Result<(Container, Option<Duration>), ProviderError> {
    let wave = Wave::open(file, offset, len).map_err(|error| match error {
        WaveError::Io(error) => place.io(error),
        WaveError::Damaged(reason) => place.error(FaultCode::Damaged, reason),
        WaveError::Unsupported(reason) => place.error(FaultCode::Rejected, reason),
    })?;
    let ear = ToEar::new(wave.format).map_err(|error| place.error(FaultCode::Rejected, error))?;
    let declared = wave.instants().map(|instants| length(instants, wave.format.sample_rate));
    Ok((Container::Wave { wave, ear: Box::new(ear) }, declared))
}

/// How long `instants` last.
pub(super) fn length(instants: u64, rate: u32) -> Duration {
    Duration::from_secs_f64(instants as f64 / f64::from(rate.max(1)))
}

fn too_long(place: &Place, declared: Option<Duration>, limits: Limits) -> ProviderError {
    let most = in_words(limits.duration_max);
    let reason = match declared {
        Some(declared) => format!("it declares {} of sound, more than the limit of {most}", in_words(declared)),
        None => format!("its sound goes on beyond the limit of {most}"),
    };
    place.error(FaultCode::LimitReached, reason)
}

fn in_words(span: Duration) -> String {
    match span.as_secs_f64() {
        seconds if seconds < 120.0 => format!("{seconds:.1} s"),
        seconds if seconds < 7_200.0 => format!("{:.1} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// Tells of flawed samples once for each stretch of them.
#[derive(Debug, Default)]
struct FlawWatch {
    last: Flaws,
    /// Samples that are no number are told again from this position on.
    quiet_upto: u64,
    is_clipping_told: bool,
}

impl FlawWatch {
    fn watch(&mut self, flaws: Flaws, given: u64) -> Option<String> {
        let last = std::mem::replace(&mut self.last, flaws);
        let seconds = given as f64 / f64::from(EAR_SAMPLE_RATE);
        if flaws.not_finite > last.not_finite {
            let is_told = given < self.quiet_upto;
            self.quiet_upto = given + CLEAN_LEN;
            if !is_told {
                return Some(format!("samples before {seconds:.1} s are no numbers and became silence"));
            }
        }
        if flaws.clipped > last.clipped && !self.is_clipping_told {
            self.is_clipping_told = true;
            return Some(format!("samples before {seconds:.1} s are beyond full scale and were clamped"));
        }
        None
    }
}
