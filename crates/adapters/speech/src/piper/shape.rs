//! The voice's samples as they should be heard: silence trimmed at both ends, a little louder, never clipped.
//!
//! Works on a stream: what was pushed comes out at once except quiet at the end of it, which is held back until sound
//! follows or the utterance ends. It knows samples at full scale 1.0 and nothing of words.

/// Quiet is below -45 dBFS (root mean square of a block): the voice's own breath lies lower, its softest sounds higher.
const QUIET: f32 = 0.005_623;
/// Samples over which loudness is judged, 3 ms at 22,050 Hz; frames of the network are multiples of it.
const BLOCK: usize = 64;
/// +4 dB: the voice speaks at -24 dBFS, people expect -20.
const GAIN: f32 = 1.584_893;
/// Above this the limiter bends, towards 1.0 and never over it.
const KNEE: f32 = 0.8;

/// One utterance being trimmed and levelled.
pub(super) struct Shaper {
    /// Quiet kept at either end, in samples.
    margin: usize,
    /// Samples that are not out yet: at first the last quiet, later quiet that may be the end.
    held: Vec<f32>,
    has_sound: bool,
    /// Samples taken away at the start so far.
    lead: usize,
    /// Samples of quiet already given out since the last sound.
    tail: usize,
}

impl Shaper {
    /// Keeps 20 ms of quiet at each end.
    pub(super) fn new(sample_rate: u32) -> Self {
        let margin = sample_rate as usize / 50;
        Self { margin, held: Vec::new(), has_sound: false, lead: 0, tail: 0 }
    }

    /// Takes the next samples and gives those that can be heard already.
    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        let before = self.held.len();
        self.held.extend_from_slice(samples);
        let mut blocks = self.held[before..].chunks(BLOCK).enumerate().filter(|(_, block)| is_loud(block));
        let first = blocks.next().map(|(index, _)| before + index * BLOCK);
        let last =
            blocks.next_back().map(|(index, _)| before + (index + 1) * BLOCK).or(first.map(|first| first + BLOCK));
        let (Some(first), Some(last)) = (first, last.map(|last| last.min(self.held.len()))) else {
            return self.without_sound();
        };
        if !self.has_sound {
            self.has_sound = true;
            let cut = first.saturating_sub(self.margin);
            self.lead += cut;
            self.held.drain(..cut);
            return self.release(last - cut, last - cut);
        }
        self.release(last, last)
    }

    /// Ends the utterance: the quiet that may still be heard.
    pub(super) fn finish(mut self) -> Vec<f32> {
        let rest = if self.has_sound { self.margin.saturating_sub(self.tail).min(self.held.len()) } else { 0 };
        self.release(rest, 0)
    }

    /// Samples taken away at the start; final once anything has come out.
    pub(super) fn lead(&self) -> usize {
        self.lead
    }

    fn without_sound(&mut self) -> Vec<f32> {
        if self.has_sound {
            let more = self.margin.saturating_sub(self.tail).min(self.held.len());
            return self.release(more, 0);
        }
        let cut = self.held.len().saturating_sub(self.margin);
        self.lead += cut;
        self.held.drain(..cut);
        Vec::new()
    }

    /// Gives out the first `count` of the held samples, the last `tail_from` of which end with sound.
    fn release(&mut self, count: usize, sound_until: usize) -> Vec<f32> {
        self.tail = if sound_until > 0 { count - sound_until } else { self.tail + count };
        self.held.drain(..count).map(level).collect()
    }
}

fn is_loud(block: &[f32]) -> bool {
    let energy: f32 = block.iter().map(|sample| sample * sample).sum();
    energy > QUIET * QUIET * block.len() as f32
}

/// Louder, and bent softly below full scale.
fn level(sample: f32) -> f32 {
    let louder = sample * GAIN;
    let over = louder.abs() - KNEE;
    if over <= 0.0 { louder } else { (KNEE + (1.0 - KNEE) * (over / (1.0 - KNEE)).tanh()).copysign(louder) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;
    const MARGIN: usize = 441;

    /// Quiet, a tone, quiet inside, a tone, quiet.
    fn speech() -> Vec<f32> {
        let tone = |index: usize| 0.2 * (index as f32 * 0.3).sin();
        let parts = [(0.0, 64 * 30), (1.0, 64 * 40), (0.001, 64 * 50), (1.0, 64 * 20), (0.0, 64 * 60)];
        let mut samples = Vec::new();
        for (volume, len) in parts {
            samples.extend((0..len).map(|index| volume * tone(index)));
        }
        samples
    }

    fn shaped(chunk: usize) -> (Vec<f32>, usize) {
        let mut shaper = Shaper::new(RATE);
        let mut out: Vec<f32> = speech().chunks(chunk).flat_map(|chunk| shaper.push(chunk)).collect();
        let lead = shaper.lead();
        out.extend(shaper.finish());
        (out, lead)
    }

    #[test]
    fn both_ends_are_trimmed_to_the_margin_and_the_middle_stays() {
        let (out, lead) = shaped(usize::MAX);
        assert_eq!(lead, 64 * 30 - MARGIN);
        assert_eq!(out.len(), MARGIN + 64 * 110 + MARGIN);
        assert!(out[..MARGIN].iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn the_size_of_the_chunks_changes_nothing() {
        let whole = shaped(usize::MAX);
        for chunk in [64, 256, 4_096, 64 * 33] {
            assert_eq!(shaped(chunk), whole, "chunks of {chunk}");
        }
    }

    #[test]
    fn sound_comes_out_with_the_chunk_that_brings_it() {
        let mut shaper = Shaper::new(RATE);
        let samples = speech();
        assert!(shaper.push(&samples[..64 * 20]).is_empty());
        assert_eq!(shaper.push(&samples[64 * 20..64 * 40]).len(), MARGIN + 64 * 10);
    }

    #[test]
    fn silence_alone_gives_nothing() {
        let mut shaper = Shaper::new(RATE);
        assert!(shaper.push(&[0.0; 5_000]).is_empty());
        assert!(shaper.finish().is_empty());
    }

    #[test]
    fn loud_samples_are_bent_and_never_reach_full_scale() {
        assert_eq!(level(0.1), 0.1 * GAIN);
        let steps: Vec<f32> = (0..200).map(|step| level(step as f32 / 100.0)).collect();
        assert!(steps.is_sorted());
        assert!(steps.iter().all(|sample| *sample <= 1.0));
        assert_eq!(level(-0.9), -level(0.9));
    }
}
