//! `cargo xtask docs`: the documentation is true. The commands that it shows are run, the pages that are made from
//! the program are made again and compared.

mod commands;
pub(crate) mod pages;
mod reference;

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail};

use self::commands::{Block, Kind, blocks};
use crate::process;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// The longest time for one block of commands; the example conversation runs at the speed of speech.
const BLOCK_TIME_MAX: Duration = Duration::from_secs(240);

/// Lines of a failed block's output that are shown.
const SHOWN_LINES: usize = 40;

/// Arguments of `cargo xtask docs`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Write the generated pages instead of comparing them; runs no commands
    #[arg(long)]
    update: bool,
    /// Only the generated pages
    #[arg(long)]
    pages: bool,
    /// Only list the commands
    #[arg(long)]
    list: bool,
}

/// Checks or updates the documentation.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<Outcome> {
    let pages = shown_pages(workspace)?;
    if args.list {
        for page in &pages {
            page.blocks.iter().for_each(|block| print!("{}", block.listing(&page.name)));
        }
        return Ok(Outcome::Done(String::new()));
    }
    workspace.build("baton")?;
    if args.update {
        return pages::update(workspace);
    }
    let compared = pages::compare(workspace)?;
    if args.pages {
        return Ok(Outcome::Done(format!("{compared} generated pages")));
    }
    let mut ran = 0;
    for page in &pages {
        ran += run_page(workspace, page).with_context(|| format!("failed to run the commands of {}", page.name))?;
    }
    Ok(Outcome::Done(format!("{ran} commands of {} pages, {compared} generated pages", pages.len())))
}

/// A page with the blocks of commands that it shows.
struct Page {
    name: String,
    blocks: Vec<Block>,
}

/// `README.md` and the pages of `docs/`, decisions left out: they speak about their day.
fn shown_pages(workspace: &Workspace) -> Result<Vec<Page>> {
    let mut paths = vec![workspace.root.join("README.md")];
    if let Ok(entries) = fs::read_dir(workspace.root.join("docs")) {
        let found = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths.extend(found.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    paths[1..].sort();
    let mut pages = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
        pages.push(Page { name: workspace.relative(path).display().to_string(), blocks: blocks(&text) });
    }
    Ok(pages)
}

/// Runs the blocks of a page, one after the other, in a folder that they share; returns the number of commands.
fn run_page(workspace: &Workspace, page: &Page) -> Result<usize> {
    let slug: String = page.name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let folder = workspace.target.join("docs-run").join(slug);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).context("failed to clear the folder of the last run")?;
    }
    let mut ran = 0;
    for block in &page.blocks {
        print!("{}", block.listing(&page.name));
        let Some(script) = block.script() else { continue };
        run_block(workspace, &folder, &script).with_context(|| {
            format!("the commands at line {} do not run as shown (```sh no-run says that they should not)", block.line)
        })?;
        ran += block.commands.iter().filter(|command| command.kind != Kind::Shown).count();
    }
    Ok(ran)
}

/// Runs one script with a home of its own; its output is shown when it fails.
fn run_block(workspace: &Workspace, folder: &Path, script: &str) -> Result<()> {
    let home = folder.join("home");
    let work = folder.join("work");
    for folder in [&home, &work] {
        fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    }
    let log = folder.join("output.log");
    let file = fs::File::create(&log).context("failed to make the file for the output")?;
    let mut command = Command::new("sh");
    command.args(["-e", "-u", "-x", "-c", script]).current_dir(&work);
    command.stdin(Stdio::null());
    command.stdout(file.try_clone().context("failed to share the file for the output")?).stderr(file);
    set_environment(&mut command, workspace, &home)?;
    // A group of its own, so that a script that takes too long ends with all that it started.
    command.process_group(0);
    let mut child = command.spawn().context("failed to start sh")?;
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().context("failed to wait for sh")? {
            break Some(status);
        }
        if begin.elapsed() > BLOCK_TIME_MAX {
            end_group(child.id())?;
            child.wait().context("failed to wait for sh")?;
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    if status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    let text = fs::read(&log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES)).for_each(|line| println!("    | {line}"));
    match status {
        Some(status) => bail!("it ended with {status}"),
        None => bail!("it did not end within {} s", BLOCK_TIME_MAX.as_secs()),
    }
}

/// Ends a process group by the id of its first process.
fn end_group(id: u32) -> Result<()> {
    process::output(Command::new("kill").args(["-KILL", "--", &format!("-{id}")])).map(drop)
}

/// A home of its own, the models that are there, the built program on the PATH, no key and no setting of this machine.
fn set_environment(command: &mut Command, workspace: &Workspace, home: &Path) -> Result<()> {
    let is_private = |name: &str| name.starts_with("BATON_") || name.ends_with("_API_KEY");
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_private) {
            command.env_remove(name);
        }
    }
    command.env("HOME", home);
    for (name, folder) in [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ] {
        command.env(name, home.join(folder));
    }
    for name in ["BATON_MODELS", "BATON_MODELS_DIR"] {
        command.env(name, workspace.models());
    }
    command.env("PATH", path_with(workspace.programs())?);
    Ok(())
}

fn path_with(first: PathBuf) -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(first).chain(env::split_paths(&rest))).context("failed to extend the PATH")
}
