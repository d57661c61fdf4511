//! The voice's configuration file: sample rate, what each phoneme's id is, and how lively it speaks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::error::LoadError;

/// Padding between any two ids.
pub(super) const PAD: i32 = 0;

/// The marks and symbols that speech cannot do without; a voice for another alphabet lacks some of them.
const NEEDED: &str = " ,.?!;:abdefhijklmnopstuvwzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒʔˈˌːθᵻ\u{329}";

/// What of the file is needed.
#[derive(Debug, Clone)]
pub(super) struct VoiceConfig {
    /// Samples per second.
    pub(super) sample_rate: u32,
    /// Opens a sequence of ids.
    pub(super) start: i32,
    /// Closes it.
    pub(super) end: i32,
    /// How much one reading differs from the next, as trained.
    pub(super) noise_scale: f32,
    /// How long the sounds are; 1 as trained, larger is slower.
    pub(super) length_scale: f32,
    /// How much the lengths differ from one reading to the next.
    pub(super) noise_w: f32,
    ids: BTreeMap<char, i32>,
}

#[derive(Deserialize)]
struct File {
    audio: Audio,
    inference: Inference,
    phoneme_id_map: BTreeMap<String, Vec<i32>>,
    #[serde(default = "one")]
    num_speakers: u32,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Deserialize)]
struct Inference {
    noise_scale: f32,
    length_scale: f32,
    noise_w: f32,
}

impl VoiceConfig {
    pub(super) fn load(path: &Path) -> Result<Self, LoadError> {
        let text = fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|reason| LoadError::Config { path: path.to_owned(), reason })
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if !(8_000..=48_000).contains(&file.audio.sample_rate) {
            return Err(format!("sample rate {} is outside 8000 to 48000", file.audio.sample_rate));
        }
        if file.num_speakers != 1 {
            return Err(format!("{} speakers, expected one", file.num_speakers));
        }
        let Inference { noise_scale, length_scale, noise_w } = file.inference;
        if ![noise_scale, noise_w].iter().all(|scale| (0.0..=2.0).contains(scale))
            || !(0.2..=5.0).contains(&length_scale)
        {
            return Err("scales of inference out of range".to_owned());
        }
        let mut ids = BTreeMap::new();
        for (symbol, id) in &file.phoneme_id_map {
            let mut letters = symbol.chars();
            // Symbols of several letters do not occur in what is spoken here.
            if let (Some(letter), None, [id @ 0..=255]) = (letters.next(), letters.next(), id.as_slice()) {
                ids.insert(letter, *id);
            }
        }
        let missing: String = NEEDED.chars().filter(|symbol| !ids.contains_key(symbol)).collect();
        if !missing.is_empty() {
            return Err(format!("no id for the phonemes {missing:?}"));
        }
        let id = |symbol: char| ids.get(&symbol).copied().ok_or_else(|| format!("no id for {symbol:?}"));
        let (start, end) = (id('^')?, id('$')?);
        Ok(Self { sample_rate: file.audio.sample_rate, start, end, noise_scale, length_scale, noise_w, ids })
    }

    /// The id of a phoneme, if the voice has it.
    pub(super) fn id(&self, symbol: char) -> Option<i32> {
        self.ids.get(&symbol).copied()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A configuration with the ids 3, 4, … for the symbols needed.
    pub(in super::super) fn example() -> String {
        let ids: Vec<String> =
            NEEDED.chars().enumerate().map(|(index, symbol)| format!("\"{symbol}\":[{}]", index + 3)).collect();
        format!(
            r#"{{"audio":{{"sample_rate":22050}},"inference":{{"noise_scale":0.667,"length_scale":1,"noise_w":0.8}},
            "phoneme_id_map":{{"_":[0],"^":[1],"$":[2],{}}}}}"#,
            ids.join(",")
        )
    }

    pub(in super::super) fn example_config() -> VoiceConfig {
        VoiceConfig::parse(example().as_bytes()).unwrap()
    }

    #[test]
    fn a_good_file_is_read() {
        let config = example_config();
        assert_eq!((config.sample_rate, config.start, config.end), (22_050, 1, 2));
        assert_eq!(config.id(' '), Some(3));
        assert_eq!(config.id('ж'), None);
    }

    #[test]
    fn a_cut_or_foreign_file_says_what_is_wrong() {
        let good = example();
        let reason = |text: &str| VoiceConfig::parse(text.as_bytes()).unwrap_err();
        assert!(reason(&good[..good.len() / 2]).contains("line"));
        assert!(reason(&good.replace("\"ɹ\"", "\"р\"")).contains('ɹ'));
        assert!(reason(&good.replace("22050", "5")).contains("sample rate 5"));
        assert!(reason(&good.replace("\"audio\"", "\"num_speakers\":9,\"audio\"")).contains("9 speakers"));
        assert!(reason("[]").contains("expected"));
    }
}
