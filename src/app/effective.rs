//! The effective state: everything that was admitted, made to one registry that is ready to be served.
//!
//! A state is made from the one before it and what is different since; the first one from a state with nothing in it.

use super::{
    arrivals::{Handles, arrivals_of, renamed},
    current::{Arrivals, Current},
    held::held_back,
    ledger::{Content, Ledger, Touched},
};
use crate::{
    domain::{CollectionPath, Digest, Location, Prompt, PromptFolder, PromptName, Registry, Semver, Version, Which},
    files::{self, Entity},
    search::Print,
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
    sync::Arc,
};

/// Makes the state that the ledger's tip serves, and what is held back from it. What is not touched is shared with the
/// state before.
pub(super) fn next(before: &Current, ledger: &Ledger, touched: &Touched) -> Current {
    let mut registry = before.registry.clone();
    let last = ledger.last();
    for identity in &touched.others {
        let standing = ledger.standing(identity, last).filter(|standing| !standing.is_removed || is_kept(identity));
        match standing.and_then(|standing| standing.content.entity.clone()) {
            Some(entity) => files::place(&mut registry, identity, entity),
            None => files::leave_out(&mut registry, identity),
        }
    }
    let (who, known) = (Handles::of(&registry.users), Handles::of(&before.registry.users));
    let mut names: BTreeSet<&PromptName> = touched.prompts.iter().collect();
    let renamed = renamed(ledger, &who, &known);
    names.extend(&renamed);
    let stands: Vec<Stand> = names.par_iter().filter_map(|name| Stand::of(ledger, name, last)).collect();
    let folders = stands.iter().filter_map(|stand| stand.folder(|content| content.entity.clone())).collect();
    put_folders(&mut registry, folders, &ledger.depths);
    let prints = stands.iter().map(|stand| (stand.name.clone(), stand.print())).collect();
    let arrivals = stands.par_iter().map(|stand| (stand.name.clone(), arrivals_of(ledger, &stand.name, last, &who)));
    let arrivals: Arrivals = arrivals.collect();
    let held = held_back(&before.held, ledger, touched);
    let tips = (ledger.tip, ledger.decisions.seen);
    before.next(tips, registry, &names, &arrivals, &prints, held)
}

/// Whether a thing is served on when its file is removed: a registry without settings would be another one.
const fn is_kept(identity: &Location) -> bool {
    matches!(identity, Location::Registry)
}

/// What stands of one prompt as of a landing.
#[derive(Debug)]
pub(super) struct Stand {
    pub(super) name: PromptName,
    collection: Option<CollectionPath>,
    prompt: Arc<Content>,
    is_removed: bool,
    versions: Vec<(Semver, Arc<Content>)>,
}

impl Stand {
    /// Takes down what stands of a prompt; none where no `prompt.yaml` of it was ever admitted.
    pub(super) fn of(ledger: &Ledger, name: &PromptName, last: usize) -> Option<Self> {
        let standing = ledger.standing(&Location::Prompt(None, name.clone()), last)?;
        let Location::Prompt(collection, _) = &standing.content.location else { return None };
        let versions = ledger.numbers(name).filter_map(|(identity, number)| {
            let standing = ledger.standing(identity, last)?;
            Some((number.clone(), standing.content.clone()))
        });
        Some(Self {
            name: name.clone(),
            collection: collection.clone(),
            prompt: standing.content.clone(),
            is_removed: standing.is_removed,
            versions: versions.collect(),
        })
    }

    /// A fingerprint of its files and of where they lie.
    fn print(&self) -> Print {
        let mut text = format!("{:?}", self.collection);
        for content in self.contents() {
            let _ = write!(text, "\n{} {}", content.path, content.blob);
        }
        let mut print = Print::default();
        print.copy_from_slice(&Digest::of(text.as_bytes()).bytes()[..16]);
        print
    }

    /// All contents that it is made of.
    pub(super) fn contents(&self) -> impl Iterator<Item = &Arc<Content>> {
        self.versions.iter().map(|(_, content)| content).chain([&self.prompt])
    }

    /// The folder, each version beside its prompt wherever that has moved to; `said` answers what a content says.
    pub(super) fn folder(&self, said: impl Fn(&Arc<Content>) -> Option<Entity>) -> Option<PromptFolder> {
        let versions =
            self.versions.iter().filter_map(|(number, content)| Some((number.clone(), version(said(content)?)?)));
        Some(PromptFolder {
            name: self.name.clone(),
            collection: self.collection.clone(),
            prompt: prompt(said(&self.prompt)?)?,
            versions: versions.collect(),
            digests: BTreeMap::new(),
            is_removed: self.is_removed,
        })
    }
}

fn prompt(entity: Entity) -> Option<Arc<Prompt>> {
    if let Entity::Prompt(prompt) = entity { Some(prompt) } else { None }
}

fn version(entity: Entity) -> Option<Arc<Version>> {
    if let Entity::Version(version) = entity { Some(version) } else { None }
}

/// Puts folders into a registry in the place of those that were there, with the digest of every version: on all cores,
/// what includes nothing first. A version that was there before keeps its digest.
pub(super) fn put_folders(
    registry: &mut Registry,
    mut folders: Vec<PromptFolder>,
    depths: &HashMap<(PromptName, Semver), usize>,
) {
    let mut open: BTreeMap<usize, Vec<(PromptName, Semver, Arc<Version>)>> = BTreeMap::new();
    for folder in &mut folders {
        let known = registry.prompts.get(&folder.name);
        for (number, version) in &folder.versions {
            let same = known.filter(|known| known.versions.get(number).is_some_and(|own| Arc::ptr_eq(own, version)));
            if let Some(digest) = same.and_then(|known| known.digests.get(number)) {
                folder.digests.insert(number.clone(), *digest);
                continue;
            }
            let key = (folder.name.clone(), number.clone());
            let depth = depths.get(&key).copied().unwrap_or_default();
            open.entry(depth).or_default().push((key.0, key.1, Arc::clone(version)));
        }
    }
    let mut made: HashMap<(PromptName, Semver), Digest> = HashMap::new();
    for (_, versions) in open {
        let digest = |version: &Version| {
            version.digest(|pin| {
                let Which::Exact(number) = &pin.which else { return None };
                let new = made.get(&(pin.name.clone(), number.clone())).copied();
                new.or_else(|| registry.digest_of(&pin.name, number))
            })
        };
        let level = versions.into_par_iter().map(|(name, number, version)| ((name, number), digest(&version)));
        let level: Vec<_> = level.collect();
        made.extend(level);
    }
    for mut folder in folders {
        for number in folder.versions.keys() {
            if let Some(digest) = made.get(&(folder.name.clone(), number.clone())) {
                folder.digests.insert(number.clone(), *digest);
            }
        }
        registry.prompts.insert(folder.name.clone(), Arc::new(folder));
    }
}
