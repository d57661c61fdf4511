//! Microphone and loudspeaker through child processes, with a stand-in that does what real programs do.
//!
//! Real time passes here, as child processes know no other; nothing asks for its precision.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use baton_ports::{AudioSink, AudioSource, Pace, ProviderError, SourceEvent};
use baton_transports::device::{
    Direction, Environment, LEAD_MAX, Loudspeaker, Microphone, Options, Program, ProgramKind, probe_in,
};
use baton_types::{EAR_SAMPLE_RATE, FaultCode, Timestamp};

const STAND_IN: &str = env!("CARGO_BIN_EXE_baton-standin");

fn program(direction: Direction) -> Program {
    Program { kind: ProgramKind::StandIn, direction, path: STAND_IN.into() }
}

/// Only what stalls is given up soon: a busy machine makes everything else wait, too.
fn options(what: &str) -> Options {
    let stall_max = if what.contains("stall") { Duration::from_millis(300) } else { Duration::from_secs(20) };
    Options { stall_max, ..Options::device(what) }
}

async fn microphone(what: &str) -> Result<Microphone, ProviderError> {
    Microphone::open_with(vec![program(Direction::Capture)], options(what)).await
}

async fn loudspeaker(what: &str) -> Result<Loudspeaker, ProviderError> {
    Loudspeaker::open_with(vec![program(Direction::Playback)], 16_000, options(what)).await
}

/// What a microphone gave until it had given `frames_max` frames or failed.
#[derive(Default)]
struct Given {
    samples: Vec<f32>,
    skipped: Vec<String>,
    failed: Option<ProviderError>,
}

async fn listen(microphone: &mut Microphone, frames_max: usize) -> Given {
    let mut given = Given::default();
    let mut first = None;
    for _ in 0..frames_max {
        match microphone.next().await {
            SourceEvent::Frame(frame) => {
                let from = *first.get_or_insert(frame.at.to_samples(EAR_SAMPLE_RATE));
                let at = Timestamp::from_samples(from + given.samples.len() as u64, EAR_SAMPLE_RATE);
                assert_eq!(frame.at, at, "positions have no gaps");
                given.samples.extend_from_slice(&frame.samples);
            }
            SourceEvent::Skipped { what } => given.skipped.push(what),
            SourceEvent::Ended => break,
            SourceEvent::Failed(error) => given.failed = Some(error),
        }
    }
    given
}

/// The stand-in's saw tooth: whether samples follow each other without one lost or doubled.
fn is_unbroken(samples: &[f32]) -> bool {
    let count = |sample: f32| (sample * 32_768.0 / 16.0).round() as i32;
    samples.windows(2).all(|pair| (count(pair[1]) - count(pair[0])).rem_euclid(1_024) == 1)
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// An executable script.
fn script(folder: &Path, name: &str, body: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn a_microphone_gives_every_sample_at_its_own_pace() {
    let mut microphone = microphone("tone").await.unwrap();
    assert_eq!(microphone.pace(), Pace::Source);
    let began = Instant::now();
    let given = listen(&mut microphone, 20).await;
    assert_eq!((given.samples.len(), given.skipped.len()), (6_400, 0));
    assert!(is_unbroken(&given.samples));
    assert!(began.elapsed() > Duration::from_millis(300), "400 ms of sound came in {:?}", began.elapsed());
}

#[tokio::test]
async fn pieces_that_end_inside_a_sample_are_put_together() {
    let given = listen(&mut microphone("odd").await.unwrap(), 15).await;
    assert_eq!(given.samples.len(), 4_800);
    assert!(is_unbroken(&given.samples));
}

#[tokio::test]
async fn a_microphone_that_vanishes_once_is_opened_again_within_a_second() {
    let folder = folder();
    let mark = folder.path().join("mark");
    let mut microphone = microphone(&format!("vanish-once:{}", mark.display())).await.unwrap();
    let began = Instant::now();
    let given = listen(&mut microphone, 30).await;
    assert_eq!(given.skipped.len(), 1, "{:?}", given.skipped);
    assert!(given.failed.is_none());
    // 100 ms of the first child, and the second one's behind them.
    assert_eq!(given.samples.len(), 29 * 320);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_microphone_that_vanishes_again_fails_with_what_to_do() {
    let mut microphone = microphone("vanish:100").await.unwrap();
    let given = listen(&mut microphone, 100).await;
    assert_eq!(given.samples.len(), 2 * 1_600);
    assert_eq!(given.skipped.len(), 1);
    let error = given.failed.unwrap();
    assert_eq!(error.kind, FaultCode::Interrupted);
    assert!(error.message.contains("the device was unplugged"), "{error}");
    assert!(error.suggestions.iter().any(|suggestion| suggestion.contains("baton doctor")));
    assert!(matches!(microphone.next().await, SourceEvent::Ended));
}

#[tokio::test]
async fn a_microphone_that_stalls_fails_with_what_to_do() {
    let given = listen(&mut microphone("stall:100").await.unwrap(), 100).await;
    assert_eq!(given.samples.len(), 1_600);
    let error = given.failed.unwrap();
    assert_eq!(error.kind, FaultCode::TimedOut);
    assert!(error.suggestions.iter().any(|suggestion| suggestion.contains("baton doctor")));
}

#[tokio::test]
async fn a_microphone_that_cannot_be_opened_says_why() {
    let error = microphone("refuse").await.unwrap_err();
    assert_eq!(error.kind, FaultCode::Missing);
    assert!(error.message.contains("connection refused"), "{error}");
    let error = Microphone::open_with(Vec::new(), Options::default()).await.unwrap_err();
    assert_eq!(error.kind, FaultCode::Missing);
    let nowhere = Program { path: "/nowhere/parec".into(), ..program(Direction::Capture) };
    let error = Microphone::open_with(vec![nowhere], Options::default()).await.unwrap_err();
    assert!(error.message.contains("/nowhere/parec"), "{error}");
}

#[tokio::test]
async fn a_program_without_a_server_is_followed_by_the_next() {
    let folder = folder();
    let broken = script(folder.path(), "pw-cat", "echo 'no server' >&2; exit 1");
    let broken = Program { path: broken, ..program(Direction::Capture) };
    let programs = vec![broken, program(Direction::Capture)];
    let microphone = Microphone::open_with(programs, Options::device("tone")).await.unwrap();
    assert_eq!(microphone.program(), Some(&program(Direction::Capture)));
}

#[tokio::test]
async fn a_chattering_program_does_not_block_and_its_words_stay_few() {
    let given = listen(&mut microphone("chatter").await.unwrap(), 10).await;
    assert_eq!(given.samples.len(), 3_200);
}

#[tokio::test]
async fn f46_a_flood_is_held_to_real_time_and_told() {
    let mut microphone = microphone("flood").await.unwrap();
    let began = Instant::now();
    let given = listen(&mut microphone, 60).await;
    let most = began.elapsed().as_secs_f64() * 16_000.0 * 1.01 + 17_000.0;
    assert!((given.samples.len() as f64) < most, "{} samples in {:?}", given.samples.len(), began.elapsed());
    assert!(given.failed.is_none());
    assert!(given.skipped.iter().any(|what| what.contains("faster than real time")), "{:?}", given.skipped);
}

#[tokio::test]
async fn f46_a_burst_after_a_short_stall_loses_nothing() {
    let mut microphone = microphone("burst:200").await.unwrap();
    let given = listen(&mut microphone, 20).await;
    assert_eq!((given.samples.len(), given.skipped.len()), (6_400, 0));
}

#[tokio::test]
async fn f46_a_reader_that_was_away_too_long_gets_the_latest_sound() {
    let mut microphone = microphone("tone").await.unwrap();
    // Longer than the allowance of one second; the pipe holds two.
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    let given = listen(&mut microphone, 60).await;
    assert_eq!(given.skipped.len(), 1, "{:?}", given.skipped);
    assert!(given.failed.is_none());
}

#[tokio::test]
async fn a_dropped_microphone_leaves_no_process() {
    let folder = folder();
    let mark = folder.path().join("pid");
    let microphone = microphone(&format!("pid:{}", mark.display())).await.unwrap();
    let pid = std::fs::read_to_string(&mark).unwrap().parse().unwrap();
    assert!(is_there(pid));
    drop(microphone);
    assert!(!is_there(pid), "ended and reaped");
}

#[tokio::test]
async fn a_program_that_ignores_the_request_to_end_is_killed_with_its_children() {
    let folder = folder();
    let mark = folder.path().join("pid");
    let body = format!("trap '' TERM\n{STAND_IN} \"$@\"\nsleep 60");
    let stubborn = Program { path: script(folder.path(), "stubborn", &body), ..program(Direction::Capture) };
    let options = Options::device(&format!("pid:{}", mark.display()));
    let microphone = Microphone::open_with(vec![stubborn], options).await.unwrap();
    let pid = std::fs::read_to_string(&mark).unwrap().parse().unwrap();
    assert!(is_there(pid));
    drop(microphone);
    // The grandchild is reaped by whoever inherits it.
    let is_running = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !status.is_empty() && !status.contains(") Z ") && !status.contains(") X ")
    };
    for _ in 0..200 {
        if !is_running() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("process {pid} goes on");
}

/// The bytes that a playing stand-in got, and when: bytes so far, microseconds since the first.
fn played(path: &Path) -> (Vec<u8>, Vec<(u64, u64)>) {
    let log = std::fs::read_to_string(path.with_extension("raw.log")).unwrap();
    let lines = log.lines().map(|line| {
        let (bytes, micros) = line.split_once(' ').unwrap();
        (bytes.parse().unwrap(), micros.parse().unwrap())
    });
    (std::fs::read(path).unwrap(), lines.collect())
}

/// Plays a second of sound, a pause and sound again; what arrived must be all of it and never early.
async fn plays_in_time(what: &str) {
    let folder = folder();
    let path = folder.path().join("heard.raw");
    let mut speaker = loudspeaker(&format!("{what}:{}", path.display())).await.unwrap();
    assert!(speaker.latency() >= LEAD_MAX);
    let sound: Vec<f32> = (0..4_800_u16).map(|k| f32::from(k) / 4_800.0).collect();
    let began = Instant::now();
    speaker.write(&sound).await.unwrap();
    speaker.write(&vec![0.0; 3_200]).await.unwrap();
    speaker.write(&sound).await.unwrap();
    // 800 ms of sound, of which 60 may be on their way.
    assert!(began.elapsed() >= Duration::from_millis(735), "took {:?}", began.elapsed());
    speaker.finish().await.unwrap();
    let (bytes, log) = played(&path);
    let heard: Vec<f32> =
        bytes.as_chunks::<2>().0.iter().map(|&pair| f32::from(i16::from_le_bytes(pair)) / 32_767.0).collect();
    assert_eq!(heard.len(), 12_800);
    let expected = sound.iter().chain(&[0.0; 3_200]).chain(&sound);
    assert!(heard.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "every sample at its place");
    for (bytes, micros) in log {
        let ahead = bytes as f64 / 32_000.0 - micros as f64 / 1e6;
        assert!(ahead < 0.075, "{bytes} bytes had come after {micros} us");
    }
}

#[tokio::test]
async fn a_loudspeaker_is_written_at_most_60_ms_ahead() {
    plays_in_time("sink").await;
}

#[tokio::test]
async fn a_program_that_reads_ahead_does_not_shift_positions() {
    plays_in_time("rebuffer").await;
}

#[tokio::test]
async fn a_loudspeaker_that_vanishes_fails_with_what_to_do() {
    let mut speaker = loudspeaker("play-vanish:200").await.unwrap();
    let mut error = None;
    for _ in 0..100 {
        if let Err(failed) = speaker.write(&[0.1; 320]).await {
            error = Some(failed);
            break;
        }
    }
    let error = error.unwrap();
    assert_eq!(error.kind, FaultCode::Interrupted);
    assert!(error.message.contains("the device was unplugged"), "{error}");
    assert!(error.suggestions.iter().any(|suggestion| suggestion.contains("baton doctor")));
    assert!(speaker.write(&[0.1; 320]).await.is_err(), "it stays gone");
}

#[tokio::test]
async fn a_loudspeaker_that_stalls_fails_with_what_to_do() {
    let mut speaker = loudspeaker("play-stall").await.unwrap();
    let error = speaker.write(&[0.1; 16_000]).await.unwrap_err();
    assert_eq!(error.kind, FaultCode::TimedOut);
    assert!(error.suggestions.iter().any(|suggestion| suggestion.contains("baton doctor")));
}

#[tokio::test]
async fn a_loudspeaker_that_cannot_be_opened_says_why() {
    let error = loudspeaker("refuse").await.unwrap_err();
    assert_eq!(error.kind, FaultCode::Missing);
    assert!(error.message.contains("connection refused"), "{error}");
    assert!(Loudspeaker::open_with(Vec::new(), 16_000, Options::default()).await.is_err());
}

#[test]
fn programs_are_found_in_their_order_and_by_what_they_can() {
    let folder = folder();
    let environment = Environment { path: folder.path().into(), ..Environment::default() };
    assert_eq!(environment.programs(Direction::Capture), []);
    for name in ["arecord", "parec", "aplay", "paplay"] {
        script(folder.path(), name, "exit 0");
    }
    let names = |direction| environment.programs(direction).iter().map(Program::name).collect::<Vec<_>>();
    assert_eq!(names(Direction::Capture), ["parec", "arecord"]);
    assert_eq!(names(Direction::Playback), ["paplay", "aplay"]);
    script(folder.path(), "pw-cat", "echo 'pw-cat [options] <file>'");
    assert_eq!(names(Direction::Capture), ["parec", "arecord"], "one that only knows files is of no use");
    script(folder.path(), "pw-cat", "echo 'pw-cat [options] [<file> | -]'");
    assert_eq!(names(Direction::Capture), ["pw-cat", "parec", "arecord"]);
}

#[test]
fn every_program_is_asked_for_raw_mono_at_the_rate_and_device() {
    let options = Options::device("hw:1,0");
    let of = |kind, direction| {
        let arguments = Program { kind, direction, path: "x".into() }.arguments(16_000, &options);
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect::<Vec<_>>().join(" ")
    };
    let pipewire = of(ProgramKind::PipeWire { raw_flag: true }, Direction::Capture);
    assert!(pipewire.starts_with("--record") && pipewire.ends_with("--target hw:1,0 --raw -"), "{pipewire}");
    assert!(pipewire.contains("--format s16 --channels 1 --rate 16000 --latency 40ms"), "{pipewire}");
    let pulse = of(ProgramKind::PulseAudio, Direction::Playback);
    assert!(pulse.contains("--raw --format=s16le --channels=1 --rate=16000 --latency-msec=40"), "{pulse}");
    assert!(pulse.contains("--device=hw:1,0"), "{pulse}");
    let alsa = of(ProgramKind::Alsa, Direction::Capture);
    assert!(alsa.contains("-t raw -f S16_LE -c 1 -r 16000 --buffer-time=40000"), "{alsa}");
    assert!(alsa.ends_with("-D plughw:1,0"), "{alsa}");
    let sox = of(ProgramKind::Sox, Direction::Playback);
    assert!(sox.contains("-t raw -e signed-integer -b 16 -L -c 1 -r 16000 -"), "{sox}");
}

#[test]
fn a_bare_machine_is_told_what_to_install() {
    let folder = folder();
    let environment = Environment { path: folder.path().into(), ..Environment::default() };
    let probe = probe_in(&environment);
    assert_eq!((probe.capture, probe.playback), (None, None));
    assert!(probe.hint.contains("install"), "{}", probe.hint);
}

#[test]
fn the_probe_lists_devices_and_survives_a_tool_that_hangs() {
    let folder = folder();
    for name in ["parec", "pacat"] {
        script(folder.path(), name, "exit 0");
    }
    script(
        folder.path(),
        "pactl",
        "if [ \"$3\" = sources ]; then printf '1\\tmic\\tm\\ts16le\\tIDLE\\n'; else exec /bin/sleep 60; fi",
    );
    let environment = Environment { path: folder.path().into(), ..Environment::default() };
    let probe = probe_in(&environment);
    assert_eq!(probe.microphones.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["mic"]);
    assert_eq!(probe.loudspeakers, []);
    assert_eq!(probe.hint, "", "what cannot be listed may still be there");
}

#[test]
fn tests_can_put_a_program_in_place_of_all_others() {
    let environment = Environment { test_capture: Some("/stand/in".into()), ..Environment::default() };
    let programs = environment.programs(Direction::Capture);
    assert_eq!((programs.len(), programs[0].kind), (1, ProgramKind::StandIn));
    assert_eq!(environment.programs(Direction::Playback), []);
}
