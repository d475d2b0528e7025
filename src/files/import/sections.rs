//! The body of a Prompty file: sections, each under a line such as `system:`.

use super::Imported;
use crate::domain::{Speaker, Turn};

/// Reads the messages of a body. Text above the first marker is the system's; the line ends around a section are
/// no part of it, as in Prompty itself, and every other byte is.
pub(super) fn messages(imported: &mut Imported, body: &str) {
    let (mut role, mut from, mut marked) = (Speaker::System, 0, false);
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if let Some((next, attributes)) = marker(line) {
            push(imported, role, &body[from..at], marked);
            if !attributes.is_empty() {
                imported.lost.push(format!("There is no place for the attributes `{attributes}` of a message."));
            }
            (role, from, marked) = (next, at + line.len(), true);
        }
        at += line.len();
    }
    let is_first = imported.version.messages.is_empty();
    push(imported, role, &body[from..], marked || is_first);
}

fn push(imported: &mut Imported, role: Speaker, text: &str, marked: bool) {
    let content = text.trim_matches(['\r', '\n']);
    if marked || !content.trim().is_empty() {
        imported.version.messages.push(Turn::Message { role, content: content.into() });
    }
}

/// The role and the attributes that a line gives to the lines below it: `# user[name="Ana"]:`.
fn marker(line: &str) -> Option<(Speaker, &str)> {
    let line = line.trim();
    let line = line.strip_prefix('#').unwrap_or(line).trim_start().strip_suffix(':')?.trim_end();
    let (word, attributes) = match line.split_once('[') {
        Some((word, attributes)) => (word, attributes.strip_suffix(']').filter(|text| text.contains('='))?),
        None => (line, ""),
    };
    let role = match word.to_ascii_lowercase().as_str() {
        "system" => Speaker::System,
        "user" => Speaker::User,
        "assistant" => Speaker::Assistant,
        "function" => Speaker::Tool,
        _ => return None,
    };
    Some((role, attributes))
}

/// Makes a placeholder of the first line of each message that is nothing but the variable `name`, which holds a
/// conversation.
pub(super) fn thread(turns: Vec<Turn>, name: &str) -> Vec<Turn> {
    let tag = format!("{{{{{name}}}}}");
    let mut out = Vec::new();
    for turn in turns {
        let Turn::Message { role, content } = &turn else {
            out.push(turn);
            continue;
        };
        let lines: Vec<_> = content.split_inclusive('\n').collect();
        let Some(at) = lines.iter().position(|line| line.trim().replace(' ', "") == tag) else {
            out.push(turn);
            continue;
        };
        out.extend(message(*role, &lines[..at].concat()));
        out.push(Turn::Placeholder { placeholder: name.into() });
        out.extend(message(*role, &lines[at + 1..].concat()));
    }
    out
}

/// A message without the line ends around its text; nothing where there is none.
fn message(role: Speaker, text: &str) -> Option<Turn> {
    let content = text.trim_matches(['\r', '\n']);
    (!content.trim().is_empty()).then(|| Turn::Message { role, content: content.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(turns: &[Turn]) -> Vec<String> {
        let text = |turn: &Turn| match turn {
            Turn::Message { role, content } => format!("{role} {content:?}"),
            Turn::Placeholder { placeholder } => format!("<{placeholder}>"),
        };
        turns.iter().map(text).collect()
    }

    fn read(body: &str) -> Vec<String> {
        let mut imported = Imported::default();
        messages(&mut imported, body);
        listed(&imported.version.messages)
    }

    #[test]
    fn sections_are_messages_without_the_line_ends_around_them() {
        assert_eq!(
            read("\nsystem:\n\n  Be kind. \n\nNote: user: no\n\n# User :\r\nHi\r\n\r\nassistant:\n"),
            [r#"system "  Be kind. \n\nNote: user: no""#, r#"user "Hi""#, r#"assistant """#]
        );
        assert_eq!(read("Hi\n"), [r#"system "Hi""#]);
        assert_eq!(read(""), [r#"system """#]);
        assert_eq!(read("developer:\nHi"), [r#"system "developer:\nHi""#]);
        assert_eq!(read("user[name=\"Ana\"]:\nHi"), [r#"user "Hi""#]);
    }

    #[test]
    fn a_line_that_is_a_conversation_becomes_a_placeholder() {
        let message = |content: &str| Turn::Message { role: Speaker::System, content: content.into() };
        let turns = thread(vec![message("Be kind.\n\n{{ talk }}\n\nGo."), message("{{talk}} inline")], "talk");
        assert_eq!(
            listed(&turns),
            [r#"system "Be kind.""#, "<talk>", r#"system "Go.""#, r#"system "{{talk}} inline""#]
        );
    }
}
