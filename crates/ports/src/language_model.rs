//! Language models.

use async_trait::async_trait;
use baton_types::CallId;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::ProviderError;

/// Who speaks in a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The agent.
    Assistant,
    /// The result of a tool.
    Tool,
}

/// One message of a conversation as an agent sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The text.
    pub text: String,
    /// Calls that an assistant message makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that a tool message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<CallId>,
}

impl Message {
    /// A message of text alone.
    #[must_use]
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), tool_calls: Vec::new(), answers: None }
    }
}

/// One call of a tool.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id that pairs it with its result.
    pub id: CallId,
    /// The tool's name.
    pub name: String,
    /// The arguments as JSON text, as the model wrote them.
    pub arguments: String,
}

/// A tool that a model may call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ToolSpec {
    /// The name the model calls it by.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// JSON Schema of the arguments.
    pub parameters: serde_json::Value,
}

/// What a model is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ChatRequest {
    /// The conversation, instructions first.
    pub messages: Vec<Message>,
    /// Tools it may call.
    pub tools: Vec<ToolSpec>,
    /// The most tokens it may write; the provider's own limit when `None`.
    pub max_tokens: Option<u32>,
}

/// Why a model stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FinishReason {
    /// The answer is complete.
    Complete,
    /// The limit of tokens cut it.
    Length,
    /// It waits for tools.
    ToolCalls,
    /// The provider withheld the rest.
    Filtered,
    /// The answer says goodbye.
    Goodbye,
}

/// Tokens of one generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// One thing from a model's or an agent's stream.
#[derive(Clone, PartialEq, Debug)]
pub enum ChatEvent {
    /// A piece of text; white space counts.
    Text(String),
    /// A whole tool call.
    ToolCall(ToolCall),
    /// The end; nothing follows.
    Ended {
        /// Why.
        reason: FinishReason,
        /// What it used, where the provider says.
        usage: Option<Usage>,
    },
}

/// A stream of a generation: any number of texts and calls, then exactly one `Ended` or an error; dropping it cancels
/// the generation at the provider.
pub type ChatStream = BoxStream<'static, Result<ChatEvent, ProviderError>>;

/// A language model.
#[async_trait]
pub trait LanguageModel: Send + Sync {
    /// The model's name, for people.
    fn name(&self) -> &str;

    /// The most tokens that a request may hold, where it is known.
    fn context_tokens(&self) -> Option<u32>;

    /// Starts a generation. Time-outs for connecting, the first token, a stall and the whole are the adapter's;
    /// dropping the future or the stream cancels.
    ///
    /// # Errors
    /// When the request could not be made or was refused; nothing was generated then.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream, ProviderError>;
}
