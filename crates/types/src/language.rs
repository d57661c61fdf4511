//! The language of a conversation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language that Baton's own engines and phrases speak. English only: another language is refused in plain words
/// rather than transcribed into nonsense.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::English => f.write_str("en"),
        }
    }
}

/// A language was asked for that no engine here knows.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("language `{0}` is not supported: only English (`en`) is")]
pub struct UnsupportedLanguage(pub String);

impl FromStr for Language {
    type Err = UnsupportedLanguage;

    /// Reads a BCP 47 tag such as `en` or `en-US`; the region is passed over.
    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        if primary.eq_ignore_ascii_case("en") || primary.eq_ignore_ascii_case("english") {
            Ok(Self::English)
        } else {
            Err(UnsupportedLanguage(tag.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_english_are_english() {
        for tag in ["en", "en-US", "EN_gb", "English"] {
            assert_eq!(tag.parse(), Ok(Language::English));
        }
        assert_eq!(Language::English.to_string(), "en");
    }

    #[test]
    fn another_language_is_refused_by_name() {
        let refusal = "de-DE".parse::<Language>().unwrap_err();
        assert_eq!(refusal.to_string(), "language `de-DE` is not supported: only English (`en`) is");
    }
}
