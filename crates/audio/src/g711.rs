//! G.711, the code of the telephone: eight bits a sample on a logarithmic scale, in its two laws.
//!
//! Decoding gives the 16-bit value of the recommendation's formula (mu-law spans 14 bits, A-law 13, both shifted up
//! to 16); encoding takes the interval that a value lies in. So encoding what was decoded gives the same byte back,
//! save that mu-law's second zero (`0x7f`) becomes the first (`0xff`).

/// What mu-law adds to a magnitude before it takes the logarithm, on the 16-bit scale.
const MU_BIAS: u16 = 132;

/// Greatest magnitude that mu-law tells apart: with the bias it still fits 15 bits.
const MU_CLIP: u16 = 32_767 - MU_BIAS;

/// The value of each mu-law byte.
static MU_VALUES: [i16; 256] = mu_table();

/// The value of each A-law byte.
static A_VALUES: [i16; 256] = a_table();

/// The 16-bit value of one mu-law byte.
#[must_use]
pub fn decode_mu_law(byte: u8) -> i16 {
    MU_VALUES[usize::from(byte)]
}

/// The 16-bit value of one A-law byte.
#[must_use]
pub fn decode_a_law(byte: u8) -> i16 {
    A_VALUES[usize::from(byte)]
}

/// The mu-law byte of a 16-bit value.
#[must_use]
pub fn encode_mu_law(value: i16) -> u8 {
    let magnitude = value.unsigned_abs().min(MU_CLIP) + MU_BIAS;
    let exponent = (15 - magnitude.leading_zeros()) as u8 - 7;
    let mantissa = ((magnitude >> (exponent + 3)) & 15) as u8;
    let sign = if value < 0 { 0x80 } else { 0 };
    !(sign | exponent << 4 | mantissa)
}

/// The A-law byte of a 16-bit value.
#[must_use]
pub fn encode_a_law(value: i16) -> u8 {
    // Negative values are counted from -1, so that both halves have the same intervals.
    let (sign, magnitude) = if value < 0 { (0, !value as u16) } else { (0x80, value as u16) };
    let code = if magnitude < 256 {
        (magnitude >> 4) as u8
    } else {
        let exponent = (15 - magnitude.leading_zeros()) as u8 - 7;
        exponent << 4 | ((magnitude >> (exponent + 3)) & 15) as u8
    };
    (sign | code) ^ 0x55
}

const fn mu_table() -> [i16; 256] {
    let mut values = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = !(byte as u8);
        let mantissa = (code & 15) as u16;
        let magnitude = (((mantissa << 3) + MU_BIAS) << ((code >> 4) & 7)) - MU_BIAS;
        values[byte] = if code & 0x80 == 0 { magnitude as i16 } else { -(magnitude as i16) };
        byte += 1;
    }
    values
}

const fn a_table() -> [i16; 256] {
    let mut values = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = byte as u8 ^ 0x55;
        let exponent = (code >> 4) & 7;
        // The middle of the interval: half a step above its lower end.
        let step = (((code & 15) as u16) << 4) + 8;
        let magnitude = if exponent == 0 { step } else { (step + 256) << (exponent - 1) };
        values[byte] = if code & 0x80 == 0 { -(magnitude as i16) } else { magnitude as i16 };
        byte += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landmarks_of_both_laws_have_the_values_of_the_recommendation() {
        let mu = [(0x00, -32_124), (0x0f, -16_764), (0x7f, 0), (0x80, 32_124), (0xfe, 8), (0xff, 0)];
        for (byte, value) in mu {
            assert_eq!(decode_mu_law(byte), value, "mu-law {byte:#04x}");
        }
        let a = [(0x55, -8), (0xd5, 8), (0x2a, -32_256), (0xaa, 32_256), (0x80, 5_504), (0x54, -24)];
        for (byte, value) in a {
            assert_eq!(decode_a_law(byte), value, "A-law {byte:#04x}");
        }
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for byte in 0..=u8::MAX {
            let again = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(encode_mu_law(decode_mu_law(byte)), again, "mu-law {byte:#04x}");
            assert_eq!(encode_a_law(decode_a_law(byte)), byte, "A-law {byte:#04x}");
        }
    }

    #[test]
    fn every_value_comes_back_within_half_its_interval() {
        for value in i16::MIN..=i16::MAX {
            let wide = i32::from(value);
            let clipped = wide.clamp(-i32::from(MU_CLIP), i32::from(MU_CLIP));
            // Mu-law's coarsest interval is 1,024 wide, its share of the value at most 1/16 of value plus bias.
            let error = (i32::from(decode_mu_law(encode_mu_law(value))) - clipped).abs();
            assert!(error <= (clipped.abs() + 132) / 32 + 1, "mu-law {value}: off by {error}");
            let error = (i32::from(decode_a_law(encode_a_law(value))) - wide).abs();
            assert!(error <= (wide.abs() / 32).max(8) + 1, "A-law {value}: off by {error}");
        }
    }
}
