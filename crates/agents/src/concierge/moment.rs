//! Points in time as they are said: "tomorrow", "in two weeks", "next Friday", "the third of March", "a week from today".

use jiff::civil::{Date, Weekday};
use jiff::{Span, Zoned};

use crate::{numbers, units};

/// A point in time relative to a "now" that is passed in later.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    base: Base,
    /// Amounts to go forward (or back, if negative) from the base.
    shifts: Vec<Shift>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Base {
    Now,
    Weekday(Weekday, Which),
    Day { month: i8, day: i8, year: Year },
}

/// The year of a day of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Year {
    /// The nearest one ahead (or back).
    Nearest,
    Named(i16),
    /// So many years from this one.
    Relative(i16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Today or the first one to come.
    This,
    Next,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shift {
    Seconds(i64),
    Days(i64),
    Months(i64),
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
/// Holidays that are on the same day everywhere and every year.
const HOLIDAYS: [(&str, i8, i8); 10] = [
    ("christmas eve", 12, 24),
    ("christmas day", 12, 25),
    ("christmas", 12, 25),
    ("xmas", 12, 25),
    ("new year eve", 12, 31),
    ("new year day", 1, 1),
    ("new year", 1, 1),
    ("halloween", 10, 31),
    ("valentine day", 2, 14),
    ("the new year", 1, 1),
];

/// The words that name points in time.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static str> {
    let others = ["today", "tomorrow", "yesterday", "tonight", "after", "before", "christmas", "halloween"];
    MONTHS.into_iter().chain(WEEKDAYS.map(|(name, _)| name)).chain(others)
}

/// The point in time at the start of `words`, the longest wording first, and its length in words.
pub(super) fn moment_at(words: &[&str]) -> Option<(Moment, usize)> {
    shifted(words).or_else(|| base(words))
}

/// "in two weeks", "two hours from now", "three days ago", "a week after tomorrow", "the day after tomorrow".
fn shifted(words: &[&str]) -> Option<(Moment, usize)> {
    let now = |shifts: Vec<Shift>| Moment { base: Base::Now, shifts };
    if let Some(("in" | "after" | "within", rest)) = words.split_first().map(|(first, rest)| (*first, rest)) {
        let (shifts, len) = amount(rest, 1)?;
        // "in two weeks time", "in two weeks from now"
        let more = match rest.get(len..)? {
            ["time", ..] if words.iter().filter(|word| **word == "time").count() > 1 || rest.len() == len + 1 => 1,
            ["from", "now" | "today", ..] => 2,
            _ => 0,
        };
        return Some((now(shifts), 1 + len + more));
    }
    let skip = usize::from(words.first() == Some(&"the"));
    let words = &words[skip..];
    if let [first @ ("next" | "last" | "this" | "coming" | "following" | "previous"), unit, ..] = words {
        let sign = match *first {
            "next" | "coming" | "following" => 1,
            "last" | "previous" => -1,
            _ => 0,
        };
        let shift = match *unit {
            "week" => Shift::Days(7 * sign),
            "month" => Shift::Months(sign),
            "year" => Shift::Months(12 * sign),
            _ => return None,
        };
        return Some((now(vec![shift]), 2 + skip));
    }
    let (forward, backward, len) = {
        let one_day = [Shift::Days(1)].to_vec();
        match words {
            ["day", "after" | "before", ..] => (one_day, vec![Shift::Days(-1)], 1),
            _ => {
                let (forward, len) = amount(words, 1)?;
                (forward, amount(words, -1)?.0, len)
            }
        }
    };
    let rest = &words[len..];
    match rest {
        ["ago" | "earlier", ..] => return Some((now(backward), skip + len + 1)),
        ["later" | "hence" | "ahead", ..] => return Some((now(forward), skip + len + 1)),
        _ => {}
    }
    let (shifts, link) = match rest {
        ["from" | "after" | "past", ..] => (forward, 1),
        ["before" | "prior", ..] => (backward, 1),
        _ => return None,
    };
    let (mut moment, base_len) = match &rest[link..] {
        ["now" | "this" | "then", ..] => (now(Vec::new()), 1),
        rest => base(rest)?,
    };
    moment.shifts.extend(shifts);
    Some((moment, skip + len + link + base_len))
}

/// An amount of time, possibly of several parts ("two hours and thirty minutes").
fn amount(words: &[&str], sign: i64) -> Option<(Vec<Shift>, usize)> {
    let mut shifts = Vec::new();
    let mut len = 0;
    loop {
        let rest = words.get(len..)?;
        let skip = usize::from(!shifts.is_empty() && rest.first() == Some(&"and"));
        let Some((shift, part_len)) = part(&rest[skip..], sign) else { break };
        shifts.push(shift);
        len += skip + part_len;
    }
    (!shifts.is_empty()).then_some((shifts, len))
}

fn part(words: &[&str], sign: i64) -> Option<(Shift, usize)> {
    let (number, unit, len) = units::quantity(words)?;
    let value = number.to_f64();
    let whole = |factor: f64| {
        let scaled = value * factor;
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, far beyond the calendar")]
        (scaled.fract() == 0.0).then_some((scaled as i64).saturating_mul(sign))
    };
    let shift = match unit.one {
        "second" => Shift::Seconds(whole(1.0)?),
        "minute" => Shift::Seconds(whole(60.0)?),
        "hour" => Shift::Seconds(whole(3_600.0)?),
        "day" => whole(1.0).map(Shift::Days).or_else(|| whole(86_400.0).map(Shift::Seconds))?,
        "week" => Shift::Days(whole(7.0)?),
        "fortnight" => Shift::Days(whole(14.0)?),
        "month" => Shift::Months(whole(1.0)?),
        "year" => Shift::Months(whole(12.0)?),
        "decade" => Shift::Months(whole(120.0)?),
        "century" => Shift::Months(whole(1_200.0)?),
        _ => return None,
    };
    Some((shift, len))
}

/// A point in time without an amount: "tomorrow", "next Friday", "March third", "Christmas".
fn base(words: &[&str]) -> Option<(Moment, usize)> {
    let days =
        |days: i64| Moment { base: Base::Now, shifts: if days == 0 { Vec::new() } else { vec![Shift::Days(days)] } };
    match words.first()? {
        &"today" | &"tonight" => return Some((days(0), 1)),
        &"tomorrow" => return Some((days(1), 1)),
        &"yesterday" => return Some((days(-1), 1)),
        _ => {}
    }
    let weekday = |word: &str| {
        WEEKDAYS
            .iter()
            .find(|(name, _)| *name == word || word.strip_suffix('s') == Some(name))
            .map(|(_, weekday)| *weekday)
    };
    let skip = usize::from(words.first() == Some(&"the"));
    let at = |index: usize| words.get(skip + index).copied().unwrap_or("");
    if let Some(weekday) = weekday(at(0)) {
        return Some((Moment { base: Base::Weekday(weekday, Which::This), shifts: Vec::new() }, skip + 1));
    }
    let which = match at(0) {
        "next" | "coming" | "following" | "upcoming" => Some(Which::Next),
        "last" | "previous" | "past" => Some(Which::Last),
        "this" => Some(Which::This),
        _ => None,
    };
    let named = usize::from(which.is_some());
    if let (Some(which), Some(weekday)) = (which, weekday(at(1))) {
        return Some((Moment { base: Base::Weekday(weekday, which), shifts: Vec::new() }, skip + 2));
    }
    let (base, len) = day_of_year(&words[(skip + named).min(words.len())..])?;
    Some((Moment { base, shifts: Vec::new() }, skip + named + len))
}

/// "March third 2027", "3rd of March", "December 25", or a holiday.
fn day_of_year(words: &[&str]) -> Option<(Base, usize)> {
    if let Some((name, month, day)) =
        HOLIDAYS.iter().find(|(name, ..)| super::reading::starts_with(words, name).is_some())
    {
        let len = name.split(' ').count();
        let (year, year_len) = year_at(&words[len..]);
        return Some((Base::Day { month: *month, day: *day, year }, len + year_len));
    }
    let month_at =
        |at: usize| MONTHS.iter().position(|name| words.get(at) == Some(name)).and_then(|at| i8::try_from(at + 1).ok());
    let day_at = |at: usize| {
        let rest = words.get(at..)?;
        let ordinal = numbers::ordinal(rest).map(|(day, len)| (i64::from(day), len));
        let (day, len) = ordinal
            .or_else(|| numbers::parse(rest).and_then(|reading| Some((reading.value.to_integer()?, reading.len))))?;
        Some((i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?, len))
    };
    let (month, day, mut len) = if let Some(month) = month_at(0) {
        let skip = 1 + usize::from(words.get(1) == Some(&"the"));
        let (day, len) = day_at(skip)?;
        (month, day, skip + len)
    } else {
        let (day, len) = day_at(0)?;
        let skip = usize::from(words.get(len) == Some(&"of"));
        (month_at(len + skip)?, day, len + skip + 1)
    };
    let (year, year_len) = year_at(words.get(len..)?);
    len += year_len;
    Some((Base::Day { month, day, year }, len))
}

/// The year after a day: "2027", "of 2027", "this year", "next year".
fn year_at(words: &[&str]) -> (Year, usize) {
    let of = usize::from(matches!(words.first(), Some(&("of" | "in"))));
    let rest = &words[of..];
    let relative = match rest {
        ["this", "year", ..] => Some(0),
        ["next", "year", ..] => Some(1),
        ["last", "year", ..] => Some(-1),
        _ => None,
    };
    if let Some(years) = relative {
        return (Year::Relative(years), of + 2);
    }
    let named = numbers::year(rest).and_then(|(year, len)| Some((i16::try_from(year).ok()?, len)));
    named.map_or((Year::Nearest, 0), |(year, len)| (Year::Named(year), of + len))
}

impl Moment {
    /// Now, without any shift.
    pub(super) fn now() -> Moment {
        Moment { base: Base::Now, shifts: Vec::new() }
    }

    /// True for a mere day of the week ("Friday").
    pub(super) fn is_weekday(&self) -> bool {
        matches!(self.base, Base::Weekday(..)) && self.shifts.is_empty()
    }

    /// True for today, tomorrow and the like, which are asked about without saying what is wanted.
    pub(super) fn is_near(&self) -> bool {
        self.base == Base::Now && self.shifts.iter().all(|shift| matches!(shift, Shift::Days(-2..=2)))
    }

    /// True if the time of day differs from now's only by hours, minutes and seconds.
    pub(super) fn is_within_hours(&self) -> bool {
        self.base == Base::Now && self.shifts.iter().any(|shift| matches!(shift, Shift::Seconds(_)))
    }

    /// The moment itself; `past` looks for the last such day instead of the next. `None` outside of the calendar.
    pub(super) fn resolve(&self, now: &Zoned, past: bool) -> Option<Zoned> {
        let today = now.date();
        let mut at = match self.base {
            Base::Now => now.clone(),
            Base::Weekday(weekday, which) => {
                let nth = match which {
                    Which::This if today.weekday() == weekday && !past => return self.shifted(now.clone()),
                    Which::Last => -1,
                    Which::This if past => -1,
                    Which::This | Which::Next => 1,
                };
                now.nth_weekday(nth, weekday).ok()?
            }
            Base::Day { month, day, year } => on_day(now, month, day, year, past)?,
        };
        at = self.shifted(at)?;
        Some(at)
    }

    fn shifted(&self, at: Zoned) -> Option<Zoned> {
        self.shifts.iter().try_fold(at, |at, shift| {
            let span = match *shift {
                Shift::Seconds(seconds) => Span::new().try_seconds(seconds),
                Shift::Days(days) => Span::new().try_days(days),
                Shift::Months(months) => Span::new().try_months(months),
            };
            at.checked_add(span.ok()?).ok()
        })
    }
}

/// The named day of the given year, or the next (or last) one.
fn on_day(now: &Zoned, month: i8, day: i8, year: Year, past: bool) -> Option<Zoned> {
    let date = |year: i16| Date::new(year, month, day).ok();
    let today = now.date();
    let found = match year {
        Year::Named(year) => date(year)?,
        Year::Relative(years) => date(now.year().checked_add(years)?)?,
        // Eight years on either side hold every day there is, the 29th of February too.
        Year::Nearest if past => {
            (0..=8).filter_map(|back| date(now.year().checked_sub(back)?)).find(|date| *date < today)?
        }
        Year::Nearest => {
            (0..=8).filter_map(|ahead| date(now.year().checked_add(ahead)?)).find(|date| *date >= today)?
        }
    };
    now.with().date(found).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, past: bool) -> Option<String> {
        let now: Zoned = "2026-03-03T16:15:00+01:00[+01:00]".parse().unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        let (moment, len) = moment_at(&words)?;
        assert_eq!(len, words.len(), "{text}");
        Some(moment.resolve(&now, past)?.strftime("%Y-%m-%d %H:%M").to_string())
    }

    #[test]
    fn points_in_time_are_found() {
        // 3 March 2026 is a Tuesday.
        for (text, expected) in [
            ("today", "2026-03-03 16:15"),
            ("tomorrow", "2026-03-04 16:15"),
            ("yesterday", "2026-03-02 16:15"),
            ("the day after tomorrow", "2026-03-05 16:15"),
            ("day before yesterday", "2026-03-01 16:15"),
            ("in two weeks", "2026-03-17 16:15"),
            ("in two weeks time", "2026-03-17 16:15"),
            ("in half an hour", "2026-03-03 16:45"),
            ("in an hour and a half", "2026-03-03 17:45"),
            ("two hours and thirty minutes from now", "2026-03-03 18:45"),
            ("three days ago", "2026-02-28 16:15"),
            ("a week from tomorrow", "2026-03-11 16:15"),
            ("ten days before christmas", "2026-12-15 16:15"),
            ("next week", "2026-03-10 16:15"),
            ("last month", "2026-02-03 16:15"),
            ("next year", "2027-03-03 16:15"),
            ("in a year and a half", "2027-09-03 16:15"),
            ("a fortnight later", "2026-03-17 16:15"),
            ("in one decade", "2036-03-03 16:15"),
            ("friday", "2026-03-06 16:15"),
            ("tuesday", "2026-03-03 16:15"),
            ("next tuesday", "2026-03-10 16:15"),
            ("last friday", "2026-02-27 16:15"),
            ("this sunday", "2026-03-08 16:15"),
            ("christmas eve", "2026-12-24 16:15"),
            ("march 1st", "2027-03-01 16:15"),
            ("the third of may", "2026-05-03 16:15"),
            ("december 25 2027", "2027-12-25 16:15"),
            ("july fourth nineteen seventy six", "1976-07-04 16:15"),
            ("christmas this year", "2026-12-25 16:15"),
            ("christmas next year", "2027-12-25 16:15"),
            ("march 1st last year", "2025-03-01 16:15"),
            ("next christmas", "2026-12-25 16:15"),
            ("february 29th", "2028-02-29 16:15"),
        ] {
            assert_eq!(resolve(text, false).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(resolve("friday", true).as_deref(), Some("2026-02-27 16:15"));
        assert_eq!(resolve("christmas", true).as_deref(), Some("2025-12-25 16:15"));
    }

    #[test]
    fn what_is_no_moment_or_no_day_is_left_alone() {
        for text in ["", "in", "meeting", "in two miles", "may", "march", "next", "two weeks", "half a month and"] {
            let words: Vec<&str> = text.split(' ').collect();
            assert!(moment_at(&words).is_none(), "{text}");
        }
        assert_eq!(resolve("february 30", false), None);
        assert_eq!(resolve("in 90000 years", false), None);
    }
}
