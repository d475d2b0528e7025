//! For people at a terminal: what changed, as short as the change is.

use super::{
    comparison::Subject,
    lines::{Line, Row},
    outline::{Body, Hunk, Section, counted, outline, summary},
    say::Inline,
    wrap::{Piece, Shade, elided, pad, shortened, width_of, wrap},
};
use crate::domain::clean;
use std::fmt::Write as _;

/// How it is printed.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    /// Whether colours are seen; without them changed words stand in `[-…-]` and `{+…+}`.
    pub color: bool,
    /// How many columns there are; none where lines may be of any length.
    pub width: Option<usize>,
    /// Whether old and new may stand side by side; they do where there are 100 columns.
    pub side_by_side: bool,
}

/// From how many columns on texts stand side by side.
const WIDE: usize = 100;

/// Writes what changed. Nothing in a text can steer a terminal: control characters are shown as pictures of themselves.
#[must_use]
pub fn human(subject: &Subject, paint: &Paint) -> String {
    let mut page = Page { out: String::new(), paint };
    if let Subject::Change(diff) = subject {
        page.line(0, &inline(&summary(diff)));
    }
    for (i, section) in outline(subject).iter().enumerate() {
        page.section(section, i == 0 && matches!(subject, Subject::Versions(_)));
    }
    page.out
}

struct Page<'a> {
    out: String,
    paint: &'a Paint,
}

impl Page<'_> {
    fn line(&mut self, indent: usize, text: &str) {
        let text = text.trim_end();
        let indent = if text.is_empty() { 0 } else { indent };
        let _ = writeln!(self.out, "{:indent$}{text}", "");
    }

    fn painted(&self, shade: Shade, text: &str) -> String {
        shade.paint(text, self.paint.color)
    }

    fn section(&mut self, section: &Section, is_first: bool) {
        if section.level == 1 && !is_first {
            self.out.push('\n');
        }
        let title = self.painted(Shade::Bold, &inline(&section.title));
        let aside = self.painted(Shade::Dim, &inline(&section.aside));
        let indent = usize::from(section.level.saturating_sub(1)) * 2;
        self.line(indent, &if section.aside.is_empty() { title } else { format!("{title}: {aside}") });
        for part in &section.parts {
            self.body(&part.body, indent + 2);
        }
    }

    fn body(&mut self, body: &Body, indent: usize) {
        match body {
            Body::Quote(text) => {
                let text = clean(text);
                let shown: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
                for line in shown.iter().take(3) {
                    let line = self.painted(Shade::Dim, line);
                    self.line(indent, &line);
                }
            }
            Body::Items(title, items) => self.items(title, items, indent),
            Body::Text { title, hunks, .. } => {
                let title = inline(title);
                // The messages need no heading: who speaks stands above each.
                let is_plain = title == "messages";
                if !is_plain {
                    self.line(indent, &title);
                }
                for hunk in hunks {
                    self.hunk(hunk, if is_plain { indent } else { indent + 2 });
                }
            }
        }
    }

    fn items(&mut self, title: &str, items: &[Vec<Inline>], indent: usize) {
        let title = self.painted(Shade::Dim, &format!("{title:14}"));
        for (i, item) in items.iter().enumerate() {
            let head = if i == 0 { title.clone() } else { " ".repeat(14) };
            self.line(indent, &format!("{head} {}", inline(item)));
        }
    }

    fn hunk(&mut self, hunk: &Hunk, indent: usize) {
        let title = self.painted(Shade::Head, &clean(&hunk.title));
        self.line(indent, &title);
        let indent = indent + 2;
        let is_one_sided =
            hunk.rows.iter().all(|row| matches!(row, Row::Changed(old, new) if old.is_empty() || new.is_empty()));
        let width = self.paint.width.filter(|width| self.paint.side_by_side && *width >= WIDE && !is_one_sided);
        for row in &hunk.rows {
            match width {
                Some(width) => self.beside(row, indent, (width - indent - 3) / 2),
                None => self.below(row, indent),
            }
        }
    }

    /// Old above new.
    fn below(&mut self, row: &Row, indent: usize) {
        let width = self.paint.width.unwrap_or(usize::MAX).saturating_sub(indent + 2).max(20);
        match row {
            Row::Same(text) => {
                let text = pad(&elided(&clean(text), width), 0);
                let text = self.painted(Shade::Dim, &text);
                self.line(indent, &format!("  {text}"));
            }
            Row::Folded(count) => self.folded(*count, indent),
            Row::Changed(old, new) => {
                for (lines, sign, shade) in [(old, "-", Shade::Removed), (new, "+", Shade::Added)] {
                    for line in lines {
                        let sign = self.painted(shade, sign);
                        for (i, part) in wrap(&self.pieces(line, shade), width).iter().enumerate() {
                            let sign = if i == 0 { sign.clone() } else { " ".to_owned() };
                            let text = self.show(part);
                            self.line(indent, &format!("{sign} {text}"));
                        }
                    }
                }
            }
        }
    }

    /// Old beside new, each in so many columns.
    fn beside(&mut self, row: &Row, indent: usize, width: usize) {
        match row {
            Row::Same(text) => {
                let text = pad(&elided(&clean(text), width - 2), width - 2);
                let text = self.painted(Shade::Dim, &text);
                self.line(indent, &format!("  {text} │   {text}"));
            }
            Row::Folded(count) => self.folded(*count, indent),
            Row::Changed(old, new) => {
                for i in 0..old.len().max(new.len()) {
                    let left = self.column(old.get(i), Shade::Removed, width);
                    let right = self.column(new.get(i), Shade::Added, width);
                    let empty = (" ".repeat(width), String::new());
                    for j in 0..left.len().max(right.len()) {
                        let left = left.get(j).map_or(empty.0.as_str(), |(padded, _)| padded);
                        let right = right.get(j).map_or(empty.1.as_str(), |(_, bare)| bare);
                        self.line(indent, &format!("{left} │ {right}"));
                    }
                }
            }
        }
    }

    /// A line in so many columns, each part of it with blanks to its end and without.
    fn column(&self, line: Option<&Line>, shade: Shade, width: usize) -> Vec<(String, String)> {
        let Some(line) = line else { return Vec::new() };
        let parts = wrap(&self.pieces(line, shade), width - 2);
        let mut signs = std::iter::once(if shade == Shade::Removed { "-" } else { "+" }).chain(std::iter::repeat(" "));
        let shown = parts.iter().map(|part| {
            let sign = self.painted(shade, signs.next().unwrap_or_default());
            let (text, gap) = (self.show(part), (width - 2).saturating_sub(width_of(part)));
            (format!("{sign} {text}{:gap$}", ""), format!("{sign} {text}"))
        });
        shown.collect()
    }

    fn folded(&mut self, count: usize, indent: usize) {
        let text = self.painted(Shade::Dim, &format!("⋮ {}", counted(count, "line")));
        self.line(indent, &text);
    }

    /// A line's stretches as they are printed.
    fn pieces(&self, line: &Line, shade: Shade) -> Vec<Piece> {
        let is_whole = line.iter().all(|stretch| stretch.is_changed);
        let mut pieces = Vec::new();
        for (i, stretch) in line.iter().enumerate() {
            let text = clean(&stretch.text);
            if !stretch.is_changed {
                let (starts, ends) = (i == 0, i + 1 == line.len());
                pieces.push(Piece { text: shortened(&text, starts, ends), shade: Shade::Plain });
                continue;
            }
            let marks = if shade == Shade::Removed { ("[-", "-]") } else { ("{+", "+}") };
            let is_blank = text.chars().all(char::is_whitespace);
            let text = if self.paint.color || is_whole { text } else { format!("{}{text}{}", marks.0, marks.1) };
            let shade = match (is_blank, is_whole) {
                (true, _) => shade.reversed(),
                (_, true) => shade,
                _ => shade.strong(),
            };
            pieces.push(Piece { text, shade });
        }
        pieces
    }

    fn show(&self, pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| self.painted(piece.shade, &piece.text)).collect()
    }
}

fn inline(parts: &[Inline]) -> String {
    parts.iter().map(Inline::text).collect()
}
