//! Steps with a name: each is announced, timed and, if it fails, names the command that repeats it alone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::cpu_time;

/// How a step ended when it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did its work; the words say what was found, for the table.
    Done(String),
    /// It could not do its work here; the words say why.
    Skipped(String),
}

/// One line of the table.
struct Row {
    name: String,
    wall: Duration,
    cpu: Option<Duration>,
    words: String,
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Steps {
    rows: Vec<Row>,
}

impl Steps {
    /// Runs one step; `alone` is the command line that repeats it.
    pub(crate) fn run(&mut self, name: &str, alone: &str, work: impl FnOnce() -> Result<Outcome>) -> Result<()> {
        println!("\n== {name}");
        let (wall, cpu) = (Instant::now(), cpu_time());
        let result = work();
        let wall = wall.elapsed();
        let cpu = cpu_time().zip(cpu).map(|(after, before)| after.saturating_sub(before));
        let words = match &result {
            Ok(Outcome::Done(words)) => words.clone(),
            Ok(Outcome::Skipped(why)) => format!("SKIPPED: {why}"),
            Err(_) => "FAILED".to_owned(),
        };
        println!("== {name}: {} wall, {} CPU. {words}", seconds(Some(wall)), seconds(cpu));
        let row = Row { name: name.to_owned(), wall, cpu, words };
        self.rows.push(row);
        result.map(drop).with_context(|| format!("step `{name}` failed; alone: {alone}"))
    }

    /// The table of all steps, with a last line for the sum.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{:<12} {:>9} {:>9}\n", "step", "wall", "CPU");
        for row in &self.rows {
            let line =
                format!("{:<12} {:>9} {:>9}  {}", row.name, seconds(Some(row.wall)), seconds(row.cpu), row.words);
            table.push_str(line.trim_end());
            table.push('\n');
        }
        let wall: Duration = self.rows.iter().map(|row| row.wall).sum();
        let cpu: Option<Duration> = self.rows.iter().map(|row| row.cpu).sum();
        table.push_str(&format!("{:<12} {:>9} {:>9}\n", "sum", seconds(Some(wall)), seconds(cpu)));
        table
    }
}

/// Runs one step by itself.
pub(crate) fn alone(name: &str, work: impl FnOnce() -> Result<Outcome>) -> Result<()> {
    Steps::default().run(name, &format!("cargo xtask {name}"), work)
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failing_step_names_itself_and_how_to_run_it_alone() {
        let error = alone("tidy", || bail!("a link is dead")).expect_err("the step fails");
        assert_eq!(error.to_string(), "step `tidy` failed; alone: cargo xtask tidy");
        assert_eq!(error.root_cause().to_string(), "a link is dead");
    }

    #[test]
    fn the_table_keeps_the_order_and_says_what_was_skipped() {
        let mut steps = Steps::default();
        steps.run("one", "", || Ok(Outcome::Done("3 files".into()))).unwrap();
        steps.run("two", "", || Ok(Outcome::Skipped("no tool".into()))).unwrap();
        let table = steps.table();
        let names: Vec<&str> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, ["step", "one", "two", "sum"]);
        assert!(table.contains("SKIPPED: no tool"), "{table}");
    }
}
