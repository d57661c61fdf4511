//! A text as clauses of words, each with its place in the text.
//!
//! It knows letters and punctuation, not how anything is said. Letters with marks become plain ones, curly
//! apostrophes straight ones; other scripts and symbols divide words and are left out.

use std::ops::Range;

/// Letters without a gap beyond this are no word; laying out letters and sounds takes the square of the length.
const WORD_LEN_MAX: usize = 48;

/// A word of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The word in plain letters, digits and apostrophes, capitals kept.
    pub(super) word: String,
    /// The same in lower case.
    pub(super) lower: String,
    /// Capitals that are a name to spell ("IT", "US"), not a function word.
    pub(super) is_spelled: bool,
    /// Where it stands in the text, in bytes.
    pub(super) text: Range<usize>,
}

/// The clauses of a text with the mark that closes each. Clauses without words are left out.
pub(super) fn clauses(text: &str) -> Vec<(Vec<Token>, Option<char>)> {
    let mut clauses = Vec::new();
    let mut open = Clause::default();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let end = at + letter.len_utf8();
        match role(letter, next, open.word.is_empty()) {
            Role::Part(plain) => {
                if open.word.len() >= WORD_LEN_MAX {
                    open.finish_word();
                }
                open.push(at, plain, end);
            }
            Role::Divides => open.finish_word(),
            Role::Mark(mark) => {
                open.finish_word();
                open.close(mark, &mut clauses);
            }
        }
    }
    open.finish_word();
    if !open.tokens.is_empty() {
        clauses.push((open.tokens, None));
    }
    clauses
}

#[derive(Default)]
struct Clause {
    tokens: Vec<Token>,
    word: String,
    text: Range<usize>,
}

impl Clause {
    fn push(&mut self, at: usize, plain: &str, end: usize) {
        if self.word.is_empty() {
            self.text.start = at;
        }
        self.word.push_str(plain);
        self.text.end = end;
    }

    fn finish_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if !word.bytes().any(|letter| letter.is_ascii_alphanumeric()) {
            return;
        }
        let lower = word.to_ascii_lowercase();
        let is_spelled = word.len() > 1
            && lower != word
            && word.bytes().all(|letter| letter.is_ascii_uppercase())
            && is_name_in_capitals(&lower);
        self.tokens.push(Token { word, lower, is_spelled, text: self.text.clone() });
    }

    /// A mark after a mark belongs to the clause before: "?!" is one question.
    fn close(&mut self, mark: char, clauses: &mut Vec<(Vec<Token>, Option<char>)>) {
        if !self.tokens.is_empty() {
            clauses.push((std::mem::take(&mut self.tokens), Some(mark)));
        }
    }
}

/// Function words that in capitals are mostly a name: "IT", "US". "NOT" stays shouted.
fn is_name_in_capitals(lower: &str) -> bool {
    matches!(lower, "it" | "us" | "am" | "pm" | "id" | "os" | "or")
}

enum Role {
    /// Belongs to a word, written so.
    Part(&'static str),
    Divides,
    Mark(char),
}

fn role(letter: char, next: Option<char>, starts_word: bool) -> Role {
    let next_is_word = next.is_some_and(char::is_alphanumeric);
    match letter {
        '\'' | '’' if !starts_word && next_is_word => Role::Part("'"),
        // A point or comma inside a number or a name divides its words, no more.
        ',' | '.' | ':' if next_is_word => Role::Divides,
        ',' | '.' | '?' | '!' | ';' | ':' => Role::Mark(letter),
        '—' | '–' => Role::Mark(','),
        '…' => Role::Mark('.'),
        _ => plain(letter).map_or(Role::Divides, Role::Part),
    }
}

/// A letter or digit in plain ASCII; `None` for anything else.
fn plain(letter: char) -> Option<&'static str> {
    const ASCII: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if letter.is_ascii() {
        let at = ASCII.find(letter)?;
        return Some(&ASCII[at..=at]);
    }
    FOLDED.iter().find(|(letters, _)| letters.contains(letter)).map(|(_, plain)| *plain)
}

/// Letters of the Latin script with marks, and the plain letters they are read as.
const FOLDED: [(&str, &str); 44] = [
    ("áàâãåāăą", "a"),
    ("ÁÀÂÃÅĀĂĄ", "A"),
    ("äæ", "ae"),
    ("ÄÆ", "Ae"),
    ("çćčĉċ", "c"),
    ("ÇĆČĈĊ", "C"),
    ("ďđð", "d"),
    ("ĎĐÐ", "D"),
    ("éèêëēĕėęě", "e"),
    ("ÉÈÊËĒĔĖĘĚ", "E"),
    ("ĝğġģ", "g"),
    ("ĜĞĠĢ", "G"),
    ("ĥħ", "h"),
    ("ĤĦ", "H"),
    ("íìîïĩīĭįı", "i"),
    ("ÍÌÎÏĨĪĬĮİ", "I"),
    ("ĵ", "j"),
    ("Ĵ", "J"),
    ("ķ", "k"),
    ("Ķ", "K"),
    ("ĺļľł", "l"),
    ("ĹĻĽŁ", "L"),
    ("ñńņňŋ", "n"),
    ("ÑŃŅŇŊ", "N"),
    ("óòôõøōŏő", "o"),
    ("ÓÒÔÕØŌŎŐ", "O"),
    ("öœ", "oe"),
    ("ÖŒ", "Oe"),
    ("ŕŗř", "r"),
    ("ŔŖŘ", "R"),
    ("śŝşšș", "s"),
    ("ŚŜŞŠȘ", "S"),
    ("ß", "ss"),
    ("ţťŧțþ", "t"),
    ("ŢŤŦȚÞ", "T"),
    ("úùûũūŭůűų", "u"),
    ("ÚÙÛŨŪŬŮŰŲ", "U"),
    ("ü", "ue"),
    ("Ü", "Ue"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("ÝŸŶ", "Y"),
    ("źżž", "z"),
    ("ŹŻŽ", "Z"),
];
