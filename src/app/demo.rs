//! The demo: a registry from the template with something on its branches, to be looked at and played with.

use super::{Error, scaffold, start};
use crate::{domain::RegistryName, git};
use std::{fs, path::Path};

/// The file in a demo's repository that says it is one.
const MARK: &str = ".git/promptreg-demo";

/// The branch of the demo that holds a draft.
pub const DRAFT: &str = "proposal/warmer-reply";

/// The version that the draft adds.
pub const DRAFT_VERSION: &str = "draft-reply@1.2.0";

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
    let ana = git::Person { name: "Ana Silva".into(), email: "ana@example.com".into() };
    let author = git::Author { person: ana, time: jiff::Timestamp::now().as_second() };
    repository.commit_files_on_branch(DRAFT, base, &files, "Answer more warmly", &author)?;
    Ok(())
}

const DRAFT_FILES: [(&str, &str); 1] =
    [("prompts/support/draft-reply/1.2.0.yaml", include_str!("demo/draft-reply-1.2.0.yaml"))];
