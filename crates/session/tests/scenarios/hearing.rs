//! H: what was heard.

use baton_session::{Command, Item, Notice, ResumePoint};

use crate::script::*;

const FORTY: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
                     seventeen eighteen nineteen twenty and so on until everybody who listens has had more than enough \
                     of all these numbers that nobody asked for.";

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

rows! {
    turn_h01_with_word_times_the_item_is_the_words_that_left => || {
        let mut s = Script::speaking(|_| {}, FORTY, 3_350);
        s.event(typed(2, "thanks"));
        assert_eq!(words(FORTY), 40);
        let (heard, unheard, cut) = s.agent_items()[0].clone();
        assert_eq!(words(&heard), 11);
        assert_eq!(format!("{heard}{unheard}"), FORTY);
        assert!(cut);
        vec![s]
    };

    turn_h02_without_word_times_the_share_is_rounded_down => || {
        let mut s = Script::with(|_| {});
        s.unmarked();
        s.event(typed(900, "tell me")).says(1, 1, FORTY).at(2.0).event(typed(2, "thanks"));
        let (heard, unheard, _) = s.agent_items()[0].clone();
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let clause = s.speaks()[0].clone();
        let duration = words(&clause) * 300;
        assert!(words(&heard) >= 3 && letters(&heard) * duration <= letters(&clause) * 2_010, "{heard}");
        assert_eq!(format!("{heard}{unheard}"), FORTY);

        let mut unknown = Script::with(|_| {});
        unknown.mute();
        unknown.event(typed(900, "tell me")).says(1, 1, "Only this one clause.").at(0.5);
        unknown.event(progress(1, 10)).at(2.0).event(progress(1, 1_500)).event(typed(2, "thanks"));
        unknown.event(stopped(1, 1_900));
        let (heard, unheard, cut) = unknown.agent_items()[0].clone();
        assert!(!heard.is_empty() && !unheard.is_empty() && cut, "never the whole clause: {heard}");
        vec![s, unknown]
    };

    turn_h03_the_last_report_settles_what_was_heard_and_is_waited_for_shortly => || {
        let speaking = || {
            let mut s = Script::speaking(|_| {}, FORTY, 2_700);
            s.mute().event(progress(1, 2_700)).event(typed(2, "thanks"));
            s
        };
        let mut s = speaking();
        assert_eq!(s.generates(), [0.0]);
        s.at(2.75).event(progress(1, 2_900)).at(2.8).event(stopped(1, 3_000));
        assert_eq!(s.generates(), [0.0, 2.8]);
        assert_eq!(words(&s.agent_items()[0].0), 10);
        s.event(progress(1, 3_900));
        assert_eq!(words(&s.agent_items()[0].0), 10, "frozen");

        let mut silent = speaking();
        silent.at(2.75).event(progress(1, 3_000)).at(4.0);
        assert_eq!(silent.generates(), [0.0, 2.9]);
        assert_eq!(words(&silent.agent_items()[0].0), 10);
        vec![s, silent]
    };

    turn_h04_sending_is_not_hearing => || {
        let mut s = Script::new();
        s.mute().event(typed(900, "tell me")).says(1, 1, "Here it is.").at(0.3);
        s.event(ready(1, 0, 1_200)).event(progress(1, 60)).event(typed(2, "thanks")).event(stopped(1, 60));
        assert!(s.agent_items().is_empty());
        assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { heard, .. } if heard.is_empty())).len(), 1);

        let mut nothing = Script::new();
        nothing.mute().event(typed(900, "tell me")).says(1, 1, "Here it is.").at(0.3).event(typed(2, "thanks"));
        assert!(nothing.agent_items().is_empty());
        vec![s, nothing]
    };

    turn_h05_a_report_is_kept_within_what_was_sent => || {
        let mut s = Script::new();
        s.mute().event(typed(900, "tell me")).says(1, 1, "Here it is.").at(0.3);
        s.event(ready(1, 0, 4_000)).event(progress(1, 10)).at(2.0).event(progress(1, 2_000));
        s.event(progress(2, 5_000)).event(typed(2, "thanks")).event(stopped(1, 5_400));
        let ended = |n: &Notice| matches!(n, Notice::ReplyEnded { heard_ms: 4_000, .. });
        assert_eq!(s.noticed(ended).len(), 1);
        s.says(2, 1, "The second.").at(2.1).event(typed(3, "no")).event(stopped(2, 800)).at(3.0);
        assert_eq!(s.agent_items().len(), 1, "the queued one was never heard");
        vec![s]
    };

    a_wrong_report_neither_counts_for_ever_nor_stalls_the_reply => || {
        let mut s = Script::new();
        s.mute().event(typed(900, "tell me")).says(1, 1, "Here it is.").at(0.3);
        s.event(progress(1, 10)).at(0.5).event(progress(1, 19_000)).at(0.6).event(ready(1, 0, 6_000));
        for tenth in 7..50 {
            s.at(f64::from(tenth) / 10.0).event(progress(1, 100 * (tenth as u64 - 3)));
        }
        assert!(s.cancels().is_empty(), "it sounds well");
        s.at(6.3).event(baton_session::Event::PlayoutEnded { reply: baton_types::ReplyId(1) });
        assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { heard_ms: 6_000, cut: false, .. })), [6.3]);

        let mut two = Script::new();
        two.mute().event(typed(900, "tell me")).says(1, 1, "Here it is. And here is another one.").at(0.3);
        two.event(progress(1, 10)).event(progress(1, 2_000)).event(ready(1, 0, 900)).event(ready(1, 1, 1_500));
        two.event(progress(1, 2_100)).event(typed(2, "thanks")).event(stopped(1, 2_100));
        assert_eq!(two.noticed(|n| matches!(n, Notice::ReplyEnded { heard_ms: 2_100, .. })).len(), 1, "no part twice");
        vec![s, two]
    };

    a_clause_that_is_said_again_is_heard_once_and_its_replay_is_progress => || {
        let mut s = Script::new();
        s.mute().event(typed(900, "tell me")).says(1, 1, "One long clause that is said again.").at(0.1);
        s.event(ready(1, 0, 9_000)).event(progress(1, 10)).at(1.9).event(progress(1, 1_800));
        s.at(3.6).event(progress(1, 3_500)).at(5.1).event(progress(1, 5_000));
        s.voice(5.2).fade(6.4).at(6.45).recognized("").until(6.6);
        let again = |c: &Command| matches!(c, Command::ResumePlayout { from: ResumePoint::ClauseStart { .. }, .. });
        assert_eq!(s.when(again), [6.6]);
        for tenth in 0..90 {
            s.at(6.7 + f64::from(tenth) / 10.0).event(progress(1, 100 * u64::from(tenth as u32)));
        }
        assert!(s.cancels().is_empty(), "the part that is said again is progress");
        s.at(15.7).event(baton_session::Event::PlayoutEnded { reply: baton_types::ReplyId(1) });
        assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { heard_ms: 9_000, cut: false, .. })), [15.7]);
        let heard: Vec<_> = s.commands.iter().filter_map(|(_, c)| match c {
            Command::Commit { item: Item::Agent { heard_ms, .. }, .. } => Some(*heard_ms),
            _ => None,
        }).collect();
        assert!(heard.is_sorted(), "{heard:?}");
        vec![s]
    };

    the_end_of_what_was_ready_says_nothing_of_what_was_not => || {
        let mut s = Script::new();
        s.mute().event(typed(900, "tell me")).delta(1, 1, "Of course. ").at(0.3);
        s.event(ready(1, 0, 640)).event(progress(1, 100)).delta(1, 1, "What is your phone number?");
        s.at(0.9).event(typed(2, "thanks")).event(baton_session::Event::PlayoutEnded { reply: baton_types::ReplyId(1) });
        s.at(2.0);
        assert_eq!(s.agent_items()[0], ("Of course. ".to_owned(), "What is your phone number?".to_owned(), true));
        assert_eq!(s.noticed(|n| matches!(n, Notice::ReplyEnded { heard_ms: 640, .. })).len(), 1);
        vec![s]
    };

    turn_h06_the_next_answer_knows_both_parts_of_a_cut_one => || {
        let mut s = Script::speaking(|_| {}, FORTY, 3_300);
        s.voice(3.35).at(3.4).hears(0, "go on please then").at(3.7);
        s.fade(3.9).at(4.0).recognized("go on please then").event(predicted(2, 1, 1, true)).at(4.5);
        let context = s.commands.iter().rev().find_map(|(_, command)| match command {
            Command::Generate { context, .. } => Some(*context),
            _ => None,
        });
        let seen = s.session.transcript().context(context.expect("a generation"));
        let Item::Agent { heard, unheard, cut: true, .. } = &seen[1] else { panic!("{seen:?}") };
        assert_eq!(words(heard), 11);
        assert!(unheard.starts_with(" twelve"));

        let mut drained = Script::speaking(|_| {}, "It is six.", 3_000);
        drained.voice(3.0).fade(3.8).at(3.9).recognized("thanks a lot").event(predicted(2, 1, 1, true)).at(5.0);
        assert_eq!(drained.agent_items(), [("It is six.".to_owned(), String::new(), false)]);
        vec![s, drained]
    };
}
