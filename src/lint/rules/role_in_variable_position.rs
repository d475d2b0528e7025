//! Rule `role-in-variable-position`: variables whose values speak as somebody else.

use crate::{
    domain::{Diagnostic, Level, Span, Speaker},
    files::Document,
    lint::{Check, Context, Findings, Rule, texts::texts},
    template::{Parsed, Use, VariableUse},
};

pub(super) static RULE: Rule = Rule {
    name: "role-in-variable-position",
    default: Level::Warn,
    summary: "variables that are all of a system message, or that can add a speaker to a written-out conversation",
    explanation: r#"
Who speaks is what a model goes by. Where a system message is one variable and nothing else, whoever fills it in gives
the model its orders, and nobody approved them. Where a conversation is written out in one message, with `User:` and
`Assistant:` at the beginnings of lines, a value with such a line in it adds a speaker. Keep the orders in the text, and
give every speaker a message: roles of messages cannot be forged by a value.

Bad:
```yaml
messages:
  - role: system
    content: "{{instructions}}"
  - role: user
    content: |
      User: {{question}}
      Assistant:
```
Good:
```yaml
messages:
  - role: system
    content: You answer questions about our products, for {{audience}}.
  - role: user
    content: "{{question}}"
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// Who speaks, as people write it at the beginning of a line.
const ASKS: [&str; 3] = ["user", "human", "system"];
const ANSWERS: [&str; 4] = ["assistant", "ai", "bot", "chatbot"];

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some((version, templates)) = context.templates(document) else { return };
    for (turn, role, text) in texts(version) {
        if findings.is_full(RULE.name, document) {
            return;
        }
        let Some(parsed) = templates.get(turn).and_then(Option::as_ref) else { continue };
        if parsed.variables.is_empty() || !parsed.faults.is_empty() {
            continue;
        }
        // Who is alone is nobody's system: such a version hands a text on, to be embedded or drawn.
        let is_one = version.messages.len() == 1 && parsed.markers.is_empty();
        if let Some(variable) = whole_of_system(role, text, parsed).filter(|_| !is_one) {
            let span = findings.in_message(document, turn, variable.span);
            let name = &variable.name;
            let message =
                format!("`{name}` is all of this system message: whoever fills it in gives the model its orders");
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
            findings.add(finding.help(
                "write the orders that hold for every call into the text, and put the value into a user message",
            ));
        } else if let Some((variable, line)) = spoken(text, parsed) {
            let span = findings.in_message(document, turn, variable.span);
            let message =
                format!("a value of `{}` can add lines of other speakers to this conversation", variable.name);
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
            let place = findings.in_message(document, turn, line);
            findings.add(
                finding.help("give every speaker a message of its own under `messages`, with its role").related(
                    &document.path,
                    Some(place),
                    "a speaker as a line of text",
                ),
            );
        }
    }
}

/// The variable that is all there is to what the system says.
fn whole_of_system<'p>(role: Speaker, text: &str, parsed: &'p Parsed) -> Option<&'p VariableUse> {
    let mut marks = parsed.markers.iter().filter(|marker| marker.helper == "role").map(|marker| marker.span).peekable();
    let mut is_system = role == Speaker::System;
    let mut start = 0;
    loop {
        let end = marks.peek().map_or(text.len(), |mark| mark.start);
        if is_system && let Some(variable) = only_variable(text, Span::new(start, end), parsed) {
            return Some(variable);
        }
        let mark = marks.next()?;
        is_system = text.get(mark.start..mark.end).is_some_and(|tag| tag.contains("system"));
        start = mark.end;
    }
}

/// The one variable that is printed in a stretch of text in which there is nothing else.
fn only_variable<'p>(text: &str, within: Span, parsed: &'p Parsed) -> Option<&'p VariableUse> {
    let bare = text.get(within.start..within.end)?.trim();
    let inner = bare.strip_prefix("{{")?.strip_suffix("}}")?.trim_matches(['{', '}', '&', '~', ' ']);
    let inside = |variable: &&VariableUse| within.start <= variable.span.start && variable.span.end <= within.end;
    parsed.variables.iter().filter(inside).find(|variable| variable.used == Use::Output && variable.path == inner)
}

/// The variable that one speaker of a written-out conversation says, and the line of another speaker.
fn spoken<'p>(text: &str, parsed: &'p Parsed) -> Option<(&'p VariableUse, Span)> {
    let (mut asks, mut answer, mut start) = (Vec::new(), None, 0);
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        match speaker(line) {
            Some(name) if ASKS.iter().any(|asks| name.eq_ignore_ascii_case(asks)) => asks.push(Span::new(start, end)),
            Some(name) if ANSWERS.iter().any(|answers| name.eq_ignore_ascii_case(answers)) => {
                answer = answer.or(Some(Span::new(start, start + line.trim_end().len())));
            }
            _ => {}
        }
        start = end;
    }
    let answer = answer?;
    let said = |variable: &&VariableUse| {
        let before = asks.partition_point(|line| line.start <= variable.span.start);
        let line = before.checked_sub(1).and_then(|at| asks.get(at));
        variable.used == Use::Output && line.is_some_and(|line| variable.span.end <= line.end)
    };
    parsed.variables.iter().find(said).map(|variable| (variable, answer))
}

/// The word before the colon at the beginning of a line, without the marks of emphasis around it.
fn speaker(line: &str) -> Option<&str> {
    let (name, _) = line.get(..line.len().min(40)).unwrap_or(line).split_once(':')?;
    Some(name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '#' | '_' | '>' | '[' | ']')))
}
