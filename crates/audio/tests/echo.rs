//! A simulated room: our own voice comes back through the microphone, and most of it goes.

use baton_audio::echo::{ECHO_FRAME, EchoCanceller};
use baton_audio::generate::{self as sound, Random};
use baton_audio::level::Level;

/// Speech-like sound: syllables of a gliding buzz or of breath through moving resonances, no two alike.
fn far_voice(seconds: f32) -> Vec<f32> {
    let mut random = Random::new(21);
    let mut out = Vec::new();
    while out.len() < sound::samples_of(seconds) {
        out.extend(syllable(&mut random));
        out.extend(sound::silence(0.03 + 0.02 * random.uniform()));
    }
    out.truncate(sound::samples_of(seconds));
    sound::at_level(out, -23.0)
}

fn syllable(random: &mut Random) -> Vec<f32> {
    let len = sound::samples_of(0.2 + 0.08 * random.uniform());
    let mut glide = |middle: f32, spread: f32| (middle + spread * random.uniform(), spread * random.uniform());
    let pitch = glide(120.0, 25.0);
    let formants = [glide(500.0, 250.0), glide(1_500.0, 700.0), glide(2_600.0, 100.0)];
    let is_voiced = random.uniform() < 0.3;
    let (mut phase, mut low, mut band) = (0.0_f32, [0.0_f32; 3], [0.0_f32; 3]);
    let sample = |k| {
        let part = k as f32 / len as f32;
        let at = |(from, change): (f32, f32)| from + change * part;
        phase += at(pitch) / 16_000.0;
        let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase -= pulse;
        let source = if is_voiced { pulse + 0.02 * random.normal() } else { 0.15 * random.normal() };
        for (formant, &hz) in formants.iter().enumerate() {
            let step = std::f32::consts::TAU * at(hz) / 16_000.0;
            low[formant] += step * band[formant];
            band[formant] += step * (source - low[formant] - 0.15 * band[formant]);
        }
        (std::f32::consts::PI * part).sin() * band.iter().sum::<f32>()
    };
    (0..len).map(sample).collect()
}

/// What the microphone takes of `far`: a direct path at -6 dB after `delay_ms`, 120 ms of decaying echoes, and noise
/// at -66 dBFS.
fn room(far: &[f32], delay_ms: usize) -> Vec<f32> {
    let mut random = Random::new(5);
    let mut near = sound::white_noise(6, -66.0, far.len() as f32 / 16_000.0);
    let delay = delay_ms * 16;
    let tail = (1..=120 * 16).filter(|tap| tap % 12 == 0).map(|tap| {
        let fade = (-(tap as f32) / (30.0 * 16.0)).exp();
        (tap, 0.12 * fade * random.normal())
    });
    for (tap, gain) in std::iter::once((0, 0.5)).chain(tail) {
        let echo: Vec<f32> = far.iter().map(|sample| sample * gain).collect();
        sound::mix(&mut near, delay + tap, &echo);
    }
    near
}

fn run(far: &[f32], near: &[f32]) -> (EchoCanceller, Vec<f32>) {
    let mut canceller = EchoCanceller::new();
    let (far, near) = (far.as_chunks::<ECHO_FRAME>().0, near.as_chunks::<ECHO_FRAME>().0);
    let cleaned = far.iter().zip(near).flat_map(|(far, near)| {
        canceller.reference(far);
        canceller.clean(near)
    });
    let cleaned = cleaned.collect();
    (canceller, cleaned)
}

#[test]
fn three_seconds_on_the_echo_is_at_least_20_db_weaker_whatever_its_delay() {
    let far = far_voice(10.0);
    for delay_ms in [0, 1, 2, 40, 150, 300] {
        let near = room(&far, delay_ms);
        let (canceller, cleaned) = run(&far, &near);
        let loss = |from: usize, to: usize| {
            let range = from * 16_000..to * 16_000;
            Level::of(&near[range.clone()]).rms_dbfs - Level::of(&cleaned[range]).rms_dbfs
        };
        println!(
            "delay {delay_ms} ms, found {:?}: {:.1} dB in second 1, {:.1} dB in 2 and 3, {:.1} dB later",
            canceller.delay_ms(),
            loss(0, 1),
            loss(1, 3),
            loss(3, 10)
        );
        assert!(loss(3, 10) >= 20.0, "delay {delay_ms} ms: only {} dB", loss(3, 10));
        let found = canceller.delay_ms().expect("the delay is known by now");
        assert!(found.abs_diff(delay_ms as u32) <= 8, "delay {delay_ms} ms: found {found}");
    }
}

#[test]
fn a_near_voice_comes_through_while_the_loudspeaker_talks() {
    let far = far_voice(10.0);
    let mut near = room(&far, 40);
    let voice = sound::at_level(far_voice(14.0)[4 * 16_000 + 777..].to_vec(), -22.0);
    sound::mix(&mut near, 6 * 16_000, &voice);
    let (_, cleaned) = run(&far, &near);
    let level = Level::of(&cleaned[7 * 16_000..]).rms_dbfs;
    assert!((-36.0..-20.0).contains(&level), "a voice of -22 dBFS came through at {level}");
}

#[test]
fn what_is_no_number_neither_comes_out_nor_stays() {
    let mut canceller = EchoCanceller::new();
    for round in 0..300 {
        let bad = [f32::NAN, f32::INFINITY, f32::MAX, -1e-42][round % 4];
        canceller.reference(&[bad; ECHO_FRAME]);
        assert!(canceller.clean(&[bad; ECHO_FRAME]).iter().all(|sample| sample.abs() <= 1.0));
    }
    for _ in 0..300 {
        canceller.reference(&[0.0; ECHO_FRAME]);
        assert!(canceller.clean(&[0.0; ECHO_FRAME]).iter().all(|sample| sample.abs() <= 1.0));
    }
}
