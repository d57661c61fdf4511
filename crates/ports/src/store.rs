//! Where conversations are kept.

use async_trait::async_trait;
use baton_types::ConversationId;
use serde::{Deserialize, Serialize};

use crate::ProviderError;

/// Milliseconds since 1970-01-01 00:00 UTC. Exists only in the store and in durable work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallTime(pub i64);

/// One item of a conversation as it is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StoredItem {
    /// Place in the transcript, from 0.
    pub index: u64,
    /// When it was last written.
    pub written: WallTime,
    /// `user`, `agent`, `note` or `tool`: what `body` holds.
    pub kind: String,
    /// The words a person would look for: what the user said, what of the answer was heard.
    pub text: String,
    /// The whole item as JSON; the version of its form is the store's.
    pub body: serde_json::Value,
}

/// One line of the list of conversations.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConversationSummary {
    /// The conversation.
    pub id: ConversationId,
    /// When it began.
    pub created: WallTime,
    /// When it was last written to.
    pub updated: WallTime,
    /// How many items it has.
    pub items: u64,
    /// The first thing the user said, shortened to 80 characters.
    pub title: String,
}

/// Keeps conversations.
///
/// Contract: what a call has returned from is durable. Calls for one conversation are made by one writer, in order.
/// Two processes may use one store. Nothing is ever half written.
#[async_trait]
pub trait Store: Send + Sync {
    /// What it is, for people: a path, "memory".
    fn name(&self) -> String;

    /// Makes a conversation; one that exists already is left as it is.
    async fn create(&self, id: ConversationId, now: WallTime) -> Result<(), ProviderError>;

    /// Writes an item; the same index again replaces it.
    async fn write(&self, id: ConversationId, item: StoredItem) -> Result<(), ProviderError>;

    /// All items in order, or `None` where there is no such conversation.
    async fn read(&self, id: ConversationId) -> Result<Option<Vec<StoredItem>>, ProviderError>;

    /// The newest conversations first, at most `limit`.
    async fn list(&self, limit: u32) -> Result<Vec<ConversationSummary>, ProviderError>;

    /// Deletes a conversation; answers whether it was there.
    async fn delete(&self, id: ConversationId) -> Result<bool, ProviderError>;

    /// Deletes what was last written to before `before`; answers which.
    async fn prune(&self, before: WallTime) -> Result<Vec<ConversationId>, ProviderError>;
}
