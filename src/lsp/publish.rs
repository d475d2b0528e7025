//! Publishing: what the rules found, in the editor's words.

use super::{
    folder::Folder,
    lines::{Lines, Unit},
    session::Client,
};
use crate::{
    domain::{Diagnostic, Level, Place, Span},
    files::Loaded,
};
use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, PublishDiagnosticsParams, Range,
};
use std::{collections::BTreeMap, sync::Arc};

/// What was told of each file that has something wrong.
pub(super) type Told = BTreeMap<Arc<str>, Vec<lsp_types::Diagnostic>>;

/// All findings by file.
pub(super) fn told(findings: &[Diagnostic], loaded: &Loaded, folder: &Folder, client: Client) -> Told {
    let unit = client.unit;
    let mut told = Told::new();
    for group in findings.chunk_by(|a, b| a.place.path == b.place.path) {
        let Some(first) = group.first() else { continue };
        let text = text(loaded, &first.place.path);
        let lines = Lines::new(&text, unit);
        let tell = |finding: &Diagnostic| lsp_types::Diagnostic {
            related_information: client
                .related
                .then(|| related_to(finding, loaded, folder, unit))
                .filter(|all| !all.is_empty()),
            ..one(finding, &lines)
        };
        told.entry(Arc::clone(&first.place.path)).or_default().extend(group.iter().map(tell));
    }
    told
}

/// One finding, without the other places that matter.
pub(super) fn one(finding: &Diagnostic, lines: &Lines<'_>) -> lsp_types::Diagnostic {
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    lsp_types::Diagnostic {
        range: lines.range(finding.place.span.unwrap_or_default()),
        severity: Some(match finding.severity {
            Level::Error => DiagnosticSeverity::ERROR,
            Level::Warn | Level::Off => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(finding.rule.to_owned())),
        source: Some("promptreg".to_owned()),
        message,
        data: Some(serde_json::json!({"rule": finding.rule})),
        ..lsp_types::Diagnostic::default()
    }
}

/// What has to be sent, so that the editor shows what is told now instead of what was told before.
pub(super) fn changes(before: &Told, now: &Told, folder: &Folder) -> Vec<PublishDiagnosticsParams> {
    let gone = before.keys().filter(|path| !now.contains_key(*path)).map(|path| (path, Vec::new()));
    let new = now.iter().filter(|(path, all)| before.get(*path) != Some(*all)).map(|(path, all)| (path, all.clone()));
    let params = |(path, diagnostics): (&Arc<str>, Vec<_>)| {
        let version = folder.open(path).map(|open| open.version);
        Some(PublishDiagnosticsParams { uri: folder.uri(path)?, diagnostics, version })
    };
    gone.chain(new).filter_map(params).collect()
}

fn related_to(finding: &Diagnostic, loaded: &Loaded, folder: &Folder, unit: Unit) -> Vec<DiagnosticRelatedInformation> {
    let one = |(place, why): &(Place, String)| {
        let uri = folder.uri(&place.path)?;
        let range = range(loaded, &place.path, place.span.unwrap_or_default(), unit);
        Some(DiagnosticRelatedInformation { location: Location { uri, range }, message: why.clone() })
    };
    finding.related.iter().filter_map(one).collect()
}

/// The range of bytes in any file.
pub(super) fn range(loaded: &Loaded, path: &str, span: Span, unit: Unit) -> Range {
    Lines::new(&text(loaded, path), unit).range(span)
}

fn text(loaded: &Loaded, path: &str) -> Arc<str> {
    loaded.documents.get(path).map(|document| Arc::clone(&document.text)).unwrap_or_default()
}
