//! Two texts word by word: what stayed, what was taken out, what was put in.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::time::{Duration, Instant};

/// The most bytes of both texts together that are compared by words; longer ones are compared by lines.
const WORDS_BYTES: usize = 200_000;

/// How long one comparison may take before it is made coarser.
const TIME: Duration = Duration::from_millis(300);

/// A stretch of two texts. What is `Same` and `Removed`, put together, is the old text; `Same` and `Added` the new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "op", content = "text", rename_all = "snake_case")]
pub enum Run {
    /// In both texts.
    Same(String),
    /// In the old text only.
    Removed(String),
    /// In the new text only.
    Added(String),
}

impl Run {
    /// The text of the stretch.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Same(text) | Self::Removed(text) | Self::Added(text) => text,
        }
    }
}

/// Compares two texts word by word; where a line has nothing in common with another, or the texts have more than 200 kB,
/// whole lines. Time is bounded: what takes too long is compared more coarsely.
#[must_use]
pub fn words(old: &str, new: &str) -> Vec<Run> {
    let mut runs = Runs::default();
    if old == new {
        runs.push(Run::Same, old);
        return runs.0;
    }
    let by_words = old.len() + new.len() <= WORDS_BYTES;
    let until = Instant::now().checked_add(TIME);
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(old), lines(new));
    for op in capture_diff_slices_deadline(Algorithm::Patience, &old, &new, until) {
        match op {
            DiffOp::Replace { .. } if by_words => {
                let (gone, come) = (old[op.old_range()].concat(), new[op.new_range()].concat());
                block(&gone, &come, until, &mut runs);
            }
            _ => runs.op(&op, &old, &new),
        }
    }
    runs.0
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Compares lines that replace each other.
fn block(old: &str, new: &str, until: Option<Instant>, runs: &mut Runs) {
    let (old_words, new_words) = (tokens(old), tokens(new));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &old_words, &new_words, until);
    let kept: usize = ops
        .iter()
        .filter(|op| matches!(op, DiffOp::Equal { .. }))
        .map(|op| said(&old_words[op.old_range()].concat()))
        .sum();
    // Two lines that only have a few words in common are two lines, and no reader is helped by what they share.
    if kept * 2 < said(old).min(said(new)) {
        runs.push(Run::Removed, old);
        runs.push(Run::Added, new);
        return;
    }
    let mut fine = Runs::default();
    for op in ops {
        fine.op(&op, &old_words, &new_words);
    }
    joined(fine.0, runs);
}

/// The bytes of a text that are no white space.
fn said(text: &str) -> usize {
    text.split_whitespace().map(str::len).sum()
}

/// Takes blanks between two changes to be changed too, so that a phrase that was replaced is shown as one.
fn joined(fine: Vec<Run>, runs: &mut Runs) {
    let mut pending: (String, String) = Default::default();
    let mut fine = fine.into_iter().peekable();
    while let Some(run) = fine.next() {
        match run {
            Run::Removed(text) => pending.0 += &text,
            Run::Added(text) => pending.1 += &text,
            Run::Same(text) => {
                let is_between = !pending.0.is_empty() && !pending.1.is_empty() && fine.peek().is_some();
                if is_between && text.chars().all(|c| c == ' ') {
                    pending.0 += &text;
                    pending.1 += &text;
                } else {
                    runs.change(std::mem::take(&mut pending));
                    runs.push(Run::Same, &text);
                }
            }
        }
    }
    runs.change(pending);
}

/// A text as words, tags, blanks, line ends and single signs. Scripts that are written without blanks count by character.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(token_length(rest, first));
        found.push(token);
        rest = after;
    }
    found
}

/// The longest tag that counts as one word.
const TAG_BYTES: usize = 64;

fn token_length(rest: &str, first: char) -> usize {
    let run = |is_in: &dyn Fn(char) -> bool| rest.find(|c: char| !is_in(c)).unwrap_or(rest.len());
    let is_word = |c: char| (c.is_alphanumeric() && c < '\u{2e80}') || c == '_' || c == '\'' || c == '’';
    if rest.starts_with("{{") {
        let line = rest.lines().next().unwrap_or_default();
        let end = line.find("}}").map(|at| at + if line[at..].starts_with("}}}") { 3 } else { 2 });
        if let Some(end) = end.filter(|end| *end <= TAG_BYTES) {
            return end;
        }
    }
    if is_word(first) {
        run(&is_word)
    } else if first == ' ' {
        run(&|c| c == ' ')
    } else {
        first.len_utf8()
    }
}

/// Stretches in order; neighbours of one kind become one.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn push(&mut self, kind: fn(String) -> Run, text: &str) {
        if text.is_empty() {
            return;
        }
        match (self.0.last_mut(), kind(String::new())) {
            (Some(Run::Same(last)), Run::Same(_))
            | (Some(Run::Removed(last)), Run::Removed(_))
            | (Some(Run::Added(last)), Run::Added(_)) => last.push_str(text),
            _ => self.0.push(kind(text.to_owned())),
        }
    }

    fn change(&mut self, (removed, added): (String, String)) {
        self.push(Run::Removed, &removed);
        self.push(Run::Added, &added);
    }

    fn op(&mut self, op: &DiffOp, old: &[&str], new: &[&str]) {
        if let DiffOp::Equal { .. } = op {
            self.push(Run::Same, &old[op.old_range()].concat());
        } else {
            self.change((old[op.old_range()].concat(), new[op.new_range()].concat()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(old: &str, new: &str) -> String {
        let mark = |run: &Run| match run {
            Run::Same(text) => text.clone(),
            Run::Removed(text) => format!("[-{text}-]"),
            Run::Added(text) => format!("{{+{text}+}}"),
        };
        words(old, new).iter().map(mark).collect()
    }

    #[test]
    fn a_phrase_that_was_replaced_is_shown_as_one() {
        insta::assert_snapshot!(
            shown("Write exactly three sentences.", "Write no more than two sentences."),
            @"Write [-exactly three-]{+no more than two+} sentences."
        );
        insta::assert_snapshot!(shown("Answer in {{language}}.", "Answer in {{tone}}."), @"Answer in [-{{language}}-]{+{{tone}}+}.");
        insta::assert_snapshot!(shown("三つの文で書く。", "二つの文で書く。"), @"[-三-]{+二+}つの文で書く。");
    }

    #[test]
    fn lines_that_have_nothing_in_common_are_replaced_whole() {
        insta::assert_snapshot!(
            shown("Be brief.\nThe customer is always right.\nEnd.\n", "Be brief.\nNever promise a refund or a date.\nEnd.\n"),
            @"
        Be brief.
        [-The customer is always right.
        -]{+Never promise a refund or a date.
        +}End.
        "
        );
    }

    /// Texts of few words, so that they have much in common.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "([ab.]|\\{\\{x\\}\\}| |\n|the|Österreich|二|\u{301}|\r\n){0,40}",
            "\\PC{0,20}",
            proptest::collection::vec("[ab ]{0,3}\n?", 0..30).prop_map(|lines| lines.concat()),
        ]
    }

    proptest! {
        #[test]
        fn the_stretches_give_back_both_texts(old in text(), new in text()) {
            let runs = words(&old, &new);
            let all = |keep: fn(&Run) -> bool| runs.iter().filter(|run| keep(run)).map(Run::text).collect::<String>();
            prop_assert_eq!(all(|run| !matches!(run, Run::Added(_))), old);
            prop_assert_eq!(all(|run| !matches!(run, Run::Removed(_))), new);
        }
    }

    #[test]
    fn long_and_hostile_texts_take_no_longer_than_the_bound() {
        let since = Instant::now();
        let old: String = (0..60_000).map(|i| if i % 3 == 0 { "a\n" } else { "b\n" }).collect();
        let new: String = (0..60_000).map(|i| if i % 5 == 0 { "a\n" } else { "b\n" }).collect();
        let one_line = (old.replace('\n', " ")[..90_000].to_owned(), new.replace('\n', " ")[..90_000].to_owned());
        assert!(words(&old, &new).len() > 1 && words(&one_line.0, &one_line.1).len() > 1);
        assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    }
}
