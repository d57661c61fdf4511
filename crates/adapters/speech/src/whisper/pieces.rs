//! Cutting long sounds into pieces that fit into one window, where it is quietest.

use std::ops::Range;

/// Samples a second.
const RATE: usize = 16_000;
/// The longest piece: what a window holds.
pub(super) const PIECE_MAX: usize = 30 * RATE;
/// Where in a longer sound a cut may lie.
const CUT_EARLIEST: usize = 16 * RATE;
const CUT_LATEST: usize = 27 * RATE;
/// How long the quiet around a cut is.
const QUIET: usize = 3 * RATE / 10;
/// How finely the quietest place is looked for.
const STEP: usize = RATE / 100;

/// The pieces of `samples`, in order and without gaps; none is longer than [`PIECE_MAX`].
pub(super) fn pieces(samples: &[f32]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while samples.len() - start > PIECE_MAX {
        let cut = start + quietest(&samples[start..start + CUT_LATEST]);
        pieces.push(start..cut);
        start = cut;
    }
    pieces.push(start..samples.len());
    pieces
}

/// The middle of the quietest stretch of `samples` from [`CUT_EARLIEST`] on.
fn quietest(samples: &[f32]) -> usize {
    let energy: Vec<f64> = samples[CUT_EARLIEST..]
        .chunks_exact(STEP)
        .map(|step| step.iter().map(|s| f64::from(*s) * f64::from(*s)).sum())
        .collect();
    let (index, _) = energy
        .windows(QUIET / STEP)
        .map(|quiet| quiet.iter().sum::<f64>())
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .expect("there is room for a cut");
    CUT_EARLIEST + index * STEP + QUIET / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seconds: usize) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..seconds * RATE).map(|_| 0.1 * next()).collect()
    }

    #[test]
    fn what_fits_is_one_piece() {
        assert_eq!(pieces(&[]), [Range { start: 0, end: 0 }]);
        assert_eq!(pieces(&vec![0.1; PIECE_MAX]).len(), 1);
    }

    #[test]
    fn a_cut_lies_in_the_middle_of_the_pause() {
        let mut samples = noise(40);
        samples[20 * RATE..20 * RATE + QUIET].fill(0.0);
        // A longer pause too early does not count.
        samples[10 * RATE..12 * RATE].fill(0.0);
        let cut = 20 * RATE + QUIET / 2;
        assert_eq!(pieces(&samples), [0..cut, cut..40 * RATE]);
    }

    #[test]
    fn pieces_have_no_gaps_and_all_fit() {
        let samples = noise(200);
        let pieces = pieces(&samples);
        assert_eq!(pieces[0].start, 0);
        assert_eq!(pieces.last().unwrap().end, samples.len());
        for pair in pieces.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
        assert!(pieces.iter().all(|p| p.len() <= PIECE_MAX && p.len() >= RATE));
    }

    #[test]
    fn samples_that_are_no_numbers_do_not_break_the_cut() {
        let mut samples = noise(31);
        samples[18 * RATE] = f32::NAN;
        samples[19 * RATE] = f32::INFINITY;
        assert_eq!(pieces(&samples).len(), 2);
    }
}
