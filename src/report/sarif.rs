//! SARIF 2.1.0: the form that code scanners exchange.

use super::{RuleInfo, text::Texts};
use crate::domain::{Diagnostic, Digest, Fix, Level, Place};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

pub(super) fn render(diagnostics: &[Diagnostic], texts: &mut Texts<'_>, rules: &[RuleInfo<'_>]) -> String {
    let mut seen = HashMap::new();
    let results: Vec<Value> = diagnostics.iter().map(|one| result(one, texts, rules, &mut seen)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder of registry.toml."}}},
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Off => "none",
        Level::Warn => "warning",
        Level::Error => "error",
    }
}

fn rule(rule: &RuleInfo<'_>) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.explanation.trim(), "markdown": rule.explanation.trim()},
        "defaultConfiguration": {"level": level(rule.default)},
    })
}

fn result(
    diagnostic: &Diagnostic,
    texts: &mut Texts<'_>,
    rules: &[RuleInfo<'_>],
    seen: &mut HashMap<String, usize>,
) -> Value {
    let text = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "level": level(diagnostic.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": location(&diagnostic.place, texts)}],
        "partialFingerprints": {"promptreg/v1": fingerprint(diagnostic, seen)},
    });
    if let Some(index) = rules.iter().position(|rule| rule.name == diagnostic.rule) {
        result["ruleIndex"] = json!(index);
    }
    if !diagnostic.related.is_empty() {
        let related = diagnostic.related.iter().enumerate().map(|(id, (place, why))| {
            json!({"id": id, "physicalLocation": location(place, texts), "message": {"text": why}})
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = diagnostic.fix.as_ref().and_then(|fix| fixed(fix, &diagnostic.place.path, texts)) {
        result["fixes"] = json!([fix]);
    }
    result
}

fn fixed(fix: &Fix, path: &Arc<str>, texts: &mut Texts<'_>) -> Option<Value> {
    let replacements = fix.edits.iter().map(|edit| {
        let place = Place { path: Arc::clone(path), span: Some(edit.span) };
        Some(json!({"deletedRegion": region(&place, texts)?, "insertedContent": {"text": edit.text}}))
    });
    let replacements = replacements.collect::<Option<Vec<_>>>()?;
    Some(json!({
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": artifact(path), "replacements": replacements}],
    }))
}

fn location(place: &Place, texts: &mut Texts<'_>) -> Value {
    let mut location = json!({"artifactLocation": artifact(&place.path)});
    if let Some(region) = region(place, texts) {
        location["region"] = region;
    }
    location
}

fn artifact(path: &str) -> Value {
    json!({"uri": uri(path), "uriBaseId": "%SRCROOT%"})
}

fn region(place: &Place, texts: &mut Texts<'_>) -> Option<Value> {
    texts.region(place).map(|region| {
        json!({
            "startLine": region.start.line, "startColumn": region.start.column,
            "endLine": region.end.line, "endColumn": region.end.column,
        })
    })
}

/// The same for the same finding wherever its line has moved to; a second equal one in a file is told by its number.
fn fingerprint(diagnostic: &Diagnostic, seen: &mut HashMap<String, usize>) -> String {
    let key = format!("{}\0{}\0{}", diagnostic.rule, diagnostic.place.path, diagnostic.message);
    let hash = Digest::of(key.as_bytes()).hex()[..32].to_owned();
    let count = seen.entry(hash.clone()).or_default();
    *count += 1;
    format!("{hash}:{count}")
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
