//! What people wrote, made harmless to show: nothing in it steers a terminal or hides from a reader.

/// A text in which no character steers a terminal or hides from a reader. Line feeds stay, tabs become blanks.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// The character itself, or a picture of it where it would steer a terminal or hide from a reader.
#[must_use]
pub fn harmless(c: char) -> char {
    match c {
        '\n' => c,
        '\t' => ' ',
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        _ => c,
    }
}
