//! Saying no plainly: what the concierge cannot do, what it can do instead, and how to get more.

/// Words that tell what was wanted, and what is said then.
const TOPICS: &[(&str, &str)] = &[
    (
        "weather forecast rain raining rainy snow snowing sunny umbrella temperature humidity outside windy storm",
        "I can't check the weather.",
    ),
    ("news headline headlines", "I can't look up the news."),
    ("remind reminder reminders", "I can't set reminders yet."),
    ("alarm alarms wake", "I can't set alarms yet."),
    ("timer timers countdown stopwatch", "I can't set timers yet."),
    (
        "email emails mail text sms message messages call phone dial whatsapp send",
        "I can't send messages or make calls.",
    ),
    ("meeting meetings appointment appointments calendar schedule event", "I can't see your calendar."),
    (
        "music song songs playlist album radio podcast play video movie movies film",
        "I can't play anything or look up films and music.",
    ),
    (
        "flight flights train trains bus ticket tickets hotel book reserve restaurant restaurants table taxi uber",
        "I can't look up or book travel, rooms or tables.",
    ),
    ("stock stocks share shares bitcoin crypto market price prices nasdaq", "I can't look up prices."),
    (
        "dollar dollars euro euros yen currency currencies exchange rupees francs",
        "I can't convert money, because I don't know the rates.",
    ),
    (
        "translate translation spanish french german italian chinese japanese russian portuguese",
        "I can't translate, and I only speak English.",
    ),
    (
        "open website page browser browse google search internet url link online download",
        "I can't open pages or search the web.",
    ),
    ("light lights lamp thermostat door heating switch turn", "I can't control devices."),
    ("buy order purchase pay shopping", "I can't buy or pay for anything."),
    (
        "doctor medicine medical pain headache fever symptom symptoms sick ill dose pill pills ibuprofen aspirin cough hurt hurts disease",
        "I can't give medical advice.",
    ),
    ("lawyer legal sue law tax taxes invest investment", "I can't give legal or financial advice."),
    (
        "think opinion opinions favorite favourite prefer better best recommend should",
        "I have no opinions to offer on that.",
    ),
    ("joke jokes poem story sing song rap", "I can't make up things like that."),
    ("directions route traffic map drive distance far nearest nearby", "I can't look up places or routes."),
    ("code program function bug script python java rust write essay letter", "I can't write that for you."),
];

const GENERAL: &str = "I can't answer that.";
const INSTEAD: &str = "I can tell the time, do sums, convert units, spell words and recall this conversation.";
const HINT: &str = "For more, connect a model: set OPENAI_API_KEY, start Ollama, or put a base_url in baton.toml.";

/// How a language model is connected, in a few sentences.
pub(super) const HOW_TO_CONNECT: &str = "There are three ways to connect a language model. Set OPENAI_API_KEY in the environment, or start Ollama on this \
    machine, or put base_url and model into the llm section of baton.toml, for any server that speaks the OpenAI protocol. Then start me again.";

/// What the concierge can do, in a few sentences.
pub(super) const WHAT_I_CAN_DO: &str = "I can tell you the time and the date, do sums, convert units, spell words, repeat what I said, recall or sum up our \
    conversation, and tell you how the system is doing. With a language model connected I can talk about anything; ask me how to connect one.";

/// The refusal for a request that holds these words.
pub(super) fn reply<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("{} {INSTEAD} {HINT}", part(words))
}

/// The refusal alone, for a part of a request whose other part was answered.
pub(super) fn part<'a>(words: impl Iterator<Item = &'a str>) -> &'static str {
    let words: Vec<&str> = words.collect();
    let holds = |list: &str| list.split_whitespace().any(|entry| words.contains(&entry));
    TOPICS.iter().find(|(list, _)| holds(list)).map_or(GENERAL, |(_, sentence)| *sentence)
}
