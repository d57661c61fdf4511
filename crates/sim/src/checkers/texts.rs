//! Invariant 7: every accepted text is in exactly one user item, in order, and no item holds text that nobody brought.

use std::collections::{BTreeMap, BTreeSet};

use baton_session::{Command, Config, DropReason, Event, FloorKind, Item, Notice, Recognized, Words};
use baton_types::{SegmentId, TurnId, TypedId};

use super::{Checker, Last};
use crate::step::Step;

/// 7.
pub(super) struct TextsAreKeptOnce {
    words: Words,
    turns: BTreeMap<TurnId, Turn>,
    typed: BTreeMap<TypedId, Line>,
    /// Lines in order of arrival.
    order: Vec<TypedId>,
    /// Place of each turn's item.
    places: BTreeMap<TurnId, usize>,
}

#[derive(Default)]
struct Turn {
    /// Every text that was brought for a segment.
    brought: BTreeMap<SegmentId, BTreeSet<String>>,
    /// The newest accepted final text of a segment that the next item has to hold.
    required: BTreeMap<SegmentId, String>,
    /// Those of them that an item holds already: nothing takes them out again.
    kept: BTreeSet<SegmentId>,
    /// The segment whose words have stopped everything, whatever is made of them later.
    stopped: Option<SegmentId>,
}

struct Line {
    text: String,
    used_by: Option<TurnId>,
    /// It only stops something and need not be kept.
    is_stop: bool,
}

/// Room between two segments of a turn for those of a newer turn that joined it.
const ROOM: u32 = 1_000;

/// The place of a segment among the pieces of its turn.
fn place(segment: SegmentId) -> SegmentId {
    SegmentId(segment.0.saturating_mul(ROOM))
}

/// One piece of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Spoken,
    Typed(TypedId),
}

/// What pieces are looked for.
struct Search {
    turn: TurnId,
    /// Required texts must be among them.
    is_strict: bool,
}

/// Letters and digits in words.
fn plain(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect()
}

/// What stands behind a piece at the beginning of a text.
fn behind<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(piece)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
}

impl TextsAreKeptOnce {
    pub(super) fn new(config: &Config) -> Self {
        let words = config.words.clone();
        Self { words, turns: BTreeMap::new(), typed: BTreeMap::new(), order: Vec::new(), places: BTreeMap::new() }
    }

    fn event(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Partial { turn, segment, text, .. } => {
                let turn = self.turns.entry(*turn).or_default();
                turn.bring(*segment, text);
                // What comes behind a final text belongs to further voice and stands for all of it.
                turn.required.remove(&place(*segment));
            }
            Event::RecognitionEnded { turn, segment, outcome, .. } => {
                let turn = self.turns.entry(*turn).or_default();
                if let Recognized::Text { text, .. } = outcome {
                    turn.bring(*segment, text);
                    turn.required.insert(place(*segment), text.trim().to_owned());
                } else {
                    turn.required.remove(&place(*segment));
                }
            }
            Event::Typed { id, text } => {
                if self.typed.contains_key(id) {
                    return Err(format!("typed line {id} was taken twice"));
                }
                let text = text.trim().to_owned();
                let is_stop = self.is_stop(&text);
                self.typed.insert(*id, Line { text, used_by: None, is_stop });
                self.order.push(*id);
            }
            _ => {}
        }
        Ok(())
    }

    fn is_stop(&self, text: &str) -> bool {
        let text = plain(text);
        self.words.stop.iter().chain(&self.words.stop_everything).any(|phrase| plain(phrase) == text)
    }

    /// The pieces that make up a text, if there are such. What is required may neither be left out nor replaced.
    fn pieces(&self, search: &Search, text: &str, from: (SegmentId, usize)) -> Option<Vec<Piece>> {
        let (segment, line) = from;
        let turn = self.turns.get(&search.turn);
        let required = turn.into_iter().filter(|_| search.is_strict).flat_map(|turn| turn.required.range(segment..));
        let required = required.map(|(id, text)| (*id, text.as_str())).find(|(_, text)| !text.is_empty());
        if text.is_empty() {
            return required.is_none().then(Vec::new);
        }
        let spoken = turn.into_iter().flat_map(|turn| turn.brought.range(segment..));
        for (id, texts) in spoken.take_while(|(id, _)| required.is_none_or(|(last, _)| **id <= last)) {
            let needed = required.filter(|(needed, _)| needed == id).map(|(_, text)| text);
            for piece in texts.iter().rev().filter(|piece| needed.is_none_or(|needed| needed == *piece)) {
                let rest = behind(text, piece).and_then(|rest| self.pieces(search, rest, (id.next(), line)));
                if let Some(mut rest) = rest {
                    rest.insert(0, Piece::Spoken);
                    return Some(rest);
                }
            }
        }
        for (index, id) in self.order.iter().enumerate().skip(line) {
            let known = &self.typed[id];
            if known.used_by.is_some_and(|other| other != search.turn) {
                continue;
            }
            let rest = behind(text, &known.text).and_then(|rest| self.pieces(search, rest, (segment, index + 1)));
            if let Some(mut rest) = rest {
                rest.insert(0, Piece::Typed(*id));
                return Some(rest);
            }
        }
        None
    }

    fn item(&mut self, index: usize, turn: TurnId, text: &str) -> Result<(), String> {
        if *self.places.entry(turn).or_insert(index) != index {
            return Err(format!("turn {turn} has two items"));
        }
        let mut search = Search { turn, is_strict: true };
        let Some(pieces) = self.pieces(&search, text, (SegmentId(0), 0)) else {
            search.is_strict = false;
            let required = self.turns.get(&turn).map(|turn| turn.required.values().cloned().collect::<Vec<_>>());
            return Err(match self.pieces(&search, text, (SegmentId(0), 0)) {
                Some(_) => format!("the item of turn {turn} lacks one of {required:?}: {text:?}"),
                None => format!("the item of turn {turn} holds text that nobody brought, or brought once: {text:?}"),
            });
        };
        let known = self.turns.entry(turn).or_default();
        known.kept = known.required.keys().copied().collect();
        for piece in &pieces {
            if let Piece::Typed(id) = piece
                && let Some(line) = self.typed.get_mut(id)
            {
                line.used_by = Some(turn);
            }
        }
        Ok(())
    }

    /// "Hello?" over an agent that is still silent joins the turn that it waits for.
    fn join(&mut self, step: &Step<'_>) {
        if step.before != FloorKind::Overlap || step.floor != FloorKind::Agent {
            return;
        }
        let reopened = step.notices.iter().find_map(|notice| match notice {
            Notice::TurnReopened { turn } => Some(*turn),
            _ => None,
        });
        let Some(turn) = reopened else { return };
        for (_, joined) in self.turns.split_off(&turn.next()) {
            let kept = self.turns.entry(turn).or_default();
            for texts in joined.brought.into_values() {
                let last = kept.brought.keys().next_back().copied().unwrap_or_default();
                kept.brought.insert(last.next(), texts);
            }
        }
    }

    /// A turn came to nothing; as a stop only where it said so.
    fn dropped(&mut self, id: TurnId, reason: DropReason) -> Result<(), String> {
        let Some(turn) = self.turns.get_mut(&id) else { return Ok(()) };
        if let Some(stopped) = turn.stopped {
            // What stands before the phrase is politeness.
            turn.required.retain(|id, _| *id > stopped || turn.kept.contains(id));
        }
        let said = turn.forget_new().join(" ");
        let padded = format!(" {} ", plain(&said));
        let mut stops = self.words.stop.iter().chain(&self.words.stop_everything);
        let says_so = stops.any(|phrase| padded.contains(&format!(" {} ", plain(phrase))));
        let was_typed = self.typed.values().any(|line| line.is_stop && line.used_by.is_none());
        if reason == DropReason::StopWord && !said.is_empty() && !says_so && !was_typed {
            return Err(format!("turn {id} was dropped as a stop and says {said:?}"));
        }
        Ok(())
    }
}

impl Turn {
    /// Forgets and gives what no item holds yet.
    fn forget_new(&mut self) -> Vec<String> {
        let (kept, new) = std::mem::take(&mut self.required).into_iter().partition(|(id, _)| self.kept.contains(id));
        self.required = kept;
        let new: BTreeMap<SegmentId, String> = new;
        new.into_values().collect()
    }

    fn bring(&mut self, segment: SegmentId, text: &str) {
        self.brought.entry(place(segment)).or_default().insert(text.trim().to_owned());
    }
}

impl Checker for TextsAreKeptOnce {
    fn invariant(&self) -> u8 {
        7
    }

    fn check(&mut self, step: &Step<'_>) -> Result<(), String> {
        if let Some(event) = step.accepted() {
            self.event(event)?;
        }
        self.join(step);
        let stops = step.commands.iter().any(|command| matches!(command, Command::StopEverything { .. }));
        if let Some(Event::Partial { turn, segment, .. } | Event::RecognitionEnded { turn, segment, .. }) =
            step.input.event().filter(|_| stops)
        {
            self.turns.entry(*turn).or_default().stopped = Some(place(*segment));
        }
        for notice in step.notices {
            if let Notice::TurnDropped { turn, reason } = notice {
                self.dropped(*turn, *reason)?;
            }
        }
        if step.before == FloorKind::Overlap && step.floor == FloorKind::Agent {
            // What was said over the reply counts for nothing.
            self.turns.values_mut().for_each(|turn| drop(turn.forget_new()));
        }
        for command in step.commands {
            if let Command::Commit { index, item: Item::User { turn, text, .. } } = command {
                self.item(*index, *turn, text)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _last: &Last<'_>) -> Result<(), String> {
        match self.typed.iter().find(|(_, line)| line.used_by.is_none() && !line.is_stop) {
            Some((id, line)) => Err(format!("typed line {id} is in no item: {:?}", line.text)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use baton_types::Revision;

    use super::*;
    use crate::checkers::tape::{Tape, at};

    fn tape() -> Tape<TextsAreKeptOnce> {
        Tape::new(TextsAreKeptOnce::new(&Config::default()))
    }

    fn typed(id: u32, text: &str) -> Event {
        Event::Typed { id: TypedId(id), text: text.to_owned() }
    }

    fn said(segment: u32, text: &str) -> Event {
        let outcome = Recognized::Text { text: text.to_owned(), confidence: 0.9 };
        Event::RecognitionEnded { turn: TurnId(1), segment: SegmentId(segment), revision: Revision(1), outcome }
    }

    fn item(index: usize, text: &str) -> Command {
        let item = Item::User { turn: TurnId(1), text: text.to_owned(), typed: false, start: at(0), end: at(0) };
        Command::Commit { index, item }
    }

    #[test]
    fn an_item_is_every_text_once_and_in_order() {
        let both = || tape().event(1, said(1, "compare these"), &[], &[]).event(2, typed(1, "a link"), &[], &[]);
        both().event(3, Event::MediaBack, &[item(0, "compare these a link")], &[]).end(9).holds();
        both().event(3, Event::MediaBack, &[item(0, "compare these")], &[]).end(9).breaks("is in no item");
        both().event(3, Event::MediaBack, &[item(0, "a link")], &[]).breaks("lacks");
        both().event(3, Event::MediaBack, &[item(0, "compare these a link a link")], &[]).breaks("brought once");
        both().event(3, Event::MediaBack, &[item(0, "compare those a link")], &[]).breaks("nobody brought");
    }

    #[test]
    fn segments_keep_their_order_and_a_turn_its_item() {
        let two = || tape().event(1, said(2, "for two"), &[], &[]).event(2, said(1, "a table"), &[], &[]);
        two().event(3, Event::MediaBack, &[item(0, "a table for two")], &[]).holds();
        two().event(3, Event::MediaBack, &[item(0, "for two a table")], &[]).breaks("nobody brought");
        let again = two().event(3, Event::MediaBack, &[item(0, "a table for two")], &[]);
        again.event(4, Event::MediaBack, &[item(1, "a table for two")], &[]).breaks("two items");
    }

    #[test]
    fn a_line_echoed_by_the_client_counts_once() {
        let once = || tape().event(1, typed(1, "hi"), &[item(0, "hi")], &[]);
        let ignored = Notice::Ignored { what: "typed".to_owned() };
        once().event(2, typed(1, "hi"), &[], &[ignored]).end(9).holds();
        once().event(2, typed(1, "hi"), &[], &[]).breaks("taken twice");
    }
}
