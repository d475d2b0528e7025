//! Declaring a variable: the edits that add it to a version's `input_schema`.

use super::rule::Findings;
use crate::{
    domain::{Edit, Fix, Span},
    files::Document,
};
use serde_json::Value;

/// Adds a required text to the properties of an `input_schema`, where those stand in block style.
pub(super) fn declaring(findings: &mut Findings, document: &Document, schema: &Value, name: &str) -> Option<Fix> {
    schema.get("properties")?.as_object().filter(|properties| !properties.is_empty())?;
    let text = &document.text;
    let at = findings.at(document, "/input_schema/properties");
    let indent = indentation(text, at.start)?;
    let property = insert(last_line(text, at), format!("\n{indent}{name}: {{type: string}}"));
    let required = match schema.get("required") {
        None => {
            let key = findings.key_at(document, "/input_schema/properties").start;
            insert(key, format!("required: [{name}]\n{}", indentation(text, key)?))
        }
        Some(required) => {
            let last = required.as_array()?.len().checked_sub(1)?;
            let list = findings.at(document, "/input_schema/required");
            let item = findings.at(document, &format!("/input_schema/required/{last}"));
            requiring(text, list, item, name)?
        }
    };
    Some(Fix { title: format!("declare `{name}` as a text that is required"), edits: vec![required, property] })
}

/// Adds a name to the end of a list that stands on one line or in block style.
fn requiring(text: &str, list: Span, last: Span, name: &str) -> Option<Edit> {
    let written = text.get(list.start..list.end)?;
    if let Some(inner) = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let is_plain = !inner.contains(['\n', '#']) && !inner.trim_end().ends_with(',');
        return is_plain.then(|| insert(last.end, format!(", {name}")));
    }
    let start = line_start(text, last.start);
    let before = text.get(start..last.start)?;
    let indent = before.trim_end().strip_suffix('-').filter(|indent| indent.trim().is_empty())?;
    let end = text[last.end..].find('\n').map_or(text.len(), |found| last.end + found);
    Some(insert(end, format!("\n{indent}- {name}")))
}

/// Where the last line of a block ends that is more than a comment.
fn last_line(text: &str, block: Span) -> usize {
    let mut end = block.end;
    while let Some(at) = text[block.start..end].rfind('\n') {
        let line = text[block.start + at..end].trim();
        if !line.is_empty() && !line.starts_with('#') {
            break;
        }
        end = block.start + at;
    }
    end
}

/// The blanks before what is first on its line.
fn indentation(text: &str, at: usize) -> Option<&str> {
    text.get(line_start(text, at)..at).filter(|before| before.bytes().all(|byte| byte == b' '))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |found| found + 1)
}

const fn insert(at: usize, text: String) -> Edit {
    Edit { span: Span::new(at, at), text }
}
