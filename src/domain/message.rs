//! Messages: what a version says before rendering, and what a model is sent after it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Instructions to the model.
    System,
    /// The person or program that asks.
    User,
    /// The model's own earlier answer.
    Assistant,
    /// The result of a tool.
    Tool,
}

impl Speaker {
    /// The word used in files and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One entry of a version's `messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Turn {
    /// A message with a template as its text.
    Message {
        /// Who speaks.
        role: Speaker,
        /// The text, a template where the version's engine is one.
        content: Arc<str>,
    },
    /// A place where the caller's own messages go.
    Placeholder {
        /// The name of the place; `history` is the usual one.
        placeholder: Arc<str>,
    },
}

/// A message after rendering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub content: Content,
    /// What the template's helpers noted about the message, such as `{"purpose": "history"}`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// The content of a rendered message: a text, or parts where there is more than text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Text and other parts in order.
    Parts(Vec<Part>),
}

/// One part of a rendered message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// A stretch of text.
    Text {
        /// The text.
        text: String,
    },
    /// An image or other medium, by its address.
    Media {
        /// Where it is and what it is.
        media: Media,
    },
    /// A place that the caller fills in, made by the `section` helper.
    Pending {
        /// What is to be filled in: `{"purpose": NAME, "pending": true}`.
        metadata: Map<String, Value>,
    },
}

/// An image or other medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// A URL, often a `data:` one.
    pub url: String,
    /// The media type, such as `image/png`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// The one-text form of messages: dotprompt text in which `{{role "…"}}` begins a message.
///
/// A single user message is its own text. Roles are never read back out of rendered text.
#[must_use]
pub fn one_text(turns: &[Turn]) -> String {
    if let [Turn::Message { role: Speaker::User, content }] = turns {
        return content.to_string();
    }
    let mut text = String::new();
    for turn in turns {
        match turn {
            Turn::Message { role, content } => {
                let role = if *role == Speaker::Assistant { "model" } else { role.as_str() };
                text.push_str("{{role \"");
                text.push_str(role);
                text.push_str("\"}}");
                text.push_str(content);
            }
            Turn::Placeholder { .. } => text.push_str("{{history}}"),
        }
    }
    text
}
