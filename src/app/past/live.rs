//! What was live: which version a label handed out from when until when.

use super::happened::{Happened, What};
use crate::domain::{LabelName, Semver, VersionState};
use serde::Serialize;
use std::{collections::BTreeSet, sync::Arc};

/// One stretch of time in which a label handed out one version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lived {
    /// The version.
    pub version: Semver,
    /// From when on, RFC 3339.
    pub from: Option<Arc<str>>,
    /// Until when; none where it is live.
    pub until: Option<Arc<str>>,
    /// What ended it: `moved`, `label_removed`, `removed`, `yanked` or `revoked`; none where it is live.
    pub ended: Option<&'static str>,
    /// Who brought it to the default branch.
    pub approved_by: Arc<str>,
    /// The commit it began with.
    pub commit: String,
}

/// What a label of a prompt handed out, newest first. `events` are all events of the prompt, newest first.
#[must_use]
pub fn lived(events: &[Happened], label: &LabelName) -> Vec<Lived> {
    let mut pointer: Option<Semver> = None;
    let mut held: [BTreeSet<Semver>; 2] = Default::default();
    let mut stretches: Vec<Lived> = Vec::new();
    // What one commit did counts at once: it may move a label and revoke what it pointed to.
    for commit in events.chunk_by(|a, b| a.commit == b.commit).rev() {
        let mut ended = "moved";
        for event in commit.iter().rev() {
            match &event.what {
                What::LabelSet { label: own, to } | What::LabelMoved { label: own, to, .. } if own == label => {
                    (pointer, ended) = (Some(to.clone()), "moved");
                }
                What::LabelRemoved { label: own, .. } if own == label => (pointer, ended) = (None, "label_removed"),
                What::Removed => {
                    (pointer, ended) = (None, "removed");
                    held = Default::default();
                }
                What::Yanked { version, .. } => drop(held[0].insert(version.clone())),
                What::Revoked { version, .. } => drop(held[1].insert(version.clone())),
                What::TakenBack { version, state } => match state {
                    VersionState::Yanked => drop(held[0].remove(version)),
                    VersionState::Revoked => drop(held[1].remove(version)),
                    _ => {}
                },
                _ => {}
            }
        }
        let Some(first) = commit.first() else { continue };
        let live = pointer.as_ref().filter(|version| held.iter().all(|held| !held.contains(*version)));
        let open = stretches.last_mut().filter(|last| last.ended.is_none());
        if open.as_ref().map(|last| &last.version) == live {
            continue;
        }
        if let Some(last) = open {
            let is_held = pointer.as_ref() == Some(&last.version);
            let why = if held[1].contains(&last.version) { "revoked" } else { "yanked" };
            (last.until, last.ended) = (first.approved_at.clone(), Some(if is_held { why } else { ended }));
        }
        if let Some(version) = live.cloned() {
            let (from, approved_by) = (first.approved_at.clone(), first.approved_by.clone());
            stretches.push(Lived {
                version,
                from,
                until: None,
                ended: None,
                approved_by,
                commit: first.commit.clone(),
            });
        }
    }
    stretches.reverse();
    stretches
}
