//! Spelling: "how do you spell necessary", letter by letter so that a voice says each.

use super::{Answer, Context, Intent};

/// Longest word or name that is spelled, in letters.
const LETTERS_MAX: usize = 48;
/// Most words that are spelled at once.
const WORDS_MAX: usize = 4;

/// Words that may stand before the request to spell.
const BEFORE: &str = "how do does you can could would i tell me to the a correct right proper what is one should please give say will we be know it \
    let us hey and so want need like that just my baton exactly of an for with in supposed way best not never able";
/// Words between the request and what is to be spelled.
const BETWEEN: &str = "the word words of for name me out a term it is";
/// Words after what is to be spelled.
const AFTER: &[&str] = &[
    "for me",
    "please",
    "correctly",
    "right",
    "out loud",
    "aloud",
    "again",
    "letter by letter",
    "properly",
    "in english",
    "thanks",
    "one more time",
    "if you can",
    "to me",
    "then",
    "exactly",
    "slowly",
    "baton",
    "okay",
    "would you",
    "could you",
    "can you",
    "out",
];

/// The answer, if `words` ask how something is spelled.
pub(super) fn answer(words: &[&str], context: &Context) -> Option<Answer> {
    let wanted = wanted(words)?;
    let is_pronoun = matches!(
        wanted.as_slice(),
        [] | ["that" | "it" | "this" | "something" | "words" | "word" | "please" | "me" | "out"] | ["for", "me"]
    );
    if is_pronoun {
        return Some(Answer::new(Intent::Spelling, "Which word shall I spell?"));
    }
    let name = context.agent_name().to_lowercase();
    let spelled: Vec<&str> = match wanted.as_slice() {
        ["your", "name"] => vec![name.as_str()],
        other => other.to_vec(),
    };
    if spelled.len() > WORDS_MAX || spelled.iter().map(|word| word.chars().count()).sum::<usize>() > LETTERS_MAX {
        return None;
    }
    let letters: Vec<String> = spelled.iter().map(|word| letters(word)).collect();
    let word = super::capitalized(&spelled.join(" "));
    let verb = if word.ends_with("'s") { "" } else { " is spelled" };
    Some(Answer::new(Intent::Spelling, &format!("{word}{verb} {}.", letters.join("; then "))))
}

/// The words to spell; empty if it is not said which.
fn wanted<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    let is_before = |word: &&str| BEFORE.split_whitespace().any(|entry| entry == *word);
    if let Some(at) = words.iter().position(|word| matches!(*word, "spell" | "spells" | "spelling")) {
        let (before, after) = (&words[..at], trimmed(&words[at + 1..]));
        if words[at] == "spelling" && !matches!(words.get(at + 1), Some(&("of" | "for"))) {
            return None;
        }
        if after
            .first()
            .is_some_and(|word| matches!(*word, "check" | "checker" | "checking" | "bee" | "on" | "mistakes"))
        {
            return None;
        }
        if matches!(words[at + 1..], ["me", "a" | "an", ..]) {
            return None;
        }
        if before.iter().all(is_before) {
            return Some(after);
        }
        // "necessary, how do you spell that"
        let name_len =
            before.iter().take_while(|word| !matches!(**word, "how" | "can" | "could" | "would" | "please")).count();
        let is_that = matches!(after.as_slice(), [] | ["that" | "it" | "this"]);
        return (is_that && name_len <= 2 && before[name_len..].iter().all(is_before) && name_len < before.len())
            .then(|| before[..name_len].to_vec());
    }
    if let ["how", "do" | "does" | "would" | "should" | "can", "you" | "i" | "one", "write", rest @ ..] = words {
        let word = trimmed(rest);
        return (word.len() == 1 && !matches!(word[0], "a" | "that" | "it" | "this")).then_some(word);
    }
    if let ["how", "is" | "are", "it" | "that", "spelled" | "spelt" | "written", rest @ ..] = words {
        return (rest.len() <= 2).then(|| trimmed(rest));
    }
    if let Some(at) = words.iter().position(|word| matches!(*word, "spelled" | "spelt" | "written")) {
        let start = words.iter().position(|word| matches!(*word, "is" | "are" | "get" | "gets"))? + 1;
        let asks = words[..start].iter().all(|word| is_before(word) || matches!(*word, "are" | "get" | "gets"));
        return (asks && words[0] == "how" && start < at && trimmed(&words[at + 1..]).is_empty())
            .then(|| trimmed(&words[start..at]));
    }
    let at = words.iter().position(|word| *word == "letters")?;
    let asks = matches!(
        words[..at],
        ["what" | "which"] | ["what", "are", "the"] | ["the"] | ["tell", "me", "the"] | ["what", "is", "the"]
    );
    let rest = words[at + 1..].strip_prefix(&["are"]).unwrap_or(&words[at + 1..]);
    (asks && matches!(rest.first(), Some(&("in" | "of")))).then(|| trimmed(&rest[1..]))
}

/// Without the words around what is to be spelled.
fn trimmed<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut rest = words;
    // In "the word please" the last word is what is asked for.
    let is_named = matches!(words, [.., "word", _]);
    while let Some(len) =
        AFTER.iter().filter_map(|phrase| suffix(rest, phrase)).max().filter(|len| !is_named && *len < rest.len())
    {
        rest = &rest[..rest.len() - len];
    }
    while let Some(first) = rest.first()
        && rest.len() > 1
        && rest != ["it", "is"]
        && (BETWEEN.split_whitespace().any(|entry| entry == *first) || rest.starts_with(&["that", "word"]))
    {
        rest = &rest[1..];
    }
    rest.to_vec()
}

fn suffix(words: &[&str], phrase: &str) -> Option<usize> {
    let len = phrase.split(' ').count();
    (words.len() >= len && super::reading::starts_with(&words[words.len() - len..], phrase).is_some()).then_some(len)
}

/// "C, A, T": every letter by itself.
fn letters(word: &str) -> String {
    let names: Vec<String> = word
        .chars()
        .map(|c| match c {
            '\'' => "apostrophe".to_owned(),
            '.' => "dot".to_owned(),
            c => c.to_uppercase().collect(),
        })
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        wanted(&words).map(|words| words.join(" "))
    }

    #[test]
    fn the_word_to_spell_is_found() {
        for (text, word) in [
            ("how do you spell necessary", "necessary"),
            ("spell the word rhythm for me please", "rhythm"),
            ("how is necessary spelled", "necessary"),
            ("how is the word queue spelt", "queue"),
            ("what is the correct spelling of ice cream", "ice cream"),
            ("tell me how to spell it", "it"),
            ("can you spell out bureau", "bureau"),
            ("necessary how do you spell that", "necessary"),
            ("spell please", "please"),
            ("could you spell baton", "baton"),
            ("spell the word please", "please"),
            ("how do you spell the", "the"),
            ("could you spell that for me", "that"),
            ("what letters are in cat", "cat"),
            ("what are the letters in dog", "dog"),
            ("spell", ""),
            ("spell that word yacht", "yacht"),
            ("how do you write the word yacht", "yacht"),
            ("how is it spelled yacht", "yacht"),
            ("how is that spelled", ""),
        ] {
            assert_eq!(spelled(text).as_deref(), Some(word), "{text}");
        }
    }

    #[test]
    fn other_spells_are_left_alone() {
        for text in [
            "cast a spell on me",
            "spell me a story",
            "spell check my essay",
            "spelling bee",
            "what is a spelling bee",
            "how is bread made",
            "letters from home",
        ] {
            assert_eq!(spelled(text), None, "{text}");
        }
    }
}
