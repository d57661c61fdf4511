//! Which devices there are, as far as the system's own tools tell.

use std::ffi::OsStr;
use std::time::Duration;

use super::child::run_briefly;
use super::program::{Direction, Environment, Program, ProgramKind};

/// How long a listing may take.
const LIST_TIME_MAX: Duration = Duration::from_secs(2);

/// Devices that are listed at most.
const DEVICES_MAX: usize = 100;

/// A device that a program told of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// What to write as `audio.input_device` or `audio.output_device`.
    pub name: String,
    /// What people call it.
    pub description: String,
}

/// What there is to record and to play with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The program that records, if there is one.
    pub capture: Option<Program>,
    /// The program that plays, if there is one.
    pub playback: Option<Program>,
    /// Microphones under the names that `capture` knows them by. Empty where there is no tool that lists them.
    pub microphones: Vec<Device>,
    /// Loudspeakers under the names that `playback` knows them by.
    pub loudspeakers: Vec<Device>,
    /// What to do when something is lacking; empty when nothing is.
    pub hint: String,
}

/// Looks for programs and devices in the environment of this process. Starts short commands and waits for them, at
/// most some seconds: not for an async step.
#[must_use]
pub fn probe() -> Probe {
    probe_in(&Environment::of_process())
}

/// The same in another environment.
#[must_use]
pub fn probe_in(environment: &Environment) -> Probe {
    let first = |direction| environment.programs(direction).into_iter().next();
    let (capture, playback) = (first(Direction::Capture), first(Direction::Playback));
    let list =
        |program: &Option<Program>| program.as_ref().map_or(Some(Vec::new()), |program| devices(environment, program));
    let (microphones, loudspeakers) = (list(&capture), list(&playback));
    let lacks = [
        capture.is_none().then_some("nothing records: install pipewire-bin, pulseaudio-utils, alsa-utils or sox"),
        playback.is_none().then_some("nothing plays: install pipewire-bin, pulseaudio-utils, alsa-utils or sox"),
        (capture.is_some() && microphones.as_ref().is_some_and(Vec::is_empty))
            .then_some("no microphone is known to the system: plug one in, or use `baton talk --in FILE`"),
        (playback.is_some() && loudspeakers.as_ref().is_some_and(Vec::is_empty))
            .then_some("no loudspeaker is known to the system: use `baton talk --out FILE.wav`"),
    ];
    Probe {
        capture,
        playback,
        microphones: microphones.unwrap_or_default(),
        loudspeakers: loudspeakers.unwrap_or_default(),
        hint: lacks.into_iter().flatten().collect::<Vec<_>>().join("; "),
    }
}

/// The devices for a program; none where nothing lists them.
fn devices(environment: &Environment, program: &Program) -> Option<Vec<Device>> {
    let run = |tool: &str, arguments: &[&str]| {
        let path = environment.find(tool)?;
        let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
        run_briefly(&path, &arguments, LIST_TIME_MAX)
    };
    let is_capture = program.direction == Direction::Capture;
    let mut devices = match program.kind {
        ProgramKind::PipeWire { .. } => pipewire(&run("pw-cli", &["ls", "Node"])?, program.direction),
        ProgramKind::PulseAudio => {
            pulse(&run("pactl", &["list", "short", if is_capture { "sources" } else { "sinks" }])?)
        }
        ProgramKind::Alsa => alsa(&run(&program.name(), &["-l"])?),
        ProgramKind::Sox | ProgramKind::StandIn => return None,
    };
    devices.truncate(DEVICES_MAX);
    Some(devices)
}

/// Lines of tab-separated number, name, driver, format and state. A loudspeaker's monitor is no microphone.
fn pulse(text: &str) -> Vec<Device> {
    let lines = text.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        fields.next()?.parse::<u64>().ok()?;
        let name = fields.next()?.trim();
        let is_device = !name.is_empty() && !name.ends_with(".monitor");
        is_device.then(|| Device { name: name.to_owned(), description: name.replace(['_', '.'], " ") })
    });
    lines.collect()
}

/// Lines as `card 0: PCH [HDA Intel PCH], device 0: ALC3246 Analog [ALC3246 Analog]`.
fn alsa(text: &str) -> Vec<Device> {
    let lines = text.lines().filter_map(|line| {
        let (card, device) = line.strip_prefix("card ")?.split_once(", device ")?;
        let (_, card) = card.split_once(": ")?;
        let (id, card) = card.split_once(" [")?;
        let (number, device) = device.split_once(": ")?;
        let device = device.split_once(" [").map_or(device, |(name, _)| name);
        number.parse::<u32>().ok()?;
        let description = format!("{}, {}", card.trim_end_matches(']'), device.trim());
        Some(Device { name: format!("plughw:CARD={id},DEV={number}"), description })
    });
    lines.collect()
}

/// Blocks that begin with `id N, type …` and hold `key = "value"` lines.
fn pipewire(text: &str, direction: Direction) -> Vec<Device> {
    let class = match direction {
        Direction::Capture => "Audio/Source",
        Direction::Playback => "Audio/Sink",
    };
    let mut devices = Vec::new();
    let (mut name, mut description, mut is_wanted) = (None, None, false);
    let blocks = text.lines().map(str::trim).chain(std::iter::once("id end"));
    for line in blocks {
        if line.starts_with("id ") {
            if let (Some(name), true) = (name.take(), is_wanted) {
                let description = description.take().unwrap_or_else(|| String::clone(&name));
                devices.push(Device { name, description });
            }
            (description, is_wanted) = (None, false);
        } else if let Some((key, value)) = line.trim_start_matches("* ").split_once(" = ") {
            let value = value.trim().trim_matches('"').to_owned();
            match key.trim() {
                "node.name" => name = Some(value),
                "node.description" => description = Some(value),
                "media.class" => is_wanted = value == class,
                _ => {}
            }
        }
    }
    devices
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(devices: &[Device]) -> Vec<&str> {
        devices.iter().map(|device| device.name.as_str()).collect()
    }

    #[test]
    fn pulse_sources_are_listed_without_monitors() {
        let text = "1\talsa_output.pci.analog.monitor\tmodule\ts16le 2ch 44100Hz\tIDLE\n\
                    2\talsa_input.usb-Blue_Yeti\tmodule\ts16le 1ch 48000Hz\tRUNNING\nConnection failure\n";
        assert_eq!(names(&pulse(text)), ["alsa_input.usb-Blue_Yeti"]);
    }

    #[test]
    fn alsa_cards_are_named_so_that_their_rate_is_converted() {
        let text = "**** List of CAPTURE Hardware Devices ****\n\
                    card 0: PCH [HDA Intel PCH], device 0: ALC3246 Analog [ALC3246 Analog]\n  Subdevices: 1/1\n";
        let devices = alsa(text);
        assert_eq!(names(&devices), ["plughw:CARD=PCH,DEV=0"]);
        assert_eq!(devices[0].description, "HDA Intel PCH, ALC3246 Analog");
    }

    #[test]
    fn pipewire_nodes_are_listed_by_their_class() {
        let text = "\tid 34, type PipeWire:Interface:Node/3\n \t\tnode.description = \"Built-in Microphone\"\n\
                    \t\tnode.name = \"alsa_input.pci\"\n \t\tmedia.class = \"Audio/Source\"\n\
                    \tid 35, type PipeWire:Interface:Node/3\n \t\tnode.name = \"alsa_output.pci\"\n\
                    \t\tmedia.class = \"Audio/Sink\"\n";
        let microphones = pipewire(text, Direction::Capture);
        assert_eq!(names(&microphones), ["alsa_input.pci"]);
        assert_eq!(microphones[0].description, "Built-in Microphone");
        assert_eq!(names(&pipewire(text, Direction::Playback)), ["alsa_output.pci"]);
    }

    proptest! {
        #[test]
        fn no_listing_breaks_the_parsers(text in "(card |id |, device |: | \\[|\\]|\t|\n|=|\"|node.name|[a-z0-9])*") {
            pulse(&text);
            alsa(&text);
            pipewire(&text, Direction::Capture);
        }
    }
}
