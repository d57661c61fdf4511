//! The agents that live here: echo and concierge wrapped from pure functions, and the one that asks a language model.

use std::sync::Arc;

use async_trait::async_trait;
use baton_ports::{
    Agent, AgentRequest, AgentStream, ChatEvent, ChatRequest, FinishReason, LanguageModel, Message, ProviderError, Role,
};
use baton_types::{AgentName, FaultCode};
use futures_util::StreamExt;
use futures_util::stream;

/// Characters of English text that make about one token, on the safe side.
const CHARS_A_TOKEN: usize = 3;

/// Tokens kept free for the answer.
const ANSWER_TOKENS: usize = 1_024;

/// Says back what was said.
#[derive(Debug)]
pub struct Echo {
    name: AgentName,
}

impl Default for Echo {
    fn default() -> Self {
        Self { name: AgentName::from("echo") }
    }
}

#[async_trait]
impl Agent for Echo {
    fn name(&self) -> &AgentName {
        &self.name
    }

    fn description(&self) -> String {
        "echo: says back what was said".to_owned()
    }

    async fn respond(&self, request: AgentRequest) -> Result<AgentStream, ProviderError> {
        let said = last_of_user(&request).unwrap_or_default();
        Ok(whole(baton_agents::echo::reply(said), FinishReason::Complete))
    }
}

/// A stream of one piece of text.
pub(crate) fn whole(text: String, reason: FinishReason) -> AgentStream {
    let mut events = Vec::new();
    if !text.is_empty() {
        events.push(Ok(ChatEvent::Text(text)));
    }
    events.push(Ok(ChatEvent::Ended { reason, usage: None }));
    stream::iter(events).boxed()
}

/// What the user said last.
pub(crate) fn last_of_user(request: &AgentRequest) -> Option<&str> {
    request.messages.iter().rev().find(|message| message.role == Role::User).map(|message| message.text.as_str())
}

/// Answers through a language model, with instructions and within its context limit.
pub struct Conversation {
    name: AgentName,
    model: Arc<dyn LanguageModel>,
    instructions: String,
    context_tokens: Option<u32>,
}

impl Conversation {
    /// An agent over `model`. `context_tokens` is the most the configuration allows; the model's own limit holds too.
    #[must_use]
    pub fn new(
        name: AgentName,
        model: Arc<dyn LanguageModel>,
        instructions: String,
        context_tokens: Option<u32>,
    ) -> Self {
        Self { name, model, instructions, context_tokens }
    }

    /// The request as it goes to the model: instructions, then as many of the last messages as fit.
    fn fit(&self, request: AgentRequest) -> Result<Vec<Message>, ProviderError> {
        let limit = [self.context_tokens, self.model.context_tokens()].into_iter().flatten().min();
        let mut messages = request.messages;
        if let Some(so_far) = request.so_far {
            messages.push(Message::new(Role::Assistant, so_far));
        }
        let mut fitted = vec![Message::new(Role::System, self.instructions.clone())];
        let Some(limit) = limit else {
            fitted.append(&mut messages);
            return Ok(fitted);
        };
        let room = (limit as usize).saturating_sub(ANSWER_TOKENS.min(limit as usize / 2));
        let mut used = tokens(&fitted[0]);
        let mut first = messages.len();
        while first > 0 && used + tokens(&messages[first - 1]) <= room {
            first -= 1;
            used += tokens(&messages[first]);
        }
        // A tool's answer without its question is refused by most models.
        while messages.get(first).is_some_and(|message| message.role == Role::Tool) {
            first += 1;
        }
        if first == messages.len() && !messages.is_empty() {
            let what = format!("the last message alone is longer than the context limit of {limit} tokens");
            return Err(ProviderError::new(FaultCode::LimitReached, what)
                .suggest("raise `context_tokens` of the agent, or say it in fewer words"));
        }
        fitted.extend(messages.drain(first..));
        Ok(fitted)
    }
}

fn tokens(message: &Message) -> usize {
    let calls: usize = message.tool_calls.iter().map(|call| call.name.len() + call.arguments.len()).sum();
    (message.text.len() + calls) / CHARS_A_TOKEN + 4
}

#[async_trait]
impl Agent for Conversation {
    fn name(&self) -> &AgentName {
        &self.name
    }

    fn description(&self) -> String {
        format!("{}: a conversation with {}", self.name, self.model.name())
    }

    async fn respond(&self, request: AgentRequest) -> Result<AgentStream, ProviderError> {
        let messages = self.fit(request)?;
        self.model.chat(ChatRequest { messages, ..ChatRequest::default() }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_ports::ChatStream;

    struct Recorded;

    #[async_trait]
    impl LanguageModel for Recorded {
        fn name(&self) -> &str {
            "recorded"
        }

        fn context_tokens(&self) -> Option<u32> {
            Some(100)
        }

        async fn chat(&self, request: ChatRequest) -> Result<ChatStream, ProviderError> {
            let texts: Vec<_> = request.messages.iter().map(|message| message.text.len().to_string()).collect();
            Ok(whole(texts.join(" "), FinishReason::Complete))
        }
    }

    async fn answer(agent: &dyn Agent, messages: Vec<Message>) -> Result<String, ProviderError> {
        let mut stream = agent.respond(AgentRequest { messages, so_far: None }).await?;
        let mut text = String::new();
        while let Some(event) = stream.next().await {
            if let ChatEvent::Text(piece) = event? {
                text.push_str(&piece);
            }
        }
        Ok(text)
    }

    fn conversation() -> Conversation {
        Conversation::new(AgentName::from("host"), Arc::new(Recorded), "be brief".to_owned(), None)
    }

    #[tokio::test]
    async fn echo_says_back_the_last_words_of_the_user() {
        let messages = vec![Message::new(Role::User, "one"), Message::new(Role::User, "two")];
        assert_eq!(answer(&Echo::default(), messages).await.unwrap(), "two");
    }

    #[tokio::test]
    async fn the_oldest_messages_give_way_to_the_context_limit() {
        let messages = vec![Message::new(Role::User, "x".repeat(120)), Message::new(Role::User, "y".repeat(60))];
        assert_eq!(answer(&conversation(), messages).await.unwrap(), "8 60");
    }

    #[tokio::test]
    async fn a_message_that_cannot_fit_is_refused_with_a_way_out() {
        let error = answer(&conversation(), vec![Message::new(Role::User, "x".repeat(900))]).await.unwrap_err();
        assert_eq!(error.kind, FaultCode::LimitReached);
        assert!(error.suggestions[0].contains("context_tokens"));
    }
}
