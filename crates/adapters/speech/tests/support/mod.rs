//! What the tests of the engines share: where models and recordings are, sounds without speech, scoring.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod score;

use std::path::{Path, PathBuf};

/// Samples a second of everything here.
pub(crate) const RATE: usize = 16_000;

/// The folder of a model; None, said loudly, where models are to be skipped.
pub(crate) fn model(name: &str) -> Option<PathBuf> {
    if let Some(models) = std::env::var_os("BATON_MODELS") {
        let folder = Path::new(&models).join(name);
        if folder.is_dir() {
            return Some(folder);
        }
    }
    assert!(
        std::env::var_os("BATON_TEST_MODELS").is_some_and(|v| v == "skip"),
        "the model {name} is not in the folder that BATON_MODELS names; \
         `cargo xtask setup` brings it, BATON_TEST_MODELS=skip leaves out what needs it"
    );
    println!("skipped: what needs the model {name}");
    None
}

/// A recording and the words in it.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) said: String,
    pub(crate) samples: Vec<f32>,
}

/// All recordings; None, said loudly, where there are none.
pub(crate) fn recordings() -> Option<Vec<Recording>> {
    let Some(folder) = std::env::var_os("BATON_RECORDINGS").map(PathBuf::from) else {
        println!("skipped: what needs recordings (BATON_RECORDINGS is not set)");
        return None;
    };
    println!("recordings: {}", folder.display());
    let list = std::fs::read_to_string(folder.join("transcripts.tsv")).unwrap();
    let recordings = list.lines().filter_map(|line| line.split_once('\t'));
    let recordings = recordings.map(|(name, said)| Recording {
        name: name.to_owned(),
        said: said.to_owned(),
        samples: read(&folder.join(name)),
    });
    Some(recordings.collect())
}

/// The samples of a 16 kHz mono WAV file.
pub(crate) fn read(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate as usize), (1, RATE), "{}", path.display());
    reader.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect()
}

/// Ten seconds each of sounds in which nobody speaks, scaled to `level` dBFS (root mean square; clicks by
/// their peak).
pub(crate) fn sounds_without_speech(level: f32) -> Vec<(&'static str, Vec<f32>)> {
    let n = 10 * RATE;
    let mut random = Random(7);
    let white: Vec<f32> = (0..n).map(|_| random.next()).collect();
    let mut smoothed = 0.0;
    let brown: Vec<f32> = (0..n)
        .map(|_| {
            smoothed = 0.98 * smoothed + random.next();
            smoothed
        })
        .collect();
    let tone = |hertz: f32, i: usize| (std::f32::consts::TAU * hertz * i as f32 / RATE as f32).sin();
    let hum = (0..n).map(|i| tone(50.0, i) + 0.5 * tone(100.0, i) + 0.3 * tone(150.0, i));
    // Four chords, each struck and fading.
    let chords = [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    let music = (0..n).map(|i| {
        let beat = i % (RATE / 2);
        let fading = (-(beat as f32) / (0.2 * RATE as f32)).exp();
        let chord = chords[i / (RATE / 2) % 4].iter();
        fading * chord.map(|&hertz| tone(hertz, i) + 0.4 * tone(2.0 * hertz, i)).sum::<f32>()
    });
    let mut clicks = vec![0.0; n];
    for click in 0..12 {
        let at = click * n / 12 + (click * 977) % 3_000;
        for (i, sample) in clicks[at..at + 160].iter_mut().enumerate() {
            *sample = random.next() * (-(i as f32) / 30.0).exp();
        }
    }
    let rms = |samples: &[f32]| {
        let sum: f32 = samples.iter().map(|s| s * s).sum();
        (sum / samples.len() as f32).sqrt()
    };
    let peak = clicks.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    let mut sounds: Vec<(&'static str, Vec<f32>, f32)> = Vec::new();
    for (name, samples) in
        [("white noise", white), ("brown noise", brown), ("hum", hum.collect()), ("music", music.collect())]
    {
        let loudness = rms(&samples);
        sounds.push((name, samples, loudness));
    }
    sounds.push(("clicks", clicks, peak));
    let target = 10_f32.powf(level / 20.0);
    sounds
        .into_iter()
        .map(|(name, samples, loudness)| {
            let scale = target / loudness;
            (name, samples.into_iter().map(|s| s * scale).collect())
        })
        .collect()
}

/// A small generator with a seed, evenly between -1 and 1.
pub(crate) struct Random(pub(crate) u32);

impl Random {
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}
