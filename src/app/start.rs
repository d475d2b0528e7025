//! Starting a registry: all of it, or nothing where anything fails.

use super::{Error, registry_template, scaffold};
use crate::{
    domain::{Kind, REGISTRY_FILE, RegistryName},
    git, schema,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Makes a registry in a folder: the template's files, an id of its own, a repository and its first commit.
///
/// In a repository that is there already its current branch becomes the registry's default branch. What can fail is
/// looked at before anything is written, and what was written is taken back where the commit fails.
///
/// # Errors
/// Where the folder is a registry already, one of its files would be overwritten, or Git fails.
pub fn init(folder: &Path, name: &RegistryName) -> Result<(), Error> {
    if folder.join(REGISTRY_FILE).is_file() {
        let shown = folder.display();
        let why =
            format!("{shown} is a registry already: name another folder, such as `promptreg init ../acme-prompts`");
        return Err(Error::Refused(why));
    }
    git::Program::default().version()?;
    let branch = current_branch(folder)?;
    let files = template_files(name, branch.as_deref().unwrap_or("main"));
    let in_the_way = files.iter().map(|(path, _)| folder.join(path)).find(|path| path.symlink_metadata().is_ok());
    if let Some(path) = in_the_way {
        let path = path.display();
        return Err(Error::Refused(format!("{path} is there already: name an empty folder, or remove the file")));
    }
    let made = missing_folders(folder, &files);
    let is_new = branch.is_none();
    let done = make(folder, name, is_new, &files);
    if done.is_err() {
        take_back(folder, is_new, &files, &made);
    }
    done
}

/// The branch that is checked out in the repository whose root is this folder; `None` where it has no repository.
fn current_branch(folder: &Path) -> Result<Option<String>, Error> {
    // A repository around the folder is somebody else's: a registry is the root of its own.
    if folder.join(".git").symlink_metadata().is_err() {
        return Ok(None);
    }
    let shown = folder.display();
    let broken =
        || Error::Refused(format!("the .git in {shown} is no repository that works: mend it, or move it away"));
    let repository = own_repository(folder)?.ok_or_else(broken)?;
    let branch = repository.head_branch()?;
    branch.map(Some).ok_or_else(|| Error::Refused(format!("{shown} has no branch checked out: `git switch` to one")))
}

/// The repository whose work tree is this folder, and none that is further up.
///
/// # Errors
/// Where there is one and it cannot be opened.
pub(super) fn own_repository(folder: &Path) -> Result<Option<git::Repository>, Error> {
    let repository = match git::Repository::open(folder) {
        Ok(repository) => repository,
        Err(git::Error::NotARepository { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let is_own = match (repository.work_tree().map(Path::canonicalize), folder.canonicalize()) {
        (Some(Ok(root)), Ok(folder)) => root == folder,
        _ => false,
    };
    Ok(is_own.then_some(repository))
}

fn make(folder: &Path, name: &RegistryName, is_new: bool, files: &[(String, Vec<u8>)]) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
    if is_new {
        git::init(folder, "main")?;
    }
    for (path, bytes) in files {
        scaffold::write(&folder.join(path), bytes)?;
    }
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    git::commit(folder, &paths, &format!("Start the prompt registry {name}"), None)?;
    Ok(())
}

/// The folders that will be made for these files, sorted.
fn missing_folders(folder: &Path, files: &[(String, Vec<u8>)]) -> BTreeSet<PathBuf> {
    let places = files.iter().map(|(path, _)| folder.join(path));
    let above = places.flat_map(|place| place.ancestors().skip(1).map(Path::to_owned).collect::<Vec<_>>());
    above.filter(|path| !path.as_os_str().is_empty() && path.symlink_metadata().is_err()).collect()
}

/// Removes what was made. What cannot be removed stays: the failure that led here is the one to be told.
fn take_back(folder: &Path, is_new: bool, files: &[(String, Vec<u8>)], made: &BTreeSet<PathBuf>) {
    if is_new {
        let _ = fs::remove_dir_all(folder.join(".git"));
    } else {
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        let _ = git::unstage(folder, &paths);
    }
    for (path, _) in files {
        let _ = fs::remove_file(folder.join(path));
    }
    // Those further down sort after those that they lie in.
    for path in made.iter().rev() {
        let _ = fs::remove_dir(path);
    }
}

/// The paths of the files that a registry begins with.
pub(super) fn template_paths() -> impl Iterator<Item = String> {
    let schemas = Kind::ALL.into_iter().map(scaffold::schema_path);
    registry_template::FILES.iter().map(|(path, _)| (*path).to_owned()).chain(schemas)
}

fn template_files(name: &RegistryName, branch: &str) -> Vec<(String, Vec<u8>)> {
    let schemas = Kind::ALL.map(|kind| (scaffold::schema_path(kind), schema::source(kind).as_bytes().to_vec()));
    let id = Uuid::new_v4().to_string();
    // A JSON text is a TOML text too.
    let branch = serde_json::Value::from(branch);
    let template = registry_template::FILES.iter().map(|(path, bytes)| {
        let bytes = match *path {
            "registry.toml" => String::from_utf8_lossy(bytes)
                .replace(&Uuid::nil().to_string(), &id)
                .replace("name = \"acme\"", &format!("name = \"{name}\""))
                .replace("default_branch = \"main\"", &format!("default_branch = {branch}"))
                .into_bytes(),
            _ => bytes.to_vec(),
        };
        ((*path).to_owned(), bytes)
    });
    template.chain(schemas).collect()
}
