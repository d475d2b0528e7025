//! Rule `unknown-partial`: partials that lead nowhere.

use super::unknown_prompt::{prompt_fix, prompt_help};
use crate::{
    domain::{Diagnostic, Level, Selector, Version, Which, nearest},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-partial",
    default: Level::Error,
    summary: "partials that `uses` does not list, whose version is not there, or which are more than one text",
    explanation: r#"
`{{> house-tone}}` puts another prompt's text in its place. Which prompt, and which version of it, stands in `uses`.

Bad:
```yaml
content: "{{> house-tone}} Summarize: {{ticket}}"
```
Good:
```yaml
content: "{{> house-tone}} Summarize: {{ticket}}"
uses: {house-tone: house-tone@2.0.1}
```
"#,
    breaks: true,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    for (name, pin) in &*version.uses {
        if findings.is_full(RULE.name, document) {
            return;
        }
        if let Some((message, help)) = missing(context, pin) {
            let span = findings.at(document, &format!("/uses/{name}"));
            let fix = context.numbers(&pin.name).is_none().then(|| prompt_fix(context, document, span, pin)).flatten();
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help);
            findings.add(Diagnostic { fix, ..finding });
        }
    }
    let Some((_, templates)) = context.templates(document) else { return };
    for (turn, template) in templates.iter().enumerate() {
        for partial in template.iter().flat_map(|template| &template.partials) {
            let name = partial.name.as_str();
            if version.uses.contains_key(name) {
                continue;
            }
            if findings.is_full(RULE.name, document) {
                return;
            }
            let span = findings.in_message(document, turn, partial.span);
            let message = format!("the partial `{name}` is not listed in `uses`");
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
            let fix = suggest::respelling(document, span, name, version.uses.keys().map(AsRef::as_ref));
            findings.add(Diagnostic { fix, ..finding.help(unlisted(context, version, name)) });
        }
    }
}

fn unlisted(context: &Context<'_>, version: &Version, name: &str) -> String {
    if let Some(near) = nearest(name, version.uses.keys().map(AsRef::as_ref)) {
        return format!("did you mean `{near}`?");
    }
    let folder = context.registry().prompts.get(name);
    match folder.and_then(|folder| folder.versions.keys().next_back()) {
        Some(newest) => format!("add `uses: {{{name}: {name}@{newest}}}`"),
        None => format!("add `uses: {{{name}: PROMPT@1.0.0}}` with the prompt and version that is meant"),
    }
}

/// What is wrong with a pin, and what to do; broken targets have complaints of their own.
fn missing(context: &Context<'_>, pin: &Selector) -> Option<(String, String)> {
    let Some(numbers) = context.numbers(&pin.name) else {
        return Some((format!("there is no prompt `{}`", pin.name), prompt_help(context, &pin.name)));
    };
    let Which::Exact(number) = &pin.which else { return None };
    if numbers.contains(number) {
        return unfit(context, pin);
    }
    let help = match suggest::listing(numbers.iter().rev()) {
        Some(list) => format!("it has {list}"),
        None => format!("add a version first, such as {number}.yaml beside its prompt.yaml"),
    };
    Some((format!("`{}` has no version {number}", pin.name), help))
}

/// A partial is one text; which of several messages was meant nobody can tell.
fn unfit(context: &Context<'_>, pin: &Selector) -> Option<(String, String)> {
    let count = context.registry().pinned(pin)?.messages.len();
    let help = "a partial is a version with one message, such as `content: …`";
    (count != 1).then(|| (format!("`{pin}` has {count} messages and cannot be put into a text"), help.to_owned()))
}
