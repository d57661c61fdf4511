//! The commands that a page shows: fenced blocks marked `sh`, and what of them is run.

/// A fenced block of shell commands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The line of the fence, counted from 1.
    pub(super) line: usize,
    pub(super) commands: Vec<Line>,
}

/// One command, with its continuation lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) kind: Kind,
}

/// What is done with a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Run as it stands.
    Run,
    /// Builds and runs the program: run with the program that is built already.
    RunBuilt(String),
    /// Not run: the block says so, or it fetches, builds or tests the project.
    Shown,
}

/// Beginnings of commands that are about the checkout and not about the program.
const ABOUT_THE_CHECKOUT: &[&str] = &[
    "git clone",
    "cd ",
    "cargo xtask",
    "cargo test",
    "cargo build",
    "cargo install",
    "cargo clippy",
    "cargo fmt",
    "rustup ",
    "CI_CLEAN=",
    "CI=",
    "bash .ci/run",
    ".ci/run",
];

/// The blocks of a page whose fence is marked `sh`; those marked `sh no-run` have commands that are only shown.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
        let mut words = info.split_whitespace();
        if words.next() == Some("sh") {
            let is_run = words.all(|word| word != "no-run");
            blocks.push(Block { line: index + 1, commands: commands(&body, is_run) });
        }
    }
    blocks
}

/// The commands of a block: the lines behind `$ ` where there are any (the others are output), else all lines.
fn commands(body: &[&str], is_run: bool) -> Vec<Line> {
    let has_prompts = body.iter().any(|line| line.trim_start().starts_with("$ "));
    let mut commands = Vec::new();
    let mut open: Option<String> = None;
    for line in body {
        let mut text = match open.take() {
            Some(before) => format!("{before}\n{line}"),
            None if has_prompts => match line.trim_start().strip_prefix("$ ") {
                Some(command) => command.to_owned(),
                None => continue,
            },
            None if line.trim().is_empty() || line.trim_start().starts_with('#') => continue,
            None => (*line).to_owned(),
        };
        if text.ends_with('\\') {
            open = Some(text);
            continue;
        }
        text.truncate(text.trim_end().len());
        let kind = if is_run { kind(&text) } else { Kind::Shown };
        commands.push(Line { text, kind });
    }
    commands
}

fn kind(text: &str) -> Kind {
    let command = text.trim_start();
    if ABOUT_THE_CHECKOUT.iter().any(|begin| command.starts_with(begin)) {
        return Kind::Shown;
    }
    match command.strip_prefix("cargo run").and_then(|rest| rest.split_once(" -- ")) {
        Some((_, arguments)) => Kind::RunBuilt(format!("baton {arguments}")),
        None => Kind::Run,
    }
}

impl Block {
    /// The script of the commands that are run, or `None` where none is.
    pub(super) fn script(&self) -> Option<String> {
        let run: Vec<&str> = self
            .commands
            .iter()
            .filter_map(|command| match &command.kind {
                Kind::Run => Some(command.text.as_str()),
                Kind::RunBuilt(text) => Some(text.as_str()),
                Kind::Shown => None,
            })
            .collect();
        (!run.is_empty()).then(|| run.join("\n"))
    }

    /// One line a command, with what is done with it.
    pub(super) fn listing(&self, page: &str) -> String {
        let mut listing = String::new();
        for command in &self.commands {
            let verb = if command.kind == Kind::Shown { "shown" } else { "run" };
            let text = command.text.replace('\n', " ");
            listing.push_str(&format!("  {page}:{} {verb:<5} {text}\n", self.line));
        }
        listing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(text: &str) -> Vec<Option<String>> {
        blocks(text).iter().map(Block::script).collect()
    }

    #[test]
    fn only_blocks_marked_sh_are_taken_and_no_run_is_only_shown() {
        let text = "```toml\na = 1\n```\n```sh\nbaton say hello\n\n# a comment\nbaton doctor\n```\n```sh no-run\nbaton talk\n```\n";
        assert_eq!(scripts(text), [Some("baton say hello\nbaton doctor".to_owned()), None]);
        assert_eq!(blocks(text).iter().map(|block| block.line).collect::<Vec<_>>(), [4, 10]);
    }

    #[test]
    fn output_below_a_prompt_is_not_run() {
        let text = "```sh\n$ baton say \\\n    hello\nspoken in 2 s\n$ baton doctor\n```\n";
        assert_eq!(scripts(text), [Some("baton say \\\n    hello\nbaton doctor".to_owned())]);
    }

    #[test]
    fn a_command_that_builds_the_program_runs_the_built_one() {
        let text = "```sh\ngit clone x\ncargo run --profile ci -- demo\ncargo xtask test\n```\n";
        assert_eq!(scripts(text), [Some("baton demo".to_owned())]);
        let listing = blocks(text)[0].listing("README.md");
        assert_eq!(listing.lines().filter(|line| line.contains(" shown ")).count(), 2, "{listing}");
    }
}
