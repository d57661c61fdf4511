//! What goes wrong with a language model, said so that the person can mend it. Every message names the server; none holds the key.

use std::error::Error;
use std::time::Duration;

use baton_ports::ProviderError;
use baton_types::{FaultCode, Secret};
use reqwest::StatusCode;
use serde_json::Value;

/// The most characters of what a server says that are passed on.
const SAID_CHARS_MAX: usize = 300;

/// Shorter keys (`none`, `x`) are stand-ins; taking them out of a message would only spoil it.
const KEY_BYTES_MIN: usize = 4;

/// Who asked what of whom, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The server's base URL as it may be shown.
    pub(crate) server: String,
    pub(crate) model: String,
    pub(crate) is_local: bool,
    /// Only to take it out of what the server says.
    pub(crate) key: Option<Secret>,
}

/// What is not of the protocol.
pub(crate) fn garbled(server: &str, what: &str) -> ProviderError {
    ProviderError::new(
        FaultCode::Garbled,
        format!("the language model at {server} answers in a way that makes no sense: {what}"),
    )
    .suggest("check that `llm.base_url` is the address of an OpenAI-compatible server; most end in /v1")
}

/// More than is taken.
pub(crate) fn too_much(server: &str, what: &str) -> ProviderError {
    ProviderError::new(FaultCode::LimitReached, format!("the language model at {server} sends too much: {what}"))
}

/// Nothing in time; `what` was waited for.
pub(crate) fn timed_out(server: &str, what: &str, waited: Duration) -> ProviderError {
    let seconds = waited.as_secs_f64();
    ProviderError::new(FaultCode::TimedOut, format!("the language model at {server} sent {what} within {seconds} s"))
}

/// The request could not be made.
pub(crate) fn not_sent(asked: &Asked, cause: reqwest::Error) -> ProviderError {
    let server = &asked.server;
    let cause = cause.without_url();
    let error = if cause.is_timeout() {
        ProviderError::new(FaultCode::TimedOut, format!("no connection to the language model at {server} in time"))
    } else if cause.is_connect() {
        ProviderError::new(FaultCode::Unreachable, format!("nothing answers at {server}: {}", root(&cause)))
    } else if cause.is_builder() {
        ProviderError::new(FaultCode::Rejected, format!("a request to {server} cannot be made: {}", root(&cause)))
    } else {
        ProviderError::new(FaultCode::Interrupted, format!("the language model at {server} hung up: {}", root(&cause)))
    };
    let help = if asked.is_local { "start the server (`ollama serve`)" } else { "check the network" };
    error.suggest(format!("{help}, or correct `llm.base_url`")).caused_by(cause)
}

/// The innermost cause, which says most.
fn root(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// The server refused with this status and body.
pub(crate) fn refused(asked: &Asked, status: StatusCode, body: &[u8], wait: Option<Duration>) -> ProviderError {
    let body = String::from_utf8_lossy(body);
    let value: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    let words = said(&value).or_else(|| {
        let text = body.trim();
        (!text.is_empty() && !text.starts_with(['<', '{', '['])).then(|| text.to_owned())
    });
    let code = word(&value, "code") + &word(&value, "type");
    let server = &asked.server;
    let mut message = format!("the language model at {server} refuses with {}", status.as_u16());
    if let Some(reason) = status.canonical_reason() {
        message = format!("{message} ({reason})");
    }
    if let Some(words) = &words {
        message = format!("{message}: {}", tidy(words, asked.key.as_ref()));
    }
    let (kind, suggestion) = meaning(asked, status, &code, words.as_deref().unwrap_or_default());
    ProviderError::new(kind, message).retry_after(wait).suggest(suggestion)
}

fn meaning(asked: &Asked, status: StatusCode, code: &str, words: &str) -> (FaultCode, String) {
    let is_too_long =
        code.contains("context_length") || words.contains("context length") || words.contains("context size");
    match status.as_u16() {
        300..=399 => (FaultCode::Rejected, "set `llm.base_url` to the address that it redirects to".to_owned()),
        400..=499 if is_too_long => {
            (FaultCode::Rejected, "shorten the instructions, or use a model with a longer context".to_owned())
        }
        401 | 403 if asked.key.is_none() => {
            (FaultCode::Unauthorized, "put a key into the environment variable that `llm.api_key_env` names".to_owned())
        }
        401 | 403 => (
            FaultCode::Unauthorized,
            "check the key in the environment variable that `llm.api_key_env` names".to_owned(),
        ),
        402 => (FaultCode::Rejected, "check the balance of the account".to_owned()),
        429 if code.contains("insufficient_quota") => {
            (FaultCode::Rejected, "check the balance of the account".to_owned())
        }
        404 if asked.is_local => (
            FaultCode::Missing,
            format!("pull the model (`ollama pull {0}`), or correct `llm.model` ({0}) or `llm.base_url`", asked.model),
        ),
        404 => (FaultCode::Missing, format!("correct `llm.model` ({}) or `llm.base_url`", asked.model)),
        408 | 504 | 524 => (FaultCode::TimedOut, "try again".to_owned()),
        429 => (FaultCode::RateLimited, "wait, or use another model".to_owned()),
        500..=599 => (FaultCode::Unreachable, "try again; the server has a fault of its own".to_owned()),
        _ => (FaultCode::Rejected, "check `llm.model` and `llm.base_url`".to_owned()),
    }
}

/// What a server says went wrong once its answer has begun. The key cannot be in it but where a server repeats it, so the caller takes it out.
pub(crate) fn said_in_stream(server: &str, value: &Value) -> ProviderError {
    let code = word(value, "code") + &word(value, "type");
    let (kind, suggestion) = match code.as_str() {
        code if code.contains("rate_limit") || code.contains("overloaded") || code.contains("429") => {
            (FaultCode::RateLimited, Some("wait, or use another model"))
        }
        code if code.contains("context_length") => {
            (FaultCode::Rejected, Some("shorten the instructions, or use a model with a longer context"))
        }
        code if code.contains("invalid_request") || code.contains("400") => {
            (FaultCode::Rejected, Some("check `llm.model`"))
        }
        _ => (FaultCode::Interrupted, None),
    };
    let words = said(value).unwrap_or_else(|| "it does not say why".to_owned());
    let error = ProviderError::new(kind, format!("the language model at {server} gave up: {}", tidy(&words, None)));
    match suggestion {
        Some(suggestion) => error.suggest(suggestion),
        None => error,
    }
}

/// Takes the key out of a message.
pub(crate) fn without_key(mut error: ProviderError, key: Option<&Secret>) -> ProviderError {
    if let Some(key) = key {
        error.message = hide(&error.message, key);
    }
    error
}

fn hide(text: &str, key: &Secret) -> String {
    if key.expose().len() < KEY_BYTES_MIN { text.to_owned() } else { text.replace(key.expose(), "…") }
}

/// The words in the forms that servers use: `{"error":{"message":…}}`, `{"error":"…"}`, `{"message":…}`, `{"detail":…}`.
fn said(value: &Value) -> Option<String> {
    let error = &value["error"];
    let detail = &value["detail"];
    [&error["message"], error, &value["message"], detail, &detail[0]["msg"]]
        .into_iter()
        .find_map(|words| words.as_str().map(str::to_owned))
}

fn word(value: &Value, field: &str) -> String {
    let found = value["error"].get(field).or_else(|| value.get(field));
    found
        .filter(|found| found.is_string() || found.is_number())
        .map(|found| found.to_string().replace('"', ""))
        .unwrap_or_default()
}

/// One line of at most 300 characters without the key, masked forms of it (`sk-ab***yz`) included.
fn tidy(words: &str, key: Option<&Secret>) -> String {
    let words = key.map_or_else(|| words.to_owned(), |key| hide(words, key));
    let mut line = String::new();
    for word in words.split(|part: char| part.is_whitespace() || part.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(if word.contains("**") { "…" } else { word });
    }
    if line.chars().count() > SAID_CHARS_MAX {
        line = line.chars().take(SAID_CHARS_MAX - 1).collect::<String>() + "…";
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_bounded_line_without_the_key() {
        let key = Secret::new("sk-secret");
        let tidied = tidy("Incorrect API key provided:\r\n\u{7}sk-secret (sk-s****ret).", Some(&key));
        assert_eq!(tidied, "Incorrect API key provided: … …");
        assert_eq!(tidy(&"é".repeat(301), None).chars().count(), 300);
        assert_eq!(tidy("a model", Some(&Secret::new("a"))), "a model");
    }

    #[test]
    fn each_form_of_an_error_is_read() {
        for body in [
            r#"{"error":{"message":"no"}}"#,
            r#"{"error":"no"}"#,
            r#"{"message":"no"}"#,
            r#"{"detail":"no"}"#,
            r#"{"detail":[{"msg":"no"}]}"#,
        ] {
            assert_eq!(said(&serde_json::from_str(body).unwrap()).as_deref(), Some("no"), "{body}");
        }
    }
}
