//! What a fetch answers: one version as JSON, serialized once, when the registry is built.

use crate::domain::{
    CollectionPath, Digest, Engine, Handle, LabelName, ModelName, PartialName, PromptFolder, PromptName, Selector,
    Semver, TagName, Turn, Variable, Version, VersionState, one_text,
};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// A serialized answer, ready to be sent any number of times without a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The JSON text.
    pub body: Bytes,
    /// A strong entity tag with its quotes: equal bodies have equal tags.
    pub etag: Bytes,
    /// Whether the same question can never get another answer: an exact version or a digest.
    pub immutable: bool,
}

impl Answer {
    /// Serializes a value.
    #[must_use]
    pub fn of(value: &impl Serialize, immutable: bool) -> Self {
        // Our own types have string keys and finite numbers only, so that nothing in them can fail to serialize.
        let body = serde_json::to_vec(value).unwrap_or_else(|error| error.to_string().into_bytes());
        let etag = format!("\"{}\"", &Digest::of(&body).hex()[..32]);
        Self { body: body.into(), etag: etag.into(), immutable }
    }
}

/// How a version came to the default branch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Arrival {
    /// 1, 2, 3, … in the order in which the prompt's versions arrived.
    pub version_number: Option<u32>,
    /// Who wrote it: a user's handle where the e-mail address is known, else the name in the commit.
    pub created_by: Option<Arc<str>>,
    /// When it was written, RFC 3339.
    pub created_at: Option<Arc<str>>,
    /// Who brought it to the default branch.
    pub approved_by: Option<Arc<str>>,
    /// When it came there, RFC 3339.
    pub approved_at: Option<Arc<str>>,
    /// The commit of the default branch it came with.
    pub commit: Option<Arc<str>>,
}

/// What every answer says of a prompt first.
#[derive(Debug, Serialize)]
pub(super) struct Heading<'a> {
    pub name: &'a PromptName,
    pub display_name: Option<&'a str>,
    pub description: Option<&'a str>,
    pub collection: Option<&'a CollectionPath>,
    category: Option<&'a str>,
    tags: &'a [TagName],
    owner: Option<&'a Handle>,
}

impl<'a> From<&'a PromptFolder> for Heading<'a> {
    fn from(folder: &'a PromptFolder) -> Self {
        let prompt = &*folder.prompt;
        Self {
            name: &folder.name,
            display_name: prompt.display_name.as_deref(),
            description: prompt.description.as_deref(),
            collection: folder.collection.as_ref(),
            category: prompt.category.as_deref(),
            tags: &prompt.tags,
            owner: prompt.owner.as_ref(),
        }
    }
}

/// A version as a fetch answers it. Its keys are always all there.
#[derive(Debug, Serialize)]
pub struct Fetched<'a> {
    #[serde(flatten)]
    prompt: Heading<'a>,
    version: &'a Semver,
    version_number: Option<u32>,
    label: Option<&'a LabelName>,
    status: VersionState,
    deprecated: Option<&'a str>,
    digest: Digest,
    messages: &'a [Turn],
    content: String,
    engine: Engine,
    input_schema: Option<&'a Value>,
    variables: Vec<Variable>,
    uses: &'a BTreeMap<PartialName, Selector>,
    output_schema: Option<&'a Value>,
    tools: &'a [Value],
    model: Option<&'a ModelName>,
    parameters: &'a Map<String, Value>,
    notes: Option<&'a str>,
    created_by: Option<&'a str>,
    created_at: Option<&'a str>,
    approved_by: Option<&'a str>,
    approved_at: Option<&'a str>,
    commit: Option<&'a str>,
}

impl<'a> Fetched<'a> {
    /// One version of a prompt as it is handed out under a label, or under its number where there is none.
    ///
    /// `draft` is said of versions that are on no default branch.
    #[must_use]
    pub fn new(
        folder: &'a PromptFolder,
        (number, version): (&'a Semver, &'a Version),
        label: Option<&'a LabelName>,
        (digest, draft): (Digest, bool),
        arrival: &'a Arrival,
    ) -> Self {
        let (state, reason) = folder.prompt.state(number);
        Self {
            prompt: folder.into(),
            version: number,
            version_number: arrival.version_number,
            label,
            status: if draft { VersionState::Draft } else { state },
            deprecated: reason,
            digest,
            messages: &version.messages,
            content: one_text(&version.messages),
            engine: version.engine,
            input_schema: version.input_schema.as_deref(),
            variables: version.variables(),
            uses: &version.uses,
            output_schema: version.output_schema.as_deref(),
            tools: &version.tools,
            model: version.model.as_ref(),
            parameters: &version.parameters,
            notes: version.notes.as_deref(),
            created_by: arrival.created_by.as_deref(),
            created_at: arrival.created_at.as_deref(),
            approved_by: arrival.approved_by.as_deref(),
            approved_at: arrival.approved_at.as_deref(),
            commit: arrival.commit.as_deref(),
        }
    }
}
