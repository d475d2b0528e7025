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
    pub prompts: BTreeMap<PromptName, PromptFolder>,
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
        if let Some(folder) = self.prompts.get(name) {
            return Ok(folder);
        }
        match self.prompts.values().find(|folder| folder.prompt.aliases.contains(name)) {
            Some(folder) => Err(Unresolved::Renamed { old: name.clone(), new: folder.name.clone() }),
            None => Err(Unresolved::Prompt(name.clone())),
        }
    }

    /// The version that a selector means.
    ///
    /// # Errors
    /// Where it means none; a label that is not there is never replaced by another.
    pub fn resolve(&self, selector: &Selector) -> Result<Resolved<'_>, Unresolved> {
        let folder = self.prompt(&selector.name)?;
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
                let number = folder.versions.iter().find(|(_, version)| self.digest(version) == *digest);
                let (number, _) = number.ok_or_else(|| folder.no_version(digest.to_string()))?;
                folder.by_number(number, String::new())
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

    /// The digest of a version with all that it includes. Cycles of partials end at their first repetition.
    #[must_use]
    pub fn digest(&self, version: &Version) -> Digest {
        self.digest_within(version, &mut Vec::new())
    }

    fn digest_within(&self, version: &Version, open: &mut Vec<Selector>) -> Digest {
        version.digest(|pin| {
            if open.contains(pin) {
                return None;
            }
            let partial = self.pinned(pin)?;
            open.push(pin.clone());
            let digest = self.digest_within(partial, open);
            open.pop();
            Some(digest)
        })
    }
}

impl PromptFolder {
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
        let folder =
            PromptFolder { name: name.clone(), collection: None, prompt: Arc::new(prompt), versions: versions.into() };
        Registry { prompts: [(name, folder)].into(), ..Registry::default() }
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
    fn a_selector_that_leads_nowhere_says_what_there_is() {
        insta::assert_snapshot!(answer("greet:staging"), @"`greet` has no label `staging`; it has old, production");
        insta::assert_snapshot!(answer("greet@3.0.0"), @"`greet` has no version 3.0.0; it has 2.0.0-rc.1, 1.2.0, 1.1.0, 1.0.0");
        insta::assert_snapshot!(answer("greet:old"), @"`greet` 1.2.0 was yanked and is served by its exact number only: it shouts");
        insta::assert_snapshot!(answer("greet@1.0.0"), @"`greet` 1.0.0 was revoked: it leaks");
        insta::assert_snapshot!(answer("hello"), @"`hello` is now called `greet`");
        insta::assert_snapshot!(answer("nobody"), @"there is no prompt `nobody`");
    }
}
