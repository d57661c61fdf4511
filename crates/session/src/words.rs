//! The lists of a language and the small grammar over them: stop words, back-channels, answers, digits, our own echo.
//!
//! Everything compares normalised words (lower case, letters and digits only), so that spelling and punctuation of a
//! recogniser do not matter. Nothing here knows who has the floor.

use serde::{Deserialize, Serialize};

/// The word lists of one language. Phrases are compared as whole words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Words {
    /// Whole utterances that stop speech at once.
    pub stop: Vec<String>,
    /// Stop words that are also answers: alone they still make a turn.
    pub stop_answers: Vec<String>,
    /// "Stop everything" in all its forms, recogniser slips included.
    pub stop_everything: Vec<String>,
    /// What may stand around "stop everything" without changing it.
    pub politeness: Vec<String>,
    /// What listeners say to show that they listen.
    pub back_channel: Vec<String>,
    /// Whole answers to a closed question.
    pub answers: Vec<String>,
    /// How a closed question begins.
    pub closed_openers: Vec<String>,
    /// Words of a question that ask for digits.
    pub digit_words: Vec<String>,
    /// Number words from zero upwards.
    pub numbers: Vec<String>,
    /// Other names of digits, with their value.
    pub digit_names: Vec<(String, u32)>,
    /// What recognisers write for noise.
    pub phantoms: Vec<String>,
    /// Asking whether anybody is there.
    pub presence: Vec<String>,
}

fn list(text: &str) -> Vec<String> {
    text.split('|').map(|phrase| phrase.trim().to_owned()).collect()
}

impl Words {
    /// English.
    #[must_use]
    pub fn english() -> Self {
        Self {
            stop: list(
                "stop|stop it|stop that|stop talking|stop please|please stop|wait|wait wait|wait a second|wait a minute|\
                 hold on|hang on|no|no no|no no no|no stop|no wait|quiet|be quiet|shut up|silence|enough|that's enough|\
                 pause|one moment|just a moment|one second|cancel",
            ),
            stop_answers: list("no|no no|no no no"),
            stop_everything: list(
                "stop everything|stop all tasks|stop all of them|cancel everything|kill everything|everything stop|\
                 halt everything|abort all|emergency stop|shut it all down|stop every thing|stop every think|\
                 stop of everything",
            ),
            politeness: list(
                "please|hey baton|ok baton|okay baton|baton|can you|could you|would you|will you|um|uh|er|hey|ok|okay|\
                 now|just|right now|immediately",
            ),
            back_channel: list(
                "mm-hm|mm-hmm|mhm|mmhm|mmhmm|mm|mmm|hm|hmm|uh-huh|uhuh|uh|um|er|ah|aha|oh|ooh|yeah|yep|yup|yes|ya|ok|okay|k|\
                 right|sure|alright|all right|i see|got it|gotcha|wow|nice|great|cool|good|fine|really|exactly|indeed|\
                 of course|makes sense|true|yeah yeah|oh okay|oh i see|go on|thanks|interesting|mm-mm|absolutely",
            ),
            answers: list(
                "yes|no|yeah|yep|yup|nope|nah|sure|ok|okay|correct|right|exactly|please|yes please|no thanks|\
                 no thank you|of course|definitely|absolutely|not really|maybe|i do|i don't|i am|i'm not|that's right|\
                 that's correct|sounds good|go ahead|do it|please do|true|false|neither|both",
            ),
            closed_openers: list(
                "is|are|am|was|were|do|does|did|can|could|will|would|shall|should|has|have|had|may|might|isn't|aren't|\
                 don't|doesn't|didn't|can't|couldn't|won't|wouldn't|shouldn't|haven't|hasn't|right|okay|correct",
            ),
            digit_words: list(
                "digit|digits|phone number|telephone number|account number|card number|order number|number|code|\
                 passcode|postcode|zip code|pin",
            ),
            numbers: list(
                "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|\
                 seventeen|eighteen|nineteen|twenty",
            ),
            digit_names: vec![("oh".to_owned(), 0), ("o".to_owned(), 0), ("nought".to_owned(), 0)],
            phantoms: list(
                "thank you|thanks|thank you very much|thank you so much|thanks for watching|thank you for watching|you|\
                 bye|bye-bye|the end|subtitles by the amara.org community|please subscribe|so|okay|oh|i'm sorry",
            ),
            presence: list(
                "hello|hello hello|are you there|hello are you there|are you still there|hello are you still there|\
                 can you hear me|hello can you hear me|anybody there|is anybody there",
            ),
        }
    }

    /// Whether the whole text stops speech at once.
    pub(crate) fn is_stop(&self, text: &str) -> bool {
        is_one_of(&self.stop, text)
    }

    /// Whether the whole text only wants silence, so that nothing is to be answered.
    pub(crate) fn is_only_stop(&self, text: &str) -> bool {
        self.is_stop(text) && !is_one_of(&self.stop_answers, text)
    }

    /// Whether the whole text is "stop everything" in one of its forms, politeness around it aside.
    pub(crate) fn is_stop_everything(&self, text: &str) -> bool {
        let words = normalize(text);
        let mut rest = words.as_slice();
        while let Some(length) = longest_prefix(rest, &self.politeness) {
            rest = &rest[length..];
        }
        while let Some(from) = (0..rest.len()).find(|from| is_phrase_of(&self.politeness, &rest[*from..])) {
            rest = &rest[..from];
        }
        is_phrase_of(&self.stop_everything, rest)
    }

    /// Whether "stop everything" stands anywhere in the text.
    pub(crate) fn mentions_stop_everything(&self, text: &str) -> bool {
        let words = normalize(text);
        self.stop_everything.iter().any(|phrase| contains(&words, phrase))
    }

    /// Whether the text holds nothing but back-channels, phrase by phrase.
    pub(crate) fn is_back_channel(&self, text: &str) -> bool {
        let words = normalize(text);
        let mut rest = words.as_slice();
        while let Some(length) = longest_prefix(rest, &self.back_channel) {
            rest = &rest[length..];
        }
        rest.is_empty() && !words.is_empty()
    }

    /// Whether the whole text answers a closed question.
    pub(crate) fn is_answer(&self, text: &str) -> bool {
        is_one_of(&self.answers, text)
    }

    /// Whether the whole text is something recognisers write for noise.
    pub(crate) fn is_phantom(&self, text: &str) -> bool {
        is_one_of(&self.phantoms, text)
    }

    /// Whether the whole text asks if anybody is there.
    pub(crate) fn is_presence_check(&self, text: &str) -> bool {
        is_one_of(&self.presence, text)
    }

    /// What an answer to this text of the agent looks like.
    pub(crate) fn expectation(&self, agent: &str) -> Expectation {
        let Some(sentence) = last_sentence(agent) else { return Expectation::Anything };
        let words = normalize(sentence);
        let asks = sentence.trim_end().ends_with('?') || words.first().is_some_and(|word| word == "please");
        if !asks {
            return Expectation::Anything;
        }
        if self.digit_words.iter().any(|phrase| contains(&words, phrase)) {
            let count = words.windows(2).find_map(|pair| {
                pair[1].starts_with("digit").then(|| self.small_number(&pair[0])).flatten().filter(|count| *count > 1)
            });
            return Expectation::Digits { count };
        }
        let clause = sentence.rsplit([',', ';', ':']).next().unwrap_or(sentence);
        let opens = |text: &str| normalize(text).first().is_some_and(|word| is_one_of(&self.closed_openers, word));
        if opens(sentence) || opens(clause) { Expectation::YesOrNo } else { Expectation::Anything }
    }

    /// How many digits the text says, if it ends in one.
    pub(crate) fn digits(&self, text: &str) -> Option<u32> {
        let words = normalize(text);
        let mut count = 0;
        let mut last_is_digit = false;
        for word in &words {
            let written = u32::try_from(word.chars().filter(char::is_ascii_digit).count()).unwrap_or(u32::MAX);
            let named = u32::from(self.small_number(word).is_some_and(|value| value < 10));
            last_is_digit = written > 0 || named > 0;
            count += if written > 0 { written } else { named };
        }
        last_is_digit.then_some(count)
    }

    fn small_number(&self, word: &str) -> Option<u32> {
        if let Ok(value) = word.parse() {
            return Some(value);
        }
        let named = self.digit_names.iter().find(|(name, _)| name == word).map(|(_, value)| *value);
        named.or_else(|| self.numbers.iter().position(|name| name == word).and_then(|at| u32::try_from(at).ok()))
    }
}

/// What an answer to the agent's last words looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Expectation {
    /// Any words.
    #[default]
    Anything,
    /// Yes, no or the like.
    YesOrNo,
    /// Digits in groups.
    Digits {
        /// How many, where the question says so.
        count: Option<u32>,
    },
}

/// The words of a text as they stand there; a hyphen parts words.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == '-' || c == '—' || c == '–').filter(|word| has_words(word))
}

/// The letters of a word for comparing: lower case, letters and digits only.
fn letters(word: &str) -> impl Iterator<Item = char> {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The words of a text for comparing.
pub(crate) fn normalize(text: &str) -> Vec<String> {
    split(text).map(|word| letters(word).collect()).collect()
}

/// Whether the text holds a word at all.
pub(crate) fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn is_one_of(list: &[String], text: &str) -> bool {
    is_phrase_of(list, &normalize(text))
}

/// Whether the words, normalised, are one of the phrases.
fn is_phrase_of(list: &[String], words: &[String]) -> bool {
    list.iter().any(|phrase| prefix(words, phrase) == Some(words.len()))
}

fn longest_prefix(words: &[String], list: &[String]) -> Option<usize> {
    list.iter().filter_map(|phrase| prefix(words, phrase)).max()
}

/// How many words the phrase has, if the words, normalised, begin with it. The lists are walked for every piece of text, so
/// that nothing is copied here.
fn prefix(words: &[String], phrase: &str) -> Option<usize> {
    let mut length = 0;
    for word in split(phrase) {
        if !letters(word).eq(words.get(length)?.chars()) {
            return None;
        }
        length += 1;
    }
    (length > 0).then_some(length)
}

fn contains(words: &[String], phrase: &str) -> bool {
    (0..words.len()).any(|from| prefix(&words[from..], phrase).is_some())
}

fn last_sentence(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let body = text.trim_end_matches(['.', '!', '?', '"', ')']);
    let start = body.rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
    let sentence = text[start..].trim_start();
    has_words(sentence).then_some(sentence)
}

/// Whether `said` is our own voice: its words follow each other in what was `played`. One or two words must match
/// exactly; of longer texts a quarter may be misheard.
pub(crate) fn is_echo(said: &str, played: &[String]) -> bool {
    let words = normalize(said);
    if words.is_empty() || played.is_empty() {
        return false;
    }
    if words.len() <= 2 {
        return played.windows(words.len()).any(|window| window == words);
    }
    common(&words, played) * 4 >= words.len() * 3
}

/// Length of the longest common subsequence.
fn common(left: &[String], right: &[String]) -> usize {
    let mut row = vec![0; right.len() + 1];
    for word in left {
        let mut diagonal = 0;
        for (at, other) in right.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::english()
    }

    #[test]
    fn a_stop_word_is_the_whole_utterance() {
        for text in ["Stop.", "wait", "No!", "hold on", "That's enough."] {
            assert!(words().is_stop(text), "{text}");
        }
        for text in ["no I meant", "the stopwatch", "stop the nginx container", ""] {
            assert!(!words().is_stop(text), "{text}");
        }
        assert!(words().is_only_stop("stop") && !words().is_only_stop("no"));
    }

    #[test]
    fn stop_everything_is_a_whole_phrase_with_politeness_around_it() {
        for text in [
            "Stop everything!",
            "please stop every think",
            "Hey Baton, can you abort all now, please?",
            "um, emergency stop",
        ] {
            assert!(words().is_stop_everything(text), "{text}");
        }
        for text in ["don't stop everything", "stop", "stop everything but the tests", "please", ""] {
            assert!(!words().is_stop_everything(text), "{text}");
        }
        assert!(words().mentions_stop_everything("don't stop everything"));
    }

    #[test]
    fn back_channels_match_by_phrase() {
        for text in ["mm-hm", "Mm-hmm.", "Mhm", "yeah okay sure", "Oh, I see.", "uh huh", "all right"] {
            assert!(words().is_back_channel(text), "{text}");
        }
        for text in ["mm-hm, but what about Friday", "in Hindi", "", "...", "i disagree"] {
            assert!(!words().is_back_channel(text), "{text}");
        }
    }

    #[test]
    fn questions_say_what_answer_they_expect() {
        let cases = [
            ("Hello. Shall I book it?", Expectation::YesOrNo),
            ("There is one at six, is that all right?", Expectation::YesOrNo),
            ("What would you like?", Expectation::Anything),
            ("It is six.", Expectation::Anything),
            ("What's your phone number?", Expectation::Digits { count: None }),
            ("Please tell me the six-digit code.", Expectation::Digits { count: Some(6) }),
            ("", Expectation::Anything),
        ];
        for (text, expected) in cases {
            assert_eq!(words().expectation(text), expected, "{text}");
        }
    }

    #[test]
    fn digits_are_counted_written_and_spoken() {
        let cases = [
            ("0 7 9", Some(3)),
            ("079 442", Some(6)),
            ("oh seven nine", Some(3)),
            ("it's 12", Some(2)),
            ("I don't know it", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(words().digits(text), expected, "{text}");
        }
    }

    #[test]
    fn our_own_words_are_known_again() {
        let played = normalize("You have two meetings today, one at nine and one at three.");
        for text in ["two meetings", "you have two meetings to day one at nine", "at three"] {
            assert!(is_echo(text, &played), "{text}");
        }
        for text in ["stop", "one two", "what about tomorrow", ""] {
            assert!(!is_echo(text, &played), "{text}");
        }
        assert!(!is_echo("two", &[]));
    }
}
