//! The concierge by its public face: what it understands, what it declines, and what holds for any text.

use std::time::Duration;

use baton_agents::concierge::{Context, Intent, REPLY_LEN_MAX, Reply, Status, Turn, reply};
use proptest::prelude::*;

/// A conversation on a Tuesday at a quarter past four.
#[expect(clippy::unwrap_used, reason = "a fixed time in a test")]
fn context() -> Context {
    let mut context = Context::at("2026-03-03T16:15:00+01:00[+01:00]".parse().unwrap());
    context.turns = vec![
        Turn::user("My garden needs water twice a week."),
        Turn::agent("I can't answer that."),
        Turn::user("how many feet are in two miles"),
        Turn::agent("2 miles is 10,560 feet."),
        Turn::user("The budget for the kitchen is nine thousand."),
        Turn::agent("I can't help with the kitchen."),
    ];
    context.status = Status {
        version: Some("0.1.0".to_owned()),
        recognizer: Some("Whisper tiny".to_owned()),
        voice: Some("the Piper voice".to_owned()),
        uptime: Some(Duration::from_secs(7_500)),
        session: Some(Duration::from_secs(130)),
        turns: Some(3),
        leaves_machine: Some(false),
        ..Status::default()
    };
    context
}

/// Request, intent, and what the reply has to hold.
type Row = (&'static str, Intent, &'static str);

const UNDERSTOOD: &[Row] = &[
    // What it can do.
    ("What can you do?", Intent::Capabilities, "do sums"),
    ("so what are you able to help me with", Intent::Capabilities, "convert units"),
    ("wht can you do", Intent::Capabilities, "time"),
    ("help", Intent::Capabilities, "spell"),
    ("um, what kinds of things can I ask you", Intent::Capabilities, "recall"),
    ("show me some examples of what you can do", Intent::Capabilities, "status|system"),
    ("what commands do you understand", Intent::Capabilities, "sums"),
    ("can you do maths", Intent::Capabilities, "sums"),
    // Time.
    ("What time is it?", Intent::Time, "4:15 p.m."),
    ("what what time is it", Intent::Time, "4:15 p.m."),
    ("hey baton could you please tell me the time thanks", Intent::Time, "4:15 p.m."),
    ("what thyme is it", Intent::Time, "4:15 p.m."),
    ("do you happen to know what time it is right now", Intent::Time, "4:15 p.m."),
    ("I'm running late, what time is it?", Intent::Time, "4:15 p.m."),
    ("what is the- can you tell me the time", Intent::Time, "4:15 p.m."),
    ("what time is it in Tokyo", Intent::Time, "12:15 a.m. on Wednesday"),
    ("whats the time in new york right now", Intent::Time, "New York it's 10:15 a.m."),
    ("what time would it be in sydney australia", Intent::Time, "2:15 a.m."),
    ("what time will it be in forty five minutes", Intent::Time, "5:00 p.m."),
    ("what time was it two hours ago", Intent::Time, "was 2:15 p.m."),
    ("is it morning or afternoon", Intent::Time, "4:15 p.m."),
    ("What time is it and what's the date?", Intent::Time, "4:15 p.m. on Tuesday, March 3, 2026"),
    ("what's the time in london and in tokyo", Intent::Time, "In London it's 3:15 p.m. In Tokyo it's 12:15 a.m."),
    ("i'd like to know the time please", Intent::Time, "4:15 p.m."),
    ("what's the time at the moment in paris france", Intent::Time, "In Paris it's 4:15 p.m."),
    // Date.
    ("what day is christmas this year", Intent::Date, "Friday, December 25, 2026"),
    ("what day will it be in five days", Intent::Date, "Sunday, March 8"),
    ("how many days to christmas", Intent::Date, "297 days"),
    ("what are the date and time", Intent::Date, "4:15 p.m."),
    ("what's today's date", Intent::Date, "Tuesday, March 3, 2026"),
    ("uh what day is it today", Intent::Date, "Today is Tuesday"),
    ("what day is it tomorrow", Intent::Date, "Tomorrow is Wednesday"),
    ("what's the date in two weeks", Intent::Date, "March 17"),
    ("what date was it three days ago", Intent::Date, "February 28"),
    ("what is the day after tomorow", Intent::Date, "Thursday, March 5"),
    ("which month are we in", Intent::Date, "March 2026"),
    ("what year is it", Intent::Date, "2026"),
    ("what week of the year is it", Intent::Date, "week 10"),
    ("is it friday", Intent::Date, "Today is Tuesday"),
    ("when is next friday", Intent::Date, "March 6"),
    ("what day does christmas fall on", Intent::Date, "Friday, December 25"),
    ("how many days until christmas", Intent::Date, "297 days"),
    ("how many weeks till new year", Intent::Date, "43 weeks and 3 days"),
    ("what day was january first two thousand", Intent::Date, "Saturday"),
    ("is it the weekend yet", Intent::Date, "Tuesday"),
    // Status.
    ("what's your status", Intent::Status, "Baton is running, version 0.1.0"),
    ("is everything working properly", Intent::Status, "running"),
    ("how long have you been up", Intent::Status, "2 hours and 5 minutes"),
    ("which speech engine are you using", Intent::Status, "Whisper tiny listens"),
    ("what modle are you running on", Intent::Status, "No language model"),
    ("how long have we been talking", Intent::Status, "2 minutes, with 3 turns"),
    ("what version are you", Intent::Status, "0.1.0"),
    ("is my voice being sent anywhere", Intent::Status, "Nothing leaves"),
    ("what would i have to do to get a real ai", Intent::ConnectModel, "OPENAI_API_KEY"),
    ("what's the easiest way to connect a language model", Intent::ConnectModel, "Ollama"),
    ("which language model is in use", Intent::Status, "No language model"),
    ("are there any problems", Intent::Status, "running"),
    ("what sorts of requests do you understand", Intent::Capabilities, "sums"),
    ("what should i ask you", Intent::Capabilities, "sums"),
    // Sums.
    ("3 and 4 is what", Intent::Sum, "is 7."),
    ("split a bill of 120 dollars between 4 people", Intent::Sum, "30 dollars"),
    ("take the square root of 49", Intent::Sum, "is 7."),
    ("what is twelve times seven and a half", Intent::Sum, "is 90."),
    ("What's 12 x 7.5?", Intent::Sum, "is 90."),
    ("twenty percent of eighty", Intent::Sum, "16"),
    ("a hundred divided by eight", Intent::Sum, "12.5"),
    ("what is the square route of 144", Intent::Sum, "12."),
    ("what's to plus to", Intent::Sum, "is 4."),
    ("six tims nine", Intent::Sum, "54"),
    ("what is seven devided by two", Intent::Sum, "3.5"),
    ("what's twelve no thirteen times seven", Intent::Sum, "91"),
    ("two to the power of ten", Intent::Sum, "1024"),
    ("can you add 45 and 55 for me", Intent::Sum, "100"),
    ("how many times does six go into fifty four", Intent::Sum, "is 9."),
    ("what percent of 80 is 20", Intent::Sum, "25 percent"),
    ("what's 45 dollars plus 10 percent", Intent::Sum, "49.5 dollars"),
    ("divide 100 by 3", Intent::Sum, "about 33.33"),
    ("five divided by zero", Intent::Sum, "divided by zero"),
    ("square root of minus four", Intent::Sum, "no square root"),
    ("ten to the power of ninety", Intent::Sum, "too large"),
    ("half factorial", Intent::Sum, "factorials of whole numbers"),
    ("what is one third plus one sixth", Intent::Sum, "A third plus a sixth is 0.5"),
    // Conversions.
    ("how many feet are in two miles", Intent::UnitConversion, "10,560 feet"),
    ("convert 30 celsius to fahrenheit", Intent::UnitConversion, "86 degrees Fahrenheit"),
    ("thirty degrees sell see us in fair in height", Intent::UnitConversion, "86 degrees"),
    ("convert twenty five celcius two farenheit", Intent::UnitConversion, "77 degrees"),
    ("how many killometers are in a mile", Intent::UnitConversion, "1.61 kilometers"),
    ("how much is 70 kilos in pounds please", Intent::UnitConversion, "154.32 pounds"),
    ("What's 5'10\" in centimeters?", Intent::UnitConversion, "177.8"),
    ("100 km/h in mph", Intent::UnitConversion, "62.14 miles per hour"),
    ("how many megabytes in two gigabytes", Intent::UnitConversion, "2000 megabytes"),
    ("how many cups are in a gallon", Intent::UnitConversion, "16 cups"),
    ("how many seconds in an hour and a half", Intent::UnitConversion, "5400 seconds"),
    ("a marathon is 42 kilometers, how many miles is that", Intent::UnitConversion, "26.1 miles"),
    ("how many kilograms in a mile", Intent::UnitConversion, "can't be converted"),
    ("minus 300 celsius in fahrenheit", Intent::UnitConversion, "absolute zero"),
    // Spelling.
    ("how do you spell necessary", Intent::Spelling, "N, E, C, E, S, S, A, R, Y"),
    ("could you spel the word rhythm for me", Intent::Spelling, "R, H, Y, T, H, M"),
    ("how is bureau spelled", Intent::Spelling, "B, U, R, E, A, U"),
    ("what's the right way to spell queue", Intent::Spelling, "Q, U, E, U, E"),
    ("how do you spell it's", Intent::Spelling, "I, T"),
    ("spell your name", Intent::Spelling, "B, A, T, O, N"),
    ("how do you spell that", Intent::Spelling, "Which word"),
    // Again.
    ("say that again", Intent::Repeat, "I can't help with the kitchen."),
    ("sorry, I didn't catch that", Intent::Repeat, "I can't help with the kitchen."),
    ("could you repaet that please", Intent::Repeat, "I can't help with the kitchen."),
    ("what did you just say", Intent::Repeat, "I can't help with the kitchen."),
    ("pardon?", Intent::Repeat, "I can't help with the kitchen."),
    ("one more time please", Intent::Repeat, "I can't help with the kitchen."),
    // Recall.
    ("what did I say about the garden", Intent::RecallUser, "You said: My garden needs water twice a week."),
    ("did i mention kitchens at all", Intent::RecallUser, "budget"),
    ("remind me what I said regarding the budget", Intent::RecallUser, "nine thousand"),
    ("do you remember me mentioning water", Intent::RecallUser, "twice a week"),
    ("what did you say about miles", Intent::RecallAgent, "I said: 2 miles is 10,560 feet."),
    ("what did we say about the kitchen", Intent::RecallUser, "Then I said: I can't help with the kitchen."),
    ("what did i say about elephants", Intent::RecallUser, "nothing about that from you"),
    ("what did you say about elephants", Intent::RecallAgent, "nothing about that from me"),
    ("what have we said about elephants", Intent::RecallUser, "from either of us"),
    ("what was the last thing i said", Intent::RecallUser, "nine thousand"),
    ("what did i say first", Intent::RecallUser, "garden"),
    // Summary.
    ("summarize our conversation", Intent::Summary, "garden"),
    ("what have we talked about so far", Intent::Summary, "budget"),
    ("can you give me a quick recap", Intent::Summary, "2 miles"),
    ("sumarize the conversaton", Intent::Summary, "So far"),
    ("where were we", Intent::Summary, "you said"),
    // Manners.
    ("Hello!", Intent::Greeting, "can I do|help"),
    ("good morning baton", Intent::Greeting, "can I do|help"),
    ("hi there how are you", Intent::HowAreYou, "well"),
    ("who are you", Intent::Identity, "I'm Baton"),
    ("are you a robot", Intent::Identity, "program"),
    ("what's your name again", Intent::Identity, "Baton"),
    ("Thank you very much.", Intent::Thanks, "welcome|Gladly|pleasure"),
    ("you're welcome", Intent::Welcome, "kind"),
    ("sorry about that", Intent::Apology, "No harm"),
    ("you are very helpful", Intent::Compliment, "Thank you"),
    ("that's wrong", Intent::Upset, "sorry"),
    ("tell me a joke", Intent::Joke, "computer|microphone|binary"),
    ("never mind", Intent::Acknowledge, "All right|Okay"),
    ("Hello. Can you hear me?", Intent::HearingCheck, "Yes"),
    ("goodbye", Intent::Goodbye, "oodbye"),
    ("that's all thanks", Intent::Goodbye, "oodbye"),
    ("Okay. Thanks. See you tomorrow.", Intent::Goodbye, "oodbye"),
    ("my name is anna", Intent::Greeting, "meet you"),
    ("um", Intent::Empty, "did not catch"),
    ("...?", Intent::Empty, "Yes?"),
    // Connecting a model.
    ("how do I connect a model", Intent::ConnectModel, "OPENAI_API_KEY"),
    ("how can I use ollama with you", Intent::ConnectModel, "Ollama"),
    ("I have an OpenAI key, where do I put it?", Intent::ConnectModel, "environment"),
    ("can i hook you up to chat g p t", Intent::ConnectModel, "baton.toml"),
    ("how do i conect a modle to you", Intent::ConnectModel, "base_url"),
    ("how can I make you smarter", Intent::ConnectModel, "OPENAI_API_KEY"),
];

const DECLINED: &[(&str, &str)] = &[
    ("what's the weather like", "weather"),
    ("will it rain tomorrow", "weather"),
    ("what's the temperature outside", "weather"),
    ("what's in the news today", "news"),
    ("book me a flight to paris", "travel"),
    ("play some music", "play"),
    ("what's the price of apple stock", "prices"),
    ("remind me to call mom at five", "reminders"),
    ("set an alarm for seven", "alarms"),
    ("set a timer for ten minutes", "timers"),
    ("send an email to bob", "messages"),
    ("what do you think about politics", "opinions"),
    ("should i take ibuprofen for my headache", "medical"),
    ("translate hello into spanish", "translate"),
    ("how do you say good morning in french", "translate"),
    ("who is the president", ""),
    ("open google.com", "web"),
    ("tell me a joke about my boss", ""),
    ("what time is my meeting", "calendar"),
    ("what time does the store close", ""),
    ("what time do you get off work", ""),
    ("what time can i call you", ""),
    ("what date is it next week friday", ""),
    ("what time should i leave for the airport", ""),
    ("how long is a piece of string", ""),
    ("what is love", ""),
    ("what is time", ""),
    ("what a day", ""),
    ("what's the time complexity of quicksort", ""),
    ("how old is the brooklyn bridge", ""),
    ("what day is my appointment", "calendar"),
    ("how many days until my birthday", ""),
    ("what is the date of the battle of hastings", ""),
    ("how many calories are in a banana", ""),
    ("how many miles is it to chicago", ""),
    ("how many pounds does an elephant weigh", ""),
    ("convert 20 dollars to euros", "money"),
    ("how do I connect a modem", ""),
    ("how does chatgpt work", ""),
    ("what is a language model", ""),
    ("summarize the news", "news"),
    ("what did the president say about taxes", ""),
    ("what do you say about going out tonight", ""),
    ("repeat after me i am a fool", ""),
    ("cast a spell on me", ""),
    ("spell check my essay", ""),
    ("what is the square root of love", ""),
    ("can you help me with my homework", ""),
    ("what can you tell me about einstein", ""),
    ("turn off the lights", "devices"),
    ("if i'm in the movie, what time is it", ""),
    ("there's iron they say in all our blood", ""),
    ("book a room", ""),
    ("half an hour", ""),
];

fn holds(text: &str, pattern: &str) -> bool {
    pattern.split('|').any(|part| text.contains(part))
}

fn is_speakable(answer: &Reply) -> bool {
    !answer.text.is_empty() && !answer.text.contains(['*', '`', '#', '\n', '"', '['])
        || matches!(answer.intent, Intent::Summary | Intent::Repeat)
}

#[test]
fn what_is_asked_is_understood() {
    let context = context();
    let wrong: Vec<String> = UNDERSTOOD
        .iter()
        .filter_map(|(request, intent, pattern)| {
            let answer = reply(request, &context);
            let fits =
                answer.intent == *intent && holds(&answer.text, pattern) && !answer.declined && is_speakable(&answer);
            (!fits).then(|| format!("{request}: {} {:?}", answer.intent.name(), answer.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), UNDERSTOOD.len(), wrong.join("\n"));
}

#[test]
fn what_it_cannot_do_is_declined_with_a_way_out() {
    let context = context();
    let wrong: Vec<String> = DECLINED
        .iter()
        .filter_map(|(request, pattern)| {
            let answer = reply(request, &context);
            let helps = answer.text.contains("connect a model") && answer.text.contains("I can tell the time");
            let fits = answer.declined && answer.intent == Intent::Declined && answer.text.contains(pattern) && helps;
            (!fits).then(|| format!("{request}: {} {:?}", answer.intent.name(), answer.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), DECLINED.len(), wrong.join("\n"));
}

#[test]
fn only_a_farewell_ends_the_conversation() {
    let context = context();
    for (request, intent, _) in UNDERSTOOD {
        assert_eq!(reply(request, &context).end_conversation, *intent == Intent::Goodbye, "{request}");
    }
}

#[test]
fn two_requests_in_one_are_both_answered() {
    let answer = reply("What is two plus two? And how do you spell cat?", &context());
    assert!(answer.text.contains("is 4.") && answer.text.contains("C, A, T"), "{}", answer.text);
    let answer = reply("what is two plus two and how do you spell cat", &context());
    assert!(answer.text.contains("is 4.") && answer.text.contains("C, A, T"), "{}", answer.text);
}

#[test]
fn the_part_that_cannot_be_done_is_owned_up_to() {
    let answer = reply("Play some music. What time is it?", &context());
    assert_eq!(answer.text, "It's 4:15 p.m. I can't play anything or look up films and music.");
    let answer = reply("I have a headache. What should I take? Thanks.", &context());
    assert!(answer.declined);
}

#[test]
fn what_was_put_right_is_less_certain() {
    let context = context();
    assert_eq!(reply("what time is it", &context).confidence.to_bits(), 1.0_f32.to_bits());
    assert!(reply("what thyme is it", &context).confidence < 1.0);
}

#[test]
fn an_empty_conversation_has_nothing_to_repeat() {
    let context = Context::at("2026-03-03T16:15:00+00:00[UTC]".parse().unwrap());
    assert_eq!(reply("say that again", &context).text, "I have not said anything yet.");
    assert_eq!(reply("what did i just say", &context).text, "You have not said anything before that.");
    assert!(reply("sum up", &context).text.contains("nothing to sum up"));
    assert_eq!(reply("what is my name", &context).text, "You have not told me your name.");
}

#[test]
fn a_name_that_was_given_is_known() {
    let mut context = context();
    context.turns.push(Turn::user("hi, my name is anna"));
    assert!(reply("what's my name", &context).text.contains("Anna"));
}

#[test]
fn a_long_conversation_is_summed_up_in_three_points() {
    let mut context = context();
    let long = "The quarterly report about the northern warehouse needs seventeen more pages, two charts and a new title before anyone prints it on Monday";
    context.turns.push(Turn::user(long));
    context.turns.push(Turn::user("thank you very much"));
    context.turns.push(Turn::user("hello there"));
    let text = reply("summarize our conversation", &context).text;
    assert!(text.starts_with("The main points: ") && text.contains("and so on"), "{text}");
    assert_eq!(text.matches("you said").count() + text.matches("you asked").count(), 3, "{text}");
}

#[test]
fn wordings_take_turns() {
    let mut context = context();
    let first = reply("hello", &context).text;
    context.variety = 1;
    assert_ne!(first, reply("hello", &context).text);
}

#[test]
fn a_time_zone_database_is_believed_first() {
    let mut context = context();
    let without = reply("what time is it in london", &context).text;
    context.time_zones = Some(jiff::tz::TimeZoneDatabase::none());
    assert_eq!(without, reply("what time is it in london", &context).text);
}

#[test]
fn what_is_beyond_the_calendar_is_said_so() {
    let context = context();
    for request in [
        "what's the date in ninety thousand years",
        "how many days until february 30",
        "what time will it be in nine hundred million hours",
    ] {
        assert!(reply(request, &context).text.contains("too far away"), "{request}");
    }
}

#[test]
fn the_agent_goes_by_its_name() {
    let mut context = context();
    context.status.agent = Some("Ada".to_owned());
    assert!(reply("who are you", &context).text.starts_with("I'm Ada"));
    assert!(reply("spell your name", &context).text.contains("A, D, A"));
}

#[test]
fn intents_are_named_as_they_are_serialized() {
    for (_, intent, _) in UNDERSTOOD {
        assert!(intent.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    }
    assert_eq!(Intent::Declined.name(), "declined");
}

fn words() -> impl Strategy<Value = String> {
    let vocabulary: Vec<&'static str> = UNDERSTOOD
        .iter()
        .map(|(request, ..)| *request)
        .chain(DECLINED.iter().map(|(request, _)| *request))
        .flat_map(str::split_whitespace)
        .collect();
    prop::collection::vec(prop::sample::select(vocabulary), 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_a_bounded_reply(request in any::<String>()) {
        let answer = reply(&request, &context());
        prop_assert!(!answer.text.is_empty() && answer.text.chars().count() <= REPLY_LEN_MAX);
    }

    #[test]
    fn any_words_get_the_same_bounded_reply_twice(request in words()) {
        let answer = reply(&request, &context());
        prop_assert!(!answer.text.is_empty() && answer.text.chars().count() <= REPLY_LEN_MAX, "{}", answer.text);
        prop_assert!((0.0..=1.0).contains(&answer.confidence));
        prop_assert_eq!(answer.declined, answer.intent == Intent::Declined);
        prop_assert_eq!(&answer, &reply(&request, &context()));
    }

    #[test]
    fn any_numbers_are_added_and_converted(a in -1e18_f64..1e18, b in any::<i64>(), places in 0_usize..12) {
        for request in [format!("what is {a:.places$} plus {b}"), format!("convert {b} miles to kilometers"), format!("{b} percent of {a:.places$}"),
            format!("what day is it in {b} days"), format!("{b} to the power of {a:.places$}"), format!("{a:.places$} factorial"), format!("what time will it be in {b} hours")] {
            let answer = reply(&request, &context());
            prop_assert!(!answer.declined, "{request}: {}", answer.text);
        }
    }

    #[test]
    fn case_and_punctuation_do_not_matter(row in prop::sample::select(UNDERSTOOD)) {
        let (request, intent, _) = row;
        prop_assume!(intent != Intent::Empty && !request.contains("5'10"));
        let plain = request.trim_end_matches(['.', '?', '!']);
        prop_assert_eq!(reply(&plain.to_uppercase(), &context()).intent, intent);
        prop_assert_eq!(reply(&format!("{plain}."), &context()).intent, intent);
    }
}
