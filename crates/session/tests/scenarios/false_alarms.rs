//! F: false interruption and back-channel.

use baton_session::{Command, DropReason, FloorKind, Notice, ResumePoint};

use crate::script::*;

const LONG: &str = "There are a great many things that one could say about this and all of them take a long time \
                    before they come to the point that matters to you in the end.";

fn speaking() -> Script {
    Script::speaking(|_| {}, LONG, 4_000)
}

fn false_barge_ins(s: &Script) -> Vec<f64> {
    s.noticed(|notice| matches!(notice, Notice::FalseBargeIn { .. }))
}

fn heard_to_the_end(s: &mut Script) {
    s.at(30.0);
    let (heard, unheard, cut) = s.agent_items()[0].clone();
    assert_eq!((heard.as_str(), unheard.as_str(), cut), (LONG, "", false), "{}", s.timeline());
    let whole = LONG.split_whitespace().count() as u64 * WORD_MS;
    assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { heard_ms, .. } if *heard_ms == whole)).len(), 1);
    assert_eq!(s.user_items(), ["tell me"]);
    assert_eq!(s.generates().len(), 1);
}

rows! {
    turn_f01_a_back_channel_only_holds_the_reply => || {
        let mut s = speaking();
        s.voice(4.0).fade(4.42).at(4.5).recognized("mm-hm").until(4.62);
        assert_eq!((s.pauses(), s.resumes(), false_barge_ins(&s)), (vec![4.0], vec![4.62], vec![4.62]));
        let same = |c: &Command| matches!(c, Command::ResumePlayout { from: ResumePoint::SameSample, .. });
        assert_eq!(s.when(same).len(), 1);
        heard_to_the_end(&mut s);
        vec![s]
    };

    turn_f02_a_cough_skips_and_repeats_nothing => || {
        let mut s = speaking();
        s.voice(4.0).fade(4.15).at(4.3).recognized("").until(4.35);
        assert_eq!(s.resumes(), [4.35]);
        heard_to_the_end(&mut s);

        let mut long = speaking();
        long.voice(4.0).fade(5.1).at(5.2).recognized("").until(5.3);
        assert_eq!(long.resumes(), [5.3]);
        let again = |c: &Command| matches!(c, Command::ResumePlayout { from: ResumePoint::ClauseStart { .. }, .. });
        assert_eq!(long.when(again).len(), 1);
        heard_to_the_end(&mut long);

        let mut slow = speaking();
        slow.voice(4.0).fade(4.15).at(4.6);
        assert!(slow.resumes().is_empty(), "the recogniser owes an answer");
        slow.recognized("").until(4.6);
        assert_eq!(slow.resumes(), [4.6]);
        heard_to_the_end(&mut slow);
        vec![s, long, slow]
    };

    turn_f03_a_click_spends_no_turn => || {
        let mut s = speaking();
        s.event(started(4.0)).fade(4.07).until(4.27);
        assert_eq!((s.pauses(), s.resumes()), (vec![4.0], vec![4.27]));
        assert!(s.noticed(|n| matches!(n, Notice::FloorChanged { floor: FloorKind::Overlap })).is_empty());
        heard_to_the_end(&mut s);
        s.event(typed(3, "thanks for that"));
        assert_eq!(s.noticed(|n| matches!(n, Notice::UserFinal { turn, .. } if turn.0 == 2)).len(), 1);
        vec![s]
    };

    turn_f04_back_channels_match_by_phrase_and_are_never_added_up => || {
        let mut s = speaking();
        s.voice(4.0).at(4.3).hears(0, "yeah").at(4.6).hears(1, "yeah okay").at(5.0).hears(2, "yeah okay sure");
        s.fade(5.1).at(5.2).recognized("Yeah, okay, sure.").until(5.3);
        assert_eq!(s.resumes(), [5.3]);
        for start in [6.5, 7.5] {
            s.voice(start).fade(start + 0.3).at(start + 0.4).recognized("right").at(start + 0.6);
        }
        assert!(s.cancels().is_empty());
        let mut words = speaking();
        words.voice(4.0).at(4.4).hears(0, "mm-hm").at(4.8).hears(1, "mm-hm, but");
        assert_eq!(words.cancels(), [4.8]);
        words.at(5.2).hears(2, "mm-hm, but what about Friday");
        words.fade(5.4).at(5.5).recognized("mm-hm, but what about Friday").event(predicted(2, 1, 1, true)).at(7.0);
        assert_eq!(words.user_items(), ["tell me", "mm-hm, but what about Friday"]);
        vec![s, words]
    };

    turn_f05_words_that_come_after_the_voice_still_take_the_floor => || {
        let mut s = speaking();
        s.voice(4.0).fade(4.6).at(4.7).hears(0, "can you");
        assert_eq!(s.cancels(), [4.7]);
        s.at(4.75).recognized("can you").at(4.8).event(predicted(2, 1, 1, false));
        s.voice(5.9).fade(6.4).at(6.5).recognized("tell me more").event(predicted(2, 2, 1, true)).at(8.0);
        assert!(s.resumes().is_empty());
        assert_eq!(s.user_items(), ["tell me", "can you tell me more"]);
        assert_eq!(s.generates(), [0.0, 6.9]);

        let mut owed = speaking();
        owed.voice(4.0).fade(4.6).at(7.0);
        assert_eq!(owed.resumes(), [6.0], "at most to the longest hold");
        vec![s, owed]
    };

    a_text_that_comes_only_as_a_final_decides_as_words_do => || {
        let mut early = speaking();
        early.voice(4.0).fade(5.1).at(5.2).recognized("Yeah, okay, sure.").until(5.3);
        assert_eq!(early.resumes(), [5.3]);
        let mut late = speaking();
        late.voice(4.0).fade(5.1).at(5.8).recognized("Yeah, okay, sure.").until(5.8);
        assert_eq!(late.resumes(), [5.8], "whichever is later");
        heard_to_the_end(&mut late);
        let mut content = speaking();
        content.voice(4.0).fade(4.6).at(5.3).recognized("can you tell me more");
        assert_eq!((content.cancels(), content.resumes()), (vec![5.3], vec![]));
        let mut again = speaking();
        again.voice(4.0).fade(4.6).event(started(4.7)).at(4.75).recognized("mm-hm").at(4.9);
        assert!(again.resumes().is_empty(), "voice is on again");
        again.fade(4.8).until(5.1);
        assert_eq!(again.resumes(), [5.1]);
        vec![early, late, content, again]
    };

    words_that_come_after_the_longest_hold_still_count => || {
        let given_up = || {
            let mut s = speaking();
            s.voice(4.0).fade(4.6).at(6.5);
            assert_eq!(s.resumes(), [6.0]);
            s
        };
        let mut content = given_up();
        content.recognized("compare these two offers for me").at(6.6);
        assert_eq!((content.cancels(), content.generates()), (vec![6.5], vec![0.0, 6.5]));
        assert_eq!(content.user_items(), ["tell me", "compare these two offers for me"]);
        let mut stop = given_up();
        stop.recognized("stop").at(9.0);
        assert_eq!((stop.cancels(), stop.generates(), stop.user_items().len()), (vec![6.5], vec![0.0], 1));
        let mut everything = given_up();
        everything.recognized("stop everything");
        assert_eq!(everything.when(|c| matches!(c, Command::StopEverything { .. })), [6.5]);
        let mut nothing = given_up();
        nothing.recognized("mm-hm");
        heard_to_the_end(&mut nothing);
        let mut judged = speaking();
        judged.voice(4.0).at(4.3).hears(0, "yeah").at(4.5).fade(4.5);
        judged.voice(5.2).fade(5.4).at(6.5);
        assert_eq!(judged.resumes(), [6.0]);
        judged.event(text(2, 1, 1, "right")).event(text(2, 2, 1, "okay"));
        heard_to_the_end(&mut judged);
        vec![content, stop, everything, nothing, judged]
    };

    turn_f06_a_fit_of_coughing_does_not_flap => || {
        let mut s = Script::speaking(|_| {}, LONG, 500);
        for cough in 0..20 {
            let start = 0.5 + 0.5 * f64::from(cough);
            s.voice(start).fade(start + 0.15);
            if s.session.floor() == FloorKind::Overlap {
                s.at(start + 0.2).recognized("");
            }
        }
        s.at(19.9);
        assert_eq!(s.pauses().len(), 3);
        assert_eq!(s.session.floor(), FloorKind::Open);
        heard_to_the_end(&mut s);

        let mut long = Script::speaking(|config| config.waits.window = std::time::Duration::from_secs(1), LONG, 500);
        for cough in 0..4 {
            let start = 0.5 + 1.2 * f64::from(cough);
            long.voice(start).fade(start + 0.4).at(start + 0.45).recognized("");
        }
        let late = long.pauses()[3];
        assert!((late - (0.5 + 3.6 + 0.2)).abs() < 1e-9, "the fourth pause needs 200 ms of voice: {late}");
        heard_to_the_end(&mut long);
        vec![s, long]
    };

    turn_f07_our_own_voice_is_nobody => || {
        let echo = |config: &mut baton_session::Config| config.echo = true;
        let mut s = Script::speaking(echo, LONG, 4_000);
        s.voice(4.0).at(4.4).hears(0, "that one could").at(4.8).hears(1, "that one could say about this");
        s.fade(5.0).at(5.1).recognized("that one could say about this and all");
        s.at(6.0);
        assert!(s.cancels().is_empty());
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnDropped { reason: DropReason::Echo, .. })).len(), 1);
        s.voice(7.0).at(7.4).hears(0, "can we meet on Friday");
        assert_eq!(s.cancels(), [7.4], "a real voice still interrupts");

        let mut after = Script::speaking(echo, "It is in the drawer.", 2_000);
        after.voice(2.2).fade(2.8).at(2.9).recognized("in the drawer").event(predicted(2, 1, 1, true)).at(5.0);
        assert_eq!(after.generates().len(), 1);
        assert_eq!(after.user_items(), ["tell me"]);
        after.voice(5.0).fade(5.6).at(5.7).recognized("in the drawer").event(predicted(3, 1, 1, true)).at(7.0);
        assert_eq!(after.user_items(), ["tell me", "in the drawer"], "later it is somebody else");

        let mut first = Script::speaking(echo, LONG, 300);
        first.voice(0.3).at(0.6).hears(0, "there are");
        assert!(first.pauses().is_empty() && first.cancels().is_empty());
        first.at(0.8).hears(1, "please be brief");
        assert_eq!(first.cancels(), [0.8]);
        vec![s, after, first]
    };
}
