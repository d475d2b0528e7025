//! Why a step, or a run, did not end well.

use super::{mapping::Unmapped, stored::Stored};
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most places that are named.
const PLACES: usize = 20;

/// Why a step, or a run, did not end well: as it is stored, and as it is answered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunFault {
    /// The step; none where it is none in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What is wrong, without what went in or came out.
    pub message: String,
    /// What was said about it, which may quote what went in or came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PlaceFault>,
    /// Whether the time was up.
    #[serde(skip)]
    pub is_timeout: bool,
}

/// What is wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFault {
    /// The JSON pointer to it, in the workflow's file or in a value.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl RunFault {
    /// Something that has no place.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The time was up.
    pub(super) fn late(message: impl Into<String>) -> Self {
        Self { is_timeout: true, ..Self::new(message) }
    }

    /// Values that cannot be made of what there is. What is said of them names paths, and no values.
    pub(super) fn unmapped(what: &str, all: Vec<Unmapped>) -> Self {
        let first = all.first().map(|one| format!(": {}: {}", one.pointer, one.message)).unwrap_or_default();
        let errors = all.into_iter().take(PLACES);
        let errors = errors.map(|one| PlaceFault { pointer: one.pointer, message: one.message }).collect();
        Self { errors, ..Self::new(format!("{what} cannot be made{first}")) }
    }

    /// A value that does not fit a schema.
    pub(super) fn unfit(message: String, faults: &[schema::Fault]) -> Self {
        let errors = faults.iter().take(PLACES);
        let errors = errors.map(|fault| PlaceFault { pointer: fault.pointer.clone(), message: fault.message.clone() });
        Self { errors: errors.collect(), ..Self::new(message) }
    }

    /// The same with the step.
    pub(super) fn of_step(self, step: &str) -> Self {
        Self { step: Some(step.to_owned()), ..self }
    }

    /// In one line.
    pub(super) fn line(&self) -> String {
        match (&self.detail, self.errors.first()) {
            (Some(detail), _) => format!("{}: {detail}", self.message),
            (None, Some(first)) if !self.message.contains(&first.message) => {
                format!("{}: {}: {}", self.message, first.pointer, first.message)
            }
            _ => self.message.clone(),
        }
    }

    /// As much as may be stored of it.
    pub(super) fn stored(&self, stored: Stored) -> Self {
        if stored.is_everything() {
            return self.clone();
        }
        Self { detail: None, errors: Vec::new(), ..self.clone() }
    }

    pub(super) fn json(&self) -> Value {
        crate::store::storable(serde_json::to_value(self).unwrap_or_default())
    }
}
