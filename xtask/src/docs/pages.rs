//! Pages that are made from the program: made again and compared, or written.
//!
//! To add one, add a line to [`PAGES`]. A page is generated as a whole, or between two comments of a page that is
//! written by hand: `<!-- generated: NAME -->` and `<!-- end of generated -->`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::reference;
use crate::process::output;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// A generated page, or a generated part of a page.
struct Page {
    path: &'static str,
    /// The name between the comments, or `None` for a whole page.
    part: Option<&'static str>,
    source: Source,
}

/// Where the text comes from.
enum Source {
    /// What the built `baton` prints with these arguments.
    Baton(&'static [&'static str]),
    /// What an example of a crate prints, as a block of this language.
    Example(&'static str, &'static str),
    /// The configuration reference, rendered from what `baton config schema` prints.
    Reference,
}

const SCHEMA: Page = Page { path: "docs/baton.schema.json", part: None, source: Source::Baton(&["config", "schema"]) };

const PAGES: &[Page] = &[
    SCHEMA,
    Page { path: "docs/configuration.md", part: Some("keys"), source: Source::Reference },
    Page { path: "docs/concepts.md", part: Some("state diagram"), source: Source::Example("diagram", "mermaid") },
];

const END: &str = "<!-- end of generated -->";

/// Fails when a page differs from what the program says; returns the number of pages.
pub(super) fn compare(workspace: &Workspace) -> Result<usize> {
    let mut stale = Vec::new();
    for page in PAGES {
        if render(workspace, page)? != current(workspace, page) {
            stale.push(page.path);
        }
    }
    if !stale.is_empty() {
        bail!("{} differ from the program; `cargo xtask docs --update` writes them", stale.join(", "));
    }
    Ok(PAGES.len())
}

/// Writes all pages.
pub(super) fn update(workspace: &Workspace) -> Result<Outcome> {
    PAGES.iter().try_for_each(|page| write(workspace, page))?;
    Ok(Outcome::Done(format!("{} pages", PAGES.len())))
}

/// Writes the JSON Schema of the configuration.
pub(crate) fn write_schema(workspace: &Workspace) -> Result<Outcome> {
    write(workspace, &SCHEMA)?;
    Ok(Outcome::Done(SCHEMA.path.into()))
}

fn write(workspace: &Workspace, page: &Page) -> Result<()> {
    let text = render(workspace, page)?;
    if text == current(workspace, page) {
        println!("{} is up to date", page.path);
        return Ok(());
    }
    fs::write(workspace.root.join(page.path), text).with_context(|| format!("failed to write {}", page.path))?;
    println!("{} is written", page.path);
    Ok(())
}

/// The page as it is; empty where there is none.
fn current(workspace: &Workspace, page: &Page) -> String {
    fs::read_to_string(workspace.root.join(page.path)).unwrap_or_default()
}

/// The page as it should be.
fn render(workspace: &Workspace, page: &Page) -> Result<String> {
    let made = made(workspace, &page.source).with_context(|| format!("failed to make {}", page.path))?;
    let made = format!("{}\n", made.trim_end());
    match page.part {
        None => Ok(made),
        Some(part) => replace(&current(workspace, page), part, &made)
            .with_context(|| format!("{} has no `<!-- generated: {part} -->` with an end", page.path)),
    }
}

fn made(workspace: &Workspace, source: &Source) -> Result<String> {
    let baton = |arguments: &[&str]| {
        let home = workspace.target.join("docs-run/pages");
        fs::create_dir_all(&home).with_context(|| format!("failed to make {}", home.display()))?;
        // A home without a configuration: the pages hold the defaults.
        let mut command = Command::new(workspace.programs().join("baton"));
        output(command.args(arguments).current_dir(&home).env("HOME", &home).env("XDG_CONFIG_HOME", &home))
    };
    match source {
        Source::Baton(arguments) => baton(arguments),
        Source::Reference => reference::markdown(&baton(&["config", "schema"])?),
        Source::Example(example, language) => {
            let text = output(&mut Command::new(workspace.build_example(example)?))?;
            Ok(format!("```{language}\n{}\n```", text.trim_end()))
        }
    }
}

/// The text with the generated part replaced; `None` where the comments are missing.
fn replace(text: &str, part: &str, made: &str) -> Option<String> {
    let begin = format!("<!-- generated: {part} -->");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{begin}\n\n{made}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_part_is_replaced() {
        let text = "a\n<!-- generated: x -->\nold\n<!-- end of generated -->\nb\n";
        let expected = "a\n<!-- generated: x -->\n\nnew\n\n<!-- end of generated -->\nb\n";
        assert_eq!(replace(text, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(replace(expected, "x", "new\n").as_deref(), Some(expected));
        assert_eq!(replace(text, "y", "new\n"), None);
    }
}
