//! The spoken words as they are put together, with their punctuation kept to what a voice can use.

use std::ops::Range;

use super::{Speakable, SpokenWord};

/// A pause that is only made between words: brackets, line ends inside a sentence.
pub(super) const SOFT: char = '\u{1}';

/// Collects words and marks. Of marks that meet, the strongest stays; none stands at the beginning.
#[derive(Default)]
pub(super) struct Output {
    text: String,
    words: Vec<SpokenWord>,
    mark: Option<char>,
}

impl Output {
    /// Says plain words with `,` or `.` in them, all standing for `source`.
    pub(super) fn say(&mut self, words: &str, source: &Range<usize>) {
        for token in words.split_ascii_whitespace() {
            let word = token.trim_end_matches([',', '.', ':']);
            self.word(word, source);
            if let Some(mark) = token[word.len()..].chars().next() {
                self.mark(mark);
            }
        }
    }

    fn word(&mut self, word: &str, source: &Range<usize>) {
        debug_assert!(is_word(word), "not a plain word: {word:?}");
        if word.is_empty() {
            return;
        }
        if !self.words.is_empty() {
            if let Some(mark) = self.mark.take() {
                self.text.push(if mark == SOFT { ',' } else { mark });
            }
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(word);
        // Words of one amount may be said in another order than written; what was heard only moves forward.
        let floor = self.words.last().map_or(0, |last| last.source.start);
        let from = source.start.max(floor);
        self.words.push(SpokenWord { spoken: start..self.text.len(), source: from..source.end.max(from) });
    }

    /// Puts a mark after the last word.
    pub(super) fn mark(&mut self, mark: char) {
        if self.words.is_empty() {
            return;
        }
        if self.mark.is_none_or(|old| strength(mark) > strength(old)) {
            self.mark = Some(mark);
        }
    }

    pub(super) fn finish(mut self) -> Speakable {
        if let Some(mark) = self.mark.filter(|mark| *mark != SOFT) {
            self.text.push(mark);
        }
        Speakable { text: self.text, words: self.words }
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic() || c == '\'')
}

fn strength(mark: char) -> u8 {
    match mark {
        ',' => 1,
        ';' => 2,
        ':' => 3,
        '.' => 4,
        '!' => 5,
        '?' => 6,
        _ => 0,
    }
}
