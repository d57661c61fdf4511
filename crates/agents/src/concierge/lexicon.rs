//! Slips of a letter or two in the words that matter.
//!
//! A word that is neither known nor an everyday word of its own is taken for the key word it is one edit away from (two edits for
//! long words). Only words of five letters and more are touched, and only if the first letter agrees, which is what typing slips
//! and recognisers leave alone.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{clock, rules};
use crate::{arithmetic, numbers, units};

/// Shortest word that is corrected: one letter may be lost from a key word of five.
const LEN_MIN: usize = 4;
/// Shortest key word.
const KEY_LEN_MIN: usize = 5;
/// From this length on two edits are forgiven.
const LEN_FOR_TWO_EDITS: usize = 8;
/// Longest word that is looked at; a longer one is nothing we know.
const LEN_MAX: usize = 24;

/// Everyday words close to a key word that mean something else.
const OTHERS: &str = "modem motel modal medal metal metals meters mental spill smell shell spelt spend speed steal pounce found sound \
    round mouth moths monday months money litter letter letters later lighter little grand grams grain great treat create class glass \
    clerk clack click block cloak state stage statue start stats square squire squad thanks thinks tanks think thing things thank \
    tires tiles tides tames tinder timer timers while white whole whine whose sight eighty light night might right fight tight \
    sevens server never fever fifty first fourth forth forty south north month mouse house horse hours hoped honor yards cards yearn \
    learn fears wears weeds weekly needs seeds weird words world worse wards state dates daily dairy diary dated gates plays place \
    plane planes plant plate planet prime price points paint pints prints print point pound mails males mules moles meals metro hello \
    hallo yellow called caller cells sells times crime climb prime water later matter after alter cheap repair repent report repeal \
    product produce predict addict added adder older order under wonder minute minus menus bonus genus weather whether heather feather \
    leather mother other another brother father farther further conversion conversation conservation connection connected contact \
    conduct collect correct contract convent content connect direct friday monkey money honey sunday funday march match watch batch \
    april august today toady tower power flower lower cover hover joker joked joking poker broke smoke spoke stoke woken token mode mood moth tree seen fist sees tied ties tide tile tire mils male mule mole pond mete gran spin spill \
    pell hello hell help wink feet foot fool clue shot stat star your year hour four five nine fine line mine mile half call ball talk walk weak";

static KEY_WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let all = rules::vocabulary()
        .chain(clock::vocabulary())
        .chain(numbers::vocabulary())
        .chain(arithmetic::vocabulary())
        .chain(units::vocabulary());
    // Of the words about the conversation and about spelling only those that a request turns on.
    let others = [
        "repeat",
        "summarize",
        "summary",
        "recap",
        "conversation",
        "pardon",
        "again",
        "spell",
        "spelling",
        "remind",
        "mention",
        "mentioned",
        "discuss",
    ];
    all.chain(others).filter(|word| word.chars().count() >= KEY_LEN_MIN).collect()
});

static OTHER_WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| OTHERS.split_whitespace().collect());

/// `words` with slips put right, up to a word after which anything may stand ("spell …", "about …").
pub(super) fn corrected(words: &[String]) -> Vec<String> {
    let mut is_free = false;
    let correct = |word: &String| {
        if is_free {
            return word.clone();
        }
        let corrected = nearest(word).map_or_else(|| word.clone(), str::to_owned);
        is_free = matches!(corrected.as_str(), "spell" | "spelling" | "about" | "regarding" | "mention" | "mentioned");
        corrected
    };
    words.iter().map(correct).collect()
}

/// The key word that `word` is a slip of.
fn nearest(word: &str) -> Option<&'static str> {
    let letters: Vec<char> = word.chars().collect();
    if !(LEN_MIN..=LEN_MAX).contains(&letters.len()) || !letters.iter().all(|c| c.is_alphabetic()) {
        return None;
    }
    if KEY_WORDS.contains(word) || OTHER_WORDS.contains(word) {
        return None;
    }
    let edits_max = if letters.len() >= LEN_FOR_TWO_EDITS { 2 } else { 1 };
    let candidates = KEY_WORDS.iter().filter(|key| key.chars().next() == letters.first().copied());
    let scored = candidates.map(|key| (edits(&letters, &key.chars().collect::<Vec<_>>()), *key));
    scored.filter(|(edits, _)| *edits <= edits_max).min().map(|(_, key)| key)
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`.
pub(super) fn edits(a: &[char], b: &[char]) -> usize {
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                row[j + 1] = row[j + 1].min(before_last[j - 1] + 1);
            }
        }
        before_last = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_in_key_words_are_put_right() {
        for (slip, word) in [
            ("farenheit", "farenheit"),
            ("fahrenhiet", "fahrenheit"),
            ("celsuis", "celsius"),
            ("kilomters", "kilometers"),
            ("tomorow", "tomorrow"),
            ("conversatoin", "conversation"),
            ("repaet", "repeat"),
            ("mulitplied", "multiplied"),
            ("sumarize", "summarize"),
        ] {
            assert_eq!(corrected(&[slip.to_owned()]), [word.to_owned()], "{slip}");
        }
    }

    #[test]
    fn words_of_their_own_are_left_alone() {
        for word in ["modem", "letters", "love", "quicksort", "president", "timer", "a", "12345", "ähnlich"] {
            assert_eq!(corrected(&[word.to_owned()]), [word.to_owned()], "{word}");
        }
        let free: Vec<String> = ["spell", "celsuis"].map(str::to_owned).to_vec();
        assert_eq!(corrected(&free), free);
    }

    #[test]
    fn edits_count_swaps_once() {
        let count = |a: &str, b: &str| edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(count("repaet", "repeat"), 1);
        assert_eq!(count("kitten", "sitting"), 3);
        assert_eq!(count("", "ab"), 2);
        assert_eq!(count("a", "abcd"), usize::MAX);
    }
}
