//! What is printed: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// Prints a line of result. A reader that is gone (a closed pipe) is no error.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints one JSON object on a line of its own.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(&text),
        Err(error) => self::error(&format!("the result cannot be written as JSON: {error}")),
    }
}

/// Tells a person something that is not the result.
pub(crate) fn note(text: &str) {
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// Tells what went wrong.
pub(crate) fn error(text: &str) {
    note(&format!("error: {text}"));
}

/// Whether a person is at both ends.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered with yes when the answer is empty.
pub(crate) fn ask(question: &str) -> bool {
    let mut out = io::stderr().lock();
    let _ = write!(out, "{question} [Y/n] ").and_then(|()| out.flush());
    let mut answer = String::new();
    if io::stdin().read_line(&mut answer).is_err() {
        return false;
    }
    matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes") && answer.ends_with('\n')
}
