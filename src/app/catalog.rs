//! Lists: prompts, versions, collections, tags, workflows, and how they are filtered and paged.

use super::{
    Error,
    answer::{Arrival, Heading, Pinned},
    current::Current,
    pins::Pin,
    view::text,
};
use crate::domain::{
    ClientName, CollectionPath, Digest, Filter, LabelName, Listing, PromptFolder, PromptName, PromptStatus, Semver,
    TagName, VersionState, Workflow, WorkflowName, WorkflowStatus,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most items of one page.
pub const PAGE: usize = 500;

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; none where this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// One prompt in a list.
#[derive(Debug, Serialize)]
pub struct PromptItem<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    status: PromptStatus,
    labels: BTreeMap<&'a LabelName, &'a Semver>,
    /// The labels that an operator holds where they point.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pinned: BTreeMap<&'a LabelName, Pinned<'a>>,
    latest: Option<&'a Semver>,
    versions: usize,
}

/// One version in a list.
#[derive(Debug, Serialize)]
pub struct VersionItem<'a> {
    version: &'a Semver,
    status: VersionState,
    deprecated: Option<&'a str>,
    labels: Vec<&'a LabelName>,
    digest: Digest,
    notes: Option<&'a str>,
    #[serde(flatten)]
    arrival: &'a Arrival,
}

/// One collection in a list.
#[derive(Debug, Serialize)]
pub struct CollectionItem<'a> {
    path: CollectionPath,
    display_name: Option<&'a str>,
    description: Option<&'a str>,
    prompts: usize,
}

/// One tag in a list.
#[derive(Debug, Serialize)]
pub struct TagItem<'a> {
    name: &'a TagName,
    display_name: Option<&'a str>,
    description: Option<&'a str>,
    prompts: usize,
}

/// One workflow.
#[derive(Debug, Serialize)]
pub struct WorkflowItem<'a> {
    name: &'a WorkflowName,
    #[serde(flatten)]
    workflow: &'a Workflow,
}

impl Current {
    /// The prompts that a listing means, by name; those with a text in the name, the display name or the description, in
    /// any case of letters, where one is given.
    #[must_use]
    pub fn prompts(&self, listing: &Listing, text: Option<&str>) -> Vec<PromptItem<'_>> {
        let folders = self.registry.listed();
        let wanted = folders.filter(|folder| listing.fits(folder) && text.is_none_or(|text| says(folder, text)));
        wanted.map(|folder| self.item(folder)).collect()
    }

    /// What a client sees unless it asks for something else; everything where no client is named.
    ///
    /// # Errors
    /// Where there is no client config of that name.
    pub fn filter_of(&self, client: Option<&ClientName>) -> Result<Filter, Error> {
        let Some(name) = client else { return Ok(Filter::default()) };
        let client = self.registry.clients.get(name);
        let client = client.ok_or_else(|| Error::Missing { what: "client config", name: name.to_string() })?;
        Ok(client.default_filter.clone())
    }

    /// The versions of a prompt, the newest number first. Revoked ones are listed and not served.
    ///
    /// # Errors
    /// Where there is no such prompt.
    pub fn versions(&self, name: &PromptName) -> Result<Vec<VersionItem<'_>>, Error> {
        let folder = self.registry.prompt(name)?;
        let labels = self.labels_of(name, &folder.prompt.labels);
        let items = folder.versions.iter().rev().filter_map(|(number, version)| {
            let served = self.served(name, number)?;
            Some(VersionItem {
                version: number,
                status: served.state(folder, number),
                deprecated: folder.prompt.state(number).1,
                labels: labels.iter().filter(|(_, to)| **to == number).map(|(label, _)| *label).collect(),
                digest: served.digest,
                notes: version.notes.as_deref(),
                arrival: &served.arrival,
            })
        });
        Ok(items.collect())
    }

    /// Every collection that has a file of its own or a prompt in or below it.
    #[must_use]
    pub fn collections(&self) -> Vec<CollectionItem<'_>> {
        let mut counts: BTreeMap<CollectionPath, usize> = BTreeMap::new();
        for path in self.registry.collections.keys() {
            counts.entry(path.clone()).or_default();
        }
        for folder in self.registry.listed() {
            let mut at = folder.collection.clone();
            while let Some(path) = at {
                at = path.parent();
                *counts.entry(path).or_default() += 1;
            }
        }
        let items = counts.into_iter().map(|(path, prompts)| {
            let file = self.registry.collections.get(&path);
            CollectionItem {
                display_name: file.and_then(|file| file.display_name.as_deref()),
                description: file.and_then(|file| file.description.as_deref()),
                path,
                prompts,
            }
        });
        items.collect()
    }

    /// Every tag that `tags.yaml` names or a prompt has.
    #[must_use]
    pub fn tags(&self) -> Vec<TagItem<'_>> {
        let known = self.registry.tags.as_deref();
        let mut names: BTreeSet<&TagName> = known.into_iter().flat_map(BTreeMap::keys).collect();
        let mut counts: BTreeMap<&TagName, usize> = BTreeMap::new();
        for tag in self.registry.listed().flat_map(|folder| &folder.prompt.tags) {
            names.insert(tag);
            *counts.entry(tag).or_default() += 1;
        }
        let items = names.into_iter().map(|name| {
            let file = known.and_then(|tags| tags.get(name));
            TagItem {
                name,
                display_name: file.and_then(|file| file.display_name.as_deref()),
                description: file.and_then(|file| file.description.as_deref()),
                prompts: counts.get(name).copied().unwrap_or_default(),
            }
        });
        items.collect()
    }

    /// Every workflow that is no draft.
    #[must_use]
    pub fn workflows(&self) -> Vec<WorkflowItem<'_>> {
        let all = self.registry.workflows.iter();
        let shown = all.filter(|(_, workflow)| workflow.status != WorkflowStatus::Draft);
        shown.map(|(name, workflow)| WorkflowItem { name, workflow }).collect()
    }

    /// One workflow that is no draft.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<WorkflowItem<'_>> {
        let (name, workflow) = self.registry.workflows.get_key_value(name)?;
        (workflow.status != WorkflowStatus::Draft).then_some(WorkflowItem { name, workflow })
    }
}

fn says(folder: &PromptFolder, text: &str) -> bool {
    let (prompt, text) = (&*folder.prompt, text.to_lowercase());
    let fields = [Some(folder.name.as_str()), prompt.display_name.as_deref(), prompt.description.as_deref()];
    fields.into_iter().flatten().any(|field| field.to_lowercase().contains(&text))
}

impl Current {
    fn item<'a>(&'a self, folder: &'a PromptFolder) -> PromptItem<'a> {
        let prompt = &*folder.prompt;
        let told = |pin: &'a Pin| Pinned { until: text(pin.until), by: &pin.by, reason: &pin.reason };
        PromptItem {
            heading: folder.into(),
            status: prompt.status,
            labels: self.labels_of(&folder.name, &prompt.labels),
            pinned: self.pins.of(&folder.name).map(|(label, pinned)| (label, told(&pinned.pin))).collect(),
            latest: folder.versions.keys().next_back(),
            versions: folder.versions.len(),
        }
    }
}

impl PromptItem<'_> {
    /// The collection and the name.
    #[must_use]
    pub fn path(&self) -> String {
        self.heading
            .collection
            .map_or_else(|| self.heading.name.to_string(), |path| format!("{path}/{}", self.heading.name))
    }

    /// Where each label points, else the newest version.
    #[must_use]
    pub fn pointers(&self) -> String {
        let pinned =
            |label| self.pinned.get(label).map_or_else(String::new, |pin| format!(" (pinned until {})", pin.until));
        let labels = self.labels.iter().map(|(label, number)| format!("{label} {number}{}", pinned(*label)));
        let labels: Vec<_> = labels.collect();
        match self.latest {
            Some(latest) if labels.is_empty() => format!("({latest})"),
            _ => labels.join(", "),
        }
    }

    /// What people call it, else what it does.
    #[must_use]
    pub fn about(&self) -> &str {
        self.heading.display_name.or(self.heading.description).unwrap_or_default()
    }

    /// The name, which is also the cursor.
    #[must_use]
    pub fn name(&self) -> &str {
        self.heading.name.as_str()
    }
}

impl CollectionItem<'_> {
    /// The path, which is also the cursor.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.as_str()
    }
}

impl TagItem<'_> {
    /// The name, which is also the cursor.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

impl WorkflowItem<'_> {
    /// The name, which is also the cursor.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

/// One page of items that are sorted by `key`: those after the cursor, at most `limit` of them.
#[must_use]
pub fn page<T>(items: Vec<T>, key: impl Fn(&T) -> &str, cursor: Option<&str>, limit: usize) -> Page<T> {
    let mut rest = items.into_iter().filter(|item| cursor.is_none_or(|cursor| key(item) > cursor));
    let items: Vec<T> = rest.by_ref().take(limit.clamp(1, PAGE)).collect();
    let more = rest.next().is_some();
    let next_cursor = items.last().filter(|_| more).map(|item| key(item).to_owned());
    Page { items, next_cursor }
}
