//! The schema room: the JSON Schema of every kind of file, schemas that people write, and faults in their words.

mod at;
mod bounds;
mod compiled;
mod defaults;
mod explain;
mod fault;
mod fuel;
mod plain;
mod words;

pub use self::{
    at::at,
    compiled::{Compiled, check},
    defaults::with_defaults,
    fault::{About, Fault, Repair},
    plain::is_plain,
    plain::surely_fits,
};

use crate::domain::Kind;
use jsonschema::Validator;
use serde_json::Value;
use std::sync::OnceLock;

/// The JSON Schema of one kind of file as JSON text, the same as `schemas/<kind>.json` of the project.
///
/// `registry.toml` is judged by its schema after it is read into JSON.
#[must_use]
pub const fn source(kind: Kind) -> &'static str {
    match kind {
        Kind::Registry => include_str!("../../schemas/registry.json"),
        Kind::Collection => include_str!("../../schemas/collection.json"),
        Kind::Prompt => include_str!("../../schemas/prompt.json"),
        Kind::Version => include_str!("../../schemas/version.json"),
        Kind::Workflow => include_str!("../../schemas/workflow.json"),
        Kind::Model => include_str!("../../schemas/model.json"),
        Kind::Hook => include_str!("../../schemas/hook.json"),
        Kind::Client => include_str!("../../schemas/client.json"),
        Kind::User => include_str!("../../schemas/user.json"),
        Kind::Role => include_str!("../../schemas/role.json"),
        Kind::Policy => include_str!("../../schemas/policy.json"),
        Kind::Tags => include_str!("../../schemas/tags.json"),
    }
}

/// All faults of a file of this kind, sorted by pointer; none where it fits.
///
/// A file that fits costs microseconds; only one that does not is looked at a second time. The value's depth is the
/// caller's to bound: reading a file does so by `limits.yaml_depth`.
#[must_use]
pub fn faults(kind: Kind, file: &Value) -> Vec<Fault> {
    let Some(own) = own(kind) else { return Vec::new() };
    if own.validator.is_valid(file) {
        return Vec::new();
    }
    explain::all(&own.schema, own.validator.iter_errors(file))
}

/// One of our own schemas, compiled.
struct Own {
    schema: Value,
    validator: Validator,
}

/// Compiles the schema of `kind` once. A test compiles them all, so that `None` never comes out of a released binary.
fn own(kind: Kind) -> Option<&'static Own> {
    static OWN: [OnceLock<Option<Own>>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
    let place = OWN.get(kind as usize)?;
    place
        .get_or_init(|| {
            let schema: Value = serde_json::from_str(source(kind)).ok()?;
            let validator = compiled::options().build(&schema).ok()?;
            Some(Own { schema, validator })
        })
        .as_ref()
}

#[cfg(test)]
mod tests;
