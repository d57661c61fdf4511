//! Real recordings through `transcribe` and `talk`, and sounds in which nobody speaks, of which nothing may be written.
//!
//! `BATON_RECORDINGS` names the folder of the recordings: WAV files and `transcripts.tsv`. It is said when there is none.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a panic is a test's report, and the table is printed")]

#[path = "../../adapters/speech/tests/support/score.rs"]
mod score;
mod support;

use std::path::PathBuf;
use std::time::Duration;

use baton_audio::generate;
use score::{errors, words};
use support::{Home, sound, text};

/// The most word errors in a hundred that the recordings may give.
const WORD_ERRORS_MAX: f64 = 9.0;

/// For all recordings in one run, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(300);

/// The recordings with what is said in them; `None`, said loudly, where there are none.
fn recordings() -> Option<Vec<(PathBuf, String)>> {
    let Some(folder) = std::env::var_os("BATON_RECORDINGS").map(PathBuf::from) else {
        println!("skipped: what needs recordings (BATON_RECORDINGS is not set)");
        return None;
    };
    println!("recordings: {}", folder.display());
    let list = std::fs::read_to_string(folder.join("transcripts.tsv")).unwrap();
    let lines = list.lines().filter_map(|line| line.split_once('\t'));
    let recordings: Vec<_> = lines.map(|(name, said)| (folder.join(name), said.to_owned())).collect();
    assert!(!recordings.is_empty(), "{} lists nothing", folder.display());
    Some(recordings)
}

#[test]
fn recordings_are_transcribed_with_at_most_nine_word_errors_in_a_hundred() {
    let (Some(home), Some(recordings)) = (Home::with_models(), recordings()) else { return };
    let mut arguments = vec!["transcribe", "--json"];
    arguments.extend(recordings.iter().map(|(file, _)| file.to_str().unwrap()));
    let ran = home.start(&arguments).wait(PATIENCE).expect(0);
    let found = ran.json();
    assert_eq!(found.len(), recordings.len(), "one object a file: {ran}");
    let (mut count, mut wrong) = (0, 0);
    println!("| file | words | errors | rtf | confidence |\n|---|---|---|---|---|");
    for ((file, said), found) in recordings.iter().zip(&found) {
        assert_eq!(text(found, "file"), file.to_str().unwrap(), "in the order of the arguments");
        let (rtf, confidence) = (found["rtf"].as_f64().unwrap(), found["confidence"].as_f64().unwrap());
        assert!(rtf > 0.0 && confidence > 0.0 && confidence <= 1.0, "{found}");
        let (said, heard) = (words(said), words(text(found, "text")));
        let missed = errors(&said, &heard);
        println!(
            "| {} | {} | {missed} | {rtf:.3} | {confidence:.2} |",
            file.file_name().unwrap().display(),
            said.len()
        );
        (count, wrong) = (count + said.len(), wrong + missed);
    }
    let rate = 100.0 * wrong as f64 / count as f64;
    println!("{wrong} errors in {count} words of {} recordings: {rate:.1} %", recordings.len());
    assert!(rate <= WORD_ERRORS_MAX, "{rate:.1} %");
}

#[test]
fn what_is_said_in_a_recording_is_the_user_final_of_talk() {
    let (Some(home), Some(recordings)) = (Home::with_models(), recordings()) else { return };
    // Sentences without a long pause: each is a turn of its own.
    let mut chosen: Vec<_> = recordings.iter().filter(|(_, said)| (5..16).contains(&words(said).len())).collect();
    let step = (chosen.len() / 3).max(1);
    chosen = chosen.into_iter().step_by(step).take(3).collect();
    let (mut count, mut wrong) = (0, 0);
    for (file, said) in chosen {
        let out = home.path("out.wav");
        let ran = home.done(&[
            "talk",
            "--in",
            file.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
            "--json",
            "--speed",
            "max",
            "--hold",
            "--ephemeral",
        ]);
        let heard = ran.events().texts("user.final").join(" ");
        println!("said  {said}\nheard {heard}");
        let said = words(said);
        wrong += errors(&said, &words(&heard));
        count += said.len();
    }
    // Three sentences are too few for the rate of all: as many errors again are allowed.
    assert!(wrong as f64 <= count as f64 * 2.0 * WORD_ERRORS_MAX / 100.0, "{wrong} errors in {count} words");
}

/// 10 s each of sounds in which nobody speaks.
fn sounds_without_speech() -> Vec<(String, Vec<f32>)> {
    let mut sounds = vec![("silence".to_owned(), generate::silence(10.0))];
    for dbfs in [-40.0, -20.0] {
        let mut add = |name: &str, samples| sounds.push((format!("{name} at {dbfs} dBFS"), samples));
        add("white noise", generate::white_noise(11, dbfs, 10.0));
        add("hum", generate::hum(50.0, dbfs, 10.0));
        add("music", generate::chords(12, dbfs, 10.0));
        add("clicks", generate::clicks(13, dbfs, 3.0, 10.0));
    }
    sounds
}

#[test]
fn nothing_is_transcribed_of_silence_noise_hum_music_and_clicks() {
    let Some(home) = Home::with_models() else { return };
    let sounds = sounds_without_speech();
    let files: Vec<_> = (0..sounds.len()).map(|index| format!("{index}.wav")).collect();
    for ((_, samples), file) in sounds.iter().zip(&files) {
        sound::write(&home.path(file), samples);
    }
    let mut arguments = vec!["transcribe", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    let found = home.start(&arguments).wait(PATIENCE).expect(0).json();
    assert_eq!(found.len(), sounds.len());
    let written: Vec<_> = sounds.iter().zip(&found).filter(|(_, found)| found["text"] != "").collect();
    assert!(written.is_empty(), "{written:?}");
    assert!(found.iter().all(|found| found["confidence"] == 0.0), "no speech has no confidence: {found:?}");
}

#[test]
fn nothing_is_heard_by_talk_in_silence_noise_hum_music_and_clicks() {
    let Some(home) = Home::with_models() else { return };
    let mut heard = Vec::new();
    for (name, samples) in sounds_without_speech() {
        sound::write(&home.path("in.wav"), &samples);
        let ran = home.done(&["talk", "--in", "in.wav", "--out", "out.wav", "--json", "--speed", "max", "--ephemeral"]);
        let events = ran.events();
        println!("{name}: voice {} times", events.of("speech.started").len());
        if !events.of("user.final").is_empty() || !events.of("agent.delta").is_empty() {
            heard.push((name, events.texts("user.final")));
        }
    }
    assert!(heard.is_empty(), "{heard:?}");
}
