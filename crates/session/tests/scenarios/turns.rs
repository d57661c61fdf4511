//! E: the end of a turn.

use baton_session::Command;

use crate::script::*;

rows! {
    turn_e01_a_simple_turn_ends_exactly_when_it_looks_complete => || {
        let mut s = Script::new();
        s.voice(0.0).at(0.9).hears(0, "what's on today");
        s.fade(0.9).at(1.3).event(predicted(1, 1, 1, true));
        s.at(1.35).recognized("what's on today");
        s.until(1.4);
        assert_eq!(s.generates(), [1.4]);
        s.at(1.8).delta(1, 1, "You have two meetings,");
        assert_eq!(s.when(|c| matches!(c, Command::Speak { .. })), [1.8]);
        s.at(1.9).delta(1, 1, " one at nine.").event(ended(1, 1, baton_session::FinishReason::Complete));
        s.at(6.0);
        vec![s]
    };
}
