//! Cuts the text of a reply into clauses while it is still being written: the first as soon as it can be said, later
//! ones by sentence.
//!
//! Knows no sound and no time; it is fed pieces of text and hands back clauses whose concatenation is the text, byte
//! for byte. What looks like an end and may be none ("3.", "Dr.", "https:") is held until the next piece tells.

/// Words after which the first clause may end at a comma.
const FIRST_WORDS_COMMA: usize = 3;
/// Words after which the first clause may end before a word that begins a new part of the sentence.
const FIRST_WORDS_SOFT: usize = 8;
/// Words after which that is done although the sentence may still end by itself.
const FIRST_WORDS_HURRY: usize = 10;
/// Words after which the first clause ends at any space.
const FIRST_WORDS_MAX: usize = 14;
/// Bytes after which a later clause may end at a comma.
const LONG_BYTES: usize = 140;
/// Bytes after which a later clause ends at any space.
const MAX_BYTES: usize = 320;

const TITLES: [&str; 30] = [
    "dr", "mr", "mrs", "ms", "prof", "rev", "gen", "sen", "rep", "capt", "lt", "col", "sgt", "hon", "fr", "vs", "cf",
    "e.g", "i.e", "eg", "ie", "fig", "approx", "no", "vol", "pp", "ca", "dept", "est", "mt",
];
const MAY_END: [&str; 26] = [
    "a.m", "p.m", "etc", "inc", "ltd", "co", "corp", "u.s", "u.k", "e.u", "jr", "sr", "st", "ave", "blvd", "jan",
    "feb", "aug", "sept", "oct", "nov", "dec", "ph.d", "b.c", "a.d", "al",
];
const OPENERS: [&str; 30] = [
    "and", "but", "or", "so", "because", "which", "that", "who", "when", "where", "while", "if", "then", "to", "for",
    "with", "in", "on", "at", "from", "by", "after", "before", "until", "as", "than", "about", "into", "of", "without",
];

/// The cutter of one reply.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cutter {
    /// Text that is not in any clause yet.
    pending: String,
    /// Whether a clause was cut already.
    begun: bool,
}

impl Cutter {
    /// A cutter for a new reply.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of text and gives the clauses that are complete with it.
    pub fn push(&mut self, text: &str) -> Vec<String> {
        self.pending.push_str(text);
        let mut clauses = Vec::new();
        let mut from = 0;
        while let Some(length) = Scan::new(&self.pending[from..], self.begun).cut() {
            self.begun = true;
            clauses.push(self.pending[from..from + length].to_owned());
            from += length;
        }
        self.pending.drain(..from);
        clauses
    }

    /// Everything that is left, when no more text comes or no more is waited for.
    pub fn flush(&mut self) -> Option<String> {
        self.begun = true;
        (!self.pending.is_empty()).then(|| std::mem::take(&mut self.pending))
    }

    /// The text that is in no clause yet.
    #[must_use]
    pub fn pending(&self) -> &str {
        &self.pending
    }
}

/// What is known about a possible end.
enum End {
    Yes,
    No,
    /// More text decides.
    Hold,
}

/// One walk over the pending text.
struct Scan<'a> {
    text: &'a str,
    begun: bool,
    /// Words complete so far.
    words: usize,
    /// A place at which the first clause may end if nothing better comes.
    soft: Option<usize>,
    in_code: bool,
    /// Where the word at hand began.
    token: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, begun: bool) -> Self {
        Self { text, begun, words: 0, soft: None, in_code: false, token: 0 }
    }

    /// Length of the first clause, if it is complete.
    fn cut(mut self) -> Option<usize> {
        let mut line_start = true;
        let mut in_space = true;
        for (at, c) in self.text.char_indices() {
            if line_start && self.text[at..].starts_with("```") {
                return if self.has_words(at) { Some(at) } else { self.fenced(at) };
            }
            line_start = c == '\n';
            if c == '`' {
                self.in_code = !self.in_code;
            }
            if c == '\n' {
                self.in_code = false;
                if self.has_words(at) {
                    return Some(self.behind_space(at));
                }
            }
            if c.is_whitespace() {
                if !in_space && crate::words::has_words(&self.text[self.token..at]) {
                    self.words += 1;
                    if let Some(cut) = self.too_long(at) {
                        return Some(cut);
                    }
                }
                in_space = true;
                continue;
            }
            if in_space {
                self.token = at;
                in_space = false;
            }
            if let Some(end) = self.end_at(at, c) {
                return Some(end);
            }
        }
        (!self.begun && self.words >= FIRST_WORDS_HURRY).then_some(self.soft).flatten()
    }

    /// The end of the clause if the character at hand ends it.
    fn end_at(&self, at: usize, c: char) -> Option<usize> {
        if self.in_code || !self.has_words(at) {
            return None;
        }
        let behind = at + c.len_utf8();
        match c {
            '.' | '!' | '?' | '…' => {
                let closed = behind + closers(&self.text[behind..]);
                match self.ends_sentence(at, c, closed) {
                    End::Yes => Some(self.behind_space(closed)),
                    End::No | End::Hold => None,
                }
            }
            ',' | ';' | ':' | '—' if self.may_end_at_comma(at) => match self.ends_part(at, c, behind) {
                End::Yes => Some(self.behind_space(behind)),
                End::No | End::Hold => None,
            },
            _ => None,
        }
    }

    fn may_end_at_comma(&self, at: usize) -> bool {
        if self.begun { at >= LONG_BYTES } else { self.words + 1 >= FIRST_WORDS_COMMA }
    }

    /// Whether the mark at `at` ends a sentence; `closed` is just behind the quotes and brackets that close with it.
    fn ends_sentence(&self, at: usize, mark: char, closed: usize) -> End {
        let token = self.text[self.token..at].trim_start_matches(|c: char| !c.is_alphanumeric());
        let mut rest = self.text[closed..].chars();
        match rest.next() {
            None if self.text[at..closed].starts_with("..") => End::Hold,
            None => Self::ends_at_border(token, mark),
            Some(c) if !c.is_whitespace() => End::No,
            Some(_) => {
                let next = rest.find(|c| !c.is_whitespace());
                self.ends_before(token, mark, next)
            }
        }
    }

    /// The mark is the last character there is: hold only what could go on without a space.
    fn ends_at_border(token: &str, mark: char) -> End {
        let lower = token.to_lowercase();
        let is_name = token.contains(['/', '@', '\\', '.', ':']) || lower == "www";
        let is_open = mark == '.'
            && (token.is_empty()
                || token.ends_with(|c: char| c.is_ascii_digit())
                || token.chars().count() == 1
                || TITLES.contains(&lower.as_str())
                || MAY_END.contains(&lower.as_str()));
        if is_open || is_name || mark == '…' { End::Hold } else { End::Yes }
    }

    /// A space follows the mark, and then `next`, if it is there already.
    fn ends_before(&self, token: &str, mark: char, next: Option<char>) -> End {
        if next.is_some_and(char::is_lowercase) {
            return End::No;
        }
        if mark != '.' {
            return End::Yes;
        }
        let lower = token.to_lowercase();
        if TITLES.contains(&lower.as_str()) {
            return End::No;
        }
        let is_initial = token.chars().count() == 1 && token != "I" && token.chars().all(char::is_uppercase);
        let is_item = self.words == 0 && token.chars().all(|c| c.is_ascii_digit());
        if is_initial || is_item {
            return End::No;
        }
        if MAY_END.contains(&lower.as_str()) {
            return match next {
                None => End::Hold,
                Some(c) if c.is_uppercase() => End::Yes,
                Some(_) => End::No,
            };
        }
        End::Yes
    }

    /// Whether a comma, colon or dash may end a part of a sentence.
    fn ends_part(&self, at: usize, mark: char, behind: usize) -> End {
        if mark == '—' {
            return End::Yes;
        }
        let token = &self.text[self.token..at];
        match self.text[behind..].chars().next() {
            Some(c) if c.is_whitespace() => End::Yes,
            Some(_) => End::No,
            None if token.ends_with(|c: char| c.is_ascii_digit()) => End::Hold,
            None if mark == ':' && (token.chars().count() == 1 || is_scheme(token)) => End::Hold,
            None => End::Yes,
        }
    }

    /// The place to cut if the clause has grown too long at the space at `at`.
    fn too_long(&mut self, at: usize) -> Option<usize> {
        if self.in_code {
            return None;
        }
        if self.begun {
            return (at >= MAX_BYTES).then(|| self.behind_space(at));
        }
        let word = self.text[self.token..at].to_lowercase();
        if self.words > FIRST_WORDS_SOFT && OPENERS.contains(&word.as_str()) && self.soft.is_none() {
            self.soft = Some(self.token);
        }
        (self.words >= FIRST_WORDS_MAX).then(|| self.soft.unwrap_or_else(|| self.behind_space(at)))
    }

    /// Length of the fenced block that begins at `at`, if it is complete.
    fn fenced(&self, at: usize) -> Option<usize> {
        let body = at + self.text[at..].find('\n')? + 1;
        let rest = &self.text[body..];
        let close = if rest.starts_with("```") { 0 } else { rest.find("\n```")? + 1 };
        let end = body + close + 3;
        Some(end + usize::from(self.text[end..].starts_with('\n')))
    }

    fn has_words(&self, before: usize) -> bool {
        self.words > 0 || crate::words::has_words(&self.text[..before])
    }

    fn behind_space(&self, at: usize) -> usize {
        at + self.text[at..].find(|c: char| !c.is_whitespace()).unwrap_or(self.text.len() - at)
    }
}

/// Bytes of the marks that close together with the end of a sentence.
fn closers(text: &str) -> usize {
    text.find(|c: char| !".!?…\"')]}”’»*_".contains(c)).unwrap_or(text.len())
}

fn is_scheme(token: &str) -> bool {
    ["http", "https", "ftp", "file", "mailto", "ws", "wss", "tel"].contains(&token.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Vec<String> {
        let mut cutter = Cutter::new();
        let mut clauses = cutter.push(text);
        clauses.extend(cutter.flush());
        clauses
    }

    /// The clauses that are out before the last piece has come, and those after it.
    fn pieces(pieces: &[&str]) -> Vec<String> {
        let mut cutter = Cutter::new();
        pieces.iter().flat_map(|piece| cutter.push(piece)).collect()
    }

    #[test]
    fn the_first_clause_ends_at_the_first_comma_that_is_worth_it() {
        assert_eq!(whole("You have two meetings, one at nine."), ["You have two meetings, ", "one at nine."]);
        assert_eq!(whole("Well, you have two, both early."), ["Well, you have two, ", "both early."]);
    }

    #[test]
    fn later_clauses_are_sentences() {
        assert_eq!(
            whole("Yes. There is one at nine, with Ana. Shall I move it? It is easy!"),
            ["Yes. ", "There is one at nine, with Ana. ", "Shall I move it? ", "It is easy!"]
        );
    }

    #[test]
    fn a_sentence_end_at_the_border_is_spoken_at_once() {
        assert_eq!(pieces(&["It is done."]), ["It is done."]);
        assert_eq!(pieces(&["Really?"]), ["Really?"]);
        assert_eq!(pieces(&["It is", " done.", " Next"]), ["It is done."]);
        assert_eq!(pieces(&["\"It is done.\""]), ["\"It is done.\""]);
    }

    #[test]
    fn what_may_go_on_without_a_space_is_held() {
        for text in [
            "It costs 3.",
            "I saw Dr.",
            "It is 5 p.m.",
            "See example.com.",
            "Open src/main.",
            "Ask J.",
            "Go to https:",
            "The time was 10:",
            "It will cost 1,",
            "Well..",
        ] {
            assert!(pieces(&[text]).is_empty(), "{text}");
        }
        assert_eq!(pieces(&["It costs 3.", "5 euros."]), ["It costs 3.5 euros."]);
        assert_eq!(pieces(&["It costs 3.", " Next one."]), ["It costs 3. ", "Next one."]);
    }

    #[test]
    fn abbreviations_names_and_numbers_do_not_end_a_sentence() {
        for text in [
            "Dr. Smith is in.",
            "Take fruit, e.g. apples.",
            "It costs $3.50 now.",
            "The U.S. team won.",
            "J. K. Rowling wrote it.",
            "Open main.rs now.",
            "Go to https://example.com/a?b=1,2 now.",
            "At 10:30 we go.",
            "No. 5 is best.",
            "1. First do this.",
            "Use `a.b, c. D` here.",
            "Meet at 5 p.m. on Friday.",
            "He said \"Stop!\" and left.",
        ] {
            assert_eq!(whole(text), [text]);
        }
        assert_eq!(whole("It ends at 5 p.m. Then we go."), ["It ends at 5 p.m. ", "Then we go."]);
    }

    #[test]
    fn a_first_sentence_without_a_comma_is_cut_where_a_new_part_begins() {
        let text =
            "The next train to the central station leaves today from the other platform because of works on the line.";
        assert_eq!(whole(text)[0], "The next train to the central station leaves today ");
        let short = "The next train to the station leaves today from platform nine.";
        assert_eq!(whole(short), [short]);
        assert_eq!(pieces(&["one two three four five six seven eight and nine ten"]).len(), 1);
        assert_eq!(pieces(&["a b c d e f g h i j k l m n o"]), ["a b c d e f g h i j k l m n "]);
    }

    #[test]
    fn long_later_clauses_are_cut_at_commas_and_then_anywhere() {
        let part = "word ".repeat(30);
        let clauses = whole(&format!("Yes. A {part}here, {part}there"));
        assert_eq!(clauses.len(), 3);
        assert!(clauses[1].ends_with("here, "));
        let clauses = whole(&format!("Yes. A {}", "word ".repeat(200)));
        assert!(clauses.iter().all(|clause| clause.len() <= MAX_BYTES + 6), "{clauses:?}");
    }

    #[test]
    fn lines_end_clauses_and_code_blocks_stay_whole() {
        assert_eq!(whole("Two things:\n- one\n- two\n"), ["Two things:\n", "- one\n", "- two\n"]);
        let code = "```rust\nlet a = 1. ;\n\nlet b, c;\n```\n";
        assert_eq!(whole(&format!("Try this:\n{code}It works.")), ["Try this:\n", code, "It works."]);
        assert_eq!(pieces(&["Try it.\n```\na. b. c.\n"]), ["Try it.\n"]);
        assert_eq!(whole("```\n```\nDone."), ["```\n```\n", "Done."]);
    }

    #[test]
    fn punctuation_alone_is_no_clause() {
        assert_eq!(whole("... !! Hello."), ["... !! Hello."]);
        assert_eq!(pieces(&["Hello!", "\" ", "There."]), ["Hello!", "\" There."]);
        assert_eq!(whole(""), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn the_clauses_are_the_text(parts in prop::collection::vec("[a-cA-C0-9 .,;:!?`\"\n—…é]{0,12}|```|Dr\\. |https://a\\.b/", 0..40)) {
            let mut cutter = Cutter::new();
            let mut clauses: Vec<String> = parts.iter().flat_map(|part| cutter.push(part)).collect();
            prop_assert!(clauses.iter().all(|clause| crate::words::has_words(clause) || clause.starts_with("```") || clause.contains("```")));
            clauses.extend(cutter.flush());
            prop_assert_eq!(clauses.concat(), parts.concat());
        }
    }
}
