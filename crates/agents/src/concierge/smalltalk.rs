//! Manners: what the concierge says to greetings, thanks, compliments and the like.

use super::{Context, Intent};

/// Jokes that are at nobody's expense.
const JOKES: &[&str] = &[
    "Why did the computer go to bed? It needed to recharge its batteries after a long day of running.",
    "I would tell you a joke about a quiet microphone, but I doubt you would hear of it.",
    "There are ten kinds of counting systems, and the others can't tell this is binary.",
];

/// The reply to small talk; `None` for any other intent.
pub(super) fn reply(intent: Intent, context: &Context) -> Option<String> {
    let name = context.agent_name();
    let text = match intent {
        Intent::Greeting => pick(
            context,
            &["Hello! What can I do for you?", "Hello again. How can I help?", "Hi. What can I do for you?"],
        )
        .to_owned(),
        Intent::HowAreYou => "I'm well, thank you. What can I do for you?".to_owned(),
        Intent::Identity => format!(
            "I'm {name}, a voice assistant that runs on your own machine. The offline concierge is speaking, a program that works without a \
             language model."
        ),
        Intent::Thanks => pick(context, &["You're welcome.", "Gladly.", "My pleasure."]).to_owned(),
        Intent::Welcome => "That's kind of you. Is there anything else?".to_owned(),
        Intent::Apology => "No harm done. What can I do for you?".to_owned(),
        Intent::Compliment => {
            pick(context, &["Thank you, that's kind of you.", "Thank you, I'm glad to hear that."]).to_owned()
        }
        Intent::Upset => "I'm sorry about that. Try it in other words, or ask me what I can do.".to_owned(),
        Intent::Joke => pick(context, JOKES).to_owned(),
        Intent::Acknowledge => pick(context, &["All right.", "Okay."]).to_owned(),
        Intent::HearingCheck => "Yes, I can hear you.".to_owned(),
        Intent::Goodbye => pick(context, &["Goodbye!", "Goodbye, until next time.", "Bye, take care!"]).to_owned(),
        Intent::Capabilities
        | Intent::Time
        | Intent::Date
        | Intent::Status
        | Intent::Sum
        | Intent::UnitConversion
        | Intent::Spelling
        | Intent::Repeat
        | Intent::RecallUser
        | Intent::RecallAgent
        | Intent::Summary
        | Intent::ConnectModel
        | Intent::Empty
        | Intent::Declined => return None,
    };
    Some(text)
}

/// A wording, taking turns with the length of the conversation.
fn pick<'a>(context: &Context, wordings: &[&'a str]) -> &'a str {
    let turn = usize::try_from(context.variety).unwrap_or(0) % wordings.len();
    wordings[turn]
}
