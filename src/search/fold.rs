//! Characters as they are compared: lower case, without accents, full-width forms and ligatures taken apart.

use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// Whether a character belongs to a script that is written without spaces between words, or is found within words.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0FFF | 0x1000..=0x109F | 0x1100..=0x11FF | 0x1780..=0x17FF // Thai, Lao, Tibetan, Myanmar, Jamo, Khmer
        | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3031..=0x3035 | 0x3040..=0x318F // radicals, kana, Bopomofo, Jamo
        | 0x31A0..=0x31BF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF // Han
        | 0xA960..=0xA97F | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFF66..=0xFFDC // Hangul, half-width forms
        | 0x1B000..=0x1B16F | 0x20000..=0x3FFFF)
        && is_letter(c)
}

/// Whether a word can have this character: a letter, a digit, or a mark on one.
pub(super) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric() || (is_combining_mark(c) && !is_silent(c))
}

/// Whether a character within a word says nothing: an accent, a vowel point, a joiner, a stretched line.
pub(super) fn is_silent(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x0640 | 0x200C..=0x200D | 0x2060 | 0xFEFF | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF
        | 0x0300..=0x036F | 0x0483..=0x0487 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F
        | 0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C2 | 0x05C4..=0x05C5 | 0x05C7 // Hebrew
        | 0x0610..=0x061A | 0x064B..=0x065F | 0x0670 | 0x06D6..=0x06DC | 0x06DF..=0x06E4 | 0x06E7..=0x06E8
        | 0x06EA..=0x06ED // Arabic
        | 0x093C | 0x09BC | 0x0A3C | 0x0ABC | 0x0B3C | 0x0CBC) // dots of Indian scripts
}

/// Puts what a character is compared as behind `out`; nothing where it says nothing.
pub(super) fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    decompose_compatible(c, |part| {
        for lower in part.to_lowercase() {
            match plain(lower) {
                Some(text) => out.push_str(text),
                None if is_letter(lower) && !is_silent(lower) => out.push(digit(lower)),
                None => {}
            }
        }
    });
}

/// A character of a script without spaces, put together with what follows it: `ｶﾞ` and `か` with its mark are one.
pub(super) fn fold_unspaced(c: char) -> char {
    // Syllables and voiced kana are one character here, which taking apart would make two.
    if !matches!(u32::from(c), 0xFF66..=0xFFDC | 0xF900..=0xFAFF | 0x2E80..=0x2FDF | 0x2F800..=0x2FA1F) {
        return c;
    }
    let mut first = None;
    decompose_compatible(c, |part| first = first.or(Some(part)));
    first.unwrap_or(c)
}

/// The one character that two are, where they are one.
pub(super) fn joined(first: char, second: char) -> Option<char> {
    compose(first, fold_unspaced(second))
}

/// Letters that have a plain form which taking apart does not give.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        '\u{0671}' => "\u{0627}",
        '\u{0649}' | '\u{06CC}' => "\u{064A}",
        '\u{06A9}' => "\u{0643}",
        '\u{0629}' => "\u{0647}",
        _ => return None,
    })
}

fn digit(c: char) -> char {
    let value = match u32::from(c) {
        code @ 0x0660..=0x0669 => code - 0x0660,
        code @ 0x06F0..=0x06F9 => code - 0x06F0,
        code @ 0x0966..=0x096F => code - 0x0966,
        _ => return c,
    };
    char::from_digit(value, 10).unwrap_or(c)
}
