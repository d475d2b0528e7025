//! Walks the folders of one commit, or of two side by side, and says what stands at each path that is not the same.

use super::{
    error::Error,
    folder::{EXECUTABLE, Entry, FOLDER, LINK, PLAIN_FILE, differing, entries, folded, is_lower, shown},
    id::{BlobId, CommitId},
    tree::name_fault,
};
use git2::{ObjectType, Odb, Oid};
use std::collections::{BTreeMap, HashMap};

/// The most files and folders that are looked at.
pub(super) const ENTRIES: usize = 1_000_000;
/// The most that are looked at, in all, to find out which folders hold too many.
const WORK: usize = 8 * ENTRIES;
/// The most folders above a file.
pub(super) const DEPTH: usize = 32;
/// The longest path, in bytes.
pub(super) const PATH_BYTES: usize = 4096;

/// Why an executable, a link and a submodule are refused, whatever their names.
pub(super) const BY_MODE: [&str; 3] = [
    "it is executable: make it a plain file with `git update-index --chmod=-x`",
    "it is a symbolic link, and those are never followed",
    "it is a submodule, and those are never entered",
];

/// What lies at a path that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// A plain file.
    Plain(BlobId),
    /// Something of this mode that is not read, and why.
    Refused(u32, &'static str),
}

impl Stand {
    /// What a file, a link or a submodule with a safe name is at a path; `None` where it does not matter.
    pub(super) fn of(path: &str, mode: u32, blob: BlobId, want: &dyn Fn(&str) -> bool) -> Option<Self> {
        // A link or a submodule may stand for a folder as well as for a file.
        let either = || want(path) || want(&format!("{path}/"));
        match mode {
            PLAIN_FILE => want(path).then_some(Self::Plain(blob)),
            EXECUTABLE => want(path).then_some(Self::Refused(mode, BY_MODE[0])),
            LINK => either().then_some(Self::Refused(mode, BY_MODE[1])),
            _ => either().then_some(Self::Refused(mode, BY_MODE[2])),
        }
    }
}

/// What stands at which paths, sorted by path.
pub(super) type Standing = Vec<(String, Stand)>;

/// One walk through two trees, of which one may be none. Folders that are the same in both are not entered, so the cost
/// is that of the folders on the way to what differs.
pub(super) struct Walk<'a> {
    odb: &'a Odb<'a>,
    want: &'a dyn Fn(&str) -> bool,
    commit: CommitId,
    /// Whether a folder that cannot be read is refused; else the whole walk fails.
    is_lenient: bool,
    /// The files and folders of what is being found.
    seen: usize,
    /// The same, with those that were thrown away again.
    work: usize,
    found: [Standing; 2],
    /// The paths, in lower case, of names that are not in lower case.
    odd: Vec<String>,
}

impl<'a> Walk<'a> {
    /// A walk that fails where a folder cannot be read. The commit is named in errors.
    pub(super) fn new(odb: &'a Odb<'a>, want: &'a dyn Fn(&str) -> bool, commit: CommitId) -> Self {
        let found = [Vec::new(), Vec::new()];
        Self { odb, want, commit, is_lenient: false, seen: 0, work: 0, found, odd: Vec::new() }
    }

    /// A walk that refuses a folder that cannot be read, and goes on.
    pub(super) fn lenient(odb: &'a Odb<'a>, want: &'a dyn Fn(&str) -> bool, commit: CommitId) -> Self {
        Self { is_lenient: true, ..Self::new(odb, want, commit) }
    }

    /// What stands in each of two trees, without what stands just so in the other because its folder is the same.
    pub(super) fn walk(mut self, roots: [Option<Oid>; 2]) -> Result<[Standing; 2], Error> {
        self.run(roots)?;
        Ok(self.found)
    }

    /// The paths, in lower case, of all names of a tree that matter and are not in lower case.
    pub(super) fn odd_names(mut self, root: Oid) -> Result<Vec<String>, Error> {
        self.run([None, Some(root)])?;
        Ok(self.odd)
    }

    fn run(&mut self, roots: [Option<Oid>; 2]) -> Result<(), Error> {
        if roots[0] != roots[1] {
            self.enter(roots, &mut String::new(), 0)?;
        }
        for side in &mut self.found {
            side.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            side.dedup_by(|a, b| a.0 == b.0);
        }
        Ok(())
    }

    /// Reads a folder, on both sides. `path` is its path with a `/` at the end, and the same again on return.
    fn enter(&mut self, folders: [Option<Oid>; 2], path: &mut String, depth: usize) -> Result<(), Error> {
        let above = path.len();
        for (name, below) in self.level(folders, path, depth)? {
            if below[0] != below[1] {
                path.push_str(&name);
                path.push('/');
                // A few objects can unfold to any number of files, so the folders that people push to are held apart.
                if depth < 2 { self.within(below, path, depth + 1) } else { self.enter(below, path, depth + 1) }?;
                path.truncate(above);
            }
        }
        Ok(())
    }

    /// Reads a folder that is refused where it holds too many files, on the side where it does.
    fn within(&mut self, folders: [Option<Oid>; 2], path: &mut String, depth: usize) -> Result<(), Error> {
        let (length, seen, odd) = (path.len(), self.seen, self.odd.len());
        let found = self.found.each_ref().map(Vec::len);
        match self.enter(folders, path, depth) {
            Err(Error::TooManyFiles { .. }) => {}
            result => return result,
        }
        path.truncate(length);
        self.seen = seen;
        self.odd.truncate(odd);
        self.found.iter_mut().zip(found).for_each(|(side, length)| side.truncate(length));
        match folders {
            [Some(before), Some(after)] => {
                self.within([Some(before), None], path, depth)?;
                self.within([None, Some(after)], path, depth)
            }
            [before, _] => {
                let side = usize::from(before.is_none());
                self.put(side, path.clone(), Stand::Refused(FOLDER, "it holds too many files"));
                Ok(())
            }
        }
    }

    /// Takes what lies in a folder itself, and says which folders are to be entered next.
    fn level(
        &mut self,
        folders: [Option<Oid>; 2],
        path: &mut String,
        depth: usize,
    ) -> Result<BTreeMap<String, [Option<Oid>; 2]>, Error> {
        let objects = [self.read(folders[0], 0, path)?, self.read(folders[1], 1, path)?];
        let [before, after] = objects
            .each_ref()
            .map(|object| object.as_ref().and_then(|object| entries(object.data())).unwrap_or_default());
        let count = before.len() + after.len();
        self.seen += count;
        self.work += count;
        if self.seen > ENTRIES * folders.iter().flatten().count() || self.work > WORK {
            return Err(Error::TooManyFiles { commit: self.commit, limit: ENTRIES });
        }
        let concerned = if objects.iter().all(Option::is_some) { concerned(&before, &after) } else { [before, after] };
        let mut below = BTreeMap::new();
        for (side, list) in concerned.iter().enumerate() {
            let siblings = Siblings::of(list);
            for entry in list {
                let fault = name_fault(entry.name).or_else(|| siblings.fault(entry.name));
                self.take(side, entry, fault, path, depth, &mut below);
            }
        }
        Ok(below)
    }

    /// Reads a folder's bytes; `None` where there is none, or it was refused.
    fn read(&mut self, id: Option<Oid>, side: usize, path: &str) -> Result<Option<git2::OdbObject<'a>>, Error> {
        let Some(id) = id else { return Ok(None) };
        let error = match self.odb.read(id) {
            Ok(object) if object.kind() == ObjectType::Tree && entries(object.data()).is_some() => {
                return Ok(Some(object));
            }
            Ok(_) => Error::Corrupt { object: id.to_string(), reason: "it is no folder".to_owned() },
            Err(error) => Error::object(id, &error),
        };
        if !self.is_lenient || path.is_empty() {
            return Err(error);
        }
        let reason = "the folder is missing or broken: check with `git fsck`";
        self.put(side, path.to_owned(), Stand::Refused(FOLDER, reason));
        Ok(None)
    }

    fn put(&mut self, side: usize, path: String, stand: Stand) {
        if let Some(side) = self.found.get_mut(side) {
            side.push((path, stand));
        }
    }

    /// Takes one entry. `path` is that of its folder, and the same again on return.
    fn take(
        &mut self,
        side: usize,
        entry: &Entry<'_>,
        fault: Option<&'static str>,
        path: &mut String,
        depth: usize,
        below: &mut BTreeMap<String, [Option<Oid>; 2]>,
    ) {
        let above = path.len();
        let name = shown(entry.name);
        path.push_str(&name);
        if !is_lower(entry.name) && self.would_matter(path) {
            self.odd.push(path.to_lowercase());
        }
        let is_long = path.len() > PATH_BYTES;
        let fault = fault.or_else(|| is_long.then_some("its path has more than 4,096 bytes"));
        if let Some(reason) = fault {
            if self.would_matter(path) {
                let path = if is_long { shortened(path) } else { path.clone() };
                self.put(side, path, Stand::Refused(entry.mode, reason));
            }
        } else if entry.mode == FOLDER {
            path.push('/');
            if (self.want)(path) && depth == DEPTH {
                self.put(side, path.clone(), Stand::Refused(FOLDER, "it lies below more than 32 folders"));
            } else if (self.want)(path)
                && let (Ok(id), Some(place)) = (Oid::from_bytes(entry.id), below.entry(name).or_default().get_mut(side))
            {
                *place = Some(id);
            }
        } else if let Some(stand) = Stand::of(path, entry.mode, BlobId::from(*entry.id), self.want) {
            self.put(side, path.clone(), stand);
        }
        path.truncate(above);
    }

    /// Whether a name that is not safe is worth a word: beside the registry's folders, only where it would be wanted in
    /// lower case.
    fn would_matter(&self, path: &str) -> bool {
        let lower = || path.to_lowercase();
        path.contains('/') || (self.want)(&lower()) || (self.want)(&format!("{}/", lower()))
    }
}

/// A path that is too long, by its beginning and what tells it from others that begin alike.
fn shortened(path: &str) -> String {
    let start: String = path.chars().take(200).collect();
    match BlobId::of_bytes(path.as_bytes()) {
        Ok(hash) => format!("{start}… ({hash})"),
        Err(_) => start,
    }
}

/// What differs between two lists of a folder, and all whose names differ from one of those at most by case, since
/// what becomes of one decides on the other.
fn concerned<'a>(before: &[Entry<'a>], after: &[Entry<'a>]) -> [Vec<Entry<'a>>; 2] {
    let differing = differing(before, after);
    let mut names: Vec<String> = differing.iter().flatten().map(|entry| folded(entry.name)).collect();
    names.sort_unstable();
    names.dedup();
    let is_concerned = |entry: &&Entry<'a>| {
        let find = |name: &[u8]| names.binary_search_by(|known| known.as_bytes().cmp(name)).is_ok();
        if is_lower(entry.name) { find(entry.name) } else { find(folded(entry.name).as_bytes()) }
    };
    [before, after].map(|list| list.iter().filter(is_concerned).copied().collect())
}

/// The names of one folder, to find those that a file system would take for one. `None` where all are in order.
struct Siblings(Option<(HashMap<String, usize>, HashMap<String, usize>)>);

impl Siblings {
    fn of(list: &[Entry<'_>]) -> Self {
        let is_sorted = list.windows(2).all(|pair| matches!(pair, [a, b] if a.name < b.name));
        if is_sorted && list.iter().all(|entry| is_lower(entry.name)) {
            return Self(None);
        }
        let mut exact = HashMap::with_capacity(list.len());
        let mut without_case = HashMap::with_capacity(list.len());
        for entry in list {
            *exact.entry(shown(entry.name)).or_default() += 1;
            *without_case.entry(folded(entry.name)).or_default() += 1;
        }
        Self(Some((exact, without_case)))
    }

    fn fault(&self, raw: &[u8]) -> Option<&'static str> {
        let (exact, without_case) = self.0.as_ref()?;
        let (name, lower) = (shown(raw), folded(raw));
        if exact.get(&name).is_some_and(|count| *count > 1) {
            Some("the folder has two entries of this name")
        } else if lower != name && without_case.get(&lower).is_some_and(|count| *count > 1) {
            Some("another name in the folder differs only by case: use lower case")
        } else {
            None
        }
    }
}

/// Whether what lies at this path may be refused for its name, its length or its depth, or make a twin of another.
pub(super) fn is_odd(path: &[u8]) -> bool {
    path.len() > PATH_BYTES
        || path.iter().filter(|byte| **byte == b'/').count() > DEPTH
        || path.split(|byte| *byte == b'/').any(is_odd_name)
}

/// Whether a name has a fault, or may be taken for another.
pub(super) fn is_odd_name(name: &[u8]) -> bool {
    // What is not UTF-8 is shown with a �, so a name that has one of its own may look the same.
    name_fault(name).is_some() || (!is_lower(name) && (folded(name) != shown(name) || shown(name).contains('\u{fffd}')))
}
