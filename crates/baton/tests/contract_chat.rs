//! The contract of `baton chat`, and of conversations that are kept: gone on with, listed, shown, exported, deleted.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Home, Ran, at_ms, number, text};

/// Types these lines to a chat that is kept; answers it and the conversation's id.
#[track_caller]
fn chat(home: &Home, more: &[&str], lines: &str) -> (Ran, String) {
    let ran = home.run_with(&[&["chat", "--json"], more].concat(), lines).expect(0);
    let id = text(ran.events().one("session.started"), "conversation").to_owned();
    (ran, id)
}

fn journals(home: &Home) -> usize {
    fs::read_dir(home.kept().join("journals")).map_or(0, Iterator::count)
}

#[test]
fn chat_reads_one_user_turn_per_line_and_answers_each() {
    let home = Home::new();
    let (ran, _) = chat(&home, &[], "what is 12 times 7\n\n   \nhow do you spell rhythm\nsay that again");
    let events = ran.events();
    let expected = ["what is 12 times 7", "how do you spell rhythm", "say that again"];
    assert_eq!(events.texts("user.final"), expected, "empty lines are no turns: {ran}");
    let answers = events.of("agent.final");
    let spelled = "Rhythm is spelled R, H, Y, T, H, M.";
    assert_eq!(events.texts("agent.final"), ["12 times 7 is 84.", spelled, spelled]);
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(number(answer, "turn"), index as u64 + 1);
        // Typed text is delivered when it is rendered.
        assert_eq!((answer["heard"].as_str(), &answer["cut"]), (answer["text"].as_str(), &Value::Bool(false)));
    }
    assert!(events.0.iter().map(at_ms).collect::<Vec<_>>().is_sorted(), "{ran}");
    let ended = events.one("session.ended");
    assert_eq!((number(ended, "turns"), &ended["reason"]), (3, &Value::from("hung_up")), "{ended}");
    // A turn that is typed is not waited for and not spoken.
    for metrics in events.of("turn.metrics") {
        assert!(metrics["llm_first_token_ms"].is_u64(), "{metrics}");
        assert_eq!((&metrics["endpoint_wait_ms"], &metrics["tts_first_audio_ms"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn people_see_the_answers_and_which_agent_gives_them() {
    let home = Home::new();
    let ran = home.run_with(&["chat"], "what is 12 times 7\n").expect(0);
    assert_eq!(ran.out, "baton: 12 times 7 is 84.\n");
    assert!(ran.err.contains("the offline concierge answers"), "{ran}");
}

#[test]
fn goodbye_ends_a_chat_whatever_is_typed_behind_it() {
    let home = Home::new();
    let (ran, _) = chat(&home, &[], "goodbye\nwhat is 1 plus 1\n");
    assert_eq!(ran.events().one("session.ended")["reason"], "goodbye");
    assert_eq!(ran.events().of("user.final").len(), 1, "{ran}");
}

#[test]
fn another_agent_answers_where_it_is_named_and_an_unknown_one_is_wrong_usage() {
    let home = Home::new();
    let (ran, _) = chat(&home, &["--agent", "echo"], "good morning\n");
    assert!(ran.events().texts("agent.final")[0].to_lowercase().contains("good morning"), "{ran}");
    home.run_with(&["chat", "--agent", "nobody"], "").refused(2, &["nobody", "concierge", "echo"]);
    home.run_with(&["chat", "--shout"], "").expect(2);
    // No key, no configuration: there is no language model to converse with.
    let ran = home.run_with(&["chat", "--agent", "conversation"], "hello\n");
    assert!(ran.code == Some(1) || ran.code == Some(3), "{ran}");
    assert!(ran.err.contains("language model") && ran.err.contains("base_url"), "{ran}");
}

#[test]
fn a_conversation_goes_on_where_it_was() {
    let home = Home::new();
    let (_, id) = chat(&home, &[], "what is 12 times 7\nmy favorite color is green\n");
    let (again, same) = chat(&home, &["--conversation", &id], "what did I say about color\n");
    assert_eq!(same, id);
    assert!(again.events().texts("agent.final")[0].contains("green"), "{again}");
    // The beginning of an id will do.
    let (repeated, same) = chat(&home, &["--conversation", &id[..13]], "say that again\n");
    assert_eq!(same, id);
    assert!(repeated.events().texts("agent.final")[0].contains("green"), "{repeated}");
    let kept = home.done(&["conversations", "list", "--json"]).json();
    assert_eq!((kept.len(), number(&kept[0], "items")), (1, 8), "{kept:?}");
    let nowhere = "01998f2e-0000-7000-8000-000000000000";
    home.run_with(&["chat", "--conversation", nowhere], "").refused(1, &[nowhere, "conversations list"]);
    home.run_with(&["chat", "--conversation", "zz"], "").refused(1, &["zz", "conversations list"]);
}

#[test]
fn a_conversation_typed_can_be_gone_on_with_by_voice() {
    let Some(home) = Home::with_models() else { return };
    let (_, id) = chat(&home, &[], "what is 12 times 7\n");
    let question = home.question("q.wav", "Say that again.");
    let arguments = ["talk", "--in", &question, "--out", "a.wav", "--json", "--speed", "max", "--conversation", &id];
    let ran = home.done(&arguments);
    assert_eq!(ran.events().texts("agent.final"), ["12 times 7 is 84."], "{ran}");
}

#[test]
fn ephemeral_keeps_nothing() {
    let home = Home::new();
    let (ran, _) = chat(&home, &["--ephemeral"], "what is 12 times 7\n");
    assert_eq!(ran.events().of("agent.final").len(), 1);
    let left: Vec<_> = fs::read_dir(home.kept()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let mut home = home;
    home.set("BATON_STORE_URL", "memory:");
    chat(&home, &[], "hello\n");
    assert_eq!(fs::read_dir(home.kept()).unwrap().count(), 0);
    home.run(&["conversations", "list"]).refused(2, &["memory:"]);
}

#[test]
fn every_session_writes_its_journal_and_one_can_be_written_elsewhere() {
    let home = Home::new();
    chat(&home, &[], "hello\n");
    chat(&home, &[], "hello\n");
    assert_eq!(journals(&home), 2);
    chat(&home, &["--journal", "mine.jsonl", "--ephemeral"], "what is 12 times 7\n");
    let journal = fs::read_to_string(home.path("mine.jsonl")).unwrap();
    let lines: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["header"]["version"].is_u64(), "{}", lines[0]);
    assert!(lines.iter().any(|line| line["in"].is_object()), "what the machine was told: {journal}");
    assert!(journal.contains("12 times 7 is 84."), "{journal}");
}

#[test]
fn what_is_kept_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    chat(&home, &[], "hello\n");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&home.kept().join("baton.db")), 0);
    for journal in fs::read_dir(home.kept().join("journals")).unwrap() {
        let path = journal.unwrap().path();
        assert_eq!(mode(&path), 0, "{}", path.display());
    }
}

#[test]
fn conversations_are_listed_newest_first_and_shown() {
    let home = Home::new();
    let (_, first) = chat(&home, &[], "what is 12 times 7\n");
    let (_, second) = chat(&home, &[], "how do you spell house\n");
    let listed = home.done(&["conversations", "list", "--json"]).json();
    let ids: Vec<&str> = listed.iter().map(|one| text(one, "id")).collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
    for field in ["created", "updated", "items"] {
        assert!(listed[0][field].is_u64(), "{}", listed[0]);
    }
    assert_eq!(text(&listed[1], "title"), "what is 12 times 7");
    assert_eq!(home.done(&["conversations", "list", "--limit", "1", "--json"]).json().len(), 1);
    let shown = home.done(&["conversations", "show", &first]);
    assert!(shown.out.contains("you: what is 12 times 7"), "{shown}");
    assert!(shown.out.contains("baton: 12 times 7 is 84."), "{shown}");
    let items = home.done(&["conversations", "show", &first, "--json"]).json();
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!((text(&items[0], "kind"), text(&items[1], "kind")), ("user", "agent"));
    home.run(&["conversations", "show", "zz"]).refused(1, &["zz"]);
}

#[test]
fn a_conversation_is_exported_whole_as_json() {
    let home = Home::new();
    let (_, id) = chat(&home, &[], "what is 12 times 7\n");
    let exported: Value = serde_json::from_str(&home.done(&["conversations", "export", &id]).out).unwrap();
    assert_eq!((number(&exported, "version"), text(&exported, "conversation")), (1, id.as_str()));
    let items = exported["items"].as_array().unwrap();
    assert_eq!(text(&items[1], "text").trim(), "12 times 7 is 84.");
}

#[test]
fn a_deleted_conversation_is_gone_with_its_journals() {
    let home = Home::new();
    let (_, gone) = chat(&home, &[], "my favorite color is green\n");
    let (_, stays) = chat(&home, &[], "hello\n");
    home.done(&["conversations", "delete", &gone]);
    let listed = home.done(&["conversations", "list", "--json"]).json();
    assert_eq!(listed.len(), 1);
    assert_eq!(text(&listed[0], "id"), stays);
    assert_eq!(journals(&home), 1);
    home.run(&["conversations", "delete", &gone]).refused(1, &[&gone]);
    home.run(&["conversations", "show", &gone]).refused(1, &[&gone]);
    // Nothing of the words stays behind in the files.
    for entry in fs::read_dir(home.kept()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(14).any(|window| window == b"color is green");
            assert!(!found, "{} still holds what was deleted", path.display());
        }
    }
}

#[test]
fn retention_deletes_what_is_older_than_its_days() {
    let mut home = Home::new();
    let (_, id) = chat(&home, &[], "hello\n");
    home.set("BATON_PRIVACY_RETENTION_DAYS", "1");
    assert_eq!(home.done(&["conversations", "list", "--json"]).json().len(), 1, "it is from today");
    // A store that was last written to long ago: the same with its times moved back.
    let exported: Value = serde_json::from_str(&home.done(&["conversations", "export", &id]).out).unwrap();
    assert!(exported["items"][0]["written"].as_u64().unwrap() > 1_600_000_000_000, "{exported}");
    age(&home.kept().join("baton.db"));
    let journal = fs::read_dir(home.kept().join("journals")).unwrap().next().unwrap().unwrap().path();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 24 * 3_600);
    fs::File::options().write(true).open(&journal).unwrap().set_modified(long_ago).unwrap();
    assert!(home.done(&["conversations", "list", "--json"]).json().is_empty(), "it is past its retention");
    assert_eq!(journals(&home), 0);
}

/// Moves every time in the store three days back, with Python's own SQLite, which set-up needs anyway.
fn age(store: &Path) {
    let script = "\
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
tables = [row[0] for row in store.execute(\"select name from sqlite_master where type = 'table'\")]
for table in tables:
    for column in store.execute(f'pragma table_info({table})').fetchall():
        if column[1] in ('created_ms', 'updated_ms', 'written_ms'):
            store.execute(f'update {table} set {column[1]} = {column[1]} - 3 * 86400000')
store.commit()
";
    let done = std::process::Command::new("python3").args(["-c", script]).arg(store).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
