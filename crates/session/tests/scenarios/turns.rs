//! E: the end of a turn.

use baton_session::{
    Command, EndCause, FinishReason, FloorKind, MediaLoss, Notice, RecognitionUrgency, Recognized, Timer,
};

use crate::script::*;

/// A turn "I need it on" whose tail "Friday morning" the recogniser still owes when the turn is answered at 5.3.
fn answered_without_its_tail() -> Script {
    let mut s = Script::new();
    s.voice(0.0).fade(1.0).at(1.1).recognized("I need it on");
    s.at(1.2).event(predicted(1, 1, 1, false));
    s.voice(1.7).fade(2.3).until(5.3);
    assert_eq!(s.fired(Timer::Endpoint), [3.8]);
    assert_eq!(s.fired(Timer::FinalWait), [5.3]);
    assert_eq!(s.generates(), [5.3]);
    s
}

fn wordless(text: &str, confidence: f32) -> Script {
    let mut s = Script::new();
    for (at, first) in [(0.0, true), (4.0, false)] {
        s.voice(at).fade(at + 0.4).at(at + 0.5);
        let text = text.to_owned();
        s.answers(if text.is_empty() { Recognized::Nothing } else { Recognized::Text { text, confidence } });
        s.at(at + 2.5);
        assert_eq!(s.session.floor() == FloorKind::Open, first, "{}", s.timeline());
        if first {
            assert_eq!(s.session.poll_timeout(), Some((crate::script::at(15.0), Timer::Idle)));
            assert_eq!(s.speaks(), Vec::<String>::new());
        }
    }
    s.at(8.0);
    assert_eq!(s.speaks(), ["Sorry, I did not catch that."]);
    assert_eq!(s.session.floor(), FloorKind::Open);
    assert!(s.generates().is_empty() && s.user_items().is_empty());
    s
}

rows! {
    turn_e01_a_simple_turn_ends_exactly_when_it_looks_complete => || {
        let mut s = Script::new();
        s.voice(0.0).at(0.8).hears(0, "what's on today");
        s.fade(0.9).at(1.3).event(predicted(1, 1, 1, true));
        s.at(1.35).recognized("what's on today");
        s.until(1.4);
        assert_eq!(s.fired(Timer::Endpoint), [1.4]);
        assert_eq!((s.when(|c| matches!(c, Command::Route { .. })), s.generates()), (vec![1.4], vec![1.4]));
        s.at(1.8).delta(1, 1, "You have two meetings,");
        assert_eq!(s.when(|c| matches!(c, Command::Speak { .. })), [1.8]);
        assert_eq!(s.session.floor(), FloorKind::Agent);
        s.at(1.9).delta(1, 1, " one at nine.").event(ended(1, 1, FinishReason::Complete));
        s.at(6.0);
        assert_eq!(s.agent_items(), [("You have two meetings, one at nine.".to_owned(), String::new(), false)]);
        assert_eq!(s.session.floor(), FloorKind::Open);
        vec![s]
    };

    turn_e02_a_pause_inside_a_turn_does_not_end_it => || {
        let mut s = Script::new();
        s.voice(0.0).fade(1.2).at(1.3).recognized("I'd like to book");
        s.at(1.4).event(predicted(1, 1, 1, false));
        s.voice(1.9).fade(2.5).at(2.6).recognized("a table");
        s.at(2.7).event(predicted(1, 2, 1, true)).until(3.0);
        assert_eq!(s.fired(Timer::Endpoint), [3.0]);
        assert_eq!(s.user_items(), ["I'd like to book a table"]);
        assert_eq!(s.generates(), [3.0]);
        vec![s]
    };

    turn_e03_a_tail_that_comes_late_reopens_the_turn => || {
        let mut silent = answered_without_its_tail();
        silent.at(5.48).recognized("Friday morning");
        assert_eq!(silent.when(|c| matches!(c, Command::CancelGeneration { .. })), [5.48]);
        assert_eq!(silent.noticed(|n| matches!(n, Notice::TurnReopened { .. })), [5.48]);
        assert_eq!(silent.generates(), [5.3, 5.48]);
        silent.at(5.6).event(delta(1, 1, 0, "Late. "));
        silent.says(1, 2, "Friday it is.").at(8.0);
        assert_eq!(silent.user_items(), ["I need it on Friday morning"]);
        assert_eq!(silent.agent_items().len(), 1);

        let mut early = answered_without_its_tail();
        early.at(5.4).delta(1, 1, "Which day do you need it on then?").at(6.2).recognized("Friday morning");
        assert_eq!(early.cancels(), [6.2]);
        assert_eq!(early.generates(), [5.3, 6.2]);
        early.at(6.3).says(1, 2, "Friday it is.").at(9.0);
        assert_eq!(early.user_items(), ["I need it on Friday morning"]);

        let mut late = answered_without_its_tail();
        late.at(5.4).says(1, 1, "Which day do you need it on then?").at(7.0).recognized("Friday morning");
        assert_eq!(late.user_items(), ["I need it on Friday morning"]);
        assert!(late.cancels().is_empty());
        late.at(8.0);
        let end = late.noticed(|n| matches!(n, Notice::ReplyEnded { cut: false, .. }));
        assert_eq!(late.generates(), [5.3, end[0]]);
        late.says(1, 2, "Friday it is.").at(10.0);
        assert_eq!(late.session.floor(), FloorKind::Open);
        vec![silent, early, late]
    };

    turn_e04_a_short_tail_while_the_agent_is_silent_is_no_back_channel => || {
        ["in Hindi", "okay", "mm-hm"].map(|tail| {
            let mut s = Script::new();
            s.voice(0.0).fade(0.9).at(1.0).recognized("tell me a story");
            s.event(predicted(1, 1, 1, true)).until(1.4);
            assert_eq!(s.generates(), [1.4]);
            s.voice(1.7).at(1.9).hears(0, tail);
            assert_eq!(s.when(|c| matches!(c, Command::CancelGeneration { .. })), [1.9]);
            s.fade(2.1).at(2.2).recognized(tail);
            s.event(predicted(1, 2, 1, true)).at(4.0);
            assert_eq!(s.generates(), [1.4, 2.6]);
            assert_eq!(s.user_items(), [format!("tell me a story {tail}")]);
            assert!(s.resumes().is_empty());
            s
        }).into()
    };

    turn_e05_digits_in_groups_are_one_turn => || {
        let mut s = Script::speaking(|_| {}, "What is your phone number?", 4_000);
        s.voice(5.0).fade(5.6).at(5.7).recognized("0 7 9").at(5.8).event(predicted(2, 1, 1, true));
        s.voice(6.5).fade(7.1).at(7.2).recognized("4 4 2").at(7.3).event(predicted(2, 2, 1, true));
        s.voice(8.1).fade(8.5).at(8.6).recognized("1 8").at(8.7).event(predicted(2, 3, 1, true));
        s.at(11.0);
        assert_eq!(s.fired(Timer::Endpoint), [10.0]);
        assert_eq!(s.user_items(), ["tell me", "0 7 9 4 4 2 1 8"]);

        let mut full = Script::speaking(|_| {}, "Please tell me the six-digit code.", 4_000);
        full.voice(5.0).fade(5.6).at(5.7).recognized("four seven one").at(5.8).event(predicted(2, 1, 1, true));
        full.voice(6.5).fade(7.1).at(7.2).recognized("one oh eight").at(8.0);
        assert_eq!(full.fired(Timer::Endpoint), [7.6]);
        assert_eq!(full.user_items(), ["tell me", "four seven one one oh eight"]);
        vec![s, full]
    };

    turn_e06_an_answer_word_after_a_closed_question_wins_over_the_predictor => || {
        let mut s = Script::speaking(|_| {}, "Shall I book it?", 3_000);
        s.voice(4.0).fade(4.3).at(4.4).recognized("yes").at(4.5).event(predicted(2, 1, 1, false));
        s.until(4.8);
        assert_eq!(s.fired(Timer::Endpoint), [4.8]);
        assert_eq!(s.user_items(), ["tell me", "yes"]);
        assert_eq!(s.generates(), [0.0, 4.8]);
        vec![s]
    };

    turn_e07_a_final_that_never_comes_is_replaced_by_the_last_partial => || {
        let mut s = Script::with(|config| config.capabilities.predictor = false);
        s.voice(0.0).at(0.8).hears(0, "cancel my order");
        s.fade(0.9).until(1.6);
        assert_eq!(s.fired(Timer::Endpoint), [1.6]);
        let flushed = |c: &Command| matches!(c, Command::Recognize { urgency: RecognitionUrgency::Final, .. });
        assert_eq!(s.when(flushed), [1.6]);
        s.until(3.1);
        assert_eq!((s.fired(Timer::FinalWait), s.generates()), (vec![3.1], vec![3.1]));
        s.at(3.7).recognized("Cancel my order.").at(4.0);
        assert_eq!(s.generates(), [3.1]);
        assert_eq!(s.user_items(), ["cancel my order"]);
        assert_eq!(s.noticed(|n| matches!(n, Notice::LateDropped { .. })), [3.7]);
        vec![s]
    };

    turn_e08_a_turn_without_plausible_words_comes_to_nothing => || {
        vec![wordless("", 0.0), wordless(&"blah ".repeat(40), 0.9), wordless("Thank you.", 0.3)]
    };

    turn_e09_endless_voice_ends_at_a_standstill => || {
        let mut s = Script::with(|config| {
            config.capabilities.streaming = true;
            config.waits.idle = std::time::Duration::from_secs(100_000);
        });
        s.voice(0.0).at(2.0).hears(0, "please hold").until(5.0);
        assert_eq!(s.fired(Timer::Standstill), [5.0]);
        s.at(5.1).recognized("please hold");
        s.at(5.5).says(1, 1, "I am waiting.").at(20.0);
        assert_eq!(s.session.floor(), FloorKind::Open, "{}", s.timeline());
        let before = format!("{:?}", s.session).len();
        s.at(4_800.0);
        assert_eq!(s.session.floor(), FloorKind::Open);
        assert!(format!("{:?}", s.session).len() < before + 200, "memory grows");
        s.hears(0, "hello who is calling");
        assert_eq!(s.session.floor(), FloorKind::User);

        let mut capped = Script::with(|config| config.waits.idle = std::time::Duration::from_secs(100));
        capped.voice(0.0).until(60.1);
        assert_eq!(capped.noticed(|n| matches!(n, Notice::TurnEnded { cause: EndCause::TurnCap, .. })).len(), 1);
        capped.at(62.0);
        assert_eq!(capped.session.floor(), FloorKind::Open);
        capped.at(70.0).event(faded(70.0)).voice(71.0);
        assert_eq!(capped.session.floor(), FloorKind::User);
        vec![s, capped]
    };

    turn_e10_a_muted_microphone_is_silence_and_a_stalled_line_is_not_known => || {
        let [muted, stalled] = [MediaLoss::Muted, MediaLoss::Stalled].map(|reason| {
            let mut s = Script::new();
            s.voice(0.0).at(1.0).deaf();
            s.at(1.1).event(baton_session::Event::MediaLost { reason });
            s.at(1.2).recognized("turn it off");
            s.at(1.25).event(predicted(1, 1, 1, true)).at(4.0);
            assert_eq!(s.fired(Timer::HangOver), [1.3]);
            assert_eq!(s.fired(Timer::Endpoint), [1.5]);
            s
        });
        assert_eq!((muted.generates(), stalled.generates()), (vec![1.5], vec![2.5]));
        assert_eq!(stalled.fired(Timer::LineHold), [2.5]);

        let mut back = Script::new();
        back.voice(0.0).at(1.0).deaf();
        back.at(1.1).event(baton_session::Event::MediaLost { reason: MediaLoss::Stalled });
        back.at(1.2).recognized("turn it off");
        back.at(1.25).event(predicted(1, 1, 1, true));
        back.at(1.7).event(baton_session::Event::MediaBack).event(baton_session::Event::Heard { upto: at(1.7) });
        assert_eq!(back.generates(), [1.7]);
        vec![muted, stalled, back]
    };

    turn_e11_no_end_while_voice_is_on_and_every_final_appends => || {
        let mut s = Script::with(|config| config.capabilities.streaming = true);
        s.at(0.5).hears(0, "first");
        s.voice(0.7);
        let hearing = s.session.hearing().expect("somebody is heard");
        s.at(2.0).event(text(1, hearing.segment.0, hearing.revision.0, "first of all"));
        let hearing = s.session.hearing().expect("somebody is heard");
        s.at(3.0).event(text(1, hearing.segment.0, hearing.revision.0, "we need"));
        s.at(4.5).hears(0, "a plan");
        s.fade(5.0).at(5.1).recognized("a plan").at(5.2);
        assert!(s.fired(Timer::Endpoint).is_empty());
        s.event(predicted(1, 3, 1, true)).at(7.0);
        assert_eq!(s.user_items(), ["first of all we need a plan"]);
        assert_eq!(s.generates(), [5.5]);
        vec![s]
    };
}
