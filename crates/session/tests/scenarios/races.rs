//! R: two things at once, late, doubled, reordered.

use baton_session::{Command, Event, FinishReason, FloorKind, Notice, Timer};
use baton_types::{ReplyId, Timestamp};

use crate::script::*;

fn late(s: &Script) -> usize {
    s.noticed(|notice| matches!(notice, Notice::LateDropped { .. })).len()
}

fn ignored(s: &Script) -> usize {
    s.noticed(|notice| matches!(notice, Notice::Ignored { .. })).len()
}

rows! {
    turn_r01_voice_at_the_instant_of_the_endpoint_goes_first => || {
        let mut s = Script::new();
        s.voice(0.0).fade(0.9).at(1.0).recognized("what's on").event(predicted(1, 1, 1, true));
        s.at(1.4);
        assert_eq!(s.session.poll_timeout(), Some((at(1.4), Timer::Endpoint)));
        s.event(started(1.4)).at(1.45).event(predicted(1, 1, 1, true)).at(1.5).event(confirmed(1.4));
        assert_eq!(late(&s), 1, "a prediction for the older pause");
        s.fade(1.9).at(2.0).recognized("what's on today").event(predicted(1, 1, 1, true));
        assert_eq!(late(&s), 2, "and one for the older revision");
        s.event(predicted(1, 1, 2, true)).at(4.0);
        assert_eq!(s.fired(Timer::Endpoint), [2.4]);
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnEnded { .. })).len(), 1);
        assert_eq!(s.user_items(), ["what's on today"]);
        vec![s]
    };

    turn_r02_texts_count_once_in_segment_order => || {
        let mut s = Script::new();
        s.voice(0.0).fade(0.9).at(1.0);
        s.voice(1.6).fade(2.0).at(2.1).event(text(1, 2, 1, "on Sunday")).event(text(1, 2, 1, "on Sunday"));
        s.event(partial(1, 2, 9, "on Sun")).at(2.2).event(text(1, 1, 1, "what's on"));
        s.at(2.3).event(predicted(1, 2, 1, true)).at(2.6);
        assert_eq!(s.user_items(), ["what's on on Sunday"]);
        assert_eq!(late(&s), 2);

        let mut old = Script::new();
        old.voice(0.0).fade(0.9).at(1.0).recognized("what's on");
        old.voice(1.6).fade(2.0).at(5.5).says(1, 1, "Nothing.").at(7.0);
        assert_eq!(old.user_items(), ["what's on"]);
        old.voice(7.0).fade(7.5).at(7.6).recognized("and tomorrow").event(predicted(2, 1, 1, true)).at(8.5);
        let generates = old.generates();
        old.event(text(1, 2, 1, "on Sunday")).at(8.6);
        assert_eq!(old.user_items(), ["what's on on Sunday", "and tomorrow"]);
        assert_eq!(old.generates(), generates, "turn 2 is unchanged");
        vec![s, old]
    };

    turn_r03_order_of_the_end_and_the_last_piece_does_not_matter => || {
        let end = || ended(1, 1, FinishReason::Complete);
        let orders = [
            vec![delta(1, 1, 0, "It is "), end(), delta(1, 1, 1, "six."), end()],
            vec![delta(1, 1, 1, "six."), delta(1, 1, 0, "It is "), end(), end()],
            vec![delta(1, 1, 1, "six."), end(), delta(1, 1, 0, "It is ")],
        ];
        orders.map(|events| {
            let mut s = Script::new();
            s.event(typed(1, "what time is it"));
            for event in events {
                s.at(s.now() + 0.05).event(event);
            }
            s.at(5.0);
            assert_eq!(s.agent_items(), [("It is six.".to_owned(), String::new(), false)], "{}", s.timeline());
            assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { .. })).len(), 1);
            s
        }).into_iter().chain([{
            let mut s = Script::new();
            s.event(typed(1, "what time is it")).event(typed(2, "in Rome")).event(end()).event(delta(1, 1, 0, "It is "));
            assert_eq!(late(&s), 2, "a cancelled one counts no more");
            s.event(delta(1, 2, 0, "Six.")).event(delta(1, 2, 2, " Late")).event(ended(1, 2, FinishReason::Complete));
            s.at(6.0);
            assert_eq!(s.agent_items(), [("Six. Late".to_owned(), String::new(), false)]);
            s
        }]).collect()
    };

    turn_r05_impossible_reports_are_counted_and_replaced => || {
        let mut s = Script::new();
        s.event(faded(0.0)).event(Event::PlayoutEnded { reply: ReplyId(9) }).event(stopped(9, 5)).event(progress(9, 5));
        s.event(Event::Released).event(returned("x", "y")).event(started(0.0)).event(started(0.0));
        s.event(confirmed(0.0)).event(confirmed(0.0));
        assert_eq!((ignored(&s), late(&s)), (7, 1));
        assert_eq!(s.session.counters().ignored, 7);

        let mut unstopped = Script::speaking(|_| {}, "The quick brown fox jumps over the lazy dog.", 1_000);
        unstopped.mute().event(typed(2, "thanks")).at(3.0);
        assert_eq!(unstopped.fired(Timer::PlayoutWait), [1.2]);
        assert_eq!(unstopped.generates(), [0.0, 1.2]);
        assert_eq!(unstopped.agent_items()[0].0, "The quick brown");
        vec![s, unstopped]
    };

    turn_r06_a_stalled_driver_gets_one_decision => || {
        let mut s = Script::speaking(|_| {}, &"The quick brown fox jumps over the lazy dog. ".repeat(4), 4_000);
        s.voice(4.0);
        s.stalled_until(7.0);
        for burst in 0..47 {
            s.event(faded(4.1 + 0.05 * f64::from(burst))).event(started(4.13 + 0.05 * f64::from(burst)));
        }
        s.event(faded(6.9)).event(text(2, 1, 1, "what about Friday"));
        let before = s.commands.len();
        s.timeout();
        let cut = |c: &Command| matches!(c, Command::CancelPlayout { .. });
        assert_eq!(s.when(cut).len(), 1, "{}", s.timeline());
        assert!(s.resumes().is_empty());
        assert!(s.commands.len() <= before + 3);

        let mut back = Script::new();
        back.at(5.0).event(started(4.9)).event(confirmed(4.9));
        back.session.handle(Timestamp::from_millis(10), faded(0.0));
        assert_eq!(back.session.poll_timeout().map(|(at, _)| at >= Timestamp::from_millis(4_900)), Some(true));
        back.at(9.0);
        assert_eq!(back.session.floor(), FloorKind::Open);
        back.inputs.truncate(1);
        back.outputs.truncate(1);
        vec![s, back]
    };
}
