//! The demo: a registry from the template with something on its branches, to be looked at and played with.

use super::{Error, scaffold};
use crate::{domain::RegistryName, git};
use std::{fs, path::Path};

/// The file in a demo's repository that says it is one.
const MARK: &str = ".git/promptreg-demo";

/// The branch of the demo that holds a draft.
pub const DRAFT: &str = "proposal/warmer-reply";

/// The version that the draft adds.
pub const DRAFT_VERSION: &str = "draft-reply@1.2.0";

/// Makes the demo in a folder that is empty, not there, or a demo already. Answers whether it was made anew.
///
/// # Errors
/// Where the folder holds anything else.
pub fn demo(folder: &Path) -> Result<bool, Error> {
    if folder.join(MARK).is_file() {
        return Ok(false);
    }
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(Error::Refused(format!(
            "{} holds something else: name a folder that is empty or not there yet",
            folder.display()
        )));
    }
    let name: RegistryName = "demo".parse().map_err(|error| Error::parameter("name", &error))?;
    scaffold::init(folder, &name)?;
    draft(folder)?;
    scaffold::write(&folder.join(MARK), b"This repository was made by `promptreg demo` and may be thrown away.\n")?;
    Ok(true)
}

/// Puts a draft on a branch of its own, without touching the work tree.
fn draft(folder: &Path) -> Result<(), Error> {
    let repository = git::Repository::open(folder)?;
    let base = repository.tip("main")?.ok_or_else(|| Error::NoCommit("main".to_owned()))?;
    let files = DRAFT_FILES.map(|(path, text)| (path, text.as_bytes()));
    let ana = git::Person { name: "Ana Silva".into(), email: "ana@example.com".into() };
    let author = git::Author { person: ana, time: jiff::Timestamp::now().as_second() };
    repository.commit_files_on_branch(DRAFT, base, &files, "Answer more warmly", &author)?;
    Ok(())
}

const DRAFT_FILES: [(&str, &str); 1] =
    [("prompts/support/draft-reply/1.2.0.yaml", include_str!("demo/draft-reply-1.2.0.yaml"))];
