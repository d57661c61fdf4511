//! Sound files made in code, and what tests ask of decoded sound.

#![allow(dead_code, reason = "every test file uses a part of it")]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use baton_ports::{AudioSource, ProviderError, SourceEvent};
use baton_transports::file::FileSource;
use baton_types::{EAR_SAMPLE_RATE, Timestamp};
use tempfile::TempDir;

pub(crate) const TONE_HZ: f64 = 440.0;

/// `seconds` of the tone at half of full scale.
pub(crate) fn tone(rate: u32, seconds: f64) -> Vec<f64> {
    let count = (f64::from(rate) * seconds).round() as usize;
    (0..count).map(|k| 0.5 * (TAU * TONE_HZ * k as f64 / f64::from(rate)).sin()).collect()
}

/// A format chunk: tag, channels, rate, bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fmt(pub(crate) u16, pub(crate) u16, pub(crate) u32, pub(crate) u16);

pub(crate) const PCM_16: Fmt = Fmt(1, 1, 16_000, 16);

/// A WAV file with this sound in it, its header as it should be.
pub(crate) fn wav(format: Fmt, sound: &[u8]) -> Vec<u8> {
    wav_claiming(format, sound, sound.len() as u32)
}

/// A WAV file whose header claims this length of sound.
pub(crate) fn wav_claiming(Fmt(tag, channels, rate, bits): Fmt, sound: &[u8], claimed: u32) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend(claimed.saturating_add(36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate.wrapping_mul(u32::from(block))).to_le_bytes());
    file.extend(block.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend(claimed.to_le_bytes());
    file.extend(sound);
    file
}

pub(crate) fn s16(samples: &[f64]) -> Vec<u8> {
    samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect()
}

/// A file in a folder of its own.
pub(crate) struct Sample {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Sample {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self { path, _folder: folder }
    }
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Everything that a source says.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) samples: Vec<f32>,
    pub(crate) skipped: Vec<String>,
    pub(crate) failed: Option<ProviderError>,
}

/// Reads a source to its end and checks what the port promises of frames.
pub(crate) async fn hear(source: &mut FileSource) -> Heard {
    let mut heard = Heard::default();
    loop {
        match source.next().await {
            SourceEvent::Frame(frame) => {
                assert_eq!(frame.at, Timestamp::from_samples(heard.samples.len() as u64, EAR_SAMPLE_RATE));
                assert_eq!(frame.samples.len(), 320, "frames are 20 ms");
                assert!(frame.samples.iter().all(|s| s.is_finite() && s.abs() <= 1.0), "frames are clean");
                heard.samples.extend_from_slice(&frame.samples);
            }
            SourceEvent::Skipped { what } => heard.skipped.push(what),
            SourceEvent::Ended => break,
            SourceEvent::Failed(error) => {
                assert!(heard.failed.is_none(), "one failure is told once");
                heard.failed = Some(error);
            }
        }
    }
    assert!(matches!(source.next().await, SourceEvent::Ended), "the end stays the end");
    heard
}

/// Opens and reads a file.
pub(crate) async fn hear_file(path: &Path) -> Heard {
    hear(&mut FileSource::open(path).unwrap()).await
}

/// The amplitude of `hz` in `samples` at 16 kHz.
pub(crate) fn amplitude_at(samples: &[f32], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (k, &sample) in samples.iter().enumerate() {
        let phase = TAU * hz * k as f64 / 16_000.0;
        re += f64::from(sample) * phase.cos();
        im += f64::from(sample) * phase.sin();
    }
    2.0 * f64::hypot(re, im) / samples.len() as f64
}

/// The middle of `samples` is the tone at half of full scale and little else.
pub(crate) fn assert_is_tone(samples: &[f32], what: &str) {
    let quarter = samples.len() / 4;
    // Whole periods: 400 samples are eleven of them.
    let middle = &samples[quarter..quarter + quarter * 2 / 400 * 400];
    let amplitude = amplitude_at(middle, TONE_HZ);
    let power = middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / middle.len() as f64;
    assert!((amplitude - 0.5).abs() < 0.03, "{what}: the tone has {amplitude}");
    assert!((power - 0.125).abs() < 0.015, "{what}: the power is {power}");
}

/// The Ogg Vorbis fixture in pages of `count` packets each, as a longer file has them; where each page of sound
/// begins stands beside it.
pub(crate) fn ogg_in_pages(count: usize) -> (Vec<u8>, Vec<usize>) {
    let file = std::fs::read(fixture("tone-16k-mono.ogg")).unwrap();
    let packets = ogg_packets(&file);
    // The identification header holds the lengths of both kinds of blocks as powers of two.
    let blocks = [1_u64 << (packets[0][28] & 15), 1 << (packets[0][28] >> 4)];
    let mut out = Vec::new();
    let mut pages = Vec::new();
    out.extend(ogg_page(&packets[..1], 2, 0, 0));
    out.extend(ogg_page(&packets[1..3], 0, 0, 1));
    let (mut position, mut before) = (0, None);
    let sound = &packets[3..];
    for (number, chunk) in sound.chunks(count).enumerate() {
        for packet in chunk {
            // The second bit of a packet chooses the block, as this encoder has one mode for each.
            let block = blocks[usize::from(packet[0] >> 1 & 1)];
            position += before.map_or(0, |before: u64| (before + block) / 4);
            before = Some(block);
        }
        pages.push(out.len());
        let is_last = (number + 1) * count >= sound.len();
        let granule = if is_last { 16_000 } else { position };
        out.extend(ogg_page(chunk, if is_last { 4 } else { 0 }, granule, number as u32 + 2));
    }
    (out, pages)
}

fn ogg_packets(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut packets, mut packet, mut at) = (Vec::new(), Vec::new(), 0);
    while at < file.len() {
        let segments = usize::from(file[at + 26]);
        let mut body = at + 27 + segments;
        for &len in &file[at + 27..at + 27 + segments] {
            packet.extend_from_slice(&file[body..body + usize::from(len)]);
            body += usize::from(len);
            if len < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        at = body;
    }
    packets
}

fn ogg_page(packets: &[Vec<u8>], flags: u8, granule: u64, number: u32) -> Vec<u8> {
    let mut page = b"OggS\x00".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(1_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    let lens = packets.iter().flat_map(|packet| {
        let full = std::iter::repeat_n(255, packet.len() / 255);
        full.chain(std::iter::once((packet.len() % 255) as u8))
    });
    let lens: Vec<u8> = lens.collect();
    page.push(u8::try_from(lens.len()).unwrap());
    page.extend(lens);
    page.extend(packets.concat());
    let crc = page.iter().fold(0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 })
    });
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

/// A WAV of silence that is a hole on the disk.
pub(crate) fn silence_of_hours(hours: u32) -> Sample {
    let len = hours * 3_600 * 8_000;
    let sample = Sample::new("long.wav", &wav_claiming(Fmt(7, 1, 8_000, 8), &[], len));
    let file = std::fs::File::options().write(true).open(&sample.path).unwrap();
    file.set_len(44 + u64::from(len)).unwrap();
    sample
}
