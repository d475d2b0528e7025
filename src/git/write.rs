//! Writing: a new repository, a commit in a work tree, a commit onto a branch without one.

use super::{
    error::Error,
    history::Author,
    id::CommitId,
    program::{Call, Program},
    refs::check_name,
    repository::Repository,
    tree::name_fault,
};
use git2::{ErrorCode, FileMode, Oid, Signature, Time, build::TreeUpdateBuilder};
use std::path::Path;

/// Who commits where nobody said who they are.
const FALLBACK: (&str, &str) = ("promptreg", "promptreg@localhost");

/// Makes a repository with a work tree in `dir` (made where it is not there), with `branch` as its first branch and no commit. One that is there
/// already stays as it is.
///
/// # Errors
/// Where the name of the branch is hostile, or the program fails.
pub fn init(dir: &Path, branch: &str) -> Result<(), Error> {
    check_name(branch)?;
    std::fs::create_dir_all(dir)
        .map_err(|error| Error::Open { path: dir.to_owned(), reason: format!("the folder cannot be made: {error}") })?;
    let program = Program::default();
    let call = program.own(dir, "init").args(["--quiet", "--template="]).arg(format!("--initial-branch={branch}"));
    program.collect(call, &[]).map(drop)
}

/// Whether nothing in the work tree around `dir` differs from the last commit, untracked files counted.
///
/// # Errors
/// Where the program fails.
pub fn is_clean(dir: &Path) -> Result<bool, Error> {
    let program = Program::default();
    let call = program.own(dir, "status").args(["--porcelain=v1", "-z", "--untracked-files=normal"]);
    Ok(program.collect(call, &[])?.0.is_empty())
}

/// Commits files of the work tree around `dir`: those at `paths` (relative to `dir`; removed ones too), or all that
/// changed where `paths` is empty. Bytes are stored as they are, without conversion of line ends. Returns `None` where
/// nothing changed.
///
/// It is committed as `author`, unsigned; where `author` is `None`, as the person whose machine this is, signed where
/// their settings say so; and where they have no identity set, as `promptreg <promptreg@localhost>`. Hooks do not run. A signing
/// key that asks for its passphrase needs an agent: in a process group of its own Git cannot ask on the terminal.
///
/// # Errors
/// Where a path is not there, or the program fails.
pub fn commit(dir: &Path, paths: &[&str], message: &str, author: Option<&Author>) -> Result<Option<CommitId>, Error> {
    let program = Program::default();
    let names = paths.join("\0");
    let listed = ["--pathspec-from-file=-", "--pathspec-file-nul"];
    let stored = |name: &str| program.own(dir, name);
    let add = bytes_as_they_are(stored("add")).arg("--all");
    program.collect(if paths.is_empty() { add } else { add.args(listed) }, names.as_bytes())?;
    let call = bytes_as_they_are(stored("commit"))
        .args(["--quiet", "--no-verify", "--cleanup=whitespace", "--allow-empty-message"])
        .arg(format!("--message={message}"));
    let call = if paths.is_empty() { call } else { call.arg("--only").args(listed) };
    // Since what is wrong with paths came out above and hooks are off, 1 means that there is nothing to commit.
    if program.collect(identified(&program, stored("var"), call, author)?.accept(1), names.as_bytes())?.1 == 1 {
        return Ok(None);
    }
    let head = program.collect(stored("rev-parse").args(["--verify", "--quiet", "HEAD"]), &[])?.0;
    String::from_utf8_lossy(&head).trim().parse().map(Some)
}

/// Takes files of the work tree at `dir` out of the index again, those that are in it; the files stay as they are.
///
/// # Errors
/// Where the program fails.
pub fn unstage(dir: &Path, paths: &[&str]) -> Result<(), Error> {
    let program = Program::default();
    let call = program.own(dir, "rm").args(["--cached", "--quiet", "--force", "--ignore-unmatch"]);
    let listed = ["--pathspec-from-file=-", "--pathspec-file-nul"];
    program.collect(call.args(listed), paths.join("\0").as_bytes()).map(drop)
}

/// Settings of the person that would change bytes on their way into the repository.
fn bytes_as_they_are(call: Call) -> Call {
    call.env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "core.autocrlf")
        .env("GIT_CONFIG_VALUE_0", "false")
        .env("GIT_CONFIG_KEY_1", "core.safecrlf")
        .env("GIT_CONFIG_VALUE_1", "false")
}

/// Settles who commits; `asked` is a call of `git var` in the same place.
pub(super) fn identified(program: &Program, asked: Call, call: Call, author: Option<&Author>) -> Result<Call, Error> {
    let call = match author {
        Some(Author { person, time, .. }) => {
            let date = format!("@{time} +0000");
            as_person(call, &person.name, &person.email).env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date)
        }
        None => {
            let asked = asked
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", "user.useConfigOnly")
                .env("GIT_CONFIG_VALUE_0", "true");
            match program.collect(asked.arg("GIT_COMMITTER_IDENT"), &[]) {
                Ok(_) => return Ok(call),
                Err(Error::Failed { .. }) => as_person(call, FALLBACK.0, FALLBACK.1),
                Err(error) => return Err(error),
            }
        }
    };
    Ok(call.arg("--no-gpg-sign"))
}

fn as_person(call: Call, name: &str, email: &str) -> Call {
    call.env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", email)
        .env("GIT_COMMITTER_NAME", name)
        .env("GIT_COMMITTER_EMAIL", email)
}

impl Repository {
    /// Commits `files` (path and bytes) on top of `base` and moves `branch` there; a branch that is not there yet is made.
    /// Works without a work tree and never touches one. Nothing is lost when two do it at once: the branch moves only if
    /// it is still at `base`.
    ///
    /// # Errors
    /// [`Error::BranchMoved`] where the branch is elsewhere, [`Error::Path`] where a path is unsafe, and where `base` is
    /// missing or the repository cannot be written.
    pub fn commit_files_on_branch(
        &self,
        branch: &str,
        base: CommitId,
        files: &[(&str, &[u8])],
        message: &str,
        author: &Author,
    ) -> Result<CommitId, Error> {
        check_name(branch)?;
        let handle = self.fresh()?;
        let parent = handle.find_commit(base.oid()?).map_err(|error| Error::object(base, &error))?;
        let mut update = TreeUpdateBuilder::new();
        for (path, bytes) in files {
            check_path(path)?;
            update.upsert(*path, handle.blob(bytes)?, FileMode::Blob);
        }
        let tree = handle.find_tree(update.create_updated(&handle, &parent.tree()?)?)?;
        let person = &author.person;
        let signature = Signature::new(&person.name, &person.email, &Time::new(author.time, 0))?;
        let commit = handle.commit(None, &signature, &signature, message, &tree, &[&parent])?;
        move_branch(&handle, branch, Some(base), commit, message)?;
        CommitId::of(commit)
    }
}

/// Moves a branch that is at `base`, or makes one that is not there.
pub(super) fn move_branch(
    handle: &git2::Repository,
    branch: &str,
    base: Option<CommitId>,
    new: Oid,
    log: &str,
) -> Result<(), Error> {
    let name = format!("refs/heads/{branch}");
    let log = log.lines().next().unwrap_or_default();
    let moved = match base {
        Some(base) if handle.refname_to_id(&name).is_ok() => {
            handle.reference_matching(&name, new, true, base.oid()?, log)
        }
        _ => handle.reference(&name, new, false, log),
    };
    match moved {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked) => {
            let found = handle.refname_to_id(&name).map_or_else(|_| "another commit".to_owned(), |id| id.to_string());
            Err(Error::BranchMoved {
                branch: branch.to_owned(),
                expected: base.map_or_else(|| "no commit".to_owned(), |id| id.to_string()),
                found,
            })
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn check_path(path: &str) -> Result<(), Error> {
    match path.split('/').find_map(|part| name_fault(part.as_bytes())) {
        Some(reason) => Err(Error::Path { path: path.chars().take(200).collect(), reason }),
        None => Ok(()),
    }
}
