//! Stands in for a recording or playing program: called with a rate in Hz, a latency in milliseconds and, as the
//! device, what to do. It knows no sound card; time is the real one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(rate) = arguments.first().and_then(|rate| rate.parse::<u32>().ok()) else { return Ok(()) };
    let device = arguments.get(2).map_or("", String::as_str);
    let (what, detail) = device.split_once(':').unwrap_or((device, ""));
    let number = detail.parse::<u64>().unwrap_or(0);
    match what {
        "" | "tone" => capture(rate, u64::MAX, 640),
        // Gives so many milliseconds, then ends with an error.
        "vanish" => {
            capture(rate, number, 640)?;
            eprintln!("the device was unplugged");
            std::process::exit(3);
        }
        // Vanishes the first time that it is started, gives a tone the second time.
        "vanish-once" => {
            if OpenOptions::new().write(true).create_new(true).open(detail).is_ok() {
                return capture(rate, 100, 640);
            }
            capture(rate, u64::MAX, 640)
        }
        "stall" => {
            capture(rate, number, 640)?;
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        // Waits, then gives at once what it has missed, as a device does after a stall of its reader.
        "burst" => {
            capture(rate, 40, 640)?;
            std::thread::sleep(Duration::from_millis(number));
            give(rate, number, &mut io::stdout().lock())?;
            capture(rate, u64::MAX, 640)
        }
        "flood" => give(rate, 3_600_000, &mut io::stdout().lock()),
        // Pieces that end inside a sample.
        "odd" => capture(rate, u64::MAX, 333),
        "chatter" => {
            for line in 0..20_000 {
                eprintln!("overrun!!! (at least {line} ms long)");
            }
            capture(rate, u64::MAX, 640)
        }
        "refuse" => {
            eprintln!("connection refused");
            std::process::exit(1);
        }
        "pid" => {
            std::fs::write(detail, std::process::id().to_string())?;
            capture(rate, u64::MAX, 640)
        }
        // Takes sound as it comes, notes how much and when, and keeps it.
        "sink" => play(rate, detail, 0),
        // Reads 500 ms ahead before it plays, and goes on so, as programs do that re-buffer.
        "rebuffer" => play(rate, detail, 500),
        "play-vanish" => {
            let mut sound = vec![0; rate as usize * 2 * number as usize / 1_000];
            io::stdin().lock().read_exact(&mut sound)?;
            eprintln!("the device was unplugged");
            std::process::exit(3);
        }
        "play-stall" => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        other => {
            eprintln!("nobody knows {other}");
            std::process::exit(2);
        }
    }
}

/// Writes a saw tooth at the pace of real time, in pieces of `piece` bytes.
fn capture(rate: u32, ms: u64, piece: usize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let began = Instant::now();
    let mut written = 0_u64;
    while written < u64::from(rate).saturating_mul(2).saturating_mul(ms) / 1_000 {
        let bytes: Vec<u8> = (written..written + piece as u64).map(saw).collect();
        out.write_all(&bytes)?;
        out.flush()?;
        written += piece as u64;
        let due = began + Duration::from_secs_f64(written as f64 / 2.0 / f64::from(rate));
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

/// Writes as fast as it is taken.
fn give(rate: u32, ms: u64, out: &mut impl Write) -> io::Result<()> {
    let total = u64::from(rate) * 2 * ms / 1_000;
    for at in (0..total).step_by(4_096) {
        let bytes: Vec<u8> = (at..(at + 4_096).min(total)).map(saw).collect();
        out.write_all(&bytes)?;
    }
    out.flush()
}

/// Byte `at` of samples that count 0, 16, 32 … and begin anew after 1,024.
fn saw(at: u64) -> u8 {
    let sample = (at / 2 % 1_024 * 16) as u16;
    sample.to_le_bytes()[(at % 2) as usize]
}

/// Keeps what comes in `path`, and writes into `path.log` how many bytes had come after how many microseconds.
fn play(rate: u32, path: &str, ahead_ms: u64) -> io::Result<()> {
    let (mut kept, mut log) = (File::create(path)?, File::create(format!("{path}.log"))?);
    let mut input = io::stdin().lock();
    let mut block = vec![0; 4_096];
    let mut total = 0_u64;
    let mut began = None;
    loop {
        let count = input.read(&mut block)?;
        if count == 0 {
            return Ok(());
        }
        let began = *began.get_or_insert_with(Instant::now);
        total += count as u64;
        kept.write_all(&block[..count])?;
        writeln!(log, "{total} {}", began.elapsed().as_micros())?;
        // What a card has not played yet waits, beyond what is read ahead.
        let due = began + Duration::from_secs_f64(total as f64 / 2.0 / f64::from(rate));
        let ahead = due.saturating_duration_since(Instant::now());
        std::thread::sleep(ahead.saturating_sub(Duration::from_millis(ahead_ms)));
    }
}
