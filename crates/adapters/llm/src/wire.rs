//! The messages of chat completions as they travel. Reading is lenient: unknown fields are ignored, known ones may be missing or null.

use baton_ports::{ChatRequest, Message, Role};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

/// How a request is written for one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// `max_completion_tokens` instead of `max_tokens`.
    pub(crate) names_completion_tokens: bool,
    /// Asks for the usage at the end of the stream.
    pub(crate) asks_usage: bool,
}

/// The body of a request.
pub(crate) fn request(model: &str, request: &ChatRequest, dialect: Dialect) -> Value {
    let messages: Vec<Value> = request.messages.iter().map(message).collect();
    let mut body = json!({"model": model, "messages": messages, "stream": true});
    if dialect.asks_usage {
        body["stream_options"] = json!({"include_usage": true});
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            let function = json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
            json!({"type": "function", "function": function})
        });
        body["tools"] = tools.collect();
    }
    if let Some(limit) = request.max_tokens {
        body[if dialect.names_completion_tokens { "max_completion_tokens" } else { "max_tokens" }] = limit.into();
    }
    body
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let mut fields = Map::new();
    fields.insert("role".to_owned(), role.into());
    let is_only_calls = message.text.is_empty() && !message.tool_calls.is_empty();
    let content = if is_only_calls { Value::Null } else { message.text.as_str().into() };
    fields.insert("content".to_owned(), content);
    if !message.tool_calls.is_empty() {
        let calls = message.tool_calls.iter().map(|call| {
            let function = json!({"name": call.name, "arguments": call.arguments});
            json!({"id": call.id.as_str(), "type": "function", "function": function})
        });
        fields.insert("tool_calls".to_owned(), calls.collect());
    }
    if let Some(answers) = &message.answers {
        fields.insert("tool_call_id".to_owned(), answers.as_str().into());
    }
    fields.into()
}

/// One event of a stream, or a whole answer from a server that does not stream.
#[derive(Deserialize, Debug)]
pub(crate) struct Chunk {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) choices: Vec<Choice>,
    #[serde(default)]
    pub(crate) usage: Option<Tokens>,
    /// What went wrong: an object, or text from Ollama.
    #[serde(default)]
    pub(crate) error: Option<Value>,
    /// `error` from vLLM, which then writes what went wrong beside it.
    #[serde(default)]
    pub(crate) object: Option<Value>,
}

#[derive(Deserialize, Debug)]
pub(crate) struct Choice {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) index: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) delta: Delta,
    /// The whole, where the server does not stream.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) message: Delta,
    #[serde(default)]
    pub(crate) finish_reason: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
pub(crate) struct Delta {
    /// Text, or a list of parts from some servers.
    #[serde(default)]
    pub(crate) content: Option<Value>,
    /// What the model says instead of an answer that it will not give.
    #[serde(default)]
    pub(crate) refusal: Option<String>,
    /// What a reasoning model thinks: not an answer, but a sign of life.
    #[serde(default)]
    pub(crate) reasoning_content: Option<Value>,
    /// The same under its other name; some servers send both.
    #[serde(default)]
    pub(crate) reasoning: Option<Value>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) tool_calls: Vec<CallDelta>,
}

impl Delta {
    /// The text in it.
    pub(crate) fn text(&self) -> String {
        let part = |part: &Value| part.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut text = match &self.content {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => parts.iter().map(part).collect(),
            _ => String::new(),
        };
        text.push_str(self.refusal.as_deref().unwrap_or_default());
        text
    }

    pub(crate) fn is_reasoning(&self) -> bool {
        [&self.reasoning_content, &self.reasoning]
            .into_iter()
            .flatten()
            .any(|thought| !thought.is_null() && thought != "")
    }
}

#[derive(Deserialize, Debug)]
pub(crate) struct CallDelta {
    #[serde(default)]
    pub(crate) index: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) function: FunctionDelta,
}

#[derive(Deserialize, Default, Debug)]
pub(crate) struct FunctionDelta {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) name: String,
    /// A piece of JSON text, or the whole object from some servers.
    #[serde(default)]
    pub(crate) arguments: Option<Value>,
}

impl FunctionDelta {
    pub(crate) fn arguments(&self) -> String {
        match &self.arguments {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => String::new(),
            Some(whole) => whole.to_string(),
        }
    }
}

#[derive(Deserialize, Clone, Copy, Debug)]
pub(crate) struct Tokens {
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) prompt_tokens: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) completion_tokens: u64,
}

/// A field that may be null.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_ports::{ToolCall, ToolSpec};

    #[test]
    fn a_request_is_written_as_the_protocol_has_it() {
        let call = ToolCall { id: "c1".into(), name: "time".to_owned(), arguments: "{}".to_owned() };
        let messages = vec![
            Message::new(Role::System, "Be brief."),
            Message::new(Role::User, "What time is it?"),
            Message { tool_calls: vec![call], ..Message::new(Role::Assistant, "") },
            Message { answers: Some("c1".into()), ..Message::new(Role::Tool, "noon") },
            Message::new(Role::Assistant, "Noon."),
        ];
        let schema = json!({"type": "object"});
        let tool = ToolSpec { name: "time".to_owned(), description: "the time".to_owned(), parameters: schema.clone() };
        let asked = ChatRequest { messages, tools: vec![tool], max_tokens: Some(9) };
        let dialect = Dialect { names_completion_tokens: false, asks_usage: true };
        assert_eq!(
            request("m", &asked, dialect),
            json!({
                "model": "m", "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 9,
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "What time is it?"},
                    {"role": "assistant", "content": null,
                     "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "time", "arguments": "{}"}}]},
                    {"role": "tool", "content": "noon", "tool_call_id": "c1"},
                    {"role": "assistant", "content": "Noon."},
                ],
                "tools": [{"type": "function",
                           "function": {"name": "time", "description": "the time", "parameters": schema}}],
            })
        );
        let dialect = Dialect { names_completion_tokens: true, asks_usage: false };
        let short = ChatRequest { max_tokens: Some(9), ..ChatRequest::default() };
        assert_eq!(
            request("m", &short, dialect),
            json!({"model": "m", "stream": true, "messages": [], "max_completion_tokens": 9})
        );
    }

    #[test]
    fn null_missing_and_unknown_fields_are_read() {
        let text = r#"{"id":null,"usage":null,"x":1,"choices":[{"delta":{"content":null,"tool_calls":null,"role":"assistant","reasoning":null,"reasoning_content":""},
            "finish_reason":null,"logprobs":{}},{"index":null,"delta":null,"message":null}]}"#;
        let chunk: Chunk = serde_json::from_str(text).unwrap();
        assert_eq!(chunk.choices.len(), 2);
        assert_eq!(chunk.choices[0].delta.text(), "");
        assert!(serde_json::from_str::<Chunk>(r#"{"choices":null}"#).unwrap().choices.is_empty());
    }
}
