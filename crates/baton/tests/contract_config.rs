//! The contract of the configuration and of the command line itself: where values come from, the schema, `init`,
//! completions, help.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::fs;

use serde_json::Value;
use support::{Home, text};

#[track_caller]
fn setting(home: &Home, key: &str) -> Value {
    let all = home.done(&["config", "show", "--json"]).json();
    all.into_iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("{key} is not shown"))
}

#[test]
fn config_show_says_what_is_in_force_and_where_each_value_comes_from() {
    let mut home = Home::new();
    home.unset("BATON_AGENT_KIND");
    let shown = home.done(&["config", "show"]);
    assert!(shown.out.starts_with("# no file"), "{shown}");
    assert!(shown.out.contains("agent.kind = \"auto\"  # default"), "{shown}");
    home.write("baton.toml", "[agent]\nkind = \"echo\"\n[tts]\nspeed = 1.25\n");
    home.set("BATON_AGENT_KIND", "concierge");
    let kind = setting(&home, "agent.kind");
    assert_eq!((text(&kind, "value"), text(&kind, "origin")), ("concierge", "BATON_AGENT_KIND"));
    let speed = setting(&home, "tts.speed");
    assert_eq!(speed["value"], 1.25);
    assert!(text(&speed, "origin").ends_with("baton.toml"), "{speed}");
    assert_eq!(text(&setting(&home, "stt.model"), "origin"), "default");
}

#[test]
fn the_file_named_goes_over_the_one_here_and_that_over_the_one_at_home() {
    let mut home = Home::new();
    home.unset("BATON_AGENT_KIND");
    fs::write(home.kept().join("baton.toml"), "[agent]\nkind = \"echo\"\n").unwrap();
    assert_eq!(setting(&home, "agent.kind")["value"], "echo");
    home.write("baton.toml", "[agent]\nkind = \"concierge\"\n");
    assert_eq!(setting(&home, "agent.kind")["value"], "concierge");
    home.write("other.toml", "[agent]\nkind = \"conversation\"\n");
    let shown = home.done(&["--config", "other.toml", "config", "show"]);
    assert!(shown.out.contains("agent.kind = \"conversation\"  # other.toml"), "{shown}");
}

/// `section.key` of every key of a configuration.
fn keys(table: &toml::Table) -> Vec<String> {
    let sections = table
        .iter()
        .flat_map(|(section, keys)| keys.as_table().unwrap().keys().map(move |key| format!("{section}.{key}")));
    sections.collect()
}

/// The part of the schema that a reference leads to.
fn resolved<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(path) => schema.pointer(path.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

#[test]
fn config_schema_describes_every_key_that_init_writes() {
    let home = Home::new();
    home.done(&["init"]);
    let written = fs::read_to_string(home.path("baton.toml")).unwrap();
    // What stands there as a comment is the default: without the signs it is a whole configuration.
    let settings = |line: &str| {
        let rest =
            line.strip_prefix("# ").filter(|rest| rest.split(" = ").next().is_some_and(|key| !key.contains(' ')));
        rest.filter(|rest| rest.contains(" = ")).unwrap_or(line).to_owned()
    };
    let whole: Vec<String> = written.lines().map(settings).collect();
    let whole: toml::Table = toml::from_str(&whole.join("\n")).unwrap();
    let schema: Value = serde_json::from_str(&home.done(&["config", "schema"]).out).unwrap();
    assert!(schema["$schema"].as_str().is_some_and(|url| url.contains("json-schema.org")), "{schema}");
    assert_eq!(schema["additionalProperties"], false, "unknown keys are errors");
    let mut described = Vec::new();
    for (section, part) in schema["properties"].as_object().unwrap() {
        let part = resolved(&schema, part);
        for (key, leaf) in part["properties"].as_object().unwrap() {
            let about = leaf["description"].as_str().or(resolved(&schema, leaf)["description"].as_str());
            assert!(about.is_some_and(|about| !about.is_empty()), "{section}.{key} is not described");
            described.push(format!("{section}.{key}"));
        }
    }
    let (mut written, shown) = (keys(&whole), home.done(&["config", "show", "--json"]).json());
    let mut shown: Vec<String> = shown.iter().map(|one| text(one, "key").to_owned()).collect();
    for keys in [&mut written, &mut described, &mut shown] {
        keys.sort();
    }
    assert_eq!(written, described);
    assert_eq!(written, shown);
    // And it is taken back: every key with its default.
    home.write("baton.toml", toml::to_string(&whole).unwrap());
    assert!(setting(&home, "stt.model")["origin"].as_str().unwrap().ends_with("baton.toml"));
    let page = home.done(&["config", "schema", "--markdown"]).out;
    assert!(page.starts_with("# ") && written.iter().all(|key| page.contains(key.split_once('.').unwrap().1)));
}

#[test]
fn every_key_can_be_set_by_its_environment_variable() {
    let mut home = Home::new();
    for one in home.done(&["config", "show", "--json"]).json() {
        let name = format!("BATON_{}", text(&one, "key").replace('.', "_").to_uppercase());
        let value = match &one["value"] {
            Value::String(value) => value.clone(),
            // A key that lists things is set in the file.
            Value::Array(_) | Value::Object(_) => continue,
            value => value.to_string(),
        };
        home.set(&name, &value);
        assert_eq!(text(&setting(&home, text(&one, "key")), "origin"), name);
    }
}

#[test]
fn init_refuses_to_write_over_a_file_unless_it_is_told_to() {
    let home = Home::new();
    home.done(&["init"]);
    home.done(&["config", "show"]);
    home.write("baton.toml", "[agent]\nkind = \"echo\"\n");
    home.run(&["init"]).refused(2, &["baton.toml", "already", "--force"]);
    assert!(fs::read_to_string(home.path("baton.toml")).unwrap().contains("echo"), "it is as it was");
    home.done(&["init", "--force"]);
    assert!(!fs::read_to_string(home.path("baton.toml")).unwrap().contains("kind = \"echo\"\n"));
    home.done(&["init", "--out", "other.toml"]);
    home.run(&["init", "--out", "nowhere/baton.toml"]).refused(1, &["nowhere/baton.toml"]);
}

#[test]
fn completions_are_there_for_bash_zsh_and_fish_and_bash_takes_them() {
    let home = Home::new();
    for (shell, sign) in [("bash", "complete -F"), ("zsh", "#compdef baton"), ("fish", "complete -c baton")] {
        let script = home.done(&["completions", shell]).out;
        assert!(script.contains(sign) && script.contains("transcribe"), "{shell}: {script}");
    }
    let script = home.done(&["completions", "bash"]).out;
    home.write("completion.bash", script);
    let taken = std::process::Command::new("bash").arg("-n").arg(home.path("completion.bash")).output();
    if let Ok(taken) = taken {
        assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    }
    home.run(&["completions", "tcl"]).expect(2);
}

#[test]
fn every_command_has_help_with_examples() {
    let home = Home::new();
    let top = home.done(&["--help"]).out;
    assert!(top.contains("Examples:") && top.contains("Exit codes: 0 done, 1 failed, 2 wrong usage, 3"), "{top}");
    for command in [
        "demo",
        "talk",
        "chat",
        "transcribe",
        "say",
        "models",
        "conversations",
        "doctor",
        "init",
        "config",
        "completions",
    ] {
        assert!(top.contains(&format!("  {command} ")), "`{command}` is not listed: {top}");
        let help = home.done(&[command, "--help"]).out;
        assert!(help.contains("Example") && help.contains(&format!("baton {command}")), "{help}");
    }
    assert!(home.done(&["--version"]).out.starts_with("baton "));
}

#[test]
fn a_command_that_makes_no_sense_is_wrong_usage() {
    let home = Home::new();
    for arguments in
        [&[] as &[&str], &["sing"], &["transcribe"], &["say"], &["models"], &["config", "set"], &["doctor", "--loud"]]
    {
        let ran = home.run(arguments).expect(2);
        assert!(ran.out.is_empty() && ran.err.contains("Usage"), "{ran}");
    }
}

#[test]
fn logs_go_to_standard_error_and_their_level_and_form_are_settings() {
    let mut home = Home::new();
    home.set("BATON_LOG_LEVEL", "loud");
    home.run_with(&["chat"], "").refused(2, &["log.level", "loud", "debug"]);
    home.set("BATON_LOG_LEVEL", "baton=loud");
    home.run_with(&["chat"], "").refused(2, &["log.level", "baton=loud"]);
    home.set("BATON_LOG_LEVEL", "debug");
    home.set("BATON_LOG_FORMAT", "json");
    let ran = home.run_with(&["chat", "--json"], "hello\n").expect(0);
    ran.json();
}
