//! A change is judged as if everything were read and judged, before it and after it, whatever it is.

use crate::repository::Fixture;
use promptreg::{
    app::{load_change, load_folder},
    domain::{Diagnostic, Level, Place},
    lint::{self, Check, RULES},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, fs};

/// Files that name each other in every way there is, each with what it may say.
const FILES: &[(&str, &[&str])] = &[
    (
        "registry.toml",
        &[
            SETTINGS,
            "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[lint]\nunused-variable = \"error\"\norphan-file = \"warn\"\n",
            "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n[labels]\ndefault = \"staging\"\n[limits]\nfile_bytes = 60\n",
        ],
    ),
    ("tags.yaml", &["support: {}\n", "support: {}\nsummary: {}\n", "support: [\n"]),
    (
        "users/ana.yaml",
        &[
            "email: ana@example.com\npreferences: {default_model: fast}\nroles: [author, boss]\n",
            "email: ben@example.com\n",
        ],
    ),
    ("users/ben.yaml", &["email: ben@example.com\n", "email: 7\n"]),
    ("roles/author.yaml", &["description: Writes.\npermissions: [read]\n"]),
    ("models/fast.yaml", &["provider: openai\nmodel: a\n", "provider: openai\nmodel: a\nfallback: [slow]\n"]),
    ("models/slow.yaml", &["provider: openai\nmodel: b\nfallback: [fast]\n"]),
    (
        "policies/p.yaml",
        &[
            "selector: {names: [tone, hello]}\nchecks: [{max_tokens: 1}]\n",
            "selector: {tags: [summary]}\nchecks: [{forbid_pattern: name}, {require_pattern: Hello}]\n",
            "selector: {collections: [support]}\nchecks: [{forbid_variable: name}]\n",
            "selector: {tags: [support]}\nchecks: [{forbid_pattern: Hell}, {require_pattern: 'name|Hi'}]\n",
        ],
    ),
    (
        "clients/ide.yaml",
        &[
            "default_filter: {tags: [summary], labels: [staging]}\n",
            "default_filter: {tags: [support], collections: [sales]}\n",
        ],
    ),
    ("hooks/h.yaml", &["type: webhook\ntarget_url: https://example.com/h\nworkflow: triage\nevents: [run.failed]\n"]),
    (
        "workflows/triage.yaml",
        &[
            "owner: ana\nsteps: [{id: a, prompt: greet}, {id: b, prompt: 'tone@^1', model: fast}]\n",
            "owner: ben\nsteps: [{id: a, prompt: 'hello:staging'}, {id: a, prompt: 'house@1.1.0'}]\n",
            "steps: [{id: a, prompt: 'house@^1', input_mapping: {nmae: \"{{input.x}}\"}}, {id: b, prompt: 'greet@1.0.0'}]\n",
        ],
    ),
    ("prompts/support/collection.yaml", &["display_name: Support\n"]),
    ("prompts/support/greet/prompt.yaml", PROMPTS),
    ("prompts/support/greet/1.0.0.yaml", VERSIONS),
    ("prompts/support/greet/1.1.0.yaml", VERSIONS),
    ("prompts/sales/greet/prompt.yaml", PROMPTS),
    ("prompts/sales/greet/1.0.0.yaml", VERSIONS),
    ("prompts/tone/prompt.yaml", PROMPTS),
    ("prompts/tone/1.0.0.yaml", VERSIONS),
    ("prompts/tone/1.1.0.yaml", VERSIONS),
    ("prompts/house/prompt.yaml", PROMPTS),
    ("prompts/house/1.0.0.yaml", VERSIONS),
    ("prompts/house/1.1.0.yaml", VERSIONS),
    ("prompts/house/draft.yaml", &["content: a\n", "content: b\n"]),
    ("prompts/Odd/1.0.0.yaml", &["content: a\n"]),
];

const SETTINGS: &str = "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n";

const PROMPTS: &[&str] = &[
    "description: Greets.\nowner: ana\ntags: [support]\nlabels: {production: 1.0.0}\n",
    "description: Greets.\nowner: ben\ntags: [support, summary]\nlabels: {production: 1.1.0, staging: 1.0.0}\n",
    "description: Greets.\naliases: [hello, tone]\nlabels: {production: 1.0.0}\nyanked: {1.0.0: loud}\n",
    "description: Greets.\nstatus: archived\nlabels: {production: 1.1.0}\ndeprecated: {1.0.0: old}\nrevoked: {1.1.0: bad}\n",
    "description: Greets.\npolicies: [p]\nlabels: {production: 1.0.0}\nvariants: {staging: {overrides: [{client: ide, version: 1.1.0}]}}\n",
    "description: Greets.\naliases: [hello]\n# promptreg: ignore unknown-owner -- soon\nowner: cleo\n",
    "description: Greets.\nrevoked: {1.1.0: bad}\nvariants: {production: {split: {1.0.0: 10}, overrides: [{client: ide, version: 1.1.0}]}}\n",
    "labels: [\n",
];

const VERSIONS: &[&str] = &[
    "content: Hello\n",
    "content: \"{{name}}\"\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
    "content: \"{{name}}\"\nmodel: fast\ninput_schema: {type: object, required: [name], properties: {name: {type: string}}}\n",
    "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n",
    "content: \"{{> t}}\"\nuses: {t: tone@1.1.0}\ninput_schema: {type: object, properties: {name: {type: string}}}\n",
    "content: \"{{> h}}\"\nuses: {h: house@1.0.0}\ntests: [{name: a, render_contains: [Hello]}]\n",
    "content: \"{{> h}}\"\nuses: {h: \"h\\x6fuse@1.1.0\"}\n",
    "content: \"{{> greet}}\"\nuses: {greet: greet@1.0.0}\n",
    "messages: [{role: system, content: Hello}, {role: user, content: \"{{> house}}\"}]\n",
    "# promptreg: ignore-file undeclared-variable -- given by all\ncontent: \"{{name}}\"\nengine: handlebars\n",
    "content: [\n",
];

type Files = BTreeMap<&'static str, &'static str>;

/// What every file says, if it is there at all.
fn files() -> impl Strategy<Value = Files> {
    let one = |(path, texts): &(&'static str, &'static [&'static str])| {
        let path = *path;
        let text = prop::option::weighted(0.8, prop::sample::select(*texts));
        text.prop_map(move |text| text.map(|text| (path, text)))
    };
    let all: Vec<_> = FILES.iter().map(one).collect();
    all.prop_map(|files| {
        let mut files: Files = files.into_iter().flatten().collect();
        files.entry("registry.toml").or_insert(SETTINGS);
        files
    })
}

/// Which files come to say what, or go.
fn edits() -> impl Strategy<Value = Vec<(&'static str, Option<&'static str>)>> {
    let edit = (0..FILES.len()).prop_flat_map(|i| {
        let (path, texts) = FILES[i];
        prop::option::weighted(0.75, prop::sample::select(texts)).prop_map(move |text| (path, text))
    });
    prop::collection::vec(edit, 1..4)
}

/// How often something is wrong at a place.
fn counted<'a>(found: impl Iterator<Item = &'a Diagnostic>) -> BTreeMap<(&'static str, Level, Place), isize> {
    let mut counts = BTreeMap::new();
    found.for_each(|found| *counts.entry((found.rule, found.severity, found.place.clone())).or_default() += 1);
    counts
}

fn is_on_changes(found: &Diagnostic) -> bool {
    RULES.iter().any(|rule| rule.name == found.rule && matches!(rule.check, Check::Change(_)))
}

/// Judges a change, and everything before and after it, and compares.
fn compare(before: &Files, edits: &[(&'static str, Option<&'static str>)]) -> Result<(), TestCaseError> {
    let fixture = Fixture::new();
    before.iter().for_each(|(path, text)| fixture.write(path, text));
    fixture.commit("Before");
    let root = fixture.path();
    let all_before = lint::lint(&load_folder(&root).unwrap());
    let mut after = before.clone();
    for (path, text) in edits {
        match text {
            Some(text) => {
                fixture.write(path, text);
                after.insert(path, text);
            }
            None if *path != "registry.toml" => {
                let _ = fs::remove_file(root.join(path));
                after.remove(path);
            }
            None => {}
        }
    }
    let changed = |path: &str| before.get(path) != after.get(path);
    let all_after = lint::lint(&load_folder(&root).unwrap());
    let (loaded, base) = load_change(&root, "main").unwrap();
    let found = lint::lint_change(&loaded, &base);
    let found: Vec<&Diagnostic> = found.iter().filter(|found| !is_on_changes(found)).collect();

    for path in before.keys().chain(after.keys()) {
        prop_assert_eq!(base.changed.contains(*path), changed(path), "{}", path);
    }
    let here = |found: &&Diagnostic| changed(&found.place.path);
    let elsewhere = |found: &&Diagnostic| !changed(&found.place.path);
    // In files that differ: just what there is.
    let expected: Vec<&Diagnostic> = all_after.iter().filter(here).collect();
    prop_assert_eq!(found.iter().copied().filter(here).collect::<Vec<_>>(), expected);
    // In all others: what there is now and was not.
    let mut expected = counted(all_after.iter().filter(elsewhere));
    for (at, count) in counted(all_before.iter().filter(elsewhere)) {
        *expected.entry(at).or_default() -= count;
    }
    expected.retain(|_, count| *count > 0);
    prop_assert_eq!(counted(found.iter().copied().filter(elsewhere)), expected);
    for found in found.into_iter().filter(elsewhere) {
        prop_assert!(all_after.contains(found), "{:?}", found);
    }
    Ok(())
}

#[test]
fn what_is_not_read_makes_no_difference() {
    const INCLUDES: &str = "content: \"{{> tone}}\"\nuses: {tone: tone@1.0.0}\n";
    let before: Files = [
        ("registry.toml", SETTINGS),
        ("users/ana.yaml", "email: ana@example.com\n"),
        ("prompts/tone/prompt.yaml", "description: a\n"),
        ("prompts/tone/1.0.0.yaml", "content: Be brief.\n"),
        ("prompts/tone/1.1.0.yaml", "content: Be kind.\n"),
        // An old version includes it, and the newest does not.
        ("prompts/greet/prompt.yaml", "description: a\n"),
        ("prompts/greet/1.0.0.yaml", INCLUDES),
        ("prompts/greet/1.1.0.yaml", "content: Hello\n"),
        ("prompts/alone/prompt.yaml", "description: a\n"),
        ("prompts/alone/1.0.0.yaml", INCLUDES),
        ("prompts/alone/1.1.0.yaml", "content: Hello\n"),
        // The newest does, and includes others too.
        ("prompts/reply/prompt.yaml", "description: a\nowner: ana\n"),
        ("prompts/reply/1.0.0.yaml", "content: Hello\n"),
        ("prompts/reply/1.1.0.yaml", "content: \"{{> g}}{{> tone}}\"\nuses: {g: greet@1.0.0, tone: tone@1.0.0}\n"),
        // Twice removed.
        ("prompts/far/prompt.yaml", "description: a\n"),
        ("prompts/far/1.0.0.yaml", "content: \"{{> r}}\"\nuses: {r: reply@1.1.0}\n"),
        ("workflows/w.yaml", "steps: [{id: a, prompt: 'reply@^1'}, {id: b, prompt: 'far@1.0.0'}]\n"),
        (
            "policies/p.yaml",
            "selector: {names: [alone, far, reply, greet]}\nchecks: [{forbid_pattern: brief}, {forbid_variable: who}]\n",
        ),
    ]
    .into();
    let needs = "content: \"Be brief, {{who}}.\"\ninput_schema: {type: object, required: [who], properties: {who: {type: string}}}\n";
    let changes: &[&[(&str, Option<&str>)]] = &[
        &[("prompts/tone/prompt.yaml", Some("description: a\ndeprecated: {1.0.0: old}\n"))],
        &[("prompts/tone/prompt.yaml", Some("description: a\nstatus: archived\n"))],
        &[("prompts/tone/prompt.yaml", Some("description: a\nrevoked: {1.0.0: bad}\n"))],
        &[("prompts/tone/prompt.yaml", None)],
        &[("prompts/tone/1.0.0.yaml", None)],
        &[("prompts/tone/1.0.0.yaml", Some(needs))],
        &[("prompts/tone/1.0.0.yaml", Some("content: Be kind.\n"))],
        &[("prompts/tone/1.0.0.yaml", Some("content: [\n"))],
        &[("prompts/greet/1.0.0.yaml", Some("content: \"{{> far}}\"\nuses: {far: far@1.0.0}\n"))],
        &[("prompts/greet/1.1.0.yaml", None)],
        &[("prompts/greet/1.2.0.yaml", Some(INCLUDES))],
        &[("prompts/greet/prompt.yaml", Some("description: a\naliases: [far]\n"))],
        &[("prompts/sales/reply/prompt.yaml", Some("description: a\n"))],
        &[
            ("prompts/a/reply/prompt.yaml", Some("description: a\n")),
            ("prompts/a/reply/1.0.0.yaml", Some("content: a\n")),
        ],
        &[("users/ana.yaml", None)],
        &[("policies/p.yaml", None)],
        &[("policies/q.yaml", Some("selector: {names: [tone, gone]}\nchecks: [{max_tokens: 1}]\n"))],
    ];
    for edits in changes {
        compare(&before, edits).unwrap_or_else(|error| panic!("{edits:?}: {error}"));
        // And back again.
        let mut after = before.clone();
        for (path, text) in *edits {
            match text {
                Some(text) => after.insert(path, text),
                None => after.remove(path),
            };
        }
        let back: Vec<_> = edits.iter().map(|(path, _)| (*path, before.get(path).copied())).collect();
        compare(&after, &back).unwrap_or_else(|error| panic!("back from {edits:?}: {error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_change_is_judged_as_if_everything_were(before in files(), edits in edits()) {
        compare(&before, &edits)?;
    }
}
