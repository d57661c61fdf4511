//! What is written and what is said, case by case, and what holds for every text.

use baton_speakable::text::speakable;
use proptest::prelude::*;

/// Lines `written => spoken`; `\n` in a written text is a line end, lines with `##` are headings.
const CASES: &str = include_str!("text_cases.txt");

#[test]
fn cases_are_spoken_as_the_table_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with("## ")) {
        let (written, expected) = line.split_once(" => ").unwrap_or_else(|| panic!("no arrow in {line:?}"));
        let written = written.replace("\\n", "\n").replace("\\u{200B}", "\u{200B}").replace("\\u{A0}", "\u{A0}");
        let spoken = speakable(&written).text;
        count += 1;
        if spoken != expected {
            wrong.push(format!("  written  {written:?}\n  expected {expected:?}\n  spoken   {spoken:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(count >= 150, "the table holds only {count} cases");
}

#[test]
fn words_point_at_what_they_stand_for() {
    let text = "Pay **$5** to Zoë by 3 pm.";
    let spoken = speakable(text);
    let pairs: Vec<(&str, &str)> =
        spoken.words.iter().map(|word| (&spoken.text[word.spoken.clone()], &text[word.source.clone()])).collect();
    let expected = [
        ("Pay", "Pay"),
        ("five", "$5"),
        ("dollars", "$5"),
        ("to", "to"),
        ("Zoe", "Zoë"),
        ("by", "by"),
        ("three", "3 pm"),
        ("P", "3 pm"),
        ("M", "3 pm"),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn a_code_block_stands_for_all_its_lines() {
    let text = "Try:\n```rust\nlet a = 1;\nlet b = 2;\n```\nDone.";
    let spoken = speakable(text);
    assert_eq!(spoken.text, "Try: a code block of two lines. Done.");
    assert_eq!(&text[spoken.words[1].source.clone()], "```rust\nlet a = 1;\nlet b = 2;\n```");
}

#[test]
fn every_cut_of_a_text_is_speakable() {
    let text = "## Fix `a_b`\n- **Dr.** O'Neil paid $3.50 (≈ €3) on 2026-11-21T16:05:00Z, see [x](http://a.b/c).\n```sh\nls -la\n```\n";
    for (at, _) in text.char_indices() {
        check(&text[..at]);
        check(&text[at..]);
    }
}

/// What holds for every text.
fn check(text: &str) {
    let spoken = speakable(text);
    let allowed = |c: char| c.is_ascii_alphabetic() || "', .?!;:".contains(c);
    assert!(spoken.text.chars().all(allowed), "{text:?} is spoken as {:?}", spoken.text);
    if text.chars().any(char::is_alphanumeric) {
        assert!(!spoken.words.is_empty(), "{text:?} is silent");
    }
    assert_eq!(speakable(&spoken.text).text, spoken.text, "not stable: {text:?}");
    let mut start = 0;
    let mut said = String::new();
    for word in &spoken.words {
        assert!(word.source.start >= start, "{text:?}: ranges go back");
        assert!(word.source.start <= word.source.end && word.source.end <= text.len(), "{text:?}: {word:?}");
        assert!(
            text.is_char_boundary(word.source.start) && text.is_char_boundary(word.source.end),
            "{text:?}: {word:?}"
        );
        start = word.source.start;
        said.push_str(&spoken.text[word.spoken.clone()]);
    }
    let letters = spoken.text.replace([' ', ',', '.', '?', '!', ';', ':'], "");
    assert_eq!(said, letters, "{text:?}: the words are not the text");
}

/// Pieces that the rules are about, to be put together in ways nobody thought of.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "1",
        "42",
        "2026",
        "3.5",
        "1,234",
        "-",
        "–",
        "—",
        "/",
        ":",
        ".",
        ",",
        "$",
        "€",
        "%",
        "km",
        "GB",
        "ms",
        "°C",
        "p.m.",
        "am",
        "Nov",
        "May",
        "21st",
        "v2.5",
        "10.0.0.1",
        "Henry",
        "VIII",
        "V",
        "Dr.",
        "St.",
        "e.g.",
        "etc.",
        "a@b.co",
        "http://",
        "www.",
        "example.com",
        "src/lib.rs",
        "a_b",
        "camelCase",
        "HTTP",
        "NASA",
        "IT",
        "US",
        "`",
        "```",
        "**",
        "_",
        "# ",
        "- ",
        "> ",
        "|",
        "[",
        "](",
        ")",
        "(",
        "<b>",
        "</p>",
        "<",
        ">",
        "&amp;",
        "👍",
        "🦀",
        "é",
        "ß",
        "語",
        "π",
        "½",
        "²",
        "×",
        "\n",
        " ",
        " ",
        " ",
        "'",
        "\"",
        "3f2a91c",
        "0xFF",
        "->",
        "==",
        "+",
        "~",
        "^",
        "*",
        "\u{200B}",
        "\u{A0}",
        "word",
        "the",
        "I",
        "A",
        "x",
        "1e6",
        "!",
        "?",
        "...",
        "No.",
        "port",
        "in",
        "million",
        "1/2",
        "s",
        "th",
        "--flag",
        "-l",
        "\\",
        "@",
        "#",
        "::",
        "{",
        "}",
        "Chapter",
        "ok",
        "U.S.",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_unicode_is_speakable(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_ascii_is_speakable(text in "[ -~\n]{0,60}") {
        check(&text);
    }

    #[test]
    fn any_mixture_of_known_pieces_is_speakable(pieces in prop::collection::vec(piece(), 0..14)) {
        check(&pieces.concat());
    }

    #[test]
    fn numbers_leave_no_digit(value in any::<u64>(), before in "[a-z$€ -]{0,3}", after in "[a-z%° .,:/-]{0,4}") {
        check(&format!("{before}{value}{after}"));
    }
}
