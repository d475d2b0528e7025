//! Whom a change reaches and what it does to rendered messages, in a few lines.

use super::{
    callers::{Affected, Includer, LabelReached, StepReached, VariantReached},
    lines::{Line, Row, rows},
    outline::{Body, Hunk, Part, hunks, push},
    rendered::RenderedDiff,
    say::{Inline, code, joined, mixed, say, tokens},
    version::VersionDiff,
};
use crate::domain::{PromptName, WorkflowStatus};
use std::collections::HashSet;

/// Who is reached, a line for each kind of them; `own` is the prompt of which it is told.
pub(super) fn reached(affected: &Affected, own: Option<&PromptName>) -> Vec<Vec<Inline>> {
    let (its, others): (Vec<_>, Vec<_>) = affected.labels.iter().partition(|label| Some(&label.prompt) == own);
    let lines = [
        ("labels", its.iter().chain(&others).map(|label| reached_label(label, own)).collect()),
        ("variants", affected.variants.iter().map(|variant| reached_variant(variant, own)).collect()),
        ("versions", affected.versions.iter().map(includer).collect()),
        ("workflows", affected.workflows.iter().map(step).collect()),
        ("clients", clients(affected)),
    ];
    let some = lines.into_iter().filter(|(_, list): &(_, Vec<_>)| !list.is_empty());
    some.map(|(kind, list)| [vec![say(&format!("{:12}", format!("{kind}:")))], joined(list)].concat()).collect()
}

fn reached_label(label: &LabelReached, own: Option<&PromptName>) -> Vec<Inline> {
    let LabelReached { prompt, label, version } = label;
    let name = if own == Some(prompt) { label.to_string() } else { format!("{prompt}:{label}") };
    vec![say(&match version {
        Some(version) => format!("{name} ({version})"),
        None => format!("{name} (gone)"),
    })]
}

fn reached_variant(variant: &VariantReached, own: Option<&PromptName>) -> Vec<Inline> {
    let VariantReached { prompt, label, version, percent, client } = variant;
    let name = if own == Some(prompt) { label.to_string() } else { format!("{prompt}:{label}") };
    let whom = match (percent, client) {
        (Some(percent), _) => format!("{percent} %"),
        (_, Some(client)) => format!("client {client}"),
        _ => String::new(),
    };
    vec![say(&format!("{name} ({version} for {whom})"))]
}

fn includer(includer: &Includer) -> Vec<Inline> {
    let Includer { prompt, version, through } = includer;
    vec![code(&format!("{prompt}@{version}")), say(" (through "), code(through), say(")")]
}

fn step(step: &StepReached) -> Vec<Inline> {
    let state = match step.status {
        WorkflowStatus::Published => "",
        WorkflowStatus::Draft => ", a draft",
        WorkflowStatus::Archived => ", archived",
    };
    let (workflow, selector) = (&step.workflow, &step.selector);
    let step = [say(&format!("{workflow} (step ")), code(&step.step), say(": "), code(&selector.to_string())];
    [&step[..], &[say(&format!("{state})"))]].concat()
}

/// Clients by name, each once.
fn clients(affected: &Affected) -> Vec<Vec<Inline>> {
    let mut names: Vec<String> = affected.clients.iter().map(|client| client.client.to_string()).collect();
    names.dedup();
    names.iter().map(|name| vec![say(name)]).collect()
}

/// What the change does to rendered messages, as far as the lines of the templates do not show it already.
pub(super) fn rendered(diff: &VersionDiff) -> Vec<Part> {
    let mut shown = Shown::of(diff);
    let (mut parts, mut faults) = (Vec::new(), Vec::new());
    let (mut same, mut told) = (Vec::new(), Vec::new());
    for one in &diff.rendered {
        let name = vec![code(&one.test)];
        if one.fault_from.is_some() || one.fault_to.is_some() {
            faults.push(fault(one));
        } else if one.is_same() {
            same.push(name);
        } else {
            let hunks = shown.rest(hunks(&one.messages));
            if hunks.is_empty() {
                told.push(name);
                continue;
            }
            let title = vec![say("rendered with "), code(&one.test), say(": "), say(&tokens(one.tokens))];
            parts.push(Part { rank: 5, body: Body::Text { title, is_open: false, hunks } });
        }
    }
    let lines = [line(told, ": what is shown above"), line(same, ": the same as before")].into_iter().flatten();
    push(&mut parts, 4, "rendered with", faults.into_iter().chain(lines).collect());
    parts
}

/// The changed lines that are shown already.
struct Shown {
    old: HashSet<Line>,
    new: HashSet<Line>,
}

impl Shown {
    /// Those of the templates and partials.
    fn of(diff: &VersionDiff) -> Self {
        let mut shown = Self { old: HashSet::new(), new: HashSet::new() };
        let partials = diff.partials.iter().flat_map(|partial| rows(&partial.text, 0));
        shown.add(hunks(&diff.messages).flat_map(|hunk| hunk.rows).chain(partials));
        shown
    }

    fn add(&mut self, rows: impl Iterator<Item = Row>) {
        for row in rows {
            if let Row::Changed(old, new) = row {
                self.old.extend(old);
                self.new.extend(new);
            }
        }
    }

    /// What of these lines is not shown yet, without the unchanged lines around it.
    fn rest(&mut self, hunks: impl Iterator<Item = Hunk>) -> Vec<Hunk> {
        let hunks = hunks.filter_map(|Hunk { title, rows }| {
            let rows: Vec<Row> = rows.into_iter().filter_map(|row| self.unseen(row)).collect();
            (!rows.is_empty()).then_some(Hunk { title, rows })
        });
        let hunks: Vec<_> = hunks.collect();
        self.add(hunks.iter().flat_map(|hunk| hunk.rows.clone()));
        hunks
    }

    fn unseen(&self, row: Row) -> Option<Row> {
        let Row::Changed(old, new) = row else { return None };
        let is_blank = |line: &Line| line.iter().all(|stretch| stretch.text.trim().is_empty());
        // Lines that replace each other are shown as long as one of them says what is not shown yet.
        let is_new = old.iter().any(|line| !self.old.contains(line) && !is_blank(line))
            || new.iter().any(|line| !self.new.contains(line) && !is_blank(line));
        if !is_new {
            return None;
        }
        if old.len() != new.len() {
            let old = old.into_iter().filter(|line| !self.old.contains(line)).collect();
            return Some(Row::Changed(old, new.into_iter().filter(|line| !self.new.contains(line)).collect()));
        }
        let pairs = old.into_iter().zip(new);
        let unseen = pairs.filter(|(old, new)| !self.old.contains(old) || !self.new.contains(new));
        let (old, new) = unseen.unzip();
        Some(Row::Changed(old, new))
    }
}

fn line(names: Vec<Vec<Inline>>, word: &str) -> Option<Vec<Inline>> {
    (!names.is_empty()).then(|| [joined(names), vec![say(word)]].concat())
}

fn fault(one: &RenderedDiff) -> Vec<Inline> {
    let (which, fault) = match (&one.fault_from, &one.fault_to) {
        (_, Some(fault)) => ("the new version", fault),
        (Some(fault), None) => ("the old version", fault),
        (None, None) => ("", &one.test),
    };
    vec![code(&one.test), say(&format!(": {which} cannot be rendered: ")), mixed(fault)]
}
