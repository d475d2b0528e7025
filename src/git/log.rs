//! Reads what `git log --raw -z` writes: commits, each with the files it changed.

use super::{
    error::Error,
    history::Person,
    id::{BlobId, CommitId},
    walk::is_odd,
};
use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, Read},
    sync::Arc,
};

/// What is asked of each commit: nine fields, none of which can hold a NUL.
pub(super) const FORMAT: &str = "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%s";

const NAME: &str = "git log";

/// One commit as it was logged.
pub(super) struct Record {
    pub(super) commit: CommitId,
    pub(super) parents: Vec<CommitId>,
    pub(super) author: Person,
    pub(super) authored_at: i64,
    pub(super) committer: Person,
    pub(super) committed_at: i64,
    pub(super) subject: String,
    pub(super) changes: Vec<Raw>,
}

/// One change as it was logged, whatever lies there.
pub(super) struct Raw {
    pub(super) path: Path,
    /// The mode before, 0 for none, and what it was the mode of; of a merge, in the first parent.
    pub(super) old: (u32, BlobId),
    /// The mode now, 0 for none, and what it is the mode of.
    pub(super) new: (u32, BlobId),
}

/// A path as it was logged.
#[derive(Clone)]
pub(super) struct Path {
    /// With � for what is not UTF-8.
    pub(super) text: Arc<str>,
    /// Whether it is not one that can be told from others by all file systems ([`is_odd`]).
    pub(super) is_odd: bool,
}

/// Hands every commit of the log to `each`.
pub(super) fn read(out: &mut dyn BufRead, limit: u64, each: &mut dyn FnMut(Record)) -> Result<(), Error> {
    let mut log = Log { out: out.take(limit), limit, ahead: None, known: HashSet::new(), paths: HashMap::new() };
    while let Some(first) = log.token()? {
        each(log.record(&first)?);
    }
    Ok(())
}

struct Log<'a> {
    out: std::io::Take<&'a mut dyn BufRead>,
    limit: u64,
    ahead: Option<Vec<u8>>,
    /// Paths and names recur with every commit; each is kept once.
    known: HashSet<Arc<str>>,
    paths: HashMap<Vec<u8>, Path>,
}

impl Log<'_> {
    /// The next text up to a NUL.
    fn token(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if let Some(token) = self.ahead.take() {
            return Ok(Some(token));
        }
        let mut token = Vec::with_capacity(96);
        self.out.read_until(0, &mut token).map_err(|_| unreadable("its output broke off"))?;
        if token.pop_if(|last| *last == 0).is_some() {
            Ok(Some(token))
        } else if self.out.limit() == 0 {
            Err(Error::TooMuchOutput { command: NAME.to_owned(), limit: self.limit })
        } else if token.is_empty() {
            Ok(None)
        } else {
            Err(unreadable("the last field has no end"))
        }
    }

    fn field(&mut self) -> Result<Vec<u8>, Error> {
        self.token()?.ok_or_else(|| unreadable("a field is missing"))
    }

    fn text(&mut self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.field()?).into_owned())
    }

    fn person(&mut self) -> Result<Person, Error> {
        let (name, email) = (self.text()?, self.text()?);
        Ok(Person { name: self.keep(&name), email: self.keep(&email) })
    }

    /// Seconds since 1970; a commit whose date cannot be read counts as the oldest.
    fn time(&mut self) -> Result<i64, Error> {
        Ok(self.text()?.trim().parse().unwrap_or(0))
    }

    fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.known.insert(Arc::clone(&new));
        new
    }

    fn path(&mut self) -> Result<Path, Error> {
        let raw = self.field()?;
        if let Some(known) = self.paths.get(&raw) {
            return Ok(known.clone());
        }
        let path = Path { text: String::from_utf8_lossy(&raw).into(), is_odd: is_odd(&raw) };
        self.paths.insert(raw, path.clone());
        Ok(path)
    }

    fn record(&mut self, first: &[u8]) -> Result<Record, Error> {
        let commit = id(first)?;
        let parents = self.text()?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let (author, authored_at) = (self.person()?, self.time()?);
        let (committer, committed_at) = (self.person()?, self.time()?);
        let subject = self.text()?;
        let changes = self.changes()?;
        Ok(Record { commit, parents, author, authored_at, committer, committed_at, subject, changes })
    }

    /// The changes that follow a commit, up to the next commit, whose first field is an id.
    fn changes(&mut self) -> Result<Vec<Raw>, Error> {
        let mut changes = Vec::new();
        while let Some(token) = self.token()? {
            let line = token.strip_prefix(b"\n").unwrap_or(&token);
            if line.starts_with(b":") {
                let path = self.path()?;
                changes.push(change(line, path)?);
            } else if !token.is_empty() {
                self.ahead = Some(token);
                break;
            }
        }
        Ok(changes)
    }
}

/// `:mode… mode id… id status`, with one colon, mode and id for each parent, of which the first counts.
fn change(line: &[u8], path: Path) -> Result<Raw, Error> {
    let line = std::str::from_utf8(line).map_err(|_| unreadable("a change is not UTF-8"))?;
    let fields = line.trim_start_matches(':');
    let parents = line.len() - fields.len();
    let fields: Vec<&str> = fields.split(' ').collect();
    if fields.len() != 2 * parents + 3 {
        return Err(unreadable("a change has too few or too many fields"));
    }
    let side = |place: usize| -> Result<(u32, BlobId), Error> {
        let mode = u32::from_str_radix(fields[place], 8).map_err(|_| unreadable("a mode is no number"))?;
        Ok((mode, fields[parents + 1 + place].parse()?))
    };
    Ok(Raw { path, old: side(0)?, new: side(parents)? })
}

fn id(token: &[u8]) -> Result<CommitId, Error> {
    std::str::from_utf8(token).map_err(|_| unreadable("a commit has no id"))?.parse()
}

fn unreadable(reason: &'static str) -> Error {
    Error::Unreadable { command: NAME.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_log_beyond_the_limit_is_an_error() {
        let text = format!("{}\0\0a\0a@b\x001\0a\0a@b\x001\0s\0", "a".repeat(40));
        assert!(matches!(read(&mut text.as_bytes(), 60, &mut |_| {}), Err(Error::TooMuchOutput { limit: 60, .. })));
        let mut subjects = Vec::new();
        read(&mut text.as_bytes(), 1000, &mut |record| subjects.push(record.subject)).unwrap();
        assert_eq!(subjects, ["s"]);
    }

    proptest! {
        #[test]
        fn no_log_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in "[:0-9a-f \0\n]{0,200}") {
            let mut text = head.into_bytes();
            text.extend(bytes);
            let mut count = 0;
            let _ = read(&mut text.as_slice(), 1000, &mut |_| count += 1);
            prop_assert!(count * 9 <= text.len());
        }
    }
}
