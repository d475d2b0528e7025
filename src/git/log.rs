//! Reads what `git log --raw -z` writes: commits, each with the files it changed.

use super::{
    error::Error,
    history::Person,
    id::{BlobId, CommitId},
    message,
    tree::is_registry_path,
    walk::{ENTRIES, is_odd},
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io::{self, BufRead, Read},
    sync::Arc,
};

/// What is asked of each commit: nine fields, none of which can hold a NUL.
pub(super) const FORMAT: &str = "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";

const NAME: &str = "git log";

/// One commit as it was logged.
pub(super) struct Record {
    pub(super) commit: CommitId,
    pub(super) parents: Vec<CommitId>,
    pub(super) author: Person,
    pub(super) authored_at: i64,
    pub(super) co_authors: Arc<[Arc<str>]>,
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
    /// Whether it matters to a registry ([`is_registry_path`]).
    pub(super) matters: bool,
}

/// Hands every commit of the log to `each`.
pub(super) fn read(out: &mut dyn BufRead, limit: u64, each: &mut dyn FnMut(Record)) -> Result<(), Error> {
    let mut log = Log { tokens: Tokens::new(out, limit), known: Known::default() };
    while log.tokens.next()? {
        each(log.record()?);
    }
    Ok(())
}

/// A reader that copies what is read.
pub(super) struct Tee<'a> {
    out: &'a mut dyn BufRead,
    copy: &'a mut Vec<u8>,
}

impl<'a> Tee<'a> {
    pub(super) fn new(out: &'a mut dyn BufRead, copy: &'a mut Vec<u8>) -> Self {
        Self { out, copy }
    }
}

impl Read for Tee<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.out.read(into)?;
        self.copy.extend(into.iter().take(count));
        Ok(count)
    }
}

impl BufRead for Tee<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.out.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if let Ok(bytes) = self.out.fill_buf() {
            self.copy.extend_from_slice(bytes.get(..count).unwrap_or(bytes));
        }
        self.out.consume(count);
    }
}

struct Log<'a> {
    tokens: Tokens<'a>,
    known: Known,
}

/// The texts between NULs, one after the other, in one buffer.
struct Tokens<'a> {
    out: std::io::Take<&'a mut dyn BufRead>,
    limit: u64,
    token: Vec<u8>,
    /// Whether the token is to be read once more.
    is_ahead: bool,
}

impl<'a> Tokens<'a> {
    fn new(out: &'a mut dyn BufRead, limit: u64) -> Self {
        Self { out: out.take(limit), limit, token: Vec::with_capacity(256), is_ahead: false }
    }

    /// Reads up to the next NUL; answers whether there was one more token.
    fn next(&mut self) -> Result<bool, Error> {
        if std::mem::take(&mut self.is_ahead) {
            return Ok(true);
        }
        self.token.clear();
        self.out.read_until(0, &mut self.token).map_err(|_| unreadable("its output broke off"))?;
        if self.token.pop_if(|last| *last == 0).is_some() {
            Ok(true)
        } else if self.out.limit() == 0 {
            Err(Error::TooMuchOutput { command: NAME.to_owned(), limit: self.limit })
        } else if self.token.is_empty() {
            Ok(false)
        } else {
            Err(unreadable("the last field has no end"))
        }
    }

    fn field(&mut self) -> Result<&[u8], Error> {
        if self.next()? { Ok(&self.token) } else { Err(unreadable("a field is missing")) }
    }

    fn text(&mut self) -> Result<Cow<'_, str>, Error> {
        self.field().map(String::from_utf8_lossy)
    }

    /// Seconds since 1970; a commit whose date cannot be read counts as the oldest.
    fn time(&mut self) -> Result<i64, Error> {
        Ok(self.text()?.trim().parse().unwrap_or(0))
    }
}

/// Paths and names recur with every commit; each is kept once.
#[derive(Default)]
struct Known {
    texts: HashSet<Arc<str>>,
    paths: HashMap<Vec<u8>, Path>,
}

impl Known {
    fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }

    fn path(&mut self, raw: &[u8]) -> Path {
        if let Some(known) = self.paths.get(raw) {
            return known.clone();
        }
        let text = String::from_utf8_lossy(raw);
        let path = Path { is_odd: is_odd(raw), matters: is_registry_path(&text), text: text.into() };
        self.paths.insert(raw.to_owned(), path.clone());
        path
    }
}

impl Log<'_> {
    /// The commit whose id was read.
    fn record(&mut self) -> Result<Record, Error> {
        let commit = id(&self.tokens.token)?;
        let parents = self.tokens.text()?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let (author, authored_at) = (self.person()?, self.tokens.time()?);
        let (committer, committed_at) = (self.person()?, self.tokens.time()?);
        let message = self.tokens.field()?;
        let (subject, co_authors) = (message::subject(message), message::co_authors(message));
        let changes = self.changes(commit)?;
        Ok(Record { commit, parents, author, authored_at, co_authors, committer, committed_at, subject, changes })
    }

    fn person(&mut self) -> Result<Person, Error> {
        let name = self.known.keep(&self.tokens.text()?);
        Ok(Person { name, email: self.known.keep(&self.tokens.text()?) })
    }

    /// The changes that follow a commit, up to the next commit, whose first field is an id.
    fn changes(&mut self, commit: CommitId) -> Result<Vec<Raw>, Error> {
        let mut changes = Vec::new();
        while self.tokens.next()? {
            let token = &self.tokens.token;
            let line = token.strip_prefix(b"\n").unwrap_or(token);
            if line.starts_with(b":") {
                if changes.len() == ENTRIES {
                    return Err(Error::TooManyFiles { commit, limit: ENTRIES });
                }
                let (old, new) = sides(line)?;
                let path = self.known.path(self.tokens.field()?);
                changes.push(Raw { path, old, new });
            } else if !token.is_empty() {
                self.tokens.is_ahead = true;
                break;
            }
        }
        Ok(changes)
    }
}

/// A mode and an id.
type Side = (u32, BlobId);

/// `:mode… mode id… id status`, with one colon, mode and id for each parent, of which the first counts: what there was
/// and what there is.
fn sides(line: &[u8]) -> Result<(Side, Side), Error> {
    let line = std::str::from_utf8(line).map_err(|_| unreadable("a change is not UTF-8"))?;
    let fields = line.trim_start_matches(':');
    let parents = line.len() - fields.len();
    if fields.bytes().filter(|byte| *byte == b' ').count() != 2 * parents + 2 {
        return Err(unreadable("a change has too few or too many fields"));
    }
    let field = |place: usize| fields.split(' ').nth(place).unwrap_or_default();
    let side = |place: usize| -> Result<Side, Error> {
        let mode = u32::from_str_radix(field(place), 8).map_err(|_| unreadable("a mode is no number"))?;
        Ok((mode, field(parents + 1 + place).parse()?))
    };
    Ok((side(0)?, side(parents)?))
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
