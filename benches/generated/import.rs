//! Writes a history by `git fast-import`: no work tree, no index, one pack.

use super::history::{History, Landing};
use std::{
    collections::VecDeque,
    io::{self, BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
};

const MAIN: &str = "refs/heads/main";
const SIDE: &str = "refs/heads/side";
/// How many of the last landings a branch can begin at.
const KEPT: usize = 4;

/// Imports all landings into an empty repository.
pub(crate) fn import(root: &Path, history: History) -> io::Result<()> {
    let mut git = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["fast-import", "--quiet", "--done"])
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .spawn()?;
    let stdin = git.stdin.take().ok_or_else(|| io::Error::other("git fast-import takes no input"))?;
    let mut stream = Stream { out: BufWriter::with_capacity(1 << 20, stdin), mark: 0, last: VecDeque::new() };
    let written = history.into_iter().try_for_each(|landing| stream.land(&landing)).and_then(|()| stream.end());
    drop(stream);
    let status = git.wait()?;
    written?;
    if !status.success() {
        return Err(io::Error::other(format!("git fast-import: {status}")));
    }
    // The branch of the last merge: by now nobody needs it.
    super::git(root, &["update-ref", "-d", SIDE])
}

struct Stream<W: Write> {
    out: W,
    mark: usize,
    /// The marks of the last landings, the newest last, and when they were.
    last: VecDeque<(usize, u64)>,
}

impl<W: Write> Stream<W> {
    fn land(&mut self, landing: &Landing) -> io::Result<()> {
        let Some(by) = landing.merged_by else {
            self.commit(MAIN, landing.author, landing.at, &landing.message, &[])?;
            self.files(landing)?;
            return self.landed(landing);
        };
        let from = self.last.len().saturating_sub(1 + landing.behind);
        let Some(&(from, before)) = self.last.get(from) else {
            return Err(io::Error::other("a merge cannot be the first commit"));
        };
        // Half of what passed since the branch began.
        let written = before + (landing.at - before) / 2;
        let side = self.commit(SIDE, landing.author, written, &landing.message, &[("from", from)])?;
        self.files(landing)?;
        let message = format!("Merge: {}", landing.message);
        let tip = self.last.back().map_or(from, |(mark, _)| *mark);
        self.commit(MAIN, by, landing.at, &message, &[("from", tip), ("merge", side)])?;
        self.files(landing)?;
        self.landed(landing)
    }

    /// The head of a commit; its files follow. Answers its mark.
    fn commit(
        &mut self,
        branch: &str,
        author: usize,
        at: u64,
        message: &str,
        parents: &[(&str, usize)],
    ) -> io::Result<usize> {
        self.mark += 1;
        writeln!(self.out, "commit {branch}\nmark :{}", self.mark)?;
        for who in ["author", "committer"] {
            writeln!(self.out, "{who} User {author} <user-{author}@example.com> {at} +0000")?;
        }
        self.data(message)?;
        for (role, mark) in parents {
            writeln!(self.out, "{role} :{mark}")?;
        }
        Ok(self.mark)
    }

    fn files(&mut self, landing: &Landing) -> io::Result<()> {
        for (path, text) in &landing.files {
            writeln!(self.out, "M 100644 inline {path}")?;
            self.data(text)?;
        }
        writeln!(self.out)
    }

    fn data(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "data {}\n{text}", text.len())
    }

    fn landed(&mut self, landing: &Landing) -> io::Result<()> {
        self.last.push_back((self.mark, landing.at));
        if self.last.len() > KEPT {
            self.last.pop_front();
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        writeln!(self.out, "done")?;
        self.out.flush()
    }
}
