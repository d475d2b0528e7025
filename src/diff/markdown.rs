//! For a comment on a pull request: Markdown that no text can break out of, and that is never too long for a forge.

use super::{
    comparison::Subject,
    lines::{Line, Row, Stretch},
    outline::{Body, Hunk, Part, Section, counted, outline, summary},
    prompts::row,
    registries::Diff,
    say::Inline,
    wrap::shortened,
};
use crate::domain::clean;
use std::{collections::BTreeSet, fmt::Write as _};

/// The most characters of a comment; GitHub takes 65,536.
const CHARACTERS: usize = 60_000;

/// The most characters of one block of text.
const BLOCK: usize = 12_000;

/// Writes what changed as Markdown of at most 60,000 characters. What matters least is left out first, and a line says
/// so; `command` is what shows all of it.
#[must_use]
pub fn markdown(subject: &Subject, command: &str) -> String {
    let mut pieces = Vec::new();
    if let Subject::Change(diff) = subject {
        pieces.push(Piece::new(0, format!("### {}", capital(&inline(&summary(diff))))));
        pieces.extend(table(diff));
    }
    for section in outline(subject) {
        pieces.push(Piece::new(1, heading(&section)));
        pieces.extend(section.parts.iter().map(written));
    }
    bounded(pieces, command)
}

/// A stretch of the page that is kept or left out as a whole; the smaller the rank, the more it matters.
struct Piece {
    rank: u8,
    text: String,
    /// Whether it is an item of a list, so that the next one follows without a gap.
    is_item: bool,
}

impl Piece {
    const fn new(rank: u8, text: String) -> Self {
        Self { rank, text, is_item: false }
    }
}

/// Keeps what matters most, in order.
fn bounded(pieces: Vec<Piece>, command: &str) -> String {
    let mut order: Vec<(u8, usize, usize)> =
        pieces.iter().enumerate().map(|(i, piece)| (piece.rank, i, piece.text.chars().count() + 2)).collect();
    order.sort_unstable();
    let mut room = CHARACTERS - 500;
    let mut kept = BTreeSet::new();
    for (_, i, length) in &order {
        if let Some(left) = room.checked_sub(*length) {
            room = left;
            kept.insert(*i);
        }
    }
    let left_out = pieces.len() - kept.len();
    let mut out = String::new();
    let mut was_item = false;
    for (_, piece) in pieces.into_iter().enumerate().filter(|(i, _)| kept.contains(i)) {
        if !out.is_empty() {
            out.push_str(if was_item && piece.is_item { "\n" } else { "\n\n" });
        }
        out.push_str(&piece.text);
        was_item = piece.is_item;
    }
    if left_out > 0 {
        let (parts, command) = (counted(left_out, "part"), span(&clean(command)));
        let _ = write!(out, "\n\n{parts} left out, so that this fits a comment; {command} shows all.");
    }
    out + "\n"
}

/// The most rows of the table.
const ROWS: usize = 100;

/// The prompts that changed, a row each; none where there is but one.
fn table(diff: &Diff) -> Option<Piece> {
    if diff.prompts.len() < 2 {
        return None;
    }
    let mut out = "| prompt | what | demands | reaches |\n|---|---|---|---|".to_owned();
    for prompt in diff.prompts.iter().take(ROWS) {
        let [what, demands, reaches] = row(prompt).map(|cell| escaped(&cell));
        let _ = write!(out, "\n| {} | {what} | {demands} | {reaches} |", prompt.name);
    }
    if diff.prompts.len() > ROWS {
        let _ = write!(out, "\n| … and {} more | | | |", diff.prompts.len() - ROWS);
    }
    Some(Piece::new(0, out))
}

fn heading(section: &Section) -> String {
    let level = if section.level == 1 { "####" } else { "#####" };
    let aside = if section.aside.is_empty() { String::new() } else { format!(": {}", inline(&section.aside).trim()) };
    format!("{level} {}{aside}", inline(&section.title).trim())
}

fn written(part: &Part) -> Piece {
    let text = match &part.body {
        Body::Quote(text) => {
            let text = clean(text);
            let lines = text.lines().filter(|line| !line.trim().is_empty()).take(3);
            lines.map(|line| format!("> {}", escaped(line.trim()))).collect::<Vec<_>>().join("\n")
        }
        Body::Items(title, items) => return Piece { is_item: true, ..Piece::new(part.rank, list(title, items)) },
        Body::Text { title, is_open, hunks } => {
            let open = if *is_open { " open" } else { "" };
            format!("<details{open}><summary>{}</summary>\n\n{}\n\n</details>", html(title), fenced(hunks))
        }
    };
    Piece::new(part.rank, text)
}

fn list(title: &str, items: &[Vec<Inline>]) -> String {
    let title = format!("- **{}:**", escaped(title));
    match items {
        [one] => format!("{title} {}", squeezed(&inline(one))),
        many => many.iter().fold(title, |text, item| text + "\n  - " + &squeezed(&inline(item))),
    }
}

/// The lines of texts in a fence that is longer than any in them.
fn fenced(hunks: &[Hunk]) -> String {
    let mut text = String::new();
    let mut count = 0;
    let mut left_out = 0;
    for line in hunks.iter().flat_map(lines) {
        count += line.chars().count() + 1;
        if count > BLOCK {
            left_out += 1;
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    if left_out > 0 {
        let _ = writeln!(text, "@@ … and {} @@", counted(left_out, "more line"));
    }
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}diff\n{text}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn lines(hunk: &Hunk) -> Vec<String> {
    let mut out = vec![format!("@@ {} @@", clean(&hunk.title))];
    for row in &hunk.rows {
        match row {
            Row::Same(text) => out.push(format!("  {}", clean(text))),
            Row::Folded(count) => out.push(format!("  ⋮ {}", counted(*count, "line"))),
            Row::Changed(old, new) => {
                out.extend(old.iter().map(|line| format!("- {}", marked(line, ("[-", "-]")))));
                out.extend(new.iter().map(|line| format!("+ {}", marked(line, ("{+", "+}")))));
            }
        }
    }
    out
}

/// A line with marks around the words that changed, unless all of it did.
fn marked(line: &Line, (open, close): (&str, &str)) -> String {
    let is_whole = line.iter().all(|stretch| stretch.is_changed);
    let stretch = |(i, stretch): (usize, &Stretch)| {
        let text = clean(&stretch.text);
        match (stretch.is_changed, is_whole) {
            (true, false) => format!("{open}{text}{close}"),
            (true, true) => text,
            (false, _) => shortened(&text, i == 0, i + 1 == line.len()),
        }
    };
    line.iter().enumerate().map(stretch).collect()
}

/// Our own columns as single blanks.
fn squeezed(text: &str) -> String {
    text.split("  ").filter(|part| !part.is_empty()).map(str::trim).collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn inline(parts: &[Inline]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Inline::Say(text) => escaped(text),
            Inline::Code(text) => span(text),
            Inline::Mixed(text) => mixed(text),
        })
        .collect()
}

/// A message in which names stand in backticks: whatever the number of backticks, each piece is one or the other.
fn mixed(text: &str) -> String {
    text.split('`').enumerate().map(|(i, piece)| if i % 2 == 1 { span(piece) } else { escaped(piece) }).collect()
}

/// A code span that its text cannot end.
fn span(text: &str) -> String {
    if text.trim().is_empty() {
        return "\\`\\`".to_owned();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    let gap = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}

/// A text in which nothing means anything: no mark-up, no HTML, no mention, no reference, no link.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // What follows an at or a number sign, or makes an address, is looked for after mark-up was read.
            '@' | '#' => {
                out.push('\\');
                out.push(c);
                out.push_str("&#8203;");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out.replace("://", ":&#8203;//").replace("www.", "www&#8203;.")
}

/// Words in HTML, where Markdown is not read.
fn html(parts: &[Inline]) -> String {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    parts
        .iter()
        .map(|part| match part {
            Inline::Say(text) => plain(text).replace('@', "@&#8203;"),
            Inline::Code(text) | Inline::Mixed(text) => format!("<code>{}</code>", plain(text)),
        })
        .collect()
}
