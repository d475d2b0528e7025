//! A registry's folder as it lies, committed or not: what people work in.

use super::{
    App, Error,
    arrivals::known_arrivals,
    current::{Arrivals, Current},
};
use crate::{
    domain::{Limits, REGISTRY_FILE, locate},
    files::{self, Loaded, Source},
};
use std::{fs, path::Path};

/// Reads all files of the registry in a folder, on all cores.
///
/// # Errors
/// Where the operating system refuses; never for what a person wrote.
pub fn load_folder(root: &Path) -> Result<Loaded, Error> {
    let limits = limits(root);
    let (sources, refused) = files::read(root, &limits)?;
    Ok(files::load(files::documents(&sources, &limits), refused))
}

/// The limits that the folder's `registry.toml` sets; the file itself is held to the defaults.
pub(super) fn limits(root: &Path) -> Limits {
    let Ok(bytes) = fs::read(root.join(REGISTRY_FILE)) else { return Limits::default() };
    let Ok(Some(location)) = locate(REGISTRY_FILE) else { return Limits::default() };
    files::limits(&[Source { path: REGISTRY_FILE.into(), location, bytes }])
}

/// Reads a folder to a state that can be asked like any other. What is not approved with equal content is a draft.
///
/// # Errors
/// Where the operating system refuses.
pub fn read_folder(root: &Path) -> Result<Current, Error> {
    let registry = load_folder(root)?.registry.settle();
    // A folder that is no repository yet has drafts only.
    let arrivals = match App::open(root) {
        Ok(app) => known_arrivals(&registry, &app.current()),
        Err(_) => Arrivals::new(),
    };
    Ok(Current::view(None, registry, &arrivals))
}
