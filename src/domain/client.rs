//! Client configs: switches and default filters for one kind of client.

use super::{
    name::{CollectionPath, LabelName, TagName},
    registry::PromptFolder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What one kind of client is told, as in `clients/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClientConfig {
    /// Which client this is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Switches, handed to the client as they are.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// What the client sees unless it asks for something else.
    #[serde(default, skip_serializing_if = "Filter::is_empty")]
    pub default_filter: Filter,
}

/// Which prompts are meant: those that fit every list that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Any of these tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagName>,
    /// In or below any of these collections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<CollectionPath>,
    /// With any of these labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelName>,
}

impl Filter {
    /// Whether this filter lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.collections.is_empty() && self.labels.is_empty()
    }
    /// Whether a prompt fits every list of this filter that is not empty.
    #[must_use]
    pub fn lets_through(&self, folder: &PromptFolder) -> bool {
        let any = |empty: bool, found: bool| empty || found;
        let prompt = &*folder.prompt;
        let within = |path: &CollectionPath| folder.collection.as_ref().is_some_and(|own| own.is_within(path));
        any(self.tags.is_empty(), self.tags.iter().any(|tag| prompt.tags.contains(tag)))
            && any(self.labels.is_empty(), self.labels.iter().any(|label| prompt.labels.contains_key(label)))
            && any(self.collections.is_empty(), self.collections.iter().any(within))
    }
}
