//! The hook itself: a few lines of shell that call this program.

use crate::{
    app::Error,
    git::{CommitId, Repository},
};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// The line that says whose hook it is.
const MARK: &str = "# Written by `promptreg guard --install`";
/// The memory that the guard, and each program that it calls, may take for itself, in KiB.
const MEMORY: u64 = 4 << 20;

/// Writes the hook of a repository, or writes it anew where it was written before; answers its path. `program` is the
/// absolute path of this program, and `trust_root` the commit that the default branch has to have been through.
///
/// # Errors
/// Where there is no repository, Git would look for its hooks elsewhere, there is another hook already, or it cannot be
/// written.
pub fn install(repository: &Path, program: &Path, trust_root: Option<CommitId>) -> Result<PathBuf, Error> {
    let repository = Repository::open(repository)?;
    if let Some(elsewhere) = repository.hooks_path()? {
        return Err(Error::Refused(format!(
            "core.hooksPath is {elsewhere}, so Git does not look for hooks in the repository: unset it, or call \
             `{} guard` from the pre-receive hook there",
            program.display()
        )));
    }
    let path = repository.git_dir().join("hooks/pre-receive");
    let failed = |source| Error::Write { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) if text.contains(MARK) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {}
        _ => {
            return Err(Error::Refused(format!(
                "{} is there already and another hook: move it away, or have it call `{} guard` with the lines that it \
                 is given, and end where that fails",
                path.display(),
                program.display()
            )));
        }
    }
    write(&path, &script(program, trust_root)).map_err(failed)?;
    Ok(path)
}

fn script(program: &Path, trust_root: Option<CommitId>) -> String {
    let quoted = program.to_string_lossy().replace('\'', r"'\''");
    let root = trust_root.map_or_else(String::new, |root| format!(" --trust-root {root}"));
    format!(
        "#!/bin/sh\n{MARK}: what a push would land passes the registry's gate first.\n\
         ulimit -d {MEMORY} 2>/dev/null\n\
         '{quoted}' guard{root}\n\
         code=$?\n\
         case $code in\n\
         0|1|2|3) ;;\n\
         *) echo \"promptreg guard ended with $code, so nothing is accepted: tell whoever runs this server\" >&2 ;;\n\
         esac\n\
         exit $code\n"
    )
}

/// Writes it beside and renames it, so that no push ever meets half of it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o755).open(&beside)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    fs::rename(beside, path)
}
