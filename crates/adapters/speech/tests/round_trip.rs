//! The embedded voice understood by the embedded ear: what is spoken is transcribed back.
//!
//! `BATON_SENTENCES` may name a file with one sentence a line; without it the test speaks sentences of its own.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a panic is the report, and the figures are printed")]

mod support;

use baton_audio::resample::Resampler;
use baton_speech::piper::{Piper, SynthesisOptions};
use baton_speech::whisper::{Options, Whisper};

use support::score::{errors, words};

const SENTENCES: &str = "\
Good morning, I am ready when you are.
The tests passed and the branch can be merged.
Your meeting with Helen was moved to Friday at noon.
I could not reach the server, shall I try again?
There are three open questions about the budget.
The forecast for tomorrow is sunny and a little colder.
Turn right after the bridge and park behind the school.
The summary is written and your team has a copy.
The kitchen light has been on since seven in the evening.
The coffee machine on the third floor is out of order.
The report says that sales rose by eleven percent.
Thank you for waiting, the download is almost finished.
";

#[test]
fn what_the_voice_says_is_transcribed_with_at_most_three_percent_word_errors() {
    let (Some(voice), Some(ear)) = (support::model("piper-en-us-joe"), support::model("whisper-tiny.en")) else {
        return;
    };
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
    let piper = Piper::load(&voice).unwrap();
    let whisper = Whisper::load(&ear).unwrap();
    let (mut wrong, mut total) = (0, 0);
    for sentence in sentences.lines().filter(|line| !line.trim().is_empty()) {
        let heard = whisper.transcribe(&spoken(&piper, sentence), &Options::FINAL, &|| false).unwrap().text;
        let (said, heard) = (words(sentence), words(&heard));
        let missed = errors(&said, &heard);
        if missed > 0 {
            println!("{missed} wrong: {} -> {}", said.join(" "), heard.join(" "));
        }
        wrong += missed;
        total += said.len();
    }
    let rate = wrong as f64 / total as f64;
    println!("{wrong} of {total} words wrong, {:.1} %", rate * 100.0);
    assert!(rate <= 0.03, "{wrong} of {total} words");
}

/// What the ear gets: the voice at 16 kHz, a moment of silence before it.
fn spoken(piper: &Piper, sentence: &str) -> Vec<f32> {
    let mut resampler = Resampler::new(piper.sample_rate(), support::RATE as u32).unwrap();
    let mut samples = vec![0.0; support::RATE / 4];
    // Repeatable, so that the figure is the same on each run.
    piper
        .synthesize(sentence, &SynthesisOptions::REPEATABLE, &|| false, &mut |chunk| {
            resampler.push(&chunk.samples, &mut samples);
        })
        .unwrap();
    resampler.flush(&mut samples);
    samples
}
