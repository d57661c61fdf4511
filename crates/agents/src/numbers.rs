//! Spoken numbers to values: "twelve and a half", "two thirds", "3.5 million", "the twenty-first".
//!
//! Input is a row of lower-case words without punctuation, hyphens resolved (see [`words_of`]); every function reads the longest
//! number at the start of the row and says how many words it took. Nothing here knows what the number is for.

use crate::number::Number;

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(&str, i64); 4] =
    [("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000), ("trillion", 1_000_000_000_000)];
const ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const TENTHS: [&str; 8] =
    ["twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"];

/// A number read from the start of a row of words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Its value.
    pub value: Number,
    /// How many words it took, at least one.
    pub len: usize,
    /// True for a bare fraction such as "half" or "two thirds", after which "of" multiplies.
    pub is_fraction: bool,
}

/// Splits plain text into the words the functions here read: lower case, hyphens between letters as spaces, without commas.
#[must_use]
pub fn words_of(text: &str) -> Vec<String> {
    let plain = text.to_lowercase().replace(',', "");
    let words = plain.split_whitespace();
    words
        .flat_map(|word| if word == "-" { vec![word] } else { word.split('-').collect() })
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Every word that can be part of a number.
pub(crate) fn vocabulary() -> impl Iterator<Item = &'static str> {
    let scales = SCALES.iter().map(|(word, _)| *word);
    let others = ["hundred", "dozen", "half", "quarter", "quarters", "thirds", "point"];
    SMALL.into_iter().chain(TENS).chain(scales).chain(others).chain(ORDINALS).chain(TENTHS)
}

/// True for a word that a number can begin with or consist of.
pub(crate) fn is_numeric(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        || SMALL.contains(&word)
        || TENS.contains(&word)
        || word == "hundred"
        || scale(word).is_some()
}

/// The longest number at the start of `words`: cardinals, decimals, scales, fractions and mixed numbers.
///
/// ```
/// use baton_agents::numbers::{parse, words_of};
/// let reading = parse(&words_of("seven and a half miles")).unwrap();
/// assert_eq!((reading.value.to_f64(), reading.len), (7.5, 4));
/// ```
#[must_use]
pub fn parse<S: AsRef<str>>(words: &[S]) -> Option<Reading> {
    if let Some((value, mut len)) = fraction(words) {
        let after = usize::from(word(words, len) == "a");
        if let Some(factor) = scale_or_dozen(word(words, len + after)) {
            len += after + 1;
            return Some(Reading { value: value.times(Number::integer(factor))?, len, is_fraction: false });
        }
        return Some(Reading { value, len, is_fraction: true });
    }
    let (mut value, mut len) = cardinal(words).or_else(|| point(words, 0))?;
    let is_point = word(words, 0) == "point";
    if !is_point && let Some((part, part_len)) = point(words, len) {
        value = value.plus(part)?;
        len += part_len;
        (value, len) = scaled(words, value, len)?;
    } else if is_point {
        (value, len) = scaled(words, value, len)?;
    }
    if let Some(parts) = denominator(word(words, len), value) {
        return Some(Reading { value: value.divided_by(parts)?, len: len + 1, is_fraction: true });
    }
    if word(words, len) == "and"
        && let Some((part, part_len)) = fraction(tail(words, len + 1))
        && word(words, len + 1 + part_len) != "of"
    {
        value = value.plus(part)?;
        len += 1 + part_len;
        (value, len) = scaled(words, value, len)?;
    }
    Some(Reading { value, len, is_fraction: false })
}

/// The fraction words at the start of `words`: "half", "a quarter", "three quarters", "two thirds".
pub(crate) fn fraction<S: AsRef<str>>(words: &[S]) -> Option<(Number, usize)> {
    let (count, start) = match word(words, 0) {
        "half" | "quarter" => (Number::integer(1), 0),
        "a" | "one" | "1" => (Number::integer(1), 1),
        first => (Number::integer(small(first)?), 1),
    };
    let parts = denominator(word(words, start), count)?;
    Some((count.divided_by(parts)?, start + 1))
}

/// An ordinal at the start of `words` ("third", "21st", "twenty first") and its length.
#[must_use]
pub fn ordinal<S: AsRef<str>>(words: &[S]) -> Option<(u32, usize)> {
    let first = word(words, 0);
    let digits: String = first.chars().take_while(char::is_ascii_digit).collect();
    if !digits.is_empty() && ["st", "nd", "rd", "th"].contains(&&first[digits.len()..]) {
        return Some((digits.parse().ok()?, 1));
    }
    let position = |table: &[&str], word: &str| {
        table.iter().position(|entry| *entry == word).and_then(|at| u32::try_from(at).ok())
    };
    if let Some(value) = position(&ORDINALS, first) {
        return Some((value, 1));
    }
    if let Some(tens) = position(&TENTHS, first) {
        return Some(((tens + 2) * 10, 1));
    }
    let tens = position(&TENS, first)?;
    let ones = position(&ORDINALS, word(words, 1)).filter(|ones| (1..10).contains(ones))?;
    Some(((tens + 2) * 10 + ones, 2))
}

/// A year at the start of `words`: "2026", "twenty twenty six", "nineteen eighty four", "two thousand and five".
#[must_use]
pub fn year<S: AsRef<str>>(words: &[S]) -> Option<(i64, usize)> {
    let pair = || {
        let century = small(word(words, 0))
            .filter(|n| (13..20).contains(n))
            .or_else(|| (word(words, 0) == "twenty").then_some(20))?;
        let (rest, len) = cardinal(tail(words, 1))?;
        let rest = rest.to_integer().filter(|n| (10..100).contains(n))?;
        Some((century * 100 + rest, len + 1))
    };
    pair().or_else(|| {
        let (value, len) = cardinal(words)?;
        Some((value.to_integer().filter(|n| (1000..10_000).contains(n))?, len))
    })
}

/// A whole or written-out number without fraction words: "a hundred and five", "2 million", "12.5".
fn cardinal<S: AsRef<str>>(words: &[S]) -> Option<(Number, usize)> {
    let mut total = Number::integer(0);
    let mut group: Option<Number> = None;
    let mut len = 0;
    // What the next word may still add below: after "hundred" up to 99, after "twenty" up to 9, after a scale below that scale.
    let mut room = i64::MAX;
    let mut scale_room = i64::MAX;
    while len < words.len() {
        let current = word(words, len);
        let begins = group.is_none();
        if begins
            && room == i64::MAX
            && matches!(current, "a" | "an")
            && len == 0
            && scale_or_dozen(word(words, 1)).is_some()
        {
            group = Some(Number::integer(1));
        } else if let Some(numeral) = numeral(current).filter(|n| begins && fits(*n, room)) {
            group = Some(numeral);
            room = 1;
        } else if let Some(value) = small(current).filter(|value| *value < room && (begins || *value > 0)) {
            group = Some(group.unwrap_or(Number::integer(0)).plus(Number::integer(value))?);
            room = 1;
        } else if let Some(value) = tens(current).filter(|value| *value < room) {
            group = Some(group.unwrap_or(Number::integer(0)).plus(Number::integer(value))?);
            room = 10;
        } else if current == "hundred" && group.is_none_or(|value| value.to_f64() < 100.0) && scale_room > 100 {
            group = Some(group.unwrap_or(Number::integer(1)).times(Number::integer(100))?);
            room = 100;
        } else if let Some(factor) = scale(current).filter(|factor| *factor < scale_room) {
            total = total.plus(group.take().unwrap_or(Number::integer(1)).times(Number::integer(factor))?)?;
            scale_room = factor;
            room = factor;
        } else if current == "dozen" && total.is_zero() {
            return Some((group.unwrap_or(Number::integer(1)).times(Number::integer(12))?, len + 1));
        } else if current == "and"
            && len > 0
            && matches!(room, 100 | 1_000 | 1_000_000 | 1_000_000_000 | 1_000_000_000_000)
        {
            let rest = tail(words, len + 1);
            let Some((value, rest_len)) = cardinal(rest).filter(|(value, _)| fits(*value, room) && is_whole(*value))
            else {
                break;
            };
            if fraction(rest).is_some() {
                break;
            }
            total = total.plus(group.take().unwrap_or(Number::integer(0)))?.plus(value)?;
            return Some((total, len + 1 + rest_len));
        } else {
            break;
        }
        len += 1;
    }
    let value = total.plus(group.unwrap_or(Number::integer(0)))?;
    (len > 0 && !(len == 1 && matches!(word(words, 0), "a" | "an"))).then_some((value, len))
}

fn is_whole(value: Number) -> bool {
    value.to_integer().is_some_and(|value| value > 0)
}

#[expect(clippy::cast_precision_loss, reason = "room is a round number or unlimited")]
fn fits(value: Number, room: i64) -> bool {
    room == i64::MAX || value.to_f64() < room as f64
}

/// The part after a spoken decimal point at `at`: "point one four", "point 25", "point five".
fn point<S: AsRef<str>>(words: &[S], at: usize) -> Option<(Number, usize)> {
    if !matches!(word(words, at), "point" | "dot") {
        return None;
    }
    let mut digits = String::new();
    let mut len = 1;
    while digits.len() < 15 {
        let current = word(words, at + len);
        if !current.is_empty() && current.bytes().all(|byte| byte.is_ascii_digit()) && current.len() <= 15 {
            digits.push_str(current);
        } else if matches!(current, "oh" | "o") {
            digits.push('0');
        } else if let Some(value) = small(current) {
            digits.push_str(&value.to_string());
        } else if let Some(value) = tens(current) {
            let ones = small(word(words, at + len + 1)).filter(|ones| (1..10).contains(ones));
            len += usize::from(ones.is_some());
            digits.push_str(&(value + ones.unwrap_or(0)).to_string());
        } else {
            break;
        }
        len += 1;
    }
    if digits.is_empty() {
        return None;
    }
    Some((Number::from_decimal(&format!("0.{digits}"))?, len))
}

/// `value` times the scale word at `len`, if there is one there.
fn scaled<S: AsRef<str>>(words: &[S], value: Number, len: usize) -> Option<(Number, usize)> {
    match scale_or_dozen(word(words, len)) {
        Some(factor) => Some((value.times(Number::integer(factor))?, len + 1)),
        None => Some((value, len)),
    }
}

/// How many parts a fraction word means, if its number agrees with `count` ("one third", "two thirds").
fn denominator(word: &str, count: Number) -> Option<Number> {
    let count = count.to_integer().filter(|count| (1..100).contains(count))?;
    let singular = match (word, count) {
        ("half" | "quarter", 1) => word,
        ("halves", _) => "half",
        (_, 1) => word,
        _ => word.strip_suffix('s')?,
    };
    let parts = match singular {
        "half" => 2,
        "quarter" | "fourth" => 4,
        _ => i64::try_from(ORDINALS.iter().position(|entry| *entry == singular).filter(|at| (3..13).contains(at))?)
            .ok()?,
    };
    Some(Number::integer(parts))
}

fn numeral(word: &str) -> Option<Number> {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| Number::from_decimal(word)).flatten()
}

fn small(word: &str) -> Option<i64> {
    SMALL.iter().position(|entry| *entry == word).and_then(|at| i64::try_from(at).ok())
}

fn tens(word: &str) -> Option<i64> {
    let word = if word == "fourty" { "forty" } else { word };
    TENS.iter().position(|entry| *entry == word).and_then(|at| i64::try_from(at).ok()).map(|at| (at + 2) * 10)
}

fn scale(word: &str) -> Option<i64> {
    SCALES.iter().find(|(name, _)| *name == word || word.strip_suffix('s') == Some(name)).map(|(_, factor)| *factor)
}

fn scale_or_dozen(word: &str) -> Option<i64> {
    match word {
        "hundred" => Some(100),
        "dozen" => Some(12),
        _ => scale(word),
    }
}

fn word<S: AsRef<str>>(words: &[S], at: usize) -> &str {
    words.get(at).map_or("", AsRef::as_ref)
}

fn tail<S>(words: &[S], from: usize) -> &[S] {
    words.get(from..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(f64, usize)> {
        parse(&words_of(text)).map(|reading| (reading.value.to_f64(), reading.len))
    }

    #[test]
    fn cardinals_are_read() {
        for (text, value) in [
            ("zero", 0.0),
            ("nineteen", 19.0),
            ("forty-two", 42.0),
            ("fourty two", 42.0),
            ("a hundred", 100.0),
            ("hundred", 100.0),
            ("one hundred and five", 105.0),
            ("nine hundred ninety nine", 999.0),
            ("nineteen hundred", 1_900.0),
            ("two thousand and twenty six", 2_026.0),
            ("three hundred twelve thousand four hundred", 312_400.0),
            ("one million two hundred thousand and one", 1_200_001.0),
            ("a dozen", 12.0),
            ("three dozen", 36.0),
            ("1,250", 1_250.0),
            ("2 million", 2e6),
            ("2 thousand 500", 2_500.0),
        ] {
            assert_eq!(read(text), Some((value, words_of(text).len())), "{text}");
        }
    }

    #[test]
    fn fractions_and_decimals_are_read() {
        for (text, value) in [
            ("three point two four", 3.24),
            ("three point fourteen five", 3.145),
            ("zero point oh five", 0.05),
            ("two point twenty five", 2.25),
            ("point five", 0.5),
            ("3.5 million", 3.5e6),
            ("one point five million", 1.5e6),
            ("seven and a half", 7.5),
            ("7 and a quarter", 7.25),
            ("two and three quarters", 2.75),
            ("two and a half million", 2.5e6),
            ("half a million", 5e5),
            ("half", 0.5),
            ("a quarter", 0.25),
            ("one half", 0.5),
            ("three quarters", 0.75),
            ("two fifths", 0.4),
            ("3 halves", 1.5),
        ] {
            assert_eq!(read(text), Some((value, words_of(text).len())), "{text}");
        }
        assert!(parse(&words_of("two thirds of nine")).unwrap().is_fraction);
    }

    #[test]
    fn a_number_ends_where_another_begins() {
        for (text, value, len) in [
            ("two two", 2.0, 1),
            ("two and two", 2.0, 1),
            ("twenty thirty", 20.0, 1),
            ("twelve times seven", 12.0, 1),
            ("a hundred and two hundred", 100.0, 2),
            ("ten and half of six", 10.0, 1),
            ("two thousand million", 2_000.0, 2),
            ("5 6", 5.0, 1),
            ("a hundred and a half", 100.5, 5),
        ] {
            assert_eq!(read(text), Some((value, len)), "{text}");
        }
        for text in ["", "a", "a mile", "and", "point", "point blank", "love", "one second and"] {
            assert!(read(text).is_none_or(|(value, _)| value == 1.0 && text.starts_with("one")), "{text}");
        }
    }

    #[test]
    fn ordinals_and_years_are_read() {
        assert_eq!(ordinal(&words_of("21st")), Some((21, 1)));
        assert_eq!(ordinal(&words_of("twenty-third of may")), Some((23, 2)));
        assert_eq!(ordinal(&words_of("thirtieth")), Some((30, 1)));
        assert_eq!(ordinal(&words_of("third")), Some((3, 1)));
        assert_eq!(ordinal(&words_of("twenty")), None);
        assert_eq!(year(&words_of("2027")), Some((2027, 1)));
        assert_eq!(year(&words_of("twenty twenty six")), Some((2026, 3)));
        assert_eq!(year(&words_of("nineteen eighty four")), Some((1984, 3)));
        assert_eq!(year(&words_of("two thousand and five")), Some((2005, 4)));
        assert_eq!(year(&words_of("seven")), None);
    }
}
