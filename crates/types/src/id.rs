//! Names of things: counters inside a session, UUIDs for what outlives it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The one after this.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter! {
    /// One user turn: what the user says until the floor passes. Counted from 1 in a session.
    TurnId
}
counter! {
    /// One reply of an agent, or one sentence Baton says by itself. Counted from 1 in a session.
    ReplyId
}
counter! {
    /// One stretch of a user turn that is recognised as a whole; frozen at a long pause. Counted from 1 in a turn.
    SegmentId
}
counter! {
    /// One attempt to recognise the open segment; voice again makes the next one. Counted from 1 in a segment.
    Revision
}
counter! {
    /// One generation for a turn; a reopened turn makes the next one. Counted from 1 in a turn.
    Attempt
}
counter! {
    /// One clause of a reply, the unit of synthesis. Counted from 0 in a reply.
    ClauseId
}
counter! {
    /// One typed message of a client, by the client's own count.
    TypedId
}
counter! {
    /// One piece of work that a driver started and waits for. Counted from 1 in a session.
    JobId
}

macro_rules! durable {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text.trim()).map(Self)
            }
        }
    };
}

durable! {
    /// The durable thing: a transcript and its context. A UUIDv7 made by a driver.
    ConversationId
}
durable! {
    /// One device's attachment to a conversation. A UUIDv7 made by a driver.
    SessionId
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// An agent by the name it is configured under.
    AgentName
}
name! {
    /// A tool call by the id that the model gave it; unique in a conversation.
    CallId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_count_and_show_as_numbers() {
        assert_eq!(TurnId(3).next(), TurnId(4));
        assert_eq!(ReplyId(7).to_string(), "7");
        assert_eq!(serde_json::to_string(&Revision(2)).unwrap(), "2");
    }

    #[test]
    fn durable_ids_are_read_back_from_their_text() {
        let id = ConversationId(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<ConversationId>().unwrap(), id);
        assert!("nonsense".parse::<SessionId>().is_err());
    }

    #[test]
    fn names_are_transparent_text() {
        let name = AgentName::from("concierge");
        assert_eq!(name.as_str(), "concierge");
        assert_eq!(name.to_string(), "concierge");
        assert_eq!(serde_json::to_string(&CallId::from("a".to_owned())).unwrap(), "\"a\"");
        assert_eq!(serde_json::from_str::<CallId>("\"a\"").unwrap(), CallId::from("a"));
    }
}
