//! The questions an editor may ask, and who answers them.

use super::{
    folder::Folder,
    lines::Unit,
    session::{Client, Judged},
};
use crate::files::Loaded;
use serde_json::{Value, json};

pub(super) const CODE_ACTION: &str = "textDocument/codeAction";

/// The questions that are answered.
pub(super) const METHODS: [&str; 1] = [CODE_ACTION];

/// What lies before whoever answers.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) folder: &'a Folder,
    /// What the registry says, with broken files as they were before.
    pub(super) known: &'a Loaded,
    /// What the rules find in the files as they are; there for code actions.
    pub(super) judged: Option<&'a Judged>,
    pub(super) client: Client,
}

/// What the editor may ask.
pub(super) fn capabilities(unit: Unit) -> Value {
    json!({
        "positionEncoding": match unit { Unit::Byte => "utf-8", Unit::Utf16 => "utf-16" },
        "textDocumentSync": {"openClose": true, "change": 1},
    })
}

/// Answers a question; `None` where it is none of those.
///
/// # Errors
/// Where its parameters are not what the protocol says.
pub(super) fn answer(_method: &str, _params: Value, _desk: &Desk<'_>) -> Option<Result<Value, serde_json::Error>> {
    None
}
