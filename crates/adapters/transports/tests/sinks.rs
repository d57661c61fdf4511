//! WAV files that are written: read back with a reader that is not ours.

#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

use std::path::Path;
use std::time::Duration;

use baton_ports::AudioSink;
use baton_transports::file::{Limits, decode_all};
use baton_transports::wav::{StereoWavWriter, WavSink};
use baton_types::FaultCode;

/// Rate, channels and samples of a file.
fn read(path: &Path) -> (u32, u16, Vec<i16>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    assert_eq!(spec.bits_per_sample, 16);
    (spec.sample_rate, spec.channels, reader.samples::<i16>().map(Result::unwrap).collect())
}

#[tokio::test]
async fn what_is_written_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut sink = WavSink::create(&path, 22_050).unwrap();
    assert_eq!((sink.sample_rate(), sink.latency()), (22_050, Duration::ZERO));
    sink.write(&[0.0, 0.5, -1.0, 1.0]).await.unwrap();
    sink.write(&[]).await.unwrap();
    sink.write(&[-0.5]).await.unwrap();
    sink.finish().await.unwrap();
    assert_eq!(sink.written(), 5);
    assert_eq!(read(&path), (22_050, 1, vec![0, 16_384, -32_767, 32_767, -16_384]));
}

#[tokio::test]
async fn what_is_no_number_becomes_silence_and_what_is_too_loud_is_clamped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut sink = WavSink::create(&path, 16_000).unwrap();
    sink.write(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 7.0, f32::MIN_POSITIVE / 8.0]).await.unwrap();
    sink.finish().await.unwrap();
    assert_eq!(read(&path).2, [0, 32_767, -32_767, 32_767, 0]);
}

#[tokio::test]
async fn a_crash_leaves_a_file_that_plays_up_to_the_last_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut sink = WavSink::create(&path, 8_000).unwrap();
    sink.write(&vec![0.25; 20_000]).await.unwrap();
    // As the disk is when the process dies here: nothing is finished or dropped.
    let (_, _, samples) = read(&path);
    assert!(samples.len() >= 16_000, "{}", samples.len());
    std::mem::forget(sink);
}

#[tokio::test]
async fn a_sink_that_is_dropped_leaves_everything_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let mut sink = WavSink::create(&path, 8_000).unwrap();
    sink.write(&[0.25; 123]).await.unwrap();
    drop(sink);
    assert_eq!(read(&path).2.len(), 123);
}

#[tokio::test]
async fn an_unwritable_path_names_itself_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let error = WavSink::create(folder.path(), 16_000).unwrap_err();
    assert_eq!(error.kind, FaultCode::Rejected);
    assert!(error.message.contains(&folder.path().display().to_string()), "{error}");
    assert!(error.message.contains("it is a directory"), "{error}");
    let error = WavSink::create(folder.path().join("nowhere/out.wav"), 16_000).unwrap_err();
    assert_eq!(error.kind, FaultCode::Missing);
    assert!(error.message.contains("nowhere/out.wav"), "{error}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told() {
    // The device that is always full.
    let mut sink = match WavSink::create("/dev/full", 16_000) {
        Ok(sink) => sink,
        Err(error) => return assert!(error.message.contains("the disk is full"), "{error}"),
    };
    let error = sink.write(&vec![0.1; 32_000]).await.unwrap_err();
    assert_eq!(error.kind, FaultCode::LimitReached);
    assert!(error.message.contains("the disk is full"), "{error}");
}

#[test]
fn two_voices_stand_side_by_side_however_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.wav");
    let mut writer = StereoWavWriter::create(&path, 16_000).unwrap();
    writer.left(&[0.1, 0.2, 0.3]).unwrap();
    writer.right(&[-0.1]).unwrap();
    writer.right(&[-0.2, -0.3, -0.4, -0.5]).unwrap();
    writer.left(&[0.4]).unwrap();
    writer.finish().unwrap();
    let (_, channels, samples) = read(&path);
    let percent: Vec<_> = samples.iter().map(|&sample| (f32::from(sample) / 327.67).round() as i32).collect();
    assert_eq!((channels, percent), (2, vec![10, -10, 20, -20, 30, -30, 40, -40, 0, -50]));
}

#[tokio::test]
async fn what_is_written_is_heard_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let sound: Vec<f32> = (0..4_000_u16).map(|k| f32::from(k) / 4_000.0 - 0.5).collect();
    let mut sink = WavSink::create(&path, 16_000).unwrap();
    sink.write(&sound).await.unwrap();
    sink.finish().await.unwrap();
    let heard = decode_all(&path, Limits::default()).unwrap().samples;
    assert!(sound.iter().zip(&heard).all(|(a, b)| (a - b).abs() < 1e-3) && heard.len() == sound.len());
}
