//! `baton say`: a text, spoken.

use std::io::Read;
use std::time::{Duration, Instant};

use baton_ports::{AudioSink, TextToSpeech, TtsEvent, TtsRequest};
use baton_server::adapters::transports::device;
use baton_server::adapters::transports::wav::WavSink;
use baton_server::models::Uses;
use baton_server::registry;
use baton_session::Cutter;
use serde_json::json;
use tokio::sync::mpsc;

use crate::cli::Say;
use crate::commands::talk::{failed, missing};
use crate::context::{Context, Failure};
use crate::output;

/// The longest text, in bytes: about an hour of speech.
const TEXT_BYTES_MAX: u64 = 64 * 1024;

pub(crate) async fn run(context: &Context, arguments: &Say) -> Result<(), Failure> {
    let text = text(&arguments.text)?;
    let store = context.models(arguments.downloads.offline)?;
    context.fetch(context.config(), Uses::MOUTH, &store, &arguments.downloads).await?;
    let path = context.environment.get("PATH").cloned().unwrap_or_default();
    let mut config = context.config().clone();
    config.tts.lively = false;
    let Some(voice) = registry::tts(&config, &store, &path, &registry::pool(&config)?)? else {
        return Err(Failure::missing("`tts.provider` is `none`: nothing speaks"));
    };
    let rate = voice.sample_rate();
    let mut sink: Box<dyn AudioSink> = match &arguments.out {
        Some(path) => Box::new(WavSink::create(path, rate).map_err(failed)?),
        None => {
            let name = &context.config().audio.output_device;
            Box::new(device::Loudspeaker::open(name, rate).await.map_err(missing)?)
        }
    };
    let begun = Instant::now();
    let mut samples = 0;
    for clause in clauses(&text) {
        samples += speak(voice.as_ref(), clause, sink.as_mut()).await?;
    }
    sink.finish().await.map_err(failed)?;
    let seconds = samples as f64 / f64::from(rate);
    if arguments.json {
        output::json(&json!({
            "file": arguments.out, "voice": voice.name(), "duration_ms": (seconds * 1e3) as u64,
            "took_ms": u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }));
    } else if let Some(path) = &arguments.out {
        output::note(&format!("{}: {seconds:.1} s by {}", path.display(), voice.name()));
    }
    Ok(())
}

fn text(argument: &str) -> Result<String, Failure> {
    let text = if argument == "-" {
        let mut text = String::new();
        let read = std::io::stdin().lock().take(TEXT_BYTES_MAX + 1).read_to_string(&mut text);
        read.map_err(|error| Failure::failed(format!("standard input cannot be read as text: {error}")))?;
        text
    } else {
        argument.to_owned()
    };
    if text.len() as u64 > TEXT_BYTES_MAX {
        return Err(Failure::usage(format!("the text is longer than {TEXT_BYTES_MAX} bytes")));
    }
    if text.trim().is_empty() {
        return Err(Failure::usage("there is no text to say"));
    }
    Ok(text)
}

/// The clauses as a conversation would speak them.
fn clauses(text: &str) -> Vec<String> {
    let mut cutter = Cutter::new();
    let mut clauses = cutter.push(text);
    clauses.extend(cutter.flush());
    clauses
}

/// Speaks one clause; the number of samples.
async fn speak(voice: &dyn TextToSpeech, text: String, sink: &mut dyn AudioSink) -> Result<u64, Failure> {
    let (events, mut told) = mpsc::channel(64);
    let handle = voice.speak(TtsRequest { text, speed: 1.0, deadline: 0 }, events);
    let mut samples = 0;
    // The sink paces a device; a file takes everything at once.
    while let Some(event) = tokio::time::timeout(Duration::from_secs(60), told.recv())
        .await
        .map_err(|_| Failure::failed(format!("{} gave no sound for a minute", voice.name())))?
    {
        match event {
            TtsEvent::Audio(sound) => {
                samples += sound.len() as u64;
                sink.write(&sound).await.map_err(failed)?;
            }
            TtsEvent::Ended { .. } => break,
            TtsEvent::Failed(error) => return Err(failed(error)),
        }
    }
    drop(handle);
    Ok(samples)
}
