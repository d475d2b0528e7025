//! Moving labels, deprecating, yanking, revoking and archiving: one commit each on the default branch, at once.

use super::{Desk, refused_for};
use crate::{
    app::{Error, shelf::MOST_BYTES},
    domain::{Handle, LabelName, Limits, Location, Moves, Prompt, PromptName, Semver, VersionState},
    files::{Document, Entity, write},
    git::CommitId,
};
use serde_json::Value;
use std::sync::Arc;

/// What is changed of a prompt.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A label points to this version.
    Label(LabelName, Semver),
    /// A version is served with a notice, by exact number only, or no more; with the reason.
    Standing(VersionState, Semver, String),
    /// A version stands as it did before it was deprecated, yanked or revoked.
    Restore(Semver),
    /// The prompt is archived, or in use again.
    Archived(bool),
}

/// What was changed.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The commit on the default branch.
    pub commit: CommitId,
    /// Whoever did it.
    pub by: Handle,
    /// What the file said before.
    pub before: Arc<Prompt>,
}

impl Desk {
    /// Changes a prompt's file in one commit on the default branch, signed where the registry demands that.
    ///
    /// # Errors
    /// Where there is no such prompt or version, it is so already, the person may not do that (it says who could), the file
    /// cannot be edited alone, or signing or pushing fails: nothing has changed then.
    pub fn edit(&self, name: &PromptName, edit: &Edit, comment: Option<&str>) -> Result<Edited, Error> {
        let verified = self.rules()?.are_verified();
        let (who, key) = if verified {
            let (key, who) = self.signer()?;
            (who, Some(key))
        } else {
            (self.who()?, None)
        };
        self.may(&who, name, edit)?;
        let branch = self.app.branch().to_owned();
        let mut done = None;
        let commit = self.publish(&branch, |tip| {
            self.app.sync()?;
            let Some(tip) = tip else { return Err(Error::NoCommit(branch.clone())) };
            let (path, text, before) = self.file(name)?;
            self.check(name, edit)?;
            let after = edited(&text, edit).map_err(|reason| Error::Refused(format!("{path}: {reason}")))?;
            if after == text {
                return Err(Error::Refused(format!("nothing to do: {path} says so already")));
            }
            let tree = self.repository().tree_of(tip)?;
            let tree = self.repository().edit_tree(Some(tree), &[(path.as_str(), Some(after.as_bytes()))])?;
            let mut message = title(name, edit);
            if let Some(comment) = comment {
                message = format!("{message}\n\n{comment}");
            }
            let commit = self.repository().commit_tree(tree, &[tip], &message, key)?;
            done = Some(before);
            Ok(Some(commit))
        })?;
        self.app.sync()?;
        match (commit, done) {
            (Some(commit), Some(before)) => Ok(Edited { commit, by: who, before }),
            _ => Err(Error::Refused("nothing was changed".to_owned())),
        }
    }

    /// Sees to it that a person may make an edit.
    fn may(&self, who: &Handle, name: &PromptName, edit: &Edit) -> Result<(), Error> {
        let rules = self.rules()?;
        let moves = match edit {
            Edit::Label(label, _) => Moves { labels: [label.clone()].into(), standing: false },
            _ => Moves { standing: true, ..Moves::default() },
        };
        if rules.may_move(who, &moves) {
            return Ok(());
        }
        let what = match edit {
            Edit::Label(label, _) => format!("move the label `{label}` of {name}"),
            _ => format!("deprecate, yank, revoke or archive {name}"),
        };
        let others = rules.users.keys().filter(|other| rules.may_move(other, &moves));
        Err(refused_for(who, &what, &others.map(Handle::to_string).collect::<Vec<_>>()))
    }

    /// The file of a prompt on the default branch: its path, its text and what it says.
    fn file(&self, name: &PromptName) -> Result<(String, String, Arc<Prompt>), Error> {
        let current = self.app.current();
        let folder = current.registry.prompts.get(name).filter(|folder| !folder.is_removed);
        let folder = folder.ok_or_else(|| Error::Missing { what: "prompt", name: name.to_string() })?;
        let location = Location::Prompt(folder.collection.clone(), name.clone());
        let path = location.to_string();
        let blob = self.app.blob_at(&location)?;
        let bytes = self.repository().blobs(&[blob], MOST_BYTES)?.pop().and_then(Result::ok);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| Error::Refused(format!("{path} cannot be read")))?;
        let document = Document::read(&path.as_str().into(), location, text.as_bytes(), &Limits::default());
        match document.entity {
            Some(Entity::Prompt(prompt)) => Ok((path, text, prompt)),
            _ => Err(Error::Refused(format!("{path} is broken on `{}`: mend it first", self.app.branch()))),
        }
    }

    /// Sees to it that what an edit points to can be handed out.
    fn check(&self, name: &PromptName, edit: &Edit) -> Result<(), Error> {
        let current = self.app.current();
        let folder = current.registry.prompts.get(name);
        let (Edit::Label(_, number) | Edit::Standing(_, number, _) | Edit::Restore(number)) = edit else {
            return Ok(());
        };
        let Some(folder) = folder.filter(|folder| folder.versions.contains_key(number)) else {
            return Err(Error::Refused(format!(
                "{name}@{number} is not approved: only what is on `{}` and covered can be pointed to",
                self.app.branch()
            )));
        };
        match (edit, folder.prompt.state(number)) {
            (Edit::Label(..), (state @ (VersionState::Yanked | VersionState::Revoked), reason)) => {
                Err(Error::Refused(format!("{name}@{number} is {} ({})", state.as_str(), reason.unwrap_or_default())))
            }
            (Edit::Standing(new, ..), (old, reason)) if weight(*new) < weight(old) => Err(Error::Refused(format!(
                "{name}@{number} is {} ({}), which is more: `promptreg restore {name} {number}` it first",
                old.as_str(),
                reason.unwrap_or_default()
            ))),
            _ => Ok(()),
        }
    }
}

/// How far a version is taken out of use.
const fn weight(state: VersionState) -> u8 {
    match state {
        VersionState::Deprecated => 1,
        VersionState::Yanked => 2,
        VersionState::Revoked => 3,
        _ => 0,
    }
}

/// What the file says after an edit.
fn edited(text: &str, edit: &Edit) -> Result<String, String> {
    match edit {
        Edit::Label(label, number) => {
            write::set(text, "labels", label.as_str(), Some(&Value::from(number.to_string())))
        }
        Edit::Standing(state, number, reason) => {
            let cleared = restored(text, number)?;
            write::set(&cleared, state.as_str(), &number.to_string(), Some(&Value::from(reason.as_str())))
        }
        Edit::Restore(number) => restored(text, number),
        Edit::Archived(true) => write::set_whole(text, "status", Some(&Value::from("archived"))),
        Edit::Archived(false) => write::set_whole(text, "status", None),
    }
}

/// The file without what it says of a version's standing.
fn restored(text: &str, number: &Semver) -> Result<String, String> {
    let mut text = text.to_owned();
    for state in [VersionState::Deprecated, VersionState::Yanked, VersionState::Revoked] {
        text = write::set(&text, state.as_str(), &number.to_string(), None)?;
    }
    Ok(text)
}

/// The first line of the commit's message.
fn title(name: &PromptName, edit: &Edit) -> String {
    match edit {
        Edit::Label(label, number) => format!("{name}: {label} is {number}"),
        Edit::Standing(state, number, reason) => format!("{name}: {number} is {} ({reason})", state.as_str()),
        Edit::Restore(number) => format!("{name}: {number} is in use again"),
        Edit::Archived(true) => format!("{name}: archived"),
        Edit::Archived(false) => format!("{name}: in use again"),
    }
}
