//! Branches and names: from what a caller wrote to a commit.

use super::{error::Error, id::CommitId, repository::Repository};
use git2::{ErrorCode, ObjectType};
use std::collections::BTreeMap;

/// The longest name that is looked up, in bytes.
const NAME_BYTES: usize = 255;

/// How many names may stand for one another in a row.
const SYMBOLIC: usize = 5;

/// The fewest digits of an abbreviated id.
const ID_DIGITS: usize = 7;

impl Repository {
    /// The commit that `branch` is at; `None` where there is no such branch, or no commit on it yet. Takes microseconds.
    ///
    /// # Errors
    /// Where the name is hostile, or the ref is broken.
    pub fn tip(&self, branch: &str) -> Result<Option<CommitId>, Error> {
        check_name(branch)?;
        let full = format!("refs/heads/{branch}");
        match self.expected.get(&full) {
            Some(expected) => Ok(*expected),
            None => find(&self.shared(), &full, branch),
        }
    }

    /// The full name of the ref that really moves where somebody pushes to this one: what it stands for where it is only
    /// another name, else itself.
    ///
    /// # Errors
    /// Where refs cannot be read, or names stand for one another in a circle.
    pub fn moves(&self, full: &str) -> Result<String, Error> {
        let handle = self.shared();
        let mut name = full.to_owned();
        for _ in 0..SYMBOLIC {
            let reference = match handle.find_reference(&name) {
                Ok(reference) => reference,
                Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => return Ok(name),
                Err(error) => return Err(error.into()),
            };
            match reference.symbolic_target()? {
                Some(target) => name = target.to_owned(),
                None => return Ok(name),
            }
        }
        Err(Error::RefName { name: full.chars().take(80).collect(), reason: "it stands for others in a circle" })
    }

    /// The commit that a remote's branch pointed to when it was fetched last, or pushed to; none where nothing is known of it.
    ///
    /// # Errors
    /// Where a name is hostile, or the ref is broken.
    pub fn remote_tip(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, Error> {
        check_name(remote)?;
        check_name(branch)?;
        find(&self.shared(), &format!("refs/remotes/{remote}/{branch}"), branch)
    }

    /// Whether there is any branch.
    ///
    /// # Errors
    /// Where refs cannot be read.
    pub fn has_branches(&self) -> Result<bool, Error> {
        Ok(self.shared().references_glob("refs/heads/*")?.next().is_some())
    }

    /// The first line of a commit's message; none where it has no message.
    ///
    /// # Errors
    /// Where the commit is missing.
    pub fn title(&self, commit: CommitId) -> Result<Option<String>, Error> {
        let handle = self.fresh()?;
        let found = handle.find_commit(commit.oid()?).map_err(|error| Error::object(commit, &error))?;
        Ok(found.summary_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    }

    /// All branches and where they are, sorted by name: those of the remote `origin` as they were fetched or pushed last, and
    /// those here that it does not have.
    ///
    /// # Errors
    /// Where refs cannot be read.
    pub fn branches(&self) -> Result<BTreeMap<String, CommitId>, Error> {
        let handle = self.shared();
        let mut found = BTreeMap::new();
        for prefix in ["refs/heads/", "refs/remotes/origin/"] {
            for reference in handle.references_glob(&format!("{prefix}*"))? {
                let reference = reference?;
                // A name that is no UTF-8 is no name that anybody could ask for.
                let Ok(name) = std::str::from_utf8(reference.name_bytes()) else { continue };
                let Some(name) = name.strip_prefix(prefix).filter(|name| *name != "HEAD") else { continue };
                if let (Ok(()), Some(target)) = (check_name(name), reference.target()) {
                    found.insert(name.to_owned(), CommitId::of(target)?);
                }
            }
        }
        Ok(found)
    }

    /// The branch that `HEAD` names, also before its first commit; `None` where `HEAD` is detached.
    ///
    /// # Errors
    /// Where `HEAD` is broken or names something that is not UTF-8.
    pub fn head_branch(&self) -> Result<Option<String>, Error> {
        let handle = self.shared();
        let head = handle.find_reference("HEAD")?;
        Ok(head.symbolic_target()?.and_then(|target| target.strip_prefix("refs/heads/")).map(str::to_owned))
    }

    /// The branch that `HEAD` of the remote `origin` named when it was cloned; `None` where there is no such remote, or that
    /// is not known. No push to this repository changes it.
    ///
    /// # Errors
    /// Where it is broken or names something that is not UTF-8.
    pub fn origin_branch(&self) -> Result<Option<String>, Error> {
        let handle = self.shared();
        let head = match handle.find_reference("refs/remotes/origin/HEAD") {
            Ok(head) => head,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(head.symbolic_target()?.and_then(|target| target.strip_prefix("refs/remotes/origin/")).map(str::to_owned))
    }

    /// Where Git looks for hooks instead of in the repository; `None` where it does not.
    ///
    /// # Errors
    /// Where settings cannot be read.
    pub fn hooks_path(&self) -> Result<Option<String>, Error> {
        match self.shared().config()?.get_string("core.hooksPath") {
            Ok(path) => Ok(Some(path)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The commit that a name written by anyone stands for: a branch, else a tag (peeled to its commit), else a
    /// remote's branch such as `origin/main`, else `HEAD`, else an id of 7 to 40 digits. `refs/heads/…`, `refs/tags/…`
    /// and `refs/remotes/…` are taken as they are. Git's operators (`^`, `~`, `@{…}`, `a..b`, `:path`) are not known.
    ///
    /// An id may name any commit that the repository holds, also one that no branch reaches; whether the caller may
    /// see drafts is for the caller to ask first.
    ///
    /// # Errors
    /// Where the name is hostile or unknown, an abbreviation is ambiguous, or what it names is no commit.
    pub fn resolve(&self, name: &str) -> Result<CommitId, Error> {
        check_name(name)?;
        let handle = self.shared();
        let known = ["refs/heads/", "refs/tags/", "refs/remotes/"];
        if known.iter().any(|prefix| name.starts_with(prefix))
            && let Some(id) = find(&handle, name, name)?
        {
            return Ok(id);
        }
        for prefix in known {
            if let Some(id) = find(&handle, &format!("{prefix}{name}"), name)? {
                return Ok(id);
            }
        }
        if name == "HEAD"
            && let Some(id) = find(&handle, name, name)?
        {
            return Ok(id);
        }
        by_digits(&handle, name)
    }
}

/// The commit behind a full name of a ref. A name that no ref could have is one that there is not.
pub(super) fn find(handle: &git2::Repository, full: &str, name: &str) -> Result<Option<CommitId>, Error> {
    let reference = match handle.find_reference(full) {
        Ok(reference) => reference,
        Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match reference.peel_to_commit() {
        Ok(commit) => CommitId::of(commit.id()).map(Some),
        // HEAD before the first commit.
        Err(error) if error.code() == ErrorCode::NotFound && reference.target().is_none() => Ok(None),
        Err(error) if matches!(error.code(), ErrorCode::Peel | ErrorCode::InvalidSpec) => {
            Err(Error::NotACommit { name: name.to_owned() })
        }
        Err(error) => Err(match reference.target() {
            Some(target) => Error::object(target, &error),
            None => error.into(),
        }),
    }
}

fn by_digits(handle: &git2::Repository, name: &str) -> Result<CommitId, Error> {
    let unknown = || Error::UnknownRef { name: name.to_owned() };
    if !(ID_DIGITS..=40).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    let object =
        handle.find_object_by_prefix(&name.to_ascii_lowercase(), None).map_err(|error| match error.code() {
            ErrorCode::NotFound => unknown(),
            ErrorCode::Ambiguous => Error::Ambiguous { name: name.to_owned() },
            _ => Error::object(name, &error),
        })?;
    let commit = object.peel(ObjectType::Commit).map_err(|_| Error::NotACommit { name: name.to_owned() })?;
    CommitId::of(commit.id())
}

/// Refuses names that mean more to Git than a name does.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.len() > NAME_BYTES {
        "it has more than 255 bytes"
    } else if name.starts_with('-') {
        "it begins with -, as an option does"
    } else if name.contains("..") || name.contains("@{") {
        "it has .. or @{ in it"
    } else if name.starts_with('/') || name.ends_with('/') || name.contains("//") {
        "it begins or ends with a slash, or has two in a row"
    } else if name.contains([':', '^', '~', '\\', '?', '*', '[', ' ']) {
        "it has one of : ^ ~ \\ ? * [ or a blank in it"
    } else if name.chars().any(char::is_control) {
        "it has a control character in it"
    } else {
        return Ok(());
    };
    Err(Error::RefName { name: name.chars().take(80).collect(), reason })
}
