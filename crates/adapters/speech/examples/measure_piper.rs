//! Measures the embedded voice: loading, time to the first sound, processor time for a second of sound.
//!
//! BATON_MODELS=… cargo run --profile ci -p baton-speech --example measure_piper [TEXT [FILE.wav]]
//!
//! With a TEXT it speaks that, and writes it to FILE.wav if one is named.

use std::path::{Path, PathBuf};
use std::time::Instant;

use baton_speech::piper::{Piper, Spoken, SynthesisOptions};

const TEXTS: [&str; 5] = [
    "Your call, please.",
    "The weather in Boston is cloudy today.",
    "Your package was delivered to the front door yesterday evening, around six.",
    "I found three flights to Chicago tomorrow morning, and the cheapest of them leaves at a quarter past seven from the second terminal.",
    "Sure,",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let models = std::env::var_os("BATON_MODELS").ok_or("BATON_MODELS is not set")?;
    let began = (Instant::now(), processor_seconds());
    let piper = Piper::load(&PathBuf::from(models).join("piper-en-us-joe"))?;
    report("load", &began);
    let mut arguments = std::env::args().skip(1);
    if let Some(text) = arguments.next() {
        let (samples, spoken) = measure(&piper, &text)?;
        for mark in &spoken.word_marks {
            eprintln!(
                "{:6.3} to {:6.3} {}",
                mark.start.as_secs_f64(),
                mark.end.as_secs_f64(),
                &text[mark.text.clone()]
            );
        }
        if let Some(file) = arguments.next() {
            write(Path::new(&file), &samples, piper.sample_rate())?;
        }
        return Ok(());
    }
    for text in TEXTS {
        measure(&piper, text)?;
        measure(&piper, text)?;
    }
    Ok(())
}

fn measure(piper: &Piper, text: &str) -> Result<(Vec<f32>, Spoken), Box<dyn std::error::Error>> {
    let began = (Instant::now(), processor_seconds());
    let mut first = None;
    let mut samples = Vec::new();
    let spoken = piper.synthesize(text, &SynthesisOptions::default(), &|| false, &mut |chunk| {
        first.get_or_insert_with(|| (began.0.elapsed(), processor_seconds() - began.1));
        samples.extend(chunk.samples);
    })?;
    let processor = processor_seconds() - began.1;
    let (wall, first) = first.unwrap_or_default();
    let seconds = spoken.duration.as_secs_f64();
    eprintln!(
        "{seconds:5.2} s of sound: first after {:4.0} ms ({:3.0} ms of processor), whole {processor:.3} s, {:.3} s a second; {}",
        wall.as_secs_f64() * 1e3,
        first * 1e3,
        processor / seconds,
        memory(),
    );
    Ok((samples, spoken))
}

fn report(what: &str, began: &(Instant, f64)) {
    let wall = began.0.elapsed().as_secs_f64();
    eprintln!("{what}: {wall:.3} s, {:.3} s of processor, {}", processor_seconds() - began.1, memory());
}

/// Processor time of this process, in steps of 10 ms; 0 where the system does not tell.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// Memory in use and its peak.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
    };
    format!("{} MiB in use, {} at the peak", of("VmRSS:").unwrap_or_default(), of("VmHWM:").unwrap_or_default())
}

fn write(path: &Path, samples: &[f32], rate: u32) -> Result<(), hound::Error> {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in samples {
        writer.write_sample((sample * 32_767.0) as i16)?;
    }
    writer.finalize()
}
