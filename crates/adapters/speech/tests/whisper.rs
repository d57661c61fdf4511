//! The recognizer with its real weights: what it makes of voices, of sounds that are none, of being stopped.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a panic is the report, and the tables are printed")]

mod support;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use baton_speech::whisper::{LoadError, Options, TranscribeError, Whisper};
use support::score::{errors, words};
use support::{RATE, Random, Recording, model, recordings, sounds_without_speech};

/// The most word errors in a hundred that the recordings may give.
const WORD_ERRORS_MAX: f64 = 9.0;

fn never() -> bool {
    false
}

/// The English model, loaded once.
fn whisper() -> Option<&'static Whisper> {
    static WHISPER: OnceLock<Option<Whisper>> = OnceLock::new();
    WHISPER.get_or_init(|| model("whisper-tiny.en").map(|folder| Whisper::load(&folder).unwrap())).as_ref()
}

fn recording(name: &str) -> Option<Recording> {
    recordings()?.into_iter().find(|r| r.name == name)
}

#[test]
fn recordings_are_transcribed_with_at_most_nine_word_errors_in_a_hundred() {
    let (Some(whisper), Some(recordings)) = (whisper(), recordings()) else {
        return;
    };
    let (mut count, mut wrong) = (0, 0);
    println!("| file | words | errors | rtf | confidence | no speech |\n|---|---|---|---|---|---|");
    for recording in &recordings {
        let begun = Instant::now();
        let heard = whisper.transcribe(&recording.samples, &Options::FINAL, &never).unwrap();
        let seconds = recording.samples.len() as f64 / RATE as f64;
        let rtf = begun.elapsed().as_secs_f64() / seconds;
        let said = words(&recording.said);
        let found = errors(&said, &words(&heard.text));
        println!(
            "| {} | {} | {found} | {rtf:.3} | {:.2} | {:.3} |",
            recording.name,
            said.len(),
            heard.confidence,
            heard.no_speech
        );
        if found > 0 {
            println!("    said  {}\n    heard {}", recording.said, heard.text);
        }
        count += said.len();
        wrong += found;
    }
    let rate = 100.0 * wrong as f64 / count as f64;
    println!("{wrong} errors in {count} words: {rate:.1} %");
    assert!(rate <= WORD_ERRORS_MAX, "{rate:.1} %");
}

#[test]
fn partials_of_recordings_are_not_much_worse_than_finals() {
    let (Some(whisper), Some(recordings)) = (whisper(), recordings()) else {
        return;
    };
    let (mut count, mut wrong) = (0, 0);
    for recording in recordings.iter().filter(|r| r.samples.len() < 8 * RATE) {
        let heard = whisper.transcribe(&recording.samples, &Options::PARTIAL, &never).unwrap();
        let said = words(&recording.said);
        wrong += errors(&said, &words(&heard.text));
        count += said.len();
    }
    let rate = 100.0 * wrong as f64 / count as f64;
    println!("{wrong} errors in {count} words: {rate:.1} %");
    assert!(rate <= 12.0, "{rate:.1} %");
}

#[test]
fn sounds_without_speech_give_no_text() {
    let Some(whisper) = whisper() else { return };
    let mut sounds = vec![("digital silence".to_owned(), vec![0.0; 10 * RATE])];
    let mut random = Random(3);
    let dither = (0..10 * RATE).map(|_| random.next() / 32_768.0).collect();
    sounds.push(("dither".to_owned(), dither));
    for level in [-40.0, -20.0] {
        for (name, samples) in sounds_without_speech(level) {
            sounds.push((format!("{name} at {level} dBFS"), samples));
        }
    }
    let mut told = Vec::new();
    for (name, samples) in &sounds {
        for options in [Options::FINAL, Options::PARTIAL] {
            let heard = whisper.transcribe(samples, &options, &never).unwrap();
            println!("{name}: no speech {:.3} {:?}", heard.no_speech, heard.text);
            if !heard.text.is_empty() || heard.confidence != 0.0 {
                told.push((name, heard.text));
            }
        }
    }
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn bursts_of_noise_give_no_text() {
    let Some(whisper) = whisper() else { return };
    let mut told = Vec::new();
    for level in [-40.0, -20.0] {
        for (name, samples) in sounds_without_speech(level) {
            for ms in [100, 300, 1_000, 3_000] {
                let mut burst = vec![0.0; RATE / 4];
                burst.extend(&samples[..ms * RATE / 1_000]);
                burst.extend([0.0; RATE / 4]);
                let heard = whisper.transcribe(&burst, &Options::FINAL, &never).unwrap();
                println!("{name} {level} {ms}: {:.3} {:?}", heard.no_speech, heard.text);
                if !heard.text.is_empty() {
                    told.push((name, level, ms, heard.text));
                }
            }
        }
    }
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn short_and_empty_sounds_give_no_text() {
    let Some(whisper) = whisper() else { return };
    let mut random = Random(5);
    for length in [0, 1, 100, 400, 800] {
        let samples: Vec<f32> = (0..length).map(|_| 0.01 * random.next()).collect();
        let heard = whisper.transcribe(&samples, &Options::FINAL, &never).unwrap();
        assert_eq!(heard.text, "", "{length} samples");
        assert_eq!(heard.confidence, 0.0);
    }
}

#[test]
fn samples_that_are_no_numbers_and_clipped_ones_do_no_harm() {
    let (Some(whisper), Some(mut recording)) = (whisper(), recording("ask-weather.wav")) else {
        return;
    };
    recording.samples[5_000] = f32::NAN;
    recording.samples[15_000] = f32::INFINITY;
    for sample in &mut recording.samples {
        *sample = (*sample * 4.0).clamp(-1.0, 1.0);
    }
    let heard = whisper.transcribe(&recording.samples, &Options::FINAL, &never).unwrap();
    let said = words(&recording.said);
    assert!(errors(&said, &words(&heard.text)) <= 1, "{}", heard.text);
}

#[test]
fn silence_around_the_words_changes_nothing_and_segments_say_where_they_stand() {
    let (Some(whisper), Some(recording)) = (whisper(), recording("jfk.wav")) else {
        return;
    };
    let mut samples = vec![0.0; 3 * RATE];
    samples.extend(&recording.samples);
    samples.extend([0.0; 4 * RATE]);
    let heard = whisper.transcribe(&samples, &Options::FINAL, &never).unwrap();
    let said = words(&recording.said);
    assert_eq!(errors(&said, &words(&heard.text)), 0, "{}", heard.text);
    let (first, last) = (&heard.segments[0], heard.segments.last().unwrap());
    println!("{:?}", heard.segments);
    assert!(first.start_ms < 3_600, "{first:?}");
    assert!((12_500..=15_000).contains(&last.end_ms), "{last:?}");
    assert!(heard.confidence > 0.5 && heard.confidence <= 1.0);
}

#[test]
fn sound_of_minutes_is_cut_where_it_is_quiet_and_joined() {
    let (Some(whisper), Some(recordings)) = (whisper(), recordings()) else {
        return;
    };
    let mut samples = Vec::new();
    let mut said = Vec::new();
    for recording in recordings.iter().filter(|r| r.name.starts_with("vctk")) {
        samples.extend(&recording.samples);
        samples.extend([0.0; RATE / 2]);
        said.extend(words(&recording.said));
    }
    let once = samples.clone();
    while samples.len() < 65 * RATE {
        samples.extend(&once);
        said.extend(words(
            &recordings
                .iter()
                .filter(|r| r.name.starts_with("vctk"))
                .map(|r| r.said.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        ));
    }
    let heard = whisper.transcribe(&samples, &Options::FINAL, &never).unwrap();
    let found = errors(&said, &words(&heard.text));
    println!("{found} errors in {} words\n{}", said.len(), heard.text);
    assert!(found * 100 <= said.len() * 12);
    let ends: Vec<u32> = heard.segments.iter().map(|s| s.end_ms).collect();
    assert!(ends.is_sorted());
    assert!(*ends.last().unwrap() > 60_000);
}

#[test]
fn a_cancelled_decode_returns_soon_wherever_it_stands() {
    let (Some(whisper), Some(recording)) = (whisper(), recording("jfk.wav")) else {
        return;
    };
    let asked = AtomicUsize::new(0);
    let count = || {
        asked.fetch_add(1, Ordering::Relaxed);
        false
    };
    whisper.transcribe(&recording.samples, &Options::FINAL, &count).unwrap();
    let total = asked.load(Ordering::Relaxed);
    assert!(total > 100, "asked {total} times only");
    // The question before the last work is as good as the first: nothing is asked after a yes.
    for limit in [0, 1, 10, total / 2, total - 1] {
        let asked = AtomicUsize::new(0);
        let cancel = || asked.fetch_add(1, Ordering::Relaxed) >= limit;
        let result = whisper.transcribe(&recording.samples, &Options::FINAL, &cancel);
        assert!(matches!(result, Err(TranscribeError::Cancelled)));
        assert_eq!(asked.load(Ordering::Relaxed), limit + 1);
    }
}

#[test]
fn decodes_side_by_side_give_the_same_text_as_one_alone() {
    let (Some(whisper), Some(recording)) = (whisper(), recording("cards-5.wav")) else {
        return;
    };
    let decode = || whisper.transcribe(&recording.samples, &Options::FINAL, &never).unwrap();
    let alone = decode();
    std::thread::scope(|scope| {
        let others = [scope.spawn(decode), scope.spawn(decode)];
        for other in others {
            assert_eq!(other.join().unwrap(), alone);
        }
    });
}

#[test]
fn a_model_file_that_is_cut_or_swapped_is_named() {
    let Some(folder) = model("whisper-tiny.en") else {
        return;
    };
    let broken = tempfile::tempdir().unwrap();
    for file in ["tokenizer.json", "config.json"] {
        std::fs::copy(folder.join(file), broken.path().join(file)).unwrap();
    }
    let whole = std::fs::read(folder.join("model.bin")).unwrap();
    let path = broken.path().join("model.bin");
    for length in [0, 1_000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = Whisper::load(broken.path()).err().unwrap();
        assert!(matches!(&error, LoadError::Cut { path: p, .. } if *p == path), "{error}");
    }
    std::fs::copy(folder.join("tokenizer.json"), &path).unwrap();
    let error = Whisper::load(broken.path()).err().unwrap();
    assert!(matches!(&error, LoadError::Format { path: p, .. } if *p == path), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = Whisper::load(broken.path()).err().unwrap();
    assert!(matches!(&error, LoadError::Missing { path: p } if *p == path), "{error}");
}

#[test]
fn scoring_counts_words_and_forgives_spelling_of_numbers_only() {
    let said = words("mister smith has ten of clubs twenty one and it's the third");
    assert_eq!(errors(&said, &words("Mr. Smith has 10 of clubs, 21, and it's the 3rd.")), 0);
    assert_eq!(errors(&said, &words("Smith has ten of club twenty one and it's a the third")), 3);
    assert_eq!(words("1,204 at 3.5%"), words("one thousand two hundred four at three point five percent"));
    assert_eq!(errors(&said, &[]), said.len());
    assert_eq!(errors(&[], &words("you")), 1);
}
