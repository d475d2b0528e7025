//! What a model is asked, and how that becomes what the library sends.

use super::{
    Error, messages,
    output::{self, Shape},
    target::Target,
};
use crate::domain::Message;
use rig_core::{
    completion::{CompletionRequest, GenerationOptions, ToolDefinition},
    message::ToolName,
    schemars::Schema,
};
use serde_json::{Map, Value};

/// What a model is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The rendered messages, at least one.
    pub messages: &'a [Message],
    /// Function tools: `{name, description?, parameters?}`, or as OpenAI has them, below `function`.
    pub tools: &'a [Value],
    /// Parameters, which go before those of the profile.
    pub parameters: &'a Map<String, Value>,
    /// A JSON Schema that the answer has to fit.
    pub output_schema: Option<&'a Value>,
}

/// The request as the library has it, for this target.
pub(super) fn made(request: &Request<'_>, target: &Target<'_>, shape: Shape) -> Result<CompletionRequest, Error> {
    let mut history = messages::history(request.messages)?;
    if let Some(schema) = request.output_schema.filter(|_| shape.in_words) {
        messages::instruct(&mut history, &output::in_words(schema));
    }
    let mut history = history.into_iter();
    let first = history.next().ok_or_else(|| Error::Unusable("there are no messages".to_owned()))?;
    let mut made = CompletionRequest::new(first);
    made.chat_history.extend(history);
    made.tools = request.tools.iter().map(tool).collect::<Result<_, _>>()?;
    let native = request.output_schema.filter(|_| shape.native);
    made.output_schema = native.map(|schema| Schema::try_from(schema.clone())).transpose().map_err(unusable)?;
    let mut parameters = target.profile.parameters.clone();
    parameters.extend(request.parameters.clone());
    set(&mut made, parameters)?;
    Ok(made)
}

/// Sets the parameters that every provider has in its own place; the rest is handed on as it is.
fn set(made: &mut CompletionRequest, mut parameters: Map<String, Value>) -> Result<(), Error> {
    let mut options = GenerationOptions::new();
    made.temperature = taken(&mut parameters, "temperature", Value::as_f64)?;
    made.max_tokens = taken(&mut parameters, "max_tokens", Value::as_u64)?;
    options.top_p = taken(&mut parameters, "top_p", Value::as_f64)?;
    options.seed = taken(&mut parameters, "seed", Value::as_u64)?;
    options.stop = taken(&mut parameters, "stop", texts)?.unwrap_or_default();
    made.options = options;
    made.additional_params = (!parameters.is_empty()).then_some(Value::Object(parameters));
    Ok(())
}

fn taken<T>(
    parameters: &mut Map<String, Value>,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(value) = parameters.shift_remove(name).filter(|value| !value.is_null()) else { return Ok(None) };
    read(&value).map(Some).ok_or_else(|| Error::Unusable(format!("the parameter {name} is not of the right kind")))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn tool(tool: &Value) -> Result<ToolDefinition, Error> {
    let function = tool.get("function").unwrap_or(tool);
    let text = |key: &str| function.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = ToolName::new(text("name")).map_err(|_| Error::Unusable("a tool has no name".to_owned()))?;
    let parameters = function.get("parameters").or_else(|| function.get("input_schema")).cloned();
    let parameters = parameters.unwrap_or_else(|| serde_json::json!({"type": "object", "properties": {}}));
    Ok(ToolDefinition::new(name, text("description"), parameters))
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::Unusable(error.to_string())
}
