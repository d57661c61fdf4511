//! What a person sees of a session: JSON lines, or who has the floor, the words as they come, what was heard.

use std::io::{IsTerminal, Write};

use baton_runtime::report::{Report, What};
use baton_session::FloorKind;

use crate::output;

/// Shows reports as they come.
pub(crate) struct View {
    is_json: bool,
    /// A line that is rewritten needs a terminal.
    is_live: bool,
    floor: FloorKind,
    partial: String,
    clause: String,
    level: f32,
    width: usize,
}

impl View {
    pub(crate) fn new(is_json: bool) -> Self {
        let is_live = !is_json && std::io::stdout().is_terminal();
        Self {
            is_json,
            is_live,
            floor: FloorKind::Open,
            partial: String::new(),
            clause: String::new(),
            level: -90.0,
            width: 100,
        }
    }

    pub(crate) fn show(&mut self, report: &Report) {
        if self.is_json {
            if !matches!(report.what, What::Level { .. } | What::AgentProgress { .. }) {
                output::json(report);
            }
            return;
        }
        if let Some(line) = line(report) {
            self.clear();
            output::line(&line);
        }
        match &report.what {
            What::Floor { floor } => self.floor = *floor,
            What::UserPartial { text, .. } => self.partial.clone_from(text),
            What::UserFinal { .. } | What::TurnDropped { .. } => self.partial.clear(),
            What::AgentClause { text, .. } => text.trim().clone_into(&mut self.clause),
            What::AgentFinal { .. } => self.clause.clear(),
            What::Level { rms_dbfs, .. } => self.level = *rms_dbfs,
            _ => {}
        }
        self.draw();
    }

    pub(crate) fn end(&mut self) {
        self.clear();
    }

    fn draw(&self) {
        if !self.is_live {
            return;
        }
        let (who, words) = match self.floor {
            FloorKind::Open => ("listening", ""),
            FloorKind::User => ("you      ", self.partial.as_str()),
            FloorKind::Overlap => ("both     ", self.partial.as_str()),
            FloorKind::Agent => ("baton    ", self.clause.as_str()),
            FloorKind::Closed => ("closed   ", ""),
        };
        // -60 dBFS and below is an empty meter, 0 a full one.
        let bars = ((self.level + 60.0) / 7.5).clamp(0.0, 8.0) as usize;
        let meter: String = "▮".repeat(bars) + &"▯".repeat(8 - bars);
        let room = self.width.saturating_sub(24);
        let shown: String = {
            let count = words.chars().count();
            words.chars().skip(count.saturating_sub(room)).collect()
        };
        let mut out = std::io::stdout().lock();
        let _ = write!(out, "\r\x1b[2K{meter} {who} {shown}").and_then(|()| out.flush());
    }

    fn clear(&self) {
        if self.is_live {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[2K").and_then(|()| out.flush());
        }
    }
}

/// One line for people; `None` for what only machines care about.
pub(crate) fn line(report: &Report) -> Option<String> {
    let at = format!("{:7.2}", report.at_ms as f64 / 1_000.0);
    Some(match &report.what {
        What::UserFinal { text, .. } => format!("{at}  you:   {text}"),
        What::AgentFinal { text, heard, cut, .. } if *cut => {
            let heard = if heard.trim().is_empty() { "nothing" } else { heard.trim() };
            format!("{at}  baton: {} [cut; heard: {heard}]", text.trim())
        }
        What::AgentFinal { text, .. } => format!("{at}  baton: {}", text.trim()),
        What::BargeIn { .. } => format!("{at}  (you interrupt)"),
        What::FalseBargeIn { held_ms, .. } => {
            format!("{at}  (that was no interruption: it goes on after {:.1} s)", *held_ms as f64 / 1_000.0)
        }
        What::TurnReopened { .. } => format!("{at}  (you go on)"),
        What::UserIdle => format!("{at}  (nobody is there)"),
        What::Error { fault } => format!("{at}  ! {fault}"),
        _ => return None,
    })
}
