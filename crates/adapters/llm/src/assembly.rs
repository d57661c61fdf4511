//! The pieces of a stream to one generation. Knows no network and no time.
//!
//! Text is passed on as it comes; the pieces of a tool call are kept until the generation ends, because only a whole call can be made. What differs
//! between servers is accepted here: calls without an index or all with the same one, arguments as an object, a missing reason for the end, usage in any
//! event, whole messages instead of deltas.

use baton_ports::{ChatEvent, FinishReason, ProviderError, ToolCall, Usage};
use baton_types::FaultCode;
use serde_json::Value;

use crate::error;
use crate::wire::{CallDelta, Chunk};

/// The most text of an answer, arguments of calls included: some 20 hours of speech.
pub(crate) const TEXT_BYTES_MAX: usize = 1_024 * 1_024;

/// The most tool calls of one generation.
const CALLS_MAX: usize = 64;

/// What a piece of the stream meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Nothing that shows the model at work.
    Idle,
    /// The model is at work.
    Progress,
    /// The server says that this was all.
    Done,
}

/// One generation in the making.
#[derive(Debug)]
pub(crate) struct Assembly {
    /// For people, in errors.
    server: String,
    /// Makes ids of calls that the server gives none.
    generation: u64,
    response: String,
    calls: Vec<Call>,
    text_bytes: usize,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
}

#[derive(Default, Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl Assembly {
    /// A generation of `server`. `generation` tells it from others of the process.
    pub(crate) fn new(server: String, generation: u64) -> Self {
        Self {
            server,
            generation,
            response: String::new(),
            calls: Vec::new(),
            text_bytes: 0,
            reason: None,
            usage: None,
        }
    }

    /// Whether the server has said why it ended; only usage may follow.
    pub(crate) fn is_finished(&self) -> bool {
        self.reason.is_some()
    }

    /// Takes the data of one event.
    ///
    /// # Errors
    /// `Garbled` for what is not of the protocol, `LimitReached` for too much of it, and what the server says went wrong.
    pub(crate) fn event(&mut self, data: &str, out: &mut Vec<ChatEvent>) -> Result<Step, ProviderError> {
        let data = data.trim();
        if data == "[DONE]" {
            return Ok(Step::Done);
        }
        if data.is_empty() {
            return Ok(Step::Idle);
        }
        let chunk = serde_json::from_str(data)
            .map_err(|cause| error::garbled(&self.server, "an event is not readable").caused_by(cause))?;
        self.chunk(chunk, data, out)
    }

    /// Takes the whole answer of a server that does not stream.
    ///
    /// # Errors
    /// As [`Assembly::event`].
    pub(crate) fn document(&mut self, text: &[u8], out: &mut Vec<ChatEvent>) -> Result<(), ProviderError> {
        let chunk =
            std::str::from_utf8(text).ok().and_then(|text| Some((serde_json::from_str::<Chunk>(text).ok()?, text)));
        let Some((chunk, text)) = chunk else {
            return Err(error::garbled(&self.server, "the answer is not readable"));
        };
        if chunk.choices.is_empty() && chunk.error.is_none() {
            return Err(error::garbled(&self.server, "the answer holds no choice"));
        }
        self.chunk(chunk, text, out).map(drop)
    }

    fn chunk(&mut self, chunk: Chunk, text: &str, out: &mut Vec<ChatEvent>) -> Result<Step, ProviderError> {
        if chunk.error.as_ref().is_some_and(|error| !error.is_null())
            || chunk.object.is_some_and(|object| object == "error")
        {
            let said = serde_json::from_str(text).unwrap_or(Value::Null);
            return Err(error::said_in_stream(&self.server, &said));
        }
        if !chunk.id.is_empty() {
            self.response = chunk.id;
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some(Usage { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens });
        }
        let mut step = Step::Idle;
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            for delta in [choice.delta, choice.message] {
                let text = delta.text();
                if !text.is_empty() {
                    self.count(text.len())?;
                    out.push(ChatEvent::Text(text));
                    step = Step::Progress;
                }
                if delta.is_reasoning() {
                    step = Step::Progress;
                }
                for call in &delta.tool_calls {
                    self.call(call)?;
                    step = Step::Progress;
                }
            }
            if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
                self.reason = Some(match reason.as_str() {
                    "length" | "max_tokens" => FinishReason::Length,
                    "tool_calls" | "function_call" => FinishReason::ToolCalls,
                    "content_filter" => FinishReason::Filtered,
                    _ => FinishReason::Complete,
                });
                step = Step::Progress;
            }
        }
        Ok(step)
    }

    fn call(&mut self, delta: &CallDelta) -> Result<(), ProviderError> {
        let name = &delta.function.name;
        let arguments = delta.function.arguments();
        self.count(arguments.len() + name.len() + delta.id.len())?;
        // A new call is told by its index; some servers give all calls the same one, or none, and tell them by id and name.
        let is_same = |call: &Call| {
            let is_renamed = !delta.id.is_empty() && !call.id.is_empty() && delta.id != call.id && !name.is_empty();
            (delta.index.is_none() || delta.index == call.index) && !is_renamed
        };
        let is_whole_without_id = delta.index.is_none() && delta.id.is_empty() && !name.is_empty();
        let known = self.calls.iter().rposition(is_same).filter(|_| !is_whole_without_id);
        let at = match known {
            Some(at) => at,
            None if self.calls.len() == CALLS_MAX => {
                return Err(error::too_much(&self.server, &format!("more than {CALLS_MAX} tool calls")));
            }
            None => {
                self.calls.push(Call { index: delta.index, ..Call::default() });
                self.calls.len() - 1
            }
        };
        let call = &mut self.calls[at];
        if call.id.is_empty() {
            call.id.clone_from(&delta.id);
        }
        if call.name.is_empty() {
            call.name.clone_from(name);
        }
        call.arguments.push_str(&arguments);
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), ProviderError> {
        self.text_bytes += bytes;
        if self.text_bytes > TEXT_BYTES_MAX {
            return Err(error::too_much(&self.server, "an answer of more than 1 MiB"));
        }
        Ok(())
    }

    /// Ends the generation: the calls, then the end.
    ///
    /// # Errors
    /// `Garbled` for a call without a name.
    pub(crate) fn end(&mut self, out: &mut Vec<ChatEvent>) -> Result<(), ProviderError> {
        let mut calls = std::mem::take(&mut self.calls);
        let said = self.reason.unwrap_or(FinishReason::Complete);
        let is_cut = said == FinishReason::Length
            && calls.last().is_some_and(|call| serde_json::from_str::<serde::de::IgnoredAny>(&call.arguments).is_err());
        if is_cut {
            // Half a call cannot be made.
            calls.pop();
        }
        let reason = match said {
            FinishReason::Complete if !calls.is_empty() => FinishReason::ToolCalls,
            FinishReason::ToolCalls if calls.is_empty() => FinishReason::Complete,
            said => said,
        };
        for (number, call) in calls.into_iter().enumerate() {
            if call.name.is_empty() {
                return Err(error::garbled(&self.server, "a tool call has no name"));
            }
            let id = match call.id {
                id if !id.is_empty() => id,
                _ if self.response.is_empty() => format!("call_{}_{number}", self.generation),
                _ => format!("call_{}_{number}", self.response),
            };
            let arguments = if call.arguments.trim().is_empty() { "{}".to_owned() } else { call.arguments };
            out.push(ChatEvent::ToolCall(ToolCall { id: id.into(), name: call.name, arguments }));
        }
        out.push(ChatEvent::Ended { reason, usage: self.usage });
        Ok(())
    }

    /// The stream is over without a word about its end.
    pub(crate) fn interrupted(&self) -> ProviderError {
        ProviderError::new(
            FaultCode::Interrupted,
            format!("the language model at {} stopped in the middle of its answer", self.server),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(events: &[&str]) -> Vec<ChatEvent> {
        let mut assembly = Assembly::new("here".to_owned(), 3);
        let mut out = Vec::new();
        for event in events {
            assembly.event(event, &mut out).unwrap();
        }
        assembly.end(&mut out).unwrap();
        out
    }

    fn calls(events: &[&str]) -> Vec<(String, String, String)> {
        let call = |event| match event {
            ChatEvent::ToolCall(call) => Some((call.id.to_string(), call.name, call.arguments)),
            ChatEvent::Text(_) | ChatEvent::Ended { .. } => None,
        };
        run(events).into_iter().filter_map(call).collect()
    }

    fn delta(calls: &str) -> String {
        format!(r#"{{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}"#)
    }

    fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
        (id.to_owned(), name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn calls_whose_pieces_are_mixed_are_told_by_their_index() {
        let events = [
            delta(r#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#),
            delta(
                r#"{"index":1,"id":"b","function":{"name":"g","arguments":"{"}},{"index":0,"function":{"arguments":"{\"x\":"}}"#,
            ),
            delta(
                r#"{"index":0,"id":"","function":{"name":"","arguments":"1}"}},{"index":1,"function":{"arguments":"}"}}"#,
            ),
        ];
        let events: Vec<_> = events.iter().map(String::as_str).collect();
        assert_eq!(calls(&events), [call("a", "f", r#"{"x":1}"#), call("b", "g", "{}")]);
    }

    #[test]
    fn calls_without_an_index_are_told_by_id_or_name() {
        let events = [
            delta(r#"{"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#),
            delta(r#"{"function":{"arguments":"1}"}}"#),
            delta(r#"{"id":"b","function":{"name":"f","arguments":{"y":2}}}"#),
            delta(r#"{"function":{"name":"g"}},{"function":{"name":"h"}}"#),
        ];
        let events: Vec<_> = events.iter().map(String::as_str).collect();
        let expected = [
            call("a", "f", r#"{"x":1}"#),
            call("b", "f", r#"{"y":2}"#),
            call("call_3_2", "g", "{}"),
            call("call_3_3", "h", "{}"),
        ];
        assert_eq!(calls(&events), expected);
    }

    #[test]
    fn whole_calls_that_all_have_the_index_zero_are_told_by_their_id() {
        let events = [
            delta(r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#),
            delta(r#"{"index":0,"id":"b","function":{"name":"f","arguments":"[]"}}"#),
        ];
        let events: Vec<_> = events.iter().map(String::as_str).collect();
        assert_eq!(calls(&events), [call("a", "f", "{}"), call("b", "f", "[]")]);
    }

    #[test]
    fn a_call_that_the_limit_of_tokens_cuts_is_left_out() {
        let cut = delta(r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#);
        let out = run(&[&cut, r#"{"choices":[{"finish_reason":"length"}]}"#]);
        assert_eq!(out, [ChatEvent::Ended { reason: FinishReason::Length, usage: None }]);
    }

    #[test]
    fn only_a_model_at_work_is_progress() {
        let mut assembly = Assembly::new("here".to_owned(), 0);
        let mut step = |event: &str| assembly.event(event, &mut Vec::new()).unwrap();
        assert_eq!(step(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#), Step::Idle);
        assert_eq!(step(r#"{"choices":[]}"#), Step::Idle);
        assert_eq!(step(""), Step::Idle);
        assert_eq!(step(r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#), Step::Progress);
        assert_eq!(step(r#"{"choices":[{"delta":{"content":"a"}}]}"#), Step::Progress);
        assert_eq!(step("[DONE]"), Step::Done);
    }

    #[test]
    fn too_many_calls_are_refused() {
        let mut assembly = Assembly::new("here".to_owned(), 0);
        let error = (0..=CALLS_MAX).find_map(|index| {
            assembly.event(&delta(&format!(r#"{{"index":{index},"id":"i{index}"}}"#)), &mut Vec::new()).err()
        });
        assert_eq!(error.map(|error| error.kind), Some(FaultCode::LimitReached));
    }

    #[test]
    fn a_call_without_a_name_is_garbled() {
        let mut assembly = Assembly::new("here".to_owned(), 0);
        assembly.event(&delta(r#"{"index":0,"id":"a"}"#), &mut Vec::new()).unwrap();
        assert_eq!(assembly.end(&mut Vec::new()).unwrap_err().kind, FaultCode::Garbled);
    }
}
