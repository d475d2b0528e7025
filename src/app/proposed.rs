//! Proposals as a server answers with them: made once for each state of the branches, and with what they change in meaning.

use super::{App, Error, Proposal, compare::INPUTS, secrets::hide_in_versions};
use crate::{
    diff::{self, Diff},
    domain::{PromptName, Registry, Semver},
    git::CommitId,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
};

/// The branches and where they are, what is served, and where the log of decisions is: all that proposals follow from.
type State = (BTreeMap<String, CommitId>, Option<CommitId>, Option<CommitId>);

/// The proposals that were made last, and what from.
pub(super) type Proposed = Option<(State, Arc<Vec<Proposal>>)>;

/// A proposal and what it changes in meaning.
#[derive(Debug, Clone, Serialize)]
pub struct ProposedChange {
    /// The proposal.
    #[serde(flatten)]
    pub proposal: Proposal,
    /// What it changes, against the commit that it began from.
    pub diff: Diff,
}

impl App {
    /// [`App::proposals`], made anew only where a branch has moved, another state is served or somebody decided. Blocks;
    /// whoever asks meanwhile waits for the same answer.
    ///
    /// # Errors
    /// Where Git fails.
    pub fn proposed(&self) -> Result<Arc<Vec<Proposal>>, Error> {
        let mut kept = self.proposed.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current();
        let state = (self.repository.branches()?, current.commit, current.log);
        if let Some((_, proposals)) = kept.as_ref().filter(|(known, _)| *known == state) {
            return Ok(Arc::clone(proposals));
        }
        let proposals = Arc::new(self.proposals()?);
        *kept = Some((state, Arc::clone(&proposals)));
        Ok(proposals)
    }

    /// One proposal with what it changes in meaning; of the default branch, against what is served. Blocks.
    ///
    /// # Errors
    /// Where there is none of this name, or Git fails.
    pub fn change(&self, id: &str) -> Result<ProposedChange, Error> {
        let proposed = self.proposed()?;
        let missing = || Error::Missing { what: "proposal", name: id.to_owned() };
        let proposal = proposed.iter().find(|proposal| proposal.id == id).ok_or_else(missing)?.clone();
        let before = if proposal.id == self.branch { self.current() } else { self.at_ref(&proposal.base.to_string())? };
        let after = self.at_ref(&proposal.head.to_string())?;
        let names: BTreeSet<&PromptName> = proposal.files.iter().filter_map(|file| file.name.as_ref()).collect();
        let (before, after) = (without_secrets(&before.registry, &names), without_secrets(&after.registry, &names));
        let diff = diff::registries(&before.settle(), &after.settle(), INPUTS);
        let short = |commit: CommitId| commit.to_string().chars().take(9).collect();
        let diff = Diff { from: short(proposal.base), to: short(proposal.head), ..diff };
        Ok(ProposedChange { proposal, diff })
    }
}

/// A registry without the secrets in the versions of these prompts.
fn without_secrets(registry: &Registry, names: &BTreeSet<&PromptName>) -> Registry {
    let folders = names.iter().filter_map(|name| registry.prompts.get(*name));
    let versions: Vec<(&PromptName, &Semver)> =
        folders.flat_map(|folder| folder.versions.keys().map(|number| (&folder.name, number))).collect();
    hide_in_versions(registry, &versions).unwrap_or_else(|| registry.clone())
}
