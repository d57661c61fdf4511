//! What a person types, line by line.

use std::io::BufRead;

use tokio::sync::mpsc;

use crate::output;

/// The longest line taken, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Lines of standard input, read by a thread of its own, as reading cannot be cancelled.
pub(crate) fn lines() -> mpsc::Receiver<String> {
    let (send, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            if !input.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
                break;
            }
            // What is no text does not end the conversation.
            let mut line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            if line.len() > LINE_BYTES_MAX {
                let cut = (0..=LINE_BYTES_MAX).rev().find(|index| line.is_char_boundary(*index)).unwrap_or(0);
                line.truncate(cut);
                output::note(&format!("the line is longer than {LINE_BYTES_MAX} bytes: the rest is left out"));
            }
            if send.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}
