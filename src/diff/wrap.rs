//! Lines broken into columns, with their colours.

use unicode_width::UnicodeWidthChar as _;

/// How a stretch is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shade {
    Plain,
    Bold,
    Dim,
    Head,
    Removed,
    Added,
    RemovedWord,
    AddedWord,
    RemovedBlank,
    AddedBlank,
}

impl Shade {
    /// The same for the words that changed within a line.
    pub(super) const fn strong(self) -> Self {
        match self {
            Self::Removed => Self::RemovedWord,
            _ => Self::AddedWord,
        }
    }

    /// The same for blanks, which have no colour of their own.
    pub(super) const fn reversed(self) -> Self {
        match self {
            Self::Removed => Self::RemovedBlank,
            _ => Self::AddedBlank,
        }
    }

    pub(super) fn paint(self, text: &str, color: bool) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Head => "36",
            Self::Removed => "31",
            Self::Added => "32",
            Self::RemovedWord => "1;31",
            Self::AddedWord => "1;32",
            Self::RemovedBlank => "7;31",
            Self::AddedBlank => "7;32",
        };
        if color && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A stretch of a line as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    pub shade: Shade,
}

/// How many columns a stretch takes.
pub(super) fn width_of(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| columns(&piece.text)).sum()
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A text cut to so many columns.
pub(super) fn elided(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let mut cut: String = text
        .chars()
        .take_while(|c| {
            let wide = c.width().unwrap_or(0);
            let fits = wide <= room;
            room = room.saturating_sub(wide);
            fits
        })
        .collect();
    cut.push('…');
    cut
}

/// A text with blanks up to so many columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(columns(text));
    format!("{text}{:gap$}", "")
}

/// How many characters of a long unchanged stretch are shown at each end that touches a change.
const AROUND: usize = 60;

/// An unchanged stretch of a changed line without its middle; what begins or ends the line has only one end that touches
/// a change.
pub(super) fn shortened(text: &str, is_first: bool, is_last: bool) -> String {
    let length = text.chars().count();
    if length <= 2 * AROUND + 20 {
        return text.to_owned();
    }
    let head: String = text.chars().take(AROUND).collect();
    let tail: String = text.chars().skip(length - AROUND).collect();
    match (is_first, is_last) {
        (true, false) => format!("…{tail}"),
        (false, true) => format!("{head}…"),
        _ => format!("{head} … {tail}"),
    }
}

/// Breaks a line at blanks so that each part takes no more than `width` columns; words that are longer are broken.
pub(super) fn wrap(pieces: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut room = width;
    for piece in pieces {
        for word in piece.text.split_inclusive(' ') {
            let wide = columns(word.trim_end_matches(' '));
            if wide > room && room < width {
                lines.push(Vec::new());
                room = width;
            }
            for c in word.chars() {
                let wide = c.width().unwrap_or(0);
                if wide > room && c != ' ' {
                    lines.push(Vec::new());
                    room = width;
                }
                if wide <= room {
                    put(&mut lines, c, piece.shade);
                }
                room = room.saturating_sub(wide);
            }
        }
    }
    lines
}

fn put(lines: &mut [Vec<Piece>], c: char, shade: Shade) {
    let Some(line) = lines.last_mut() else { return };
    match line.last_mut() {
        Some(last) if last.shade == shade => last.text.push(c),
        _ => line.push(Piece { text: c.to_string(), shade }),
    }
}
