//! The turn of a step: it is prepared, asked, judged, and told as the rows that are kept of it.

use super::{
    fault::RunFault,
    model::{Answered, Model, NoAnswer},
    ready::Ready,
    step::{Asking, Prepared, ask, prepare, value_of},
    stored::Stored,
};
use crate::{
    app::{App, Time, records::ids},
    domain::{ClientType, ExecutionStatus, ModelName, StepStatus},
    store::{Execution, RunStep, UsageEvent, storable},
};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// One run, as it is performed.
#[derive(Debug, Clone)]
pub(super) struct Performance {
    /// What is served, and what time it is.
    pub app: Arc<App>,
    /// Whom its steps ask.
    pub model: Arc<dyn Model>,
    /// What it began with.
    pub ready: Arc<Ready>,
    /// Its id.
    pub run: Uuid,
    /// The process that has claimed it.
    pub by: Uuid,
    /// For how long the others leave it alone.
    pub lease: Duration,
    /// Whose registry it is.
    pub tenant: Uuid,
    /// Who started it.
    pub user_id: Option<Uuid>,
    /// When it was taken up first.
    pub started_at: Time,
    /// How long all of it may take.
    pub time_limit: Duration,
    /// What is stored of what goes in and comes out.
    pub stored: Stored,
}

/// What there is to read for steps: `input` and `outputs`.
pub(super) type Scope = Arc<Map<String, Value>>;

/// What became of a step.
#[derive(Debug)]
pub(super) struct Turn {
    pub step: RunStep,
    pub execution: Option<Execution>,
    pub usage: Option<UsageEvent>,
    /// Why the run does not go on.
    pub fault: Option<RunFault>,
}

impl Performance {
    /// Performs a step; none where its version is not known here.
    pub(super) async fn turn(&self, place: usize, scope: &Scope) -> Option<Turn> {
        let began = self.now();
        let left = self.left(began);
        if left.is_zero() {
            return Some(self.failed(place, began, self.late()));
        }
        let prepared = {
            let (current, ready, scope) = (self.app.current(), Arc::clone(&self.ready), Arc::clone(scope));
            tokio::task::spawn_blocking(move || prepare(&current, &ready, place, &scope)).await
        };
        let asking = match prepared {
            Ok(Ok(Prepared::Asking(asking))) => asking,
            Ok(Ok(Prepared::Skipped)) => return Some(self.ended(place, began, StepStatus::Skipped)),
            Ok(Ok(Prepared::Unknown)) => return None,
            Ok(Err(fault)) => return Some(self.failed(place, began, fault)),
            Err(error) => {
                tracing::error!(%error, "a step could not be prepared");
                return Some(self.failed(place, began, RunFault::new("the step could not be prepared")));
            }
        };
        let answered = ask(&*self.model, &self.ready, place, &asking, left).await;
        Some(self.judged(place, began, &asking, answered))
    }

    /// What an answer, or none, is to be told as.
    fn judged(&self, place: usize, began: Time, asking: &Asking, answered: Result<Answered, Box<NoAnswer>>) -> Turn {
        let call = match answered {
            Ok(answered) => {
                let value = value_of(&self.ready, place, asking, &answered);
                Call { value, ..Call::answered(answered) }
            }
            Err(none) => Call::failed(*none),
        };
        let mut turn = match &call.value {
            Ok(value) => {
                let mut turn = self.ended(place, began, StepStatus::Succeeded);
                turn.step.output = Some(value.clone());
                turn
            }
            Err(fault) => self.failed(place, began, fault.clone()),
        };
        turn.step.attempts = call.attempts.into();
        turn.usage = self.usage(place, began);
        turn.execution = self.execution(place, began, asking, call);
        turn.step.execution_id = turn.execution.as_ref().map(|execution| execution.id);
        turn
    }

    fn execution(&self, place: usize, began: Time, asking: &Asking, call: Call) -> Option<Execution> {
        let step = self.ready.plan.steps.get(place)?;
        let (prompt_id, prompt_version_id) = ids(self.tenant, &step.prompt, &step.version);
        let profile = call.profile.as_ref().and_then(|name| step.models.iter().find(|(known, _)| known == name));
        let profile = profile.or(step.models.first()).map(|(_, profile)| profile);
        let number = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
        let status = match &call.value {
            Ok(_) => ExecutionStatus::Success,
            Err(fault) if fault.is_timeout => ExecutionStatus::Timeout,
            Err(_) => ExecutionStatus::Error,
        };
        let error = call.value.err().map(|fault| fault.stored(self.stored).line().replace('\0', "\u{fffd}"));
        Some(Execution {
            id: Uuid::now_v7(),
            run_id: Some(self.run),
            step: Some(step.id.clone()),
            prompt_id,
            prompt_version_id,
            user_id: self.user_id,
            client_type: ClientType::Other,
            project_key: None,
            provider: profile.map(|profile| profile.provider.clone()),
            model: call.model.or_else(|| profile.map(|profile| profile.model.clone())),
            parameters: None,
            status,
            input: self.stored.value(storable(Value::Object(asking.input.clone()))),
            output: call.text.and_then(|text| self.stored.text(text.replace('\0', "\u{fffd}"))),
            error,
            latency_ms: number(Some(call.latency_ms)),
            input_tokens: number(call.input_tokens),
            output_tokens: number(call.output_tokens),
            cost_usd: call.cost_usd.filter(|cost| cost.is_finite()),
            context: Some(
                json!({"workflow": self.ready.plan.workflow, "profile": call.profile, "attempts": call.attempts}),
            ),
            created_at: began,
        })
    }

    fn usage(&self, place: usize, at: Time) -> Option<UsageEvent> {
        let step = self.ready.plan.steps.get(place)?;
        let (prompt_id, prompt_version_id) = ids(self.tenant, &step.prompt, &step.version);
        Some(UsageEvent {
            id: Uuid::now_v7(),
            prompt_id,
            prompt_version_id,
            user_id: self.user_id,
            client_type: ClientType::Other,
            project_key: None,
            context: Some(json!({"workflow": self.ready.plan.workflow, "run": self.run})),
            created_at: at,
        })
    }

    fn ended(&self, place: usize, began: Time, status: StepStatus) -> Turn {
        let step = self.ready.plan.steps.get(place);
        let step = RunStep {
            run_id: self.run,
            place: i64::try_from(place).unwrap_or(i64::MAX),
            step: step.map(|step| step.id.clone()).unwrap_or_default(),
            status,
            output: None,
            error: None,
            execution_id: None,
            attempts: 0,
            started_at: began,
            finished_at: self.now().max(began),
        };
        Turn { step, execution: None, usage: None, fault: None }
    }

    fn failed(&self, place: usize, began: Time, fault: RunFault) -> Turn {
        let status = if fault.is_timeout { StepStatus::TimedOut } else { StepStatus::Failed };
        let mut turn = self.ended(place, began, status);
        turn.step.error = Some(fault.stored(self.stored).json());
        turn.fault = Some(fault.of_step(&turn.step.step));
        turn
    }

    pub(super) fn now(&self) -> Time {
        self.app.meter().clock().now()
    }

    /// How much of its time is left.
    fn left(&self, now: Time) -> Duration {
        let gone = now.duration_since(self.started_at).max(SignedDuration::ZERO);
        self.time_limit.saturating_sub(Duration::try_from(gone).unwrap_or_default())
    }

    fn late(&self) -> RunFault {
        RunFault::late(format!("the run took longer than {} s", self.time_limit.as_secs()))
    }
}

/// What is known of a model call, whether there was an answer or not.
struct Call {
    value: Result<Value, RunFault>,
    text: Option<String>,
    profile: Option<ModelName>,
    model: Option<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cost_usd: Option<f64>,
    latency_ms: u64,
    attempts: u32,
}

impl Call {
    fn answered(answered: Answered) -> Self {
        Self {
            value: Ok(Value::Null),
            text: Some(answered.text),
            profile: answered.profile,
            model: Some(answered.model).filter(|model| !model.is_empty()),
            input_tokens: answered.input_tokens,
            output_tokens: answered.output_tokens,
            cost_usd: answered.cost_usd,
            latency_ms: answered.latency_ms,
            attempts: answered.attempts,
        }
    }

    fn failed(none: NoAnswer) -> Self {
        let fault = match none.is_timeout {
            true => RunFault::late("the model gave no answer in time"),
            false => RunFault { detail: Some(none.message), ..RunFault::new("the model gave no answer") },
        };
        Self {
            value: Err(fault),
            text: none.text,
            profile: none.profile,
            model: None,
            input_tokens: none.input_tokens,
            output_tokens: none.output_tokens,
            cost_usd: none.cost_usd,
            latency_ms: none.latency_ms,
            attempts: none.attempts,
        }
    }
}
