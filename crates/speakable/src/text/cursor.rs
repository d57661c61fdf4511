//! A reading position in a short piece of text, for the small grammars of numbers, dates and amounts.

/// Reads forward through `text`; a failed step leaves the position where it was.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The character after the next one.
    pub(super) fn peek_second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(super) fn eat(&mut self, literal: &str) -> bool {
        let found = self.rest().starts_with(literal);
        if found {
            self.at += literal.len();
        }
        found
    }

    /// Like [`Cursor::eat`], whatever the case of ASCII letters.
    pub(super) fn eat_word(&mut self, literal: &str) -> bool {
        let found = self.rest().get(..literal.len()).is_some_and(|head| head.eq_ignore_ascii_case(literal));
        if found {
            self.at += literal.len();
        }
        found
    }

    /// The next character if `wanted` says yes.
    pub(super) fn eat_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.peek().filter(|c| wanted(*c))?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// All characters from here on that `wanted` says yes to; may be empty.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let len = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// Goes `len` bytes on. The caller knows that they are there and end on a character border.
    pub(super) fn take_exact(&mut self, len: usize) {
        debug_assert!(self.text.is_char_boundary(self.at + len), "inside a character");
        self.at += len;
    }

    /// A whole run of ASCII digits, if its length is within the bounds.
    pub(super) fn digits(&mut self, min: usize, max: usize) -> Option<&'a str> {
        let mut ahead = *self;
        let run = ahead.take_while(|c| c.is_ascii_digit());
        if run.len() < min || run.len() > max {
            return None;
        }
        *self = ahead;
        Some(run)
    }

    /// Whether no letter or digit follows directly.
    pub(super) fn at_edge(&self) -> bool {
        !self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_')
    }
}
