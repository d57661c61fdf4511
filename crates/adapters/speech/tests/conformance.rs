//! The engines keep the promises of their ports.

#![expect(clippy::print_stdout, reason = "what is skipped is said")]

use std::path::PathBuf;
use std::sync::Arc;

use baton_speech::piper::{Piper, SynthesisOptions};
use baton_speech::pool::Pool;
use baton_speech::recognizer::EmbeddedRecognizer;
use baton_speech::voice::EmbeddedVoice;
use baton_speech::whisper::Whisper;
use baton_testkit::{stt_conformance, tts_conformance};

fn models() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("BATON_MODELS") {
        return Some(folder.into());
    }
    assert!(
        std::env::var_os("BATON_TEST_MODELS").is_some_and(|value| value == "skip"),
        "BATON_MODELS does not name the folder of the models; `cargo xtask setup` brings them"
    );
    println!("skipped: conformance of the speech engines");
    None
}

/// To the ear's rate by taking the nearest sample: good enough to be understood.
fn to_ear(samples: &[f32], rate: u32) -> Vec<f32> {
    let len = samples.len() * 16_000 / rate as usize;
    (0..len).map(|index| samples[index * rate as usize / 16_000]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engines_keep_the_promises_of_their_ports() {
    let Some(models) = models() else { return };
    let pool = Pool::new("test", 2, 32).expect("a thread can be had");
    let piper = Piper::load(&models.join("piper-en-us-joe")).expect("the voice loads");
    let voice = EmbeddedVoice::new("joe", Arc::new(piper), SynthesisOptions::REPEATABLE, pool.clone());
    let spoken = tts_conformance(&voice).await;
    let whisper = Whisper::load(&models.join("whisper-tiny.en")).expect("the recogniser loads");
    let recognizer = EmbeddedRecognizer::new("tiny", Arc::new(whisper), pool);
    let text = stt_conformance(&recognizer, &to_ear(&spoken, 22_050)).await;
    assert!(text.to_lowercase().contains("minutes"), "{text}");
}
