//! Settings: flags, then the environment, then `promptreg.toml`, then defaults.

use super::error::Failure;
use crate::{domain::position, files};
use clap::ValueEnum as _;
use serde::Deserialize;
use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// Which registry a verb works in.
#[derive(Debug, clap::Args)]
pub(super) struct RegistryFlag {
    /// The registry's folder or repository [env: PROMPTREG_REGISTRY; default: what promptreg.toml says, else the
    /// registry that contains the current folder]
    #[arg(long, value_name = "PATH", global = true)]
    registry: Option<PathBuf>,
}

impl RegistryFlag {
    /// The folder with the registry's files.
    pub(super) fn root(&self) -> Result<PathBuf, Failure> {
        Ok(files::find_root(&self.repository()?)?)
    }

    /// The repository: a folder in a work tree, or a bare repository.
    pub(super) fn repository(&self) -> Result<PathBuf, Failure> {
        match self.named()? {
            Some(path) => Ok(path),
            None => self.repository_or(&ServerFile::read(None)?),
        }
    }

    /// The same where the server's own file was read already.
    pub(super) fn repository_or(&self, file: &ServerFile) -> Result<PathBuf, Failure> {
        let path = match self.named()? {
            Some(path) => path,
            None => file.registry.clone().unwrap_or_else(|| PathBuf::from(".")),
        };
        no_url(&path)?;
        Ok(path)
    }

    /// What the flag says, else the environment.
    fn named(&self) -> Result<Option<PathBuf>, Failure> {
        let path = self.registry.clone().or_else(|| variable("PROMPTREG_REGISTRY").map(PathBuf::from));
        path.as_deref().map(no_url).transpose()?;
        Ok(path)
    }
}

/// The address that the flag names, else the environment.
pub(super) fn listen(flag: Option<&str>) -> Option<String> {
    let said = || variable("PROMPTREG_LISTEN").map(|said| said.to_string_lossy().into_owned());
    flag.map(str::to_owned).or_else(said)
}

/// The server that the flag names, else the environment.
pub(super) fn server(flag: Option<&str>) -> Option<String> {
    let said = || variable("PROMPTREG_SERVER").map(|said| said.to_string_lossy().into_owned());
    flag.map(str::to_owned).or_else(said)
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    Text,
}

/// The form of the log that the flag names, else the environment.
pub(super) fn log_format(flag: Option<LogFormat>) -> Result<Option<LogFormat>, Failure> {
    let Some(said) = variable("PROMPTREG_LOG_FORMAT").filter(|_| flag.is_none()) else { return Ok(flag) };
    let format = LogFormat::from_str(&said.to_string_lossy(), false);
    format.map(Some).map_err(|_| Failure::Usage(format!("PROMPTREG_LOG_FORMAT is {said:?}: write json or text")))
}

/// A variable of the environment; an empty one is unset, since CI and compose files cannot leave one out.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Refuses what is meant for `git clone`.
fn no_url(path: &Path) -> Result<(), Failure> {
    let text = path.to_string_lossy();
    let is_remote =
        |text: &str| text.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'));
    if text.contains("://") || (is_remote(&text) && !path.exists()) {
        return Err(Failure::Usage(format!(
            "{text} is a URL, and URLs are not supported yet: `git clone` it, and name the clone's folder"
        )));
    }
    Ok(())
}

/// The server's own file, `promptreg.toml` in the current folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerFile {
    /// The registry's folder or repository; relative to the folder of this file.
    pub registry: Option<PathBuf>,
    /// The address to listen on.
    pub listen: Option<String>,
    /// Whether `?ref=` and `?at=` are answered.
    #[serde(default)]
    pub read_drafts: bool,
    /// Whether anyone may read on an address that others can reach.
    #[serde(default)]
    pub anonymous_read: bool,
    /// Whether anyone may have the repository looked at, on an address that others can reach.
    #[serde(default)]
    pub allow_sync: bool,
    /// From how many seconds on what is served is called stale at `/readyz`.
    pub max_age: Option<u64>,
}

impl ServerFile {
    /// Reads the file; the one in the current folder need not be there.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, Failure> {
        let path = named.unwrap_or(Path::new("promptreg.toml"));
        let folder = path.parent().unwrap_or(Path::new(""));
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
        let mut file: Self =
            serde_json::from_value(tree.value.unwrap_or_default()).map_err(|error| wrong(error.to_string()))?;
        file.registry = file.registry.filter(|path| !path.as_os_str().is_empty());
        if let Some(path) = &mut file.registry {
            no_url(path)?;
            *path = folder.join(&path);
        }
        Ok(file)
    }
}
