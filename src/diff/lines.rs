//! Stretches laid out as lines: what stayed, and blocks of lines that replace each other.

use super::words::Run;

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stretch {
    pub is_changed: bool,
    pub text: String,
}

/// One line without its end.
pub(super) type Line = Vec<Stretch>;

/// Lines as they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A line of both texts.
    Same(String),
    /// So many lines of both texts that are not shown.
    Folded(usize),
    /// Lines of the old text, and those of the new one that replace them.
    Changed(Vec<Line>, Vec<Line>),
}

/// Lays stretches out as lines, with so many unchanged lines around each change.
pub(super) fn rows(runs: &[Run], context: usize) -> Vec<Row> {
    let mut layout = Layout::default();
    for run in runs {
        match run {
            Run::Same(text) => layout.same(text),
            Run::Removed(text) => changed(text, &mut layout.old, &mut layout.block.0),
            Run::Added(text) => changed(text, &mut layout.new, &mut layout.block.1),
        }
    }
    layout.end_line(false);
    layout.close();
    fold(layout.rows, context)
}

#[derive(Default)]
struct Layout {
    rows: Vec<Row>,
    block: (Vec<Line>, Vec<Line>),
    old: Line,
    new: Line,
}

impl Layout {
    fn same(&mut self, text: &str) {
        for piece in text.split_inclusive('\n') {
            let bare = piece.strip_suffix('\n').unwrap_or(piece);
            push(&mut self.old, bare, false);
            push(&mut self.new, bare, false);
            if piece.len() > bare.len() {
                self.end_line(true);
            }
        }
    }

    /// Both texts are at the end of a line.
    fn end_line(&mut self, is_ended: bool) {
        let (old, new) = (std::mem::take(&mut self.old), std::mem::take(&mut self.new));
        if !is_ended && old.is_empty() && new.is_empty() {
            return;
        }
        if old == new && old.iter().all(|stretch| !stretch.is_changed) {
            self.close();
            self.rows.push(Row::Same(old.into_iter().map(|stretch| stretch.text).collect()));
            return;
        }
        if is_ended || !old.is_empty() {
            self.block.0.push(old);
        }
        if is_ended || !new.is_empty() {
            self.block.1.push(new);
        }
        self.close();
    }

    fn close(&mut self) {
        let (old, new) = std::mem::take(&mut self.block);
        if old.is_empty() && new.is_empty() {
            return;
        }
        match self.rows.last_mut() {
            Some(Row::Changed(before, after)) => {
                before.extend(old);
                after.extend(new);
            }
            _ => self.rows.push(Row::Changed(old, new)),
        }
    }
}

/// Puts changed text into one of the texts; the end of a line that is itself the change is shown as a sign.
fn changed(text: &str, line: &mut Line, lines: &mut Vec<Line>) {
    for piece in text.split_inclusive('\n') {
        let bare = piece.strip_suffix('\n').unwrap_or(piece);
        push(line, bare, true);
        if piece.len() > bare.len() {
            if bare.is_empty() && !line.is_empty() {
                push(line, "↵", true);
            }
            lines.push(std::mem::take(line));
        }
    }
}

fn push(line: &mut Line, text: &str, is_changed: bool) {
    if text.is_empty() {
        return;
    }
    match line.last_mut() {
        Some(last) if last.is_changed == is_changed => last.text.push_str(text),
        _ => line.push(Stretch { is_changed, text: text.to_owned() }),
    }
}

/// Leaves out unchanged lines that are far from any change. A single one is never left out: it takes no more room than
/// saying so.
fn fold(rows: Vec<Row>, context: usize) -> Vec<Row> {
    let is_changed: Vec<bool> = rows.iter().map(|row| matches!(row, Row::Changed(..))).collect();
    let mut near = vec![usize::MAX; rows.len()];
    let mut far = usize::MAX;
    for (i, changed) in is_changed.iter().enumerate() {
        far = if *changed { 0 } else { far.saturating_add(1) };
        near[i] = far;
    }
    far = usize::MAX;
    for (i, changed) in is_changed.iter().enumerate().rev() {
        far = if *changed { 0 } else { far.saturating_add(1) };
        near[i] = near[i].min(far);
    }
    let mut shown = Vec::new();
    let mut hidden: Vec<Row> = Vec::new();
    for (row, near) in rows.into_iter().zip(near) {
        if near > context {
            hidden.push(row);
            continue;
        }
        unfold(&mut hidden, &mut shown);
        shown.push(row);
    }
    unfold(&mut hidden, &mut shown);
    shown
}

fn unfold(hidden: &mut Vec<Row>, shown: &mut Vec<Row>) {
    match hidden.len() {
        0 => {}
        1 => shown.append(hidden),
        many => {
            hidden.clear();
            shown.push(Row::Folded(many));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::words;

    fn shown(old: &str, new: &str) -> String {
        let line = |line: &Line| -> String {
            line.iter().map(|one| if one.is_changed { format!("[{}]", one.text) } else { one.text.clone() }).collect()
        };
        let lines =
            |sign: char, all: &[Line]| all.iter().map(|one| format!("{sign} {}\n", line(one))).collect::<String>();
        let row = |row: &Row| match row {
            Row::Same(text) => format!("  {text}\n"),
            Row::Folded(count) => format!("… {count}\n"),
            Row::Changed(old, new) => lines('-', old) + &lines('+', new),
        };
        rows(&words(old, new), 1).iter().map(row).collect()
    }

    #[test]
    fn lines_far_from_a_change_are_folded() {
        insta::assert_snapshot!(shown("a b c\n2\n3\n4\n5\n6\n", "a b c\n2\n3\n4 x\n5\n6\n"), @"
        … 2
          3
        - 4
        + 4[ x]
          5
          6
        ");
        insta::assert_snapshot!(shown("1\n2\n3\n", "1\n2\n2b\n2c\n3\n"), @"
          1
          2
        + [2b]
        + [2c]
          3
        ");
        insta::assert_snapshot!(shown("one two three\nfour five six\n", "one two three four five six\n"), @"
        - one two three[↵]
        - four five six
        + one two three[ ]four five six
        ");
        insta::assert_snapshot!(shown("the end\n", "the end"), @"
        - the end[↵]
        + the end
        ");
        insta::assert_snapshot!(shown("", "all\nnew"), @"
        + [all]
        + [new]
        ");
    }
}
