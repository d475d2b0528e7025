//! Hover: what the word under the cursor means.

use super::{
    found,
    spot::Spot,
    tag::Form,
    thing::{self, Thing},
};
use crate::{domain::Span, lint, schema, template};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use serde_json::Value;

/// What to show at a spot; `None` where nothing is known of it.
pub(super) fn hover(spot: &Spot<'_>) -> Option<Hover> {
    let (page, span) = match spot.tag() {
        Some(tag) => (of_tag(spot, tag.form, spot.outline.slice(tag.word))?, tag.word),
        None => of_word(spot)?,
    };
    let value = lint::masked(&page).into_owned();
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(spot.lines.range(span)) })
}

fn of_word(spot: &Spot<'_>) -> Option<(String, Span)> {
    let span = spot.cursor.span;
    if span.start == span.end {
        return None;
    }
    let named = thing::under(spot).and_then(|thing| found::find(spot, thing, spot.word()));
    if let Some(found) = named {
        return Some((found.page, span));
    }
    // What the value may be is said where it stands; a text of many lines has nothing to say of itself.
    let is_long = spot.outline.slice(span).contains('\n');
    let mut path = spot.cursor.path.clone();
    if spot.cursor.on_key {
        path.push(spot.word().to_owned());
    }
    (!is_long).then(|| Some((of_key(&schema::at(spot.kind, &path))?, span)))?
}

/// What the schema says of a key: its description, values and default.
pub(super) fn of_key(nodes: &[&Value]) -> Option<String> {
    let mut page = nodes.iter().find_map(|node| node["description"].as_str())?.to_owned();
    let values: Vec<String> = values(nodes).iter().map(|value| format!("`{value}`")).collect();
    if !values.is_empty() {
        page.push_str(&format!("\n\nOne of: {}", values.join(", ")));
    }
    if let Some(default) = nodes.iter().find_map(|node| node.get("default")) {
        page.push_str(&format!("\n\nDefault: `{}`", shown(default)));
    }
    let examples = nodes.iter().find_map(|node| node["examples"].as_array());
    if let Some(example) = examples.and_then(|examples| examples.first()) {
        page.push_str(&format!("\n\nFor example: `{}`", shown(example)));
    }
    Some(page)
}

/// The values that a schema lists.
pub(super) fn values(nodes: &[&Value]) -> Vec<String> {
    let listed = nodes.iter().find_map(|node| node["enum"].as_array());
    let all = listed.map(|all| all.iter().map(shown).collect::<Vec<_>>()).unwrap_or_default();
    let is_switch = nodes.iter().any(|node| node["type"] == "boolean");
    if all.is_empty() && is_switch { vec!["true".to_owned(), "false".to_owned()] } else { all }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn of_tag(spot: &Spot<'_>, form: Form, word: &str) -> Option<String> {
    match form {
        Form::Partial => Some(found::find(spot, Thing::Partial, word)?.page),
        Form::Block => helper(word),
        Form::Value | Form::Argument => {
            let name = word.split('.').next().unwrap_or_default();
            let variable = found::find(spot, Thing::Variable, name).map(|found| found.page);
            variable.or_else(|| of_chain(spot, word)).or_else(|| helper(word))
        }
    }
}

/// Of a workflow's `input.name` and `outputs.name`.
fn of_chain(spot: &Spot<'_>, word: &str) -> Option<String> {
    let workflow = spot.workflow()?;
    match word.split_once('.')? {
        ("input", name) => {
            let name = name.split('.').next()?;
            let all = workflow.input_schema.as_ref().map(crate::domain::variables)?;
            all.iter().find(|variable| variable.name == name).map(found::schema_of)
        }
        ("outputs", name) => {
            let name = name.split('.').next()?;
            let step = workflow.steps.iter().find(|step| step.output_key.as_deref() == Some(name))?;
            Some(format!("The answer of the step `{}`, which sends `{}`", step.id, step.prompt))
        }
        _ => None,
    }
}

fn helper(word: &str) -> Option<String> {
    let (_, example) = template::helpers().find(|(name, _)| *name == word)?;
    Some(format!("A helper of the template language: `{example}`"))
}
