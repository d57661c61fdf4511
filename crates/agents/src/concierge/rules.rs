//! What a request must hold to be one of the things that are asked in few words: closed vocabularies.
//!
//! A rule names groups of words, one of each of which has to occur, and the words that may stand beside them. A request with any
//! other word is not understood by the rule: "what is your name" is one thing, "what is your favorite color" another. That is what
//! keeps the concierge from answering questions it only half understood, and lets it take paraphrases nobody wrote down.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::Intent;
use super::rule_table::{GLUE, NEUTRAL, RULES};

/// A closed vocabulary for one intent.
pub(super) struct Rule {
    pub(super) intent: Intent,
    /// Groups of alternatives, each a list of words; the request holds a word of each.
    pub(super) needs: &'static [&'static str],
    /// What else may occur, besides the words of the groups.
    pub(super) allows: &'static str,
    pub(super) shape: Shape,
    /// Longest request in words.
    pub(super) len_max: usize,
}

/// What else a rule says about a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The words of [`GLUE`] may occur too.
    Open,
    /// The words of the rule are all there is.
    Closed,
    /// Closed, and not asked as a question.
    Statement,
}

/// Words with which a question begins.
const QUESTION_STARTS: &str =
    "what who how when where why which is are do does did can could should would will am was were has have may";

/// True for words that begin as a question or hold a word of asking ("so what are you good for").
fn is_question(first: &str, words: &[&str]) -> bool {
    STARTS.contains(first)
        || words.iter().any(|word| matches!(*word, "what" | "how" | "which" | "who" | "why" | "where"))
}

/// A rule with its words looked up quickly.
struct Compiled {
    rule: &'static Rule,
    groups: Vec<BTreeSet<&'static str>>,
    known: BTreeSet<&'static str>,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| RULES.iter().map(Compiled::new).collect());
static LOOSE: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| NEUTRAL.split_whitespace().collect());
static STARTS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| QUESTION_STARTS.split_whitespace().collect());

/// The intent of the first rule that `words` fit.
pub(super) fn intent_of(words: &[&str]) -> Option<Intent> {
    COMPILED.iter().find(|compiled| compiled.fits(words)).map(|compiled| compiled.rule.intent)
}

/// The intent of the first rule that `words` fit if words that change no question may stand anywhere.
pub(super) fn loose_intent_of(words: &[&str]) -> Option<Intent> {
    let fits = |compiled: &&Compiled| {
        let core: Vec<&str> =
            words.iter().copied().filter(|word| compiled.known.contains(word) || !LOOSE.contains(word)).collect();
        compiled.rule.shape != Shape::Statement && core.len() >= 2 && compiled.fits(&core)
    };
    COMPILED.iter().find(fits).map(|compiled| compiled.rule.intent)
}

/// Every word of the rules.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static str> {
    let lists = RULES.iter().flat_map(|rule| rule.needs.iter().copied().chain([rule.allows]));
    lists.chain([GLUE]).flat_map(str::split_whitespace)
}

impl Compiled {
    fn new(rule: &'static Rule) -> Compiled {
        let groups: Vec<BTreeSet<&str>> = rule.needs.iter().map(|group| group.split_whitespace().collect()).collect();
        let mut known: BTreeSet<&str> =
            groups.iter().flatten().copied().chain(rule.allows.split_whitespace()).collect();
        if rule.shape == Shape::Open {
            known.extend(GLUE.split_whitespace());
        }
        Compiled { rule, groups, known }
    }

    fn fits(&self, words: &[&str]) -> bool {
        let Some(first) = words.first() else { return false };
        words.len() <= self.rule.len_max
            && !(self.rule.shape == Shape::Statement && is_question(first, words))
            && words.iter().all(|word| self.known.contains(word))
            && self.groups.iter().all(|group| words.iter().any(|word| group.contains(word)))
    }
}
