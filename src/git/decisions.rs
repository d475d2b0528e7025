//! The log of decisions: a branch to which files are only ever added, read up to where something else was done to it.

use super::{
    error::Error,
    folder::{Entry, FOLDER, PLAIN_FILE, differing, entries, shown},
    id::CommitId,
    repository::Repository,
    signature::SIGNATURE_BYTES,
};
use crate::domain::Digest;
use git2::{ObjectType, Odb, Oid};

/// The folder that holds all decisions.
const FOLDER_NAME: &[u8] = b"decisions";
/// The longest decision, in bytes.
const DECISION_BYTES: usize = 64 * 1024;
/// The most commits, and the most decisions, that are read at once.
const ENTRIES: usize = 1_000_000;

/// What was added to the log of decisions, up to the first commit that did anything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionLog {
    /// The decisions, in the order in which they arrived: by commit, of one commit by path.
    pub entries: Vec<LoggedFile>,
    /// The commits that are evidence, in their order.
    pub commits: Vec<Mark>,
    /// The newest commit that is evidence; `None` where already the first is not.
    pub good: Option<Mark>,
    /// The commit that did something else, and what, without a full stop. It and all after it are no evidence.
    pub broken: Option<(CommitId, String)>,
    /// Files that were left out, oldest first: their paths, and why, without a full stop.
    pub faults: Vec<(String, &'static str)>,
    /// The paths, without their endings, of signatures that came before the decisions that they sign, if those ever come.
    pub alone: Vec<String>,
}

/// A commit of the log and how many came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The commit.
    pub commit: CommitId,
    /// Its place: 0 for the first commit of the log.
    pub place: usize,
}

/// A decision as it lies in the log. One whose signature arrives in a later commit is there twice: first without it, then
/// with it, at the place of that commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedFile {
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    pub id: String,
    /// Its bytes, at most 64 KiB. Nobody has read them.
    pub json: Vec<u8>,
    /// The signature beside it, at most 16 KiB, unchecked; `None` where there is none yet.
    pub signature: Option<Vec<u8>>,
    /// The commit with which it arrived.
    pub commit: CommitId,
    /// When that was committed, in seconds since 1970, by the committer's clock.
    pub at: i64,
    /// That commit's place in the log: 0 for the first.
    pub place: usize,
}

impl Repository {
    /// Reads the log whose newest commit is `tip`: its first-parent line, of which each commit may only add plain files
    /// `decisions/AA/ID.json` and `.sig`, where ID is the SHA-256 of the JSON and AA its first two digits. It is read up to
    /// the first commit that does anything else. With `since`, a [`DecisionLog::good`] of before, only what is newer, at a
    /// cost that follows it.
    ///
    /// # Errors
    /// [`Error::Rewritten`] where `since` is not on the line; where the clone is shallow or an object is missing; beyond
    /// 1,000,000 commits or decisions.
    pub fn decisions(&self, tip: CommitId, since: Option<Mark>) -> Result<DecisionLog, Error> {
        let handle = self.fresh()?;
        let odb = handle.odb()?;
        let mut log = DecisionLog { good: since, ..DecisionLog::default() };
        let mut before = since.map(|mark| tree_of(&handle, mark.commit)).transpose()?;
        for commit in line(&handle, tip, since.map(|mark| mark.commit))? {
            let place = log.good.map_or(0, |mark| mark.place + 1);
            let mark = Mark { commit: CommitId::of(commit)?, place };
            let commit = handle.find_commit(commit).map_err(|error| Error::object(mark.commit, &error))?;
            let mut found = Added { odb: &odb, mark, at: commit.time().seconds(), log: &mut log };
            let fault = if commit.parent_count() > 1 {
                Some("it is a merge".to_owned())
            } else {
                found.read(before, commit.tree_id())?
            };
            if let Some(fault) = fault {
                log.broken = Some((mark.commit, fault));
                break;
            }
            before = Some(commit.tree_id());
            log.commits.push(mark);
            log.good = Some(mark);
        }
        Ok(log)
    }
}

/// The first-parent line after `since`, or from its beginning, oldest first.
fn line(handle: &git2::Repository, tip: CommitId, since: Option<CommitId>) -> Result<Vec<Oid>, Error> {
    let stop = since.map(CommitId::oid).transpose()?;
    let mut line = Vec::new();
    let mut next = tip.oid()?;
    while Some(next) != stop {
        let commit = handle.find_commit(next).map_err(|error| Error::object(next, &error))?;
        line.push(next);
        if line.len() > ENTRIES {
            return Err(Error::TooManyFiles { commit: tip, limit: ENTRIES });
        }
        match (commit.parent_id(0), since) {
            (Ok(parent), _) => next = parent,
            // libgit2 hides the parents that a shallow clone has not.
            (Err(_), _) if commit.header_field_bytes("parent").is_ok() => return Err(Error::Shallow),
            (Err(_), Some(old)) => return Err(Error::Rewritten { old, new: tip }),
            (Err(_), None) => break,
        }
    }
    line.reverse();
    Ok(line)
}

fn tree_of(handle: &git2::Repository, commit: CommitId) -> Result<Oid, Error> {
    handle.find_commit(commit.oid()?).map(|found| found.tree_id()).map_err(|error| Error::object(commit, &error))
}

/// What one commit adds.
struct Added<'a> {
    odb: &'a Odb<'a>,
    mark: Mark,
    at: i64,
    log: &'a mut DecisionLog,
}

/// Which kind of folder is looked into.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Root,
    Decisions,
    Digits,
}

/// A decision of which something was added: its path without the ending, its JSON and its signature.
type Touched = (String, Option<Oid>, Option<Oid>);

impl Added<'_> {
    /// Takes what the commit added; answers what else it did, and takes nothing then.
    fn read(&mut self, before: Option<Oid>, after: Oid) -> Result<Option<String>, Error> {
        let mut touched = Vec::new();
        if before != Some(after)
            && let Some(fault) = self.enter(before, after, Level::Root, "", &mut touched)?
        {
            return Ok(Some(fault));
        }
        if self.log.entries.len() + touched.len() > ENTRIES {
            return Err(Error::TooManyFiles { commit: self.mark.commit, limit: ENTRIES });
        }
        for touched in touched {
            self.take(touched)?;
        }
        Ok(None)
    }

    /// Looks into a folder that is not as it was; answers what else than adding was done.
    fn enter(
        &self,
        before: Option<Oid>,
        after: Oid,
        level: Level,
        path: &str,
        touched: &mut Vec<Touched>,
    ) -> Result<Option<String>, Error> {
        let before = before.map(|folder| self.folder(folder)).transpose()?;
        let after = self.folder(after)?;
        let (Some(old), Some(new)) =
            (before.as_ref().map_or(Some(Vec::new()), |before| entries(before.data())), entries(after.data()))
        else {
            return Ok(Some(format!("it has a broken folder {path:?}")));
        };
        let [gone, came] = differing(&old, &new);
        if let Some(entry) = gone.iter().find(|entry| level == Level::Digits || !is_folder_in(entry, &came)) {
            return Ok(Some(format!("it changes or removes {path}{}", shown(entry.name))));
        }
        if let Some(entry) = came.iter().find(|entry| !is_allowed(level, path, entry)) {
            return Ok(Some(format!("it adds {path}{}, which is no plain file of a decision", shown(entry.name))));
        }
        if !new.is_sorted_by(|a, b| a.name < b.name) {
            return Ok(Some(format!("it has a folder {path:?} with names twice or not in order")));
        }
        let below = match level {
            Level::Root => Level::Decisions,
            Level::Decisions => Level::Digits,
            Level::Digits => {
                touched.extend(decisions_of(path, &came, &new)?);
                return Ok(None);
            }
        };
        for entry in came {
            let known = gone.iter().find(|known| known.name == entry.name);
            let known = known.map(|known| Oid::from_bytes(known.id)).transpose()?;
            let path = format!("{path}{}/", shown(entry.name));
            if let Some(fault) = self.enter(known, Oid::from_bytes(entry.id)?, below, &path, touched)? {
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }

    fn folder(&self, id: Oid) -> Result<git2::OdbObject<'_>, Error> {
        self.odb.read(id).map_err(|error| Error::object(id, &error))
    }

    /// Reads a decision that is complete, or now complete.
    fn take(&mut self, (path, json, signature): Touched) -> Result<(), Error> {
        let Some(json) = json else {
            self.log.alone.push(path);
            return Ok(());
        };
        let id = path.rsplit('/').next().unwrap_or_default().to_owned();
        let Some(json) = self.file(json, DECISION_BYTES)? else {
            self.log.faults.push((format!("{path}.json"), "it has more than 64 KiB"));
            return Ok(());
        };
        if Digest::of(&json).hex() != id {
            self.log.faults.push((format!("{path}.json"), "its name is not the SHA-256 of its bytes"));
            return Ok(());
        }
        let signature = match signature.map(|signature| self.file(signature, SIGNATURE_BYTES)).transpose()? {
            Some(None) => {
                self.log.faults.push((format!("{path}.sig"), "it has more than 16 KiB"));
                None
            }
            found => found.flatten(),
        };
        let Mark { commit, place } = self.mark;
        self.log.entries.push(LoggedFile { id, json, signature, commit, at: self.at, place });
        Ok(())
    }

    /// A file's bytes; `None` where there are more than `limit`.
    fn file(&self, id: Oid, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        let (size, kind) = self.odb.read_header(id).map_err(|error| Error::object(id, &error))?;
        if kind != ObjectType::Blob {
            return Err(Error::Corrupt { object: id.to_string(), reason: "it is no file".to_owned() });
        }
        if size > limit {
            return Ok(None);
        }
        self.odb.read(id).map(|object| Some(object.data().to_vec())).map_err(|error| Error::object(id, &error))
    }
}

/// Whether an entry that is not as it was is a folder that is still there.
fn is_folder_in(entry: &Entry<'_>, came: &[Entry<'_>]) -> bool {
    entry.mode == FOLDER && came.iter().any(|now| now.name == entry.name && now.mode == FOLDER)
}

/// Whether such an entry may lie in such a folder, whose path is given with a `/` at its end.
fn is_allowed(level: Level, path: &str, entry: &Entry<'_>) -> bool {
    let is_hex =
        |text: &[u8], digits| text.len() == digits && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match level {
        Level::Root => entry.mode == FOLDER && entry.name == FOLDER_NAME,
        Level::Decisions => entry.mode == FOLDER && is_hex(entry.name, 2),
        Level::Digits => {
            let folder = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let id = entry.name.strip_suffix(b".json").or_else(|| entry.name.strip_suffix(b".sig"));
            entry.mode == PLAIN_FILE && id.is_some_and(|id| is_hex(id, 64) && id.starts_with(folder.as_bytes()))
        }
    }
}

/// The decisions of a folder of which something came.
fn decisions_of(path: &str, came: &[Entry<'_>], all: &[Entry<'_>]) -> Result<Vec<Touched>, Error> {
    let mut ids: Vec<String> =
        came.iter().filter_map(|entry| Some(shown(entry.name).split_once('.')?.0.to_owned())).collect();
    ids.dedup();
    let find = |name: String| {
        let at = all.binary_search_by(|entry| entry.name.cmp(name.as_bytes())).ok();
        at.and_then(|at| all.get(at)).map(|entry| Oid::from_bytes(entry.id)).transpose()
    };
    let whole = |id: String| Ok((format!("{path}{id}"), find(format!("{id}.json"))?, find(format!("{id}.sig"))?));
    ids.into_iter().map(whole).collect()
}
