//! The voice itself, with its model: what it promises to whoever speaks through it.

use std::cell::Cell;
use std::env;

use super::*;

pub(super) fn one_thread() -> Arc<ThreadPool> {
    super::one_thread()
}

/// The folder of the voice, or `None` where tests with models are switched off.
pub(super) fn voice_folder(what: &str) -> Option<PathBuf> {
    if env::var_os("BATON_TEST_MODELS").is_some_and(|choice| choice == "skip") {
        println!("skipped: {what} (BATON_TEST_MODELS=skip)");
        return None;
    }
    let models = env::var_os("BATON_MODELS").expect("BATON_MODELS names the folder with the models");
    let folder = PathBuf::from(models).join("piper-en-us-joe");
    assert!(folder.is_dir(), "no voice in {}", folder.display());
    Some(folder)
}

fn spoken(piper: &Piper, text: &str, options: &SynthesisOptions) -> (Vec<Vec<f32>>, Spoken) {
    let mut chunks = Vec::new();
    let spoken = piper.synthesize(text, options, &|| false, &mut |chunk| chunks.push(chunk.samples)).unwrap();
    (chunks, spoken)
}

fn load(what: &str) -> Option<Piper> {
    voice_folder(what).map(|folder| Piper::load(&folder).unwrap())
}

#[test]
fn stretches_cover_every_frame_once_and_grow() {
    let lens: Vec<usize> = stretches(500).map(|stretch| stretch.len()).collect();
    assert_eq!(lens, [16, 32, 64, 128, 128, 128, 4]);
    assert_eq!(stretches(1).map(|stretch| stretch.len()).collect::<Vec<_>>(), [1]);
    assert_eq!(stretches(0).count(), 0);
}

#[test]
fn without_liveliness_the_same_text_gives_the_same_samples() {
    let Some(piper) = load("the repeatable voice") else { return };
    let text = "Your appointment is confirmed for Tuesday.";
    let first = spoken(&piper, text, &SynthesisOptions::REPEATABLE);
    assert_eq!(first, spoken(&piper, text, &SynthesisOptions::REPEATABLE));
    assert_ne!(first.0, spoken(&piper, text, &SynthesisOptions::default()).0);
}

#[test]
fn chunks_are_sound_within_bounds_and_as_long_as_said() {
    let Some(piper) = load("the voice's chunks") else { return };
    for text in ["Good morning, how can I help you today?", "Yes.", "kubectl", "Ssh!"] {
        let (chunks, spoken) = spoken(&piper, text, &SynthesisOptions::default());
        let samples: Vec<f32> = chunks.concat();
        assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
        assert!(samples.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
        assert!(samples.iter().any(|sample| sample.abs() > 0.05), "{text}: nothing to hear");
        assert_eq!(spoken.duration, piper.duration(samples.len()));
        let quiet = samples.iter().take_while(|sample| sample.abs() < 0.01).count();
        assert!(quiet < 1_000, "{text}: {quiet} samples of silence before the first sound");
    }
}

#[test]
fn a_full_stop_pauses_longer_than_a_comma_and_an_open_end_not_at_all() {
    let Some(piper) = load("the voice's pauses") else { return };
    let silence = |text: &str| {
        let samples = spoken(&piper, text, &SynthesisOptions::REPEATABLE).0.concat();
        samples.iter().rev().take_while(|sample| **sample == 0.0).count()
    };
    assert_eq!([silence("one moment."), silence("one moment,"), silence("one moment")], [5_512, 2_646, 0]);
}

#[test]
fn nothing_to_say_is_no_chunk() {
    let Some(piper) = load("the silent voice") else { return };
    for text in ["", "...", "🙂"] {
        assert_eq!(spoken(&piper, text, &SynthesisOptions::default()), (Vec::new(), Spoken::default()));
    }
}

#[test]
fn word_marks_follow_the_words_through_the_sound() {
    let Some(piper) = load("the voice's word marks") else { return };
    let text = "Sure, one moment while I look that up for you. It takes a week.";
    let (_, spoken) = spoken(&piper, text, &SynthesisOptions::default());
    let words: Vec<&str> = spoken.word_marks.iter().map(|mark| &text[mark.text.clone()]).collect();
    let expected: Vec<&str> = text.split(' ').map(|word| word.trim_matches([',', '.'])).collect();
    assert_eq!(words, expected);
    let mut before = Duration::ZERO;
    for mark in &spoken.word_marks {
        assert!(before <= mark.start && mark.start < mark.end && mark.end <= spoken.duration, "{mark:?}");
        before = mark.end;
    }
    let last = &spoken.word_marks[words.len() - 1];
    assert!(spoken.duration - last.end >= Duration::from_millis(249), "the pause is not the word's");
}

#[test]
fn a_word_mark_begins_where_its_sound_begins() {
    let Some(piper) = load("where the voice's words begin") else { return };
    // A voiceless stop after a pause: its burst is easy to find in the samples.
    let text = "Well, two.";
    let (chunks, spoken) = spoken(&piper, text, &SynthesisOptions::REPEATABLE);
    let samples = chunks.concat();
    let at = |time: Duration| (time.as_secs_f64() * 22_050.0) as usize;
    let loudness = |range: Range<usize>| {
        samples[range.clone()].iter().map(|sample| sample * sample).sum::<f32>() / range.len() as f32
    };
    let [well, two] = [&spoken.word_marks[0], &spoken.word_marks[1]];
    let between = loudness(at(well.end)..at(two.start));
    assert!(loudness(at(well.start)..at(well.end)) > between * 4.0);
    assert!(loudness(at(two.start)..at(two.end)) > between * 4.0);
}

#[test]
fn a_long_text_is_spoken_in_pieces_that_the_network_takes() {
    let Some(piper) = load("long texts") else { return };
    let text = "every word of this very long sentence has to be spoken once and in order ".repeat(5);
    let (_, spoken) = spoken(&piper, &text, &SynthesisOptions::REPEATABLE);
    assert_eq!(spoken.word_marks.len(), 75);
    assert!(spoken.duration > Duration::from_secs(15));
}

#[test]
fn cancelling_stops_before_the_next_stretch() {
    let Some(piper) = load("cancelling the voice") else { return };
    let text = "The museum opens at nine and closes at half past five, and the library closes at six.";
    let chunks = Cell::new(0);
    let result = piper
        .synthesize(text, &SynthesisOptions::default(), &|| chunks.get() > 0, &mut |_| chunks.set(chunks.get() + 1));
    assert!(matches!(result, Err(SynthesizeError::Cancelled)));
    assert_eq!(chunks.get(), 1);
    let result = piper.synthesize(text, &SynthesisOptions::default(), &|| true, &mut |_| panic!("spoke after the end"));
    assert!(matches!(result, Err(SynthesizeError::Cancelled)));
}

#[test]
fn faster_speech_is_shorter() {
    let Some(piper) = load("the voice's speed") else { return };
    let text = "The total comes to forty two dollars.";
    let len = |speed: f32| spoken(&piper, text, &SynthesisOptions { speed, lively: false }).1.duration.as_secs_f32();
    assert!(len(1.5) < len(1.0) * 0.8);
    assert!(len(0.7) > len(1.0) * 1.2);
    assert_eq!(len(f32::NAN), len(1.0));
}

#[test]
fn two_callers_speak_side_by_side_and_alike() {
    let Some(piper) = load("two callers at once") else { return };
    let text = "Please hold the line.";
    let alone = spoken(&piper, text, &SynthesisOptions::REPEATABLE);
    std::thread::scope(|scope| {
        let callers = [0; 2].map(|_| scope.spawn(|| spoken(&piper, text, &SynthesisOptions::REPEATABLE)));
        callers.into_iter().for_each(|caller| assert_eq!(caller.join().unwrap(), alone));
    });
}

/// A folder with a copy of the voice whose model is what `change` makes of it.
fn changed(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let name = "en_US-joe-medium.onnx";
    let mut model = fs::read(folder.join(name)).unwrap();
    change(&mut model);
    fs::write(copy.path().join(name), model).unwrap();
    fs::copy(folder.join("en_US-joe-medium.onnx.json"), copy.path().join("en_US-joe-medium.onnx.json")).unwrap();
    copy
}

fn refusal(folder: &Path) -> String {
    Piper::load(folder).err().expect("a broken voice is refused").to_string()
}

#[test]
fn a_missing_voice_is_refused_by_name() {
    let empty = tempfile::tempdir().unwrap();
    assert!(refusal(empty.path()).starts_with("no voice in"));
    assert!(refusal(&empty.path().join("nowhere")).contains("nowhere is not readable"));
    fs::write(empty.path().join("voice.onnx"), b"").unwrap();
    assert!(refusal(empty.path()).contains("voice.onnx.json is not readable"));
    fs::write(empty.path().join("voice.onnx.json"), b"{\"audio\":").unwrap();
    assert!(refusal(empty.path()).contains("voice.onnx.json is not the configuration"));
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("voice.onnx.json"), config::tests::example()).unwrap();
    for bytes in [&b""[..], b"<html>404</html>", &[0xff; 4_096], &[0; 4_096]] {
        fs::write(folder.path().join("voice.onnx"), bytes).unwrap();
        let refusal = refusal(folder.path());
        assert!(refusal.contains("voice.onnx is"), "{refusal}");
    }
}

#[test]
fn a_cut_model_is_refused() {
    let Some(voice) = voice_folder("cut models") else { return };
    let len = fs::metadata(voice.join("en_US-joe-medium.onnx")).unwrap().len() as usize;
    for keep in [1, len / 100, len / 2, len - 100_000, len - 1] {
        let folder = changed(&voice, |model| model.truncate(keep));
        let refusal = refusal(folder.path());
        assert!(refusal.contains("en_US-joe-medium.onnx is"), "{keep} of {len} bytes: {refusal}");
    }
}

#[test]
fn a_garbled_model_never_gives_anything_but_numbers() {
    let Some(voice) = voice_folder("garbled models") else { return };
    let mut dice = 3_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    for _ in 0..12 {
        let folder = changed(&voice, |model| {
            for _ in 0..1 + roll(2_000) {
                let at = roll(model.len());
                model[at] = roll(256) as u8;
            }
        });
        let Ok(piper) = Piper::load(folder.path()) else { continue };
        let mut all_numbers = true;
        let all = &mut |chunk: Chunk| {
            all_numbers &= chunk.samples.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0)
        };
        drop(piper.synthesize("Good morning.", &SynthesisOptions::REPEATABLE, &|| false, all));
        assert!(all_numbers);
    }
}
