//! `baton transcribe`: what is said in files.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use baton_server::adapters::transports::file::{Limits, decode_all};
use baton_server::adapters::whisper::{Options, Whisper};
use baton_server::models::Uses;
use baton_server::registry;
use serde_json::json;

use crate::cli::Transcribe;
use crate::context::{Context, Failure};
use crate::output;

pub(crate) async fn run(context: &Context, arguments: &Transcribe) -> Result<(), Failure> {
    let store = context.models(arguments.downloads.offline)?;
    context.fetch(context.config(), Uses::EAR, &store, &arguments.downloads).await?;
    let whisper = registry::whisper(context.config(), &store)?;
    let mut failed = Vec::new();
    for (index, file) in arguments.files.iter().enumerate() {
        if arguments.files.len() > 1 && !arguments.json {
            output::note(&format!("{}/{} {}", index + 1, arguments.files.len(), file.display()));
        }
        let (whisper, path) = (Arc::clone(&whisper), file.clone());
        let result = tokio::task::spawn_blocking(move || transcribe(&whisper, &path)).await;
        let result = result.unwrap_or_else(|error| Err(format!("the recogniser panicked: {error}")));
        match result {
            Ok(found) if arguments.json => output::json(&json!({
                "file": file, "text": found.text, "confidence": (f64::from(found.confidence) * 1e3).round() / 1e3, "rtf": found.rtf,
                "duration_ms": found.duration_ms, "skipped": found.skipped,
            })),
            Ok(found) => {
                for skipped in &found.skipped {
                    output::note(&format!("{}: {skipped}", file.display()));
                }
                output::line(&found.text);
            }
            Err(message) => {
                if arguments.json {
                    output::json(&json!({ "file": file, "error": message }));
                }
                output::error(&message);
                failed.push(file);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure { code: 1, message: String::new() }) }
}

struct Found {
    text: String,
    confidence: f32,
    /// Time taken as a share of the sound's own.
    rtf: f64,
    duration_ms: u64,
    skipped: Vec<String>,
}

fn transcribe(whisper: &Whisper, path: &Path) -> Result<Found, String> {
    let begun = Instant::now();
    let sound = decode_all(path, Limits::default()).map_err(|error| error.to_string())?;
    let found = whisper
        .transcribe(&sound.samples, &Options::FINAL, &|| false)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let seconds = sound.duration().as_secs_f64();
    Ok(Found {
        text: found.text,
        confidence: found.confidence,
        rtf: (begun.elapsed().as_secs_f64() / seconds.max(1e-3) * 1e3).round() / 1e3,
        duration_ms: (seconds * 1e3) as u64,
        skipped: sound.skipped,
    })
}
