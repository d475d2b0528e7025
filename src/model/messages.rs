//! The registry's messages as the library has them.

use super::{Error, ToolCall};
use crate::domain::{Content, Media, Message, Part, Speaker};
use rig_core::message::{
    self as rig, AssistantContent, AssistantMessage, CallId, ImageMediaType, MimeType as _, ToolFunction, ToolName,
    UserContent,
};
use serde_json::Value;

/// The conversation. A tool's result is about a call, which every provider wants to see before it: where
/// `metadata.tool_calls` of the assistant's message says nothing of it, a call without arguments is put there.
pub(super) fn history(messages: &[Message]) -> Result<Vec<rig::Message>, Error> {
    let mut history = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match message.role {
            Speaker::System => history.push(rig::Message::system(text(&message.content))),
            Speaker::User => history.push(rig::Message::User { content: parts(&message.content)? }),
            Speaker::Assistant => history.push(rig::Message::Assistant(AssistantMessage::new(said(message)?))),
            Speaker::Tool => result(&mut history, message, index)?,
        }
    }
    Ok(history)
}

/// Adds instructions to the system's message, or puts one in front.
pub(super) fn instruct(history: &mut Vec<rig::Message>, instructions: &str) {
    if let Some(rig::Message::System { content }) = history.first_mut() {
        content.push_str("\n\n");
        content.push_str(instructions);
    } else {
        history.insert(0, rig::Message::system(instructions));
    }
}

fn text(content: &Content) -> String {
    let Content::Parts(parts) = content else {
        return match content {
            Content::Text(text) => text.clone(),
            Content::Parts(_) => String::new(),
        };
    };
    let texts = parts.iter().filter_map(|part| if let Part::Text { text } = part { Some(text.as_str()) } else { None });
    texts.collect()
}

fn parts(content: &Content) -> Result<Vec<UserContent>, Error> {
    let Content::Parts(parts) = content else { return Ok(vec![UserContent::text(text(content))]) };
    let sent = parts.iter().filter_map(|part| match part {
        Part::Text { text } => Some(Ok(UserContent::text(text.clone()))),
        Part::Media { media } => Some(image(media)),
        // A place that nobody filled in.
        Part::Pending { .. } => None,
    });
    sent.collect()
}

fn image(media: &Media) -> Result<UserContent, Error> {
    let inline = media.url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let named = inline.map(|(kind, _)| kind).or(media.content_type.as_deref());
    let kind = named.and_then(ImageMediaType::from_mime_type);
    if let (Some(named), None) = (named, &kind) {
        return Err(Error::Unusable(format!("media of the type {named}: only images are sent")));
    }
    Ok(match inline {
        Some((_, data)) => UserContent::image_base64(data, kind, None),
        None => UserContent::image_url(&media.url, kind, None),
    })
}

fn said(message: &Message) -> Result<Vec<AssistantContent>, Error> {
    let text = text(&message.content);
    let mut said: Vec<_> = (!text.is_empty()).then(|| AssistantContent::text(text)).into_iter().collect();
    let calls = message.metadata.get("tool_calls").cloned().unwrap_or(Value::Array(Vec::new()));
    let calls: Vec<ToolCall> = serde_json::from_value(calls)
        .map_err(|error| Error::Unusable(format!("metadata.tool_calls of a message: {error}")))?;
    for ToolCall { id, name, arguments } in calls {
        said.push(call(CallId::from_wire(id), named(&name)?, Value::Object(arguments)));
    }
    Ok(said)
}

fn result(history: &mut Vec<rig::Message>, message: &Message, index: usize) -> Result<(), Error> {
    let noted = |key: &str| message.metadata.get(key).and_then(Value::as_str);
    let id = CallId::from_wire(noted("tool_call_id").map_or_else(|| format!("call_{index}"), str::to_owned));
    let known = history.iter().rev().find_map(|message| match message {
        rig::Message::Assistant(turn) => turn.tool_calls().find(|call| call.id == id),
        _ => None,
    });
    let name = match known {
        Some(call) => call.function.name.clone(),
        None => {
            let name = named(noted("name").unwrap_or("tool"))?;
            let made = call(id.clone(), name.clone(), Value::Null);
            match history.last_mut() {
                Some(rig::Message::Assistant(turn)) => turn.content.push(made),
                _ => history.push(rig::Message::Assistant(AssistantMessage::new(vec![made]))),
            }
            name
        }
    };
    history.push(rig::Message::tool_result(id, name, text(&message.content)));
    Ok(())
}

fn call(id: CallId, name: ToolName, arguments: Value) -> AssistantContent {
    AssistantContent::ToolCall(rig::ToolCall::new(id, ToolFunction::new(name, arguments)))
}

fn named(name: &str) -> Result<ToolName, Error> {
    ToolName::new(name).map_err(|_| Error::Unusable("a call of a tool has no name".to_owned()))
}
