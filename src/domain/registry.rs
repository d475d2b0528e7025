//! The registry: every noun by its name, and what a selector of a prompt means in it.

use super::{
    client::ClientConfig,
    collection::{Collection, Tag},
    digest::Digest,
    hook::Hook,
    model::ModelProfile,
    name::{
        ClientName, CollectionPath, Handle, HookName, LabelName, ModelName, PolicyName, PromptName, RoleName, TagName,
        WorkflowName,
    },
    policy::Policy,
    prompt::{Prompt, VersionState},
    selector::{Selector, Which},
    semver::Semver,
    settings::Settings,
    user::{Role, User},
    version::Version,
    workflow::Workflow,
};
use std::{collections::BTreeMap, sync::Arc};

/// All that one state of a repository says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Registry {
    /// `registry.toml`, where it could be read.
    pub settings: Option<Arc<Settings>>,
    /// The collections that have a file of their own.
    pub collections: BTreeMap<CollectionPath, Arc<Collection>>,
    /// The prompts with their versions.
    pub prompts: BTreeMap<PromptName, Arc<PromptFolder>>,
    /// The workflows.
    pub workflows: BTreeMap<WorkflowName, Arc<Workflow>>,
    /// The model profiles.
    pub models: BTreeMap<ModelName, Arc<ModelProfile>>,
    /// The hooks.
    pub hooks: BTreeMap<HookName, Arc<Hook>>,
    /// The client configs.
    pub clients: BTreeMap<ClientName, Arc<ClientConfig>>,
    /// The users.
    pub users: BTreeMap<Handle, Arc<User>>,
    /// The roles.
    pub roles: BTreeMap<RoleName, Arc<Role>>,
    /// The safety policies.
    pub policies: BTreeMap<PolicyName, Arc<Policy>>,
    /// The tags; `None` where there is no `tags.yaml`, so that any tag is allowed.
    pub tags: Option<Arc<BTreeMap<TagName, Tag>>>,
}

/// A prompt's folder: its metadata and its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptFolder {
    /// The folder's name.
    pub name: PromptName,
    /// The path between `prompts/` and the folder.
    pub collection: Option<CollectionPath>,
    /// `prompt.yaml`.
    pub prompt: Arc<Prompt>,
    /// The versions by number.
    pub versions: BTreeMap<Semver, Arc<Version>>,
    /// The digest of every version, with all that it includes; [`Registry::settle`] works them out.
    pub digests: BTreeMap<Semver, Digest>,
    /// Whether the prompt was taken out of the registry. Versions that include its versions still find them.
    pub is_removed: bool,
}

/// What a selector leads to.
#[derive(Debug, Clone, Copy)]
pub struct Resolved<'a> {
    /// The prompt.
    pub folder: &'a PromptFolder,
    /// The number of the version.
    pub number: &'a Semver,
    /// The version.
    pub version: &'a Arc<Version>,
    /// The label it was found by, if it was found by one.
    pub label: Option<&'a LabelName>,
}

/// Why a selector leads to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No prompt has this name.
    #[error("there is no prompt `{0}`")]
    Prompt(PromptName),
    /// The prompt was taken out of the registry.
    #[error("the prompt `{0}` was removed from the registry")]
    Removed(PromptName),
    /// The prompt has another name now.
    #[error("`{old}` is now called `{new}`")]
    Renamed {
        /// The name that was asked for.
        old: PromptName,
        /// The name it has now.
        new: PromptName,
    },
    /// The prompt has no such label.
    #[error("`{name}` has no label `{label}`; it has {has}")]
    Label {
        /// The prompt.
        name: PromptName,
        /// The label that was asked for.
        label: LabelName,
        /// The labels that there are, for people.
        has: String,
    },
    /// The prompt has no such version.
    #[error("`{name}` has no version {which}; it has {has}")]
    Version {
        /// The prompt.
        name: PromptName,
        /// The number, range or digest that was asked for.
        which: String,
        /// The versions that there are, for people.
        has: String,
    },
    /// The version is served no more.
    #[error("`{name}` {number} was revoked: {reason}")]
    Revoked {
        /// The prompt.
        name: PromptName,
        /// The version.
        number: Semver,
        /// Why.
        reason: String,
    },
    /// The label points to a version that is served by exact number only.
    #[error("`{name}` {number} was yanked and is served by its exact number only: {reason}")]
    Yanked {
        /// The prompt.
        name: PromptName,
        /// The version.
        number: Semver,
        /// Why.
        reason: String,
    },
}

impl Registry {
    /// The prompt of this name.
    ///
    /// # Errors
    /// Where no prompt has it, or where it is the former name of one.
    pub fn prompt(&self, name: &PromptName) -> Result<&PromptFolder, Unresolved> {
        let own = self.prompts.get(name);
        if let Some(folder) = own.filter(|folder| !folder.is_removed) {
            return Ok(folder);
        }
        match self.listed().find(|folder| folder.prompt.aliases.contains(name)) {
            Some(folder) => Err(Unresolved::Renamed { old: name.clone(), new: folder.name.clone() }),
            None if own.is_some() => Err(Unresolved::Removed(name.clone())),
            None => Err(Unresolved::Prompt(name.clone())),
        }
    }

    /// The prompts that are in the registry, by name.
    pub fn listed(&self) -> impl Iterator<Item = &PromptFolder> {
        self.prompts.values().map(AsRef::as_ref).filter(|folder| !folder.is_removed)
    }

    /// The version that a selector means.
    ///
    /// # Errors
    /// Where it means none; a label that is not there is never replaced by another.
    pub fn resolve(&self, selector: &Selector) -> Result<Resolved<'_>, Unresolved> {
        let name = &selector.name;
        let folder = self.prompt(name)?;
        match &selector.which {
            Which::Default => folder.by_label(&self.default_label()),
            Which::Label(label) => folder.by_label(label),
            Which::Exact(number) => folder.by_number(number, number.to_string()),
            Which::Range(range) => {
                let servable = |number: &&Semver| {
                    range.contains(number)
                        && !matches!(folder.prompt.state(number).0, VersionState::Yanked | VersionState::Revoked)
                };
                let number = folder.versions.keys().rev().find(servable);
                let number = number.ok_or_else(|| folder.no_version(range.to_string()))?;
                folder.by_number(number, String::new())
            }
            Which::Digest(digest) => {
                let same = folder.versions.keys().filter(|number| self.digest_of(name, number) == Some(*digest));
                // Of equal versions the greatest that may be handed out.
                let number =
                    same.max_by_key(|number| (folder.prompt.state(number).0 != VersionState::Revoked, *number));
                folder.by_number(number.ok_or_else(|| folder.no_version(digest.to_string()))?, String::new())
            }
        }
    }

    /// The label that is meant where none is named.
    #[must_use]
    pub fn default_label(&self) -> LabelName {
        self.settings.as_ref().map(|settings| settings.labels.default.clone()).unwrap_or_default()
    }

    /// The version that a pin names exactly, whatever its state; `None` where it is not there or the pin is no pin.
    #[must_use]
    pub fn pinned(&self, pin: &Selector) -> Option<&Arc<Version>> {
        let Which::Exact(number) = &pin.which else { return None };
        self.prompts.get(&pin.name)?.versions.get(number)
    }

    /// The digest of a version of this registry with all that it includes.
    #[must_use]
    pub fn digest_of(&self, name: &PromptName, number: &Semver) -> Option<Digest> {
        self.prompts.get(name)?.digests.get(number).copied()
    }

    /// The digest of any version, as if it stood in this registry.
    #[must_use]
    pub fn digest(&self, version: &Version) -> Digest {
        version.digest(|pin| {
            let Which::Exact(number) = &pin.which else { return None };
            self.digest_of(&pin.name, number)
        })
    }

    /// Works out the digest of every version, each once; to be called when all versions are there.
    ///
    /// What lies deeper than 64 inclusions, or includes itself, counts as not there.
    #[must_use]
    pub fn settle(mut self) -> Self {
        let mut known = BTreeMap::new();
        let names: Vec<PromptName> = self.prompts.keys().cloned().collect();
        for name in names {
            let digests = self.digests_with(&name, &mut known);
            if let Some(folder) = self.prompts.get_mut(&name) {
                Arc::make_mut(folder).digests = digests;
            }
        }
        self
    }

    /// The digests of all versions of one prompt with what they include, whether or not the registry is settled.
    #[must_use]
    pub fn digests_of(&self, name: &PromptName) -> BTreeMap<Semver, Digest> {
        self.digests_with(name, &mut BTreeMap::new())
    }

    fn digests_with(&self, name: &PromptName, known: &mut Known) -> BTreeMap<Semver, Digest> {
        let numbers = self.prompts.get(name).into_iter().flat_map(|folder| folder.versions.keys());
        numbers.filter_map(|number| Some((number.clone(), self.settle_one(name, number, known, DEPTH)?))).collect()
    }

    fn settle_one(&self, name: &PromptName, number: &Semver, digests: &mut Known, depth: usize) -> Option<Digest> {
        let key = (name.clone(), number.clone());
        if let Some(known) = digests.get(&key) {
            return *known;
        }
        let version = self.prompts.get(name)?.versions.get(number)?;
        // Until it is known it is not there, which ends circles.
        digests.insert(key.clone(), None);
        let digest = version.digest(|pin| match &pin.which {
            Which::Exact(number) if depth > 0 => self.settle_one(&pin.name, number, digests, depth - 1),
            _ => None,
        });
        digests.insert(key, Some(digest));
        Some(digest)
    }
}

/// Digests that were worked out before; none for what is being worked out, or is not there.
type Known = BTreeMap<(PromptName, Semver), Option<Digest>>;

/// How deep partials may include each other.
pub const DEPTH: usize = 64;

impl PromptFolder {
    /// Whether the files of both say the same, whatever their digests: what they include may differ.
    #[must_use]
    pub fn has_files_of(&self, other: &Self) -> bool {
        let own = |folder: &Self| (folder.collection.clone(), folder.is_removed);
        own(self) == own(other) && self.prompt == other.prompt && self.versions == other.versions
    }

    /// What a label points to.
    ///
    /// # Errors
    /// Where there is no such label, or its version may not be handed out.
    pub fn by_label(&self, label: &LabelName) -> Result<Resolved<'_>, Unresolved> {
        let Some((label, number)) = self.prompt.labels.get_key_value(label) else {
            return Err(Unresolved::Label {
                name: self.name.clone(),
                label: label.clone(),
                has: listing(self.prompt.labels.keys(), "no label"),
            });
        };
        if let (VersionState::Yanked, reason) = self.prompt.state(number) {
            return Err(Unresolved::Yanked {
                name: self.name.clone(),
                number: number.clone(),
                reason: reason.unwrap_or_default().to_owned(),
            });
        }
        Ok(Resolved { label: Some(label), ..self.by_number(number, number.to_string())? })
    }

    fn by_number(&self, number: &Semver, asked: String) -> Result<Resolved<'_>, Unresolved> {
        if let (VersionState::Revoked, reason) = self.prompt.state(number) {
            return Err(Unresolved::Revoked {
                name: self.name.clone(),
                number: number.clone(),
                reason: reason.unwrap_or_default().to_owned(),
            });
        }
        let Some((number, version)) = self.versions.get_key_value(number) else {
            return Err(self.no_version(asked));
        };
        Ok(Resolved { folder: self, number, version, label: None })
    }

    fn no_version(&self, which: String) -> Unresolved {
        Unresolved::Version { name: self.name.clone(), which, has: listing(self.versions.keys().rev(), "no version") }
    }
}

/// Up to ten things joined for people; `none` where there is nothing.
fn listing<T: std::fmt::Display>(items: impl ExactSizeIterator<Item = T>, none: &str) -> String {
    let count = items.len();
    let mut text = items.take(10).map(|item| item.to_string()).collect::<Vec<_>>().join(", ");
    if count == 0 {
        text.push_str(none);
    } else if count > 10 {
        text.push_str(", …");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        let prompt: Prompt = serde_json::from_value(serde_json::json!({
            "labels": {"production": "1.1.0", "old": "1.2.0"},
            "yanked": {"1.2.0": "it shouts"}, "revoked": {"1.0.0": "it leaks"}, "aliases": ["hello"],
        }))
        .unwrap();
        let versions = ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1"].map(|number| {
            (number.parse().unwrap(), Arc::new(Version { notes: Some(number.into()), ..Version::default() }))
        });
        let name: PromptName = "greet".parse().unwrap();
        let folder = PromptFolder {
            name: name.clone(),
            collection: None,
            prompt: Arc::new(prompt),
            versions: versions.into(),
            digests: BTreeMap::new(),
            is_removed: false,
        };
        Registry { prompts: [(name, Arc::new(folder))].into(), ..Registry::default() }
    }

    fn answer(selector: &str) -> String {
        match registry().resolve(&selector.parse().unwrap()) {
            Ok(found) => found.number.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn selectors_lead_to_what_may_be_handed_out() {
        assert_eq!(answer("greet"), "1.1.0");
        assert_eq!(answer("greet:production"), "1.1.0");
        assert_eq!(answer("greet@^1"), "1.1.0");
        assert_eq!(answer("greet@1.2.0"), "1.2.0");
        assert_eq!(answer("greet@>=2.0.0-rc.0"), "2.0.0-rc.1");
    }

    #[test]
    fn a_selector_that_leads_nowhere_has_files_of_there_is() {
        insta::assert_snapshot!(answer("greet:staging"), @"`greet` has no label `staging`; it has old, production");
        insta::assert_snapshot!(answer("greet@3.0.0"), @"`greet` has no version 3.0.0; it has 2.0.0-rc.1, 1.2.0, 1.1.0, 1.0.0");
        insta::assert_snapshot!(answer("greet:old"), @"`greet` 1.2.0 was yanked and is served by its exact number only: it shouts");
        insta::assert_snapshot!(answer("greet@1.0.0"), @"`greet` 1.0.0 was revoked: it leaks");
        insta::assert_snapshot!(answer("hello"), @"`hello` is now called `greet`");
        insta::assert_snapshot!(answer("nobody"), @"there is no prompt `nobody`");
    }
}
