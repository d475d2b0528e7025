//! Reading a change: a registry's folder as it lies, and the state that it began from, each as far as the change reaches.

use super::{
    Error,
    approved::{AllApproved, Identity, Question, approved},
    folder::limits,
    secrets::hide_in_files,
    start::own_repository,
};
use crate::{
    domain::{Limits, Location, PromptName, REGISTRY_FILE, locate},
    files::{self, Document, Entity, Loaded, Refusal, Refused, Source},
    git::{self, BlobId, CommitId, Repository, Tree, TreeEntry},
    lint::{self, Base, Scope},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The most bytes of a file that are read at all, whatever a registry sets.
const MOST_BYTES: u64 = 64 << 20;

/// Reads the registry in a folder and what it is judged against: the state at the merge base of `HEAD` and `reference` (a
/// branch, a tag, `origin/main`, `HEAD`, or a commit's id of 7 to 40 digits), and what was approved on the first-parent
/// line of `reference`. Versions that the change does not concern are not parsed: see [`Document::unread`].
///
/// # Errors
/// Where the folder is not the root of a repository's work tree, there is no such ref or no merge base, the clone is
/// shallow, or Git or the operating system fails; never for what a person wrote.
pub fn load_change(root: &Path, reference: &str) -> Result<(Loaded, Base), Error> {
    let repository = repository(root)?;
    let tip = repository.resolve(reference)?;
    let from = merge_base(&repository, tip)?;
    let states = States::read(root, &repository, from)?;
    let (loaded, approved) = rayon::join(|| states.load(), || states.approved(&repository, tip));
    let (loaded, before, judged) = loaded;
    Ok((loaded, Base { loaded: before, changed: states.changed, judged, approved: approved? }))
}

/// A registry's folder as it lies, and the state that the change began from.
pub(super) struct Both {
    /// Where the change began.
    pub from: CommitId,
    pub now: Loaded,
    pub before: Loaded,
    /// The paths of the files that the change added, edited or removed.
    pub changed: BTreeSet<Arc<str>>,
}

/// Reads all of the registry in a folder, and all of it as it was at the merge base of `HEAD` and `reference`.
///
/// # Errors
/// As [`load_change`].
pub(super) fn load_both(root: &Path, reference: &str) -> Result<Both, Error> {
    let repository = repository(root)?;
    let from = merge_base(&repository, repository.resolve(reference)?)?;
    let mut states = States::read(root, &repository, from)?;
    hide_in_files(&mut states.now);
    hide_in_files(&mut states.old);
    let (now, before) = states.loaded(|_| true);
    Ok(Both { from, now, before, changed: states.changed })
}

/// The repository whose root is the registry.
fn repository(root: &Path) -> Result<Repository, Error> {
    if let Some(repository) = own_repository(root)? {
        return Ok(repository);
    }
    let around = Repository::open(root)?;
    let around = around.work_tree().unwrap_or(around.git_dir()).components().collect::<PathBuf>();
    Err(Error::Refused(format!(
        "the registry at {} lies within the repository at {}, and its history is read only where it is the root of a \
         repository of its own: without a base it can be judged",
        root.display(),
        around.display()
    )))
}

fn merge_base(repository: &Repository, tip: CommitId) -> Result<CommitId, Error> {
    let head = repository.resolve("HEAD")?;
    let unrelated = || git::Error::Unrelated { a: tip, b: head };
    Ok(repository.merge_base(tip, head)?.ok_or_else(unrelated)?)
}

/// The files as they lie, and as they were where the change began.
struct States {
    now: Vec<Source>,
    refused: Vec<Refused>,
    limits: Limits,
    /// All files as they were, without their contents.
    tree: Tree,
    /// Those that differ or are gone, as they were.
    old: Vec<Source>,
    old_limits: Limits,
    changed: BTreeSet<Arc<str>>,
}

impl States {
    fn read(root: &Path, repository: &Repository, from: CommitId) -> Result<Self, Error> {
        let limits = limits(root);
        let (read, tree) = rayon::join(|| files::read(root, &limits), || repository.tree(from));
        let ((now, refused), tree) = (read?, tree?);
        let changed = changed(root, &now, &refused, &tree, &limits);
        let old = old(repository, &tree, &changed)?;
        let old_limits = if changed.contains(REGISTRY_FILE) { files::limits(&old) } else { limits };
        Ok(Self { now, refused, limits, tree, old, old_limits, changed })
    }

    /// The registry as it is and as it was, and the paths that are to be judged.
    fn load(&self) -> (Loaded, Loaded, BTreeSet<Arc<str>>) {
        let Scope { mut judged, read } = lint::scope(&self.now, &self.old, &self.changed, &self.aliases());
        let (now, before) = self.loaded(|path| read.contains(path));
        // The level of a rule may have changed also for what cannot be read.
        if self.changed.contains(REGISTRY_FILE) {
            judged.extend(now.refused.iter().map(|refused| Arc::clone(&refused.path)));
        }
        (now, before, judged)
    }

    /// The registry as it is and as it was. What is not to be read is there unread, and what did not change is read once.
    fn loaded(&self, read: impl Fn(&str) -> bool + Sync) -> (Loaded, Loaded) {
        let document = |source: &Source, limits: &Limits| {
            let Source { path, location, bytes } = source;
            Arc::new(match read(path) {
                true => Document::read(path, location.clone(), bytes, limits),
                false => Document::unread(path, location.clone()),
            })
        };
        let now: Vec<_> = self.now.par_iter().map(|source| document(source, &self.limits)).collect();
        let stayed: Vec<_> = if self.limits == self.old_limits {
            now.iter().filter(|document| !self.changed.contains(&document.path)).map(Arc::clone).collect()
        } else {
            let stayed = self.now.par_iter().filter(|source| !self.changed.contains(&source.path));
            stayed.map(|source| document(source, &self.old_limits)).collect()
        };
        let old: Vec<_> = self.old.par_iter().map(|source| document(source, &self.old_limits)).collect();
        let mut before: Vec<_> = stayed.into_iter().chain(old).collect();
        before.sort_by(|a, b| a.path.cmp(&b.path));
        rayon::join(|| files::load(now, self.refused.clone()), || files::load(before, refused(&self.tree)))
    }

    /// The former names of prompts whose `prompt.yaml` differs, before and after.
    fn aliases(&self) -> BTreeSet<PromptName> {
        let differ = self.now.iter().filter(|source| self.changed.contains(&source.path)).chain(&self.old);
        let prompts = differ.filter(|source| matches!(source.location, Location::Prompt(..)));
        let documents =
            prompts.map(|source| Document::read(&source.path, source.location.clone(), &source.bytes, &self.limits));
        let aliases = documents.flat_map(|document| match document.entity {
            Some(Entity::Prompt(prompt)) => prompt.aliases.clone(),
            _ => Vec::new(),
        });
        aliases.collect()
    }

    /// What was approved of the prompts of which versions differ.
    fn approved(&self, repository: &Repository, tip: CommitId) -> Result<AllApproved, Error> {
        let identity = |location: Location| match location {
            Location::Version(_, name, number) => Some((name, number)),
            _ => None,
        };
        let located = |path: &Arc<str>| identity(locate(path).ok()??);
        let differ: BTreeSet<Identity> = self.changed.iter().filter_map(located).collect();
        if differ.is_empty() {
            return Ok(AllApproved::new());
        }
        let there: BTreeSet<Identity> = self.tree.entries.iter().filter_map(|entry| located(&entry.path)).collect();
        let names = differ.iter().map(|(name, _)| name.clone()).collect();
        approved(
            repository,
            &Question {
                tip,
                names,
                settled: &(&there - &differ),
                there: &there,
                tree: &self.tree,
                limits: self.old_limits,
            },
        )
    }
}

/// The paths of the registry's files that differ from those of the tree.
fn changed(root: &Path, now: &[Source], refused: &[Refused], tree: &Tree, limits: &Limits) -> BTreeSet<Arc<str>> {
    let blobs: HashMap<&str, BlobId> = tree.entries.iter().map(|entry| (&*entry.path, entry.blob)).collect();
    let edited = now.par_iter().filter(|source| blobs.get(&*source.path).copied() != id(root, source, limits));
    let mut changed: BTreeSet<Arc<str>> = edited.map(|source| Arc::clone(&source.path)).collect();
    let there: HashSet<&str> =
        now.iter().map(|source| &*source.path).chain(refused.iter().map(|refused| &*refused.path)).collect();
    let gone = tree.entries.iter().filter(|entry| !there.contains(&*entry.path));
    changed.extend(gone.map(|entry| Arc::clone(&entry.path)));
    // Whatever is refused on both sides for what it is has no content to be compared.
    let refused_before: HashSet<&str> = tree.refused.iter().map(|refused| &*refused.path).collect();
    let added = refused.iter().filter(|refused| match blobs.get(&*refused.path) {
        Some(blob) => whole(root, &refused.path) != Some(*blob),
        None => !refused_before.contains(&*refused.path),
    });
    changed.extend(added.map(|refused| Arc::clone(&refused.path)));
    changed
}

/// The id of a file's content. One that is too large was not read to its end.
fn id(root: &Path, source: &Source, limits: &Limits) -> Option<BlobId> {
    if source.bytes.len() > limits.file_bytes {
        whole(root, &source.path)
    } else {
        BlobId::of_bytes(&source.bytes).ok()
    }
}

/// The id of a plain file's content as it lies; none where it cannot be had.
fn whole(root: &Path, path: &str) -> Option<BlobId> {
    let file = root.join(path);
    let metadata = file.symlink_metadata().ok()?;
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return None;
    }
    BlobId::of_bytes(&fs::read(file).ok()?).ok()
}

/// What the files that differ were. One that cannot be had has no bytes.
fn old(repository: &Repository, tree: &Tree, changed: &BTreeSet<Arc<str>>) -> Result<Vec<Source>, Error> {
    let entries = tree.entries.iter().filter(|entry| changed.contains(&entry.path));
    let located: Vec<(&TreeEntry, Location)> =
        entries.filter_map(|entry| Some((entry, locate(&entry.path).ok()??))).collect();
    let ids: Vec<BlobId> = located.iter().map(|(entry, _)| entry.blob).collect();
    let blobs = repository.blobs(&ids, MOST_BYTES)?;
    let sources = located.into_iter().zip(blobs).map(|((entry, location), blob)| match blob {
        Ok(bytes) => Ok(Source { path: Arc::clone(&entry.path), location, bytes }),
        Err(git::Error::TooLarge { .. }) => Ok(Source { path: Arc::clone(&entry.path), location, bytes: Vec::new() }),
        Err(error) => Err(error.into()),
    });
    sources.collect()
}

/// What of a commit is not read.
fn refused(tree: &Tree) -> Vec<Refused> {
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
