//! X: text mixed with voice.

use baton_session::{Command, Event, FloorKind, Modality, Notice};

use crate::script::*;

rows! {
    turn_x01_a_typed_line_cuts_the_agent_and_sees_what_was_heard => || {
        let mut s = Script::speaking(|_| {}, "On Saturday the market opens at eight and closes at noon sharp.", 1_000);
        s.at(3.0);
        let mut s2 = Script::new();
        s2.event(typed(900, "when")).delta(1, 1, "On Saturday the market opens at eight and closes at noon sharp.");
        s2.at(3.0).event(typed(7, "and on Sunday?"));
        assert_eq!(s2.when(|c| matches!(c, Command::CancelGeneration { .. })), [3.0]);
        assert_eq!(s2.cancels(), [3.0]);
        let context = s2.commands.iter().rev().find_map(|(_, command)| match command {
            Command::Generate { context, .. } => Some(*context),
            _ => None,
        });
        assert_eq!(context, Some(3));
        assert!(s2.agent_items()[0].2);
        assert_eq!(s2.user_items(), ["when", "and on Sunday?"]);

        s.voice(3.0).at(3.1).event(typed(8, "and on Sunday?"));
        assert_eq!(s.cancels(), [3.1]);
        s.fade(3.3).at(3.4).recognized("").at(6.0);
        assert_eq!(s.user_items(), ["tell me", "and on Sunday?"]);
        vec![s2, s]
    };

    turn_x02_speech_and_typing_make_one_turn => || {
        let mut s = Script::new();
        s.voice(0.0).at(0.8).event(typed(1, "https://example.com/a"));
        assert_eq!(s.session.floor(), FloorKind::User);
        s.fade(0.9).at(1.0).recognized("compare these").event(predicted(1, 1, 1, true)).at(3.0);
        assert_eq!(s.user_items(), ["compare these https://example.com/a"]);
        assert_eq!(s.generates(), [1.4]);
        vec![s]
    };

    a_reply_is_spoken_or_written_and_never_both => || {
        let mut s = Script::new();
        s.event(typed(1, "tell me")).delta(1, 1, "First this. ").at(0.5).event(Event::ModalityChosen { text: true });
        s.says(1, 1, "Then that.").at(4.0);
        assert_eq!(s.speaks(), ["First this. ", "Then that."]);
        assert_eq!(s.agent_items(), [("First this. Then that.".to_owned(), String::new(), false)]);
        s.event(typed(2, "and now?")).says(2, 1, "In writing.").at(5.0);
        assert_eq!((s.speaks().len(), s.agent_items().len()), (2, 2));

        let mut waiting = Script::new();
        waiting.event(typed(1, "look it up")).event(called(1, 1, "a"));
        waiting.event(ended(1, 1, baton_session::FinishReason::ToolCalls)).at(0.5);
        waiting.event(Event::ModalityChosen { text: true }).at(2.0).event(returned("a", "1")).at(2.1);
        waiting.says(1, 2, "It is one.").at(3.0);
        assert!(waiting.speaks().is_empty(), "nothing had come of it yet");
        assert_eq!(waiting.agent_items(), [("It is one.".to_owned(), String::new(), false)]);
        vec![s, waiting]
    };

    turn_x03_a_text_only_client_is_answered_in_writing => || {
        let mut s = Script::with(|config| config.modality = Modality::Text);
        s.event(typed(1, "hello")).at(0.2).delta(1, 1, "Good ").at(0.3).event(typed(1, "hello"));
        s.at(0.4).delta(1, 1, "morning.").event(ended(1, 1, baton_session::FinishReason::Complete));
        assert!(s.speaks().is_empty());
        assert_eq!(s.user_items(), ["hello"]);
        assert_eq!(s.agent_items(), [("Good morning.".to_owned(), String::new(), false)]);
        assert_eq!(s.session.floor(), FloorKind::Open);
        assert!(s.session.poll_timeout().is_none(), "a writer may take any time");
        s.at(1.0).event(typed(2, "say it aloud")).event(Event::ModalityChosen { text: false });
        s.says(2, 1, "Good morning.").at(3.0);
        assert_eq!(s.speaks(), ["Good morning."]);

        let mut quick = Script::with(|config| config.modality = Modality::Text);
        for line in 1..8 {
            quick.at(0.1 * f64::from(line)).event(typed(line, "next")).says(line, 1, "Yes.");
        }
        assert_eq!(quick.generates().len(), 7);
        quick.event(typed(50, "one")).event(typed(51, "two")).event(failed(8, 2));
        assert_eq!(quick.user_items()[7], "one two");
        assert_eq!(quick.noticed(|n| matches!(n, Notice::Degraded { .. })).len(), 1);
        vec![s, quick]
    };
}
