//! The vocabulary: what the ids mean, which of them a prompt is made of, which must not be written.
//!
//! Ids differ between the English and the multilingual models; all of them come from the model's own files
//! (`tokenizer.json` for the names, `config.json` for the suppressed ones) and its number of rows. Text is
//! only ever read from tokens here, never turned into them.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::LoadError;

/// Seconds from one time stamp to the next.
const STAMP_SECONDS: f32 = 0.02;

/// A model's vocabulary.
pub(super) struct Vocabulary {
    /// Ends the text; all smaller ids are text.
    pub(super) end: u32,
    /// What a decode begins with, up to and with the stamp 0.00.
    pub(super) prompt: Vec<u32>,
    /// Its score at the first step says whether anybody speaks.
    pub(super) no_speech: u32,
    /// The id of the stamp 0.00; all greater ids are stamps.
    pub(super) stamps: u32,
    /// Ids that are never written.
    pub(super) suppressed: Vec<u32>,
    /// Ids that are not written first.
    pub(super) suppressed_first: Vec<u32>,
    /// Whether the model knows other languages than English.
    pub(super) multilingual: bool,
    bytes: Vec<u8>,
    /// Where each text token's bytes end; it begins where the one before ends.
    ends: Vec<usize>,
}

#[derive(Deserialize)]
struct TokenizerFile {
    added_tokens: Vec<AddedToken>,
    model: TokenizerModel,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
}

#[derive(Deserialize)]
struct TokenizerModel {
    vocab: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct ConfigFile {
    suppress_ids: Vec<u32>,
    suppress_ids_begin: Vec<u32>,
}

impl Vocabulary {
    /// Reads the vocabulary of a model with `size` rows from its folder.
    pub(super) fn load(folder: &Path, size: usize) -> Result<Self, LoadError> {
        let tokenizer_path = folder.join("tokenizer.json");
        let tokenizer: TokenizerFile = json(&tokenizer_path)?;
        let config_path = folder.join("config.json");
        let config: ConfigFile = json(&config_path)?;
        let wrong = |path: &Path, what: String| LoadError::Format { path: path.to_owned(), what };
        let id = |names: &[&str]| {
            tokenizer
                .added_tokens
                .iter()
                .find(|token| names.contains(&token.content.as_str()))
                .map(|token| token.id)
                .ok_or_else(|| wrong(&tokenizer_path, format!("it has no token {}", names[0])))
        };
        let end = id(&["<|endoftext|>"])?;
        let start = id(&["<|startoftranscript|>"])?;
        let stamps = id(&["<|notimestamps|>"])? + 1;
        let no_speech = id(&["<|nocaptions|>", "<|nospeech|>"])?;
        // The English models have one row less: there the end of the text is not an extra token.
        let multilingual = start > end + 1 || size >= 51_865;
        let mut prompt = vec![start];
        if multilingual {
            prompt.extend([id(&["<|en|>"])?, id(&["<|transcribe|>"])?]);
        }
        prompt.push(stamps);
        let special = prompt.iter().chain([&end, &no_speech]);
        let listed = config.suppress_ids.iter().chain(&config.suppress_ids_begin);
        if special.chain(listed).any(|&id| id as usize >= size) {
            return Err(wrong(&tokenizer_path, format!("its ids do not fit a model of {size} tokens")));
        }
        let (bytes, ends) = text_bytes(&tokenizer.model.vocab, end).map_err(|what| wrong(&tokenizer_path, what))?;
        Ok(Self {
            end,
            prompt,
            no_speech,
            stamps,
            suppressed: config.suppress_ids,
            suppressed_first: config.suppress_ids_begin,
            multilingual,
            bytes,
            ends,
        })
    }

    /// The time that a stamp stands for, in seconds from the beginning of the window.
    pub(super) fn seconds(&self, token: u32) -> Option<f32> {
        let steps = token.checked_sub(self.stamps)?;
        Some(steps as f32 * STAMP_SECONDS)
    }

    /// Whether a token is part of the text.
    pub(super) fn is_text(&self, token: u32) -> bool {
        token < self.end
    }

    /// The text that `tokens` spell; stamps and other marks are passed over.
    pub(super) fn text(&self, tokens: &[u32]) -> String {
        let mut bytes = Vec::new();
        for &token in tokens.iter().filter(|&&token| self.is_text(token)) {
            let token = token as usize;
            let start = if token == 0 { 0 } else { self.ends[token - 1] };
            bytes.extend(&self.bytes[start..self.ends[token]]);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, LoadError> {
    let bytes = std::fs::read(path).map_err(|error| LoadError::from_io(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| LoadError::Format { path: path.to_owned(), what: error.to_string() })
}

/// The bytes of all text tokens one after another, and where each ends.
fn text_bytes(vocab: &HashMap<String, u32>, end: u32) -> Result<(Vec<u8>, Vec<usize>), String> {
    let mut spelled = vec![None; end as usize];
    for (token, &id) in vocab {
        if let Some(slot) = spelled.get_mut(id as usize) {
            *slot = Some(token);
        }
    }
    let values = byte_of_char();
    let mut bytes = Vec::new();
    let mut ends = Vec::with_capacity(spelled.len());
    for (id, token) in spelled.into_iter().enumerate() {
        // The multilingual vocabulary has one that spells nothing.
        let token = token.ok_or_else(|| format!("it has no token with the id {id}"))?;
        for c in token.chars() {
            let byte = values.get(&c);
            bytes.push(*byte.ok_or_else(|| format!("token {id} holds the character {c:?}"))?);
        }
        ends.push(bytes.len());
    }
    Ok((bytes, ends))
}

/// Byte-level vocabularies spell each byte as a printable character: those that are printable in Latin-1
/// stand for themselves, the others follow from U+0100 on.
fn byte_of_char() -> HashMap<char, u8> {
    let printable = |b: u8| matches!(b, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut next = 0x100;
    (0..=255_u8)
        .map(|byte| {
            if printable(byte) {
                return (char::from(byte), byte);
            }
            let c = char::from_u32(next).expect("256 letters from U+0100 on exist");
            next += 1;
            (c, byte)
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A small vocabulary: texts 0 to 5, end 6, start 7, `<|en|>` 8, `<|transcribe|>` 9, no speech 10, no
    /// stamps 11, stamps from 12.
    pub(in crate::whisper) fn small(folder: &Path) {
        let names = [
            "<|endoftext|>",
            "<|startoftranscript|>",
            "<|en|>",
            "<|transcribe|>",
            "<|nocaptions|>",
            "<|notimestamps|>",
        ];
        let added: Vec<_> =
            names.iter().enumerate().map(|(i, name)| serde_json::json!({"id": i + 6, "content": name})).collect();
        let vocab = serde_json::json!({
            "Ġhello": 0, "Ġworld": 1, ".": 2, "Ċ": 3, "Ã": 4, "©": 5
        });
        let tokenizer = serde_json::json!({"added_tokens": added, "model": {"vocab": vocab}});
        std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
        let config = serde_json::json!({
            "suppress_ids": [3, 7, 8, 9, 10], "suppress_ids_begin": [2, 6], "lang_ids": [8]
        });
        std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    }

    fn loaded() -> Vocabulary {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        Vocabulary::load(folder.path(), 60).unwrap()
    }

    #[test]
    fn the_prompt_of_an_english_model_is_start_and_first_stamp() {
        let vocabulary = loaded();
        assert!(!vocabulary.multilingual);
        assert_eq!(vocabulary.prompt, [7, 12]);
        assert_eq!((vocabulary.end, vocabulary.no_speech, vocabulary.stamps), (6, 10, 12));
        assert_eq!(vocabulary.suppressed_first, [2, 6]);
    }

    #[test]
    fn the_prompt_of_a_multilingual_model_names_language_and_task() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let vocabulary = Vocabulary::load(folder.path(), 51_865).unwrap();
        assert!(vocabulary.multilingual);
        assert_eq!(vocabulary.prompt, [7, 8, 9, 12]);
    }

    #[test]
    fn tokens_spell_bytes_and_stamps_spell_nothing() {
        let vocabulary = loaded();
        assert_eq!(vocabulary.text(&[12, 0, 1, 2, 40, 40, 4, 5, 50]), " hello world.é");
        assert_eq!(vocabulary.text(&[4]), "\u{fffd}");
        assert_eq!(vocabulary.seconds(12), Some(0.0));
        assert!((vocabulary.seconds(62).unwrap() - 1.0).abs() < 1e-6);
        assert_eq!(vocabulary.seconds(11), None);
    }

    #[test]
    fn files_that_do_not_fit_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let small_model = Vocabulary::load(folder.path(), 9).err().unwrap();
        assert!(small_model.to_string().contains("do not fit a model of 9"));
        std::fs::write(folder.path().join("config.json"), "{\"suppress_ids\": [").unwrap();
        let error = Vocabulary::load(folder.path(), 60).err().unwrap();
        assert!(error.to_string().contains("config.json"));
        std::fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
        let error = Vocabulary::load(folder.path(), 60).err().unwrap();
        assert!(matches!(error, LoadError::Missing { path } if path.ends_with("tokenizer.json")));
    }
}
