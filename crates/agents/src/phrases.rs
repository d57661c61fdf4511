//! What Baton says by itself: greeting, holding phrase, fault sentence, farewell and the like.
//!
//! Pure tables by kind, language and persona. The module does not know when a phrase is due (the session decides), nor what was
//! said before: the caller counts, and passes the count so that wordings take turns. The texts are plain speech without Markdown,
//! and none of them asks for anything that the session could not take up.

use serde::{Deserialize, Serialize};

/// Why Baton speaks without having been asked by an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnKind {
    /// The session opens.
    Greeting,
    /// The session opens again on a conversation that has gone on before.
    WelcomeBack,
    /// There was voice, and no words could be made of it.
    DidNotCatch,
    /// The answer takes a while; said once.
    Holding,
    /// The answer still takes a while; said after [`OwnKind::Holding`].
    StillHolding,
    /// An answer failed before anything of it was heard.
    Fault,
    /// An answer failed after its first clauses were heard.
    CutShort,
    /// Nobody has said anything for the idle time.
    Idle,
    /// Recognition failed repeatedly; typing still works.
    HearingLost,
    /// Recognition works again.
    HearingBack,
    /// The line dropped while the person spoke, and is back.
    YouWereSaying,
    /// The time limit of the session comes near.
    LimitNear,
    /// Everything was stopped at the person's word.
    Stopped,
    /// Another language than English was asked for.
    EnglishOnly,
    /// The session ends because nobody answers any more.
    IdleFarewell,
    /// The session ends.
    Farewell,
}

impl OwnKind {
    /// Every kind, in the order of the enumeration.
    pub const ALL: [OwnKind; 16] = [
        OwnKind::Greeting,
        OwnKind::WelcomeBack,
        OwnKind::DidNotCatch,
        OwnKind::Holding,
        OwnKind::StillHolding,
        OwnKind::Fault,
        OwnKind::CutShort,
        OwnKind::Idle,
        OwnKind::HearingLost,
        OwnKind::HearingBack,
        OwnKind::YouWereSaying,
        OwnKind::LimitNear,
        OwnKind::Stopped,
        OwnKind::EnglishOnly,
        OwnKind::IdleFarewell,
        OwnKind::Farewell,
    ];
}

/// The language in which Baton speaks by itself. English is the one there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    English,
}

/// The tone in which Baton speaks by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persona {
    /// Polite and even.
    #[default]
    Neutral,
    /// Friendly, a little more talkative.
    Warm,
    /// As few words as will do.
    Brief,
}

impl Persona {
    /// Every persona, in the order of the enumeration.
    pub const ALL: [Persona; 3] = [Persona::Neutral, Persona::Warm, Persona::Brief];
}

/// The wording for `kind`; `n` is how many times this kind has been said in the session, so that wordings take turns.
///
/// ```
/// use baton_agents::phrases::{phrase, Language, OwnKind, Persona};
/// let first = phrase(OwnKind::Holding, Language::English, Persona::Neutral, 0);
/// assert_ne!(first, phrase(OwnKind::Holding, Language::English, Persona::Neutral, 1));
/// ```
#[must_use]
pub fn phrase(kind: OwnKind, language: Language, persona: Persona, n: u32) -> &'static str {
    let wordings = match language {
        Language::English => match persona {
            Persona::Neutral => english_neutral(kind),
            Persona::Warm => english_warm(kind),
            Persona::Brief => english_brief(kind),
        },
    };
    let turn = usize::try_from(n).unwrap_or(0) % wordings.len();
    wordings[turn]
}

fn english_neutral(kind: OwnKind) -> &'static [&'static str] {
    match kind {
        OwnKind::Greeting => {
            &["Hello, this is Baton. How can I help?", "Hello. I'm listening.", "Baton here. What can I do for you?"]
        }
        OwnKind::WelcomeBack => &["Welcome back.", "Welcome back. Where shall we go on?"],
        OwnKind::DidNotCatch => &[
            "Sorry, I did not catch that.",
            "I didn't get that. Could you say it again?",
            "Sorry, could you repeat that?",
        ],
        OwnKind::Holding => &["One moment.", "Let me see.", "Just a moment, please."],
        OwnKind::StillHolding => &["I'm still working on it.", "This is taking a little longer.", "Still at it."],
        OwnKind::Fault => {
            &["Sorry, something went wrong and I have no answer.", "I'm sorry, that did not work. Please try again."]
        }
        OwnKind::CutShort => &["Sorry, the rest of my answer got lost.", "I'm sorry, I lost the end of that answer."],
        OwnKind::Idle => &["Are you still there?", "I'm still here if you need anything."],
        OwnKind::HearingLost => &[
            "I've lost my hearing. You can type to me.",
            "I can't make out speech at the moment. Please type instead.",
        ],
        OwnKind::HearingBack => &["I can hear you again."],
        OwnKind::YouWereSaying => &["The line dropped. You were saying?", "I lost you for a moment. Please go on."],
        OwnKind::LimitNear => &["We have about a minute left in this session."],
        OwnKind::Stopped => &["Stopped.", "All right, everything is stopped."],
        OwnKind::EnglishOnly => &["I'm sorry, I only speak English.", "I can only talk in English so far."],
        OwnKind::IdleFarewell => &["I'll leave it here. Goodbye.", "I'll hang up for now. Goodbye."],
        OwnKind::Farewell => &["Goodbye.", "Goodbye, until next time.", "Bye for now."],
    }
}

fn english_warm(kind: OwnKind) -> &'static [&'static str] {
    match kind {
        OwnKind::Greeting => &[
            "Hi there, I'm Baton. What's on your mind?",
            "Hello! Good to hear from you. What can I do?",
            "Hi, Baton here. How can I help you today?",
        ],
        OwnKind::WelcomeBack => &["Welcome back! Good to hear you again.", "You're back, how nice. Where were we?"],
        OwnKind::DidNotCatch => &[
            "Sorry, that slipped past me. Could you say it again?",
            "I'm sorry, I did not catch that. Once more, please?",
            "Oh, I missed that. Would you repeat it for me?",
        ],
        OwnKind::Holding => {
            &["Let me think about that for a second.", "Give me just a moment.", "Good question, one moment."]
        }
        OwnKind::StillHolding => {
            &["Still on it, thanks for waiting.", "Thanks for your patience, I'm nearly there, I hope."]
        }
        OwnKind::Fault => &[
            "I'm really sorry, something went wrong on my side. Shall we try again?",
            "Oh dear, that did not work. Would you ask me once more?",
        ],
        OwnKind::CutShort => &["I'm sorry, I lost the rest of that. Ask me again and I'll finish it."],
        OwnKind::Idle => &["Are you still with me?", "No hurry, I'm here whenever you like."],
        OwnKind::HearingLost => &["I'm so sorry, I can't hear you properly right now. You can type to me instead."],
        OwnKind::HearingBack => &["Good news, I can hear you again."],
        OwnKind::YouWereSaying => &["Sorry, we got cut off. You were saying?", "There you are again. Please go on."],
        OwnKind::LimitNear => &["Just so you know, we have about a minute left."],
        OwnKind::Stopped => &["All right, I've stopped everything.", "Okay, it's all stopped."],
        OwnKind::EnglishOnly => &["I wish I could, but I only speak English so far."],
        OwnKind::IdleFarewell => {
            &["I'll let you get on. Talk to you soon, goodbye!", "I'll say goodbye for now. Take care!"]
        }
        OwnKind::Farewell => &["Goodbye, and take care!", "Bye! It was nice talking to you.", "See you soon, goodbye!"],
    }
}

fn english_brief(kind: OwnKind) -> &'static [&'static str] {
    match kind {
        OwnKind::Greeting => &["Baton here.", "Hello.", "Listening."],
        OwnKind::WelcomeBack => &["Welcome back."],
        OwnKind::DidNotCatch => &["Sorry?", "I did not catch that.", "Again, please?"],
        OwnKind::Holding => &["One moment.", "A second."],
        OwnKind::StillHolding => &["Still working.", "Not yet done."],
        OwnKind::Fault => &["That failed. Please try again.", "Something went wrong."],
        OwnKind::CutShort => &["I lost the rest."],
        OwnKind::Idle => &["Still there?", "Anything else?"],
        OwnKind::HearingLost => &["I can't hear. Please type."],
        OwnKind::HearingBack => &["I hear you again."],
        OwnKind::YouWereSaying => &["You were saying?"],
        OwnKind::LimitNear => &["One minute left."],
        OwnKind::Stopped => &["Stopped."],
        OwnKind::EnglishOnly => &["English only, sorry."],
        OwnKind::IdleFarewell => &["Goodbye for now."],
        OwnKind::Farewell => &["Goodbye.", "Bye."],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_short_plain_wordings_in_every_persona() {
        for kind in OwnKind::ALL {
            for persona in Persona::ALL {
                for n in 0..8 {
                    let text = phrase(kind, Language::English, persona, n);
                    assert!((4..=90).contains(&text.len()), "{kind:?} {persona:?}: {text}");
                    assert!(text.ends_with(['.', '?', '!']), "{text}");
                    assert!(!text.contains(['*', '_', '`', '#', '\n']), "{text}");
                }
            }
        }
    }

    #[test]
    fn wordings_take_turns_and_come_round() {
        let say = |n| phrase(OwnKind::DidNotCatch, Language::English, Persona::Neutral, n);
        assert_ne!(say(0), say(1));
        assert_eq!(say(0), say(3));
        assert_eq!(say(u32::MAX), say(u32::MAX));
    }
}
