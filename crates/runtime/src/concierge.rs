//! The offline concierge behind the agent's port: it needs the time, the conversation and what is known of the system.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use baton_agents::concierge::{self, Context, Speaker, Status, Turn};
use baton_ports::{Agent, AgentRequest, AgentStream, FinishReason, Message, ProviderError, Role};
use baton_types::AgentName;

use crate::agents::{last_of_user, whole};

/// Turns that the concierge remembers.
const TURNS_MAX: usize = 200;

/// The agent that needs no model.
pub struct Concierge {
    name: AgentName,
    status: Mutex<Status>,
    started: Instant,
    now: fn() -> jiff::Zoned,
}

impl Concierge {
    /// A concierge under a name; `now` tells the time outside, in the person's time zone.
    #[must_use]
    pub fn new(name: AgentName, now: fn() -> jiff::Zoned) -> Self {
        Self { name, status: Mutex::default(), started: Instant::now(), now }
    }

    /// Tells it what is known of the system.
    pub fn know(&self, status: Status) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}

#[async_trait]
impl Agent for Concierge {
    fn name(&self) -> &AgentName {
        &self.name
    }

    fn description(&self) -> String {
        "the offline concierge: time, dates, sums, units, spelling, and the conversation itself; no model".to_owned()
    }

    async fn respond(&self, request: AgentRequest) -> Result<AgentStream, ProviderError> {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        status.uptime = Some(self.started.elapsed());
        let said = last_of_user(&request).unwrap_or_default().to_owned();
        let turns = turns(&request.messages);
        let spoken = turns.iter().filter(|turn| turn.speaker == Speaker::User).count();
        status.turns = u32::try_from(spoken + 1).ok();
        let variety = u32::try_from(spoken).unwrap_or(0);
        let context = Context { now: (self.now)(), turns, status, time_zones: Some(jiff::tz::db().clone()), variety };
        let reply = concierge::reply(&said, &context);
        tracing::debug!(intent = reply.intent.name(), confidence = reply.confidence, "the concierge answers");
        let reason = if reply.end_conversation { FinishReason::Goodbye } else { FinishReason::Complete };
        Ok(whole(reply.text, reason))
    }
}

/// The conversation before the request.
fn turns(messages: &[Message]) -> Vec<Turn> {
    let last = messages.iter().rposition(|message| message.role == Role::User).unwrap_or(messages.len());
    let before = &messages[..last];
    before[before.len().saturating_sub(TURNS_MAX)..]
        .iter()
        .filter_map(|message| match message.role {
            Role::User => Some(Turn::user(message.text.clone())),
            Role::Assistant if !message.text.is_empty() => Some(Turn::agent(message.text.clone())),
            Role::Assistant | Role::System | Role::Tool => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use baton_ports::ChatEvent;
    use futures_util::StreamExt;

    use super::*;

    fn noon() -> jiff::Zoned {
        "2026-03-03T12:00:00+00:00[UTC]".parse().unwrap()
    }

    async fn answer(messages: Vec<Message>) -> (String, Option<FinishReason>) {
        let agent = Concierge::new(AgentName::from("host"), noon);
        let mut stream = agent.respond(AgentRequest { messages, so_far: None }).await.unwrap();
        let (mut text, mut end) = (String::new(), None);
        while let Some(event) = stream.next().await {
            match event.unwrap() {
                ChatEvent::Text(piece) => text.push_str(&piece),
                ChatEvent::Ended { reason, .. } => end = Some(reason),
                ChatEvent::ToolCall(_) => {}
            }
        }
        (text, end)
    }

    #[tokio::test]
    async fn the_concierge_knows_the_time_and_what_was_said() {
        let (text, end) = answer(vec![Message::new(Role::User, "what time is it")]).await;
        assert!(text.contains("12"), "{text}");
        assert_eq!(end, Some(FinishReason::Complete));
        let messages = vec![
            Message::new(Role::User, "my dog is called Rex"),
            Message::new(Role::Assistant, "I see."),
            Message::new(Role::User, "say that again"),
        ];
        assert!(answer(messages).await.0.contains("I see"));
    }

    #[tokio::test]
    async fn goodbye_ends_the_conversation() {
        assert_eq!(answer(vec![Message::new(Role::User, "goodbye")]).await.1, Some(FinishReason::Goodbye));
    }
}
