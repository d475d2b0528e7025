//! Soundness: whether a file can be served as far as it can be told from the file alone.

use super::context::schemas;
use crate::{
    domain::{Engine, Limits, Turn, Version, Which},
    files::{Document, Entity},
    schema, template,
};

/// Whether a file says something whole: its shape, its templates, its JSON Schemas and its pins.
///
/// What it says of other files is not looked at. A file that is sound has no finding of a rule that breaks but those
/// that look at other files.
#[must_use]
pub fn sound(document: &Document, limits: &Limits) -> bool {
    let Some(entity) = &document.entity else { return false };
    let whole = match entity {
        Entity::Version(version) => templates(version, limits) && pins(version),
        _ => true,
    };
    whole && schemas(entity).into_iter().all(|(_, schema)| schema::check(schema).is_empty())
}

fn templates(version: &Version, limits: &Limits) -> bool {
    version.engine == Engine::None
        || version.messages.iter().all(|turn| match turn {
            Turn::Message { content, .. } => template::parse(content, limits).faults.is_empty(),
            Turn::Placeholder { .. } => true,
        })
}

fn pins(version: &Version) -> bool {
    version.uses.values().all(|pin| matches!(pin.which, Which::Exact(_)))
}
