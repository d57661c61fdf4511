//! From a transcript to the messages an agent sees.
//!
//! An agent sees what was heard, not what was generated. Where a reply was cut, a note says what was not heard, so that
//! "go on" can go on. What Baton said by itself is left out: it is never an agent's own word.

use baton_ports::{AgentRequest, Message, Role, ToolCall};
use baton_session::{Item, ToolOutcome};

/// The request for an answer to the last of `items`.
#[must_use]
pub fn request(items: &[Item]) -> AgentRequest {
    let mut messages = Vec::new();
    for item in items {
        append(item, &mut messages);
    }
    AgentRequest { messages, so_far: None }
}

fn append(item: &Item, messages: &mut Vec<Message>) {
    match item {
        Item::User { text, .. } => messages.push(Message::new(Role::User, text.clone())),
        Item::Agent { heard, unheard, cut, .. } => {
            if !heard.trim().is_empty() {
                messages.push(Message::new(Role::Assistant, heard.trim()));
            }
            if *cut && !unheard.trim().is_empty() {
                let note = format!("(The user interrupted here. Not heard: \"{}\")", unheard.trim());
                messages.push(Message::new(Role::System, note));
            }
        }
        Item::Note { .. } => {}
        Item::Tool { call, name, arguments, outcome, .. } => {
            let mut asked = Message::new(Role::Assistant, "");
            asked.tool_calls.push(ToolCall { id: call.clone(), name: name.clone(), arguments: arguments.clone() });
            messages.push(asked);
            let mut answer = Message::new(Role::Tool, outcome_text(outcome.as_ref()));
            answer.answers = Some(call.clone());
            messages.push(answer);
        }
    }
}

fn outcome_text(outcome: Option<&ToolOutcome>) -> String {
    match outcome {
        None => "(still running)".to_owned(),
        Some(ToolOutcome::Result(text)) => text.clone(),
        Some(ToolOutcome::Refused(why)) => format!("(refused: {why})"),
        Some(ToolOutcome::Cancelled) => "(cancelled)".to_owned(),
        Some(ToolOutcome::Lost) => "(no result: it ended without a word)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use baton_session::OwnKind;
    use baton_types::{AgentName, CallId, ReplyId, Timestamp, TurnId};

    use super::*;

    fn user(text: &str) -> Item {
        let at = Timestamp::ZERO;
        Item::User { turn: TurnId(1), text: text.to_owned(), typed: false, start: at, end: at }
    }

    fn agent(heard: &str, unheard: &str) -> Item {
        Item::Agent {
            reply: ReplyId(1),
            turn: TurnId(1),
            agent: AgentName::from("a"),
            heard: heard.to_owned(),
            unheard: unheard.to_owned(),
            heard_ms: 900,
            cut: !unheard.is_empty(),
        }
    }

    #[test]
    fn an_agent_sees_what_was_heard_and_what_was_not() {
        let note = Item::Note { reply: ReplyId(2), kind: OwnKind::Greeting, heard: "Hello.".to_owned() };
        let request = request(&[note, user("tell me"), agent("One, two,", " three."), user("go on")]);
        let seen: Vec<_> = request.messages.iter().map(|message| (message.role, message.text.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Role::User, "tell me"),
                (Role::Assistant, "One, two,"),
                (Role::System, "(The user interrupted here. Not heard: \"three.\")"),
                (Role::User, "go on"),
            ]
        );
    }

    #[test]
    fn a_tool_call_and_its_result_stay_a_pair() {
        let outcomes = [
            (None, "(still running)"),
            (Some(ToolOutcome::Result("7".to_owned())), "7"),
            (Some(ToolOutcome::Refused("no".to_owned())), "(refused: no)"),
            (Some(ToolOutcome::Cancelled), "(cancelled)"),
            (Some(ToolOutcome::Lost), "(no result: it ended without a word)"),
        ];
        for (outcome, text) in outcomes {
            let item = Item::Tool {
                turn: TurnId(1),
                call: CallId::from("c1"),
                name: "sum".to_owned(),
                arguments: "{}".to_owned(),
                outcome,
            };
            let messages = request(&[item]).messages;
            assert_eq!(messages[0].tool_calls[0].id, CallId::from("c1"));
            assert_eq!((messages[1].answers.clone(), messages[1].text.as_str()), (Some(CallId::from("c1")), text));
        }
    }
}
