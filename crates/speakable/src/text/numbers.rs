//! Numbers as words: cardinals, ordinals, years, digits one by one.
//!
//! Words come without hyphens and without "and" ("one hundred five"), as the pronunciation wants them.

use num2words::Num2Words;

const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// Longest run of digits read as one number; longer ones are read digit by digit.
const CARDINAL_LEN_MAX: usize = 15;
/// Longest run of digits read out at all.
const DIGITS_LEN_MAX: usize = 20;

/// A run of ASCII digits as a cardinal. Leading zeros and very long runs are read digit by digit.
pub(super) fn cardinal(digits: &str) -> String {
    if digits.len() == 1 || digits.starts_with('0') || digits.len() > CARDINAL_LEN_MAX {
        return digit_names(digits);
    }
    let Ok(value) = digits.parse::<u64>() else {
        return digit_names(digits);
    };
    clean(Num2Words::new(value).cardinal().to_words().ok(), digits)
}

/// A number as an ordinal: "twenty first".
pub(super) fn ordinal(digits: &str) -> String {
    match digits.parse::<u64>() {
        Ok(value) if digits.len() <= CARDINAL_LEN_MAX => clean(Num2Words::new(value).ordinal().to_words().ok(), digits),
        _ => digit_names(digits),
    }
}

/// A year, and every other four digits read in pairs: "nineteen eighty four", "eighty eighty".
pub(super) fn year(digits: &str) -> String {
    match digits.parse::<u64>() {
        Ok(value) if digits.len() == 4 && value >= 1000 => clean(Num2Words::new(value).year().to_words().ok(), digits),
        _ => cardinal(digits),
    }
}

/// Short codes as people read them: 404 "four oh four", 192 "one ninety two", 8080 "eighty eighty".
pub(super) fn code(digits: &str) -> String {
    let bytes = digits.as_bytes();
    if digits.starts_with('0') || digits.len() > 4 {
        return if digits == "0" { "zero".to_owned() } else { digit_names(digits) };
    }
    if digits.len() == 3 && !digits.ends_with("00") {
        let first = DIGITS[usize::from(bytes[0] - b'0')];
        let rest = &digits[1..];
        return match rest.strip_prefix('0') {
            Some(last) => format!("{first} oh {}", cardinal(last)),
            None => format!("{first} {}", cardinal(rest)),
        };
    }
    year(digits)
}

/// Digits one by one; a run too long to follow is described by its length.
pub(super) fn digit_names(digits: &str) -> String {
    if digits.len() > DIGITS_LEN_MAX {
        return format!("a number of {} digits", cardinal(&digits.len().to_string()));
    }
    let names: Vec<&str> = digits.bytes().filter(u8::is_ascii_digit).map(|b| DIGITS[usize::from(b - b'0')]).collect();
    names.join(" ")
}

/// A small count as a cardinal.
pub(super) fn count(value: usize) -> String {
    cardinal(&value.to_string())
}

/// Letters and digits one by one: `3f2a` "three F two A". Other characters are left out.
pub(super) fn spell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(char::is_ascii_alphanumeric) {
        if !out.is_empty() {
            out.push(' ');
        }
        match c.to_digit(10) {
            Some(digit) => out.push_str(DIGITS[digit as usize]),
            None => out.push(c.to_ascii_uppercase()),
        }
    }
    out
}

/// The plural of the last word of a number: "nineties", "hundreds".
pub(super) fn plural(words: &str) -> String {
    match words.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if words.ends_with('x') => format!("{words}es"),
        None => format!("{words}s"),
    }
}

fn clean(words: Option<String>, digits: &str) -> String {
    let Some(words) = words else {
        return digit_names(digits);
    };
    let kept: Vec<&str> = words.split([' ', '-']).filter(|word| !word.is_empty() && *word != "and").collect();
    kept.join(" ")
}

/// A number as written, taken apart.
#[derive(Clone)]
pub(super) struct Number {
    /// Digits before the point, without separators; "0" where nothing was written.
    pub(super) whole: String,
    /// Digits after the point.
    pub(super) fraction: Option<String>,
    /// Whether thousands were separated.
    pub(super) grouped: bool,
    /// Power of ten, from `1e6` or `1.5e-3`.
    exponent: Option<(bool, String)>,
}

impl Number {
    /// Reads a number without sign: `12`, `1,234.5`, `1_000`, `.5`, `1e6`.
    pub(super) fn read(c: &mut super::cursor::Cursor<'_>) -> Option<Self> {
        let mut ahead = *c;
        let mut whole = ahead.take_while(|c| c.is_ascii_digit()).to_owned();
        let mut grouped = false;
        if (1..=3).contains(&whole.len()) {
            for separator in [",", "_"] {
                loop {
                    let mut group = ahead;
                    let Some(digits) = group.eat(separator).then(|| group.digits(3, 3)).flatten() else {
                        break;
                    };
                    whole.push_str(digits);
                    grouped = true;
                    ahead = group;
                }
            }
        }
        let mut fraction = None;
        let mut point = ahead;
        if point.eat(".") {
            fraction = point.digits(1, 24).map(str::to_owned);
        }
        if fraction.is_some() {
            ahead = point;
        }
        if whole.is_empty() {
            fraction.as_ref()?;
            whole.push('0');
        }
        let exponent = Self::read_exponent(&mut ahead);
        *c = ahead;
        Some(Self { whole, fraction, grouped, exponent })
    }

    fn read_exponent(c: &mut super::cursor::Cursor<'_>) -> Option<(bool, String)> {
        let mut ahead = *c;
        ahead.eat_if(|c| c == 'e' || c == 'E')?;
        let negative = ahead.eat("-");
        if !negative {
            ahead.eat("+");
        }
        let digits = ahead.digits(1, 3)?.to_owned();
        if !ahead.at_edge() {
            return None;
        }
        *c = ahead;
        Some((negative, digits))
    }

    /// Whether nothing but plain digits was written.
    pub(super) fn is_plain(&self) -> bool {
        self.fraction.is_none() && !self.grouped && self.exponent.is_none()
    }

    pub(super) fn is_one(&self) -> bool {
        self.whole == "1" && self.fraction.is_none() && self.exponent.is_none()
    }

    /// The number in words.
    pub(super) fn words(&self) -> String {
        let mut words = cardinal(&self.whole);
        if let Some(fraction) = &self.fraction {
            words.push_str(" point ");
            words.push_str(&digit_names(fraction));
        }
        if let Some((negative, digits)) = &self.exponent {
            words.push_str(" times ten to the ");
            words.push_str(if *negative { "minus " } else { "" });
            words.push_str(&cardinal(digits));
        }
        words
    }
}
