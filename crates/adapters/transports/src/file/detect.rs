//! What a file is, by its content.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes looked at for the kind of a file; an MP3 may begin with garbage of nearly this length.
const LOOK_LEN: usize = 64 * 1_024;

/// Most tags that may stand before the sound.
const TAGS_MAX: usize = 16;

/// A kind of file that can be decoded, and where its first byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// RIFF, RF64 or BW64 with a WAVE in it.
    Wave,
    Flac,
    /// `states_length`: the first frame says how many follow.
    Mp3 {
        states_length: bool,
    },
    Ogg,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    Sound {
        kind: Kind,
        /// Where it begins, behind tags.
        offset: u64,
    },
    /// A kind that is not taken, in words that complete "cannot read FILE: ".
    Refused(String),
}

/// Looks at the beginning of `file`, `len` bytes long.
pub(super) fn detect(file: &mut File, len: u64) -> io::Result<Found> {
    let offset = behind_tags(file, len)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut head = Vec::with_capacity(LOOK_LEN);
    Read::by_ref(file).take(LOOK_LEN as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        let reason = if len == 0 { "it is empty (0 bytes)" } else { "it holds nothing but tags" };
        return Ok(Found::Refused(reason.into()));
    }
    let sound = |kind| Ok(Found::Sound { kind, offset });
    let refused = |reason: &str| Ok(Found::Refused(reason.into()));
    match head.as_slice() {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        | [b'R' | b'B', b'F' | b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => sound(Kind::Wave),
        [b'R', b'I', b'F', b'F' | b'X', ..] => refused("it is a RIFF file, but not a WAV that is understood"),
        [b'f', b'L', b'a', b'C', ..] => sound(Kind::Flac),
        [b'O', b'g', b'g', b'S', ..] => Ok(ogg(&head, offset)),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => refused("it is WebM or Matroska, which needs the feature `opus` in this build"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => refused("it is MP4 or M4A, which is not taken; convert it to WAV"),
        [b'F', b'O', b'R', b'M', ..] => refused("it is AIFF, which is not taken; convert it to WAV"),
        [b'c', b'a', b'f', b'f', ..] => refused("it is a Core Audio file, which is not taken; convert it to WAV"),
        [b'#', b'!', b'A', b'M', b'R', ..] => refused("it is AMR, which is not taken; convert it to WAV"),
        [b'.', b's', b'n', b'd', ..] => refused("it is a Sun AU file, which is not taken; convert it to WAV"),
        _ => Ok(match mpeg(&head, offset + head.len() as u64 == len) {
            Some((at, states_length)) => Found::Sound { kind: Kind::Mp3 { states_length }, offset: offset + at as u64 },
            None if head.len() >= 2 && head[0] == 0xff && head[1] & 0xf6 == 0xf0 => {
                Found::Refused("it is raw AAC, which is not taken; convert it to WAV".into())
            }
            None => Found::Refused("it is not a sound file that is known (WAV, FLAC, MP3, Ogg Vorbis)".into()),
        }),
    }
}

/// The first byte behind ID3v2 tags, which may be of any size and are never read.
fn behind_tags(file: &mut File, len: u64) -> io::Result<u64> {
    let mut offset = 0;
    for _ in 0..TAGS_MAX {
        file.seek(SeekFrom::Start(offset))?;
        let mut head = Vec::with_capacity(10);
        Read::by_ref(file).take(10).read_to_end(&mut head)?;
        let [b'I', b'D', b'3', _, _, flags, a, b, c, d] = head[..] else { break };
        let size = [a, b, c, d].iter().fold(0_u64, |size, byte| size << 7 | u64::from(byte & 0x7f));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        offset = (offset + 10 + size + footer).min(len);
    }
    Ok(offset)
}

/// What the first page of an Ogg file announces.
fn ogg(head: &[u8], offset: u64) -> Found {
    // The page's header is 27 bytes and one for each of its segments.
    let segments = head.get(26).map_or(0, |&count| usize::from(count));
    let packet = head.get(27 + segments..).unwrap_or_default();
    let refused = |name: &str| Found::Refused(format!("it is Ogg {name}, which is not taken; convert it to WAV"));
    match packet {
        [1, b'v', b'o', b'r', b'b', b'i', b's', ..] | [0x7f, b'F', b'L', b'A', b'C', ..] => {
            Found::Sound { kind: Kind::Ogg, offset }
        }
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => {
            Found::Refused("it is Ogg Opus, which needs the feature `opus` in this build".into())
        }
        [b'S', b'p', b'e', b'e', b'x', ..] => refused("Speex"),
        [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => refused("Theora video"),
        _ => Found::Refused("it is an Ogg file without sound that is understood".into()),
    }
}

/// The first MPEG layer III frame that another one follows (or the end of the file), and whether it states a length.
fn mpeg(head: &[u8], is_whole: bool) -> Option<(usize, bool)> {
    (0..head.len().saturating_sub(3)).find_map(|at| {
        let size = mpeg_frame_len(&head[at..])?;
        let next = at + size;
        let is_followed = head.get(next..).is_some_and(|rest| mpeg_frame_len(rest).is_some());
        let is_alone = is_whole && at == 0 && next >= head.len();
        (is_followed || is_alone).then(|| {
            let frame = &head[at..next.min(head.len()).min(at + 256)];
            let states = [b"Xing".as_slice(), b"Info", b"VBRI"];
            (at, states.iter().any(|mark| frame.windows(4).any(|four| four == *mark)))
        })
    })
}

/// The length in bytes of the MPEG layer III frame that begins here.
fn mpeg_frame_len(bytes: &[u8]) -> Option<usize> {
    /// Kilobits a second by the header's index, for MPEG 1 and for MPEG 2 and 2.5.
    const BIT_RATES: [[u32; 15]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let &[0xff, second, third, _, ..] = bytes else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if second & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let rate_index = usize::from(third >> 2 & 3);
    let rate = [44_100_u32, 48_000, 32_000].get(rate_index)? >> [2, 0, 1, 0][usize::from(version)];
    let is_first = version == 3;
    let bit_rate = BIT_RATES[usize::from(!is_first)].get(usize::from(third >> 4)).filter(|&&kilobits| kilobits > 0)?;
    let padding = u32::from(third >> 1 & 1);
    let samples_in_bytes = if is_first { 144 } else { 72 };
    Some((samples_in_bytes * bit_rate * 1_000 / rate + padding) as usize)
}
