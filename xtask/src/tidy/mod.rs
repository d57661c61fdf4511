//! `cargo xtask tidy`: the house rules that no compiler checks.
//!
//! Every rule is a function from text to findings, so that it can be tried on a few lines; this module lists the
//! files, hands them to the rules and prints what they find. A line may state an exception in a comment,
//! `tidy: allow RULE: reason`, where RULE is the word in front of the finding.

mod layers;
mod links;
mod rust;
mod source;
mod words;

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::output;
use crate::step::Outcome;
use crate::workspace::Workspace;

/// The largest file in the repository; weights and recordings live elsewhere.
const FILE_BYTES_MAX: u64 = 500 * 1024;

/// Extensions of weights, which the model store fetches and nobody commits.
const WEIGHTS: &[&str] = &["onnx", "safetensors", "gguf", "rten", "bin", "pt"];

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The rule, as it is named in an exception.
    pub(crate) rule: &'static str,
    /// The line, counted from 1; 0 for the file as a whole.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) words: String,
}

impl Finding {
    pub(crate) fn new(rule: &'static str, line: usize, words: impl Into<String>) -> Self {
        Self { rule, line, words: words.into() }
    }
}

/// One text file of the repository.
pub(crate) struct File {
    /// Relative to the checkout, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Checks every file that git knows or would add.
pub(crate) fn run(workspace: &Workspace) -> Result<Outcome> {
    let mut findings = Vec::new();
    let files = read_files(workspace, &mut findings)?;
    findings.extend(layers::check(&workspace.metadata).into_iter().map(|finding| ("Cargo.toml".to_owned(), finding)));
    for file in &files {
        let found = words::check(file).into_iter().chain(rust::check(file)).chain(links::check(file, &files));
        findings.extend(found.map(|finding| (file.path.clone(), finding)));
    }
    for (path, Finding { rule, line, words }) in &findings {
        println!("{path}:{line}: {rule}: {words}");
    }
    if !findings.is_empty() {
        bail!("{} findings in {} files", findings.len(), files.len());
    }
    Ok(Outcome::Done(format!("{} files", files.len())))
}

/// Reads the text files; what is too large or is no text is judged by its name and size.
fn read_files(workspace: &Workspace, findings: &mut Vec<(String, Finding)>) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let list = output(&mut git).context("failed to list the files of the repository")?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let full = workspace.root.join(path);
        // A file that was removed but not yet from the index.
        let Ok(metadata) = fs::symlink_metadata(&full) else { continue };
        if !metadata.is_file() {
            continue;
        }
        findings.extend(size(path, metadata.len()).map(|finding| (path.to_owned(), finding)));
        let bytes = fs::read(&full).with_context(|| format!("failed to read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

fn size(path: &str, bytes: u64) -> Option<Finding> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if bytes > FILE_BYTES_MAX {
        return Some(Finding::new("size", 0, format!("{} KiB; at most {}", bytes / 1024, FILE_BYTES_MAX / 1024)));
    }
    WEIGHTS.contains(&extension).then(|| Finding::new("weights", 0, "weights belong into the model store"))
}

/// Whether the line allows itself to break the rule, with a reason.
pub(crate) fn is_allowed(line: &str, rule: &str) -> bool {
    let marker = format!("tidy: allow {rule}:");
    line.split_once(&marker).is_some_and(|(_, reason)| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_needs_a_reason() {
        assert!(is_allowed("// tidy: allow path: shown to the user", "path"));
        assert!(!is_allowed("// tidy: allow path:  ", "path"));
        assert!(!is_allowed("// tidy: allow path: shown to the user", "vendor"));
    }

    #[test]
    fn a_large_file_and_weights_are_found() {
        assert_eq!(size("a.json", FILE_BYTES_MAX), None);
        assert_eq!(size("a.json", FILE_BYTES_MAX + 1).map(|finding| finding.rule), Some("size"));
        assert_eq!(size("a.onnx", 10).map(|finding| finding.rule), Some("weights"));
    }
}
