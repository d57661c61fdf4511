use baton_session::{BargeInCause, Measured, ResumePoint, Timer};

use super::*;
use crate::checkers::tape::{Tape, at, progress, reply_ended, speak};

fn pause(reply: u32) -> Command {
    Command::PausePlayout { reply: ReplyId(reply) }
}

fn resume(reply: u32) -> Command {
    Command::ResumePlayout { reply: ReplyId(reply), from: ResumePoint::SameSample }
}

fn cancel(reply: u32) -> Command {
    Command::CancelPlayout { reply: ReplyId(reply) }
}

fn ready() -> Event {
    Event::ClauseReady { reply: ReplyId(1), clause: ClauseId(0), duration_ms: 100, marks: Vec::new() }
}

fn confirmed() -> Event {
    Event::SpeechConfirmed { onset: at(0) }
}

fn one_mouth() -> Tape<OneMouth> {
    Tape::new(OneMouth::default()).event(1, Event::MediaBack, &[speak(1, 0, "One. ")], &[])
}

#[test]
fn a_second_reply_waits_for_the_mouth() {
    let next = || [speak(2, 0, "Two. ")];
    one_mouth().event(2, Event::MediaBack, &next(), &[]).breaks("while reply 1");
    one_mouth().event(2, Event::MediaBack, &[cancel(1)], &[]).event(3, Event::MediaBack, &next(), &[]).holds();
    let ended = Event::PlayoutEnded { reply: ReplyId(1) };
    let played = one_mouth().event(2, ready(), &[], &[]).event(3, ended.clone(), &[], &[reply_ended(1, 1)]);
    played.event(4, Event::MediaBack, &next(), &[]).holds();
    one_mouth().event(3, ended, &[], &[]).event(4, Event::MediaBack, &next(), &[]).breaks("while reply 1");
}

#[test]
fn a_reply_is_not_over_before_its_sound() {
    one_mouth().event(2, Event::MediaBack, &[], &[reply_ended(1, 1)]).breaks("still in the mouth");
}

fn spoken_over() -> Tape<NeverOverTheUser> {
    Tape::new(NeverOverTheUser::new(&Config::default()))
        .floor(FloorKind::Agent)
        .event(1, Event::MediaBack, &[speak(1, 0, "One. ")], &[])
        .event(2, progress(1, 100), &[], &[])
}

#[test]
fn nothing_sounds_over_the_user() {
    spoken_over().event(9, confirmed(), &[], &[]).breaks("while the user speaks");
    let paused = || spoken_over().event(9, confirmed(), &[pause(1)], &[]);
    paused().holds();
    paused().event(12, Event::MediaBack, &[resume(1)], &[]).breaks("while the user speaks");
    let faded = paused().event(12, Event::SpeechFaded { end: at(11) }, &[], &[]);
    faded.timeout(220, Timer::Resume, &[resume(1)], &[]).holds();
}

#[test]
fn limits_on_pauses_let_a_reply_go_on() {
    let mut tape = spoken_over();
    for second in 1..=3 {
        let start = second * 1_000;
        tape = tape.event(start, confirmed(), &[pause(1)], &[]);
        tape = tape.event(start + 100, Event::SpeechFaded { end: at(start) }, &[resume(1)], &[]);
    }
    tape.event(5_000, confirmed(), &[], &[]).holds();
}

fn pauses() -> Tape<PausesEnd> {
    Tape::new(PausesEnd::new(&Config::default())).event(1, Event::MediaBack, &[pause(1)], &[])
}

#[test]
fn pauses_and_resumptions_alternate() {
    pauses().event(2, Event::MediaBack, &[resume(1)], &[]).end(9).holds();
    pauses().event(2, Event::MediaBack, &[pause(1)], &[]).breaks("paused twice");
    let resumed = pauses().event(2, Event::MediaBack, &[resume(1)], &[]);
    resumed.event(3, Event::MediaBack, &[resume(1)], &[]).breaks("without having been paused");
    let cut = pauses().event(2, Event::MediaBack, &[cancel(1)], &[]);
    cut.event(3, Event::MediaBack, &[cancel(1)], &[]).breaks("cut twice");
}

#[test]
fn a_pause_ends_in_time() {
    pauses().event(1_900, Event::MediaBack, &[], &[]).event(1_950, Event::MediaBack, &[resume(1)], &[]).holds();
    pauses().event(2_100, Event::MediaBack, &[], &[]).breaks("nothing ends that");
    pauses().next(2_001, Timer::HoldLimit).timeout(2_001, Timer::HoldLimit, &[cancel(1)], &[]).holds();
    pauses().end(1_000).breaks("still paused");
}

#[test]
fn what_is_cut_stays_cut() {
    let tape = || Tape::new(CutStaysCut::default()).event(1, Event::MediaBack, &[cancel(1)], &[]);
    let stopped = Event::PlayoutStopped { reply: ReplyId(1), played_ms: 5, measured: Measured::Played };
    tape().event(2, stopped, &[speak(2, 0, "Two. ")], &[]).holds();
    for command in [speak(1, 1, "One. "), resume(1), pause(1)] {
        tape().event(2, Event::MediaBack, &[command], &[]).breaks("reply 1 was cut");
    }
    let barge = Notice::BargeIn { reply: ReplyId(3), turn: TurnId(2), cause: BargeInCause::ContentWord };
    let interrupted = tape().event(2, Event::MediaBack, &[], &[barge]);
    interrupted.event(3, Event::MediaBack, &[speak(3, 1, "Three. ")], &[]).breaks("reply 3 was cut");
}

#[test]
fn a_tool_of_a_cancelled_generation_is_not_run() {
    let (turn, attempt, call) = (TurnId(1), Attempt(1), baton_types::CallId::from("a"));
    let (name, arguments) = ("look".to_owned(), "{}".to_owned());
    let called =
        Event::ToolCalled { turn, attempt, call: call.clone(), name: name.clone(), arguments: arguments.clone() };
    let run = Command::RunTool { turn, call, name, arguments };
    let tape = || Tape::new(CutStaysCut::default());
    let cancelled = tape().event(1, Event::MediaBack, &[Command::CancelGeneration { turn, attempt }], &[]);
    cancelled.event(2, called.clone(), std::slice::from_ref(&run), &[]).breaks("cancelled generation");
    tape().event(2, called, &[run], &[]).holds();
}
