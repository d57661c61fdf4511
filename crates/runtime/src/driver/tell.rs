//! What arrives, as events for the machine; what the machine tells, as reports for people.

use baton_ports::{ChatEvent, FinishReason, ProviderError, SourceEvent, TtsEvent};
use baton_session::{CloseReason, Event, MediaLoss, Notice, Usage, WordMark};
use baton_types::{Attempt, ClauseId, Fault, FaultCode, ReplyId, Severity, Timestamp, TurnId};

use super::Driver;
use super::inbox::{Control, Message};
use crate::report::What;

impl Driver {
    /// Turns a message into events.
    pub(super) fn told(&mut self, now: Timestamp, message: Message, events: &mut Vec<Event>) {
        match message {
            Message::Stt { stream, event } => {
                events.extend(self.listening.as_mut().and_then(|listening| listening.told(stream, event)));
            }
            Message::Tts { reply, clause, event } => self.voice_told(now, reply, clause, event, events),
            Message::Agent { turn, attempt, event } => self.agent_told(turn, attempt, event, events),
            Message::Source(event) => self.source_told(now, event, events),
            Message::Control(control) => self.asked(now, control, events),
            Message::Fault(fault) => {
                if fault.severity == Severity::Critical && !self.failed {
                    // Nobody hears anything any more: going on would count as heard what never was.
                    self.failed = true;
                    self.playout = None;
                    events.push(Event::CloseRequested { reason: CloseReason::Fault });
                }
                self.report_fault(now, fault);
            }
        }
    }

    fn asked(&mut self, now: Timestamp, control: Control, events: &mut Vec<Event>) {
        match control {
            Control::Type { id, text } => events.push(Event::Typed { id, text }),
            Control::Stop(scope) => events.push(Event::StopRequested { scope }),
            Control::Close(reason) => events.push(Event::CloseRequested { reason }),
            Control::Mute(true) if !self.input.muted => {
                self.input.muted = true;
                self.input.forget();
                events.push(Event::MediaLost { reason: MediaLoss::Muted });
            }
            Control::Mute(false) if self.input.muted => {
                self.input.muted = false;
                self.input.last_frame = now;
                events.push(Event::MediaBack);
                if let Some(ear) = &mut self.ear {
                    ear.gap(now, events);
                }
            }
            Control::Mute(_) => {}
        }
    }

    pub(super) fn source_told(&mut self, now: Timestamp, event: SourceEvent, events: &mut Vec<Event>) {
        match event {
            SourceEvent::Frame(frame) => {
                if self.input.muted {
                    return;
                }
                let samples = match &mut self.echo {
                    Some(echo) => echo.heard(&frame.samples),
                    None => frame.samples.to_vec(),
                };
                if self.input.stalled {
                    self.input.stalled = false;
                    self.input.forget();
                    events.push(Event::MediaBack);
                    if let Some(ear) = &mut self.ear {
                        ear.gap(now, events);
                    }
                }
                self.input.last_frame = now;
                self.meter.push(&samples);
                self.input.wait(&samples);
            }
            SourceEvent::Skipped { what } => {
                let cause = format!("{}: {what}", self.input.name);
                let fault = Fault::new("listen", FaultCode::Garbled, cause).with_severity(Severity::Warning);
                self.report_fault(now, fault);
            }
            SourceEvent::Ended => {
                self.input.ended = true;
                self.last_progress = now;
            }
            SourceEvent::Failed(error) => {
                self.failed = true;
                self.input.ended = true;
                self.last_progress = now;
                let fault = error.to_fault("listen").with_severity(Severity::Critical);
                self.report_fault(now, fault);
                if self.input.is_live {
                    events.push(Event::MediaLost { reason: MediaLoss::Stalled });
                    events.push(Event::CloseRequested { reason: CloseReason::Fault });
                }
            }
        }
    }

    fn voice_told(
        &mut self,
        now: Timestamp,
        reply: ReplyId,
        clause: ClauseId,
        event: TtsEvent,
        events: &mut Vec<Event>,
    ) {
        if !self.syntheses.contains_key(&(reply, clause)) {
            return;
        }
        let Some(playout) = &mut self.playout else { return };
        match event {
            TtsEvent::Audio(samples) => {
                self.watch.samples(now, reply);
                playout.audio(reply, clause, &samples);
            }
            TtsEvent::Ended { words } => {
                self.syntheses.remove(&(reply, clause));
                let duration_ms = playout.complete(reply, clause).unwrap_or(0);
                let marks =
                    words.iter().map(|word| WordMark { text_end: word.text_end, end_ms: word.end_ms }).collect();
                events.push(Event::ClauseReady { reply, clause, duration_ms, marks });
            }
            TtsEvent::Failed(error) => {
                self.syntheses.remove(&(reply, clause));
                playout.complete(reply, clause);
                let fault = error.to_fault("synthesize");
                self.report_fault(now, fault.clone());
                events.push(Event::SynthesisFailed { reply, clause, fault });
            }
        }
    }

    fn agent_told(
        &mut self,
        turn: TurnId,
        attempt: Attempt,
        event: Result<ChatEvent, ProviderError>,
        events: &mut Vec<Event>,
    ) {
        let Some(generation) = self.generations.get_mut(&(turn, attempt)) else { return };
        match event {
            Ok(ChatEvent::Text(text)) => {
                let seq = generation.seq;
                generation.seq += 1;
                events.push(Event::Delta { turn, attempt, seq, text });
            }
            Ok(ChatEvent::ToolCall(call)) => events.push(Event::ToolCalled {
                turn,
                attempt,
                call: call.id,
                name: call.name,
                arguments: call.arguments,
            }),
            Ok(ChatEvent::Ended { reason, usage }) => {
                self.generations.remove(&(turn, attempt));
                let usage =
                    usage.map(|used| Usage { input_tokens: used.input_tokens, output_tokens: used.output_tokens });
                events.push(Event::GenerationEnded { turn, attempt, reason: finish(reason), usage });
            }
            Err(error) => {
                self.generations.remove(&(turn, attempt));
                events.push(Event::GenerationFailed { turn, attempt, fault: error.to_fault("generate") });
            }
        }
    }

    /// What the outside may know of an event before the machine has it.
    pub(super) fn observe(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::SpeechStarted { onset } => {
                self.input.is_voice = true;
                self.last_progress = now;
                self.report(now, What::SpeechStarted { position_ms: onset.as_millis() });
            }
            Event::SpeechFaded { end } => {
                self.input.is_voice = false;
                self.last_progress = now;
                self.report(now, What::SpeechFaded { position_ms: end.as_millis() });
            }
            Event::Partial { turn, text, stable, .. } => {
                self.report(now, What::UserPartial { turn: *turn, text: text.clone(), stable: *stable });
            }
            Event::Delta { turn, text, .. } => {
                self.watch.token(now, *turn);
                self.report(now, What::AgentDelta { turn: *turn, text: text.clone() });
            }
            Event::GenerationFailed { fault, .. } | Event::RecognitionFailed { fault, .. } => {
                self.report_fault(now, fault.clone());
            }
            _ => {}
        }
    }

    /// What the machine tells, for people and metrics.
    pub(super) fn noticed(&mut self, now: Timestamp, notice: Notice) {
        match notice {
            Notice::FloorChanged { floor } => self.report(now, What::Floor { floor }),
            Notice::TurnEnded { turn, cause, last_voice } => {
                let is_voice = cause != baton_session::EndCause::Typed;
                self.watch.ended(now, turn, is_voice.then_some(last_voice));
                self.report(now, What::TurnEnded { turn, cause });
            }
            Notice::UserFinal { turn, text, start, end, confidence } => {
                self.turns += 1;
                self.watch.text(now, turn);
                let (start_ms, end_ms) = (start.as_millis(), end.as_millis());
                self.report(now, What::UserFinal { turn, text, start_ms, end_ms, confidence });
            }
            Notice::TurnReopened { turn } => self.report(now, What::TurnReopened { turn }),
            Notice::TurnDropped { turn, reason } => self.report(now, What::TurnDropped { turn, reason }),
            Notice::ReplyStarted { reply, turn } => self.report(now, What::AgentStarted { reply, turn }),
            Notice::ReplyEnded { reply, turn, text, heard, heard_ms, cut } => {
                if let Some(figures) = turn.and_then(|turn| self.watch.silent(turn, self.speed.clock())) {
                    self.report(now, What::TurnMetrics(figures));
                }
                // A reply in which only Baton itself spoke (that something failed, say) is told with those words.
                let own = self.own_text.take_if(|(of, _)| *of == reply && text.is_empty());
                let (text, heard) = match own {
                    Some((_, own)) if cut => (own, heard),
                    Some((_, own)) => (own.clone(), own),
                    None => (text, heard),
                };
                self.report(now, What::AgentFinal { reply, turn, text, heard, heard_ms, cut });
            }
            Notice::BargeIn { reply, turn, cause } => self.report(now, What::BargeIn { reply, turn, cause }),
            Notice::FalseBargeIn { reply, held_ms } => self.report(now, What::FalseBargeIn { reply, held_ms }),
            Notice::LateDropped { what } => tracing::debug!(what, "late, dropped"),
            Notice::Ignored { what } => tracing::debug!(what, "makes no sense here, ignored"),
            Notice::UserIdle => self.report(now, What::UserIdle),
            Notice::Degraded { fault } => self.report_fault(now, fault),
            Notice::Closed { .. } => {}
        }
    }
}

const fn finish(reason: FinishReason) -> baton_session::FinishReason {
    match reason {
        FinishReason::Complete => baton_session::FinishReason::Complete,
        FinishReason::Length => baton_session::FinishReason::Length,
        FinishReason::ToolCalls => baton_session::FinishReason::ToolCalls,
        FinishReason::Filtered => baton_session::FinishReason::Filtered,
        FinishReason::Goodbye => baton_session::FinishReason::Goodbye,
    }
}
