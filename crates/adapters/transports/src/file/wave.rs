//! WAV: the header, and the bytes of the sound.
//!
//! Read by hand rather than through a library, as the header is small, G.711 and damaged headers must be taken, and
//! everything behind the header is [`baton_audio::convert::ToEar`]'s.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use baton_types::{AudioFormat, SampleEncoding};

/// Chunks that may stand before the sound.
const CHUNKS_MAX: usize = 1_000;

/// Bytes read at a time.
const BLOCK: usize = 32 * 1_024;

/// The sound of a WAV file, not yet decoded.
#[derive(Debug)]
pub(super) struct Wave {
    file: File,
    pub(super) format: AudioFormat,
    /// Bytes of sound still to come by the header, none when it does not know.
    left: Option<u64>,
    /// Bytes that the header promises and the file does not hold.
    pub(super) lacking: u64,
    block: Vec<u8>,
}

/// Why a WAV file cannot be read.
#[derive(Debug)]
pub(super) enum WaveError {
    Io(io::Error),
    /// In words that complete "cannot read FILE: ".
    Damaged(String),
    Unsupported(String),
}

impl From<io::Error> for WaveError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Wave {
    /// Reads the header of `file`, `len` bytes long, that begins at `offset`.
    pub(super) fn open(mut file: File, offset: u64, len: u64) -> Result<Self, WaveError> {
        let mut at = offset + 12;
        let mut format = None;
        for _ in 0..CHUNKS_MAX {
            file.seek(SeekFrom::Start(at))?;
            let Some((id, size)) = chunk_header(&mut file)? else {
                let lack = if format.is_none() { "a format" } else { "any sound" };
                return Err(WaveError::Damaged(format!("its header ends before {lack}")));
            };
            at += 8;
            match &id {
                b"fmt " => {
                    let mut body = Vec::with_capacity(40);
                    Read::by_ref(&mut file).take(u64::from(size.min(40))).read_to_end(&mut body)?;
                    format = Some(read_format(&body)?);
                }
                b"data" => {
                    let Some(format) = format else {
                        return Err(WaveError::Damaged("its sound stands before its format".into()));
                    };
                    return Self::with_sound(file, format, at, size, len);
                }
                _ => {}
            }
            // Chunks are padded to an even length.
            at += u64::from(size) + u64::from(size & 1);
        }
        Err(WaveError::Damaged(format!("there is no sound in its first {CHUNKS_MAX} chunks")))
    }

    fn with_sound(mut file: File, format: AudioFormat, at: u64, size: u32, len: u64) -> Result<Self, WaveError> {
        let there = len.saturating_sub(at);
        // Programs that write into a pipe leave 0 or the greatest number as the length.
        let is_unknown =
            size == 0 && chunk_header(&mut file)?.is_none_or(|(id, _)| !id.iter().all(u8::is_ascii_graphic));
        file.seek(SeekFrom::Start(at))?;
        let left = (!is_unknown).then(|| u64::from(size).min(there));
        let lacking = if is_unknown { 0 } else { u64::from(size).saturating_sub(there) };
        if there == 0 || left == Some(0) {
            return Err(WaveError::Damaged("it holds no sound (zero length)".into()));
        }
        Ok(Self { file, format, left, lacking, block: vec![0; BLOCK] })
    }

    /// Instants of sound by the header and the file's length, where known.
    pub(super) fn instants(&self) -> Option<u64> {
        self.left.map(|left| left / self.format.frame_bytes() as u64)
    }

    /// The next bytes; none at the end.
    pub(super) fn read(&mut self) -> io::Result<&[u8]> {
        let wanted = self.left.map_or(BLOCK, |left| usize::try_from(left).unwrap_or(BLOCK).min(BLOCK));
        let count = loop {
            match self.file.read(&mut self.block[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if let Some(left) = &mut self.left {
            *left -= count as u64;
        }
        Ok(&self.block[..count])
    }
}

/// The next chunk's name and length; none at the end of the file.
fn chunk_header(file: &mut File) -> io::Result<Option<([u8; 4], u32)>> {
    let mut head = Vec::with_capacity(8);
    file.take(8).read_to_end(&mut head)?;
    let [a, b, c, d, e, f, g, h] = head[..] else { return Ok(None) };
    Ok(Some(([a, b, c, d], u32::from_le_bytes([e, f, g, h]))))
}

/// The format chunk.
fn read_format(body: &[u8]) -> Result<AudioFormat, WaveError> {
    const PCM: u16 = 1;
    const FLOAT: u16 = 3;
    const A_LAW: u16 = 6;
    const MU_LAW: u16 = 7;
    const EXTENSIBLE: u16 = 0xfffe;
    let word = |at: usize| body.get(at..at + 2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let (Some(tag), Some(channels), Some(low), Some(high), Some(block), Some(bits)) =
        (word(0), word(2), word(4), word(6), word(12), word(14))
    else {
        return Err(WaveError::Damaged("its format chunk is cut".into()));
    };
    let tag = if tag == EXTENSIBLE { word(24).unwrap_or(tag) } else { tag };
    // A sample takes whole bytes, and its unused low bits are zero: 20 bit reads as 24, 12 as 16.
    let bytes = if channels > 0 && block > 0 { block / channels } else { bits.div_ceil(8) };
    let encoding = match (tag, bytes) {
        (PCM, 1) => SampleEncoding::U8,
        (PCM, 2) => SampleEncoding::S16,
        (PCM, 3) => SampleEncoding::S24,
        (PCM, 4) => SampleEncoding::S32,
        (FLOAT, 4) => SampleEncoding::F32,
        (FLOAT, 8) => SampleEncoding::F64,
        (A_LAW, 1) => SampleEncoding::ALaw,
        (MU_LAW, 1) => SampleEncoding::MuLaw,
        (PCM | FLOAT | A_LAW | MU_LAW, _) => {
            return Err(WaveError::Damaged(format!("its format of {bytes} bytes a sample makes no sense")));
        }
        (other, _) => {
            return Err(WaveError::Unsupported(format!(
                "its WAV encoding 0x{other:04x} is not taken; convert it to PCM"
            )));
        }
    };
    Ok(AudioFormat { sample_rate: u32::from(high) << 16 | u32::from(low), channels, encoding })
}
