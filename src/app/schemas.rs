//! The schemas that a registry keeps for its editors, held to those of this program.

use super::{Error, scaffold};
use crate::{domain::Kind, schema};
use std::{fs, path::Path};

/// The paths of the schemas in a registry's folder that are not those of this program: another's, or missing beside
/// others; `None` where the registry keeps no schemas at all.
#[must_use]
pub fn stale_schemas(root: &Path) -> Option<Vec<String>> {
    let paths = || Kind::ALL.into_iter().map(|kind| (kind, scaffold::schema_path(kind)));
    let keeps_some = paths().any(|(_, path)| root.join(path).is_file());
    let stale = paths().filter(|(kind, path)| !is_current(root, *kind, path));
    keeps_some.then(|| stale.map(|(_, path)| path).collect())
}

/// Writes the schemas of this program into a registry's folder. Answers the paths of those that were others, or not there.
///
/// # Errors
/// Where the operating system refuses.
pub fn write_schemas(root: &Path) -> Result<Vec<String>, Error> {
    let mut written = Vec::new();
    for kind in Kind::ALL {
        let path = scaffold::schema_path(kind);
        if !is_current(root, kind, &path) {
            scaffold::write(&root.join(&path), schema::source(kind).as_bytes())?;
            written.push(path);
        }
    }
    Ok(written)
}

fn is_current(root: &Path, kind: Kind, path: &str) -> bool {
    // A checkout may end lines in its own way.
    fs::read_to_string(root.join(path)).is_ok_and(|text| text.replace("\r\n", "\n") == schema::source(kind))
}
