//! The contract of `baton models`, without a network: list, path, verify, import, remove, and what pull says offline.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Home, Ran, models, number, text};

const SILERO: &str = "silero-vad";

#[track_caller]
fn listed(home: &Home, model: &str) -> Value {
    let all = home.done(&["models", "list", "--json"]).json();
    all.into_iter().find(|one| one["model"] == model).unwrap_or_else(|| panic!("{model} is not listed"))
}

#[test]
fn models_list_shows_every_model_with_size_state_and_license() {
    let home = Home::new();
    let all = home.done(&["models", "list", "--json"]).json();
    let names: Vec<&str> = all.iter().map(|one| text(one, "model")).collect();
    for name in ["whisper-tiny.en", "whisper-base", "piper-en-us-joe", SILERO] {
        assert!(names.contains(&name), "{names:?}");
    }
    for one in &all {
        assert_eq!(text(one, "state"), "absent", "{one}");
        assert!(number(one, "bytes") > 1_000_000 && !text(one, "license").is_empty(), "{one}");
        assert!(one["needed_by_default"].is_boolean() && one["files"].is_array(), "{one}");
    }
    let shown = home.done(&["models", "list"]);
    assert!(shown.out.contains("folder: ") && shown.out.contains("whisper-tiny.en"), "{shown}");
    assert!(!home.kept().join("models").exists(), "looking makes no folder");
}

#[test]
fn models_import_path_verify_and_remove_a_model() {
    let Some(from) = models() else { return };
    let home = Home::new();
    let from = from.join(SILERO);
    home.run(&["models", "path", SILERO]).refused(3, &[SILERO, "baton models pull silero-vad"]);

    let imported = home.done(&["models", "import", from.to_str().unwrap(), "--json"]).json();
    assert!(imported.iter().any(|one| one["model"] == SILERO), "{imported:?}");
    assert_eq!(text(&listed(&home, SILERO), "state"), "present");
    let path = home.done(&["models", "path", SILERO]).out.trim().to_owned();
    assert_eq!(path, home.kept().join("models").join(SILERO).to_str().unwrap());
    assert!(fs::read_dir(&path).unwrap().count() > 0);
    let verified = home.done(&["models", "verify", "--json"]).json();
    assert_eq!((verified.len(), text(&verified[0], "state")), (1, "present"), "{verified:?}");

    // What is there already is not fetched again, so no network is needed.
    home.done(&["models", "pull", SILERO, "--yes", "--offline"]);
    home.done(&["models", "remove", SILERO]);
    assert_eq!(text(&listed(&home, SILERO), "state"), "absent");
    assert!(from.exists(), "what was imported stays where it was");
}

#[test]
fn models_verify_names_the_damaged_file_and_import_mends_it() {
    let Some(from) = models() else { return };
    let home = Home::new();
    let from = from.join(SILERO);
    home.done(&["models", "import", from.to_str().unwrap()]);
    let file = home.kept().join("models").join(SILERO).join("silero_vad_16k_sequence.onnx");
    let mut bytes = fs::read(&file).unwrap();
    bytes[500_000] ^= 1;
    fs::remove_file(&file).unwrap();
    fs::write(&file, &bytes).unwrap();
    let ran = home.run(&["models", "verify", SILERO, "--json"]).refused(1, &["silero-vad is damaged"]);
    let found = ran.json().remove(0);
    let damaged = &found["files"][0];
    assert_eq!((text(&found, "state"), text(damaged, "state")), ("damaged", "damaged"), "{found}");
    assert!(text(damaged, "damage").contains("SHA-256"), "{found}");
    home.done(&["models", "import", from.to_str().unwrap()]);
    home.done(&["models", "verify", SILERO]);
}

#[test]
fn models_are_kept_in_the_folder_that_is_named() {
    let Some(from) = models() else { return };
    let home = Home::new();
    let folder = home.path("elsewhere");
    home.done(&["models", "--dir", folder.to_str().unwrap(), "import", from.join(SILERO).to_str().unwrap()]);
    assert!(folder.join(SILERO).is_dir());
    assert_eq!(text(&listed(&home, SILERO), "state"), "absent", "the usual folder is another one");
    let mut home = home;
    home.set("BATON_MODELS_DIR", folder.to_str().unwrap());
    assert_eq!(text(&listed(&home, SILERO), "state"), "present");
}

#[test]
fn what_is_no_model_is_not_imported_and_an_unknown_model_is_wrong_usage() {
    let home = Home::new();
    home.write("notes.txt", "these are no weights");
    home.run(&["models", "import", "notes.txt"]).refused(1, &["notes.txt", "no"]);
    home.run(&["models", "import", "nowhere"]).refused(1, &["nowhere"]);
    for command in ["remove", "verify", "pull"] {
        home.run(&["models", command, "parakeet"]).refused(2, &["parakeet", "whisper-tiny.en"]);
    }
    home.run(&["models", "path", "parakeet"]).refused(2, &["parakeet", "whisper-tiny.en"]);
}

#[test]
fn models_pull_offline_says_what_is_missing_and_shows_the_license_first() {
    let home = Home::new();
    let ran: Ran = home.run(&["models", "pull", "piper-en-us-joe", "--yes", "--offline"]);
    let ran = ran.refused(1, &["piper-en-us-joe", "downloads are off", "baton models import"]);
    let license = listed(&home, "piper-en-us-joe");
    assert!(ran.err.contains(text(&license, "license")), "{ran}");
    assert!(ran.err.contains(text(&license, "license_note")), "the voice's own terms are told: {ran}");
    let mut home = home;
    home.set("BATON_PRIVACY_LOCAL_ONLY", "true");
    home.run(&["models", "pull", SILERO, "--yes"]).refused(1, &["downloads are off"]);
}
