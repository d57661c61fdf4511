//! One word's dictionary sounds as the IPA that the voice was trained on.
//!
//! The voice learned from the US English of espeak: this writes the same symbols, in decomposed form. The dictionary
//! merges what that system keeps apart (the vowels of "ticket" and "private"), so the spelling decides: each sound is
//! laid beside the letter that stands for it. It knows one word at a time; what depends on the next word is in `weak`.

use super::arpabet::Phone;
use super::letters::letter_of_each_sound;

/// The vowels of the IPA written here, by their first letter.
const VOWEL_LETTERS: &str = "aeiouæɐɑɔəɚɛɜɪʊʌᵻ";

/// Whether IPA begins with a vowel, whatever its stress.
pub(crate) fn begins_with_vowel(ipa: &str) -> bool {
    ipa.chars().find(|letter| !matches!(letter, 'ˈ' | 'ˌ')).is_some_and(|letter| VOWEL_LETTERS.contains(letter))
}

/// Whether the IPA carries a primary stress.
pub(crate) fn is_stressed(ipa: &str) -> bool {
    ipa.contains('ˈ')
}

/// Puts a primary stress before the first vowel, or makes the first secondary stress primary.
pub(crate) fn stressed(ipa: &str) -> String {
    if is_stressed(ipa) {
        return ipa.to_owned();
    }
    if ipa.contains('ˌ') {
        return ipa.replacen('ˌ', "ˈ", 1);
    }
    match ipa.find(|letter| VOWEL_LETTERS.contains(letter)) {
        Some(vowel) => format!("{}ˈ{}", &ipa[..vowel], &ipa[vowel..]),
        None => ipa.to_owned(),
    }
}

/// The same with its primary stress made secondary: a word that leads to a stronger one.
pub(crate) fn subdued(ipa: &str) -> String {
    ipa.replace('ˈ', "ˌ")
}

/// The IPA of a lower-case word with these sounds.
pub(crate) fn of_word(spelling: &str, phones: &[Phone]) -> String {
    let phones = one_primary_stress(phones);
    let letters = letter_of_each_sound(spelling, &phones)
        .unwrap_or_else(|| (0..phones.len()).map(|index| index.min(spelling.len().saturating_sub(1))).collect());
    let word = Word { spelling: spelling.as_bytes(), phones: &phones, letters: &letters };
    let mut ipa = String::with_capacity(phones.len() * 3);
    for index in 0..phones.len() {
        let phone = phones[index];
        if phone.is_vowel() {
            if word.is_syllabic_n(index + 1) {
                continue;
            }
            ipa.push_str(["", "ˈ", "ˌ"][usize::from(word.stress(index))]);
            ipa.push_str(word.vowel(index));
        } else {
            ipa.push_str(word.consonant(index));
        }
    }
    ipa
}

/// A second primary stress becomes secondary; a word with vowels but no stress gets none here.
fn one_primary_stress(phones: &[Phone]) -> Vec<Phone> {
    let mut seen = false;
    let soften = |phone: &Phone| {
        let again = phone.stress() == 1 && seen;
        seen |= phone.stress() == 1;
        if again { phone.with_stress(2) } else { *phone }
    };
    phones.iter().map(soften).collect()
}

/// A word with each sound laid beside its letter.
struct Word<'a> {
    spelling: &'a [u8],
    phones: &'a [Phone],
    letters: &'a [usize],
}

fn is_vowel_letter(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')
}

impl Word<'_> {
    fn name(&self, index: usize) -> &'static str {
        self.phones.get(index).map_or("", |phone| phone.name())
    }

    fn previous(&self, index: usize) -> &'static str {
        index.checked_sub(1).map_or("", |before| self.name(before))
    }

    fn is_vowel(&self, index: usize) -> bool {
        self.phones.get(index).is_some_and(|phone| phone.is_vowel())
    }

    fn is_last(&self, index: usize) -> bool {
        index + 1 == self.phones.len()
    }

    /// The stress that is written: secondary stress in a syllable right beside the primary one is not.
    fn stress(&self, index: usize) -> u8 {
        let stress = self.phones[index].stress();
        if self.is_weak_tive(index) {
            return 2;
        }
        if stress != 2 {
            return stress;
        }
        let is_vowel = |at: &usize| self.is_vowel(*at);
        let before = (0..index).rev().find(is_vowel);
        let after = (index + 1..self.phones.len()).find(is_vowel);
        if self.is_weak_ent(index) || self.is_weak_man(index) {
            return 0;
        }
        let beside = [before, after].into_iter().flatten().any(|at| self.phones[at].stress() == 1);
        if beside || self.is_final_y(index) { 0 } else { 2 }
    }

    /// The IY that ends a word ("library", "libraries"), whatever its stress in the dictionary.
    fn is_final_y(&self, index: usize) -> bool {
        let plural = self.name(index + 1) == "Z" && self.is_last(index + 1) && self.spelled(index, "ies");
        (self.is_last(index) || plural) && self.name(index) == "IY" && self.phones[index].stress() != 1
    }

    /// "Document", "president": the dictionary gives the ending a vowel that is not said.
    fn is_weak_ent(&self, index: usize) -> bool {
        let in_ment = self.previous(index) == "M" && self.spelled(index, "ent");
        self.name(index) == "EH" && self.phones[index].stress() != 1 && (in_ment || self.rest_is(index, &["ent"]))
    }

    /// "Fisherman", "mailman".
    fn is_weak_man(&self, index: usize) -> bool {
        let ending = index > 1 && self.ends("man") && self.rest_is(index, &["an"]);
        ending && self.name(index) == "AE" && self.phones[index].stress() == 2
    }

    /// The ending of "negative", after a syllable without stress.
    fn is_weak_tive(&self, index: usize) -> bool {
        index > 1
            && self.name(index) == "IH"
            && self.previous(index) == "T"
            && self.name(index + 1) == "V"
            && matches!(self.phones[index - 2].name(), "AH" | "IH")
            && self.phones[index - 2].stress() == 0
    }

    /// Where the vowel letters begin that stand for the sound: the first "o" of "door".
    fn first_letter(&self, index: usize) -> usize {
        let taken = index.checked_sub(1).map_or(0, |before| self.letters[before] + 1);
        let mut first = self.letters[index];
        while self.phones[index].is_vowel() && first > taken && is_vowel_letter(self.spelling[first - 1]) {
            first -= 1;
        }
        first
    }

    /// The letters from the ones that stand for the sound to the end of the word.
    fn rest(&self, index: usize) -> &[u8] {
        &self.spelling[self.first_letter(index).min(self.spelling.len())..]
    }

    /// Whether these letters begin so.
    fn spelled(&self, index: usize, pattern: &str) -> bool {
        self.rest(index).starts_with(pattern.as_bytes())
    }

    /// Whether these letters are one of the endings, with or without a plural s.
    fn rest_is(&self, index: usize, endings: &[&str]) -> bool {
        let rest = self.rest(index);
        let singular = rest.strip_suffix(b"s").unwrap_or(rest);
        endings.iter().any(|ending| rest == ending.as_bytes() || singular == ending.as_bytes())
    }

    fn spelled_any(&self, index: usize, patterns: &[&str]) -> bool {
        patterns.iter().any(|pattern| self.spelled(index, pattern))
    }

    fn ends(&self, suffix: &str) -> bool {
        self.spelling.ends_with(suffix.as_bytes())
    }

    fn starts(&self, prefix: &str) -> bool {
        self.spelling.starts_with(prefix.as_bytes())
    }

    /// Whether the sound is the N of a final "-ton", "-tain" that is said without a vowel: "button", "certain".
    fn is_syllabic_n(&self, index: usize) -> bool {
        index >= 3
            && self.is_last(index)
            && self.name(index) == "N"
            && self.phones[index - 1].stress() == 0
            && self.name(index - 1) == "AH"
            && self.name(index - 2) == "T"
            && (self.is_vowel(index - 3) || self.name(index - 3) == "R")
    }

    fn consonant(&self, index: usize) -> &'static str {
        match self.name(index) {
            "T" if self.is_syllabic_n(index + 2) => "ʔ",
            "T" if self.is_flapped(index) => "ɾ",
            "N" if self.is_syllabic_n(index) => "n\u{329}",
            "N" if matches!(self.name(index + 1), "K" | "G") && !self.starts("un") => "ŋ",
            "K" if self.previous(index) == "NG" && self.name(index + 1) == "TH" => "",
            "R" if self.previous(index) == "AY" && index + 1 < self.phones.len() && !self.is_vowel(index + 1) => "ɚ",
            "Z" if self.starts("trans") && index == 4 => "s",
            "Y" if self.is_full_i(index) => "i",
            "W" if self.is_glide_in_ual(index) => "",
            "G" => "ɡ",
            name => CONSONANTS.iter().find(|(known, _)| *known == name).map_or("", |(_, ipa)| ipa),
        }
    }

    /// The Y of "million" and "onion" is a vowel of its own; that of "senior" and "unit" is not.
    fn is_full_i(&self, index: usize) -> bool {
        self.spelled(index, "i") && matches!(self.previous(index), "L" | "N") && self.name(index + 1) == "AH"
    }

    /// The W that the dictionary hears in "usual" and "actual".
    fn is_glide_in_ual(&self, index: usize) -> bool {
        self.previous(index) == "AH"
            && self.phones[index - 1].stress() == 0
            && self.name(index + 1) == "AH"
            && self.spelled(index - 1, "u")
    }

    fn is_flapped(&self, index: usize) -> bool {
        let before = index > 0 && (self.is_vowel(index - 1) || self.name(index - 1) == "R");
        let after = self.is_vowel(index + 1) && self.stress(index + 1) == 0;
        // "Important", "partner": before a schwa and N the T stays.
        let before_n = self.name(index + 1) == "AH" && self.name(index + 2) == "N";
        before && after && !before_n
    }

    fn vowel(&self, index: usize) -> &'static str {
        let phone = self.phones[index];
        let is_weak = self.stress(index) == 0;
        let before_r = self.name(index + 1) == "R";
        match phone.name() {
            "AA" if !before_r && self.spelled_any(index, &["au", "aw", "ough"]) => "ɔː",
            "AA" if !before_r && self.spelled_any(index, &["ong", "ost"]) => "ɔ",
            "AA" if self.previous(index) == "W" && self.spelled(index, "al") => "ɔ",
            "AA" => "ɑː",
            "AE" if self.is_weak_man(index) => "ə",
            "AE" if index == 0 && phone.stress() == 0 && self.spelled_any(0, &["ac", "ad"]) => "ɐ",
            "AE" => "æ",
            "AH" if phone.stress() == 0 => self.schwa(index),
            "AH" => "ʌ",
            "AO" => self.open_o(index),
            "AW" => "aʊ",
            "AY" => "aɪ",
            "EH" if before_r && self.spelled_any(index, &["arr", "ara", "arif", "aris"]) => "æ",
            "EH" if self.is_weak_ent(index) => "ə",
            "EY" if before_r => "ɛ",
            "EH" => "ɛ",
            "ER" if index == 1 && is_weak && self.is_vowel(2) && (self.starts("dir") || self.starts("der")) => "ᵻɹ",
            "ER" => match (phone.stress() == 0, self.is_vowel(index + 1)) {
                (false, true) => "ɜːɹ",
                (false, false) => "ɜː",
                (true, true) => "ɚɹ",
                (true, false) => "ɚ",
            },
            "EY" => "eɪ",
            "IY" if self.rest_is(index, &["ay"]) && self.is_day(index) => "eɪ",
            "IH" | "IY" if before_r => "ɪ",
            "IY" if self.is_final_y(index) => "i",
            "IH" if self.is_weak_tive(index) => "ɪ",
            "IH" | "IY" if is_weak && (phone.stress() == 0 || self.is_reduced_prefix(index)) => self.weak_i(index),
            "IY" if self.name(index + 1) == "AH" && self.phones[index + 1].stress() == 0 => "i",
            "IH" => "ɪ",
            "IY" => "iː",
            "OW" => "oʊ",
            "OY" => "ɔɪ",
            "UW" if before_r => "ʊ",
            "UW" => "uː",
            _ => "ʊ",
        }
    }

    /// "Friday" and "Fridays", whose last vowel the dictionary has as that of "city".
    fn is_day(&self, index: usize) -> bool {
        self.previous(index) == "D" && (self.ends("day") || self.ends("days"))
    }

    fn open_o(&self, index: usize) -> &'static str {
        match self.name(index + 1) {
            "R" if self.spelled_any(index, &["ore", "oar", "our", "oor", "orce"]) => "oː",
            "R" if self.name(index + 2) == "IY" => "oː",
            "R" if self.spelled(index, "ort") && matches!(self.previous(index), "P") => "oː",
            "NG" | "S" | "F" | "TH" | "G" if self.spelled(index, "o") && !self.spelled(index, "ou") => "ɔ",
            "L" if self.spelled_any(index, &["alse", "ault"]) => "ɔ",
            "L" if self.rest_is(index, &["alt"]) => "ɔ",
            "N" if self.spelled(index, "on") => "ɔ",
            _ => "ɔː",
        }
    }

    /// IH0 and IY0.
    fn weak_i(&self, index: usize) -> &'static str {
        let is_iy = self.name(index) == "IY";
        if self.is_reduced_prefix(index) {
            return self.reduced_prefix(index);
        }
        if index == 0 && self.spelled(0, "e") {
            return match () {
                () if self.spelled_any(0, &["ex", "en", "em"])
                    && !self.spelled_any(0, &["eno", "emo", "eme", "ene", "enu", "emi"]) =>
                {
                    "ɛ"
                }
                () if self.spelled_any(0, &["em", "en", "ef", "es", "ec"]) => "ɪ",
                () => "ᵻ",
            };
        }
        if let Some(weak) = self.weak_ending(index) {
            return weak;
        }
        if self.is_between_stresses(index) {
            return "ᵻ";
        }
        if is_iy && self.is_vowel(index + 1) && !matches!(self.name(index + 1), "AH" | "ER") && self.spelled(index, "i")
        {
            return "ɪ";
        }
        if self.name(index + 1) == "L" && self.rest_is(index, &["il"]) {
            return "ə";
        }
        let first_syllable = !self.phones[..index].iter().any(|phone| phone.is_vowel());
        if is_iy && (self.is_last(index) || self.is_vowel(index + 1) || !first_syllable) { "i" } else { "ɪ" }
    }

    /// "Return", "decide", "believe": the prefix has hardly a vowel.
    fn is_reduced_prefix(&self, index: usize) -> bool {
        index == 1
            && self.letters[1] == 1
            && !self.is_vowel(2)
            && ["re", "de", "be"].iter().any(|prefix| self.starts(prefix))
            && !self.starts("beg")
            && self.phones[index + 1..].iter().any(|phone| phone.stress() == 1)
    }

    fn reduced_prefix(&self, index: usize) -> &'static str {
        let next = self.name(index + 1);
        if next == "Z" || self.starts("de") && matches!(next, "T" | "V") { "ɪ" } else { "ᵻ" }
    }

    /// The vowel before "-fy", "-zation", "-nation", and the "-i-" of "positive".
    fn is_between_stresses(&self, index: usize) -> bool {
        let (next, after) = (self.name(index + 1), self.name(index + 2));
        let heard_after = self.phones.get(index + 2).is_some_and(|phone| phone.stress() > 0);
        let ending = matches!((next, after), ("F", "AY") | ("Z", "EY") | ("N", "EY"));
        self.spelled(index, "i") && (ending && heard_after || self.is_weak_tive(index + 2))
    }

    /// The vowel of the endings that are said the same whatever the dictionary chose.
    fn weak_ending(&self, index: usize) -> Option<&'static str> {
        let last = self.phones.len() - 1;
        if index + 2 == last && self.name(index + 1) == "T" && self.name(last) == "IY" && self.ends("ity") {
            let liquid = matches!(self.previous(index), "L" | "R");
            return Some(if self.spelled(index, "i") && liquid {
                if self.previous(index) == "L" { "ə" } else { "ɪ" }
            } else {
                "ᵻ"
            });
        }
        if index + 1 != last {
            return None;
        }
        let before = self.previous(index);
        match self.name(last) {
            "D" if self.rest_is(index, &["ed"]) && matches!(before, "T" | "D") => Some("ᵻ"),
            "Z" if matches!(before, "S" | "Z" | "SH" | "ZH" | "CH" | "JH")
                && !self.spelled(index, "ie")
                && (self.ends("es") || self.ends("'s")) =>
            {
                Some("ᵻ")
            }
            _ => None,
        }
    }

    /// AH0.
    fn schwa(&self, index: usize) -> &'static str {
        let next = self.name(index + 1);
        if self.is_reduced_prefix(index) {
            return self.reduced_prefix(index);
        }
        if let Some(weak) = self.weak_ending(index) {
            return weak;
        }
        if self.is_between_stresses(index) {
            return "ᵻ";
        }
        if self.ends("ically") && self.spelled(index, "ally") {
            return "";
        }
        match next {
            "NG" => return "ɪ",
            "CH" | "JH" if self.spelled_any(index, &["i", "e", "age"]) => return "ɪ",
            "W" if self.is_glide_in_ual(index + 1) => return "uː",
            _ => {}
        }
        if index == 0 && self.spelled(0, "a") {
            return "ɐ";
        }
        if index == 0 && self.spelled(0, "u") {
            return "ʌ";
        }
        if self.spelled(index, "u") && matches!(self.previous(index), "Y" | "JH" | "CH") {
            return if next == "L" { "ʊ" } else { "uː" };
        }
        if index > 0 && self.is_vowel(index - 1) {
            return "ə";
        }
        if self.rest_is(index, &["et", "it", "ist", "ice", "age", "id", "in", "ic", "ed", "est"]) {
            return "ɪ";
        }
        if self.spelled(index, "ibl") {
            return "ᵻ";
        }
        if self.spelled(index, "i") && !self.spelled_any(index, &["io", "ia"]) && !self.rest_is(index, &["il"]) {
            return "ɪ";
        }
        "ə"
    }
}

const CONSONANTS: [(&str, &str); 23] = [
    ("B", "b"),
    ("CH", "tʃ"),
    ("D", "d"),
    ("DH", "ð"),
    ("F", "f"),
    ("HH", "h"),
    ("JH", "dʒ"),
    ("K", "k"),
    ("L", "l"),
    ("M", "m"),
    ("N", "n"),
    ("NG", "ŋ"),
    ("P", "p"),
    ("R", "ɹ"),
    ("S", "s"),
    ("SH", "ʃ"),
    ("T", "t"),
    ("TH", "θ"),
    ("V", "v"),
    ("W", "w"),
    ("Y", "j"),
    ("Z", "z"),
    ("ZH", "ʒ"),
];
