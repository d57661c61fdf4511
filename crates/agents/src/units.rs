//! Unit conversions as they are asked for: "how many feet are in two miles", "convert 30 celsius to fahrenheit".
//!
//! A request is understood as one quantity (a number with its unit, or several such as "five feet ten") and one other unit, in any
//! order, with nothing but words of asking around them: one word that does not belong, and it is not a conversion. The factors are
//! exact by definition (the inch of 25.4 mm, the pound of 0.45359237 kg, the US gallon of 231 cubic inches); months and years are
//! the mean civil ones of 365 days. Money is no unit here, since rates change.

mod table;

use crate::number::{Number, Written};
use crate::numbers;

pub use table::{Dimension, Unit};
use table::{UNITS, find};

/// Longest row of words that is tried.
pub const WORDS_MAX: usize = 40;

/// Words of asking that may stand around the quantity and the unit.
const GLUE: &[&str] = &[
    "how",
    "many",
    "much",
    "convert",
    "conversion",
    "what",
    "is",
    "are",
    "in",
    "into",
    "to",
    "as",
    "the",
    "there",
    "does",
    "do",
    "of",
    "make",
    "makes",
    "up",
    "would",
    "be",
    "equal",
    "equals",
    "equivalent",
    "for",
    "from",
    "change",
    "turn",
    "translate",
    "express",
    "give",
    "me",
    "tell",
    "you",
    "can",
    "could",
    "i",
    "get",
    "have",
    "has",
    "contain",
    "contains",
    "fit",
    "fits",
    "go",
    "goes",
    "long",
    "far",
    "heavy",
    "hot",
    "cold",
    "warm",
    "fast",
    "tall",
    "big",
    "weigh",
    "weighs",
    "it",
    "that",
    "this",
    "on",
    "value",
    "if",
    "measured",
    "say",
    "number",
    "exactly",
    "roughly",
    "approximately",
    "about",
    "amount",
    "come",
    "comes",
    "out",
    "at",
    "need",
    "know",
    "put",
    "by",
    "am",
    "and",
    "or",
    "will",
    "did",
    "with",
    "inside",
    "one",
    "same",
    "calculate",
    "temperature",
    "outside",
    "was",
    "so",
    "degrees",
    "degree",
    "show",
    "find",
    "weight",
    "distance",
    "length",
    "expressed",
    "using",
    "worth",
    "wait",
    "two",
    "too",
    "which",
];

/// One conversion that was understood: these quantities, in that unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// What is converted, added up: "five feet ten" has two parts. Never empty.
    pub from: Vec<(Number, &'static Unit)>,
    /// What it is wanted in.
    pub to: &'static Unit,
}

/// Why a conversion has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The two units measure different things.
    Mismatch {
        /// What the quantity measures.
        from: Dimension,
        /// What the wanted unit measures.
        to: Dimension,
    },
    /// The temperature is below absolute zero.
    BelowAbsoluteZero,
    /// The result is larger than what numbers have names for.
    TooLarge,
}

/// Reads a conversion out of `words` (lower case, no punctuation).
///
/// ```
/// use baton_agents::{numbers::words_of, units};
/// let conversion = units::parse(&words_of("how many feet are in two miles")).unwrap();
/// assert_eq!(conversion.convert().unwrap().to_f64(), 10_560.0);
/// ```
#[must_use]
pub fn parse<S: AsRef<str>>(words: &[S]) -> Option<Conversion> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.len() > WORDS_MAX {
        return None;
    }
    scan(&words).or_else(|| scan(stated(&words)?)).and_then(|mut found| {
        found.settle_shared_names();
        found.conversion()
    })
}

/// From the quantity on, where something is stated before it is asked about: "a marathon is 42 kilometers, how many miles is that".
fn stated<'a, 'b>(words: &'a [&'b str]) -> Option<&'a [&'b str]> {
    let verb = words.iter().position(|word| {
        matches!(*word, "is" | "are" | "was" | "weighs" | "weigh" | "has" | "have" | "ran" | "run" | "runs" | "costs")
    })?;
    let rest = &words[verb + 1..];
    let (_, _, len) = quantity_at(rest)?;
    let asked = &rest[len..];
    let asks = asked.windows(2).any(|pair| matches!(pair, ["how", "many" | "much"] | ["what", "is"]));
    (asks && asked.iter().any(|word| matches!(*word, "that" | "it" | "this"))).then_some(rest)
}

/// A quantity at the start of `words` ("two and a half miles", "a mile", "half an hour") and its length in words.
#[must_use]
pub fn quantity<S: AsRef<str>>(words: &[S]) -> Option<(Number, &'static Unit, usize)> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    quantity_at(&words)
}

/// Every word that is part of a unit's name.
pub(crate) fn vocabulary() -> impl Iterator<Item = &'static str> {
    UNITS.iter().flat_map(|unit| unit.names.split(';')).flat_map(|name| name.split(' ')).chain(["degrees", "convert"])
}

impl Conversion {
    /// The quantity in the wanted unit.
    ///
    /// # Errors
    /// [`Trouble`] if the units do not go together or the value is impossible.
    pub fn convert(&self) -> Result<Number, Trouble> {
        let mut total = Number::integer(0);
        for (amount, unit) in &self.from {
            if unit.dimension != self.to.dimension {
                return Err(Trouble::Mismatch { from: unit.dimension, to: self.to.dimension });
            }
            total = total.plus(unit.in_base(*amount).ok_or(Trouble::TooLarge)?).ok_or(Trouble::TooLarge)?;
        }
        if self.to.dimension == Dimension::Temperature && total.to_f64() < 0.0 {
            return Err(Trouble::BelowAbsoluteZero);
        }
        self.to.of_base(total).filter(|value| value.written().is_some()).ok_or(Trouble::TooLarge)
    }

    /// The quantity as it is said: "5 feet 10 inches".
    #[must_use]
    pub fn quantity_text(&self) -> String {
        let parts: Vec<String> =
            self.from.iter().filter_map(|(amount, unit)| said(*amount, unit)).map(|(text, _)| text).collect();
        parts.join(" ")
    }
}

/// An amount with its unit in the right number, and how it was written; `None` beyond what has a name.
#[must_use]
pub fn said(amount: Number, unit: &Unit) -> Option<(String, Written)> {
    let written = amount.written_to(3)?;
    let name = if amount == Number::integer(1) || amount == Number::integer(-1) { unit.one } else { unit.many };
    Some((format!("{} {name}", written.text), written))
}

/// What a request for a conversion holds.
struct Found {
    quantities: Vec<(Number, &'static Unit)>,
    bare: Vec<&'static Unit>,
    /// Whether the first bare unit came right after "how many" and so is the wanted one.
    wants_first: bool,
    /// Whether "to" or "into" stands before the last bare unit.
    goes_to: bool,
}

fn scan(words: &[&str]) -> Option<Found> {
    let mut found = Found { quantities: Vec::new(), bare: Vec::new(), wants_first: false, goes_to: false };
    let mut at = 0;
    // Where the last quantity ended, to join "five feet ten inches".
    let mut quantity_end = None;
    while at < words.len() {
        let rest = &words[at..];
        if let Some((amount, unit, len)) = quantity_at(rest) {
            let joined = quantity_end == Some(at) || (at > 0 && quantity_end == Some(at - 1) && words[at - 1] == "and");
            if !found.quantities.is_empty() && !joined {
                return None;
            }
            found.quantities.push((amount, unit));
            at += len;
            quantity_end = Some(at);
        } else if let Some((amount, len)) = inches_left_out(&found, rest).filter(|_| quantity_end == Some(at)) {
            found.quantities.push((amount, find("inches")?));
            at += len;
            quantity_end = Some(at);
        } else if let Some((amount, len)) = degrees(rest) {
            if !found.quantities.is_empty() {
                return None;
            }
            found.quantities.push((amount, find("degrees")?));
            at += len;
        } else if let Some((unit, len)) = table::unit_at(rest).filter(|_| !is_preposition(words, at)) {
            found.wants_first |= found.bare.is_empty() && at > 0 && matches!(words[at - 1], "many" | "much");
            found.goes_to = at > 0 && matches!(words[at - 1], "to" | "into" | "two");
            found.bare.push(unit);
            at += len;
        } else if GLUE.contains(&words[at]) {
            at += 1;
        } else {
            return None;
        }
    }
    Some(found)
}

/// "in" as a word, not as the short form of inch.
fn is_preposition(words: &[&str], at: usize) -> bool {
    words[at] == "in"
        && !(at > 0
            && numbers::is_numeric(words[at - 1])
            && matches!(words.get(at + 1), Some(&("in" | "to" | "into" | "as"))))
}

/// A number and its unit: "2 miles", "a mile and a half", "half a pound", "minus five celsius", "two and a half".
fn quantity_at(words: &[&str]) -> Option<(Number, &'static Unit, usize)> {
    let is_negative = matches!(words.first(), Some(&("minus" | "negative" | "-")));
    let start = usize::from(is_negative);
    let (mut amount, mut len) = amount_at(words.get(start..)?)?;
    len += start;
    if is_preposition(words, len.min(words.len().saturating_sub(1))) {
        return None;
    }
    let (unit, unit_len) = table::unit_at(words.get(len..)?)?;
    len += unit_len;
    if words.get(len) == Some(&"and")
        && let Some((part, part_len)) = numbers::fraction(words.get(len + 1..)?)
        && table::unit_at(words.get(len + 1 + part_len..)?).is_none()
    {
        amount = amount.plus(part)?;
        len += 1 + part_len;
    }
    if unit.dimension == Dimension::Temperature && words.get(len..len + 2) == Some(&["below", "zero"]) {
        amount = amount.negated();
        len += 2;
    }
    Some((if is_negative { amount.negated() } else { amount }, unit, len))
}

fn amount_at(words: &[&str]) -> Option<(Number, usize)> {
    if let Some(reading) = numbers::parse(words) {
        let mut len = reading.len;
        if reading.is_fraction {
            len += usize::from(words.get(len) == Some(&"of"));
            len += usize::from(matches!(words.get(len), Some(&("a" | "an"))));
        }
        return Some((reading.value, len));
    }
    match words {
        ["a", "couple", "of", ..] => Some((Number::integer(2), 3)),
        ["a" | "an" | "per" | "each" | "single", ..] => Some((Number::integer(1), 1)),
        _ => None,
    }
}

/// The inches of "five foot ten": a number after feet with no unit of its own.
fn inches_left_out(found: &Found, rest: &[&str]) -> Option<(Number, usize)> {
    let (_, unit) = found.quantities.last()?;
    if unit.many != "feet" {
        return None;
    }
    let reading = numbers::parse(rest)?;
    Some((reading.value, reading.len))
}

/// "thirty degrees" or "five below zero" without a scale.
fn degrees(words: &[&str]) -> Option<(Number, usize)> {
    let is_negative = matches!(words.first(), Some(&("minus" | "negative" | "-")));
    let start = usize::from(is_negative);
    let reading = numbers::parse(words.get(start..)?)?;
    let len = start + reading.len;
    let value = if is_negative { reading.value.negated() } else { reading.value };
    match words.get(len..)? {
        ["degrees" | "degree", "below", "zero", ..] => Some((value.negated(), len + 3)),
        ["below", "zero", ..] => Some((value.negated(), len + 2)),
        ["degrees" | "degree", ..] => Some((value, len + 1)),
        _ => None,
    }
}

impl Found {
    /// Gives names that two units share to the one that fits its partner: fluid ounces beside cups, degrees beside Fahrenheit.
    fn settle_shared_names(&mut self) {
        let others: Vec<&'static Unit> =
            self.quantities.iter().map(|(_, unit)| *unit).chain(self.bare.iter().copied()).collect();
        let beside = |dimension| others.iter().any(|unit| unit.dimension == dimension);
        let has = |many: &str| others.iter().any(|unit| unit.many == many);
        let settle = |unit: &mut &'static Unit| {
            let wanted = match unit.many {
                "ounces" if beside(Dimension::Volume) => "fluid ounces",
                "degrees" if has("degrees Celsius") => "fahrenheit",
                "degrees" => "celsius",
                _ => return,
            };
            if let Some(found) = find(wanted) {
                *unit = found;
            }
        };
        self.quantities.iter_mut().for_each(|(_, unit)| settle(unit));
        self.bare.iter_mut().for_each(settle);
    }

    fn conversion(self) -> Option<Conversion> {
        match (self.quantities.as_slice(), self.bare.as_slice()) {
            ([(_, from), ..], [to]) => {
                let is_same = self.quantities.len() == 1 && from.many == to.many;
                (!is_same).then_some(Conversion { from: self.quantities, to })
            }
            // "how many feet in a mile" may lose its article: "how many feet in mile", "miles to kilometers".
            ([], [first, second]) if first.many != second.many && (self.wants_first || self.goes_to) => {
                let (from, to) = if self.wants_first { (second, first) } else { (first, second) };
                Some(Conversion { from: vec![(Number::integer(1), from)], to })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(text: &str) -> Option<Result<String, Trouble>> {
        let conversion = parse(&numbers::words_of(text))?;
        Some(conversion.convert().map(|value| said(value, conversion.to).unwrap().0))
    }

    #[test]
    fn every_dimension_is_converted() {
        for (text, expected) in [
            ("how many feet are in two miles", "10,560 feet"),
            ("convert 30 celsius to fahrenheit", "86 degrees Fahrenheit"),
            ("98.6 fahrenheit in celsius", "37 degrees Celsius"),
            ("what is zero kelvin in celsius", "minus 273.15 degrees Celsius"),
            ("minus forty celsius in fahrenheit", "minus 40 degrees Fahrenheit"),
            ("five degrees below zero in fahrenheit", "23 degrees Fahrenheit"),
            ("what is thirty degrees in fahrenheit", "86 degrees Fahrenheit"),
            ("how much is 86 degrees in celsius", "30 degrees Celsius"),
            ("5 miles in kilometers", "8.05 kilometers"),
            ("how many grams are there in a pound", "453.59 grams"),
            ("how many pounds is seventy kilos", "154.32 pounds"),
            ("how many cups in a liter", "4.23 cups"),
            ("how many ounces in a cup", "8 fluid ounces"),
            ("how many ounces in a pound", "16 ounces"),
            ("convert 100 kilometers per hour to miles per hour", "62.14 miles per hour"),
            ("60 mph in kph", "96.56 kilometers per hour"),
            ("how many megabytes are in 2 gigabytes", "2000 megabytes"),
            ("how many bits in a byte", "8 bits"),
            ("how many minutes are in a day", "1440 minutes"),
            ("how many seconds in an hour and a half", "5400 seconds"),
            ("how many days in a year", "365 days"),
            ("five foot ten in centimeters", "177.8 centimeters"),
            ("six feet and two inches in meters", "1.88 meters"),
            ("i weigh 70 kilos how much is that in pounds", "154.32 pounds"),
            ("half a mile in feet", "2640 feet"),
            ("a couple of hours in minutes", "120 minutes"),
            ("miles to kilometers", "1.61 kilometers"),
            ("how many feet in mile", "5280 feet"),
            ("10 in to cm", "25.4 centimeters"),
            ("how many acres in a hectare", "2.47 acres"),
            ("half of a gallon in liters", "1.89 liters"),
            ("a marathon is 42 kilometers how many miles is that", "26.1 miles"),
            ("how many inches are in one foot", "12 inches"),
        ] {
            assert_eq!(convert(text), Some(Ok(expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_converted_says_why() {
        let mismatch = Trouble::Mismatch { from: Dimension::Length, to: Dimension::Weight };
        assert_eq!(convert("how many kilograms in a mile"), Some(Err(mismatch)));
        assert_eq!(convert("minus 300 celsius in fahrenheit"), Some(Err(Trouble::BelowAbsoluteZero)));
        let huge = format!("{} light years in millimeters", "9".repeat(40));
        assert_eq!(convert(&huge), Some(Err(Trouble::TooLarge)));
    }

    #[test]
    fn what_is_no_conversion_is_left_alone() {
        for text in [
            "",
            "how long is a piece of string",
            "how many miles is it to new york",
            "a mile",
            "two miles",
            "how many feet does a dog have",
            "how many dollars in a pound",
            "is a mile longer than a kilometer",
            "five miles and six kilos in feet and pounds",
            "miles",
            "how many years ago was that day",
            "one mile in one foot in one inch",
            "mile mile",
        ] {
            assert_eq!(convert(text), None, "{text}");
        }
        assert_eq!(parse(&vec!["miles"; 300]), None);
    }

    #[test]
    fn quantities_are_said_as_they_are_meant() {
        let conversion = parse(&numbers::words_of("five foot ten in centimeters")).unwrap();
        assert_eq!(conversion.quantity_text(), "5 feet 10 inches");
        assert_eq!(said(Number::integer(1), find("miles").unwrap()).unwrap().0, "1 mile");
        assert_eq!(quantity(&["half", "an", "hour", "ago"]).unwrap().2, 3);
    }
}
