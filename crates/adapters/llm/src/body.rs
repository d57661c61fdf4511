//! What the body of an answer turns out to be. Content types cannot be relied on, so its first byte decides: `{` begins a JSON document, `<` a web page,
//! anything else a stream of events.

use baton_ports::{ChatEvent, ProviderError};

use crate::assembly::{Assembly, Step};
use crate::error;
use crate::sse::Sse;

/// The most bytes of a stream.
const STREAM_BYTES_MAX: u64 = 50_000_000;

/// The most bytes of an answer that is not streamed: 1 MiB of text with every character escaped, and what is around it.
const DOCUMENT_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// The unfinished body of an answer.
#[derive(Debug)]
pub(crate) struct Body {
    server: String,
    assembly: Assembly,
    form: Form,
    bytes: u64,
    /// Events seen, whatever was in them.
    events: u64,
}

#[derive(Debug)]
enum Form {
    Unknown,
    Events(Sse),
    Document(Vec<u8>),
}

impl Body {
    pub(crate) fn new(server: String, generation: u64) -> Self {
        let assembly = Assembly::new(server.clone(), generation);
        Self { server, assembly, form: Form::Unknown, bytes: 0, events: 0 }
    }

    /// Whether the answer is complete; only usage may follow.
    pub(crate) fn is_finished(&self) -> bool {
        self.assembly.is_finished()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As [`Assembly::event`]; what came before is in `out`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], out: &mut Vec<ChatEvent>) -> Result<Step, ProviderError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > STREAM_BYTES_MAX {
            return Err(error::too_much(&self.server, "a stream of more than 50 MB"));
        }
        if matches!(self.form, Form::Unknown) {
            // White space and a byte order mark.
            let begins = |byte: &u8| !(byte.is_ascii_whitespace() || [0xEF, 0xBB, 0xBF].contains(byte));
            let Some(start) = bytes.iter().position(begins) else { return Ok(Step::Idle) };
            bytes = &bytes[start..];
            self.form = match bytes[0] {
                b'{' => Form::Document(Vec::new()),
                b'<' => return Err(error::garbled(&self.server, "it is a web page")),
                _ => Form::Events(Sse::default()),
            };
        }
        match &mut self.form {
            Form::Unknown => Ok(Step::Idle),
            Form::Document(document) => {
                if document.len() + bytes.len() > DOCUMENT_BYTES_MAX {
                    return Err(error::too_much(&self.server, "an answer of more than 8 MiB in one piece"));
                }
                document.extend_from_slice(bytes);
                Ok(Step::Idle)
            }
            Form::Events(sse) => {
                let mut events = Vec::new();
                let pushed = sse.push(bytes, &mut events);
                self.events += events.len() as u64;
                let step = take(&mut self.assembly, &events, out)?;
                if step != Step::Done {
                    pushed.map_err(|_| error::too_much(&self.server, "a line or event of more than 256 KiB"))?;
                }
                Ok(step)
            }
        }
    }

    /// Takes the end of the body.
    ///
    /// # Errors
    /// `Interrupted` where the answer does not end, `Garbled` where there is none.
    pub(crate) fn finish(&mut self, out: &mut Vec<ChatEvent>) -> Result<(), ProviderError> {
        match std::mem::replace(&mut self.form, Form::Unknown) {
            Form::Document(document) => {
                let is_half =
                    serde_json::from_slice::<serde::de::IgnoredAny>(&document).is_err_and(|cause| cause.is_eof());
                if is_half {
                    return Err(self.assembly.interrupted());
                }
                self.assembly.document(&document, out)?;
                self.assembly.end(out)
            }
            Form::Events(sse) => {
                // A tail that cannot be read is half an event: the end of the stream says enough.
                let tail = sse.finish().map(|data| self.assembly.event(&data, out));
                let is_done = matches!(tail, Some(Ok(Step::Done)));
                if let Some(Err(cause)) = tail
                    && cause.kind != baton_types::FaultCode::Garbled
                {
                    return Err(cause);
                }
                if is_done || self.assembly.is_finished() {
                    self.assembly.end(out)
                } else if self.events == 0 {
                    Err(error::garbled(&self.server, "it is no stream of events"))
                } else {
                    Err(self.assembly.interrupted())
                }
            }
            Form::Unknown => Err(self.assembly.interrupted()),
        }
    }

    /// Ends the generation, whether or not the body has ended.
    ///
    /// # Errors
    /// As [`Assembly::end`].
    pub(crate) fn end(&mut self, out: &mut Vec<ChatEvent>) -> Result<(), ProviderError> {
        self.assembly.end(out)
    }

    /// The connection broke before the end.
    pub(crate) fn interrupted(&self) -> ProviderError {
        self.assembly.interrupted()
    }
}

fn take(assembly: &mut Assembly, events: &[String], out: &mut Vec<ChatEvent>) -> Result<Step, ProviderError> {
    let mut all = Step::Idle;
    for event in events {
        match assembly.event(event, out)? {
            Step::Idle => {}
            Step::Progress => all = Step::Progress,
            Step::Done => return Ok(Step::Done),
        }
    }
    Ok(all)
}
