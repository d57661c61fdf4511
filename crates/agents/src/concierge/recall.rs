//! The conversation itself: "say that again", "what did I say about the garden", "sum up our conversation".
//!
//! Everything is extractive: what is said back was said before, by the person or by the agent as it was heard. Nothing is inferred.

use std::collections::BTreeSet;

use super::reading::{sentences, starts_with};
use super::{Answer, Context, Intent, Speaker, lexicon};

/// Longest quotation in characters.
const QUOTE_LEN_MAX: usize = 160;
/// Most quotations in one answer.
const QUOTES_MAX: usize = 2;
/// Most turns in a summary.
const SUMMARY_TURNS_MAX: usize = 3;
/// Longest part of a turn in a summary, in characters.
const SUMMARY_PART_LEN_MAX: usize = 80;

/// Words that carry no topic.
const STOP_WORDS: &str = "a an the is are am was were be been being do does did can could will would should may might have has had you your i my me \
    mine we our us it its this that these those there here what which how who when where why to of for in on at by with from and or so but if \
    not no yes please tell give say said know just about again any some then than them they he she his her one okay well um earlier before today yesterday";

/// The answer, if `words` ask about what was said.
pub(super) fn answer(words: &[&str], context: &Context) -> Option<Answer> {
    topic_question(words).map(|question| question.answer(context)).or_else(|| {
        let intent = Request::of(words)?;
        Some(intent.answer(context))
    })
}

/// "What did I say about …", with the topic.
#[derive(Debug, PartialEq)]
struct TopicQuestion {
    of_user: bool,
    of_agent: bool,
    topic: Vec<String>,
}

/// Words before "about" that do not change who is asked about.
const BEFORE_TOPIC: &str = "what which did do i you we have had has was were it that the thing things everything anything something exactly just remind me tell \
    us of when where how ever already say said saying tell told mention mentioned ask asked talk talked talking speak spoke spoken discuss discussed \
    bring brought up note noted can could please again to know want would like need let hear heard and so repeat earlier before is been any in my our your \
    question questions comment comments words last first then also explain explained all with answer answered suggest suggested think thought point sentence part remember recall find search conversation conversations look mentioning telling asking";
/// Verbs of saying, in the forms in which they ask about the past.
const SAYING: &str = "say said tell told mention mentioned ask asked talk talked talking speak spoke discuss discussed bring brought explain explained note noted answer answered suggest suggested comment saying mentioning telling asking talking";
/// Words that end a topic.
const AFTER_TOPIC: &[&str] = &[
    "earlier",
    "before",
    "again",
    "please",
    "today",
    "just now",
    "a minute ago",
    "a moment ago",
    "a while ago",
    "in this conversation",
    "previously",
    "so far",
    "at the beginning",
    "at all",
    "thanks",
    "to you",
    "to me",
    "exactly",
    "anything",
    "last",
    "a second ago",
    "in our conversation",
    "then",
    "now",
    "during our conversation",
];

fn topic_question(words: &[&str]) -> Option<TopicQuestion> {
    let is_saying = &|word: &&str| SAYING.split_whitespace().any(|entry| entry == *word);
    // "mention" takes its topic without a preposition.
    let direct = words.iter().position(|word| {
        matches!(
            *word,
            "mention" | "mentioned" | "mentioning" | "discussing" | "discuss" | "discussed" | "bring" | "brought"
        )
    });
    let linked = words.iter().position(|word| matches!(*word, "about" | "regarding" | "concerning"));
    let on = words.iter().position(|word| *word == "on").filter(|at| words[..*at].iter().any(is_saying));
    let split = linked.or(on).or(direct)?;
    let (before, after) = (&words[..split], &words[split + 1..]);
    let head: &[&str] = if linked.or(on).is_some() { before } else { &words[..=split] };
    if !head.iter().all(|word| BEFORE_TOPIC.split_whitespace().any(|entry| entry == *word)) {
        return None;
    }
    let verb = head.iter().rposition(is_saying)?;
    let speaker =
        head[..verb].iter().rfind(|word| matches!(**word, "i" | "me" | "you" | "we" | "us" | "my" | "your"))?;
    let past = [
        "did",
        "have",
        "had",
        "was",
        "were",
        "said",
        "told",
        "mentioned",
        "asked",
        "talked",
        "spoke",
        "discussed",
        "brought",
        "explained",
        "answered",
        "suggested",
        "noted",
        "mentioning",
        "remember",
        "recall",
    ];
    if !head.iter().any(|word| past.contains(word)) || head.contains(&"think") {
        return None;
    }
    let topic: Vec<&str> = trimmed_topic(after);
    let content: Vec<String> = topic.iter().filter(|word| !is_stop_word(word)).map(|word| stem(word)).collect();
    if content.is_empty() && linked.or(on).is_none() {
        return None;
    }
    let topic = if content.is_empty() { topic.iter().map(|word| stem(word)).collect() } else { content };
    (!topic.is_empty()).then_some(TopicQuestion {
        of_user: matches!(*speaker, "i" | "me" | "we" | "us" | "my"),
        of_agent: matches!(*speaker, "you" | "we" | "us" | "your"),
        topic,
    })
}

fn trimmed_topic<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut rest = words.strip_prefix(&["up"]).unwrap_or(words);
    while let Some(len) = AFTER_TOPIC
        .iter()
        .filter(|phrase| {
            rest.len() >= phrase.split(' ').count()
                && starts_with(&rest[rest.len() - phrase.split(' ').count()..], phrase).is_some()
        })
        .map(|phrase| phrase.split(' ').count())
        .max()
    {
        rest = &rest[..rest.len() - len];
    }
    rest.to_vec()
}

impl TopicQuestion {
    fn answer(&self, context: &Context) -> Answer {
        let intent = if self.of_user { Intent::RecallUser } else { Intent::RecallAgent };
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (at, turn) in context.turns.iter().enumerate() {
            let wanted = match turn.speaker {
                Speaker::User => self.of_user,
                Speaker::Agent => self.of_agent,
            };
            // A question about what was said is not what was said.
            let is_question_itself = turn.speaker == Speaker::User
                && rows(&turn.text).iter().any(|row| topic_question(&as_strs(row)).is_some());
            let is_answer_itself = turn.speaker == Speaker::Agent
                && (turn.text.starts_with("You said:") || turn.text.starts_with("I said:"));
            let matches = self.matches(&turn.text);
            if wanted && matches > 0 && !is_question_itself && !is_answer_itself {
                found.push((matches, at));
            }
        }
        // A topic of several words wants at least half of them.
        found.retain(|(matches, _)| matches * 2 >= self.topic.len());
        found.sort_by(|a, b| b.cmp(a));
        found.truncate(QUOTES_MAX);
        found.sort_by_key(|(_, at)| *at);
        if found.is_empty() {
            let who = match (self.of_user, self.of_agent) {
                (true, true) => "either of us",
                (true, false) => "you",
                _ => "me",
            };
            let text = format!("I find nothing about that from {who} in this conversation.");
            return Answer::new(intent, &text);
        }
        let quotes: Vec<String> = found
            .iter()
            .map(|(_, at)| {
                let turn = &context.turns[*at];
                let lead = if turn.speaker == Speaker::User { "You said" } else { "I said" };
                format!("{lead}: {}", quoted(&self.excerpt(&turn.text)))
            })
            .collect();
        Answer::new(
            intent,
            &quotes
                .join(" And then: ")
                .replace("And then: You said", "Then you said")
                .replace("And then: I said", "Then I said"),
        )
    }

    /// How many words of the topic occur in `text`.
    fn matches(&self, text: &str) -> usize {
        let said: BTreeSet<String> = rows(text).into_iter().flatten().map(|word| stem(&word)).collect();
        self.topic.iter().filter(|word| said.contains(*word) || said.iter().any(|other| is_slip(word, other))).count()
    }

    /// The sentence of `text` in which the topic occurs.
    fn excerpt(&self, text: &str) -> String {
        let parts: Vec<&str> =
            text.split_inclusive(['.', '?', '!']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let best = parts.iter().max_by_key(|part| self.matches(part));
        best.map_or_else(|| text.to_owned(), |part| (*part).to_owned())
    }
}

/// A misheard form of the same word.
fn is_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    a.len() >= 6 && a.len() <= 24 && a[0] == b[0] && lexicon::edits(&a, &b) <= 1
}

fn rows(text: &str) -> Vec<Vec<String>> {
    sentences(text).into_iter().map(|clauses| clauses.into_iter().flatten().collect()).collect()
}

fn as_strs(row: &[String]) -> Vec<&str> {
    row.iter().map(String::as_str).collect()
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.split_whitespace().any(|entry| entry == word)
}

/// A word without the endings of plural, past and progress, so that "gardens" finds "gardening".
fn stem(word: &str) -> String {
    for ending in ["ings", "ing", "ies", "ied", "ed", "es", "s", "y", "e"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= 3
        {
            return stem.to_owned();
        }
    }
    word.to_owned()
}

/// Requests about the conversation that name no topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// What the agent said last.
    Repeat,
    /// What the person said last, or first.
    OwnLast,
    OwnFirst,
    /// The name the person gave.
    OwnName,
    Introduced,
    Summary,
}

impl Request {
    fn of(words: &[&str]) -> Option<Request> {
        let all = |list: &str| words.iter().all(|word| list.split_whitespace().any(|entry| entry == *word));
        let any = |list: &str| words.iter().any(|word| list.split_whitespace().any(|entry| entry == *word));
        if let Some(len) = ["my name is", "i am called", "call me", "you can call me"]
            .iter()
            .find_map(|phrase| starts_with(words, phrase))
            && (len + 1..=len + 2).contains(&words.len())
            && !any("again not what later back when a the")
        {
            return Some(Request::Introduced);
        }
        if words.len() > 18 {
            return None;
        }
        if all("what is my name do you know remember who am i tell me the can again say still did tell")
            && (any("name") || words == ["who", "am", "i"])
            && any("my i")
        {
            return Some(Request::OwnName);
        }
        let of_user = all(
            "what did was i say said ask asked asking tell told you to my the last first previous thing question request just before earlier a minute ago \
            is have been saying again now it that me remind of do know moment second were words sentence very message repeat can read back can could please exactly initial original at beginning start of in this conversation then wanted",
        );
        if of_user
            && any("i my")
            && any("say said saying ask asked asking tell told question request message sentence")
            && any("what repeat remind tell read")
            && any("did was were said asked told have my")
        {
            return Some(if any("first beginning start initial original") {
                Request::OwnFirst
            } else {
                Request::OwnLast
            });
        }
        if Request::is_repeat(words) {
            return Some(Request::Repeat);
        }
        Request::is_summary(words).then_some(Request::Summary)
    }

    fn is_repeat(words: &[&str]) -> bool {
        let all = |list: &str| words.iter().all(|word| list.split_whitespace().any(|entry| entry == *word));
        let any = |list: &str| words.iter().any(|word| list.split_whitespace().any(|entry| entry == *word));
        let has =
            |phrase: &str| words.windows(phrase.split(' ').count()).any(|window| starts_with(window, phrase).is_some());
        const WHOLE: &[&str] = &[
            "pardon",
            "pardon me",
            "what",
            "huh",
            "sorry what",
            "come again",
            "say what",
            "once more",
            "one more time",
            "again",
            "again please",
            "i beg your pardon",
            "beg pardon",
            "beg your pardon",
            "what was that",
            "excuse me what",
            "what now",
            "repeat",
            "say again",
            "what sorry",
            "sorry come again",
            "another time",
            "sorry pardon",
            "excuse me",
            "you what",
            "run that by me again",
            "run that by me one more time",
        ];
        if WHOLE.iter().any(|phrase| words.len() == phrase.split(' ').count() && starts_with(words, phrase).is_some()) {
            return true;
        }
        let around = "can could would will you please me that it the for i to a again once more one time last thing answer sentence part bit what was said say saying \
            just did have do not mind give if sorry baton okay hey your reply response words louder slower slowly clearly another quite missed catch hear heard get got understand \
            understood follow repeat repeating repetition yourself need want like us whole entire message and so quickly may ask properly wait hold on really were \
            pardon excuse is go over back run by come again first second everything any all out loud be well could tell too fast let now missing from still line statement information like about were before earlier previously listening";
        if !all(around) {
            return false;
        }
        let repeats = any("repeat repeating repetition") && !any("first second");
        let says_again = any("say said tell answer run come go was reply saying give hear")
            && (any("again") || has("once more") || has("more time") || any("slower slowly louder clearly"));
        let asks_what = any("what")
            && has("you")
            && any("say said saying answer reply response tell")
            && any("did was were said have just")
            && !any("i like about");
        let asks_last =
            any("what") && any("last") && any("you your") && any("say said answer reply response thing sentence");
        let did_not_get =
            any("not missed") && any("catch hear heard get understand understood follow missed") && any("i");
        let asks_that = any("what") && has("was that") && words.len() <= 6;
        repeats || says_again || asks_what || asks_last || did_not_get || asks_that
    }

    fn is_summary(words: &[&str]) -> bool {
        let all = |list: &str| words.iter().all(|word| list.split_whitespace().any(|entry| entry == *word));
        let any = |list: &str| words.iter().any(|word| list.split_whitespace().any(|entry| entry == *word));
        let around = "summarize summary summaries recap recapitulate wrap up overview gist outline review digest rundown our this the conversation chat discussion talk dialogue \
            session so far we i you have what did has been about me my your us give of it can could please quick short brief everything that to until till now were in bring speed \
            main points point said say things thing would like need want is are was do a an and all for let get some just on catch key happened had with discussed discuss discussing \
            talked talking talking covered cover spoken speaking went through over where today topics topic subjects kind shortly briefly subject entire whole date made run make go back list highlights recall remember between earlier before asked ask already show tell conversations again remind version long";
        if !all(around) {
            return false;
        }
        let is_named = any("summarize summary recap recapitulate overview gist rundown digest outline highlights");
        let is_about_us = any("we our us")
            && any("talk talked talking discussed discuss discussing covered cover spoken speaking said chat")
            && any("did have had were was been talked discussed covered said")
            && any("what topics everything list tell review subjects remind go");
        let is_where = words.windows(3).any(|window| window == ["where", "were", "we"])
            || words.ends_with(&["where", "we", "were"]);
        let is_catch_up = any("catch bring") && any("me us") && any("up speed date");
        let is_said = any("said discussed covered talked") && any("been") && words.ends_with(&["so", "far"]);
        let is_about = any("conversation chat discussion") && any("what") && words.ends_with(&["about"]);
        let is_review = any("review wrap version remind") && any("conversation chat discussion session talk");
        is_named || is_about_us || is_where || is_catch_up || is_said || is_about || is_review
    }

    fn answer(self, context: &Context) -> Answer {
        match self {
            Request::Repeat => {
                let last = context
                    .turns
                    .iter()
                    .rev()
                    .find(|turn| turn.speaker == Speaker::Agent && !turn.text.trim().is_empty());
                let text =
                    last.map_or_else(|| "I have not said anything yet.".to_owned(), |turn| turn.text.trim().to_owned());
                Answer::new(Intent::Repeat, &text)
            }
            Request::OwnLast => own(context.user_turns().last(), "just now"),
            Request::OwnFirst => own(context.user_turns().next(), "first"),
            Request::OwnName => {
                let name = context.user_turns().filter_map(given_name).last();
                let text = name.map_or_else(
                    || "You have not told me your name.".to_owned(),
                    |name| format!("You told me that your name is {name}."),
                );
                Answer::new(Intent::RecallUser, &text)
            }
            Request::Introduced => Answer::new(Intent::Greeting, "Nice to meet you. What can I do for you?"),
            Request::Summary => summary(context),
        }
    }
}

fn own(turn: Option<&str>, when: &str) -> Answer {
    let text = match turn {
        Some(turn) if when == "first" => format!("The first thing you said was: {}", quoted(turn)),
        Some(turn) => format!("You said: {}", quoted(turn)),
        None => "You have not said anything before that.".to_owned(),
    };
    Answer::new(Intent::RecallUser, &text)
}

/// The name in "my name is Anna".
fn given_name(turn: &str) -> Option<String> {
    rows(turn).into_iter().find_map(|row| {
        let at = (0..row.len()).find(|at| starts_with(&row[*at..], "my name is").is_some())?;
        Some(super::titled(row.get(at + 3)?))
    })
}

/// The turns of the person that carry most, in their order, each with the beginning of its answer.
fn summary(context: &Context) -> Answer {
    let mut weighted: Vec<(usize, usize)> = Vec::new();
    let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
    for (at, turn) in context.turns.iter().enumerate() {
        if turn.speaker != Speaker::User {
            continue;
        }
        let row: Vec<String> = rows(&turn.text).into_iter().flatten().collect();
        let weight = row.iter().filter(|word| !is_stop_word(word)).collect::<BTreeSet<_>>().len();
        let is_about_talk = Request::of(&as_strs(&row)).is_some()
            || super::rules::intent_of(&as_strs(&row)).is_some_and(Intent::is_small_talk);
        if weight > 0 && !is_about_talk && seen.insert(row) {
            weighted.push((weight, at));
        }
    }
    let total = weighted.len();
    // More words carry more; of equal ones the later counts.
    weighted.sort_by(|a, b| b.cmp(a));
    weighted.truncate(SUMMARY_TURNS_MAX);
    weighted.sort_by_key(|(_, at)| *at);
    if weighted.is_empty() {
        return Answer::new(Intent::Summary, "There is nothing to sum up yet; we have only just begun.");
    }
    let parts: Vec<String> = weighted.iter().map(|(_, at)| exchange(context, *at)).collect();
    let lead = if total > parts.len() { "The main points" } else { "So far" };
    Answer::new(Intent::Summary, &format!("{lead}: {}", parts.join(" ")))
}

/// "You said X; I answered Y."
fn exchange(context: &Context, at: usize) -> String {
    let user = shortened(&context.turns[at].text, SUMMARY_PART_LEN_MAX);
    let answer = context.turns[at + 1..]
        .iter()
        .take_while(|turn| turn.speaker == Speaker::Agent)
        .find(|turn| !turn.text.trim().is_empty());
    let verb = if context.turns[at].text.trim_end().ends_with('?') { "you asked" } else { "you said" };
    let user = user.trim_end_matches(['.', '?', '!']);
    match answer {
        Some(turn) => {
            let first = turn.text.split_inclusive(['.', '?', '!']).next().unwrap_or("");
            // "4:15 p.m." is not two sentences, and a lone number no answer.
            let first = if first.chars().count() < 20 { turn.text.as_str() } else { first };
            let answer = shortened(first, SUMMARY_PART_LEN_MAX);
            format!("{verb}, \"{user}\", and I answered, \"{}\".", answer.trim_end_matches(['.', '?', '!']))
        }
        None => format!("{verb}, \"{user}\"."),
    }
}

fn quoted(text: &str) -> String {
    let text = shortened(text, QUOTE_LEN_MAX);
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{text}{stop}")
}

/// At most `len_max` characters, cut at a word.
fn shortened(text: &str, len_max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= len_max {
        return text;
    }
    let cut: String = text.chars().take(len_max).collect();
    let cut = cut.rfind(' ').map_or(cut.as_str(), |at| &cut[..at]);
    format!("{} and so on", cut.trim_end_matches([',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found_with_their_speaker() {
        for (text, of_user, topic) in [
            ("what did i say about the garden", true, "garden"),
            ("what did you tell me about kilometers earlier", false, "kilometer"),
            ("remind me what i said regarding anna", true, "anna"),
            ("did i mention the blue car", true, "blu car"),
            ("what have you said on the weather so far", false, "weather"),
            ("what was it i told you about it", true, "it"),
            ("did i bring up the budget", true, "budget"),
        ] {
            let question = topic_question(&text.split(' ').collect::<Vec<_>>()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((question.of_user, question.topic.join(" ").as_str()), (of_user, topic), "{text}");
        }
    }

    #[test]
    fn questions_about_the_world_have_no_topic() {
        for text in [
            "what did the president say about taxes",
            "what do you say about lunch",
            "what do you think about love",
            "tell me about paris",
            "what did my wife say about dinner",
            "what can you say about bread",
            "what did i say about",
        ] {
            assert_eq!(topic_question(&text.split(' ').collect::<Vec<_>>()), None, "{text}");
        }
    }

    #[test]
    fn long_quotations_are_cut_at_a_word() {
        assert_eq!(shortened("one two three", 9), "one two and so on");
        assert_eq!(quoted("fine"), "fine.");
    }
}
