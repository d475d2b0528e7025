//! One state of the registry, ready to be read: everything a door answers is in memory and serialized already.

use super::{
    Error,
    answer::{Answer, Arrival, Fetched},
    coverage::Coverage,
    events::Place,
    held::Held,
    pins::Pins,
    program::Program,
    query::Query,
    status::Status,
};
use crate::{
    domain::{
        ApprovalMode, Digest, LabelName, PromptFolder, PromptName, Registry, Selector, Semver, Unresolved, Version,
        VersionState, Which,
    },
    git::CommitId,
    search::{Print, Searcher},
    template,
};
use bytes::Bytes;
use rayon::prelude::*;
use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

/// One state of the registry. It never changes; a new commit makes a new one, and so does a pin.
#[derive(Debug, Clone)]
pub struct Current {
    /// The commit it was read from; none where it is a folder's files as they lie.
    pub commit: Option<CommitId>,
    /// Where the branch with the decisions was; none where there is none.
    pub log: Option<CommitId>,
    /// The nouns.
    pub registry: Registry,
    /// What is held back from it.
    pub(super) held: Held,
    /// Why; worked out when it is first asked for.
    pub(super) status: OnceLock<Status>,
    /// What the gate says of it; worked out when it is first asked for.
    pub(super) coverage: OnceLock<Coverage>,
    /// What finds its versions by their words, once that has been made.
    pub(super) index: OnceLock<Searcher>,
    /// The labels that an operator holds at a version.
    pub(super) pins: Pins,
    prompts: HashMap<PromptName, Arc<Served>>,
    version_count: usize,
    /// Whether it is what is served now, and no draft or past state.
    is_live: bool,
    /// The commit as text, and the label that is meant where none is named: asked for with every fetch.
    commit_text: Option<Bytes>,
    default_label: LabelName,
}

/// What is handed out of one prompt.
#[derive(Debug, Default)]
struct Served {
    /// A fingerprint of all its files; of a state that is no commit's, zeros.
    print: Print,
    /// By exact number, in order: most prompts have few, and a tree's leaf has room for eleven.
    versions: Box<[(Semver, ServedVersion)]>,
    /// By label, in order.
    labels: Box<[(LabelName, Answer)]>,
}

/// One version, ready to be handed out.
#[derive(Debug)]
pub struct ServedVersion {
    /// The digest of its content.
    pub digest: Digest,
    /// How it came to the default branch.
    pub arrival: Arrival,
    /// Whether it is on no default branch.
    pub draft: bool,
    is_revoked: bool,
    /// As its exact number answers it.
    answer: Answer,
    /// Made when it is first rendered: most versions never are.
    pub(super) program: OnceLock<Result<Arc<Program>, Box<template::Error>>>,
}

/// How each version came to the default branch; those that are not in it are drafts.
pub type Arrivals = BTreeMap<PromptName, BTreeMap<Semver, Arrival>>;

impl ServedVersion {
    /// As its exact number answers it.
    #[must_use]
    pub const fn answer(&self) -> &Answer {
        &self.answer
    }
}

impl Current {
    /// The state of a registry in which there is nothing yet.
    #[must_use]
    pub(super) fn nothing() -> Self {
        Self::view(None, Registry::default(), &Arrivals::new())
    }

    /// Serializes everything that a registry hands out, on all cores: a state that is not the one that is served, but a
    /// draft, or a state of the past. No cache may keep it.
    #[must_use]
    pub fn view(commit: Option<CommitId>, registry: Registry, arrivals: &Arrivals) -> Self {
        let folders: Vec<_> = registry.listed().collect();
        let serve = |folder: &&PromptFolder| {
            (folder.name.clone(), Arc::new(Served::new(&registry, folder, arrivals.get(&folder.name))))
        };
        let prompts = folders.par_iter().map(serve).collect();
        let prompts: HashMap<_, Arc<Served>> = prompts;
        let count = prompts.values().map(|served| served.versions.len()).sum();
        Self::made((commit, None), registry, (prompts, count), Held::default(), false)
    }

    /// The state that is served after this one: other answers of these prompts, all others shared.
    #[must_use]
    pub(super) fn next(
        &self,
        tips: (Option<CommitId>, Option<CommitId>),
        registry: Registry,
        names: &BTreeSet<&PromptName>,
        arrivals: &Arrivals,
        prints: &HashMap<PromptName, Print>,
        held: Held,
    ) -> Self {
        let serve = |name: &&PromptName| {
            let folder = registry.prompts.get(*name).filter(|folder| !folder.is_removed)?;
            let served = Served::new(&registry, folder, arrivals.get(*name));
            Some(Arc::new(Served { print: prints.get(*name).copied().unwrap_or_default(), ..served }))
        };
        let new: Vec<_> = names.par_iter().map(|name| ((*name).clone(), serve(name))).collect();
        let (mut prompts, mut count) = (self.prompts.clone(), self.version_count);
        for (name, served) in new {
            count += served.as_ref().map_or(0, |served| served.versions.len());
            let old = match served {
                Some(served) => prompts.insert(name, served),
                None => prompts.remove(&name),
            };
            count -= old.map_or(0, |old| old.versions.len());
        }
        Self::made(tips, registry, (prompts, count), held, true)
    }

    fn made(
        (commit, log): (Option<CommitId>, Option<CommitId>),
        registry: Registry,
        (prompts, version_count): (HashMap<PromptName, Arc<Served>>, usize),
        held: Held,
        is_live: bool,
    ) -> Self {
        let commit_text = commit.map(|commit| commit.to_string().into());
        let default_label = registry.default_label();
        let (status, coverage, index) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self {
            commit,
            log,
            registry,
            held,
            status,
            coverage,
            index,
            pins: Pins::default(),
            prompts,
            version_count,
            is_live,
            commit_text,
            default_label,
        }
    }

    /// What is served with a commit, as events name it.
    pub(super) fn place(&self, commit: CommitId) -> Place {
        let settings = self.registry.settings.as_ref();
        let is_verified = settings.is_some_and(|settings| settings.approval.mode == ApprovalMode::Verified);
        Place { commit, log: is_verified.then_some(self.log), pins: self.pins.print() }
    }

    /// The commit as 40 hexadecimal digits, to be sent without a copy.
    #[must_use]
    pub const fn commit_text(&self) -> Option<&Bytes> {
        self.commit_text.as_ref()
    }

    /// The answer to the commonest question: a prompt by a label, or by the default one.
    ///
    /// Answers `None` where anything about it is out of the ordinary; [`Current::fetch`] knows why.
    #[must_use]
    pub fn by_label(&self, name: &str, label: Option<&str>) -> Option<&Answer> {
        let label = label.unwrap_or(self.default_label.as_str());
        if let Some(pinned) = self.pins.get(name, label) {
            return Some(&pinned.answer);
        }
        found(&self.prompts.get(name)?.labels, label)
    }

    /// The answer to the next commonest question: a prompt by an exact number.
    #[must_use]
    pub fn by_number(&self, name: &str, number: &str) -> Option<&Answer> {
        let version = found(&self.prompts.get(name)?.versions, &number.parse::<Semver>().ok()?)?;
        (!version.is_revoked).then_some(&version.answer)
    }

    /// The version that a query means, and its answer.
    ///
    /// # Errors
    /// Where it means none, or where what it means may not be handed out.
    pub fn fetch(&self, query: &Query) -> Result<Answer, Error> {
        let (folder, number, label) = self.find(query)?;
        match label {
            Some(label) if self.pins.get(folder.name.as_str(), label.as_str()).is_some() => {
                let pinned = self.pins.get(folder.name.as_str(), label.as_str());
                pinned.map(|pinned| pinned.answer.clone()).ok_or_else(|| self.unserved(folder, &number))
            }
            // A variant hands out another version under the label's name: serialized when asked for.
            Some(label) if folder.prompt.labels.get(&label) == Some(&number) => {
                let answer = self.prompts.get(&folder.name).and_then(|served| found(&served.labels, &label));
                answer.cloned().ok_or_else(|| self.unserved(folder, &number))
            }
            Some(label) => {
                let served = self.served(&folder.name, &number).ok_or_else(|| self.unserved(folder, &number))?;
                Ok(served.answer.under(&label))
            }
            None => {
                let served = self.served(&folder.name, &number).ok_or_else(|| self.unserved(folder, &number))?;
                let exact = matches!(query.selector.which, Which::Exact(_) | Which::Digest(_));
                let mut answer = served.answer.clone();
                answer.immutable = exact && !served.draft && self.is_live;
                Ok(answer)
            }
        }
    }

    /// The version that a query means: its prompt, its number, and the label it was found by.
    ///
    /// # Errors
    /// Where it means none.
    pub fn find(&self, query: &Query) -> Result<(&PromptFolder, Semver, Option<LabelName>), Unresolved> {
        if let Some(pinned) = self.pinned(&query.selector) {
            return Ok(pinned);
        }
        let found = self.registry.resolve(&query.selector)?;
        let variant = found.label.and_then(|label| found.folder.prompt.variants.get(label));
        let chosen = variant.and_then(|variant| variant.choose(query.client.as_ref(), query.key.as_deref()));
        // A version that may not be handed out under a label is no choice: the label's own is handed out.
        let handed_out = |number: &&Semver| {
            let withdrawn = matches!(found.folder.prompt.state(number).0, VersionState::Yanked | VersionState::Revoked);
            !withdrawn && found.folder.versions.contains_key(*number)
        };
        let number = chosen.filter(handed_out).unwrap_or(found.number);
        Ok((found.folder, number.clone(), found.label.cloned()))
    }

    /// The version that a label is held at; none where nobody pinned it, or no label is meant.
    pub(super) fn pinned(&self, selector: &Selector) -> Option<(&PromptFolder, Semver, Option<LabelName>)> {
        let label = match &selector.which {
            Which::Default => &self.default_label,
            Which::Label(label) => label,
            _ => return None,
        };
        let pinned = self.pins.get(selector.name.as_str(), label.as_str())?;
        Some((self.folder(&selector.name)?, pinned.pin.version.clone(), Some(label.clone())))
    }

    /// One version, ready to be handed out.
    #[must_use]
    pub fn served(&self, name: &PromptName, number: &Semver) -> Option<&ServedVersion> {
        found(&self.prompts.get(name)?.versions, number)
    }

    /// Whether two states hand out the same of a prompt, under every number and label.
    pub(super) fn hands_out_alike(&self, other: &Self, name: &PromptName) -> bool {
        let alike = match (self.prompts.get(name), other.prompts.get(name)) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one.is_like(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        alike && self.pins.of(name).eq(other.pins.of(name))
    }

    /// A prompt that is handed out.
    pub(super) fn folder(&self, name: &PromptName) -> Option<&PromptFolder> {
        self.registry.prompts.get(name).map(AsRef::as_ref).filter(|folder| !folder.is_removed)
    }

    /// A fingerprint of all files of a prompt that is handed out.
    pub(super) fn print(&self, name: &PromptName) -> Option<Print> {
        Some(self.prompts.get(name)?.print)
    }

    /// Whether it is what is served, and no draft or past state.
    pub const fn is_live(&self) -> bool {
        self.is_live
    }

    /// How many prompts are handed out.
    pub(super) fn prompt_count(&self) -> usize {
        self.prompts.len()
    }

    /// How many versions there are.
    #[must_use]
    pub const fn version_count(&self) -> usize {
        self.version_count
    }

    fn unserved(&self, folder: &PromptFolder, number: &Semver) -> Error {
        Unresolved::Version { name: folder.name.clone(), which: number.to_string(), has: String::new() }.into()
    }
}

impl Served {
    fn new(registry: &Registry, folder: &PromptFolder, arrivals: Option<&BTreeMap<Semver, Arrival>>) -> Self {
        let serve = |(number, version): (&Semver, &Arc<Version>)| {
            let arrival = arrivals.and_then(|arrivals| arrivals.get(number));
            (number.clone(), ServedVersion::new(registry, folder, (number, version), arrival))
        };
        let versions: Box<[_]> = folder.versions.iter().map(serve).collect();
        let labels = folder.prompt.labels.iter().filter(|(label, _)| folder.by_label(label).is_ok());
        let labels =
            labels.filter_map(|(label, number)| Some((label.clone(), found(&versions, number)?.answer.under(label))));
        Self { print: Print::default(), labels: labels.collect(), versions }
    }

    fn is_like(&self, other: &Self) -> bool {
        let versions = |(number, one): &(Semver, ServedVersion)| (number.clone(), one.answer.etag());
        let labels = |(label, one): &(LabelName, Answer)| (label.clone(), one.etag());
        self.versions.iter().map(versions).eq(other.versions.iter().map(versions))
            && self.labels.iter().map(labels).eq(other.labels.iter().map(labels))
    }
}

/// What is kept under a key, where the keys are in order.
fn found<'a, K: Borrow<Q>, Q: Ord + ?Sized, V>(pairs: &'a [(K, V)], key: &Q) -> Option<&'a V> {
    let at = pairs.binary_search_by(|(own, _)| own.borrow().cmp(key)).ok()?;
    Some(&pairs.get(at)?.1)
}

impl ServedVersion {
    fn new(
        registry: &Registry,
        folder: &PromptFolder,
        (number, version): (&Semver, &Version),
        arrival: Option<&Arrival>,
    ) -> Self {
        let mut served = Self {
            digest: folder.digests.get(number).copied().unwrap_or_else(|| registry.digest(version)),
            draft: arrival.is_none(),
            is_revoked: folder.prompt.state(number).0 == VersionState::Revoked,
            arrival: arrival.cloned().unwrap_or_default(),
            answer: Answer::default(),
            program: OnceLock::new(),
        };
        let fetched = Fetched::new(folder, (number, version), (served.digest, served.draft), &served.arrival);
        served.answer = Answer::of(&fetched, !served.draft);
        served
    }

    /// The state of the version by what `prompt.yaml` says, or that it is a draft.
    #[must_use]
    pub fn state(&self, folder: &PromptFolder, number: &Semver) -> VersionState {
        if self.draft { VersionState::Draft } else { folder.prompt.state(number).0 }
    }
}
