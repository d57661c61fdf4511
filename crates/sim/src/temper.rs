//! What one seed makes of a session: its configuration, the habits of its human and the quality of its providers.
//!
//! Drawn once per world. Chances are in thousandths; times in milliseconds. The figures follow the habits that are
//! known of people and providers, faults much more often than in life.

use std::collections::BTreeMap;

use baton_session::{Capabilities, Config, IdleEnd, Modality, OwnKind};

use crate::random::Random;

/// The habits of one world.
#[derive(Clone, Debug)]
pub struct Temper {
    /// What the session is made with.
    pub config: Config,
    /// How long the world is lively.
    pub lively_ms: u64,
    /// Habits of the human.
    pub human: HumanTemper,
    /// Quality of the engines and the line.
    pub providers: ProviderTemper,
}

/// Habits of the human.
#[derive(Clone, Debug)]
pub struct HumanTemper {
    /// Never says anything.
    pub is_silent: bool,
    /// Writes instead of speaking.
    pub only_types: bool,
    /// Too far from the microphone: words come, voice is never detected.
    pub is_distant: bool,
    /// Median gap before answering.
    pub gap_ms: u64,
    /// Back-channels during a reply.
    pub back_channels: u64,
    /// Interrupting a reply.
    pub interrupts: u64,
    /// Going on after having seemed done.
    pub goes_on: u64,
    /// Saying "stop" or "stop everything" when interrupting.
    pub stops: u64,
    /// Coughs and the like, a minute.
    pub coughs: u64,
    /// Typing beside speaking, a minute.
    pub lines: u64,
    /// Muting, line loss and stalls, a minute.
    pub losses: u64,
    /// Television or hold music.
    pub television: Television,
    /// Hanging up before the world is calm.
    pub hangs_up: bool,
    /// Using a talk button.
    pub presses: bool,
    /// Speaks in a way that lasts.
    pub is_talkative: bool,
}

/// Sound that is nobody's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Television {
    /// None.
    Off,
    /// Music without words, in stretches.
    Music,
    /// Music that never ends.
    Endless,
    /// Words of others.
    Words,
}

/// Quality of the engines and the line.
#[derive(Clone, Debug)]
pub struct ProviderTemper {
    /// Median time of a recognition.
    pub recognition_ms: u64,
    /// Recognitions that come empty, doubled, late, failed or implausibly long, each.
    pub recognition_faults: u64,
    /// Guesses that are skipped.
    pub skips: u64,
    /// Time of a prediction.
    pub prediction_ms: u64,
    /// Predictions that are wrong, late or missing.
    pub prediction_faults: u64,
    /// Median time to the first piece of text.
    pub first_token_ms: u64,
    /// Generations that go wrong in some way.
    pub generation_faults: u64,
    /// Generations that call tools.
    pub tools: u64,
    /// Cancelled generations that go on for a while all the same.
    pub leaks: u64,
    /// Time to synthesise a clause.
    pub synthesis_ms: u64,
    /// Clauses that fail, are empty or slow.
    pub synthesis_faults: u64,
    /// Whether the voice knows its word times.
    pub has_marks: bool,
    /// How often playing is reported.
    pub report_ms: u64,
    /// Reports that are lost, doubled, late or wrong.
    pub report_faults: u64,
    /// Time until a cut is heard and reported.
    pub stop_ms: u64,
    /// Cuts reported late or never.
    pub stop_faults: u64,
    /// Stalls of the driver, a minute.
    pub stalls: u64,
    /// Lag of the driver behind a timer, at most.
    pub lag_ms: u64,
    /// Events whose time stamp lies before the one before.
    pub clock_faults: u64,
    /// How often the detector says how far it has come.
    pub frame_ms: u64,
}

impl Temper {
    /// Draws the habits of a world.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        let config = config(random);
        let human = human(random, &config);
        let lively_ms = match human.television {
            Television::Endless => random.between(70_000, 90_000),
            Television::Off | Television::Music | Television::Words => random.between(15_000, 55_000),
        };
        Self { config, lively_ms, human, providers: providers(random) }
    }
}

fn config(random: &mut Random) -> Config {
    let own = [
        (OwnKind::Greeting, "Hello, this is Baton."),
        (OwnKind::DidNotCatch, "Sorry, I did not catch that."),
        (OwnKind::Holding, "One moment."),
        (OwnKind::Fault, "Sorry, something went wrong."),
        (OwnKind::Idle, "Are you still there?"),
        (OwnKind::Farewell, "Goodbye then."),
        (OwnKind::HearingLost, "I cannot hear you, please type."),
    ];
    let own: BTreeMap<_, _> = own.into_iter().map(|(kind, text)| (kind, vec![text.to_owned()])).collect();
    let is_streaming = random.chance(250);
    let has_detector = random.chance(930);
    let capabilities = Capabilities {
        predictor: random.chance(750),
        detector: has_detector,
        streaming: is_streaming || !has_detector,
        partials: is_streaming || !has_detector || random.chance(850),
        cheap_finalize: random.chance(750),
    };
    Config {
        own,
        capabilities,
        modality: if random.chance(80) { Modality::Text } else { Modality::Voice },
        greeting: random.chance(400),
        uninterruptible_greeting: random.chance(150),
        echo: random.chance(100),
        idle_end: if random.chance(700) { IdleEnd::Close } else { IdleEnd::Sleep },
        ..Config::default()
    }
}

fn human(random: &mut Random, config: &Config) -> HumanTemper {
    let has_ears = config.capabilities.detector;
    HumanTemper {
        is_silent: random.chance(40),
        only_types: config.modality == Modality::Text && random.chance(700),
        is_distant: !has_ears || (config.capabilities.streaming && random.chance(100)),
        gap_ms: random.around(400.0, 2.5).min(8_000),
        back_channels: random.between(0, 500),
        interrupts: random.between(0, 500),
        goes_on: random.between(0, 400),
        stops: random.between(50, 400),
        coughs: if random.chance(60) { 60 } else { random.between(0, 6) },
        lines: if random.chance(250) { random.between(1, 12) } else { 0 },
        losses: if random.chance(250) { random.between(1, 6) } else { 0 },
        television: match random.between(0, 99) {
            0..=2 => Television::Music,
            3..=4 if has_ears => Television::Endless,
            5..=8 => Television::Words,
            _ => Television::Off,
        },
        hangs_up: random.chance(120),
        presses: random.chance(60),
        is_talkative: random.chance(300),
    }
}

fn providers(random: &mut Random) -> ProviderTemper {
    // Most worlds have one or two things that go wrong, not everything at once.
    let mut faulty = |share: u64, low: u64, high: u64| if random.chance(share) { random.between(low, high) } else { 0 };
    let recognition_faults = faulty(400, 10, 120);
    let skips = faulty(200, 50, 400);
    let prediction_faults = faulty(300, 20, 300);
    let generation_faults = faulty(500, 20, 350);
    let tools = faulty(350, 50, 500);
    let leaks = faulty(400, 50, 600);
    let synthesis_faults = faulty(300, 10, 150);
    let report_faults = faulty(350, 5, 150);
    let stop_faults = faulty(300, 50, 500);
    let stalls = faulty(300, 1, 12);
    let lag_ms = faulty(400, 1, 50);
    let clock_faults = faulty(100, 1, 30);
    ProviderTemper {
        recognition_ms: random.around(300.0, 1.8).min(2_500),
        recognition_faults,
        skips,
        prediction_ms: random.around(60.0, 2.5).min(1_500),
        prediction_faults,
        first_token_ms: random.around(350.0, 1.8).min(3_000),
        generation_faults,
        tools,
        leaks,
        synthesis_ms: random.around(120.0, 2.0).min(1_500),
        synthesis_faults,
        has_marks: random.chance(600),
        report_ms: random.around(120.0, 2.2).clamp(20, 1_000),
        report_faults,
        stop_ms: random.between(5, 150),
        stop_faults,
        stalls,
        lag_ms,
        clock_faults,
        frame_ms: *random.pick(&[60, 96, 128, 160]),
    }
}
