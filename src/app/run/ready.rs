//! Ready plans: compiled once, and kept for the runs that begin with the same.

use super::{
    mapping::{Mapping, Unmapped},
    plan::{PlannedStep, RunPlan, plan},
};
use crate::{
    app::{Current, Error},
    domain::{Digest, ModelName, WorkflowName},
    schema, store,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// How many plans are kept.
const KEPT: usize = 256;

/// A plan that was made ready.
#[derive(Debug)]
pub(in crate::app) struct Ready {
    /// What is planned.
    pub plan: RunPlan,
    /// The same as it is kept.
    pub row: Arc<store::Plan>,
    /// The schema of the input.
    pub input: Option<schema::Compiled>,
    /// The steps in their order.
    pub steps: Vec<ReadyStep>,
    /// The result.
    pub output: Mapping,
}

/// What of a step was made ready.
#[derive(Debug)]
pub(in crate::app) struct ReadyStep {
    /// What its input is made by.
    pub input: Mapping,
    /// Whether it runs.
    pub when: Option<Mapping>,
    /// The schema of the answer, once that was needed.
    pub answer: OnceLock<Option<Arc<schema::Compiled>>>,
}

impl Ready {
    /// Compiles what a plan holds.
    ///
    /// # Errors
    /// Where a schema or a template is broken.
    pub(super) fn new(plan: RunPlan) -> Result<Self, Error> {
        let row = serde_json::to_value(&plan).unwrap_or_default();
        let digest = Digest::of_json(&row).to_string();
        Self::made(plan, store::Plan { digest, plan: row })
    }

    /// Compiles a plan that was kept.
    ///
    /// # Errors
    /// Where it cannot be read, which a newer program may have written.
    pub(super) fn kept(row: store::Plan) -> Result<Self, Error> {
        let plan = serde_json::from_value(row.plan.clone());
        let plan = plan.map_err(|error| Error::Refused(format!("the plan of the run cannot be read: {error}")))?;
        Self::made(plan, row)
    }

    fn made(plan: RunPlan, row: store::Plan) -> Result<Self, Error> {
        let wrong = |why: String| Error::Workflow { workflow: plan.workflow.clone(), why };
        let unmapped = |error: Unmapped| wrong(format!("{}: {}", error.pointer, error.message));
        let input = plan.input_schema.as_ref().map(schema::Compiled::new).transpose();
        let input = input.map_err(|faults| wrong(format!("its input_schema is broken: {}", told(&faults))))?;
        let step = |(place, step): (usize, &PlannedStep)| {
            let at = format!("/steps/{place}");
            let mapping = Value::Object(step.input_mapping.clone());
            let when = step.when.clone().map(Value::String);
            Ok(ReadyStep {
                input: Mapping::new(&mapping, &format!("{at}/input_mapping"), &plan.limits).map_err(unmapped)?,
                when: when
                    .map(|when| Mapping::new(&when, &format!("{at}/when"), &plan.limits))
                    .transpose()
                    .map_err(unmapped)?,
                answer: OnceLock::new(),
            })
        };
        let steps = plan.steps.iter().enumerate().map(step).collect::<Result<_, Error>>()?;
        let output = Mapping::new(&Value::Object(plan.output.clone()), "/output", &plan.limits).map_err(unmapped)?;
        Ok(Self { input, steps, output, row: Arc::new(row), plan })
    }
}

fn told(faults: &[schema::Fault]) -> String {
    faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect::<Vec<_>>().join("; ")
}

/// The plans that are ready.
#[derive(Debug, Default)]
pub(in crate::app) struct Plans(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_digest: HashMap<String, Arc<Ready>>,
    /// What begins now, by workflow, and in which state that is so.
    current: HashMap<WorkflowName, (Arc<Current>, Arc<Ready>)>,
}

impl Plans {
    /// What a run of a workflow begins with in a state.
    ///
    /// # Errors
    /// Where the workflow cannot run.
    pub(super) fn of(
        &self,
        current: &Arc<Current>,
        name: &WorkflowName,
        default: Option<&ModelName>,
    ) -> Result<Arc<Ready>, Error> {
        if let Some((_, ready)) = self.kept().current.get(name).filter(|(of, _)| Arc::ptr_eq(of, current)) {
            return Ok(Arc::clone(ready));
        }
        let ready = self.keep(Ready::new(plan(current, name, default, false)?)?);
        let mut kept = self.kept();
        // A state that nobody serves any more is not kept alive for its workflows.
        kept.current.retain(|_, (of, _)| Arc::ptr_eq(of, current));
        kept.current.insert(name.clone(), (Arc::clone(current), Arc::clone(&ready)));
        Ok(ready)
    }

    /// The plan of this digest, where it is kept.
    pub(super) fn get(&self, digest: &str) -> Option<Arc<Ready>> {
        self.kept().by_digest.get(digest).cloned()
    }

    /// Keeps a plan; answers the same that was kept before, where one was.
    pub(super) fn keep(&self, ready: Ready) -> Arc<Ready> {
        let mut kept = self.kept();
        if kept.by_digest.len() >= KEPT {
            kept.by_digest.clear();
        }
        Arc::clone(kept.by_digest.entry(ready.row.digest.clone()).or_insert_with(|| Arc::new(ready)))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
