//! From the text of a request, as typed or as a recogniser wrote it, to rows of words that can be understood.
//!
//! Case, punctuation, contractions, hesitations and politeness are taken away; restarts are collapsed; then further *readings* of
//! the same words are offered, each more daring than the one before: with the politeness around it removed, with sound-alikes put
//! right, with slips of a letter or two corrected, without a false start. The first reading that makes sense is the one that is
//! answered. What makes sense is not known here.

use super::lexicon;
use super::wording::{
    AFTER, BEFORE, DROPPED, DROPPED_LATE, EMPTY, FOLDED, HESITATIONS, NUMBER_FOR_TO, Pairs, Phrases, REPAIRS,
    SOUNDS_LIKE, SOUNDS_LIKE_DIGITS, STARTS, WRITTEN_OUT,
};
use crate::numbers::is_numeric;

/// Longest request that is looked at, in characters; what follows is ignored.
const REQUEST_LEN_MAX: usize = 2_000;
/// Longest row of words that is given more than its plain reading.
const WORDS_MAX: usize = 48;
/// Longest repetition that counts as a restart, in words.
const RESTART_LEN_MAX: usize = 4;
/// Most words that a repair takes back.
const REPAIR_LEN_MAX: usize = 3;
/// Longest false start that is dropped, in words.
const FALSE_START_LEN_MAX: usize = 6;

/// A sentence as its clauses (split at commas), each a row of words.
pub(super) type Sentence = Vec<Vec<String>>;

/// One way to read a row of words, and how sure that reading is (0 to 1).
pub(super) struct Reading {
    pub(super) words: Vec<String>,
    pub(super) confidence: f32,
}

/// Splits a text into sentences, clauses and words: lower case, contractions written out, hesitations dropped.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut splitter = Splitter::default();
    let text = text.to_lowercase().replace("km/h", "kmh").replace("m/s", "mps").replace("mi/h", "mph");
    let chars: Vec<char> = text.chars().take(REQUEST_LEN_MAX).collect();
    for at in 0..chars.len() {
        splitter.take(&chars, at);
    }
    splitter.end_sentence();
    splitter.sentences
}

#[derive(Default)]
struct Splitter {
    sentences: Vec<Sentence>,
    clauses: Sentence,
    words: Vec<String>,
    word: String,
}

impl Splitter {
    fn take(&mut self, chars: &[char], at: usize) {
        let c = chars[at];
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(at + 1).copied();
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
        match c {
            _ if c.is_alphanumeric() && !"½¼¾²³º".contains(c) => self.letter(c, &chars[at..]),
            '\'' | '’' if is_letter(before) && is_letter(after) => self.word.push('\''),
            '\'' | '’' | '′' if is_digit(before) => self.measure("feet"),
            '"' | '″' if is_digit(before) => self.measure("inches"),
            '.' if is_digit(before) && is_digit(after) || is_letter(before) && is_letter(after) => self.word.push('.'),
            '.' if is_digit(after) => {
                self.end_word();
                self.word.push_str("0.");
            }
            // The full stop of "p.m." ends no sentence.
            '.' if self.word.contains('.') && !is_digit(before) && after.is_some() => self.end_word(),
            ',' if is_digit(before) && is_group(&chars[at + 1..]) => {}
            '.' | '?' | '!' | ';' | '\n' => self.end_sentence(),
            ',' | '—' | '(' | ')' => self.end_clause(),
            ':' if !is_digit(before) => self.end_clause(),
            '-' | '–' | '−' => self.dash(before, after, &chars[at + 1..]),
            '/' if is_letter(before) || is_letter(after) => self.end_word(),
            _ => {
                for word in sign(c, is_digit(before)) {
                    self.end_word();
                    self.word.push_str(word);
                }
                self.end_word();
            }
        }
    }

    /// A letter or digit; letters and digits that touch are two words ("5km"), except in ordinals ("21st").
    fn letter(&mut self, c: char, rest: &[char]) {
        let last = self.word.chars().last();
        let changes =
            last.is_some_and(|last| last != '\'' && last.is_ascii_digit() != c.is_ascii_digit() && last != '.');
        if changes && !(self.word.bytes().all(|byte| byte.is_ascii_digit()) && is_ordinal_ending(rest)) {
            let is_inside_ordinal = self.word.starts_with(|c: char| c.is_ascii_digit())
                && !c.is_ascii_digit()
                && last.is_some_and(char::is_alphabetic);
            if !is_inside_ordinal {
                self.end_word();
            }
        }
        self.word.push(c);
    }

    /// A dash joins words, cuts one off, or subtracts.
    fn dash(&mut self, before: Option<char>, after: Option<char>, rest: &[char]) {
        let is_open = |c: Option<char>| c.is_none_or(char::is_whitespace);
        self.end_word();
        let next = rest.iter().find(|c| !c.is_whitespace());
        let next_is_digit = next.is_some_and(char::is_ascii_digit);
        let follows_number = self.words.last().is_some_and(|word| is_numeric(word));
        if next_is_digit && (is_open(before) || follows_number) || follows_number && is_open(before) && is_open(after) {
            self.words.push("-".to_owned());
        } else if is_open(after) {
            self.end_clause();
        }
    }

    /// The sign after a number that is its unit: 5'10".
    fn measure(&mut self, unit: &str) {
        self.end_word();
        self.words.push(unit.to_owned());
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if !word.is_empty() {
            expand(word.trim_matches('.'), &mut self.words);
        }
    }

    fn end_clause(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.clauses.push(words);
        }
    }

    fn end_sentence(&mut self) {
        self.end_clause();
        let clauses = std::mem::take(&mut self.clauses);
        if !clauses.is_empty() {
            self.sentences.push(clauses);
        }
    }
}

/// Exactly three digits: a comma before them groups a number.
fn is_group(rest: &[char]) -> bool {
    rest.len() >= 3 && rest[..3].iter().all(char::is_ascii_digit) && !rest.get(3).is_some_and(char::is_ascii_digit)
}

fn is_ordinal_ending(rest: &[char]) -> bool {
    let ends = !rest.get(2).is_some_and(|c| c.is_alphanumeric());
    ends && matches!(rest.get(..2), Some(['s', 't'] | ['n', 'd'] | ['r', 'd'] | ['t', 'h']))
}

/// The words a sign stands for.
fn sign(c: char, follows_digit: bool) -> &'static [&'static str] {
    match c {
        '+' => &["plus"],
        '*' | '×' | '✕' | '·' => &["times"],
        '÷' | '/' => &["/"],
        '^' => &["^"],
        '=' => &["equals"],
        '%' => &["percent"],
        '°' | 'º' => &["degrees"],
        '√' => &["sqrt"],
        '²' => &["squared"],
        '³' => &["cubed"],
        '&' => &["and"],
        '$' => &["dollars"],
        '€' => &["euros"],
        '£' => &["pounds"],
        '½' if follows_digit => &["and", "a", "half"],
        '½' => &["half"],
        '¼' if follows_digit => &["and", "a", "quarter"],
        '¼' => &["quarter"],
        '¾' if follows_digit => &["and", "three", "quarters"],
        '¾' => &["three", "quarters"],
        _ => &[],
    }
}

fn expand(word: &str, words: &mut Vec<String>) {
    if holds(&HESITATIONS, word) {
        return;
    }
    if let Some((_, out)) = WRITTEN_OUT.iter().find(|(short, _)| *short == [word]) {
        words.extend(out.iter().map(|word| (*word).to_owned()));
        return;
    }
    let endings =
        [("n't", " not"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("'d", " would"), ("'m", " am")];
    for (ending, out) in endings {
        if let Some(stem) = word.strip_suffix(ending) {
            words.push(stem.to_owned());
            words.push(out.trim_start().to_owned());
            return;
        }
    }
    if let Some(stem) = word.strip_suffix("'s") {
        words.push(stem.to_owned());
        if ["what", "it", "that", "who", "how", "where", "when", "there", "here", "he", "she", "time"].contains(&stem) {
            words.push("is".to_owned());
        }
        return;
    }
    words.push(word.to_owned());
}

/// The readings of one row of words, the plainest first.
pub(super) fn readings(words: &[String]) -> Vec<Reading> {
    let plain = collapse(&fold(words, &FOLDED), false);
    if plain.len() > WORDS_MAX {
        return vec![Reading { words: plain, confidence: 1.0 }];
    }
    let mut rows: Vec<Reading> = Vec::new();
    let mut offer = |words: Vec<String>, confidence: f32| {
        if !words.is_empty() && !rows.iter().any(|row| row.words == words) {
            rows.push(Reading { words, confidence });
        }
    };
    let mut stages = vec![(plain.clone(), 1.0_f32)];
    stages.push((dropping(&plain), 0.98));
    stages.push((collapse(&plain, true), 0.9));
    stages.extend(repaired(&plain).into_iter().map(|words| (words, 0.85)));
    let sounding = fold(&plain, &SOUNDS_LIKE);
    stages.push((fold(&sounding, &FOLDED), 0.85));
    stages.push((fold(&plain, &SOUNDS_LIKE_DIGITS), 0.7));
    stages.push((fold(&lexicon::corrected(&plain), &NUMBER_FOR_TO), 0.7));
    stages.push((lexicon::corrected(&plain), 0.8));
    stages.push((lexicon::corrected(&sounding), 0.7));
    stages.push((without(&lexicon::corrected(&plain), &DROPPED_LATE), 0.7));
    for (words, confidence) in &stages {
        offer(words.clone(), *confidence);
        for stripped in stripped(words).into_iter().chain(stripped(&dropping(words))) {
            offer(stripped, confidence * 0.97);
        }
    }
    for (words, confidence) in &stages {
        for start in false_starts(words) {
            offer(start, confidence * 0.85);
        }
    }
    rows
}

/// `words` with every phrase of `table` replaced.
fn fold(words: &[String], table: &Pairs) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some(first) = rest.first() {
        let found = table.iter().find(|(phrase, _)| begins(rest, phrase));
        match found {
            Some((phrase, replacement)) => {
                out.extend(replacement.iter().map(|word| (*word).to_owned()));
                rest = &rest[phrase.len()..];
            }
            None => {
                out.push(first.clone());
                rest = &rest[1..];
            }
        }
    }
    out
}

/// True if `words` begin with `phrase`.
fn begins(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && phrase.iter().zip(words).all(|(a, b)| *a == b.as_str())
}

/// True if one of the one-word phrases is `word`.
fn holds(phrases: &Phrases, word: &str) -> bool {
    phrases.iter().any(|phrase| *phrase == [word])
}

/// The length of the longest of `phrases` that `words` begin with, if something is left after it.
fn prefix(words: &[String], phrases: &Phrases) -> Option<usize> {
    let found = phrases.iter().filter(|phrase| phrase.len() < words.len() && begins(words, phrase));
    found.map(Vec::len).max()
}

/// The length of the longest of `phrases` that `words` end with, if something is left before it.
fn suffix(words: &[String], phrases: &Phrases) -> Option<usize> {
    let found = phrases
        .iter()
        .filter(|phrase| phrase.len() < words.len() && begins(&words[words.len() - phrase.len()..], phrase));
    found.map(Vec::len).max()
}

/// The length of `phrase` if `words` begins with it.
pub(super) fn starts_with<S: AsRef<str>>(words: &[S], phrase: &str) -> Option<usize> {
    let len = phrase.split(' ').count();
    (words.len() >= len && phrase.split(' ').zip(words).all(|(a, b)| a == b.as_ref())).then_some(len)
}

/// Without words said twice in a row ("what what time is it", "what time what time is it"); numbers only if `also_numbers`.
fn collapse(words: &[String], also_numbers: bool) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        // A word that was broken off: "tim time".
        if also_numbers
            && out
                .last()
                .is_some_and(|last| last.len() < word.len() && last.len() > 1 && word.starts_with(last.as_str()))
        {
            out.pop();
        }
        out.push(word.clone());
        for len in 1..=RESTART_LEN_MAX.min(out.len() / 2) {
            let (first, second) = (&out[out.len() - 2 * len..out.len() - len], &out[out.len() - len..]);
            let has_number =
                second.iter().any(|word| is_numeric(word) || matches!(word.as_str(), "-" | "minus" | "plus"));
            if first == second && (also_numbers || !has_number) {
                out.truncate(out.len() - len);
                break;
            }
        }
    }
    out
}

fn dropping(words: &[String]) -> Vec<String> {
    without(words, &DROPPED)
}

fn without(words: &[String], dropped: &Phrases) -> Vec<String> {
    let kept: Vec<String> = words.iter().filter(|word| !holds(dropped, word)).cloned().collect();
    if kept.is_empty() { words.to_vec() } else { kept }
}

/// The row with politeness taken away step by step, from both ends; every step is a reading.
fn stripped(words: &[String]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut current = words.to_vec();
    loop {
        if let Some(len) = suffix(&current, &AFTER) {
            current.truncate(current.len() - len);
        } else if let Some(len) = prefix(&current, &BEFORE) {
            current.drain(..len);
        } else {
            break;
        }
        rows.push(current.clone());
    }
    // What stands before may be the point where what stands after is not ("time right now").
    let mut current = words.to_vec();
    while let Some(len) = prefix(&current, &BEFORE) {
        current.drain(..len);
        rows.push(current.clone());
    }
    rows
}

/// What is left when the speaker took something back: what follows the repair, or the repair in place of the word before it.
fn repaired(words: &[String]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for at in (1..words.len()).rev() {
        let Some(len) = REPAIRS.iter().filter(|phrase| begins(&words[at..], phrase)).map(Vec::len).max() else {
            continue;
        };
        let rest = &words[at + len..];
        if rest.is_empty() {
            continue;
        }
        // How much is taken back is not said: the last word or some more.
        for taken in 1..=REPAIR_LEN_MAX.min(at) {
            if is_numeric(&words[at - taken]) == is_numeric(&rest[0]) {
                rows.push(words[..at - taken].iter().chain(rest).cloned().collect());
            }
        }
        if rest.len() >= 2 {
            rows.push(rest.to_vec());
        }
        break;
    }
    rows
}

/// The row without its beginning, where that holds nothing but words that ask nothing.
fn false_starts(words: &[String]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for at in 1..words.len().min(FALSE_START_LEN_MAX + 1) {
        let is_broken_off = words[at - 1].len() == 1 && words[at - 1].starts_with(char::is_alphabetic);
        if !is_broken_off && !holds(&EMPTY, &words[at - 1]) {
            break;
        }
        if holds(&STARTS, &words[at]) && words.len() > at + 1 {
            rows.push(words[at..].to_vec());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> Vec<String> {
        sentences(text)
            .into_iter()
            .map(|clauses| clauses.into_iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(" , "))
            .collect()
    }

    #[test]
    fn text_is_split_into_sentences_clauses_and_words() {
        for (text, expected) in [
            ("What's the time? I'm late.", vec!["what is the time", "i am late"]),
            ("Um, what time is it in St. Louis", vec!["what time is it in st", "louis"]),
            ("1,250.5 plus 3", vec!["1250.5 plus 3"]),
            ("5km in miles", vec!["5 km in miles"]),
            ("12x7", vec!["12 x 7"]),
            ("the 21st of May", vec!["the 21st of may"]),
            ("what is 10-3 - 2", vec!["what is 10 - 3 - 2"]),
            ("twenty-one -5", vec!["twenty one - 5"]),
            ("what is the- can you", vec!["what is the , can you"]),
            ("30°C to °F; 50%", vec!["30 degrees c to degrees f", "50 percent"]),
            ("7½ + ½ × .5", vec!["7 and a half plus half times 0.5"]),
            ("in baton.toml.", vec!["in baton.toml"]),
            ("at 4 p.m. today", vec!["at 4 pm today"]),
            ("100 km/h", vec!["100 kmh"]),
            ("5'10\" tall", vec!["5 feet 10 inches tall"]),
            ("and/or", vec!["and or"]),
            ("hi, there", vec!["hi , there"]),
            (
                "don't we'll you'd they've can't won't today's",
                vec!["do not we will you would they have can not will not today"],
            ),
            ("5² = √25 & 3³", vec!["5 squared equals sqrt 25 and 3 cubed"]),
            (
                "3¼ 2¾ ¼ ¾ $5 €6 £7 6÷2 2^3",
                vec![
                    "3 and a quarter 2 and three quarters quarter three quarters dollars 5 euros 6 pounds 7 6 / 2 2 ^ 3",
                ],
            ),
        ] {
            assert_eq!(flat(text), expected, "{text}");
        }
        assert!(sentences(" ... !? ").is_empty());
    }

    fn offered(text: &str) -> Vec<String> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        readings(&words).into_iter().map(|reading| reading.words.join(" ")).collect()
    }

    #[test]
    fn readings_grow_more_daring() {
        for (text, among) in [
            ("hey baton could you please tell me what time it is thanks", "what time it is"),
            ("what what time is it", "what time is it"),
            ("what time what time is it", "what time is it"),
            ("what is twelve twelve times seven", "what is twelve times seven"),
            ("convert thirty no forty celsius to fahrenheit", "convert forty celsius to fahrenheit"),
            ("play music no wait what time is it", "what time is it"),
            ("what is the how do you spell cat", "how do you spell cat"),
            ("thirty sell see us in fair in height", "thirty celsius in fahrenheit"),
            ("to plus for", "two plus four"),
            ("thank you", "thanks"),
        ] {
            assert!(offered(text).contains(&among.to_owned()), "{text}: {:?}", offered(text));
        }
        assert_eq!(offered("what is two plus two")[0], "what is two plus two");
    }
}
