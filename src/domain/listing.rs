//! Which prompts are meant where a list or a search is asked for some of them.

use super::{
    client::Filter,
    name::{CollectionPath, Handle, LabelName, TagName},
    prompt::PromptStatus,
    registry::PromptFolder,
};

/// Which prompts are meant: those that fit all that is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// In or below this collection.
    pub collection: Option<CollectionPath>,
    /// With this tag.
    pub tag: Option<TagName>,
    /// With this label.
    pub label: Option<LabelName>,
    /// With this status; active ones where none is named.
    pub status: Option<PromptStatus>,
    /// With this user as the one who answers for it.
    pub owner: Option<Handle>,
    /// What a client config lets through by default.
    pub client: Filter,
}

impl Listing {
    /// Whether a prompt is meant.
    #[must_use]
    pub fn fits(&self, folder: &PromptFolder) -> bool {
        let prompt = &*folder.prompt;
        let within = |path: &CollectionPath| folder.collection.as_ref().is_some_and(|own| own.is_within(path));
        self.collection.as_ref().is_none_or(within)
            && self.tag.as_ref().is_none_or(|tag| prompt.tags.contains(tag))
            && self.label.as_ref().is_none_or(|label| prompt.labels.contains_key(label))
            && self.owner.as_ref().is_none_or(|owner| prompt.owner.as_ref() == Some(owner))
            && self.status.unwrap_or_default() == prompt.status
            && self.client.lets_through(folder)
    }
}
