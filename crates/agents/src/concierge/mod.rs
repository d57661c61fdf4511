//! The offline concierge: an agent that needs no model.
//!
//! It tells time and date, does sums, converts units, spells, says things again, recalls and sums up the conversation, reports the
//! status of the system, keeps up polite small talk, and says how a language model is connected. Everything else it declines plainly
//! and never bluffs: a request is answered only if every word of it is accounted for.
//!
//! [`reply`] is a pure function of the request and its [`Context`]; time, conversation and status are passed in. A request is split
//! into sentences, each is read in several ways (see `reading`), and every reading is shown to the recognizers of the modules below;
//! the first that understands it answers.

mod clock;
mod decline;
mod lexicon;
mod moment;
mod places;
mod reading;
mod recall;
mod rule_table;
mod rules;
mod smalltalk;
mod spelling;
mod status;
mod wording;

use jiff::Zoned;
use jiff::tz::TimeZoneDatabase;
use serde::Serialize;

use crate::{arithmetic, units};
use reading::Sentence;
pub use status::Status;

/// Longest reply in characters, except where the agent repeats what it said before.
pub const REPLY_LEN_MAX: usize = 700;

/// What is left of the confidence of a reading in which words had to be passed over.
const LOOSE_SHARE: f32 = 0.8;

/// What a request was understood to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// What the concierge can do.
    Capabilities,
    /// The time, here or elsewhere.
    Time,
    /// A date, a day, or the days until one.
    Date,
    /// The state of the system.
    Status,
    /// A sum.
    Sum,
    /// A conversion between units.
    UnitConversion,
    /// How something is spelled.
    Spelling,
    /// What the agent said last, again.
    Repeat,
    /// What the person said.
    RecallUser,
    /// What the agent said.
    RecallAgent,
    /// The conversation in brief.
    Summary,
    /// How to connect a language model.
    ConnectModel,
    /// A greeting.
    Greeting,
    /// How the agent is.
    HowAreYou,
    /// Who or what the agent is.
    Identity,
    /// Thanks.
    Thanks,
    /// "You're welcome".
    Welcome,
    /// An apology.
    Apology,
    /// A compliment.
    Compliment,
    /// An annoyance.
    Upset,
    /// A joke is wanted.
    Joke,
    /// "Okay", "never mind".
    Acknowledge,
    /// Whether the agent hears.
    HearingCheck,
    /// The conversation is over.
    Goodbye,
    /// No words at all.
    Empty,
    /// Anything else.
    Declined,
}

impl Intent {
    /// The name for logs, metrics and tests, as it is serialized.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Intent::Capabilities => "capabilities",
            Intent::Time => "time",
            Intent::Date => "date",
            Intent::Status => "status",
            Intent::Sum => "sum",
            Intent::UnitConversion => "unit_conversion",
            Intent::Spelling => "spelling",
            Intent::Repeat => "repeat",
            Intent::RecallUser => "recall_user",
            Intent::RecallAgent => "recall_agent",
            Intent::Summary => "summary",
            Intent::ConnectModel => "connect_model",
            Intent::Greeting => "greeting",
            Intent::HowAreYou => "how_are_you",
            Intent::Identity => "identity",
            Intent::Thanks => "thanks",
            Intent::Welcome => "welcome",
            Intent::Apology => "apology",
            Intent::Compliment => "compliment",
            Intent::Upset => "upset",
            Intent::Joke => "joke",
            Intent::Acknowledge => "acknowledge",
            Intent::HearingCheck => "hearing_check",
            Intent::Goodbye => "goodbye",
            Intent::Empty => "empty",
            Intent::Declined => "declined",
        }
    }

    /// True for words that keep company and ask for nothing.
    #[must_use]
    pub fn is_small_talk(self) -> bool {
        matches!(
            self,
            Intent::Greeting
                | Intent::HowAreYou
                | Intent::Thanks
                | Intent::Welcome
                | Intent::Apology
                | Intent::Compliment
                | Intent::Upset
                | Intent::Acknowledge
                | Intent::HearingCheck
                | Intent::Goodbye
        )
    }
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The person.
    User,
    /// The agent.
    Agent,
}

/// One turn of the conversation, as it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said; of the agent only what was heard.
    pub text: String,
}

impl Turn {
    /// A turn of the person.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Turn {
        Turn { speaker: Speaker::User, text: text.into() }
    }

    /// A turn of the agent.
    #[must_use]
    pub fn agent(text: impl Into<String>) -> Turn {
        Turn { speaker: Speaker::Agent, text: text.into() }
    }
}

/// What the concierge knows besides the request.
#[derive(Clone, Debug)]
pub struct Context {
    /// The time, in the person's time zone.
    pub now: Zoned,
    /// The conversation before this request, oldest first.
    pub turns: Vec<Turn>,
    /// What is known about the system.
    pub status: Status,
    /// Time zones of other places. Without it a table of rules serves for the big cities.
    pub time_zones: Option<TimeZoneDatabase>,
    /// A counter that lets wordings take turns (the number of the turn, say).
    pub variety: u32,
}

impl Context {
    /// A context that knows the time and nothing else.
    #[must_use]
    pub fn at(now: Zoned) -> Context {
        Context { now, turns: Vec::new(), status: Status::default(), time_zones: None, variety: 0 }
    }

    fn agent_name(&self) -> &str {
        self.status.agent.as_deref().unwrap_or("Baton")
    }

    fn user_turns(&self) -> impl Iterator<Item = &str> {
        self.turns.iter().filter(|turn| turn.speaker == Speaker::User).map(|turn| turn.text.as_str())
    }
}

/// What the concierge says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Plain speech, without Markdown, at most [`REPLY_LEN_MAX`] characters unless it repeats an earlier turn.
    pub text: String,
    /// What the request was taken for.
    pub intent: Intent,
    /// How sure that is, 0 to 1: 1 for the words as they came, less for readings that put slips right.
    pub confidence: f32,
    /// True if the conversation is over once this was said.
    pub end_conversation: bool,
    /// True if the request was not answered.
    pub declined: bool,
}

/// An answer before it becomes a reply.
#[derive(Clone, Debug, PartialEq)]
struct Answer {
    intent: Intent,
    text: String,
    confidence: f32,
}

impl Answer {
    fn new(intent: Intent, text: &str) -> Answer {
        Answer { intent, text: text.to_owned(), confidence: 1.0 }
    }
}

/// Answers `request` in `context`.
///
/// ```
/// use baton_agents::concierge::{reply, Context, Intent};
/// let context = Context::at("2026-03-03T16:15:00+00:00[UTC]".parse().unwrap());
/// let answer = reply("um, what time is it, please?", &context);
/// assert_eq!((answer.intent, answer.text.as_str()), (Intent::Time, "It's 4:15 p.m."));
/// assert!(reply("what time is my meeting", &context).declined);
/// ```
#[must_use]
pub fn reply(request: &str, context: &Context) -> Reply {
    let sentences = reading::sentences(request);
    let answer = if sentences.is_empty() {
        empty(request)
    } else {
        whole(&sentences, context)
            .or_else(|| parts(&sentences, context))
            .or_else(|| clauses(&sentences, context))
            .unwrap_or_else(|| {
                let words = sentences.iter().flatten().flatten().map(String::as_str);
                Answer::new(Intent::Declined, &decline::reply(words))
            })
    };
    let text = if answer.intent == Intent::Repeat { answer.text } else { bounded(&answer.text) };
    Reply {
        text,
        intent: answer.intent,
        confidence: answer.confidence,
        end_conversation: answer.intent == Intent::Goodbye,
        declined: answer.intent == Intent::Declined,
    }
}

/// Nothing but hesitation or silence.
fn empty(request: &str) -> Answer {
    if request.trim().ends_with('?') {
        Answer::new(Intent::Empty, "Yes?")
    } else {
        Answer::new(Intent::Empty, "I did not catch that.")
    }
}

/// The request as one row of words, punctuation or not: recognizers put full stops anywhere.
fn whole(sentences: &[Sentence], context: &Context) -> Option<Answer> {
    let words: Vec<String> = sentences.iter().flatten().flatten().cloned().collect();
    let is_question = sentences.len() == 1;
    understand(&words, context)
        .filter(|answer| is_question || !answer.intent.is_small_talk() || answer.intent == Intent::Goodbye)
}

/// Sentence by sentence: what is understood is answered, what is not is owned up to.
fn parts(sentences: &[Sentence], context: &Context) -> Option<Answer> {
    let rows: Vec<Vec<String>> = sentences.iter().map(|clauses| clauses.concat()).collect();
    if rows.len() < 2 {
        return None;
    }
    together(&rows, context)
}

/// Clause by clause, split at commas and at "and".
fn clauses(sentences: &[Sentence], context: &Context) -> Option<Answer> {
    let rows: Vec<Vec<String>> = sentences.iter().flatten().cloned().collect();
    if rows.len() >= 2 {
        return together(&rows, context).or_else(|| halves(&rows.concat(), context));
    }
    halves(&rows.concat(), context)
}

/// Two requests joined by "and".
fn halves(words: &[String], context: &Context) -> Option<Answer> {
    words.iter().enumerate().filter(|(_, word)| matches!(word.as_str(), "and" | "then" | "also" | "but")).find_map(
        |(at, _)| {
            let (first, second) = (understand(&words[..at], context)?, understand(words.get(at + 1..)?, context)?);
            Some(joined(&first, &second))
        },
    )
}

/// Beginnings of a part that sets a condition for the others, which then cannot be answered alone.
const CONDITIONS: &[&str] = &[
    "if", "when", "while", "after", "before", "in", "at", "on", "for", "with", "because", "unless", "since", "as",
    "during", "suppose", "imagine",
];

/// Words with which something is asked for, as opposed to told.
const REQUEST_STARTS: &[&str] = &[
    "what",
    "who",
    "when",
    "where",
    "why",
    "how",
    "which",
    "is",
    "are",
    "do",
    "does",
    "did",
    "can",
    "could",
    "will",
    "would",
    "should",
    "play",
    "set",
    "send",
    "call",
    "remind",
    "tell",
    "open",
    "book",
    "turn",
    "show",
    "read",
    "write",
    "translate",
    "give",
    "find",
    "order",
    "buy",
    "start",
    "put",
    "please",
    "wake",
    "search",
    "explain",
    "email",
    "text",
];

/// The answers to the parts that are understood; `None` if that would leave out something that matters.
fn together(rows: &[Vec<String>], context: &Context) -> Option<Answer> {
    let answers: Vec<Option<Answer>> = rows.iter().map(|row| understand(row, context)).collect();
    let unknown: Vec<&Vec<String>> =
        rows.iter().zip(&answers).filter(|(_, answer)| answer.is_none()).map(|(row, _)| row).collect();
    let known: Vec<&Answer> = answers.iter().flatten().collect();
    let asked: Vec<&Answer> = known.iter().filter(|answer| !answer.intent.is_small_talk()).copied().collect();
    if unknown.iter().any(|row| row.first().is_some_and(|word| CONDITIONS.contains(&word.as_str()))) {
        return None;
    }
    if asked.is_empty() {
        // Of several pieces of small talk the farewell counts, then the last that is more than a nod.
        let farewell = known.iter().find(|answer| answer.intent == Intent::Goodbye);
        let telling = known
            .iter()
            .rev()
            .find(|answer| !matches!(answer.intent, Intent::Acknowledge | Intent::Greeting | Intent::Apology));
        return if unknown.is_empty() {
            farewell.or(telling).or(known.last()).map(|answer| (*answer).clone())
        } else {
            None
        };
    }
    // Something that was said besides is passed over; something that was asked besides is not.
    let mut answer = asked[1..].iter().take(2).fold(asked[0].clone(), |first, second| joined(&first, second));
    let requests = unknown.iter().filter(|row| row.first().is_some_and(|word| REQUEST_STARTS.contains(&word.as_str())));
    let refused = requests.map(|row| decline::part(row.iter().map(String::as_str))).next();
    let is_last_unknown = answers.last().is_some_and(Option::is_none);
    if is_last_unknown && refused.is_none() {
        return None;
    }
    if let Some(refusal) = refused {
        answer.text = format!("{} {refusal}", answer.text);
    }
    Some(answer)
}

fn joined(first: &Answer, second: &Answer) -> Answer {
    if first.intent.is_small_talk() || first.text == second.text {
        return second.clone();
    }
    if second.intent.is_small_talk() && second.intent != Intent::Goodbye {
        return first.clone();
    }
    let intent = if second.intent == Intent::Goodbye { Intent::Goodbye } else { first.intent };
    Answer {
        intent,
        text: format!("{} {}", first.text, second.text),
        confidence: first.confidence.min(second.confidence),
    }
}

/// The answer to one row of words in its plainest reading that makes sense.
fn understand(words: &[String], context: &Context) -> Option<Answer> {
    let readings = reading::readings(words);
    let first = |recognize: &dyn Fn(&[&str]) -> Option<Answer>, share: f32| {
        readings.iter().find_map(|reading| {
            let row: Vec<&str> = reading.words.iter().map(String::as_str).collect();
            let answer = recognize(&row)?;
            Some(Answer { confidence: reading.confidence * share, ..answer })
        })
    };
    first(&|row| recognized(row, context), 1.0)
        .or_else(|| first(&|row| known(rules::loose_intent_of(row)?, row, context), LOOSE_SHARE))
}

/// Shows one reading to every recognizer, the most particular first.
fn recognized(words: &[&str], context: &Context) -> Option<Answer> {
    recall::answer(words, context)
        .or_else(|| spelling::answer(words, context))
        .or_else(|| sum(words))
        .or_else(|| clock::answer(words, context))
        .or_else(|| conversion(words))
        .or_else(|| known(rules::intent_of(words)?, words, context))
}

/// What is understood by its vocabulary alone.
fn known(intent: Intent, words: &[&str], context: &Context) -> Option<Answer> {
    let text = match intent {
        Intent::Capabilities => decline::WHAT_I_CAN_DO.to_owned(),
        Intent::ConnectModel => decline::HOW_TO_CONNECT.to_owned(),
        Intent::Status => context.status.asked(context.agent_name(), words),
        other => smalltalk::reply(other, context)?,
    };
    Some(Answer::new(intent, &text))
}

/// Names of money and units after numbers, which a sum carries along ("twenty percent of eighty dollars").
const CARRIED: &[(&str, &str)] = &[
    ("dollar", "dollars"),
    ("euro", "euros"),
    ("cent", "cents"),
    ("buck", "dollars"),
    ("pound", "pounds"),
    ("minute", "minutes"),
    ("hour", "hours"),
    ("mile", "miles"),
    ("gram", "grams"),
    ("kilo", "kilos"),
    ("meter", "meters"),
    ("liter", "liters"),
    ("day", "days"),
];

fn sum(words: &[&str]) -> Option<Answer> {
    let carried = |word: &str| {
        CARRIED.iter().find(|(one, _)| *one == word || word.strip_suffix('s') == Some(one)).map(|(_, many)| *many)
    };
    let (sum, unit) = match arithmetic::parse(words) {
        Some(sum) => (sum, None),
        None => {
            let unit = words.iter().find_map(|word| carried(word))?;
            let bare: Vec<&str> = words.iter().copied().filter(|word| carried(word) != Some(unit)).collect();
            (arithmetic::parse(&bare)?, Some(unit))
        }
    };
    let text = match sum.evaluate() {
        Err(arithmetic::Trouble::DivisionByZero) => "I'm afraid nothing can be divided by zero.".to_owned(),
        Err(arithmetic::Trouble::NegativeRoot) => {
            "A negative number has no square root among the ordinary numbers.".to_owned()
        }
        Err(arithmetic::Trouble::Factorial) => "I can only work out factorials of whole numbers up to 170.".to_owned(),
        Err(arithmetic::Trouble::TooLarge) => "That number is too large for me to say.".to_owned(),
        Ok(value) => {
            let written = value.written()?;
            let about = if written.is_rounded { "about " } else { "" };
            let unit = if sum.asks_percentage() {
                " percent".to_owned()
            } else {
                unit.map(|unit| format!(" {unit}")).unwrap_or_default()
            };
            let question = capitalized(&sum.to_string());
            if question.chars().count() > 90 {
                format!("That makes {about}{}{unit}.", written.text)
            } else {
                format!("{question} is {about}{}{unit}.", written.text)
            }
        }
    };
    Some(Answer::new(Intent::Sum, &text))
}

fn conversion(words: &[&str]) -> Option<Answer> {
    let conversion = units::parse(words)?;
    let text = match conversion.convert() {
        Err(units::Trouble::Mismatch { from, to }) => {
            format!("That can't be converted: one is {}, the other {}.", from.with_article(), to.with_article())
        }
        Err(units::Trouble::BelowAbsoluteZero) => "Nothing gets that cold; it is below absolute zero.".to_owned(),
        Err(units::Trouble::TooLarge) => "That number is too large for me to say.".to_owned(),
        Ok(value) => {
            let (said, written) = units::said(value, conversion.to)?;
            let about = if written.is_rounded { "about " } else { "" };
            format!("{} is {about}{said}.", capitalized(&conversion.quantity_text()))
        }
    };
    Some(Answer::new(Intent::UnitConversion, &text))
}

/// With a capital letter at the start.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// With a capital letter at the start of every word.
fn titled(name: &str) -> String {
    let words: Vec<String> = name
        .split(' ')
        .map(|word| {
            if matches!(word, "of" | "de" | "the") {
                word.to_owned()
            } else if matches!(word, "uk" | "utc" | "nyc" | "la") {
                word.to_uppercase()
            } else {
                capitalized(word)
            }
        })
        .collect();
    words.join(" ")
}

/// At most [`REPLY_LEN_MAX`] characters, cut at a word.
fn bounded(text: &str) -> String {
    if text.chars().count() <= REPLY_LEN_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(REPLY_LEN_MAX - 1).collect();
    let cut = cut.rfind(' ').map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}.", cut.trim_end_matches([',', ';', ':', '.']))
}
