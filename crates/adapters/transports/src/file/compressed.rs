//! FLAC, MP3 and Ogg (Vorbis, FLAC) through symphonia.
//!
//! Tags are cut away before the library sees the file, as they can be as large as the file itself; a panic of the
//! library is damage of the file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use baton_audio::convert::{Flaws, ToEar};
use baton_ports::ProviderError;
use baton_types::{AudioFormat, EAR_SAMPLE_RATE, FaultCode, SampleEncoding};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::packet::Packet;
use symphonia::default::formats::{FlacReader, MpaReader, OggReader};
use symphonia::default::get_codecs;

use super::Place;
use super::detect::Kind;
use super::stream::length;

/// Errors in a row after which a file is given up: nothing that still holds sound has so many.
const ERRORS_MAX: u32 = 10_000;

/// Most silence that stands in for one lost stretch, in seconds; a larger gap is a damaged position.
const GAP_SECONDS_MAX: u64 = 60;

/// Samples of silence made at a time.
const SILENCE: [f32; 4_096] = [0.0; 4_096];

/// Metadata blocks that a FLAC file may have.
const FLAC_BLOCKS_MAX: usize = 4_096;

/// What a call to [`Compressed::read`] came to.
#[derive(Debug)]
pub(super) enum Piece {
    /// Sound was appended, perhaps none.
    Sound,
    /// Something was passed over; its place was filled with silence where its length is known.
    Skipped(String),
    Ended,
}

/// A compressed file being decoded.
pub(super) struct Compressed {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    ear: ToEar,
    /// Flaws of converters that went before, as a file may change its format.
    flaws_before: Flaws,
    /// Instants in the whole track, where it says so reliably.
    instants: Option<u64>,
    /// Position behind the last packet, in the track's own samples; known where packets carry their position.
    expected: Option<u64>,
    /// Samples of silence still to be given for a gap, in the track's own samples.
    gap: u64,
    /// Instants that have gone into the ear.
    taken: u64,
    damage: Damage,
    interleaved: Vec<f32>,
    /// Whether positions of packets can be relied on to show what is lost.
    has_positions: bool,
    is_over: bool,
}

/// The stretch of damage that is being passed over.
#[derive(Debug, Default)]
struct Damage {
    packets: u32,
    lost: u64,
    errors: u32,
}

impl Compressed {
    /// Opens the file at `offset`, `len` bytes long in all.
    pub(super) fn open(file: File, kind: Kind, offset: u64, len: u64, place: &Place) -> Result<Self, ProviderError> {
        let source = Spliced::new(file, kind, offset, len).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => place.error(FaultCode::Damaged, error),
            _ => place.io(error),
        })?;
        let stream = MediaSourceStream::new(Box::new(source), Default::default());
        let options = FormatOptions::default();
        let reader = guarded(|| {
            Ok(match kind {
                Kind::Flac => Box::new(FlacReader::try_new(stream, options)?) as Box<dyn FormatReader>,
                Kind::Mp3 { .. } => Box::new(MpaReader::try_new(stream, options)?),
                Kind::Ogg | Kind::Wave => Box::new(OggReader::try_new(stream, options)?),
            })
        })
        .map_err(|error| failure(place, error))?;
        let chosen = Chosen::of(&*reader).map_err(|error| failure(place, error))?;
        let states_length = !matches!(kind, Kind::Mp3 { states_length: false });
        Ok(Self {
            reader,
            decoder: chosen.decoder,
            track: chosen.track,
            ear: ToEar::new(chosen.format).map_err(|error| place.error(FaultCode::Rejected, error))?,
            flaws_before: Flaws::default(),
            instants: chosen.instants.filter(|_| states_length),
            expected: None,
            gap: 0,
            taken: 0,
            damage: Damage::default(),
            interleaved: Vec::new(),
            has_positions: matches!(kind, Kind::Flac | Kind::Ogg),
            is_over: false,
        })
    }

    /// How long it says it is.
    pub(super) fn declared(&self) -> Option<Duration> {
        self.instants.map(|instants| length(instants, self.ear.format().sample_rate))
    }

    /// What was wrong with the samples so far.
    pub(super) fn flaws(&self) -> Flaws {
        let (a, b) = (self.flaws_before, self.ear.flaws());
        Flaws {
            not_finite: a.not_finite + b.not_finite,
            denormal: a.denormal + b.denormal,
            clipped: a.clipped + b.clipped,
            split: a.split + b.split,
            dropped_bytes: a.dropped_bytes + b.dropped_bytes,
        }
    }

    /// Appends the next packet's sound to `out`.
    pub(super) fn read(&mut self, out: &mut Vec<f32>, place: &Place) -> Result<Piece, ProviderError> {
        if self.is_over {
            return Ok(Piece::Ended);
        }
        if self.gap > 0 {
            self.fill_gap(out);
            return Ok(Piece::Sound);
        }
        match guarded(|| self.reader.next_packet()) {
            Ok(Some(packet)) if packet.track_id == self.track => self.take(&packet, out, place),
            Ok(Some(_)) => Ok(Piece::Sound),
            Ok(None) => Ok(self.end(out, false)),
            Err(Error::ResetRequired) => self.restart(out, place),
            Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(self.end(out, true)),
            Err(Error::IoError(error)) => Err(place.io(error)),
            Err(error) => {
                self.damaged(0);
                if self.damage.errors > ERRORS_MAX || matches!(error, Error::LimitError(_)) {
                    return Err(failure(place, error));
                }
                Ok(Piece::Sound)
            }
        }
    }

    /// Decodes one packet.
    fn take(&mut self, packet: &Packet, out: &mut Vec<f32>, place: &Place) -> Result<Piece, ProviderError> {
        let at = u64::try_from(packet.pts.get()).unwrap_or(0);
        let missing = match self.expected {
            Some(expected) if self.has_positions => at.saturating_sub(expected),
            _ => 0,
        };
        self.expected = Some(at.saturating_add(packet.dur.get()));
        if missing > 0 {
            self.damaged(missing);
        }
        let mut interleaved = std::mem::take(&mut self.interleaved);
        let decoded = guarded(|| {
            let buffer = self.decoder.decode(packet)?;
            buffer.copy_to_vec_interleaved(&mut interleaved);
            Ok((buffer.spec().rate(), buffer.spec().channels().count()))
        });
        self.interleaved = interleaved;
        match decoded {
            Ok((sample_rate, channels)) => {
                // What stood before the packet comes before it.
                while self.gap > 0 {
                    self.fill_gap(out);
                }
                let format = AudioFormat {
                    sample_rate,
                    channels: u16::try_from(channels).unwrap_or(u16::MAX),
                    encoding: SampleEncoding::F32,
                };
                if !self.interleaved.is_empty() {
                    self.become_format(format, out, place)?;
                    self.taken += (self.interleaved.len() / channels.max(1)) as u64;
                    self.ear.push_floats(&self.interleaved, out);
                }
                Ok(self.note())
            }
            Err(Error::ResetRequired) => self.restart(out, place),
            Err(error) => {
                self.damaged(packet.dur.get());
                if self.damage.errors > ERRORS_MAX {
                    return Err(failure(place, error));
                }
                Ok(Piece::Sound)
            }
        }
    }

    /// Counts something that was lost, `lost` instants of it known.
    fn damaged(&mut self, lost: u64) {
        self.damage.packets += 1;
        self.damage.errors += 1;
        let most = GAP_SECONDS_MAX * u64::from(self.ear.format().sample_rate);
        let fill = if self.damage.lost + lost <= most { lost } else { 0 };
        self.damage.lost += fill;
        self.gap += fill;
    }

    fn fill_gap(&mut self, out: &mut Vec<f32>) {
        let channels = u64::from(self.ear.format().channels);
        let instants = self.gap.min(SILENCE.len() as u64 / channels);
        self.ear.push_floats(&SILENCE[..(instants * channels) as usize], out);
        self.gap -= instants;
        self.taken += instants;
    }

    /// The note on a stretch of damage that is over, if there was one.
    fn note(&mut self) -> Piece {
        let damage = std::mem::take(&mut self.damage);
        if damage.packets == 0 {
            return Piece::Sound;
        }
        let rate = f64::from(self.ear.format().sample_rate);
        let (at, lost) = (self.taken as f64 / rate, damage.lost as f64 / rate);
        Piece::Skipped(format!(
            "{} damaged places before {at:.1} s were passed over, {lost:.2} s of silence stand for them",
            damage.packets
        ))
    }

    /// Goes on in the next stream of a chained file, or after a change of its tracks.
    fn restart(&mut self, out: &mut Vec<f32>, place: &Place) -> Result<Piece, ProviderError> {
        self.damage.errors += 1;
        if self.damage.errors > ERRORS_MAX {
            return Err(place.error(FaultCode::Damaged, "it begins anew too often"));
        }
        match Chosen::of(&*self.reader) {
            Ok(chosen) => {
                self.decoder = chosen.decoder;
                self.track = chosen.track;
                self.expected = None;
                self.instants = None;
                self.become_format(chosen.format, out, place)?;
            }
            Err(_) => self.damage.packets += 1,
        }
        Ok(Piece::Sound)
    }

    /// A converter for another format, when it is another one.
    fn become_format(&mut self, format: AudioFormat, out: &mut Vec<f32>, place: &Place) -> Result<(), ProviderError> {
        if self.ear.format() == format {
            return Ok(());
        }
        let next = ToEar::new(format).map_err(|error| place.error(FaultCode::Rejected, error))?;
        self.ear.flush(out);
        self.flaws_before = self.flaws();
        self.ear = next;
        Ok(())
    }

    /// The end of the file, in good order or in the middle of a packet.
    fn end(&mut self, out: &mut Vec<f32>, is_cut: bool) -> Piece {
        while self.gap > 0 {
            self.fill_gap(out);
        }
        self.ear.flush(out);
        self.is_over = true;
        let rate = self.ear.format().sample_rate;
        let lacking = self.instants.map_or(0, |instants| instants.saturating_sub(self.taken));
        // An encoder may count its own delay as sound: two frames of any MP3.
        let is_short = lacking > 2_400.max(u64::from(EAR_SAMPLE_RATE) / 10);
        let seconds = self.taken as f64 / f64::from(rate);
        if is_short {
            let lacking = lacking as f64 / f64::from(rate);
            return Piece::Skipped(format!(
                "the file is cut at {seconds:.1} s: {lacking:.1} s that it declares are not there"
            ));
        }
        if is_cut {
            return Piece::Skipped(format!("the file is cut at {seconds:.1} s, in the middle of its sound"));
        }
        match self.note() {
            Piece::Skipped(note) => Piece::Skipped(note),
            Piece::Sound | Piece::Ended => Piece::Ended,
        }
    }
}

/// The track to decode, and how.
struct Chosen {
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    format: AudioFormat,
    instants: Option<u64>,
}

impl Chosen {
    fn of(reader: &dyn FormatReader) -> Result<Self, Error> {
        let track: &Track = reader.default_track(TrackType::Audio).ok_or(Error::Unsupported("no sound in it"))?;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or(Error::Unsupported("no sound in it"))?;
        let decoder = guarded(|| get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()))?;
        let channels = parameters.channels.as_ref().map_or(1, |channels| channels.count());
        let format = AudioFormat {
            sample_rate: parameters.sample_rate.unwrap_or(EAR_SAMPLE_RATE),
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            encoding: SampleEncoding::F32,
        };
        Ok(Self { decoder, track: track.id, format, instants: track.num_frames })
    }
}

/// Runs the library; a panic in it is damage.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::LimitError("the decoder gave up")))
}

fn failure(place: &Place, error: Error) -> ProviderError {
    let kind = if matches!(error, Error::Unsupported(_)) { FaultCode::Rejected } else { FaultCode::Damaged };
    let reason = match &error {
        Error::IoError(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            "it ends before its sound begins".into()
        }
        other => other.to_string(),
    };
    place.error(kind, reason).caused_by(error)
}

/// A file without its tags: some bytes of our own, then the file from an offset on.
struct Spliced {
    head: Vec<u8>,
    file: File,
    /// Where the rest begins in the file.
    offset: u64,
    len: u64,
    at: u64,
}

impl Spliced {
    fn new(mut file: File, kind: Kind, offset: u64, len: u64) -> io::Result<Self> {
        let (head, offset) = if kind == Kind::Flac { flac_head(&mut file, offset)? } else { (Vec::new(), offset) };
        file.seek(SeekFrom::Start(offset))?;
        let len = head.len() as u64 + len.saturating_sub(offset);
        Ok(Self { head, file, offset, len, at: 0 })
    }
}

/// The head of a FLAC file with nothing but its stream information, and where its sound begins.
fn flac_head(file: &mut File, offset: u64) -> io::Result<(Vec<u8>, u64)> {
    let cut = |_| io::Error::new(io::ErrorKind::InvalidData, "it ends before its sound begins");
    let mut head = b"fLaC".to_vec();
    let mut at = offset + 4;
    for _ in 0..FLAC_BLOCKS_MAX {
        file.seek(SeekFrom::Start(at))?;
        let mut block = [0; 4];
        file.read_exact(&mut block).map_err(cut)?;
        let size = u32::from_be_bytes([0, block[1], block[2], block[3]]);
        if block[0] & 0x7f == 0 && head.len() == 4 {
            let mut information = vec![0; size.min(64) as usize];
            file.read_exact(&mut information).map_err(cut)?;
            head.extend([0x80, block[1], block[2], block[3]]);
            head.extend(information);
        }
        at += 4 + u64::from(size);
        if block[0] & 0x80 != 0 {
            return Ok((head, at));
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it has too many blocks of tags"))
}

impl Read for Spliced {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let head = usize::try_from(self.at).ok().and_then(|at| self.head.get(at..)).unwrap_or_default();
        let count = if head.is_empty() {
            self.file.read(buf)?
        } else {
            let count = head.len().min(buf.len());
            buf[..count].copy_from_slice(&head[..count]);
            count
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Spliced {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let in_file = self.offset.saturating_add(target.saturating_sub(self.head.len() as u64));
        self.file.seek(SeekFrom::Start(in_file))?;
        self.at = target;
        Ok(target)
    }
}

impl MediaSource for Spliced {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}
