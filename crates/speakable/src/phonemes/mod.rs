//! Words as phonemes: the International Phonetic Alphabet that the embedded voice was trained on.
//!
//! [`phonemize`] takes plain words with the punctuation `, . ? ! ; :` (numbers, units and markup are words already)
//! and gives, clause by clause, the phonemes and which of them belong to which word. US English only.
//! Pure: no model, no clock, no file; the dictionary lies in the program. Any text is taken, whatever is in it; what
//! cannot be said (an emoji, another script) is left out.
//!
//! The pronunciation is CMUdict's, carried over to the symbols and habits of espeak's US English by rules: weak forms
//! and fused pairs (`weak`), the shape of single words (`word`), sounds and spelling (`ipa`), and a table trained on
//! the dictionary for words nobody knows (`letters`).

mod align;
#[expect(dead_code, reason = "the build script uses the rest")]
mod arpabet;
mod dictionary;
mod exceptions;
mod ipa;
mod letter_tree;
mod letters;
mod technical;
mod tokens;
mod weak;
mod word;

use std::ops::Range;

use tokens::Token;

/// A text as phonemes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pronunciation {
    /// The clauses that have something to say, in order.
    pub clauses: Vec<Clause>,
}

/// What is said between two punctuation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// IPA in decomposed form (NFD), words divided by one space, without the closing mark.
    pub phonemes: String,
    /// The words in order, at least one.
    pub words: Vec<Word>,
    /// The mark that closes the clause, one of `, . ? ! ; :`, or `None` at the open end of the text.
    pub mark: Option<char>,
}

/// A word of the text and its phonemes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands in the text, in bytes.
    pub text: Range<usize>,
    /// Where its phonemes stand in [`Clause::phonemes`], in bytes. Never empty.
    pub phonemes: Range<usize>,
}

/// Says a text: see the module. Never fails and never panics, whatever the text.
///
/// ```
/// let said = baton_speakable::phonemes::phonemize("Out of the question, sorry.");
/// assert_eq!(said.clauses[0].phonemes, "ˌaʊɾəv ðə kwˈɛstʃən");
/// assert_eq!(said.clauses[1].mark, Some('.'));
/// ```
pub fn phonemize(text: &str) -> Pronunciation {
    let clauses = tokens::clauses(text).into_iter().filter_map(|(tokens, mark)| clause(&tokens, mark)).collect();
    Pronunciation { clauses }
}

/// A word on its way to its phonemes.
struct Said {
    ipa: String,
    /// Said in one breath with the word before: no space between them.
    fused: bool,
    text: Range<usize>,
}

fn clause(tokens: &[Token], mark: Option<char>) -> Option<Clause> {
    let mut said = forms(tokens);
    link(&mut said);
    let mut phonemes = String::new();
    let mut words = Vec::with_capacity(said.len());
    for word in said {
        if !word.fused && !phonemes.is_empty() {
            phonemes.push(' ');
        }
        let start = phonemes.len();
        phonemes.push_str(&word.ipa);
        words.push(Word { text: word.text, phonemes: start..phonemes.len() });
    }
    (!words.is_empty()).then_some(Clause { phonemes, words, mark })
}

/// Each word's own form, chosen by its neighbours.
fn forms(tokens: &[Token]) -> Vec<Said> {
    let word_at = |index: usize| tokens.get(index).map(|token| token.lower.as_str());
    let mut said: Vec<Said> = Vec::with_capacity(tokens.len());
    let mut fused_second = None;
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(word_at);
        let after = word_at(index + 1);
        let (ipa, fused) = if let Some(second) = fused_second.take() {
            (second, true)
        } else if let Some((first, second)) = after.and_then(|after| weak::fused(&token.lower, after)) {
            fused_second = Some(second.to_owned());
            (first.to_owned(), false)
        } else {
            (form(token, before, after, index + 1 == tokens.len()), false)
        };
        if !ipa.is_empty() {
            said.push(Said { ipa, fused, text: token.text.clone() });
        }
    }
    said
}

fn form(token: &Token, before: Option<&str>, after: Option<&str>, is_last: bool) -> String {
    if let Some(chosen) = weak::told_apart(&token.lower, before, after) {
        return chosen.to_owned();
    }
    match weak::form(&token.lower) {
        Some(weak) if !token.is_spelled => if is_last { weak.last } else { weak.inner }.to_owned(),
        _ => word::pronounce(&token.word),
    }
}

/// What the first sound of the next word does to the word before it, and the stress that every clause needs.
fn link(said: &mut [Said]) {
    for index in 0..said.len().saturating_sub(1) {
        if !ipa::begins_with_vowel(&said[index + 1].ipa) {
            continue;
        }
        let word = &mut said[index].ipa;
        if let Some(before_vowel) = weak::before_vowel(word) {
            *word = before_vowel.to_owned();
        } else if word.ends_with('ɚ') || word.ends_with("ɜː") {
            word.push('ɹ');
        }
    }
    if !said.iter().any(|word| ipa::is_stressed(&word.ipa))
        && let Some(last) = said.last_mut()
    {
        last.ipa = ipa::stressed(&last.ipa);
    }
}
