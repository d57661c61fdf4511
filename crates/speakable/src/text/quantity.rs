//! Amounts: numbers with what stands around them — sign, money, unit, percent, range, fraction, ordinal.

use super::cursor::Cursor;
use super::lexicon::{currency, unit_named};
use super::numbers::{Number, cardinal, code, digit_names, ordinal, plural, spell, year};

/// What a rule made of the beginning of a text.
pub(super) struct Found {
    /// Bytes it took.
    pub(super) len: usize,
    /// Plain words, with commas where the voice should pause.
    pub(super) words: String,
}

impl Found {
    pub(super) fn new(c: &Cursor<'_>, words: impl Into<String>) -> Self {
        Self { len: c.at(), words: words.into() }
    }
}

/// What stands before the place where a rule is tried.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The word before, in lower case; empty at the beginning and after a sentence.
    pub(super) previous: &'a str,
    /// The character directly before.
    pub(super) before: Option<char>,
}

/// Words after which a number of four digits before 1900 is a year.
const YEAR_CUES: &[&str] = &[
    "in", "since", "from", "until", "till", "by", "of", "before", "after", "during", "year", "circa", "around",
    "about", "between", "and", "to", "late", "early", "mid", "born", "died",
];
/// Words after which digits are a name, not a count.
const CODE_CUES: &[&str] = &[
    "port",
    "error",
    "status",
    "http",
    "room",
    "flight",
    "route",
    "highway",
    "extension",
    "area",
    "boeing",
    "gate",
    "rfc",
    "iso",
];

/// Words after which `80s` is a decade, not a time in seconds.
const DECADE_CUES: &[&str] = &["the", "early", "mid", "late", "his", "her", "my", "their"];

const SCALES: &[&str] = &["thousand", "million", "billion", "trillion"];

/// Reads an amount at the beginning of `window`.
pub(super) fn amount(window: &str, context: Context<'_>) -> Option<Found> {
    let mut c = Cursor::new(window);
    let sign = read_sign(&mut c, context);
    let money = read_currency(&mut c);
    let sign = if sign.is_empty() && money.is_some() && c.eat("-") { "minus " } else { sign };
    let after_apostrophe = sign.is_empty() && money.is_none() && c.eat("'");
    if !c.peek().is_some_and(|next| next.is_ascii_digit() || next == '.') {
        return None;
    }
    if after_apostrophe {
        return short_year(c);
    }
    if let Some(symbol) = money {
        return priced(c, sign, symbol);
    }
    if let Some(found) = hexadecimal(c).or_else(|| ordinal_or_decade(c, context)).or_else(|| feet_and_inches(c)) {
        return Some(found);
    }
    let start = c;
    let first = Number::read(&mut c)?;
    if first.is_plain()
        && sign.is_empty()
        && let Some(found) = fraction(start, &first, context)
    {
        return Some(found);
    }
    if let Some(found) = range(c, sign, &first).filter(|_| context.before != Some('-')) {
        return Some(found);
    }
    let mut words = match suffix(&mut c, first.is_one()) {
        // A house: 221B.
        Some(_) if first.whole.len() > 2 && is_lettered(&window[..c.at()]) => {
            return None;
        }
        // Lines of a screen: 1080p.
        Some(suffix) if suffix == "P" && first.is_plain() => format!("{sign}{} P", code(&first.whole)),
        Some(suffix) => format!("{sign}{} {suffix}", first.words()),
        None => format!("{sign}{}", bare(&first, context)),
    };
    words.push_str(exponent_after(&mut c));
    if !c.at_edge() {
        return None;
    }
    // A sign or point that another number follows is read by whoever reads that number.
    Some(Found::new(&c, words))
}

fn read_sign(c: &mut Cursor<'_>, context: Context<'_>) -> &'static str {
    if context.before.is_some_and(|c| c.is_alphanumeric() || c == ')' || c == ']') {
        return "";
    }
    for (sign, words) in [
        ("-", "minus "),
        ("+", "plus "),
        ("\u{B1}", "plus or minus "),
        ("~", "about "),
        ("<", "less than "),
        (">", "more than "),
    ] {
        if c.eat(sign) {
            return words;
        }
    }
    ""
}

fn read_currency(c: &mut Cursor<'_>) -> Option<char> {
    if c.rest().starts_with("US$") {
        c.eat("US");
    }
    c.eat_if(|c| currency(c).is_some())
}

/// `'90s` and `'05`.
fn short_year(mut c: Cursor<'_>) -> Option<Found> {
    let digits = c.digits(2, 2)?;
    let words = if c.eat("s") {
        plural(&cardinal(digits))
    } else if let Some(last) = digits.strip_prefix('0') {
        format!("oh {}", cardinal(last))
    } else {
        cardinal(digits)
    };
    c.at_edge().then(|| Found::new(&c, words))
}

/// `$3.50`, `€2.5 million`, `$5-10`, `£20/month`.
fn priced(mut c: Cursor<'_>, sign: &str, symbol: char) -> Option<Found> {
    let first = Number::read(&mut c)?;
    let mut words = String::new();
    let mut second = c;
    if second.eat("-") || second.eat("\u{2013}") {
        second.eat_if(|c| c == symbol);
        if second.peek().is_some_and(|c| c.is_ascii_digit())
            && let Some(upper) = Number::read(&mut second)
        {
            let scale = scale(&mut second);
            if second.at_edge() {
                words = format!("{} to {}", first.words(), price(&upper, scale, symbol));
                c = second;
            }
        }
    }
    if words.is_empty() {
        let scale = scale(&mut c);
        words = price(&first, scale, symbol);
    }
    let mut code = c;
    if code.eat(" USD") && code.at_edge() {
        c = code;
    }
    words.push_str(&per(&mut c));
    c.at_edge().then(|| Found::new(&c, format!("{sign}{words}")))
}

fn price(number: &Number, scale: Option<&str>, symbol: char) -> String {
    let (one, many, cent, cents) = currency(symbol).unwrap_or(("", "", "", ""));
    if let Some(scale) = scale {
        return format!("{} {scale} {many}", number.words());
    }
    let Some(fraction) = number.fraction.as_deref().filter(|f| f.len() == 2) else {
        return format!("{} {}", number.words(), if number.is_one() { one } else { many });
    };
    let small = cardinal(fraction.trim_start_matches('0'));
    let small = format!("{small} {}", if fraction == "01" { cent } else { cents });
    let whole = format!("{} {}", cardinal(&number.whole), if number.whole == "1" { one } else { many });
    match (number.whole.as_str(), fraction) {
        (_, "00") => whole,
        ("0", _) => small,
        _ => format!("{whole} and {small}"),
    }
}

/// "million" after a number, written out or as a letter.
fn scale(c: &mut Cursor<'_>) -> Option<&'static str> {
    let mut ahead = *c;
    ahead.eat(" ");
    for scale in SCALES {
        let mut word = ahead;
        if word.eat_word(scale) && word.at_edge() {
            *c = word;
            return Some(scale);
        }
    }
    for (letter, scale) in [
        ("bn", "billion"),
        ("mn", "million"),
        ("k", "thousand"),
        ("K", "thousand"),
        ("m", "million"),
        ("M", "million"),
        ("b", "billion"),
        ("B", "billion"),
        ("T", "trillion"),
    ] {
        let mut word = *c;
        if word.eat(letter) && word.at_edge() {
            *c = word;
            return Some(scale);
        }
    }
    None
}

/// `/month`, `/h` after an amount.
fn per(c: &mut Cursor<'_>) -> String {
    let mut ahead = *c;
    if !ahead.eat("/") {
        return String::new();
    }
    let word = ahead.take_while(|c| c.is_ascii_alphabetic());
    if word.is_empty() || !ahead.at_edge() {
        return String::new();
    }
    *c = ahead;
    let word = match word {
        "mo" => "month",
        "yr" => "year",
        _ => unit_named(word, false).map_or(word, |unit| unit.one),
    };
    format!(" per {word}")
}

fn hexadecimal(mut c: Cursor<'_>) -> Option<Found> {
    if !(c.eat("0x") || c.eat("0X")) {
        return None;
    }
    let digits = c.take_while(|c| c.is_ascii_hexdigit() || c == '_');
    let plain = digits.replace('_', "");
    if plain.is_empty() || !c.at_edge() {
        return None;
    }
    let shown = plain.get(..4).filter(|_| plain.len() > 8);
    let more = if shown.is_some() { ", and so on" } else { "" };
    Some(Found::new(&c, format!("hex {}{more}", spell(shown.unwrap_or(&plain)))))
}

/// `21st`, `1990s`, `90s`.
fn ordinal_or_decade(mut c: Cursor<'_>, context: Context<'_>) -> Option<Found> {
    let number = Number::read(&mut c)?;
    if number.fraction.is_some() {
        return None;
    }
    let digits = number.whole.as_str();
    for ending in ["st", "nd", "rd", "th"] {
        let mut ahead = c;
        if ahead.eat_word(ending) && ahead.at_edge() {
            return Some(Found::new(&ahead, ordinal(digits)));
        }
    }
    let decade = digits.ends_with('0') && matches!(digits.len(), 2 | 4) && number.is_plain();
    let years = decade && (digits.len() == 4 || digits >= "20" && DECADE_CUES.contains(&context.previous));
    c.eat("'");
    (years && c.eat("s") && c.at_edge()).then(|| Found::new(&c, plural(&year(digits))))
}

/// `6'2"` and `5'`.
fn feet_and_inches(mut c: Cursor<'_>) -> Option<Found> {
    let feet = c.digits(1, 2)?;
    if !c.eat("'") {
        return None;
    }
    let inches = c.digits(1, 2)?;
    c.eat("\"");
    let foot = if feet == "1" { "foot" } else { "feet" };
    c.at_edge().then(|| Found::new(&c, format!("{} {foot} {}", cardinal(feet), cardinal(inches))))
}

/// `1/2`, `2 1/2`, `18/20`.
fn fraction(mut c: Cursor<'_>, first: &Number, context: Context<'_>) -> Option<Found> {
    let whole = c.digits(1, 3)?;
    let mut mixed = c;
    if mixed.eat(" ")
        && let Some(top) = mixed.digits(1, 2)
        && let Some(part) = fraction_part(&mut mixed, top).filter(|part| part.is_proper)
    {
        let after = suffix(&mut mixed, false).map_or_else(String::new, |words| format!(" {words}"));
        return Some(Found::new(&mixed, format!("{} and {}{after}", first.words(), part.counted())));
    }
    if context.before == Some('/') {
        return None;
    }
    let part = fraction_part(&mut c, whole)?;
    Some(Found::new(&c, part.words))
}

struct Part {
    words: String,
    is_proper: bool,
}

impl Part {
    /// "a half" rather than "one half", as said behind a whole number.
    fn counted(&self) -> String {
        match self.words.strip_prefix("one ") {
            Some(rest) if rest.starts_with("eight") => format!("an {rest}"),
            Some(rest) => format!("a {rest}"),
            None => self.words.clone(),
        }
    }
}

/// Reads the slash and what is under it.
fn fraction_part(c: &mut Cursor<'_>, top: &str) -> Option<Part> {
    let mut ahead = *c;
    let written = ahead.eat("\u{2044}");
    if !written && !ahead.eat("/") {
        return None;
    }
    let bottom = ahead.digits(1, 4)?;
    if !ahead.at_edge() || ahead.peek() == Some('/') {
        return None;
    }
    *c = ahead;
    let (upper, lower): (u32, u32) = (top.parse().ok()?, bottom.parse().ok()?);
    let named = matches!(lower, 2..=10 | 16 | 32 | 64 | 100) && upper > 0 && upper < lower && !bottom.starts_with('0');
    if !named && !written {
        let between = if upper <= lower { "out of" } else { "over" };
        return Some(Part { words: format!("{} {between} {}", cardinal(top), cardinal(bottom)), is_proper: false });
    }
    let name = match lower {
        2 => "half".to_owned(),
        4 => "quarter".to_owned(),
        _ => ordinal(bottom),
    };
    let name = match (upper, lower) {
        (1, _) => name,
        (_, 2) => "halves".to_owned(),
        _ => plural(&name),
    };
    Some(Part { words: format!("{} {name}", cardinal(top)), is_proper: upper < lower })
}

/// `5-10 km`, `1990–1995`, `1920x1080`, `10%-20%`.
fn range(mut c: Cursor<'_>, sign: &str, first: &Number) -> Option<Found> {
    let own = suffix(&mut c, first.is_one());
    let mut between = c;
    let joint = if between.eat("\u{2013}") || between.eat(" \u{2013} ") || between.eat("-") {
        "to"
    } else if between.eat("x") || between.eat("\u{D7}") || between.eat(" \u{D7} ") {
        if between.rest().starts_with(|c: char| c.is_ascii_digit()) && c.rest().starts_with('x') {
            "by"
        } else {
            "times"
        }
    } else if own.is_none() && first.is_plain() && between.eat(":") {
        "to"
    } else {
        return None;
    };
    let second = between.peek().filter(char::is_ascii_digit).and_then(|_| Number::read(&mut between))?;
    if joint == "to"
        && between.peek().is_some_and(|c| matches!(c, '-' | '\u{2013}' | ':'))
        && between.peek_second().is_some_and(|c| c.is_ascii_digit())
    {
        return None;
    }
    let second_suffix = suffix(&mut between, second.is_one());
    if !between.at_edge() {
        return None;
    }
    let screen = joint == "by";
    let years = joint == "to" && is_year(first) && own.is_none() && second_suffix.is_none();
    let shorter = second.is_plain() && second.whole.len() == 2;
    let say = |number: &Number| match () {
        () if years && (is_year(number) || shorter) => year(&number.whole),
        () if screen && number.is_plain() => code(&number.whole),
        () => number.words(),
    };
    let mut words = format!("{sign}{}", say(first));
    if let Some(own) = own.filter(|own| second_suffix.as_ref() != Some(own)) {
        words.push(' ');
        words.push_str(&own);
    }
    words.push_str(&format!(" {joint} {}", say(&second)));
    if let Some(suffix) = second_suffix {
        words.push(' ');
        words.push_str(&suffix);
    }
    Some(Found::new(&between, words))
}

fn is_year(number: &Number) -> bool {
    number.is_plain() && number.whole.len() == 4 && ("1100".."2100").contains(&number.whole.as_str())
}

/// A number by itself: a year, a code, a count.
fn bare(number: &Number, context: Context<'_>) -> String {
    let digits = number.whole.as_str();
    if !number.is_plain() {
        return number.words();
    }
    if matches!(digits.len(), 3..=4) && CODE_CUES.contains(&context.previous) {
        return code(digits);
    }
    let cue = YEAR_CUES.contains(&context.previous);
    if digits.len() == 4 && (("1900".."2100").contains(&digits) || cue && is_year(number)) {
        return year(digits);
    }
    if digits.len() >= 10 {
        return digit_names(digits);
    }
    number.words()
}

/// A unit after a number, in words that agree with it.
fn suffix(c: &mut Cursor<'_>, one: bool) -> Option<String> {
    let mut ahead = *c;
    let spaced = ahead.eat(" ");
    let hyphen = !spaced
        && ahead.rest().starts_with('-')
        && ahead.peek_second().is_some_and(char::is_alphabetic)
        && ahead.eat("-");
    let written = ahead.take_while(|c| {
        c.is_alphabetic()
            || matches!(c, '%' | '\u{2030}' | '\u{B0}' | '$' | '"')
            || currency(c).is_some()
            || c == '\u{A2}'
    });
    let first = unit_named(written, spaced).filter(|_| !hyphen || written.len() > 1);
    let (written_alone, glued) = match first {
        Some(unit) => (unit, 0),
        None => {
            // A quote or sign may stick to the unit.
            let trimmed = written.trim_end_matches(['"', '$']);
            (unit_named(trimmed, spaced)?, written.len() - trimmed.len())
        }
    };
    let mut end = *c;
    end.take_exact(ahead.at() - c.at() - glued);
    // A bare letter after a space is a unit only if no word goes on.
    let power = end;
    let squared = end.eat("^2") || end.eat("2") && end.at_edge();
    if !squared {
        end = power;
    }
    let cubed = !squared && (end.eat("^3") || end.eat("3") && end.at_edge());
    if !squared && !cubed {
        end = power;
    }
    let mut words = if one || hyphen { written_alone.one } else { written_alone.many }.to_owned();
    if squared {
        words = format!("square {words}");
    } else if cubed {
        words = format!("cubic {words}");
    }
    words.push_str(&per(&mut end));
    let name_in_formula = written_alone.written.eq_ignore_ascii_case("x") && formula_goes_on(end);
    if name_in_formula {
        return None;
    }
    let symbol = written_alone.written.ends_with(|c: char| !c.is_alphabetic());
    if !end.at_edge() && !symbol {
        return None;
    }
    *c = end;
    Some(words)
}

/// Whether a number ends in a `B` that belongs to no unit.
fn is_lettered(written: &str) -> bool {
    written.strip_suffix('B').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()))
}

/// Whether an operator follows: `3x + 5`.
fn formula_goes_on(mut c: Cursor<'_>) -> bool {
    c.take_while(|c| c == ' ');
    matches!(c.peek(), Some('+' | '-' | '=' | '^' | '*' | '/'))
}

/// `^2` after a number.
fn exponent_after(c: &mut Cursor<'_>) -> &'static str {
    if c.eat("^2") {
        " squared"
    } else if c.eat("^3") {
        " cubed"
    } else {
        ""
    }
}
