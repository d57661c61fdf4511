//! What is known about the input: whether there is voice, where the last one ended, how far silence is known.

use baton_types::Timestamp;

/// Whether there is voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Voice {
    /// None, since the session was told so.
    Silent { since: Timestamp },
    /// 64 ms of it: may be a click.
    Started { onset: Timestamp, since: Timestamp },
    /// 96 ms of it.
    Confirmed { onset: Timestamp, since: Timestamp },
}

/// The session's picture of the input.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ear {
    pub(crate) voice: Voice,
    /// Position behind the last voice.
    pub(crate) last_voice: Timestamp,
    /// Position up to which the detector has judged the input.
    pub(crate) upto: Timestamp,
    /// The microphone is muted: silence is known although nothing comes.
    pub(crate) is_muted: bool,
    /// The stretch of voice at hand has had its turn; only words open another one.
    pub(crate) is_spent: bool,
    /// Position up to which the input belongs to turns that are over.
    pub(crate) used_upto: Timestamp,
}

impl Default for Ear {
    fn default() -> Self {
        Self {
            voice: Voice::Silent { since: Timestamp::ZERO },
            last_voice: Timestamp::ZERO,
            upto: Timestamp::ZERO,
            is_muted: false,
            is_spent: false,
            used_upto: Timestamp::ZERO,
        }
    }
}

impl Ear {
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.voice, Voice::Silent { .. })
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        matches!(self.voice, Voice::Confirmed { .. })
    }

    /// Voice that asks for the floor: one that has had its turn does not.
    pub(crate) fn wants_floor(&self) -> bool {
        !self.is_silent() && !self.is_spent
    }

    /// Position up to which it is known whether there was voice.
    pub(crate) fn known_upto(&self, now: Timestamp) -> Timestamp {
        if self.is_muted { now } else { self.upto }
    }
}
