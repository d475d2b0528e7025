//! The questions an editor may ask, and who answers them.

use super::{
    action,
    completion::complete,
    definition::definition,
    folder::Folder,
    hover::hover,
    lines::{Lines, Unit},
    session::{Client, Judged},
    spot::Spot,
};
use crate::{
    domain::REGISTRY_FILE,
    files::{self, Loaded},
};
use lsp_types::{DocumentFormattingParams, TextDocumentPositionParams, TextEdit};
use serde::Serialize;
use serde_json::{Value, json};

/// The question that is answered from what the rules find.
pub(super) const CODE_ACTION: &str = "textDocument/codeAction";

/// The questions that are answered.
pub(super) const METHODS: [&str; 5] = [
    CODE_ACTION,
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/formatting",
    "textDocument/hover",
];

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
        // Whole texts: the files are small, and nothing can get out of step.
        "textDocumentSync": {"openClose": true, "change": 1, "save": true},
        "hoverProvider": true,
        "completionProvider": {"triggerCharacters": ["{", ">", " ", ":", "@", ".", "["]},
        "definitionProvider": true,
        "codeActionProvider": {"codeActionKinds": ["quickfix"]},
        "documentFormattingProvider": true,
    })
}

/// Answers a question; `None` where it is none of those.
///
/// # Errors
/// Where its parameters are not what the protocol says.
pub(super) fn answer(method: &str, params: Value, desk: &Desk<'_>) -> Option<Result<Value, serde_json::Error>> {
    Some(match method {
        "textDocument/hover" => at_spot(params, desk, hover),
        "textDocument/completion" => at_spot(params, desk, |spot| Some(complete(spot))),
        "textDocument/definition" => at_spot(params, desk, definition),
        "textDocument/formatting" => {
            serde_json::from_value(params).and_then(|params| serde_json::to_value(formatting(desk, &params)))
        }
        CODE_ACTION => {
            serde_json::from_value(params).and_then(|params| serde_json::to_value(action::actions(desk, &params)))
        }
        _ => return None,
    })
}

fn at_spot<T: Serialize>(
    params: Value,
    desk: &Desk<'_>,
    answer: impl FnOnce(&Spot<'_>) -> Option<T>,
) -> Result<Value, serde_json::Error> {
    let params: TextDocumentPositionParams = serde_json::from_value(params)?;
    let spot = Spot::new(desk, &params.text_document.uri, params.position);
    serde_json::to_value(spot.and_then(|spot| answer(&spot)))
}

/// The edits that format a file: none where it is in order, one for all of it otherwise.
fn formatting(desk: &Desk<'_>, params: &DocumentFormattingParams) -> Option<Vec<TextEdit>> {
    let path = desk.folder.relative(&params.text_document.uri)?;
    let text = &desk.folder.open(&path)?.text;
    let is_ours = desk.known.documents.contains_key(&path) && &*path != REGISTRY_FILE;
    if !is_ours || text.len() > desk.folder.limits().file_bytes {
        return Some(Vec::new());
    }
    // What does not parse stays as it is.
    let formatted = files::format(text).filter(|formatted| *formatted != **text);
    let range = Lines::new(text, desk.client.unit).all();
    Some(formatted.into_iter().map(|new_text| TextEdit { range, new_text }).collect())
}
