//! What the rows rest on and do not name: greeting, goodbye, stops, tools, the talk button, recogniser trouble, limits.

use baton_session::{
    CloseReason, Command, DropReason, EndCause, Event, FinishReason, FloorKind, Item, Notice, OwnKind, Purpose,
    RecognitionUrgency, Recognized, State, StopScope, Timer,
};

use crate::script::*;

const LONG: &str = "There are a great many things that one could say about this and all of them take a long time.";

fn closes(s: &Script) -> Vec<f64> {
    s.when(|command| matches!(command, Command::Close { .. }))
}

fn stops(s: &Script) -> Vec<f64> {
    s.when(|command| matches!(command, Command::StopEverything { .. }))
}

rows! {
    the_greeting_opens_the_conversation_and_may_be_cut => || {
        let mut s = Script::with(|config| config.greeting = true);
        s.at(0.5).voice(0.5).at(0.8).hears(0, "I have a question").at(1.0);
        assert_eq!(s.cancels(), [0.85]);
        assert_eq!(s.session.transcript().len(), 1);
        let mut whole = Script::with(|config| {
            config.greeting = true;
            config.uninterruptible_greeting = true;
        });
        whole.at(0.5).voice(0.5).at(1.3);
        assert!(whole.pauses().is_empty());
        assert_eq!(whole.session.floor(), FloorKind::User, "the words open the turn after it");
        whole.fade(1.4).at(1.5).recognized("I have a question").event(predicted(1, 1, 1, true)).at(3.0);
        assert_eq!(whole.user_items(), ["I have a question"]);
        vec![s, whole]
    };

    a_goodbye_ends_the_session_when_it_was_heard => || {
        let mut s = Script::new();
        s.event(typed(1, "bye")).delta(1, 1, "Goodbye and take care.").event(ended(1, 1, FinishReason::Goodbye)).at(1.3);
        assert_eq!(closes(&s), [1.2]);
        s.event(typed(2, "wait")).at(2.0);
        assert!(s.session.counters().after_close > 0);
        assert!(s.session.is_settled());

        let mut cancelled = Script::new();
        cancelled.event(typed(1, "bye")).delta(1, 1, "Goodbye and take good care of all of you.");
        cancelled.event(ended(1, 1, FinishReason::Goodbye)).at(1.5).event(typed(2, "one more thing")).at(3.0);
        cancelled.says(2, 1, "Yes?").at(5.0);
        assert!(closes(&cancelled).is_empty());

        let mut written = Script::with(|config| config.modality = baton_session::Modality::Text);
        written.event(typed(1, "bye")).delta(1, 1, "Bye.").event(ended(1, 1, FinishReason::Goodbye));
        assert_eq!(closes(&written), [0.0]);
        vec![s, cancelled, written]
    };

    stop_everything_works_in_every_floor_and_only_as_a_whole_phrase => || {
        let mut typed_open = Script::new();
        typed_open.event(typed(1, "Stop everything!"));
        assert_eq!(stops(&typed_open), [0.0]);

        let mut overlap = Script::speaking(|_| {}, LONG, 1_000);
        overlap.voice(1.0).at(1.2).event(Event::Partial {
            turn: baton_types::TurnId(2),
            segment: baton_types::SegmentId(1),
            seq: 0,
            text: "stop everything".to_owned(),
            stable: 4,
        });
        assert!(stops(&overlap).is_empty(), "two decodes have to agree");
        overlap.at(1.25).hears(1, "stop everything");
        assert_eq!(stops(&overlap), [1.25]);
        assert_eq!(overlap.cancels(), [1.25]);
        overlap.fade(1.6).at(1.7).recognized("stop everything").at(5.0);
        assert_eq!(overlap.generates().len(), 1);
        assert_eq!(overlap.noticed(|n| matches!(n, Notice::TurnDropped { reason: DropReason::StopWord, .. })).len(), 1);

        let mut agent = Script::speaking(|_| {}, LONG, 1_000);
        agent.event(typed(2, "please cancel everything"));
        assert_eq!((stops(&agent), agent.session.floor()), (vec![1.0], FloorKind::Open));

        let mut user = Script::new();
        user.voice(0.0).fade(0.9).at(1.0).recognized("don't stop everything").event(predicted(1, 1, 1, true)).at(2.0);
        assert!(stops(&user).is_empty());
        user.voice(2.5).fade(3.0).at(3.1).recognized("emergency stop");
        assert_eq!(stops(&user), [3.1]);

        let mut more = Script::new();
        more.voice(0.0).fade(0.9).at(1.0).recognized("stop everything").at(1.2).event(typed(1, "and what time is it?"));
        more.at(4.0);
        assert_eq!(stops(&more).len(), 1);
        assert_eq!(more.user_items(), ["stop everything and what time is it?"], "what comes behind it is answered");
        let mut behind = Script::new();
        behind.voice(0.0).fade(0.9).at(1.0).recognized("book a table");
        behind.voice(1.7).fade(2.5).at(2.6).recognized("stop everything");
        assert_eq!(stops(&behind), [2.6], "it is an utterance of its own");
        behind.at(5.0);
        assert_eq!((stops(&behind).len(), behind.user_items()), (1, vec!["book a table stop everything".to_owned()]));
        let mut late = Script::new();
        late.voice(0.0).at(0.5).hears(0, "stop everything").fade(0.9).at(5.0).recognized("stop everything");
        assert_eq!(stops(&late), [0.5], "once, however late the final comes");
        vec![typed_open, overlap, agent, user, more, behind, late]
    };

    a_stop_by_key_cuts_speech_alone => || {
        let mut s = Script::speaking(|_| {}, LONG, 1_000);
        s.event(Event::StopRequested { scope: StopScope::Speech });
        assert_eq!((s.cancels(), stops(&s), s.session.floor()), (vec![1.0], vec![], FloorKind::Open));
        s.event(Event::StopRequested { scope: StopScope::Everything });
        assert_eq!(stops(&s).len(), 1);
        let mut overlap = Script::new();
        overlap.voice(0.0).fade(0.9).at(1.0).recognized("tell me").event(predicted(1, 1, 1, true)).at(1.5);
        overlap.voice(1.6).at(1.8).event(Event::StopRequested { scope: StopScope::Speech });
        assert_eq!(overlap.session.floor(), FloorKind::User);
        overlap.fade(2.0).at(2.1).recognized("").at(5.0);
        assert_eq!(overlap.generates().len(), 1, "there is nothing to answer");
        let mut written = Script::speaking(|_| {}, LONG, 1_000);
        written.event(typed(2, "stop")).at(1.1).event(typed(3, "stop"));
        assert_eq!((written.generates().len(), written.session.floor()), (1, FloorKind::Open));
        vec![s, overlap, written]
    };

    tools_run_once_and_the_answer_sees_them => || {
        let mut s = Script::new();
        s.event(typed(1, "look it up")).delta(1, 1, "Let me look.").event(called(1, 1, "a")).event(called(1, 1, "a"));
        s.event(called(1, 1, "b")).event(ended(1, 1, FinishReason::ToolCalls)).at(0.03).event(returned("a", "1"));
        assert_eq!(s.generates().len(), 1);
        s.at(0.2).event(returned("b", "2"));
        let after = |c: &Command| matches!(c, Command::Generate { purpose: Purpose::AfterTools, context: 3, .. });
        assert_eq!(s.when(after), [0.2]);
        assert_eq!(s.when(|c| matches!(c, Command::RunTool { .. })).len(), 2);
        s.at(0.4).says(1, 2, " It is twelve.").at(4.0);
        assert_eq!(s.agent_items(), [("Let me look. It is twelve.".to_owned(), String::new(), false)]);

        let mut silent = Script::new();
        silent.event(typed(1, "look it up")).event(called(1, 1, "a")).event(ended(1, 1, FinishReason::ToolCalls));
        silent.at(4.0);
        assert_eq!(silent.speaks(), ["One moment."]);
        assert_eq!(silent.session.floor(), FloorKind::Open);
        assert!(!silent.session.is_settled());
        silent.event(returned("a", "1"));
        assert_eq!(silent.generates(), [0.0, 4.0]);

        let mut barged = Script::new();
        barged.event(typed(1, "look it up")).event(called(1, 1, "a")).event(ended(1, 1, FinishReason::ToolCalls));
        barged.at(0.4).voice(0.4).at(0.6).hears(0, "never mind");
        barged.at(0.9).event(returned("a", "1"));
        barged.fade(1.2).at(1.3).recognized("").at(8.0);
        let pair = |item: &Item| matches!(item, Item::Tool { outcome: Some(_), .. });
        assert!(barged.session.transcript().items().iter().any(pair));
        assert_eq!(barged.generates().len(), 2);

        let mut dropped = Script::speaking(|_| {}, "Yes.", 1_000);
        dropped.event(typed(2, "look it up")).event(called(2, 1, "a")).event(ended(2, 1, FinishReason::ToolCalls));
        dropped.at(4.0).voice(4.0).at(4.2).event(returned("a", "1")).fade(4.3).at(4.4).recognized("").at(9.0);
        assert_eq!(dropped.generates().len(), 3);
        vec![s, silent, barged, dropped]
    };

    the_talk_button_opens_and_ends_a_turn => || {
        let mut s = Script::speaking(|_| {}, LONG, 1_000);
        s.event(Event::Pressed);
        assert_eq!((s.cancels(), s.session.floor()), (vec![1.0], FloorKind::User));
        s.voice(1.1).fade(1.8).at(3.0);
        assert_eq!(s.session.floor(), FloorKind::User, "a pressed button has no endpoint");
        s.at(4.0).event(Event::Released);
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnEnded { cause: EndCause::Released, .. })), [4.0]);
        s.at(4.1).recognized("what time is it").at(5.0);
        assert_eq!(s.user_items(), ["tell me", "what time is it"]);
        s.says(2, 1, "Six o'clock in the evening.").at(5.5).voice(5.5).event(Event::Pressed).at(5.7);
        assert_eq!(s.cancels().len(), 2);
        let mut open = Script::new();
        open.event(Event::Pressed).event(Event::Pressed).at(0.5).event(Event::Released).at(3.0);
        assert_eq!(open.session.floor(), FloorKind::Open);
        vec![s, open]
    };

    a_recogniser_that_fails_is_asked_once_more_and_then_said_to_be_lost => || {
        let mut s = Script::new();
        let fail = |s: &mut Script| {
            let asked = s.commands.iter().rev().find_map(|(_, command)| match command {
                Command::Recognize { turn, segment, revision, .. } => Some((*turn, *segment, *revision)),
                _ => None,
            });
            let (turn, segment, revision) = asked.expect("something was asked");
            s.event(Event::RecognitionFailed { turn, segment, revision, fault: fault("recognize") });
            s.event(Event::RecognitionFailed { turn, segment, revision, fault: fault("recognize") });
        };
        for at in [0.0, 5.0, 10.0] {
            s.voice(at).fade(at + 0.5).at(at + 0.6);
            fail(&mut s);
            s.at(at + 2.5);
            fail(&mut s);
            s.at(at + 4.5);
        }
        assert_eq!(s.speaks(), ["I cannot hear you, please type."]);
        s.event(Event::RecognitionFailed {
            turn: baton_types::TurnId(99),
            segment: baton_types::SegmentId(1),
            revision: baton_types::Revision(1),
            fault: fault("recognize"),
        });
        vec![s]
    };

    a_skipped_guess_is_asked_again_at_the_end => || {
        let mut s = Script::new();
        s.voice(0.0).fade(0.9).at(1.0).answers(Recognized::Skipped).until(2.4);
        let last = s.commands.last().map(|(_, command)| command.clone());
        assert!(matches!(last, Some(Command::Recognize { urgency: RecognitionUrgency::Final, revision, .. }) if revision.0 == 2));
        s.at(2.6).recognized("what's on");
        assert_eq!(s.generates(), [2.6]);
        let mut dear = Script::with(|config| config.capabilities.cheap_finalize = false);
        dear.voice(0.0).fade(0.9).until(1.2);
        assert_eq!(dear.when(|c| matches!(c, Command::Recognize { .. })), [1.2], "not at the first gap");
        vec![s, dear]
    };

    the_text_of_a_turn_that_had_come_to_nothing_is_still_answered => || {
        let mut s = Script::new();
        s.voice(0.0).fade(0.9).at(5.0);
        assert_eq!(s.noticed(|n| matches!(n, Notice::TurnDropped { .. })), [3.9]);
        s.recognized("what's on");
        assert_eq!(s.generates(), [5.0]);
        assert_eq!(s.user_items(), ["what's on"]);
        let mut busy = Script::new();
        busy.voice(0.0).fade(0.9).at(5.0).event(typed(1, "hello")).event(text(1, 1, 1, "what's on"));
        assert_eq!(busy.user_items(), ["hello"]);
        let mut sorry = Script::new();
        for at in [0.0, 5.0] {
            sorry.voice(at).fade(at + 0.9).at(at + 3.95);
        }
        assert_eq!(sorry.speaks().len(), 1);
        sorry.event(text(2, 1, 1, "what's on"));
        assert_eq!(sorry.user_items(), ["what's on"], "what was said goes before the apology");
        vec![s, busy, sorry]
    };

    a_long_stretch_is_cut_into_segments_at_its_longest_pause => || {
        let mut s = Script::new();
        s.voice(0.0).fade(6.0).at(6.1);
        s.voice(6.4).at(21.0).fade(21.0);
        let asked: Vec<_> = s
            .commands
            .iter()
            .filter_map(|(_, command)| match command {
                Command::Recognize { segment, revision, from, upto, .. } => {
                    Some((segment.0, revision.0, from.as_millis(), upto.as_millis()))
                }
                _ => None,
            })
            .collect();
        assert_eq!(asked[0], (1, 1, 0, 6_000));
        assert_eq!((asked[1].0, asked[1].3), (1, 6_200));
        assert_eq!(asked[2].0, 2);
        assert_eq!(s.when(|c| matches!(c, Command::CancelRecognition { .. })).len(), 1);
        vec![s]
    };

    a_session_that_is_closed_keeps_what_was_said => || {
        let close = Event::CloseRequested { reason: CloseReason::HungUp };
        let mut agent = Script::speaking(|_| {}, LONG, 1_000);
        agent.mute().event(close.clone()).event(typed(2, "hello")).at(3.0);
        assert_eq!(closes(&agent), [1.2]);
        assert_eq!(agent.agent_items()[0].0, "There are a");
        let mut user = Script::new();
        user.voice(0.0).at(0.5).hears(0, "I wanted to").event(close.clone());
        assert_eq!((closes(&user), user.user_items()), (vec![0.5], vec!["I wanted to".to_owned()]));
        let mut overlap = Script::speaking(|_| {}, LONG, 1_000);
        overlap.voice(1.0).at(1.2).hears(0, "yes").event(close.clone()).at(2.0);
        assert_eq!(closes(&overlap), [1.2]);
        let mut open = Script::new();
        open.event(close);
        assert_eq!(closes(&open), [0.0]);
        assert_eq!(open.session.poll_timeout(), None);
        vec![agent, user, overlap, open]
    };

    playing_that_makes_no_progress_frees_the_floor => || {
        let mut s = Script::speaking(|_| {}, LONG, 1_000);
        s.mute().at(1.1);
        let mut overlap = Script::speaking(|_| {}, LONG, 1_000);
        for (name, script) in [("agent", &mut s), ("overlap", &mut overlap)] {
            script.mute();
            if name == "overlap" {
                script.voice(1.0).fade(1.2).at(1.3).recognized("").until(1.4);
                script.at(1.5).voice(2.9);
                script.at(2.92).event(confirmed(2.9));
            }
        }
        let mut failing = Script::new();
        failing.mute().event(typed(1, "tell me")).says(1, 1, "One thing. Another.").at(0.2);
        for clause in 0..2 {
            failing.event(Event::SynthesisFailed {
                reply: baton_types::ReplyId(1),
                clause: baton_types::ClauseId(clause),
                fault: fault("synthesize"),
            });
        }
        assert_eq!(failing.session.floor(), FloorKind::Open);
        assert!(failing.agent_items().is_empty());
        let mut stuck = Script::new();
        stuck.mute().event(typed(1, "tell me")).says(1, 1, "One thing.").at(7.0);
        assert_eq!((stuck.fired(Timer::Stall), stuck.session.floor()), (vec![5.0], FloorKind::Open));
        let mut started = Script::new();
        started.mute().event(typed(1, "tell me")).says(1, 1, "One thing.").at(1.0).event(progress(1, 10)).at(4.0);
        assert_eq!(started.fired(Timer::Stall), [3.0]);
        vec![failing, stuck, started]
    };

    states_are_what_people_see => || {
        let mut s = Script::new();
        assert_eq!(s.session.state(), State::Idle);
        s.voice(0.0);
        assert_eq!(s.session.state(), State::Listening);
        s.fade(0.9).until(2.4);
        assert_eq!(s.session.state(), State::Processing);
        s.recognized("what's on");
        assert_eq!(s.session.state(), State::Processing);
        s.says(1, 1, "Shall I look for something more?").at(3.0);
        assert_eq!(s.session.state(), State::Speaking);
        s.event(started(3.0));
        assert_eq!(s.session.state(), State::Deciding);
        s.at(3.05).event(faded(3.05)).at(8.0);
        assert_eq!(s.session.state(), State::WaitingForInput);
        s.event(typed(5, "yes")).event(failed(2, 1)).at(8.2);
        assert_eq!(s.session.state(), State::Recovering);
        s.event(Event::CloseRequested { reason: CloseReason::ShuttingDown }).at(9.0);
        assert_eq!(s.session.state(), State::Closed);
        assert!(s.session.hearing().is_none());
        vec![s]
    };

    a_flood_of_requests_is_paced => || {
        let mut s = Script::new();
        for line in 1..7 {
            s.at(0.5 * f64::from(line)).event(typed(line, "next"));
        }
        assert_eq!(s.generates().len(), 4);
        s.at(10.6);
        assert_eq!(s.generates().len(), 5);
        assert_eq!(s.fired(Timer::Limit), [10.5]);
        vec![s]
    };

    a_long_answer_is_given_to_synthesis_a_few_clauses_at_a_time => || {
        let mut s = Script::new();
        s.mute().event(typed(1, "tell me")).says(1, 1, &"This is one. ".repeat(30));
        assert_eq!(s.speaks().len(), 8);
        s.at(0.5).event(ready(1, 0, 900));
        assert_eq!(s.speaks().len(), 9);
        let mut endless = Script::with(|config| config.limits.reply_bytes = 100);
        endless.event(typed(1, "tell me")).delta(1, 1, &"This is one. ".repeat(30));
        assert_eq!(endless.when(|c| matches!(c, Command::CancelGeneration { .. })).len(), 1);
        endless.delta(1, 1, "more").at(60.0);
        assert_eq!(endless.noticed(|n| matches!(n, Notice::LateDropped { .. })).len(), 1);
        vec![s, endless]
    };

    own_sentences_are_notes => || {
        let mut s = Script::with(|config| config.greeting = true);
        s.at(3.0);
        let item = s.session.transcript().items()[0].clone();
        let greeting = Item::Note {
            reply: baton_types::ReplyId(1),
            kind: OwnKind::Greeting,
            heard: "Hello, this is Baton.".to_owned(),
        };
        assert_eq!(item, greeting);
        let mut wordless = Script::with(|config| {
            config.own.clear();
            config.greeting = true;
        });
        wordless.event(typed(1, "tell me")).at(0.3).event(failed(1, 1)).at(2.0);
        assert_eq!(wordless.session.floor(), FloorKind::Open);
        wordless.at(80.0);
        assert_eq!(wordless.session.floor(), FloorKind::Closed);
        vec![s, wordless]
    };
}
