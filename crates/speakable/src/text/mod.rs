//! Text made speakable: what a model or a program wrote, as the words a person would say.
//!
//! Numbers, dates, amounts, paths, addresses, code, Markdown, tags, symbols and emoji become plain words; of
//! punctuation only `, . ? ! ; :` is left, as pauses. Every spoken word keeps the place in the original it came
//! from, so that what was heard can be mapped back to what was written.
//!
//! Knows no voice, no phonemes, no language but English, and nothing of the text before or after the piece it is
//! given: a streaming reply is handed over clause by clause. Work grows linearly with the length of the text.
//!
//! ```
//! let spoken = baton_speakable::text::speakable("**Done** in 3.5 s, see `src/lib.rs`.");
//! assert_eq!(spoken.text, "Done in three point five seconds, see lib dot R S in source.");
//! ```

mod calendar;
mod cursor;
mod inline;
mod lexicon;
mod mapped;
mod markdown;
mod normalize;
mod numbers;
mod output;
mod paths;
mod quantity;
mod reader;
mod technical;
mod words;

use std::ops::Range;

/// A text as it is to be spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Speakable {
    /// Words of ASCII letters and inner apostrophes with single spaces between them and `, . ? ! ; :` behind
    /// them. Letters said by their names are single capitals (`R S`) or a word in capitals (`HTML`).
    pub text: String,
    /// The words of `text`, in order.
    pub words: Vec<SpokenWord>,
}

/// One spoken word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenWord {
    /// Bytes of [`Speakable::text`] that hold the word, without punctuation.
    pub spoken: Range<usize>,
    /// Bytes of the original text that the word stands for. Words that stand for one thing together
    /// (`$5`: "five dollars") have the same range. Starts never go back from one word to the next.
    pub source: Range<usize>,
}

/// Turns what a model or program wrote into plain words with the punctuation `, . ? ! ; :` only.
///
/// Works on whole texts and on fragments of them. A text that holds a letter or a digit never becomes empty; one
/// that holds none (decorative emoji, rules) may. The result is left as it is when it is made speakable again.
pub fn speakable(text: &str) -> Speakable {
    measured(text).0
}

/// Like [`speakable`], with a count of the bytes that rules looked at.
fn measured(text: &str) -> (Speakable, u64) {
    let (plain, mut work) = markdown::strip(&normalize::normalize(text));
    let (mut spoken, more) = reader::read(&plain);
    work += more;
    // What was said may itself be something to say otherwise ("St.Henry" became "St. Henry").
    for _ in 1..PASSES_MAX {
        let (again, more) = reader::read(&said(&spoken));
        work += more;
        if again.text == spoken.text {
            break;
        }
        spoken = again;
    }
    if spoken.words.is_empty() && text.chars().any(char::is_alphanumeric) {
        spoken = stand_in(text);
    }
    (spoken, work)
}

/// Limit for the passes over one text. Two are usual: the second finds nothing more to say otherwise.
const PASSES_MAX: usize = 6;

/// The spoken text as the source of another pass.
fn said(spoken: &Speakable) -> mapped::Mapped {
    let mut out = mapped::Mapped::default();
    let mut at = 0;
    let mut source = 0..0;
    for word in &spoken.words {
        out.push_str(&spoken.text[at..word.spoken.start], source.end..source.end.max(word.source.start));
        source = word.source.clone();
        out.push_str(&spoken.text[word.spoken.clone()], source.clone());
        at = word.spoken.end;
    }
    out.push_str(&spoken.text[at..], source.end..source.end);
    out
}

/// What is said for a text that has letters or digits but nothing to read: markup alone, marks of other scripts.
fn stand_in(text: &str) -> Speakable {
    let foreign = text.chars().any(|c| c.is_alphanumeric() && !c.is_ascii());
    let mut out = output::Output::default();
    out.say(if foreign { reader::OTHER_SCRIPT } else { "some markup" }, &(0..text.len()));
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::measured;

    /// Texts that are hard on a reader that looks ahead: open brackets, fences, long words, digits.
    #[test]
    fn work_grows_linearly_with_length() {
        for piece in [
            "The build took 3.5 s on 21 Nov 2026 at 4:30 p.m., see `src/lib.rs`.\n",
            "[",
            "`",
            "``` ",
            "<",
            "<!--",
            "&",
            "*",
            "_a_",
            "(",
            "1",
            "1-",
            "1 ",
            "1,000,",
            "a.b/",
            "+1 ",
            "😀",
            "語",
            "a",
            "A",
            "-",
            "http://",
            "x@y.z",
            "|a|b|\n",
            "> ",
            "- \n",
            "![",
            "[a](b",
            "e.g. ",
            "0x",
            "$1 ",
            "::",
        ] {
            let small = measured(&piece.repeat(4_000 / piece.len())).1;
            let large = measured(&piece.repeat(40_000 / piece.len())).1;
            assert!(large <= small * 11 + 1_000, "{piece:?}: {small} steps, then {large}");
            let bytes = 40_000;
            assert!(large <= bytes * 400, "{piece:?}: {large} steps for {bytes} bytes");
        }
    }
}
