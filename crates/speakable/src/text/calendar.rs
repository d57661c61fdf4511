//! Dates, times of day and telephone numbers.

use super::cursor::Cursor;
use super::lexicon::{month, month_named};
use super::numbers::{cardinal, digit_names, ordinal, year};
use super::quantity::Found;

/// Reads a date, time or telephone number that begins with a digit, `+` or `(`.
pub(super) fn numeric(window: &str) -> Option<Found> {
    let c = Cursor::new(window);
    iso(c).or_else(|| slashed(c)).or_else(|| day_first(c)).or_else(|| phone(c)).or_else(|| clock_range(c))
}

/// Reads a date that begins with the name of a month: `Nov 21, 2026`, `November 2026`, `Nov. 3rd`.
pub(super) fn month_first(window: &str) -> Option<Found> {
    let mut c = Cursor::new(window);
    let name = c.take_while(|c| c.is_ascii_alphabetic());
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let name = month_named(name)?;
    let dotted = c.eat(".");
    if !c.eat(" ") {
        return (dotted && name != "May").then(|| Found { len: c.at() - 1, words: name.to_owned() });
    }
    let mut whole = c;
    if let Some(digits) = whole.digits(4, 4)
        && whole.at_edge()
        && is_year(digits)
    {
        return Some(Found::new(&whole, format!("{name} {}", year(digits))));
    }
    let Some(day) = day(&mut c) else {
        return dotted.then(|| Found { len: c.at() - 1, words: name.to_owned() });
    };
    let mut words = format!("{name} {day}");
    let mut until = c;
    if (until.eat("-") || until.eat("\u{2013}"))
        && let Some(last) = self::day(&mut until)
    {
        words = format!("{words} to {last}");
        c = until;
    }
    words.push_str(&year_after(&mut c));
    c.at_edge().then(|| Found::new(&c, words))
}

fn is_year(digits: &str) -> bool {
    ("1000".."2200").contains(&digits)
}

/// A day of the month as an ordinal; `st`, `nd`, `rd`, `th` may be written.
fn day(c: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = *c;
    let digits = ahead.digits(1, 2)?;
    for ending in ["st", "nd", "rd", "th"] {
        if ahead.eat(ending) {
            break;
        }
    }
    let follows_part = matches!(ahead.peek(), Some(':' | '%' | '/'))
        || ahead.peek() == Some('.') && ahead.peek_second().is_some_and(|c| c.is_ascii_digit());
    if !ahead.at_edge() || follows_part {
        return None;
    }
    let words = day_words(digits)?;
    *c = ahead;
    Some(words)
}

fn day_words(digits: &str) -> Option<String> {
    let value: u8 = digits.parse().ok()?;
    (1..=31).contains(&value).then(|| ordinal(&value.to_string()))
}

/// `, 2026` or ` 2026`.
fn year_after(c: &mut Cursor<'_>) -> String {
    let mut ahead = *c;
    if !ahead.eat(", ") && !ahead.eat(" ") {
        return String::new();
    }
    match ahead.digits(4, 4) {
        Some(digits) if is_year(digits) && ahead.at_edge() && ahead.peek() != Some(':') => {
            *c = ahead;
            format!(", {}", year(digits))
        }
        _ => String::new(),
    }
}

/// `2026-11-21`, with a time of day behind `T` or a space.
fn iso(mut c: Cursor<'_>) -> Option<Found> {
    let digits = c.digits(4, 4).filter(|digits| is_year(digits))?;
    let separator = c.eat_if(|c| matches!(c, '-' | '/' | '.'))?;
    let number = c.digits(1, 2)?;
    c.eat_if(|c| c == separator)?;
    let day = day_words(c.digits(1, 2)?)?;
    let date = format!("{} {day}, {}", month(number.parse().ok()?)?, year(digits));
    let mut with_time = c;
    if (with_time.eat("T") || with_time.eat(" "))
        && let Some(time) = clock(&mut with_time)
    {
        let zone = zone(&mut with_time);
        if with_time.at_edge() {
            return Some(Found::new(&with_time, format!("{date} at {time}{zone}")));
        }
    }
    c.at_edge().then(|| Found::new(&c, date))
}

fn zone(c: &mut Cursor<'_>) -> String {
    if c.eat("Z") || c.eat(" UTC") {
        return " U T C".to_owned();
    }
    let mut ahead = *c;
    let Some(sign) = ahead.eat_if(|c| c == '+' || c == '-') else {
        return String::new();
    };
    let Some(hours) = ahead.digits(2, 4) else {
        return String::new();
    };
    ahead.eat(":00");
    *c = ahead;
    let sign = if sign == '+' { "plus" } else { "minus" };
    match hours.get(..2).filter(|hours| *hours != "00") {
        Some(hours) => format!(" U T C {sign} {}", cardinal(hours.trim_start_matches('0'))),
        None => " U T C".to_owned(),
    }
}

/// `11/21/2026` (month first, unless that cannot be), `21.11.2026`.
fn slashed(mut c: Cursor<'_>) -> Option<Found> {
    let first = c.digits(1, 2)?;
    let separator = c.eat_if(|c| matches!(c, '/' | '.'))?;
    let second = c.digits(1, 2)?;
    c.eat_if(|c| c == separator)?;
    let digits = c.digits(4, 4).or_else(|| c.digits(2, 2).filter(|_| separator == '/'))?;
    if !c.at_edge() || c.peek() == Some('.') && c.peek_second().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let (a, b): (usize, usize) = (first.parse().ok()?, second.parse().ok()?);
    let (number, day) = if separator == '.' || a > 12 { (b, first) } else { (a, second) };
    let digits = if digits.len() == 2 { format!("20{digits}") } else { digits.to_owned() };
    if !is_year(&digits) {
        return None;
    }
    Some(Found::new(&c, format!("{} {}, {}", month(number)?, day_words(day)?, year(&digits))))
}

/// `21 Nov 2026`, `3rd of March`.
fn day_first(mut c: Cursor<'_>) -> Option<Found> {
    let day = day(&mut c)?;
    if !c.eat(" of ") && !c.eat(" ") && !c.eat("-") {
        return None;
    }
    let name = c.take_while(|c| c.is_ascii_alphabetic());
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let mut words = format!("{} {day}", month_named(name)?);
    let mut dotted = c;
    if dotted.eat(".") && dotted.peek() == Some(' ') && dotted.peek_second().is_some_and(|c| c.is_ascii_digit()) {
        c = dotted;
    }
    let mut hyphen = c;
    if hyphen.eat("-")
        && let Some(digits) = hyphen.digits(4, 4)
    {
        words.push_str(&format!(", {}", year(digits)));
        c = hyphen;
    } else {
        words.push_str(&year_after(&mut c));
    }
    c.at_edge().then(|| Found::new(&c, words))
}

/// One time of day or two with a dash: `4:30 p.m.`, `9am-5pm`, `16:05`.
fn clock_range(mut c: Cursor<'_>) -> Option<Found> {
    let start = c;
    let first = clock(&mut c);
    let mut until = match &first {
        Some(_) => c,
        // `9-11 am`: the first hour stands alone.
        None => {
            let mut hour = start;
            hour.digits(1, 2)?;
            hour
        }
    };
    let words = first.clone().or_else(|| hour_words(&start.rest()[..until.at() - start.at()]));
    if (until.eat("-") || until.eat("\u{2013}") || until.eat(" - ") || until.eat(" \u{2013} "))
        && let Some(last) = clock(&mut until)
        && until.at_edge()
    {
        return Some(Found::new(&until, format!("{} to {last}", words?)));
    }
    let first = first?;
    let zone = if c.rest().starts_with('Z') { zone(&mut c) } else { String::new() };
    c.at_edge().then(|| Found::new(&c, format!("{first}{zone}")))
}

fn hour_words(digits: &str) -> Option<String> {
    let hour: u8 = digits.parse().ok()?;
    (hour <= 24).then(|| cardinal(&hour.to_string()))
}

/// A time of day. An hour alone needs `am` or `pm`.
fn clock(c: &mut Cursor<'_>) -> Option<String> {
    let mut ahead = *c;
    let digits = ahead.digits(1, 2)?;
    let hour = hour_words(digits)?;
    let mut minute = None;
    let mut seconds = None;
    if ahead.eat(":") {
        minute = Some(ahead.digits(2, 2).filter(|m| *m < "60")?);
        let mut more = ahead;
        if more.eat(":") {
            seconds = Some(more.digits(2, 2).filter(|s| *s <= "60")?);
            ahead = more;
            if ahead.eat(".") {
                ahead.digits(1, 9)?;
            }
        }
    }
    let half = half_of_day(&mut ahead);
    let mut words = match (minute, half) {
        (None, None) => return None,
        (Some("00") | None, Some(_)) => hour,
        (Some("00"), None) => match digits {
            "00" | "0" | "24" => "midnight".to_owned(),
            _ if hour_of(digits) <= 12 => format!("{hour} o'clock"),
            _ => format!("{hour} hundred"),
        },
        (Some(minute), _) => match minute.strip_prefix('0') {
            Some(last) => format!("{hour} oh {}", cardinal(last)),
            None => format!("{hour} {}", cardinal(minute)),
        },
    };
    if let Some(seconds) = seconds.filter(|s| *s != "00") {
        words.push_str(&format!(" and {} seconds", cardinal(seconds.trim_start_matches('0'))));
    }
    if let Some(half) = half {
        words.push_str(half);
    }
    *c = ahead;
    Some(words)
}

fn hour_of(digits: &str) -> u8 {
    digits.parse().unwrap_or(0)
}

fn half_of_day(c: &mut Cursor<'_>) -> Option<&'static str> {
    let mut ahead = *c;
    ahead.eat(" ");
    for (written, words) in
        [("a.m.", " A M"), ("p.m.", " P M"), ("a.m", " A M"), ("p.m", " P M"), ("am", " A M"), ("pm", " P M")]
    {
        let mut word = ahead;
        if word.eat_word(written) && word.at_edge() {
            *c = word;
            return Some(words);
        }
    }
    None
}

/// A telephone number, digit by digit in its groups.
fn phone(c: Cursor<'_>) -> Option<Found> {
    let mut end = c;
    let plus = end.eat("+");
    let mut groups: Vec<&str> = Vec::new();
    let mut separators: Vec<char> = Vec::new();
    loop {
        let mut ahead = end;
        let bracket = ahead.eat("(");
        let Some(group) = ahead.digits(1, 14) else { break };
        if bracket && !ahead.eat(")") {
            return None;
        }
        groups.push(group);
        end = ahead;
        let mut next = ahead;
        let separator = next.eat_if(|c| matches!(c, ' ' | '-' | '.'));
        if separator == Some(' ') && !plus && groups.len() == 3 {
            break;
        }
        match separator {
            Some(mark) if next.peek().is_some_and(|c| c.is_ascii_digit() || c == '(') => {
                separators.push(mark);
                end = next;
            }
            None if bracket && next.peek().is_some_and(|c| c.is_ascii_digit()) => separators.push(' '),
            _ => break,
        }
    }
    let lens: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let total: usize = lens.iter().sum();
    let bracketed = c.rest().starts_with('(');
    let same = separators.windows(2).all(|pair| pair[0] == pair[1]);
    let known = match lens.as_slice() {
        _ if plus => (7..=15).contains(&total),
        [3, 3, 4] => bracketed || same,
        [1, 3, 3, 4] => groups[0] == "1",
        [3, 4] => separators == ['-'],
        _ => false,
    };
    if !known || !end.at_edge() || end.at() == c.at() {
        return None;
    }
    let spoken: Vec<String> = groups.iter().map(|group| digit_names(group)).collect();
    let sign = if plus { "plus " } else { "" };
    Some(Found::new(&end, format!("{sign}{}", spoken.join(", "))))
}
