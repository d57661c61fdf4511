//! Word errors, counted: what was said and what was heard are brought into one form, then compared.
//!
//! The form is lower case without punctuation, with numbers in words and abbreviated titles written out.
//! Nothing else is forgiven: another spelling of a word is an error.

/// The words of `text` in the form that is compared.
pub(crate) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let chars: Vec<char> = lower.chars().collect();
    let digit_at = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let mut plain = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let between_digits = i > 0 && digit_at(i - 1) && digit_at(i + 1);
        match c {
            ',' if between_digits => {}
            '.' if between_digits => plain.push_str(" point "),
            '%' => plain.push_str(" percent "),
            '&' => plain.push_str(" and "),
            c if c.is_alphanumeric() || c == '\'' => plain.push(c),
            _ => plain.push(' '),
        }
    }
    plain
        .split_whitespace()
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .flat_map(in_words)
        .collect()
}

/// One word, or the several that a number is spoken as.
fn in_words(word: &str) -> Vec<String> {
    let one = |word: &str| vec![word.to_owned()];
    match word {
        "mr" => return one("mister"),
        "mrs" => return one("missus"),
        "dr" => return one("doctor"),
        _ => {}
    }
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let Ok(number) = digits.parse::<u64>() else {
        return one(word);
    };
    let mut spoken = cardinal(number);
    match &word[digits.len()..] {
        "" => {}
        "st" | "nd" | "rd" | "th" => {
            let last = spoken.pop().unwrap_or_default();
            spoken.push(ordinal(&last));
        }
        "s" => {
            let last = spoken.pop().unwrap_or_default();
            spoken.push(last.strip_suffix('y').map_or(format!("{last}s"), |l| format!("{l}ies")));
        }
        rest => spoken.push(rest.to_owned()),
    }
    spoken
}

fn cardinal(number: u64) -> Vec<String> {
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
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let joined = |high: Vec<String>, unit: Option<&str>, rest: u64| {
        let mut all = high;
        all.extend(unit.map(str::to_owned));
        if rest > 0 {
            all.extend(cardinal(rest));
        }
        all
    };
    match number {
        0..20 => vec![SMALL[number as usize].to_owned()],
        20..100 => joined(vec![TENS[number as usize / 10].to_owned()], None, number % 10),
        100..1_000 => joined(cardinal(number / 100), Some("hundred"), number % 100),
        1_000..1_000_000 => joined(cardinal(number / 1_000), Some("thousand"), number % 1_000),
        _ => joined(cardinal(number / 1_000_000), Some("million"), number % 1_000_000),
    }
}

fn ordinal(last: &str) -> String {
    match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        other => other.strip_suffix('y').map_or(format!("{other}th"), |stem| format!("{stem}ieth")),
    }
}

/// The least number of words to change, leave out and put in that turns one list into the other.
pub(crate) fn errors(said: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, said) in said.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, heard) in heard.iter().enumerate() {
            let changed = diagonal + usize::from(said != heard);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[heard.len()]
}
