//! The pronouncing dictionary: words of English and how they sound.
//!
//! CMUdict (BSD-2-Clause), compiled by the build script into one sorted blob that lies in the program; a look-up is a
//! binary search over every sixteenth word and a short scan. It knows lower-case letters and apostrophes only.

use super::arpabet::Phone;

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/dictionary.bin"));

/// How a lower-case word sounds, if the dictionary has it.
pub(crate) fn look_up(word: &str) -> Option<Vec<Phone>> {
    let blocks = u32_at(0) as usize;
    let entries = 4 + blocks * 4;
    let block = |index: usize| entries + u32_at(4 + index * 4) as usize;
    // The first block whose first word comes after the word looked for: the word can only be in the one before.
    let (mut low, mut high) = (0, blocks);
    while low < high {
        let middle = low.midpoint(high);
        if entry(block(middle)).0 <= word.as_bytes() { low = middle + 1 } else { high = middle }
    }
    let mut at = block(low.checked_sub(1)?);
    let end = if low < blocks { block(low) } else { BLOB.len() };
    while at < end {
        let (known, sounds) = entry(at);
        if known == word.as_bytes() {
            return sounds.iter().map(|code| Phone::from_code(*code)).collect();
        }
        at += 2 + known.len() + sounds.len();
    }
    None
}

/// The word and the sound codes of the entry at an offset.
fn entry(at: usize) -> (&'static [u8], &'static [u8]) {
    let word = &BLOB[at + 1..][..usize::from(BLOB[at])];
    let sounds_at = at + 1 + word.len();
    (word, &BLOB[sounds_at + 1..][..usize::from(BLOB[sounds_at])])
}

fn u32_at(at: usize) -> u32 {
    u32::from_le_bytes([BLOB[at], BLOB[at + 1], BLOB[at + 2], BLOB[at + 3]])
}
