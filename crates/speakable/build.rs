//! Compiles the pronouncing dictionary into a sorted blob, and trains the letter-to-sound table on it.
//!
//! The dictionary is CMUdict as the package `cmudict-fast` carries it; that package is a build dependency so that
//! cargo fetches it, and only its data file is read. Nothing is downloaded here. Takes about four seconds, once.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the crate is pure, its build is not")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

#[path = "src/phonemes/align.rs"]
mod align;
#[path = "src/phonemes/arpabet.rs"]
#[expect(dead_code, reason = "the crate uses the rest")]
mod arpabet;
#[path = "src/phonemes/letter_tree.rs"]
mod letter_tree;

use align::{CHUNKS, align, chunk_index};
use arpabet::{Phone, SOUNDS};
use letter_tree::{CONTEXT, LETTERS, letter_code, neighbour};

/// Words a sparse index entry covers; the reader scans at most so many.
const BLOCK: usize = 16;
/// A context seen less often than this says more about one name than about English.
const SEEN_MIN: usize = 3;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/phonemes/align.rs");
    println!("cargo::rerun-if-changed=src/phonemes/arpabet.rs");
    println!("cargo::rerun-if-changed=src/phonemes/letter_tree.rs");
    let Some(source) = dictionary_file() else {
        println!("cargo::error=cmudict.dict of the package cmudict-fast was not found");
        process::exit(1);
    };
    println!("cargo::rerun-if-changed={}", source.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let words = parse(&fs::read_to_string(&source).expect("the dictionary is readable text"));
    assert!(words.len() > 100_000, "the dictionary holds only {} words", words.len());
    fs::write(out.join("dictionary.bin"), dictionary_blob(&words)).expect("OUT_DIR is writable");
    let usable = words_to_learn_from(&words);
    let costs = alignment_costs(&usable);
    fs::write(out.join("alignment.bin"), &costs).expect("OUT_DIR is writable");
    fs::write(out.join("letters.bin"), letter_table(&usable, &costs)).expect("OUT_DIR is writable");
}

/// Where cargo unpacked the package: asked of cargo, else looked for in its registry folder.
fn dictionary_file() -> Option<PathBuf> {
    let file = |folder: &Path| Some(folder.join("resources/cmudict.dict")).filter(|path| path.is_file());
    asked_of_cargo().and_then(|folder| file(&folder)).or_else(|| {
        let home =
            env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")))?;
        let registries = fs::read_dir(home.join("registry/src")).ok()?;
        registries.flatten().find_map(|registry| {
            let mut versions: Vec<PathBuf> = fs::read_dir(registry.path())
                .ok()?
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cmudict-fast-")))
                .collect();
            versions.sort();
            versions.iter().rev().find_map(|folder| file(folder))
        })
    })
}

fn asked_of_cargo() -> Option<PathBuf> {
    let output = process::Command::new(env::var_os("CARGO")?)
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform"])
        .arg(env::var_os("HOST")?)
        .current_dir(env::var_os("CARGO_MANIFEST_DIR")?)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // One key of a long document: a JSON parser would cost the build more than it saves.
    let quoted = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let manifest = quoted.map(|path| path.replace("\\\\", "\\")).find(|path| path.contains("cmudict-fast"))?;
    Path::new(&manifest).parent().map(Path::to_path_buf)
}

/// The first pronunciation of each word made of letters and apostrophes.
fn parse(text: &str) -> BTreeMap<String, Vec<Phone>> {
    let mut words = BTreeMap::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut fields = line.split_ascii_whitespace();
        let Some(word) = fields.next() else { continue };
        if !word.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'\'') {
            continue;
        }
        let phones: Option<Vec<Phone>> = fields.map(Phone::parse).collect();
        let phones = phones.unwrap_or_else(|| panic!("an unknown sound in {line:?}"));
        words.entry(word.to_owned()).or_insert(phones);
    }
    words
}

/// `u32` number of blocks, `u32` offset of each block, then entries: length, word, length, sound codes.
fn dictionary_blob(words: &BTreeMap<String, Vec<Phone>>) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut offsets = Vec::new();
    for (index, (word, phones)) in words.iter().enumerate() {
        if index % BLOCK == 0 {
            offsets.push(entries.len() as u32);
        }
        entries.push(u8::try_from(word.len()).expect("words are short"));
        entries.extend_from_slice(word.as_bytes());
        entries.push(u8::try_from(phones.len()).expect("words are short"));
        entries.extend(phones.iter().map(|phone| phone.code()));
    }
    let mut blob = (offsets.len() as u32).to_le_bytes().to_vec();
    offsets.iter().for_each(|offset| blob.extend_from_slice(&offset.to_le_bytes()));
    blob.extend_from_slice(&entries);
    blob
}

fn words_to_learn_from(words: &BTreeMap<String, Vec<Phone>>) -> Vec<(&[u8], &[Phone])> {
    words
        .iter()
        .filter(|(word, phones)| phones.len() <= word.len() * 2 && word.len() > 1)
        .map(|(word, phones)| (word.as_bytes(), phones.as_slice()))
        .collect()
}

/// The letter-to-sound table, in the layout of `letter_tree.rs`.
fn letter_table(words: &[(&[u8], &[Phone])], costs: &[u8]) -> Vec<u8> {
    let mut chunks = BTreeMap::new();
    let mut seen: Vec<Vec<Seen>> = (0..LETTERS).map(|_| Vec::new()).collect();
    for (word, phones) in words {
        let Some(lengths) = align(word, phones, costs) else { continue };
        let mut from = 0;
        for (position, length) in lengths.into_iter().enumerate() {
            let part = &phones[from..from + length];
            from += length;
            let key = [part.first(), part.get(1)].map(|phone| phone.map_or(0, |phone| phone.code()));
            let next = chunks.len() as u16;
            let chunk = *chunks.entry(key).or_insert(next);
            let context = CONTEXT.map(|offset| neighbour(word, position, offset));
            seen[usize::from(letter_code(Some(word[position]))) - 1].push(Seen { context, chunk });
        }
    }
    let mut table = (chunks.len() as u16).to_le_bytes().to_vec();
    let mut pairs = vec![[0; 2]; chunks.len()];
    chunks.iter().for_each(|(pair, index)| pairs[usize::from(*index)] = *pair);
    pairs.iter().for_each(|pair| table.extend_from_slice(pair));
    let roots = table.len();
    table.resize(roots + 3 * LETTERS, 0);
    for (letter, mut seen) in seen.into_iter().enumerate() {
        let root = Node::grow(&mut seen, 0).write(&mut table);
        table[roots + 3 * letter..][..3].copy_from_slice(&root.to_le_bytes()[..3]);
    }
    table
}

/// A letter in its surroundings and what it sounded like.
struct Seen {
    context: [u8; CONTEXT.len()],
    chunk: u16,
}

struct Node {
    chunk: u16,
    branches: Vec<(u8, Node)>,
}

impl Node {
    fn grow(seen: &mut [Seen], depth: usize) -> Self {
        let mut counts = BTreeMap::new();
        seen.iter().for_each(|seen| *counts.entry(seen.chunk).or_insert(0usize) += 1);
        let chunk =
            counts.iter().max_by_key(|(chunk, count)| (**count, u16::MAX - **chunk)).map_or(0, |(chunk, _)| *chunk);
        let mut node = Node { chunk, branches: Vec::new() };
        if depth == CONTEXT.len() || counts.len() < 2 {
            return node;
        }
        seen.sort_by_key(|seen| seen.context[depth]);
        for group in seen.chunk_by_mut(|left, right| left.context[depth] == right.context[depth]) {
            if group.len() < SEEN_MIN {
                continue;
            }
            let letter = group[0].context[depth];
            let branch = Node::grow(group, depth + 1);
            if branch.chunk != chunk || !branch.branches.is_empty() {
                node.branches.push((letter, branch));
            }
        }
        node
    }

    fn write(&self, table: &mut Vec<u8>) -> u32 {
        let branches: Vec<(u8, u32)> =
            self.branches.iter().map(|(letter, node)| (*letter, node.write(table))).collect();
        let offset = table.len() as u32;
        assert!(offset < 1 << 24, "the table outgrows its offsets");
        table.extend_from_slice(&self.chunk.to_le_bytes());
        table.push(branches.len() as u8);
        for (letter, branch) in branches {
            table.push(letter);
            table.extend_from_slice(&branch.to_le_bytes()[..3]);
        }
        offset
    }
}

/// What it costs (negative logarithm) that a letter stands for a chunk, learned by aligning again and again.
fn alignment_costs(words: &[(&[u8], &[Phone])]) -> Vec<u8> {
    let mut counts = vec![0.0f32; LETTERS * CHUNKS];
    let row = |letter: u8| (usize::from(letter_code(Some(letter))) - 1) * CHUNKS;
    // At first a letter may stand for any sound near the same share of the word.
    for (word, phones) in words {
        for (position, letter) in word.iter().enumerate() {
            let centre = position * phones.len() / word.len();
            for phone in &phones[centre.saturating_sub(1)..(centre + 2).min(phones.len())] {
                counts[row(*letter) + 1 + phone.sound()] += 1.0;
            }
            counts[row(*letter)] += 0.5;
        }
    }
    let mut costs = to_costs(&counts);
    for _ in 0..4 {
        counts.fill(0.0);
        for (word, phones) in words.iter().step_by(3) {
            let Some(lengths) = align(word, phones, &costs) else { continue };
            let mut from = 0;
            for (letter, length) in word.iter().zip(lengths) {
                counts[row(*letter) + chunk_index(&phones[from..from + length])] += 1.0;
                from += length;
            }
        }
        costs = to_costs(&counts);
    }
    costs
}

fn to_costs(counts: &[f32]) -> Vec<u8> {
    let mut costs = Vec::with_capacity(counts.len());
    for row in counts.chunks(CHUNKS) {
        let total: f32 = row.iter().sum::<f32>() + 1.0;
        for (chunk, count) in row.iter().enumerate() {
            // Two sounds for one letter are rare, so they start out dear.
            let prior = if chunk > SOUNDS { 1e-3 } else { 0.1 };
            // A sixteenth of a nat is finer than any decision between two readings.
            costs.push((-((count + prior) / total).ln() * 16.0).min(255.0) as u8);
        }
    }
    costs
}
