//! The contract of `baton doctor`: every engine, model, key, device and tool, what to do, and what leaves the machine.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use serde_json::Value;
use support::{Home, text};

#[track_caller]
fn examined(home: &Home, code: i32) -> Value {
    let found = home.run(&["doctor", "--json"]).expect(code).json();
    assert_eq!(found.len(), 1, "one object");
    found.into_iter().next().unwrap()
}

#[track_caller]
fn check<'a>(found: &'a Value, name: &str) -> &'a Value {
    let checks = found["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name} is not looked at: {found}"))
}

#[test]
fn doctor_names_every_engine_model_key_device_and_tool_found_or_not_and_what_to_do() {
    let home = Home::new();
    let found = examined(&home, 1);
    for name in [
        "configuration",
        "model whisper-tiny.en",
        "model piper-en-us-joe",
        "model silero-vad",
        "voice activity",
        "system voice",
        "key OPENAI_API_KEY",
        "agent",
        "microphone",
        "loudspeaker",
        "conversations",
        "python3",
    ] {
        let check = check(&found, name);
        let state = text(check, "state");
        assert!(["ok", "missing", "optional"].contains(&state), "{check}");
        assert!(!text(check, "detail").is_empty(), "{check}");
        // Whatever is not there says what to do.
        assert_eq!(state == "ok", check["todo"].is_null(), "{check}");
    }
    assert_eq!(text(check(&found, "model whisper-tiny.en"), "todo"), "baton models pull whisper-tiny.en");
}

#[test]
fn doctor_ends_with_1_when_the_main_job_cannot_run_and_with_0_when_it_can() {
    let home = Home::new();
    assert_eq!(examined(&home, 1)["ok"], false);
    let shown = home.run(&["doctor"]).expect(1);
    assert!(shown.out.contains("MISSING  model whisper-tiny.en"), "{shown}");
    assert!(shown.out.contains("not possible yet"), "{shown}");
    let Some(home) = Home::with_models() else { return };
    let found = examined(&home, 0);
    assert_eq!(found["ok"], true);
    assert_eq!(text(check(&found, "voice activity"), "detail"), "silero");
    assert!(home.done(&["doctor"]).out.contains("can hold a spoken conversation"));
}

#[test]
fn doctor_says_what_leaves_this_machine() {
    let mut home = Home::new();
    let lines = |found: &Value| -> String {
        let lines = found["leaves_this_machine"].as_array().unwrap();
        assert!(!lines.is_empty());
        lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
    };
    let here = lines(&examined(&home, 1));
    assert!(here.contains("speech and sound: never") && here.contains("what you say as text: no"), "{here}");
    assert!(here.contains("downloads of models: only when you agree"), "{here}");
    home.set("BATON_PRIVACY_LOCAL_ONLY", "true");
    assert!(lines(&examined(&home, 1)).contains("downloads of models: switched off"));
    home.set("BATON_PRIVACY_LOCAL_ONLY", "false");
    home.set("BATON_AGENT_KIND", "auto");
    home.set("OPENAI_API_KEY", "sk-this-is-a-secret");
    home.set("BATON_LLM_BASE_URL", "https://models.example/v1");
    let ran = home.run(&["doctor", "--json"]).expect(1);
    let elsewhere = lines(&ran.json()[0]);
    assert!(elsewhere.contains("to the language model at https://models.example/v1"), "{elsewhere}");
    assert!(!ran.out.contains("sk-this-is-a-secret"), "a key is never shown");
    assert_eq!(check(&ran.json()[0], "key OPENAI_API_KEY")["state"], "ok");
}

#[test]
fn doctor_changes_nothing() {
    let home = Home::new();
    examined(&home, 1);
    assert_eq!(std::fs::read_dir(home.kept()).unwrap().count(), 0);
}

#[test]
fn doctor_finds_devices_by_their_programs() {
    let mut home = Home::new();
    let microphone = home.script("microphone", "sleep 1");
    home.set("BATON_TEST_CAPTURE", microphone.to_str().unwrap());
    home.set("PATH", "/nonexistent");
    let found = examined(&home, 1);
    assert_eq!(check(&found, "microphone")["state"], "ok");
    let loudspeaker = check(&found, "loudspeaker");
    // Files work without, so it is nothing that the main job lacks.
    assert_eq!(loudspeaker["state"], "optional");
    assert!(text(loudspeaker, "todo").contains("install"), "{loudspeaker}");
}
