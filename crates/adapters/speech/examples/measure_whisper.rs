//! What the recognizer costs on this machine: load time, memory, latency, processor time, decodes side by
//! side. Linux only (it reads `/proc`).
//!
//! ```text
//! BATON_MODELS=… BATON_RECORDINGS=… cargo run --profile ci -p baton-speech --example measure_whisper [MODEL]
//! ```
#![expect(clippy::print_stdout, reason = "a report for people")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use baton_speech::whisper::{Options, Whisper};

const RATE: usize = 16_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let model = std::env::args().nth(1);
    let model = model.as_deref().unwrap_or("whisper-tiny.en");
    let models = std::env::var_os("BATON_MODELS").ok_or("BATON_MODELS is not set")?;
    let folder = std::env::var_os("BATON_RECORDINGS").ok_or("BATON_RECORDINGS is not set")?;
    let recordings = read_all(Path::new(&folder))?;

    let before = memory_mib("VmRSS")?;
    let (whisper, cost) = measured(|| Ok(Whisper::load(&Path::new(&models).join(model))?))?;
    println!(
        "load: {:.0} ms wall, {:.0} ms CPU, {:.0} MiB resident",
        cost.wall * 1e3,
        cost.cpu * 1e3,
        memory_mib("VmRSS")? - before
    );
    let transcribe = |samples: &[f32], options: &Options| -> Outcome<String> {
        Ok(whisper.transcribe(samples, options, &|| false)?.text)
    };

    let long = recordings.iter().max_by_key(|r| r.len()).ok_or("there are no recordings")?;
    for options in [Options::PARTIAL, Options::FINAL] {
        for seconds in [1, 2, 4, 8] {
            let samples = &long[RATE / 2..][..seconds * RATE];
            let mut costs = Vec::new();
            for _ in 0..7 {
                costs.push(measured(|| transcribe(samples, &options))?.1);
            }
            println!(
                "{seconds} s in a window of {} s or more: {:.0} ms wall, {:.0} ms CPU (medians)",
                options.window_seconds_min,
                median(costs.iter().map(|c| c.wall)) * 1e3,
                median(costs.iter().map(|c| c.cpu)) * 1e3,
            );
        }
    }

    let seconds = recordings.iter().map(Vec::len).sum::<usize>() as f64 / RATE as f64;
    for options in [Options::PARTIAL, Options::FINAL] {
        let all = || recordings.iter().try_for_each(|r| transcribe(r, &options).map(drop));
        let (_, cost) = measured(all)?;
        println!(
            "all recordings ({seconds:.0} s), window {} s: {:.1} s CPU, {:.4} a second of sound",
            options.window_seconds_min,
            cost.cpu,
            cost.cpu / seconds
        );
    }
    side_by_side(&whisper, &recordings)?;
    println!(
        "resident: {:.0} MiB now, {:.0} MiB at most (the recordings included)",
        memory_mib("VmRSS")?,
        memory_mib("VmHWM")?
    );
    Ok(())
}

/// The same work by one thread and by two at once, several times in turn.
fn side_by_side(whisper: &Whisper, recordings: &[Vec<f32>]) -> Outcome<()> {
    let work = &recordings[..10.min(recordings.len())];
    let decode = || {
        for samples in work {
            let _ = whisper.transcribe(samples, &Options::FINAL, &|| false);
        }
    };
    for _ in 0..3 {
        let (_, one) = measured(|| {
            decode();
            Ok(())
        })?;
        let (_, two) = measured(|| {
            std::thread::scope(|scope| {
                scope.spawn(decode);
                scope.spawn(decode);
            });
            Ok(())
        })?;
        println!(
            "side by side: throughput {:.2} times that of one; CPU for each {:.2} times",
            2.0 * one.wall / two.wall,
            two.cpu / 2.0 / one.cpu
        );
    }
    Ok(())
}

struct Cost {
    wall: f64,
    cpu: f64,
}

fn measured<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Cost)> {
    let (wall, cpu) = (Instant::now(), cpu_seconds()?);
    let result = work()?;
    let cost = Cost { wall: wall.elapsed().as_secs_f64(), cpu: cpu_seconds()? - cpu };
    Ok((result, cost))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The processor time of all threads of this process, those that ended not included.
fn cpu_seconds() -> Outcome<f64> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        let field = text.split_whitespace().next().ok_or("no schedstat")?;
        nanoseconds += field.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}

fn memory_mib(field: &str) -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(value.ok_or("no such field")?.parse::<f64>()? / 1024.0)
}

fn read_all(folder: &Path) -> Outcome<Vec<Vec<f32>>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == "wav"));
    paths.sort();
    let read = |path: &PathBuf| -> Outcome<Vec<f32>> {
        let mut reader = hound::WavReader::open(path)?;
        let samples = reader.samples::<i16>();
        Ok(samples.map(|sample| sample.map(|s| f32::from(s) / 32_768.0)).collect::<Result<_, _>>()?)
    };
    paths.iter().map(read).collect()
}
