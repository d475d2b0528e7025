//! The newest commits, when they are few, or all, when `git log` cannot tell them: read in this process, at a cost that follows
//! what they changed.

use super::{
    authors::{Authors, Introduced},
    changes,
    error::Error,
    header::Header,
    history::{Author, FirstParent},
    id::CommitId,
    landing::Landings,
    repository::Repository,
};
use git2::{ObjectType, Oid};
use std::{
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

/// The most commits that are few.
pub(super) const FEW: usize = 64;

/// A few commits that one commit reaches and another does not. Whatever goes wrong with them is left to `git log`, which
/// has the last word on what is broken: the answer is `None` then.
pub(super) struct Recent {
    handle: git2::Repository,
    tip: Oid,
    commits: HashMap<Oid, Header>,
}

impl Repository {
    /// What `tip` reaches and `stop` does not; `None` where that is more than `most`, or cannot be told.
    pub(super) fn recent(&self, tip: CommitId, stop: Option<CommitId>, most: usize) -> Option<Recent> {
        let handle = self.fresh().ok()?;
        if handle.is_shallow() {
            return None;
        }
        let tip = tip.oid().ok()?;
        let commits = few(&handle, tip, stop, most)?;
        Some(Recent { handle, tip, commits })
    }
}

fn few(handle: &git2::Repository, tip: Oid, stop: Option<CommitId>, most: usize) -> Option<HashMap<Oid, Header>> {
    let mut walk = handle.revwalk().ok()?;
    walk.push(tip).ok()?;
    if let Some(stop) = stop {
        walk.hide(stop.oid().ok()?).ok()?;
    }
    let odb = handle.odb().ok()?;
    let mut commits = HashMap::new();
    for id in walk {
        let id = id.ok()?;
        let object = odb.read(id).ok().filter(|object| object.kind() == ObjectType::Commit)?;
        commits.insert(id, Header::read(object.data(), most > FEW)?);
        if commits.len() > most {
            return None;
        }
    }
    Some(commits)
}

impl Recent {
    /// The first-parent line after `stop`, oldest first; `None` where `stop` is not on it.
    pub(super) fn line(mut self, stop: Option<CommitId>) -> Option<Vec<FirstParent>> {
        let stop = stop.map(CommitId::oid).transpose().ok()?;
        let mut line = Vec::new();
        let mut next = Some(self.tip);
        while next != stop {
            let id = next?;
            let header = self.commits.remove(&id)?;
            next = header.parents.first().copied();
            line.push(first_parent(&self.handle, id, header).ok()?);
        }
        line.reverse();
        Some(line)
    }

    /// Who introduced what.
    pub(super) fn authors(self) -> Option<Authors> {
        let odb = self.handle.odb().ok()?;
        let mut authors = Authors::default();
        for id in self.by_landing() {
            let header = self.commits.get(&id)?;
            let mut parents = Vec::with_capacity(header.parents.len());
            for parent in &header.parents {
                parents.push(match self.commits.get(parent) {
                    Some(known) => known.tree,
                    None => self.handle.find_commit(*parent).ok()?.tree_id(),
                });
            }
            let (person, co_authors) = (&header.author, &header.co_authors);
            let author =
                || Author { person: person.clone(), time: header.authored_at, co_authors: Arc::clone(co_authors) };
            let mut found = Vec::new();
            let mut each = |path: &str, blob| found.push((Arc::from(path), blob));
            match Introduced::find(&odb, CommitId::of(id).ok()?, &parents, header.tree, &mut each) {
                Ok(()) => found.iter().for_each(|(path, blob)| authors.add(path, *blob, author)),
                Err(Error::TooManyFiles { .. }) => {}
                Err(_) => return None,
            }
        }
        Some(authors)
    }

    /// The commits in the order in which they landed, those that landed together oldest first.
    fn by_landing(&self) -> Vec<Oid> {
        let landings = Landings::of(self.commits.iter().map(|(id, header)| (*id, &*header.parents)));
        let numbers = landings.numbers(&landings.line(self.tip).0);
        let mut order = self.oldest_first();
        order.sort_by_key(|id| numbers.get(id));
        order
    }

    /// The commits as `git log --date-order --reverse` has them: parents before children, else by time, and of the same
    /// time the one that was met last.
    fn oldest_first(&self) -> Vec<Oid> {
        let mut children: HashMap<Oid, usize> = HashMap::new();
        for parent in self.commits.values().flat_map(|header| &header.parents) {
            *children.entry(*parent).or_default() += 1;
        }
        let mut met = 0_usize;
        let mut queue = BinaryHeap::new();
        let mut put = |queue: &mut BinaryHeap<_>, id: Oid| {
            if let Some(header) = self.commits.get(&id) {
                queue.push((header.committed_at, std::cmp::Reverse(met), id));
                met += 1;
            }
        };
        put(&mut queue, self.tip);
        let mut order = Vec::with_capacity(self.commits.len());
        while let Some((_, _, id)) = queue.pop() {
            order.push(id);
            for parent in self.commits.get(&id).into_iter().flat_map(|header| &header.parents) {
                let Some(left) = children.get_mut(parent) else { continue };
                *left = left.saturating_sub(1);
                if *left == 0 {
                    put(&mut queue, *parent);
                }
            }
        }
        order.reverse();
        order
    }
}

fn first_parent(handle: &git2::Repository, id: Oid, header: Header) -> Result<FirstParent, Error> {
    let commit = CommitId::of(id)?;
    let parents: Vec<CommitId> = header.parents.iter().map(|parent| CommitId::of(*parent)).collect::<Result<_, _>>()?;
    let changes = changes::read(handle, parents.first().copied(), commit)?;
    Ok(FirstParent {
        commit,
        parents,
        author: header.author,
        authored_at: header.authored_at,
        co_authors: header.co_authors,
        committer: header.committer,
        committed_at: header.committed_at,
        message: header.subject,
        changes,
    })
}
