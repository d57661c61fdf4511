//! Letters to sounds, for words that no dictionary has.
//!
//! Reads the table that the build script trains on the dictionary (see `letter_tree`). About half of unseen words
//! come out fully right, so everything that knows better is asked first. It knows lower-case letters and apostrophes.

use super::align::align;
use super::arpabet::Phone;
use super::letter_tree::{CONTEXT, LETTERS, letter_code, neighbour};

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/letters.bin"));
static COSTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/alignment.bin"));

/// The likely sounds of an unknown word; empty only for a word without letters.
pub(crate) fn guess(word: &str) -> Vec<Phone> {
    let word = word.as_bytes();
    let mut phones: Vec<Phone> = Vec::with_capacity(word.len());
    for position in 0..word.len() {
        for code in chunk(word, position) {
            // A doubled letter is one sound: each half of it may claim the sound.
            phones.extend(Phone::from_code(code).filter(|phone| phones.last() != Some(phone)));
        }
    }
    settle_stress(&mut phones);
    phones
}

/// For each sound the position of the letter that stands for it, or `None` if the word cannot be laid out.
pub(crate) fn letter_of_each_sound(word: &str, phones: &[Phone]) -> Option<Vec<usize>> {
    let lengths = align(word.as_bytes(), phones, COSTS)?;
    Some(lengths.iter().enumerate().flat_map(|(letter, length)| std::iter::repeat_n(letter, *length)).collect())
}

/// The codes of the sounds that the letter at `position` stands for.
fn chunk(word: &[u8], position: usize) -> [u8; 2] {
    let Some(letter) = usize::from(letter_code(Some(word[position]))).checked_sub(1) else { return [0; 2] };
    let chunks = usize::from(u16_at(0));
    let roots = 2 + chunks * 2;
    debug_assert!(letter < LETTERS);
    let mut node = u24_at(roots + letter * 3);
    for offset in CONTEXT {
        let wanted = neighbour(word, position, offset);
        let branches = usize::from(TABLE[node + 2]);
        let found = (0..branches).map(|branch| node + 3 + branch * 4).find(|at| TABLE[*at] == wanted);
        let Some(branch) = found else { break };
        node = u24_at(branch + 1);
    }
    let chunk = 2 + usize::from(u16_at(node)) * 2;
    [TABLE[chunk], TABLE[chunk + 1]]
}

/// Each letter was judged alone, so a word may have got two primary stresses or none.
fn settle_stress(phones: &mut [Phone]) {
    let primary = |phone: &Phone| phone.stress() == 1;
    match phones.iter().position(primary) {
        Some(first) => phones[first + 1..].iter_mut().filter(|phone| phone.stress() == 1).for_each(|phone| {
            *phone = phone.with_stress(2);
        }),
        None => {
            let full = |phone: &Phone| phone.is_vowel() && phone.name() != "AH" && phone.name() != "ER";
            let chosen = (phones.iter().position(|phone| phone.stress() == 2))
                .or_else(|| phones.iter().position(full))
                .or_else(|| phones.iter().position(|phone| phone.is_vowel()));
            if let Some(chosen) = chosen {
                phones[chosen] = phones[chosen].with_stress(1);
            }
        }
    }
}

fn u16_at(at: usize) -> u16 {
    u16::from_le_bytes([TABLE[at], TABLE[at + 1]])
}

fn u24_at(at: usize) -> usize {
    u32::from_le_bytes([TABLE[at], TABLE[at + 1], TABLE[at + 2], 0]) as usize
}
