//! The machine's own picture of itself, printed from the table of passages.

use std::fmt::Write as _;

use crate::floor::TRANSITIONS;

/// The floors and what passes them, as Mermaid text (`stateDiagram-v2`).
#[must_use]
pub fn state_diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> Open\n");
    for (from, cause, to) in TRANSITIONS {
        let _infallible = writeln!(text, "    {from:?} --> {to:?}: {cause}");
    }
    text.push_str("    Closed --> [*]\n");
    text
}
