//! Rows B1, B2, F1, F2 and F4 of the conversation scenarios through the real ear at real speed: voices made by the
//! program's own voice, a burst of noise for the cough, one file for each scene, spoken into a long answer.
//!
//! A file cannot wait for its moment, so each sound stands well inside the answer, with seconds to spare on a machine
//! that is late. Only figures of the rows are asserted. What follows from a decode (when words are there) has slack for
//! a machine that does other things at the same time; what follows from a timer has one tick more than its row says.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a panic is a test's report, and the table is printed")]

mod support;

use std::sync::OnceLock;

use baton_audio::generate::{Random, at_level};
use serde_json::Value;
use support::sound::Track;
use support::{Events, Home, at_ms, number, text};

/// The mouth is silent this soon after `SpeechStarted`, in milliseconds.
const SILENT_MAX_MS: u64 = 200;

/// The longest hold of a pause, in milliseconds, and the ticks in which it is decided.
const HOLD_MAX_MS: u64 = 2_000 + 100;

/// What came of one sound spoken into an answer.
#[derive(Clone)]
struct Row {
    name: &'static str,
    /// Where the sound begins in the input, and ends.
    from_ms: u64,
    upto_ms: u64,
    /// The events from its beginning to the next sound's.
    events: Events,
    /// The reply it was spoken into.
    reply: u64,
}

impl Row {
    fn first(&self, kind: &str) -> Option<u64> {
        self.events.of(kind).first().map(|event| at_ms(event))
    }

    #[track_caller]
    fn started(&self) -> u64 {
        self.first("speech.started").unwrap_or_else(|| panic!("{} was not heard: {}", self.name, self.events))
    }

    #[track_caller]
    fn paused(&self) -> u64 {
        self.first("playout.paused").unwrap_or_else(|| panic!("{}: no pause in {}", self.name, self.events))
    }

    fn decided(&self) -> Option<u64> {
        self.first("barge_in").or_else(|| self.first("false_barge_in"))
    }

    fn line(&self) -> String {
        let show = |time: Option<u64>| time.map_or("–".to_owned(), |time| time.to_string());
        let since = |time: Option<u64>, from: u64| show(time.map(|time| time.saturating_sub(from)));
        let decision = match (self.first("barge_in"), self.first("false_barge_in")) {
            (Some(_), _) => "BargeIn",
            (None, Some(_)) => "FalseBargeIn",
            (None, None) => "none",
        };
        let faded = self.events.of("speech.faded").into_iter().map(at_ms).filter(|at| Some(*at) <= self.decided());
        let resumed = self.first("playout.resumed");
        format!(
            "| {} | {} | {} | {} | {decision} | {} | {} | {} |",
            self.name,
            self.upto_ms - self.from_ms,
            since(self.first("speech.started"), self.from_ms),
            since(self.first("playout.paused"), self.from_ms),
            since(self.decided(), self.from_ms),
            since(resumed, self.from_ms),
            faded
                .max()
                .zip(resumed)
                .map_or("–".to_owned(), |(faded, resumed)| resumed.saturating_sub(faded).to_string()),
        )
    }
}

const TABLE_HEAD: &str = "| row | sound ms | heard after ms | paused after ms | decision | decided after ms | resumed after ms | resumed after the last fade ms |\n|---|---|---|---|---|---|---|---|";

struct Scene {
    rows: Vec<Row>,
    events: Events,
    track: Track,
}

/// Holds a conversation: a question, and sounds at their moments.
fn hold(home: &Home, name: &str, seconds: f32, sounds: &[(&'static str, f32, Vec<f32>)]) -> Scene {
    let question = home.say("What can you do?");
    let mut all: Vec<(f32, &[f32])> = vec![(0.3, &question)];
    all.extend(sounds.iter().map(|(_, at, samples)| (*at, samples.as_slice())));
    let (input, out) = (home.path(&format!("{name}.wav")), home.path(&format!("{name}-out.wav")));
    support::sound::write(&input, &support::sound::scene(seconds, &all));
    let ran =
        home.done(&["talk", "--in", input.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json", "--ephemeral"]);
    let events = ran.events();
    let begins: Vec<u64> = sounds.iter().map(|(_, at, _)| (at * 1e3) as u64).collect();
    let mut rows = Vec::new();
    for (index, (row, _, samples)) in sounds.iter().enumerate() {
        let (from_ms, until) = (begins[index], begins.get(index + 1).copied().unwrap_or(u64::MAX));
        let part = events.0.iter().filter(|event| (from_ms..until).contains(&at_ms(event))).cloned();
        let part = Events(part.collect());
        let before = events.of("agent.started");
        let reply = before.iter().rfind(|event| at_ms(event) < from_ms);
        let reply = number(reply.unwrap_or_else(|| panic!("nothing is said before {row}: {events}")), "reply");
        rows.push(Row { name: row, from_ms, upto_ms: from_ms + samples.len() as u64 / 16, events: part, reply });
    }
    println!("{name}\n{TABLE_HEAD}");
    rows.iter().for_each(|row| println!("{}", row.line()));
    Scene { rows, events, track: Track::read(&out) }
}

/// 300 ms of noise through the resonances of a throat. The detector hears no voice in most noises that are coughed; it
/// does in this one, where it stands in silence.
fn cough() -> Vec<f32> {
    let mut random = Random::new(0);
    let burst: Vec<f32> = (0..4_800)
        .map(|k| {
            let seconds = k as f32 / 16_000.0;
            random.normal() * (seconds / 0.01).min(1.0) * (-seconds / 0.12).exp()
        })
        .collect();
    let mut sum = vec![0.0; burst.len()];
    for (hz, width) in [(500.0, 80.0), (1_500.0, 110.0), (2_500.0, 160.0)] {
        let radius = (-std::f32::consts::PI * width / 16_000.0_f32).exp();
        let turn = 2.0 * radius * (std::f32::consts::TAU * hz / 16_000.0_f32).cos();
        let (mut last, mut before) = (0.0, 0.0);
        for (sum, sample) in sum.iter_mut().zip(&burst) {
            (last, before) = (sample + turn * last - radius * radius * before, last);
            *sum += last;
        }
    }
    at_level(sum, -18.0)
}

/// F1, F2 and the first half of F4, all spoken into one answer that none of them cuts. There are three, as from the
/// fourth on a pause takes longer voice (F6).
fn false_alarms() -> Option<&'static Scene> {
    static SCENE: OnceLock<Option<Scene>> = OnceLock::new();
    let make = || {
        let home = Home::with_models()?;
        let sounds = [
            ("F2 cough", 4.808, cough()),
            // As the voice hums it best.
            ("F1 mm-hm", 7.5, home.say("Mm. Hmm.")),
            ("F4 yeah okay sure", 10.5, home.say("Yeah, okay, sure.")),
        ];
        Some(hold(&home, "false alarms", 13.0, &sounds))
    };
    SCENE.get_or_init(make).as_ref()
}

/// B1; the second half of F4 into the answer to what B1 asked; B2 into the answer to that.
fn interruptions() -> Option<&'static Scene> {
    static SCENE: OnceLock<Option<Scene>> = OnceLock::new();
    let make = || {
        let home = Home::with_models()?;
        let sounds = [
            ("B1 I meant", 5.0, home.say("I meant, tell me, what can you do?")),
            ("F4 uh-huh, but", 11.0, home.say("Uh-huh, but what about Friday?")),
            ("B2 stop", 17.5, home.say("Please stop.")),
        ];
        Some(hold(&home, "interruptions", 20.0, &sounds))
    };
    SCENE.get_or_init(make).as_ref()
}

/// The pause comes with `SpeechStarted`, and the mouth is silent within 200 ms of it.
#[track_caller]
fn assert_paused(scene: &Scene, row: &Row) {
    let (started, paused) = (row.started(), row.paused());
    assert!(paused - started <= 20, "{}: the pause comes with the event: {}", row.name, row.events);
    assert_eq!(number(row.events.of("playout.paused")[0], "reply"), row.reply, "{}", row.events);
    let until = row.first("playout.resumed").or_else(|| row.first("agent.started")).unwrap_or(started + 1_000);
    // What leaves in the tick of an event stands in the file up to one tick before it.
    let until = until.saturating_sub(40).min(started + 1_000);
    if until > started + SILENT_MAX_MS {
        let peak = scene.track.peak(started + SILENT_MAX_MS, until);
        assert!(peak < -60.0, "{}: {peak} dBFS is heard 200 ms after {started}: {}", row.name, row.events);
    }
}

/// Nothing is cut, nothing is answered, the same reply goes on.
#[track_caller]
fn assert_goes_on(scene: &Scene, row: &Row) {
    for kind in ["barge_in", "user.final", "playout.stopped", "error", "agent.delta"] {
        assert!(row.events.of(kind).is_empty(), "{}: {kind} in {}", row.name, row.events);
    }
    let paused = row.events.of("playout.paused").len();
    assert_eq!(row.events.of("playout.resumed").len(), paused, "{}: {}", row.name, row.events);
    let notice = row.events.of("false_barge_in");
    assert_eq!(notice.len(), paused, "{}: {}", row.name, row.events);
    assert!(notice.iter().all(|notice| number(notice, "held_ms") <= HOLD_MAX_MS), "{}: {}", row.name, row.events);
    let resumed = row.first("playout.resumed").unwrap();
    assert!(!scene.track.is_silent(resumed, resumed + 1_000), "{}: the reply goes on: {}", row.name, row.events);
}

/// The words of the reply that was spoken into are heard to the place of the cut, and it is cut once.
#[track_caller]
fn assert_cut(scene: &Scene, row: &Row) {
    let cut = row.events.one("barge_in");
    assert_eq!(number(cut, "reply"), row.reply, "{}", row.events);
    // A breath in the middle that is longer than the wait before going on lets the answer go on until the next word; from
    // the cut on nothing does.
    assert!(row.events.after("playout.resumed", at_ms(cut)).is_none(), "{}: {}", row.name, row.events);
    assert_eq!(row.events.one("playout.stopped")["reply"], row.reply, "{}", row.events);
    let ended: Vec<&Value> =
        scene.events.of("agent.final").into_iter().filter(|end| end["reply"] == row.reply).collect();
    assert_eq!(ended.len(), 1, "{}", scene.events);
    assert_eq!(ended[0]["cut"], true, "{}", ended[0]);
    let (whole, heard) = (text(ended[0], "text"), text(ended[0], "heard"));
    assert!(whole.starts_with(heard.trim()) && heard.len() < whole.len(), "{}", ended[0]);
    assert_eq!(number(ended[0], "heard_ms"), number(row.events.one("playout.stopped"), "played_ms"), "{}", ended[0]);
}

#[test]
fn turn_b01_words_spoken_into_the_answer_pause_it_at_once_and_cut_it() {
    let Some(scene) = interruptions() else { return };
    let row = &scene.rows[0];
    assert_paused(scene, row);
    assert_cut(scene, row);
    let cut = at_ms(row.events.one("barge_in"));
    assert!(row.events.of("false_barge_in").is_empty(), "{}", row.events);
    // A content word cuts 350 ms after SpeechStarted at the earliest, and with or without words the hold ends at 2 s.
    assert!(cut >= row.started() + 350 - 20, "{}", row.events);
    assert!(cut <= row.started() + HOLD_MAX_MS, "{}", row.events);
    // The turn keeps the sound from before SpeechStarted: its first word is there.
    let said = text(row.events.of("user.final")[0], "text").to_lowercase();
    assert!(said.contains("meant") && said.contains("what can you do"), "{said}");
    assert!(row.first("agent.started").is_some(), "it is answered: {}", row.events);
}

#[test]
fn turn_b02_a_bare_stop_cuts_the_answer_and_nothing_is_said_to_it() {
    let Some(scene) = interruptions() else { return };
    let row = &scene.rows[2];
    assert_paused(scene, row);
    assert_cut(scene, row);
    assert!(at_ms(row.events.one("barge_in")) <= row.started() + HOLD_MAX_MS, "{}", row.events);
    assert!(row.events.of("agent.delta").is_empty() && row.events.of("agent.started").is_empty(), "{}", row.events);
    assert!(scene.track.is_silent(row.started() + SILENT_MAX_MS, scene.track.ms()), "it stays silent: {}", row.events);
}

#[test]
fn turn_f01_an_mm_hm_pauses_the_answer_which_goes_on() {
    let Some(scene) = false_alarms() else { return };
    let row = &scene.rows[1];
    assert_paused(scene, row);
    assert_goes_on(scene, row);
}

#[test]
fn turn_f02_a_cough_pauses_the_answer_which_goes_on() {
    let Some(scene) = false_alarms() else { return };
    let row = &scene.rows[0];
    assert_paused(scene, row);
    assert_goes_on(scene, row);
}

#[test]
fn turn_f04_yeah_okay_sure_pauses_the_answer_which_goes_on() {
    let Some(scene) = false_alarms() else { return };
    let row = &scene.rows[2];
    assert_paused(scene, row);
    assert_goes_on(scene, row);
    // And it is heard to its end: three pauses have lost and doubled nothing.
    let end = scene.events.one("agent.final");
    assert_eq!((&end["cut"], text(end, "heard")), (&Value::Bool(false), text(end, "text")), "{}", scene.events);
}

#[test]
fn turn_f04_uh_huh_with_a_question_behind_it_in_one_breath_cuts_the_answer() {
    let Some(scene) = interruptions() else { return };
    let row = &scene.rows[1];
    assert_paused(scene, row);
    assert_cut(scene, row);
    let said = text(row.events.of("user.final")[0], "text").to_lowercase();
    assert!(said.contains("what about friday"), "{said}");
    assert!(row.first("agent.started").is_some(), "it is answered: {}", row.events);
}
