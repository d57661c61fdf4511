//! The order in which the letter-to-sound table looks at a letter's surroundings, and how it is laid out.
//!
//! For each letter the table is a tree: a node holds the sounds that were most frequent there and one branch for
//! each neighbouring letter that changes the answer. Reading a word walks each letter's tree as far as it goes, so a
//! context that was never seen backs off to the longest one that was. Compiled into the crate and the build script.
//!
//! Layout, little endian: `u16` number of chunks, that many pairs of sound codes (0 = none), 27 roots of 3 bytes for
//! `'` and `a` to `z`, then nodes: `u16` chunk, `u8` branches, and for each branch letter code and 3 bytes of offset.

/// Positions looked at, nearest and most telling first.
pub(crate) const CONTEXT: [isize; 8] = [1, -1, 2, -2, 3, -3, 4, -4];

/// Letters with a tree of their own: the apostrophe and `a` to `z`.
pub(crate) const LETTERS: usize = 27;

/// The code of a letter: 0 beyond the word, 1 the apostrophe, 2 to 27 the letters.
pub(crate) fn letter_code(letter: Option<u8>) -> u8 {
    match letter {
        Some(letter @ b'a'..=b'z') => letter - b'a' + 2,
        Some(b'\'') => 1,
        _ => 0,
    }
}

/// The letter at `offset` from `position`, as a code.
pub(crate) fn neighbour(word: &[u8], position: usize, offset: isize) -> u8 {
    letter_code(position.checked_add_signed(offset).and_then(|index| word.get(index).copied()))
}
