//! Phonemes as the sequences of ids that the network takes, none of them too long.
//!
//! A sentence is one sequence, its commas inside, so that it keeps one melody. The network's memory grows with the
//! square of the length, so a sentence beyond [`IDS_MAX`] is cut: after a clause where one fits, else between words.

use std::ops::Range;

use baton_speakable::phonemes::{Clause, Pronunciation};

use super::config::{PAD, VoiceConfig};

/// Ids of one call, about 8 s of speech and 130 MiB of memory at the peak.
pub(super) const IDS_MAX: usize = 350;

/// One call of the network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Utterance {
    /// Opening, phonemes with padding after each, closing.
    pub(super) ids: Vec<i32>,
    /// The words and which ids are theirs, padding included.
    pub(super) words: Vec<WordIds>,
    /// The mark it ends with; `None` where a sentence was cut or the text is open.
    pub(super) mark: Option<char>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct WordIds {
    /// Place in the text, in bytes.
    pub(super) text: Range<usize>,
    pub(super) ids: Range<usize>,
}

/// The sequences for a text, in order.
pub(super) fn plan(said: &Pronunciation, config: &VoiceConfig) -> Vec<Utterance> {
    let mut plan = Plan { config, done: Vec::new(), open: Open::new(config) };
    for clause in &said.clauses {
        plan.clause(clause);
    }
    plan.close();
    plan.done
}

struct Plan<'a> {
    config: &'a VoiceConfig,
    done: Vec<Utterance>,
    open: Open,
}

/// The sequence being filled.
struct Open {
    ids: Vec<i32>,
    words: Vec<WordIds>,
    /// The mark after the last word, if any.
    mark: Option<char>,
}

impl Open {
    fn new(config: &VoiceConfig) -> Self {
        Self { ids: vec![config.start, PAD], words: Vec::new(), mark: None }
    }

    fn push(&mut self, id: Option<i32>) {
        self.ids.extend(id.into_iter().flat_map(|id| [id, PAD]));
    }
}

impl Plan<'_> {
    fn clause(&mut self, clause: &Clause) {
        // Its phonemes, a space before and a mark behind, and the closing id.
        let len = clause.phonemes.chars().count() * 2 + 5;
        if !self.open.words.is_empty() && self.open.ids.len() + len > IDS_MAX {
            self.close();
        }
        let mut end = 0;
        for word in &clause.words {
            // Words fused into one breath have nothing between them.
            let is_apart = word.phonemes.start > end || end == 0;
            end = word.phonemes.end;
            let ids: Vec<i32> =
                clause.phonemes[word.phonemes.clone()].chars().filter_map(|symbol| self.config.id(symbol)).collect();
            // A single word beyond any measure is cut where it must be.
            for part in ids.chunks(IDS_MAX / 2 - 8) {
                self.word(word.text.clone(), part, is_apart);
            }
        }
        if let Some(mark) = clause.mark {
            self.open.push(self.config.id(mark));
            self.open.mark = Some(mark);
            if matches!(mark, '.' | '?' | '!') {
                self.close();
            }
        }
    }

    fn word(&mut self, text: Range<usize>, ids: &[i32], is_apart: bool) {
        if self.open.ids.len() + ids.len() * 2 + 5 > IDS_MAX {
            self.close();
        }
        if is_apart && !self.open.words.is_empty() {
            self.open.push(self.config.id(' '));
        }
        let start = self.open.ids.len();
        ids.iter().for_each(|id| self.open.push(Some(*id)));
        self.open.mark = None;
        self.open.words.push(WordIds { text, ids: start..self.open.ids.len() });
    }

    fn close(&mut self) {
        let mut open = std::mem::replace(&mut self.open, Open::new(self.config));
        if open.words.is_empty() {
            return;
        }
        open.ids.push(self.config.end);
        self.done.push(Utterance { ids: open.ids, words: open.words, mark: open.mark });
    }
}

#[cfg(test)]
mod tests {
    use baton_speakable::phonemes::phonemize;

    use super::super::config::tests::example_config;
    use super::*;

    fn planned(text: &str) -> Vec<Utterance> {
        plan(&phonemize(text), &example_config())
    }

    #[test]
    fn a_sentence_is_one_sequence_and_keeps_its_comma() {
        let plan = planned("Yes, it works. Good");
        assert_eq!(plan.iter().map(|utterance| utterance.mark).collect::<Vec<_>>(), [Some('.'), None]);
        let config = example_config();
        let ids =
            |symbols: &str| symbols.chars().flat_map(|symbol| [config.id(symbol).unwrap(), 0]).collect::<Vec<_>>();
        assert_eq!(plan[0].ids, [vec![1, 0], ids("jˈɛs, ɪt wˈɜːks."), vec![2]].concat());
        assert_eq!(plan[0].words[0], WordIds { text: 0..3, ids: 2..10 });
        assert_eq!(plan[0].words[1].text, 5..7);
    }

    #[test]
    fn no_sequence_is_longer_than_the_network_takes() {
        let sentence = "the quick brown fox jumps over the lazy dog and never looks back at the house ".repeat(6);
        let with_commas = "the quick brown fox, jumps over the lazy dog; and never looks back, ".repeat(9);
        for text in [sentence.as_str(), &with_commas, &"a".repeat(4_000), &"supercalifragilistic".repeat(50)] {
            let plan = planned(text);
            assert!(plan.iter().all(|utterance| utterance.ids.len() <= IDS_MAX), "{text:.20}");
            assert!(plan.len() > 1);
        }
        let ends: Vec<Option<char>> = planned(&with_commas).iter().map(|utterance| utterance.mark).collect();
        assert!(ends.iter().all(Option::is_some), "cut inside a clause although commas were near: {ends:?}");
    }

    #[test]
    fn every_word_is_planned_once_and_in_order() {
        let text = "one two three four five six seven eight nine ten eleven twelve ".repeat(12);
        let starts: Vec<usize> =
            planned(&text).iter().flat_map(|utterance| utterance.words.iter().map(|word| word.text.start)).collect();
        assert_eq!(starts.len(), 144);
        assert!(starts.is_sorted());
    }

    #[test]
    fn nothing_to_say_is_no_sequence() {
        assert!(planned("").is_empty());
        assert!(planned("... ?!").is_empty());
    }
}
