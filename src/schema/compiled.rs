//! Schemas that people write: compiled within bounds, with faults that point into the schema, applied to inputs.

use super::{bounds, defaults, explain, fault::Fault, fuel, plain};
use jsonschema::{PatternOptions, ValidationError, ValidationOptions, Validator, error::ValidationErrorKind};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The most bytes that one compiled regular expression may take.
const PATTERN_BYTES: usize = 1 << 20;

/// A JSON Schema, ready to judge inputs. Clones share it.
#[derive(Debug, Clone)]
pub struct Compiled(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    schema: Value,
    /// Whether the schema refers to anything, so that an input has to be measured before it is judged.
    refers: bool,
    validator: Validator,
}

/// How every schema is compiled: 2020-12 unless it says otherwise, regular expressions in linear time, offline.
pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options().with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES))
}

impl Compiled {
    /// Compiles a JSON Schema (2020-12 unless its `$schema` names another draft).
    ///
    /// # Errors
    /// All faults of the schema, with pointers into it: what its meta-schema forbids, references that leave the schema
    /// or lead nowhere or round in circles, regular expressions that do not compile in linear time, more than
    /// 10,000 values or 64 levels.
    pub fn new(schema: &Value) -> Result<Self, Vec<Fault>> {
        let validator = build(schema)?;
        Ok(Self(Arc::new(Inner { schema: schema.clone(), refers: fuel::refers(schema), validator })))
    }

    /// All faults of an input, sorted by pointer; none where it fits.
    ///
    /// An input of more than 64 levels does not fit, nor does one to which the schema's references would apply more than
    /// 500,000 times.
    #[must_use]
    pub fn faults(&self, input: &Value) -> Vec<Fault> {
        if let Some(fault) = bounds::too_deep(input) {
            return vec![fault];
        }
        if self.0.refers && !fuel::affordable(&self.0.schema, input) {
            return vec![Fault::value("", "this is too intricate to be judged by its schema")];
        }
        if self.0.validator.is_valid(input) {
            return Vec::new();
        }
        explain::all(&self.0.schema, self.0.validator.iter_errors(input))
    }

    /// The input with the default of every property that it leaves out, in nested objects too.
    ///
    /// An object that is left out itself is filled in only where the schema gives it a default.
    #[must_use]
    pub fn with_defaults(&self, input: &Map<String, Value>) -> Map<String, Value> {
        defaults::with_defaults(&self.0.schema, input)
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.0.schema
    }
}

/// The faults of a JSON Schema: those that [`Compiled::new`] would report.
#[must_use]
pub fn check(schema: &Value) -> Vec<Fault> {
    if plain::is_plain(schema) { Vec::new() } else { build(schema).err().unwrap_or_default() }
}

fn build(schema: &Value) -> Result<Validator, Vec<Fault>> {
    bounds::size(schema).map_err(|fault| vec![fault])?;
    if let Some(fault) = bounds::unknown_draft(schema) {
        return Err(vec![fault]);
    }
    let faults = bounds::references(schema);
    if !faults.is_empty() {
        return Err(faults);
    }
    options().build(schema).map_err(|error| {
        let told = against_meta_schema(schema);
        if told.is_empty() { vec![of_build(&error)] } else { told }
    })
}

/// All that the meta-schema forbids; the builder itself stops at the first.
fn against_meta_schema(schema: &Value) -> Vec<Fault> {
    match jsonschema::meta::validator_for(schema) {
        Ok(meta) => explain::all(&Value::Null, meta.iter_errors(schema)),
        Err(_) => Vec::new(),
    }
}

/// What the builder refused though the meta-schema allows it.
fn of_build(error: &ValidationError<'_>) -> Fault {
    let at = [error.instance_path().as_str(), error.schema_path().as_str()];
    let at = at.into_iter().find(|at| !at.is_empty()).unwrap_or_default();
    match error.kind() {
        ValidationErrorKind::Format { format } if format == "regex" => Fault::value(
            at,
            format!("`{}` is not a regular expression that can be used", super::words::shown(error.instance())),
        )
        .help("look-arounds and back-references are not supported, and it must not grow too large"),
        _ => Fault::value(at, format!("this is not a valid JSON Schema: {}", error.masked_with("it"))),
    }
}
