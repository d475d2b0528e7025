//! Ignore comments and levels: where they reach, and what they cannot do.

use super::registry::{findings, rules, source};
use promptreg::{
    domain::{Level, Limits, locate},
    files::{Document, Loaded, Refusal, Refused},
    lint,
};

const PROMPT: &str = "prompts/support/greet/prompt.yaml";
const V1: &str = "prompts/support/greet/1.0.0.yaml";

#[test]
fn a_comment_reaches_the_next_line_and_no_further() {
    let one = "# promptreg: ignore unknown-owner -- soon\nowner: x\ndescription: d\n";
    assert_eq!(rules(&[(PROMPT, one)]), Vec::<&str>::new());
    let far = "# promptreg: ignore unknown-owner -- soon\ndescription: d\nowner: x\n";
    assert_eq!(rules(&[(PROMPT, far)]), ["unused-ignore", "unknown-owner"]);
    let blank = "# promptreg: ignore unknown-owner -- soon\n\n# another comment\nowner: x\ndescription: d\n";
    assert_eq!(rules(&[(PROMPT, blank)]), Vec::<&str>::new());
}

#[test]
fn one_comment_may_name_several_rules_and_each_must_ignore_something() {
    let both = "content: Hello\n# promptreg: ignore unknown-model, secret-in-file -- a test\nmodel: nope\n";
    assert_eq!(rules(&[(V1, both)]), ["unused-ignore"]);
}

#[test]
fn a_comment_within_a_text_is_text() {
    let text = "content: |\n  # promptreg: ignore-file unknown-model -- no\n  Hello\nmodel: nope\n";
    assert_eq!(rules(&[(V1, text)]), ["unknown-model"]);
}

#[test]
fn a_broken_file_is_told_of_its_break_alone() {
    let text = "# promptreg: ignore unknown-model -- soon\ncontent: [\nmodel: nope\n";
    assert_eq!(rules(&[(V1, text)]), ["shape"]);
    let used_by_others = [
        ("users/ana.yaml", "mail: ana@example.com\n"),
        ("models/fast.yaml", "provider: [\n"),
        ("prompts/tone/1.0.0.yaml", "contents: x\n"),
        (V1, "content: \"{{> tone}}\"\nmodel: fast\nuses: {tone: tone@1.0.0}\n"),
        ("tags.yaml", "support: [\n"),
    ];
    let found = findings(&used_by_others);
    assert!(found.iter().all(|finding| finding.rule == "shape"), "{found:#?}");
}

#[test]
fn a_prompt_that_is_broken_still_counts_as_one() {
    let files = [(PROMPT, "descripton: Greets.\n"), (V1, "content: \"{{> t}}\"\nuses: {t: greet@0.9.0}\n")];
    assert_eq!(rules(&files), ["unknown-partial", "shape"]);
    let missing = findings(&files).swap_remove(0);
    assert_eq!(missing.message, "`greet` has no version 0.9.0");
}

#[test]
fn levels_of_the_registry_count_except_for_errors_that_break() {
    let toml = |levels: &str| -> &'static str {
        let head = "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\n";
        format!("{head}{levels}\n").leak()
    };
    let level = |levels: &str, path, text| -> Vec<(&'static str, Level)> {
        let found = findings(&[("registry.toml", toml(levels)), (path, text)]);
        found.iter().map(|finding| (finding.rule, finding.severity)).collect()
    };
    assert_eq!(
        level("unknown-owner = \"warn\"", PROMPT, "description: d\nowner: x\n"),
        [("unknown-owner", Level::Warn)]
    );
    assert_eq!(level("unknown-owner = \"off\"", PROMPT, "description: d\nowner: x\n"), []);
    assert_eq!(
        level("missing-description = \"error\"", PROMPT, "owner: ana\n"),
        [("missing-description", Level::Error)]
    );
    assert_eq!(
        level("shape = \"off\"", V1, "content: Hello\nnots: x\n"),
        [("shape", Level::Error), ("unknown-rule", Level::Warn)]
    );
}

#[test]
fn a_file_is_sound_unless_it_says_something_broken_by_itself() {
    let sound = |path: &str, text: &str| {
        let location = locate(path).unwrap().unwrap();
        let limits = Limits::default();
        lint::sound(&Document::read(&path.into(), location, text.as_bytes(), &limits), &limits)
    };
    for broken in [
        "content: \"{{\"\n",
        "content: [\n",
        "conent: Hi\n",
        "content: Hi\ninput_schema: {type: nothing}\n",
        "content: Hi\ntools: [{name: a, parameters: {type: 7}}]\n",
        "content: \"{{> a}}\"\nuses: {a: a@^1}\n",
    ] {
        assert!(!sound(V1, broken), "{broken}");
    }
    assert!(sound(V1, "content: \"{{> a}} {{undeclared}}\"\nuses: {a: a@1.0.0}\n"));
    assert!(sound(V1, "content: \"{{\"\nengine: none\n"));
    assert!(sound(PROMPT, "owner: nobody\n"));
}

#[test]
fn findings_come_in_the_order_of_paths_and_places_and_no_rule_floods_a_file() {
    let keys: String = (0..500).map(|i| format!("key-{i}: 1\n")).collect();
    let found = findings(&[(V1, format!("content: x\n{keys}").leak()), (PROMPT, "owner: x\n")]);
    assert!(found.is_sorted_by_key(|finding| finding.place.clone()));
    assert_eq!(found.iter().filter(|finding| finding.rule == "shape").count(), 100);
    assert!(found[99].message.ends_with("there is more of this in the file"), "{}", found[99].message);
}

#[test]
fn a_secret_is_masked_in_what_is_shown_and_in_what_other_rules_say() {
    let secret = concat!("sk-", "a8Kd02Lm5Qx7Zr1Tb9Vw3Yc6");
    let text: &str = format!("content: Hello\nparameters: {secret}\n").leak();
    let found = findings(&[(V1, text)]);
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["secret-in-file", "shape"]);
    assert!(!format!("{found:?}").contains(secret), "{found:#?}");
    let shown = source(&[(V1, text)], V1);
    assert_eq!(shown, text.replace(secret, &"*".repeat(secret.len())));
}

#[test]
fn a_registry_without_its_settings_and_a_path_that_is_a_trick_are_named() {
    let path = "prompts/a/prompt.yaml".into();
    let refused = vec![Refused { path, reason: Refusal::Unsafe("symbolic links are never followed") }];
    let found = lint::lint(&Loaded { refused, ..Loaded::default() });
    let told: Vec<_> =
        found.iter().map(|finding| (&*finding.place.path, finding.rule, finding.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("prompts/a/prompt.yaml", "shape", "symbolic links are never followed"),
            ("registry.toml", "shape", "there is no registry.toml here, so nobody knows which registry this is"),
        ]
    );
}
