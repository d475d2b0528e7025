//! What a change is judged against: the state it began from, what differs, and what was approved.

use super::context::Context;
use crate::{
    domain::{Location, PromptName, Semver, Version},
    files::{Document, Loaded},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The state that a change began from, and what is known of the change.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// What the registry said where the change began. A file that neither changed nor can be concerned is there unread
    /// ([`Document::unread`]), here and among the files that are judged.
    pub loaded: Loaded,
    /// The paths of the files that the change added, edited or removed.
    pub changed: BTreeSet<Arc<str>>,
    /// The paths of the files that are judged: those that changed, and those in which the change may have brought
    /// something about. All of them were read.
    pub judged: BTreeSet<Arc<str>>,
    /// Of the prompts of which versions changed: what was approved, by name and number.
    pub approved: BTreeMap<PromptName, BTreeMap<Semver, Approved>>,
}

/// The content of a version that was approved, wherever it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Approved {
    /// The commit with which it reached the branch: 40 hexadecimal digits.
    pub commit: String,
    /// Where it lay then.
    pub path: Arc<str>,
    /// What it says.
    pub version: Arc<Version>,
}

/// What rules on a change look at besides the registry as it is now.
#[derive(Debug)]
pub struct Change<'a> {
    /// What the change is judged against.
    pub(super) base: &'a Base,
    /// The registry as it was, by place.
    pub(super) before: Context<'a>,
}

/// A version's file that is there now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched<'a> {
    pub(super) name: &'a PromptName,
    pub(super) number: &'a Semver,
    pub(super) document: &'a Document,
}

impl<'a> Change<'a> {
    pub(super) fn new(base: &'a Base) -> Self {
        Self { base, before: Context::new(&base.loaded) }
    }

    /// What was approved under this name and number.
    pub(super) fn approved(&self, name: &PromptName, number: &Semver) -> Option<&'a Approved> {
        self.base.approved.get(name)?.get(number)
    }

    /// The numbers that a prompt's versions had, in whatever collection: those that lay there, broken ones too, and
    /// those that were approved at any time.
    pub(super) fn numbers(&self, name: &PromptName) -> BTreeSet<&'a Semver> {
        let approved = self.base.approved.get(name).into_iter().flat_map(BTreeMap::keys);
        self.before.numbers(name).unwrap_or_default().into_iter().chain(approved).collect()
    }

    /// The versions whose files the change added or edited, as they are now.
    pub(super) fn touched(&self, now: &Context<'a>) -> impl Iterator<Item = Touched<'a>> {
        let documents = &now.loaded.documents;
        self.base.changed.iter().filter_map(|path| {
            let document = &**documents.get(path)?;
            match &document.location {
                Location::Version(_, name, number) => Some(Touched { name, number, document }),
                _ => None,
            }
        })
    }

    /// Those of them that are new: no file had their name and number where the change began, and none was approved.
    pub(super) fn added(&self, now: &Context<'a>) -> impl Iterator<Item = Touched<'a>> {
        self.touched(now).filter(|touched| {
            self.before.version_file(touched.name, touched.number).is_none()
                && self.approved(touched.name, touched.number).is_none()
        })
    }
}
