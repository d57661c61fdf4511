//! The sounds of the pronouncing dictionary as small numbers.
//!
//! A [`Phone`] is one of the 39 sounds of CMUdict; a vowel carries its stress. The build script compiles the
//! dictionary with the same numbers, so this file is compiled twice: into the crate and into the build script.
//! It knows nothing of spelling or of IPA.

/// One sound. Vowels are `vowel * 3 + stress`, consonants follow. Never zero-sized in a blob: there it is stored plus one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Phone(u8);

/// Vowels in the order of their numbers.
const VOWELS: [&str; 15] = ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"];

/// Consonants in the order of their numbers.
const CONSONANTS: [&str; 24] = [
    "B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P", "R", "S", "SH", "T", "TH", "V", "W",
    "Y", "Z", "ZH",
];

const VOWEL_CODES: u8 = 45;

/// Sounds without regard to stress.
pub(crate) const SOUNDS: usize = VOWELS.len() + CONSONANTS.len();

impl Phone {
    /// Reads a symbol of the dictionary: `AH0`, `AH` (no stress), `NG`.
    pub(crate) fn parse(symbol: &str) -> Option<Self> {
        let (name, stress) = match symbol.as_bytes().last()? {
            digit @ b'0'..=b'2' => (&symbol[..symbol.len() - 1], digit - b'0'),
            _ => (symbol, 0),
        };
        let index = |names: &[&str]| names.iter().position(|known| *known == name).map(|index| index as u8);
        index(&VOWELS)
            .map(|vowel| Phone(vowel * 3 + stress))
            .or_else(|| index(&CONSONANTS).map(|consonant| Phone(VOWEL_CODES + consonant)))
    }

    /// The number under which a blob stores the sound, 1 to 69.
    pub(crate) fn code(self) -> u8 {
        self.0 + 1
    }

    /// The sound under a number of a blob.
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        (1..=VOWEL_CODES + CONSONANTS.len() as u8).contains(&code).then(|| Phone(code - 1))
    }

    /// Its number without stress, below [`SOUNDS`].
    pub(crate) fn sound(self) -> usize {
        if self.is_vowel() { usize::from(self.0 / 3) } else { VOWELS.len() + usize::from(self.0 - VOWEL_CODES) }
    }

    pub(crate) fn is_vowel(self) -> bool {
        self.0 < VOWEL_CODES
    }

    /// 1 primary, 2 secondary, 0 none (and for consonants).
    pub(crate) fn stress(self) -> u8 {
        if self.is_vowel() { self.0 % 3 } else { 0 }
    }

    /// The same vowel with another stress; a consonant stays.
    pub(crate) fn with_stress(self, stress: u8) -> Self {
        if self.is_vowel() { Phone(self.0 / 3 * 3 + stress.min(2)) } else { self }
    }

    /// Its name without stress: `AH`, `NG`.
    pub(crate) fn name(self) -> &'static str {
        if self.is_vowel() { VOWELS[usize::from(self.0 / 3)] } else { CONSONANTS[usize::from(self.0 - VOWEL_CODES)] }
    }
}
