//! One state of the registry, ready to be read: everything a door answers is in memory and serialized already.

use super::{
    Error,
    answer::{Answer, Arrival, Fetched},
    program::Program,
    query::Query,
    status::Status,
};
use crate::{
    domain::{Digest, LabelName, PromptFolder, PromptName, Registry, Semver, Unresolved, Version, VersionState, Which},
    git::CommitId,
    template,
};
use bytes::Bytes;
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

/// One state of the registry. It never changes; a new commit makes a new one.
#[derive(Debug)]
pub struct Current {
    /// The commit it was read from; none where it is a folder's files as they lie.
    pub commit: Option<CommitId>,
    /// The nouns.
    pub registry: Registry,
    /// What is wrong with it and what is served in spite of that.
    pub status: Status,
    prompts: HashMap<PromptName, Served>,
    /// Whether it is what is served now, and no draft or past state.
    is_live: bool,
    /// The commit as text, and the label that is meant where none is named: asked for with every fetch.
    commit_text: Option<Bytes>,
    default_label: LabelName,
}

/// What is handed out of one prompt.
#[derive(Debug, Default)]
struct Served {
    /// By exact number.
    versions: BTreeMap<Semver, ServedVersion>,
    /// By label.
    labels: HashMap<LabelName, Answer>,
    /// By exact number as text, without those that were revoked.
    exact: HashMap<String, Answer>,
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
    answer: Answer,
    /// Made when it is first rendered: most versions never are.
    pub(super) program: OnceLock<Result<Arc<Program>, template::Error>>,
}

/// How each version came to the default branch; those that are not in it are drafts.
pub type Arrivals = HashMap<(PromptName, Semver), Arrival>;

impl Current {
    /// Serializes everything that a registry hands out, on all cores.
    #[must_use]
    pub fn new(commit: Option<CommitId>, registry: Registry, arrivals: &Arrivals, status: Status) -> Self {
        Self::make(commit, registry, arrivals, status, true)
    }

    /// The same for a state that is not the one that is served: a draft, or a state of the past. No cache may keep it.
    #[must_use]
    pub fn view(commit: Option<CommitId>, registry: Registry, arrivals: &Arrivals, status: Status) -> Self {
        Self::make(commit, registry, arrivals, status, false)
    }

    fn make(commit: Option<CommitId>, registry: Registry, arrivals: &Arrivals, status: Status, is_live: bool) -> Self {
        let folders: Vec<_> = registry.listed().collect();
        let prompts =
            folders.par_iter().map(|folder| (folder.name.clone(), Served::new(&registry, folder, arrivals))).collect();
        let commit_text = commit.map(|commit| commit.to_string().into());
        let default_label = registry.default_label();
        Self { commit, registry, status, prompts, is_live, commit_text, default_label }
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
        let served = self.prompts.get(name)?;
        served.labels.get(label.unwrap_or(self.default_label.as_str()))
    }

    /// The answer to the next commonest question: a prompt by an exact number.
    #[must_use]
    pub fn by_number(&self, name: &str, number: &str) -> Option<&Answer> {
        self.prompts.get(name)?.exact.get(number)
    }

    /// The version that a query means, and its answer.
    ///
    /// # Errors
    /// Where it means none, or where what it means may not be handed out.
    pub fn fetch(&self, query: &Query) -> Result<Answer, Error> {
        let (folder, number, label) = self.find(query)?;
        match label {
            // A variant hands out another version under the label's name: serialized when asked for.
            Some(label) if folder.prompt.labels.get(&label) == Some(&number) => {
                let answer = self.prompts.get(&folder.name).and_then(|served| served.labels.get(&label));
                answer.cloned().ok_or_else(|| self.nothing(folder, &number))
            }
            Some(label) => {
                let served = self.served(&folder.name, &number).ok_or_else(|| self.nothing(folder, &number))?;
                let version = folder.versions.get(&number).ok_or_else(|| self.nothing(folder, &number))?;
                Ok(served.answer_under(folder, (&number, version), Some(&label)))
            }
            None => {
                let served = self.served(&folder.name, &number).ok_or_else(|| self.nothing(folder, &number))?;
                let exact = matches!(query.selector.which, Which::Exact(_) | Which::Digest(_));
                Ok(Answer { immutable: exact && !served.draft && self.is_live, ..served.answer.clone() })
            }
        }
    }

    /// The version that a query means: its prompt, its number, and the label it was found by.
    ///
    /// # Errors
    /// Where it means none.
    pub fn find(&self, query: &Query) -> Result<(&PromptFolder, Semver, Option<LabelName>), Unresolved> {
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

    /// One version, ready to be handed out.
    #[must_use]
    pub fn served(&self, name: &PromptName, number: &Semver) -> Option<&ServedVersion> {
        self.prompts.get(name)?.versions.get(number)
    }

    /// How many versions there are.
    #[must_use]
    pub fn version_count(&self) -> usize {
        self.prompts.values().map(|served| served.versions.len()).sum()
    }

    fn nothing(&self, folder: &PromptFolder, number: &Semver) -> Error {
        Unresolved::Version { name: folder.name.clone(), which: number.to_string(), has: String::new() }.into()
    }
}

impl Served {
    fn new(registry: &Registry, folder: &PromptFolder, arrivals: &Arrivals) -> Self {
        let mut served = Self::default();
        for (number, version) in &folder.versions {
            let arrival = arrivals.get(&(folder.name.clone(), number.clone()));
            let version = ServedVersion::new(registry, folder, (number, version), arrival);
            if folder.prompt.state(number).0 != VersionState::Revoked {
                let immutable = !version.draft;
                served.exact.insert(number.to_string(), Answer { immutable, ..version.answer.clone() });
            }
            served.versions.insert(number.clone(), version);
        }
        for (label, number) in &folder.prompt.labels {
            if folder.by_label(label).is_err() {
                continue;
            }
            if let (Some(version), Some(ready)) = (folder.versions.get(number), served.versions.get(number)) {
                served.labels.insert(label.clone(), ready.answer_under(folder, (number, version), Some(label)));
            }
        }
        served
    }
}

impl ServedVersion {
    fn new(
        registry: &Registry,
        folder: &PromptFolder,
        (number, version): (&Semver, &Version),
        arrival: Option<&Arrival>,
    ) -> Self {
        let mut served = Self {
            digest: registry.digest_of(&folder.name, number).unwrap_or_else(|| registry.digest(version)),
            draft: arrival.is_none(),
            arrival: arrival.cloned().unwrap_or_default(),
            answer: Answer { body: Bytes::new(), etag: Bytes::new(), immutable: true },
            program: OnceLock::new(),
        };
        served.answer = served.answer_under(folder, (number, version), None);
        served
    }

    /// The state of the version by what `prompt.yaml` says, or that it is a draft.
    #[must_use]
    pub fn state(&self, folder: &PromptFolder, number: &Semver) -> VersionState {
        if self.draft { VersionState::Draft } else { folder.prompt.state(number).0 }
    }

    fn answer_under(&self, folder: &PromptFolder, version: (&Semver, &Version), label: Option<&LabelName>) -> Answer {
        Answer::of(&Fetched::new(folder, version, label, (self.digest, self.draft), &self.arrival), label.is_none())
    }
}
