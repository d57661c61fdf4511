//! S: starting to speak.

use baton_session::{Command, Event, FloorKind, Notice, Purpose, StopScope, Timer};

use crate::script::*;

/// "What's on today", answered by a Generate at 1.4.
fn asked() -> Script {
    let mut s = Script::new();
    s.voice(0.0).fade(0.9).at(1.0).recognized("what's on today");
    s.event(predicted(1, 1, 1, true)).until(1.4);
    assert_eq!(s.generates(), [1.4]);
    s
}

rows! {
    turn_s01_the_mouth_is_gated_when_the_user_goes_on => || {
        let mut s = asked();
        s.at(1.65).event(started(1.65)).at(1.682).event(confirmed(1.65));
        s.at(1.7).delta(1, 1, "You have two meetings.").at(1.9).hears(0, "and also");
        assert_eq!(s.pauses(), [1.65]);
        assert!(s.noticed(|n| matches!(n, Notice::ReplyStarted { .. })).is_empty());
        assert_eq!(s.when(|c| matches!(c, Command::CancelGeneration { .. })), [1.9]);
        assert_eq!(s.cancels(), [1.9]);
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnReopened { .. })), [1.9]);
        s.fade(2.4).at(2.5).recognized("and also on Sunday");
        s.event(predicted(1, 2, 1, true)).at(3.0).says(1, 2, "Nothing.").at(5.0);
        assert_eq!(s.user_items(), ["what's on today and also on Sunday"]);
        assert_eq!(s.agent_items().len(), 1);
        vec![s]
    };

    a_reopened_turn_does_not_end_while_the_user_speaks => || {
        let mut s = asked();
        s.voice(1.65).at(1.9).hears(0, "remind").at(2.1).hears(1, "remind me").at(2.6).hears(2, "remind me to call");
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnReopened { .. })), [1.9]);
        s.fade(3.5).at(3.6).recognized("remind me to call Anna").event(predicted(1, 2, 1, true)).at(5.0);
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnEnded { .. })), [1.4, 4.0]);
        assert_eq!(s.user_items(), ["what's on today remind me to call Anna"]);
        vec![s]
    };

    every_way_out_of_an_overlap_tells_that_the_turn_goes_on => || {
        let overlapped = || {
            let mut s = asked();
            s.voice(1.65).at(1.8);
            assert_eq!(s.session.floor(), FloorKind::Overlap);
            s
        };
        let reopened = |s: &Script| s.noticed(|n| matches!(n, Notice::TurnReopened { turn } if turn.0 == 1));
        let mut by_stop = overlapped();
        by_stop.event(Event::StopRequested { scope: StopScope::Speech });
        assert_eq!(reopened(&by_stop), [1.8]);
        let mut by_words = overlapped();
        by_words.hears(0, "and also");
        assert_eq!(reopened(&by_words), [1.8]);
        vec![by_stop, by_words]
    };

    turn_s02_a_cough_before_the_reply_only_delays_it => || {
        let mut s = asked();
        s.voice(1.65).at(1.7).delta(1, 1, "You have two meetings.").fade(1.8);
        s.at(1.85).recognized("").event(ended(1, 1, baton_session::FinishReason::Complete)).at(5.0);
        assert!(s.when(|c| matches!(c, Command::CancelGeneration { .. })).is_empty());
        assert_eq!(s.resumes(), [2.0]);
        assert_eq!(s.agent_items(), [("You have two meetings.".to_owned(), String::new(), false)]);
        assert_eq!(s.user_items(), ["what's on today"]);
        vec![s]
    };

    turn_s03_noise_cannot_hold_a_waiting_reply_for_ever => || {
        let mut s = asked();
        let mut said = false;
        for burst in 0..40 {
            let start = 1.45 + 0.5 * f64::from(burst);
            s.voice(start);
            if s.session.floor() == FloorKind::Overlap || s.session.floor() == FloorKind::User {
                s.fade(start + 0.2).at(start + 0.25);
                s.recognized("");
            } else {
                s.fade(start + 0.2);
            }
            if burst == 7 {
                s.says(1, 1, "You have two meetings today, one at nine and one at three.");
                said = true;
            }
        }
        assert!(said);
        s.at(25.0);
        assert!(s.pauses().len() <= 3, "{:?}", s.pauses());
        assert_eq!(s.agent_items().len(), 1);
        assert!(s.agent_items()[0].1.is_empty());

        let mut words = asked();
        for burst in 0..4 {
            let start = 1.45 + 0.5 * f64::from(burst);
            words.voice(start).fade(start + 0.2).at(start + 0.25).recognized("");
        }
        words.at(3.6).delta(1, 1, "You have two meetings today, one at nine.");
        words.voice(4.0).at(4.4).hears(0, "no tomorrow I mean");
        assert_eq!(words.pauses().len(), 3);
        assert_eq!(words.cancels(), [4.4]);
        vec![s, words]
    };

    turn_s06_an_open_clause_is_said_and_a_dead_stream_counts_as_failed => || {
        let mut s = asked();
        s.at(2.0).delta(1, 1, "Sorry, did you mean which swim").at(4.0);
        assert_eq!(s.when(|c| matches!(c, Command::Speak { .. })), [2.9]);
        assert_eq!(s.speaks(), ["Sorry, did you mean which swim"]);
        s.at(5.5);
        s.voice(5.6).at(5.9).hears(0, "hello");
        s.fade(6.0).at(6.1).recognized("Hello?");
        s.at(6.9);
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnReopened { turn } if turn.0 == 1)), [6.2]);
        assert_eq!(s.user_items(), ["what's on today Hello?"]);
        s.at(7.1);
        assert_eq!(s.fired(Timer::FirstToken), [7.0]);
        let goes_on = |c: &Command| matches!(c, Command::Generate { purpose: Purpose::Continue, .. });
        assert_eq!(s.when(goes_on), [7.0]);
        s.says(1, 2, " club you want?").at(10.0);
        assert_eq!(s.session.floor(), FloorKind::Open);

        let mut silent = asked();
        silent.at(4.0);
        assert_eq!(silent.speaks(), ["One moment."]);
        assert_eq!(silent.when(|c| matches!(c, Command::Speak { .. })), [2.9]);
        silent.at(8.0);
        assert_eq!(silent.fired(Timer::FirstToken), [6.4]);
        assert_eq!(silent.speaks(), ["One moment.", "Sorry, something went wrong."]);
        silent.at(9.0);
        assert_eq!(silent.session.floor(), FloorKind::Open);
        vec![s, silent]
    };
}
