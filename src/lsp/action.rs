//! Code actions: the fixes that rules know, and a comment that ignores a finding.

use super::{folder::Open, lines::Lines, outline::Outline, outline_yaml::line_end, publish, requests::Desk};
use crate::{
    domain::{Diagnostic, Edit, Level, Span},
    lint,
};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, TextEdit, WorkspaceEdit,
};

/// Rules whose findings are about ignore comments, which are mended and not ignored.
const ABOUT_COMMENTS: [&str; 2] = ["unused-ignore", "unknown-rule"];

/// What may be done about the findings in a range.
pub(super) fn actions(desk: &Desk<'_>, params: &CodeActionParams) -> Option<Vec<CodeAction>> {
    let path = desk.folder.relative(&params.text_document.uri)?;
    let (open, judged) = (desk.folder.open(&path)?, desk.judged?);
    let document = judged.loaded.documents.get(&path)?;
    let lines = Lines::new(&open.text, desk.client.unit);
    let wanted = Span::new(lines.byte(params.range.start), lines.byte(params.range.end));
    let is_near = |finding: &&Diagnostic| {
        let span = finding.place.span.unwrap_or_default();
        finding.place.path == path && span.start <= wanted.end && wanted.start <= span.end
    };
    let mut actions = Vec::new();
    for finding in judged.findings.iter().filter(is_near) {
        if let Some(fix) = &finding.fix {
            let mending = action(open, &lines, finding, capital(&fix.title), &fix.edits);
            actions.push(CodeAction { is_preferred: Some(true), ..mending });
        }
        if can_be_ignored(finding) {
            let comment = comment(&Outline::new(document.location.kind(), &open.text), finding);
            let title = format!("Ignore this finding of {}, and say why", finding.rule);
            actions.push(action(open, &lines, finding, title, &[comment]));
        }
    }
    Some(actions)
}

/// An action that edits the open file to settle one finding.
fn action(open: &Open, lines: &Lines<'_>, finding: &Diagnostic, title: String, edits: &[Edit]) -> CodeAction {
    let edit = |edit: &Edit| OneOf::Left(TextEdit { range: lines.range(edit.span), new_text: edit.text.clone() });
    let (uri, version) = (open.uri.clone(), Some(open.version));
    let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
    let edits = vec![TextDocumentEdit { text_document, edits: edits.iter().map(edit).collect() }];
    let changes = WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(edits)), ..WorkspaceEdit::default() };
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![publish::one(finding, lines)]),
        edit: Some(changes),
        ..CodeAction::default()
    }
}

fn can_be_ignored(finding: &Diagnostic) -> bool {
    let keeps_back = lint::RULES.iter().any(|rule| rule.name == finding.rule && rule.breaks);
    let stays = keeps_back && finding.severity == Level::Error;
    !stays && !ABOUT_COMMENTS.contains(&finding.rule)
}

/// The comment that ignores a finding: on the line above, or the top of the file where the line
/// above is within a text.
fn comment(outline: &Outline<'_>, finding: &Diagnostic) -> Edit {
    let (text, rule) = (outline.text, finding.rule);
    let place = finding.place.span.map(|span| text.floor_char_boundary(span.start));
    let above = place.map(|at| text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1));
    let is_text = |start: usize| {
        let spans =
            |span: Span| span.start < start && start <= span.end && !outline.slice(span).starts_with(['{', '[']);
        outline.entries.iter().any(|entry| spans(entry.value))
    };
    let (at, text) = match above.filter(|start| !is_text(*start)) {
        Some(start) => {
            let line = text.get(start..line_end(text, start)).unwrap_or_default();
            let blank = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
            (start, format!("{blank}# promptreg: ignore {rule} -- say why this is right here\n"))
        }
        None => (below_comments(text), format!("# promptreg: ignore-file {rule} -- say why this is right here\n")),
    };
    Edit { span: Span::new(at, at), text }
}

/// Where the comments at the top of a file end.
fn below_comments(text: &str) -> usize {
    text.split_inclusive('\n').take_while(|line| line.starts_with('#') && line.ends_with('\n')).map(str::len).sum()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsp::{
        folder::Folder,
        session::{Client, Judged},
    };
    use std::sync::Arc;

    #[test]
    fn the_edits_of_a_fix_arrive_where_they_belong() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("registry.toml"), "").unwrap();
        let mut folder = Folder::find(root.path()).unwrap().unwrap();
        let path: Arc<str> = "tags.yaml".into();
        let text: Arc<str> = "a: {description: \u{1f600} no}\n".into();
        let uri = folder.uri(&path).unwrap();
        folder.put(&path, Open { uri: uri.clone(), version: 7, text: Arc::clone(&text) }).unwrap();
        let at = text.find("no").unwrap();
        let edits = vec![Edit { span: Span::new(at, at + 2), text: "yes".into() }];
        let finding = Diagnostic::error("shape", &path, Some(Span::new(at, at + 2)), "no").fix("say yes", edits);
        let (loaded, known) = (folder.loaded(), folder.known());
        let judged = Judged { loaded, findings: vec![finding] };
        let desk = Desk { folder: &folder, known: &known, judged: Some(&judged), client: Client::default() };
        let asked = |line: u32| {
            let range =
                serde_json::json!({"start": {"line": line, "character": 0}, "end": {"line": line, "character": 99}});
            let document = serde_json::json!({"uri": uri});
            let params = serde_json::json!({"textDocument": document, "range": range, "context": {"diagnostics": []}});
            actions(&desk, &serde_json::from_value(params).unwrap()).unwrap()
        };
        let offered = serde_json::to_value(asked(0)).unwrap();
        assert_eq!((&offered[0]["title"], &offered[0]["isPreferred"]), (&"Say yes".into(), &true.into()));
        let change = &offered[0]["edit"]["documentChanges"][0];
        assert_eq!((&change["textDocument"]["version"], &change["edits"][0]["newText"]), (&7.into(), &"yes".into()));
        // The smile is two units of UTF-16.
        assert_eq!(change["edits"][0]["range"]["start"]["character"], 20);
        assert_eq!(asked(1), []);
    }
}
