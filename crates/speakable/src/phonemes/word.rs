//! How one word is said: whatever knows best is asked first, and something always answers.
//!
//! In this order: technical words, capitals spelled out, parts of camelCase, the dictionary, the dictionary without
//! an ending, two words written as one, words without vowels spelled out, letters to sounds. It knows one written word
//! and nothing of its neighbours.

use super::arpabet::Phone;
use super::{dictionary, exceptions, ipa, letters, technical};

/// Capitals up to this length are said letter by letter unless something knows them as a word.
const SPELLED_LEN_MAX: usize = 5;

/// Unknown words up to this length are more often a name of letters than a word.
const UNKNOWN_LEN_SPELLED: usize = 3;

/// The IPA of a word of letters, digits and apostrophes; its parts are divided by spaces. Empty if nothing can be said.
pub(crate) fn pronounce(word: &str) -> String {
    let lower = word.to_lowercase();
    if let Some(known) = exceptional(&lower) {
        return known;
    }
    if let Some(said) = said_technically(&lower) {
        return said;
    }
    if is_capitals(word)
        && let Some(spelled) = capitals(word, &lower)
    {
        return spelled;
    }
    let parts = parts(word);
    if parts.len() > 1 {
        return joined(parts.iter().map(|part| pronounce_part(part)));
    }
    parts.first().map(|part| pronounce_part(part)).unwrap_or_default()
}

/// The IPA of a name spelled letter by letter, stressed on the last.
pub(crate) fn spell(word: &str) -> String {
    let letters: Vec<u8> = word.bytes().filter(u8::is_ascii_alphabetic).collect();
    let mut said = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let name = ipa::of_word("", &sounds(technical::letter_name(*letter)));
        said.push_str(&if index + 1 == letters.len() { name } else { ipa::subdued(&name) });
    }
    said
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn sounds(names: &str) -> Vec<Phone> {
    names.split_ascii_whitespace().filter_map(Phone::parse).collect()
}

fn said_technically(lower: &str) -> Option<String> {
    let (said, plural) = match technical::said(lower) {
        Some(said) => (said, false),
        None => (technical::said(lower.strip_suffix("'s").or_else(|| lower.strip_suffix('s'))?)?, true),
    };
    let mut ipa = match said.strip_prefix('=') {
        Some(words) => {
            joined(words.split(' ').map(|word| if is_capitals(word) { spell(word) } else { pronounce_part(word) }))
        }
        None => ipa::of_word(lower, &sounds(said)),
    };
    if plural {
        ipa.push_str(plural_of(&ipa));
    }
    Some(ipa)
}

/// The ending that a plural or a possessive adds.
fn plural_of(ipa: &str) -> &'static str {
    match ipa.chars().last() {
        Some('s' | 'z' | 'ʃ' | 'ʒ') => "ᵻz",
        Some('p' | 't' | 'k' | 'f' | 'θ') => "s",
        _ => "z",
    }
}

fn is_capitals(word: &str) -> bool {
    let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix('s')).unwrap_or(word);
    !stem.is_empty() && stem.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// Capitals: spelled when short or when they cannot be said as a word. A plural s stays an s: "VMs".
fn capitals(word: &str, lower: &str) -> Option<String> {
    let stem = word.trim_end_matches("'s").trim_end_matches('s');
    let is_word = stem.len() > 3 && dictionary::look_up(lower).is_some();
    if is_word || stem.len() > SPELLED_LEN_MAX && has_vowel(lower) {
        return None;
    }
    let mut spelled = spell(stem);
    if stem.len() < word.len() {
        spelled.push_str(plural_of(&spelled));
    }
    Some(spelled)
}

fn has_vowel(lower: &str) -> bool {
    lower.bytes().any(|letter| matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y'))
}

/// The parts of camelCase, PascalCase, and words with digits; capitals in a row stay together ("HTTPServer").
fn parts(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut parts: Vec<String> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let starts_part = match before {
            None => true,
            Some(before) if before.is_ascii_digit() || letter.is_ascii_digit() => true,
            Some(before) if letter.is_uppercase() => {
                before.is_lowercase() || after.is_some_and(|after| after.is_lowercase() && *after != 's')
            }
            Some(_) => false,
        };
        match parts.last_mut() {
            Some(part) if !starts_part => part.push(*letter),
            _ => parts.push(letter.to_string()),
        }
    }
    parts
}

/// A part without capitals inside: a digit, capitals, or a plain word.
fn pronounce_part(part: &str) -> String {
    let lower = part.to_lowercase();
    if let Some(digit) = part.chars().next().filter(char::is_ascii_digit) {
        return pronounce_plain(technical::digit_name(digit));
    }
    if let Some(said) = said_technically(&lower) {
        return said;
    }
    if part.len() > 1
        && is_capitals(part)
        && let Some(spelled) = capitals(part, &lower)
    {
        return spelled;
    }
    pronounce_plain(&lower)
}

/// A lower-case word.
fn pronounce_plain(lower: &str) -> String {
    let word = lower.trim_matches('\'');
    if word.is_empty() {
        return String::new();
    }
    if let Some(known) = exceptional(word).or_else(|| known(word)) {
        return known;
    }
    if let Some((first, second)) = compound(word).filter(|_| word.len() > UNKNOWN_LEN_SPELLED) {
        return format!("{}{}", first, ipa::subdued(&second));
    }
    if !has_vowel(word) || word.len() <= UNKNOWN_LEN_SPELLED {
        return spell(word);
    }
    ipa::of_word(word, &letters::guess(word))
}

/// A word that goes its own way, with a plain ending or without.
fn exceptional(word: &str) -> Option<String> {
    let inflected = |(ending, said): &(&str, &str)| {
        let stem = word.strip_suffix(ending)?;
        let base = exceptions::ipa(stem)
            .or_else(|| exceptions::ipa(&format!("{stem}e")).filter(|_| ending.starts_with(['e', 'i'])))?;
        Some(match *said {
            "s" => format!("{base}{}", plural_of(base)),
            "d" => with_past(base),
            said => format!("{}{said}", linked(base, said)),
        })
    };
    exceptions::ipa(word).map(str::to_owned).or_else(|| INFLECTIONS.iter().find_map(inflected))
}

/// The endings of inflection and what they add.
const INFLECTIONS: [(&str, &str); 6] = [("'s", "s"), ("es", "s"), ("s", "s"), ("ed", "d"), ("ing", "ɪŋ"), ("ly", "li")];

/// From the dictionary, as it stands or without an ending.
fn known(word: &str) -> Option<String> {
    if let Some(phones) = dictionary::look_up(word) {
        return Some(ipa::of_word(word, &phones));
    }
    if let Some(stem) = word.strip_suffix("'s").or_else(|| word.strip_suffix('\'')) {
        let stem = known(stem).unwrap_or_else(|| pronounce_plain(stem));
        let ending = if word.ends_with('s') { plural_of(&stem) } else { "" };
        return Some(format!("{stem}{ending}"));
    }
    ENDINGS.iter().find_map(|(ending, said)| {
        let stem = word.strip_suffix(ending).filter(|stem| stem.len() >= 3)?;
        let base = stem_sounds(stem, ending)?;
        Some(match *said {
            "s" => format!("{base}{}", plural_of(&base)),
            "d" => with_past(&base),
            said => format!("{}{said}", linked(&base, said)),
        })
    })
}

/// Endings that leave the stem as it is, longest first, and what they add.
const ENDINGS: [(&str, &str); 16] = [
    ("fulness", "fəlnəs"),
    ("ability", "əbˈɪləɾi"),
    ("ization", "ᵻzˈeɪʃən"),
    ("ments", "mənts"),
    ("ness", "nəs"),
    ("less", "ləs"),
    ("able", "əbəl"),
    ("ment", "mənt"),
    ("ings", "ɪŋz"),
    ("ers", "ɚz"),
    ("ing", "ɪŋ"),
    ("ed", "d"),
    ("er", "ɚ"),
    ("ly", "li"),
    ("s", "s"),
    ("y", "i"),
];

/// The stem as the dictionary has it: as written, with its silent e, with y for i, or without the doubled letter.
fn stem_sounds(stem: &str, ending: &str) -> Option<String> {
    let of = |word: &str| dictionary::look_up(word).map(|phones| ipa::of_word(word, &phones));
    let vowel_follows = ending.starts_with(['i', 'e', 'a', 'y']);
    let bytes = stem.as_bytes();
    let doubled = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
    if vowel_follows
        && doubled
        && let Some(said) = of(&stem[..stem.len() - 1])
    {
        return Some(said);
    }
    if vowel_follows && let Some(said) = of(&format!("{stem}e")) {
        return Some(said);
    }
    let with_y = stem.strip_suffix('i').or_else(|| (ending == "s").then(|| stem.strip_suffix("ie")).flatten());
    of(stem)
        .or_else(|| with_y.and_then(|stem| of(&format!("{stem}y"))))
        .or_else(|| (ending == "s").then(|| stem.strip_suffix('e').and_then(of)).flatten())
}

fn with_past(ipa: &str) -> String {
    match ipa.chars().last() {
        Some('t' | 'd') => format!("{}ᵻd", linked(ipa, "ᵻd")),
        Some('p' | 'k' | 'f' | 's' | 'ʃ' | 'θ') => format!("{ipa}t"),
        _ => format!("{ipa}d"),
    }
}

/// A stem before an ending that begins with a vowel: its r is heard, its t is tapped.
fn linked(base: &str, ending: &str) -> String {
    if !ipa::begins_with_vowel(ending) {
        return base.to_owned();
    }
    if base.ends_with(['ɚ', 'ɜ']) || base.ends_with("ɜː") {
        return format!("{base}ɹ");
    }
    match base.strip_suffix('t') {
        Some(stem) if stem.ends_with(['ɪ', 'ɛ', 'æ', 'ʌ', 'ʊ', 'ː', 'ə', 'ᵻ', 'ɹ', 'ɚ']) => {
            format!("{stem}ɾ")
        }
        _ => base.to_owned(),
    }
}

/// Two words of the dictionary written as one: "timestamp", "uncached". The most even split wins.
fn compound(word: &str) -> Option<(String, String)> {
    if !word.is_ascii() {
        return None;
    }
    let of = |part: &str| {
        let phones = dictionary::look_up(part)?;
        phones.iter().any(|phone| phone.is_vowel()).then(|| ipa::of_word(part, &phones))
    };
    let mut places: Vec<usize> =
        (3..word.len().saturating_sub(2)).filter(|at| (*at).max(word.len() - at) >= 4).collect();
    places.sort_by_key(|at| at.abs_diff(word.len() - at));
    let split = |at: usize| Some((of(&word[..at])?, of(&word[at..])?));
    places.into_iter().find_map(split).or_else(|| {
        PREFIXES.iter().find_map(|(prefix, said)| {
            let rest = word.strip_prefix(prefix).filter(|rest| rest.len() >= 3)?;
            Some(((*said).to_owned(), known(rest)?))
        })
    })
}

/// Prefixes that no dictionary lists with every word.
const PREFIXES: [(&str, &str); 14] = [
    ("multi", "mˈʌlti"),
    ("inter", "ˈɪntɚ"),
    ("micro", "mˈaɪkɹoʊ"),
    ("super", "sˈuːpɚ"),
    ("auto", "ˈɔːɾoʊ"),
    ("meta", "mˈɛɾə"),
    ("over", "ˈoʊvɚ"),
    ("non", "nˈɑːn"),
    ("pre", "pɹˈiː"),
    ("sub", "sˈʌb"),
    ("mis", "mˈɪs"),
    ("un", "ʌn"),
    ("re", "ɹˈiː"),
    ("de", "dˈiː"),
];
