//! The layout of a registry's repository: which path holds which kind of thing.

use super::{
    name::{
        ClientName, CollectionPath, Handle, HookName, ModelName, NameError, PolicyName, PromptName, RoleName,
        WorkflowName,
    },
    semver::Semver,
    settings::REGISTRY_FILE,
};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The kinds of file in a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `registry.toml`.
    Registry,
    /// `collection.yaml`.
    Collection,
    /// `prompt.yaml`.
    Prompt,
    /// `<semver>.yaml`.
    Version,
    /// `workflows/<name>.yaml`.
    Workflow,
    /// `models/<name>.yaml`.
    Model,
    /// `hooks/<name>.yaml`.
    Hook,
    /// `clients/<name>.yaml`.
    Client,
    /// `users/<handle>.yaml`.
    User,
    /// `roles/<name>.yaml`.
    Role,
    /// `policies/<name>.yaml`.
    Policy,
    /// `tags.yaml`.
    Tags,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Registry,
        Self::Collection,
        Self::Prompt,
        Self::Version,
        Self::Workflow,
        Self::Model,
        Self::Hook,
        Self::Client,
        Self::User,
        Self::Role,
        Self::Policy,
        Self::Tags,
    ];

    /// The word for it, which is also the name of its schema.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Collection => "collection",
            Self::Prompt => "prompt",
            Self::Version => "version",
            Self::Workflow => "workflow",
            Self::Model => "model",
            Self::Hook => "hook",
            Self::Client => "client",
            Self::User => "user",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Tags => "tags",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a path holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// `registry.toml`.
    Registry,
    /// `tags.yaml`.
    Tags,
    /// `collection.yaml` of this collection.
    Collection(CollectionPath),
    /// `prompt.yaml` of this prompt.
    Prompt(Option<CollectionPath>, PromptName),
    /// This version of this prompt.
    Version(Option<CollectionPath>, PromptName, Semver),
    /// This workflow.
    Workflow(WorkflowName),
    /// This model profile.
    Model(ModelName),
    /// This hook.
    Hook(HookName),
    /// This client config.
    Client(ClientName),
    /// This user.
    User(Handle),
    /// This role.
    Role(RoleName),
    /// This safety policy.
    Policy(PolicyName),
}

/// Why a file in one of the registry's folders is none of its files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// Nothing of this name belongs there.
    #[error("{0}")]
    Orphan(&'static str),
    /// It would belong there, under a valid name.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// What the file at `path` holds; `None` where the path is none of the registry's business.
///
/// # Errors
/// Where the path lies in one of the registry's folders and yet can hold nothing.
pub fn locate(path: &str) -> Result<Option<Location>, Misplaced> {
    let (folder, file) = path.split_once('/').unwrap_or(("", path));
    match (folder, file) {
        ("", REGISTRY_FILE) => return Ok(Some(Location::Registry)),
        ("", "tags.yaml") => return Ok(Some(Location::Tags)),
        ("", "tags.yml") => return Err(Misplaced::Orphan("write tags.yaml, not tags.yml")),
        _ => {}
    }
    if file.rsplit('/').any(|part| part.starts_with('.')) {
        return Ok(None);
    }
    let stem = match file.rsplit_once('.') {
        Some((stem, "yaml")) => stem,
        Some((_, "yml")) if FOLDERS.contains(&folder) => {
            return Err(Misplaced::Orphan("files of the registry end in .yaml, not .yml"));
        }
        _ => return Ok(None),
    };
    Ok(Some(match folder {
        "prompts" => return locate_prompt(stem).map(Some),
        "workflows" => Location::Workflow(flat(stem)?),
        "models" => Location::Model(flat(stem)?),
        "hooks" => Location::Hook(flat(stem)?),
        "clients" => Location::Client(flat(stem)?),
        "users" => Location::User(flat(stem)?),
        "roles" => Location::Role(flat(stem)?),
        "policies" => Location::Policy(flat(stem)?),
        _ => return Ok(None),
    }))
}

/// The folders that hold the registry's files.
pub const FOLDERS: [&str; 8] = ["prompts", "workflows", "models", "hooks", "clients", "users", "roles", "policies"];

fn flat<T: FromStr<Err = NameError>>(stem: &str) -> Result<T, Misplaced> {
    if stem.contains('/') {
        return Err(Misplaced::Orphan("only prompts/ may have folders of its own"));
    }
    Ok(stem.parse()?)
}

fn locate_prompt(path: &str) -> Result<Location, Misplaced> {
    let Some((folder, stem)) = path.rsplit_once('/') else {
        return Err(Misplaced::Orphan("a prompt is a folder: prompts/<name>/prompt.yaml"));
    };
    if stem == "collection" {
        return Ok(Location::Collection(folder.parse()?));
    }
    let (collection, name) = match folder.rsplit_once('/') {
        Some((collection, name)) => (Some(collection.parse()?), name.parse()?),
        None => (None, folder.parse()?),
    };
    if stem == "prompt" {
        return Ok(Location::Prompt(collection, name));
    }
    match stem.parse() {
        Ok(number) => Ok(Location::Version(collection, name, number)),
        Err(error) if stem.starts_with(|c: char| c.is_ascii_digit() || c == 'v') => Err(error.into()),
        Err(_) => Err(Misplaced::Orphan(
            "beside prompt.yaml only versions are kept, each named by its number, such as 1.0.0.yaml",
        )),
    }
}

impl Location {
    /// The kind of file that lies here.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Registry => Kind::Registry,
            Self::Tags => Kind::Tags,
            Self::Collection(_) => Kind::Collection,
            Self::Prompt(..) => Kind::Prompt,
            Self::Version(..) => Kind::Version,
            Self::Workflow(_) => Kind::Workflow,
            Self::Model(_) => Kind::Model,
            Self::Hook(_) => Kind::Hook,
            Self::Client(_) => Kind::Client,
            Self::User(_) => Kind::User,
            Self::Role(_) => Kind::Role,
            Self::Policy(_) => Kind::Policy,
        }
    }
}

impl fmt::Display for Location {
    /// The path, with `/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = |collection: &Option<CollectionPath>, name: &PromptName| match collection {
            Some(collection) => format!("prompts/{collection}/{name}"),
            None => format!("prompts/{name}"),
        };
        match self {
            Self::Registry => f.write_str(REGISTRY_FILE),
            Self::Tags => f.write_str("tags.yaml"),
            Self::Collection(path) => write!(f, "prompts/{path}/collection.yaml"),
            Self::Prompt(collection, name) => write!(f, "{}/prompt.yaml", folder(collection, name)),
            Self::Version(collection, name, number) => write!(f, "{}/{number}.yaml", folder(collection, name)),
            Self::Workflow(name) => write!(f, "workflows/{name}.yaml"),
            Self::Model(name) => write!(f, "models/{name}.yaml"),
            Self::Hook(name) => write!(f, "hooks/{name}.yaml"),
            Self::Client(name) => write!(f, "clients/{name}.yaml"),
            Self::User(name) => write!(f, "users/{name}.yaml"),
            Self::Role(name) => write!(f, "roles/{name}.yaml"),
            Self::Policy(name) => write!(f, "policies/{name}.yaml"),
        }
    }
}

/// The id of a thing: the same for the same registry, kind and name, wherever it is computed.
#[must_use]
pub fn id(registry: Uuid, kind: Kind, name: &str) -> Uuid {
    Uuid::new_v5(&registry, format!("{kind}:{name}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_layout_is_located_and_written_alike() {
        for path in [
            "registry.toml",
            "tags.yaml",
            "prompts/support/email/collection.yaml",
            "prompts/greet/prompt.yaml",
            "prompts/support/email/reply/1.2.0-rc.1.yaml",
            "workflows/triage.yaml",
            "clients/thermal-team.yaml",
            "users/ana.yaml",
        ] {
            assert_eq!(locate(path).unwrap().unwrap().to_string(), path);
        }
    }

    #[test]
    fn other_files_are_ignored_and_stray_ones_are_named() {
        for path in ["README.md", ".github/workflows/lint.yml", "docs/a.yaml", "prompts/a/README.md", "users/.x.yaml"] {
            assert_eq!(locate(path), Ok(None), "{path}");
        }
        for path in ["prompts/a.yaml", "prompts/a/v1.yaml", "prompts/a/draft.yaml", "users/x/ana.yaml", "roles/a.yml"] {
            assert!(locate(path).is_err(), "{path}");
        }
    }
}
