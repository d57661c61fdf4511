//! Performing what the machine asks for.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use baton_ports::{Agent, AgentRequest, ChatEvent, ProviderError, TtsEvent, TtsRequest};
use baton_session::{Command, Event, Measured, ResumePoint, Selection, Source, ToolOutcome};
use baton_types::{AgentName, Attempt, ClauseId, Fault, FaultCode, ReplyId, Timestamp, TurnId};
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::inbox::{Message, Work};
use super::{Driver, Generation};
use crate::predictor::looks_complete;
use crate::prompt;
use crate::report::What;

/// Pieces of sound of one clause that may wait: the engine pauses behind them.
const AUDIO_WAITING_MAX: usize = 64;

impl Driver {
    pub(super) fn act(&mut self, now: Timestamp, command: Command) {
        match command {
            Command::Recognize { .. } => self.recognize(&command),
            Command::CancelRecognition { turn, segment, revision } => {
                let work = self.listening.as_mut().and_then(|stt| stt.cancel(turn, segment, revision));
                if let Some(work) = work {
                    self.with_virtual(|time| time.cancel(work));
                }
            }
            Command::PredictEndOfTurn { turn, segment, revision, text } => {
                let complete = looks_complete(&text);
                self.again.push_back(Event::EndOfTurnPredicted { turn, segment, revision, complete });
            }
            Command::Route { turn, .. } => {
                let selection =
                    Selection { agent: self.agent.clone(), confidence: 1.0, reason: "the only agent".to_owned() };
                self.again.push_back(Event::Routed { turn, selection });
            }
            Command::Generate { turn, attempt, agent, context, .. } => {
                self.generate(now, turn, attempt, &agent, context)
            }
            Command::CancelGeneration { turn, attempt } => {
                if let Some(generation) = self.generations.remove(&(turn, attempt)) {
                    generation.job.abort();
                }
                self.with_virtual(|time| time.cancel(Work::Generation(turn, attempt)));
            }
            Command::Speak { reply, clause, text, source, .. } => {
                match (source, self.answering) {
                    (Source::Agent { .. }, Some(turn)) => self.watch.clause(now, turn, reply),
                    (Source::Agent { .. }, None) => {}
                    (Source::Own { .. }, _) => self.own_text = Some((reply, text.trim().to_owned())),
                }
                self.speak(now, reply, clause, text);
            }
            Command::PausePlayout { reply } => {
                if let Some(playout) = &mut self.playout {
                    playout.pause(reply);
                }
                self.report(now, What::PlayoutPaused { reply });
            }
            Command::ResumePlayout { reply, from } => {
                if let Some(playout) = &mut self.playout {
                    playout.resume(
                        reply,
                        match from {
                            ResumePoint::SameSample => None,
                            ResumePoint::ClauseStart { clause } => Some(clause),
                        },
                    );
                }
                self.report(now, What::PlayoutResumed { reply });
            }
            Command::CancelPlayout { reply } => self.cancel_playout(now, reply),
            Command::RunTool { call, name, .. } => {
                let outcome = ToolOutcome::Refused(format!("there is no tool named `{name}`"));
                self.again.push_back(Event::ToolReturned { call, outcome });
            }
            // There is no work besides speech yet; the machine has cut the speech itself.
            Command::StopEverything { .. } => {}
            Command::Commit { index, item } => {
                if let Some(store) = &mut self.store {
                    store.write(index, item);
                }
            }
            Command::Close { reason } => self.closed = Some(reason),
        }
    }

    fn recognize(&mut self, command: &Command) {
        let Command::Recognize { turn, segment, revision, from, upto, urgency } = *command else { return };
        let (Some(ear), Some(listening)) = (&self.ear, &mut self.listening) else {
            let fault = Fault::new("recognize", FaultCode::Missing, "there is no recogniser in this session");
            self.again.push_back(Event::RecognitionFailed { turn, segment, revision, fault });
            return;
        };
        if let Some(work) = listening.recognize(turn, segment, revision, from, upto, urgency, ear) {
            self.with_virtual(|time| time.begin(work));
        }
    }

    fn generate(&mut self, now: Timestamp, turn: TurnId, attempt: Attempt, name: &AgentName, context: usize) {
        self.watch.request(now, turn);
        self.answering = Some(turn);
        let Some(agent) = self.agents.get(name).or_else(|| self.agents.get(&self.agent)) else {
            let fault = Fault::new("generate", FaultCode::Missing, format!("there is no agent named `{name}`"));
            self.again.push_back(Event::GenerationFailed { turn, attempt, fault });
            return;
        };
        let items = self.session.transcript().items();
        let request = prompt::request(&items[..context.min(items.len())]);
        let job = tokio::spawn(generate(Arc::clone(agent), request, turn, attempt, self.to_inbox.clone()));
        self.generations.insert((turn, attempt), Generation { job, seq: 0 });
        self.with_virtual(|time| time.begin(Work::Generation(turn, attempt)));
    }

    fn speak(&mut self, now: Timestamp, reply: ReplyId, clause: ClauseId, text: String) {
        self.report(now, What::AgentClause { reply, text: text.clone() });
        let (Some(tts), Some(playout)) = (&self.tts, &mut self.playout) else {
            let fault = Fault::new("synthesize", FaultCode::Missing, "there is no voice in this session");
            self.again.push_back(Event::SynthesisFailed { reply, clause, fault });
            return;
        };
        let deadline = process_micros() + playout.ahead_ms(reply) * 1_000;
        playout.speak(reply, clause);
        let (events, mut waiting) = mpsc::channel(AUDIO_WAITING_MAX);
        let handle = tts.speak(TtsRequest { text, speed: 1.0, deadline }, events);
        self.syntheses.insert((reply, clause), handle);
        let inbox = self.to_inbox.clone();
        // Ends when the engine has dropped its end: after the last event, or when the handle is dropped.
        tokio::spawn(async move {
            while let Some(event) = waiting.recv().await {
                let is_end = !matches!(event, TtsEvent::Audio(_));
                if inbox.send(Message::Tts { reply, clause, event }).await.is_err() || is_end {
                    return;
                }
            }
            let error = ProviderError::new(FaultCode::Interrupted, "the voice stopped without a word");
            let _ = inbox.send(Message::Tts { reply, clause, event: TtsEvent::Failed(error) }).await;
        });
        self.with_virtual(|time| time.begin(Work::Synthesis(reply, clause)));
    }

    fn cancel_playout(&mut self, now: Timestamp, reply: ReplyId) {
        let gone: Vec<_> = self.syntheses.keys().filter(|(of, _)| *of == reply).copied().collect();
        for key in gone {
            self.syntheses.remove(&key);
            self.with_virtual(|time| time.cancel(Work::Synthesis(key.0, key.1)));
        }
        let played_ms = self.playout.as_mut().and_then(|playout| playout.cancel(reply)).unwrap_or(0);
        let is_measured = self.output.as_ref().is_some_and(|output| output.latency().is_zero());
        let measured = if is_measured { Measured::Played } else { Measured::Estimated };
        self.report(now, What::PlayoutStopped { reply, played_ms });
        self.again.push_back(Event::PlayoutStopped { reply, played_ms, measured });
    }
}

/// Microseconds on a clock that all sessions of the process share.
fn process_micros() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Passes on what an agent writes, in order, and exactly one end.
async fn generate(
    agent: Arc<dyn Agent>,
    request: AgentRequest,
    turn: TurnId,
    attempt: Attempt,
    inbox: mpsc::Sender<Message>,
) {
    let mut stream = match agent.respond(request).await {
        Ok(stream) => stream,
        Err(error) => {
            let _ = inbox.send(Message::Agent { turn, attempt, event: Err(error) }).await;
            return;
        }
    };
    while let Some(event) = stream.next().await {
        let is_end = matches!(event, Err(_) | Ok(ChatEvent::Ended { .. }));
        if inbox.send(Message::Agent { turn, attempt, event }).await.is_err() || is_end {
            return;
        }
    }
    let error = ProviderError::new(FaultCode::Interrupted, "the answer broke off without an end");
    let _ = inbox.send(Message::Agent { turn, attempt, event: Err(error) }).await;
}
