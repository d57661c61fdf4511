//! Agents: who answers a turn.

use async_trait::async_trait;
use baton_types::AgentName;

use crate::{ChatStream, Message, ProviderError};

/// What an agent is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AgentRequest {
    /// The conversation as it was heard, the user's turn last. Instructions are the agent's own and not in it.
    pub messages: Vec<Message>,
    /// What the agent wrote before in answer to this turn, heard or being heard, when it is to go on from there.
    pub so_far: Option<String>,
}

/// The stream of an answer: as of a language model.
pub type AgentStream = ChatStream;

/// Takes a turn and its context and yields a stream; may be cancelled at any point by dropping it.
#[async_trait]
pub trait Agent: Send + Sync {
    /// The name it is configured under.
    fn name(&self) -> &AgentName;

    /// What it is and what stands behind it, in one line, for people.
    fn description(&self) -> String;

    /// Answers.
    ///
    /// # Errors
    /// When no answer could be begun; nothing was generated then.
    async fn respond(&self, request: AgentRequest) -> Result<AgentStream, ProviderError>;
}
