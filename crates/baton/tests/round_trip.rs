//! What `say` speaks, `transcribe` writes down again.
//!
//! `BATON_SENTENCES` may name a file with one sentence a line; without it the test speaks sentences of its own.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

#[path = "../../adapters/speech/tests/support/score.rs"]
mod score;
mod support;

use std::time::Duration;

use score::{errors, words};
use support::{Home, number, text};

const SENTENCES: &str = "\
The library closes at six, but the garden stays open.
I have moved your appointment to Thursday morning.
There are seven chairs in the small meeting room.
Would you like me to read the second message as well?
The train to Boston leaves in twenty five minutes.
Nobody has answered the question about the budget yet.
It will be warm tomorrow, with some rain in the evening.
The backup finished and nothing was lost.
Please turn left behind the old church.
Your coffee is ready, and the cake is still in the oven.
Three of the four tests have passed.
Thank you for calling, and have a good weekend.
The meeting starts at nine and should not take long.
My sister lives in a small town near the coast.
The new version is ready and all the checks are green.
I will send you the address and a map this afternoon.
";

#[test]
fn what_say_speaks_is_transcribed_with_at_most_three_word_errors_in_a_hundred() {
    let Some(home) = Home::with_models() else { return };
    let sentences = match std::env::var_os("BATON_SENTENCES") {
        Some(file) => {
            println!("sentences: {}", file.display());
            std::fs::read_to_string(file).unwrap()
        }
        None => {
            println!("sentences: the test's own (BATON_SENTENCES is not set)");
            SENTENCES.to_owned()
        }
    };
    let sentences: Vec<&str> = sentences.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let files: Vec<String> = (0..sentences.len()).map(|index| format!("{index}.wav")).collect();
    for (sentence, file) in sentences.iter().zip(&files) {
        let said = home.done(&["say", sentence, "--out", file, "--json"]).json().remove(0);
        assert_eq!(text(&said, "file"), file);
        // Nobody speaks faster than six words a second.
        assert!(number(&said, "duration_ms") > words(sentence).len() as u64 * 1_000 / 6, "{said}");
    }
    let mut arguments = vec!["transcribe", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    let heard = home.start(&arguments).wait(Duration::from_secs(300)).expect(0).json();
    let (mut wrong, mut count) = (0, 0);
    for (sentence, heard) in sentences.iter().zip(&heard) {
        let (said, heard) = (words(sentence), words(text(heard, "text")));
        let missed = errors(&said, &heard);
        if missed > 0 {
            println!("{missed} wrong: {} -> {}", said.join(" "), heard.join(" "));
        }
        (wrong, count) = (wrong + missed, count + said.len());
    }
    let rate = 100.0 * wrong as f64 / count as f64;
    println!("{wrong} of {count} words of {} sentences wrong, {rate:.1} %", sentences.len());
    assert!(rate <= 3.0, "{rate:.1} %");
}

#[test]
fn say_writes_a_wav_of_the_voice_at_its_own_rate_and_reads_standard_input() {
    let Some(home) = Home::with_models() else { return };
    home.run_with(&["say", "-", "--out", "typed.wav"], "The build takes 3.5 minutes.\n").expect(0);
    let (samples, rate) = support::sound::read(&home.path("typed.wav"));
    assert_eq!(rate, 22_050);
    assert!(samples.len() > 22_050, "{} samples", samples.len());
    let heard = home.done(&["transcribe", "typed.wav"]).out;
    assert!(heard.contains("3.5 minutes") || heard.contains("three point five minutes"), "{heard}");
}

#[test]
fn say_has_nothing_to_say_to_an_empty_text() {
    let home = Home::new();
    home.run(&["say", "  ", "--out", "a.wav"]).refused(2, &["no text"]);
    home.run_with(&["say", "-", "--out", "a.wav"], "").refused(2, &["no text"]);
    let long = "word ".repeat(20_000);
    home.run_with(&["say", "-", "--out", "a.wav"], &long).refused(2, &["longer than"]);
    assert!(!home.path("a.wav").exists(), "nothing is written");
}
