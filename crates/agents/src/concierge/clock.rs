//! Questions about time and date: "what time is it in Tokyo", "what day is it tomorrow", "how many days until Christmas".
//!
//! A request is understood if it names what is wanted (the time, the date, the day, the month, the year), optionally a point in time
//! and a place, and holds nothing else: "what time is my meeting" is not a question for a clock.

use jiff::{Unit, Zoned};

use super::moment::{self, Moment, moment_at};
use super::places::{Place, place_at};
use super::{Answer, Context, Intent};

/// Words that may stand in a question about time or date.
const ALLOWED: &str = "what which is it the now right current currently exact exactly local here do does you have got at moment this tell give know \
    say says read look check clock watch your by can could i me please want need get late how be will was would going to on of in for over there \
    again so okay hey hi and or are we us a actual precise correct accurate s my that let show see standard todays whole full zone if make \
    many much long until till til before since left remain remaining between when falls fall date time been next with did they does land occur where from";
/// What follows "time" when the time itself is asked for.
const AFTER_TIME: &str = "is it now right currently at here again exactly do have and on in for please you over tomorrow today by will was got this zone did be would check where we";
/// Words that make "what time" a question about something else.
const NOT_THE_TIME: &[&str] = &[
    "time to",
    "time for",
    "time can",
    "time could",
    "time i",
    "time we can",
    "time we should",
    "time we have to",
    "time do i",
    "time do we",
    "time are",
    "time does it",
    "time is the",
    "time is my",
    "time is your",
    "time of the",
    "time is for",
    "time you can",
    "time that",
    "time a",
    "time the",
    "time will we",
    "time will i",
    "time will you",
    "time did",
    "time is this",
    "time is that",
    "time on my",
    "much time",
    "many time",
    "long time",
    "time do you get",
    "time do you be",
    "time do you need",
    "time do you want",
    "time do you say",
    "time do you read",
    "time do you check",
    "time do you look",
    "time do you see",
    "time do you go",
    "time is it for",
    "time are",
    "next time",
    "time be",
    "time with",
];

/// Countries of several time zones, which may follow a city.
const REGIONS: &[&str] =
    &["australia", "canada", "brazil", "russia", "america", "usa", "us", "mexico", "indonesia", "states"];

/// Most places whose time is told at once.
const PLACES_MAX: usize = 3;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aspect {
    Time,
    Date,
    Month,
    Year,
    Week,
}

/// A question as it was understood.
#[derive(Debug, Default)]
struct Question {
    aspects: Vec<Aspect>,
    /// The unit of "how many days until …".
    counted: Option<Unit>,
    moments: Vec<Moment>,
    places: Vec<Place>,
    words_left: Vec<String>,
}

/// The words of such questions.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static str> {
    ALLOWED.split_whitespace().chain(moment::vocabulary()).chain(["clock", "month", "weekday", "oclock"])
}

/// Words of "is it morning or afternoon", which the time answers.
const TIME_OF_DAY: &str =
    "is it already still yet morning afternoon evening night noon midnight or day late early in the at there weekend";

/// The answer, if `words` ask for a time or a date.
pub(super) fn answer(words: &[&str], context: &Context) -> Option<Answer> {
    let is_listed = &|word: &&str| TIME_OF_DAY.split_whitespace().any(|entry| entry == *word);
    if words.contains(&"weekend") && words.iter().all(is_listed) {
        return Question::default().tell_date(context);
    }
    if words.len() > 2 && words[..2] == ["is", "it"] && words.iter().all(is_listed) && words.last() != Some(&"in") {
        return Some(Answer::new(Intent::Time, &with_stop(format!("It's {}", time_of_day(&context.now)))));
    }
    let question = scan(words)?;
    if let Some(unit) = question.counted {
        return question.count(words, unit, context);
    }
    let is_time = question.aspects.contains(&Aspect::Time);
    let is_date = question.aspects.iter().any(|aspect| *aspect != Aspect::Time);
    match (is_time, is_date) {
        (true, _) if question.asks_time(words) => question.tell_time(is_date, words, context),
        (false, true) if question.asks_date(words) => question.tell_date(context),
        (false, false) if question.asks_about_moment() => question.tell_date(context),
        _ => None,
    }
}

fn scan(words: &[&str]) -> Option<Question> {
    let mut question = Question::default();
    let mut at = 0;
    let counts =
        words.iter().any(|word| matches!(*word, "until" | "till" | "til" | "to" | "before" | "since" | "left"))
            && words.contains(&"how");
    while at < words.len() {
        let rest = &words[at..];
        let word = words[at];
        let follows_preposition = at > 0 && matches!(words[at - 1], "in" | "at" | "for" | "over" | "near");
        let unit = match word {
            "seconds" => Some(Unit::Second),
            "minutes" => Some(Unit::Minute),
            "hours" => Some(Unit::Hour),
            "days" | "nights" | "sleeps" => Some(Unit::Day),
            "weeks" => Some(Unit::Week),
            "months" => Some(Unit::Month),
            "long" if counts => Some(Unit::Day),
            _ => None,
        };
        if let Some((moment, len)) = moment_at(rest) {
            question.moments.push(moment);
            at += len;
            continue;
        }
        if let Some((place, len)) =
            place_at(rest).filter(|(_, len)| follows_preposition || rest.get(*len) == Some(&"time"))
        {
            question.places.push(place);
            at += len;
            // "London England" and "Sydney Australia" are one place.
            at += place_at(&words[at..]).map_or(0, |(_, len)| len);
            at += usize::from(words.get(at).is_some_and(|word| REGIONS.contains(word)));
            continue;
        }
        if let Some(unit) = unit.filter(|_| counts) {
            question.counted = question.counted.or(Some(unit));
        } else if let Some(aspect) = aspect(word) {
            question.aspects.push(aspect);
        } else if !ALLOWED.split_whitespace().any(|entry| entry == word) {
            return None;
        }
        question.words_left.push(word.to_owned());
        at += 1;
    }
    Some(question)
}

fn aspect(word: &str) -> Option<Aspect> {
    match word {
        "time" | "clock" | "hour" | "oclock" | "late" => Some(Aspect::Time),
        "date" | "day" | "weekday" => Some(Aspect::Date),
        "month" => Some(Aspect::Month),
        "year" => Some(Aspect::Year),
        "week" => Some(Aspect::Week),
        _ => None,
    }
}

impl Question {
    fn asks_time(&self, words: &[&str]) -> bool {
        let text = format!(" {} ", self.words_left.join(" "));
        let holds = |phrase: &str| text.contains(&format!(" {phrase} "));
        let last_or_followed = self.words_left.iter().enumerate().filter(|(_, word)| *word == "time").all(|(at, _)| {
            let next = self.words_left.get(at + 1).map(String::as_str);
            next.is_none_or(|next| AFTER_TIME.split_whitespace().any(|entry| entry == next) || aspect(next).is_some())
                || self.words_left.get(at + 1..at + 3) == Some(&["of".to_owned(), "day".to_owned()])
        });
        let is_asked = [
            "what time",
            "the time",
            "time is it",
            "time it is",
            "current time",
            "time now",
            "local time",
            "exact time",
            "right time",
            "time right",
            "what hour",
            "the hour",
            "hour is it",
            "clock",
            "how late",
            "time please",
            "correct time",
            "which hour",
            "time in",
            "precise time",
            "actual time",
            "time check",
            "oclock is it",
            "time currently",
        ];
        let is_located = !self.places.is_empty() || !self.moments.is_empty();
        let is_bare = self.words_left == ["time"] && (words.len() == 1 || is_located);
        let has_hour =
            self.moments.is_empty() || self.moments.iter().all(|moment| moment.is_within_hours() || moment.is_near());
        // "what time will it be" needs to be told when.
        let is_timed = !(holds("will") || holds("was") || holds("would"))
            || !self.places.is_empty()
            || self.moments.iter().any(Moment::is_within_hours);
        has_hour
            && is_timed
            && last_or_followed
            && (is_bare || is_asked.iter().any(|phrase| holds(phrase)) || is_located && holds("time"))
            && !NOT_THE_TIME.iter().any(|phrase| holds(phrase) && !(is_located && *phrase == "time for"))
            && !(self.words_left.len() == 3 && holds("what is time"))
    }

    fn asks_date(&self, words: &[&str]) -> bool {
        let text = format!(" {} ", self.words_left.join(" "));
        let holds = |phrase: &str| text.contains(&format!(" {phrase} "));
        let aspect_at = self.words_left.iter().position(|word| aspect(word).is_some()).unwrap_or(0);
        let after = &self.words_left[aspect_at + 1..];
        let is_about_us = after.iter().any(|word| {
            matches!(
                word.as_str(),
                "can"
                    | "could"
                    | "would"
                    | "do"
                    | "does"
                    | "did"
                    | "my"
                    | "me"
                    | "need"
                    | "get"
                    | "have"
                    | "for"
                    | "long"
                    | "much"
                    | "many"
            )
        }) && !holds("do we have")
            && !holds("do you have")
            && !holds("fall")
            && !holds("land")
            && !holds("occur");
        let is_asked = [
            "what",
            "which",
            "the date",
            "current",
            "todays",
            "when",
            "tell",
            "is it",
            "date please",
            "give",
            "know",
            "whole date",
            "full date",
            "day of the week",
        ];
        let is_bare = self.words_left.len() <= 3 && (!self.moments.is_empty() || holds("date")) && !holds("is");
        let needs_moment = holds("will") || holds("going to") || holds("was") || holds("falls") || holds("fall");
        self.places.is_empty()
            && !is_about_us
            && !holds("my")
            && !holds("your")
            && (!needs_moment || !self.moments.is_empty() || holds("was it") || holds("will it be"))
            && (is_bare || is_asked.iter().any(|phrase| holds(phrase)) || words.len() <= 3 && !self.moments.is_empty())
            && !["is a", "what a", "of day", "how is", "how are"].iter().any(|phrase| holds(phrase))
    }

    /// "what is tomorrow", "is it Friday today", "when is Christmas": a point in time and little else.
    fn asks_about_moment(&self) -> bool {
        let rest: Vec<&str> = self.words_left.iter().map(String::as_str).collect();
        let is_only = |allowed: &[&str]| rest.iter().all(|word| allowed.contains(word));
        match self.moments.as_slice() {
            [] => false,
            [moment] if moment.is_near() => is_only(&["what", "is", "was", "it"]) && rest.first() == Some(&"what"),
            [moment] if rest.first() == Some(&"when") => {
                !moment.is_near() && is_only(&["when", "is", "was", "will", "be", "does", "fall"])
            }
            [moment] => {
                moment.is_weekday() && rest.first() == Some(&"is") && is_only(&["is", "it", "already", "or", "a"])
            }
            [_, _] => {
                matches!(rest.first(), Some(&("is" | "will" | "was")))
                    && is_only(&["is", "it", "be", "a", "or", "on", "will", "was"])
            }
            _ => false,
        }
    }

    /// The point in time that is asked about: not the weekday that is only being checked.
    fn moment(&self) -> Moment {
        let mut moments = self.moments.iter().filter(|moment| !(self.is_checked() && moment.is_weekday()));
        moments.next().cloned().unwrap_or_else(Moment::now)
    }

    /// "is it Friday": the weekday is checked, not asked for.
    fn is_checked(&self) -> bool {
        self.words_left.first().is_some_and(|word| matches!(word.as_str(), "is" | "will" | "was"))
    }

    fn is_past(&self) -> bool {
        self.words_left.iter().any(|word| matches!(word.as_str(), "was" | "did" | "since"))
    }

    fn tell_time(&self, with_date: bool, words: &[&str], context: &Context) -> Option<Answer> {
        let moment = self.moment();
        let Some(then) = moment.resolve(&context.now, self.is_past()) else { return Some(too_far()) };
        let shifted = then != context.now && moment.is_within_hours();
        let verb = match (shifted, then < context.now) {
            (false, _) => "it's",
            (true, true) => "it was",
            (true, false) => "it will be",
        };
        let said = |at: &Zoned| {
            let day = if with_date || words.contains(&"date") {
                format!(" on {}", long_date(at))
            } else if at.date() != context.now.date() {
                format!(" on {}", weekday(at))
            } else {
                String::new()
            };
            with_stop(format!("{verb} {}{day}", time_of_day(at)))
        };
        let mut texts = Vec::new();
        for place in self.places.iter().take(PLACES_MAX) {
            let there = then.with_time_zone(place.time_zone(context.time_zones.as_ref())?);
            texts.push(format!("In {} {}", super::titled(place.name), said(&there)));
        }
        let text = if texts.is_empty() { super::capitalized(&said(&then)) } else { texts.join(" ") };
        Some(Answer::new(Intent::Time, &text))
    }

    fn tell_date(&self, context: &Context) -> Option<Answer> {
        // "next week Friday" is more than is understood here.
        if self.moments.len() > 1 && !self.is_checked() {
            return None;
        }
        let moment = self.moment();
        let Some(then) = moment.resolve(&context.now, self.is_past()) else { return Some(too_far()) };
        let days = days_between(&context.now, &then)?;
        let lead = match days {
            0 => "Today is",
            1 => "Tomorrow is",
            -1 => "Yesterday was",
            days if days > 0 => "That will be",
            _ => "That was",
        };
        // The day of the week is a date; the week of the year is a week.
        let only = |aspect: Aspect| self.aspects.first() == Some(&aspect) && !self.aspects.contains(&Aspect::Date);
        let it = match then.date() {
            date if date.first_of_month() == context.now.date().first_of_month() => "It's",
            _ if days > 0 => "That will be",
            _ => "That was",
        };
        let text = if only(Aspect::Year) {
            format!("{} {}.", if then.year() == context.now.year() { "It's" } else { it }, then.year())
        } else if only(Aspect::Month) {
            format!("{it} {}.", then.strftime("%B %Y"))
        } else if only(Aspect::Week) {
            format!("{it} week {} of {}.", then.date().iso_week_date().week(), then.date().iso_week_date().year())
        } else {
            format!("{lead} {}.", long_date(&then))
        };
        Some(Answer::new(Intent::Date, &text))
    }

    fn count(&self, words: &[&str], unit: Unit, context: &Context) -> Option<Answer> {
        let counts = words.windows(2).any(|pair| matches!(pair, ["how", "many" | "much" | "long"]));
        let [moment] = self.moments.as_slice() else { return None };
        if !counts || !self.places.is_empty() || self.aspects.contains(&Aspect::Time) {
            return None;
        }
        let Some(then) = moment.resolve(&context.now, self.is_past()) else { return Some(too_far()) };
        let days = days_between(&context.now, &then)?;
        let amount = days.abs();
        let (relation, date) = (if days < 0 { "since" } else { "until" }, long_date(&then));
        let text = match unit {
            Unit::Week if amount % 7 == 0 => count_text(amount / 7, "week"),
            Unit::Week => format!("{} and {}", count_text(amount / 7, "week"), count_text(amount % 7, "day")),
            Unit::Month => format!("about {}", count_text((amount * 12 + 182) / 365, "month")),
            Unit::Hour => format!("about {}", count_text(amount * 24, "hour")),
            Unit::Minute => format!("about {}", count_text(amount * 1_440, "minute")),
            Unit::Second => format!("about {}", count_text(amount * 86_400, "second")),
            _ => count_text(amount, "day"),
        };
        let text =
            if days == 0 { format!("That is today, {date}.") } else { format!("It's {text} {relation} {date}.") };
        Some(Answer::new(Intent::Date, &text))
    }
}

fn count_text(amount: i32, unit: &str) -> String {
    let number =
        crate::number::Number::integer(i64::from(amount)).written().map_or_else(String::new, |written| written.text);
    format!("{number} {unit}{}", if amount == 1 { "" } else { "s" })
}

fn days_between(from: &Zoned, to: &Zoned) -> Option<i32> {
    from.date().until(to.date()).ok().map(|span| span.get_days())
}

fn too_far() -> Answer {
    Answer::new(Intent::Date, "That is too far away for my calendar, or there is no such day.")
}

/// "4:15 p.m."
pub(super) fn time_of_day(at: &Zoned) -> String {
    let half = if at.hour() < 12 { "a.m." } else { "p.m." };
    let hour = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{hour}:{:02} {half}", at.minute())
}

/// "Tuesday, March 3, 2026".
fn long_date(at: &Zoned) -> String {
    at.strftime("%A, %B %-d, %Y").to_string()
}

fn weekday(at: &Zoned) -> String {
    at.strftime("%A").to_string()
}

/// Ends a sentence that may already end with the full stop of "p.m.".
fn with_stop(text: String) -> String {
    if text.ends_with('.') { text } else { text + "." }
}
