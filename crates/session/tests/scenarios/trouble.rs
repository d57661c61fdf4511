//! P: provider trouble in mid-turn.

use baton_session::{Command, FinishReason, FloorKind, Item, Notice, OwnKind, Purpose};

use crate::script::*;

rows! {
    turn_p02_a_broken_answer_goes_on_from_where_it_was => || {
        let mut s = Script::new();
        s.event(typed(1, "tell me")).delta(1, 1, "First this. Then that. And fin").at(1.0);
        s.event(failed(1, 1));
        let goes_on = |c: &Command| matches!(c, Command::Generate { purpose: Purpose::Continue, .. });
        assert_eq!(s.when(goes_on), [1.0]);
        s.at(1.2).says(1, 2, "And finally those.").at(6.0);
        assert_eq!(s.speaks(), ["First this. ", "Then that. ", "And finally those."]);
        assert_eq!(s.agent_items().len(), 1);

        let mut twice = Script::new();
        twice.event(typed(1, "tell me")).delta(1, 1, "First this. Then that. And fin").at(1.0);
        twice.event(failed(1, 1)).at(1.2).event(failed(1, 2)).at(6.0);
        assert_eq!(twice.speaks(), ["First this. ", "Then that. ", "Sorry, something went wrong."]);
        assert_eq!(twice.session.floor(), FloorKind::Open);
        assert_eq!(twice.agent_items(), [("First this. Then that. ".to_owned(), String::new(), false)]);
        vec![s, twice]
    };

    no_text_of_a_failed_generation_is_said_after_the_apology => || {
        let mut late = Script::new();
        late.event(typed(1, "tell me")).at(5.2);
        assert_eq!(late.when(|c| matches!(c, Command::CancelGeneration { .. })), [5.0]);
        late.says(1, 1, "Of course.").at(9.0);
        assert_eq!(late.speaks(), ["One moment.", "Sorry, something went wrong."]);
        assert_eq!(late.noticed(|n| matches!(n, Notice::LateDropped { .. })).len(), 2);
        vec![late]
    };

    turn_p03_a_failure_before_the_first_word_is_one_plain_sentence_of_ours => || {
        let failures = [failed(1, 1), ended(1, 1, FinishReason::Complete)];
        failures.map(|event| {
            let mut s = Script::new();
            s.event(typed(1, "tell me")).at(0.3).event(event).at(3.0);
            assert_eq!(s.speaks(), ["Sorry, something went wrong."]);
            assert_eq!(s.generates().len(), 1);
            assert!(s.agent_items().is_empty());
            let note = |item: &Item| matches!(item, Item::Note { kind: OwnKind::Fault, .. });
            assert_eq!(s.session.transcript().items().iter().filter(|item| note(item)).count(), 1);
            assert_eq!(s.noticed(|n| matches!(n, Notice::Degraded { .. })).len(), 1);
            assert_eq!(s.session.floor(), FloorKind::Open);
            s
        }).into()
    };
}
