//! What came back from a provider, in our words.

use super::{Error, ToolCall, ask::Reply, pause::retry_after, target::Target};
use crate::calls;
use rig_core::{
    ProviderResponseError,
    completion::{CompletionResponse, FinishReason},
    error::ProviderError,
    http_client,
    message::StopReason,
};
use serde_json::Value;

/// What the model said, where it was not stopped.
pub(super) fn reply(response: &CompletionResponse, target: &Target<'_>) -> Result<Reply, Error> {
    if let StopReason::Error(why) | StopReason::Aborted(why) = response.stop() {
        return Err(Error::Refused { status: 200, message: target.clean(&why) });
    }
    let tool_calls = response.tool_calls().map(|call| ToolCall {
        id: call.id.to_string(),
        name: call.function.name.as_str().to_owned(),
        arguments: call.function.arguments.clone(),
    });
    let reply = Reply {
        text: target.without_key(response.text()),
        output: None,
        tool_calls: tool_calls.collect(),
        model: response.model().map(str::to_owned),
    };
    if reply.text.is_empty() && reply.tool_calls.is_empty() && response.finish_reason() == Some(FinishReason::Length) {
        return Err(Error::CutOff("max_tokens were used up before it said anything".to_owned()));
    }
    Ok(reply)
}

/// Why there is no answer.
pub(super) fn failure(error: ProviderError, target: &Target<'_>) -> Error {
    match error {
        ProviderError::Http(error) => of_transport(&error, target),
        ProviderError::ProviderResponse(told) | ProviderError::InvalidAuthentication(told) => said(&told, target),
        ProviderError::CacheExpired { response, .. } => said(&response, target),
        ProviderError::Truncated => Error::CutOff("it ended too early".to_owned()),
        ProviderError::Request(error) => Error::Unusable(target.clean(&error.to_string())),
        ProviderError::Url(error) => Error::Unusable(error.to_string()),
        ProviderError::UnsupportedOption(option) => Error::Unusable(target.clean(&option.to_string())),
        other => Error::Broken(target.clean(&other.to_string())),
    }
}

fn of_transport(error: &http_client::Error, target: &Target<'_>) -> Error {
    let own = match error {
        http_client::Error::Instance(inner) => inner.downcast_ref::<calls::Error>(),
        http_client::Error::NoHeaders => {
            return Error::NoKey("what api_key leads to cannot be sent as a header".to_owned());
        }
        _ => None,
    };
    match own {
        Some(calls::Error::Away(why)) => Error::Unavailable { retry_after: None, message: target.clean(why) },
        Some(calls::Error::TooLong(most)) => Error::Broken(format!("it is longer than {most} bytes")),
        Some(error) => Error::Unusable(error.to_string()),
        None => Error::Broken(target.clean(&error.to_string())),
    }
}

/// What a provider says instead of an answer.
fn said(told: &ProviderResponseError, target: &Target<'_>) -> Error {
    let message = target.clean(&message(&told.body));
    let header = told.headers.as_ref().and_then(|headers| headers.get("retry-after")?.to_str().ok());
    let retry_after = header.and_then(|header| retry_after(header, jiff::Timestamp::now()));
    let status = told.status.map_or(200, |status| status.as_u16());
    match status {
        429 => Error::RateLimited { retry_after, message },
        408 | 425 | 500.. => Error::Unavailable { retry_after, message: format!("{status}: {message}") },
        300..400 => Error::Refused { status, message: "it leads elsewhere, and no redirect is followed".to_owned() },
        200..300 if told.is_retryable() => Error::Unavailable { retry_after, message },
        200..300 if !told.refusal => Error::Broken(message),
        _ => Error::Refused { status, message },
    }
}

/// The message of an error as providers write it, or else the whole of it.
fn message(body: &str) -> String {
    let read: Option<Value> = serde_json::from_str(body).ok();
    let text = |value: &Value| {
        let places = [value.pointer("/error/message"), value.get("message"), value.get("error"), value.get("detail")];
        places.into_iter().flatten().find_map(|place| place.as_str().map(str::to_owned))
    };
    // Gemini puts errors of streams into a list.
    let found = read.as_ref().map(|value| value.get(0).unwrap_or(value)).and_then(text);
    found.unwrap_or_else(|| body.to_owned())
}
