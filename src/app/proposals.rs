//! Proposals: what every other branch would change, where each file of it stands, and what it lacks.

use super::{App, Error, decisions::Spoken, gate::Uncovered, ledger::Ledger};
use crate::{
    domain::{
        Claim, DECISIONS, Decision, Handle, Location, Overlooked, PromptName, Rules, Semver, Verb, Verdict,
        VersionState, Voice, locate,
    },
    git::{Author, BlobId, Change, CommitId, Repository},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The most branches that are looked at, and the most files of one.
const MOST: usize = 1_000;

/// A branch that changes registry files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// The branch; it is also the id.
    pub id: String,
    /// Where it stands as a whole: where the file stands that is furthest from being approved.
    pub state: VersionState,
    /// Its newest commit.
    #[serde(serialize_with = "as_text")]
    pub head: CommitId,
    /// The first line of that commit's message.
    pub title: String,
    /// The commit of the default branch that it began from.
    #[serde(serialize_with = "as_text")]
    pub base: CommitId,
    /// The commit of the default branch that it was compared with.
    #[serde(serialize_with = "as_text")]
    pub onto: CommitId,
    /// Those who wrote it, by handle or by mail address.
    pub authors: Vec<String>,
    /// Those who were asked to look.
    pub reviewers: Vec<Handle>,
    /// The files that it adds, changes or removes; the first thousand.
    pub files: Vec<ProposedFile>,
    /// How many more there are: it is too large to be decided on.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_files: usize,
}

/// One file that a proposal adds, changes or removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposedFile {
    /// Its path.
    pub path: String,
    /// The prompt that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PromptName>,
    /// The version that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Semver>,
    /// Its content; none where it is removed.
    #[serde(serialize_with = "maybe_text")]
    pub blob: Option<BlobId>,
    /// Where it stands.
    pub state: VersionState,
    /// How many approvals it needs.
    pub required: u32,
    /// Those who are known to have written it.
    pub authors: BTreeSet<Handle>,
    /// The requests, approvals and rejections that count.
    pub decisions: Vec<Said>,
    /// What was said and does not count, and why.
    pub overlooked: Vec<Said>,
    /// Who may decide on this path.
    #[serde(skip)]
    pub approvers: BTreeSet<Handle>,
    /// Who may still approve it.
    pub may_approve: BTreeSet<Handle>,
    /// What it lacks, in a sentence; empty where nothing.
    pub lacks: String,
    /// Whether a request or an approval names another content of this path that was proposed before.
    pub is_stale: bool,
    /// Whether the default branch has changed it too, otherwise.
    pub conflicts: bool,
    /// Why it could never be covered: it is no plain file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<&'static str>,
}

/// What one person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Who.
    pub by: Handle,
    /// What.
    pub decision: Verb,
    /// When, by that person's clock.
    pub at: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The file on the branch with the decisions: the SHA-256 of its content.
    pub id: String,
    /// Why it does not count, in words that follow the person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlooked: Option<&'static str>,
}

impl Said {
    /// What a decision says, and why it does not count, where it does not.
    #[must_use]
    pub fn of(voice: &Voice, overlooked: Option<Overlooked>) -> Self {
        let Decision { by, decision, at, comment, .. } = voice.decision.clone();
        Self { by, decision, at, comment, id: voice.id.clone(), overlooked: overlooked.map(Overlooked::why) }
    }
}

const fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn as_text<S: serde::Serializer>(commit: &CommitId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(commit)
}

fn maybe_text<S: serde::Serializer>(blob: &Option<BlobId>, serializer: S) -> Result<S::Ok, S::Error> {
    match blob {
        Some(blob) => serializer.collect_str(blob),
        None => serializer.serialize_none(),
    }
}

impl Proposal {
    /// Sees to it that all of it is known.
    pub(super) fn is_whole(&self) -> Result<(), Error> {
        match self.more_files {
            0 => Ok(()),
            more => Err(Error::Refused(format!(
                "`{}` changes {} files, and {MOST} are the most that are looked at: divide it into several branches",
                self.id,
                self.files.len() + more
            ))),
        }
    }
}

impl App {
    /// Every branch that changes registry files, and the default branch where something on it is not covered, by name.
    /// Reads Git; blocks.
    ///
    /// # Errors
    /// Where Git fails.
    pub fn proposals(&self) -> Result<Vec<Proposal>, Error> {
        let mut found: Vec<Proposal> = self.uncovered()?.into_iter().collect();
        for (name, tip) in self.other_branches()?.iter().take(MOST) {
            found.extend(self.proposal_of(name, *tip)?);
        }
        Ok(found)
    }

    /// How many branches [`App::proposals`] leaves out: it looks at the first 1,000 by name. [`App::proposal`] knows them all.
    ///
    /// # Errors
    /// Where Git fails.
    pub fn branches_left_out(&self) -> Result<usize, Error> {
        Ok(self.other_branches()?.len().saturating_sub(MOST))
    }

    fn other_branches(&self) -> Result<BTreeMap<String, CommitId>, Error> {
        let mut branches = self.repository.branches()?;
        branches.retain(|name, _| *name != self.branch && !is_own(name));
        if branches.len() > MOST {
            tracing::warn!(branches = branches.len(), "only the first {MOST} branches are looked at");
        }
        Ok(branches)
    }

    /// One proposal, by its branch.
    ///
    /// # Errors
    /// Where there is none of this name, or Git fails.
    pub fn proposal(&self, id: &str) -> Result<Proposal, Error> {
        let missing = || Error::Missing { what: "proposal", name: id.to_owned() };
        if id == self.branch {
            return self.uncovered()?.ok_or_else(missing);
        }
        let tip = self.repository.branches()?.get(id).copied().filter(|_| !is_own(id));
        self.proposal_of(id, tip.ok_or_else(missing)?)?.ok_or_else(missing)
    }

    /// The content of a file on the default branch.
    ///
    /// # Errors
    /// Where nothing lies there, or what lies there is not covered: whoever edits it would build on that.
    pub(super) fn blob_at(&self, location: &Location) -> Result<BlobId, Error> {
        let ledger = self.ledger();
        if let Some(uncovered) = ledger.uncovered.get(location) {
            return Err(Error::Refused(format!(
                "{location} has a change on `{}` that is not covered ({}): have it approved or reverted first",
                self.branch,
                uncovered.verdict.lack()
            )));
        }
        let head = ledger.heads.get(location).and_then(Option::as_ref);
        head.map(|head| head.blob).ok_or_else(|| Error::Missing { what: "file", name: location.to_string() })
    }

    /// What lies on the default branch and is not covered, as a proposal; none where that is nothing.
    fn uncovered(&self) -> Result<Option<Proposal>, Error> {
        let Some(tip) = self.current().commit else { return Ok(None) };
        let ledger = self.ledger();
        let Some(rules) = ledger.rules_now() else { return Ok(None) };
        let scales = Scales { repository: &self.repository, ledger: &ledger, rules: &rules, branch: &self.branch };
        let files: Vec<ProposedFile> = ledger.uncovered.iter().map(|(place, own)| scales.landed(place, own)).collect();
        let Some(state) = files.iter().map(|file| file.state).min_by_key(|state| rank(*state)) else { return Ok(None) };
        let authors: BTreeSet<String> = files.iter().flat_map(|file| &file.authors).map(Handle::to_string).collect();
        Ok(Some(Proposal {
            id: self.branch.clone(),
            state,
            head: tip,
            title: "what landed without enough approvals".to_owned(),
            base: tip,
            onto: tip,
            authors: authors.into_iter().collect(),
            reviewers: Vec::new(),
            files,
            more_files: 0,
        }))
    }

    /// What a branch would change; none where that is nothing.
    fn proposal_of(&self, name: &str, tip: CommitId) -> Result<Option<Proposal>, Error> {
        let Some(onto) = self.current().commit else { return Ok(None) };
        // A branch with a history of its own proposes nothing here.
        let Some(base) = self.repository.merge_base(onto, tip)? else { return Ok(None) };
        if base == tip {
            return Ok(None);
        }
        let changes = self.repository.difference(base, tip)?;
        if changes.is_empty() {
            return Ok(None);
        }
        let moved: BTreeMap<Arc<str>, Change> = self
            .repository
            .difference(base, onto)?
            .into_iter()
            .map(|change| (Arc::clone(&change.path), change))
            .collect();
        let authors = self.repository.authors(tip, Some(base))?;
        let history = self.repository.history(tip, Some(base)).unwrap_or_default();
        let ledger = self.ledger();
        let Some(rules) = ledger.rules_now() else { return Ok(None) };
        let scales = Scales { repository: &self.repository, ledger: &ledger, rules: &rules, branch: name };
        let mut people = BTreeSet::new();
        let mut reviewers = BTreeSet::new();
        let mut files = Vec::new();
        for change in changes.iter().take(MOST) {
            // What the default branch has as it is here was landed already.
            if moved.get(&change.path).is_some_and(|other| (other.new, other.refused) == (change.new, change.refused)) {
                continue;
            }
            let Ok(Some(location)) = locate(&change.path) else { continue };
            let author = change.new.and_then(|blob| authors.get(&change.path, blob));
            let (file, verdict) = scales.file(change, &location, author, moved.contains_key(&change.path));
            people.extend(author.into_iter().flat_map(|author| writers(&rules, author)));
            people.extend(verdict.authors.iter().map(Handle::to_string));
            reviewers.extend(verdict.requested.iter().flat_map(|voice| voice.decision.reviewers.iter().cloned()));
            files.push(file);
        }
        let Some(state) = files.iter().map(|file| file.state).min_by_key(|state| rank(*state)) else { return Ok(None) };
        Ok(Some(Proposal {
            id: name.to_owned(),
            state,
            head: tip,
            title: history.last().map_or_else(String::new, |commit| commit.message.to_string()),
            base,
            onto,
            authors: people.into_iter().collect(),
            reviewers: reviewers.into_iter().collect(),
            files,
            more_files: changes.len().saturating_sub(MOST),
        }))
    }
}

/// Who wrote a content: handles, and the author's mail address where nobody is known by it.
pub(super) fn writers(rules: &Rules, author: &Author) -> Vec<String> {
    let known = author.addresses().filter_map(|address| rules.person(address)).map(Handle::to_string);
    let email = &author.person.email;
    let unknown = rules.person(email).is_none().then(|| email.to_string());
    known.chain(unknown).collect()
}

/// How far a state is from being approved.
const fn rank(state: VersionState) -> u8 {
    match state {
        VersionState::Rejected => 0,
        VersionState::Draft => 1,
        VersionState::PendingApproval => 2,
        _ => 3,
    }
}

/// A file, or what is there in place of one: what was said of the removal of its path is not about that.
fn refusing(mut file: ProposedFile, refused: Option<&'static str>) -> ProposedFile {
    let Some(reason) = refused else { return file };
    file.state = VersionState::Draft;
    file.decisions.clear();
    file.overlooked.clear();
    file.may_approve.clear();
    reason.clone_into(&mut file.lacks);
    file.refused = refused;
    file
}

/// Whether a branch is promptreg's own.
fn is_own(branch: &str) -> bool {
    branch == DECISIONS || branch.starts_with("promptreg/")
}

/// What the files of a proposal are judged by.
struct Scales<'a> {
    repository: &'a Repository,
    ledger: &'a Ledger,
    rules: &'a Rules,
    branch: &'a str,
}

impl Scales<'_> {
    fn file(
        &self,
        change: &Change,
        location: &Location,
        author: Option<&Author>,
        is_moved: bool,
    ) -> (ProposedFile, Verdict) {
        let subject: Spoken = (Arc::clone(&change.path), change.new);
        let emails: Vec<&str> = author.into_iter().flat_map(Author::addresses).collect();
        let voices = self.ledger.decisions.of(&subject);
        let claim =
            Claim { path: &change.path, voices, authors: &emails, brought_by: &[], revoked: &self.ledger.revoked };
        let verdict =
            self.rules.judge(&claim, |decision| self.ledger.seen(self.repository, decision, &subject, location, None));
        let mut file = self.weighed(&change.path, change.new, location, &verdict);
        file.is_stale = voices.is_empty() && self.ledger.decisions.speaks_of(&change.path, self.branch);
        file.conflicts = is_moved;
        (refusing(file, change.refused), verdict)
    }

    /// A file that landed and is not covered.
    fn landed(&self, location: &Location, uncovered: &Uncovered) -> ProposedFile {
        let blob = uncovered.content.as_ref().map(|content| content.blob);
        let file = self.weighed(&location.to_string(), blob, location, &uncovered.verdict);
        let file = refusing(file, uncovered.refused);
        let state = match file.state {
            VersionState::Rejected => VersionState::Rejected,
            _ => VersionState::Unapproved,
        };
        ProposedFile { state, ..file }
    }

    fn weighed(&self, path: &str, blob: Option<BlobId>, location: &Location, verdict: &Verdict) -> ProposedFile {
        let (name, version) = match location {
            Location::Prompt(_, name) => (Some(name.clone()), None),
            Location::Version(_, name, number) => (Some(name.clone()), Some(number.clone())),
            _ => (None, None),
        };
        let counted = verdict.requested.iter().chain(&verdict.approved).chain(&verdict.rejected);
        ProposedFile {
            path: path.to_owned(),
            name,
            version,
            blob,
            state: verdict.state(),
            required: verdict.required,
            authors: verdict.authors.clone(),
            approvers: self.rules.eligible(&self.rules.need(path)),
            decisions: counted.map(|voice| Said::of(voice, None)).collect(),
            overlooked: verdict.overlooked.iter().map(|(voice, why)| Said::of(voice, Some(*why))).collect(),
            may_approve: verdict.may.clone(),
            lacks: verdict.lack(),
            is_stale: false,
            conflicts: false,
            refused: None,
        }
    }
}
