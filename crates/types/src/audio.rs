//! Sound as data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Samples a second of everything the ear hears: detector, recogniser, turn detector.
pub const EAR_SAMPLE_RATE: u32 = 16_000;

/// Samples in one frame of the ear: 20 ms.
pub const EAR_FRAME_SAMPLES: usize = 320;

/// How one sample is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleEncoding {
    /// Unsigned 8 bit, 128 is silence.
    U8,
    /// Signed 16 bit, little endian.
    S16,
    /// Signed 24 bit in three bytes, little endian.
    S24,
    /// Signed 32 bit, little endian.
    S32,
    /// IEEE float 32 bit, little endian, nominal range -1 to 1.
    F32,
    /// IEEE float 64 bit, little endian, nominal range -1 to 1.
    F64,
    /// G.711 mu-law, 8 bit.
    MuLaw,
    /// G.711 A-law, 8 bit.
    ALaw,
}

impl SampleEncoding {
    /// Bytes of one sample.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::MuLaw | Self::ALaw => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// Raw interleaved sound: what a device or a file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AudioFormat {
    /// Samples a second and channel, in Hz.
    pub sample_rate: u32,
    /// Interleaved channels.
    pub channels: u16,
    /// How one sample is written.
    pub encoding: SampleEncoding,
}

impl AudioFormat {
    /// 16 kHz mono float: the ear's own format.
    pub const EAR: Self = Self { sample_rate: EAR_SAMPLE_RATE, channels: 1, encoding: SampleEncoding::F32 };

    /// Bytes of one sample of every channel.
    #[must_use]
    pub const fn frame_bytes(self) -> usize {
        self.encoding.bytes() * self.channels as usize
    }
}

/// A short stretch of mono sound, nominal range -1 to 1, cheap to clone.
#[derive(Clone, PartialEq, Debug)]
pub struct AudioFrame {
    /// Position of the first sample in the session's input.
    pub at: Timestamp,
    /// Samples at the rate that the channel states: 16 kHz for the ear, the voice's own for the mouth.
    pub samples: Arc<[f32]>,
}

impl AudioFrame {
    /// The position just behind the last sample.
    #[must_use]
    pub fn end(&self, sample_rate: u32) -> Timestamp {
        let span = Timestamp::from_samples(self.samples.len() as u64, sample_rate);
        Timestamp::from_micros(self.at.as_micros().saturating_add(span.as_micros()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_the_ear_lasts_twenty_milliseconds() {
        let frame = AudioFrame { at: Timestamp::from_millis(40), samples: vec![0.0; EAR_FRAME_SAMPLES].into() };
        assert_eq!(frame.end(EAR_SAMPLE_RATE), Timestamp::from_millis(60));
    }

    #[test]
    fn formats_know_their_size() {
        let sizes = [
            (SampleEncoding::U8, 1),
            (SampleEncoding::S16, 2),
            (SampleEncoding::S24, 3),
            (SampleEncoding::S32, 4),
            (SampleEncoding::F32, 4),
            (SampleEncoding::F64, 8),
            (SampleEncoding::MuLaw, 1),
            (SampleEncoding::ALaw, 1),
        ];
        for (encoding, bytes) in sizes {
            assert_eq!(AudioFormat { sample_rate: 8_000, channels: 2, encoding }.frame_bytes(), 2 * bytes);
        }
        assert_eq!(AudioFormat::EAR.frame_bytes(), 4);
    }
}
