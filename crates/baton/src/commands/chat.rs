//! `baton chat`: typed turns through the same machine.

use std::io::{IsTerminal, Write};

use baton_runtime::driver::{Control, Speed};
use baton_runtime::report::{Report, What};
use baton_server::compose::Kind;
use baton_server::models::Uses;
use baton_session::CloseReason;
use baton_types::TypedId;
use tokio::sync::mpsc;

use crate::cli::{Chat, Downloads};
use crate::commands::talk::{Plan, end};
use crate::context::{Context, Failure};
use crate::{input, output};

const NOTHING: Uses = Uses { ear: false, detector: false, mouth: false };

pub(crate) async fn run(context: &Context, arguments: &Chat) -> Result<(), Failure> {
    let config = context.with_agent(arguments.agent.as_deref())?;
    let engines = context.engines(&config, NOTHING, &Downloads::default()).await?;
    let kind = Kind { spoken: false, greeting: false, echo: false, attended: false };
    let kept = context.kept(&arguments.keeping).await?;
    let plan = Plan {
        config: &config,
        engines,
        kind,
        kept,
        journal: arguments.keeping.journal.as_deref(),
        source: None,
        sink: None,
        speed: Speed::Real,
        hold: false,
        tap: None,
    };
    let (driver, handle, mut told) = plan.driver()?;
    let session = tokio::spawn(driver.run());
    let mut lines = input::lines();
    let mut screen = Screen { is_json: arguments.json, is_terminal: std::io::stdin().is_terminal(), wrote: false };
    let mut is_closing = false;
    for id in 1.. {
        screen.prompt();
        let text = tokio::select! {
            line = lines.recv() => line,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(text) = text else {
            is_closing = true;
            handle.tell(Control::Close(CloseReason::HungUp)).await;
            break;
        };
        if text.trim().is_empty() {
            continue;
        }
        if !handle.tell(Control::Type { id: TypedId(id), text }).await || !answered(&mut told, &mut screen).await {
            break;
        }
    }
    if is_closing && screen.is_terminal && !screen.is_json {
        output::line("");
    }
    while let Some(report) = told.recv().await {
        screen.show(&report);
    }
    let ended = session.await.map_err(|error| Failure::failed(format!("the session ended with a panic: {error}")))?;
    end(&ended)
}

/// Shows reports until the turn is answered; `false` when the session is over. Ctrl-C cuts the answer short.
async fn answered(told: &mut mpsc::Receiver<Report>, screen: &mut Screen) -> bool {
    while let Some(report) = told.recv().await {
        screen.show(&report);
        match report.what {
            What::AgentFinal { .. } | What::TurnDropped { .. } => {
                // A goodbye closes at once behind the answer.
                return true;
            }
            What::SessionEnded { .. } => return false,
            _ => {}
        }
    }
    false
}

struct Screen {
    is_json: bool,
    is_terminal: bool,
    wrote: bool,
}

impl Screen {
    fn prompt(&self) {
        if self.is_terminal && !self.is_json {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "you:   ").and_then(|()| out.flush());
        }
    }

    fn show(&mut self, report: &Report) {
        if self.is_json {
            output::json(report);
            return;
        }
        let mut out = std::io::stdout().lock();
        let _ = match &report.what {
            What::AgentDelta { text, .. } => {
                let lead = if self.wrote { "" } else { "baton: " };
                self.wrote = true;
                write!(out, "{lead}{text}").and_then(|()| out.flush())
            }
            What::AgentFinal { text, .. } => {
                // What Baton says by itself comes without deltas.
                let wrote = std::mem::take(&mut self.wrote);
                match (wrote, text.trim()) {
                    (true, _) => writeln!(out),
                    (false, "") => Ok(()),
                    (false, text) => writeln!(out, "baton: {text}"),
                }
            }
            What::Error { fault } => writeln!(out, "! {fault}"),
            _ => Ok(()),
        };
    }
}
