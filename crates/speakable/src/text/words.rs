//! Single words and names from code: capitals, camelCase, snake_case, letters with digits, Roman numerals.

use super::lexicon::{is_short_word, special_word};
use super::numbers::{cardinal, code, digit_names};

/// Longest run of letters and digits read out, bytes.
const WORD_LEN_MAX: usize = 40;

/// A word made of ASCII letters, digits, underscores and inner apostrophes, in words.
pub(super) fn word(text: &str, shouting: bool) -> String {
    if let Some(spoken) = special_word(text) {
        return spoken.to_owned();
    }
    if text.len() > WORD_LEN_MAX && !text.contains('_') {
        return "a long code".to_owned();
    }
    if text.contains('_') {
        let screaming = !text.contains(|c: char| c.is_ascii_lowercase());
        let parts: Vec<String> =
            text.split('_').filter(|part| !part.is_empty()).map(|part| word(part, screaming || shouting)).collect();
        return parts.join(" ");
    }
    let pieces = pieces(text);
    let mut out = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let digits_before = index > 0 && pieces[index - 1].starts_with(|c: char| c.is_ascii_digit());
        let spoken = if piece.starts_with(|c: char| c.is_ascii_digit()) {
            number_in_name(piece)
        } else {
            letters(piece, index > 0 && !digits_before, shouting)
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&spoken);
    }
    out
}

/// A number inside a name: `sha256`, `H2O`, `x86`.
fn number_in_name(digits: &str) -> String {
    match digits.len() {
        1 | 2 if !digits.starts_with('0') || digits == "0" => cardinal(digits),
        3 | 4 => code(digits),
        _ => digit_names(digits),
    }
}

/// Splits where digits begin or end and where a capital begins a new part.
fn pieces(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let lower_start = text.starts_with("Mc") || text.starts_with("O'") || text.starts_with("Mac") && bytes.len() > 6;
    let mut out = Vec::new();
    let mut start = 0;
    for at in 1..bytes.len() {
        let (before, here) = (bytes[at - 1], bytes[at]);
        let after = bytes.get(at + 1).copied();
        let digits = before.is_ascii_digit() != here.is_ascii_digit();
        let hump = before.is_ascii_lowercase() && here.is_ascii_uppercase() && !(lower_start && at <= 3);
        // The last capital of a run begins the next part (HTTPServer), but not in a plural (VMs).
        let acronym_end = before.is_ascii_uppercase()
            && here.is_ascii_uppercase()
            && after.is_some_and(|c| c.is_ascii_lowercase())
            && !(after == Some(b's') && at + 2 == bytes.len());
        if digits || hump || acronym_end {
            out.push(&text[start..at]);
            start = at;
        }
    }
    out.push(&text[start..]);
    out
}

/// A run of letters. `inner` says that it is a later part of a camelCase name.
fn letters(text: &str, inner: bool, shouting: bool) -> String {
    let capitals = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'\'');
    if text.len() == 1 {
        if shouting && text == "A" && !inner {
            return "a".to_owned();
        }
        // A lone `a` in a name is the letter; by itself it is the article.
        return if inner { text.to_ascii_uppercase() } else { text.to_owned() };
    }
    if !capitals {
        let camel = inner && !text.bytes().skip(1).any(|b| b.is_ascii_uppercase());
        return if camel { text.to_ascii_lowercase() } else { text.to_owned() };
    }
    let voweled = text.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
    if is_short_word(text) || voweled && (text.len() >= 5 || shouting && text.len() >= 4) || text.contains('\'') {
        return text.to_ascii_lowercase();
    }
    if shouting && matches!(text, "IT" | "US" | "AM") {
        return text.to_ascii_lowercase();
    }
    if text.len() == 2 {
        // Two capitals are letters even where a word is spelled alike (IT, US, AM).
        return format!("{} {}", &text[..1], &text[1..]);
    }
    text.to_owned()
}

/// Names of rulers and words for parts, after which a Roman numeral is a number even as a single letter.
const RULERS: &[&str] = &[
    "henry",
    "george",
    "charles",
    "louis",
    "edward",
    "richard",
    "james",
    "william",
    "john",
    "pius",
    "philip",
    "napoleon",
    "elizabeth",
    "peter",
    "paul",
    "benedict",
    "gregory",
    "leo",
    "frederick",
    "francis",
    "ferdinand",
    "catherine",
    "alexander",
    "nicholas",
    "wilhelm",
    "otto",
    "mary",
];
const PARTS: &[&str] =
    &["chapter", "part", "act", "volume", "book", "section", "phase", "type", "class", "stage", "appendix", "war"];

/// The value of a Roman numeral behind `previous` (as written), if it is one there.
pub(super) fn roman_after(text: &str, previous: &str) -> Option<(u32, bool)> {
    let lower = previous.to_ascii_lowercase();
    let ruler = RULERS.contains(&lower.as_str());
    let known = ruler || PARTS.contains(&lower.as_str());
    let capital =
        previous.starts_with(|c: char| c.is_ascii_uppercase()) && previous.contains(|c: char| c.is_ascii_lowercase());
    if !(known || capital && text.len() >= 2) {
        return None;
    }
    // "I" is the pronoun more often, and "John, I" no name at all.
    if text == "I" && (ruler || !known || matches!(lower.as_str(), "type" | "class")) {
        return None;
    }
    let value = roman(text)?;
    // Two letters behind any word may be an acronym: only the common numerals count.
    let likely = known || text.len() > 2 || matches!(text, "II" | "IV" | "VI" | "IX" | "XI" | "XV");
    likely.then_some((value, ruler))
}

fn roman(text: &str) -> Option<u32> {
    let mut total = 0;
    let mut rest = text;
    for (digits, value) in [("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)] {
        let mut times = 0;
        while let Some(tail) = rest.strip_prefix(digits) {
            total += value;
            times += 1;
            rest = tail;
            if times == 3 || digits.len() == 2 || matches!(digits, "V" | "L") {
                break;
            }
        }
    }
    (rest.is_empty() && total > 0).then_some(total)
}
