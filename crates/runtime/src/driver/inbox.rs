//! Everything that can reach a session's driver, in one channel.

use baton_ports::{ChatEvent, ProviderError, SourceEvent, SttEvent, TtsEvent};
use baton_session::{CloseReason, StopScope};
use baton_types::{Attempt, ClauseId, Fault, ReplyId, Revision, TurnId, TypedId};
use tokio::sync::mpsc;

/// Messages that may wait. Engines, generations and devices wait for room; nothing is dropped here.
pub(super) const INBOX_LEN_MAX: usize = 1_024;

/// One stream of the recogniser, counted by the driver.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct StreamId(pub(super) u32);

/// One message.
#[derive(Debug)]
pub(super) enum Message {
    Stt { stream: StreamId, event: SttEvent },
    Tts { reply: ReplyId, clause: ClauseId, event: TtsEvent },
    Agent { turn: TurnId, attempt: Attempt, event: Result<ChatEvent, ProviderError> },
    Source(SourceEvent),
    Control(Control),
    Fault(Fault),
}

/// What a person or a program asks of a running session.
#[derive(Clone, PartialEq, Debug)]
pub enum Control {
    /// A typed message.
    Type {
        /// The client's own count.
        id: TypedId,
        /// The text.
        text: String,
    },
    /// Stop without words.
    Stop(StopScope),
    /// Mute or unmute the microphone.
    Mute(bool),
    /// End the session.
    Close(CloseReason),
}

/// A cheap handle on a running session.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) inbox: mpsc::Sender<Message>,
}

impl Handle {
    /// Tells the session; waits while its inbox is full. `false` when the session is over.
    pub async fn tell(&self, control: Control) -> bool {
        self.inbox.send(Message::Control(control)).await.is_ok()
    }
}

/// A piece of work that was asked of an engine or an agent and not answered to its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Work {
    Recognition(StreamId, Revision),
    Partial(StreamId, u32),
    Synthesis(ReplyId, ClauseId),
    Generation(TurnId, Attempt),
}

impl Message {
    /// The work it belongs to, and whether it ends it.
    pub(super) fn work(&self) -> Option<(Work, bool)> {
        match self {
            Self::Stt { stream, event } => match event {
                SttEvent::Final { revision, .. }
                | SttEvent::Skipped { revision }
                | SttEvent::Failed { revision: Some(revision), .. } => {
                    Some((Work::Recognition(*stream, *revision), true))
                }
                SttEvent::Partial { seq, .. } | SttEvent::PartialSkipped { seq } => {
                    Some((Work::Partial(*stream, *seq), true))
                }
                SttEvent::Failed { revision: None, .. } => None,
            },
            Self::Tts { reply, clause, event } => {
                Some((Work::Synthesis(*reply, *clause), !matches!(event, TtsEvent::Audio(_))))
            }
            Self::Agent { turn, attempt, event } => {
                let is_end = matches!(event, Err(_) | Ok(ChatEvent::Ended { .. }));
                Some((Work::Generation(*turn, *attempt), is_end))
            }
            Self::Source(_) | Self::Control(_) | Self::Fault(_) => None,
        }
    }
}
