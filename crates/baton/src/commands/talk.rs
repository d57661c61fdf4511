//! `baton talk`: a spoken conversation, through devices or files.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;

use baton_ports::{AudioSink, AudioSource};
use baton_runtime::driver::{Control, Driver, Ended, Handle, Parts, Speed, Tap};
use baton_runtime::journal::Journal;
use baton_runtime::report::Report;
use baton_server::adapters::transports::device;
use baton_server::adapters::transports::file::FileSource;
use baton_server::adapters::transports::wav::WavSink;
use baton_server::compose::{self, Engines, Kind};
use baton_server::config::{Config, EchoCancellation};
use baton_server::models::Uses;
use baton_session::{CloseReason, Session, StopScope};
use baton_types::TypedId;
use tokio::sync::mpsc;

use crate::cli::{SpeedArgument, Talk};
use crate::context::{Context, Failure, Kept};
use crate::view::View;
use crate::{input, output};

/// Reports that may wait for the screen or the pipe.
pub(crate) const REPORTS_WAITING_MAX: usize = 8_192;

pub(crate) async fn run(context: &Context, arguments: &Talk) -> Result<(), Failure> {
    let is_max = arguments.speed == SpeedArgument::Max;
    if is_max && (arguments.input.is_none() || arguments.output.is_none()) {
        return Err(Failure::usage("--speed max needs --in and --out: a device only knows real time"));
    }
    let mut config = context.with_agent(arguments.agent.as_deref())?;
    // On a virtual clock two runs are the same, so the voice must be, too.
    config.tts.lively &= !is_max;
    // Wrong files are told before anything is loaded or fetched.
    let file = arguments.input.as_deref().map(FileSource::open).transpose().map_err(failed)?;
    let engines = context.engines(&config, Uses::CONVERSATION, &arguments.downloads).await?;
    if engines.stt.is_none() || engines.vad.is_none() {
        return Err(Failure::missing(
            "there is no recogniser (`stt.provider` is `none`): use `baton chat`, or configure one",
        ));
    }
    let rate = engines.tts.as_ref().map_or(22_050, |tts| tts.sample_rate());
    let source: Box<dyn AudioSource> = match file {
        Some(file) => Box::new(file),
        None => Box::new(device::Microphone::open(&config.audio.input_device).await.map_err(missing)?),
    };
    let sink: Option<Box<dyn AudioSink>> = match &arguments.output {
        Some(path) => Some(Box::new(WavSink::create(path, rate).map_err(failed)?)),
        None if engines.tts.is_none() => None,
        None => Some(Box::new(device::Loudspeaker::open(&config.audio.output_device, rate).await.map_err(missing)?)),
    };
    let is_live = arguments.input.is_none();
    let is_one_room = is_live && arguments.output.is_none();
    let kind = Kind {
        spoken: engines.tts.is_some(),
        greeting: is_live && config.agent.greeting,
        echo: match config.audio.echo_cancellation {
            EchoCancellation::Auto => is_one_room,
            EchoCancellation::On => true,
            EchoCancellation::Off => false,
        },
        attended: is_live,
    };
    let kept = context.kept(&arguments.keeping).await?;
    let plan = Plan {
        config: &config,
        engines,
        kind,
        kept,
        journal: arguments.keeping.journal.as_deref(),
        source: Some(source),
        sink,
        speed: if is_max { Speed::Max } else { Speed::Real },
        hold: arguments.hold,
        tap: None,
    };
    let ended = hold(plan, View::new(arguments.json), true).await?;
    end(&ended)
}

pub(crate) fn end(ended: &Ended) -> Result<(), Failure> {
    match ended.failed {
        true => Err(Failure { code: 1, message: String::new() }),
        false => Ok(()),
    }
}

pub(crate) fn failed(error: baton_ports::ProviderError) -> Failure {
    Failure::failed(with_suggestions(&error))
}

pub(crate) fn missing(error: baton_ports::ProviderError) -> Failure {
    Failure::missing(with_suggestions(&error))
}

fn with_suggestions(error: &baton_ports::ProviderError) -> String {
    let mut text = error.to_string();
    for suggestion in &error.suggestions {
        text.push_str("; ");
        text.push_str(suggestion);
    }
    text
}

/// Everything a session of the command line is made of.
pub(crate) struct Plan<'a> {
    pub(crate) config: &'a Config,
    pub(crate) engines: Engines,
    pub(crate) kind: Kind,
    pub(crate) kept: Kept,
    pub(crate) journal: Option<&'a std::path::Path>,
    pub(crate) source: Option<Box<dyn AudioSource>>,
    pub(crate) sink: Option<Box<dyn AudioSink>>,
    pub(crate) speed: Speed,
    pub(crate) hold: bool,
    pub(crate) tap: Option<Box<dyn Tap>>,
}

impl Plan<'_> {
    /// A driver, a handle on it, and its reports.
    pub(crate) fn driver(self) -> Result<(Driver, Handle, mpsc::Receiver<Report>), Failure> {
        let (id, conversation) = compose::new_ids(self.kept.conversation);
        let agent = self.engines.agent.name().clone();
        let session =
            compose::session_config(self.config, self.kind, &agent, self.engines.stt.as_deref(), self.kept.before);
        let journal = match self.journal {
            Some(path) => Journal::file(path).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
                    "the journal {} is there already, and a journal never overwrites another: name a new file",
                    path.display()
                )),
                _ => Failure::failed(format!("cannot write the journal {}: {error}", path.display())),
            })?,
            None => compose::journal(self.kept.journals.as_deref(), id),
        };
        output::note(&self.engines.agent_line);
        let (reports, told) = mpsc::channel(REPORTS_WAITING_MAX);
        let parts = Parts {
            session: Session::new(session),
            id,
            conversation,
            vad: self.engines.vad,
            stt: self.engines.stt,
            tts: if self.kind.spoken { self.engines.tts } else { None },
            agents: BTreeMap::from([(agent.clone(), Arc::clone(&self.engines.agent))]),
            agent,
            source: self.source,
            sink: self.sink,
            store: self.kept.store,
            wall: compose::wall_time,
            journal,
            speed: self.speed,
            hold: self.hold,
            echo: self.kind.echo,
            tap: self.tap,
        };
        let (driver, handle) = Driver::new(parts, reports);
        Ok((driver, handle, told))
    }
}

/// Holds a session to its end and shows it.
pub(crate) async fn hold(plan: Plan<'_>, mut view: View, interruptible: bool) -> Result<Ended, Failure> {
    let (driver, handle, mut told) = plan.driver()?;
    let session = tokio::spawn(driver.run());
    let typing = (interruptible && std::io::stdin().is_terminal()).then(|| tokio::spawn(typed(handle.clone())));
    let keys = interruptible.then(|| tokio::spawn(interrupts(handle)));
    while let Some(report) = told.recv().await {
        view.show(&report);
    }
    view.end();
    for job in [keys, typing].into_iter().flatten() {
        job.abort();
    }
    session.await.map_err(|error| Failure::failed(format!("the session ended with a panic: {error}")))
}

/// What is typed during a conversation: a turn like a spoken one, or a word to Baton itself.
async fn typed(handle: Handle) {
    let mut lines = input::lines();
    let mut id = TypedId(0);
    while let Some(line) = lines.recv().await {
        let control = match line.trim() {
            "" => continue,
            "/mute" => Control::Mute(true),
            "/unmute" => Control::Mute(false),
            "/stop" => Control::Stop(StopScope::Speech),
            "/quit" => Control::Close(CloseReason::HungUp),
            word if word.starts_with('/') => {
                output::note(&format!("`{word}` is not known: /mute, /unmute, /stop and /quit are"));
                continue;
            }
            text => {
                id = id.next();
                Control::Type { id, text: text.to_owned() }
            }
        };
        if !handle.tell(control).await {
            return;
        }
    }
}

/// Ctrl-C stops speech first, then leaves; a third one ends the program at once.
async fn interrupts(handle: Handle) {
    for count in 0_u32.. {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        let control = match count {
            0 => Control::Stop(StopScope::Speech),
            1 => Control::Close(CloseReason::HungUp),
            _ => std::process::exit(130),
        };
        if !handle.tell(control).await {
            return;
        }
    }
}
