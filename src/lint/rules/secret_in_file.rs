//! Rule `secret-in-file`: keys and tokens that got into a file.

use crate::{
    domain::{Diagnostic, Level, Span},
    files::Document,
    lint::{Check, Context, Findings, Rule},
};
use regex::{Captures, Regex};
use std::{borrow::Cow, sync::LazyLock};

pub(super) static RULE: Rule = Rule {
    name: "secret-in-file",
    default: Level::Error,
    summary: "keys and tokens of well-known forms",
    explanation: r#"
Whoever can read the repository, or any copy of it, can use the key, and a later commit does not take it back. Revoke the
key at its provider first; then name the environment variable or the mounted file that holds the new one. The key itself
is never printed. Stand-ins such as `sk-xxxx` and texts with `EXAMPLE` in them are not reported.

Bad:
```yaml
api_key: {env: sk-<the key itself>}
```
Good:
```yaml
api_key: {env: OPENAI_API_KEY}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// Each form with the name that people know it by.
const FORMS: [(&str, &str); 9] = [
    ("an Anthropic API key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("an API key", r"sk-[A-Za-z0-9_-]{20,}"),
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}"),
    ("a GitLab token", r"glpat-[A-Za-z0-9_.-]{20,}"),
    ("an AWS access key", r"A[KS]IA[0-9A-Z]{16}"),
    ("a Google API key", r"AIza[0-9A-Za-z_-]{35}"),
    ("a Slack token", r"xox[abprs]-[0-9A-Za-z-]{20,}"),
    (
        "a private key",
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:\s|\\n){1,40}[A-Za-z0-9+/=]{32,}(?:[A-Za-z0-9+/=\s]|\\n)*",
    ),
    ("a signed token (JWT)", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}"),
];

static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms: Vec<_> = FORMS.iter().map(|(_, form)| format!("({form})")).collect();
    Regex::new(&forms.join("|")).ok()
});

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    for (what, span) in secrets(&document.text) {
        let message = format!("this looks like {what}, readable for all who can read the repository");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        findings.add(
            finding.help(
                "revoke it at its provider, then write where the new one is found: `{env: NAME}` or `{file: PATH}`",
            ),
        );
    }
}

/// What looks like a secret, and where.
fn secrets(text: &str) -> Vec<(&'static str, Span)> {
    let found = SECRETS.iter().flat_map(|regex| regex.captures_iter(text));
    found.filter_map(|captures| judge(text, &captures)).collect()
}

fn judge(text: &str, captures: &Captures<'_>) -> Option<(&'static str, Span)> {
    let (what, found) = FORMS.iter().enumerate().find_map(|(i, form)| Some((form.0, captures.get(i + 1)?)))?;
    let before = text[..found.start()].chars().next_back();
    let is_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-') && what != "a private key";
    (!is_word && is_random(found.as_str()))
        .then(|| (what, Span::new(found.start(), found.start() + found.as_str().trim_end().len())))
}

/// Whether a text is a mixture as keys are, and no stand-in for one.
fn is_random(text: &str) -> bool {
    // Further on in a long key a short word may come about by chance.
    let lower: String = text.chars().take(100).collect::<String>().to_ascii_lowercase();
    let stand_ins =
        ["example", "xxxx", "your", "placeholder", "0000", "1234567", "abcdef", "redacted", "dummy", "fake"];
    let mut distinct = [false; 128];
    text.bytes().filter(u8::is_ascii).for_each(|byte| distinct[usize::from(byte)] = true);
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_uppercase() || lower.starts_with("gh"))
        && distinct.iter().filter(|seen| **seen).count() >= 10
        && !stand_ins.iter().any(|word| lower.contains(word))
}

/// The text with every letter of a secret replaced by `*`; lines and lengths stay.
pub(in crate::lint) fn mask(text: &str) -> Cow<'_, str> {
    let found = secrets(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
    for (_, span) in found {
        masked.push_str(&text[at..span.start]);
        masked.extend(text[span.start..span.end].chars().map(|c| if c.is_whitespace() { c } else { '*' }));
        at = span.end;
    }
    masked.push_str(&text[at..]);
    Cow::Owned(masked)
}
