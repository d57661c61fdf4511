//! Whether a turn looks complete, from the plain signs in its text.
//!
//! The answer moves a deadline within the configured bounds and ends nothing by itself, so a wrong guess costs a
//! second at most. Signs that more will come: a trailing conjunction, article, preposition or filler, a number that
//! breaks off, an open comma. Models that hear the end of a turn take this place behind the same event.

/// Words after which people go on. A turn that ends in one of them looks unfinished.
const GOES_ON: [&str; 58] = [
    "a", "about", "actually", "also", "an", "and", "any", "as", "at", "because", "but", "by", "can", "could", "eh",
    "er", "every", "first", "for", "from", "his", "if", "in", "into", "is", "its", "like", "maybe", "my", "of", "on",
    "or", "our", "please", "so", "some", "than", "that's", "the", "their", "then", "to", "uh", "uhm", "um", "until",
    "very", "was", "well", "when", "where", "which", "while", "who", "whose", "with", "would", "your",
];

/// Turns of one word that stand for themselves although they are in the list.
const COMPLETE_ALONE: [&str; 6] = ["actually", "please", "so", "then", "well", "who"];

/// Whether `text` looks like a complete turn.
#[must_use]
pub fn looks_complete(text: &str) -> bool {
    let trimmed = text.trim_end();
    if trimmed.is_empty() || trimmed.ends_with([',', '-', '–', '—', ':', '…']) || trimmed.ends_with("...") {
        return false;
    }
    let words: Vec<String> = trimmed
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let Some(last) = words.last() else { return false };
    let is_question = trimmed.ends_with('?');
    if is_question {
        // "What are you waiting for?" ends in a preposition and is complete.
        return !matches!(last.as_str(), "um" | "uh" | "uhm" | "er" | "and" | "the" | "a" | "an");
    }
    if words.len() == 1 && COMPLETE_ALONE.contains(&last.as_str()) {
        return true;
    }
    !GOES_ON.contains(&last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_sentences_look_complete() {
        for text in ["What's on today?", "I need it on Friday.", "yes", "What are you waiting for?", "seven", "Stop."] {
            assert!(looks_complete(text), "{text}");
        }
    }

    #[test]
    fn trailing_signs_look_unfinished() {
        for text in ["I'd like to book", "I'd like to book a", "and then um", "first, ", "well...", "", "it is the"] {
            let expected = text == "I'd like to book";
            assert_eq!(looks_complete(text), expected, "{text}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_free_of_doubles() {
        assert!(GOES_ON.is_sorted());
        assert!(GOES_ON.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
