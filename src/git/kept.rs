//! The log of history, kept in a file, so that a start asks Git only for what is newer.
//!
//! What is kept is what `git log` wrote, and it is read as that is. Each chunk is a stretch of the first-parent line: the
//! two commits it lies between, and the log of all that was reached there and not before. Both who wrote what and the
//! line itself follow from it.

use super::{
    authors::Authors,
    changes::Changes,
    error::Error,
    history::{FirstParent, first_parent, paths},
    id::CommitId,
    landing::Landings,
    log::{self, Record, Tee},
    repository::Repository,
    tree::root,
};
use crate::{domain::FOLDERS, kept::File};
use git2::ObjectType;
use std::{collections::HashSet, io, path::Path};

/// The format of a chunk: the commit it begins after, the commit it ends with, the log.
const FORMAT: u32 = 2;
/// How the log is walked: every commit, with what it changed against its first parent.
const HOW: [&str; 4] = ["--full-history", "--sparse", "--diff-merges=first-parent", "--date-order"];
/// What a chunk that begins with the first commit begins after.
const NONE: [u8; 20] = [0; 20];
/// So few new commits are not worth a chunk.
const FEW: usize = 64;

impl Repository {
    /// The first-parent line up to `tip` and who wrote what, as [`Repository::history`] and [`Repository::authors`]
    /// answer without a stop. What the file at this path remembers of an earlier call is not asked of Git again, and what
    /// was asked is added to it. A file that cannot be used is warned of and begun anew; one that cannot be written is
    /// warned of. Of a shallow clone nothing is kept: it may be deepened.
    ///
    /// # Errors
    /// Where an object is missing or the program fails; never for the file's sake.
    pub fn kept_history(&self, tip: CommitId, path: &Path) -> Result<(Vec<FirstParent>, Authors), Error> {
        if self.is_shallow() {
            return Ok((self.history(tip, None)?, self.authors(tip, None)?));
        }
        match self.kept_log(tip, path) {
            Err(error) if error.is_too_much() => {
                let read = self.history_read(tip, None).zip(self.authors_read(tip, None));
                read.ok_or(error)
            }
            told => told,
        }
    }

    fn kept_log(&self, tip: CommitId, path: &Path) -> Result<(Vec<FirstParent>, Authors), Error> {
        let file = File::new(path, "history", &question());
        let mut past = Past::new(self)?;
        let last = past.know(&file).unwrap_or_else(|trouble| {
            warn(&file, &trouble);
            None
        });
        let newer = last.map(|last| self.commits_between(last, tip)).transpose()?.flatten();
        match (last, newer) {
            (Some(_), Some(0)) => {}
            (Some(last), Some(1..=FEW)) => {
                past.line.extend(self.history(tip, Some(last))?);
                past.authors.extend(self.authors(tip, Some(last))?);
            }
            (Some(last), Some(_)) => {
                let chunk = past.ask(tip, Some(last))?;
                keep(&file, &chunk, File::append);
            }
            (last, _) => {
                if last.is_some() {
                    warn(&file, "what it holds is not on the branch");
                }
                past = Past::new(self)?;
                let chunk = past.ask(tip, None)?;
                keep(&file, &chunk, File::replace);
            }
        }
        Ok((past.line, past.authors))
    }

    /// How many commits of the first-parent line of `tip` come after `old`; `None` where `old` is not on it.
    fn commits_between(&self, old: CommitId, tip: CommitId) -> Result<Option<usize>, Error> {
        let (mut count, old) = (0, old.oid()?);
        let found = self.first_parent(tip, |commit| {
            count += 1;
            commit.id() == old
        })?;
        Ok(found.map(|_| count - 1))
    }
}

/// What is known so far.
struct Past<'a> {
    repository: &'a Repository,
    changes: Changes<'a>,
    /// The first-parent line, oldest first.
    line: Vec<FirstParent>,
    /// Who wrote what it reaches.
    authors: Authors,
}

impl<'a> Past<'a> {
    fn new(repository: &'a Repository) -> Result<Self, Error> {
        let changes = Changes::since(repository, None)?;
        Ok(Self { repository, changes, line: Vec::new(), authors: Authors::default() })
    }

    /// Adds what the file holds; answers the last commit of it, or why it is of no use.
    fn know(&mut self, file: &File) -> Result<Option<CommitId>, String> {
        let contents = file.read();
        if let Some(trouble) = &contents.trouble {
            return Err(trouble.clone());
        }
        let mut last = None;
        for chunk in contents.chunks() {
            let Stretch { from, to, log } = Stretch::read(chunk).ok_or("a chunk is too short")?;
            // Two processes may have asked for the same.
            if from == last {
                let records = records(log).map_err(|error| error.to_string())?;
                self.add(records, from, to).map_err(|error| error.to_string())?;
                last = Some(to);
            }
        }
        Ok(last)
    }

    /// Asks Git for what is newer, adds it, and answers the chunk that says the same.
    fn ask(&mut self, tip: CommitId, stop: Option<CommitId>) -> Result<Vec<u8>, Error> {
        let repository = self.repository;
        // What lies elsewhere is left out when the log is read; to leave it out of the log takes Git twice as long.
        let paths = if repository.holds_more(tip)? { paths().collect() } else { Vec::new() };
        let call = repository.log_call(&HOW, tip, stop, paths.into_iter());
        let program = repository.program();
        let (mut log, mut records) = (Vec::new(), Vec::new());
        program.run(call, &[], |out| {
            let mut out = Tee::new(out, &mut log);
            log::read(&mut out, program.output_limit, &mut |record| records.push(record))
        })?;
        self.add(records, stop, tip)?;
        Ok(Stretch { from: stop, to: tip, log: &log }.write())
    }

    /// Adds a stretch of the line: all that was reached up to a commit, and not before another.
    fn add(&mut self, records: Vec<Record>, from: Option<CommitId>, to: CommitId) -> Result<(), Error> {
        let landings = Landings::of(records.iter().map(|record| (record.commit, &*record.parents)));
        let (line, after) = landings.line(to);
        if line.is_empty() || after != from {
            return Err(Error::Unreadable {
                command: "git log".to_owned(),
                reason: "it leaves out commits of the line",
            });
        }
        let line: HashSet<CommitId> = line.into_iter().collect();
        self.authors.note_all(&records, to);
        for record in records {
            if line.contains(&record.commit) {
                let changes = self.changes.of(&record)?;
                self.line.push(first_parent(record, changes));
            }
        }
        Ok(())
    }
}

impl Repository {
    /// Whether a commit holds folders besides those of a registry.
    fn holds_more(&self, commit: CommitId) -> Result<bool, Error> {
        let handle = self.fresh()?;
        let tree = handle.find_tree(root(&handle, commit)?)?;
        let is_other = |name: &[u8]| {
            let own = FOLDERS.into_iter().chain(["schemas"]);
            !name.starts_with(b".") && !own.into_iter().any(|own| own.as_bytes() == name)
        };
        Ok(tree.iter().any(|entry| entry.kind() == Some(ObjectType::Tree) && is_other(entry.name_bytes())))
    }
}

/// What Git is asked: the answer to another question is of no use.
fn question() -> String {
    let paths: Vec<String> = paths().collect();
    format!("{FORMAT} {} {} {}", HOW.join(" "), log::FORMAT, paths.join(" "))
}

/// A stretch of the first-parent line.
struct Stretch<'a> {
    /// The commit it begins after; none where it begins with the first.
    from: Option<CommitId>,
    /// The commit it ends with.
    to: CommitId,
    /// The log of all that it reaches.
    log: &'a [u8],
}

impl<'a> Stretch<'a> {
    fn read(chunk: &'a [u8]) -> Option<Self> {
        let (from, rest) = chunk.split_first_chunk::<20>()?;
        let (to, log) = rest.split_first_chunk::<20>()?;
        Some(Self { from: (*from != NONE).then_some(CommitId::from(*from)), to: CommitId::from(*to), log })
    }

    fn write(&self) -> Vec<u8> {
        let from = self.from.map_or(NONE, |from| *from.as_bytes());
        [&from[..], self.to.as_bytes(), self.log].concat()
    }
}

fn records(log: &[u8]) -> Result<Vec<Record>, Error> {
    let mut records = Vec::new();
    log::read(&mut &*log, u64::MAX, &mut |record| records.push(record))?;
    Ok(records)
}

fn keep(file: &File, chunk: &[u8], write: impl Fn(&File, &[u8]) -> io::Result<()>) {
    let mut batch = Vec::with_capacity(chunk.len() + 64);
    file.add(&mut batch, &[chunk]);
    if let Err(error) = write(file, &batch) {
        tracing::warn!(path = %file.path().display(), %error, "history cannot be kept for the next start");
    }
}

fn warn(file: &File, trouble: &str) {
    tracing::warn!(path = %file.path().display(), trouble, "the kept history cannot be used and is begun anew");
}
