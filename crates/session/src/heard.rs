//! How much of a clause was heard when so much of its sound has left.
//!
//! Whole words only, rounded down: with word marks from the engine exactly, without them by the share of letters in
//! the sound. Sending is never hearing.

use crate::event::WordMark;

/// Milliseconds a letter takes when the length of the sound is not known; slower than people speak, so that the guess
/// errs towards less.
const SLOW_LETTER_MS: u64 = 80;

/// What is known about the sound of a clause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound<'a> {
    pub(crate) text: &'a str,
    /// Length of the sound, once the clause is fully synthesised.
    pub(crate) duration_ms: Option<u64>,
    pub(crate) marks: &'a [WordMark],
}

impl Sound<'_> {
    /// Bytes of the text that were heard after `played_ms` of the sound.
    pub(crate) fn heard(&self, played_ms: u64) -> usize {
        if self.duration_ms.is_some_and(|duration| played_ms >= duration) {
            return self.text.len();
        }
        if self.marks.is_empty() { self.by_share(played_ms) } else { self.by_marks(played_ms) }
    }

    /// An upper bound of the sound's length.
    pub(crate) fn longest_ms(&self) -> u64 {
        self.duration_ms.unwrap_or_else(|| letters(self.text) * SLOW_LETTER_MS * 2 + 1_000)
    }

    fn by_marks(&self, played_ms: u64) -> usize {
        let passed = self.marks.iter().filter(|mark| mark.end_ms <= played_ms).map(|mark| mark.text_end).max();
        let end = passed.unwrap_or(0).min(self.text.len());
        (0..=end).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }

    fn by_share(&self, played_ms: u64) -> usize {
        let letters = letters(self.text);
        let duration = self.duration_ms.unwrap_or(letters * SLOW_LETTER_MS).max(1);
        let share = letters.saturating_mul(played_ms) / duration;
        let mut seen = 0;
        let mut heard = 0;
        let mut chars = self.text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if !c.is_alphanumeric() {
                continue;
            }
            seen += 1;
            let ends_word = chars.peek().is_none_or(|(_, next)| !next.is_alphanumeric() && *next != '\'');
            // The last word is heard only with the last sample, which the caller has ruled out.
            if ends_word && seen <= share && seen < letters {
                heard = at + c.len_utf8();
            }
        }
        heard
    }
}

fn letters(text: &str) -> u64 {
    text.chars().filter(|c| c.is_alphanumeric()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "One two three, four. ";

    #[test]
    fn marks_say_exactly_which_words_were_heard() {
        let marks =
            [(3, 300), (7, 600), (13, 1_000), (19, 1_500)].map(|(text_end, end_ms)| WordMark { text_end, end_ms });
        let sound = Sound { text: TEXT, duration_ms: Some(1_700), marks: &marks };
        let heard: Vec<_> = [0, 299, 300, 999, 1_000, 1_699, 1_700].map(|ms| &TEXT[..sound.heard(ms)]).to_vec();
        assert_eq!(heard, ["", "", "One", "One two", "One two three", "One two three, four", TEXT]);
    }

    #[test]
    fn without_marks_the_share_is_rounded_down_to_whole_words() {
        let sound = Sound { text: TEXT, duration_ms: Some(1_500), marks: &[] };
        let heard: Vec<_> = [0, 299, 300, 700, 1_499, 1_500].map(|ms| &TEXT[..sound.heard(ms)]).to_vec();
        assert_eq!(heard, ["", "", "One", "One two", "One two three", TEXT]);
    }

    #[test]
    fn without_a_length_the_whole_clause_is_never_heard() {
        let sound = Sound { text: TEXT, duration_ms: None, marks: &[] };
        assert_eq!(sound.heard(100), 0);
        assert_eq!(&TEXT[..sound.heard(1_000_000)], "One two three");
        assert!(sound.longest_ms() > 1_000);
    }

    #[test]
    fn marks_that_make_no_sense_do_no_harm() {
        let marks = [WordMark { text_end: 999, end_ms: 0 }, WordMark { text_end: 1, end_ms: 0 }];
        assert_eq!(Sound { text: "é!", duration_ms: None, marks: &marks[1..] }.heard(0), 0);
        assert_eq!(Sound { text: "é!", duration_ms: None, marks: &marks[..1] }.heard(0), 3);
    }
}
