//! The timeline of a session for people: one line for each thing that matters.

use baton_runtime::report::{Report, What};

/// What happened, in a line; `None` for what is only of use to machines.
pub(crate) fn line(report: &Report) -> Option<String> {
    let at = format!("{:7.3}", report.at_ms as f64 / 1_000.0);
    let (who, what) = match &report.what {
        What::SpeechStarted { .. } => ("caller", "· voice".to_owned()),
        What::SpeechFaded { .. } => ("caller", "· voice fades".to_owned()),
        What::UserFinal { text, confidence, .. } => ("caller", format!("\"{text}\" (confidence {confidence:.2})")),
        What::TurnReopened { .. } => ("caller", "goes on".to_owned()),
        What::TurnDropped { reason, .. } => ("baton", format!("drops that turn: {reason:?}")),
        What::AgentClause { text, .. } => ("baton", format!("speaks: \"{}\"", text.trim())),
        What::PlayoutPaused { .. } => ("baton", "PausePlayout".to_owned()),
        What::PlayoutResumed { .. } => ("baton", "ResumePlayout".to_owned()),
        What::FalseBargeIn { held_ms, .. } => ("baton", format!("FalseBargeIn: it was held for {held_ms} ms")),
        What::BargeIn { cause, .. } => ("baton", format!("BargeIn ({cause:?}): the reply is cut")),
        What::PlayoutStopped { played_ms, .. } => ("baton", format!("stops after {played_ms} ms of the reply")),
        What::AgentFinal { heard, cut, .. } => {
            ("baton", format!("{}: \"{}\"", if *cut { "was heard up to" } else { "was heard whole" }, heard.trim()))
        }
        What::TurnMetrics(figures) => {
            let part = |name: &str, value: Option<u64>| value.map(|ms| format!("{name} {ms} ms"));
            let parts = [
                part("endpoint after", figures.endpoint_wait_ms),
                part("text", figures.stt_final_ms),
                part("first clause", figures.llm_first_clause_ms),
                part("first audio", figures.tts_first_audio_ms),
                part("overhead", figures.overhead_ms),
            ];
            ("", format!("  [{}]", parts.into_iter().flatten().collect::<Vec<_>>().join(", ")))
        }
        What::Error { fault } => ("error", fault.to_string()),
        What::SessionEnded { reason, .. } => ("", format!("the session ends: {reason:?}")),
        _ => return None,
    };
    Some(format!("{at}  {who:<7} {what}"))
}
