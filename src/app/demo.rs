//! The demo: a registry from the template with something on its branches, to be looked at and played with.

use super::{Desk, Error, Opening, Submission, scaffold, start};
use crate::{domain::RegistryName, files::write, git};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The file in a demo's repository that says it is one.
const MARK: &str = ".git/promptreg-demo";

/// The branch of the demo that holds a draft.
pub const DRAFT: &str = "proposal/warmer-reply";

/// The version that the draft adds.
pub const DRAFT_VERSION: &str = "draft-reply@1.2.0";

/// The branch of the demo that waits for an approval.
pub const PENDING: &str = "proposal/shorter-summary";

/// The key of one of the demo's people.
#[must_use]
pub fn demo_key(folder: &Path, who: &str) -> PathBuf {
    folder.join(format!(".git/promptreg-demo-{who}"))
}

/// Whether the demo in a folder has something that waits for an approval: that takes `ssh-keygen`.
#[must_use]
pub fn demo_waits(folder: &Path) -> bool {
    git::Repository::open(folder).and_then(|repository| repository.tip(PENDING)).is_ok_and(|tip| tip.is_some())
}

/// What the mark says until the demo is whole, and from then on.
const BEGUN: &str = "This repository is being made by `promptreg demo`.\n";
const MADE: &str = "This repository was made by `promptreg demo` and may be thrown away.\n";

/// Makes the demo in a folder that is empty, not there, or a demo already. Answers whether it was made anew.
///
/// The mark is the first thing that is written, so that a demo that was interrupted is begun again.
///
/// # Errors
/// Where the folder holds anything else.
pub fn demo(folder: &Path) -> Result<bool, Error> {
    git::Program::default().version()?;
    let mark = folder.join(MARK);
    match fs::read_to_string(&mark) {
        Ok(said) if has_commit(folder) => {
            if said == BEGUN {
                draft(folder)?;
                pending(folder)?;
                scaffold::write(&mark, MADE.as_bytes())?;
            }
            return Ok(said == BEGUN);
        }
        Ok(_) => clear(folder)?,
        Err(_) => refuse_others(folder)?,
    }
    scaffold::write(&mark, BEGUN.as_bytes())?;
    git::init(folder, "main")?;
    let name: RegistryName = "demo".parse().map_err(|error| Error::parameter("name", &error))?;
    start::init(folder, &name)?;
    draft(folder)?;
    pending(folder)?;
    scaffold::write(&mark, MADE.as_bytes())?;
    Ok(true)
}

fn refuse_others(folder: &Path) -> Result<(), Error> {
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let shown = folder.display();
    match occupied {
        true => {
            Err(Error::Refused(format!("{shown} holds something else: name a folder that is empty or not there yet")))
        }
        false => Ok(()),
    }
}

/// Whether the demo's repository has got as far as a commit.
fn has_commit(folder: &Path) -> bool {
    let Ok(Some(repository)) = start::own_repository(folder) else { return false };
    let head = repository.head_branch().ok().flatten();
    head.as_deref().into_iter().chain(["main"]).any(|branch| matches!(repository.tip(branch), Ok(Some(_))))
}

/// Removes what an interrupted demo left: the template's files, and a repository without a commit.
fn clear(folder: &Path) -> Result<(), Error> {
    for path in start::template_paths() {
        // Most of them are not there; one that cannot be removed is met again when it is to be written.
        let _ = fs::remove_file(folder.join(path));
    }
    let git_dir = folder.join(".git");
    let failed = |source| Error::Write { path: git_dir.clone(), source };
    for entry in fs::read_dir(&git_dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path == folder.join(MARK) {
            continue;
        }
        if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.map_err(failed)?;
    }
    Ok(())
}

/// Puts a draft on a branch of its own, without touching the work tree.
fn draft(folder: &Path) -> Result<(), Error> {
    let repository = git::Repository::open(folder)?;
    if repository.tip(DRAFT)?.is_some() {
        return Ok(());
    }
    let base = repository.tip("main")?.ok_or_else(|| Error::NoCommit("main".to_owned()))?;
    let files = DRAFT_FILES.map(|(path, text)| (path, text.as_bytes()));
    let author = author("Ana Ruiz", "ana@example.com");
    repository.commit_files_on_branch(DRAFT, base, &files, "Answer more warmly", &author)?;
    Ok(())
}

fn author(name: &str, email: &str) -> git::Author {
    let person = git::Person { name: name.into(), email: email.into() };
    git::Author { person, time: jiff::Timestamp::now().as_second(), co_authors: std::sync::Arc::default() }
}

/// Puts up a version for approval: Ben asks, and Cleo can approve. Both have keys of the demo's own. Nothing is put up where
/// there is no `ssh-keygen` to make them.
fn pending(folder: &Path) -> Result<(), Error> {
    let repository = git::Repository::open(folder)?;
    if repository.tip(PENDING)?.is_some() {
        return Ok(());
    }
    let mut people = Vec::new();
    for who in ["ben", "cleo"] {
        let key = demo_key(folder, who);
        if !key.exists() && git::make_key(&key, &format!("{who}@demo")).is_err() {
            return Ok(());
        }
        let line = repository.public_key(&git::SigningKey::File(std::path::absolute(&key).unwrap_or(key)))?;
        let path = format!("users/{who}.yaml");
        let text = fs::read_to_string(folder.join(&path)).unwrap_or_default();
        let keys = serde_json::json!([line.trim()]);
        let text = write::set_whole(&text, "signing_keys", Some(&keys));
        scaffold::write(&folder.join(&path), text.map_err(Error::Refused)?.as_bytes())?;
        people.push(path);
    }
    let paths: Vec<&str> = people.iter().map(String::as_str).collect();
    git::commit(folder, &paths, "Ben and Cleo have keys", Some(&author("Ana Ruiz", "ana@example.com")))?;
    let base = repository.tip("main")?.ok_or_else(|| Error::NoCommit("main".to_owned()))?;
    let author = author("Ben Okafor", "ben@example.com");
    let files = PENDING_FILES.map(|(path, text)| (path, text.as_bytes()));
    repository.commit_files_on_branch(PENDING, base, &files, "Two sentences are enough", &author)?;
    let desk = Desk::open(folder, Opening::of(folder), Some(&demo_key(folder, "ben")), &|_| ())?;
    desk.submit(Submission {
        branch: Some(PENDING.to_owned()),
        comment: Some("Nobody reads the third sentence.".to_owned()),
        reviewers: "cleo".parse().into_iter().collect(),
    })?;
    Ok(())
}

const PENDING_FILES: [(&str, &str); 1] =
    [("prompts/support/summarize-ticket/1.3.0.yaml", include_str!("demo/summarize-ticket-1.3.0.yaml"))];

const DRAFT_FILES: [(&str, &str); 1] =
    [("prompts/support/draft-reply/1.2.0.yaml", include_str!("demo/draft-reply-1.2.0.yaml"))];
