//! Rule `template-syntax`: templates that cannot be read.

use crate::{
    domain::{Diagnostic, Level, Span},
    files::Document,
    lint::{Check, Context, Findings, Rule, workflow},
    template,
};

pub(super) static RULE: Rule = Rule {
    name: "template-syntax",
    default: Level::Error,
    summary: "templates that cannot be read",
    explanation: r#"
Text between `{{` and `}}` is an instruction: a variable, a block that must be closed, a partial. Where braces are meant
as text, write `\{{`, or give the version `engine: none`, which takes all of its text literally.

Bad:
```yaml
content: "{{#if urgent}}Answer within the hour."
```
Good:
```yaml
content: "{{#if urgent}}Answer within the hour.{{/if}}"
```
"#,
    breaks: true,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    if let Some((_, templates)) = context.templates(document) {
        for (turn, template) in templates.iter().enumerate() {
            let Some(template) = template.as_ref().filter(|template| !template.faults.is_empty()) else { continue };
            for fault in &template.faults {
                if findings.is_full(RULE.name, document) {
                    return;
                }
                let span = findings.in_message(document, turn, fault.span);
                add(document, span, fault, findings);
            }
        }
    }
    let texts = context.workflow(document).map(|(_, texts)| texts).unwrap_or_default();
    for text in texts {
        for fault in workflow::faults(&text.parsed) {
            if findings.is_full(RULE.name, document) {
                return;
            }
            let span = findings.within(document, &text.pointer, fault.span);
            add(document, span, &fault, findings);
        }
    }
}

fn add(document: &Document, span: Span, fault: &template::TemplateFault, findings: &mut Findings) {
    findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), &fault.message).help(&fault.help));
}
