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
