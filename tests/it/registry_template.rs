//! The registry that `init` and `demo` hand out: whole, in order, and showing one of everything.

use promptreg::{
    domain::{Kind, Limits, PromptFolder, Registry, Selector, TriggerKind, Turn, VersionState, Which},
    files::{self, Loaded},
};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-template")
}

fn load() -> Loaded {
    let (sources, refused) = files::read(&root(), &Limits::default()).unwrap();
    files::load(files::documents(&sources, &Limits::default()), refused)
}

#[test]
fn every_file_is_read_without_a_fault() {
    let loaded = load();
    assert!(loaded.refused.is_empty(), "{:#?}", loaded.refused);
    for (path, document) in &loaded.documents {
        assert!(document.faults.is_empty(), "{path}: {:#?}", document.faults);
        assert!(document.entity.is_some(), "{path}");
    }
}

#[test]
fn it_shows_one_of_everything() {
    let Loaded { registry, documents, .. } = load();
    let mut count: BTreeMap<Kind, usize> = BTreeMap::new();
    documents.values().for_each(|document| *count.entry(document.location.kind()).or_default() += 1);
    assert_eq!(count.len(), Kind::ALL.len(), "{count:?}");
    assert!(count[&Kind::Collection] >= 2 && count[&Kind::Prompt] >= 6 && count[&Kind::Version] >= 12, "{count:?}");
    assert_eq!(registry.settings.as_ref().unwrap().registry.id.to_string(), "00000000-0000-0000-0000-000000000000");
    assert_eq!(
        registry.roles.keys().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["admin", "approver", "architect", "collaborator", "consumer", "contributor", "viewer"]
    );
    let versions = || registry.prompts.values().flat_map(|folder| folder.versions.values());
    let turns = || versions().flat_map(|version| &version.messages);
    assert!(turns().any(|turn| matches!(turn, Turn::Placeholder { .. })));
    assert!(
        versions().any(|version| !version.engine.is_default()) && versions().any(|version| !version.uses.is_empty())
    );
    assert!(registry.prompts.values().any(|folder| folder.collection.is_none()));
    assert!(registry.prompts.values().any(|folder| folder.collection.as_ref().is_some_and(|at| at.parent().is_some())));
    let triggers: Vec<&TriggerKind> =
        registry.workflows.values().flat_map(|workflow| &workflow.triggers).map(|trigger| &trigger.kind).collect();
    assert!(matches!(
        triggers.as_slice(),
        [TriggerKind::Manual, TriggerKind::Schedule { .. }, TriggerKind::Webhook { .. }]
    ));
}

#[test]
fn every_label_leads_to_a_version_that_is_in_use() {
    let registry = load().registry;
    let mut names = BTreeSet::new();
    for folder in registry.prompts.values() {
        for (label, number) in &folder.prompt.labels {
            assert!(folder.versions.contains_key(number), "{} {label}", folder.name);
            assert_eq!(folder.prompt.state(number), (VersionState::Approved, None), "{} {label}", folder.name);
            names.insert(label.as_str());
        }
        assert!(folder.prompt.labels.keys().any(|label| label.as_str() == "production"), "{}", folder.name);
        let retired = || folder.prompt.deprecated.keys();
        assert!(retired().all(|number| folder.versions.contains_key(number)), "{}", folder.name);
    }
    assert_eq!(Vec::from_iter(names), ["production", "staging"]);
    assert!(registry.prompts.values().any(|folder| !folder.prompt.deprecated.is_empty()));
}

#[test]
fn every_name_that_a_file_mentions_is_there() {
    let registry = load().registry;
    for folder in registry.prompts.values() {
        mentions_of_prompt(&registry, folder);
    }
    for user in registry.users.values() {
        assert!(user.roles.iter().all(|role| registry.roles.contains_key(role)), "{}", user.email);
        let model = user.preferences.as_ref().and_then(|preferences| preferences.default_model.as_ref());
        assert!(model.is_none_or(|model| registry.models.contains_key(model)), "{}", user.email);
    }
    for workflow in registry.workflows.values() {
        assert!(registry.users.contains_key(workflow.owner.as_ref().unwrap()));
        for step in &workflow.steps {
            assert!(leads_somewhere(&registry, &step.prompt), "{}", step.prompt);
            assert!(step.model.as_ref().is_none_or(|model| registry.models.contains_key(model)), "{}", step.id);
        }
    }
    assert!(registry.models.values().flat_map(|model| &model.fallback).all(|name| registry.models.contains_key(name)));
    assert!(
        registry.hooks.values().filter_map(|hook| hook.workflow.as_ref()).all(|at| registry.workflows.contains_key(at))
    );
}

fn mentions_of_prompt(registry: &Registry, folder: &PromptFolder) {
    let PromptFolder { name, prompt, versions, .. } = folder;
    assert!(registry.users.contains_key(prompt.owner.as_ref().unwrap()), "{name}");
    assert!(prompt.tags.iter().all(|tag| registry.tags.as_ref().unwrap().contains_key(tag)), "{name}");
    assert!(prompt.description.is_some() && prompt.display_name.is_some(), "{name}");
    for (number, version) in versions {
        assert!(version.model.as_ref().is_none_or(|model| registry.models.contains_key(model)), "{name} {number}");
        assert!(version.notes.is_some() && !version.tests.is_empty(), "{name} {number}");
        assert!(version.variables().iter().all(|variable| variable.description.is_some()), "{name} {number}");
        for pin in version.uses.values() {
            assert!(matches!(pin.which, Which::Exact(_)) && leads_somewhere(registry, pin), "{name} {number}: {pin}");
        }
    }
}

fn leads_somewhere(registry: &Registry, selector: &Selector) -> bool {
    let Some(folder) = registry.prompts.get(&selector.name) else { return false };
    match &selector.which {
        Which::Exact(number) => folder.versions.contains_key(number),
        Which::Range(range) => folder.versions.keys().any(|number| range.contains(number)),
        Which::Label(label) => folder.prompt.labels.contains_key(label),
        Which::Default | Which::Digest(_) => false,
    }
}

#[test]
fn every_yaml_file_tells_editors_its_schema_by_a_path_that_works_offline() {
    for document in load().documents.values().filter(|document| document.location.kind() != Kind::Registry) {
        let up = "../".repeat(document.path.matches('/').count());
        let line = format!("# yaml-language-server: $schema={up}.promptreg/schemas/{}.json", document.location.kind());
        assert_eq!(document.text.lines().next(), Some(line.as_str()), "{}", document.path);
    }
}

#[test]
fn the_files_around_the_registry_are_there_and_end_their_lines_alike() {
    for path in [
        "README.md",
        ".editorconfig",
        ".gitattributes",
        ".gitea/workflows/promptreg.yml",
        ".github/workflows/promptreg.yml",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
        ".vscode/settings.json",
    ] {
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert!(text.ends_with('\n') && !text.contains('\r'), "{path}");
    }
    let settings = fs::read_to_string(root().join(".vscode/settings.json")).unwrap();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Registry) {
        assert!(settings.contains(&format!(".promptreg/schemas/{kind}.json")), "{kind}");
    }
}

#[test]
fn the_settings_of_vs_code_lead_every_file_to_the_schema_of_its_kind() {
    let settings = fs::read_to_string(root().join(".vscode/settings.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    let globs: Vec<(&str, Regex)> = settings["yaml.schemas"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(schema, glob)| {
            let glob = glob.as_str().unwrap().replace('.', "\\.").replace("**/", "\0").replace('*', "[^/]*");
            (schema.as_str(), Regex::new(&format!("^{}$", glob.replace('\0', "(.*/)?"))).unwrap())
        })
        .collect();
    for document in load().documents.values().filter(|document| document.location.kind() != Kind::Registry) {
        let led = globs.iter().filter(|(_, glob)| glob.is_match(&document.path)).map(|(schema, _)| *schema);
        let own = format!(".promptreg/schemas/{}.json", document.location.kind());
        assert_eq!(Vec::from_iter(led), [own.as_str()], "{}", document.path);
    }
    // White space at the end of a line may belong to a text, and only `fmt` can tell.
    assert_eq!(settings["[yaml]"]["files.trimTrailingWhitespace"], false);
    assert_eq!(settings["yaml.format.enable"], false);
}
