//! The effective state: everything that was admitted, loaded to one registry and made ready to be served.

use super::{
    Error,
    arrivals::{arrivals, known_arrivals},
    current::Current,
    held::held_back,
    ledger::{Content, Ledger, Standing, identity},
    shelf::{Shelf, Wanted},
    status::{Complaint, Status},
};
use crate::{
    domain::{Diagnostic, Limits, Location, PromptName, REGISTRY_FILE, Registry, locate},
    files::{self, Document, Entity, Loaded, Refusal, Refused},
    git::{CommitId, Repository, Tree},
    lint,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// Reads the state that the tip of the default branch serves, and what is held back from it.
///
/// # Errors
/// Where Git fails; never for what a person wrote.
pub(super) fn at_tip(
    repository: &Repository,
    ledger: &Ledger,
    tip: CommitId,
    shelf: &mut Shelf,
) -> Result<Current, Error> {
    let registry = load(ledger, ledger.last(), shelf);
    let refused = refused(&repository.tree(tip)?);
    let heads = ledger.heads.values().flatten();
    let heads: Vec<_> = heads.filter_map(|content| shelf.get(&content.path, content.blob)).collect();
    let branch = files::load(heads.into_iter().map(|judged| Arc::clone(&judged.document)).collect(), refused);
    let diagnostics = complaints(&lint::lint(&branch), &branch);
    let quarantined = held_back(ledger, shelf, &diagnostics);
    let arrivals = arrivals(ledger, ledger.last(), &registry);
    let mut wanted: HashSet<_> = ledger.heads.values().flatten().map(Content::key).collect();
    wanted.extend(ledger.standings(ledger.last()).map(|(_, standing)| standing.content.key()));
    shelf.keep(&wanted);
    Ok(Current::new(Some(tip), registry, &arrivals, Status { quarantined, diagnostics }))
}

/// Reads what was served as of an earlier landing. Withdrawals since then count.
///
/// # Errors
/// Where Git fails.
pub(super) fn at_landing(
    repository: &Repository,
    past: &Past,
    served: &Current,
    shelf: &mut Shelf,
) -> Result<Current, Error> {
    let wanted = past.contents.iter().map(|(_, content, _)| Wanted {
        location: content.location.clone(),
        path: Arc::clone(&content.path),
        blob: content.blob,
        limits: past.limits,
    });
    shelf.fetch(repository, wanted.collect())?;
    let registry = assemble(past.contents.iter().map(|(identity, content, gone)| (identity, content, *gone)), shelf);
    let registry = with_withdrawals(registry, &served.registry);
    Ok(Current::view(Some(past.commit), registry, &past.arrivals, Status::default()))
}

/// What is needed to read an earlier state without the ledger.
#[derive(Debug)]
pub(super) struct Past {
    commit: CommitId,
    limits: Limits,
    contents: Vec<(Location, Content, bool)>,
    arrivals: super::Arrivals,
}

impl Past {
    /// Takes down what was served as of a commit of the default branch.
    ///
    /// # Errors
    /// Where the commit is not on the branch's first-parent line.
    pub(super) fn new(ledger: &Ledger, commit: CommitId, registry: &Registry) -> Result<Self, Error> {
        let last = ledger.landing_of(commit).ok_or(Error::NotOnBranch(commit))?;
        let contents = ledger.standings(last);
        let contents =
            contents.map(|(identity, standing)| (identity.clone(), standing.content.clone(), standing.is_removed));
        let contents = contents.collect();
        Ok(Self { commit, limits: ledger.limits, contents, arrivals: arrivals(ledger, last, registry) })
    }
}

/// Reads what could be served of any commit's own files. Withdrawals on the default branch count, and what it does not
/// serve with equal content is a draft.
///
/// # Errors
/// Where Git fails.
pub(super) fn at_commit(
    repository: &Repository,
    commit: CommitId,
    served: &Current,
    shelf: &mut Shelf,
) -> Result<Current, Error> {
    let tree = repository.tree(commit)?;
    let limits = served.registry.settings.as_deref().map(|settings| settings.limits).unwrap_or_default();
    let wanted: Vec<Wanted> = tree
        .entries
        .iter()
        .filter_map(|entry| {
            let location = locate(&entry.path).ok()??;
            Some(Wanted { location, path: Arc::clone(&entry.path), blob: entry.blob, limits })
        })
        .collect();
    shelf.fetch(repository, wanted.clone())?;
    let ledger = Ledger::of_files(wanted, shelf);
    let registry = with_withdrawals(load(&ledger, ledger.last(), shelf), &served.registry);
    let arrivals = known_arrivals(&registry, served);
    Ok(Current::view(Some(commit), registry, &arrivals, Status::default()))
}

fn complaints(diagnostics: &[Diagnostic], loaded: &Loaded) -> Vec<Complaint> {
    let text = |path: &Arc<str>| loaded.documents.get(path).map(|document| Arc::clone(&document.text));
    diagnostics.iter().map(|found| Complaint::new(found, text(&found.place.path).as_deref())).collect()
}

fn load(ledger: &Ledger, last: usize, shelf: &Shelf) -> Registry {
    let standings = ledger.standings(last);
    let standings = standings.map(|(identity, Standing { content, is_removed, .. })| (identity, content, is_removed));
    assemble(standings, shelf)
}

/// One registry of what stands, each version beside its prompt wherever that has moved to.
fn assemble<'a>(contents: impl Iterator<Item = (&'a Location, &'a Content, bool)>, shelf: &Shelf) -> Registry {
    let contents: Vec<_> = contents.collect();
    let prompts = contents.iter().filter_map(|(_, content, is_removed)| match &content.location {
        Location::Prompt(collection, name) => Some((name, (collection, *is_removed))),
        _ => None,
    });
    let prompts: HashMap<&PromptName, _> = prompts.collect();
    let mut documents = Vec::with_capacity(contents.len());
    for (_, content, is_removed) in &contents {
        let Some(judged) = shelf.get(&content.path, content.blob) else { continue };
        match &content.location {
            Location::Version(collection, name, number) => match prompts.get(name) {
                Some((home, _)) if *home != collection => {
                    let place = Location::Version((*home).clone(), name.clone(), number.clone());
                    documents.push(Arc::new(judged.document.at(place)));
                }
                _ => documents.push(Arc::clone(&judged.document)),
            },
            Location::Prompt(..) => documents.push(Arc::clone(&judged.document)),
            _ if *is_removed => {}
            _ => documents.push(Arc::clone(&judged.document)),
        }
    }
    let mut registry = files::load(documents, Vec::new()).registry;
    for folder in registry.prompts.values_mut() {
        folder.is_removed = prompts.get(&folder.name).is_some_and(|(_, is_removed)| *is_removed);
    }
    registry.settle()
}

/// What was yanked or revoked on the default branch is so in every view of the registry.
fn with_withdrawals(mut registry: Registry, served: &Registry) -> Registry {
    for folder in registry.prompts.values_mut() {
        let Some(known) = served.prompts.get(&folder.name) else { continue };
        if known.prompt.yanked.is_empty() && known.prompt.revoked.is_empty() {
            continue;
        }
        let prompt = Arc::make_mut(&mut folder.prompt);
        prompt.yanked.extend(known.prompt.yanked.clone());
        prompt.revoked.extend(known.prompt.revoked.clone());
    }
    registry
}

pub(super) fn refused(tree: &Tree) -> Vec<Refused> {
    let odd = tree
        .refused
        .iter()
        .map(|refused| Refused { path: refused.path.as_str().into(), reason: Refusal::Unsafe(refused.reason) });
    let misplaced = tree.entries.iter().filter_map(|entry| {
        let reason = locate(&entry.path).err()?;
        Some(Refused { path: Arc::clone(&entry.path), reason: Refusal::Misplaced(reason) })
    });
    odd.chain(misplaced).collect()
}

/// The branch that counts: `main` where there is one, else the one that is checked out; and from there the default
/// branch that its `registry.toml` names, if that one says so of itself.
///
/// What a draft says of itself does not count, and neither does what is checked out while there is a `main`.
///
/// # Errors
/// Where Git fails, there is no registry, or the branch that is named does not say so of itself.
pub(super) fn default_branch(repository: &Repository) -> Result<String, Error> {
    let first = match repository.tip("main")? {
        Some(_) => "main".to_owned(),
        None => repository.head_branch()?.unwrap_or_else(|| "main".to_owned()),
    };
    let Some(named) = named_by(repository, &first)? else { return Ok(first) };
    if named == first {
        return Ok(first);
    }
    match named_by(repository, &named)? {
        Some(own) if own == named => Ok(named),
        _ => Err(Error::Refused(format!(
            "`{first}` names `{named}` as the default branch, and `{named}` does not say so of itself: mend \
             default_branch in registry.toml"
        ))),
    }
}

/// The default branch that a branch's `registry.toml` names; none where it cannot be read.
fn named_by(repository: &Repository, branch: &str) -> Result<Option<String>, Error> {
    let Some(tip) = repository.tip(branch)? else { return Ok(None) };
    let tree = repository.tree_where(tip, |path| path == REGISTRY_FILE)?;
    let Some(entry) = tree.entries.first() else { return Ok(None) };
    let limits = Limits::default();
    let mut blobs = repository.blobs(&[entry.blob], 1 << 20)?;
    let Some(Ok(bytes)) = blobs.pop() else { return Ok(None) };
    let document = Document::read(&entry.path, Location::Registry, &bytes, &limits);
    Ok(match document.entity {
        Some(Entity::Registry(settings)) => Some(settings.registry.default_branch.clone()),
        _ => None,
    })
}

/// The identities of what lies on the branch.
pub(super) fn present(ledger: &Ledger) -> BTreeSet<Location> {
    ledger.heads.keys().map(identity).collect()
}
