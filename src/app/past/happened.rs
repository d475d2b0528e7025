//! Events: what happened to a thing on the default branch, as callers saw it.

use crate::domain::{CollectionPath, Digest, LabelName, PromptName, Semver, VersionState};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One thing that happened, with the commit that brought it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Happened {
    /// The kind of thing it happened to: `prompt`, `workflow`, `registry`, …
    pub kind: &'static str,
    /// The name of the thing; none for `registry.toml` and `tags.yaml`, of which there is one.
    pub name: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// Who wrote it: a user's handle where the e-mail address is known, else the name in the commit.
    pub created_by: Arc<str>,
    /// When it was written, RFC 3339.
    pub created_at: Option<Arc<str>>,
    /// Who brought it to the default branch.
    pub approved_by: Arc<str>,
    /// When it came there, RFC 3339.
    pub approved_at: Option<Arc<str>>,
    /// The commit of the default branch it came with.
    pub commit: String,
}

/// What happened. In JSON the word for it is `event`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// It was served for the first time.
    Added {
        /// Where a prompt lay.
        #[serde(skip_serializing_if = "Option::is_none")]
        collection: Option<CollectionPath>,
    },
    /// It was taken out of the registry.
    Removed,
    /// It was taken out before, and is back.
    Restored {
        /// Where a prompt lies.
        #[serde(skip_serializing_if = "Option::is_none")]
        collection: Option<CollectionPath>,
    },
    /// A version of a prompt came.
    Arrived {
        /// Its number.
        version: Semver,
        /// 1, 2, 3, … in the order in which the prompt's versions arrived.
        version_number: u32,
        /// Its digest with all that it includes.
        digest: Option<Digest>,
        /// What its author says is new.
        notes: Option<String>,
    },
    /// A prompt went to another collection.
    Moved {
        /// Where it was; none outside of any collection.
        from: Option<CollectionPath>,
        /// Where it is.
        to: Option<CollectionPath>,
    },
    /// A label that was not there points to a version.
    LabelSet {
        /// The label.
        label: LabelName,
        /// What it points to.
        to: Semver,
    },
    /// A label points to another version.
    LabelMoved {
        /// The label.
        label: LabelName,
        /// What it pointed to.
        from: Semver,
        /// What it points to.
        to: Semver,
    },
    /// A label is gone.
    LabelRemoved {
        /// The label.
        label: LabelName,
        /// What it pointed to.
        from: Semver,
    },
    /// A version is served with a notice, or with another one.
    Deprecated {
        /// The version.
        version: Semver,
        /// Why.
        reason: String,
    },
    /// A version is served by its exact number only, or for another reason.
    Yanked {
        /// The version.
        version: Semver,
        /// Why.
        reason: String,
    },
    /// A version is served no more, or for another reason.
    Revoked {
        /// The version.
        version: Semver,
        /// Why.
        reason: String,
    },
    /// A version is `deprecated`, `yanked` or `revoked` no more.
    TakenBack {
        /// The version.
        version: Semver,
        /// Which of the three it was.
        state: VersionState,
    },
    /// A prompt is archived.
    Archived,
    /// A prompt is in use again.
    Reactivated,
    /// A prompt answers to a former name.
    AliasAdded {
        /// The name.
        alias: PromptName,
    },
    /// A prompt answers to a former name no more.
    AliasRemoved {
        /// The name.
        alias: PromptName,
    },
    /// Something else of it changed.
    Changed {
        /// The keys at the top of the file whose values differ; none where the old content cannot be had any more.
        keys: Vec<String>,
        /// What they said, but for what is not for everybody. A value of more than 1,024 bytes as JSON is told by its
        /// `digest` and `bytes`.
        #[serde(skip_serializing_if = "Map::is_empty")]
        from: Map<String, Value>,
        /// What they say.
        #[serde(skip_serializing_if = "Map::is_empty")]
        to: Map<String, Value>,
    },
}

/// The most bytes of a value that is told whole.
pub(super) const VALUE_BYTES: usize = 1_024;
