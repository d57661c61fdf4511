//! What every part of a world shares: the time, the random numbers, what is planned, and whether the world is calm.

use baton_session::Event;
use baton_types::{Attempt, ClauseId, ReplyId, Revision, SegmentId, Timestamp, TurnId};

use crate::queue::Queue;
use crate::random::Random;
use crate::temper::Temper;

/// One thing that is going to happen in a world.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// An event reaches the session.
    Deliver(Event),
    /// A piece of a generation reaches the session, unless it was cancelled before.
    Generated { turn: TurnId, attempt: Attempt, event: Event },
    /// The answer of the recogniser reaches the session, unless it was cancelled before.
    Recognised { asked: Asked, event: Event },
    /// The detector says how far it has come.
    Frame,
    /// Voice begins or ends.
    Voice { on: bool },
    /// A word has been said.
    Word(String),
    /// The detector has seen enough voice or silence; an older epoch is void.
    Detect { what: Detection, epoch: u64 },
    /// Something happens to the line or the microphone.
    Line(Line),
    /// The recogniser looks for something to write.
    Transcribe,
    /// A clause can be heard from here on.
    Audible { reply: ReplyId, clause: ClauseId },
    /// A clause is fully synthesised, or has failed.
    Synthesised { reply: ReplyId, clause: ClauseId },
    /// The mouth looks how far it has come; an older epoch is void.
    Play { epoch: u64 },
    /// A cut takes effect.
    Silenced { reply: ReplyId },
    /// The human does something.
    Act(Act),
    /// The driver is away for a while.
    Stall,
    /// The driver is back and finds what has come meanwhile.
    Awake,
    /// From here on nobody does anything and nothing fails.
    Calm,
}

/// What a recogniser is asked about.
pub(crate) type Asked = (TurnId, SegmentId, Revision);

/// What a detector can see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Detection {
    Started,
    Confirmed,
    Faded { end: Timestamp },
}

/// What can happen to the line or the microphone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Line {
    Muted,
    Stalled { is_told: bool },
    Lost,
    Back,
}

/// What a human can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// Says the next thing, if not speaking already.
    Speak(Topic),
    /// Says it only if nobody has said anything since this count.
    SpeakIfQuiet {
        said: u64,
        topic: Topic,
    },
    /// A cough, a door, a key.
    Noise,
    /// The next stretch of television.
    Television,
    /// Types the next line.
    Type,
    Press,
    Release,
    /// Presses the key that stops speech, or everything.
    Stop {
        all: bool,
    },
    /// Wants replies in writing, or spoken.
    Choose {
        text: bool,
    },
    HangUp,
    /// Something that makes no sense reaches the session.
    Nonsense,
}

/// What is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Topic {
    Anything,
    Answer,
    Digits,
    BackChannel,
    Stop,
    StopEverything,
    NotStopEverything,
    Presence,
    /// Going on with what was said.
    Tail,
}

/// The shared part of a world.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) now: Timestamp,
    pub(crate) random: Random,
    pub(crate) queue: Queue<Happening>,
    pub(crate) temper: Temper,
    pub(crate) is_calm: bool,
}

impl Desk {
    /// Plans something in so many milliseconds.
    pub(crate) fn plan(&mut self, in_ms: u64, what: Happening) {
        let at = self.now + std::time::Duration::from_millis(in_ms);
        self.queue.plan(at, what);
    }

    /// Plans the delivery of an event in so many milliseconds.
    pub(crate) fn deliver(&mut self, in_ms: u64, event: Event) {
        self.plan(in_ms, Happening::Deliver(event));
    }

    /// True in `permille` of 1,000 cases while the world is lively, never when it is calm.
    pub(crate) fn goes_wrong(&mut self, permille: u64) -> bool {
        !self.is_calm && self.random.chance(permille)
    }

    /// Milliseconds until the next of things that happen so often a minute.
    pub(crate) fn wait_for(&mut self, a_minute: u64) -> u64 {
        let mean = 60_000.0 / a_minute.max(1) as f64;
        (-(1.0 - self.random.unit()).ln() * mean) as u64
    }
}
