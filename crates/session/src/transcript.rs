//! What was said and heard, in order.

use baton_types::{AgentName, CallId, ReplyId, Timestamp, TurnId};
use serde::{Deserialize, Serialize};

use crate::command::OwnKind;
use crate::event::ToolOutcome;

/// One item of a conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// What the user said or typed in one turn.
    User {
        /// The turn.
        turn: TurnId,
        /// The text.
        text: String,
        /// Whether any of it was typed.
        typed: bool,
        /// Input position of its first voice, or its arrival.
        start: Timestamp,
        /// Input position behind its last voice, or its arrival.
        end: Timestamp,
    },
    /// What an agent answered.
    Agent {
        /// The reply.
        reply: ReplyId,
        /// The turn it answers.
        turn: TurnId,
        /// Who answered.
        agent: AgentName,
        /// The part that was heard (or rendered, where the modality is text).
        heard: String,
        /// The part that was generated and not heard.
        unheard: String,
        /// How much of its sound was heard, in milliseconds.
        heard_ms: u64,
        /// Whether it was cut.
        cut: bool,
    },
    /// What Baton said by itself; never sent to a model as its own words.
    Note {
        /// The reply.
        reply: ReplyId,
        /// Which sentence.
        kind: OwnKind,
        /// The part that was heard.
        heard: String,
    },
    /// A tool call with what came of it; kept as a pair whatever was heard.
    Tool {
        /// The turn.
        turn: TurnId,
        /// The call.
        call: CallId,
        /// The tool's name.
        name: String,
        /// The arguments as JSON text.
        arguments: String,
        /// What came of it; `None` while it runs.
        outcome: Option<ToolOutcome>,
    },
}

/// The items of a conversation in order, as they were heard.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Transcript {
    items: Vec<Item>,
}

impl Transcript {
    /// A transcript to go on from.
    #[must_use]
    pub fn from_items(items: Vec<Item>) -> Self {
        Self { items }
    }

    /// Every item, heard and unheard parts apart.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The items that an answer may see: the `context` of `Generate`.
    #[must_use]
    pub fn context(&self, context: usize) -> &[Item] {
        &self.items[..context.min(self.items.len())]
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing was said yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn push(&mut self, item: Item) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    pub(crate) fn item_mut(&mut self, index: usize) -> Option<&mut Item> {
        self.items.get_mut(index)
    }

    /// Whether a call is known already.
    pub(crate) fn has_call(&self, id: &CallId) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Tool { call, .. } if call == id))
    }
}
