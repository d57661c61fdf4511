//! Rules for the words of every text file: vendors, machine paths, the history of the work, trailing blanks.

use super::rust::is_test_file;
use super::source::{code_only, test_modules};
use super::{File, Finding, is_allowed};

/// Names of vendors that are found wherever they stand, also within a longer name.
const VENDORS: &[&str] = &[
    "anthropic",
    "assemblyai",
    "bedrock",
    "cartesia",
    "cohere",
    "deepgram",
    "deepseek",
    "elevenlabs",
    "groq",
    "hume.ai",
    "livekit",
    "ollama",
    "openai",
    "openrouter",
    "speechmatics",
    "telnyx",
    "twilio",
    "vonage",
];

/// Names of vendors that are found as words only, because they are parts of other words or words themselves.
const VENDOR_WORDS: &[&str] = &["azure", "discord", "gemini", "mistral", "telegram"];

/// Where names of vendors belong: adapters, their registry and configuration; and the tables of words that people say
/// and hear, which are the concierge's vocabulary and the lexicon of pronunciations.
const VENDOR_PLACES: &[&str] = &[
    "crates/adapters/",
    "crates/server/src/registry",
    "crates/server/src/config",
    "crates/agents/src/concierge/",
    "crates/speakable/src/phonemes/",
    "docs/",
    "examples/",
    "xtask/",
];

/// Absolute paths of a machine where the project is built, at the beginning of a path.
const MACHINE_PATHS: &[&str] = &["/root/"];

/// Absolute paths of a person's home; tests may read them aloud.
const HOME_PATHS: &[&str] = &["/home/", "/Users/", "C:\\Users"];

/// Words about how the work went; the repository tells what is. Followed by a digit where they end with a space.
const HISTORY: &[&str] = &[
    "issue #",
    "issue ",
    "pull request #",
    "work session",
    "working session",
    "coding session",
    "helper session",
    "as an ai",
    "shared/decisions.md",
    "shared/architecture.md",
    "shared/style.md",
    "shared/speech.md",
    "shared/crates.md",
];

/// Files that are written by tools.
const GENERATED: &[&str] = &["Cargo.lock", ".snap"];

/// The rules themselves name what they forbid.
const OWN_FOLDER: &str = "xtask/src/tidy/";

/// Checks one file.
pub(super) fn check(file: &File) -> Vec<Finding> {
    if GENERATED.iter().any(|end| file.path.ends_with(end)) {
        return Vec::new();
    }
    let is_vendor_free = is_vendor_free(&file.path);
    let tests = if file.path.ends_with(".rs") { test_modules(&code_only(&file.text)) } else { Vec::new() };
    let mut findings = Vec::new();
    for (index, line) in file.text.split('\n').enumerate() {
        let number = index + 1;
        let mut add = |rule: &'static str, words: String| {
            if !is_allowed(line, rule) {
                findings.push(Finding::new(rule, number, words));
            }
        };
        if line.ends_with([' ', '\t', '\r']) {
            add("blanks", "blanks at the end of the line".into());
        }
        if file.path.starts_with(OWN_FOLDER) {
            continue;
        }
        let is_in_tests = is_test_file(&file.path) || tests.iter().any(|range| range.contains(&number));
        let home = path_in(line, HOME_PATHS).filter(|_| !is_in_tests);
        if let Some(path) = path_in(line, MACHINE_PATHS).or(home) {
            add("path", format!("{path} is a path of one machine"));
        }
        if let Some(words) = history(line) {
            add("history", format!("`{words}` tells how the work went, not what is"));
        }
        if let Some(vendor) = vendor(line).filter(|_| is_vendor_free && !is_in_tests) {
            add("vendor", format!("{vendor} belongs to the adapters and their registry"));
        }
    }
    findings
}

/// Whether the file may not name a vendor: code and manifests outside the places for them.
fn is_vendor_free(path: &str) -> bool {
    let is_code = path.ends_with(".rs") || path.ends_with("/Cargo.toml");
    is_code && !is_test_file(path) && !VENDOR_PLACES.iter().any(|place| path.starts_with(place))
}

fn vendor(line: &str) -> Option<&'static str> {
    let line = line.to_lowercase();
    let as_word = |name: &&&str| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == **name);
    let within = VENDORS.iter().find(|name| line.contains(**name));
    within.or_else(|| VENDOR_WORDS.iter().find(as_word)).copied()
}

fn path_in(line: &str, paths: &[&'static str]) -> Option<&'static str> {
    paths.iter().copied().find(|path| {
        line.match_indices(path).any(|(at, _)| {
            let begins = !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~/$}{>".contains(c));
            let goes_on = line[at + path.len()..].starts_with(|c: char| c.is_alphanumeric());
            begins && (goes_on || !path.ends_with('/'))
        })
    })
}

fn history(line: &str) -> Option<&'static str> {
    let line = line.to_lowercase();
    HISTORY.iter().copied().find(|words| {
        line.match_indices(words).any(|(at, _)| {
            let begins = !line[..at].ends_with(|c: char| c.is_alphanumeric());
            let needs_digit = words.ends_with([' ', '#']);
            begins && (!needs_digit || line[at + words.len()..].starts_with(|c: char| c.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let file = File { path: path.into(), text: text.into() };
        check(&file).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn vendors_are_found_outside_the_adapters_only() {
        let line = "struct OpenAiClient;";
        assert_eq!(rules("crates/runtime/src/a.rs", line), ["vendor"]);
        assert_eq!(rules("crates/adapters/llm/src/a.rs", line), [""; 0]);
        assert_eq!(rules("crates/server/src/registry.rs", line), [""; 0]);
        assert_eq!(rules("crates/runtime/tests/a.rs", line), [""; 0]);
        assert_eq!(rules("README.md", line), [""; 0]);
    }

    #[test]
    fn a_vendor_in_a_test_module_is_no_finding() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    const A: &str = \"ollama\";\n}\n";
        assert_eq!(rules("crates/runtime/src/a.rs", text), [""; 0]);
    }

    #[test]
    fn words_that_only_contain_a_vendor_are_fine() {
        assert_eq!(vendor("the sky is azure"), Some("azure"));
        assert_eq!(vendor("a discordant sound"), None);
    }

    #[test]
    fn machine_paths_are_found_at_the_beginning_of_a_path() {
        assert_eq!(rules("a.md", "see /home/ann/models"), ["path"]);
        assert_eq!(rules("crates/x/tests/a.txt", "/home/ann"), [""; 0]);
        assert_eq!(rules("crates/x/tests/a.txt", "/root/x"), ["path"]);
        assert_eq!(rules("a.md", "see docs/root/plan and ~/root/x and /homepage"), [""; 0]);
        assert_eq!(rules("a.rs", "// /root/x tidy: allow path: an example"), [""; 0]);
    }

    #[test]
    fn numbers_of_issues_are_found_and_issues_in_general_not() {
        assert_eq!(rules("a.md", "as asked in issue 7"), ["history"]);
        assert_eq!(rules("a.md", "open an issue with the journal"), [""; 0]);
        assert_eq!(rules("a.md", "the session ends"), [""; 0]);
    }

    #[test]
    fn blanks_at_the_end_are_found_but_not_in_snapshots() {
        assert_eq!(rules("a.toml", "a = 1 \nb = 2\n"), ["blanks"]);
        assert_eq!(rules("a.snap", "a \n"), [""; 0]);
    }
}
