//! Markdown and HTML taken away: what is left is the text a person would read out.
//!
//! Works line by line and knows only what one piece of text shows, which may be a fragment: a fence, a tag or an
//! emphasis that is never closed is treated as open to the end. Ends of blocks become [`BREAK`].

use super::inline;
use super::mapped::Mapped;
use super::numbers::count;

/// Stands for the end of a paragraph, heading, list item or table row. Normalized text never contains it.
pub(super) const BREAK: char = '\u{2029}';

/// A code block of one line up to this length (bytes) is read like code in a sentence.
const READ_BLOCK_LEN_MAX: usize = 48;

/// Takes the markup off normalized text; also returns how many bytes were looked at.
pub(super) fn strip(text: &Mapped) -> (Mapped, u64) {
    let mut pass = Blocks { text, out: Mapped::default(), in_comment: false, work: 0 };
    let mut lines = Lines { text: &text.text, at: 0 };
    while let Some(line) = lines.next_line() {
        if let Some(fence) = fence(&text.text[line.0..line.1]) {
            pass.code_block(line, fence, &mut lines);
        } else {
            pass.line(line.0, line.1);
        }
    }
    (pass.out, pass.work + text.text.len() as u64)
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl Lines<'_> {
    /// Start and end of the next line, without its line end.
    fn next_line(&mut self) -> Option<(usize, usize)> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let len = self.text[start..].find('\n').unwrap_or(self.text.len() - start);
        self.at = start + len + 1;
        Some((start, start + len))
    }
}

struct Blocks<'a> {
    text: &'a Mapped,
    out: Mapped,
    in_comment: bool,
    work: u64,
}

impl Blocks<'_> {
    fn code_block(&mut self, opening: (usize, usize), fence: (char, usize), lines: &mut Lines<'_>) {
        let all = &self.text.text;
        let mut count_lines = 0;
        let mut only = (opening.1, opening.1);
        let mut end = opening.1;
        while let Some(line) = lines.next_line() {
            let content = &all[line.0..line.1];
            end = line.1;
            if closes(content, fence) {
                break;
            }
            if !content.trim().is_empty() {
                only = line;
            }
            count_lines += 1;
        }
        let code = all[only.0..only.1].trim();
        if count_lines == 1 && !code.is_empty() && code.len() <= READ_BLOCK_LEN_MAX {
            self.out.copy(self.text, only.0..only.1);
        } else if count_lines > 0 || opening.0 == 0 {
            let name = match count_lines {
                0 => "a code block".to_owned(),
                1 => "a code block of one line".to_owned(),
                n => format!("a code block of {} lines", count(n)),
            };
            let source = self.text.source(opening.0..end);
            self.out.push_str(&name, source);
        }
        self.end_block(end);
    }

    fn line(&mut self, start: usize, end: usize) {
        let all = &self.text.text;
        let mut start = start + indent(&all[start..end]);
        let line = all[start..end].trim_end();
        let end = start + line.len();
        if line.is_empty() || is_rule(line) {
            self.end_block(start);
            return;
        }
        while let Some(len) = quote_marker(&all[start..end]) {
            start += len;
        }
        if line.contains('|') && is_table_rule(line) {
            return;
        }
        let (marker, kind) = marker(&all[start..end]);
        if kind != Kind::Text {
            self.end_block(start);
        }
        let content_start = start + marker;
        let content_end = match kind {
            Kind::Heading => content_start + all[content_start..end].trim_end_matches(['#', ' ']).len(),
            _ => end,
        };
        if kind == Kind::Ordered {
            let digits = all[start..content_start].trim_end_matches([' ', '.', ')']).len();
            self.out.copy(self.text, start..start + digits);
            self.out.push_str(": ", self.text.source(start + digits..content_start));
        }
        let content = content_start + self.task_state(content_start, content_end);
        let row = all[content..content_end].contains('|');
        let (in_comment, work) = inline::strip(self.text, content..content_end, self.in_comment, &mut self.out);
        self.in_comment = in_comment;
        self.work += work;
        if kind != Kind::Text || row {
            self.end_block(content_end);
        } else {
            self.out.push(' ', self.text.source(end..end));
        }
    }

    /// Says the state of a checkbox at `start`, and returns its length.
    fn task_state(&mut self, start: usize, end: usize) -> usize {
        let content = &self.text.text[start..end];
        let words = if content.starts_with("[ ] ") {
            "to do: "
        } else if content.starts_with("[x] ") || content.starts_with("[X] ") {
            "done: "
        } else {
            return 0;
        };
        let source = self.text.source(start..start + 4);
        self.out.push_str(words, source);
        4
    }

    fn end_block(&mut self, at: usize) {
        if !self.out.text.ends_with(BREAK) {
            self.out.push(BREAK, self.text.source(at..at));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Heading,
    Item,
    Ordered,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The length of the marker a line begins with, and what it makes of the line.
fn marker(line: &str) -> (usize, Kind) {
    let hashes = line.bytes().take_while(|b| *b == b'#').count();
    if (1..=6).contains(&hashes) && (line[hashes..].starts_with(' ') || line.len() == hashes) {
        return (hashes, Kind::Heading);
    }
    for bullet in ["- ", "* ", "+ ", "\u{2022} ", "\u{25E6} ", "\u{25AA} ", "\u{2023} "] {
        if line.starts_with(bullet) {
            return (bullet.len(), Kind::Item);
        }
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let after = &line[digits..];
    if (1..=3).contains(&digits) && (after.starts_with(". ") || after.starts_with(") ")) {
        return (digits + 2, Kind::Ordered);
    }
    (0, Kind::Text)
}

/// The length of one quote marker; `> 5` is a comparison.
fn quote_marker(line: &str) -> Option<usize> {
    let rest = line.strip_prefix('>')?;
    let spaces = indent(rest);
    let next = rest[spaces..].chars().next();
    let compares = next.is_none_or(|c| c.is_ascii_digit() || c == '=' || c == '$');
    (!compares).then_some(1 + spaces)
}

/// The character and length of a code fence, if the line is one.
fn fence(line: &str) -> Option<(char, usize)> {
    let line = line.trim_start_matches([' ', '>']);
    for mark in ['`', '~'] {
        let len = line.len() - line.trim_start_matches(mark).len();
        if len >= 3 && !line[len..].contains('`') {
            return Some((mark, len));
        }
    }
    None
}

fn closes(line: &str, (mark, len): (char, usize)) -> bool {
    let line = line.trim_matches([' ', '>']);
    line.len() >= len && line.chars().all(|c| c == mark)
}

/// `---`, `***`, `===`: a line across the page or under a heading.
fn is_rule(line: &str) -> bool {
    ['-', '*', '_', '=', '\u{2014}', '\u{2500}']
        .into_iter()
        .any(|mark| line.chars().filter(|c| *c == mark).count() >= 3 && line.chars().all(|c| c == mark || c == ' '))
}

fn is_table_rule(line: &str) -> bool {
    line.contains('-') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}
