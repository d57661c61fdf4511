//! Bad input: each gets one clear error that names what and where, or is taken for what it is, and nothing hangs,
//! panics, or loses what was said before.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::fs;
use std::time::{Duration, Instant};

use support::wave::{self, Header};
use support::{Home, copy_of_models, models, text};

/// What is said in every file of this page that holds speech.
const SAID: &str = "What is twelve times seven?";

/// Both ways of hearing a file refuse it with the same words.
#[track_caller]
fn assert_refused(home: &Home, file: &str, words: &[&str]) {
    let mut all = vec![file];
    all.extend(words);
    home.run(&["transcribe", file]).refused(1, &all);
    home.run(&["talk", "--in", file, "--out", "o.wav", "--speed", "max", "--ephemeral"]).refused(1, &all);
    let ran = home.run(&["transcribe", file, "--json"]).expect(1);
    let found = ran.json();
    assert_eq!(found.len(), 1, "one object a file: {ran}");
    assert!(text(&found[0], "error").contains(words[0]), "{ran}");
}

/// Both ways of hearing a file understand it.
#[track_caller]
fn assert_heard(home: &Home, file: &str) {
    let found = home.done(&["transcribe", file, "--json"]).json().remove(0);
    assert!(text(&found, "text").contains("12 times"), "{found}");
    let ran = home.done(&["talk", "--in", file, "--out", "o.wav", "--speed", "max", "--json", "--ephemeral"]);
    let finals = ran.events().texts("user.final");
    assert!(finals.len() == 1 && finals[0].contains("12 times"), "{ran}");
}

/// The warnings that a session tells.
fn warnings(home: &Home, file: &str) -> Vec<String> {
    let ran = home.done(&["talk", "--in", file, "--out", "o.wav", "--speed", "max", "--json", "--ephemeral"]);
    ran.events().of("error").iter().map(|error| text(error, "cause").to_owned()).collect()
}

#[test]
fn an_unreadable_file_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(home) = Home::with_models() else { return };
    assert_refused(&home, "nowhere.wav", &["no such file"]);
    fs::create_dir(home.path("folder.wav")).unwrap();
    assert_refused(&home, "folder.wav", &["directory"]);
    home.write("words.wav", "These are words and no sound. ".repeat(50));
    assert_refused(&home, "words.wav", &["not a sound file", "WAV, FLAC, MP3, Ogg Vorbis"]);
    let closed = home.write("closed.wav", Header::EAR.file(&[0; 32_000]));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // Nothing is closed to root.
    if fs::File::open(&closed).is_err() {
        assert_refused(&home, "closed.wav", &["may not read"]);
    }
}

#[test]
fn an_empty_file_is_refused() {
    let Some(home) = Home::with_models() else { return };
    home.write("empty.wav", "");
    assert_refused(&home, "empty.wav", &["empty"]);
}

#[test]
fn a_zero_length_sound_is_refused() {
    let Some(home) = Home::with_models() else { return };
    home.write("zero.wav", Header::EAR.file(&[]));
    assert_refused(&home, "zero.wav", &["no sound"]);
    home.write("rate.wav", Header { rate: 0, ..Header::EAR }.file(&[0; 3_200]));
    assert_refused(&home, "rate.wav", &["0 Hz"]);
}

#[test]
fn a_truncated_file_is_heard_to_its_end_and_told() {
    let Some(home) = Home::with_models() else { return };
    let sound = wave::s16(&home.say(SAID));
    let whole = u32::try_from(sound.len()).unwrap();
    // The voice is there, the silence behind it and a second that was promised are not; it ends inside a sample.
    home.write("cut.wav", Header::EAR.declaring(whole + 32_000, &sound[..sound.len() - 1_001]));
    assert_heard(&home, "cut.wav");
    let ran = home.done(&["transcribe", "cut.wav"]);
    assert!(ran.err.contains("cut.wav") && ran.err.contains("cut:"), "{ran}");
    let told = warnings(&home, "cut.wav");
    assert!(told.len() == 1 && told[0].contains("cut.wav") && told[0].contains("is cut"), "{told:?}");
    // Cut inside its header there is nothing to hear.
    home.write("header.wav", &Header::EAR.file(&sound)[..30]);
    assert_refused(&home, "header.wav", &["cut"]);
}

#[test]
fn a_silent_file_gives_no_text_and_is_no_error() {
    let Some(home) = Home::with_models() else { return };
    home.write("silent.wav", Header::EAR.file(&[0; 64_000]));
    let found = home.done(&["transcribe", "silent.wav", "--json"]).json().remove(0);
    assert_eq!((text(&found, "text"), &found["confidence"]), ("", &serde_json::json!(0.0)), "{found}");
    assert!(warnings(&home, "silent.wav").is_empty());
}

#[test]
fn files_of_8_bit_and_96_khz_and_6_channels_are_heard() {
    let Some(home) = Home::with_models() else { return };
    let samples = home.say(SAID);
    home.write("bits.wav", Header { bits: 8, ..Header::EAR }.file(&wave::u8(&samples)));
    let fast = support::sound::resampled(&samples, 16_000, 96_000);
    home.write("rate.wav", Header { rate: 96_000, ..Header::EAR }.file(&wave::s16(&fast)));
    let six: Vec<f32> = samples.iter().flat_map(|sample| [*sample; 6]).collect();
    home.write("six.wav", Header { channels: 6, ..Header::EAR }.file(&wave::s16(&six)));
    for file in ["bits.wav", "rate.wav", "six.wav"] {
        assert_heard(&home, file);
    }
}

#[test]
fn nan_and_infinite_samples_become_silence_and_are_told_once() {
    let Some(home) = Home::with_models() else { return };
    let mut samples = home.say(SAID);
    samples.iter_mut().step_by(97).for_each(|sample| *sample = f32::NAN);
    (samples[5], samples[7], samples[9]) = (f32::INFINITY, f32::NEG_INFINITY, 1e-42);
    let header = Header { format: 3, bits: 32, ..Header::EAR };
    home.write("nan.wav", header.file(&wave::f32(&samples)));
    assert_heard(&home, "nan.wav");
    let told = warnings(&home, "nan.wav");
    assert!(told.len() == 1 && told[0].contains("no numbers"), "{told:?}");
    home.write("only.wav", header.file(&wave::f32(&[f32::NAN; 32_000])));
    assert_eq!(home.done(&["transcribe", "only.wav"]).out.trim(), "");
}

#[test]
fn clipped_samples_are_heard() {
    let Some(home) = Home::with_models() else { return };
    let samples: Vec<f32> = home.say(SAID).iter().map(|sample| sample * 8.0).collect();
    home.write("clipped.wav", Header::EAR.file(&wave::s16(&samples)));
    assert_heard(&home, "clipped.wav");
}

#[test]
fn an_hour_of_silence_costs_next_to_nothing() {
    let Some(home) = Home::with_models() else { return };
    // Silence in mu-law, as a telephone leaves it.
    home.write("hour.wav", Header { format: 7, rate: 8_000, bits: 8, ..Header::EAR }.file(&vec![0xff; 8_000 * 3_600]));
    for arguments in [
        &["transcribe", "hour.wav", "--json"] as &[&str],
        &["talk", "--in", "hour.wav", "--out", "o.wav", "--speed", "max", "--json", "--ephemeral"],
    ] {
        let begun = Instant::now();
        let mut running = home.start(arguments);
        let mut peak = 0;
        while !running.is_over() && begun.elapsed() < support::PATIENCE {
            peak = running.peak_memory().max(peak);
            std::thread::sleep(Duration::from_millis(20));
        }
        let ran = running.wait(support::PATIENCE).expect(0);
        println!("{} of an hour: {:.1} s, {} MB", arguments[0], ran.took.as_secs_f64(), peak / 1_000_000);
        assert!(!ran.out.contains("user.final") && !ran.out.contains("\"error\""), "{ran}");
        // 230 MB are the samples of an hour, the rest is the models and what transcribing needs.
        assert!(peak < 600_000_000, "{peak} bytes");
    }
}

#[test]
fn a_header_that_promises_4_gb_takes_no_more_than_there_is() {
    let Some(home) = Home::with_models() else { return };
    let sound = wave::s16(&home.say(SAID));
    home.write("bomb.wav", Header::EAR.declaring(0xffff_fff0, &sound));
    assert_heard(&home, "bomb.wav");
}

#[test]
fn one_bad_file_among_several_does_not_keep_the_others_from_being_transcribed() {
    let Some(home) = Home::with_models() else { return };
    home.question("good.wav", SAID);
    home.write("bad.wav", "no sound at all");
    let ran = home.run(&["transcribe", "bad.wav", "good.wav", "--json"]).refused(1, &["bad.wav"]);
    let found = ran.json();
    assert_eq!(found.len(), 2, "{ran}");
    assert!(found[0]["error"].is_string() && text(&found[1], "text").contains("12 times"), "{ran}");
}

/// A home with models of its own that a test may damage.
fn with_own_models(names: &[&str]) -> Option<Home> {
    let from = models()?;
    let mut home = Home::new();
    copy_of_models(&from, &home.path("models"), names);
    let folder = home.path("models");
    home.set("BATON_MODELS_DIR", folder.to_str().unwrap());
    Some(home)
}

#[test]
fn a_model_file_that_is_cut_is_named_with_what_to_do() {
    let Some(home) = with_own_models(&["whisper-tiny.en", "silero-vad", "piper-en-us-joe"]) else { return };
    home.write("a.wav", Header::EAR.file(&[0; 32_000]));
    let file = home.path("models/whisper-tiny.en/model.bin");
    let whole = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::write(&file, &whole[..1_000_000]).unwrap();
    let words = ["whisper-tiny.en/model.bin", "1000000 bytes", "baton models pull whisper-tiny.en"];
    home.run(&["transcribe", "a.wav", "--no-download"]).refused(3, &words);
    home.run(&["transcribe", "a.wav"]).refused(3, &words);
    home.run(&["talk", "--in", "a.wav", "--out", "o.wav", "--offline"]).refused(3, &words);
    let ran = home.run(&["models", "verify"]).refused(1, &["whisper-tiny.en is damaged"]);
    assert!(ran.out.contains("model.bin: it has 1000000 bytes"), "{ran}");
    let doctor = home.run(&["doctor"]).expect(1);
    assert!(doctor.out.contains("MISSING  model whisper-tiny.en"), "{doctor}");
}

#[test]
fn a_model_file_that_is_swapped_is_named_with_what_to_do() {
    let Some(home) = with_own_models(&["silero-vad", "piper-en-us-joe"]) else { return };
    home.write("a.wav", Header::EAR.file(&[0; 32_000]));
    // Of the right length, and something else.
    for (model, file) in [("silero-vad", "silero_vad_16k_sequence.onnx"), ("piper-en-us-joe", "en_US-joe-medium.onnx")]
    {
        let path = home.path("models").join(model).join(file);
        let length = fs::metadata(&path).unwrap().len();
        fs::remove_file(&path).unwrap();
        fs::write(&path, vec![7; length as usize]).unwrap();
    }
    let ran = home.run(&["models", "verify"]).refused(1, &["silero-vad is damaged", "piper-en-us-joe is damaged"]);
    assert!(ran.out.contains("SHA-256"), "{ran}");
    // A voice by name has nothing that takes its place.
    let mut named = home;
    named.set("BATON_TTS_PROVIDER", "embedded");
    named.run(&["say", "hello", "--out", "o.wav", "--no-download"]).refused(3, &["en_US-joe-medium.onnx", "SHA-256"]);
    assert!(!named.path("o.wav").exists(), "nothing is written");
    named.set("BATON_VAD_PROVIDER", "silero");
    let ran = named.run(&["talk", "--in", "a.wav", "--out", "o.wav", "--no-download"]);
    ran.refused(3, &["whisper-tiny.en"]);
}

#[test]
fn a_damaged_voice_is_told_where_another_takes_its_place() {
    let Some(mut home) = with_own_models(&["piper-en-us-joe"]) else { return };
    let file = home.path("models/piper-en-us-joe/en_US-joe-medium.onnx");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "cut").unwrap();
    // A program that stands in for a system voice: a second of nothing.
    let sound = home.write("second.wav", Header { rate: 22_050, ..Header::EAR }.file(&[0; 44_100]));
    fs::create_dir(home.path("bin")).unwrap();
    home.script("bin/espeak-ng", &format!("cat > /dev/null; cat '{}'", sound.display()));
    let path = format!("{}:/usr/bin:/bin", home.path("bin").display());
    home.set("PATH", &path);
    let ran = home.run(&["say", "hello", "--out", "o.wav", "--no-download"]).expect(0);
    assert!(ran.err.contains("en_US-joe-medium.onnx is damaged") && ran.err.contains("espeak-ng"), "{ran}");
}

#[test]
fn a_model_file_that_is_unreadable_is_named_with_what_to_do() {
    let Some(home) = with_own_models(&["whisper-tiny.en"]) else { return };
    home.write("a.wav", Header::EAR.file(&[0; 32_000]));
    // As root reads everything, a folder stands in its place.
    let file = home.path("models/whisper-tiny.en/model.bin");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    home.run(&["transcribe", "a.wav", "--no-download"]).refused(3, &["whisper-tiny.en/model.bin", "not a file"]);
}

#[test]
fn missing_models_are_named_with_the_command_that_brings_them() {
    let home = Home::new();
    home.write("a.wav", Header::EAR.file(&[0; 32_000]));
    // Without a terminal nobody can be asked, so nothing is downloaded unless it was said.
    for more in [&[] as &[&str], &["--no-download"], &["--offline"]] {
        for command in [&["transcribe", "a.wav"] as &[&str], &["talk", "--in", "a.wav", "--out", "o.wav"], &["demo"]] {
            let ran = home.run(&[command, more].concat());
            ran.refused(3, &["whisper-tiny.en", "baton models pull", "baton models import"]);
        }
    }
    assert!(!home.path("o.wav").exists() && !home.path("baton-demo.wav").exists(), "nothing is written");
}

#[test]
fn no_home_directory_is_told_with_the_setting_and_ephemeral_goes_on() {
    let mut home = Home::new();
    home.unset("BATON_HOME");
    // A home that is no folder, as accounts of services have it.
    home.set("HOME", "/dev/null");
    home.run_with(&["chat"], "what is 2 plus 2\n").refused(1, &["/dev/null", "--ephemeral"]);
    let ran = home.run_with(&["chat", "--ephemeral"], "what is 2 plus 2\n").expect(0);
    assert!(ran.out.contains('4'), "{ran}");
    home.set("BATON_STORE_URL", "memory:");
    home.run_with(&["chat"], "what is 2 plus 2\n").expect(0);
}

#[test]
fn a_read_only_home_is_told_with_what_to_do_and_ephemeral_goes_on() {
    let mut home = Home::new();
    // Root writes everywhere: a file stands in the place of the folder.
    let place = home.write("file", "here is no folder");
    home.set("BATON_HOME", place.to_str().unwrap());
    home.run_with(&["chat"], "hello\n").refused(1, &["file/baton.db", "permission", "--ephemeral"]);
    home.run_with(&["chat", "--ephemeral"], "hello\n").expect(0);
    home.run(&["conversations", "list"]).refused(1, &["file/baton.db"]);
    let doctor = home.run(&["doctor", "--json"]).expect(1).json().remove(0);
    let checks = doctor["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == "conversations").unwrap();
    assert_eq!(check["state"], "missing", "{check}");
    if let Some(models) = models() {
        home.run(&["models", "import", models.join("silero-vad").to_str().unwrap()]).refused(1, &["file/models"]);
    }
}

#[test]
fn a_store_that_is_damaged_is_told_and_left_as_it_is() {
    let home = Home::new();
    let file = home.kept().join("baton.db");
    fs::write(&file, vec![7; 5_000]).unwrap();
    home.run_with(&["chat"], "hello\n").refused(1, &["baton.db", "not a database", "move"]);
    assert_eq!(fs::read(&file).unwrap(), vec![7; 5_000], "it is left as it is");
    let doctor = home.run(&["doctor"]).expect(1);
    assert!(doctor.out.contains("not a database"), "{doctor}");
}

#[test]
fn two_processes_on_one_store_at_once_keep_everything() {
    let home = Home::new();
    let mut sessions: Vec<_> = (0..3).map(|_| home.start_with(&["chat", "--json"], None)).collect();
    for number in 1..=5 {
        for (index, session) in sessions.iter_mut().enumerate() {
            session.say(format!("what is {index} plus {number}\n"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for mut session in sessions {
        session.hang_up();
        let ran = session.wait(support::PATIENCE).expect(0);
        assert_eq!(ran.events().of("agent.final").len(), 5, "{ran}");
        assert!(ran.events().of("error").is_empty(), "{ran}");
    }
    let kept = home.done(&["conversations", "list", "--json"]).json();
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(kept.iter().all(|one| one["items"] == 10), "{kept:?}");
}

#[test]
fn a_line_of_a_megabyte_and_one_that_is_no_text_do_not_end_a_chat() {
    let home = Home::new();
    let mut chat = home.start_with(&["chat", "--json", "--ephemeral"], None);
    chat.say("word ".repeat(200_000) + "\n");
    chat.say(b"caf\xe9 \xff\xfe\n");
    chat.say("what is 2 plus 2\n");
    chat.hang_up();
    let ran = chat.wait(support::PATIENCE).expect(0);
    assert_eq!(ran.events().of("user.final").len(), 3, "{}", ran.err);
    assert!(ran.err.contains("longer than"), "{}", ran.err);
    assert!(text(ran.events().of("agent.final")[2], "text").contains('4'));
}

#[test]
fn a_broken_configuration_is_wrong_usage_and_named_with_its_file_and_line() {
    let home = Home::new();
    home.write("baton.toml", "[agent]\nkind = \"concierge\"\nnmae = 1\n");
    home.run(&["config", "show"]).refused(2, &["baton.toml", "line 3", "nmae"]);
    home.write("baton.toml", "[agent\n");
    home.run(&["doctor"]).refused(2, &["baton.toml", "line 1"]);
    home.write("baton.toml", "[tts]\nspeed = 9.5\n");
    home.run_with(&["chat"], "").refused(2, &["baton.toml", "tts.speed", "9.5"]);
    home.write("baton.toml", [0xff, 0xfe, 0x00]);
    home.run(&["config", "show"]).refused(2, &["baton.toml"]);
    home.run(&["--config", "elsewhere.toml", "config", "show"]).refused(2, &["elsewhere.toml"]);
    let mut home = home;
    home.write("baton.toml", "");
    home.set("BATON_STT_LANGUAGE", "de");
    home.run(&["config", "show"]).refused(2, &["stt.language", "BATON_STT_LANGUAGE"]);
}
