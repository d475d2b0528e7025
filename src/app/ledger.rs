//! The ledger: how the default branch got to where it is, and which content of every file may be served since when.
//!
//! Each commit of first-parent history is one landing. A content is admitted with the landing at which it is sound and
//! finds what it names: a version's first content for good, any other file's newest. What was admitted stays until
//! something else is admitted in its place, so that a later push can break nothing but itself.

use super::{
    decisions::{Decisions, Spoken},
    gate::{Judged, Uncovered},
    revoked::Claims,
    safety::Safety,
    shelf::Fresh,
};
use crate::{
    domain::{CollectionPath, Limits, Location, PolicyName, PromptName, Rules, Semver},
    files::{Entity, Refusal},
    git::{Author, Authors, BlobId, CommitId, Person},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What first-parent history says. It only ever grows.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub tip: Option<CommitId>,
    pub(super) landings: Vec<Landing>,
    pub(super) authors: Authors,
    /// What lies at every place on the branch; none where it is no plain file.
    pub(super) heads: BTreeMap<Location, Option<Arc<Content>>>,
    /// The places at which something of each prompt lies.
    pub(super) lies: HashMap<PromptName, BTreeSet<Location>>,
    /// What lies on the branch and is not read, with the reason.
    pub(super) refused: BTreeMap<Arc<str>, Refusal>,
    /// The folders that have each prompt's name now, the one that was there first in front.
    pub(super) homes: BTreeMap<PromptName, Vec<Option<CollectionPath>>>,
    /// What may be served, by [`identity`], each entry from its landing on.
    pub(super) admitted: BTreeMap<Location, Vec<Entry>>,
    /// How deep the inclusions of each admitted version go.
    pub(super) depths: HashMap<(PromptName, Semver), usize>,
    /// The places whose content is sound and not admitted yet, by the names of the prompts it waits for.
    pub(super) waiting: BTreeMap<PromptName, BTreeSet<Location>>,
    /// The limits that bind what lands now.
    pub(super) limits: Limits,
    /// The blobs that Git could not hand out, and that may be sound for all that is known.
    pub(super) unread: BTreeSet<BlobId>,
    /// What was parsed and has yet to be kept for the next start.
    pub(super) fresh: Vec<Fresh>,
    /// The number of each landing.
    pub(super) numbers_of: HashMap<CommitId, usize>,
    /// What people decided.
    pub(super) decisions: Decisions,
    /// The safety policies that hold for the next landing.
    pub(super) safety: Safety,
    /// The places whose content is sound and violates one, and which.
    pub(super) forbidden: BTreeMap<Location, PolicyName>,
    /// The rules by which the next landing is judged, once they were asked for.
    pub(super) rules: Option<Arc<Rules>>,
    /// Every content that was judged when it landed.
    pub(super) judged: HashMap<Spoken, Vec<Judged>>,
    /// What lies on the branch and is not covered: it is not among the heads.
    pub(super) uncovered: BTreeMap<Location, Uncovered>,
    /// From which place of the log on a key counts no more.
    pub(super) revoked: BTreeMap<String, usize>,
    /// What users' files say of keys.
    pub(super) claims: Claims,
    /// Up to which place of the log decisions are heard; none where all are.
    pub(super) until: Option<usize>,
    /// Commits from which on keys are to be revoked, and which the log has not.
    pub(super) unknown_moments: BTreeSet<CommitId>,
}

/// What is different since the state before was made.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The prompts of which something else may be served now.
    pub prompts: BTreeSet<PromptName>,
    /// The other things of which something else may be served, by [`identity`].
    pub others: BTreeSet<Location>,
    /// The places where something else lies on the branch, or where what lies there was admitted.
    pub places: BTreeSet<Location>,
    /// The paths that are refused now and were not, or the other way round.
    pub refused: BTreeSet<Arc<str>>,
}

/// One commit of the default branch's first-parent line.
#[derive(Debug, Clone)]
pub(super) struct Landing {
    pub commit: CommitId,
    pub by: Person,
    pub at: i64,
    /// The commit and the time as texts, which many answers share.
    pub commit_text: Arc<str>,
    pub at_text: Option<Arc<str>>,
    pub author: Author,
}

/// One content at one place.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub location: Location,
    pub path: Arc<str>,
    pub blob: BlobId,
    /// What it says; none where it is not sound, and of contents of the past.
    pub entity: Option<Entity>,
}

impl Content {
    /// Whether it is the same bytes at the same place.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.blob == other.blob && self.location == other.location
    }
}

/// What may be served from a landing on; none where the thing was taken away.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub landing: usize,
    pub content: Option<Arc<Content>>,
}

/// What may be served of one thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a> {
    pub content: &'a Arc<Content>,
    /// What was admitted first: where it lay when it came, before its prompt moved.
    pub first: &'a Content,
    /// The landing at which this thing was first admitted.
    pub since: usize,
    /// Whether it was taken away, and is kept only for what includes it.
    pub is_removed: bool,
}

/// The identity behind a location: without the collection, which may change.
pub(super) fn identity(location: &Location) -> Location {
    match location {
        Location::Prompt(_, name) => Location::Prompt(None, name.clone()),
        Location::Version(_, name, number) => Location::Version(None, name.clone(), number.clone()),
        other => other.clone(),
    }
}

impl Ledger {
    /// What may be served of one thing, as of the landing `last`.
    pub(super) fn standing(&self, identity: &Location, last: usize) -> Option<Standing<'_>> {
        let entries = self.admitted.get(identity)?;
        let entries = &entries[..entries.partition_point(|entry| entry.landing <= last)];
        let content = entries.iter().rev().find_map(|entry| entry.content.as_ref())?;
        let first = entries.iter().find_map(|entry| entry.content.as_ref())?;
        let is_removed = entries.last().is_some_and(|entry| entry.content.is_none());
        Some(Standing { content, first, since: entries.first()?.landing, is_removed })
    }

    /// The places at which something of a prompt lies on the branch.
    pub(super) fn places(&self, name: &PromptName) -> impl Iterator<Item = &Location> {
        self.lies.get(name).into_iter().flatten()
    }

    /// The numbers of a prompt's versions that were admitted at any time.
    pub(super) fn numbers(&self, name: &PromptName) -> impl Iterator<Item = (&Location, &Semver)> {
        let first = Location::Version(None, name.clone(), Semver::lowest());
        self.admitted.range(first..).map_while(move |(identity, _)| match identity {
            Location::Version(None, own, number) if own == name => Some((identity, number)),
            _ => None,
        })
    }

    /// What may be served of users and roles, as of the landing `last`: they are neighbours in the order of places.
    pub(super) fn policy_standings(&self, last: usize) -> impl Iterator<Item = (&Location, Standing<'_>)> {
        let lowest = "0".parse().ok().map(Location::User);
        let policy = lowest.into_iter().flat_map(|lowest| self.admitted.range(lowest..));
        let policy = policy.map(|(identity, _)| identity);
        let policy = policy.take_while(|identity| matches!(identity, Location::User(_) | Location::Role(_)));
        policy.filter_map(move |identity| Some((identity, self.standing(identity, last)?)))
    }

    /// What may be served of everything, as of the landing `last`.
    pub(super) fn standings(&self, last: usize) -> impl Iterator<Item = (&Location, Standing<'_>)> {
        self.admitted.keys().filter_map(move |identity| Some((identity, self.standing(identity, last)?)))
    }

    /// The newest landing.
    pub(super) fn last(&self) -> usize {
        self.landings.len().saturating_sub(1)
    }

    /// The first commit of the line, as 40 hexadecimal digits.
    pub(super) fn first(&self) -> String {
        self.landings.first().map_or_else(String::new, |landing| landing.commit_text.to_string())
    }

    /// The number of the landing that is this commit; none where it is not on the line.
    pub(super) fn landing_of(&self, commit: CommitId) -> Option<usize> {
        self.numbers_of.get(&commit).copied()
    }

    /// Who wrote a content, and when; the landing's own author where nobody else is known.
    pub(super) fn author(&self, content: &Content, landing: usize) -> &Author {
        self.authors.get(&content.path, content.blob).unwrap_or(&self.landings[landing].author)
    }
}
