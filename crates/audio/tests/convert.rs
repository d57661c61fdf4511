//! Whatever comes in, the ear gets clean samples of the right number.

use baton_audio::convert::{Flaws, ToEar};
use baton_audio::g711;
use baton_audio::level::Level;
use baton_audio::resample::Resampler;
use baton_types::{AudioFormat, SampleEncoding};
use proptest::prelude::*;

const ENCODINGS: [SampleEncoding; 8] = [
    SampleEncoding::U8,
    SampleEncoding::S16,
    SampleEncoding::S24,
    SampleEncoding::S32,
    SampleEncoding::F32,
    SampleEncoding::F64,
    SampleEncoding::MuLaw,
    SampleEncoding::ALaw,
];

/// Usual rates, the limits, and some that share next to no divisor with 16,000.
const RATES: [u32; 17] = [
    4_000, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000, 384_000,
    15_999, 44_101, 383_999,
];

fn format(sample_rate: u32, channels: u16, encoding: SampleEncoding) -> AudioFormat {
    AudioFormat { sample_rate, channels, encoding }
}

/// `value`, full scale at 1, as one sample of `encoding`.
fn encode(value: f32, encoding: SampleEncoding) -> Vec<u8> {
    let short = (value * 32_767.0).round() as i16;
    match encoding {
        SampleEncoding::U8 => vec![(value * 127.0 + 128.0).round() as u8],
        SampleEncoding::S16 => short.to_le_bytes().to_vec(),
        SampleEncoding::S24 => ((value * 8_388_607.0).round() as i32).to_le_bytes()[..3].to_vec(),
        SampleEncoding::S32 => ((f64::from(value) * 2_147_483_647.0).round() as i32).to_le_bytes().to_vec(),
        SampleEncoding::F32 => value.to_le_bytes().to_vec(),
        SampleEncoding::F64 => f64::from(value).to_le_bytes().to_vec(),
        SampleEncoding::MuLaw => vec![g711::encode_mu_law(short)],
        SampleEncoding::ALaw => vec![g711::encode_a_law(short)],
    }
}

fn tone(hz: f32, rate: u32, instants: usize) -> Vec<f32> {
    (0..instants)
        .map(|k| 0.5 * (std::f64::consts::TAU * f64::from(hz) * k as f64 / f64::from(rate)).sin() as f32)
        .collect()
}

/// How far `out` is from the tone of [`tone`] at 440 Hz: what is left without its best fit, in dBFS, and by how many
/// samples that fit is shifted. The filter rings where a stream begins and ends: only the middle counts.
fn distance_to_tone(out: &[f32]) -> (f32, f64) {
    // Whole periods, so that sine and cosine are at right angles.
    let middle = out.len() / 4..out.len() / 4 + 400 * 4;
    let angle = |k: usize| std::f64::consts::TAU * 440.0 * k as f64 / 16_000.0;
    let fit = |wave: fn(f64) -> f64| middle.clone().map(|k| wave(angle(k)) * f64::from(out[k])).sum::<f64>() / 800.0;
    let (sine, cosine) = (fit(f64::sin), fit(f64::cos));
    let gain_lost = sine.hypot(cosine) / 0.5;
    assert!((0.98..1.02).contains(&gain_lost), "the tone came out at {gain_lost} times its level");
    let rest = |k: usize| out[k] - (sine * angle(k).sin() + cosine * angle(k).cos()) as f32;
    let rest: Vec<f32> = middle.clone().map(rest).collect();
    (Level::of(&rest).rms_dbfs, cosine.atan2(sine) / angle(1))
}

fn convert(converter: &mut ToEar, bytes: &[u8], cuts: &[usize]) -> Vec<f32> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    for &cut in cuts.iter().cycle().take(if cuts.iter().any(|&cut| cut > 0) { usize::MAX } else { 0 }) {
        let (piece, after) = rest.split_at(cut.min(rest.len()));
        converter.push_bytes(piece, &mut out);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    converter.push_bytes(rest, &mut out);
    converter.flush(&mut out);
    out
}

#[test]
fn a_tone_is_the_same_tone_whatever_its_coding_rate_and_channels() {
    for encoding in ENCODINGS {
        for rate in RATES {
            for channels in [1, 2, 6] {
                let tone_in = tone(440.0, rate, rate as usize / 4);
                let bytes: Vec<u8> =
                    tone_in.iter().flat_map(|&value| encode(value, encoding).repeat(channels)).collect();
                let mut converter = ToEar::new(format(rate, channels as u16, encoding)).unwrap();
                let out = convert(&mut converter, &bytes, &[]);
                let label = format!("{encoding:?} at {rate} Hz, {channels} channels");
                assert_eq!(out.len(), (tone_in.len() * 16_000).div_ceil(rate as usize), "{label}");
                assert_eq!(converter.flaws(), Flaws::default(), "{label}");
                let (error_dbfs, shift) = distance_to_tone(&out);
                assert!(shift.abs() <= 1.6, "{label}: {shift} samples away from where it was");
                let limit = match encoding {
                    SampleEncoding::U8 | SampleEncoding::MuLaw | SampleEncoding::ALaw => -42.0,
                    _ => -70.0,
                };
                assert!(error_dbfs < limit, "{label}: {error_dbfs} dBFS of error");
            }
        }
    }
}

#[test]
fn what_lies_above_the_new_band_is_gone_and_does_not_fold_back() {
    for (from, to, hz) in
        [(48_000, 16_000, 9_000.0), (44_100, 16_000, 12_000.0), (22_050, 8_000, 5_000.0), (44_101, 16_000, 10_000.0)]
    {
        let mut resampler = Resampler::new(from, to).unwrap();
        let mut out = Vec::new();
        resampler.push(&tone(hz, from, from as usize), &mut out);
        resampler.flush(&mut out);
        let level = Level::of(&out[out.len() / 4..out.len() * 3 / 4]).rms_dbfs;
        assert!(level < -70.0, "{hz} Hz from {from} to {to}: {level} dBFS is left");
    }
}

#[test]
fn speech_keeps_its_treble() {
    for (from, to, hz) in
        [(48_000, 16_000, 7_000.0), (44_100, 16_000, 7_000.0), (22_050, 24_000, 10_000.0), (8_000, 16_000, 3_400.0)]
    {
        let mut resampler = Resampler::new(from, to).unwrap();
        let mut out = Vec::new();
        resampler.push(&tone(hz, from, from as usize), &mut out);
        resampler.flush(&mut out);
        let level = Level::of(&out[out.len() / 4..out.len() * 3 / 4]).rms_dbfs;
        assert!((level + 9.03).abs() < 1.0, "{hz} Hz from {from} to {to}: {level} dBFS of -9");
    }
}

#[test]
fn full_scale_square_waves_stay_within_full_scale() {
    let square: Vec<f32> = (0..48_000).map(|k| if k / 37 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let mut converter = ToEar::new(format(48_000, 1, SampleEncoding::F32)).unwrap();
    let mut out = Vec::new();
    converter.push_floats(&square, &mut out);
    converter.flush(&mut out);
    assert!(out.iter().all(|sample| sample.abs() <= 1.0));
    assert!(Level::of(&out).rms_dbfs > -2.0);
}

#[test]
fn a_constant_offset_is_taken_away_when_asked() {
    let mut bytes = Vec::new();
    for value in tone(300.0, 16_000, 32_000) {
        bytes.extend(encode(value + 0.3, SampleEncoding::S16));
    }
    let format = format(16_000, 1, SampleEncoding::S16);
    let mean = |out: &[f32]| out[16_000..].iter().sum::<f32>() / (out.len() - 16_000) as f32;
    let kept = convert(&mut ToEar::new(format).unwrap(), &bytes, &[]);
    assert!((mean(&kept) - 0.3).abs() < 0.01);
    let removed = convert(&mut ToEar::new(format).unwrap().without_offset(), &bytes, &[]);
    assert!(mean(&removed).abs() < 0.001);
    assert!((Level::of(&removed[16_000..]).rms_dbfs + 9.03).abs() < 0.1);
}

#[test]
fn flaws_are_mended_and_counted() {
    let mut converter = ToEar::new(format(16_000, 1, SampleEncoding::F32)).unwrap();
    let mut out = Vec::new();
    let input = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40, 1e-20, 2.0, -7.0, 0.25, 0.0, -0.0, 1.0];
    converter.push_floats(&input, &mut out);
    converter.flush(&mut out);
    assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.25, 0.0, 0.0, 1.0]);
    assert_eq!(converter.flaws(), Flaws { not_finite: 3, denormal: 1, clipped: 2, ..Flaws::default() });
}

#[test]
fn odd_pieces_are_carried_over_and_counted_and_a_last_stump_is_dropped() {
    let mut converter = ToEar::new(format(16_000, 2, SampleEncoding::S16)).unwrap();
    let mut out = Vec::new();
    // Two instants of two channels in 8 bytes, cut inside a sample, between samples, and nowhere.
    let bytes = [0x00, 0x40, 0x00, 0x40, 0x00, 0xc0, 0x00, 0xc0];
    for piece in [&bytes[..0], &bytes[..1], &bytes[1..6], &bytes[6..], &[1, 2, 3]] {
        converter.push_bytes(piece, &mut out);
    }
    converter.flush(&mut out);
    assert_eq!(out, [0.5, -0.5]);
    assert_eq!(converter.flaws(), Flaws { split: 3, dropped_bytes: 3, ..Flaws::default() });
    converter.push_bytes(&bytes, &mut out);
    assert_eq!(out[2..], [0.5, -0.5], "the stump does not shift the next stream");
}

#[test]
fn a_sample_that_comes_byte_by_byte_is_there_with_its_last_byte() {
    let mut converter = ToEar::new(format(16_000, 1, SampleEncoding::S32)).unwrap();
    let mut out = Vec::new();
    for (count, byte) in (1..).zip([0, 0, 0, 0x40, 0, 0, 0, 0xc0]) {
        converter.push_bytes(&[byte], &mut out);
        assert_eq!(out, &[0.5, -0.5][..count / 4], "after {count} bytes");
    }
    converter.flush(&mut out);
    assert_eq!(out.len(), 2);
    assert_eq!(converter.flaws(), Flaws { split: 6, ..Flaws::default() });
}

#[test]
fn ten_seconds_in_one_piece_are_the_same_as_in_many() {
    let bytes: Vec<u8> =
        tone(250.0, 44_100, 441_000).iter().flat_map(|&value| encode(value, SampleEncoding::S16)).collect();
    let format = format(44_100, 1, SampleEncoding::S16);
    let whole = convert(&mut ToEar::new(format).unwrap(), &bytes, &[]);
    assert_eq!(whole.len(), 160_000);
    assert_eq!(convert(&mut ToEar::new(format).unwrap(), &bytes, &[1, 1_763, 20]), whole);
}

#[test]
fn what_is_held_back_is_bounded_by_the_stated_delay() {
    for from in RATES {
        for to in [8_000, 16_000, 24_000, 48_000] {
            let mut resampler = Resampler::new(from, to).unwrap();
            let (mut out, mut pushed) = (Vec::new(), 0_u64);
            for _ in 0..40 {
                resampler.push(&vec![0.1; from as usize / 100], &mut out);
                pushed += u64::from(from / 100);
                let ready = pushed.saturating_sub(resampler.delay_max() as u64) * u64::from(to) / u64::from(from);
                assert!(out.len() as u64 >= ready, "{from} to {to}: {} of {ready}", out.len());
            }
            let delay_ms = resampler.delay_max() as f64 * 1e3 / f64::from(from);
            assert!(delay_ms <= 90.0, "{from} to {to} may hold back {delay_ms} ms");
        }
    }
}

#[test]
fn a_converter_holds_back_no_more_than_it_states() {
    for rate in RATES {
        let mut converter = ToEar::new(format(rate, 2, SampleEncoding::S16)).unwrap();
        let piece = vec![0x10; rate as usize / 100 * converter.format().frame_bytes()];
        let (mut out, mut pushed) = (Vec::new(), 0_u64);
        for _ in 0..40 {
            converter.push_bytes(&piece, &mut out);
            pushed += u64::from(rate / 100);
            let ready = pushed.saturating_sub(converter.delay_max() as u64) * 16_000 / u64::from(rate);
            assert!(out.len() as u64 >= ready, "{rate} Hz: {} of {ready}", out.len());
        }
    }
}

#[test]
fn rates_outside_the_limits_make_no_resampler() {
    assert!(Resampler::new(0, 16_000).is_err() && Resampler::new(16_000, 400_000).is_err());
    assert!(ToEar::new(format(16_000, 0, SampleEncoding::S16)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_bytes_in_any_format_cut_anywhere_give_clean_samples_of_the_exact_number(
        bytes in prop::collection::vec(any::<u8>(), 0..6_000),
        cuts in prop::collection::vec(0usize..500, 0..12),
        encoding in prop::sample::select(&ENCODINGS[..]),
        rate in prop_oneof![prop::sample::select(&RATES[..]), 4_000u32..60_000],
        channels in 1u16..=32,
        offset in any::<bool>(),
    ) {
        let format = format(rate, channels, encoding);
        let mut converter = ToEar::new(format).unwrap();
        if offset {
            converter = converter.without_offset();
        }
        let out = convert(&mut converter, &bytes, &cuts);
        let instants = bytes.len() / format.frame_bytes();
        prop_assert_eq!(out.len(), (instants * 16_000).div_ceil(rate as usize));
        prop_assert!(out.iter().all(|sample| sample.abs() <= 1.0 && !sample.is_subnormal()));
        prop_assert_eq!(converter.flaws().dropped_bytes as usize, bytes.len() % format.frame_bytes());
        prop_assert_eq!(convert(&mut ToEar::new(format).unwrap(), &bytes, &[]).len(), out.len());
    }

    #[test]
    fn any_floats_between_any_rates_give_numbers_of_the_exact_count(
        samples in prop::collection::vec(any::<f32>(), 0..4_000),
        cut in 0usize..4_000,
        from in 4_000u32..60_000,
        to in prop::sample::select(vec![8_000u32, 16_000, 22_050, 24_000, 44_100, 48_000]),
    ) {
        let mut resampler = Resampler::new(from, to).unwrap();
        for _stream in 0..2 {
            let mut out = Vec::new();
            let (first, second) = samples.split_at(cut.min(samples.len()));
            resampler.push(first, &mut out);
            resampler.push(second, &mut out);
            resampler.flush(&mut out);
            prop_assert_eq!(out.len() as u64, (samples.len() as u64 * u64::from(to)).div_ceil(u64::from(from)));
            prop_assert!(out.iter().all(|sample| sample.is_finite()));
        }
    }
}
