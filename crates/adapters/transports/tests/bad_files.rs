//! Files that are not as they should be: each gives one clear error that names it and the reason, or what is left of
//! its sound.

#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use baton_ports::ProviderError;
use baton_transports::file::{FileSource, Limits, decode_all};
use baton_types::FaultCode;
use support::*;

/// The error that opening gives; it names the file.
fn refusal(path: &Path) -> ProviderError {
    let error = FileSource::open(path).unwrap_err();
    assert!(error.message.contains(&path.display().to_string()), "{error}");
    error
}

fn refusal_of(bytes: &[u8]) -> ProviderError {
    refusal(&Sample::new("sound.wav", bytes).path)
}

fn assert_says(error: &ProviderError, kind: FaultCode, words: &str) {
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.message.contains(words), "{error}");
}

fn flac_fixture() -> Vec<u8> {
    std::fs::read(fixture("tone-44k-stereo.flac")).unwrap()
}

#[test]
fn an_unreadable_file_names_itself_and_the_reason() {
    assert_says(&refusal(Path::new("/nowhere/speech.wav")), FaultCode::Missing, "there is no such file");
    let folder = tempfile::tempdir().unwrap();
    assert_says(&refusal(folder.path()), FaultCode::Rejected, "it is a directory");
    assert_says(&refusal(Path::new("/dev/null")), FaultCode::Rejected, "not a regular file");
    assert_says(&refusal_of(b"Dear diary, this is no sound."), FaultCode::Rejected, "not a sound file");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let sample = Sample::new("secret.wav", &wav(PCM_16, &[0; 640]));
    std::fs::set_permissions(&sample.path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&sample.path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    assert_says(&refusal(&sample.path), FaultCode::Rejected, "may not read it");
}

#[tokio::test]
async fn a_truncated_wav_gives_what_is_there_and_says_what_is_not() {
    let whole = wav(PCM_16, &s16(&tone(16_000, 1.0)));
    let heard = hear_file(&Sample::new("cut.wav", &whole[..44 + 16_000]).path).await;
    assert_is_tone(&heard.samples[..8_000], "the first half");
    assert_eq!(heard.skipped.len(), 1);
    assert!(heard.skipped[0].contains("cut: 16000 bytes"), "{:?}", heard.skipped);
}

#[tokio::test]
async fn a_truncated_flac_mp3_and_ogg_give_what_is_there_and_say_so() {
    let fixture = |name| std::fs::read(fixture(name)).unwrap();
    // Most of so short an Ogg is its headers.
    let (ogg, pages) = ogg_in_pages(5);
    let (flac, mp3) = (fixture("tone-44k-stereo.flac"), fixture("tone-44k-stereo.mp3"));
    let files = [
        ("FLAC", &flac[..flac.len() * 3 / 4]),
        ("MP3", &mp3[..mp3.len() * 3 / 4]),
        ("Ogg", &ogg[..pages[pages.len() - 1] + 50]),
    ];
    for (name, cut) in files {
        let heard = hear_file(&Sample::new("cut", cut).path).await;
        assert!(heard.samples.len() > 1_600, "{name} gave {}", heard.samples.len());
        assert!(heard.skipped.iter().any(|what| what.contains("cut")), "{name}: {:?}", heard.skipped);
        assert!(heard.failed.is_none());
    }
}

#[test]
fn a_file_cut_within_its_header_says_so() {
    let wav = wav(PCM_16, &s16(&tone(16_000, 0.1)));
    assert_says(&refusal_of(&wav[..20]), FaultCode::Damaged, "format chunk is cut");
    assert_says(&refusal_of(&wav[..40]), FaultCode::Damaged, "header ends before");
    assert_eq!(refusal_of(&flac_fixture()[..30]).kind, FaultCode::Damaged);
    let ogg = std::fs::read(fixture("tone-16k-mono.ogg")).unwrap();
    assert_eq!(refusal_of(&ogg[..200]).kind, FaultCode::Damaged);
}

#[test]
fn an_empty_file_says_so() {
    assert_says(&refusal_of(b""), FaultCode::Rejected, "it is empty");
}

#[test]
fn a_zero_length_file_says_so() {
    assert_says(&refusal_of(&wav(PCM_16, &[])), FaultCode::Damaged, "holds no sound");
    let mut followed = wav(PCM_16, &[]);
    followed.extend(b"LIST\x04\x00\x00\x00abcd");
    assert_says(&refusal_of(&followed), FaultCode::Damaged, "holds no sound");
}

#[tokio::test]
async fn a_silent_file_is_silence_and_nothing_else() {
    let heard = hear_file(&Sample::new("silent.wav", &wav(PCM_16, &[0; 32_000])).path).await;
    assert_eq!((heard.samples.len(), heard.skipped.len()), (16_000, 0));
    assert!(heard.samples.iter().all(|&sample| sample == 0.0));
}

#[tokio::test]
async fn an_8_bit_file_is_heard() {
    let sound: Vec<u8> = tone(8_000, 0.5).iter().map(|s| (s * 127.0 + 128.0).round() as u8).collect();
    let heard = hear_file(&Sample::new("8bit.wav", &wav(Fmt(1, 1, 8_000, 8), &sound)).path).await;
    assert_is_tone(&heard.samples[..8_000], "8 bit at 8 kHz");
}

#[tokio::test]
async fn a_96_khz_file_is_heard() {
    let heard = hear_file(&Sample::new("96k.wav", &wav(Fmt(1, 1, 96_000, 16), &s16(&tone(96_000, 0.5)))).path).await;
    assert_is_tone(&heard.samples[..8_000], "96 kHz");
}

#[tokio::test]
async fn a_6_channel_file_is_heard() {
    let sound: Vec<f64> = tone(48_000, 0.5).into_iter().flat_map(|s| [s; 6]).collect();
    let heard = hear_file(&Sample::new("5.1.wav", &wav(Fmt(1, 6, 48_000, 16), &s16(&sound))).path).await;
    assert_is_tone(&heard.samples[..8_000], "six channels");
}

#[test]
fn a_file_beyond_the_limits_is_refused_before_it_is_read() {
    assert_says(&refusal(&silence_of_hours(5).path), FaultCode::LimitReached, "declares 5.0 h");
    let small = Limits { bytes_max: 100, ..Limits::default() };
    let sample = Sample::new("big.wav", &wav(PCM_16, &[0; 640]));
    assert_says(&FileSource::open_with(&sample.path, small).unwrap_err(), FaultCode::LimitReached, "limit of 100");
}

#[tokio::test]
async fn sound_that_goes_on_beyond_the_limit_fails_after_what_was_within_it() {
    let sample = Sample::new("tone.wav", &wav_claiming(PCM_16, &s16(&tone(16_000, 3.0)), 0));
    let limits = Limits { duration_max: Duration::from_secs(1), ..Limits::default() };
    let heard = hear(&mut FileSource::open_with(&sample.path, limits).unwrap()).await;
    assert_eq!(heard.samples.len(), 16_000);
    assert_says(&heard.failed.unwrap(), FaultCode::LimitReached, "goes on beyond the limit of 1.0 s");
    assert_eq!(decode_all(&sample.path, limits).unwrap_err().kind, FaultCode::LimitReached);
}

#[tokio::test]
async fn f45_nan_samples_become_silence_and_are_told_once() {
    let mut samples = tone(16_000, 1.0);
    for bad in &mut samples[4_000..4_800] {
        *bad = f64::NAN;
    }
    samples[5_000] = f64::INFINITY;
    samples[5_001] = f64::from(f32::MIN_POSITIVE / 4.0);
    let sound: Vec<u8> = samples.iter().flat_map(|&s| (s as f32).to_le_bytes()).collect();
    let heard = hear_file(&Sample::new("nan.wav", &wav(Fmt(3, 1, 16_000, 32), &sound)).path).await;
    assert_eq!(heard.samples.len(), 16_000);
    assert!(heard.samples[4_000..4_800].iter().all(|&sample| sample == 0.0));
    assert_eq!(heard.skipped.len(), 1, "{:?}", heard.skipped);
    assert!(heard.skipped[0].contains("no numbers"));
}

#[tokio::test]
async fn f45_clipped_samples_are_clamped_and_told_once() {
    let sound: Vec<u8> = tone(16_000, 1.0).iter().flat_map(|&s| (s as f32 * 6.0).to_le_bytes()).collect();
    let heard = hear_file(&Sample::new("loud.wav", &wav(Fmt(3, 1, 16_000, 32), &sound)).path).await;
    assert_eq!(heard.samples.len(), 16_000);
    assert_eq!(heard.skipped.len(), 1, "{:?}", heard.skipped);
    assert!(heard.skipped[0].contains("beyond full scale"));
}

#[tokio::test]
async fn f44_a_sound_of_one_byte_and_of_an_odd_length_is_no_trouble() {
    for (bytes, samples) in [(3, 320), (641, 320), (643, 640)] {
        let heard = hear_file(&Sample::new("odd.wav", &wav(PCM_16, &vec![1; bytes])).path).await;
        assert_eq!(heard.samples.len(), samples, "{bytes} bytes");
    }
    assert_says(&refusal_of(&wav(PCM_16, &[1])), FaultCode::Damaged, "holds no sound");
}

#[test]
fn f44_rates_and_channels_that_make_no_sense_are_refused() {
    for (format, words) in [
        (Fmt(1, 1, 0, 16), "rate of 0 Hz"),
        (Fmt(1, 1, 4_000_000_000, 16), "rate of 4000000000 Hz"),
        (Fmt(1, 0, 16_000, 16), "0 channels"),
        (Fmt(1, 64, 16_000, 16), "64 channels"),
        (Fmt(1, 1, 16_000, 56), "makes no sense"),
        (Fmt(3, 1, 16_000, 16), "makes no sense"),
        (Fmt(2, 1, 16_000, 16), "encoding 0x0002"),
    ] {
        let error = refusal_of(&wav(format, &[0; 6_400]));
        assert!(error.message.contains(words), "{error}");
    }
}

#[tokio::test]
async fn f44_a_rate_declared_wrong_by_two_is_heard_as_declared() {
    let sound = s16(&tone(16_000, 1.0));
    for (rate, samples) in [(8_000, 32_000), (32_000, 8_000)] {
        let heard = hear_file(&Sample::new("rate.wav", &wav(Fmt(1, 1, rate, 16), &sound)).path).await;
        assert!(heard.samples.len().abs_diff(samples) <= 320, "{rate} Hz gave {}", heard.samples.len());
    }
}

#[tokio::test]
async fn f47_a_4_gb_wav_header_over_a_tiny_file_gives_the_tiny_sound() {
    let file = wav_claiming(PCM_16, &s16(&tone(16_000, 0.1)), u32::MAX - 36);
    let heard = hear_file(&Sample::new("bomb.wav", &file).path).await;
    assert_eq!(heard.samples.len(), 1_600);
    assert_eq!(heard.skipped.len(), 1);
    assert!(heard.skipped[0].contains("its header promises"), "{:?}", heard.skipped);
}

#[test]
fn f47_a_wav_header_of_endless_chunks_is_given_up() {
    let mut file = wav(PCM_16, &[0; 640])[..36].to_vec();
    for _ in 0..2_000 {
        file.extend(b"junk\x00\x00\x00\x00");
    }
    assert_says(&refusal_of(&file), FaultCode::Damaged, "no sound in its first");
}

#[test]
fn f47_a_flac_that_claims_2_to_the_36_samples_is_refused() {
    let mut file = flac_fixture();
    // The count of samples is the lowest 36 bits of these eight bytes.
    file[21] |= 0x0f;
    file[22..26].fill(0xff);
    assert_says(&refusal_of(&file), FaultCode::LimitReached, "declares 432.9 h");
}

#[tokio::test]
async fn f47_an_mp3_behind_100_mb_of_tags_is_heard_without_reading_them() {
    let tone = std::fs::read(fixture("tone-16k-mono.mp3")).unwrap();
    let size = 100_u32 << 20;
    let sample = Sample::new("tagged.mp3", &[]);
    let mut file = File::create(&sample.path).unwrap();
    let seven = |shift: u32| (size >> shift & 0x7f) as u8;
    file.write_all(&[b'I', b'D', b'3', 4, 0, 0, seven(21), seven(14), seven(7), seven(0)]).unwrap();
    // A hole: nothing of it is on the disk.
    file.set_len(10 + u64::from(size)).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
    file.write_all(&tone).unwrap();
    assert_is_tone(&hear_file(&sample.path).await.samples, "the tagged file");
}

#[test]
fn f47_a_file_of_nothing_but_tags_says_so() {
    assert_says(&refusal_of(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f tags"), FaultCode::Rejected, "nothing but tags");
}

#[tokio::test]
async fn f47_a_flac_with_large_pictures_is_heard_without_reading_them() {
    let tone = flac_fixture();
    let mut file = tone[..42].to_vec();
    file[4] &= 0x7f;
    for last in [0x06, 0x86] {
        file.extend([last, 0x10, 0x00, 0x00]);
        file.extend(vec![0xff; 0x10_0000]);
    }
    let audio = flac_audio(&tone);
    file.extend(&tone[audio..]);
    assert_is_tone(&hear_file(&Sample::new("art.flac", &file).path).await.samples, "the file with pictures");
}

#[tokio::test]
async fn f47_hours_of_sound_in_a_few_kilobytes_stop_at_the_limit() {
    let bomb = Sample::new("bomb.flac", &constant_flac(1_000));
    assert!(std::fs::metadata(&bomb.path).unwrap().len() < 20_000, "more than an hour in less than 20 kB");
    let limits = Limits { duration_max: Duration::from_secs(30), ..Limits::default() };
    let heard = hear(&mut FileSource::open_with(&bomb.path, limits).unwrap()).await;
    assert_eq!(heard.samples.len(), 30 * 16_000);
    assert_says(&heard.failed.unwrap(), FaultCode::LimitReached, "goes on beyond the limit");
}

/// A FLAC file of so many blocks of 65,535 times the same sample, 16 kHz mono, that does not say how long it is.
fn constant_flac(blocks: u32) -> Vec<u8> {
    let crc = |bytes: &[u8], bits: u32, polynomial: u32| {
        let top = 1_u32 << (bits - 1);
        bytes.iter().fold(0_u32, |crc, &byte| {
            let start = crc ^ u32::from(byte) << (bits - 8);
            let end = (0..8).fold(start, |crc, _| if crc & top == 0 { crc << 1 } else { crc << 1 ^ polynomial });
            end & (top | (top - 1))
        })
    };
    let mut file = b"fLaC\x80\x00\x00\x22\xff\xff\xff\xff\0\0\0\0\0\0".to_vec();
    // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of length; then a checksum of nothing.
    file.extend((16_000_u64 << 44 | 15 << 36).to_be_bytes());
    file.extend([0; 16]);
    for block in 0..blocks {
        let mut frame = vec![0xff, 0xf8, 0x70, 0x08];
        frame.extend(char::from_u32(block).unwrap().to_string().as_bytes());
        frame.extend(65_534_u16.to_be_bytes());
        frame.push(crc(&frame, 8, 0x07) as u8);
        frame.extend([0x00, 0x10, 0x00]);
        let sum = crc(&frame, 16, 0x8005) as u16;
        frame.extend(sum.to_be_bytes());
        file.extend(frame);
    }
    file
}

/// Where the first frame of a FLAC file is.
fn flac_audio(file: &[u8]) -> usize {
    let mut at = 4;
    loop {
        let size = usize::from(file[at + 1]) << 16 | usize::from(file[at + 2]) << 8 | usize::from(file[at + 3]);
        let is_last = file[at] & 0x80 != 0;
        at += 4 + size;
        if is_last {
            return at;
        }
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_told_once_a_stretch_and_its_place_kept() {
    let mut file = flac_fixture();
    let middle = file.len() / 2;
    file[middle..middle + 40].fill(0x55);
    let heard = hear_file(&Sample::new("scratched.flac", &file).path).await;
    assert_eq!(heard.skipped.len(), 1, "{:?}", heard.skipped);
    assert!(heard.skipped[0].contains("passed over"), "{:?}", heard.skipped);
    assert!(heard.samples.len().abs_diff(8_000) <= 320, "{} samples: the end is where it was", heard.samples.len());
}

#[tokio::test]
async fn a_damaged_mp3_goes_on_behind_the_damage() {
    for name in ["tone-16k-mono.mp3", "tone-44k-stereo.mp3"] {
        let mut file = std::fs::read(fixture(name)).unwrap();
        let middle = file.len() / 2;
        file[middle..middle + 60].fill(0x55);
        let heard = hear_file(&Sample::new("scratched", &file).path).await;
        assert!(heard.samples.len() >= 6_400, "{name} gave {}", heard.samples.len());
        assert!(heard.failed.is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_lost_page_of_an_ogg_is_told_and_its_place_kept() {
    let (mut file, pages) = ogg_in_pages(4);
    assert!(pages.len() > 4, "{pages:?}");
    let whole = hear_file(&Sample::new("whole.ogg", &file).path).await;
    assert_eq!((whole.samples.len(), whole.skipped.len()), (16_000, 0), "{:?}", whole.skipped);
    file[pages[2] + 60] ^= 0x55;
    let heard = hear_file(&Sample::new("scratched.ogg", &file).path).await;
    assert_eq!(heard.skipped.len(), 1, "{:?}", heard.skipped);
    assert!(heard.samples.len().abs_diff(16_000) <= 640, "{} samples", heard.samples.len());
}

#[tokio::test]
async fn one_recording_behind_another_in_an_ogg_is_heard_as_one() {
    let (file, _) = ogg_in_pages(8);
    let mut second = std::fs::read(fixture("tone-16k-mono.ogg")).unwrap();
    let mut both = file;
    both.append(&mut second);
    let heard = hear_file(&Sample::new("both.ogg", &both).path).await;
    assert!(heard.samples.len().abs_diff(32_000) <= 640, "{} samples, {:?}", heard.samples.len(), heard.skipped);
}

#[test]
fn opus_and_webm_say_which_feature_is_lacking() {
    let mut opus = b"OggS\x00\x02".to_vec();
    opus.extend([0; 20]);
    opus.extend(b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00");
    assert_says(&refusal_of(&opus), FaultCode::Rejected, "Ogg Opus, which needs the feature `opus`");
    assert_says(&refusal_of(b"\x1a\x45\xdf\xa3\x9f webm"), FaultCode::Rejected, "needs the feature `opus`");
}

#[test]
fn other_kinds_of_files_are_named() {
    for (head, words) in [
        (b"\x00\x00\x00\x20ftypM4A isom".as_slice(), "MP4 or M4A"),
        (b"FORM\x00\x00\x10\x00AIFF", "AIFF"),
        (b"RIFF\x00\x00\x10\x00AVI LIST", "not a WAV"),
        (b"#!AMR\nxxxxx", "AMR"),
        (b"\xff\xf1\x50\x80\x01\x1f\xfc\x00\x00", "AAC"),
    ] {
        assert_says(&refusal_of(head), FaultCode::Rejected, words);
    }
}
