//! Characters brought to one form, so that the passes after this one meet ASCII wherever there is an ASCII way
//! to write the same.
//!
//! Accents and widths are folded, invisible characters go, quotes and hyphens become the typewriter's, and
//! superscripts become `^2`. Line ends become `\n`; no other control character is left.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::mapped::Mapped;

/// The text in one form of writing.
pub(super) fn normalize(text: &str) -> Mapped {
    let mut out = Mapped::default();
    let mut superscript = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let source = at..at + c.len_utf8();
        if let Some(digit) = superscript_digit(c) {
            if !superscript {
                out.push('^', source.clone());
            }
            superscript = true;
            out.push(digit, source);
            continue;
        }
        superscript = false;
        let digit_before = out.text.ends_with(|c: char| c.is_ascii_digit());
        let digit_after = chars.peek().is_some_and(|(_, c)| c.is_ascii_digit());
        match c {
            '\r' if chars.peek().is_some_and(|(_, c)| *c == '\n') => {}
            // Thin spaces group the digits of long numbers.
            '\u{202F}' | '\u{2009}' if digit_before && digit_after => out.push(',', source),
            _ if is_invisible(c) => {}
            _ => match fixed_form(c) {
                Some(form) => {
                    if digit_before && form.contains('\u{2044}') {
                        out.push(' ', source.clone());
                    }
                    out.push_str(form, source);
                }
                None if c.is_ascii() => {
                    if !c.is_ascii_control() {
                        out.push(c, source);
                    }
                }
                None if c.is_whitespace() => out.push(' ', source),
                None => decompose_compatible(c, |part| {
                    if let Some(form) = fixed_form(part) {
                        out.push_str(form, source.clone());
                    } else if !is_combining_mark(part) && !part.is_control() {
                        out.push(part, source.clone());
                    }
                }),
            },
        }
    }
    out
}

/// The digit or sign a raised character stands for.
fn superscript_digit(c: char) -> Option<char> {
    Some(match c {
        '\u{2070}' => '0',
        '\u{B9}' => '1',
        '\u{B2}' => '2',
        '\u{B3}' => '3',
        '\u{2074}'..='\u{2079}' => char::from(b'4' + (c as u32 - 0x2074) as u8),
        '\u{207B}' => '-',
        '\u{207F}' => 'n',
        _ => return None,
    })
}

/// Whether a character shows nothing by itself: joiners, direction marks, variation selectors, skin tones.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{20E3}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}'
        | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E01EF}' | '\u{2122}' | '\u{AE}' | '\u{2120}')
}

/// Characters with a form of their own, where decomposition has none or the wrong one.
fn fixed_form(c: char) -> Option<&'static str> {
    Some(match c {
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        '\t' => " ",
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2BC}' | '\u{2032}' | '\u{B4}' => "'",
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' | '\u{AB}' | '\u{BB}' | '\u{2033}' => "\"",
        '\u{2039}' | '\u{203A}' => "'",
        '\u{2010}' | '\u{2011}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' => "-",
        '\u{2012}' => "\u{2013}",
        '\u{2015}' => "\u{2014}",
        '\u{B5}' => "\u{3BC}",
        '\u{BA}' => "\u{B0}",
        '\u{2116}' => "No. ",
        '\u{BC}' => "1\u{2044}4",
        '\u{BD}' => "1\u{2044}2",
        '\u{BE}' => "3\u{2044}4",
        '\u{2153}' => "1\u{2044}3",
        '\u{2154}' => "2\u{2044}3",
        '\u{215B}' => "1\u{2044}8",
        '\u{215C}' => "3\u{2044}8",
        '\u{215D}' => "5\u{2044}8",
        '\u{215E}' => "7\u{2044}8",
        'ß' | 'ẞ' => "ss",
        'ø' => "o",
        'Ø' => "O",
        'æ' => "ae",
        'Æ' => "Ae",
        'œ' => "oe",
        'Œ' => "Oe",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        '\u{AF}' | '\u{2C6}' | '\u{2DC}' | '\u{A8}' | '\u{B8}' => " ",
        _ => return None,
    })
}
