//! The parts of each turn's delay, put together from what passes the driver.

use std::collections::BTreeMap;

use baton_types::{ReplyId, Timestamp, TurnId};

use crate::report::TurnMetrics;

/// Turns whose figures are kept while they are incomplete.
const TURNS_MAX: usize = 8;

/// Moments of the turns that are being answered.
#[derive(Debug, Default)]
pub struct Stopwatch {
    turns: BTreeMap<TurnId, Moments>,
}

#[derive(Debug, Default, Clone)]
struct Moments {
    last_voice: Option<Timestamp>,
    endpoint: Option<Timestamp>,
    text: Option<Timestamp>,
    request: Option<Timestamp>,
    first_token: Option<Timestamp>,
    first_clause: Option<Timestamp>,
    first_samples: Option<Timestamp>,
    reply: Option<ReplyId>,
}

impl Stopwatch {
    /// The turn is over.
    pub fn ended(&mut self, now: Timestamp, turn: TurnId, last_voice: Option<Timestamp>) {
        let text = self.turns.get(&turn).and_then(|moments| moments.text);
        self.turns.insert(turn, Moments { last_voice, endpoint: Some(now), text, ..Moments::default() });
        while self.turns.len() > TURNS_MAX {
            self.turns.pop_first();
        }
    }

    /// Its text is there.
    pub fn text(&mut self, now: Timestamp, turn: TurnId) {
        self.turns.entry(turn).or_default().text = Some(now);
    }

    /// An answer was asked for.
    pub fn request(&mut self, now: Timestamp, turn: TurnId) {
        let moments = self.turns.entry(turn).or_default();
        (moments.request, moments.first_token) = (Some(now), None);
        (moments.first_clause, moments.first_samples) = (None, None);
    }

    /// A token came.
    pub fn token(&mut self, now: Timestamp, turn: TurnId) {
        self.turns.entry(turn).or_default().first_token.get_or_insert(now);
    }

    /// A clause went to the voice.
    pub fn clause(&mut self, now: Timestamp, turn: TurnId, reply: ReplyId) {
        let moments = self.turns.entry(turn).or_default();
        moments.first_clause.get_or_insert(now);
        moments.reply = Some(reply);
    }

    /// Samples of a reply are there.
    pub fn samples(&mut self, now: Timestamp, reply: ReplyId) {
        for moments in self.turns.values_mut().filter(|moments| moments.reply == Some(reply)) {
            moments.first_samples.get_or_insert(now);
        }
    }

    /// The first sample of a reply left: the turn's figures are complete.
    pub fn sound(&mut self, now: Timestamp, reply: ReplyId, clock: &'static str) -> Option<TurnMetrics> {
        let turn = self.turns.iter().find(|(_, moments)| moments.reply == Some(reply)).map(|(turn, _)| *turn)?;
        let moments = self.turns.remove(&turn)?;
        Some(moments.figures(turn, Some(now), clock))
    }

    /// The answer is complete without sound.
    pub fn silent(&mut self, turn: TurnId, clock: &'static str) -> Option<TurnMetrics> {
        let moments = self.turns.remove(&turn)?;
        moments.request?;
        Some(moments.figures(turn, None, clock))
    }
}

impl Moments {
    fn figures(&self, turn: TurnId, sound: Option<Timestamp>, clock: &'static str) -> TurnMetrics {
        let between = |from: Option<Timestamp>, upto: Option<Timestamp>| Some(millis(from?, upto?));
        let stt_final = between(self.endpoint, self.text.map(|text| text.max(self.endpoint.unwrap_or(text))));
        let first_clause = between(self.request, self.first_clause);
        let first_audio = between(self.first_clause, self.first_samples);
        let overhead = between(self.endpoint, sound).map(|total| {
            let parts = [stt_final, first_clause, first_audio].into_iter().flatten().sum::<u64>();
            total.saturating_sub(parts)
        });
        let is_real = clock == "real";
        TurnMetrics {
            turn,
            reply: self.reply,
            clock,
            endpoint_wait_ms: between(self.last_voice, self.endpoint),
            stt_final_ms: stt_final,
            llm_first_token_ms: between(self.request, self.first_token),
            llm_first_clause_ms: first_clause,
            tts_first_audio_ms: first_audio,
            overhead_ms: if is_real { overhead } else { None },
        }
    }
}

fn millis(from: Timestamp, upto: Timestamp) -> u64 {
    u64::try_from(upto.since(from).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn measured(clock: &'static str) -> TurnMetrics {
        let (turn, reply) = (TurnId(1), ReplyId(2));
        let mut watch = Stopwatch::default();
        watch.ended(at(1_500), turn, Some(at(1_000)));
        watch.text(at(1_530), turn);
        watch.request(at(1_531), turn);
        watch.token(at(1_600), turn);
        watch.token(at(1_700), turn);
        watch.clause(at(1_650), turn, reply);
        watch.samples(at(1_700), reply);
        watch.sound(at(1_720), reply, clock).unwrap()
    }

    #[test]
    fn the_parts_of_a_turn_add_up() {
        let figures = measured("real");
        assert_eq!(figures.endpoint_wait_ms, Some(500));
        assert_eq!(figures.stt_final_ms, Some(30));
        assert_eq!(figures.llm_first_token_ms, Some(69));
        assert_eq!(figures.llm_first_clause_ms, Some(119));
        assert_eq!(figures.tts_first_audio_ms, Some(50));
        assert_eq!(figures.overhead_ms, Some(220 - 30 - 119 - 50));
    }

    #[test]
    fn a_virtual_clock_says_nothing_about_overhead() {
        assert_eq!(measured("virtual").overhead_ms, None);
    }

    #[test]
    fn text_that_was_there_before_the_end_cost_no_waiting() {
        let mut watch = Stopwatch::default();
        watch.text(at(900), TurnId(1));
        watch.ended(at(1_000), TurnId(1), Some(at(500)));
        watch.request(at(1_000), TurnId(1));
        let figures = watch.silent(TurnId(1), "real").unwrap();
        assert_eq!(figures.stt_final_ms, Some(0));
        assert_eq!(figures.overhead_ms, None);
        assert_eq!(watch.silent(TurnId(1), "real"), None);
    }
}
