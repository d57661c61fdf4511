//! Q: silence and idleness.

use baton_session::{CloseReason, Command, FinishReason, FloorKind, IdleEnd, Notice, Timer};

use crate::script::*;

fn idle_notices(s: &Script) -> usize {
    s.noticed(|notice| matches!(notice, Notice::UserIdle)).len()
}

rows! {
    turn_q01_two_prompts_then_farewell => || {
        let mut s = Script::speaking(|_| {}, "What would you like?", 1_000);
        s.at(60.0);
        let prompts = ["What would you like?", "Are you still there?", "Are you still there?", "Goodbye then."];
        assert_eq!(s.speaks(), prompts);
        assert_eq!(s.fired(Timer::Idle), [16.2, 32.4, 48.6]);
        assert_eq!(idle_notices(&s), 1);
        assert_eq!(s.when(|c| matches!(c, Command::Close { reason: CloseReason::Idle })).len(), 1);
        assert_eq!(s.session.floor(), FloorKind::Closed);

        let mut barged = Script::speaking(|_| {}, "What would you like?", 1_000);
        barged.at(16.5).voice(16.5).at(16.8).hears(0, "yes I am here").at(17.0);
        assert_eq!(barged.cancels(), [16.85]);
        barged.fade(17.2).at(17.3).recognized("yes I am here").event(predicted(2, 1, 1, true)).at(18.0);
        barged.says(2, 1, "Good.").at(40.0);
        assert_eq!(barged.speaks().iter().filter(|text| text.starts_with("Are you")).count(), 2);

        let mut asleep = Script::with(|config| config.idle_end = IdleEnd::Sleep);
        asleep.at(200.0);
        assert_eq!((idle_notices(&asleep), asleep.session.floor()), (1, FloorKind::Open));
        assert_eq!(asleep.session.poll_timeout(), None);
        vec![s, barged, asleep]
    };

    turn_q02_nobody_is_idle_while_work_runs => || {
        let mut s = Script::new();
        s.event(typed(1, "look it up")).delta(1, 1, "Let me look.").event(called(1, 1, "a"));
        s.event(ended(1, 1, FinishReason::ToolCalls)).at(60.0);
        assert_eq!(idle_notices(&s), 0);
        assert!(!s.speaks().iter().any(|text| text.starts_with("Are you")));
        s.event(returned("a", "42")).says(1, 2, "It is forty two.").at(61.3);
        assert_eq!(s.session.floor(), FloorKind::Open);
        assert_eq!(s.session.poll_timeout(), Some((at(76.2), Timer::Idle)));
        vec![s]
    };

    turn_q03_wordless_voice_does_not_put_idleness_off => || {
        let mut s = Script::with(|config| {
            config.own.remove(&baton_session::OwnKind::DidNotCatch);
        });
        for noise in 0..4 {
            let start = 1.0 + 4.0 * f64::from(noise);
            s.voice(start).fade(start + 0.2).at(start + 0.3).recognized("");
        }
        s.at(16.5);
        assert_eq!(s.fired(Timer::Idle).len(), 1);
        assert!(s.fired(Timer::Idle)[0] < 16.0);

        let mut cut = Script::speaking(|_| {}, "There is a lot to say about all of these things here.", 1_000);
        cut.voice(1.0).at(3.2);
        assert_eq!(cut.session.floor(), FloorKind::User, "the longest hold");
        cut.fade(3.5).at(3.6).recognized("").at(6.0);
        assert_eq!(cut.session.floor(), FloorKind::Open);
        assert!(matches!(cut.session.poll_timeout(), Some((_, Timer::Idle))));
        vec![s, cut]
    };
}
