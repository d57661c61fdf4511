//! Bytes to server-sent events, as <https://html.spec.whatwg.org/multipage/server-sent-events.html> says: only the data of an event is of interest.
//!
//! Written here rather than taken from a library because it is bounded: a line or an event without an end is refused instead of kept, and no byte is
//! looked at twice however the chunks are cut. Bytes become text line by line, so a character cut by a chunk is whole again; bytes that are no UTF-8
//! become replacement characters.

/// The longest line and the most data of one event. A delta has some hundred bytes, a long tool call a few thousand.
pub(crate) const EVENT_BYTES_MAX: usize = 256 * 1_024;

/// A line or an event passes [`EVENT_BYTES_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooLong;

/// An unfinished stream of events.
#[derive(Default, Debug)]
pub(crate) struct Sse {
    /// The bytes of the unfinished line.
    line: Vec<u8>,
    /// The last line ended with a carriage return; a line feed now belongs to it.
    after_return: bool,
    /// The data of the unfinished event, each line ended by a line feed.
    data: String,
}

impl Sse {
    /// Takes the next bytes; adds the data of each event that they complete to `events`.
    ///
    /// # Errors
    /// When a line or an event is too long; the events before it were added.
    pub(crate) fn push(&mut self, mut bytes: &[u8], events: &mut Vec<String>) -> Result<(), TooLong> {
        if std::mem::take(&mut self.after_return) && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.extend(&bytes[..end])?;
            self.end_line(events)?;
            let is_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if is_return {
                match bytes.first() {
                    Some(b'\n') => bytes = &bytes[1..],
                    Some(_) => {}
                    None => self.after_return = true,
                }
            }
        }
        self.extend(bytes)
    }

    /// The data of an event that the end of the stream leaves unfinished. Some servers leave out the last empty line;
    /// from others it is half an event.
    pub(crate) fn finish(mut self) -> Option<String> {
        let mut events = Vec::new();
        let whole = self.end_line(&mut events).and_then(|()| self.end_line(&mut events));
        whole.ok().and_then(|()| events.pop())
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len() + bytes.len() > EVENT_BYTES_MAX {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, events: &mut Vec<String>) -> Result<(), TooLong> {
        let line = String::from_utf8_lossy(&self.line);
        if line.is_empty() {
            if self.data.pop().is_some() {
                events.push(std::mem::take(&mut self.data));
            }
        } else if let Some(value) = data_of(&line) {
            if self.data.len() + value.len() > EVENT_BYTES_MAX {
                return Err(TooLong);
            }
            self.data.push_str(value);
            self.data.push('\n');
        }
        self.line.clear();
        Ok(())
    }
}

/// The value of a `data` field; other fields and comments are passed over.
fn data_of(line: &str) -> Option<&str> {
    let value = line.strip_prefix("data")?;
    if value.is_empty() {
        return Some(value);
    }
    let value = value.strip_prefix(':')?;
    Some(value.strip_prefix(' ').unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], chunk: usize) -> (Vec<String>, Option<String>) {
        let mut sse = Sse::default();
        let mut events = Vec::new();
        for chunk in bytes.chunks(chunk) {
            sse.push(chunk, &mut events).unwrap();
        }
        (events, sse.finish())
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let stream = ": hi\r\nevent: x\r\ndata: one\r\n\r\ndata:tw\u{f6} \u{1F3B5}\n\n\n\ndata: a\rdata:  b\r\rdata\n\nid: 3\n\ndatax: no\n\ndata: end";
        let expected = ["one", "tw\u{f6} \u{1F3B5}", "a\n b", ""].map(str::to_owned).to_vec();
        for chunk in 1..=stream.len() {
            assert_eq!(parse(stream.as_bytes(), chunk), (expected.clone(), Some("end".to_owned())), "{chunk} bytes");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(parse(b"data: a\xff\xfeb\n\n", 3).0, ["a\u{fffd}\u{fffd}b"]);
    }

    #[test]
    fn a_line_or_an_event_without_an_end_is_refused() {
        let mut events = Vec::new();
        let mut sse = Sse::default();
        let piece = [b'x'; 1_000];
        let taken = (0..1_000).take_while(|_| sse.push(&piece, &mut events).is_ok()).count();
        assert_eq!(taken, EVENT_BYTES_MAX / 1_000);
        let mut sse = Sse::default();
        let line = format!("data: {}\n", "x".repeat(1_000));
        let taken = (0..1_000).take_while(|_| sse.push(line.as_bytes(), &mut events).is_ok()).count();
        assert!((250..=EVENT_BYTES_MAX / 1_000).contains(&taken), "{taken}");
        assert!(events.is_empty());
    }
}
