//! Proof: that everything on the default branch is covered, and by whom, from Git alone.

use super::{
    App, Error,
    arrivals::timestamp,
    gate::Judged,
    held::lack,
    ledger::{Entry, Ledger, identity},
    proposals::Said,
    shelf::MOST_BYTES,
    status::Complaint,
};
use crate::{
    domain::{ApprovalMode, Digest, Handle, Location, PromptName, Semver, VersionState},
    files::Entity,
    git::{self, BlobId, CommitId, Person},
};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _};

/// What can be said of a whole registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The registry's name.
    pub registry: String,
    /// The default branch.
    pub branch: String,
    /// Its newest commit.
    pub commit: String,
    /// The newest commit of the branch with the decisions that is evidence; none where there is no such branch.
    pub log: Option<String>,
    /// The first commit of the branch, which is trusted.
    pub first: String,
    /// The commit that an operator trusts, and with it the first one; none where nobody named one.
    pub trust_root: Option<String>,
    /// What makes a change count.
    pub mode: ApprovalMode,
    /// The id of the effective tree: of the paths and contents of all that may be served. The same in every clone.
    pub effective: Digest,
    /// How many files that is.
    pub files: usize,
    /// How many of them are covered by signed decisions, the others by being on the branch while that was enough.
    pub signed: usize,
    /// What lies on the branch and is not covered, and is not served.
    pub uncovered: Vec<Complaint>,
    /// What is wrong with the branch that keeps the decisions, and decisions of which the sums do not fit what they name.
    pub faults: Vec<String>,
    /// Files among the decisions that are none, and count for nothing: they stay for good.
    pub ignored: Vec<String>,
}

/// How one version came to be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The prompt.
    pub name: PromptName,
    /// The version.
    pub version: Semver,
    /// The digest of its content with all that it includes.
    pub digest: Option<Digest>,
    /// Where it stands.
    pub status: VersionState,
    /// The file that was approved.
    pub path: String,
    /// Its content.
    pub blob: String,
    /// The commit with which it reached the default branch.
    pub commit: String,
    /// The first line of that commit's message: after a merge it names the proposal.
    pub title: Option<String>,
    /// Who committed that, and when.
    pub landed_by: String,
    /// When (RFC 3339).
    pub landed_at: Option<String>,
    /// Who wrote it, as Git and the requests say, by handle or by name.
    pub authors: Vec<String>,
    /// What covers it.
    pub covered_by: Cover,
    /// How many approvals it needed.
    pub required: u32,
    /// The decisions that counted, with the keys that signed them.
    pub decisions: Vec<Signed>,
    /// The decisions that did not count, and why.
    pub overlooked: Vec<Said>,
    /// The labels that point to it, and how each was moved there last.
    pub labels: BTreeMap<String, Moved>,
}

/// What covers a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// It was there when the registry began to be trusted.
    Trusted,
    /// It is on the default branch, and that was enough.
    Merge,
    /// Signed decisions.
    Decisions,
    /// The signature of the commit, of somebody who may move labels.
    SignedCommit,
}

/// A decision with the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
    /// The key, `TYPE BASE64`.
    pub key: Option<String>,
    /// The commit that brought it into the log.
    pub log: String,
}

/// How a label came to point where it points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The commit.
    pub commit: String,
    /// Who committed it, or signed it where that was needed.
    pub by: String,
    /// What covers that.
    pub covered_by: Cover,
    /// Those who approved it, where it needed that.
    pub approved_by: Vec<Handle>,
}

impl App {
    /// Proves what is served: which tree that is, and what on the default branch is not covered. Blocks, and reads each
    /// content that a decision names.
    ///
    /// # Errors
    /// Where Git fails, and in a shallow clone, which begins with what nobody here can know to be approved.
    pub fn prove(&self) -> Result<Proof, Error> {
        self.refuse_shallow()?;
        let current = self.current();
        let ledger = self.ledger();
        let settings = current.registry.settings.as_ref();
        let standings = || ledger.standings(ledger.last()).filter(|(_, standing)| !standing.is_removed);
        let is_signed = |judged: &Judged| judged.is_covered() && !judged.verdict.approved.is_empty();
        let (mut faults, ignored) = ledger.faults();
        faults.extend(self.foreign_sums(&ledger)?);
        Ok(Proof {
            registry: settings.map_or_else(String::new, |settings| settings.registry.name.to_string()),
            branch: self.branch.clone(),
            commit: current.commit.map_or_else(String::new, |commit| commit.to_string()),
            log: ledger.decisions.tip().map(|tip| tip.to_string()),
            first: ledger.first(),
            trust_root: self.trust_root.map(|root| root.to_string()),
            mode: settings.map(|settings| settings.approval.mode).unwrap_or_default(),
            effective: ledger.effective(),
            files: standings().count(),
            signed: standings().filter(|(_, standing)| ledger.judged(standing.content).iter().any(is_signed)).count(),
            uncovered: ledger.uncovered.iter().map(|(place, uncovered)| lack(&ledger, place, uncovered)).collect(),
            faults,
            ignored,
        })
    }

    fn refuse_shallow(&self) -> Result<(), Error> {
        if self.repository.is_shallow() { Err(git::Error::Shallow.into()) } else { Ok(()) }
    }

    /// The decisions that counted and name a content by a SHA-256 that it does not have: two contents would have one blob id.
    fn foreign_sums(&self, ledger: &Ledger) -> Result<Vec<String>, Error> {
        let mut sums: BTreeMap<(BlobId, String), String> = BTreeMap::new();
        for ((path, blob), judged) in &ledger.judged {
            let Some(blob) = blob else { continue };
            let voices = judged.iter().flat_map(|judged| &judged.verdict.approved);
            for subject in voices.flat_map(|voice| &voice.decision.subjects) {
                let text = blob.to_string();
                if let (true, Some(sum)) = (subject.is(path, Some(&text)), &subject.sha256) {
                    sums.insert((*blob, sum.clone()), path.to_string());
                }
            }
        }
        let ids: Vec<BlobId> = sums.keys().map(|(blob, _)| *blob).collect();
        let blobs = self.repository.blobs(&ids, MOST_BYTES)?;
        let fault = |((blob, sum), path): ((BlobId, String), String), read: &_| {
            let read: &Result<Vec<u8>, _> = read;
            let is_it = read.as_ref().is_ok_and(|bytes| Digest::of(bytes).hex() == sum);
            (!is_it).then(|| format!("{path}: blob {blob} does not have the SHA-256 {sum} that was approved"))
        };
        Ok(sums.into_iter().zip(&blobs).filter_map(|(sum, read)| fault(sum, read)).collect())
    }

    /// How a version came to be served.
    ///
    /// # Errors
    /// Where there is no such version on the default branch, and in a shallow clone.
    pub fn provenance(&self, name: &PromptName, number: &Semver) -> Result<Provenance, Error> {
        self.refuse_shallow()?;
        let (commit, mut provenance) = self.untitled(name, number)?;
        provenance.title = self.repository.title(commit)?;
        Ok(provenance)
    }

    /// The same without the title, which only Git knows, and the commit that has it.
    fn untitled(&self, name: &PromptName, number: &Semver) -> Result<(CommitId, Provenance), Error> {
        let current = self.current();
        let ledger = self.ledger();
        let missing = || Error::Missing { what: "version", name: format!("{name}@{number}") };
        let identity = Location::Version(None, name.clone(), number.clone());
        let standing = ledger.standing(&identity, ledger.last()).ok_or_else(missing)?;
        let landed = ledger.landings.get(standing.since).ok_or_else(missing)?;
        let judged = ledger.judged(standing.first).iter().find(|judged| judged.landing == standing.since);
        let verdict = judged.map(|judged| judged.verdict.as_ref());
        let counted = verdict.into_iter().flat_map(|verdict| verdict.requested.iter().chain(&verdict.approved));
        let folder = current.registry.prompts.get(name);
        let author = &ledger.author(standing.first, standing.since).person;
        let authors = verdict.map(|verdict| verdict.authors.iter().map(Handle::to_string).collect::<Vec<_>>());
        let authors = authors.filter(|authors| !authors.is_empty()).unwrap_or_else(|| vec![who(author)]);
        let provenance = Provenance {
            name: name.clone(),
            version: number.clone(),
            digest: folder.and_then(|folder| folder.digests.get(number)).copied(),
            status: folder.map_or(VersionState::Revoked, |folder| folder.prompt.state(number).0),
            path: standing.first.path.to_string(),
            blob: standing.first.blob.to_string(),
            commit: landed.commit_text.to_string(),
            title: None,
            landed_by: who(&landed.by),
            landed_at: timestamp(landed.at).map(|at| at.to_string()),
            authors,
            covered_by: cover(judged, standing.since),
            required: verdict.map_or(0, |verdict| verdict.required),
            decisions: counted
                .map(|voice| Signed { said: Said::of(voice, None), key: voice.key.clone(), log: voice.commit.clone() })
                .collect(),
            overlooked: verdict
                .into_iter()
                .flat_map(|verdict| &verdict.overlooked)
                .map(|(voice, why)| Said::of(voice, Some(*why)))
                .collect(),
            labels: labels(&ledger, name, number),
        };
        Ok((landed.commit, provenance))
    }
}

/// What covers a content that was judged so, or not at all.
fn cover(judged: Option<&Judged>, landing: usize) -> Cover {
    match judged {
        Some(judged) if judged.moved_by.is_some() => Cover::SignedCommit,
        Some(_) => Cover::Decisions,
        None if landing == 0 => Cover::Trusted,
        None => Cover::Merge,
    }
}

/// The labels that point to a version, and how each came to do so.
fn labels(ledger: &Ledger, name: &PromptName, number: &Semver) -> BTreeMap<String, Moved> {
    let mut labels = BTreeMap::new();
    let prompt = Location::Prompt(None, name.clone());
    let Some(standing) = ledger.standing(&prompt, ledger.last()) else { return labels };
    let Some(Entity::Prompt(prompt)) = &standing.content.entity else { return labels };
    let entries = ledger.admitted.get(&identity(&standing.content.location)).map_or(&[][..], Vec::as_slice).iter();
    let is_it = |entry: &&Entry| entry.content.as_ref().is_some_and(|content| content.is(standing.content));
    let newest = entries.rev().find(is_it);
    let Some(landing) = newest.map(|entry| entry.landing) else { return labels };
    let Some(landed) = ledger.landings.get(landing) else { return labels };
    let judged = ledger.judged(standing.content).iter().find(|judged| judged.landing == landing);
    let moved = Moved {
        commit: landed.commit_text.to_string(),
        by: judged.and_then(|judged| judged.moved_by.as_ref()).map_or_else(|| who(&landed.by), Handle::to_string),
        covered_by: cover(judged, landing),
        approved_by: judged
            .into_iter()
            .flat_map(|judged| &judged.verdict.approved)
            .map(|voice| voice.decision.by.clone())
            .collect(),
    };
    for (label, target) in &prompt.labels {
        if target == number {
            labels.insert(label.to_string(), moved.clone());
        }
    }
    labels
}

/// The name that a person gave to Git, or else a part of the address: whoever may read a version need not learn addresses.
fn who(person: &Person) -> String {
    match person.name.trim() {
        "" => person.email.split('@').next().unwrap_or_default().to_owned(),
        name => name.to_owned(),
    }
}

impl Ledger {
    /// The id of the effective tree: the digest of the paths and blobs of all that may be served, sorted.
    pub(super) fn effective(&self) -> Digest {
        let mut text = String::new();
        for (_, standing) in self.standings(self.last()).filter(|(_, standing)| !standing.is_removed) {
            let _ = writeln!(text, "{} {}", standing.content.blob, standing.content.path);
        }
        Digest::of(text.as_bytes())
    }
}
