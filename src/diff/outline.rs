//! What a person is told of a change, in order and in short, for every format that is not JSON.

use super::{
    comparison::{Comparison, Subject},
    entities::EntityDiff,
    keys::KeyChange,
    lines::{Row, rows},
    messages::{Change, MessageDiff},
    prompts::prompt,
    registries::Diff,
    say::{Inline, code, joined, key, mixed, name, say, tokens},
    told::{reached, rendered},
    version::VersionDiff,
    words::Run,
};
use std::collections::BTreeMap;

/// How many unchanged lines are shown around a change.
pub(super) const CONTEXT: usize = 1;

/// The most items of one list that are shown.
const ITEMS: usize = 40;

/// One thing that changed, with all that is told of it.
#[derive(Debug)]
pub(super) struct Section {
    /// 1 for a prompt or another thing, 2 for what is told under it.
    pub level: u8,
    pub title: Vec<Inline>,
    /// What stands beside the title: the step of the number, tokens.
    pub aside: Vec<Inline>,
    pub parts: Vec<Part>,
}

/// A part of a section; the smaller the rank, the more it matters.
#[derive(Debug)]
pub(super) struct Part {
    pub rank: u8,
    pub body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    /// The words of who made the change.
    Quote(String),
    /// A list.
    Items(String, Vec<Vec<Inline>>),
    /// Texts line by line.
    Text { title: Vec<Inline>, is_open: bool, hunks: Vec<Hunk> },
}

/// The lines of one message.
#[derive(Debug)]
pub(super) struct Hunk {
    pub title: String,
    pub rows: Vec<Row>,
}

/// All that is told.
pub(super) fn outline(subject: &Subject) -> Vec<Section> {
    match subject {
        Subject::Versions(comparison) => compared(comparison),
        Subject::Change(diff) => changed(diff),
    }
}

/// The first line: what changed, in one sentence.
pub(super) fn summary(diff: &Diff) -> Vec<Inline> {
    let range = say(&format!(" between {} and {}", diff.from, diff.to));
    let mut kinds: Vec<(&'static str, usize)> = Vec::new();
    for kind in diff.prompts.iter().map(|_| "prompt").chain(diff.others.iter().map(|other| other.kind)) {
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let counted = kinds.iter().map(|(kind, count)| counted(*count, kind)).collect::<Vec<_>>();
    let what = match counted.split_last() {
        None => "nothing changed in meaning".to_owned(),
        Some((last, [])) => format!("{last} changed"),
        Some((last, others)) => format!("{} and {last} changed", others.join(", ")),
    };
    vec![say(&what), range]
}

pub(super) fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, "registry" | "tags") => format!("{what}{}", if what == "tags" { ".yaml" } else { ".toml" }),
        (1, one) => format!("1 {one}"),
        (many, "policy") => format!("{many} policies"),
        (many, one) => format!("{many} {one}s"),
    }
}

fn compared(comparison: &Comparison) -> Vec<Section> {
    let Comparison { diff, affected_from: from, affected_to: to } = comparison;
    let mut section = version(diff, 1, vec![say(diff.name.as_str()), say(&format!(" {} → {}", diff.from, diff.to))]);
    let both = [(&diff.from, from), (&diff.to, to)];
    for (number, affected) in both.into_iter().take(if diff.from == diff.to { 1 } else { 2 }) {
        let nobody = vec![vec![say("nobody: no label hands it out, and no version includes it")]];
        let items = Some(reached(affected, Some(&diff.name))).filter(|items| !items.is_empty()).unwrap_or(nobody);
        push(&mut section.parts, 2, &format!("{number} goes to"), items);
    }
    vec![section]
}

fn changed(diff: &Diff) -> Vec<Section> {
    let prompts = diff.prompts.iter().flat_map(prompt);
    unreadable(diff).into_iter().chain(prompts).chain(diff.others.iter().map(other)).collect()
}

/// The files of which nothing can be told.
fn unreadable(diff: &Diff) -> Option<Section> {
    let paths = diff.unreadable.iter().map(|path| vec![code(path)]).collect();
    let mut parts = Vec::new();
    push(&mut parts, 1, "unreadable", paths);
    let title = vec![mixed("left out: `promptreg lint` says what is wrong with these")];
    (!parts.is_empty()).then_some(Section { level: 1, title, aside: Vec::new(), parts })
}

pub(super) fn version(diff: &VersionDiff, level: u8, title: Vec<Inline>) -> Section {
    let mut parts = Vec::new();
    if let Some(notes) = &diff.notes {
        parts.push(Part { rank: 2, body: Body::Quote(notes.clone()) });
    }
    let demands = diff.contract.iter().map(|demand| vec![say(&format!("{}: ", demand.bump)), mixed(&demand.message)]);
    push(&mut parts, 1, "contract", demands.collect());
    if diff.has_texts() {
        parts.push(text(2, vec![say("messages")], true, &diff.messages));
    }
    for partial in &diff.partials {
        let pin = |pin: &Option<_>| pin.as_ref().map_or("nothing".to_owned(), ToString::to_string);
        let title = vec![say("includes "), code(&pin(&partial.from)), say(" → "), code(&pin(&partial.to))];
        let hunks = vec![Hunk { title: format!("partial {}", partial.name), rows: rows(&partial.text, CONTEXT) }];
        parts.push(Part { rank: 3, body: Body::Text { title, is_open: true, hunks } });
    }
    let (tests, keys): (Vec<_>, Vec<_>) = diff
        .keys
        .iter()
        .filter(|change| !is_told(change, diff))
        .partition(|change| change.pointer.starts_with("/tests/"));
    push(&mut parts, 3, "keys", keys.into_iter().map(key).collect());
    push(&mut parts, 4, "tests", tests_changed(&tests));
    parts.extend(rendered(diff));
    if diff.is_same() {
        push(&mut parts, 1, "same", vec![vec![say("callers get the same: the digest is equal")]]);
    }
    Section { level, title, aside: aside(diff), parts }
}

/// The tests by what became of them.
fn tests_changed(changes: &[&KeyChange]) -> Vec<Vec<Inline>> {
    let mut by_name: BTreeMap<String, &str> = BTreeMap::new();
    for change in changes {
        let path = change.pointer.strip_prefix("/tests/").unwrap_or_default();
        let word = match (path.contains('/'), &change.from, &change.to) {
            (false, None, _) => "new: ",
            (false, _, None) => "removed: ",
            _ => "changed: ",
        };
        by_name.insert(name(&format!("/{}", path.split('/').next().unwrap_or_default())), word);
    }
    let line = |word: &&str| {
        let names = by_name.iter().filter(|(_, of)| *of == word).map(|(name, _)| vec![code(name)]);
        let names: Vec<_> = names.collect();
        (!names.is_empty()).then(|| [vec![say(word)], joined(names)].concat())
    };
    ["new: ", "changed: ", "removed: "].iter().filter_map(line).collect()
}

fn aside(diff: &VersionDiff) -> Vec<Inline> {
    let mut told = Vec::new();
    // A step back, as in a roll-back, demands nothing of the number.
    if let Some(bump) = diff.bump.filter(|_| diff.from <= diff.to) {
        let short = if diff.falls_short { format!(", which {} is not", diff.to) } else { String::new() };
        told.push(say(&format!("demands {bump}{short}, ")));
    }
    told.push(say(&tokens(diff.tokens)));
    told
}

/// Whether a key is one of which the contract tells, or lies within one, or is the list of what has to be given.
fn is_told(change: &KeyChange, diff: &VersionDiff) -> bool {
    let is_within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let own = change.pointer.strip_suffix("/required").unwrap_or(&change.pointer);
    let is_list = own.len() < change.pointer.len();
    diff.told.iter().any(|told| {
        !told.is_empty()
            && (is_within(&change.pointer, told)
                || (is_list || change.from.is_none() || change.to.is_none()) && is_within(told, own))
    })
}

/// The messages that changed; the others are only counted.
pub(super) fn text(rank: u8, title: Vec<Inline>, is_open: bool, messages: &[MessageDiff]) -> Part {
    let hunks = hunks(messages).collect();
    Part { rank, body: Body::Text { title, is_open, hunks } }
}

/// The lines of the messages that changed.
pub(super) fn hunks(messages: &[MessageDiff]) -> impl Iterator<Item = Hunk> {
    let changed = messages.iter().filter(|message| message.change != Change::Same);
    changed.map(|message| Hunk { title: who(message), rows: changed_rows(&message.text) })
}

/// The lines of a text around what changed; none where nothing did.
fn changed_rows(text: &[Run]) -> Vec<Row> {
    if text.iter().all(|run| matches!(run, Run::Same(_))) { Vec::new() } else { rows(text, CONTEXT) }
}

fn who(message: &MessageDiff) -> String {
    let place = message.to.or(message.from).map(|at| at + 1).unwrap_or_default();
    let role = match (&message.role_from, &message.role_to) {
        (Some(from), Some(to)) if from == to => to.clone(),
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (None, Some(to)) => format!("{to}, new"),
        (from, _) => format!("{}, removed", from.as_deref().unwrap_or_default()),
    };
    format!("message {place}, {role}")
}

fn other(diff: &EntityDiff) -> Section {
    let name = match diff.kind {
        "registry" => "registry.toml".to_owned(),
        "tags" => "tags.yaml".to_owned(),
        kind => format!("{kind} {}", diff.name),
    };
    let word = match diff.change {
        Change::Added => " is new",
        Change::Removed => " is removed",
        _ => "",
    };
    let mut parts = Vec::new();
    push(&mut parts, 4, "keys", diff.keys.iter().map(key).collect());
    push(&mut parts, 2, "reaches", reached(&diff.affected, None));
    Section { level: 1, title: vec![say(&name), say(word)], aside: Vec::new(), parts }
}

pub(super) fn push(parts: &mut Vec<Part>, rank: u8, title: &str, items: Vec<Vec<Inline>>) {
    if !items.is_empty() {
        parts.push(list(rank, title, items));
    }
}

fn list(rank: u8, title: &str, mut items: Vec<Vec<Inline>>) -> Part {
    let more = items.len().saturating_sub(ITEMS);
    if more > 1 {
        items.truncate(ITEMS);
        items.push(vec![say(&format!("… and {more} more"))]);
    }
    Part { rank, body: Body::Items(title.to_owned(), items) }
}
