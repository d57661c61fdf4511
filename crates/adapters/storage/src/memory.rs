//! Conversations that last as long as the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use baton_ports::{ConversationSummary, ProviderError, Store, StoredItem, WallTime};
use baton_types::ConversationId;

use crate::error;
use crate::title::title;

/// Keeps conversations in memory: for `--ephemeral` and for tests.
#[derive(Default, Debug)]
pub struct MemoryStore {
    conversations: Mutex<BTreeMap<ConversationId, Conversation>>,
}

#[derive(Debug)]
struct Conversation {
    created: WallTime,
    updated: WallTime,
    items: BTreeMap<u64, StoredItem>,
}

impl MemoryStore {
    /// The conversations. A panic elsewhere cannot leave them half changed, so a poisoned lock is as good as any.
    fn conversations(&self) -> MutexGuard<'_, BTreeMap<ConversationId, Conversation>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    async fn create(&self, id: ConversationId, now: WallTime) -> Result<(), ProviderError> {
        self.conversations().entry(id).or_insert_with(|| Conversation {
            created: now,
            updated: now,
            items: BTreeMap::new(),
        });
        Ok(())
    }

    async fn write(&self, id: ConversationId, item: StoredItem) -> Result<(), ProviderError> {
        let mut conversations = self.conversations();
        let conversation = conversations.get_mut(&id).ok_or_else(|| error::no_conversation("memory", id))?;
        conversation.updated = conversation.updated.max(item.written);
        conversation.items.insert(item.index, item);
        Ok(())
    }

    async fn read(&self, id: ConversationId) -> Result<Option<Vec<StoredItem>>, ProviderError> {
        Ok(self.conversations().get(&id).map(|conversation| conversation.items.values().cloned().collect()))
    }

    async fn list(&self, limit: u32) -> Result<Vec<ConversationSummary>, ProviderError> {
        let mut all: Vec<_> =
            self.conversations().iter().map(|(id, conversation)| summary(*id, conversation)).collect();
        all.sort_by_key(|summary| std::cmp::Reverse((summary.updated, summary.id)));
        all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(all)
    }

    async fn delete(&self, id: ConversationId) -> Result<bool, ProviderError> {
        Ok(self.conversations().remove(&id).is_some())
    }

    async fn prune(&self, before: WallTime) -> Result<Vec<ConversationId>, ProviderError> {
        let mut conversations = self.conversations();
        Ok(conversations.extract_if(.., |_, conversation| conversation.updated < before).map(|(id, _)| id).collect())
    }
}

fn summary(id: ConversationId, conversation: &Conversation) -> ConversationSummary {
    let said = conversation.items.values().find(|item| item.kind == "user" && !item.text.trim().is_empty());
    ConversationSummary {
        id,
        created: conversation.created,
        updated: conversation.updated,
        items: conversation.items.len() as u64,
        title: said.map(|item| title(&item.text)).unwrap_or_default(),
    }
}
