//! Soundness: whether a file can be served as far as it can be told from the file alone.

use super::{context::schemas, workflow};
use crate::{
    domain::{Engine, Limits, Turn, Version, Which, Workflow},
    files::{Document, Entity},
    schema, template,
};
use std::collections::HashSet;

/// What counts as sound, and what a sound file says, in a number: raise it when either changes within a release, so that
/// nobody goes on with what an older program found.
pub const SOUNDNESS: u32 = 1;

/// Whether a file says something whole: its shape, its templates, its JSON Schemas and its pins.
///
/// What it says of other files is not looked at. A file that is sound has no finding of a rule that breaks but those
/// that look at other files.
#[must_use]
pub fn sound(document: &Document, limits: &Limits) -> bool {
    let Some(entity) = &document.entity else { return false };
    let whole = match entity {
        Entity::Version(version) => templates(version, limits) && pins(version),
        Entity::Workflow(workflow) => are_distinct(workflow) && passes(workflow, limits),
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

/// Whether the templates of a workflow can be read.
fn passes(workflow: &Workflow, limits: &Limits) -> bool {
    workflow::texts(workflow, limits).iter().all(|text| workflow::faults(&text.parsed).is_empty())
}

/// Whether no two steps or triggers of a workflow have one id.
fn are_distinct(workflow: &Workflow) -> bool {
    let (mut steps, mut triggers) = (HashSet::new(), HashSet::new());
    workflow.steps.iter().all(|step| steps.insert(&step.id))
        && workflow.triggers.iter().all(|trigger| triggers.insert(&trigger.id))
}

fn pins(version: &Version) -> bool {
    version.uses.values().all(|pin| matches!(pin.which, Which::Exact(_)))
}
