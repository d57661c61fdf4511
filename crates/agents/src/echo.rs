//! The echo agent: says back what was said.
//!
//! It exists to try the ear and the mouth without anything between them. It knows nothing but the request and is driven by one call.

/// Longest echo in characters; a longer request is cut at a word and closed with a full stop.
pub const ECHO_LEN_MAX: usize = 600;

/// What was said, with the white space tidied and at most [`ECHO_LEN_MAX`] characters long.
///
/// An empty request gives an empty reply.
///
/// ```
/// assert_eq!(baton_agents::echo::reply("  hello   there "), "hello there");
/// ```
#[must_use]
pub fn reply(request: &str) -> String {
    let mut said = String::new();
    let mut len = 0;
    for word in request.split_whitespace() {
        let word_len = word.chars().count();
        if len + 1 + word_len >= ECHO_LEN_MAX {
            if said.is_empty() {
                said.extend(word.chars().take(ECHO_LEN_MAX - 1));
            }
            said.push('.');
            break;
        }
        if !said.is_empty() {
            said.push(' ');
            len += 1;
        }
        said.push_str(word);
        len += word_len;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_comes_back() {
        assert_eq!(reply("Go forward ten meters."), "Go forward ten meters.");
        assert_eq!(reply(" \n "), "");
    }

    #[test]
    fn a_long_request_is_cut_at_a_word() {
        let echoed = reply(&"word ".repeat(500));
        assert!(echoed.ends_with("word."));
        assert!(echoed.chars().count() <= ECHO_LEN_MAX);
        assert!(reply(&"a".repeat(5_000)).chars().count() <= ECHO_LEN_MAX);
    }
}
