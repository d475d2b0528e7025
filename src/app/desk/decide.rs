//! Requests, approvals, rejections and withdrawals: signed, and added to the log.

use super::{Desk, refused_for};
use crate::{
    app::{Error, Proposal, ProposedFile, shelf::MOST_BYTES},
    domain::{DECISIONS, Decision, Evidence, Form, Handle, NAMESPACE, PEOPLE, SUBJECTS, Subject, Verb, VersionState},
    git::{BlobId, CommitId, SigningKey},
};

/// What a person decides of a proposal.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What.
    pub verb: Verb,
    /// The proposal: a branch, or the default branch for what lies there and is not covered.
    pub proposal: String,
    /// The paths that are meant, folders too; all where empty.
    pub paths: Vec<String>,
    /// The commit that the person looked at; the newest where none is given.
    pub head: Option<CommitId>,
    /// Why.
    pub comment: Option<String>,
    /// Who is asked to look, of a request.
    pub reviewers: Vec<Handle>,
}

/// What was decided.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Who.
    pub by: Handle,
    /// The paths.
    pub paths: Vec<String>,
    /// The paths that were left out, and why.
    pub left_out: Vec<LeftOut>,
    /// The commit of the log; none where the very same was decided before.
    pub log: Option<CommitId>,
    /// Where the proposal stands now; none where nothing of it is left to decide.
    pub proposal: Option<Proposal>,
}

/// A file that a decision leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The path.
    pub path: String,
    /// Why.
    pub why: String,
}

impl Desk {
    /// Signs a decision on the contents of a proposal as they are, and adds it to the log.
    ///
    /// # Errors
    /// Where the person may not decide on any of it (it says who could), there is no such proposal, it is not at the
    /// commit that the person looked at, or signing or pushing fails: nothing is decided then.
    pub fn decide(&self, choice: &Choice) -> Result<Decided, Error> {
        let (key, who) = self.signer()?;
        self.believes_log()?;
        let proposal = self.app.proposal(&choice.proposal)?;
        proposal.is_whole()?;
        if let Some(head) = choice.head.filter(|head| *head != proposal.head) {
            return Err(Error::Refused(format!(
                "`{}` is at {} by now, not at {head}: look at what is new first",
                proposal.id, proposal.head
            )));
        }
        if choice.verb == Verb::Approve && choice.head.is_none() {
            self.is_looked_at(&proposal)?;
        }
        let is_meant = |file: &&ProposedFile| {
            choice.paths.is_empty()
                || choice.paths.iter().map(|path| path.trim_end_matches('/')).any(|path| {
                    file.path == path || file.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
                })
        };
        let meant: Vec<&ProposedFile> = proposal.files.iter().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(Error::Refused(format!("`{}` changes nothing at these paths", proposal.id)));
        }
        let (mut files, mut left_out) = (Vec::new(), Vec::new());
        for file in meant {
            match why_not(file, choice.verb, &who) {
                None => files.push(file),
                Some(why) => left_out.push(LeftOut { path: file.path.clone(), why }),
            }
        }
        if files.is_empty() {
            return Err(nothing(&proposal, choice.verb, &who, &left_out));
        }
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let signed = self.sign(choice, &proposal, &files, &who, key)?;
        let log = self.log(&signed, &format!("{who}: {} {}", choice.verb, proposal.id))?;
        self.app.sync()?;
        let proposal = match self.app.proposal(&choice.proposal) {
            Ok(proposal) => Some(proposal),
            Err(Error::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Decided { by: who, paths, left_out, log, proposal })
    }

    /// Sees to it that nobody approves what came with this very fetch, while they looked at what was there before.
    fn is_looked_at(&self, proposal: &Proposal) -> Result<(), Error> {
        let Some(before) = self.looked_at.get(&proposal.id).filter(|before| **before != proposal.head) else {
            return Ok(());
        };
        let (id, head) = (&proposal.id, proposal.head);
        Err(Error::Refused(format!(
            "`{id}` has moved since you fetched it last: see `git diff {before} {head}`, then run this again"
        )))
    }

    /// Sees to it that what is decided counts: nothing does that comes into a log which did more than grow.
    fn believes_log(&self) -> Result<(), Error> {
        let ledger = self.app.ledger();
        let Some(fault) = ledger.decisions.faults.get(DECISIONS) else { return Ok(()) };
        let back = ledger.decisions.tip().map_or_else(
            || format!("`git push origin :{DECISIONS}`"),
            |good| format!("`git push --force origin {good}:{DECISIONS}`"),
        );
        Err(Error::Refused(format!(
            "{DECISIONS} is broken, and nothing that is said now would count ({fault}): have an administrator put it back with {back}"
        )))
    }

    /// The files of a decision and its signature; of several where there are many subjects.
    fn sign(
        &self,
        choice: &Choice,
        proposal: &Proposal,
        files: &[&ProposedFile],
        who: &Handle,
        key: &SigningKey,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let registry = self.rules()?.settings.registry.id;
        let mut signed = Vec::new();
        for files in files.chunks(SUBJECTS / 2) {
            let is_request = choice.verb == Verb::Request;
            let decision = Decision {
                form: Form::V1,
                registry,
                decision: choice.verb,
                subjects: self.subjects(files)?,
                base: self.tip()?.to_string(),
                by: who.clone(),
                at: self.now(),
                comment: choice.comment.clone(),
                branch: Some(proposal.id.clone()),
                authors: if is_request { proposal.authors.iter().take(PEOPLE).cloned().collect() } else { Vec::new() },
                reviewers: if is_request { choice.reviewers.clone() } else { Vec::new() },
                evidence: Evidence::Own,
            };
            let bytes = decision.to_bytes();
            Decision::read(&bytes).map_err(|reason| Error::Refused(format!("it cannot be decided so: {reason}")))?;
            let signature = self.repository().sign(key, NAMESPACE, &bytes)?;
            let place = Decision::place(&bytes);
            signed.push((format!("{place}.json"), bytes));
            signed.push((format!("{place}.sig"), signature));
        }
        Ok(signed)
    }

    /// The contents as a decision names them.
    fn subjects(&self, files: &[&ProposedFile]) -> Result<Vec<Subject>, Error> {
        let ids: Vec<BlobId> = files.iter().filter_map(|file| file.blob).collect();
        let mut blobs = self.repository().blobs(&ids, MOST_BYTES)?.into_iter();
        let mut subjects = Vec::with_capacity(files.len());
        for file in files {
            subjects.push(match file.blob {
                None => Subject::removal(&file.path),
                Some(blob) => match blobs.next() {
                    Some(Ok(bytes)) => Subject::of(&file.path, &blob.to_string(), &bytes),
                    _ => {
                        return Err(Error::Refused(format!(
                            "{} cannot be read: {blob} is missing or too large",
                            file.path
                        )));
                    }
                },
            });
        }
        Ok(subjects)
    }
}

/// Why a person does not decide so on a file; none where they do.
fn why_not(file: &ProposedFile, verb: Verb, who: &Handle) -> Option<String> {
    let has_said = |verb: Verb| file.decisions.iter().any(|said| said.by == *who && said.decision == verb);
    match verb {
        // What is no plain file has no content that a decision could name, and is no removal either.
        _ if file.refused.is_some() => file.refused.map(str::to_owned),
        Verb::Approve | Verb::Reject if has_said(verb) => Some(format!("{who} said so already")),
        Verb::Approve if file.authors.contains(who) => Some(format!("{who} wrote it, and nobody approves their own")),
        Verb::Approve | Verb::Reject if !file.approvers.contains(who) => {
            Some(format!("{who} may not decide on this path"))
        }
        Verb::Withdraw if file.decisions.iter().chain(&file.overlooked).all(|said| said.by != *who) => {
            Some(format!("{who} has said nothing about it"))
        }
        Verb::Request if has_said(verb) => Some(format!("{who} asked already")),
        _ => None,
    }
}

/// Why nothing of a proposal is decided.
fn nothing(proposal: &Proposal, verb: Verb, who: &Handle, left_out: &[LeftOut]) -> Error {
    let first = left_out.first().map_or("", |first| first.why.as_str());
    let is_refused = proposal.files.iter().any(|file| file.refused == Some(first));
    let is_done = first.ends_with("already") || verb == Verb::Withdraw || is_refused;
    if is_done {
        return Error::Refused(format!("there is nothing to {verb} in `{}`: {first}", proposal.id));
    }
    let mut others: Vec<String> =
        proposal.files.iter().flat_map(|file| &file.may_approve).map(Handle::to_string).collect();
    others.sort();
    others.dedup();
    let state = if proposal.state == VersionState::Approved { " (it is approved already)" } else { "" };
    refused_for(who, &format!("{verb} `{}`{state}: {first}", proposal.id), &others)
}
