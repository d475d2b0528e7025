//! Whatever people write, judging and reporting answer, and places lie within the text.

use super::registry::{File, findings};
use promptreg::report::{Format, Style, render};
use proptest::prelude::*;

const PATHS: [&str; 6] = [
    "prompts/support/greet/1.0.0.yaml",
    "prompts/support/greet/prompt.yaml",
    "workflows/w.yaml",
    "registry.toml",
    "users/ana.yaml",
    "policies/p.yaml",
];

/// Texts made of what such files are made of, put together by somebody who does not care.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "content: ",
        "messages:\n",
        "  - role: user\n",
        "    content: |\n",
        "      {{name}} {{> tone}}\n",
        "{{#if x}}",
        "{{/if}}",
        "uses: {tone: tone@1.0.0, t: greet@1.0.0}\n",
        "input_schema:\n",
        "  type: object\n",
        "  properties: {name: {type: strin}}\n",
        "labels: {production: 9.9.9}\n",
        "owner: nobody\n",
        "tags: [a, b]\n",
        "aliases: [tone, tone]\n",
        "policies: [p, q]\n",
        "variants: {production: {split: {1.0.0: 0}, overrides: [{client: c, version: 1.0.0}]}}\n",
        "selector: {collections: [support, nowhere]}\n",
        "checks: [{forbid_pattern: \"(?=x)\"}, {forbid_pattern: \"\"}, {require_pattern: \"^.*$\"}, {max_tokens: 1}]\n",
        "tests: [{name: a, input: {x: 1}, expect: [{y: 2}]}]\n",
        "email: ANA@example.com\nroles: [x]\n",
        "# promptreg: ignore shape -- x\n",
        "# promptreg: ignore-file unknown-owner\n",
        "steps: [{id: a, prompt: b}]\n",
        "\"",
        "'",
        "ä",
        "\u{1b}[2J",
        "\t",
        "\r\n",
        "&a ",
        "*a ",
        "[lint]\n",
        "shape = \"off\"\n",
        "---\n",
        "\u{feff}",
        ": ",
        "\n",
        "  ",
        "{{",
        "}}",
        "description: d\n",
        "model: x\n",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_in_any_file_gives_findings_with_places_and_reports(at in 0..PATHS.len(), text in text()) {
        // Leaked on purpose: the harness takes texts that live as long as the test.
        let file: File = (PATHS[at], Box::leak(text.clone().into_boxed_str()));
        let found = findings(&[file]);
        for finding in &found {
            prop_assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
            for edit in finding.fix.iter().flat_map(|fix| &fix.edits).filter(|_| &*finding.place.path == file.0) {
                prop_assert!(text.get(edit.span.start..edit.span.end).is_some(), "{finding:?} in {text:?}");
            }
            if let Some(span) = finding.place.span.filter(|_| &*finding.place.path == file.0) {
                prop_assert!(text.get(span.start..span.end).is_some(), "{finding:?} in {text:?}");
            }
        }
        for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
            let out = render(format, &found, &|_| Some(text.as_str().into()), &Style::default());
            prop_assert!(!out.contains('\u{1b}'), "{out}");
        }
    }
}
