//! Rule `template-too-large`: versions that with all they include pass a limit of rendering.

use crate::{
    domain::{Diagnostic, Level, Version},
    files::Document,
    lint::{
        Check, Context, Findings, Rule,
        texts::{Whole, texts},
    },
    template::{self, Parsed},
};

pub(super) static RULE: Rule = Rule {
    name: "template-too-large",
    default: Level::Error,
    summary: "versions that with all they include are too large or nested too deeply to be rendered",
    explanation: r#"
The limits of a template hold for the version with all that it includes, each inclusion counted. Every file may be
within them, and the whole too large; it would be refused when it is rendered for the first time. The limits are
`template_tags`, `template_depth`, `file_bytes` and `output_bytes` under `[limits]` in `registry.toml`.

Bad:
```yaml
# with `template_tags = 500`, and 30 tags in `row`
content: "{{> row}}{{> row}}{{> row}}" # and so on, 20 times
```
Good:
```yaml
content: "{{#each rows}}{{> row this}}{{/each}}"
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some((version, templates)) = context.templates(document) else { return };
    let whole = match version.uses.is_empty() {
        false => findings.whole(context, document),
        // A text by itself is held to the limits where it is parsed; several can pass them together.
        true => together(version, templates),
    };
    let Some((what, found, limit, key)) = whole.and_then(|whole| passed(context, whole)) else { return };
    let span = (!version.uses.is_empty()).then(|| findings.key_at(document, "/uses"));
    let with = if version.uses.is_empty() { "" } else { " with all that it includes" };
    let message = format!("this version has {found} {what}{with}, and {limit} is the most: it cannot be rendered");
    let help = format!("include less, go over a list with #each, or raise {key} under `[limits]` in registry.toml");
    findings.add(Diagnostic::error(RULE.name, &document.path, span, message).help(help));
}

/// How large the texts of a version are that includes nothing.
fn together(version: &Version, templates: &[Option<Parsed>]) -> Option<Whole> {
    let mut whole = Whole { bytes: texts(version).map(|(.., text)| text.len()).sum(), ..Whole::default() };
    for template in templates.iter().flatten() {
        whole.tags += template.tags;
        if !template.faults.is_empty() {
            return None;
        }
    }
    Some(whole)
}

/// The limit that is passed, as [`template::Compiled::new`] has it.
fn passed(context: &Context<'_>, whole: Whole) -> Option<(&'static str, usize, usize, &'static str)> {
    let limits = &context.limits;
    let depth = limits.template_depth.min(template::DEPTH);
    let bytes = limits.output_bytes.max(limits.file_bytes);
    [
        ("tags", whole.tags, limits.template_tags, "`template_tags`"),
        ("bytes of text", whole.bytes, bytes, "`output_bytes`"),
        ("levels of blocks and partials", whole.nested, depth, "`template_depth`"),
        ("levels of partials", whole.included, depth, "`template_depth`"),
    ]
    .into_iter()
    .find(|(_, found, limit, _)| found > limit)
}
