//! What a fetch answers: one version as JSON, serialized once, when the registry is built.

use crate::domain::{
    CollectionPath, Digest, Engine, Handle, LabelName, ModelName, PartialName, PromptFolder, PromptName, Selector,
    Semver, TagName, Turn, Variable, Version, VersionState, one_text,
};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

thread_local! {
    /// Where answers are written before they are copied to just the memory that they need.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|part| part == what)
}

/// What an answer says that was asked for by its number.
const NO_LABEL: &[u8] = b"\"label\":null,\"pinned\":null";

/// The bytes of an entity tag with its quotes.
const ETAG: usize = 34;

/// A serialized answer, ready to be sent any number of times without a copy.
///
/// The answers to a number and to its labels share what stands after the label, which is most of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The first part, where it is not that of `text`, and behind it the entity tag.
    own: Bytes,
    /// The answer to the number, of which the second part begins at `after`.
    text: Bytes,
    after: usize,
    /// Whether the same question can never get another answer: an exact version or a digest.
    pub immutable: bool,
}

impl Answer {
    /// Serializes a value.
    #[must_use]
    pub fn of(value: &impl Serialize, immutable: bool) -> Self {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.clear();
            // Our own types have string keys and finite numbers only, so that nothing in them can fail to serialize.
            if let Err(error) = serde_json::to_writer(&mut *scratch, value) {
                *scratch = error.to_string().into_bytes();
            }
            Self::made(&[], Bytes::copy_from_slice(scratch), 0, immutable)
        })
    }

    /// The same answer under a label: of a version as its number answers it.
    pub(super) fn under(&self, label: &LabelName) -> Self {
        self.pinned(label, None)
    }

    /// The same answer under a label that somebody pinned.
    pub(super) fn pinned(&self, label: &LabelName, pin: Option<&Pinned<'_>>) -> Self {
        // No text has these bytes in it: within one, a quotation mark has a backslash before it.
        let Some(at) = find(&self.text, NO_LABEL) else { return self.clone() };
        // Of texts alone, so that it cannot fail.
        let pin = serde_json::to_vec(&pin).unwrap_or_else(|_| b"null".to_vec());
        let said = [b"\"label\":\"", label.as_str().as_bytes(), b"\",\"pinned\":", &pin].concat();
        Self::made(&[&self.text[..at], &said].concat(), self.text.clone(), at + NO_LABEL.len(), false)
    }

    fn made(first: &[u8], text: Bytes, after: usize, immutable: bool) -> Self {
        let digest = Digest::of_all(&[first, &text[after..]]).hex();
        let own = [first, b"\"", &digest.as_bytes()[..ETAG - 2], b"\""].concat();
        Self { own: own.into_boxed_slice().into(), text, after, immutable }
    }

    /// The JSON text in two parts, to be sent one after the other; the first may be empty.
    #[must_use]
    pub fn parts(&self) -> [Bytes; 2] {
        [self.own.slice(..self.tag_at()), self.text.slice(self.after..)]
    }

    /// The JSON text in one piece, for which it is copied.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        self.parts().concat()
    }

    /// A strong entity tag with its quotes: equal bodies have equal tags.
    #[must_use]
    pub fn etag(&self) -> Bytes {
        self.own.slice(self.tag_at()..)
    }

    const fn tag_at(&self) -> usize {
        self.own.len().saturating_sub(ETAG)
    }
}

/// What is said of a label that an operator holds at a version.
#[derive(Debug, Serialize)]
pub struct Pinned<'a> {
    /// Until when, RFC 3339.
    pub until: String,
    /// Who pinned it.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
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
    pinned: Option<Pinned<'a>>,
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
    /// One version of a prompt as it is handed out under its number; [`Answer::under`] says the same under a label.
    ///
    /// `draft` is said of versions that are on no default branch.
    #[must_use]
    pub fn new(
        folder: &'a PromptFolder,
        (number, version): (&'a Semver, &'a Version),
        (digest, draft): (Digest, bool),
        arrival: &'a Arrival,
    ) -> Self {
        let (state, reason) = folder.prompt.state(number);
        Self {
            prompt: folder.into(),
            version: number,
            version_number: arrival.version_number,
            label: None,
            pinned: None,
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
