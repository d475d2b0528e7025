//! Calls of models as runs make them.

use super::model::{Answered, Asked, Calling, Model, NoAnswer};
use crate::model::{Answer, Caller, Error, Failed, Limits, Request};

impl Model for Caller {
    fn call<'a>(&'a self, asked: Asked<'a>) -> Calling<'a> {
        Box::pin(async move {
            let request = Request {
                messages: asked.messages,
                tools: asked.tools,
                parameters: asked.parameters,
                output_schema: asked.output_schema,
            };
            let limits = Limits { deadline: asked.deadline, retries: asked.retries };
            // The caller's own, which goes before the trait's.
            Self::call(self, asked.models, &request, limits).await.map(answered).map_err(no_answer)
        })
    }
}

fn answered(answer: Answer) -> Answered {
    Answered {
        text: answer.text,
        output: answer.output,
        tool_calls: answer.tool_calls.iter().filter_map(|call| serde_json::to_value(call).ok()).collect(),
        profile: Some(answer.profile),
        model: answer.model,
        input_tokens: answer.spent.input_tokens,
        output_tokens: answer.spent.output_tokens,
        cost_usd: answer.spent.cost_usd,
        latency_ms: answer.latency_ms,
        attempts: answer.attempts,
    }
}

fn no_answer(failed: Failed) -> Box<NoAnswer> {
    Box::new(NoAnswer {
        is_timeout: failed.error == Error::Timeout,
        message: failed.error.to_string(),
        text: failed.text,
        input_tokens: failed.spent.input_tokens,
        output_tokens: failed.spent.output_tokens,
        cost_usd: failed.spent.cost_usd,
        profile: failed.profile,
        attempts: failed.attempts,
        latency_ms: failed.latency_ms,
    })
}
