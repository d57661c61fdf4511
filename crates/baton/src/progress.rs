//! Progress of downloads: bars on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use baton_server::adapters::model_store::{Phase, Progress, Update};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

/// Without a terminal, one line at most this often.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows what the model store does.
pub(crate) struct Bars {
    state: Mutex<State>,
    is_terminal: bool,
}

struct State {
    bar: Option<ProgressBar>,
    of: String,
    told: Instant,
}

impl Bars {
    /// For handing to the store.
    pub(crate) fn shared() -> Arc<dyn Progress> {
        let state = State { bar: None, of: String::new(), told: Instant::now() };
        Arc::new(Self { state: Mutex::new(state), is_terminal: std::io::stderr().is_terminal() })
    }
}

impl Progress for Bars {
    fn update(&self, update: &Update) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let file = update.file.as_deref().unwrap_or("");
        let what = format!("{} {file}", update.model).trim().to_owned();
        let phase = phase(update);
        let of = format!("{what}: {phase}");
        let is_step = state.of != of;
        if is_step {
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
            state.of.clone_from(&of);
        }
        if matches!(update.phase, Phase::Installed | Phase::PassedOver { .. }) {
            if is_step {
                output::note(&of);
            }
            return;
        }
        if !self.is_terminal {
            let is_due = state.told.elapsed() >= LINE_EVERY;
            let is_big = update.total > 10_000_000 && matches!(update.phase, Phase::Downloading);
            if (is_step && is_big) || is_due {
                state.told = Instant::now();
                output::note(&format!("{of} {}", share(update)));
            }
            return;
        }
        let bar = state.bar.get_or_insert_with(|| bar(update, &of));
        bar.set_position(update.bytes);
    }
}

fn bar(update: &Update, of: &str) -> ProgressBar {
    let (bar, template) = match update.total {
        0 => (ProgressBar::new_spinner(), "{spinner} {msg} {bytes}"),
        total => (ProgressBar::new(total), "{msg} [{wide_bar}] {bytes}/{total_bytes} {eta}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(of.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn share(update: &Update) -> String {
    match update.total {
        0 => format!("{:.1} MB", update.bytes as f64 / 1e6),
        total => format!("{:.0} % of {:.1} MB", update.bytes as f64 * 100.0 / total as f64, total as f64 / 1e6),
    }
}

fn phase(update: &Update) -> String {
    let source = update.source.as_deref().unwrap_or("its source");
    match &update.phase {
        Phase::Waiting => "another process is pulling it; waiting".to_owned(),
        Phase::Connecting => format!("asking {source}"),
        Phase::Downloading => format!("downloading from {source}"),
        Phase::Retrying { reason } => format!("trying again ({reason})"),
        Phase::Unpacking => "unpacking".to_owned(),
        Phase::Verifying => "verifying".to_owned(),
        Phase::PassedOver { reason } => format!("{source} passed over: {reason}"),
        Phase::Installed => "there".to_owned(),
    }
}
