//! Reads plain text from left to right and says it.
//!
//! At each place the rules are tried in a fixed order: whole things without spaces (addresses, paths), dates and
//! amounts, words, and last single symbols. No rule looks further than a window of fixed size, so the work is
//! linear.

use std::ops::Range;

use super::Speakable;
use super::calendar::{month_first, numeric};
use super::lexicon::{ABBREVIATIONS, Abbreviation, When, emoji, greek, special_word, symbol};
use super::mapped::Mapped;
use super::markdown::BREAK;
use super::numbers::{cardinal, count, ordinal};
use super::output::{Output, SOFT};
use super::quantity::{Context, Found, amount};
use super::technical::{url, whole};
use super::words::{roman_after, word};

/// Said for a stretch of text that the voice cannot read.
pub(super) const OTHER_SCRIPT: &str = "text in another script";

/// Bytes of text a rule may look at.
const WINDOW: usize = 96;
/// Longest piece without spaces that is looked at as one thing, bytes.
const CHUNK_MAX: usize = 300;
/// Longest run of digits that is a number, bytes.
const DIGITS_MAX: usize = 60;

/// Words that begin a sentence behind `U.S.`; other capitals there may belong to a name.
const SENTENCE_STARTS: &[&str] =
    &["The", "This", "That", "It", "He", "She", "They", "We", "I", "But", "And", "In", "There"];

/// Reads `plain`; also returns how many bytes the rules looked at.
pub(super) fn read(plain: &Mapped) -> (Speakable, u64) {
    let mut reader = Reader {
        text: &plain.text,
        plain,
        out: Output::default(),
        at: 0,
        previous: String::new(),
        shouting: is_shouting(&plain.text),
        work: 0,
    };
    while reader.at < reader.text.len() {
        reader.chunk();
    }
    (reader.out.finish(), reader.work)
}

/// Whether a text is all in capitals: more than two words and no small letter.
fn is_shouting(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_uppercase() && c != '\'').filter(|w| w.len() >= 2);
    !text.contains(|c: char| c.is_ascii_lowercase()) && words.take(3).count() == 3
}

struct Reader<'a> {
    text: &'a str,
    plain: &'a Mapped,
    out: Output,
    at: usize,
    /// The word before, as written; empty at the beginning of a sentence.
    previous: String,
    shouting: bool,
    work: u64,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// At most [`WINDOW`] bytes from here on.
    fn window(&self) -> &'a str {
        let rest = self.rest();
        if rest.len() <= WINDOW {
            return rest;
        }
        let mut end = WINDOW;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        &rest[..end]
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    fn after(&self, len: usize) -> Option<char> {
        self.text[self.at + len..].chars().next()
    }

    fn source(&self, range: Range<usize>) -> Range<usize> {
        self.plain.source(range)
    }

    /// Says `words` for the next `len` bytes and goes on behind them.
    fn say(&mut self, len: usize, words: &str) {
        let end = self.at + len;
        let source = self.source(self.at..end);
        self.out.say(words, &source);
        self.at = end;
    }

    fn mark(&mut self, len: usize, mark: char) {
        self.out.mark(mark);
        self.at += len;
        if matches!(mark, '.' | '!' | '?') {
            self.previous.clear();
        }
    }

    fn found(&mut self, found: &Found) {
        let text = &self.text[self.at..self.at + found.len];
        self.previous = text.rsplit(' ').next().unwrap_or("").to_owned();
        let dotted = text.ends_with('.');
        self.say(found.len, &found.words);
        if dotted && self.ends_sentence() {
            self.out.mark('.');
        }
    }

    /// Whether what follows an abbreviation's full stop shows that it ends the sentence too.
    fn ends_sentence(&self) -> bool {
        let rest = self.window().trim_start_matches([' ', '"', '\'', ')']);
        rest.is_empty() || rest.starts_with(BREAK) || rest.starts_with(|c: char| c.is_ascii_uppercase())
    }

    /// One piece without spaces, with the spaces before it.
    fn chunk(&mut self) {
        let Some(c) = self.rest().chars().next() else { return };
        if c == BREAK {
            self.previous.clear();
            self.out.mark('.');
            self.at += c.len_utf8();
            return;
        }
        if c == ' ' {
            self.at += 1;
            return;
        }
        let rest = self.rest();
        let len = rest.find([' ', BREAK]).unwrap_or(rest.len());
        self.work += len as u64;
        let end = self.at + len;
        if len > CHUNK_MAX && self.long_chunk(end) {
            return;
        }
        while self.at < end {
            let at = self.at;
            self.piece(end);
            debug_assert!(self.at > at, "no progress at {at}");
        }
    }

    /// A very long piece: an address is said shortly, encoded data is named. Everything else is read bit by bit.
    fn long_chunk(&mut self, end: usize) -> bool {
        let text = &self.text[self.at..end];
        let head = self.window();
        let data = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b'.');
        let words = if head.starts_with("http://") || head.starts_with("https://") {
            let mut host_end = head.len().min(80);
            while !head.is_char_boundary(host_end) {
                host_end -= 1;
            }
            url(&head[..host_end]).filter(|words| !words.is_empty())
        } else if head.starts_with("data:") || text.bytes().all(data) && !text.bytes().all(|b| b.is_ascii_digit()) {
            let several = text.bytes().filter(|b| b.is_ascii_alphanumeric()).take(1).count() > 0;
            several.then(|| "a long code".to_owned())
        } else {
            None
        };
        let Some(words) = words else { return false };
        self.say(end - self.at, &words);
        true
    }

    fn piece(&mut self, end: usize) {
        let window = self.window();
        let Some(c) = window.chars().next() else { return };
        let before = self.before();
        let glued = before.is_some_and(|c| c.is_alphanumeric());
        if end - self.at <= CHUNK_MAX && !glued && self.whole_thing(end) {
            return;
        }
        if c.is_ascii() && !glued || c.is_ascii_digit() || super::lexicon::currency(c).is_some() || c == '\u{B1}' {
            self.work += window.len() as u64;
            if self.number_or_date(window, c) {
                return;
            }
        }
        if c.is_ascii_alphanumeric() || c == '_' {
            self.word(end);
        } else if c.is_alphanumeric() {
            self.foreign(c);
        } else {
            self.symbol(c);
        }
    }

    /// Addresses, paths, versions and the like, which take the piece up to its closing punctuation.
    fn whole_thing(&mut self, end: usize) -> bool {
        let chunk = &self.text[self.at..end];
        if !chunk.starts_with(|c: char| {
            c.is_ascii_alphanumeric()
                || matches!(c, '/' | '~' | '.' | '-' | '+' | '#' | '\\' | '*' | '&' | '|' | ':' | '_')
        }) {
            return false;
        }
        self.work += chunk.len() as u64;
        let address =
            chunk.contains("://") || chunk.starts_with("localhost:") || chunk.contains('/') && chunk.contains('?');
        let stop = if address {
            &['"', '<', '>', '|', '\u{2014}'][..]
        } else {
            &['"', ',', ';', '(', ')', '[', ']', '{', '}', '<', '>', '=', '\u{2014}', '\u{2013}', '\u{2192}'][..]
        };
        let cut = &chunk[..chunk.find(stop).unwrap_or(chunk.len())];
        let cut = cut.strip_suffix('\'').unwrap_or(cut);
        for core in [cut, cut.trim_end_matches(['.', ',', ':', ';', '!', '?', ')', ']', '}', '\'', '*', '_'])] {
            let spoken = special_word(core).filter(|_| !core.chars().all(char::is_alphabetic)).map(str::to_owned);
            let context = Context { previous: &self.previous.to_ascii_lowercase(), before: self.before() };
            let closed = core.len() == cut.len() && cut.ends_with(['.', ':', '!', '?', ')', '_']);
            let spoken = spoken.or_else(|| if closed { None } else { whole(core, context) });
            if let Some(words) = spoken.filter(|words| !words.is_empty()) {
                core.clone_into(&mut self.previous);
                self.say(core.len(), &words);
                return true;
            }
        }
        false
    }

    fn number_or_date(&mut self, window: &'a str, c: char) -> bool {
        if c.is_ascii_digit() {
            let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
            if digits > DIGITS_MAX {
                self.work += digits as u64;
                self.say(digits, &format!("a number of {} digits", count(digits)));
                return true;
            }
        }
        let lower = self.previous.to_ascii_lowercase();
        let context = Context { previous: &lower, before: self.before() };
        let found = if c.is_ascii_uppercase() && !window.starts_with("US$") {
            month_first(window)
        } else {
            let free = !context.before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | ':'));
            let dated = c.is_ascii_digit() || c == '+' || c == '(';
            if dated && free { numeric(window) } else { None }.or_else(|| amount(window, context))
        };
        match found {
            Some(found) if found.len > 0 => {
                self.found(&found);
                true
            }
            _ => false,
        }
    }

    fn word(&mut self, end: usize) {
        if self.abbreviation() || self.initials() {
            return;
        }
        let rest = &self.text[self.at..end];
        let mut len = 0;
        for (at, c) in rest.char_indices() {
            let inner = c == '\'' && at > 0 && rest[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic());
            if !(c.is_ascii_alphanumeric() || c == '_' || inner) {
                break;
            }
            len = at + c.len_utf8();
        }
        self.work += len as u64;
        let text = &rest[..len];
        let (numeral, ending) = text.strip_suffix("'s").map_or((text, ""), |numeral| (numeral, "'s"));
        if let Some((value, ruler)) = roman_after(numeral, &self.previous) {
            let digits = value.to_string();
            let words = if ruler { format!("the {}{ending}", ordinal(&digits)) } else { cardinal(&digits) + ending };
            self.previous.clear();
            self.say(len, &words);
            return;
        }
        // `file(s)`: the plural is said.
        let plural = rest[len..].starts_with("(s)");
        let words = word(text, self.shouting);
        if len <= WINDOW {
            text.clone_into(&mut self.previous);
        } else {
            self.previous.clear();
        }
        if plural && words.bytes().all(|b| b.is_ascii_alphabetic()) {
            self.say(len + 3, &format!("{words}s"));
        } else {
            self.say(len, &words);
        }
    }

    fn abbreviation(&mut self) -> bool {
        let window = self.window();
        let len = window.find(|c: char| !c.is_ascii_alphabetic() && c != '.').unwrap_or(window.len());
        let written = &window[..len];
        if !written.ends_with('.') {
            return false;
        }
        let next = window[len..].trim_start_matches(' ').chars().next();
        let capital = next.is_some_and(|c| c.is_ascii_uppercase());
        if let Some(words) = self.street_or_doctor(written, capital) {
            let found = Found { len, words: words.to_owned() };
            self.say(found.len, &found.words);
            if words != "Doctor" && words != "Saint" && self.ends_sentence() {
                self.out.mark('.');
            }
            return true;
        }
        let lower = written.to_ascii_lowercase();
        let Some(Abbreviation { spoken, when, .. }) = ABBREVIATIONS.iter().find(|a| a.written == lower) else {
            return false;
        };
        let fits = match when {
            When::Always | When::MayEnd => true,
            When::BeforeName => capital,
            When::BeforeNumber => next.is_some_and(|c| c.is_ascii_digit()),
        };
        if !fits {
            return false;
        }
        written.clone_into(&mut self.previous);
        self.say(len, spoken);
        if *when == When::MayEnd && self.ends_sentence() {
            self.out.mark('.');
        }
        true
    }

    /// "Dr." and "St." before a name are people, behind one they are streets.
    fn street_or_doctor(&self, written: &str, capital: bool) -> Option<&'static str> {
        let behind_name = self.previous.starts_with(|c: char| c.is_ascii_uppercase());
        match written {
            "Dr." if behind_name && !capital => Some("Drive"),
            "Dr." => Some("Doctor"),
            "St." if behind_name => Some("Street"),
            "St." => Some("Saint"),
            _ => None,
        }
    }

    /// `U.S.`, `J. K.`, `Ph.D.`: letters with full stops.
    fn initials(&mut self) -> bool {
        let window = self.window().as_bytes();
        let mut len = 0;
        while window.get(len).is_some_and(u8::is_ascii_alphabetic) && window.get(len + 1) == Some(&b'.') {
            len += 2;
        }
        let text = &self.text[self.at..self.at + len];
        let single = len == 2;
        // One letter is an initial only before a name, and "I." ends a sentence.
        if len == 0
            || single
                && (!text.starts_with(|c: char| c.is_ascii_uppercase()) || text == "I." || !self.name_follows(len))
        {
            return false;
        }
        if self.after(len).is_some_and(|c| c.is_ascii_alphanumeric()) {
            return false;
        }
        let letters: Vec<String> = text.split('.').filter(|s| !s.is_empty()).map(str::to_ascii_uppercase).collect();
        text.clone_into(&mut self.previous);
        self.say(len, &letters.join(" "));
        let rest = self.window().trim_start();
        let next = rest.split([' ', '\'', ',']).next().unwrap_or("");
        if !single && (rest.is_empty() || rest.starts_with(BREAK) || SENTENCE_STARTS.contains(&next)) {
            self.out.mark('.');
        }
        true
    }

    fn name_follows(&self, len: usize) -> bool {
        let rest = &self.window()[len..];
        let Some(rest) = rest.strip_prefix(' ') else { return false };
        let next = rest.split([' ', '\'', ',']).next().unwrap_or("");
        // Letters said one by one (P M.) are no initials.
        next.starts_with(|c: char| c.is_ascii_uppercase())
            && !SENTENCE_STARTS.contains(&next)
            && self.previous.len() != 1
    }

    /// A letter outside ASCII: Greek letters have names, stretches of other scripts are mentioned.
    fn foreign(&mut self, c: char) {
        let alone = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() && !c.is_ascii());
        if let Some(name) = greek(c).filter(|_| alone(self.before()) && alone(self.after(c.len_utf8()))) {
            self.say(c.len_utf8(), name);
            return;
        }
        let rest = self.rest();
        let mut len = 0;
        for (at, c) in rest.char_indices() {
            if c == BREAK || c.is_ascii_alphanumeric() {
                break;
            }
            if c.is_alphanumeric() {
                len = at + c.len_utf8();
            }
        }
        self.work += len as u64;
        self.previous.clear();
        self.say(len, OTHER_SCRIPT);
    }

    fn symbol(&mut self, c: char) {
        let len = c.len_utf8();
        match c {
            '!' if self.rest().starts_with("!=") => self.operator(c),
            '!' if self.after(1).is_some_and(|c| c.is_ascii_alphanumeric())
                && self.before().is_none_or(|c| matches!(c, ' ' | '(')) =>
            {
                self.say(1, "not")
            }
            ',' | ';' | '!' | '?' => self.mark(len, c),
            '\u{2014}' | '|' | '\u{2022}' | '\u{B7}' => self.mark(len, ','),
            '(' | ')' | '[' | ']' | '{' | '}' => self.bracket(c),
            '.' | ':' | '\u{2013}' | '-' | '/' | '\\' => self.joint(c),
            '*' | '^' | '<' | '>' | '=' | '#' | '$' | '%' | '&' | '+' | '@' | '~' => self.operator(c),
            _ => {
                if let Some(name) = emoji(c) {
                    self.out.mark(SOFT);
                    self.say(len, name);
                    self.out.mark(SOFT);
                } else if let Some(name) = symbol(c) {
                    self.say(len, name);
                } else if let Some((_, many, ..)) = super::lexicon::currency(c) {
                    self.say(len, many);
                } else {
                    self.at += len;
                }
            }
        }
    }

    fn bracket(&mut self, c: char) {
        let glued = self.before().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let empty = self.rest().starts_with("()") || self.rest().starts_with("[]") || self.rest().starts_with("{}");
        if empty {
            self.at += 2;
        } else if c == '(' && glued && self.after(1).is_some_and(|c| c.is_ascii_alphanumeric()) {
            self.say(1, "of");
        } else if c == '[' && glued {
            self.at += 1;
        } else {
            self.mark(1, SOFT);
        }
    }

    /// Characters that join two words or end one: `.`, `:`, dashes, slashes.
    fn joint(&mut self, c: char) {
        let len = c.len_utf8();
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let (left, right) = (letter(self.before()), letter(self.after(len)));
        let lonely = self.before().is_none_or(|c| c == ' ') && self.after(len).is_none_or(|c| c == ' ');
        match c {
            '.' if self.rest().starts_with("..") => {
                let run = self.rest().len() - self.rest().trim_start_matches('.').len();
                self.work += run as u64;
                let ends = self.rest()[run..].trim_start_matches(' ').chars().next();
                let mark = if ends.is_none_or(|c| c.is_ascii_uppercase() || c == BREAK) { '.' } else { ',' };
                self.mark(run, mark);
            }
            '.' if left && right => {
                let sentence = self.after(1).is_some_and(|c| c.is_ascii_uppercase())
                    && self.before().is_some_and(|c| c.is_ascii_lowercase());
                if sentence { self.mark(1, '.') } else { self.say(1, "dot") }
            }
            '.' if right => self.say(1, "dot"),
            ':' if self.rest().starts_with("::") => self.at += 2,
            ':' if left && right => self.at += 1,
            '.' | ':' => self.mark(1, c),
            '/' if left && right => self.say(1, "slash"),
            '/' if lonely && self.between_operands() => self.say(1, "divided by"),
            '/' if lonely || right => self.say(1, "slash"),
            '-' if self.rest().starts_with("->") => self.say(2, "to"),
            '-' if lonely && self.between_operands() => self.say(1, "minus"),
            '-' if right && self.counts_down() => self.say(1, "minus"),
            '-' if left
                && self.before().is_some_and(|c| c.is_ascii_digit())
                && self.after(1).is_some_and(|c| c.is_ascii_digit()) =>
            {
                self.mark(1, SOFT)
            }
            '-' if self.rest().starts_with("--") => {
                let run = self.rest().len() - self.rest().trim_start_matches('-').len();
                self.work += run as u64;
                self.mark(run, ',');
            }
            '-' | '\u{2013}' if lonely => self.mark(len, ','),
            _ => self.at += len,
        }
    }

    /// Whether numbers or names of one letter stand on both sides of a lonely sign of one byte.
    fn between_operands(&self) -> bool {
        let mut left = self.text[..self.at].trim_end_matches(' ').chars().rev();
        let mut right = self.rest()[1..].trim_start_matches(' ').chars();
        let operand = |near: Option<char>, far: Option<char>| match near {
            Some(c) if c.is_ascii_digit() || matches!(c, '(' | ')') => true,
            Some(c) => c.is_ascii_alphabetic() && !far.is_some_and(|c| c.is_ascii_alphabetic() || c == '\''),
            None => false,
        };
        operand(left.next(), left.next()) && operand(right.next(), right.next())
    }

    /// `n-1`: a small letter by itself, then digits.
    fn counts_down(&self) -> bool {
        let mut left = self.text[..self.at].chars().rev();
        let letter = left.next().is_some_and(|c| c.is_ascii_lowercase())
            && !left.next().is_some_and(|c| c.is_alphanumeric() || c == '-');
        letter && self.after(1).is_some_and(|c| c.is_ascii_digit())
    }

    fn operator(&mut self, c: char) {
        let rest = self.rest();
        for (written, words) in [
            ("===", "equals"),
            ("!==", "is not equal to"),
            ("==", "equals"),
            ("!=", "is not equal to"),
            ("=>", "to"),
            ("<=", "is at most"),
            (">=", "is at least"),
            ("&&", "and"),
            ("<-", "from"),
            ("+=", "plus equals"),
            ("++", "plus plus"),
            ("**", "to the power of"),
            ("<<", "shifted left by"),
            (">>", "shifted right by"),
        ] {
            if rest.starts_with(written)
                && (c != '<' && c != '>' || self.is_lonely(written.len()) || written.ends_with('='))
            {
                self.say(written.len(), words);
                return;
            }
        }
        let (left, right) = (self.before(), self.after(1));
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        match c {
            '*' if digit(left) && digit(right) || self.is_lonely(1) && self.between_operands() => self.say(1, "times"),
            '^' if right == Some('2') && !digit(self.after(2)) => self.say(2, "squared"),
            '^' if right == Some('3') && !digit(self.after(2)) => self.say(2, "cubed"),
            '^' if digit(right) || right == Some('-') => self.say(1, "to the power of"),
            '<' if self.is_lonely(1) => self.say(1, "is less than"),
            '>' if self.is_lonely(1) => self.say(1, "is greater than"),
            '<' if digit(left) && digit(right) => self.say(1, "of"),
            '#' if right.is_some_and(|c| c.is_ascii_digit()) => self.say(1, "number"),
            '#' if digit(right) => self.say(1, "hash"),
            '$' if right.is_some_and(|c| c.is_ascii_alphabetic()) => self.say(1, "dollar"),
            '&' | '@' | '+' | '=' | '%' => match symbol(c) {
                Some(words) => self.say(1, words),
                None => self.at += 1,
            },
            _ => self.at += 1,
        }
    }

    /// Whether spaces or the ends of the text stand on both sides of the next `len` bytes.
    fn is_lonely(&self, len: usize) -> bool {
        self.before().is_none_or(|c| c == ' ') && self.after(len).is_none_or(|c| c == ' ')
    }
}
