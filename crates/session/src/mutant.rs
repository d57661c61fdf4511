//! The guards of the machine that a mutation run may switch off, one at a time, by name.
//!
//! A guard is a condition that only exists to keep an invariant. With the feature `mutants` a session can be made with
//! one of them switched off (`Config::mutant`); a checker outside the machine must then notice. Without the feature
//! the conditions stand as they are and cost nothing.

use serde::{Deserialize, Serialize};

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident = $invariant:literal;)*) => {
        /// One guard.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Mutant {
            $($(#[$doc])* $name,)*
        }

        impl Mutant {
            /// Every guard, in the order of the invariants.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The invariant that the guard serves first, by its number among the scenarios.
            #[must_use]
            pub const fn invariant(self) -> u8 {
                match self { $(Self::$name => $invariant,)* }
            }
        }
    };
}

mutants! {
    /// A cut reply frees the mouth: its playout is cancelled.
    MouthIsFreed = 1;
    /// Voice pauses the mouth.
    MouthIsPaused = 2;
    /// A paused reply goes on only in silence.
    ResumeNeedsSilence = 2;
    /// Going on ends a pause, and there is one to end.
    ResumeOnlyOnce = 3;
    /// A paused reply is not paused again.
    PauseOnlyOnce = 3;
    /// A cut reply speaks no further clause.
    CutReplyStaysSilent = 4;
    /// Text of another generation is dropped.
    StaleAttemptDropped = 5;
    /// An answer to an older revision is dropped.
    StaleRevisionDropped = 5;
    /// A report that goes back does not take back what was heard.
    HeardNeverDecreases = 6;
    /// More cannot be heard than was sent.
    HeardWithinSent = 6;
    /// A typed line that comes again is the same line.
    TypedOnlyOnce = 7;
    /// The same words again do not reopen a turn.
    ReopeningNeedsNewWords = 8;
    /// Voice stops the clock of the endpoint.
    EndpointNeedsSilence = 9;
    /// The end of a turn waits until silence is known.
    EndpointNeedsWatermark = 9;
    /// A prediction never makes a turn longer.
    PredictionOnlyShortens = 10;
    /// A prediction for an older pause is dropped.
    PredictionIsCurrent = 10;
    /// A hold has a limit.
    HoldIsBounded = 11;
    /// Playing that makes no progress ends the reply.
    StallEndsReply = 11;
    /// A turn has a longest length.
    TurnIsCapped = 11;
    /// A call is run once.
    ToolRunsOnce = 12;
    /// "Stop everything" is the whole phrase, never a fragment.
    StopIsWholePhrase = 16;
    /// "Stop everything" in a partial needs two decodes that agree.
    StopNeedsStablePartial = 16;
    /// Nobody is idle while a tool runs.
    IdleNeedsRestfulTools = 20;
    /// Time does not go back.
    TimeIsMonotonic = 21;
    /// Pauses within a window are limited.
    PausesAreLimited = 22;
    /// Generations within a window are limited.
    GenerationsAreLimited = 22;
    /// Clauses in synthesis are limited.
    SpeakAheadIsLimited = 22;
    /// A failure before the first word is said in one plain sentence.
    FailureIsSpoken = 23;
    /// A closed session does nothing.
    ClosedIsFinal = 25;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_named_for_their_invariants_in_order() {
        assert!(Mutant::ALL.is_sorted_by_key(|mutant| mutant.invariant()));
        assert_eq!(serde_json::to_string(&Mutant::ResumeOnlyOnce).unwrap(), "\"resume_only_once\"");
    }
}
