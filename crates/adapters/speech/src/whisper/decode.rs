//! From scores to tokens: greedy, with time stamps, and with the guards that keep noise from becoming text.
//!
//! Pure logic over a [`Writer`], which is the decoder in earnest and a list of scores in tests. The rules for
//! stamps are those of Whisper's authors: a segment is opened and closed by a stamp, time never runs
//! backwards, and a stamp is taken when all stamps together are likelier than the best text.

use super::Stopped;
use super::kernels;
use super::tokens::Vocabulary;

/// Takes a token in and says how well each token would follow.
pub(super) trait Writer {
    /// Writes one score for each token of the vocabulary.
    fn next(&mut self, token: u32, scores: &mut Vec<f32>) -> Result<(), Stopped>;
}

/// What bounds one decode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long the sound is, in seconds, without the silence behind it.
    pub(super) speech_seconds: f32,
    /// The most tokens that the decoder can hold, prompt included.
    pub(super) length_max: usize,
    /// Above this probability that nobody speaks, nothing is written.
    pub(super) no_speech_max: f32,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decoded {
    /// Text and stamps, from the opening stamp on.
    pub(super) tokens: Vec<u32>,
    /// The sum of the text tokens' log probabilities.
    pub(super) log_probability: f32,
    /// The probability that nobody speaks.
    pub(super) no_speech: f32,
    /// Whether the writer went round in circles and was stopped.
    pub(super) looped: bool,
}

/// Tokens for a sound of no length, and for each second of it; people speak about 4 tokens a second.
const TOKENS_BASE: f32 = 6.0;
const TOKENS_PER_SECOND: f32 = 8.0;
/// A segment that ends this close to the end of the sound, in seconds, is the last one. It saves a step or
/// two; with 0.6 s a last short word is sometimes lost.
const LAST_SEGMENT: f32 = 0.3;

/// Decodes one window.
pub(super) fn decode(writer: &mut dyn Writer, vocabulary: &Vocabulary, limits: Limits) -> Result<Decoded, Stopped> {
    let mut scores = Vec::new();
    let mut decoded = Decoded::default();
    for (i, &token) in vocabulary.prompt.iter().enumerate() {
        writer.next(token, &mut scores)?;
        if i == 0 {
            let own = scores[vocabulary.no_speech as usize];
            decoded.no_speech = (own - kernels::log_sum_exp(&scores)).exp();
            if !decoded.no_speech.is_finite() {
                return Err(Stopped::Broken);
            }
            if decoded.no_speech > limits.no_speech_max {
                return Ok(decoded);
            }
        }
    }
    decoded.tokens.push(vocabulary.stamps);
    let wanted = (TOKENS_BASE + TOKENS_PER_SECOND * limits.speech_seconds) as usize;
    let count_max = wanted.min(limits.length_max - vocabulary.prompt.len());
    for _ in 0..count_max {
        constrain(&mut scores, vocabulary, &decoded.tokens);
        let (token, log_probability) = best(&scores);
        if token == vocabulary.end {
            break;
        }
        let closes = vocabulary.seconds(token).filter(|_| {
            let last = decoded.tokens.last();
            last.is_some_and(|&last| vocabulary.is_text(last))
        });
        decoded.tokens.push(token);
        if vocabulary.is_text(token) {
            decoded.log_probability += log_probability;
            if let Some(keep) = without_loop(&decoded.tokens, vocabulary) {
                decoded.tokens.truncate(keep);
                decoded.looped = true;
                break;
            }
        }
        if closes.is_some_and(|at| at >= limits.speech_seconds - LAST_SEGMENT) {
            break;
        }
        writer.next(token, &mut scores)?;
    }
    Ok(decoded)
}

/// Leaves only those scores that may follow `tokens`.
fn constrain(scores: &mut [f32], vocabulary: &Vocabulary, tokens: &[u32]) {
    let stamps = vocabulary.stamps as usize;
    let end = vocabulary.end as usize;
    // Between the end and the stamps stand only marks.
    forbid(&mut scores[end + 1..stamps]);
    let first = vocabulary.suppressed_first.iter();
    let first = first.filter(|_| tokens.len() == 1);
    for &id in vocabulary.suppressed.iter().chain(first) {
        scores[id as usize] = f32::NEG_INFINITY;
    }
    let is_stamp = |token: &u32| *token >= vocabulary.stamps;
    let after_stamp = tokens.last().is_some_and(is_stamp);
    let opened = after_stamp && tokens.iter().rev().nth(1).is_none_or(is_stamp);
    // After the opening stamp comes text, after the closing one no text.
    if opened {
        forbid(&mut scores[stamps..]);
    } else if after_stamp {
        forbid(&mut scores[..end]);
    }
    if let Some(&last) = tokens.iter().rev().find(|token| is_stamp(token)) {
        // The next segment may open where this one closed, but none closes where it opened.
        let earliest = last as usize + usize::from(!after_stamp);
        forbid(&mut scores[stamps..earliest]);
    }
    let (text, stamp) = scores.split_at_mut(stamps);
    if kernels::log_sum_exp(stamp) > kernels::maximum(text) {
        forbid(text);
    }
}

fn forbid(scores: &mut [f32]) {
    scores.fill(f32::NEG_INFINITY);
}

/// The best token and the logarithm of its probability.
fn best(scores: &[f32]) -> (u32, f32) {
    let top = kernels::maximum(scores);
    let index = scores.iter().position(|&score| score == top).unwrap_or(0);
    let token = u32::try_from(index).expect("vocabularies are small");
    (token, top - kernels::log_sum_exp(scores))
}

/// If the text at the end of `tokens` repeats itself beyond what people say, where to cut so that one
/// repetition stays. Stamps in between do not matter.
fn without_loop(tokens: &[u32], vocabulary: &Vocabulary) -> Option<usize> {
    let places = (0..tokens.len()).filter(|&i| vocabulary.is_text(tokens[i]));
    let places: Vec<usize> = places.collect();
    let text: Vec<u32> = places.iter().map(|&i| tokens[i]).collect();
    (1..=text.len() / 3).find_map(|period| {
        // "No no no no" and "one two one two one two" are things that people say.
        let times = match period {
            1 => 8,
            2 | 3 => 5,
            _ => 3,
        };
        let span = period * times;
        let tail = &text[text.len().checked_sub(span)?..];
        let repeats = tail[period..] == tail[..span - period];
        repeats.then(|| places[text.len() - span + period])
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tests::small;
    use super::*;

    const END: u32 = 6;
    const STAMPS: u32 = 12;
    const NO_SPEECH: usize = 10;
    const SIZE: usize = 160;

    fn vocabulary() -> Vocabulary {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        Vocabulary::load(folder.path(), SIZE).unwrap()
    }

    fn at(seconds: f32) -> u32 {
        STAMPS + (seconds * 50.0).round() as u32
    }

    /// A writer that wants certain tokens, one after another, and then the end.
    struct Script {
        wanted: Vec<Vec<(u32, f32)>>,
        no_speech: f32,
        taken: Vec<u32>,
    }

    impl Script {
        fn new(wanted: &[u32]) -> Self {
            Self {
                wanted: wanted.iter().map(|&token| vec![(token, 10.0)]).collect(),
                no_speech: -10.0,
                taken: Vec::new(),
            }
        }
    }

    impl Writer for Script {
        fn next(&mut self, token: u32, scores: &mut Vec<f32>) -> Result<(), Stopped> {
            self.taken.push(token);
            scores.clear();
            scores.resize(SIZE, 0.0);
            match self.taken.len().checked_sub(2) {
                None => scores[NO_SPEECH] = self.no_speech,
                Some(step) => match self.wanted.get(step) {
                    Some(wanted) => wanted.iter().for_each(|&(t, s)| scores[t as usize] = s),
                    None => scores[END as usize] = 10.0,
                },
            }
            Ok(())
        }
    }

    fn run(writer: &mut Script, speech_seconds: f32) -> Decoded {
        let limits = Limits { speech_seconds, length_max: 448, no_speech_max: 0.5 };
        decode(writer, &vocabulary(), limits).unwrap()
    }

    #[test]
    fn text_between_two_stamps_is_written_and_the_last_segment_ends_it() {
        let mut writer = Script::new(&[0, 1, 2, at(1.8), at(1.8), 0]);
        let decoded = run(&mut writer, 2.0);
        assert_eq!(decoded.tokens, [STAMPS, 0, 1, 2, at(1.8)]);
        assert_eq!(writer.taken, [7, STAMPS, 0, 1, 2]);
        assert!(!decoded.looped);
    }

    #[test]
    fn a_segment_that_closes_early_is_followed_by_another() {
        let decoded = run(&mut Script::new(&[0, 2, at(0.5), at(0.6), 1, at(1.9)]), 2.0);
        assert_eq!(decoded.tokens, [STAMPS, 0, 2, at(0.5), at(0.6), 1, at(1.9)]);
    }

    #[test]
    fn nothing_is_written_when_nobody_speaks() {
        let mut writer = Script::new(&[0, 1]);
        writer.no_speech = 10.0;
        let decoded = run(&mut writer, 2.0);
        assert!(decoded.tokens.is_empty());
        assert!(decoded.no_speech > 0.99);
        assert_eq!(writer.taken, [7]);
    }

    #[test]
    fn suppressed_tokens_and_marks_are_never_taken() {
        // 3 is suppressed always, 2 and the end only at first, 11 is the mark for no stamps.
        let decoded = run(&mut Script::new(&[2, 3, 11, 2, END]), 2.0);
        let text: Vec<u32> = decoded.tokens[1..].to_vec();
        assert_ne!(text[0], 2);
        assert!(!text.contains(&3) && !text.contains(&11));
        assert!(text.contains(&2));
    }

    #[test]
    fn stamps_never_go_back() {
        let mut writer = Script::new(&[0, 0, 0, 1]);
        writer.wanted[1] = vec![(at(1.0), 10.0)];
        // Back to 0.4 is wanted most, forward to 1.2 a little: forward it goes.
        writer.wanted[2] = vec![(at(0.4), 10.0), (at(1.2), 5.0)];
        let decoded = run(&mut writer, 2.0);
        assert_eq!(decoded.tokens[..4], [STAMPS, 0, at(1.0), at(1.2)]);
    }

    #[test]
    fn no_segment_closes_where_it_opened() {
        let mut writer = Script::new(&[0, 0]);
        writer.wanted[1] = vec![(STAMPS, 10.0), (at(0.3), 5.0)];
        assert_eq!(run(&mut writer, 0.5).tokens, [STAMPS, 0, at(0.3)]);
    }

    #[test]
    fn many_likely_stamps_beat_one_likelier_word() {
        let mut writer = Script::new(&[0, 0]);
        writer.wanted[1] = vec![(1, 3.0)];
        writer.wanted[1].extend((0..40).map(|i| (at(1.5) + i, 2.5)));
        let decoded = run(&mut writer, 2.0);
        assert_eq!(decoded.tokens, [STAMPS, 0, at(1.5)]);
    }

    #[test]
    fn the_length_is_capped_by_the_length_of_the_sound() {
        let endless: Vec<u32> = (0..400).map(|i| [0, 1, 2, 4, 5][(i * i / 3) % 5]).collect();
        let decoded = run(&mut Script::new(&endless), 2.0);
        assert_eq!(decoded.tokens.len(), 1 + 6 + 16);
        let decoded = run(&mut Script::new(&endless), 0.0);
        assert_eq!(decoded.tokens.len(), 1 + 6);
    }

    #[test]
    fn a_loop_is_cut_back_to_one_round() {
        let round = [0, 1, 2, 4];
        let wanted: Vec<u32> = round.iter().copied().cycle().take(60).collect();
        let decoded = run(&mut Script::new(&wanted), 30.0);
        assert!(decoded.looped);
        assert_eq!(decoded.tokens, [STAMPS, 0, 1, 2, 4]);
        let decoded = run(&mut Script::new(&[1; 60]), 30.0);
        assert_eq!(decoded.tokens, [STAMPS, 1]);
    }

    #[test]
    fn a_loop_through_segments_is_found_too() {
        let mut wanted = Vec::new();
        for i in 0..5 {
            wanted.extend([0, 1, 0, 2, at(0.3 * (i + 1) as f32), at(0.3 * (i + 1) as f32)]);
        }
        let decoded = run(&mut Script::new(&wanted), 30.0);
        assert!(decoded.looped);
        assert_eq!(decoded.tokens[..5], [STAMPS, 0, 1, 0, 2]);
        assert_eq!(vocabulary().text(&decoded.tokens), " hello world hello.");
    }

    #[test]
    fn what_people_repeat_is_no_loop() {
        let decoded = run(&mut Script::new(&[0, 0, 0, 0, 2]), 5.0);
        assert!(!decoded.looped);
        let decoded = run(&mut Script::new(&[0, 1, 0, 1, 0, 1, 2]), 5.0);
        assert!(!decoded.looped);
    }

    #[test]
    fn confidence_is_that_of_the_text_alone() {
        let mut writer = Script::new(&[0, at(1.9)]);
        // Against the others at 0 that may follow, a score of 10 is nearly certain.
        let sure = run(&mut writer, 2.0).log_probability;
        writer.taken.clear();
        writer.wanted[0] = vec![(0, 1.0), (1, 0.999)];
        let unsure = run(&mut writer, 2.0).log_probability;
        assert!(sure > -0.05 && sure < 0.0);
        assert!(unsure < -1.0);
    }

    #[test]
    fn scores_that_are_no_numbers_end_the_decode() {
        let mut writer = Script::new(&[0]);
        writer.no_speech = f32::NAN;
        let limits = Limits { speech_seconds: 1.0, length_max: 448, no_speech_max: 0.5 };
        let ended = decode(&mut writer, &vocabulary(), limits);
        assert!(matches!(ended, Err(Stopped::Broken)));
    }

    #[test]
    fn a_cancelled_writer_ends_the_decode() {
        struct Cancelled;
        impl Writer for Cancelled {
            fn next(&mut self, _: u32, _: &mut Vec<f32>) -> Result<(), Stopped> {
                Err(Stopped::Cancelled)
            }
        }
        let limits = Limits { speech_seconds: 1.0, length_max: 448, no_speech_max: 0.5 };
        let ended = decode(&mut Cancelled, &vocabulary(), limits);
        assert!(matches!(ended, Err(Stopped::Cancelled)));
    }
}
