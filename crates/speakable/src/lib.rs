//! Text made speakable, and its pronunciation as phonemes.

pub mod phonemes;
pub mod text;
