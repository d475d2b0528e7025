//! Settings: flags, then the environment, then `promptreg.toml`, then defaults.

use super::error::Failure;
use crate::{domain::position, files};
use serde::Deserialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Which registry a verb works in.
#[derive(Debug, clap::Args)]
pub(super) struct RegistryFlag {
    /// The registry's folder [default: the one that contains the current folder]
    #[arg(long, value_name = "PATH", env = "PROMPTREG_REGISTRY", global = true)]
    registry: Option<PathBuf>,
}

impl RegistryFlag {
    /// The folder with the registry's files.
    pub(super) fn root(&self) -> Result<PathBuf, Failure> {
        Ok(files::find_root(self.registry.as_deref().unwrap_or(Path::new(".")))?)
    }

    /// The repository: a folder in a work tree, or a bare repository.
    pub(super) fn repository(&self) -> PathBuf {
        self.registry.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// The same, with what the server's own file says in the second place.
    pub(super) fn repository_or(&self, file: &ServerFile) -> PathBuf {
        self.registry.clone().or_else(|| file.registry.clone()).unwrap_or_else(|| PathBuf::from("."))
    }
}

/// The server's own file, `promptreg.toml` in the current folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerFile {
    /// The registry's folder or repository.
    pub registry: Option<PathBuf>,
    /// The address to listen on.
    pub listen: Option<String>,
    /// Whether `?ref=` and `?at=` are answered.
    #[serde(default)]
    pub read_drafts: bool,
    /// Whether anyone may read on an address that others can reach.
    #[serde(default)]
    pub anonymous_read: bool,
}

impl ServerFile {
    /// Reads the file; the one in the current folder need not be there.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new("promptreg.toml"));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return Ok(Self::default()),
            Err(source) => return Err(Failure::Read { path: path.display().to_string(), source }),
        };
        let tree = files::parse_toml(&text);
        let wrong = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
        if let Some(fault) = tree.faults.first() {
            let at = position(&text, fault.span.start);
            return Err(wrong(format!("line {}, column {}: {}", at.line, at.column, fault.message)));
        }
        serde_json::from_value(tree.value.unwrap_or_default()).map_err(|error| wrong(error.to_string()))
    }
}
