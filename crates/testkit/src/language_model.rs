//! What every [`LanguageModel`] promises.

use baton_ports::{ChatEvent, ChatRequest, FinishReason, LanguageModel, Message, Role};
use futures_util::StreamExt;

/// Tries what the port promises on a model that answers anything with some text; gives that text.
///
/// # Panics
/// Where the model breaks a promise; the message says which.
pub async fn language_model_conformance(model: &dyn LanguageModel) -> String {
    assert!(!model.name().is_empty(), "a model has a name");
    let messages = vec![Message::new(Role::System, "Answer in one word."), Message::new(Role::User, "Hello?")];
    let request = ChatRequest { messages, ..ChatRequest::default() };

    // A generation that nobody wants is dropped and leaves the model as it was.
    drop(model.chat(request.clone()).await.expect("a stream"));

    let mut stream = model.chat(request).await.expect("a stream after a dropped one");
    let mut said = String::new();
    loop {
        match stream.next().await.expect("a stream ends with `Ended` or an error").expect("an answer") {
            ChatEvent::Text(text) => {
                assert!(!text.is_empty(), "a piece of text is not empty");
                said.push_str(&text);
            }
            ChatEvent::ToolCall(call) => panic!("nobody offered the tool {}", call.name),
            ChatEvent::Ended { reason, .. } => {
                assert_eq!(reason, FinishReason::Complete, "the answer is complete");
                break;
            }
        }
    }
    assert!(stream.next().await.is_none(), "nothing follows the end");
    said
}
