//! WAV files put together byte by byte: right ones of every kind, and wrong ones.

/// What the header says.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// 1 PCM, 3 float, 6 A-law, 7 mu-law.
    pub(crate) format: u16,
    pub(crate) channels: u16,
    pub(crate) rate: u32,
    pub(crate) bits: u16,
}

impl Header {
    /// 16 kHz mono s16.
    pub(crate) const EAR: Self = Self { format: 1, channels: 1, rate: 16_000, bits: 16 };

    /// A file with this sound.
    pub(crate) fn file(self, sound: &[u8]) -> Vec<u8> {
        self.declaring(u32::try_from(sound.len()).unwrap(), sound)
    }

    /// A file whose header declares so many bytes of sound, whatever follows.
    pub(crate) fn declaring(self, declared: u32, sound: &[u8]) -> Vec<u8> {
        let block = self.channels * self.bits / 8;
        let mut file = Vec::with_capacity(sound.len() + 44);
        file.extend(b"RIFF");
        file.extend(declared.saturating_add(36).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0");
        file.extend(self.format.to_le_bytes());
        file.extend(self.channels.to_le_bytes());
        file.extend(self.rate.to_le_bytes());
        file.extend((self.rate * u32::from(block)).to_le_bytes());
        file.extend(block.to_le_bytes());
        file.extend(self.bits.to_le_bytes());
        file.extend(b"data");
        file.extend(declared.to_le_bytes());
        file.extend(sound);
        file
    }
}

/// Samples as s16.
pub(crate) fn s16(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()).collect()
}

/// Samples as unsigned 8 bit.
pub(crate) fn u8(samples: &[f32]) -> Vec<u8> {
    samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 127.0 + 128.0) as u8).collect()
}

/// Samples as 32-bit float, as they are.
pub(crate) fn f32(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}
