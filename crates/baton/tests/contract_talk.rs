//! The contract of `baton talk`: which events with which fields, where the voice stands in the WAV, how it ends.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's report")]

mod support;

use std::sync::OnceLock;

use serde_json::Value;
use support::sound::Track;
use support::{Events, Home, Ran, at_ms, number, text};

const QUESTION: &str = "What is twelve times seven?";

struct Talked {
    home: Home,
    ran: Ran,
    events: Events,
    track: Track,
}

fn talk(words: &str, more: &[&str]) -> Option<Talked> {
    let home = Home::with_models()?;
    let question = home.question("question.wav", words);
    Some(talk_of(home, &question, more))
}

/// The question at full speed, talked about once for the tests that only look at it.
fn at_full_speed() -> Option<&'static Talked> {
    static TALKED: OnceLock<Option<Talked>> = OnceLock::new();
    TALKED.get_or_init(|| talk(QUESTION, &["--speed", "max"])).as_ref()
}

/// The same at real speed.
fn at_real_speed() -> Option<&'static Talked> {
    static TALKED: OnceLock<Option<Talked>> = OnceLock::new();
    TALKED.get_or_init(|| talk(QUESTION, &[])).as_ref()
}

fn talk_of(home: Home, input: &str, more: &[&str]) -> Talked {
    let out = home.path("answer.wav");
    let mut arguments = vec!["talk", "--in", input, "--out", out.to_str().unwrap(), "--json"];
    arguments.extend(more);
    let ran = home.done(&arguments);
    let (events, track) = (ran.events(), Track::read(&out));
    Talked { home, ran, events, track }
}

#[test]
fn talk_prints_one_json_object_a_line_each_with_its_time_and_times_never_go_back() {
    let Some(talked) = at_full_speed() else { return };
    let times: Vec<u64> = talked.events.0.iter().map(at_ms).collect();
    assert!(times.is_sorted(), "{}", talked.events);
    assert!(talked.events.0.iter().all(|event| event["type"].is_string()), "{}", talked.events);
    assert_eq!(talked.events.0.first().unwrap()["type"], "session.started");
    assert_eq!(talked.events.0.last().unwrap()["type"], "session.ended");
    assert!(talked.ran.err.lines().all(|line| !line.starts_with("error")), "{}", talked.ran);
}

#[test]
fn talk_emits_the_promised_events_with_the_promised_fields() {
    let Some(talked) = at_full_speed() else { return };
    let events = &talked.events;
    let started = events.one("session.started");
    for id in ["session", "conversation", "agent", "stt", "tts", "vad", "clock"] {
        assert!(!text(started, id).is_empty(), "{started}");
    }
    assert_eq!(started["clock"], "virtual");
    let voice = (events.one("speech.started"), events.one("speech.faded"));
    assert!(number(voice.0, "position_ms") < number(voice.1, "position_ms"), "{events}");

    let partials = events.of("user.partial");
    assert!(!partials.is_empty(), "{events}");
    assert!(partials.iter().all(|partial| number(partial, "turn") == 1 && partial["text"].is_string()), "{events}");

    let heard = events.one("user.final");
    assert_eq!(number(heard, "turn"), 1);
    assert!(text(heard, "text").contains("12"), "{heard}");
    // Input positions: the voice as `say` made it begins within its first 100 ms.
    assert!(number(heard, "start_ms") < 200, "{heard}");
    assert!((1_000..2_200).contains(&number(heard, "end_ms")), "{heard}");

    let answer = events.one("agent.final");
    assert_eq!((number(answer, "turn"), number(answer, "reply")), (1, 1));
    assert_eq!(text(answer, "text").trim(), "12 times 7 is 84.");
    assert_eq!(text(answer, "heard").trim(), "12 times 7 is 84.");
    assert!((1_000..6_000).contains(&number(answer, "heard_ms")), "{answer}");

    assert!(["reason", "turns"].iter().all(|field| !events.one("session.ended")[field].is_null()), "{events}");
}

/// The figures of a turn as the contract names them.
const METRICS: [&str; 6] = [
    "endpoint_wait_ms",
    "stt_final_ms",
    "llm_first_token_ms",
    "llm_first_clause_ms",
    "tts_first_audio_ms",
    "overhead_ms",
];

#[test]
fn turn_metrics_come_once_a_turn_with_all_six_figures_and_on_a_virtual_clock_overhead_is_null() {
    let Some(talked) = at_full_speed() else { return };
    let metrics = talked.events.one("turn.metrics");
    assert_eq!((number(metrics, "turn"), number(metrics, "reply")), (1, 1));
    assert_eq!(metrics["clock"], "virtual");
    let fields = metrics.as_object().unwrap();
    for figure in METRICS {
        assert!(fields.contains_key(figure), "`{figure}` is missing in {metrics}");
        assert!(figure == "overhead_ms" || fields[figure].is_u64(), "`{figure}` in {metrics}");
    }
    assert_eq!(metrics["overhead_ms"], Value::Null);
    // 500 ms of silence end a turn that looks complete; a question without its mark waits 700 or 1,500.
    assert!((500..1_600).contains(&number(metrics, "endpoint_wait_ms")), "{metrics}");
}

#[test]
fn the_voice_stands_in_the_wav_at_the_time_it_would_be_heard() {
    let Some(talked) = at_full_speed() else { return };
    let started = at_ms(talked.events.one("agent.started"));
    let answer = talked.events.one("agent.final");
    let (begins, ends) = (talked.track.begins().unwrap(), talked.track.ends().unwrap());
    // The voice has some 20 ms of quiet before its first sound; a tick is 20 ms.
    assert!(begins + 40 >= started && begins < started + 150, "heard from {begins} ms on: {}", talked.events);
    assert!(ends <= at_ms(answer) + 40, "heard until {ends} ms: {}", talked.events);
    let spoken = number(answer, "heard_ms");
    assert!((ends - begins).abs_diff(spoken) < 400, "{begins} to {ends} ms, {spoken} ms told");
    assert!(talked.track.is_silent(0, started.saturating_sub(20)), "silence until the answer");
    assert!(talked.track.rms(begins, ends) > -35.0, "it is loud enough to be heard");
}

#[test]
fn two_runs_at_full_speed_give_the_same_texts_at_the_same_times() {
    let Some(first) = talk(QUESTION, &["--speed", "max", "--ephemeral"]) else { return };
    let question = first.home.path("question.wav");
    let before = first.events.clone();
    let second = talk_of(first.home, question.to_str().unwrap(), &["--speed", "max", "--ephemeral"]);
    for kind in ["user.final", "agent.final"] {
        assert_eq!(before.texts(kind), second.events.texts(kind));
        let times = |events: &Events| events.of(kind).iter().map(|event| at_ms(event)).collect::<Vec<_>>();
        // The modelled clock does not know how busy the machine is.
        assert_eq!(times(&before)[0].abs_diff(times(&second.events)[0]) / 100, 0, "{before}\n{}", second.events);
    }
}

#[test]
fn talk_at_real_speed_takes_the_time_of_the_conversation_and_measures_on_a_real_clock() {
    let Some(talked) = at_real_speed() else { return };
    assert_eq!(talked.events.one("session.started")["clock"], "real");
    let ended = at_ms(talked.events.0.last().unwrap());
    assert!(talked.ran.took.as_millis() as u64 + 50 >= ended, "{}", talked.ran);
    let metrics = talked.events.one("turn.metrics");
    for figure in METRICS {
        assert!(metrics[figure].is_u64(), "`{figure}` in {metrics}");
    }
    let begins = talked.track.begins().unwrap();
    let started = at_ms(talked.events.one("agent.started"));
    assert!(begins + 100 >= started && begins < started + 300, "heard from {begins} ms on: {}", talked.events);
    assert_eq!(text(talked.events.one("agent.final"), "heard").trim(), "12 times 7 is 84.");
}

#[test]
fn no_partial_of_a_turn_comes_after_its_final() {
    let Some(talked) = at_real_speed() else { return };
    let kinds: Vec<&str> = talked.events.0.iter().map(|event| text(event, "type")).collect();
    let finals = kinds.iter().position(|kind| *kind == "user.final").unwrap();
    assert!(!kinds[finals..].contains(&"user.partial"), "{}", talked.events);
}

#[test]
fn the_file_goes_on_while_the_agent_speaks_and_with_hold_it_waits() {
    let Some(home) = Home::with_models() else { return };
    let (first, second) = (home.say("What is twelve times seven?"), home.say("How do you spell house?"));
    // The second question follows when the answer to the first has just begun.
    let at = 0.2 + first.len() as f32 / 16_000.0 + 1.3;
    let scene = support::sound::scene(at + 3.0, &[(0.2, &first), (at, &second)]);
    let file = home.path("two.wav");
    support::sound::write(&file, &scene);
    let file = file.to_str().unwrap();

    let held = talk_of(home, file, &["--speed", "max", "--hold"]);
    assert_eq!(held.events.of("agent.final").len(), 2, "{}", held.events);
    assert!(held.events.of("agent.final").iter().all(|answer| answer["cut"] == false), "{}", held.events);
    assert!(held.events.of("barge_in").is_empty(), "{}", held.events);

    let on = talk_of(held.home, file, &["--speed", "max"]);
    let paused = at_ms(on.events.one("playout.paused"));
    let cut = on.events.one("barge_in");
    assert_eq!((number(cut, "reply"), number(cut, "turn")), (1, 2), "{}", on.events);
    assert!(at_ms(cut) >= paused, "{}", on.events);
    let stopped = on.events.one("playout.stopped");
    assert_eq!(number(stopped, "reply"), 1);
    assert!(number(stopped, "played_ms") > 0, "{stopped}");
    let answers = on.events.of("agent.final");
    assert_eq!(answers.len(), 2, "{}", on.events);
    assert_eq!((&answers[0]["cut"], &answers[1]["cut"]), (&Value::Bool(true), &Value::Bool(false)), "{}", on.events);
    assert!(text(answers[0], "heard").len() < text(answers[0], "text").len(), "{}", on.events);
}

#[test]
fn a_caller_who_says_nothing_gets_no_answer_and_the_session_ends() {
    let Some(home) = Home::with_models() else { return };
    let file = home.path("silence.wav");
    support::sound::write(&file, &baton_audio::generate::silence(3.0));
    let talked = talk_of(home, file.to_str().unwrap(), &["--speed", "max"]);
    assert!(talked.events.of("user.final").is_empty(), "{}", talked.events);
    assert!(talked.events.of("agent.final").is_empty(), "{}", talked.events);
    assert_eq!(talked.events.one("session.ended")["turns"], 0);
    assert!(talked.track.is_silent(0, talked.track.ms()));
}

#[test]
fn goodbye_is_answered_and_ends_the_session() {
    let Some(talked) = talk("Thank you. Goodbye.", &["--speed", "max"]) else { return };
    assert_eq!(talked.events.one("session.ended")["reason"], "goodbye", "{}", talked.events);
    assert!(text(talked.events.of("agent.final")[0], "text").to_lowercase().contains("bye"), "{}", talked.events);
}

#[test]
fn exit_code_0_is_done_and_people_see_who_said_what() {
    let Some(home) = Home::with_models() else { return };
    let question = home.question("question.wav", QUESTION);
    let ran = home.done(&["talk", "--in", &question, "--out", "answer.wav", "--speed", "max"]);
    assert!(ran.out.contains("you:") && ran.out.contains("baton: 12 times 7 is 84."), "{ran}");
    // Which agent answers is said in one line.
    assert!(ran.err.contains("the offline concierge answers"), "{ran}");
}

#[test]
fn exit_code_1_is_failed() {
    let Some(home) = Home::with_models() else { return };
    let question = home.question("question.wav", QUESTION);
    home.run(&["talk", "--in", "nowhere.wav", "--out", "answer.wav"]).refused(1, &["nowhere.wav", "no such file"]);
    home.run(&["talk", "--in", &question, "--out", "nowhere/answer.wav"]).refused(1, &["nowhere/answer.wav"]);
}

#[test]
fn exit_code_2_is_wrong_usage() {
    let home = Home::new();
    home.run(&["talk", "--speed", "fast"]).expect(2);
    home.run(&["talk", "--louder"]).expect(2);
    home.run(&["talk", "--hold"]).expect(2);
    home.run(&["talk", "--speed", "max", "--in", "a.wav"]).refused(2, &["--speed max", "--out"]);
    home.run(&["talk", "--agent", "nobody", "--in", "a.wav", "--out", "b.wav"]).refused(2, &["nobody", "concierge"]);
    home.run(&["talk", "--conversation", "1", "--ephemeral"]).expect(2);
}

#[test]
fn exit_code_3_is_something_missing_that_doctor_names() {
    let home = Home::new();
    support::sound::write(&home.path("a.wav"), &baton_audio::generate::silence(1.0));
    for how in ["--no-download", "--offline"] {
        let ran = home.run(&["talk", "--in", "a.wav", "--out", "b.wav", how]);
        ran.refused(3, &["whisper-tiny.en", "baton models pull"]);
    }
    let doctor = home.run(&["doctor"]).expect(1);
    assert!(doctor.out.contains("whisper-tiny.en") && doctor.out.contains("baton models pull"), "{doctor}");
}
