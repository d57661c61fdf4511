//! Whatever a file holds, reading it ends, and in bounded memory.

#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::time::Duration;

use baton_transports::file::{Limits, decode_all};
use proptest::prelude::*;
use support::*;

/// Tight limits, so that a mutated header cannot ask for much work.
const LIMITS: Limits = Limits { duration_max: Duration::from_secs(60), bytes_max: 1 << 20 };

/// Decodes `bytes`; the promises that hold for any of them are checked.
fn decode(bytes: &[u8]) -> Result<(), TestCaseError> {
    let sample = Sample::new("fuzz", bytes);
    match decode_all(&sample.path, LIMITS) {
        Ok(decoded) => {
            prop_assert!(decoded.samples.len() <= 60 * 16_000);
            prop_assert!(decoded.samples.iter().all(|s| s.is_finite() && s.abs() <= 1.0));
            prop_assert!(decoded.skipped.len() <= 21);
        }
        Err(error) => prop_assert!(error.message.contains("cannot read"), "{error}"),
    }
    Ok(())
}

fn valid_files() -> Vec<Vec<u8>> {
    let mut files: Vec<Vec<u8>> =
        ["tone-16k-mono.mp3", "tone-44k-stereo.mp3", "tone-16k-mono.ogg", "tone-44k-stereo.flac"]
            .iter()
            .map(|name| std::fs::read(fixture(name)).unwrap())
            .collect();
    files.push(wav(PCM_16, &s16(&tone(16_000, 0.1))));
    files.push(wav(Fmt(3, 2, 44_100, 32), &[0x3f; 3_200]));
    files
}

#[derive(Clone, Debug)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Fill(prop::sample::Index, usize, u8),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        6 => (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        1 => at().prop_map(Mutation::Cut),
        1 => (at(), 1..400_usize).prop_map(|(at, count)| Mutation::Drop(at, count)),
        1 => (at(), 1..400_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        1 => (at(), 1..60_usize, any::<u8>()).prop_map(|(at, count, byte)| Mutation::Fill(at, count, byte)),
    ]
}

fn mutate(file: &mut Vec<u8>, mutation: &Mutation) {
    if file.is_empty() {
        return;
    }
    let span = |at: &prop::sample::Index, count: usize| {
        let at = at.index(file.len());
        at..(at + count).min(file.len())
    };
    match mutation {
        Mutation::Set(at, byte) => {
            let at = at.index(file.len());
            file[at] = *byte;
        }
        Mutation::Cut(at) => file.truncate(at.index(file.len())),
        Mutation::Drop(at, count) => drop(file.drain(span(at, *count))),
        Mutation::Repeat(at, count) => {
            let span = span(at, *count);
            let again = file[span.clone()].to_vec();
            file.splice(span.start..span.start, again);
        }
        Mutation::Fill(at, count, byte) => {
            let span = span(at, *count);
            file[span].fill(*byte);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic_or_hang(
        head in prop::sample::select(vec![
            b"".as_slice(), b"RIFF\x00\x00\x00\x00WAVEfmt ", b"fLaC\x00\x00\x00\x22", b"OggS\x00\x02", b"ID3\x04\x00\x00",
            b"\xff\xfb\x90\x64", b"\xff\xf3\x48\xc4",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..3_000),
    ) {
        decode(&[head, &rest].concat())?;
    }

    #[test]
    fn mutated_files_never_panic_or_hang(
        which in 0..6_usize,
        mutations in prop::collection::vec(mutation(), 1..8),
        early in any::<bool>(),
    ) {
        let mut file = valid_files().swap_remove(which);
        let mut tail = if early { file.split_off(file.len().min(200)) } else { Vec::new() };
        for mutation in &mutations {
            mutate(&mut file, mutation);
        }
        file.append(&mut tail);
        decode(&file)?;
    }
}

#[test]
fn every_truncation_of_a_header_is_handled() {
    for file in valid_files() {
        for keep in (0..file.len().min(128)).chain((128..file.len()).step_by(97)) {
            decode(&file[..keep]).unwrap();
        }
    }
}
