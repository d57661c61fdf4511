//! Sound files of every kind that is taken.

mod support;

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use baton_audio::g711;
use baton_ports::{AudioSource, Pace, SourceEvent};
use baton_transports::file::{FileSource, Limits, decode_all};
use baton_types::{EAR_SAMPLE_RATE, Timestamp};
use support::*;

#[tokio::test]
async fn every_wav_encoding_decodes_to_the_same_tone() {
    let tone = tone(16_000, 1.0);
    let of = |encode: &dyn Fn(f64) -> Vec<u8>| tone.iter().flat_map(|&sample| encode(sample)).collect::<Vec<_>>();
    let files = [
        ("8 bit", Fmt(1, 1, 16_000, 8), of(&|s| vec![(s * 127.0 + 128.0).round() as u8])),
        ("16 bit", PCM_16, s16(&tone)),
        ("24 bit", Fmt(1, 1, 16_000, 24), of(&|s| ((s * 8_388_607.0) as i32).to_le_bytes()[..3].to_vec())),
        ("32 bit", Fmt(1, 1, 16_000, 32), of(&|s| ((s * 2_147_483_647.0) as i32).to_le_bytes().to_vec())),
        ("float", Fmt(3, 1, 16_000, 32), of(&|s| (s as f32).to_le_bytes().to_vec())),
        ("double", Fmt(3, 1, 16_000, 64), of(&|s| s.to_le_bytes().to_vec())),
        ("A-law", Fmt(6, 1, 16_000, 8), of(&|s| vec![g711::encode_a_law((s * 32_767.0) as i16)])),
        ("mu-law", Fmt(7, 1, 16_000, 8), of(&|s| vec![g711::encode_mu_law((s * 32_767.0) as i16)])),
    ];
    for (name, format, sound) in files {
        let heard = hear_file(&Sample::new("tone.wav", &wav(format, &sound)).path).await;
        assert_eq!((heard.samples.len(), heard.skipped.len()), (16_000, 0), "{name}");
        assert_is_tone(&heard.samples, name);
    }
}

#[tokio::test]
async fn every_rate_decodes_to_the_same_tone_and_length() {
    for rate in [4_000, 8_000, 11_025, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000, 384_000] {
        let file = wav(Fmt(1, 1, rate, 16), &s16(&tone(rate, 0.5)));
        let heard = hear_file(&Sample::new("tone.wav", &file).path).await;
        assert!((8_000..=8_320).contains(&heard.samples.len()), "{rate} Hz gave {}", heard.samples.len());
        assert_is_tone(&heard.samples[..8_000], &format!("{rate} Hz"));
    }
}

#[tokio::test]
async fn compressed_files_decode_to_the_same_tone() {
    for (name, seconds) in [
        ("tone-16k-mono.mp3", 1.0),
        ("tone-44k-stereo.mp3", 0.5),
        ("tone-16k-mono.ogg", 1.0),
        ("tone-44k-stereo.flac", 0.5),
    ] {
        let mut source = FileSource::open(fixture(name)).unwrap();
        assert_eq!(source.pace(), Pace::Reader);
        assert!(source.name().ends_with(name));
        let declared = source.duration().map_or(seconds, |declared| declared.as_secs_f64());
        assert!((declared - seconds).abs() < 0.1, "{name} declares {declared} s");
        let heard = hear(&mut source).await;
        assert_eq!(heard.skipped, Vec::<String>::new(), "{name}");
        let length = heard.samples.len() as f64 / 16_000.0;
        assert!((length - seconds).abs() < 0.1, "{name} has {length} s");
        assert_is_tone(&heard.samples, name);
    }
}

#[tokio::test]
async fn the_content_decides_and_not_the_name() {
    for name in ["tone-16k-mono.mp3", "tone-16k-mono.ogg", "tone-44k-stereo.flac"] {
        let misnamed = Sample::new("letter.wav", &std::fs::read(fixture(name)).unwrap());
        assert_is_tone(&hear_file(&misnamed.path).await.samples, name);
    }
    let misnamed = Sample::new("tone", &wav(PCM_16, &s16(&tone(16_000, 0.2))));
    assert_is_tone(&hear_file(&misnamed.path).await.samples, "a WAV without a name");
}

#[tokio::test]
async fn chunks_before_and_behind_the_sound_are_passed_over() {
    let plain = wav(PCM_16, &s16(&tone(16_000, 0.2)));
    let mut file = plain[..12].to_vec();
    file.extend(b"LIST\x05\x00\x00\x00abcde\x00");
    file.extend(&plain[12..]);
    file.extend(b"id3 \x40\x00\x00\x00");
    file.extend([0xff; 64]);
    let heard = hear_file(&Sample::new("tone.wav", &file).path).await;
    assert_eq!((heard.samples.len(), heard.skipped.len()), (3_200, 0));
}

#[tokio::test]
async fn a_wav_from_a_pipe_without_a_length_is_read_to_its_end() {
    let sound = s16(&tone(16_000, 0.2));
    let heard = hear_file(&Sample::new("tone.wav", &wav_claiming(PCM_16, &sound, 0)).path).await;
    assert_eq!((heard.samples.len(), heard.skipped.len()), (3_200, 0));
}

#[test]
fn decoding_at_once_gives_the_exact_length() {
    let sample = Sample::new("tone.wav", &wav(PCM_16, &s16(&tone(16_000, 0.123_4))));
    let decoded = decode_all(&sample.path, Limits::default()).unwrap();
    assert_eq!(decoded.samples.len(), 1_974);
    assert_eq!(decoded.duration(), Duration::from_secs_f64(1_974.0 / 16_000.0));
    assert_eq!(decoded.skipped, Vec::<String>::new());
}

#[tokio::test]
async fn a_dropped_wait_loses_no_frame() {
    let sample = Sample::new("tone.wav", &wav(PCM_16, &s16(&tone(16_000, 2.0))));
    let mut source = FileSource::open(&sample.path).unwrap();
    let mut samples = 0;
    for _ in 0..50 {
        let mut waiting = source.next();
        let polled = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context))).await;
        drop(waiting);
        if let Poll::Ready(SourceEvent::Frame(frame)) = polled {
            assert_eq!(frame.at, Timestamp::from_samples(samples, EAR_SAMPLE_RATE));
            samples += frame.samples.len() as u64;
        }
    }
    while let SourceEvent::Frame(frame) = source.next().await {
        assert_eq!(frame.at, Timestamp::from_samples(samples, EAR_SAMPLE_RATE));
        samples += frame.samples.len() as u64;
    }
    assert_eq!(samples, 32_000);
}

#[test]
fn a_source_that_is_dropped_ends_its_thread() {
    let sample = Sample::new("tone.wav", &wav(PCM_16, &s16(&tone(16_000, 60.0))));
    for _ in 0..50 {
        drop(FileSource::open(&sample.path).unwrap());
    }
    let threads = || {
        let Ok(entries) = std::fs::read_dir("/proc/self/task") else { return 0 };
        let names = entries.flatten().filter_map(|entry| std::fs::read_to_string(entry.path().join("comm")).ok());
        names.filter(|name| name.trim() == "baton-file").count()
    };
    // Other tests of this program read files at the same time.
    for _ in 0..1_000 {
        if threads() < 25 {
            return;
        }
        std::thread::yield_now();
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{} threads are left", threads());
}
