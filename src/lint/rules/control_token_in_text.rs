//! Rule `control-token-in-text`: the marks by which models tell messages apart, written into a text.

use crate::{
    domain::{Diagnostic, Level, Span},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, texts::texts},
};

pub(super) static RULE: Rule = Rule {
    name: "control-token-in-text",
    default: Level::Warn,
    summary: "control tokens of models in a text, such as `<|im_start|>` or `[INST]`",
    explanation: r#"
Control tokens are put around messages by whoever calls the model. In a text they are cut out, refused, read as plain
letters or, worst, obeyed, by each provider in its own way; and a prompt that has those of one model says nonsense to
another. Give every speaker a message of its own under `messages` instead.

Bad:
```yaml
content: |
  <|im_start|>system
  You are brief.<|im_end|>
```
Good:
```yaml
messages:
  - role: system
    content: You are brief.
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// Tokens that are not written `<|name|>`.
const OTHERS: [&str; 6] = ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<start_of_turn>", "<end_of_turn>"];

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    for (turn, _, text) in texts(version) {
        let Some(span) = token(text) else { continue };
        if findings.is_full(RULE.name, document) {
            return;
        }
        let token = text.get(span.start..span.end).unwrap_or_default();
        let message = format!("`{token}` is a control token, which models read in different ways or not at all");
        let span = findings.in_message(document, turn, span);
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
        findings.add(finding.help("give every speaker a message of its own under `messages`, and delete the tokens"));
    }
}

/// The first control token of a text.
fn token(text: &str) -> Option<Span> {
    let piped = text.match_indices("<|").find_map(|(at, _)| {
        let name = text.get(at + 2..)?;
        let length =
            name.bytes().take(32).take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_').count();
        let is_token = length > 2 && name.get(length..)?.starts_with("|>");
        is_token.then(|| Span::new(at, at + 2 + length + 2))
    });
    let signs = text.contains("INST]") || text.contains("SYS>>") || text.contains("_of_turn>");
    let others = OTHERS.iter().filter(|_| signs).filter_map(|token| {
        let at = text.find(token)?;
        Some(Span::new(at, at + token.len()))
    });
    piped.into_iter().chain(others).min()
}
