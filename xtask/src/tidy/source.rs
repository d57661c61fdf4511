//! Rust text seen coarsely: code without comments and strings, functions with their length, test modules.
//!
//! This is a scanner, not a parser: it knows enough of the grammar to find the ends of strings, comments and braces.

/// The text with comments and the contents of strings and characters turned to spaces; line ends stay.
pub(super) fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = opaque_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// The end of the comment, string or character literal that begins at `at`, or `at` where none begins.
fn opaque_end(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    let is_word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match rest {
        ['/', '/', ..] => at + rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => at + block_comment_len(rest),
        ['"', ..] => at + string_len(rest),
        ['r' | 'b' | 'c', ..] if !is_word_before => at + prefixed_string_len(rest),
        ['\'', ..] => at + char_len(rest),
        _ => at,
    }
}

fn block_comment_len(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => {
                depth += 1;
                at += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a string that begins with a quotation mark.
fn string_len(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of `r"..."`, `br#"..."#`, `b"..."` or `b'.'`; 0 where the letter begins a name.
fn prefixed_string_len(rest: &[char]) -> usize {
    let letters = rest.iter().take(2).take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    let is_raw = rest[..letters].contains(&'r');
    let hashes = rest[letters..].iter().take_while(|&&c| c == '#').count();
    match rest.get(letters + hashes) {
        Some('"') if is_raw => {
            let open = letters + hashes + 1;
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let found = rest[open..].windows(close.len()).position(|window| window == close.as_slice());
            found.map_or(rest.len(), |position| open + position + close.len())
        }
        Some('"') if hashes == 0 => letters + string_len(&rest[letters..]),
        Some('\'') if hashes == 0 && rest[0] == 'b' && letters == 1 => letters + char_len(&rest[letters..]),
        _ => 0,
    }
}

/// The length of a character literal; 0 for a lifetime.
fn char_len(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', _, tail @ ..] => 3 + tail.iter().position(|&c| c == '\'').map_or(tail.len(), |end| end + 1),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// The line of `fn`, counted from 1.
    pub(super) line: usize,
    /// From the line of `fn` to that of the closing brace, both counted.
    pub(super) len: usize,
}

/// The functions in code that [`code_only`] has cleared.
pub(super) fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        let is_word = code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let name: String = code[start + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if is_word || name.is_empty() {
            continue;
        }
        if let Some((_, close)) = body(code, start) {
            let line = line_of(code, start);
            found.push(Function { name, line, len: line_of(code, close) - line + 1 });
        }
    }
    found
}

/// The test modules (`#[cfg(test)] mod name { ... }`) as ranges of lines, counted from 1, both ends included.
pub(super) fn test_modules(code: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    let mut found = Vec::new();
    for (start, marker) in code.match_indices("#[cfg(test)]") {
        let rest = code[start + marker.len()..].trim_start();
        let is_module = rest.starts_with("mod ") || rest.starts_with("pub(crate) mod ");
        if let Some((_, close)) = body(code, start + marker.len()).filter(|_| is_module) {
            found.push(line_of(code, start)..=line_of(code, close));
        }
    }
    found
}

/// The braces of the item that begins at `start`; `None` where it ends with a semicolon or the braces do not match.
fn body(code: &str, start: usize) -> Option<(usize, usize)> {
    let (mut nested, mut braces, mut open) = (0_i32, 0_i32, None);
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' => nested += 1,
            ')' | ']' => nested -= 1,
            ';' if nested == 0 && open.is_none() => return None,
            '{' => {
                braces += 1;
                open.get_or_insert(start + at);
            }
            '}' => {
                braces -= 1;
                if braces <= 0 {
                    return open.map(|open| (open, start + at));
                }
            }
            _ => {}
        }
    }
    None
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_cleared_and_lines_stay() {
        let text =
            "let a = \"todo!()\"; // dbg!(x)\nlet b = '{'; /* { /* nested */ */ let c = r#\"}\"\"#;\nfoo::<'a>()";
        let code = code_only(text);
        assert_eq!(code.lines().count(), 3);
        assert!(!code.contains("todo") && !code.contains("dbg") && !code.contains('{') && !code.contains('}'));
        assert!(code.contains("let c =") && code.contains("foo::<'a>()"), "{code}");
    }

    #[test]
    fn escapes_do_not_end_a_literal() {
        let code = code_only(r#"a('\'', "\"{", b'\\', b"}", '\u{1F600}') + b"#);
        assert!(code.ends_with(") + b"), "{code}");
        assert!(!code.contains(['{', '}']), "{code}");
    }

    #[test]
    fn a_name_that_begins_with_r_or_b_is_no_string() {
        assert_eq!(code_only("let rb = branch(bar, r);"), "let rb = branch(bar, r);");
    }

    #[test]
    fn functions_are_measured_from_fn_to_the_closing_brace() {
        let code =
            "impl A {\n    pub fn one(&self, x: [u8; 2]) -> u8 {\n        if x {\n        }\n    }\n    fn two();\n}\n";
        assert_eq!(functions(code), [Function { name: "one".into(), line: 2, len: 4 }]);
    }

    #[test]
    fn a_function_pointer_is_no_function() {
        assert_eq!(functions("type F = fn (u8) -> u8;\nstruct A { often fn_x: fn(u8) }"), []);
    }

    #[test]
    fn a_test_module_is_found_with_its_lines() {
        let code = "fn a() {\n}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(test_modules(code), [3..=6]);
        assert_eq!(test_modules("#[cfg(test)]\nmod tests;\n"), []);
    }
}
