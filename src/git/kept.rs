//! The log of history, kept in a file, so that a start asks Git only for what is newer.
//!
//! What is kept is what `git log` wrote, and it is read as that is. Each chunk is a stretch of the first-parent line: the
//! two commits it lies between, its log, and, where a merge is in it, the log of all that the stretch reaches. Where no
//! merge is, both are the same commits, and who wrote what follows from the line.

use super::{
    authors::Authors,
    changes::Changes,
    error::Error,
    history::{ALL, FirstParent, LINE, first_parent, paths},
    id::CommitId,
    log::{self, Record},
    repository::Repository,
};
use crate::kept::File;
use std::{io, path::Path, thread};

/// The format of a chunk: the commit it begins after, the commit it ends with, how many bytes the line's log has, that
/// log, the other log.
const FORMAT: u32 = 1;
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
            let Stretch { from, to, line, all } = Stretch::read(chunk).ok_or("a chunk is too short")?;
            // Two processes may have asked for the same.
            if from == last.map_or([0; 20], |last: CommitId| *last.as_bytes()) {
                let records = records(line).map_err(|error| error.to_string())?;
                last = records.last().map(|record| record.commit);
                if last.is_none_or(|last| *last.as_bytes() != to) {
                    return Err("a chunk does not end where it says".to_owned());
                }
                self.add(records, || Ok(all.to_owned())).map_err(|error| error.to_string())?;
            }
        }
        Ok(last)
    }

    /// Asks Git for what is newer, adds it, and answers the chunk that says the same.
    fn ask(&mut self, tip: CommitId, stop: Option<CommitId>) -> Result<Vec<u8>, Error> {
        let repository = self.repository;
        let log = |how: &[&str]| {
            let call = repository.log_call(how, tip, stop, paths());
            let program = repository.program();
            program.run(call, &[], |out| log::copy(out, program.output_limit)).map(|(log, _)| log)
        };
        // Each takes seconds where there are thousands of commits, and a core of its own.
        let (line, all) = if repository.has_merge(tip, stop)? {
            thread::scope(|scope| {
                let all = scope.spawn(|| log(&ALL));
                (log(&LINE), all.join().ok())
            })
        } else {
            (log(&LINE), None)
        };
        let line = line?;
        let all = self.add(records(&line)?, || all.unwrap_or_else(|| log(&ALL)))?;
        let from = stop.map_or([0; 20], |stop| *stop.as_bytes());
        Ok(Stretch { from, to: *tip.as_bytes(), line: &line, all: &all }.write())
    }

    /// Adds a stretch of the line. `all` is asked for the log of what it reaches, which is answered, where it has a merge.
    fn add(&mut self, line: Vec<Record>, all: impl FnOnce() -> Result<Vec<u8>, Error>) -> Result<Vec<u8>, Error> {
        let has_merge = line.iter().any(|record| record.parents.len() > 1);
        let all = if has_merge { all()? } else { Vec::new() };
        if has_merge {
            log::read(&mut &*all, u64::MAX, &mut |record| self.authors.note(&record))?;
        }
        for record in line {
            if !has_merge {
                self.authors.note(&record);
            }
            let changes = self.changes.of(&record)?;
            self.line.push(first_parent(record, changes));
        }
        Ok(all)
    }
}

impl Repository {
    /// Whether there is a merge on the first-parent line up to `tip`, after `stop`.
    fn has_merge(&self, tip: CommitId, stop: Option<CommitId>) -> Result<bool, Error> {
        let call = self.program().reading(self.git_dir(), "rev-list");
        let call = call.args(["--first-parent", "--merges", "--max-count=1", "--end-of-options", &tip.to_string()]);
        let call = call.args(stop.map(|stop| format!("^{stop}")));
        Ok(!self.program().collect(call, &[])?.0.is_empty())
    }
}

/// What Git is asked: the answer to another question is of no use.
fn question() -> String {
    let paths: Vec<String> = paths().collect();
    format!("{FORMAT} {} {} {} {}", LINE.join(" "), ALL.join(" "), log::FORMAT, paths.join(" "))
}

/// A stretch of the first-parent line.
struct Stretch<'a> {
    /// The commit it begins after; all zeros for none.
    from: [u8; 20],
    /// The commit it ends with.
    to: [u8; 20],
    /// Its log.
    line: &'a [u8],
    /// The log of all that it reaches, where it has a merge.
    all: &'a [u8],
}

impl<'a> Stretch<'a> {
    fn read(chunk: &'a [u8]) -> Option<Self> {
        let (from, rest) = chunk.split_first_chunk::<20>()?;
        let (to, rest) = rest.split_first_chunk::<20>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let (line, all) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        Some(Self { from: *from, to: *to, line, all })
    }

    fn write(&self) -> Vec<u8> {
        let length = (self.line.len() as u64).to_le_bytes();
        [&self.from[..], &self.to, &length, self.line, self.all].concat()
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
