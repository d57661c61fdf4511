//! Invariant 21: the same inputs give the same outputs.
//!
//! A journal is written as JSON lines, read back and told to fresh sessions: once as it is, once with times that went
//! back held where they were. Outputs are compared call by call, so every prefix of the run is compared with the run.

use baton_session::{Config, Session};
use baton_types::Timestamp;

use crate::journal::{Entry, Journal};
use crate::step::{Input, Violation};

/// Replays a journal in both ways.
///
/// # Errors
/// The first call whose outcome differs.
pub fn compare(journal: &Journal) -> Result<(), Violation> {
    let broken = |what: String| Violation { invariant: 21, at: Timestamp::ZERO, what };
    let unreadable = |error: serde_json::Error| broken(format!("the journal cannot be read back: {error}"));
    let config = serde_json::to_string(&journal.config).map_err(unreadable)?;
    let config: Config = serde_json::from_str(&config).map_err(unreadable)?;
    let mut entries = Vec::with_capacity(journal.entries.len());
    for entry in &journal.entries {
        let line = serde_json::to_string(entry).map_err(unreadable)?;
        let read: Entry = serde_json::from_str(&line).map_err(unreadable)?;
        if read != *entry {
            return Err(broken(format!("the journal reads back differently: {line}")));
        }
        entries.push(read);
    }
    tell(&config, &entries, "a replay")?;
    let mut latest = Timestamp::ZERO;
    for entry in &mut entries {
        latest = latest.max(entry.at);
        entry.at = latest;
    }
    tell(&config, &entries, "a replay with times that never go back")
}

fn tell(config: &Config, entries: &[Entry], what: &str) -> Result<(), Violation> {
    let mut session = Session::new(config.clone());
    for entry in entries {
        match &entry.input {
            Input::Start => session.start(entry.at),
            Input::Event { what } => session.handle(entry.at, what.clone()),
            Input::Timeout { .. } => session.handle_timeout(entry.at),
        }
        let commands: Vec<_> = std::iter::from_fn(|| session.poll_command()).collect();
        let notices: Vec<_> = std::iter::from_fn(|| session.poll_notice()).collect();
        let (floor, next) = (session.floor(), session.poll_timeout());
        let told = Entry { at: entry.at, input: entry.input.clone(), commands, notices, floor, next };
        if told != *entry {
            let what = format!("{what} differs: {told:?} instead of {entry:?}");
            return Err(Violation { invariant: 21, at: entry.at, what });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, live};

    fn lived() -> Journal {
        live(3, Options { keeps_journal: true, ..Options::default() }).journal.unwrap()
    }

    #[test]
    fn a_true_journal_replays() {
        assert_eq!(compare(&lived()), Ok(()));
    }

    #[test]
    fn another_outcome_is_seen() {
        let mut journal = lived();
        let entry = journal.entries.iter_mut().find(|entry| !entry.commands.is_empty()).unwrap();
        entry.commands.clear();
        assert!(compare(&journal).unwrap_err().what.contains("a replay differs"));
    }

    #[test]
    fn a_time_that_went_back_and_mattered_is_seen() {
        let mut journal = lived();
        let last = journal.entries.len() - 1;
        // The outcome stands for a later time: once held there, the call cannot agree.
        journal.entries[last].at = Timestamp::ZERO;
        let next = journal.entries[last].next;
        journal.entries[last].next = next.map(|(at, timer)| (at + std::time::Duration::from_secs(1), timer));
        assert!(compare(&journal).is_err() || next.is_none());
    }
}
