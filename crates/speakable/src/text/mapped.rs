//! A text whose every byte remembers the bytes of the original it stands for.
//!
//! Each pass over a text (characters brought to one form, Markdown removed) makes another `Mapped`, so that
//! the words spoken at the end still point into what was written.

use std::ops::Range;

/// Rewritten text with, for each byte, the range of the original text it came from.
#[derive(Default)]
pub(super) struct Mapped {
    pub(super) text: String,
    origin: Vec<Range<usize>>,
}

impl Mapped {
    /// Appends one character that stands for `source`.
    pub(super) fn push(&mut self, c: char, source: Range<usize>) {
        self.text.push(c);
        for _ in 0..c.len_utf8() {
            self.origin.push(source.clone());
        }
    }

    /// Appends text that stands as a whole for `source`.
    pub(super) fn push_str(&mut self, text: &str, source: Range<usize>) {
        for c in text.chars() {
            self.push(c, source.clone());
        }
    }

    /// Appends the bytes `range` of `other` as they are. The range lies on character borders.
    pub(super) fn copy(&mut self, other: &Self, range: Range<usize>) {
        self.text.push_str(&other.text[range.clone()]);
        self.origin.extend_from_slice(&other.origin[range]);
    }

    /// The range of the original that the bytes `range` came from.
    ///
    /// An empty range gives an empty range at the place it stands.
    pub(super) fn source(&self, range: Range<usize>) -> Range<usize> {
        let end = self.origin.last().map_or(0, |last| last.end);
        let start = self.origin.get(range.start).map_or(end, |o| o.start);
        if range.is_empty() {
            return start..start;
        }
        let stop = self.origin.get(range.end - 1).map_or(end, |o| o.end);
        start..stop.max(start)
    }
}
