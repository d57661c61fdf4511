//! The voice detectors on real speech, on sounds that are none, and beside a reference.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic is a test's report, and it says what it skipped"
)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use baton_audio::detector::{Detector, DetectorConfig, Fact};
use baton_audio::frames::Frames;
use baton_audio::generate as sound;
use baton_audio::level::Level;
use baton_ports::VadEngine;
use baton_speech::vad::{EarshotEngine, SILERO_FILE, SileroEngine};
use baton_types::FaultCode;
use rten::Model;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

#[test]
fn silero_gives_what_rten_gives_for_the_same_file() {
    let Some(path) = silero_file() else { return };
    let model = Model::load_file(&path).unwrap();
    let mut stream = SileroEngine::load(&path).unwrap().open();
    let mut input = sound::white_noise(1, -20.0, 1.0);
    input.extend(sound::silence(0.5));
    input.extend(sound::chords(2, -12.0, 1.0));
    input.extend(recordings().into_iter().take(15).flat_map(|recording| recording.samples));
    let (mut hidden, mut cell) = (NdTensor::zeros([1, 1, 128]), NdTensor::zeros([1, 1, 128]));
    let mut context = vec![0.0; 64];
    let mut worst = 0.0_f32;
    for window in input.chunks_exact(512) {
        context.extend_from_slice(window);
        let samples = NdTensor::from_data([1, 576], context.clone());
        let node = |name| model.node_id(name).unwrap();
        let inputs = vec![
            (node("input"), samples.view().into()),
            (node("h"), hidden.view().into()),
            (node("c"), cell.view().into()),
        ];
        let [probability, h, c] = model.run_n(inputs, [node("speech_probs"), node("hn"), node("cn")], None).unwrap();
        let probability: Vec<f32> = probability.into_tensor::<f32>().unwrap().to_vec();
        hidden = NdTensor::from_data([1, 1, 128], h.into_tensor::<f32>().unwrap().to_vec());
        cell = NdTensor::from_data([1, 1, 128], c.into_tensor::<f32>().unwrap().to_vec());
        worst = worst.max((stream.process(window) - probability[0]).abs());
        context.drain(..512);
    }
    println!("largest difference over {} windows: {worst:e}", input.len() / 512);
    assert!(worst <= 1e-4, "differs by {worst}");
}

#[test]
fn a_reset_makes_a_stream_as_good_as_a_new_one() {
    let noise = sound::white_noise(5, -25.0, 0.3);
    for engine in engines() {
        let mut used = engine.open();
        let window = used.window_samples();
        noise.chunks_exact(window).for_each(|window| {
            used.process(window);
        });
        used.reset();
        let mut new = engine.open();
        for window in noise.chunks_exact(window) {
            assert_eq!(used.process(window).to_bits(), new.process(window).to_bits(), "{}", engine.name());
        }
    }
}

#[test]
fn windows_that_are_no_sound_give_a_probability_and_do_not_spoil_the_stream() {
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-45, -3.0, 0.0];
    for engine in engines() {
        let mut stream = engine.open();
        let len = stream.window_samples();
        for round in 0..50 {
            let window: Vec<f32> = (0..len).map(|k| bad[(k + round) % bad.len()]).collect();
            let probability = stream.process(&window);
            assert!((0.0..=1.0).contains(&probability), "{}: {probability}", engine.name());
        }
        let calm = (0..200).map(|_| stream.process(&vec![0.0; len])).last().unwrap();
        assert!(calm < 0.2, "{}: {calm} in silence afterwards", engine.name());
    }
}

#[test]
fn speech_is_found_in_every_recording() {
    let recordings = recordings();
    for engine in engines() {
        for recording in &recordings {
            let run = run(&*engine, &recording.samples);
            assert!(run.confirmed > 0, "{}: nothing heard in {}", engine.name(), recording.name);
            assert_eq!(run.started, run.faded, "{}: every start fades in {}", engine.name(), recording.name);
        }
    }
}

#[test]
fn few_recordings_are_missed_in_noise_and_when_quiet() {
    let recordings = recordings();
    if recordings.is_empty() {
        return;
    }
    for engine in engines() {
        for (condition, snr_db, gain_db) in
            [("noise 20 dB below", 20.0, 0.0), ("10 dB below", 10.0, 0.0), ("quiet", 60.0, -20.0)]
        {
            let missed: Vec<&str> = recordings
                .iter()
                .filter(|recording| {
                    let level = Level::of(&recording.samples).rms_dbfs + gain_db;
                    let mut scene = sound::at_level(recording.samples.clone(), level);
                    let seconds = scene.len() as f32 / 16_000.0;
                    sound::mix(&mut scene, 0, &sound::white_noise(9, level - snr_db, seconds));
                    run(&*engine, &scene).confirmed == 0
                })
                .map(|recording| recording.name.as_str())
                .collect();
            println!("{}, {condition}: {} of {} missed {missed:?}", engine.name(), missed.len(), recordings.len());
            assert!(missed.len() * 20 <= recordings.len(), "{}, {condition}: missed {missed:?}", engine.name());
        }
    }
}

#[test]
fn sounds_that_are_no_speech_start_next_to_nothing() {
    let minute = 60.0;
    let coughs = (0..12).flat_map(|seed| {
        let mut gap = sound::cough(seed, -20.0);
        gap.extend(sound::silence(2.0));
        gap
    });
    let scenes = [
        ("silence", sound::silence(minute), 0),
        ("white noise", sound::white_noise(11, -40.0, minute), 0),
        ("loud white noise", sound::white_noise(12, -20.0, minute), 0),
        ("hum", sound::hum(50.0, -30.0, minute), 0),
        ("clicks", sound::clicks(13, -12.0, 4.0, minute), 2),
        ("chords", sound::chords(14, -25.0, minute), 6),
        ("coughs", coughs.collect(), 3),
    ];
    for engine in engines() {
        for (scene, samples, starts_max) in &scenes {
            let starts = run(&*engine, samples).confirmed;
            println!("{}, {scene}: {starts} starts in {:.0} s", engine.name(), samples.len() as f32 / 16_000.0);
            assert!(starts <= *starts_max, "{}: {starts} starts in {scene}", engine.name());
        }
    }
}

#[test]
fn a_silero_file_that_is_missing_cut_or_another_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SILERO_FILE);
    let refused = |kind: FaultCode, what: &str| {
        let error = SileroEngine::load(&path).unwrap_err();
        let message = error.to_string();
        assert_eq!(error.kind, kind, "{message}");
        assert!(message.contains(what) && message.contains(SILERO_FILE), "{message}");
    };
    refused(FaultCode::Missing, "voice detector");
    for (content, what) in [(&b""[..], "no tensor stft"), (b"<html>not here</html>", ""), (&[0; 1_000], "no tensor")] {
        std::fs::write(&path, content).unwrap();
        refused(FaultCode::Damaged, what);
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    refused(FaultCode::Damaged, "");
    let Some(real) = silero_file() else { return };
    let file = std::fs::read(real).unwrap();
    std::fs::remove_dir(&path).unwrap();
    for len in [3, 1_000, file.len() / 2, file.len() - 1] {
        std::fs::write(&path, &file[..len]).unwrap();
        refused(FaultCode::Damaged, "");
    }
}

/// Not a claim but a measurement: run it with `--ignored --nocapture` on a quiet machine.
#[test]
#[ignore = "prints how long a window takes"]
fn cost_of_a_window() {
    for engine in engines() {
        let mut stream = engine.open();
        let len = stream.window_samples();
        let noise = sound::white_noise(1, -30.0, 20.0);
        let mut best = f64::INFINITY;
        for _ in 0..10 {
            let begun = Instant::now();
            let windows = noise.chunks_exact(len);
            let count = windows.len();
            let sum: f32 = windows.map(|window| stream.process(window)).sum();
            best = best.min(begun.elapsed().as_secs_f64() * 1e6 / count as f64);
            assert!(sum.is_finite());
        }
        println!("{}: {best:.1} us per window of {len} samples", engine.name());
    }
}

/// What a detector said about a whole input.
struct Run {
    started: usize,
    confirmed: usize,
    faded: usize,
}

/// Runs an engine over `samples` with half a second of silence before and after, as a session would.
fn run(engine: &dyn VadEngine, samples: &[f32]) -> Run {
    let mut stream = engine.open();
    let thresholds = engine.thresholds();
    let config = DetectorConfig::new(stream.window_samples(), thresholds.on, thresholds.off);
    let mut detector = Detector::new(config);
    let mut frames = Frames::new(stream.window_samples());
    let mut facts = Vec::new();
    let half = sound::silence(0.5);
    for piece in [&half[..], samples, &half] {
        frames.push(piece, |window| detector.window(stream.process(window), &mut facts));
    }
    let count = |wanted: fn(&Fact) -> bool| facts.iter().filter(|fact| wanted(fact)).count();
    Run {
        started: count(|fact| matches!(fact, Fact::SpeechStarted { .. })),
        confirmed: count(|fact| matches!(fact, Fact::SpeechConfirmed { .. })),
        faded: count(|fact| matches!(fact, Fact::SpeechFaded { .. })),
    }
}

fn engines() -> Vec<Box<dyn VadEngine>> {
    let mut engines: Vec<Box<dyn VadEngine>> = vec![Box::new(EarshotEngine)];
    engines.extend(silero_file().map(|path| Box::new(SileroEngine::load(&path).unwrap()) as Box<dyn VadEngine>));
    engines
}

/// The weights' file; nothing only when the environment says that models are to be skipped.
fn silero_file() -> Option<PathBuf> {
    if std::env::var_os("BATON_TEST_MODELS").is_some_and(|value| value == "skip") {
        println!("skipped: silero-vad");
        return None;
    }
    let models = std::env::var_os("BATON_MODELS")
        .expect("BATON_MODELS names the folder of the models; BATON_TEST_MODELS=skip passes over them");
    let path = Path::new(&models).join("silero-vad").join(SILERO_FILE);
    assert!(path.is_file(), "the model silero-vad is missing: {}", path.display());
    Some(path)
}

struct Recording {
    name: String,
    samples: Vec<f32>,
}

/// The recordings, in the order of their names; none where there are none.
fn recordings() -> Vec<Recording> {
    let Some(folder) = std::env::var_os("BATON_RECORDINGS") else {
        println!("NOT TESTED ON RECORDINGS: BATON_RECORDINGS is not set");
        return Vec::new();
    };
    let entries = std::fs::read_dir(&folder).expect("BATON_RECORDINGS is a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wav"));
    paths.sort();
    println!("{} recordings in {}", paths.len(), Path::new(&folder).display());
    let read = |path: &PathBuf| Recording {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        samples: hound::WavReader::open(path)
            .unwrap()
            .into_samples::<i16>()
            .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
            .collect(),
    };
    paths.iter().map(read).collect()
}
