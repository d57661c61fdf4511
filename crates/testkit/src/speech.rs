//! What a recogniser and a voice promise.

use std::time::Duration;

use baton_ports::{PartialStyle, SpeechToText, SttEvent, SttRequest, SttUrgency, TextToSpeech, TtsEvent, TtsRequest};
use baton_types::{Language, Revision};
use tokio::sync::mpsc;

/// How long one answer may take, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tries every promise of [`SpeechToText`] on `speech` (16 kHz mono, a few seconds in which somebody speaks). Returns
/// the text of the whole.
///
/// # Panics
/// Where a promise is broken.
pub async fn stt_conformance(engine: &dyn SpeechToText, speech: &[f32]) -> String {
    assert!(!engine.name().is_empty(), "an engine has a name");
    let (events, mut told) = mpsc::channel(64);
    let request = SttRequest { language: Language::English, overlap: false, unhurried: false };
    let mut stream = engine.open(request, events);
    for piece in speech.chunks(320) {
        stream.push(piece);
    }
    stream.finalize(Revision(1), SttUrgency::Final);
    stream.finalize(Revision(1), SttUrgency::Overlap);
    let text = match answer(&mut told).await {
        SttEvent::Final { revision: Revision(1), text, confidence } => {
            assert!((0.0..=1.0).contains(&confidence), "confidence is 0 to 1: {confidence}");
            assert!(!text.trim().is_empty(), "somebody speaks in it");
            text
        }
        other => panic!("a text that is waited for is answered with it: {other:?}"),
    };
    if engine.capabilities().partials == PartialStyle::OnRequest {
        stream.partial(7);
        match answer(&mut told).await {
            SttEvent::Partial { seq: 7, text, stable } => assert!(text.is_char_boundary(stable)),
            SttEvent::PartialSkipped { seq: 7 } => {}
            other => panic!("a partial is answered once, also by saying that it was skipped: {other:?}"),
        }
    }
    // A later revision replaces an earlier one; each is answered at most once, the last one certainly.
    stream.push(&vec![0.0; 8_000]);
    stream.finalize(Revision(2), SttUrgency::Guess);
    stream.finalize(Revision(3), SttUrgency::Final);
    let mut seen = Vec::new();
    while !seen.contains(&Revision(3)) {
        match answer(&mut told).await {
            SttEvent::Final { revision, .. } | SttEvent::Skipped { revision } => {
                assert!(!seen.contains(&revision), "{revision} is answered twice");
                seen.push(revision);
            }
            other => panic!("only what was asked for is answered: {other:?}"),
        }
    }
    drop(stream);
    while let Some(event) = tokio::time::timeout(PATIENCE, told.recv()).await.expect("the channel closes") {
        assert!(matches!(event, SttEvent::Skipped { .. }), "after dropping nothing new is said: {event:?}");
    }
    text
}

async fn answer(told: &mut mpsc::Receiver<SttEvent>) -> SttEvent {
    tokio::time::timeout(PATIENCE, told.recv()).await.expect("an answer in time").expect("the stream goes on")
}

/// Tries every promise of [`TextToSpeech`]. Returns the samples of one clause.
///
/// # Panics
/// Where a promise is broken.
pub async fn tts_conformance(engine: &dyn TextToSpeech) -> Vec<f32> {
    assert!(!engine.name().is_empty(), "an engine has a name");
    assert!((8_000..=48_000).contains(&engine.sample_rate()), "a rate for speech: {}", engine.sample_rate());
    let text = "It takes 3.5 minutes, **more** or less. ";
    let (samples, words) = speak(engine, text).await;
    let seconds = samples.len() as f64 / f64::from(engine.sample_rate());
    assert!((0.5..20.0).contains(&seconds), "a clause lasts as long as a person takes: {seconds} s");
    assert!(samples.iter().all(|sample| (-1.0..=1.0).contains(sample)), "finite and within full scale");
    assert!(words.is_sorted(), "words end in order: {words:?}");
    for (text_end, end_ms) in &words {
        assert!(text.is_char_boundary(*text_end), "a word ends within the text: {text_end}");
        assert!(*end_ms as f64 <= seconds * 1_000.0 + 1.0, "a word ends within the sound: {end_ms} ms");
    }
    let (nothing, _) = speak(engine, " \u{1F389} --- ").await;
    assert!(nothing.len() < samples.len(), "decoration is not read out at length");
    // Dropping the handle cancels: the channel closes, whatever had been said.
    let (events, mut told) = mpsc::channel(64);
    let long = "and so on, ".repeat(40);
    drop(engine.speak(TtsRequest { text: long, speed: 1.0, deadline: 0 }, events));
    let closed = async { while told.recv().await.is_some() {} };
    tokio::time::timeout(PATIENCE, closed).await.expect("a cancelled clause ends");
    samples
}

async fn speak(engine: &dyn TextToSpeech, text: &str) -> (Vec<f32>, Vec<(usize, u64)>) {
    let (events, mut told) = mpsc::channel(64);
    let _handle = engine.speak(TtsRequest { text: text.to_owned(), speed: 1.0, deadline: 0 }, events);
    let mut samples = Vec::new();
    loop {
        match tokio::time::timeout(PATIENCE, told.recv()).await.expect("sound in time") {
            Some(TtsEvent::Audio(piece)) => samples.extend(piece),
            Some(TtsEvent::Ended { words }) => {
                return (samples, words.iter().map(|word| (word.text_end, word.end_ms)).collect());
            }
            Some(TtsEvent::Failed(error)) => panic!("it speaks: {error}"),
            None => panic!("a clause has exactly one end"),
        }
    }
}
