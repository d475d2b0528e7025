//! Messages beside messages: which of the new ones is which of the old ones, and what changed in it.

use super::words::{Run, words};
use crate::domain::{Content, Message, Part, Turn, tokens};
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
    time::{Duration, Instant},
};

/// The most pairs of messages that are weighed; with more, messages are paired by their order.
const PAIRS: usize = 4_096;

/// What became of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is as it was.
    Same,
    /// It says something else.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// One message, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageDiff {
    /// What became of it.
    pub change: Change,
    /// Its place in the old version's messages, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// Its place in the new version's messages, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<usize>,
    /// Who spoke: a role, or `placeholder` and its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_from: Option<String>,
    /// Who speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_to: Option<String>,
    /// The texts, word by word.
    pub text: Vec<Run>,
}

/// A message as it is compared: who speaks, and the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Said {
    who: String,
    text: String,
}

impl Said {
    /// An estimate of the tokens of the text.
    pub(super) fn tokens(&self) -> usize {
        tokens(&self.text)
    }
}

impl From<&Turn> for Said {
    fn from(turn: &Turn) -> Self {
        match turn {
            Turn::Message { role, content } => Self { who: role.to_string(), text: content.to_string() },
            Turn::Placeholder { placeholder } => {
                Self { who: format!("placeholder {placeholder}"), text: String::new() }
            }
        }
    }
}

impl From<&Message> for Said {
    fn from(message: &Message) -> Self {
        let text = match &message.content {
            Content::Text(text) => text.clone(),
            Content::Parts(parts) => parts.iter().map(part).collect(),
        };
        Self { who: message.role.to_string(), text }
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Text { text } => text.clone(),
        Part::Media { media } => format!("[{}]\n", media.url),
        Part::Pending { .. } => "[to be filled in by the caller]\n".to_owned(),
    }
}

/// Pairs messages by who speaks and how much they have in common, and compares each pair word by word.
pub(super) fn messages(old: &[Said], new: &[Said]) -> Vec<MessageDiff> {
    pairs(old, new)
        .into_iter()
        .map(|(from, to)| {
            let (a, b) = (from.and_then(|at| old.get(at)), to.and_then(|at| new.get(at)));
            let text = |said: Option<&Said>| said.map(|said| said.text.clone()).unwrap_or_default();
            let change = match (a, b) {
                (Some(_), None) => Change::Removed,
                (None, _) => Change::Added,
                (a, b) if a == b => Change::Same,
                _ => Change::Changed,
            };
            let who = |said: Option<&Said>| said.map(|said| said.who.clone());
            MessageDiff { change, from, to, role_from: who(a), role_to: who(b), text: words(&text(a), &text(b)) }
        })
        .collect()
}

type Pair = (Option<usize>, Option<usize>);

fn pairs(old: &[Said], new: &[Said]) -> Vec<Pair> {
    let mut found = Vec::new();
    let until = Instant::now().checked_add(Duration::from_millis(200));
    for op in capture_diff_slices_deadline(Algorithm::Myers, old, new, until) {
        let (from, to) = (op.old_range(), op.new_range());
        match op {
            DiffOp::Equal { .. } => found.extend(from.zip(to).map(|(a, b)| (Some(a), Some(b)))),
            _ if from.len() * to.len() > PAIRS => in_order(from.collect(), to.collect(), &mut found),
            _ => {
                let (first, second) = (from.start, to.start);
                let weighed = weighed(&old[from], &new[to]);
                let moved = |(a, b): Pair| (a.map(|a| a + first), b.map(|b| b + second));
                found.extend(weighed.into_iter().map(moved));
            }
        }
    }
    found
}

fn in_order(from: Vec<usize>, to: Vec<usize>, found: &mut Vec<Pair>) {
    for i in 0..from.len().max(to.len()) {
        found.push((from.get(i).copied(), to.get(i).copied()));
    }
}

/// The pairing in which messages have most in common, kept in order.
fn weighed(old: &[Said], new: &[Said]) -> Vec<Pair> {
    let (old_words, new_words): (Vec<_>, Vec<_>) = (old.iter().map(bag).collect(), new.iter().map(bag).collect());
    let alike = |a: usize, b: usize| likeness((&old[a], &old_words[a]), (&new[b], &new_words[b]));
    // best[a][b]: the most that the messages from a and b on can have in common.
    let mut best = vec![vec![0_u64; new.len() + 1]; old.len() + 1];
    let mut both = vec![vec![0_u64; new.len()]; old.len()];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            both[a][b] = alike(a, b);
            let paired = if both[a][b] > 0 { both[a][b] + best[a + 1][b + 1] } else { 0 };
            best[a][b] = paired.max(best[a + 1][b]).max(best[a][b + 1]);
        }
    }
    let (mut a, mut b, mut found) = (0, 0, Vec::new());
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && both[a][b] > 0 && best[a][b] == both[a][b] + best[a + 1][b + 1] {
            found.push((Some(a), Some(b)));
            (a, b) = (a + 1, b + 1);
        } else if a < old.len() && (b == new.len() || best[a][b] == best[a + 1][b]) {
            found.push((Some(a), None));
            a += 1;
        } else {
            found.push((None, Some(b)));
            b += 1;
        }
    }
    found
}

/// How much two messages have in common, in thousandths; 0 where they are not the same message in any sense.
fn likeness((old, old_words): (&Said, &Vec<u64>), (new, new_words): (&Said, &Vec<u64>)) -> u64 {
    let is_place = |said: &Said| said.who.starts_with("placeholder ");
    if is_place(old) || is_place(new) {
        return if is_place(old) && is_place(new) { 500 } else { 0 };
    }
    let total = (old_words.len() + new_words.len()) as u64;
    let shared = (2_000 * common(old_words, new_words)).checked_div(total).unwrap_or(1_000);
    match (old.who == new.who, shared) {
        (true, shared @ 250..) => shared + 1_000,
        // Rewritten, and still the part of the same speaker, if there is no better.
        (true, _) => 100,
        (false, shared @ 600..) => shared,
        (false, _) => 0,
    }
}

/// The words of a message as sorted hashes.
fn bag(said: &Said) -> Vec<u64> {
    let hash = |word: &str| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    };
    let mut words: Vec<u64> = said.text.split_whitespace().map(hash).collect();
    words.sort_unstable();
    words
}

fn common(a: &[u64], b: &[u64]) -> u64 {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(one), Some(other)) = (a.get(i), b.get(j)) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, count) = (i + 1, j + 1, count + 1),
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &[(&str, &str)], new: &[(&str, &str)]) -> String {
        let said = |all: &[(&str, &str)]| -> Vec<Said> {
            all.iter().map(|(who, text)| Said { who: (*who).to_owned(), text: (*text).to_owned() }).collect()
        };
        let found = messages(&said(old), &said(new));
        let line = |diff: &MessageDiff| format!("{:?} {:?} → {:?}\n", diff.change, diff.from, diff.to);
        found.iter().map(line).collect()
    }

    #[test]
    fn an_inserted_message_leaves_the_others_as_they_are() {
        let old = [("system", "You help."), ("user", "The ticket: {{ticket}} is long"), ("assistant", "Yes.")];
        let new = [
            ("system", "You never invent a date."),
            ("system", "You help."),
            ("user", "The ticket: {{ticket}} is very long"),
            ("assistant", "Yes."),
        ];
        insta::assert_snapshot!(shown(&old, &new), @"
        Added None → Some(0)
        Same Some(0) → Some(1)
        Changed Some(1) → Some(2)
        Same Some(2) → Some(3)
        ");
    }

    #[test]
    fn a_message_of_another_role_is_the_same_one_where_it_says_the_same() {
        let old = [("user", "Summarize the ticket in three sentences.")];
        let new = [("system", "Summarize the ticket in two sentences."), ("user", "{{ticket}}")];
        insta::assert_snapshot!(shown(&old, &new), @"
        Changed Some(0) → Some(0)
        Added None → Some(1)
        ");
        insta::assert_snapshot!(shown(&[("user", "One.")], &[("user", "Quite another text.")]), @"Changed Some(0) → Some(0)");
        insta::assert_snapshot!(shown(&[("placeholder history", "")], &[("user", "Hello.")]), @"
        Removed Some(0) → None
        Added None → Some(0)
        ");
    }

    #[test]
    fn many_messages_are_paired_by_their_order() {
        let many = |word: &str| -> Vec<Said> {
            (0..20_000).map(|i| Said { who: "user".to_owned(), text: format!("{word} {i}") }).collect()
        };
        let since = Instant::now();
        assert_eq!(messages(&many("a"), &many("b")).len(), 20_000);
        assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    }
}
