//! Performing: step after step, each recorded before the next begins.

use super::{
    fault::RunFault,
    runner::Runner,
    turn::{Performance, Scope, Turn},
};
use crate::{
    app::{
        Error,
        records::{Moved, Records},
    },
    domain::{RunStatus, StepStatus},
    store::{self, Advance, RunStep, run_of, storable},
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// After how long what could not be recorded is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    pub status: RunStatus,
    pub output: Option<Value>,
    pub fault: Option<RunFault>,
}

impl End {
    fn failed(fault: RunFault) -> Self {
        let status = if fault.is_timeout { RunStatus::TimedOut } else { RunStatus::Failed };
        Self { status, output: None, fault: Some(fault) }
    }
}

/// Who is told of what a run does.
pub(super) enum Told<'a> {
    /// The database, where the run has its rows.
    Rows(&'a Runner, &'a Records),
    /// Somebody who looks on: of a step that begins, by its place, and of one that has ended.
    Aloud(&'a mut (dyn FnMut(usize, Option<&Turn>) + Send)),
}

impl Performance {
    /// What there is to read before the step at a place, of the input and the steps that have ended.
    pub(super) fn scope(&self, input: Value, ended: &[RunStep]) -> Scope {
        let mut outputs = Map::new();
        for step in ended.iter().filter(|step| step.status == StepStatus::Succeeded) {
            let planned = usize::try_from(step.place).ok().and_then(|place| self.ready.plan.steps.get(place));
            if let Some(key) = planned.and_then(|planned| planned.output_key.clone()) {
                outputs.insert(key, step.output.clone().unwrap_or_default());
            }
        }
        Arc::new(Map::from_iter([("input".to_owned(), input), ("outputs".to_owned(), outputs.into())]))
    }

    /// Performs the steps from a place on. Answers how the run ended; none where it goes on elsewhere, or later.
    pub(super) async fn perform(&self, from: usize, mut scope: Scope, told: &mut Told<'_>) -> Option<End> {
        let (mut recorded, mut turns) = (from, Vec::new());
        for place in from..self.ready.steps.len() {
            told.begins(place);
            let Some(turn) = self.turn(place, &scope).await else {
                self.app.nudges.wake();
                return None;
            };
            self.read(place, &turn, &mut scope);
            told.ended(place, &turn);
            let (fault, is_skipped) = (turn.fault.clone(), turn.step.status == StepStatus::Skipped);
            turns.push(turn);
            if let Some(fault) = fault {
                return self.end(recorded, turns, End::failed(fault), &scope, told).await;
            }
            // What was skipped did nothing, and the last step is recorded with the end.
            if !is_skipped && place + 1 < self.ready.steps.len() {
                let moved = self.moved(recorded, std::mem::take(&mut turns), None, &scope);
                if !told.keeps(self, moved).await {
                    return None;
                }
                recorded = place + 1;
            }
        }
        let end = match self.ready.output.value(&scope) {
            Ok(output) => End { status: RunStatus::Succeeded, output: Some(storable(output)), fault: None },
            Err(all) => End::failed(RunFault::unmapped("the output", all)),
        };
        self.end(recorded, turns, end, &scope, told).await
    }

    /// Ends a run that cannot go on, with nothing else to record.
    pub(super) async fn fail(&self, from: usize, fault: RunFault, scope: &Scope, told: &mut Told<'_>) {
        self.end(from, Vec::new(), End::failed(fault), scope, told).await;
    }

    async fn end(
        &self,
        recorded: usize,
        turns: Vec<Turn>,
        end: End,
        scope: &Scope,
        told: &mut Told<'_>,
    ) -> Option<End> {
        let moved = self.moved(recorded, turns, Some(&end), scope);
        told.keeps(self, moved).await.then_some(end)
    }

    /// Puts what a step answered where later ones read it.
    fn read(&self, place: usize, turn: &Turn, scope: &mut Scope) {
        let key = self.ready.plan.steps.get(place).and_then(|step| step.output_key.clone());
        if let (Some(key), Some(value)) = (key, &turn.step.output)
            && let Some(Value::Object(outputs)) = Arc::make_mut(scope).get_mut("outputs")
        {
            outputs.insert(key, value.clone());
        }
    }

    /// The rows of steps that have ended since something was recorded last, and of the run's end.
    fn moved(&self, recorded: usize, turns: Vec<Turn>, end: Option<&End>, scope: &Scope) -> Moved {
        let is_all = self.stored.is_everything();
        let input = scope.get("input").filter(|_| end.is_some()).and_then(|input| self.stored.instead(input));
        let place = i64::try_from(recorded).unwrap_or(i64::MAX);
        let (mut steps, mut executions, mut usage) = (Vec::new(), Vec::new(), Vec::new());
        for turn in turns {
            steps.push(turn.step);
            executions.extend(turn.execution);
            usage.extend(turn.usage);
        }
        let advance = Advance {
            id: self.run,
            claimed_by: self.by,
            place,
            next_place: place.saturating_add(i64::try_from(steps.len()).unwrap_or(i64::MAX)),
            status: end.map_or(RunStatus::Running, |end| end.status),
            input,
            output: end.and_then(|end| end.output.clone()).and_then(|output| self.stored.value(output)),
            error: end.and_then(|end| end.fault.as_ref()).map(|fault| fault.stored(self.stored).json()),
            finished_at: end.map(|_| self.now()),
        };
        Moved { advance, lease: self.lease, steps, executions, usage, forgets: end.is_some() && !is_all }
    }
}

impl Told<'_> {
    fn begins(&mut self, place: usize) {
        if let Self::Aloud(say) = self {
            say(place, None);
        }
    }

    fn ended(&mut self, place: usize, turn: &Turn) {
        if let Self::Aloud(say) = self {
            say(place, Some(turn));
        }
    }

    /// Has rows kept where there are any; answers whether the run goes on here.
    async fn keeps(&mut self, performance: &Performance, moved: Moved) -> bool {
        let Self::Rows(runner, records) = self else { return true };
        let run = performance.run;
        let is_kept = match keep(records, performance, moved.clone()).await {
            Ok(is_kept) => is_kept,
            Err(error) => {
                tracing::error!(%error, %run, "what a run did cannot be recorded");
                let fault = RunFault::new("the database refused what was to be recorded");
                let refused = performance.moved_nowhere(&moved, &fault);
                let _ = keep(records, performance, refused).await;
                false
            }
        };
        runner.tell(run);
        is_kept
    }
}

impl Performance {
    /// A run that fails where it is, with nothing else to record.
    pub(super) fn moved_nowhere(&self, moved: &Moved, fault: &RunFault) -> Moved {
        let error = Some(fault.json());
        let (status, finished_at) = (RunStatus::Failed, Some(self.now()));
        let place = moved.advance.place;
        let advance = Advance { next_place: place, status, error, output: None, finished_at, ..moved.advance.clone() };
        Moved { advance, steps: Vec::new(), executions: Vec::new(), usage: Vec::new(), ..moved.clone() }
    }
}

/// Records, again and again while the database is away; answers whether the run moved on by that.
pub(super) async fn keep(records: &Records, performance: &Performance, moved: Moved) -> Result<bool, Error> {
    let wanted = (Some(moved.advance.claimed_by), moved.advance.next_place, moved.advance.status);
    let mut is_again = false;
    loop {
        match records.advance(moved.clone()).await {
            // It may have been written the first time, and only the answer was lost.
            Ok(false) if is_again => {
                let asked = run_of(records.engine(), performance.tenant, performance.run);
                if let Ok(run) = records.ask(asked).await {
                    return Ok(run.is_some_and(|run| (run.claimed_by, run.next_place, run.status) == wanted));
                }
            }
            Ok(is_moved) => return Ok(is_moved),
            Err(Error::Store(store::Error::Away(_)) | Error::Busy) => {}
            Err(error) => return Err(error),
        }
        is_again = true;
        tokio::time::sleep(AGAIN).await;
    }
}
