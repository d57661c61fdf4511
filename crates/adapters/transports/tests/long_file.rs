//! A file of an hour, in a process of its own: its memory is watched.

mod support;

use std::time::Duration;

use baton_ports::{AudioSource as _, SourceEvent};
use baton_transports::file::FileSource;
use support::*;

#[tokio::test]
async fn an_hour_long_file_streams_in_bounded_memory() {
    let sample = silence_of_hours(1);
    let mut source = FileSource::open(&sample.path).unwrap();
    assert_eq!(source.duration(), Some(Duration::from_secs(3_600)));
    let before = resident();
    let mut frames = 0_u64;
    while let SourceEvent::Frame(_) = source.next().await {
        frames += 1;
        if frames.is_multiple_of(10_000) {
            let grown = resident().saturating_sub(before);
            assert!(grown < 32 << 20, "{grown} bytes more after {frames} frames");
        }
    }
    assert_eq!(frames, 3_600 * 50);
}

/// Memory of this process in bytes; 0 where nothing tells.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096
}
