//! What a person is told of one prompt.

use super::{
    callers::{Affected, LabelReached},
    messages::Change,
    outline::{Section, counted, push, version},
    registries::{Behind, LabelMove, PromptDiff, VersionChange},
    say::{Inline, code, key, say},
    told::reached,
    version::VersionDiff,
};
use crate::domain::Semver;
use std::collections::BTreeSet;

pub(super) fn prompt(diff: &PromptDiff) -> Vec<Section> {
    let word = match diff.change {
        Change::Added => " is new",
        Change::Removed => " is removed",
        _ => "",
    };
    let mut parts = Vec::new();
    let mut items = Vec::new();
    if let Some(former) = &diff.renamed_from {
        items.push(vec![say(&format!("renamed from {former}"))]);
    }
    items.extend(moved(diff).map(|told| vec![say(&told)]));
    push(&mut parts, 1, "place", items);
    push(&mut parts, 1, "labels", diff.labels.iter().map(label).collect());
    // What is compared with the version before it is told below, under its own title.
    let untold = diff
        .versions
        .iter()
        .filter(|one| one.since.as_ref().is_none_or(|since| diff.between(since, &one.version).is_none()));
    push(&mut parts, 1, "versions", untold.map(changed_version).collect());
    push(&mut parts, 3, "prompt.yaml", diff.metadata.iter().map(key).collect());
    push(&mut parts, 2, "reaches", reach(diff));
    push(&mut parts, 3, "stays behind", diff.behind.iter().map(behind).collect());
    let title = vec![say(diff.name.as_str()), say(word)];
    let head = Section { level: 1, title, aside: Vec::new(), parts };
    let diffs = diff.diffs.iter().map(|one| version(one, 2, vec![say(&title_of(diff, one))]));
    std::iter::once(head).chain(diffs).collect()
}

/// A prompt in a row of a table: what changed, the step that its new versions demand, and whom it reaches.
pub(super) fn row(diff: &PromptDiff) -> [String; 3] {
    let text = |line: &Vec<Inline>| line.iter().map(Inline::text).collect::<String>();
    let versions = diff.versions.iter().map(|one| match one.change {
        Change::Added => format!("{} is new", one.version),
        Change::Removed => format!("{} is removed", one.version),
        _ => format!("{} is changed in place", one.version),
    });
    let renamed = diff.renamed_from.iter().map(|former| format!("renamed from {former}"));
    let mut what: Vec<String> = renamed
        .chain(moved(diff))
        .chain(diff.labels.iter().map(label).map(|line| text(&line)))
        .chain(versions)
        .collect();
    if diff.change == Change::Removed {
        what = vec!["removed".to_owned()];
    }
    if what.is_empty() {
        what.push("prompt.yaml".to_owned());
    }
    let steps = diff.diffs.iter().filter(|one| one.from <= one.to).filter_map(|one| one.bump);
    let demands = steps.max_by_key(|step| ["patch", "minor", "major"].iter().position(|known| known == step));
    let Affected { labels, versions, workflows, clients, .. } = &diff.affected;
    let workflows: BTreeSet<_> = workflows.iter().map(|step| &step.workflow).collect();
    let clients: BTreeSet<_> = clients.iter().map(|client| &client.client).collect();
    let counts = [
        (labels.len(), "label"),
        (versions.len(), "version"),
        (workflows.len(), "workflow"),
        (clients.len(), "client"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count, what));
    let many = if what.len() > 4 { what.len() } else { 0 };
    what.truncate(if many > 0 { 3 } else { 4 });
    let more = if many > 0 { format!(", and {} more", many - 3) } else { String::new() };
    [what.join(", ") + &more, demands.unwrap_or_default().to_owned(), counts.collect::<Vec<_>>().join(", ")]
}

fn moved(diff: &PromptDiff) -> Option<String> {
    let place = |path: &str| if path.is_empty() { "the top".to_owned() } else { path.to_owned() };
    diff.moved.as_ref().map(|(from, to)| format!("moved from {} to {}", place(from), place(to)))
}

/// Whom the change of a prompt reaches, without the labels that are told as moved.
fn reach(diff: &PromptDiff) -> Vec<Vec<Inline>> {
    if diff.affected.is_empty() {
        let is_heard = diff.versions.iter().any(|one| one.change == Change::Added)
            || diff.diffs.iter().any(|one| one.from == one.to && !one.is_same());
        let nobody = vec![say("nobody: no label hands it out, and no version includes it")];
        return if is_heard { vec![nobody] } else { Vec::new() };
    }
    let is_told =
        |label: &LabelReached| label.prompt == diff.name && diff.labels.iter().any(|moved| moved.label == label.label);
    let mut affected = diff.affected.clone();
    affected.labels.retain(|label| !is_told(label));
    reached(&affected, Some(&diff.name))
}

fn behind(behind: &Behind) -> Vec<Inline> {
    let labels: Vec<_> = behind.labels.iter().map(ToString::to_string).collect();
    let Behind { prompt, version, includes, .. } = behind;
    vec![code(&format!("{prompt}@{version}")), say(&format!(" ({}) still includes {includes}", labels.join(", ")))]
}

/// Two versions and why they are compared.
fn title_of(diff: &PromptDiff, one: &VersionDiff) -> String {
    let mut why: Vec<String> = Vec::new();
    let is_step = |change: &&VersionChange| change.version == one.to && change.since.as_ref() == Some(&one.from);
    if let Some(change) = diff.versions.iter().find(is_step) {
        why.push(if change.change == Change::Changed { "changed in place" } else { "new version" }.to_owned());
    }
    let is_move = |moved: &&LabelMove| moved.from.as_ref() == Some(&one.from) && moved.to.as_ref() == Some(&one.to);
    why.extend(diff.labels.iter().filter(is_move).map(|moved| format!("what {} hands out", moved.label)));
    let why = why.join(", ");
    if one.from == one.to { format!("{}, {why}", one.to) } else { format!("{} → {}, {why}", one.from, one.to) }
}

fn label(moved: &LabelMove) -> Vec<Inline> {
    let number = |number: &Option<Semver>| number.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![say(&match (&moved.from, &moved.to) {
        (None, to) => format!("{} is new: {}", moved.label, number(to)),
        (from, None) => format!("{} is removed: it was {}", moved.label, number(from)),
        (from, to) => format!("{} {} → {}", moved.label, number(from), number(to)),
    })]
}

fn changed_version(change: &VersionChange) -> Vec<Inline> {
    let number = &change.version;
    match change.change {
        Change::Removed => vec![say(&format!("{number} is removed"))],
        Change::Added => {
            let mut told = vec![say(&format!("{number} is new"))];
            if let Some(first) = &change.first {
                told.push(say(&format!(": {}, ~{} tokens", counted(first.messages, "message"), first.tokens)));
                for (i, variable) in first.variables.iter().enumerate() {
                    told.extend([say(if i == 0 { ", with " } else { ", " }), code(variable)]);
                }
            }
            told
        }
        _ => vec![say(&format!("{number} is changed in place"))],
    }
}
