//! The markup inside one line: emphasis, code, links, images, tags, entities.

use std::ops::Range;

use super::lexicon::{entity, is_block_tag, is_html_tag};
use super::mapped::Mapped;
use super::markdown::BREAK;

/// Code in a sentence is read up to this length (bytes).
const CODE_LEN_MAX: usize = 80;
/// Longest link text, tag, and link target looked for, bytes: bounds the search for a closing character.
const LINK_TEXT_LEN_MAX: usize = 240;
const TAG_LEN_MAX: usize = 300;
const TARGET_LEN_MAX: usize = 600;

/// Copies the bytes `range` of `text` to `out` without their markup. `in_comment` says whether an HTML comment
/// is open at the beginning; the result says whether one is open at the end, and how many bytes were looked at.
pub(super) fn strip(text: &Mapped, range: Range<usize>, in_comment: bool, out: &mut Mapped) -> (bool, u64) {
    let mut pass = Inline {
        line: &text.text[..range.end],
        text,
        at: range.start,
        out,
        link_ends: Vec::new(),
        unclosed: [false; 4],
        work: range.len() as u64,
    };
    let mut in_comment = in_comment;
    while pass.at < range.end {
        if in_comment || pass.rest().starts_with("<!--") {
            match pass.rest().find("-->") {
                Some(len) => pass.at += len + 3,
                None => return (true, pass.work),
            }
            in_comment = false;
        } else {
            pass.step();
        }
    }
    (in_comment, pass.work)
}

struct Inline<'a> {
    /// The text up to the end of the line.
    line: &'a str,
    text: &'a Mapped,
    at: usize,
    out: &'a mut Mapped,
    /// Where the texts of open links end and where reading goes on behind their targets, innermost last.
    link_ends: Vec<(usize, usize)>,
    /// Lengths of backtick runs that have no partner in the rest of the line.
    unclosed: [bool; 4],
    work: u64,
}

impl Inline<'_> {
    fn rest(&self) -> &str {
        &self.line[self.at..]
    }

    fn before(&self) -> Option<char> {
        self.line[..self.at].chars().next_back()
    }

    fn step(&mut self) {
        if let Some((close, jump)) = self.link_ends.last().copied()
            && self.at >= close
        {
            self.link_ends.pop();
            self.at = jump.max(self.at);
            return;
        }
        let Some(c) = self.rest().chars().next() else { return };
        match c {
            '`' => self.code(),
            '\\' => self.escape(),
            '*' | '_' => self.emphasis(c),
            '~' if self.rest().starts_with("~~") => self.at += 2,
            '!' if self.rest().starts_with("![") => self.image(),
            '[' => self.link(),
            '<' => self.tag(),
            '&' => self.entity(),
            _ => self.keep(c.len_utf8()),
        }
    }

    fn keep(&mut self, len: usize) {
        self.out.copy(self.text, self.at..self.at + len);
        self.at += len;
    }

    fn code(&mut self) {
        let ticks = self.rest().len() - self.rest().trim_start_matches('`').len();
        let from = self.at + ticks;
        if ticks >= self.unclosed.len() || self.unclosed[ticks] {
            self.at = from;
            return;
        }
        let closing = closing_ticks(&self.line[from..], ticks);
        self.work += closing.unwrap_or(self.line.len() - from) as u64;
        let Some(len) = closing else {
            self.unclosed[ticks] = true;
            self.at = from;
            return;
        };
        if len > CODE_LEN_MAX {
            let source = self.text.source(from..from + len);
            self.out.push_str("a piece of code", source);
        } else {
            self.out.copy(self.text, from..from + len);
        }
        self.at = from + len + ticks;
    }

    fn escape(&mut self) {
        let next = self.rest().chars().nth(1);
        if next
            .is_some_and(|c| matches!(c, '*' | '_' | '`' | '#' | '[' | ']' | '(' | ')' | '!' | '|' | '<' | '>' | '&'))
        {
            self.at += 1;
        }
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        self.keep(len);
    }

    /// Drops markers of emphasis; a star or underscore inside an expression or a name stays.
    fn emphasis(&mut self, mark: char) {
        let run = self.rest().len() - self.rest().trim_start_matches(mark).len();
        let after = self.rest()[run..].chars().next();
        let before = self.before();
        let open = before.is_none_or(char::is_whitespace);
        let close = after.is_none_or(char::is_whitespace);
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let stays = match mark {
            // Patterns of file names: `src/**/*.rs`.
            '*' if before == Some('/')
                || run == 1
                    && self.rest().as_bytes().get(2).is_some_and(u8::is_ascii_alphanumeric)
                    && after == Some('.') =>
            {
                true
            }
            '*' => run == 1 && (open && close || inside(before) && inside(after)),
            _ => inside(before) && inside(after),
        };
        if stays {
            self.keep(run);
        } else {
            self.at += run;
        }
    }

    fn image(&mut self) {
        let source = self.text.source(self.at..self.at + 2);
        self.at += 1;
        let Some((close, _)) = self.link_at() else {
            self.keep(1);
            return;
        };
        let named = close > self.at + 1;
        self.out.push_str(if named { "image: " } else { "an image " }, source);
        self.link();
    }

    fn link(&mut self) {
        let rest = self.rest();
        if rest.starts_with("[^")
            && let Some(len) = rest.bytes().take(40).position(|b| b == b']')
        {
            self.at += len + 1;
            return;
        }
        let Some((close, end)) = self.link_at() else {
            self.keep(1);
            return;
        };
        let is_image = self.before() == Some('!');
        if close == self.at + 1 && !is_image {
            // A link without text: its target is all there is to say.
            let target = &self.line[close + 2..end - 1];
            let len = target.find(' ').unwrap_or(target.len());
            self.out.copy(self.text, close + 2..close + 2 + len);
            self.at = end;
            return;
        }
        self.at += 1;
        self.link_ends.push((close, end));
    }

    /// If a link begins here: where its text ends and where its target ends.
    fn link_at(&mut self) -> Option<(usize, usize)> {
        let bytes = self.line.as_bytes();
        let mut depth = 0_usize;
        let mut close = None;
        for (at, byte) in bytes.iter().enumerate().skip(self.at).take(LINK_TEXT_LEN_MAX) {
            self.work += 1;
            match byte {
                b'[' => depth += 1,
                b']' if depth == 1 => {
                    close = Some(at);
                    break;
                }
                b']' => depth -= 1,
                _ => {}
            }
        }
        let close = close?;
        let (open, shut) = match bytes.get(close + 1)? {
            b'(' => (b'(', b')'),
            b'[' => (b'[', b']'),
            _ => return None,
        };
        let mut depth = 0_usize;
        for (at, byte) in bytes.iter().enumerate().skip(close + 1).take(TARGET_LEN_MAX) {
            self.work += 1;
            if *byte == open {
                depth += 1;
            } else if *byte == shut {
                depth -= 1;
                if depth == 0 {
                    return Some((close, at + 1));
                }
            }
        }
        None
    }

    fn tag(&mut self) {
        let rest = self.rest();
        let end = rest.bytes().take(TAG_LEN_MAX).position(|b| b == b'>');
        let looked = end.unwrap_or(TAG_LEN_MAX.min(rest.len()));
        self.work += looked as u64;
        let rest = self.rest();
        let Some(len) = end else {
            self.keep(1);
            return;
        };
        let inside = &rest[1..len];
        let closing = inside.starts_with('/');
        let name = inside.trim_start_matches('/');
        let name_len = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = &name[..name_len];
        if inside.contains("://") || inside.contains('@') && !inside.contains(' ') {
            // A bare address in angle brackets.
            self.out.copy(self.text, self.at + 1..self.at + len);
            self.at += len + 1;
        } else if is_html_tag(name) || closing && !name.is_empty() || !name.is_empty() && inside.contains("=\"") {
            if is_block_tag(name) {
                let at = self.text.source(self.at..self.at);
                self.out.push(BREAK, at);
            }
            self.at += len + 1;
        } else {
            self.keep(1);
        }
    }

    fn entity(&mut self) {
        let rest = self.rest();
        let decoded = rest
            .bytes()
            .take(10)
            .position(|b| b == b';')
            .and_then(|len| entity(&rest[1..len]).map(|text| (len + 1, text)));
        match decoded {
            Some((len, c)) => {
                let source = self.text.source(self.at..self.at + len);
                self.out.push_str(c, source);
                self.at += len;
            }
            None => self.keep(1),
        }
    }
}

/// The offset of the next run of exactly `ticks` backticks.
fn closing_ticks(text: &str, ticks: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'`' {
            at += 1;
            continue;
        }
        let run = bytes[at..].iter().take_while(|b| **b == b'`').count();
        if run == ticks {
            return Some(at);
        }
        at += run;
    }
    None
}
