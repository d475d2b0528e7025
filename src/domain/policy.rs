//! Safety policies: rules that versions must satisfy.

use super::{
    name::{CollectionPath, PolicyName, PromptName, TagName},
    prompt::Prompt,
    registry::PromptFolder,
};
use serde::{Deserialize, Serialize};

/// A safety policy, as in `policies/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What it guards, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The prompts it binds; those that name it in `policies` are bound besides.
    #[serde(default, skip_serializing_if = "Reach::is_empty")]
    pub selector: Reach,
    /// What the versions of those prompts must satisfy.
    pub checks: Vec<Check>,
}

impl Policy {
    /// Whether the policy of this name binds a prompt: its selector covers it, or the prompt names it.
    #[must_use]
    pub fn binds(&self, name: &PolicyName, folder: &PromptFolder) -> bool {
        self.binds_in(name, folder.collection.as_ref(), &folder.name, &folder.prompt)
    }

    /// The same for a prompt of this name in a collection.
    #[must_use]
    pub fn binds_in(
        &self,
        name: &PolicyName,
        collection: Option<&CollectionPath>,
        prompt: &PromptName,
        said: &Prompt,
    ) -> bool {
        self.selector.covers(collection, prompt, said) || said.policies.contains(name)
    }
}

/// Which prompts a policy binds: those that fit any of its lists.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reach {
    /// In or below any of these collections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<CollectionPath>,
    /// With any of these tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagName>,
    /// With any of these names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<PromptName>,
}

impl Reach {
    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.collections.is_empty() && self.tags.is_empty() && self.names.is_empty()
    }

    /// Whether a prompt of this name in a collection fits any of the lists.
    fn covers(&self, collection: Option<&CollectionPath>, name: &PromptName, said: &Prompt) -> bool {
        let lies_in = |collection: &CollectionPath| self.collections.iter().any(|path| collection.is_within(path));
        self.names.contains(name)
            || collection.is_some_and(lies_in)
            || said.tags.iter().any(|tag| self.tags.contains(tag))
    }
}

/// One thing that a policy demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// No message's text may match this regular expression.
    ForbidPattern(String),
    /// Some message's text must match this regular expression.
    RequirePattern(String),
    /// No variable may have this name.
    ForbidVariable(String),
    /// The text may not be longer than this estimate of tokens.
    MaxTokens(u32),
    /// A reviewer named by the policy must approve.
    RequirePolicyReviewer(bool),
}
