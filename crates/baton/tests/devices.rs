//! `talk` through a microphone and a loudspeaker, with programs that stand in for those of the system: what they give
//! is heard, what they take is sound, and when one ends, vanishes or stalls it is told once and nothing hangs.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::fs;

use support::sound::scene;
use support::{Events, Home, Ran, text, wave};

/// A loudspeaker that takes everything and keeps it.
const LOUDSPEAKER: &str = "exec cat > loudspeaker.raw";

/// A home with a loudspeaker and a microphone that does this.
fn with_devices(microphone: &str, loudspeaker: &str) -> Option<Home> {
    let mut home = Home::with_models()?;
    let (microphone, loudspeaker) = (home.script("microphone", microphone), home.script("loudspeaker", loudspeaker));
    home.set("BATON_TEST_CAPTURE", microphone.to_str().unwrap());
    home.set("BATON_TEST_PLAYBACK", loudspeaker.to_str().unwrap());
    // The stand-ins share no room.
    home.set("BATON_AUDIO_ECHO_CANCELLATION", "off");
    Some(home)
}

/// A microphone that gives these samples (16 kHz) at their pace, 20 ms at a time, and silence from then on. It is ahead
/// of the clock by so many seconds, as a card is that runs a little fast for a long time.
fn microphone(home: &mut Home, samples: &[f32], ahead: f32) {
    let sound = home.write("said.raw", wave::s16(samples));
    let program = home.write(
        "microphone.py",
        "\
import sys, time
sound = open(sys.argv[1], 'rb').read()
out, begun, at = sys.stdout.buffer, time.monotonic() - float(sys.argv[2]), 0
while True:
    out.write(sound[at:at + 640].ljust(640, b'\\0'))
    out.flush()
    at += 640
    time.sleep(max(0.0, begun + at / 32000 - time.monotonic()))
",
    );
    let body = format!("exec python3 '{}' '{}' {ahead}", program.display(), sound.display());
    let microphone = home.script("microphone", &body);
    home.set("BATON_TEST_CAPTURE", microphone.to_str().unwrap());
}

fn talk(home: &Home, more: &[&str]) -> (Ran, Events) {
    let ran = home.run(&[&["talk", "--json", "--ephemeral"], more].concat());
    let events = ran.events();
    (ran, events)
}

/// One failure, told once: as an event, and by the exit code.
#[track_caller]
fn assert_failed_once(ran: &Ran, events: &Events, words: &[&str]) {
    assert_eq!(ran.code, Some(1), "{ran}");
    let failures: Vec<_> = events.of("error").into_iter().filter(|error| error["severity"] != "warning").collect();
    assert_eq!(failures.len(), 1, "{ran}");
    for word in words {
        assert!(text(failures[0], "cause").contains(word), "nothing says `{word}`: {}", failures[0]);
    }
    assert!(!failures[0]["suggestions"].as_array().unwrap().is_empty(), "{}", failures[0]);
    assert_eq!(events.of("session.ended").len(), 1, "{ran}");
}

#[test]
fn what_is_said_into_the_microphone_is_answered_by_the_loudspeaker() {
    let Some(mut home) = with_devices("true", LOUDSPEAKER) else { return };
    let (question, goodbye) = (home.say("What is twelve times seven?"), home.say("Thank you. Goodbye."));
    microphone(&mut home, &scene(12.0, &[(1.0, &question), (8.0, &goodbye)]), 0.0);
    let (ran, events) = talk(&home, &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(events.one("session.ended")["reason"], "goodbye", "{ran}");
    assert!(events.texts("user.final")[0].contains("12 times"), "{ran}");
    let answer = events.of("agent.final")[0];
    assert_eq!((text(answer, "text").trim(), text(answer, "heard").trim()), ("12 times 7 is 84.", "12 times 7 is 84."));
    let played = fs::read(home.path("loudspeaker.raw")).unwrap();
    let loud =
        played.chunks_exact(2).filter(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs() > 1_000).count();
    assert!(loud > 2_000, "{loud} loud samples reached the loudspeaker");
}

#[test]
fn a_microphone_that_runs_ahead_of_the_clock_loses_no_word() {
    let Some(mut home) = with_devices("true", LOUDSPEAKER) else { return };
    let (question, goodbye) = (home.say("What is twelve times seven?"), home.say("Thank you. Goodbye."));
    microphone(&mut home, &scene(14.0, &[(2.0, &question), (9.0, &goodbye)]), 0.8);
    let (ran, events) = talk(&home, &[]);
    assert_eq!(events.one("session.ended")["reason"], "goodbye", "{ran}");
    assert!(events.texts("user.final")[0].contains("12 times 7"), "{ran}");
}

#[test]
fn a_microphone_that_vanishes_is_opened_again_once_and_then_told_with_what_to_do() {
    let body = "head -c 32000 /dev/zero\necho 'the cable is out' >&2\nexit 7";
    let Some(home) = with_devices(body, LOUDSPEAKER) else { return };
    let (ran, events) = talk(&home, &[]);
    assert_failed_once(&ran, &events, &["microphone", "the cable is out"]);
    let again = |error: &&&serde_json::Value| text(error, "cause").contains("opened again");
    assert_eq!(events.of("error").iter().filter(again).count(), 1, "it is told that it is opened again: {ran}");
}

#[test]
fn a_microphone_that_stalls_is_told_with_what_to_do() {
    let Some(home) = with_devices("head -c 32000 /dev/zero\nexec sleep 50", LOUDSPEAKER) else { return };
    let (ran, events) = talk(&home, &[]);
    assert_failed_once(&ran, &events, &["microphone", "no sound for 3"]);
    assert!(ran.took.as_secs() < 30, "{ran}");
}

#[test]
fn a_microphone_that_never_gives_a_sound_is_something_missing() {
    let body = "echo 'no such card' >&2\nexit 1";
    let Some(home) = with_devices(body, LOUDSPEAKER) else { return };
    home.run(&["talk", "--ephemeral"]).refused(3, &["microphone", "no such card", "baton doctor"]);
}

#[test]
fn a_loudspeaker_that_vanishes_is_told_with_what_to_do() {
    let Some(mut home) = with_devices("true", "head -c 8000 > /dev/null\necho 'the card is gone' >&2\nexit 7") else {
        return;
    };
    let all = scene(3.0, &[(1.0, &home.say("What can you do?"))]);
    microphone(&mut home, &all, 0.0);
    let (ran, events) = talk(&home, &[]);
    assert_failed_once(&ran, &events, &["loudspeaker"]);
}

#[test]
fn without_any_sound_program_talk_says_what_to_install() {
    let Some(mut home) = Home::with_models() else { return };
    home.set("PATH", "/nonexistent");
    home.run(&["talk", "--ephemeral"]).refused(3, &["microphone", "install", "--in FILE"]);
    support::sound::write(&home.path("a.wav"), &baton_audio::generate::silence(0.5));
    home.run(&["talk", "--in", "a.wav", "--ephemeral"]).refused(3, &["loudspeaker", "install"]);
    home.run(&["say", "hello"]).refused(3, &["loudspeaker", "install"]);
    // Files need no device.
    home.done(&["talk", "--in", "a.wav", "--out", "b.wav", "--speed", "max", "--ephemeral"]);
}

#[test]
fn a_microphone_is_recorded_beside_a_file_that_takes_the_answer() {
    let Some(mut home) = with_devices("true", LOUDSPEAKER) else { return };
    let all = scene(3.0, &[(1.0, &home.say("Thank you. Goodbye."))]);
    microphone(&mut home, &all, 0.0);
    let (ran, events) = talk(&home, &["--out", "answer.wav"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(events.one("session.ended")["reason"], "goodbye", "{ran}");
    assert!(support::sound::Track::read(&home.path("answer.wav")).begins().is_some(), "the farewell is in the file");
    assert!(!home.path("loudspeaker.raw").exists(), "the loudspeaker is not opened");
}
