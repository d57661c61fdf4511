//! Which letters of a word stand for which of its sounds.
//!
//! The spelling decides how several sounds of the dictionary are said (the same unstressed vowel differs in "ticket"
//! and "private"), so a word's letters and sounds are laid side by side by the cheapest path. The costs are learned by
//! the build script, which compiles this file too; the crate reads them as bytes.

use super::arpabet::{Phone, SOUNDS};
use super::letter_tree::letter_code;

/// What one letter can stand for, without stress: nothing, one sound, or two.
pub(crate) const CHUNKS: usize = 1 + SOUNDS + SOUNDS * SOUNDS;

/// Where in a row of costs a chunk of up to two sounds stands.
pub(crate) fn chunk_index(phones: &[Phone]) -> usize {
    match phones {
        [] => 0,
        [one] => 1 + one.sound(),
        [one, two, ..] => 1 + SOUNDS + one.sound() * SOUNDS + two.sound(),
    }
}

/// How many sounds each letter takes in the cheapest reading, or `None` if two sounds a letter are not enough.
///
/// `costs` holds [`CHUNKS`] numbers for each letter code from 1.
pub(crate) fn align(word: &[u8], phones: &[Phone], costs: &[u8]) -> Option<Vec<usize>> {
    let width = phones.len() + 1;
    let mut best = vec![u32::MAX; (word.len() + 1) * width];
    let mut took = vec![0u8; best.len()];
    best[0] = 0;
    for (position, letter) in word.iter().enumerate() {
        let code = usize::from(letter_code(Some(*letter))).checked_sub(1)?;
        let row = &costs[code * CHUNKS..][..CHUNKS];
        for from in 0..width {
            let so_far = best[position * width + from];
            if so_far == u32::MAX {
                continue;
            }
            for length in 0..=2.min(phones.len() - from) {
                let cost = so_far + u32::from(row[chunk_index(&phones[from..from + length])]);
                let to = (position + 1) * width + from + length;
                if cost < best[to] {
                    best[to] = cost;
                    took[to] = length as u8;
                }
            }
        }
    }
    let mut at = phones.len();
    if best[word.len() * width + at] == u32::MAX {
        return None;
    }
    let mut lengths = vec![0; word.len()];
    for position in (0..word.len()).rev() {
        lengths[position] = usize::from(took[(position + 1) * width + at]);
        at -= lengths[position];
    }
    Some(lengths)
}
