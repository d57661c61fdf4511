//! B: interruption.

use baton_session::{BargeInCause, Command, DropReason, FinishReason, FloorKind, Notice, Timer};
use baton_types::Timestamp;

use crate::script::*;

const LONG: &str = "There are a great many things that one could say about this and all of them take a long time \
                    before they come to the point that matters to you in the end.";

/// The agent has been speaking for four seconds, and its text is still being written.
fn speaking() -> Script {
    let mut s = Script::new();
    s.event(typed(900, "tell me")).delta(1, 1, LONG).at(4.0);
    s
}

fn barge(cause: BargeInCause) -> impl Fn(&Notice) -> bool {
    move |notice| matches!(notice, Notice::BargeIn { cause: found, .. } if *found == cause)
}

rows! {
    turn_b01_a_content_word_takes_the_floor_after_350_ms => || {
        let mut s = speaking();
        s.voice(4.0).at(4.3).hears(0, "no I meant").until(4.35);
        assert_eq!(s.pauses(), [4.0]);
        let floors: Vec<_> = s
            .notices
            .iter()
            .filter_map(|(at, notice)| match notice {
                Notice::FloorChanged { floor } => Some((*at, *floor)),
                _ => None,
            })
            .skip(1)
            .collect();
        assert_eq!(floors, [(4.032, FloorKind::Overlap), (4.35, FloorKind::User)]);
        assert_eq!(s.noticed(barge(BargeInCause::ContentWord)), [4.35]);
        assert_eq!(s.when(|c| matches!(c, Command::CancelGeneration { .. })), [4.35]);
        assert_eq!(s.cancels(), [4.35]);
        let heard = s.agent_items()[0].0.clone();
        s.fade(5.0).at(5.1).recognized("no I meant the other one");
        let kept = |c: &Command| matches!(c, Command::Recognize { from, .. } if *from == Timestamp::from_millis(3_500));
        assert_eq!(s.when(kept).len(), 1);
        s.event(predicted(2, 1, 1, true)).at(8.0);
        assert_eq!(s.agent_items()[0].0, heard);
        assert!(s.agent_items()[0].2);
        assert_eq!(s.user_items(), ["tell me", "no I meant the other one"]);
        vec![s]
    };

    turn_b02_a_stop_word_cuts_at_once_and_needs_no_answer => || {
        ["stop", "wait", "hold on", "no"].map(|word| {
            let mut s = speaking();
            s.voice(4.0).at(4.18).hears(0, word);
            assert_eq!(s.noticed(barge(BargeInCause::StopWord)), [4.18]);
            assert_eq!(s.cancels(), [4.18]);
            s.fade(4.4).at(4.5).recognized(word).at(8.0);
            let is_answer = word == "no";
            assert_eq!(s.generates().len(), 1 + usize::from(is_answer), "{word}");
            let dropped = s.noticed(|n| matches!(n, Notice::TurnDropped { reason: DropReason::StopWord, .. }));
            assert_eq!(dropped.len(), usize::from(!is_answer));
            s
        }).into()
    };

    turn_b03_what_the_far_end_still_holds_is_cancelled_too => || {
        let mut s = Script::new();
        s.event(typed(900, "tell me")).says(1, 1, LONG).at(2.0);
        s.event(ended(1, 1, FinishReason::Complete)).voice(6.0).at(6.2).hears(0, "what about Friday").at(6.6);
        assert!(s.when(|c| matches!(c, Command::CancelGeneration { .. })).is_empty());
        assert_eq!(s.cancels(), [6.35]);
        assert!(s.noticed(|n| matches!(n, Notice::ReplyEnded { cut: true, .. }))[0] <= 6.55);
        vec![s]
    };

    turn_b04_a_reply_that_has_not_sounded_leaves_nothing_behind => || {
        let mut s = Script::new();
        s.mute();
        s.voice(0.0).fade(0.9).at(1.0).recognized("what's on today");
        s.event(predicted(1, 1, 1, true)).at(1.5);
        s.delta(1, 1, "You have two meetings.");
        s.voice(1.6).at(1.8).hears(0, "no tomorrow");
        assert_eq!(s.cancels(), [1.8]);
        s.fade(2.3).at(2.4).recognized("no tomorrow");
        s.event(predicted(1, 2, 1, true)).at(4.0);
        assert!(s.agent_items().is_empty());
        assert_eq!(s.generates(), [1.4, 2.8]);
        assert!(s.fired(Timer::PlayoutWait).is_empty());

        let mut written = Script::new();
        written.mute();
        written.event(typed(1, "what's on today")).at(0.2).delta(1, 1, "You have two meetings.");
        written.at(0.5).event(typed(2, "and tomorrow"));
        assert_eq!(written.generates(), [0.0, 0.5]);
        assert!(written.agent_items().is_empty());
        assert_eq!(written.user_items(), ["what's on today and tomorrow"]);
        vec![s, written]
    };

    turn_b05_a_cut_reply_never_goes_on => || {
        let mut scripts = Vec::new();
        for stop_at in [4.35, 4.36, 4.5, 4.55, 4.7, 5.0, 99.0] {
            for fade_at in [4.2, 4.35, 4.5] {
                let mut s = speaking();
                s.mute();
                s.voice(4.0).at(4.1).hears(0, "I meant");
                let mut steps = [(stop_at, stopped(1, 4_000)), (fade_at, faded(fade_at))];
                steps.sort_by(|left, right| left.0.total_cmp(&right.0));
                for (when, event) in steps {
                    s.at(when).event(event);
                }
                s.at(stop_at.max(9.0));
                assert!(s.resumes().is_empty(), "{stop_at} {fade_at}\n{}", s.timeline());
                assert_eq!(s.cancels()[0], 4.35);
                scripts.push(s);
            }
        }
        scripts.truncate(2);
        scripts
    };

    turn_b06_what_comes_late_for_a_cut_reply_changes_nothing => || {
        let mut s = speaking();
        s.voice(4.0).at(4.2).hears(0, "what about Friday").at(4.6);
        let late = |s: &mut Script| {
            let before = s.commands.len();
            let count = s.noticed(|n| matches!(n, Notice::LateDropped { .. })).len();
            s.event(delta(1, 1, 7, "and more.")).event(ended(1, 1, FinishReason::Complete)).event(failed(1, 1));
            s.event(called(1, 1, "x")).event(ready(1, 0, 100)).event(progress(1, 9_000)).event(stopped(1, 9_000));
            s.event(baton_session::Event::PlayoutEnded { reply: baton_types::ReplyId(1) });
            assert_eq!(s.commands.len(), before, "{}", s.timeline());
            assert_eq!(s.noticed(|n| matches!(n, Notice::LateDropped { .. })).len(), count + 8);
        };
        late(&mut s);
        s.fade(5.0).at(5.1).recognized("what about Friday").event(predicted(2, 1, 1, true)).at(5.6);
        late(&mut s);
        s.says(2, 1, "Friday is free all day long.").at(6.5);
        late(&mut s);
        s.at(12.0);
        late(&mut s);
        assert_eq!(s.agent_items()[1], ("Friday is free all day long.".to_owned(), String::new(), false));
        assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { .. })).len(), 2);
        vec![s]
    };

    turn_b07_words_without_voice_do_not_interrupt => || {
        let mut s = speaking();
        s.event(partial(2, 1, 0, ".")).event(partial(1, 1, 3, "tell me")).event(partial(2, 1, 1, "stop"));
        s.at(5.0);
        assert!(s.pauses().is_empty() && s.cancels().is_empty());
        assert_eq!(s.session.floor(), FloorKind::Agent);

        let mut undetected = Script::with(|config| config.capabilities.detector = false);
        undetected.event(typed(900, "tell me")).delta(1, 1, LONG).at(4.0);
        undetected.hears(0, "mm-hm").at(5.0);
        assert_eq!(undetected.session.floor(), FloorKind::Agent);
        undetected.hears(0, "what about Friday");
        assert_eq!(undetected.cancels(), [5.0]);
        undetected.at(9.0);
        assert_eq!(undetected.user_items(), ["tell me", "what about Friday"]);
        vec![s, undetected]
    };
}
