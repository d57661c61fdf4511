//! Rules for Rust files: lengths, module heads, unfinished work.

use super::source::{code_only, functions, test_modules};
use super::{File, Finding, is_allowed};

/// Lines of a file without its test module.
const FILE_LINES_MAX: usize = 600;
/// Lines of a file that holds tests only, or of a file with its test module.
const TEST_FILE_LINES_MAX: usize = 1000;
/// Lines of a function: one screen.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines of a function in tests: a scenario may be told in one piece.
const TEST_FUNCTION_LINES_MAX: usize = 150;
/// An exception for the whole file stands among its first lines.
const HEAD_LINES: usize = 40;

/// Macros of unfinished or forgotten work.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// Checks one file; other files than Rust have no findings.
pub(super) fn check(file: &File) -> Vec<Finding> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let code = code_only(&file.text);
    let mut findings = check_lengths(file, &code);
    findings.extend(check_functions(file, &code));
    findings.extend(check_unfinished(&code));
    let is_root = ["/lib.rs", "/main.rs"].iter().any(|end| file.path.ends_with(end));
    let head = file.text.lines().find(|line| !line.starts_with("#!["));
    if is_root && !head.is_some_and(|line| line.starts_with("//!")) {
        findings.push(Finding::new("module-doc", 1, "a crate begins with a module doc: what it is and does not know"));
    }
    findings
}

/// Whether the file holds tests only.
pub(super) fn is_test_file(path: &str) -> bool {
    let in_folder = |folder: &str| path.starts_with(&format!("{folder}/")) || path.contains(&format!("/{folder}/"));
    in_folder("tests") || in_folder("benches") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

fn check_lengths(file: &File, code: &str) -> Vec<Finding> {
    let lines = file.text.lines().count();
    let in_tests: usize = test_modules(code).into_iter().map(|range| range.count()).sum();
    let (own, own_max) =
        if is_test_file(&file.path) { (lines, TEST_FILE_LINES_MAX) } else { (lines - in_tests, FILE_LINES_MAX) };
    let is_excused = file.text.lines().take(HEAD_LINES).any(|line| is_allowed(line, "long file"));
    if is_excused || (own <= own_max && lines <= TEST_FILE_LINES_MAX) {
        return Vec::new();
    }
    let words = format!("{own} lines and {} of tests; at most {own_max}, {TEST_FILE_LINES_MAX} in all", lines - own);
    vec![Finding::new("long file", 0, words)]
}

fn check_functions(file: &File, code: &str) -> Vec<Finding> {
    let tests = test_modules(code);
    let lines: Vec<&str> = file.text.lines().collect();
    let is_long = |line: usize, len: usize| {
        let in_tests = is_test_file(&file.path) || tests.iter().any(|range| range.contains(&line));
        len > if in_tests { TEST_FUNCTION_LINES_MAX } else { FUNCTION_LINES_MAX }
    };
    let is_excused = |line: usize| {
        // The comments and attributes directly above.
        let above = lines[..line - 1].iter().rev().take_while(|line| {
            let line = line.trim_start();
            line.starts_with("//") || line.starts_with("#[")
        });
        above.into_iter().any(|line| is_allowed(line, "long function"))
    };
    functions(code)
        .into_iter()
        .filter(|function| is_long(function.line, function.len) && !is_excused(function.line))
        .map(|function| {
            let words = format!("`{}` has {} lines; at most {FUNCTION_LINES_MAX}", function.name, function.len);
            Finding::new("long function", function.line, words)
        })
        .collect()
}

fn check_unfinished(code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in code.lines().enumerate() {
        for name in UNFINISHED {
            let is_used = line
                .match_indices(name)
                .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            if is_used {
                findings.push(Finding::new("unfinished", index + 1, format!("{name} is left")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        let file = File { path: path.into(), text: text.into() };
        check(&file).into_iter().map(|finding| finding.rule).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn a() {{\n{}}}\n", "    b();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_longer_than_a_screen_is_found_unless_it_says_why() {
        let path = "crates/x/src/a.rs";
        assert_eq!(rules(path, &function(FUNCTION_LINES_MAX)), [""; 0]);
        assert_eq!(rules(path, &function(FUNCTION_LINES_MAX + 1)), ["long function"]);
        let excused = format!("// tidy: allow long function: one table\n{}", function(100));
        assert_eq!(rules(path, &excused), [""; 0]);
    }

    #[test]
    fn tests_may_be_longer() {
        assert_eq!(rules("crates/x/tests/a.rs", &function(100)), [""; 0]);
        let module = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(100));
        assert_eq!(rules("crates/x/src/a.rs", &module), [""; 0]);
    }

    #[test]
    fn a_long_file_is_found_unless_it_says_why_at_the_top() {
        let long = "// a\n".repeat(FILE_LINES_MAX + 1);
        assert_eq!(rules("crates/x/src/a.rs", &long), ["long file"]);
        assert_eq!(rules("crates/x/tests/a.rs", &long), [""; 0]);
        assert_eq!(rules("crates/x/src/a.rs", &format!("// tidy: allow long file: one table\n{long}")), [""; 0]);
    }

    #[test]
    fn unfinished_work_is_found_in_code_only() {
        assert_eq!(rules("a.rs", "fn a() { todo!() }"), ["unfinished"]);
        assert_eq!(rules("a.rs", "// todo!()\nlet a = \"dbg!\"; my_dbg!(a);"), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_module_doc_is_found() {
        assert_eq!(rules("crates/x/src/lib.rs", "pub mod a;\n"), ["module-doc"]);
        assert_eq!(rules("crates/x/src/lib.rs", "//! What it is.\npub mod a;\n"), [""; 0]);
    }
}
