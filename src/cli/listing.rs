//! The flags that verbs share which choose among prompts, and what to say where nothing is chosen.

use super::error::Failure;
use crate::{
    app::Current,
    domain::{ClientName, CollectionPath, Handle, LabelName, Listing, PromptStatus, Registry, TagName, nearest},
};

/// Which prompts are meant: those that fit all that is named.
#[derive(Debug, clap::Args)]
pub(super) struct Filters {
    /// Only prompts in or below this collection
    #[arg(long, value_name = "PATH")]
    collection: Option<CollectionPath>,
    /// Only prompts with this tag
    #[arg(long)]
    tag: Option<TagName>,
    /// Only prompts with this label
    #[arg(long)]
    label: Option<LabelName>,
    /// Only prompts of this status [default: active]
    #[arg(long)]
    status: Option<Status>,
    /// Only prompts that this user answers for
    #[arg(long, value_name = "USER")]
    owner: Option<Handle>,
    /// Only what the default filter of this client lets through
    #[arg(long)]
    client: Option<ClientName>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Status {
    /// In use
    Active,
    /// Kept for those who still ask for it by name
    Archived,
}

impl Filters {
    /// What they mean in a state.
    ///
    /// # Errors
    /// Where there is no such client config.
    pub(super) fn listing(&self, current: &Current) -> Result<Listing, Failure> {
        Ok(Listing {
            collection: self.collection.clone(),
            tag: self.tag.clone(),
            label: self.label.clone(),
            status: self.status.map(|status| match status {
                Status::Active => PromptStatus::Active,
                Status::Archived => PromptStatus::Archived,
            }),
            owner: self.owner.clone(),
            client: current.filter_of(self.client.as_ref())?,
        })
    }

    /// The first name among them that the registry does not know, in a sentence: why nothing fits.
    pub(super) fn unknown(&self, registry: &Registry) -> Option<String> {
        let prompts = || registry.listed();
        let collections: Vec<&str> = {
            let own = registry.collections.keys().map(AsRef::as_ref);
            let used = prompts().filter_map(|folder| folder.collection.as_ref()).map(AsRef::as_ref);
            own.chain(used).collect()
        };
        let tags: Vec<&str> = {
            let own = registry.tags.iter().flat_map(|tags| tags.keys()).map(AsRef::as_ref);
            own.chain(prompts().flat_map(|folder| &folder.prompt.tags).map(AsRef::as_ref)).collect()
        };
        let labels: Vec<&str> = prompts().flat_map(|folder| folder.prompt.labels.keys()).map(AsRef::as_ref).collect();
        let owners: Vec<&str> = registry.users.keys().map(AsRef::as_ref).collect();
        let is_above = |path: &&str, name: &str| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        let collection = self.collection.as_ref().map(AsRef::as_ref);
        let collection = collection.filter(|name| !collections.iter().any(|path| is_above(path, name)));
        missing("collection", collection, &collections)
            .or_else(|| missing("tag", self.tag.as_ref().map(AsRef::as_ref), &tags))
            .or_else(|| missing("user", self.owner.as_ref().map(AsRef::as_ref), &owners))
            .or_else(|| {
                let label = self.label.as_ref().map(AsRef::as_ref);
                missing("label", label, &labels).map(|why| why.replacen("there is no", "no prompt has the", 1))
            })
    }
}

/// That there is no such name among the known ones, and which may have been meant.
fn missing(what: &str, name: Option<&str>, known: &[&str]) -> Option<String> {
    let name = name.filter(|name| !known.contains(name))?;
    let near = nearest(name, known.iter().copied()).map(|near| format!(": did you mean `{near}`?"));
    Some(format!("there is no {what} `{name}`{}", near.unwrap_or_default()))
}
