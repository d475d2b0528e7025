//! Once: a run that is performed here and now, for whoever waits for it, and recorded nowhere.

use super::{
    items::{RunItem, StepItem, step_item},
    model::Model,
    perform::Told,
    ready::Ready,
    runner::RunSettings,
    start::{RunAsked, fit},
    stored::Stored,
    turn::Performance,
};
use crate::{
    app::{App, Error, records::tenant},
    domain::{RunStatus, WorkflowName},
};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// What whoever looks on is told.
#[derive(Debug)]
pub enum RunProgress<'a> {
    /// A step begins: its id, its place from 0, and how many there are.
    Begins(&'a str, usize, usize),
    /// A step has ended.
    Ended(Box<StepItem>),
}

impl App {
    /// Performs a run of a published workflow of the default branch, and records nothing of it. `say` is told of its steps.
    ///
    /// # Errors
    /// Where the workflow cannot run, or the input does not fit. How the run ended is in what is answered.
    pub async fn run_once(
        self: &Arc<Self>,
        name: &WorkflowName,
        asked: RunAsked,
        (settings, model): (&RunSettings, Arc<dyn Model>),
        say: &mut (dyn FnMut(RunProgress<'_>) + Send),
    ) -> Result<RunItem, Error> {
        let current = self.current();
        let ready = Ready::new(super::plan::plan(&current, name, settings.default_model.as_ref(), false)?)?;
        let input = Value::Object(fit(&ready, asked.input)?);
        let started_at = self.meter().clock().now();
        let performance = Performance {
            app: Arc::clone(self),
            model,
            ready: Arc::new(ready),
            run: Uuid::now_v7(),
            by: Uuid::nil(),
            lease: settings.lease,
            tenant: tenant(&current.registry)?,
            user_id: None,
            started_at,
            time_limit: settings.time_limit,
            stored: Stored::Everything,
        };
        let (ready, mut steps) = (Arc::clone(&performance.ready), Vec::new());
        let mut told = |place: usize, turn: Option<&super::turn::Turn>| match turn {
            None => {
                let id = ready.plan.steps.get(place).map(|step| &*step.id).unwrap_or_default();
                say(RunProgress::Begins(id, place, ready.steps.len()));
            }
            Some(turn) => {
                // There is no such row.
                let step = crate::store::RunStep { execution_id: None, ..turn.step.clone() };
                let item = step_item(step, Some(&ready), true);
                steps.push(item.clone());
                say(RunProgress::Ended(Box::new(item)));
            }
        };
        let scope = performance.scope(input.clone(), &[]);
        let end = performance.perform(0, scope, &mut Told::Aloud(&mut told)).await;
        let gone = || Error::Workflow { workflow: name.clone(), why: "a version of it is gone".to_owned() };
        let end = end.ok_or_else(gone)?;
        Ok(RunItem {
            id: performance.run,
            workflow: name.to_string(),
            status: end.status,
            commit: current.commit.map(|commit| commit.to_string()),
            trigger_type: asked.trigger_type,
            trigger: asked.trigger,
            user: asked.user.map(|user| user.to_string()),
            input: Some(input),
            output: end.output.filter(|_| end.status == RunStatus::Succeeded),
            error: end.fault,
            steps: Some(steps),
            created_at: started_at,
            started_at: Some(started_at),
            finished_at: Some(performance.now()),
        })
    }
}
