//! Programs: versions made ready for rendering, once, when they are first rendered.

use super::Error;
use crate::{
    domain::{Registry, Turn, Version},
    schema, template,
};
use serde_json::{Map, Value};

/// A version that was made ready for rendering.
#[derive(Debug)]
pub(super) struct Program {
    input: Option<Result<schema::Compiled, Vec<schema::Fault>>>,
    pub template: template::Compiled,
    /// The place for the caller's own messages: the version's first placeholder, else `history`.
    pub place: String,
}

impl Program {
    /// Compiles the template and the input's schema.
    ///
    /// # Errors
    /// Where the template is broken or beyond the limits.
    pub(super) fn new(registry: &Registry, version: &Version) -> Result<Self, template::Error> {
        let limits = registry.settings.as_deref().map(|settings| settings.limits).unwrap_or_default();
        let template = template::Compiled::new(version, |pin| registry.pinned(pin).map(|version| &**version), &limits)?;
        let input = version.input_schema.as_deref().map(schema::Compiled::new);
        let place = version.messages.iter().find_map(|turn| match turn {
            Turn::Placeholder { placeholder } => Some(placeholder.to_string()),
            Turn::Message { .. } => None,
        });
        Ok(Self { input, template, place: place.unwrap_or_else(|| "history".to_owned()) })
    }

    /// The input with the defaults filled in.
    ///
    /// # Errors
    /// Where it does not fit, or the schema itself is broken: all faults at once.
    pub(super) fn fit(&self, input: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        let schema = match &self.input {
            None => return Ok(input),
            Some(Ok(schema)) => schema,
            Some(Err(faults)) => return Err(Error::Schema(faults.clone())),
        };
        let input = schema.with_defaults(&input);
        let value = Value::Object(input);
        let faults = schema.faults(&value);
        match value {
            Value::Object(input) if faults.is_empty() => Ok(input),
            _ => Err(Error::Input(faults)),
        }
    }
}
