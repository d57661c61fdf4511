//! The line by which a person finds a conversation again.

/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 80;

/// How many characters of a text [`title`] needs to see at most: white space is folded, so more than the title shows.
pub(crate) const TITLE_SOURCE_CHARS: i64 = 400;

/// `text` on one line, shortened to 80 characters; the last is `…` where something is missing.
pub(crate) fn title(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() > TITLE_CHARS_MAX {
        line = line.chars().take(TITLE_CHARS_MAX - 1).collect();
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_its_own_title() {
        assert_eq!(title("  what time\n is it? "), "what time is it?");
        assert_eq!(title(&"é".repeat(80)), "é".repeat(80));
    }

    #[test]
    fn a_long_text_is_cut_at_80_characters() {
        let long = title(&"ü".repeat(81));
        assert_eq!(long.chars().count(), 80);
        assert!(long.ends_with("ü…"));
    }
}
